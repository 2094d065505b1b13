"""Order-level history drives a real engine over UDP, whose book does what the history says."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from replay.errors import BadStream
from replay.faults import FaultRates
from replay.flow_commands import Unmapped
from replay.flow_market import FlowMarket
from replay.flow_player import FlowPace, FlowPlayed, play_flow
from replay.importers import drawn_day
from replay.importers.order_files import FLOW, ITCH, LOBSTER, read_orders
from replay.live_capture import LiveCapture, capture_flow
from replay.order_flow import RECORD, Fields, FlowKind, FlowTerms, equity_terms, read_terms
from replay.workload import WORKLOAD
from tests.integration.engine_process import EngineHandle, running_engine

LIVELY = replace(WORKLOAD, floor=50)
TERMS = equity_terms("DRAWN-USD", ITCH)


def _file(path: Path, source: str, ops: int) -> Path:
    records = drawn_day.DrawnDay(LIVELY, ops).records()
    write = drawn_day.itch if source == ITCH else drawn_day.lobster
    path.write_bytes(b"".join(write(records)))
    return path


async def _played(
    engine: EngineHandle, pieces: Iterator[bytes], pace: FlowPace, terms: FlowTerms = TERMS
) -> FlowPlayed:
    market = FlowMarket.of(terms, time.time_ns())
    return await play_flow(engine.address, engine.master_key, market, pieces, pace)


def _followed(played: FlowPlayed) -> None:
    comparison = played.comparison
    assert comparison.parting is None
    assert (comparison.missing, comparison.extra) == (0, 0)
    assert not played.refused


@pytest.mark.timeout(120)
@pytest.mark.parametrize("source", [ITCH, LOBSTER])
async def test_a_day_is_followed_step_by_step_on_a_bad_network(tmp_path: Path, source: str) -> None:
    path = _file(tmp_path / "day", source, 3_000)
    faults = FaultRates(loss=0.03, duplicate=0.03, reorder=0.03, seed=5)
    async with running_engine(tmp_path / "engine") as engine:
        pieces = read_orders(path, source, drawn_day.STOCK)
        played = await _played(engine, pieces, FlowPace(faults=faults))
    _followed(played)
    assert played.comparison.equal > 3_000
    assert played.unmapped[Unmapped.HIDDEN] == 3 and played.unmapped[Unmapped.CROSS] == 1
    assert played.unmapped[Unmapped.STATUS] > 0
    assert played.unmapped[Unmapped.OTHER_PRICE] == (2 if source == ITCH else 0)


async def test_a_live_capture_played_elsewhere_and_captured_again_says_the_same(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first.flow", tmp_path / "second.flow"
    async with running_engine(tmp_path / "one") as engine:
        day = read_orders(_file(tmp_path / "day", ITCH, 800), ITCH, drawn_day.STOCK)
        _followed(await _played(engine, day, FlowPace()))
        wanted = LiveCapture(symbol=TERMS.symbol, path=first, seconds=0, whole=True)
        count = await _captured(engine, wanted)
    with first.open("rb") as file:
        terms = read_terms(file)
    assert terms == replace(TERMS, source="openbell")
    async with running_engine(tmp_path / "two") as engine:
        _followed(await _played(engine, read_orders(first, FLOW), FlowPace(), terms))
        await _captured(engine, replace(wanted, path=second))
    rows = [_rows(path) for path in (first, second)]
    assert len(rows[0]) == count and _without_time(rows[0]) == _without_time(rows[1])


async def test_a_capture_that_begins_in_the_middle_begins_with_the_book(tmp_path: Path) -> None:
    whole, later = tmp_path / "whole.flow", tmp_path / "later.flow"
    async with running_engine(tmp_path / "engine") as engine:
        day = read_orders(_file(tmp_path / "day", ITCH, 500), ITCH, drawn_day.STOCK)
        await _played(engine, day, FlowPace())
        wanted = LiveCapture(symbol=TERMS.symbol, path=whole, seconds=0, whole=True)
        await _captured(engine, wanted)
        await _captured(engine, replace(wanted, path=later, whole=False))
    book: dict[int, list[int]] = {}
    for _, ref, _, qty, price, _, kind, side in _rows(whole):
        if kind == FlowKind.ADD:
            book[ref] = [qty, price, side]
        elif kind == FlowKind.DELETE:
            del book[ref]
        elif kind in (FlowKind.EXECUTE, FlowKind.REDUCE):
            book[ref][0] -= qty
    resting = {ref: order for ref, order in book.items() if order[0]}
    found = {row[1]: [row[3], row[4], row[7]] for row in _rows(later)}
    assert found == resting and list(found) == list(resting)


@pytest.mark.parametrize("whole", [True, False])
async def test_an_instrument_that_is_not_there_is_no_empty_capture(
    tmp_path: Path, whole: bool
) -> None:
    path = tmp_path / "none.flow"
    path.write_bytes(b"yesterday's")
    async with running_engine(tmp_path / "engine") as engine:
        await _played(engine, iter(()), FlowPace())
        wanted = LiveCapture(symbol="NO-SUCH", path=path, seconds=0, whole=whole)
        with pytest.raises(BadStream, match="no instrument NO-SUCH"):
            await _captured(engine, wanted)
    assert path.read_bytes() == b"yesterday's", "nothing was there to replace it with"
    assert [one.name for one in tmp_path.glob("none*")] == ["none.flow"]


async def _captured(engine: EngineHandle, wanted: LiveCapture) -> int:
    return await capture_flow(engine.address, engine.master_key, wanted)


def _rows(path: Path) -> list[Fields]:
    return list(RECORD.iter_unpack(b"".join(read_orders(path, FLOW))))


def _without_time(rows: list[Fields]) -> list[tuple[int, ...]]:
    """Also without what is each engine's own; orders by their first appearance."""
    numbers: dict[int, int] = {}
    return [
        (numbers.setdefault(ref, len(numbers)), *row[2:])
        for row in ((0, ref, 0, *rest) for _, ref, _, *rest in rows)
        for ref in row[1:2]
        if row[6] != FlowKind.STATUS
    ]


