# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled twin of server_session.py: what comes all the time is decided without the interpreter
(``_live_sessions``), everything else by the reference itself, on the same sessions.
"""

from dataclasses import fields
from socket import inet_aton, inet_ntoa

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove

from schemas._datagram cimport DATAGRAM_BYTES_MAX, TAG_BYTES
from schemas._siphash cimport siphash128_several
from schemas._siphash_lanes cimport LANES
from transport cimport _live_sessions as live_sessions
from transport._live_sessions cimport (
    COMMAND_BYTES,
    EVENT_BYTES,
    NO_ROOM,
    OUTCOME_BYTES,
    PYTHONS,
    Batch,
    Counts,
    Entry,
    LiveSession,
    LiveTable,
    Outbox,
    Outgoing,
    Ring,
    Verdict,
    find,
    listens,
    oldest_retained,
    put_events,
    put_outcomes,
    release,
    ring_holds,
    ring_read,
    ring_write,
    take,
    talks,
    use_key,
)

from schemas import framing, layouts
from schemas.session_layouts import VERSION
from transport import server_session, session_table
from transport.keys import LIVE_KEYS_MAX
from transport.server_session import Execute, Send

assert COMMAND_BYTES == layouts.COMMAND_BYTES
assert EVENT_BYTES == layouts.EVENT_BYTES
assert OUTCOME_BYTES == layouts.OUTCOME_BYTES
assert live_sessions.COMMANDS_MAX == framing.COMMANDS_MAX
assert live_sessions.OUTCOMES_MAX == framing.OUTCOMES_MAX
assert live_sessions.EVENTS_MAX == framing.EVENTS_MAX
assert live_sessions.SESSIONS_MAX == session_table.SESSIONS_MAX
assert live_sessions.RETAINED_COMMANDS == session_table.RETAINED_COMMANDS
assert divmod(session_table.SILENCE_NS, live_sessions.NS_PER_S) == (live_sessions.SILENCE_S, 0)
assert DATAGRAM_BYTES_MAX == framing.DATAGRAM_BYTES_MAX


cdef class RetainedCommands:
    """As retained_commands.py's."""

    def __cinit__(self, uint64_t capacity):
        self.capacity = capacity
        open_ring(&self.commands_, capacity, COMMAND_BYTES)
        open_ring(&self.outcomes_, capacity, OUTCOME_BYTES)

    def __dealloc__(self):
        free(self.commands_.data)
        free(self.outcomes_.data)

    def keep_commands(self, uint64_t first_seq, bytes commands not None):
        ring_write(&self.commands_, first_seq, <const uint8_t *>PyBytes_AS_STRING(commands),
                   len(commands))

    def keep_outcomes(self, uint64_t first_seq, bytes outcomes not None):
        ring_write(&self.outcomes_, first_seq, <const uint8_t *>PyBytes_AS_STRING(outcomes),
                   len(outcomes))

    def same_commands(self, uint64_t first_seq, bytes commands not None):
        assert <uint64_t>len(commands) <= self.commands_.size_bytes
        return ring_holds(&self.commands_, first_seq, <const uint8_t *>PyBytes_AS_STRING(commands),
                          len(commands))

    def commands(self, uint64_t first_seq, uint64_t last_seq):
        return items_of(&self.commands_, first_seq, last_seq)

    def outcomes(self, uint64_t first_seq, uint64_t last_seq):
        return items_of(&self.outcomes_, first_seq, last_seq)


cdef bytes items_of(const Ring *ring, uint64_t first_seq, uint64_t last_seq):
    """Return what a ring holds, both ends included."""
    cdef uint64_t length = (last_seq - first_seq + 1) * ring.item_bytes
    assert length <= ring.size_bytes
    items = PyBytes_FromStringAndSize(NULL, length)
    ring_read(ring, first_seq, <uint8_t *>PyBytes_AS_STRING(items), length)
    return items


cdef int open_ring(Ring *ring, uint64_t capacity, uint64_t item_bytes) except -1:
    ring.item_bytes = item_bytes
    ring.size_bytes = capacity * item_bytes
    ring.data = <uint8_t *>malloc(ring.size_bytes)
    if ring.data == NULL:
        raise MemoryError
    return 0


