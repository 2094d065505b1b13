"""How many commands a second does the core take: dedupe, holds, fees, balances and full events?

Both streams, one thread, 1,000 accounts; once more with 100,000 accounts and the table of client
order ids full, so that every new one pushes out the oldest. No socket, no MAC, no journal. Rates
are medians on the thread's own CPU time. Each run's fills and their hash are checked, outside the
time that counts.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

from bench._inside import CoreInside
from bench._streams import FillDigest, spread_orders
from bench.benchmark import Benchmark, Say, add_stream_arguments
from bench.book import BATCH, QUICK_OPS, REFERENCE_OPS, STREAMS, rate_mops
from bench.report import Measured, WrongResult
from bench.streams import FIRST_ACCOUNT_ID, Stream, core_command, load_stream, split, venue
from bench.yardsticks import line_copy_ns
from domain.commands import NewOrder
from domain.orders import TimeInForce
from engine_core import core_type
from engine_core._core import Core
from engine_core.limits import DEDUPE_KEYS_MAX
from replay.workload import OP_LIMIT, SIDE_BUY
from schemas.codec import decode_command, encode_command
from schemas.layouts import COMMAND_BYTES

ACCOUNTS: Final = 1_000
MANY_ACCOUNTS: Final = 100_000
QUICK_KEYS: Final = 50_000
_OLD_KEYS_FROM: Final = 10**12
_FILL_BATCH: Final = 20_000
_VENUE_TS_NS: Final = 1
_OLD_TS_NS: Final = 2
"""Until then the keys that fill the table are valid."""
_STREAM_TS_NS: Final = 3
_LEVELS: Final = 100
_MID_TICKS: Final = 100_000


@dataclass(frozen=True)
class Venue:
    """Where a stream runs: with so many accounts, and so many keys remembered from before."""

    accounts: int
    old_keys: int = 0

    @cached_property
    def opening(self) -> bytes:
        """The commands that open it."""
        return venue(accounts=self.accounts)

    def open(self, keys_max: int = DEDUPE_KEYS_MAX) -> Core:
        """Return a fresh core that is open for the stream.

        Raises:
            WrongResult: the table of keys is not as full as it should be.
        """
        core = Core(dedupe_keys_max=keys_max)
        inside = CoreInside(core)
        inside.run(self.opening, _VENUE_TS_NS)
        for commands in self._old_orders():
            inside.run(commands, _OLD_TS_NS)
        if (inside.keys, inside.open_orders) != (self.old_keys, 0):
            raise WrongResult(f"{inside.keys} keys are remembered, not {self.old_keys}")
        return core

    def _old_orders(self) -> Iterator[bytes]:
        for first in range(0, self.old_keys, _FILL_BATCH):
            yield spread_orders(
                passing_order(_OLD_TS_NS),
                first_key=_OLD_KEYS_FROM + first,
                count=min(_FILL_BATCH, self.old_keys - first),
                first_account_id=FIRST_ACCOUNT_ID,
                accounts=self.accounts,
                mid_ticks=_MID_TICKS,
                levels=_LEVELS,
                seed=1 + first,
            )


def passing_order(valid_until_ns: int) -> bytes:
    """Return an order that leaves nothing behind but its key, where it meets nobody."""
    order = decode_command(core_command((OP_LIMIT, SIDE_BUY, 0, 1, 1, 1)))
    assert isinstance(order, NewOrder)
    terms = TimeInForce.IOC
    return encode_command(replace(order, time_in_force=terms, valid_until_ns=valid_until_ns))


def in_place(stream: Stream, work: list[bytes], where: Venue, keys_max: int) -> int:
    """The events stay in the core's memory, as in the engine."""
    inside = CoreInside(where.open(keys_max))
    digest, took_ns = FillDigest(ids_before=where.old_keys), 0
    for batch in work:
        begun_ns = time.thread_time_ns()
        inside.run(batch, _STREAM_TS_NS)
        took_ns += time.thread_time_ns() - begun_ns
        digest.take_core(inside.events)
    stream.check(digest, "the compiled core")
    return took_ns


def in_batches(stream: Stream, work: list[bytes], where: Venue, twin: str) -> int:
    """Bytes in, bytes out; either twin."""
    core, digest, took_ns = core_type(twin)(), FillDigest(), 0
    core.apply(where.opening, _VENUE_TS_NS)
    for batch in work:
        begun_ns = time.thread_time_ns()
        events, _ = core.apply(batch, _STREAM_TS_NS)
        took_ns += time.thread_time_ns() - begun_ns
        digest.take_core(events)
    stream.check(digest, f"the {twin} core")
    return took_ns


def work_of(stream: Stream, accounts: int, batch: int = BATCH) -> list[bytes]:
    """Return the stream's commands in batches."""
    return split(stream.core_commands(accounts), COMMAND_BYTES, batch)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure both cores."""
    ops = QUICK_OPS if options.quick else options.prefix
    runs = 1 if options.quick else options.runs
    few, keys_max = Venue(ACCOUNTS), DEDUPE_KEYS_MAX
    figures: dict[str, float] = {}
    for short, name in STREAMS.items():
        stream = load_stream(name, ops, say)
        work = work_of(stream, few.accounts)
        say(f"{name}: {runs} runs of {stream.ops:,} commands, {few.accounts:,} accounts")
        run = partial(in_place, stream, work, few, keys_max)
        figures[f"core.{short}_mops"] = rate_mops(stream.ops, runs, run)
    stream = load_stream(STREAMS["workload"], ops, say)
    work = work_of(stream, few.accounts)
    run = partial(in_batches, stream, work, few, "compiled")
    figures["core.batch_mops"] = rate_mops(stream.ops, runs, run)
    figures["core.accounts_100k_mops"] = _crowded(stream, runs, options.quick, say)
    stream = load_stream(STREAMS["workload"], ops or REFERENCE_OPS, say)
    say(f"workload, reference core: a run of {stream.ops:,} commands")
    run = partial(in_batches, stream, work_of(stream, ACCOUNTS), few, "reference")
    figures["core.reference_mops"] = rate_mops(stream.ops, 1, run)
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns()},
        twin="compiled; reference where a figure says so",
        yardstick="line_copy_ns",
    )


def _crowded(stream: Stream, runs: int, quick: bool, say: Say) -> float:
    keys_max = QUICK_KEYS if quick else DEDUPE_KEYS_MAX
    many = Venue(MANY_ACCOUNTS // 100 if quick else MANY_ACCOUNTS, old_keys=keys_max)
    work = work_of(stream, many.accounts)
    say(f"workload: {runs} runs, {many.accounts:,} accounts, {keys_max:,} keys remembered")
    return rate_mops(stream.ops, runs, partial(in_place, stream, work, many, keys_max))


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_stream_arguments, measure)
