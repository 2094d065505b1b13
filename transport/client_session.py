"""A client's side of one engine: opening a session, numbering commands, learning their outcomes.

Pure: no socket, no clock, no randomness. ``now_ns`` is monotonic and always an argument; what is to
be done comes back as actions. When the engine ends a session, everything unanswered in it has an
unknown fate and the next session opens by itself, under a new id and counting from 1 again.
"""

import heapq
from collections.abc import Callable
from typing import Final, NamedTuple

from schemas import framing, session_layouts
from schemas.errors import Malformed, NotAuthentic, WireError
from schemas.framing import Header, MessageType
from schemas.layouts import COMMAND_BYTES
from schemas.session_layouts import (
    MINOR,
    VERSIONS,
    EventRange,
    Hello,
    NotLeader,
    SessionReject,
    SessionRejectCode,
)
from transport.engine_address import EngineAddress, leader_address
from transport.errors import NotSent
from transport.in_flight import InFlight, reduces_exposure
from transport.keys import MasterKey, SessionKeys, as_key_ring
from transport.session_counters import SessionCounters

HELLO_START_NS: Final = 50_000_000
HELLO_MAX_NS: Final = 1_000_000_000
"""How often HELLO is sent while nobody answers: first, and at the longest."""
HEARTBEAT_NS: Final = 250_000_000
"""How often the client says that it lives and which event it wants next."""
ENGINE_SILENCE_NS: Final = 1_000_000_000
"""An engine not heard for ten of its heartbeats is asked for a WELCOME again."""

EPOCH_MAX: Final = 0xFFFF_FFFF
LEADER_SILENCE_NS: Final = 3_000_000_000
"""A leader that others named and that does not answer for so long is not looked for there any
more.
"""

SEVERAL_SILENCE_NS: Final = 400_000_000
"""One of several engines that is not heard for four of its heartbeats may lead no more."""
NEXT_ENGINE_NS: Final = 150_000_000
"""One of several engines is waited for so long before the next one is asked."""

MET_DEADLINES_MAX: Final = 1_024
"""Deadlines of answered commands kept below later ones before they are swept out."""


_EARLY: Final = (MessageType.WELCOME, MessageType.NOT_LEADER)
"""Sealed before a nonce is agreed, always."""


class Transmit(NamedTuple):
    """A datagram to send to the engine."""

    datagram: bytes


class Opened(NamedTuple):
    """The session can be used; ``next_event_seq`` is the first event not yet released, ``minor``
    the engine's minor version.
    """

    next_event_seq: int
    minor: int


class Resolved(NamedTuple):
    """The outcome (24 bytes) of the command numbered ``seq``."""

    seq: int
    outcome: bytes


class Expired(NamedTuple):
    """The deadline of command ``seq`` passed without an outcome: its fate is unknown."""

    seq: int


class Ended(NamedTuple):
    """The session is over (``code`` None: the engine forgot it); numbers start again at 1.

    Commands from ``first_unsent_seq`` on were never sent; the fate of all others is unknown.
    ``detail`` is that of the engine's REJECT.
    """

    code: SessionRejectCode | None
    first_unsent_seq: int
    detail: int = 0


class Events(NamedTuple):
    """Events as they came (n x 128 bytes): perhaps early, perhaps late, perhaps again."""

    first_seq: int
    events: bytes


class Released(NamedTuple):
    """The engine says that ``next_event_seq`` is the first event it has not released yet."""

    next_event_seq: int


class Follow(NamedTuple):
    """Speak to the engine at ``address`` from now on; None: to the next one that its owner knows,
    the first again after the last.
    """

    address: EngineAddress | None


Action = Transmit | Opened | Resolved | Expired | Ended | Events | Released | Follow


