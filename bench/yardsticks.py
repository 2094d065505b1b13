"""What a run is measured against: the machine as it is at this moment, and who ran where.

Absolute rates move with the neighbours of a shared machine; a rate beside a yardstick taken in the
same minute can be compared.
"""

import os
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

CACHE_LINE_BYTES: Final = 64
_COPY_BYTES: Final = 64 * 2**20
_COPIES: Final = 5


@dataclass(frozen=True)
class Rates:
    """How fast something ran, over several runs of the same work. ``ops_per_s`` is the median."""

    ops_per_s: float
    best_ops_per_s: float
    ns_p50: float
    ns_p99: float
    ns_p99_9: float


def rates_of(ops: int, runs_ns: list[int], batch_ns_per_op: list[float]) -> Rates:
    """Return the rates of runs of ``ops`` operations each.

    The percentiles are over ``batch_ns_per_op``: a whole batch's time divided by its operations.
    """
    per_mille = quantiles(batch_ns_per_op, n=1_000, method="inclusive")
    return Rates(
        ops_per_s=ops * 1e9 / median(runs_ns),
        best_ops_per_s=ops * 1e9 / min(runs_ns),
        ns_p50=per_mille[499],
        ns_p99=per_mille[989],
        ns_p99_9=per_mille[998],
    )


def line_copy_ns() -> float:
    """Return the nanoseconds it takes to copy one cache line out of memory, in a large copy."""
    source = bytearray(_COPY_BYTES)
    target = memoryview(bytearray(_COPY_BYTES))
    timings = []
    for _ in range(_COPIES):
        start_ns = time.thread_time_ns()
        target[:] = source
        timings.append(time.thread_time_ns() - start_ns)
    return median(timings) * CACHE_LINE_BYTES / _COPY_BYTES


def machine() -> str:
    """Return the processor's name and how many the process may use."""
    return f"{_processor()} x {len(_cores())}, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit of the working tree, with a + if it has changes; "unknown" outside one."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
