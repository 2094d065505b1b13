"""A client's side of one engine: opening a session, numbering commands, learning their outcomes.

Pure: no socket, no clock, no randomness. ``now_ns`` is monotonic and always an argument; what is to
be done comes back as actions. When the engine ends a session, everything unanswered in it has an
unknown fate and the next session opens by itself, under a new id and counting from 1 again.
"""

import heapq
from collections.abc import Callable
from typing import Final, NamedTuple

from schemas import framing, session_layouts
from schemas.errors import NotAuthentic, WireError
from schemas.framing import Header, MessageType
from schemas.layouts import COMMAND_BYTES
from schemas.session_layouts import VERSION, EventRange, Hello, SessionRejectCode
from transport.errors import NotSent
from transport.in_flight import InFlight, reduces_exposure
from transport.keys import SessionKeys, derive_keys

HELLO_START_NS: Final = 50_000_000
HELLO_MAX_NS: Final = 1_000_000_000
"""How often HELLO is sent while nobody answers: first, and at the longest."""
HEARTBEAT_NS: Final = 250_000_000
"""How often the client says that it lives and which event it wants next."""
ENGINE_SILENCE_NS: Final = 1_000_000_000
"""An engine not heard for ten of its heartbeats is asked for a WELCOME again."""

MET_DEADLINES_MAX: Final = 1_024
"""Deadlines of answered commands kept below later ones before they are swept out."""


class Transmit(NamedTuple):
    """A datagram to send to the engine."""

    datagram: bytes


