"""How many orders a second does the book take by itself, and how long does each one take?

Both streams, one thread, every event produced; no money, no socket, no journal. The compiled book
four ways: events left in place, 1,000 operations a call with the events as bytes, one operation a
call, and one by one with the clock read after each. Rates are medians on the thread's own CPU
time. Each run's fills and their hash are checked, outside the time that counts.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Final

from bench._streams import FillDigest
from bench.benchmark import Benchmark, Say, add_stream_arguments
from bench.reference_book import ReferenceBook
from bench.report import Measured
from bench.streams import BOOK_COMMAND, Stream, load_stream, split
from bench.yardsticks import line_copy_ns, timer_ns
from matching._book import OrderBook
from matching._latency import LatencyHistogram

BATCH: Final = 1_000
QUICK_OPS: Final = 30_000
REFERENCE_OPS: Final = 60_000
STREAMS: Final = {"workload": "workload", "deep": "workload_deep"}
QUANTILES: Final = {"p50": 500_000, "p99": 990_000, "p999": 999_000}
"""In millionths."""

Run = Callable[[], int]
"""Does all the work once, checks it, and returns what it took, in nanoseconds."""


def in_place(stream: Stream, work: list[bytes]) -> int:
    """The events stay in the book's memory."""
    book, digest, took_ns = OrderBook(), FillDigest(), 0
    for batch in work:
        begun_ns = time.thread_time_ns()
        book.execute(batch)
        took_ns += time.thread_time_ns() - begun_ns
        digest.take_book(book.events)
    stream.check(digest, "the compiled book")
    return took_ns


def in_batches(stream: Stream, work: list[bytes]) -> int:
    """Bytes in, bytes out."""
    book, digest, took_ns = OrderBook(), FillDigest(), 0
    for batch in work:
        begun_ns = time.thread_time_ns()
        events = book.apply(batch)
        took_ns += time.thread_time_ns() - begun_ns
        digest.take_book(events)
    stream.check(digest, "the compiled book")
    return took_ns


def one_by_one(stream: Stream, work: list[bytes]) -> int:
    """One operation a call, bytes in, bytes out."""
    book, digest, took_ns = OrderBook(), FillDigest(), 0
    apply = book.apply
    for batch in work:
        commands = split(batch, BOOK_COMMAND.size, 1)
        begun_ns = time.thread_time_ns()
        events = [apply(command) for command in commands]
        took_ns += time.thread_time_ns() - begun_ns
        digest.take_book(b"".join(events))
    stream.check(digest, "the compiled book")
    return took_ns


def reference(stream: Stream) -> int:
    """The readable book, a method call an operation."""
    book, digest = ReferenceBook(), FillDigest()
    begun_ns = time.thread_time_ns()
    fills = book.run(stream.fields)
    took_ns = time.thread_time_ns() - begun_ns
    for fill in fills:
        digest.take(*fill)
    stream.check(digest, "the reference book")
    return took_ns


def quantiles(stream: Stream, work: list[bytes], runs: int) -> dict[str, float]:
    """Return the quantiles of single operations, medians of ``runs`` runs, timer included."""
    found: dict[str, list[int]] = {name: [] for name in (*QUANTILES, "max")}
    for _ in range(runs):
        book, digest, took = OrderBook(), FillDigest(), LatencyHistogram()
        for batch in work:
            book.execute_timed(batch, took)
            digest.take_book(book.events)
        stream.check(digest, "the compiled book")
        for name, per_million in QUANTILES.items():
            found[name].append(took.quantile_ns(per_million))
        found["max"].append(took.max_ns)
    return {name: median(values) for name, values in found.items()}


def rate_mops(ops: int, runs: int, run: Run) -> float:
    """Return the median rate of ``runs`` runs, in millions a second."""
    return ops * 1e3 / median(run() for _ in range(runs))


def _of_stream(short: str, stream: Stream, runs: int, say: Say) -> dict[str, float]:
    work = split(stream.book_commands, BOOK_COMMAND.size, BATCH)
    say(f"{stream.name}: {runs} runs of {stream.ops:,} operations")
    figures = {f"book.{short}_mops": rate_mops(stream.ops, runs, lambda: in_place(stream, work))}
    prefix = "book." if short == "workload" else f"book.{short}_"
    for name, took_ns in quantiles(stream, work, runs).items():
        figures[f"{prefix}{name}_ns"] = took_ns
    figures[f"{prefix}batch_mops"] = rate_mops(stream.ops, runs, lambda: in_batches(stream, work))
    figures[f"{prefix}single_mops"] = rate_mops(stream.ops, runs, lambda: one_by_one(stream, work))
    return figures


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure both books on both streams."""
    ops = QUICK_OPS if options.quick else options.prefix
    runs = 1 if options.quick else options.runs
    figures: dict[str, float] = {}
    for short, name in STREAMS.items():
        figures |= _of_stream(short, load_stream(name, ops, say), runs, say)
    for short, name in STREAMS.items():
        stream = load_stream(name, ops or REFERENCE_OPS, say)
        say(f"{name}, reference book: {runs} runs of {stream.ops:,} operations")
        rate = rate_mops(stream.ops, runs, partial(reference, stream))
        figures[f"book.reference_{short}_mops"] = rate
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns(), "timer_ns": timer_ns()},
        twin="compiled; reference where a figure says so",
        yardstick="line_copy_ns",
        notes=(
            "A latency is of one operation, the clock read after each: `timer_ns` of it is the "
            "clock. `line_copy_ns`: one 64-byte line copied out of memory.",
        ),
    )


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_stream_arguments, measure)