cdef class Session:
    """As session_table.py's; the fields lie where ``_live_sessions`` reads and writes them."""

    def __cinit__(self, uint64_t session_id, uint64_t nonce, keys_by_id, int64_t heard_ns):
        self.live.session_id = session_id
        self.live.nonce = nonce
        self.live.heard_ns = heard_ns
        self.version = VERSION
        self.retained = RetainedCommands(session_table.RETAINED_COMMANDS)
        self.live.commands = self.retained.commands_
        self.live.outcomes = self.retained.outcomes_
        self.live.key_id = next(iter(keys_by_id))
        self.replace_keys(keys_by_id)

    @property
    def session_id(self):
        return self.live.session_id

    @property
    def nonce(self):
        return self.live.nonce

    @property
    def key_id(self):
        return self.live.key_id

    @property
    def keys(self):
        return self.keys_by_id[self.live.key_id]

    def keys_of(self, key_id):
        return self.keys_by_id.get(key_id)

    def use_key(self, uint16_t key_id):
        assert key_id in self.keys_by_id
        use_key(&self.live, key_id)

    def replace_keys(self, keys_by_id):
        self.keys_by_id = keys_by_id
        in_use = self.live.key_id if self.live.key_id in keys_by_id else next(iter(keys_by_id))
        write_keys(keys_by_id[in_use], self.live.to_engine, self.live.to_client)
        self.live.key_id = in_use
        others = [key_id for key_id in keys_by_id if key_id != in_use]
        assert len(others) < LIVE_KEYS_MAX
        self.live.has_other = len(others)
        for key_id in others:
            write_keys(keys_by_id[key_id], self.live.other_to_engine, self.live.other_to_client)
            self.live.other_key_id = key_id

    @property
    def address(self):
        return address_of(self.live.ip, self.live.port) if self.live.port else None

    @address.setter
    def address(self, address):
        host, port = address
        assert 0 < port < 1 << 16, "nobody sends from port 0"
        self.live.ip = ip_of(host)
        self.live.port = port

    @property
    def heard_ns(self):
        return self.live.heard_ns

    @heard_ns.setter
    def heard_ns(self, int64_t value):
        self.live.heard_ns = value

    @property
    def accepted_seq(self):
        return self.live.accepted_seq

    @property
    def released_seq(self):
        return self.live.released_seq

    @property
    def conflict_seq(self):
        return self.live.conflict_seq

    @conflict_seq.setter
    def conflict_seq(self, uint64_t value):
        self.live.conflict_seq = value

    @property
    def wants_events(self):
        return self.live.wants_events

    @wants_events.setter
    def wants_events(self, bint value):
        self.live.wants_events = value

    @property
    def durable(self):
        return self.live.durable

    @durable.setter
    def durable(self, bint value):
        self.live.durable = value

    @property
    def oldest_retained(self):
        return oldest_retained(&self.live)

    def talks(self, int64_t now_ns):
        return talks(&self.live, now_ns)

    def accept(self, uint64_t first_seq, bytes commands not None):
        self.retained.keep_commands(first_seq, commands)
        self.live.accepted_seq = first_seq + len(commands) // COMMAND_BYTES - 1

    def resume(self, uint64_t next_seq):
        self.live.accepted_seq = self.live.released_seq = next_seq - 1

    def release(self, uint64_t first_seq, bytes outcomes not None):
        cdef uint64_t count = len(outcomes) // OUTCOME_BYTES
        if not release(&self.live, first_seq, <const uint8_t *>PyBytes_AS_STRING(outcomes), count):
            raise ValueError(f"outcomes {first_seq} to {first_seq + count - 1} are not the next")


cdef int write_keys(keys, uint8_t *to_engine, uint8_t *to_client) except -1:
    assert len(keys.to_engine) == len(keys.to_client) == TAG_BYTES
    memcpy(to_engine, PyBytes_AS_STRING(keys.to_engine), TAG_BYTES)
    memcpy(to_client, PyBytes_AS_STRING(keys.to_client), TAG_BYTES)
    return 0


cdef tuple address_of(uint32_t ip, uint16_t port):
    return inet_ntoa(PyBytes_FromStringAndSize(<const char *>&ip, 4)), port


cdef void empty(Outbox *outbox) noexcept nogil:
    outbox.count = outbox.sealed = outbox.used_bytes = 0


