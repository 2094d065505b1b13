# cython: language_level=3, cdivision=True
"""The engine's rules for what comes all the time, without the interpreter: COMMANDS and HEARTBEAT of
open sessions, and the ACKs and EVENTS that answer them. The twin of server_session.py in this.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from schemas._datagram cimport (
    DATAGRAM_BYTES_MAX,
    HEADER_BYTES,
    MAGIC,
    MAJOR,
    MESSAGE_BYTES_MIN,
    STRUCTS_AT,
    TAG_BYTES,
    WireHeader,
    complaint,
    differ,
    forged,
    write_body,
)


cdef enum:
    COMMAND_BYTES = 96
    OUTCOME_BYTES = 24
    EVENT_BYTES = 128
    COMMANDS_MAX = 14           # of each in a datagram
    OUTCOMES_MAX = 56
    EVENTS_MAX = 10
    SESSIONS_MAX = 64
    RETAINED_COMMANDS = 3584
    SILENCE_S = 15
    NS_PER_S = 1_000_000_000
    TYPE_COMMANDS = 3           # message types
    TYPE_ACK = 4
    TYPE_EVENTS = 6
    TYPE_HEARTBEAT = 8

cdef enum Verdict:
    TAKEN           # dealt with, whatever it was
    NO_ROOM         # nothing was done: make room and come again
    PYTHONS         # nothing was done: server_session.py decides


cdef struct Ring:
    uint8_t *data
    uint64_t size_bytes
    uint64_t item_bytes


cdef struct LiveSession:
    uint64_t session_id
    uint64_t nonce
    int64_t heard_ns
    uint64_t accepted_seq
    uint64_t released_seq
    uint64_t conflict_seq
    Ring commands           # the last ones, and their outcomes
    Ring outcomes
    uint8_t to_engine[TAG_BYTES]    # under the master key that the client spoke under last
    uint8_t to_client[TAG_BYTES]
    uint16_t key_id
    uint8_t other_to_engine[TAG_BYTES]  # under the other one alive, if there is one
    uint8_t other_to_client[TAG_BYTES]
    uint16_t other_key_id
    bint has_other
    uint32_t ip             # in network order
    uint16_t port           # 0: no address is known
    bint wants_events
    bint durable


cdef struct Counts:
    uint64_t not_authentic, malformed, foreign_address, duplicate_commands, gaps, conflicts
    uint64_t evicted, refused_hellos, newer_epoch


cdef struct LiveTable:
    LiveSession *session[SESSIONS_MAX]
    uint64_t session_id[SESSIONS_MAX]
    uint64_t next_event_seq
    uint32_t count
    uint32_t epoch
    uint32_t shard
    uint16_t window
    bint follows            # another engine leads
    Counts counts


cdef struct Outgoing:       # a datagram that waits for its tag and for its turn
    uint32_t at
    uint32_t length         # with the tag
    uint32_t ip
    uint16_t port
    uint8_t key[TAG_BYTES]


cdef struct Outbox:
    uint8_t *arena          # the datagrams, one behind the other
    Outgoing *datagram
    uint32_t count
    uint32_t capacity
    uint32_t used_bytes
    uint32_t sealed         # so many of them have their tag


cdef struct Entry:          # as the journal's: one opened session, or commands that follow each other
    LiveSession *session    # NULL: opened
    uint64_t session_id
    uint64_t first_seq
    uint64_t nonce          # of an opened session, and who left for it
    uint64_t evicted_session_id
    uint32_t count


cdef struct Batch:
    uint8_t *commands
    Entry *entry
    uint32_t command_count
    uint32_t command_capacity
    uint32_t entry_count
    uint32_t entry_capacity


cdef inline void ring_write(Ring *ring, uint64_t first_seq, const uint8_t *items,
                            uint64_t length) noexcept nogil:
    cdef uint64_t overtaken = length - ring.size_bytes if length > ring.size_bytes else 0
    cdef uint64_t at = (first_seq * ring.item_bytes + overtaken) % ring.size_bytes
    cdef uint64_t head = min(length - overtaken, ring.size_bytes - at)
    memcpy(ring.data + at, items + overtaken, head)
    memcpy(ring.data, items + overtaken + head, length - overtaken - head)


cdef inline void ring_read(const Ring *ring, uint64_t first_seq, uint8_t *items,
                           uint64_t length) noexcept nogil:
    cdef uint64_t at = first_seq * ring.item_bytes % ring.size_bytes
    cdef uint64_t head = min(length, ring.size_bytes - at)
    memcpy(items, ring.data + at, head)
    memcpy(items + head, ring.data, length - head)


cdef inline bint ring_holds(const Ring *ring, uint64_t first_seq, const uint8_t *items,
                            uint64_t length) noexcept nogil:
    cdef uint64_t at = first_seq * ring.item_bytes % ring.size_bytes
    cdef uint64_t head = min(length, ring.size_bytes - at)
    return (
        memcmp(items, ring.data + at, head) == 0
        and memcmp(items + head, ring.data, length - head) == 0
    )


cdef inline uint64_t oldest_retained(const LiveSession *session) noexcept nogil:
    if session.accepted_seq < RETAINED_COMMANDS:
        return 1
    return session.accepted_seq - RETAINED_COMMANDS + 1


cdef inline bint talks(const LiveSession *session, int64_t now_ns) noexcept nogil:
    return now_ns - session.heard_ns < <int64_t>SILENCE_S * NS_PER_S


cdef inline LiveSession *find(const LiveTable *table, uint64_t session_id) noexcept nogil:
    cdef uint32_t at
    for at in range(table.count):
        if table.session_id[at] == session_id:
            return <LiveSession *>table.session[at]
    return NULL


# ---- out -----------------------------------------------------------------------------------------


cdef inline bint has_room(const Outbox *outbox) noexcept nogil:
    return outbox.count < outbox.capacity


cdef inline void put(Outbox *outbox, const LiveTable *table, const LiveSession *session,
                     uint8_t type_, uint64_t seq, const void *structs, size_t length,
                     uint32_t count) noexcept nogil:
    """Add a datagram of the engine's to a session; there is room. Its tag comes later."""
    cdef WireHeader header
    cdef Outgoing *datagram = &outbox.datagram[outbox.count]
    if not session.port:  # restored from the journal and not heard since
        return
    header.type = type_
    header.shard = table.shard
    header.epoch = table.epoch
    header.session_id = session.session_id
    header.seq = seq
    header.ack = session.released_seq
    header.window = table.window
    header.key_id = session.key_id
    datagram.at = outbox.used_bytes
    datagram.length = TAG_BYTES + <uint32_t>write_body(
        outbox.arena + outbox.used_bytes, &header, structs, length, count
    )
    datagram.ip = session.ip
    datagram.port = session.port
    memcpy(datagram.key, session.to_client, TAG_BYTES)
    outbox.used_bytes += datagram.length
    outbox.count += 1


