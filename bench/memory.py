"""How much memory does a resting order take, and does the core stay as fast when there are more?

The compiled core with 10 thousand to 5 million resting orders. Bytes are what the process has
resident more than before, divided by the orders; keys (remembered client order ids) are measured
alone, with orders that do not rest, and taken off. What the allocator handed out, used or not, is
given beside it. Nanoseconds are the thread's own CPU time of a batch of orders added, of random
ones cancelled, of ones matched, divided by the batch. Every count of events and of open orders is
checked.
"""

import argparse
import os
import random
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Final

from bench._inside import CoreInside, allocated_bytes, give_back
from bench._streams import cancels_of, spread_orders
from bench.benchmark import Benchmark, Say, no_arguments
from bench.core import ACCOUNTS, passing_order
from bench.report import Measured, NoFigure, WrongResult
from bench.streams import FIRST_ACCOUNT_ID, VALID_UNTIL_NS, core_command, venue
from bench.yardsticks import CACHE_LINE_BYTES, line_copy_ns
from domain.events import EventKind
from engine_core._core import Core
from engine_core.limits import DEDUPE_KEYS_MAX
from replay.workload import OP_CANCEL, OP_LIMIT, SIDE_BUY
from schemas.layouts import EVENT_BYTES

SIZES: Final = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
QUICK_SIZES: Final = {"10k": 10_000}
ROUNDS: Final = 5
BATCH: Final = 1_000
_FILL_BATCH: Final = 20_000
_STATM: Final = Path("/proc/self/statm")
_LEVELS: Final = 200
_MID_TICKS: Final = 100_000
_RESTING: Final = core_command((OP_LIMIT, SIDE_BUY, 0, 1, 1, 1))
_PASSING: Final = passing_order(VALID_UNTIL_NS)
_CANCEL: Final = core_command((OP_CANCEL, 0, 0, 0, 0, 1))
_DEALT: Final = {"first_account_id": FIRST_ACCOUNT_ID, "accounts": ACCOUNTS}


class Crowd:
    """A core with resting orders, their keys counting from 1."""

    def __init__(self, keys_max: int) -> None:
        self.inside = CoreInside(Core(dedupe_keys_max=keys_max))
        self.inside.run(venue(accounts=ACCOUNTS), 1)
        self.next_key = 1

    def orders(self, pattern: bytes, count: int, *, crossing: bool = False) -> bytes:
        """Return the next ``count`` orders, on both sides: beside the market or through it."""
        first, self.next_key = self.next_key, self.next_key + count
        return spread_orders(
            pattern,
            first_key=first,
            count=count,
            mid_ticks=_MID_TICKS,
            levels=_LEVELS,
            seed=first * 2 + 1,
            crossing=crossing,
            **_DEALT,
        )

    def fill(self, pattern: bytes, count: int) -> None:
        """Have so many more orders arrive."""
        for at in range(0, count, _FILL_BATCH):
            self.inside.run(self.orders(pattern, min(_FILL_BATCH, count - at)), 1)

    def timed(self, commands: bytes, kind: EventKind, open_orders: int) -> float:
        """Return what each of a batch's commands takes, in nanoseconds.

        Raises:
            WrongResult: not every command had an event of ``kind``, or other orders are open.
        """
        begun_ns = time.thread_time_ns()
        self.inside.run(commands, 1)
        took_ns = time.thread_time_ns() - begun_ns
        kinds = Counter(self.inside.events[::EVENT_BYTES])
        if (kinds[kind], self.inside.open_orders) != (BATCH, open_orders):
            raise WrongResult(f"{kinds}, {self.inside.open_orders} open, not {open_orders}")
        return took_ns / BATCH


def resident_bytes() -> int:
    """Return what the process has in memory, free memory given back first."""
    give_back()
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def grown(crowd: Crowd, pattern: bytes, count: int) -> tuple[float, float]:
    """Return the bytes resident and allocated more for each of ``count`` orders."""
    crowd.fill(_PASSING, _FILL_BATCH)  # what a batch needs is there from now on
    resident, allocated = resident_bytes(), allocated_bytes()
    crowd.fill(pattern, count)
    resident, allocated = resident_bytes() - resident, allocated_bytes() - allocated
    return resident / count, allocated / count


