# cython: language_level=3
"""The compiled rolling hash, for other compiled modules."""

from libc.stdint cimport uint8_t, uint64_t


cdef struct RollingState:
    uint64_t low
    uint64_t high


cdef class CompiledRollingHash:
    cdef RollingState state

    cdef void take(self, const uint8_t *events, uint64_t count) noexcept nogil
