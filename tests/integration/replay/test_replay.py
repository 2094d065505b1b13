"""Order streams over real UDP give exactly what the plain matcher says they must."""

import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from replay.errors import BadStream
from replay.expectation import expected_result
from replay.market import ReplayMarket
from replay.player import play
from replay.workload import DEEP, RECORD, WORKLOAD, Fields, Generator, Recipe
from tests.integration.engine_process import running_engine

SHORT_DEEP = replace(DEEP, preload=2_000, floor=2_000)


def _records(recipe: Recipe, count: int) -> list[Fields]:
    return [fields for fields, _ in islice(Generator(recipe).records(), count)]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("pure_python", "recipe", "count"),
    [
        pytest.param(False, WORKLOAD, 40_000, id="compiled, workload"),
        pytest.param(False, SHORT_DEEP, 40_000, id="compiled, deep book"),
        pytest.param(True, WORKLOAD, 3_000, id="reference, workload"),
        pytest.param(True, SHORT_DEEP, 4_000, id="reference, deep book"),
    ],
)
async def test_a_stream_gives_the_expected_fills_hash_and_book(
    tmp_path: Path, pure_python: bool, recipe: Recipe, count: int
) -> None:
    records = _records(recipe, count)
    market = ReplayMarket.drawn(time.time_ns())
    commands = [market.command(fields) for fields in records]
    async with running_engine(tmp_path, pure_python=pure_python) as engine:
        played = await play(engine.address, engine.master_key, market, commands)
    assert played.result.differences(expected_result(records)) == []
    assert played.commands == count


async def test_a_rate_is_kept_to(tmp_path: Path) -> None:
    market = ReplayMarket.drawn(time.time_ns())
    commands = [market.command(fields) for fields in _records(WORKLOAD, 300)]
    async with running_engine(tmp_path) as engine:
        played = await play(engine.address, engine.master_key, market, commands, rate_per_s=1_000)
    assert played.elapsed_s >= 0.25


def test_the_command_compares_with_the_expected_result(tmp_path: Path) -> None:
    stream = tmp_path / "stream.bin"
    stream.write_bytes(b"".join(RECORD.pack(*fields) for fields in _records(WORKLOAD, 500)))
    done = CliRunner().invoke(app, ["replay", str(stream), "--prefix", "400"])
    assert done.exit_code == 0, done.output
    assert "Exactly the expected result." in done.output


def test_a_file_that_is_no_stream_is_refused(tmp_path: Path) -> None:
    stream = tmp_path / "stream.bin"
    stream.write_bytes(b"x" * 25)
    done = CliRunner().invoke(app, ["replay", str(stream)])
    assert done.exit_code == 1
    assert "24-byte records" in done.output


@pytest.mark.parametrize("fields", [(3, 0, 0, 1, 1, 1), (0, 2, 0, 1, 1, 1)])
def test_a_record_that_is_no_order_names_itself(fields: Fields) -> None:
    with pytest.raises(BadStream, match="order 1"):
        ReplayMarket.drawn(0).command(fields)