cdef class Live:
    """What the compiled rules read and write: the open sessions, the counters and the header's
    common fields.
    """

    def add(self, Session session not None):
        assert self.table.count < live_sessions.SESSIONS_MAX
        self.table.session[self.table.count] = &session.live
        self.table.session_id[self.table.count] = session.live.session_id
        self.table.count += 1

    def remove(self, uint64_t session_id):
        cdef uint32_t at, last = self.table.count - 1
        for at in range(self.table.count):
            if self.table.session_id[at] == session_id:
                # In their order: who opened first is told first, as by the reference.
                memmove(&self.table.session[at], &self.table.session[at + 1],
                        (last - at) * sizeof(LiveSession *))
                memmove(&self.table.session_id[at], &self.table.session_id[at + 1],
                        (last - at) * sizeof(uint64_t))
                self.table.count = last
                return


class SessionTable(session_table.SessionTable):
    """The reference's, with its sessions where the compiled rules find them."""

    def __init__(self, master_key, live):
        super().__init__(master_key)
        self._live = live

    def _new_session(self, session_id, nonce, keys_by_id, now_ns):
        session = Session(session_id, nonce, keys_by_id, now_ns)
        self._live.add(session)
        return session

    def evict(self, session_id):
        super().evict(session_id)
        self._live.remove(session_id)


cdef class Counters:
    """As server_session.py's, counted by both."""

    cdef Live live

    def __cinit__(self, Live live not None):
        self.live = live

    def __getattr__(self, name):
        return (<const uint64_t *>&self.live.table.counts)[place_of(name)]

    def __setattr__(self, name, uint64_t value):
        (<uint64_t *>&self.live.table.counts)[place_of(name)] = value


_COUNTERS = {field.name: at for at, field in enumerate(fields(server_session.Counters))}
assert sizeof(Counts) == len(_COUNTERS) * sizeof(uint64_t)


cdef size_t place_of(name) except? 0:
    place = _COUNTERS.get(name)
    if place is None:
        raise AttributeError(name)
    return place


cdef class Boxes:
    """Room for what comes out of datagrams: commands to journal and datagrams to send."""

    def __cinit__(self, uint32_t commands_max, uint32_t entries_max, uint32_t datagrams_max):
        self.batch.commands = <uint8_t *>malloc(<size_t>commands_max * COMMAND_BYTES)
        self.batch.entry = <Entry *>malloc(entries_max * sizeof(Entry))
        self.outbox.arena = <uint8_t *>malloc(<size_t>datagrams_max * DATAGRAM_BYTES_MAX)
        self.outbox.datagram = <Outgoing *>malloc(datagrams_max * sizeof(Outgoing))
        if (
            self.batch.commands == NULL or self.batch.entry == NULL
            or self.outbox.arena == NULL or self.outbox.datagram == NULL
        ):
            raise MemoryError
        self.batch.command_capacity = commands_max
        self.batch.entry_capacity = entries_max
        self.outbox.capacity = datagrams_max

    def __dealloc__(self):
        free(self.batch.commands)
        free(self.batch.entry)
        free(self.outbox.arena)
        free(self.outbox.datagram)


cdef void seal_all(Outbox *outbox) noexcept nogil:
    """Give every datagram its tag that has none yet."""
    cdef const uint8_t *keys[LANES]
    cdef const uint8_t *data[LANES]
    cdef uint8_t *tags[LANES]
    cdef Outgoing *datagram
    cdef size_t body_bytes
    cdef uint32_t first
    cdef int count
    while outbox.sealed < outbox.count:
        first = outbox.sealed
        body_bytes = outbox.datagram[first].length - TAG_BYTES
        count = 0
        while count < LANES and outbox.sealed < outbox.count:
            datagram = &outbox.datagram[outbox.sealed]
            if datagram.length != outbox.datagram[first].length:
                break
            keys[count] = datagram.key
            data[count] = outbox.arena + datagram.at
            tags[count] = outbox.arena + datagram.at + body_bytes
            count += 1
            outbox.sealed += 1
        siphash128_several(keys, data, body_bytes, tags, count)


cdef list taken_out(Outbox *outbox):
    """Return the datagrams as ``Send``, and leave none."""
    cdef uint32_t number
    cdef Outgoing *datagram
    seal_all(outbox)
    sends = []
    for number in range(outbox.count):
        datagram = &outbox.datagram[number]
        data = PyBytes_FromStringAndSize(<char *>outbox.arena + datagram.at, datagram.length)
        sends.append(Send(data, address_of(datagram.ip, datagram.port)))
    empty(outbox)
    return sends


