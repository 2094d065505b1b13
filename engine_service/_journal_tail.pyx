# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The end of the journal, written without the interpreter.

During one turn of the hot path the journal's position is here, and flushes go from here to the
segment's descriptor; then it is handed back. What is not usual (the segment is full, the disk is,
or it is no file of the kernel's) the journal does itself.

A small flush that is not synced is copied into a mapping of the segment instead: the same pages of
the kernel's, without a call of it. A segment has all its blocks before it is used.
"""

import os
from array import array

from cpython.buffer cimport PyBUF_READ
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.errno cimport EINTR, errno
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from engine_service._hashes cimport crc32_fill
from engine_service._records cimport CHAIN_BYTES, RECORD_MAGIC, RecordHeader, write_flush
from transport._live_sessions cimport Batch

from engine_service import journal as journal_limits
from engine_service import journal_record
from engine_service.metrics import FLUSH_NS_BOUNDS

cdef extern from "<sys/mman.h>" nogil:
    void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)
    int munmap(void *address, size_t length)
    enum:
        MAP_SHARED
        PROT_READ
        PROT_WRITE
    void *MAP_FAILED

cdef extern from "<unistd.h>" nogil:
    ssize_t pwrite(int fd, const void *data, size_t length, int64_t offset)
    int fdatasync(int fd)

cdef extern from "<time.h>" nogil:
    cdef struct timespec:
        long tv_sec
        long tv_nsec
    int clock_gettime(int clock, timespec *now)
    enum:
        CLOCK_MONOTONIC

assert JOURNAL_BYTES == journal_limits.FLUSH_BYTES_MAX
assert sizeof(RecordHeader) == journal_record.HEADER_BYTES
crc32_fill()


cdef int64_t monotonic_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1_000_000_000 + now.tv_nsec


cdef class JournalTail:
    """Writes and flushes for ``journal``, and counts it in ``metrics``."""

    def __cinit__(self, journal, metrics, gate):
        self.journal = journal
        self.gate, self.gated = gate, gate is not None
        self.flush_totals, self.flush_counts = metrics.flush_totals, metrics.flush_counts
        self.flush_bounds = array("Q", FLUSH_NS_BOUNDS)
        self.data = <uint8_t *>malloc(JOURNAL_BYTES)
        if self.data == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.data)
        self.unmap()

    cdef int take_over(self) except -1:
        """From here on, until it is handed back, nobody else writes to the journal."""
        segment, self.fd, self.offset, self.segment_bytes, self.sync_enabled = self.journal.place()
        if segment != self.mapped_segment and self.fd >= 0 and not self.sync_enabled:
            self.map(segment)
        self.next_index = self.journal.next_index
        self.journal_id = self.journal.journal_id
        self.epoch = self.journal.epoch
        memcpy(self.chain, PyBytes_AS_STRING(self.journal.chain), CHAIN_BYTES)
        self.written_bytes = self.written_records = 0
        self.held = True
        return 0

    cdef void map(self, uint64_t segment) noexcept:
        self.unmap()
        self.mapped = <uint8_t *>mmap(NULL, self.segment_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                                      self.fd, 0)
        if <void *>self.mapped == MAP_FAILED:
            self.mapped = NULL
        self.mapped_segment = segment
        self.mapped_bytes = self.segment_bytes

    cdef void unmap(self) noexcept:
        if self.mapped != NULL:
            munmap(self.mapped, self.mapped_bytes)
            self.mapped = NULL

    cdef int hand_back(self) except -1:
        if self.written_records:
            self.journal.note_written(self.written_bytes, self.written_records,
                                      PyBytes_FromStringAndSize(<const char *>self.chain,
                                                                CHAIN_BYTES))
        self.held = False
        return 0

    cdef int write(self, const Batch *batch, int64_t log_ts_ns, uint64_t first_event_seq,
                   const void *events_hash) except -1:
        """Write a flush, and return once it is durable.

        Raises:
            JournalFailed: the disk is full or failed.
        """
        cdef ssize_t written
        cdef int failed = 0, why = 0
        cdef int64_t begun_ns
        if not self.held:
            self.take_over()
        with nogil:
            self.encode(batch, log_ts_ns, first_event_seq, events_hash)
            if self.gated:
                with gil:
                    self.begin_append()
            written = self.put()
            begun_ns = monotonic_ns()
            if written == <ssize_t>self.length and self.sync_enabled:
                failed = fdatasync(self.fd)
                while failed and errno == EINTR:
                    failed = fdatasync(self.fd)
                why = errno
        if failed:
            raise self.journal.failure("flushing the journal", OSError(why, os.strerror(why)))
        if written == <ssize_t>self.length:
            self.advance()
        else:
            begun_ns = self.write_by_journal()
        self.count_flush(monotonic_ns() - begun_ns, batch.command_count)
        return 0

    cdef void encode(self, const Batch *batch, int64_t log_ts_ns, uint64_t first_event_seq,
                     const void *events_hash) noexcept nogil:
        """As journal_record.py does it."""
        cdef RecordHeader header
        memset(&header, 0, sizeof(RecordHeader))
        header.magic = RECORD_MAGIC
        header.journal_id = self.journal_id
        header.index = self.next_index
        header.log_ts_ns = log_ts_ns
        header.epoch = self.epoch
        header.first_event_seq = first_event_seq
        memcpy(header.events_hash, events_hash, sizeof(header.events_hash))
        memcpy(self.next_chain, self.chain, CHAIN_BYTES)
        self.length = write_flush(self.data, &header, batch, self.next_chain)
        self.count = batch.entry_count

    cdef int begin_append(self) except -1:
        """Have the flush appended to the log while it is on its way to the disk."""
        self.gate.begin(
            PyBytes_FromStringAndSize(<const char *>self.data, self.length),
            self.count,
            PyBytes_FromStringAndSize(<const char *>self.next_chain, CHAIN_BYTES),
        )
        return 0

    cdef ssize_t put(self) noexcept nogil:
        """Return how many bytes of the flush are written, -1 if none could be."""
        if self.fd < 0 or self.offset + self.length > self.segment_bytes:
            return -1
        if self.mapped == NULL or self.length > MAPPED_FLUSH_BYTES_MAX:
            return pwrite(self.fd, self.data, self.length, self.offset)
        memcpy(self.mapped + self.offset, self.data, self.length)
        return <ssize_t>self.length

    cdef void advance(self) noexcept:
        memcpy(self.chain, self.next_chain, CHAIN_BYTES)
        self.offset += self.length
        self.next_index += self.count
        self.written_bytes += self.length
        self.written_records += self.count

    cdef int64_t write_by_journal(self) except -1:
        """Return when the flush of what was written began."""
        cdef int64_t begun_ns
        self.hand_back()
        self.journal.write_records(
            PyMemoryView_FromMemory(<char *>self.data, self.length, PyBUF_READ),
            self.count,
            PyBytes_FromStringAndSize(<const char *>self.next_chain, CHAIN_BYTES),
        )
        begun_ns = monotonic_ns()
        self.journal.flush()
        self.take_over()
        return begun_ns

    cdef void count_flush(self, int64_t took_ns, uint32_t commands) noexcept:
        cdef Py_ssize_t at = 0
        while at < self.flush_bounds.shape[0] and self.flush_bounds[at] < <uint64_t>took_ns:
            at += 1
        self.flush_counts[at] += 1
        self.flush_totals[0] += 1
        self.flush_totals[1] += commands
        self.flush_totals[2] += <uint64_t>took_ns
