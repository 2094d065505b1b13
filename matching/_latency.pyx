# cython: language_level=3, cdivision=True
"""The histogram of latencies as Python reads it, in nanoseconds."""

import time

from libc.stdint cimport uint64_t
from libc.string cimport memset

CALIBRATION_NS = 5_000_000
_MILLION = 1_000_000
_TRIES = 16


cdef class LatencyHistogram:
    """For the thread whose compiled code counts. Empty when made; ``count`` is its number of
    operations.
    """

    def __cinit__(self):
        memset(&self.latencies, 0, sizeof(Latencies))
        self.opened_ns, self.opened_ticks = both_clocks()

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
        now_ns, now_ticks = both_clocks()
        while now_ns - self.opened_ns < CALIBRATION_NS:  # too short to tell how long a tick is
            now_ns, now_ticks = both_clocks()
        return took_ticks * (now_ns - self.opened_ns) // (now_ticks - self.opened_ticks)


cdef tuple both_clocks():
    """Return nanoseconds and ticks of one moment: of several tries the one least interrupted."""
    cdef uint64_t before, after, apart = <uint64_t>-1
    found = None
    for _ in range(_TRIES):
        before = ticks()
        now_ns = time.monotonic_ns()
        after = ticks()
        if after - before < apart:
            apart = after - before
            found = now_ns, before + apart // 2
    return found


cdef uint64_t last_ticks(uint64_t bucket):
    """Return the most that is counted in a bucket."""
    cdef uint64_t shift
    if bucket < 2 * STEPS:
        return bucket
    shift = (bucket >> STEPS_LOG2) - 1
    return (((bucket & (STEPS - 1)) + STEPS + 1) << shift) - 1
