# cython: language_level=3
"""The compiled twin of rolling_hash.py."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from engine_service import rolling_hash
from schemas import layouts

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    static uint64_t rolling_key[18];

    static void rolling_update(uint64_t *low, uint64_t *high, const uint8_t *events,
                               uint64_t count) {
        const unsigned __int128 multiplier =
            (unsigned __int128)rolling_key[17] << 64 | rolling_key[16];
        unsigned __int128 hash = (unsigned __int128)*high << 64 | *low;
        for (; count; count--, events += 128) {
            unsigned __int128 sum = 0;
            uint64_t word[16];
            memcpy(word, events, sizeof(word));
            for (int i = 0; i < 16; i += 2)
                sum += (unsigned __int128)(word[i] + rolling_key[i])
                     * (word[i + 1] + rolling_key[i + 1]);
            hash = (hash ^ sum) * multiplier;
            hash = hash >> 64 | hash << 64;
        }
        *low = (uint64_t)hash;
        *high = (uint64_t)(hash >> 64);
    }
    """
    uint64_t *rolling_key
    void rolling_update(uint64_t *low, uint64_t *high, const uint8_t *events,
                        uint64_t count) noexcept nogil

cdef enum:
    EVENT_BYTES = 128

for _at, _word in enumerate(rolling_hash.constants()):
    rolling_key[_at] = _word

assert EVENT_BYTES == layouts.EVENT_BYTES
assert sizeof(RollingState) == rolling_hash.HASH_BYTES


cdef class CompiledRollingHash:
    """As ReferenceRollingHash."""

    def update(self, events):
        """Take the next ``events``: n x 128 bytes."""
        cdef Py_buffer view
        PyObject_GetBuffer(events, &view, PyBUF_SIMPLE)
        try:
            assert view.len % EVENT_BYTES == 0
            self.take(<const uint8_t *>view.buf, view.len // EVENT_BYTES)
        finally:
            PyBuffer_Release(&view)

    def resume(self, bytes digest not None):
        """Go on from the hash of all events so far."""
        assert len(digest) == sizeof(RollingState)
        memcpy(&self.state, PyBytes_AS_STRING(digest), sizeof(RollingState))

    def digest(self):
        """Return the hash of all events so far: 16 bytes."""
        return PyBytes_FromStringAndSize(<const char *>&self.state, sizeof(RollingState))

    cdef void take(self, const uint8_t *events, uint64_t count) noexcept nogil:
        rolling_update(&self.state.low, &self.state.high, events, count)
