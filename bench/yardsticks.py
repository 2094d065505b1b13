"""What a run is measured against: the machine as it is at this moment, and who ran where.

Absolute rates move with the neighbours of a shared machine; a rate beside a yardstick taken in the
same minute can be compared.
"""

import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from bench._inside import build
from matching._latency import LatencyHistogram

CACHE_LINE_BYTES: Final = 64
_COPY_BYTES: Final = 64 * 2**20
_COPIES: Final = 5
_LAPS: Final = 100_000
_ROOT: Final = Path(__file__).resolve().parents[1]


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


def timer_ns() -> int:
    """Return what every latency of a single operation contains: the median of timing nothing."""
    nothing = LatencyHistogram()
    nothing.add_empty_laps(_LAPS)
    return nothing.quantile_ns(500_000)


def context() -> dict[str, object]:
    """Return on what, with what and on which commit this runs."""
    return {
        "commit": commit(),
        "cpu": _processor(),
        "cores": len(_cores()),
        "load_1min": round(os.getloadavg()[0], 2),
        "versions": {
            "Python": platform.python_version(),
            "Cython": version("Cython"),
            "compiled by": build(),
            platform.system(): platform.release(),
        },
    }


def commit() -> str:
    """Return the commit of the working tree, with a + if it has changes; "unknown" outside one."""
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty=+", "--abbrev=12"]
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