class ClientSession:
    """``make_session_id`` returns 64 random bits. ``next_event_seq`` (0: none) is the event wanted
    next; its owner moves it on as events are applied. ``versions``: the lowest and the highest
    major version spoken. ``several``: its owner knows more engines than one.
    """

    def __init__(
        self,
        *,
        master_key: MasterKey,
        client_id: int,
        make_session_id: Callable[[], int],
        next_event_seq: int = 0,
        versions: tuple[int, int] = VERSIONS,
        several: bool = False,
    ) -> None:
        self.next_event_seq = next_event_seq
        self.ended_by: SessionRejectCode | None = None
        """Why the engine refused the latest session, if it did."""
        self._ring = as_key_ring(master_key)
        self._client_id = client_id
        self._make_session_id = make_session_id
        self._versions = versions
        self._epoch = 0
        """The highest heard of; an engine of a lower one does not lead any more."""
        self._heard_ns = 0
        self.counters = SessionCounters()
        self._several = several
        self._silence_ns = SEVERAL_SILENCE_NS if several else ENGINE_SILENCE_NS
        self._leader_silence_ns = NEXT_ENGINE_NS if several else LEADER_SILENCE_NS
        self._told_ns = -NEXT_ENGINE_NS
        """When one of several engines last named another."""
        self._following = False
        """Whether the engine is one that another named as its leader."""
        self._leader_until_ns: int | None = None
        """How long that one is waited for; None: it answers."""
        self._forget_session()

    def _forget_session(self) -> None:
        self._session_id = self._make_session_id() or 1
        self._nonce = 0
        """0: not welcomed yet."""
        self._cached_keys: dict[tuple[int, int], SessionKeys] = {}
        self._keys_version = self._ring.version
        self._in_flight = InFlight(self._sealed_commands)
        self._deadlines: list[tuple[int, int]] = []
        self._awaited: set[int] = set()
        self._greeting = True
        self._hello_wait_ns = HELLO_START_NS
        self._hello_due_ns = 0
        self._heartbeat_due_ns = 0

    @property
    def ready(self) -> bool:
        """Whether the engine has welcomed this session and was heard lately."""
        return not self._greeting

    def room(self, *, cancel: bool = False) -> int:
        """Return how many more commands can be submitted now."""
        return self._in_flight.room(cancel=cancel) if self.ready else 0

    # ---- commands ----------------------------------------------------------------------------

    def submit(self, command: bytes, deadline_ns: int) -> int:
        """Take a command (96 bytes) for the next ``flush``; return its sequence number.

        Raises:
            NotSent: no session or no credit.
            ValueError: not the length of a command.
        """
        if len(command) != COMMAND_BYTES:
            raise ValueError("not a command")
        if self._greeting:
            raise NotSent("no session with the engine")
        if not self._in_flight.room(cancel=reduces_exposure(command)):
            raise NotSent("no credit: the engine has enough to do")
        seq = self._in_flight.number(command)
        heapq.heappush(self._deadlines, (deadline_ns, seq))
        self._awaited.add(seq)
        return seq

    def flush(self, now_ns: int) -> list[bytes]:
        """Return the datagrams with everything submitted since the last time."""
        return self._in_flight.send(now_ns)

    def _sealed_commands(self, first_seq: int, commands: bytes) -> bytes:
        return self._sealed(MessageType.COMMANDS, first_seq, commands)

    def nak(self, ranges: list[EventRange]) -> bytes | None:
        """Return the datagram that asks for missing events; None without a session."""
        if not self._nonce:
            return None
        structs = b"".join(session_layouts.encode_event_range(wanted) for wanted in ranges)
        return self._sealed(MessageType.NAK, 0, structs)

    def bye(self) -> bytes | None:
        """Return the datagram that ends the session; None if there is none."""
        return self._sealed(MessageType.BYE, 0, b"") if self._nonce else None

    def _sealed(self, type_: MessageType, seq: int, structs: bytes) -> bytes:
        applied = max(0, self.next_event_seq - 1)
        key_id = self._ring.sealing_key[0]
        header = Header(type_, self._session_id, seq, applied, epoch=self._epoch, key_id=key_id)
        keys = self._keys(key_id, 0 if type_ is MessageType.HELLO else self._nonce)
        assert keys is not None, "it is the ring's own"
        return framing.seal(header, structs, keys.to_engine)

    def _keys(self, key_id: int, nonce: int) -> SessionKeys | None:
        if self._keys_version != self._ring.version:
            self._keys_version = self._ring.version
            self._cached_keys.clear()
        cached = self._cached_keys.get((key_id, nonce))
        if cached is None:
            cached = self._ring.session_keys(key_id, self._session_id, nonce)
            if cached is not None:
                self._cached_keys[key_id, nonce] = cached
        return cached

    # ---- time --------------------------------------------------------------------------------

    @property
    def due_ns(self) -> int:
        """When to call ``tick`` at the latest."""
        due = [self._hello_due_ns if self._greeting else self._heard_ns + self._silence_ns]
        if self._nonce:
            due.append(self._heartbeat_due_ns)
        if self._leader_until_ns is not None:
            due.append(self._leader_until_ns)
        if self._deadlines:
            due.append(self._deadlines[0][0])
        resend_ns = self._in_flight.due_ns
        if resend_ns is not None:
            due.append(resend_ns)
        return min(due)

    def tick(self, now_ns: int) -> list[Action]:
        """Return what time asks for: HELLO, heartbeats, retransmissions, deadlines passed."""
        actions: list[Action] = []
        while self._deadlines and self._deadlines[0][0] <= now_ns:
            seq = heapq.heappop(self._deadlines)[1]
            self._awaited.discard(seq)
            self.counters.expired += 1
            actions.append(Expired(seq))
        self._drop_met_deadlines()
        if not self._greeting and now_ns - self._heard_ns >= self._silence_ns:
            self._greet(now_ns)
        if self._leader_until_ns is not None and now_ns >= self._leader_until_ns:
            self._following, self._leader_until_ns = False, None
            actions.append(Follow(None))
        if self._several and self._greeting and self._leader_until_ns is None:
            self._leader_until_ns = now_ns + NEXT_ENGINE_NS
        if self._greeting and now_ns >= self._hello_due_ns:
            actions.append(Transmit(self._hello(now_ns)))
        if self._nonce and now_ns >= self._heartbeat_due_ns:
            self._heartbeat_due_ns = now_ns + HEARTBEAT_NS
            heartbeat = self._sealed(MessageType.HEARTBEAT, self.next_event_seq, b"")
            actions.append(Transmit(heartbeat))
        actions += self._sent_again(self._in_flight.resend_due(now_ns))
        return actions

    def _drop_met_deadlines(self) -> None:
        while self._deadlines and self._deadlines[0][1] not in self._awaited:
            heapq.heappop(self._deadlines)
        if len(self._deadlines) > 2 * len(self._awaited) + MET_DEADLINES_MAX:
            self._deadlines = [due for due in self._deadlines if due[1] in self._awaited]
            heapq.heapify(self._deadlines)

    def _greet(self, now_ns: int) -> None:
        self._greeting = True
        if self._following or self._several:
            self._leader_until_ns = now_ns + self._leader_silence_ns
        self._hello_wait_ns = HELLO_START_NS
        self._hello_due_ns = now_ns

    def _hello(self, now_ns: int) -> bytes:
        self._hello_due_ns = now_ns + self._hello_wait_ns
        self._hello_wait_ns = min(self._hello_wait_ns * 2, HELLO_MAX_NS)
        hello = Hello(*self._versions, MINOR, self._client_id, self.next_event_seq)
        return self._sealed(MessageType.HELLO, 0, session_layouts.encode_hello(hello))

    # ---- datagrams in ------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> list[Action]:
        """Return what a datagram brings; nothing if it is forged, foreign or of an older epoch."""
        try:
            header, structs = self._open(data)
            if header.epoch < self._epoch:
                return []
            actions = self._dispatch(header, structs, now_ns)
        except WireError:
            return []
        self._epoch = max(self._epoch, header.epoch)
        return actions

    def _open(self, data: bytes) -> tuple[Header, bytes]:
        try:
            return framing.open_datagram(data, self._key_of)
        except NotAuthentic:
            # A REJECT that answers HELLO is sealed before a nonce is agreed, a later one after.
            return framing.open_datagram(data, self._early_key_of)

    def _key_of(self, type_: MessageType, session_id: int, key_id: int) -> bytes | None:
        if session_id != self._session_id or type_ in _EARLY or not self._nonce:
            return None
        keys = self._keys(key_id, self._nonce)
        return keys.to_client if keys else None

    def _early_key_of(self, type_: MessageType, session_id: int, key_id: int) -> bytes | None:
        if session_id != self._session_id or type_ not in (*_EARLY, MessageType.REJECT):
            return None
        keys = self._keys(key_id, 0)
        return keys.to_client if keys else None

    def _dispatch(self, header: Header, structs: bytes, now_ns: int) -> list[Action]:
        if header.type is MessageType.REJECT:
            return self._end(session_layouts.decode_session_reject(structs), now_ns)
        if header.type is MessageType.NOT_LEADER:
            return self._not_leader(session_layouts.decode_not_leader(structs), now_ns)
        if header.type is MessageType.WELCOME:
            return self._welcomed(header, structs, now_ns)
        self._heard_ns = now_ns
        if header.type is MessageType.BYE:  # the engine stops: wait for the next one
            self._greet(now_ns)
            return []
        self._in_flight.window_datagrams = header.window
        if header.type is MessageType.ACK:
            return self._acked(header, structs, now_ns)
        if header.type is MessageType.EVENTS and header.count:
            return [Events(header.seq, structs)]
        if header.type is MessageType.HEARTBEAT:
            return [Released(header.seq)]
        return []

    def _welcomed(self, header: Header, structs: bytes, now_ns: int) -> list[Action]:
        welcome = session_layouts.decode_welcome(structs)
        if not self._greeting:  # an answer to a HELLO that was answered before
            return []
        if not self._versions[0] <= welcome.version <= self._versions[1]:
            raise Malformed("a version that was not offered")
        if self._nonce and welcome.nonce != self._nonce:
            return self._end(None, now_ns)
        self._greeting = False
        self._leader_until_ns = None
        self._heard_ns = now_ns
        self._nonce = welcome.nonce
        self._in_flight.window_datagrams = header.window
        self.ended_by = None
        self.counters.opened += 1
        return [Opened(welcome.next_event_seq, welcome.minor)]

    def _not_leader(self, told: NotLeader, now_ns: int) -> list[Action]:
        if not self._epoch <= told.leader_epoch <= EPOCH_MAX:
            return []
        address, is_news = leader_address(told), told.leader_epoch > self._epoch
        self._epoch = told.leader_epoch
        if not self._greeting:
            self._greet(now_ns)
        if address is None or not (is_news or self._may_be_sent_on(now_ns)):
            return []  # nobody knows, or another said so just now: HELLO goes on, ever more slowly
        self._told_ns = now_ns
        self._following, self._leader_until_ns = True, now_ns + self._leader_silence_ns
        self._hello_due_ns = now_ns
        return [Follow(address)]

    def _may_be_sent_on(self, now_ns: int) -> bool:
        # Two that take each other for the leader must not keep it running between them.
        if self._several:
            return now_ns - self._told_ns >= NEXT_ENGINE_NS
        return self._leader_until_ns is None

    def moved(self, now_ns: int) -> None:
        """Note that what is sent from now on goes where the last ``Follow`` said."""
        if self._greeting:
            self._hello_wait_ns = HELLO_START_NS
            self._hello_due_ns = now_ns

    def _acked(self, header: Header, outcomes: bytes, now_ns: int) -> list[Action]:
        if outcomes:
            news = self._in_flight.take_outcomes(header.seq, outcomes, now_ns)
            self._awaited.difference_update(seq for seq, _ in news)
            self._drop_met_deadlines()
            return [Resolved(seq, outcome) for seq, outcome in news]
        return self._sent_again(self._in_flight.resend_from(header.ack + 1, now_ns))

    def _sent_again(self, datagrams: list[bytes]) -> list[Action]:
        self.counters.retransmissions += len(datagrams)
        return list(map(Transmit, datagrams))

    def _end(self, reject: SessionReject | None, now_ns: int) -> list[Action]:
        self.counters.lost += 1
        code = reject.code if reject else None
        first_unsent_seq = self._in_flight.next_seq - self._in_flight.unsent
        refused_at_the_door = not self._nonce
        wait_ns = self._hello_wait_ns
        self._forget_session()
        self.ended_by = code
        if refused_at_the_door:  # it will say the same again: do not hammer
            self._hello_wait_ns = wait_ns
            self._hello_due_ns = now_ns + wait_ns
        return [Ended(code, first_unsent_seq, reject.detail if reject else 0)]
