# cython: language_level=3, boundscheck=False, wraparound=False
"""From one wake-up of the loop to the answers, without the interpreter for any datagram or command.

A drain takes in what waits, has it journaled with one write, applies it, waits for the disk and
sends what that led to. The interpreter is asked once a flush for each file, and for each datagram
that is not of the usual kinds.
"""

from array import array
from concurrent.futures import ThreadPoolExecutor

from cpython.buffer cimport PyBUF_READ
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from engine_core._core cimport Core
from engine_service._datagrams cimport (
    MESSAGES_MAX,
    Inbox,
    Mailer,
    inbox_look,
    inbox_next,
    inbox_open,
    inbox_receive,
    mailer_send,
    ntohs,
)
from engine_service._journal_tail cimport JOURNAL_BYTES, JournalTail, monotonic_ns
from engine_service._rolling_hash cimport CompiledRollingHash
from schemas._datagram cimport DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MIN, TAG_BYTES
from schemas._siphash cimport siphash128_several
from schemas._siphash_lanes cimport LANES
from transport._live_sessions cimport (
    COMMAND_BYTES,
    EVENT_BYTES,
    NO_ROOM,
    OUTCOME_BYTES,
    PYTHONS,
    TAKEN,
    Batch,
    Entry,
    LiveSession,
    LiveTable,
    Outbox,
    Verdict,
    find,
    has_room,
    listens,
    put_events,
    put_outcomes,
    release,
    take,
)
from transport._server_session cimport Boxes, Live, address_of, empty, seal_all

from engine_service import journal_record
from engine_service.metrics import FLUSH_NS_BOUNDS, STAGES
from transport.server_session import OpenSession, Send, SendEvents

cdef enum:
    COMMANDS_A_FLUSH = 8192
    ENTRIES_A_FLUSH = 512
    DATAGRAMS_A_CALL = 1024
    SPINS_A_LOOK = 64           # at the clock
    SESSION_AT = 16             # in a header
    COMMANDS_BESIDE = 512       # from so many on, a second thread is worth waking
    EVENTS_KEPT = 4096          # at most, before they are in the log
    JOURNAL_STAGE = 0           # as metrics.py numbers them
    APPLY_STAGE = 1
    RELEASE_STAGE = 2
    WHOLE_STAGE = 3

assert STAGES == ("journal", "apply", "release", "whole")

# A flush at its largest: every entry has a header and, for its commands, padding.
assert (
    COMMANDS_A_FLUSH * COMMAND_BYTES
    + ENTRIES_A_FLUSH * (journal_record.HEADER_BYTES + journal_record.ALIGN_BYTES)
    <= JOURNAL_BYTES
)


cdef object view_of(const void *data, size_t length):
    """Return a memoryview; it holds until the memory is used for something else."""
    return PyMemoryView_FromMemory(<char *>data, length, PyBUF_READ)


cdef struct Ahead:
    uint8_t tag[LANES][TAG_BYTES]   # that the next datagrams must have
    int count
    int at


