"""Where time comes from. The core never asks; its callers are handed one of these."""

import time
from typing import Protocol

from domain.units import TsNs


class Clock(Protocol):
    """A source of Unix time."""

    def now_ns(self) -> TsNs:
        """Return the time in nanoseconds, UTC; never less than before."""
        ...


class LogClock:
    """Wall time at start plus the monotonic clock: setting the wall clock cannot turn it back."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> TsNs:
        """Return the time in nanoseconds, UTC."""
        return TsNs(self._offset_ns + time.monotonic_ns())

    def divergence_ns(self) -> int:
        """Return how far the wall clock has moved away since start (positive: it is ahead)."""
        return time.time_ns() - self.now_ns()


class ManualClock:
    """A clock that a test or a simulation turns by hand."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> TsNs:
        """Return the time last set."""
        return TsNs(self._now_ns)

    def advance(self, delta_ns: int) -> None:
        """Move forward by ``delta_ns`` ≥ 0."""
        if delta_ns < 0:
            raise ValueError("a clock does not go back")
        self._now_ns += delta_ns
