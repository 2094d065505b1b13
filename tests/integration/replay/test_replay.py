"""Order streams over real UDP give exactly what the plain matcher says they must."""

import asyncio
import time
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from engine_core import load_core
from replay.capture import MAGIC, due_after_s, moved_to, read_capture, write_capture
from replay.errors import BadStream
from replay.event_comparison import EventComparison
from replay.expectation import expected_result
from replay.faults import FaultRates
from replay.journal_check import JournalCheck, Sent, check_capture, check_stream
from replay.market import ReplayMarket
from replay.player import Pace, Played, play, play_capture
from replay.workload import DEEP, RECORD, WORKLOAD, Fields, Generator, Recipe
from schemas.codec import encode_command
from tests.integration.engine_process import SEGMENT_BYTES, running_engine
from tests.property.random_commands import RandomCommands

START_NS = 1_790_000_000 * 10**9
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
        played, result = await play(engine.address, engine.master_key, market, commands)
    assert result.differences(expected_result(records)) == []
    assert played.commands == count


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("pure_python", "recipe", "count"),
    [
        pytest.param(False, WORKLOAD, 20_000, id="compiled, workload"),
        pytest.param(False, SHORT_DEEP, 20_000, id="compiled, deep book"),
        pytest.param(True, WORKLOAD, 3_000, id="reference, workload"),
    ],
)
async def test_faults_of_the_network_change_neither_fills_nor_state(
    tmp_path: Path, pure_python: bool, recipe: Recipe, count: int
) -> None:
    records = _records(recipe, count)
    market = ReplayMarket.drawn(time.time_ns())
    commands = [market.command(fields) for fields in records]
    faults = FaultRates(loss=0.05, duplicate=0.05, reorder=0.05, seed=7)
    async with running_engine(tmp_path, pure_python=pure_python) as engine:
        pace = Pace(faults=faults)
        played, result = await play(engine.address, engine.master_key, market, commands, pace)
    assert result.differences(expected_result(records)) == []
    assert played.injected is not None
    for counts in (played.injected.to_engine, played.injected.to_clients):
        assert min(counts.lost, counts.duplicated, counts.reordered) > 0
    assert played.injected.resent > 0
    check = _checked(tmp_path, market, commands, played)
    assert check.differences == []


def _checked(
    data_dir: Path, market: ReplayMarket, commands: list[bytes], played: Played
) -> JournalCheck:
    sent = Sent(
        commands=b"".join([*map(encode_command, market.opening()), *commands]),
        first_event_seq=played.first_event_seq,
        events_digest=played.events_digest,
    )
    return check_stream(data_dir, sent, segment_bytes=SEGMENT_BYTES)


async def test_a_journal_that_lacks_a_command_or_has_one_twice_is_told(tmp_path: Path) -> None:
    market = ReplayMarket.drawn(time.time_ns())
    commands = [market.command(fields) for fields in _records(WORKLOAD, 300)]
    async with running_engine(tmp_path) as engine:
        played, _ = await play(engine.address, engine.master_key, market, commands)
    assert _checked(tmp_path, market, commands, played).differences == []
    for others in (commands + commands[-1:], commands[:-1]):
        differences = _checked(tmp_path, market, others, played).differences
        assert "the journal's commands are not those sent, each once, in order" in differences
    foreign = replace(played, events_digest=bytes(16))
    (difference,) = _checked(tmp_path, market, commands, foreign).differences
    assert difference == "the events read are not those that the journal gives"
    unlike = [*commands[:-1], market.command((0, 0, 0, 1, 1, 10**6))]
    assert any(
        line.startswith("state hash")
        for line in _checked(tmp_path, market, unlike, played).differences
    )


async def test_a_rate_is_kept_to(tmp_path: Path) -> None:
    market = ReplayMarket.drawn(time.time_ns())
    commands = [market.command(fields) for fields in _records(WORKLOAD, 300)]
    async with running_engine(tmp_path) as engine:
        pace = Pace(rate_per_s=1_000)
        played, _ = await play(engine.address, engine.master_key, market, commands, pace)
    assert played.elapsed_s >= 0.25


@pytest.mark.timeout(120)
def test_the_command_compares_with_the_expected_result(tmp_path: Path) -> None:
    stream = tmp_path / "stream.bin"
    stream.write_bytes(b"".join(RECORD.pack(*fields) for fields in _records(WORKLOAD, 500)))
    faults = ["--loss", "0.1", "--duplicate", "0.1", "--reorder", "0.1", "--seed", "3"]
    for options in ([], faults):
        done = CliRunner().invoke(app, ["replay", str(stream), "--prefix", "400", *options])
        assert done.exit_code == 0, done.output
        assert "Exactly the expected result." in done.output
        assert "state hash" in done.output
        assert ("faults injected, seed 3" in done.output) == bool(options)


