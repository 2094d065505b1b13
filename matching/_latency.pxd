# cython: language_level=3, cdivision=True
"""How long single operations take, counted in a histogram of fixed size by the processor's own
clock. A bucket is at most 1 % wide. What a count costs is one reading of that clock.
"""

from libc.stdint cimport uint64_t

from matching._machine cimport leading_zeros


cdef extern from *:
    """
    #include <stdint.h>
    #include <time.h>
    #if defined(__x86_64__)
    #include <x86intrin.h>
    static inline uint64_t openbell_ticks(void) {
        unsigned core;
        return __rdtscp(&core);  /* waits for what comes before it, unlike rdtsc */
    }
    #elif defined(__aarch64__)
    static inline uint64_t openbell_ticks(void) {
        uint64_t ticks;
        __asm__ volatile("isb\\n\\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
        return ticks;
    }
    #else
    static inline uint64_t openbell_ticks(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    #endif
    """
    uint64_t ticks "openbell_ticks"() noexcept nogil


cdef enum:
    STEPS_LOG2 = 7              # a power of two is divided into so many steps
    STEPS = 1 << STEPS_LOG2
    TICKS_LOG2 = 48             # longer ones count as the longest: a day
    BUCKETS = (TICKS_LOG2 - STEPS_LOG2 + 1) * STEPS


cdef struct Latencies:
    uint64_t count
    uint64_t sum_ticks
    uint64_t max_ticks
    uint64_t bucket[BUCKETS]


cdef inline uint64_t bucket_of(uint64_t took_ticks) noexcept nogil:
    cdef int shift
    if took_ticks < STEPS:
        return took_ticks
    if took_ticks >> TICKS_LOG2:
        return BUCKETS - 1
    shift = 63 - STEPS_LOG2 - leading_zeros(took_ticks)
    return (<uint64_t>shift << STEPS_LOG2) + (took_ticks >> shift)


cdef inline void count_latency(Latencies *latencies, uint64_t took_ticks) noexcept nogil:
    latencies.count += 1
    latencies.sum_ticks += took_ticks
    latencies.max_ticks = max(latencies.max_ticks, took_ticks)
    latencies.bucket[bucket_of(took_ticks)] += 1


cdef inline uint64_t lap(Latencies *latencies, uint64_t since_ticks) noexcept nogil:
    """Count the time since ``since_ticks``; return now, for the next one."""
    cdef uint64_t now_ticks = ticks()
    count_latency(latencies, now_ticks - since_ticks)
    return now_ticks


cdef class LatencyHistogram:
    cdef Latencies latencies
    cdef uint64_t opened_ticks
    cdef object opened_ns
