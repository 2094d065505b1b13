"""The five calls of the log. It is the lock as well: who appends at the sequence it has applied,
and is told so, leads; nobody else does, whatever clocks and leases say.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

ENTRY_BYTES_MAX: Final = 1 << 20
"""One flush of the journal at most."""
READ_BYTES_MAX: Final = 4 << 20
"""What one ``read`` returns at most, but for a single entry, which it always returns whole."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """The ``seq``-th entry of a shard, from 1 on without a gap."""

    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """The entry is in the log as number ``seq``, on a quorum's disks, for ever."""

    seq: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The entry was not appended by this call: the log has ``head_seq`` entries, as far as who
    answered knows. It may be there from an earlier, ambiguous call with the same bytes.
    """

    head_seq: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Nobody knows whether the entry is in the log, or will be: it may still be on its way."""

    why: str


AppendOutcome = Appended | Conflict | Ambiguous


class ReplicatedLog(Protocol):
    """Any number of processes may hold the same log open. Entries must name their writer (epoch and
    replica), so that no two writers ever offer the same bytes at the same sequence.

    Every call but ``append`` may raise LogUnavailable and LogRefused.
    """

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        """Append ``data`` as entry ``expected_seq + 1`` if the log ends with ``expected_seq``.

        A writer has one append under way at a time. Were a second one sent ahead, and the first
        lost against another's takeover, the second would expect just that takeover, and follow it.

        After Ambiguous the only legal next call is this one again, with the same bytes at the same
        place: ``certainty.append_surely`` does so.

        Raises:
            LogRefused: the log cannot take such an entry, and has not.
        """
        ...

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        """Return entries from ``from_seq`` on, at most ``limit``; none if it cannot see so far.
        What is returned is final; what is missing may be in the log nevertheless.

        Raises:
            LogTrimmed: ``from_seq`` is not kept any more.
        """
        ...

    def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        """Yield every entry from ``from_seq`` on, for ever, across failures of the log's servers.

        Raises:
            LogTrimmed: ``from_seq`` is not kept any more.
        """
        ...

    async def head(self, shard: int) -> int:
        """Return the number of the last entry, 0 of an empty log. It may be old: never decide by
        it, append.
        """
        ...

    async def trim(self, shard: int, before_seq: int) -> None:
        """Give up the entries below ``before_seq``; the last entry is always kept. For the
        operator, below the oldest snapshot of any replica.
        """
        ...

    async def close(self) -> None:
        """Release connections and files."""
        ...
