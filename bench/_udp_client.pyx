# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A client that can load the engine: seals, sends, receives and verifies without the interpreter.

One session sends commands and times their ACKs; another listens to every event, checks its tag and
that none is missing, and hashes the fills. What is lost is asked for again, and counted.
"""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from engine_service._datagrams cimport (
    MESSAGES_MAX,
    Inbox,
    Mailer,
    inbox_look,
    inbox_next,
    inbox_open,
    inbox_receive,
    mailer_send,
)
from schemas._datagram cimport (
    HEADER_BYTES,
    STRUCTS_AT,
    WireHeader,
    complaint,
    forged,
)
from transport._live_sessions cimport (
    COMMAND_BYTES,
    EVENT_BYTES,
    OUTCOME_BYTES,
    TYPE_ACK,
    TYPE_COMMANDS,
    TYPE_EVENTS,
    TYPE_HEARTBEAT,
    LiveSession,
    LiveTable,
    Outbox,
    put,
)
from transport._server_session cimport Boxes, Session, empty, seal_all

cdef extern from "<poll.h>" nogil:
    cdef struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd *sockets, unsigned long count, int timeout_ms)
    enum:
        POLLIN

cdef extern from "<time.h>" nogil:
    cdef struct timespec_now "timespec":
        long tv_sec
        long tv_nsec
    int clock_gettime(int clock, timespec_now *now)
    enum:
        CLOCK_MONOTONIC

cdef extern from "<sys/socket.h>" nogil:
    ssize_t send(int fd, const void *data, size_t length, int flags)
    ssize_t recv(int fd, void *data, size_t length, int flags)
    enum:
        MSG_DONTWAIT

cdef enum:
    TYPE_NAK = 7
    SENT_MAX = 512              # datagrams on their way: more than any window
    NAK_EVENTS = 1024
    EVENT_TRADE = 3
    EVENT_ORDER_ACCEPTED = 1
    PATIENCE_NS = 30_000_000    # without progress: what is missing is asked for again
    HEARTBEAT_NS = 200_000_000
    WAIT_MS = 5

cdef uint64_t FNV_BASIS = 0xCBF29CE484222325ULL
cdef uint64_t FNV_PRIME = 0x100000001B3ULL


class Lost(Exception):
    """The engine did not answer, or not as it must."""


cdef inline int64_t now() noexcept nogil:
    cdef timespec_now time
    clock_gettime(CLOCK_MONOTONIC, &time)
    return <int64_t>time.tv_sec * 1_000_000_000 + time.tv_nsec


cdef inline uint64_t fnv(uint64_t hash_, uint64_t number) noexcept nogil:
    cdef int at
    for at in range(8):
        hash_ = (hash_ ^ (number & 0xFF)) * FNV_PRIME
        number >>= 8
    return hash_


cdef struct Run:
    const uint8_t *commands
    uint64_t count              # commands to send in all
    uint64_t sent               # so many were sent, and answered
    uint64_t answered
    uint64_t base_seq           # of the session: command n has the number base_seq + n
    uint32_t per_datagram
    uint32_t in_flight
    uint32_t account_shift
    uint32_t instrument_id
    uint64_t sent_datagrams     # and answered ones
    uint64_t answered_datagrams
    int64_t sent_ns[SENT_MAX]
    int64_t begun_ns
    int64_t stop_ns             # nothing new is sent from then on
    int64_t last_ack_ns
    int64_t last_event_ns
    int64_t progress_ns
    int64_t asked_ns
    uint64_t last_event_seq     # as the outcomes say
    uint64_t resent_datagrams
    uint64_t asked_events       # again, by NAK
    uint64_t bad
    uint64_t fills
    uint64_t fill_hash
    uint64_t first_order_id
    uint32_t *rtt_ns
    uint64_t rtts


cdef class LoadClient:
    """Two open sessions of one engine: ``commander`` sends, ``listener`` hears the events from
    ``next_event_seq`` on. ``*_fd``: sockets connected to the engine, large buffers.
    """

    cdef Session commander, listener
    cdef int command_fd, event_fd
    cdef LiveTable table
    cdef Boxes boxes
    cdef Inbox acks, events
    cdef Mailer mailer
    cdef uint64_t next_seq
    cdef uint64_t next_event_seq
    cdef int64_t heartbeat_ns
    cdef Run run
    cdef bint spin

    def __cinit__(self, Session commander, Session listener, int command_fd, int event_fd,
                  uint64_t next_event_seq):
        # Mirrored: what a session of the engine's says to its client is said here to the engine.
        self.commander, self.listener = commander, listener
        self.command_fd, self.event_fd = command_fd, event_fd
        self.boxes = Boxes(1, 1, SENT_MAX)
        self.table.epoch = 1
        self.next_seq = 1
        self.next_event_seq = next_event_seq
        self.mailer.segments = True
        if not (inbox_open(&self.acks, command_fd) and inbox_open(&self.events, event_fd)):
            raise MemoryError

    def __dealloc__(self):
        free(self.acks.arena)
        free(self.events.arena)
        free(self.run.rtt_ns)

    def send(self, bytes commands not None, *, uint32_t per_datagram, uint32_t in_flight,
             uint32_t account_shift=0, uint32_t instrument_id=0, int64_t for_ns, bint spin=False):
        """Send ``commands`` (n x 96 bytes), for at most ``for_ns``; return what came of it.

        Raises:
            Lost: no answer, or one that cannot be.
        """
        cdef Run *run = &self.run
        cdef uint64_t at
        cdef bint done
        assert in_flight < SENT_MAX
        free(run.rtt_ns)
        memset(run, 0, sizeof(Run))
        run.commands = <const uint8_t *>PyBytes_AS_STRING(commands)
        run.count = len(commands) // COMMAND_BYTES
        run.base_seq = self.next_seq
        run.per_datagram, run.in_flight = per_datagram, in_flight
        run.account_shift, run.instrument_id = account_shift, instrument_id
        run.fill_hash = FNV_BASIS
        run.rtt_ns = <uint32_t *>malloc((run.count // per_datagram + 2) * sizeof(uint32_t))
        self.spin = spin
        with nogil:
            done = self.go(for_ns)
        self.next_seq += run.sent
        if not done or run.bad:
            raise Lost(f"{run.bad} bad datagrams, {run.answered} of {run.sent} answered, "
                       f"event {self.next_event_seq} of {run.last_event_seq}")
        return {
            "commands": run.answered,
            "ack_ns": run.last_ack_ns - run.begun_ns,
            "event_ns": max(run.last_event_ns, run.last_ack_ns) - run.begun_ns,
            "rtt_ns": sorted([run.rtt_ns[at] for at in range(run.rtts)]),
            "fills": run.fills,
            "fill_hash": f"{run.fill_hash:016x}",
            "resent_datagrams": run.resent_datagrams,
            "asked_events": run.asked_events,
        }

    cdef bint go(self, int64_t for_ns) noexcept nogil:
        cdef Run *run = &self.run
        cdef int64_t time_ns = now()
        cdef bint more
        run.begun_ns = run.progress_ns = time_ns
        run.stop_ns = time_ns + for_ns
        while True:
            self.take_acks()
            self.take_events()
            time_ns = now()
            if time_ns >= run.stop_ns and run.count > run.sent:
                run.count = run.sent
            if run.answered == run.count and self.next_event_seq > run.last_event_seq:
                return True
            if run.bad or time_ns - run.progress_ns > 100 * <int64_t>PATIENCE_NS:
                return False
            more = self.fill_window(time_ns)
            if time_ns - self.heartbeat_ns > HEARTBEAT_NS:
                self.heartbeat_ns = time_ns
                put(&self.boxes.outbox, &self.table, &self.listener.live, TYPE_HEARTBEAT,
                    self.next_event_seq, NULL, 0, 0)
                self.post(self.event_fd)
            if time_ns - max(run.progress_ns, run.asked_ns) > PATIENCE_NS:
                self.ask_again(time_ns)
            if not (more or self.spin or self.acks.count or self.events.count):
                self.wait()

    cdef void wait(self) noexcept nogil:
        cdef pollfd sockets[2]
        sockets[0].fd = self.command_fd
        sockets[1].fd = self.event_fd
        sockets[0].events = sockets[1].events = POLLIN
        poll(sockets, 2, WAIT_MS)

    cdef void post(self, int fd) noexcept nogil:
        seal_all(&self.boxes.outbox)
        mailer_send(&self.mailer, fd, &self.boxes.outbox)
        empty(&self.boxes.outbox)

    # ---- commands ----------------------------------------------------------------------------

    cdef void put_commands(self, uint64_t first, uint32_t count) noexcept nogil:
        cdef uint8_t commands[14 * COMMAND_BYTES]
        cdef uint32_t at
        cdef uint32_t *ids
        memcpy(commands, self.run.commands + first * COMMAND_BYTES, count * COMMAND_BYTES)
        for at in range(count):
            ids = <uint32_t *>(commands + at * COMMAND_BYTES + 8)  # account, instrument
            ids[0] += self.run.account_shift
            if ids[1] and self.run.instrument_id:
                ids[1] = self.run.instrument_id
        put(&self.boxes.outbox, &self.table, &self.commander.live, TYPE_COMMANDS,
            self.run.base_seq + first, commands, count * COMMAND_BYTES, count)

    cdef bint fill_window(self, int64_t time_ns) noexcept nogil:
        cdef Run *run = &self.run
        cdef uint32_t count
        while run.sent < run.count and run.sent_datagrams - run.answered_datagrams < run.in_flight:
            count = <uint32_t>min(<uint64_t>run.per_datagram, run.count - run.sent)
            self.put_commands(run.sent, count)
            run.sent_ns[run.sent_datagrams % SENT_MAX] = time_ns
            run.sent += count
            run.sent_datagrams += 1
        if not self.boxes.outbox.count:
            return False
        self.post(self.command_fd)
        return True

    cdef void ask_again(self, int64_t time_ns) noexcept nogil:
        cdef Run *run = &self.run
        cdef uint64_t first = run.answered_datagrams * run.per_datagram
        cdef uint64_t wanted[2]
        run.asked_ns = time_ns
        while first < run.sent:
            self.put_commands(first, <uint32_t>min(<uint64_t>run.per_datagram, run.sent - first))
            first += run.per_datagram
            run.resent_datagrams += 1
        self.post(self.command_fd)
        if self.next_event_seq <= run.last_event_seq:
            wanted[0] = self.next_event_seq
            wanted[1] = min(run.last_event_seq, self.next_event_seq + NAK_EVENTS - 1)
            put(&self.boxes.outbox, &self.table, &self.listener.live, TYPE_NAK, 0, wanted,
                sizeof(wanted), 1)
            self.post(self.event_fd)
            run.asked_events += wanted[1] - wanted[0] + 1

    cdef void take_acks(self) noexcept nogil:
        cdef WireHeader header
        cdef const uint8_t *data
        cdef uint32_t length
        inbox_receive(&self.acks, self.command_fd, 1 if self.spin else MESSAGES_MAX)
        while True:
            data = inbox_look(&self.acks, &length)
            if data == NULL:
                return
            if self.verified(&self.commander.live, &header, data, length):
                self.acknowledged(&header, data + STRUCTS_AT)
            inbox_next(&self.acks)

    cdef bint verified(self, LiveSession *session, WireHeader *header, const uint8_t *data,
                       uint32_t length) noexcept nogil:
        cdef size_t struct_bytes = 0
        memcpy(header, data, HEADER_BYTES)
        if header.type == TYPE_ACK:
            struct_bytes = OUTCOME_BYTES
        elif header.type == TYPE_EVENTS:
            struct_bytes = EVENT_BYTES
        if forged(session.to_engine, data, length) or complaint(
            header, data, length, struct_bytes
        ) != NULL:
            self.run.bad += 1
            return False
        return True

    cdef void acknowledged(self, const WireHeader *header, const uint8_t *outcomes) noexcept nogil:
        cdef Run *run = &self.run
        cdef uint64_t answered, last_event_seq
        cdef int64_t time_ns
        if header.type != TYPE_ACK or not header.count:
            return
        memcpy(&last_event_seq, outcomes + (header.count - 1) * OUTCOME_BYTES + 8, 8)
        run.last_event_seq = max(run.last_event_seq, last_event_seq)
        # The outcomes of this one, not the cumulative number: each command's must have come.
        answered = header.seq + header.count
        if header.seq > run.base_seq + run.answered or answered <= run.base_seq + run.answered:
            return
        answered -= run.base_seq
        run.answered = answered
        time_ns = now()
        run.last_ack_ns = run.progress_ns = time_ns
        while run.answered_datagrams < run.sent_datagrams and (
            min((run.answered_datagrams + 1) * run.per_datagram, run.sent) <= answered
        ):
            run.rtt_ns[run.rtts] = <uint32_t>(
                time_ns - run.sent_ns[run.answered_datagrams % SENT_MAX]
            )
            run.rtts += 1
            run.answered_datagrams += 1

    # ---- events ------------------------------------------------------------------------------

    cdef void take_events(self) noexcept nogil:
        cdef WireHeader header
        cdef const uint8_t *data
        cdef uint32_t length
        inbox_receive(&self.events, self.event_fd, 1 if self.spin else MESSAGES_MAX)
        if not self.events.count:
            return
        while True:
            data = inbox_look(&self.events, &length)
            if data == NULL:
                break
            if self.verified(&self.listener.live, &header, data, length):
                if header.type == TYPE_EVENTS:
                    self.heard(&header, data + STRUCTS_AT)
            inbox_next(&self.events)
        self.run.last_event_ns = now()

    cdef void heard(self, const WireHeader *header, const uint8_t *events) noexcept nogil:
        cdef uint64_t skip
        cdef uint32_t at
        if header.seq > self.next_event_seq:
            return  # one before is missing: all of it will be asked for again
        skip = self.next_event_seq - header.seq
        if skip >= header.count:
            return
        for at in range(<uint32_t>skip, header.count):
            self.hash_fill(<const uint64_t *>(events + at * EVENT_BYTES))
        self.next_event_seq = header.seq + header.count
        self.run.progress_ns = now()

    cdef void hash_fill(self, const uint64_t *event) noexcept nogil:
        cdef Run *run = &self.run
        cdef uint8_t kind = <uint8_t>event[0]
        cdef uint64_t hash_
        if kind == EVENT_ORDER_ACCEPTED:
            if not run.first_order_id and <uint32_t>(event[1] >> 32) == run.instrument_id:
                run.first_order_id = event[3]
        elif kind == EVENT_TRADE and run.first_order_id:
            # The stream counts its orders from 1, as the engine counts all orders.
            hash_ = fnv(run.fill_hash, event[3] - run.first_order_id + 1)
            hash_ = fnv(hash_, event[4] - run.first_order_id + 1)
            hash_ = fnv(hash_, event[5])
            run.fill_hash = fnv(hash_, event[6])
            run.fills += 1


def echo(int fd):
    """Send back what comes until it is an empty datagram. Blocks or spins as the socket does."""
    cdef char data[2048]
    cdef ssize_t length
    with nogil:
        while True:
            length = recv(fd, data, sizeof(data), 0)
            if length == 0:
                break
            if length > 0:
                send(fd, data, length, 0)


def echo_rtts_ns(int fd, uint32_t count, size_t length):
    """Return ``count`` round trips, one in flight, through an ``echo`` at the other end."""
    cdef char data[2048]
    cdef uint32_t at
    cdef int64_t begun_ns
    cdef uint32_t *rtt_ns = <uint32_t *>malloc(count * sizeof(uint32_t))
    if rtt_ns == NULL:
        raise MemoryError
    memset(data, 1, sizeof(data))
    with nogil:
        for at in range(count):
            begun_ns = now()
            send(fd, data, length, 0)
            while recv(fd, data, sizeof(data), 0) < 0:
                pass
            rtt_ns[at] = <uint32_t>(now() - begun_ns)
    try:
        return sorted([rtt_ns[at] for at in range(count)])
    finally:
        free(rtt_ns)
