"""Which sessions an engine has, which keys they speak under and where each one lives. Pure."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.framing import COMMANDS_MAX, MessageType
from schemas.layouts import COMMAND_BYTES, OUTCOME_BYTES
from schemas.session_layouts import VERSION
from transport.keys import KeyRing, MasterKey, SessionKeys, as_key_ring
from transport.retained_commands import RetainedCommands

SESSIONS_MAX: Final = 64
WINDOW_DATAGRAMS_MAX: Final = 256
"""Most credits of one session: COMMANDS datagrams that may be on their way unanswered."""
RETAINED_COMMANDS: Final = WINDOW_DATAGRAMS_MAX * COMMANDS_MAX
"""A client never asks about older ones: its credits count from the oldest unanswered command."""
EVICTED_MAX: Final = 1_024
"""Evicted session ids remembered, so that they hear why they are not answered."""
SILENCE_NS: Final = 15_000_000_000
"""A client not heard for so long gets no events, may be evicted and may change its address."""

Address = tuple[str, int]


@dataclass(slots=True)
class Session:
    """One client's session. ``accepted_seq``: last command taken in; ``released_seq``: last one
    durable, applied and answered; ``conflict_seq`` > 0: ended by two commands under that number.
    ``key_id``: the master key that the client spoke under last, and is answered under.
    """

    session_id: int
    nonce: int
    keys_by_id: dict[int, SessionKeys]
    key_id: int
    heard_ns: int
    retained: RetainedCommands
    address: Address | None = None
    accepted_seq: int = 0
    released_seq: int = 0
    wants_events: bool = False
    durable: bool = False
    conflict_seq: int = 0
    version: int = VERSION

    @property
    def keys(self) -> SessionKeys:
        """The keys in use."""
        return self.keys_by_id[self.key_id]

    def keys_of(self, key_id: int) -> SessionKeys | None:
        """Return the session's keys under a master key, if that is alive."""
        return self.keys_by_id.get(key_id)

    def use_key(self, key_id: int) -> None:
        """Answer under another master key from now on; it is alive."""
        self.key_id = key_id

    def replace_keys(self, keys_by_id: dict[int, SessionKeys]) -> None:
        """Take other master keys, the one to seal with first; the one in use stays in use if it is
        still among them.
        """
        self.keys_by_id = keys_by_id
        if self.key_id not in keys_by_id:
            self.key_id = next(iter(keys_by_id))

    def talks(self, now_ns: int) -> bool:
        """Return whether the client was heard lately."""
        return now_ns - self.heard_ns < SILENCE_NS

    def accept(self, first_seq: int, commands: bytes) -> None:
        """Take in the next commands."""
        self.retained.keep_commands(first_seq, commands)
        self.accepted_seq = first_seq + len(commands) // COMMAND_BYTES - 1

    def resume(self, next_seq: int) -> None:
        """Go on with command ``next_seq``: all before it were taken in and answered elsewhere."""
        self.accepted_seq = self.released_seq = next_seq - 1

    def release(self, first_seq: int, outcomes: bytes) -> None:
        """Take the outcomes of the next commands.

        Raises:
            ValueError: they do not continue the outcomes before, or nobody asked for them.
        """
        last_seq = first_seq + len(outcomes) // OUTCOME_BYTES - 1
        if first_seq != self.released_seq + 1 or last_seq > self.accepted_seq:
            raise ValueError(f"outcomes {first_seq} to {last_seq} are not the next")
        self.retained.keep_outcomes(first_seq, outcomes)
        self.released_seq = last_seq

    @property
    def oldest_retained(self) -> int:
        """The oldest command still comparable and answerable."""
        return max(1, self.accepted_seq - RETAINED_COMMANDS + 1)


