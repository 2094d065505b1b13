# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Stretches of a journal executed without the interpreter: most of every replay.

What a record must be is journal_scan.py's and sequencer.py's to say; here the same is asked of it,
and one that does not meet it is left to them. While some records are executed, a second thread
checks the ones behind them.
"""

from concurrent.futures import ThreadPoolExecutor

from cpython.buffer cimport PyBUF_READ
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memmove

from engine_core._core cimport Core
from engine_service._hashes cimport crc32_fill
from engine_service._records cimport (
    CHAIN_BYTES,
    KIND_COMMANDS,
    KIND_TIME,
    PAYLOAD_BYTES_MAX,
    RECORD_HEADER_BYTES,
    RecordHeader,
    follows,
    padded_bytes,
    is_whole,
)
from engine_service._rolling_hash cimport CompiledRollingHash
from transport._live_sessions cimport (
    COMMAND_BYTES,
    EVENT_BYTES,
    OUTCOME_BYTES,
    LiveSession,
    LiveTable,
    find,
    release,
    ring_write,
)
from transport._server_session cimport Live

from engine_service import journal_record

cdef enum:
    CHECK_BYTES = 1 << 20           # of records, in one go of the second thread
    ALONE_BYTES = 1 << 16           # up to so many are not worth a second thread
    EVENTS_A_STRETCH = 8192
    EVENTS_FIRST = 2 * EVENTS_A_STRETCH

assert PAYLOAD_BYTES_MAX == journal_record.PAYLOAD_BYTES_MAX
assert journal_record.RecordKind.TIME == KIND_TIME
crc32_fill()


cdef struct Place:          # as journal_scan.Position
    uint64_t offset
    uint64_t next_index
    uint64_t journal_id
    uint64_t flush_first_index
    uint64_t flush_offset
    uint64_t log_ts_ns
    uint8_t chain[CHAIN_BYTES]


cdef inline void advance(Place *place, const RecordHeader *header) noexcept nogil:
    if header.index == header.flush_first_index:
        place.flush_offset = place.offset
    place.offset += padded_bytes(header.length)
    place.next_index += 1
    place.journal_id = header.journal_id
    place.flush_first_index = header.flush_first_index
    place.log_ts_ns = <uint64_t>header.log_ts_ns
    memcpy(place.chain, header.chain, CHAIN_BYTES)


cdef inline bint is_next(const Place *place, const RecordHeader *header,
                         const uint8_t *record) noexcept nogil:
    return (
        header.index == place.next_index
        and (place.journal_id == 0 or place.journal_id == header.journal_id)
        and (header.flush_first_index == place.flush_first_index
             or header.flush_first_index == header.index)
        and <uint64_t>header.log_ts_ns >= place.log_ts_ns
        and follows(place.chain, record, padded_bytes(header.length))
    )


cdef int place_at(Place *place, position) except -1:
    place.offset = position.offset
    place.next_index = position.next_index
    place.journal_id = position.journal_id
    place.flush_first_index = position.flush_first_index
    place.flush_offset = position.flush_offset
    place.log_ts_ns = position.log_ts_ns
    memcpy(place.chain, PyBytes_AS_STRING(position.chain), CHAIN_BYTES)
    return 0


cdef int move(position, const Place *place) except -1:
    position.offset = place.offset
    position.next_index = place.next_index
    position.journal_id = place.journal_id
    position.flush_first_index = place.flush_first_index
    position.flush_offset = place.flush_offset
    position.log_ts_ns = place.log_ts_ns
    position.chain = PyBytes_FromStringAndSize(<const char *>place.chain, CHAIN_BYTES)
    return 0


cdef class Stretches:
    """Runs records on a core, its sessions and its events' hash; keeps the events of the flush
    under way, and those before it until they are said to be forgotten.
    """

    cdef Core core
    cdef Live live
    cdef CompiledRollingHash rolling_hash
    cdef bytes data         # the segment
    cdef Place done         # up to here records are executed, and to there checked
    cdef Place checked
    cdef uint8_t *events
    cdef uint64_t event_count, event_capacity
    cdef uint64_t proven    # so many of them are from before the last flush
    cdef uint8_t *outcomes
    cdef bint short_of_memory
    cdef readonly uint64_t records, commands    # of the last stretch
    cdef readonly bint flush_began              # in the last stretch
    cdef object beside

    def __cinit__(self, *, Core core not None, sessions, CompiledRollingHash rolling_hash not None):
        self.core, self.live, self.rolling_hash = core, sessions.live, rolling_hash
        self.beside = ThreadPoolExecutor(1, thread_name_prefix="replay-check")
        self.event_capacity = EVENTS_FIRST
        self.events = <uint8_t *>malloc(<size_t>EVENTS_FIRST * EVENT_BYTES)
        self.outcomes = <uint8_t *>malloc(PAYLOAD_BYTES_MAX // COMMAND_BYTES * OUTCOME_BYTES)
        if self.events == NULL or self.outcomes == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.events)
        free(self.outcomes)

    @property
    def proven_events(self):
        """Events from before the last flush; until the next call of another method."""
        return PyMemoryView_FromMemory(<char *>self.events, self.proven * EVENT_BYTES, PyBUF_READ)

    def forget_proven(self):
        """Keep only the last flush's events."""
        self.event_count -= self.proven
        memmove(self.events, self.events + self.proven * EVENT_BYTES, self.event_count * EVENT_BYTES)
        self.proven = 0

    def take_events(self):
        """Return all events that are kept, and keep none."""
        events = PyBytes_FromStringAndSize(<const char *>self.events, self.event_count * EVENT_BYTES)
        self.event_count = self.proven = 0
        return events

    def run(self, bytes data not None, position):
        """Execute records of a segment from ``position`` on, and move it; return whether any was
        executed.
        """
        self.look_at(data, position)
        self.records = self.commands = 0
        self.flush_began = False
        if self.checked.offset == self.done.offset:
            self.check()
        if self.checked.offset - self.done.offset <= ALONE_BYTES:
            self.execute(self.checked.offset)
        else:
            end = self.checked.offset
            checking = self.beside.submit(self.check)
            self.execute(end)
            checking.result()
        if self.short_of_memory:
            raise MemoryError
        if not self.records:
            return False
        move(position, &self.done)
        return True

    cdef int look_at(self, bytes data, position) except -1:
        place_at(&self.done, position)
        if data is not self.data or self.checked.offset < self.done.offset:
            self.data = data
            self.checked = self.done
        return 0

    def check(self):
        """See how far the next records are whole and each the next of the one before."""
        cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(self.data)
        cdef uint64_t length = len(self.data)
        cdef uint64_t end = min(length, self.checked.offset + CHECK_BYTES)
        cdef RecordHeader header
        with nogil:
            while self.checked.offset < end:
                if not is_whole(data + self.checked.offset, length - self.checked.offset, &header):
                    break
                if not is_next(&self.checked, &header, data + self.checked.offset):
                    break
                advance(&self.checked, &header)

    cdef int execute(self, uint64_t end) except -1:
        """Execute checked records up to ``end``, or to one that is not of the usual kinds."""
        cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(self.data)
        cdef RecordHeader header
        cdef uint64_t events_max = self.event_count + EVENTS_A_STRETCH
        with nogil:
            while self.done.offset < end and self.event_count < events_max:
                memcpy(&header, data + self.done.offset, sizeof(RecordHeader))
                if not self.can_follow(&header):
                    break
                if not self.apply(&header, data + self.done.offset + RECORD_HEADER_BYTES):
                    break
                advance(&self.done, &header)
                self.records += 1
        return 0

    cdef bint can_follow(self, const RecordHeader *header) noexcept nogil:
        """Return whether replay is where the record says the engine was."""
        cdef const LiveSession *session
        if header.index == header.flush_first_index and (
            header.first_event_seq != self.core.state.next_event_seq
            or memcmp(header.events_hash, &self.rolling_hash.state, sizeof(header.events_hash))
        ):
            return False
        if not <uint64_t>self.core.state.ts_ns <= <uint64_t>header.log_ts_ns <= INT64_MAX:
            return False
        if header.kind == KIND_TIME:
            return True
        if header.kind != KIND_COMMANDS or not header.count:
            return False
        session = find(&self.live.table, header.session_id)
        return (
            session != NULL
            and session.released_seq == session.accepted_seq
            and header.first_command_seq == session.accepted_seq + 1
        )

    cdef bint apply(self, const RecordHeader *header, const uint8_t *commands) noexcept nogil:
        cdef LiveSession *session
        if not self.core.run(<const char *>commands, header.count, header.log_ts_ns, self.outcomes):
            self.short_of_memory = True
            return False
        if header.kind == KIND_COMMANDS:
            session = find(&self.live.table, header.session_id)
            ring_write(&session.commands, header.first_command_seq, commands,
                       <uint64_t>header.count * COMMAND_BYTES)
            session.accepted_seq += header.count
            release(session, header.first_command_seq, self.outcomes, header.count)
            self.commands += header.count
        if header.index == header.flush_first_index:
            self.flush_began = True
            self.proven = self.event_count
        return self.keep_events()

    cdef bint keep_events(self) noexcept nogil:
        cdef uint64_t count = self.core.state.event_count
        cdef uint64_t wanted = self.event_count + count
        cdef uint8_t *events
        if wanted > self.event_capacity:
            events = <uint8_t *>realloc(self.events, 2 * wanted * EVENT_BYTES)
            if events == NULL:
                self.short_of_memory = True
                return False
            self.events = events
            self.event_capacity = 2 * wanted
        memcpy(self.events + self.event_count * EVENT_BYTES, self.core.state.events,
               count * EVENT_BYTES)
        self.rolling_hash.take(<const uint8_t *>self.core.state.events, count)
        self.event_count = wanted
        return True
