"""How fast is history read, and how fast does it go through an engine?

A made-up day, written as ITCH 5.0, LOBSTER and Binance's trades would tell it, is decoded; its
records become commands; a client in C sends them over UDP to a real engine with MAC, dedupe, risk,
journal and event stream on, and checks every event. A core in this process executes the same
commands: its book must take every step of the day, and the engine's fills must be its fills.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from bench.udp import Load, Setting
from bench.yardsticks import line_copy_ns
from domain.events import EventKind
from engine_core import core_name, load_core
from replay.event_flow import EventFlow
from replay.flow_commands import FlowCommands, ref_of
from replay.flow_comparison import FlowComparison, steps_of
from replay.flow_market import FlowMarket
from replay.importers import drawn_day
from replay.importers.order_files import ITCH, LOBSTER, PIECE_BYTES, decoder
from replay.importers.trade_files import read_trades
from replay.order_flow import RECORD, Fields, FlowKind, equity_terms
from replay.own_engine import own_engine
from replay.result import FillHash
from replay.workload import WORKLOAD
from schemas.codec import encode_command, event_fields
from schemas.framing import COMMANDS_MAX
from schemas.layouts import EVENT_BYTES

OPERATIONS: Final = 300_000
QUICK_OPERATIONS: Final = 3_000
RUNS: Final = 5
REFERENCE_BYTES: Final = 4 << 20
"""The readable decoders read so much."""
IN_FLIGHT: Final = 64
ENGINE_S: Final = 60.0
SETTLE_S: Final = 3.0
"""For a new engine to have prepared its journal, which loads the disk."""
_TRADE: Final = event_fields(
    EventKind.TRADE, "maker_order_id", "taker_order_id", "price_ticks", "qty_lots"
)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure one day."""
    operations = QUICK_OPERATIONS if options.quick else options.operations
    say(f"drawing a day of {operations:,} operations")
    records = list(drawn_day.DrawnDay(WORKLOAD, operations).records())
    itch = b"".join(drawn_day.itch(records))
    lobster = b"".join(drawn_day.lobster(records))
    say("decoding")
    figures = {
        "imports.itch_per_s": _decoded_per_s(ITCH, itch, "compiled", records),
        "imports.lobster_per_s": _decoded_per_s(LOBSTER, lobster, "compiled", None),
        "imports.itch_reference_per_s": _reference_per_s(ITCH, itch),
        "imports.lobster_reference_per_s": _reference_per_s(LOBSTER, lobster),
        "imports.binance_per_s": _trades_per_s(records),
    }
    say("making commands")
    market = FlowMarket.of(equity_terms("DRAWN-USD", ITCH), time.time_ns())
    commands, took_s, comparison = _commands(records, market)
    core_s, *fills = _followed(market, commands, comparison)
    figures["imports.commands_per_s"] = len(records) / took_s
    say("sending them to an engine")
    engine_s = asyncio.run(_engine_s(market, commands, fills, options.quick))
    decode_s = len(records) / figures["imports.itch_per_s"]
    figures["imports.through_core_per_s"] = len(records) / (decode_s + took_s + core_s)
    figures["imports.engine_commands_per_s"] = len(commands) / engine_s
    figures["imports.through_engine_per_s"] = len(records) / (decode_s + took_s + engine_s)
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns()},
        twin=f"{core_name()}; reference where a figure says so",
        yardstick="line_copy_ns",
        notes=(
            f"{len(records):,} messages, {len(commands):,} commands, {fills[0]} fills, each as"
            " the day says. Decoding and making commands: the thread's own CPU time, the median of"
            f" {RUNS} runs; the engine: until the last event was checked, {COMMANDS_MAX} commands a"
            f" datagram, {IN_FLIGHT} in flight, journaled, not flushed. `through_engine`: the three"
            " one after the other; `through_core`: with the core in this process instead of the"
            " engine, CPU time only.",
        ),
    )