cdef inline uint32_t put_outcomes(Outbox *outbox, const LiveTable *table,
                                  const LiveSession *session, uint64_t first_seq,
                                  const uint8_t *outcomes, uint32_t count) noexcept nogil:
    """Add one ACK with as many of the outcomes as fit; return how many."""
    count = min(count, <uint32_t>OUTCOMES_MAX)
    put(outbox, table, session, TYPE_ACK, first_seq, outcomes, count * OUTCOME_BYTES, count)
    return count


cdef inline uint32_t put_events(Outbox *outbox, const LiveTable *table,
                                const LiveSession *session, uint64_t first_seq,
                                const uint8_t *events, uint64_t count) noexcept nogil:
    """Add one EVENTS with as many of the events as fit; return how many."""
    count = min(count, <uint64_t>EVENTS_MAX)
    put(outbox, table, session, TYPE_EVENTS, first_seq, events, count * EVENT_BYTES,
        <uint32_t>count)
    return <uint32_t>count


cdef inline bint release(LiveSession *session, uint64_t first_seq, const uint8_t *outcomes,
                         uint64_t count) noexcept nogil:
    """Take the outcomes of the next commands; False if they are not the next."""
    cdef uint64_t last_seq = first_seq + count - 1
    if first_seq != session.released_seq + 1 or last_seq > session.accepted_seq:
        return False
    ring_write(&session.outcomes, first_seq, outcomes, count * OUTCOME_BYTES)
    session.released_seq = last_seq
    return True


cdef inline bint listens(const LiveSession *session, int64_t now_ns) noexcept nogil:
    return session.wants_events and session.durable and talks(session, now_ns)


# ---- in ------------------------------------------------------------------------------------------


cdef inline void add_commands(Batch *batch, LiveSession *session, uint64_t first_seq,
                              const uint8_t *commands, uint32_t count) noexcept nogil:
    cdef Entry *entry
    memcpy(
        batch.commands + <size_t>batch.command_count * COMMAND_BYTES, commands,
        <size_t>count * COMMAND_BYTES,
    )
    batch.command_count += count
    if batch.entry_count and batch.entry[batch.entry_count - 1].session == session:
        batch.entry[batch.entry_count - 1].count += count
        return
    entry = &batch.entry[batch.entry_count]
    batch.entry_count += 1
    entry.session = session
    entry.session_id = session.session_id
    entry.first_seq = first_seq
    entry.count = count


cdef inline void answer_again(Outbox *outbox, const LiveTable *table, const LiveSession *session,
                              uint64_t first_seq, uint64_t last_seq) noexcept nogil:
    cdef uint8_t outcomes[COMMANDS_MAX * OUTCOME_BYTES]
    cdef uint32_t count
    first_seq = max(first_seq, oldest_retained(session))
    last_seq = min(last_seq, session.released_seq)
    if first_seq > last_seq:
        put(outbox, table, session, TYPE_ACK, 0, NULL, 0, 0)
        return
    count = <uint32_t>(last_seq - first_seq + 1)
    ring_read(&session.outcomes, first_seq, outcomes, count * OUTCOME_BYTES)
    put_outcomes(outbox, table, session, first_seq, outcomes, count)