class Opened(NamedTuple):
    """The session can be used; ``next_event_seq`` is the first event not yet released."""

    next_event_seq: int


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
    """

    code: SessionRejectCode | None
    first_unsent_seq: int


class Events(NamedTuple):
    """Events as they came (n x 128 bytes): perhaps early, perhaps late, perhaps again."""

    first_seq: int
    events: bytes


class Released(NamedTuple):
    """The engine says that ``next_event_seq`` is the first event it has not released yet."""

    next_event_seq: int


Action = Transmit | Opened | Resolved | Expired | Ended | Events | Released


class ClientSession:
    """``make_session_id`` returns 64 random bits. ``next_event_seq`` (0: none) is the event wanted
    next; its owner moves it on as events are applied.
    """

    def __init__(
        self,
        *,
        master_key: bytes,
        client_id: int,
        make_session_id: Callable[[], int],
        next_event_seq: int = 0,
    ) -> None:
        self.next_event_seq = next_event_seq
        self.ended_by: SessionRejectCode | None = None
        """Why the engine refused the latest session, if it did."""
        self._master_key = master_key
        self._client_id = client_id
        self._make_session_id = make_session_id
        self._epoch = 0
        self._heard_ns = 0
        self._forget_session()

    def _forget_session(self) -> None:
        self._session_id = self._make_session_id() or 1
        self._hello_keys = derive_keys(self._master_key, self._session_id, 0)
        self._keys: SessionKeys | None = None
        self._nonce = 0
        self._in_flight = InFlight()
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
        return self._in_flight.send(self._sealed_commands, now_ns)

    def _sealed_commands(self, first_seq: int, commands: bytes) -> bytes:
        return self._sealed(MessageType.COMMANDS, first_seq, commands)

    def nak(self, ranges: list[EventRange]) -> bytes | None:
        """Return the datagram that asks for missing events; None without a session."""
        if not self._keys:
            return None
        structs = b"".join(session_layouts.encode_event_range(wanted) for wanted in ranges)
        return self._sealed(MessageType.NAK, 0, structs)

    def bye(self) -> bytes | None:
        """Return the datagram that ends the session; None if there is none."""
        return self._sealed(MessageType.BYE, 0, b"") if self._keys else None

    def _sealed(self, type_: MessageType, seq: int, structs: bytes) -> bytes:
        assert self._keys is not None
        applied = max(0, self.next_event_seq - 1)
        header = Header(type_, self._session_id, seq, applied, epoch=self._epoch)
        return framing.seal(header, structs, self._keys.to_engine)

    # ---- time --------------------------------------------------------------------------------

    @property
    def due_ns(self) -> int:
        """When to call ``tick`` at the latest."""
        due = [self._hello_due_ns if self._greeting else self._heard_ns + ENGINE_SILENCE_NS]
        if self._keys:
            due.append(self._heartbeat_due_ns)
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
            actions.append(Expired(seq))
        self._drop_met_deadlines()
        if not self._greeting and now_ns - self._heard_ns >= ENGINE_SILENCE_NS:
            self._greet(now_ns)
        if self._greeting and now_ns >= self._hello_due_ns:
            actions.append(Transmit(self._hello(now_ns)))
        if self._keys and now_ns >= self._heartbeat_due_ns:
            self._heartbeat_due_ns = now_ns + HEARTBEAT_NS
            heartbeat = self._sealed(MessageType.HEARTBEAT, self.next_event_seq, b"")
            actions.append(Transmit(heartbeat))
        actions += map(Transmit, self._in_flight.resend_due(now_ns))
        return actions

    def _drop_met_deadlines(self) -> None:
        while self._deadlines and self._deadlines[0][1] not in self._awaited:
            heapq.heappop(self._deadlines)
        if len(self._deadlines) > 2 * len(self._awaited) + MET_DEADLINES_MAX:
            self._deadlines = [due for due in self._deadlines if due[1] in self._awaited]
            heapq.heapify(self._deadlines)

    def _greet(self, now_ns: int) -> None:
        self._greeting = True
        self._hello_wait_ns = HELLO_START_NS
        self._hello_due_ns = now_ns

    def _hello(self, now_ns: int) -> bytes:
        self._hello_due_ns = now_ns + self._hello_wait_ns
        self._hello_wait_ns = min(self._hello_wait_ns * 2, HELLO_MAX_NS)
        hello = Hello(VERSION, VERSION, self._client_id, self.next_event_seq)
        header = Header(MessageType.HELLO, self._session_id, epoch=self._epoch)
        structs = session_layouts.encode_hello(hello)
        return framing.seal(header, structs, self._hello_keys.to_engine)

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
        self._epoch = header.epoch
        return actions

    def _open(self, data: bytes) -> tuple[Header, bytes]:
        try:
            return framing.open_datagram(data, self._key_of)
        except NotAuthentic:
            # A REJECT that answers HELLO is sealed before a nonce is agreed, a later one after.
            return framing.open_datagram(data, self._reject_key_of)

    def _key_of(self, type_: MessageType, session_id: int) -> bytes | None:
        if session_id != self._session_id:
            return None
        if type_ is MessageType.WELCOME:
            return self._hello_keys.to_client
        return self._keys.to_client if self._keys else None

    def _reject_key_of(self, type_: MessageType, session_id: int) -> bytes | None:
        mine = session_id == self._session_id and type_ is MessageType.REJECT
        return self._hello_keys.to_client if mine else None

    def _dispatch(self, header: Header, structs: bytes, now_ns: int) -> list[Action]:
        if header.type is MessageType.REJECT:
            code = session_layouts.decode_session_reject(structs).code
            return self._end(code, now_ns)
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
        if self._keys and welcome.nonce != self._nonce:
            return self._end(None, now_ns)
        self._greeting = False
        self._heard_ns = now_ns
        self._nonce = welcome.nonce
        self._keys = derive_keys(self._master_key, self._session_id, welcome.nonce)
        self._in_flight.window_datagrams = header.window
        self.ended_by = None
        return [Opened(welcome.next_event_seq)]

    def _acked(self, header: Header, outcomes: bytes, now_ns: int) -> list[Action]:
        if outcomes:
            news = self._in_flight.take_outcomes(header.seq, outcomes, now_ns)
            self._awaited.difference_update(seq for seq, _ in news)
            self._drop_met_deadlines()
            return [Resolved(seq, outcome) for seq, outcome in news]
        return list(map(Transmit, self._in_flight.resend_from(header.ack + 1, now_ns)))

    def _end(self, code: SessionRejectCode | None, now_ns: int) -> list[Action]:
        first_unsent_seq = self._in_flight.next_seq - self._in_flight.unsent
        refused_at_the_door = self._keys is None
        wait_ns = self._hello_wait_ns
        self._forget_session()
        self.ended_by = code
        if refused_at_the_door:  # it will say the same again: do not hammer
            self._hello_wait_ns = wait_ns
            self._hello_due_ns = now_ns + wait_ns
        return [Ended(code, first_unsent_seq)]