@pytest.mark.timeout(180)
async def test_a_capture_of_any_trading_gives_the_same_on_another_engine(tmp_path: Path) -> None:
    await trade_at_random(tmp_path / "first", seed=61)
    capture = tmp_path / "day.capture"
    count = write_capture(tmp_path / "first", capture, segment_bytes=SEGMENT_BYTES)
    commands = moved_to(read_capture(capture.read_bytes(), None), time.time_ns())
    assert len(commands) == count > 1_000
    faults = FaultRates(loss=0.05, duplicate=0.05, reorder=0.05, seed=8)
    async with running_engine(tmp_path / "second") as engine:
        pace = Pace(faults=faults)
        played = await play_capture(engine.address, engine.master_key, commands, pace)
    sent = Sent(commands=b"".join(commands), first_event_seq=1, events_digest=played.events_digest)
    check = check_capture(tmp_path / "second", sent, segment_bytes=SEGMENT_BYTES)
    assert check.differences == []
    assert check.commands == count


async def trade_at_random(data_dir: Path, seed: int) -> None:
    random = RandomCommands(seed, valid_ns=60 * 10**9, steps_time=False)
    random.set_time(time.time_ns())
    commands = [data for data, _ in chain(random.setup(), islice(random, 1_500))]
    async with running_engine(data_dir) as engine:
        await play_capture(engine.address, engine.master_key, commands)


def test_the_command_replays_a_capture(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        runner.run(trade_at_random(tmp_path / "engine", seed=62))
    environment = {"OPENBELL_DATA": str(tmp_path)}
    file = str(tmp_path / "day.capture")
    written = CliRunner().invoke(app, ["capture", file], env=environment)
    assert written.exit_code == 0, written.output
    done = CliRunner().invoke(app, ["replay", file, "--prefix", "900", "--speed", "10"])
    assert done.exit_code == 0, done.output
    assert "journal: 900 commands executed again" in done.output
    if "the events part at" in done.output:
        assert "Exactly the expected result" not in done.output
        assert "the events part from the captured ones" in done.output
    else:
        assert "every event as captured" in done.output
        assert "Exactly the expected result" in done.output


def test_the_first_event_that_is_not_as_captured_is_shown_with_what_came_before() -> None:
    random = RandomCommands(63, valid_ns=60 * 10**9, steps_time=False)
    random.set_time(START_NS)
    commands = [data for data, _ in chain(random.setup(), islice(random, 300))]
    captured = [(START_NS + number // 5, data) for number, data in enumerate(commands)]

    def said(of: list[bytes], later_ns: int) -> bytes:
        return load_core()().apply(b"".join(of), START_NS + later_ns)[0]

    comparison = EventComparison(captured)
    comparison.take(said(commands, 7))
    comparison.end()
    assert comparison.parting is None, "another time alone is no difference"
    at = len(commands) // 2
    comparison = EventComparison(captured)
    comparison.take(said([*commands[:at], *commands[at + 1 :]], 0))
    comparison.end()
    assert comparison.parting is not None and comparison.parting.number > at // 2
    assert comparison.parting.captured[0] != comparison.parting.replayed[0]
    assert len(comparison.parting.before) == 3
    comparison = EventComparison(captured)
    comparison.take(said(commands[:at], 0))
    comparison.end()
    assert comparison.parting is not None and comparison.parting.replayed == []


def test_commands_are_due_when_they_were_given_times_the_speed() -> None:
    assert due_after_s([10**9, 10**9, 3 * 10**9], 4.0) == [0.0, 0.0, 0.5]


@pytest.mark.parametrize("damage", [-1, len(MAGIC)])
def test_a_torn_capture_is_refused(damage: int) -> None:
    with pytest.raises(BadStream, match="104-byte records"):
        read_capture((MAGIC + bytes(208))[:damage], None)


def test_a_file_that_is_no_stream_is_refused(tmp_path: Path) -> None:
    stream = tmp_path / "stream.bin"
    stream.write_bytes(b"x" * 25)
    done = CliRunner().invoke(app, ["replay", str(stream)])
    assert done.exit_code == 1
    assert "whole records of 24 bytes" in done.output


@pytest.mark.parametrize("fields", [(3, 0, 0, 1, 1, 1), (0, 2, 0, 1, 1, 1)])
def test_a_record_that_is_no_order_names_itself(fields: Fields) -> None:
    with pytest.raises(BadStream, match="order 1"):
        ReplayMarket.drawn(0).command(fields)