cdef uint32_t ip_of(host) except? 0:
    cdef uint32_t ip
    memcpy(&ip, PyBytes_AS_STRING(inet_aton(host)), sizeof(ip))
    return ip


class ServerSessions(server_session.ServerSessions):
    """As server_session.py's. What it decides for one datagram, the server's loop decides for many
    at once, by the same functions.
    """

    def __init__(self, **arguments):
        self._live = Live()
        self._boxes = Boxes(live_sessions.COMMANDS_MAX, 1, 1)
        super().__init__(**arguments)

    @property
    def live(self):
        """What the compiled rules read and write."""
        return self._live

    @property
    def next_event_seq(self):
        return (<Live>self._live).table.next_event_seq

    @next_event_seq.setter
    def next_event_seq(self, value):
        (<Live>self._live).table.next_event_seq = value

    def follow(self, leader):
        cdef Live live = self._live
        super().follow(leader)
        live.table.follows = True
        live.table.epoch = self._epoch

    def lead(self, epoch):
        cdef Live live = self._live
        super().lead(epoch)
        live.table.follows = False
        live.table.epoch = self._epoch

    @property
    def _window(self):
        return (<Live>self._live).table.window

    @_window.setter
    def _window(self, value):
        (<Live>self._live).table.window = value

    def _new_counters(self):
        return Counters(self._live)

    def _new_table(self, master_key, epoch, shard):
        cdef Live live = self._live
        live.table.epoch = epoch
        live.table.shard = shard
        return SessionTable(master_key, live)

    def receive(self, bytes data not None, address, int64_t now_ns):
        cdef Live live = self._live
        cdef Boxes boxes = self._boxes
        cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(data)
        cdef Entry *entry
        cdef Verdict verdict
        boxes.batch.command_count = boxes.batch.entry_count = 0
        verdict = take(&live.table, at, len(data), NULL, ip_of(address[0]), address[1], now_ns,
                       &boxes.batch, &boxes.outbox)
        assert verdict != NO_ROOM
        if verdict == PYTHONS:
            return super().receive(data, address, now_ns)
        actions = taken_out(&boxes.outbox)
        if boxes.batch.entry_count:
            entry = &boxes.batch.entry[0]
            commands = PyBytes_FromStringAndSize(
                <const char *>boxes.batch.commands, boxes.batch.command_count * COMMAND_BYTES
            )
            actions.append(Execute(entry.session_id, entry.first_seq, commands))
        return actions

    def acknowledge(self, session_id, uint64_t first_seq, bytes outcomes not None):
        cdef Live live = self._live
        cdef Boxes boxes = self._boxes
        cdef LiveSession *session = find(&live.table, session_id)
        cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(outcomes)
        cdef uint32_t count = len(outcomes) // OUTCOME_BYTES, done = 0
        assert session != NULL, "a session with work in the pipeline is never evicted"
        if not release(session, first_seq, at, count):
            raise ValueError(f"outcomes {first_seq} to {first_seq + count - 1} are not the next")
        sends = []
        while done < count:
            done += put_outcomes(&boxes.outbox, &live.table, session, first_seq + done,
                                 at + done * OUTCOME_BYTES, count - done)
            sends += taken_out(&boxes.outbox)
        return sends

    def publish(self, uint64_t first_seq, bytes events not None, int64_t now_ns):
        cdef Live live = self._live
        cdef Boxes boxes = self._boxes
        cdef LiveSession *session
        cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(events)
        cdef uint64_t count = len(events) // EVENT_BYTES, done
        cdef uint32_t number
        if first_seq != live.table.next_event_seq:
            raise ValueError(f"event {first_seq} where {live.table.next_event_seq} is next")
        live.table.next_event_seq += count
        sends = []
        for number in range(live.table.count):
            session = live.table.session[number]
            done = 0 if listens(session, now_ns) else count
            while done < count:
                done += put_events(&boxes.outbox, &live.table, session, first_seq + done,
                                   at + done * EVENT_BYTES, count - done)
                sends += taken_out(&boxes.outbox)
        return sends