async def test_where_the_engine_parts_from_the_history_is_shown_with_both_sides(
    tmp_path: Path,
) -> None:
    """History executes the order behind the first at its price; an engine takes the first."""
    at = drawn_day.START_NS
    records = [
        (at, 1, 0, 5, 100, 7, FlowKind.ADD, 1),
        (at, 2, 0, 5, 100, 7, FlowKind.ADD, 1),
        (at, 3, 0, 9, 99, 7, FlowKind.ADD, 1),
        (at, 2, 1, 5, 0, 7, FlowKind.EXECUTE, 0),
        (at, 3, 0, 4, 0, 7, FlowKind.REDUCE, 0),
        (at, 99, 0, 0, 0, 7, FlowKind.DELETE, 0),
        (at, 3, 0, 0, 0, 7, FlowKind.DELETE, 0),
    ]
    pieces = iter([b"".join(RECORD.pack(*row) for row in records)])
    async with running_engine(tmp_path / "engine") as engine:
        played = await _played(engine, pieces, FlowPace())
    parting = played.comparison.parting
    assert parting is not None and parting.number == 4
    assert [step[1] for step in parting.before] == [1, 2, 3]
    assert parting.expected[0] == (FlowKind.EXECUTE, 2, 5, 100, 0)
    assert parting.found[0] == (FlowKind.EXECUTE, 1, 5, 100, 0)
    assert (played.comparison.missing, played.comparison.extra) == (1, 1)
    assert played.comparison.equal == 5 and played.unmapped[Unmapped.UNKNOWN] == 1


async def test_the_recorded_time_passes_at_the_speed_asked_for(tmp_path: Path) -> None:
    gaps = (0, 100, 200, 300)
    records = [
        (ms * 10**6, number + 1, 0, 5, 100, 7, FlowKind.ADD, 1) for number, ms in enumerate(gaps)
    ]
    data = b"".join(RECORD.pack(*row) for row in records)
    async with running_engine(tmp_path / "engine") as engine:
        for speed, begin_ms, least_s in ((1.0, 0, 0.3), (2.0, 100, 0.1), (None, 0, 0.0)):
            pace = FlowPace(speed=speed, begin_ns=begin_ms * 10**6)
            played = await _played(engine, iter([data]), pace)
            _followed(played)
            assert played.elapsed_s >= least_s
