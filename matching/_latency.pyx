# cython: language_level=3, cdivision=True
"""The histogram of latencies as Python reads it, in nanoseconds."""

import time

from libc.stdint cimport uint64_t
from libc.string cimport memset

CALIBRATION_NS = 1_000_000
_MILLION = 1_000_000


cdef class LatencyHistogram:
    """For the thread whose compiled code counts. Empty when made; ``count`` is its number of
    operations.
    """

    def __cinit__(self):
        memset(&self.latencies, 0, sizeof(Latencies))
        self.opened_ns = time.monotonic_ns()
        self.opened_ticks = ticks()

    def add(self, took_ticks):
        """Count one operation."""
        count_latency(&self.latencies, took_ticks)

    def add_empty_laps(self, uint64_t laps):
        """Count operations that do nothing: what counting itself takes."""
        cdef uint64_t since_ticks = ticks()
        cdef uint64_t at
        for at in range(laps):
            since_ticks = lap(&self.latencies, since_ticks)

    @property
    def count(self):
        """How many operations were counted."""
        return self.latencies.count

    @property
    def sum_ns(self):
        """What they took together."""
        return self._ns(self.latencies.sum_ticks)

    @property
    def max_ns(self):
        """What the longest took."""
        return self._ns(self.latencies.max_ticks)

    def quantile_ns(self, per_million):
        """Return what so many of a million operations took at most; 0 if there were none."""
        cdef uint64_t rank = -(-<object>self.latencies.count * per_million // _MILLION)
        cdef uint64_t seen = 0
        cdef uint64_t at
        for at in range(BUCKETS):
            seen += self.latencies.bucket[at]
            if seen >= rank and seen:
                return self._ns(min(last_ticks(at), self.latencies.max_ticks))
        return 0

    def counts(self, bounds_ns):
        """Return how many took at most each of ``bounds_ns`` (ascending), and how many took longer:
        one number each, not added up. A bucket belongs where its longest operation does.
        """
        found = [0] * (len(bounds_ns) + 1)
        cdef uint64_t at
        place = 0
        for at in range(BUCKETS):
            if self.latencies.bucket[at] == 0:
                continue
            took_ns = self._ns(last_ticks(at))
            while place < len(bounds_ns) and took_ns > bounds_ns[place]:
                place += 1
            found[place] += self.latencies.bucket[at]
        return found

    def _ns(self, took_ticks):
        elapsed_ns = time.monotonic_ns() - self.opened_ns
        while elapsed_ns < CALIBRATION_NS:  # too short to tell how long a tick is
            elapsed_ns = time.monotonic_ns() - self.opened_ns
        return took_ticks * elapsed_ns // (<object>ticks() - self.opened_ticks)


cdef uint64_t last_ticks(uint64_t bucket):
    """Return the most that is counted in a bucket."""
    cdef uint64_t shift
    if bucket < 2 * STEPS:
        return bucket
    shift = (bucket >> STEPS_LOG2) - 1
    return (((bucket & (STEPS - 1)) + STEPS + 1) << shift) - 1
