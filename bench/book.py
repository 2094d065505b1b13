"""How many orders a second do the book and the core take, in process, every event produced?

    python -m bench.book [--stream workload|workload_deep|FILE] [--prefix N] [--runs N]

The book alone knows no money; the core has dedupe, holds, fees and balances on. Neither has a
socket, a MAC or a journal here. Fills and their hash are checked before anything is printed.
"""

import argparse
import struct
import time
from collections.abc import Callable
from typing import Final

from bench.streams import batches, book_command, core_command, records, venue
from bench.yardsticks import Rates, commit, line_copy_ns, machine, rates_of
from domain.events import Trade
from engine_core import CORES, core_type
from matching._book import OrderBook
from replay.expectation import expected_result
from replay.result import FillHash
from replay.workload import Fields
from schemas.codec import decode_events

BATCH: Final = 1_000
_BOOK_EVENT: Final = struct.Struct("<4BI3Q3qQ")
_TRADE: Final = 3


class WrongFills(Exception):
    """What was measured did not do the work."""


def book_run() -> Callable[[bytes], bytes]:
    """Return a fresh book's apply."""
    return OrderBook().apply


def core_run(twin: str) -> Callable[[bytes], bytes]:
    """Return the apply of a fresh core with an open venue, events only."""
    core = core_type(twin)()
    core.apply(venue(), 1)
    return lambda commands: core.apply(commands, 2)[0]


def book_fills(events: bytes) -> list[tuple[int, int, int, int]]:
    """Return (maker, taker, price_ticks, qty_lots) of the trades in a book's events."""
    return [event[6:10] for event in _BOOK_EVENT.iter_unpack(events) if event[0] == _TRADE]


def core_fills(events: bytes) -> list[tuple[int, int, int, int]]:
    """Return the same of a core's events. Order ids are the stream's: both count every order."""
    return [
        (event.maker_order_id, event.taker_order_id, event.price_ticks, event.qty_lots)
        for event in decode_events(events)
        if isinstance(event, Trade)
    ]


def check(fills: list[tuple[int, int, int, int]], stream: list[Fields]) -> str:
    """Return the hash of ``fills``.

    Raises:
        WrongFills: an independent matcher's are not the same.
    """
    fill_hash = FillHash()
    for fill in fills:
        fill_hash.update(*fill)
    expected = expected_result(stream)
    if (len(fills), fill_hash.hexdigest()) != (expected.fills, expected.fnv1a64):
        raise WrongFills(f"{len(fills)} fills, {fill_hash.hexdigest()}; expected {expected}")
    return fill_hash.hexdigest()


def measure(
    start: Callable[[], Callable[[bytes], bytes]], work: list[bytes], ops: int, runs: int
) -> Rates:
    """Return the rates of ``runs`` runs of ``work``, each on what ``start`` returns."""
    runs_ns: list[int] = []
    batch_ns_per_op: list[float] = []
    for _ in range(runs):
        apply = start()
        begun_ns = time.thread_time_ns()
        for batch in work:
            before_ns = time.perf_counter_ns()
            apply(batch)
            batch_ns_per_op.append((time.perf_counter_ns() - before_ns) / BATCH)
        runs_ns.append(time.thread_time_ns() - begun_ns)
    return rates_of(ops, runs_ns, batch_ns_per_op)


def report(name: str, rates: Rates, copy_ns: float) -> None:
    """Print one line."""
    ns_per_op = 1e9 / rates.ops_per_s
    print(
        f"{name:14} {rates.ops_per_s / 1e6:7.2f} M ops/s (best {rates.best_ops_per_s / 1e6:.2f}), "
        f"{ns_per_op / copy_ns:6.1f} line copies an op; ns an op over batches of {BATCH}: "
        f"p50 {rates.ns_p50:.0f}, p99 {rates.ns_p99:.0f}, p99.9 {rates.ns_p99_9:.0f}"
    )


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--stream", default="workload", help="a recipe's name or a file")
    parser.add_argument("--prefix", type=int, default=100_000, help="records; 0 for all")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--twin", choices=CORES, default="compiled", help="of the core")
    options = parser.parse_args()
    stream = records(options.stream, options.prefix)
    book_work = list(batches(map(book_command, stream), BATCH))
    core_work = list(batches(map(core_command, stream), BATCH))
    fills = check(book_fills(b"".join(map(book_run(), book_work))), stream)
    check(core_fills(b"".join(map(core_run(options.twin), core_work))), stream)
    copy_ns = line_copy_ns()
    print(f"commit {commit()}, {machine()}")
    print(f"{options.stream}, {len(stream)} records, fills as they must be: {fills}")
    print(f"yardstick: one cache line copied from memory in {copy_ns:.1f} ns")
    report("book compiled", measure(book_run, book_work, len(stream), options.runs), copy_ns)
    core_rates = measure(lambda: core_run(options.twin), core_work, len(stream), options.runs)
    report(f"core {options.twin}", core_rates, copy_ns)


if __name__ == "__main__":
    main()
