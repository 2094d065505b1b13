"""How long does one command take inside the engine's core?

The core's own histogram, the one the engine publishes: the clock read after every command, what a
batch needs to get ready counted with its first one. Batches as large as a datagram. Fills and
their hash are checked. Quantiles are medians over the runs, in nanoseconds.
"""

import argparse
from statistics import median
from typing import Final

from bench._inside import CoreInside
from bench._streams import FillDigest
from bench.benchmark import Benchmark, Say, add_stream_arguments
from bench.book import QUANTILES, QUICK_OPS, STREAMS
from bench.core import ACCOUNTS, Venue, work_of
from bench.report import Measured
from bench.streams import Stream, load_stream
from bench.yardsticks import line_copy_ns, timer_ns
from matching._latency import LatencyHistogram
from schemas.framing import COMMANDS_MAX

_TS_NS: Final = 3


def one_run(stream: Stream, work: list[bytes], where: Venue) -> LatencyHistogram:
    """Return what each command of a stream took on a fresh core."""
    core, took, digest = where.open(), LatencyHistogram(), FillDigest()
    core.count_latency(took)
    inside = CoreInside(core)
    for batch in work:
        inside.run(batch, _TS_NS)
        digest.take_core(inside.events)
    stream.check(digest, "the compiled core")
    assert took.count == stream.ops
    return took


def quantiles_ns(histograms: list[LatencyHistogram]) -> dict[str, float]:
    """Return the medians over runs."""
    found = {
        name: median(took.quantile_ns(per_million) for took in histograms)
        for name, per_million in QUANTILES.items()
    }
    return found | {"max": median(took.max_ns for took in histograms)}


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure the compiled core on both streams."""
    ops = QUICK_OPS if options.quick else options.prefix
    runs = 1 if options.quick else options.runs
    figures: dict[str, float] = {}
    for short, name in STREAMS.items():
        stream, where = load_stream(name, ops, say), Venue(ACCOUNTS)
        work = work_of(stream, ACCOUNTS, COMMANDS_MAX)
        say(f"{name}: {runs} runs of {stream.ops:,} commands, {COMMANDS_MAX} a batch")
        found = quantiles_ns([one_run(stream, work, where) for _ in range(runs)])
        prefix = "latency." if short == "workload" else f"latency.{short}_"
        figures |= {f"{prefix}{quantile}_ns": took_ns for quantile, took_ns in found.items()}
        figures[f"{prefix}p999_over_p50"] = found["p999"] / found["p50"]
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns(), "timer_ns": timer_ns()},
        twin="compiled",
        yardstick="line_copy_ns",
        notes=("Of each latency `timer_ns` is the clock that is read.",),
    )


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_stream_arguments, measure)
