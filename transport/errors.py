"""What a client of the engine can be told instead of an outcome."""

from collections.abc import Sequence

from domain.events import Outcome


class TransportError(Exception):
    """Root of everything that can go wrong between a client and the engine."""


class BadKeys(TransportError):
    """The master keys in the configuration cannot be used; the message says where and why."""


class EngineUnreachable(TransportError):
    """No engine answered."""


class NotSent(TransportError):
    """Nothing was sent (no session, no credit): safe to retry at once or to refuse upstream."""


class FateUnknown(TransportError):
    """It was sent and no answer came in time: it may have been executed, or still be. Ask by client
    order id.
    """

    def __init__(self, message: str, outcomes: Sequence[Outcome | None] = ()) -> None:
        super().__init__(message)
        self.outcomes = outcomes
        """Of several commands submitted at once: what is known, by position."""


class SessionLost(FateUnknown):
    """The engine ended the session: what was in flight may or may not have been executed."""


class LeaderChanged(TransportError, ConnectionError):
    """This engine does not lead any more: another does, which is asked instead."""


class StreamBroken(TransportError):
    """The event stream cannot go on without a gap."""


class ReaderAhead(StreamBroken):
    """The reader has seen events that the engine has not: its journal is another one, or an older
    copy. Asking again does not help, an operator must.
    """

    def __init__(self, wanted_seq: int, next_seq: int) -> None:
        super().__init__(
            f"event {wanted_seq} asked for, {next_seq} is the engine's next: its journal is not "
            "the one that this process's data was made of. Stop the exchange and restore the "
            "engine's data directory and the database from one backup"
        )