class SessionTable:
    """At most ``SESSIONS_MAX`` sessions; a newer one takes the place of the longest silent."""

    def __init__(self, master_key: MasterKey) -> None:
        self._ring: KeyRing = as_key_ring(master_key)
        self._ring_version = self._ring.version
        self._sessions: dict[int, Session] = {}
        self._evicted: OrderedDict[int, int] = OrderedDict()
        """Session ids that others took the place of, with their nonces."""

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: int) -> Session | None:
        """Return the open session of that id."""
        return self._sessions.get(session_id)

    def was_evicted(self, session_id: int) -> bool:
        """Return whether a session was evicted and is still remembered."""
        return session_id in self._evicted

    def evicted_keys(self, session_id: int, key_id: int) -> SessionKeys | None:
        """Return the keys of a session that was evicted and is still remembered."""
        nonce = self._evicted.get(session_id)
        return self._ring.session_keys(key_id, session_id, nonce) if nonce else None

    def sessions(self) -> list[Session]:
        """Return the open sessions in the order in which they opened."""
        return list(self._sessions.values())

    def evicted(self) -> list[tuple[int, int]]:
        """Return id and nonce of every session evicted and remembered, the first evicted first."""
        return list(self._evicted.items())

    def remember_evicted(self, session_id: int, nonce: int) -> None:
        """Take a session as evicted."""
        self._evicted[session_id] = nonce

    def hello_keys(self, session_id: int, key_id: int) -> SessionKeys | None:
        """Return the keys of HELLO and its answer: no nonce is agreed yet."""
        return self._ring.session_keys(key_id, session_id, 0)

    def key_of(self, type_: MessageType, session_id: int, key_id: int) -> bytes | None:
        """Return the key a client's datagram must be sealed with."""
        session = self._sessions.get(session_id)
        if type_ is MessageType.HELLO:
            keys = self.hello_keys(session_id, key_id)
        elif session:
            keys = session.keys_of(key_id)
        else:
            keys = self.evicted_keys(session_id, key_id)
        return keys.to_engine if keys else None

    def follow_keys(self) -> None:
        """Have every session follow the master keys, if they were replaced."""
        if self._ring_version == self._ring.version:
            return
        self._ring_version = self._ring.version
        for session in self._sessions.values():
            keys_by_id = self._ring.all_session_keys(session.session_id, session.nonce)
            session.replace_keys(keys_by_id)

    def add(self, session_id: int, nonce: int, now_ns: int) -> Session:
        """Open a session; there must be room."""
        assert len(self._sessions) < SESSIONS_MAX and session_id not in self._sessions
        keys_by_id = self._ring.all_session_keys(session_id, nonce)
        session = self._new_session(session_id, nonce, keys_by_id, now_ns)
        self._sessions[session_id] = session
        return session

    def _new_session(
        self, session_id: int, nonce: int, keys_by_id: dict[int, SessionKeys], now_ns: int
    ) -> Session:
        return Session(
            session_id=session_id,
            nonce=nonce,
            keys_by_id=keys_by_id,
            key_id=next(iter(keys_by_id)),
            heard_ns=now_ns,
            retained=RetainedCommands(RETAINED_COMMANDS),
        )

    def evict(self, session_id: int) -> None:
        """Close a session, remembering its keys for a while."""
        session = self._sessions.pop(session_id)
        self._evicted[session_id] = session.nonce
        while len(self._evicted) > EVICTED_MAX:
            self._evicted.popitem(last=False)

    def longest_silent(self, now_ns: int) -> Session | None:
        """Return the session that may be evicted first: silent, and nothing of it in the pipeline.

        A client that talks is never pushed out by newcomers.
        """
        silent = (
            session
            for session in self._sessions.values()
            if not session.talks(now_ns)
            and session.durable
            and session.accepted_seq == session.released_seq
        )
        return min(silent, key=lambda session: session.heard_ns, default=None)

    def talking(self, now_ns: int) -> Iterator[Session]:
        """Yield the welcomed sessions heard lately."""
        return (
            session
            for session in self._sessions.values()
            if session.durable and session.talks(now_ns)
        )