def times_ns(crowd: Crowd, count: int) -> dict[str, float]:
    """Return what it takes to add, cancel and match, with ``count`` orders resting throughout."""
    keys = range(crowd.next_key - count, crowd.next_key)
    drawn = random.Random(count).sample(keys, ROUNDS * BATCH)
    took: dict[str, list[float]] = {"add": [], "cancel": [], "match": []}
    for at in range(0, len(drawn), BATCH):
        adding = crowd.orders(_RESTING, BATCH)
        took["add"].append(crowd.timed(adding, EventKind.ORDER_ACCEPTED, count + BATCH))
        canceling = cancels_of(_CANCEL, drawn[at : at + BATCH], **_DEALT)
        took["cancel"].append(crowd.timed(canceling, EventKind.ORDER_CANCELED, count))
    for _ in range(ROUNDS):
        crowd.fill(_RESTING, BATCH)
        matching = crowd.orders(_PASSING, BATCH, crossing=True)
        took["match"].append(crowd.timed(matching, EventKind.TRADE, count))
    return {name: median(values) for name, values in took.items()}


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure every size."""
    if not _STATM.exists():
        raise NoFigure("what a process has in memory is read from /proc, which is not there")
    sizes = QUICK_SIZES if options.quick else SIZES
    figures: dict[str, float] = {}
    for name, count in sizes.items():
        say(f"{count:,} resting orders")
        figures |= _of_size(name, count)
    within = [name for name, count in sizes.items() if count <= DEDUPE_KEYS_MAX]
    for what, names in (("order", list(sizes)), ("key", within)):
        all_sizes = (figures[f"memory.bytes_per_{what}_{name}"] for name in names)
        figures[f"memory.bytes_per_{what}"] = max(all_sizes)
    if "1m" in sizes:
        for what in ("add", "cancel", "match"):
            more = figures[f"memory.{what}_1m_ns"] / figures[f"memory.{what}_10k_ns"]
            figures[f"memory.{what}_1m_over_10k"] = more
    bytes_of = {name: "cache_line_bytes" for name in figures if "bytes" in name}
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns(), "cache_line_bytes": CACHE_LINE_BYTES},
        twin="compiled",
        yardstick="line_copy_ns",
        against=bytes_of,
        notes=(
            "`memory.bytes_per_order` and `memory.bytes_per_key` are the largest of all sizes, by "
            f"resident memory; of keys, up to the {DEDUPE_KEYS_MAX:,} that an engine remembers. "
            "`allocated` is what the allocator handed out: room to grow, and for the events of "
            "ending all orders at once, included.",
        ),
    )


def _of_size(name: str, count: int) -> dict[str, float]:
    keys_max = max(DEDUPE_KEYS_MAX, 8 * count // 5)
    key_bytes, key_allocated = grown(Crowd(keys_max), _PASSING, count)
    crowd = Crowd(keys_max)
    both_bytes, both_allocated = grown(crowd, _RESTING, count)
    if crowd.inside.open_orders != count:
        raise WrongResult(f"{crowd.inside.open_orders} orders rest, not {count}")
    took_ns = times_ns(crowd, count)
    figures = {
        f"memory.bytes_per_order_{name}": both_bytes - key_bytes,
        f"memory.bytes_per_key_{name}": key_bytes,
        **{f"memory.{what}_{name}_ns": ns for what, ns in took_ns.items()},
    }
    if count > _FILL_BATCH:  # fewer find room that was there before
        allocated = {"order": both_allocated - key_allocated, "key": key_allocated}
        figures |= {f"memory.allocated_bytes_per_{w}_{name}": b for w, b in allocated.items()}
    return figures


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], no_arguments, measure)
