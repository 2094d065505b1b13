# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled core as the engine's hot path runs it: events stay in its memory; and how much memory
that is.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc

from engine_core._core cimport Core
from engine_core._wire cimport COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES


cdef extern from *:
    """
    #include <stdint.h>
    #include <stdlib.h>
    #if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    #include <malloc.h>
    static inline uint64_t openbell_allocated(void) {
        struct mallinfo2 info = mallinfo2();
        return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
    }
    static inline void openbell_trim(void) { malloc_trim(0); }
    #else
    static inline uint64_t openbell_allocated(void) { return 0; }
    static inline void openbell_trim(void) {}
    #endif
    #if defined(OPENBELL_NATIVE)
    #define OPENBELL_BUILT_FOR "this processor"
    #else
    #define OPENBELL_BUILT_FOR "any processor"
    #endif
    #define OPENBELL_BUILD __VERSION__ ", for " OPENBELL_BUILT_FOR
    """
    const char *BUILD "OPENBELL_BUILD"
    uint64_t allocated "openbell_allocated"() noexcept nogil
    void trim "openbell_trim"() noexcept nogil


def build():
    """Return the compiler of this module, and whether it compiled for this processor only."""
    return BUILD.decode("ascii")


def allocated_bytes():
    """Return what the process has of the C library's allocator; 0 if that one does not tell."""
    return allocated()


def give_back():
    """Return free memory to the system, so that what is resident is what is in use."""
    trim()


cdef class CoreInside:
    """A core, run without bytes objects for what comes out."""

    cdef Core core
    cdef uint8_t *outcomes
    cdef uint64_t capacity

    def __cinit__(self, Core core not None):
        self.core = core

    def __dealloc__(self):
        free(self.outcomes)

    def run(self, bytes commands not None, int64_t ts_ns):
        """Execute commands at log time ``ts_ns``, not before the last call's.

        Raises:
            ValueError: a torn command.
            MemoryError: nothing was executed.
        """
        cdef uint64_t count = <uint64_t>len(commands) // COMMAND_BYTES
        cdef const char *first = PyBytes_AS_STRING(commands)
        cdef bint done
        if len(commands) % COMMAND_BYTES or ts_ns < self.core.state.ts_ns:
            raise ValueError("whole commands, and time that does not run back")
        if count > self.capacity:
            self.outcomes = <uint8_t *>realloc(self.outcomes, count * OUTCOME_BYTES)
            self.capacity = count
        with nogil:
            done = self.outcomes != NULL and self.core.run(
                first, count, ts_ns, self.outcomes
            )
        if not done:
            raise MemoryError

    @property
    def events(self):
        """The events of the last run."""
        return PyBytes_FromStringAndSize(
            self.core.state.events, self.core.state.event_count * EVENT_BYTES
        )

    @property
    def open_orders(self):
        """Number of orders that rest or wait."""
        return self.core.state.orders.live

    @property
    def keys(self):
        """Number of client order ids remembered."""
        return self.core.state.keys.count
