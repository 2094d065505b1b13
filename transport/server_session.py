"""The engine's side of every session: datagrams in, commands to execute and datagrams out.

Pure: no socket and no clock. ``now_ns`` is monotonic and always an argument. The engine's server

1. hands each datagram to ``receive`` and gathers the actions,
2. journals the ``OpenSession`` and ``Execute`` actions in the order they came, applies the commands
   and waits for the disk,
3. hands back what became durable (``welcome``, ``acknowledge``, ``publish``) and sends what these
   return, and the ``Send`` actions of step 1, to the addresses beside the datagrams.

At start it replays the journal into ``restore_session`` and ``restore_executed``: sessions live
longer than the engine's process, so a client that never heard an answer gets it from the next one.
"""

from collections.abc import Callable
from typing import Final

from schemas import framing, session_layouts
from schemas.errors import Malformed, NotAuthentic
from schemas.framing import EVENTS_MAX, OUTCOMES_MAX, Header, MessageType
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from schemas.session_layouts import (
    MINOR,
    VERSION,
    VERSIONS,
    Hello,
    NotLeader,
    SessionReject,
    SessionRejectCode,
    Welcome,
    agreed_version,
)
from transport.keys import MasterKey
from transport.saved_sessions import SavedSession, SavedSessions
from transport.server_actions import (
    Action,
    Counters,
    Execute,
    OpenSession,
    RefusedHello,
    Send,
    SendEvents,
)
from transport.session_table import (
    RETAINED_COMMANDS,
    SESSIONS_MAX,
    SILENCE_NS,
    WINDOW_DATAGRAMS_MAX,
    Address,
    Session,
    SessionTable,
)

__all__ = [
    "HEARTBEAT_NS",
    "RETAINED_COMMANDS",
    "Action",
    "Address",
    "Counters",
    "Execute",
    "OpenSession",
    "RefusedHello",
    "Send",
    "SendEvents",
    "ServerSessions",
    "load_server_sessions",
]

HEARTBEAT_NS: Final = 100_000_000
"""How often the server calls ``heartbeat``."""
NAK_EVENTS_MAX: Final = 1_024
"""Most events sent again for one NAK datagram; past it the rest is asked for again."""