cdef inline Verdict take_commands(LiveTable *table, LiveSession *session, const WireHeader *header,
                                  const uint8_t *commands, Batch *batch,
                                  Outbox *outbox) noexcept nogil:
    cdef uint64_t first_seq = header.seq
    cdef uint64_t next_seq = session.accepted_seq + 1
    cdef uint64_t known, forgotten, last_seq
    if not header.count or not first_seq:
        table.counts.malformed += 1
        return TAKEN
    if first_seq > next_seq:  # one before is still on its way: all of it will come again
        table.counts.gaps += 1
        put(outbox, table, session, TYPE_ACK, 0, NULL, 0, 0)
        return TAKEN
    known = min(<uint64_t>header.count, next_seq - first_seq)
    if known:
        forgotten = oldest_retained(session)
        forgotten = min(known, forgotten - first_seq if forgotten > first_seq else 0)
        if not ring_holds(&session.commands, first_seq + forgotten,
                          commands + forgotten * COMMAND_BYTES,
                          (known - forgotten) * COMMAND_BYTES):
            return PYTHONS  # a conflict: the session ends
        table.counts.duplicate_commands += known
        answer_again(outbox, table, session, first_seq, first_seq + known - 1)
    last_seq = first_seq + header.count - 1
    if known < header.count and last_seq - session.released_seq <= RETAINED_COMMANDS:
        commands += known * COMMAND_BYTES
        ring_write(&session.commands, next_seq, commands, (header.count - known) * COMMAND_BYTES)
        session.accepted_seq = last_seq
        add_commands(batch, session, next_seq, commands, <uint32_t>(header.count - known))
    return TAKEN


cdef inline bint heard(LiveTable *table, LiveSession *session, uint32_t ip, uint16_t port,
                       int64_t now_ns) noexcept nogil:
    """Note where a session lives; False if this came from elsewhere, and so is not its own."""
    if session.ip != ip or session.port != port:
        if session.port and talks(session, now_ns):
            table.counts.foreign_address += 1
            return False
        session.ip = ip
        session.port = port
    session.heard_ns = now_ns
    return True


cdef inline bint is_forged(const LiveSession *session, uint16_t key_id, const uint8_t *data,
                           size_t length, const uint8_t *tag) noexcept nogil:
    if key_id == session.key_id:
        if tag != NULL and not differ(tag, data + length - TAG_BYTES):
            return False
        # Worked out before the session's keys changed places, perhaps.
        return forged(session.to_engine, data, length)
    if session.has_other and key_id == session.other_key_id:
        return forged(session.other_to_engine, data, length)
    return True


cdef inline void exchange(uint8_t *a, uint8_t *b) noexcept nogil:
    cdef uint8_t kept[TAG_BYTES]
    memcpy(kept, a, TAG_BYTES)
    memcpy(a, b, TAG_BYTES)
    memcpy(b, kept, TAG_BYTES)


cdef inline void use_key(LiveSession *session, uint16_t key_id) noexcept nogil:
    """Answer under that master key from now on; it is one of the session's."""
    if key_id != session.key_id:
        exchange(session.to_engine, session.other_to_engine)
        exchange(session.to_client, session.other_to_client)
        session.other_key_id = session.key_id
        session.key_id = key_id


cdef inline Verdict take(LiveTable *table, const uint8_t *data, size_t length, const uint8_t *tag,
                         uint32_t ip, uint16_t port, int64_t now_ns, Batch *batch,
                         Outbox *outbox) noexcept nogil:
    """Do what a datagram asks for, if that is done without the interpreter. ``tag``: the one it
    must have, if that was worked out before, else NULL.
    """
    cdef WireHeader header
    cdef LiveSession *session
    cdef bint commands
    if not MESSAGE_BYTES_MIN <= length <= DATAGRAM_BYTES_MAX:
        table.counts.not_authentic += 1
        return TAKEN
    memcpy(&header, data, HEADER_BYTES)
    commands = header.type == TYPE_COMMANDS
    if header.magic != MAGIC or header.major != MAJOR:
        table.counts.not_authentic += 1
        return TAKEN
    session = find(table, header.session_id)
    if session == NULL or session.conflict_seq or not (commands or header.type == TYPE_HEARTBEAT):
        return PYTHONS
    if table.follows and commands:
        return PYTHONS
    if (
        outbox.count == outbox.capacity
        or batch.entry_count == batch.entry_capacity
        or batch.command_count + COMMANDS_MAX > batch.command_capacity
    ):
        return NO_ROOM
    if is_forged(session, header.key_id, data, length, tag):
        table.counts.not_authentic += 1
        return TAKEN
    if complaint(&header, data, length, COMMAND_BYTES if commands else 0) != NULL:
        table.counts.malformed += 1
        return TAKEN
    if header.epoch > table.epoch:  # its sender was served by a later leader than this one
        table.counts.newer_epoch += 1
        return TAKEN
    if not heard(table, session, ip, port, now_ns):
        return TAKEN
    use_key(session, header.key_id)
    if commands:
        return take_commands(table, session, &header, data + STRUCTS_AT, batch, outbox)
    # Also renews the wish for events, which no journal remembers over a restart.
    session.wants_events = header.seq > 0
    return TAKEN
