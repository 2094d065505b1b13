# cython: language_level=3
"""The compiled core, for other compiled modules: its state; ``_execute`` runs on it."""

from libc.stdint cimport int64_t, uint64_t

from engine_core._state cimport State
from matching._latency cimport LatencyHistogram


cdef class Core:
    cdef State state
    cdef LatencyHistogram latency

    # As ``apply``, for a caller without the interpreter's lock who has checked the arguments. The
    # events stay in ``state.events`` until the next batch. False: nothing was executed, memory is
    # short. ``outcomes`` takes 24 bytes a command.
    cdef bint run(
        self, const char *commands, uint64_t count, int64_t ts_ns, void *outcomes
    ) noexcept nogil
