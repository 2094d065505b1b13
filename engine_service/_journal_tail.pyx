# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The end of the journal, written without the interpreter.

During one turn of the hot path the journal's position is here, and flushes go from here to the
segment's descriptor; then it is handed back. What is not usual (the segment is full, the disk is,
or it is no file of the kernel's) the journal does itself.
"""

import os

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
cdef uint32_t journal_epoch = journal_limits.EPOCH
crc32_fill()


cdef int64_t monotonic_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1_000_000_000 + now.tv_nsec


cdef class JournalTail:
    """Writes and flushes for ``journal``; ``flushed`` is told how long each flush took, and of how
    many commands, when the journal is handed back.
    """

    def __cinit__(self, journal, flushed):
        self.journal, self.flushed = journal, flushed
        self.data = <uint8_t *>malloc(JOURNAL_BYTES)
        if self.data == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.data)

    cdef int take_over(self) except -1:
        """From here on, until it is handed back, nobody else writes to the journal."""
        self.fd, self.offset, self.segment_bytes, self.sync_enabled = self.journal.place()
        self.next_index = self.journal.next_index
        self.journal_id = self.journal.journal_id
        memcpy(self.chain, PyBytes_AS_STRING(self.journal.chain), CHAIN_BYTES)
        self.written_bytes = self.written_records = 0
        self.held = True
        return 0

    cdef int hand_back(self) except -1:
        if self.written_records:
            self.journal.note_written(self.written_bytes, self.written_records,
                                      PyBytes_FromStringAndSize(<const char *>self.chain,
                                                                CHAIN_BYTES))
        self.tell_timings()
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
            if self.fd < 0 or self.offset + self.length > self.segment_bytes:
                written = -1
            else:
                written = pwrite(self.fd, self.data, self.length, self.offset)
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
        self.note_timing(monotonic_ns() - begun_ns, batch.command_count)
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
        header.epoch = journal_epoch
        header.first_event_seq = first_event_seq
        memcpy(header.events_hash, events_hash, sizeof(header.events_hash))
        memcpy(self.next_chain, self.chain, CHAIN_BYTES)
        self.length = write_flush(self.data, &header, batch, self.next_chain)
        self.count = batch.entry_count

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

    cdef int note_timing(self, int64_t took_ns, uint32_t commands) except -1:
        if self.timings == TIMINGS_MAX:
            self.tell_timings()
        self.timing[self.timings].took_ns = took_ns
        self.timing[self.timings].commands = commands
        self.timings += 1
        return 0

    cdef int tell_timings(self) except -1:
        cdef uint32_t at
        for at in range(self.timings):
            self.flushed(self.timing[at].took_ns, self.timing[at].commands)
        self.timings = 0
        return 0
