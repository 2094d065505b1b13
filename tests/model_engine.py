"""An engine in a few lines: sessions, a journal in memory, one outcome and one event a command.

It stands in for the real one where only the transport is on trial.
"""

from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from schemas.codec import encode_outcome
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES
from schemas.session_layouts import VERSIONS
from transport.keys import MasterKey
from transport.server_session import (
    Action,
    Address,
    Execute,
    OpenSession,
    Send,
    SendEvents,
    ServerSessions,
)

MASTER_KEY = bytes(range(32))
CREDITS_DATAGRAMS = 1_024


def event_for(command: bytes) -> bytes:
    """Return the event that shows that ``command`` was executed."""
    return command.ljust(EVENT_BYTES, b"\xee")


class ModelEngine:
    """Every command is DONE; its ``order_id`` is its place in the order of all commands."""

    def __init__(
        self,
        credits_datagrams: int = CREDITS_DATAGRAMS,
        *,
        master_key: MasterKey = MASTER_KEY,
        versions: tuple[int, int] = VERSIONS,
    ) -> None:
        self.credits_datagrams = credits_datagrams
        self.master_key = master_key
        self.versions = versions
        self.executed: list[bytes] = []
        self.journal: list[tuple[OpenSession | Execute, bytes]] = []
        self._nonces = 0
        self.sessions = self._new_sessions()

    def _new_sessions(self) -> ServerSessions:
        return ServerSessions(
            master_key=self.master_key,
            versions=self.versions,
            make_nonce=self._nonce,
            credits_datagrams=self.credits_datagrams,
            next_event_seq=len(self.executed) + 1,
        )

    def _nonce(self) -> int:
        self._nonces += 1
        return self._nonces

    def restart(self, now_ns: int) -> None:
        """Die and recover: nothing survives but the journal."""
        self.sessions = self._new_sessions()
        for entry, outcomes in self.journal:
            if isinstance(entry, OpenSession):
                self.sessions.restore_session(entry, now_ns)
            else:
                self.sessions.restore_executed(
                    entry.session_id, entry.first_seq, entry.commands, outcomes
                )

    def receive(self, data: bytes, address: Address, now_ns: int) -> list[Send]:
        """Take a datagram through to its answers."""
        return [
            send
            for action in self.sessions.receive(data, address, now_ns)
            for send in self._obey(action, now_ns)
        ]

    def _obey(self, action: Action, now_ns: int) -> list[Send]:
        if isinstance(action, Send):
            return [action]
        if isinstance(action, SendEvents):
            events = self.events(action.first_seq, action.last_seq)
            return self.sessions.resend(action.session_id, action.first_seq, events)
        if isinstance(action, OpenSession):
            self.journal.append((action, b""))
            return self.sessions.welcome(action)
        outcomes, events = self.execute(action.commands)
        self.journal.append((action, outcomes))
        first_event_seq = len(self.executed) - len(events) // EVENT_BYTES + 1
        return [
            *self.sessions.acknowledge(action.session_id, action.first_seq, outcomes),
            *self.sessions.publish(first_event_seq, events, now_ns),
        ]

    def execute(self, commands: bytes) -> tuple[bytes, bytes]:
        """Return the outcomes and the events of new commands."""
        outcomes, events = [], []
        for at in range(0, len(commands), COMMAND_BYTES):
            command = commands[at : at + COMMAND_BYTES]
            self.executed.append(command)
            outcomes.append(encode_outcome(outcome_of(len(self.executed))))
            events.append(event_for(command))
        return b"".join(outcomes), b"".join(events)

    def events(self, first_seq: int, last_seq: int) -> bytes:
        """Return the events of the commands executed, both ends included."""
        return b"".join(map(event_for, self.executed[first_seq - 1 : last_seq]))


def outcome_of(place: int) -> Outcome:
    """Return the outcome of the command executed as number ``place``."""
    return Outcome(
        result=OutcomeResult.DONE,
        reason=RejectReason.NONE,
        order_id=place,
        last_event_seq=place,
        event_count=1,
    )