class ServerSessions:
    """All sessions of one engine.

    ``credits_datagrams``: what all clients together may have on their way, at most half of what
    the socket's buffer holds. ``make_nonce`` returns 64 random bits. ``versions``: the lowest and
    the highest major version spoken.
    """

    def __init__(
        self,
        *,
        master_key: MasterKey,
        make_nonce: Callable[[], int],
        credits_datagrams: int,
        next_event_seq: int = 1,
        epoch: int = 1,
        shard: int = 0,
        versions: tuple[int, int] = VERSIONS,
    ) -> None:
        self.counters: Final = self._new_counters()
        self.next_event_seq = next_event_seq
        """First event not yet released; ``publish`` moves it on."""
        self._table = self._new_table(master_key, epoch, shard)
        self._make_nonce = make_nonce
        self._credits_datagrams = credits_datagrams
        self._epoch = epoch
        self._shard = shard
        self._versions = versions
        self._leader: NotLeader | None = None
        self.refused: RefusedHello | None = None
        """The HELLO that was refused last."""
        self._window = self._window_told = self._talking = 0
        self._grant(0)

    # The compiled twin keeps these two where its own rules find them.

    def _new_counters(self) -> Counters:
        return Counters()

    def _new_table(self, master_key: MasterKey, epoch: int, shard: int) -> SessionTable:
        return SessionTable(master_key)

    @property
    def session_count(self) -> int:
        """How many sessions are open, silent ones included."""
        return len(self._table)

    def last_seq(self, session_id: int) -> int:
        """Return the number of the last command taken in from a session; 0 if none."""
        session = self._table.get(session_id)
        return session.accepted_seq if session else 0

    # ---- recovery ----------------------------------------------------------------------------

    def restore_session(self, opened: OpenSession, now_ns: int) -> None:
        """Take a session from the journal, as if it had been opened and welcomed."""
        if opened.evicted_session_id:
            self._table.evict(opened.evicted_session_id)
        self._table.add(opened.session_id, opened.nonce, now_ns).durable = True

    def restore_executed(
        self, session_id: int, first_seq: int, commands: bytes, outcomes: bytes
    ) -> None:
        """Take executed commands (n x 96 bytes) and their outcomes (n x 24) from the journal.

        Raises:
            ValueError: the session is not open or the commands are not its next: the journal is
                not one that this class led to.
        """
        session = self._table.get(session_id)
        if session is None or first_seq != session.accepted_seq + 1:
            raise ValueError(f"session {session_id:016x} cannot have command {first_seq} here")
        session.accept(first_seq, commands)
        session.release(first_seq, outcomes)

    def save(self) -> SavedSessions:
        """Return what a journal up to here would lead to. Nothing may be in the pipeline."""
        return SavedSessions(
            sessions=[_saved(session) for session in self._table.sessions()],
            evicted=self._table.evicted(),
        )

    def restore_saved(self, saved: SavedSessions, now_ns: int) -> None:
        """Take all sessions that were saved; there are none yet."""
        for session_id, nonce in saved.evicted:
            self._table.remember_evicted(session_id, nonce)
        for kept in saved.sessions:
            session = self._table.add(kept.session_id, kept.nonce, now_ns)
            session.durable = True
            first_seq = kept.last_seq + 1 - len(kept.commands) // COMMAND_BYTES
            session.resume(first_seq)
            if kept.commands:
                session.accept(first_seq, kept.commands)
                session.release(first_seq, kept.outcomes)

    # ---- datagrams in ------------------------------------------------------------------------

    def receive(self, data: bytes, address: Address, now_ns: int) -> list[Action]:
        """Return what a datagram asks for; nothing if it is not authentic or not canonical."""
        try:
            header, structs = framing.open_datagram(data, self._table.key_of)
            return self._dispatch(header, structs, address, now_ns)
        except NotAuthentic:
            self.counters.not_authentic += 1
        except Malformed:
            self.counters.malformed += 1
        return []

    def _dispatch(
        self, header: Header, structs: bytes, address: Address, now_ns: int
    ) -> list[Action]:
        session = self._table.get(header.session_id)
        if header.epoch > self._epoch:  # its sender was served by a later leader than this one
            self.counters.newer_epoch += 1
            return []
        if self._leader and header.type in (MessageType.HELLO, MessageType.COMMANDS):
            return list(self._not_leader(self._leader, header, address))
        if header.type is MessageType.HELLO:
            return self._hello(session, header, structs, address, now_ns)
        if session is None:
            keys = self._table.evicted_keys(header.session_id, header.key_id)
            assert keys is not None, "nobody else has a key"
            reject = SessionReject(SessionRejectCode.EVICTED, 0)
            return [self._rejected(header, reject, keys.to_client, address)]
        if not self._heard(session, address, now_ns):
            return []
        session.use_key(header.key_id)
        if session.conflict_seq:
            return [self._conflict_reject(session)]
        if header.type is MessageType.COMMANDS:
            return self._commands(session, header, structs)
        if header.type is MessageType.NAK:
            return self._nak(session, structs)
        if header.type is MessageType.BYE:
            session.heard_ns = now_ns - SILENCE_NS
            session.wants_events = False
        elif header.type is MessageType.HEARTBEAT:
            # Also renews the wish for events, which no journal remembers over a restart.
            session.wants_events = header.seq > 0
        else:
            raise Malformed(f"{header.type.name} is not a client's to send")
        return []

    def _heard(self, session: Session, address: Address, now_ns: int) -> bool:
        # Datagrams can be copied and sent from elsewhere. The answers keep going to where the
        # session lives; only one that fell silent, or came over a restart, may turn up elsewhere.
        if address != session.address:
            if session.address is not None and session.talks(now_ns):
                self.counters.foreign_address += 1
                return False
            session.address = address
        session.heard_ns = now_ns
        return True

    # ---- opening -----------------------------------------------------------------------------

    def _hello(
        self, session: Session | None, header: Header, structs: bytes, address: Address, now_ns: int
    ) -> list[Action]:
        self._table.follow_keys()  # it was opened under the newest keys: the session needs them too
        hello = session_layouts.decode_hello(structs)
        if not header.session_id:
            raise Malformed("no session has the id 0")
        reject = self._reason_to_refuse(header.session_id, session, hello, now_ns)
        if reject:
            if session is None or self._heard(session, address, now_ns):
                return [self._refuse(header, hello, reject, address)]
            return []
        if session is None:
            opened = self._open(header.session_id, address, now_ns)
            session = self._open_session(header.session_id)
        elif self._heard(session, address, now_ns):
            opened = []
        else:
            return []
        session.use_key(header.key_id)
        session.version = agreed_version(self._versions, hello) or VERSION
        session.wants_events = hello.from_event_seq > 0
        return [*opened, *self._welcome(session)]

    def _reason_to_refuse(
        self, session_id: int, session: Session | None, hello: Hello, now_ns: int
    ) -> SessionReject | None:
        if agreed_version(self._versions, hello) is None:
            lowest, highest = self._versions
            return SessionReject(SessionRejectCode.VERSION, lowest << 8 | highest)
        if session is not None:
            if session.conflict_seq:
                return SessionReject(SessionRejectCode.SESSION_CONFLICT, session.conflict_seq)
        elif self._table.was_evicted(session_id):
            return SessionReject(SessionRejectCode.EVICTED, 0)
        elif len(self._table) >= SESSIONS_MAX and self._table.longest_silent(now_ns) is None:
            return SessionReject(SessionRejectCode.TOO_MANY_SESSIONS, SESSIONS_MAX)
        return None

    def _open(self, session_id: int, address: Address, now_ns: int) -> list[Action]:
        evicted_id = 0
        if len(self._table) >= SESSIONS_MAX:
            evicted = self._table.longest_silent(now_ns)
            assert evicted is not None, "or it was refused"
            evicted_id = evicted.session_id
            self._table.evict(evicted_id)
            self.counters.evicted += 1
        session = self._table.add(session_id, self._make_nonce() or 1, now_ns)
        session.address = address
        self._grant(now_ns)
        return [OpenSession(session_id, session.nonce, evicted_id)]

    def welcome(self, opened: OpenSession) -> list[Send]:
        """Return the WELCOME of a session whose ``OpenSession`` is durable now."""
        session = self._open_session(opened.session_id)
        session.durable = True
        return self._welcome(session)

    def _welcome(self, session: Session) -> list[Send]:
        keys = self._table.hello_keys(session.session_id, session.key_id)
        if session.address is None or not session.durable or keys is None:
            return []
        welcome = Welcome(
            version=session.version,
            minor=MINOR,
            nonce=session.nonce,
            next_event_seq=self.next_event_seq,
            last_command_seq=session.released_seq,
        )
        header = self._header(session, MessageType.WELCOME, 0)
        header.window = self._window_left()
        datagram = framing.seal(header, session_layouts.encode_welcome(welcome), keys.to_client)
        return [Send(datagram, session.address)]

    # ---- commands ----------------------------------------------------------------------------

    def _commands(self, session: Session, header: Header, commands: bytes) -> list[Action]:
        first_seq, next_seq = header.seq, session.accepted_seq + 1
        if not header.count or not first_seq:
            raise Malformed("commands are numbered from 1")
        if first_seq > next_seq:  # one before is still on its way: all of it will come again
            self.counters.gaps += 1
            return list(self._ack(session, b"", 0))
        known = min(header.count, next_seq - first_seq)
        known_bytes = known * COMMAND_BYTES
        actions: list[Action] = []
        if known:
            self.counters.duplicate_commands += known
            if self._conflicts(session, first_seq, commands[:known_bytes]):
                return self._end_in_conflict(session, first_seq)
            actions += self._answer_again(session, first_seq, first_seq + known - 1)
        last_seq = first_seq + header.count - 1
        if known < header.count and last_seq - session.released_seq <= RETAINED_COMMANDS:
            session.accept(next_seq, commands[known_bytes:])
            actions.append(Execute(session.session_id, next_seq, commands[known_bytes:]))
        return actions

    def _conflicts(self, session: Session, first_seq: int, commands: bytes) -> bool:
        forgotten = max(0, session.oldest_retained - first_seq)
        kept = commands[forgotten * COMMAND_BYTES :]
        return bool(kept) and not session.retained.same_commands(first_seq + forgotten, kept)

    def _end_in_conflict(self, session: Session, seq: int) -> list[Action]:
        # Two writers share this session (a forked process, a cloned machine): neither can go on.
        self.counters.conflicts += 1
        session.conflict_seq = seq
        session.wants_events = False
        return [self._conflict_reject(session)]

    def _answer_again(self, session: Session, first_seq: int, last_seq: int) -> list[Send]:
        first_seq = max(first_seq, session.oldest_retained)
        last_seq = min(last_seq, session.released_seq)
        if first_seq > last_seq:
            return self._ack(session, b"", 0)
        return self._ack(session, session.retained.outcomes(first_seq, last_seq), first_seq)

    def acknowledge(self, session_id: int, first_seq: int, outcomes: bytes) -> list[Send]:
        """Return the ACKs for commands that are durable and applied, with an outcome each
        (n x 24 bytes). Several ``Execute`` in a row of one session may be answered in one call.

        Raises:
            ValueError: they are not the next unanswered commands of that session.
        """
        session = self._open_session(session_id)
        session.release(first_seq, outcomes)
        return self._ack(session, outcomes, first_seq)

    def _ack(self, session: Session, outcomes: bytes, first_seq: int) -> list[Send]:
        if not outcomes:
            return self._sealed(session, MessageType.ACK, first_seq, b"")
        part_bytes = OUTCOMES_MAX * OUTCOME_BYTES
        return [
            send
            for at in range(0, len(outcomes), part_bytes)
            for send in self._sealed(
                session,
                MessageType.ACK,
                first_seq + at // OUTCOME_BYTES,
                outcomes[at : at + part_bytes],
            )
        ]

    # ---- events ------------------------------------------------------------------------------

    def publish(self, first_seq: int, events: bytes, now_ns: int) -> list[Send]:
        """Return the EVENTS for every listening client; ``events`` (n x 128 bytes) are durable.

        Raises:
            ValueError: ``first_seq`` is not the next event.
        """
        if first_seq != self.next_event_seq:
            raise ValueError(f"event {first_seq} where {self.next_event_seq} is next")
        self.next_event_seq += len(events) // EVENT_BYTES
        return [
            send
            for session in self._table.talking(now_ns)
            if session.wants_events
            for send in self._events(session, first_seq, events)
        ]

    def resend(self, session_id: int, first_seq: int, events: bytes) -> list[Send]:
        """Return the EVENTS that answer a ``SendEvents``."""
        return self._events(self._open_session(session_id), first_seq, events)

    def _events(self, session: Session, first_seq: int, events: bytes) -> list[Send]:
        part_bytes = EVENTS_MAX * EVENT_BYTES
        return [
            send
            for at in range(0, len(events), part_bytes)
            for send in self._sealed(
                session,
                MessageType.EVENTS,
                first_seq + at // EVENT_BYTES,
                events[at : at + part_bytes],
            )
        ]

    def _nak(self, session: Session, structs: bytes) -> list[Action]:
        actions: list[Action] = []
        room = NAK_EVENTS_MAX
        for wanted in session_layouts.decode_event_ranges(structs):
            last = min(wanted.last, self.next_event_seq - 1, wanted.first + room - 1)
            if wanted.first <= last:
                actions.append(SendEvents(session.session_id, wanted.first, last))
                room -= last - wanted.first + 1
        return actions

    # ---- leading and following ---------------------------------------------------------------

    def follow(self, leader: NotLeader) -> None:
        """Let another engine lead: whoever says HELLO or sends commands is told which."""
        self._leader = leader
        self._epoch = max(self._epoch, leader.leader_epoch)

    def lead(self, epoch: int) -> None:
        """Lead from now on, in an epoch of one's own."""
        assert epoch >= self._epoch
        self._leader = None
        self._epoch = epoch

    # ---- liveness and credits ----------------------------------------------------------------

    def set_credits(self, credits_datagrams: int, now_ns: int) -> None:
        """Change what all clients together may send; 0 closes the door until it is raised."""
        self._credits_datagrams = credits_datagrams
        self._grant(now_ns)

    def _grant(self, now_ns: int) -> None:
        self._window_told = max(self._window_told, self._window)
        self._talking = sum(1 for session in self._table.sessions() if session.talks(now_ns))
        share = self._credits_datagrams // max(1, self._talking)
        self._window = max(self._window_least, min(WINDOW_DATAGRAMS_MAX, share))

    @property
    def _window_least(self) -> int:
        # A tiny buffer still lets everyone speak: what it drops, they send again.
        return 1 if self._credits_datagrams else 0

    def _window_left(self) -> int:
        # The others go on with what they were told until the next heartbeat tells them less.
        others = max(0, self._talking - 1) * max(self._window, self._window_told)
        return max(self._window_least, min(self._window, self._credits_datagrams - others))

    def heartbeat(self, now_ns: int) -> list[Send]:
        """Return a HEARTBEAT for every client heard lately; it carries the next event's number, so
        that the loss of the last events shows.
        """
        self._table.follow_keys()
        self._grant(now_ns)
        self._window_told = self._window
        return self._to_everyone(MessageType.HEARTBEAT, self.next_event_seq, now_ns)

    def farewell(self, now_ns: int) -> list[Send]:
        """Return a BYE for every client heard lately: the engine stops."""
        return self._to_everyone(MessageType.BYE, 0, now_ns)

    def _to_everyone(self, type_: MessageType, seq: int, now_ns: int) -> list[Send]:
        return [
            send
            for session in self._table.talking(now_ns)
            for send in self._sealed(session, type_, seq, b"")
        ]

    # ---- datagrams out -----------------------------------------------------------------------

    def _open_session(self, session_id: int) -> Session:
        session = self._table.get(session_id)
        assert session is not None, "a session with work in the pipeline is never evicted"
        return session

    def _sealed(self, session: Session, type_: MessageType, seq: int, structs: bytes) -> list[Send]:
        if session.address is None:  # restored from the journal and not heard since
            return []
        header = self._header(session, type_, seq)
        return [Send(framing.seal(header, structs, session.keys.to_client), session.address)]

    def _header(self, session: Session, type_: MessageType, seq: int) -> Header:
        return Header(
            type_,
            session.session_id,
            seq,
            session.released_seq,
            self._window,
            self._epoch,
            self._shard,
            key_id=session.key_id,
        )

    def _refuse(self, asked: Header, hello: Hello, reject: SessionReject, address: Address) -> Send:
        self.counters.refused_hellos += 1
        self.refused = RefusedHello(reject.code, hello, address)
        keys = self._table.hello_keys(asked.session_id, asked.key_id)
        assert keys is not None, "the HELLO was sealed under it"
        return self._rejected(asked, reject, keys.to_client, address)

    def _conflict_reject(self, session: Session) -> Send:
        assert session.address is not None, "it was just heard"
        reject = SessionReject(SessionRejectCode.SESSION_CONFLICT, session.conflict_seq)
        header = self._header(session, MessageType.REJECT, 0)
        return self._rejected(header, reject, session.keys.to_client, session.address)

    def _rejected(self, asked: Header, reject: SessionReject, key: bytes, address: Address) -> Send:
        structs = session_layouts.encode_session_reject(reject)
        return self._outside_session(MessageType.REJECT, asked, structs, key, address)

    def _not_leader(self, leader: NotLeader, asked: Header, address: Address) -> list[Send]:
        # Sealed as HELLO's answer whatever was asked: the client tries both.
        keys = self._table.hello_keys(asked.session_id, asked.key_id)
        if keys is None:  # its master key was retired just now
            return []
        structs = session_layouts.encode_not_leader(leader)
        key = keys.to_client
        return [self._outside_session(MessageType.NOT_LEADER, asked, structs, key, address)]

    def _outside_session(
        self, type_: MessageType, asked: Header, structs: bytes, key: bytes, address: Address
    ) -> Send:
        header = Header(
            type_, asked.session_id, epoch=self._epoch, shard=self._shard, key_id=asked.key_id
        )
        return Send(framing.seal(header, structs, key), address)


def _saved(session: Session) -> SavedSession:
    first_seq, last_seq = session.oldest_retained, session.released_seq
    assert session.accepted_seq == last_seq, "a session with commands in the pipeline"
    retained = session.retained
    return SavedSession(
        session_id=session.session_id,
        nonce=session.nonce,
        last_seq=last_seq,
        commands=retained.commands(first_seq, last_seq) if last_seq else b"",
        outcomes=retained.outcomes(first_seq, last_seq) if last_seq else b"",
    )


def load_server_sessions(pure_python: bool) -> type[ServerSessions]:
    """Return the twin that decides; ``pure_python`` asks for the reference.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        return ServerSessions
    try:
        from transport._server_session import ServerSessions as CompiledServerSessions
    except ImportError as error:
        raise ImportError(
            "transport._server_session is not built: run `python setup.py build_ext --inplace`, or "
            f"ask for the slow reference with OPENBELL_PURE_PYTHON=1 ({error})"
        ) from error
    return CompiledServerSessions