cdef class HotPath:
    """The loop of an engine's socket. ``drain`` raises what its files raise; if it is the journal,
    nothing of the flush under way was sent.
    """

    cdef Live live
    cdef Boxes boxes
    cdef Core core
    cdef CompiledRollingHash rolling_hash
    cdef JournalTail tail
    cdef Inbox inbox
    cdef Ahead ahead
    cdef Mailer mailer
    cdef uint8_t *outcomes
    cdef int64_t log_ts_ns          # of the flush under way, as the next two
    cdef uint64_t first_event_seq
    cdef uint64_t event_count
    cdef uint8_t *kept              # events not yet in the log, released and not
    cdef uint64_t kept_count
    cdef bint released              # some were, since the readers were told last
    cdef uint64_t datagrams_in      # not yet in the metrics
    cdef bint spinning
    cdef int fd
    cdef uint64_t[::1] stage_totals, stage_counts, stage_bounds
    cdef int64_t applied_ns         # how long the core took for the flush under way
    cdef int64_t gated_ns           # how long others were waited for
    cdef object udp, sessions, sequencer, event_log, now_ns, metrics, on_released, beside, gate

    def __cinit__(self, *, udp, sessions, Core core not None, sequencer, journal, event_log, clock,
                  metrics, on_released, gate=None):
        self.live = sessions.live
        self.core = core
        self.rolling_hash = sequencer.rolling_hash
        self.boxes = Boxes(COMMANDS_A_FLUSH, ENTRIES_A_FLUSH, DATAGRAMS_A_CALL)
        self.tail = JournalTail(journal, metrics, gate)
        self.gate = gate
        self.fd = udp.fileno()
        self.udp, self.sessions, self.sequencer = udp, sessions, sequencer
        self.event_log, self.now_ns = event_log, clock.now_ns
        self.metrics, self.on_released = metrics, on_released
        self.stage_totals, self.stage_counts = metrics.stage_totals, metrics.stage_counts
        self.stage_bounds = array("Q", FLUSH_NS_BOUNDS)
        self.beside = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self.mailer.segments = True
        self.outcomes = <uint8_t *>malloc(COMMANDS_A_FLUSH * OUTCOME_BYTES)
        self.kept = <uint8_t *>malloc(EVENTS_KEPT * EVENT_BYTES)
        if self.outcomes == NULL or self.kept == NULL or not inbox_open(&self.inbox, self.fd):
            raise MemoryError

    def __dealloc__(self):
        free(self.outcomes)
        free(self.kept)
        free(self.inbox.arena)

    def drain(self):
        """Take in the messages that wait, at most 64, and see them through; return how many."""
        with nogil:
            inbox_receive(&self.inbox, self.fd, MESSAGES_MAX)
        if not self.inbox.count:
            return 0
        datagrams = self.see_through(monotonic_ns())
        self.finish()
        return datagrams

    def spin(self, int64_t idle_until_ns, int64_t until_ns):
        """As ``drain``, again and again until ``until_ns`` by the monotonic clock; past
        ``idle_until_ns`` only as long as messages come.
        """
        cdef int64_t now_ns
        cdef int empty_handed
        self.spinning = True
        while True:
            with nogil:
                inbox_receive(&self.inbox, self.fd, MESSAGES_MAX)
                for empty_handed in range(SPINS_A_LOOK):
                    if self.inbox.count:
                        break
                    inbox_receive(&self.inbox, self.fd, 1)  # the first to come is not kept waiting
                now_ns = monotonic_ns()
            if self.inbox.count:
                self.see_through(now_ns)
            if now_ns >= (until_ns if self.inbox.count else idle_until_ns):
                break
        self.finish()

    cdef int finish(self) except -1:
        """Leave everything as the interpreter expects it, who has the next turn."""
        self.log_kept()
        self.metrics.datagrams_in += self.datagrams_in
        self.datagrams_in = 0
        if self.tail.held:
            self.tail.hand_back()
        if self.released:
            self.released = False
            self.on_released()
        return 0

    cdef object see_through(self, int64_t now_ns):
        cdef Verdict verdict
        cdef uint32_t datagrams = 0
        while True:
            with nogil:
                verdict = self.take_all(now_ns, &datagrams)
            if verdict == TAKEN:
                break
            if verdict == PYTHONS and self.boxes.batch.entry_count < ENTRIES_A_FLUSH:
                datagrams += 1
                self.ask_python(now_ns)
            else:
                self.settle(now_ns)
        self.settle(now_ns)
        self.datagrams_in += datagrams
        return datagrams

    cdef Verdict take_all(self, int64_t now_ns, uint32_t *datagrams) noexcept nogil:
        cdef const uint8_t *data
        cdef uint32_t length
        cdef Verdict verdict
        cdef Ahead *ahead = &self.ahead
        ahead.count = ahead.at = 0
        while True:
            data = inbox_look(&self.inbox, &length)
            if data == NULL:
                return TAKEN
            if ahead.at == ahead.count:
                self.look_ahead(length)
            verdict = take(
                &self.live.table, data, length,
                ahead.tag[ahead.at] if ahead.at < ahead.count else NULL,
                self.inbox.messages.address[self.inbox.at].sin_addr.s_addr,
                ntohs(self.inbox.messages.address[self.inbox.at].sin_port),
                now_ns, &self.boxes.batch, &self.boxes.outbox,
            )
            if verdict != TAKEN:
                return verdict
            inbox_next(&self.inbox)
            datagrams[0] += 1
            if ahead.at < ahead.count:
                ahead.at += 1

    cdef void look_ahead(self, uint32_t length) noexcept nogil:
        """Work out the tags of the next datagrams of ``length`` bytes, several at once."""
        cdef const uint8_t *keys[LANES]
        cdef const uint8_t *data[LANES]
        cdef uint8_t *tags[LANES]
        cdef uint32_t at = self.inbox.at, offset = self.inbox.offset, step = self.inbox.step, next_
        cdef uint64_t session_id
        cdef LiveSession *session
        cdef int count = 0
        while count < LANES and MESSAGE_BYTES_MIN <= length <= DATAGRAM_BYTES_MAX:
            data[count] = inbox_look(&self.inbox, &next_)
            if data[count] == NULL or next_ != length:
                break
            memcpy(&session_id, data[count] + SESSION_AT, sizeof(session_id))
            session = find(&self.live.table, session_id)
            if session == NULL:
                break
            keys[count] = session.to_engine
            tags[count] = self.ahead.tag[count]
            count += 1
            inbox_next(&self.inbox)
        self.inbox.at, self.inbox.offset, self.inbox.step = at, offset, step
        self.ahead.at, self.ahead.count = 0, count
        if count:
            siphash128_several(keys, data, length - TAG_BYTES, tags, count)

    cdef int ask_python(self, int64_t now_ns) except -1:
        """Have the readable rules decide on the datagram that is next."""
        cdef uint32_t length
        cdef uint32_t at = self.inbox.at
        cdef const uint8_t *data = inbox_look(&self.inbox, &length)
        datagram = PyBytes_FromStringAndSize(<const char *>data, length)
        address = address_of(
            self.inbox.messages.address[at].sin_addr.s_addr,
            ntohs(self.inbox.messages.address[at].sin_port),
        )
        inbox_next(&self.inbox)
        self.log_kept()  # it may ask for any event that was released
        for action in self.sessions.receive(datagram, address, now_ns):
            if isinstance(action, Send):
                self.send([action])
            elif isinstance(action, SendEvents):
                count = action.last_seq - action.first_seq + 1
                events = self.event_log.read(action.first_seq, count)
                self.metrics.events_resent += count
                self.send(self.sessions.resend(action.session_id, action.first_seq, events))
            else:
                self.add_opened(action)
        return 0

    cdef int add_opened(self, opened) except -1:
        cdef Batch *batch = &self.boxes.batch
        cdef Entry *entry = &batch.entry[batch.entry_count]
        assert isinstance(opened, OpenSession), "commands are decided on before they get here"
        memset(entry, 0, sizeof(Entry))
        entry.session_id, entry.nonce, entry.evicted_session_id = opened
        entry.count = 1
        batch.entry_count += 1
        return 0

    cdef int settle(self, int64_t now_ns) except -1:
        """Send what answers from released state, then journal and see through what is new."""
        self.mail()
        if self.boxes.batch.entry_count:
            self.commit(now_ns)
        return 0

    cdef int commit(self, int64_t now_ns) except -1:
        cdef Batch *batch = &self.boxes.batch
        cdef int64_t begun_ns, durable_ns, ready_ns, released_ns
        if not self.tail.held:
            self.tail.take_over()
        self.log_ts_ns = self.sequencer.next_log_ts_ns(self.now_ns())
        if self.log_ts_ns < self.core.state.ts_ns:
            raise ValueError(f"log time is {self.core.state.ts_ns}, so not {self.log_ts_ns}")
        self.sequencer.note_time(self.log_ts_ns)
        self.first_event_seq = self.core.state.next_event_seq
        begun_ns = monotonic_ns()
        if batch.command_count < COMMANDS_BESIDE:
            self.tail.write(batch, self.log_ts_ns, self.first_event_seq, &self.rolling_hash.state)
            durable_ns = monotonic_ns()
            self.apply()
            ready_ns = monotonic_ns()
            self.applied_ns = ready_ns - durable_ns
            ready_ns = self.pass_gate(ready_ns)
            self.release(now_ns)
            self.keep_events()
        else:
            writing = self.beside.submit(self.write_journal)
            self.apply()
            self.applied_ns = monotonic_ns() - begun_ns
            writing.result()  # until then, nothing of this is known outside
            durable_ns = monotonic_ns()
            ready_ns = self.pass_gate(durable_ns)
            logging = self.beside.submit(self.log_events)
            self.release(now_ns)
            logging.result()
        released_ns = monotonic_ns()
        self.count_stage(JOURNAL_STAGE, durable_ns - begun_ns + self.gated_ns)
        self.count_stage(APPLY_STAGE, self.applied_ns)
        self.count_stage(RELEASE_STAGE, released_ns - ready_ns)
        self.count_stage(WHOLE_STAGE, released_ns - now_ns)
        batch.entry_count = batch.command_count = 0
        if self.event_count:
            self.released = True
        return 0

    cdef int64_t pass_gate(self, int64_t now_ns) except -1:
        """Wait for who else must have the flush, if anybody; return the time then."""
        if self.gate is None:
            self.gated_ns = 0
            return now_ns
        self.gate.wait()
        self.gated_ns = monotonic_ns() - now_ns
        return now_ns + self.gated_ns

    cdef void count_stage(self, int stage, int64_t took_ns) noexcept:
        cdef Py_ssize_t at = 0, bounds = self.stage_bounds.shape[0]
        while at < bounds and self.stage_bounds[at] < <uint64_t>took_ns:
            at += 1
        self.stage_counts[stage * (bounds + 1) + at] += 1
        self.stage_totals[stage] += <uint64_t>took_ns

    def write_journal(self):
        """Write the flush and wait for the disk. May run in a thread of its own beside ``apply``."""
        self.tail.write(&self.boxes.batch, self.log_ts_ns, self.first_event_seq,
                        &self.rolling_hash.state)

    cdef int apply(self) except -1:
        cdef Batch *batch = &self.boxes.batch
        cdef bint done
        self.event_count = 0
        if not batch.command_count:  # sessions are not the core's: for it, no time passes with them
            return 0
        with nogil:
            done = self.core.run(<const char *>batch.commands, batch.command_count, self.log_ts_ns,
                                 self.outcomes)
        if not done:
            raise MemoryError
        self.event_count = self.core.state.event_count
        return 0

    cdef int keep_events(self) except -1:
        """Hash the events, and keep them for the log: it is written before anyone can read it."""
        cdef uint64_t length = self.event_count * EVENT_BYTES
        if self.kept_count + self.event_count > EVENTS_KEPT:
            self.log_events()
            return 0
        self.rolling_hash.take(<const uint8_t *>self.core.state.events, self.event_count)
        memcpy(self.kept + self.kept_count * EVENT_BYTES, self.core.state.events, length)
        self.kept_count += self.event_count
        return 0

    def log_events(self):
        """Hash and log the events. May run in a thread of its own beside ``release``."""
        self.log_kept()
        with nogil:
            self.rolling_hash.take(<const uint8_t *>self.core.state.events, self.event_count)
        self.event_log.append(view_of(self.core.state.events, self.event_count * EVENT_BYTES))

    cdef int log_kept(self) except -1:
        if self.kept_count:
            self.event_log.append(view_of(self.kept, self.kept_count * EVENT_BYTES))
            self.kept_count = 0
        return 0

    cdef int release(self, int64_t now_ns) except -1:
        """Everything of the batch is durable: tell everyone."""
        cdef Batch *batch = &self.boxes.batch
        cdef Entry *entry
        cdef uint32_t at
        cdef bint done
        with nogil:
            done = self.answer()
            if self.spinning:
                self.send_all()  # a call of the kernel more, but who sent hears of it sooner
            self.publish(now_ns)
        if not done:
            raise ValueError("the outcomes are not the next of their sessions")
        self.mail()
        for at in range(batch.entry_count):
            entry = &batch.entry[at]
            if entry.session == NULL:
                opened = OpenSession(entry.session_id, entry.nonce, entry.evicted_session_id)
                self.send(self.sessions.welcome(opened))
        return 0

    cdef bint answer(self) noexcept nogil:
        cdef Batch *batch = &self.boxes.batch
        cdef const uint8_t *outcomes = self.outcomes
        cdef Entry *entry
        cdef uint32_t at, done
        for at in range(batch.entry_count):
            entry = &batch.entry[at]
            if entry.session == NULL:
                continue
            if not release(entry.session, entry.first_seq, outcomes, entry.count):
                return False
            done = 0
            while done < entry.count:
                self.make_room()
                done += put_outcomes(
                    &self.boxes.outbox, &self.live.table, entry.session, entry.first_seq + done,
                    outcomes + done * OUTCOME_BYTES, entry.count - done,
                )
            outcomes += entry.count * OUTCOME_BYTES
        return True

    cdef void publish(self, int64_t now_ns) noexcept nogil:
        cdef LiveTable *table = &self.live.table
        cdef const uint8_t *events = <const uint8_t *>self.core.state.events
        cdef uint64_t count = self.event_count, done
        cdef LiveSession *session
        cdef uint32_t at
        table.next_event_seq += count
        for at in range(table.count):
            session = table.session[at]
            done = 0 if listens(session, now_ns) else count
            while done < count:
                self.make_room()
                done += put_events(&self.boxes.outbox, table, session, self.first_event_seq + done,
                                   events + done * EVENT_BYTES, count - done)

    cdef void make_room(self) noexcept nogil:
        if not has_room(&self.boxes.outbox):
            self.send_all()

    cdef void send_all(self) noexcept nogil:
        seal_all(&self.boxes.outbox)
        mailer_send(&self.mailer, self.fd, &self.boxes.outbox)
        empty(&self.boxes.outbox)

    cdef int mail(self) except -1:
        """Send what is in the outbox."""
        if self.boxes.outbox.count:
            with nogil:
                self.send_all()
        if self.mailer.unsent:
            self.metrics.datagrams_unsent += self.mailer.unsent
            self.mailer.unsent = 0
        return 0

    cdef int send(self, sends) except -1:
        for datagram, address in sends:
            try:
                self.udp.sendto(datagram, address)
            except OSError:
                self.metrics.datagrams_unsent += 1  # as if it were lost on the way
        return 0
