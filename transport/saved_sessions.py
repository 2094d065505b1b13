"""The sessions of an engine, all that its journal says of them: what a later one goes on from."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SavedSession:
    """An open session. ``commands`` (n x 96 bytes) and ``outcomes`` (n x 24) are its last ones, up
    to ``last_seq``: they answer what is asked again.
    """

    session_id: int
    nonce: int
    last_seq: int
    commands: bytes
    outcomes: bytes


@dataclass(frozen=True, slots=True)
class SavedSessions:
    """Open ones in the order in which they opened; id and nonce of evicted ones, first to last."""

    sessions: list[SavedSession] = field(default_factory=list)
    evicted: list[tuple[int, int]] = field(default_factory=list)