def _decoded_per_s(
    source: str, data: bytes, twin: str, wanted: list[Fields] | None, runs: int = RUNS
) -> float:
    """Return messages a second; of ITCH, the records must be those that were written."""
    took_s, found, messages = [], b"", 0
    for _ in range(runs):
        reading = decoder(source, "", twin)
        begun_s = time.thread_time()
        pieces = [
            reading.feed(data[at : at + PIECE_BYTES]) for at in range(0, len(data), PIECE_BYTES)
        ]
        took_s.append(time.thread_time() - begun_s)
        found, messages = b"".join(pieces), reading.messages
    if wanted is not None:
        own = [row for row in RECORD.iter_unpack(found) if row[5] != drawn_day.OTHER_LOCATE]
        if own != wanted:
            raise WrongResult("the decoded records are not those that were written")
    return messages / median(took_s)


def _reference_per_s(source: str, data: bytes) -> float:
    part = data[:REFERENCE_BYTES]
    return _decoded_per_s(source, part, "reference", None, 1)


def _trades_per_s(records: list[Fields]) -> float:
    rows = "".join(
        f"{row[2]},{row[3]}.00000000,1.00000000,1.0,{1_700_000_000_000 + row[2]},True,True\n"
        for row in records
        if row[6] == FlowKind.EXECUTE
    )
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as directory:
        path = Path(directory) / "trades.csv"
        path.write_text(rows)
        begun_s = time.thread_time()
        count = sum(1 for _ in read_trades(path, "binance-trades"))
        return count / (time.thread_time() - begun_s)


def _commands(
    records: list[Fields], market: FlowMarket
) -> tuple[list[bytes], float, FlowComparison]:
    """Return the day's commands, the seconds it took to make them, and what must come of them."""
    took_s = []
    for _ in range(RUNS):
        comparison = FlowComparison()
        making = FlowCommands(market, comparison.expect, first_order_id=1)
        begun_s = time.thread_time()
        commands: list[bytes] = []
        for fields in records:
            made = making.of(fields)
            assert made is not None, "the ids are known on an engine that hears nobody else"
            commands += made
        took_s.append(time.thread_time() - begun_s)
    return commands, median(took_s), comparison


def _opening(market: FlowMarket) -> bytes:
    return b"".join(map(encode_command, market.opening()))


def _followed(
    market: FlowMarket, commands: list[bytes], comparison: FlowComparison
) -> tuple[float, int, str]:
    """Return what a core takes for these commands in seconds, its fills, and their hash.

    Raises:
        WrongResult: its book does not do what the day says.
    """
    core = load_core()()
    core.apply(_opening(market), market.now_ns)
    begun_s = time.thread_time()
    events, _ = core.apply(b"".join(commands), market.now_ns)
    took_s = time.thread_time() - begun_s
    comparison.find(steps_of(EventFlow(market.instrument_id, ref_of).read(events)))
    comparison.end()
    if comparison.missing or comparison.extra:
        raise WrongResult(f"the book parts from the day: {comparison.parting}")
    fills, digest = 0, FillHash()
    for index, kind in enumerate(events[::EVENT_BYTES]):
        if kind == EventKind.TRADE:
            fills += 1
            digest.update(*_TRADE(events, index * EVENT_BYTES))
    return took_s, fills, digest.hexdigest()


async def _engine_s(
    market: FlowMarket, commands: list[bytes], fills: list[object], quick: bool
) -> float:
    """Return how long an engine takes until its last event was checked."""
    async with own_engine(durable=False) as (address, key):
        await asyncio.sleep(0 if quick else SETTLE_S)
        load = Load(address, key)
        try:
            sent = load.play(
                _opening(market),
                b"".join(commands),
                Setting("journaled", COMMANDS_MAX, IN_FLIGHT),
                ENGINE_S,
                instrument_id=market.instrument_id,
            )
        finally:
            load.close()
    if [sent["commands"], sent["fills"], sent["fill_hash"]] != [len(commands), *fills]:
        raise WrongResult(f"the engine made {sent['fills']} fills, the day has {fills[0]}")
    return sent["event_ns"] / 1e9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the length of the day."""
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="of the workload")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
