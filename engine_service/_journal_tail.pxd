# cython: language_level=3
"""The end of the journal, written without the interpreter."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from engine_service._records cimport CHAIN_BYTES
from transport._live_sessions cimport Batch


cdef enum:
    JOURNAL_BYTES = 1 << 20     # a flush at its largest
    MAPPED_FLUSH_BYTES_MAX = 4096


cdef class JournalTail:
    cdef object journal, gate
    cdef bint gated             # nothing is released before the gate opens
    cdef uint64_t[::1] flush_totals, flush_counts, flush_bounds
    cdef uint8_t *data          # the records of the flush under way
    cdef size_t length
    cdef uint32_t count
    cdef uint8_t next_chain[CHAIN_BYTES]
    cdef bint held
    cdef bint sync_enabled
    cdef int fd                 # of the segment in use; -1: only Python can write to it
    cdef uint64_t offset, segment_bytes
    cdef uint8_t *mapped        # the segment in use; NULL: it is not mapped
    cdef uint64_t mapped_segment, mapped_bytes
    cdef uint64_t next_index, journal_id
    cdef uint32_t epoch
    cdef uint8_t chain[CHAIN_BYTES]
    cdef uint64_t written_bytes, written_records

    cdef int take_over(self) except -1
    cdef int hand_back(self) except -1
    cdef int write(self, const Batch *batch, int64_t log_ts_ns, uint64_t first_event_seq,
                   const void *events_hash) except -1
    cdef void encode(self, const Batch *batch, int64_t log_ts_ns, uint64_t first_event_seq,
                     const void *events_hash) noexcept nogil
    cdef void map(self, uint64_t segment) noexcept
    cdef void unmap(self) noexcept
    cdef int begin_append(self) except -1
    cdef ssize_t put(self) noexcept nogil
    cdef void advance(self) noexcept
    cdef int64_t write_by_journal(self) except -1
    cdef void count_flush(self, int64_t took_ns, uint32_t commands) noexcept


cdef int64_t monotonic_ns() noexcept nogil
