"""A log in memory that does what it is told to and answers what it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator

from replicated_log.errors import LogUnavailable
from replicated_log.log import Appended, AppendOutcome, Conflict, LogEntry

Answer = tuple[bool, AppendOutcome | None]
"""Whether an append that could be followed is, and what is answered; None: what is so."""


class ScriptedLog:
    """``answers`` are of the first appends; all others are followed and answered."""

    def __init__(self, answers: list[Answer] | None = None) -> None:
        self.entries: list[bytes] = []
        self.offered: list[tuple[int, bytes]] = []
        self.unreadable = 0
        self._answers = answers or []

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        self.offered.append((expected_seq, data))
        taken, answer = self._answers.pop(0) if self._answers else (True, None)
        outcome: AppendOutcome = Conflict(len(self.entries))
        if taken and expected_seq == len(self.entries):
            self.entries.append(data)
            outcome = Appended(len(self.entries))
        return answer or outcome

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        if self.unreadable:
            self.unreadable -= 1
            raise LogUnavailable("not now")
        found = self.entries[from_seq - 1 : from_seq - 1 + limit]
        return [LogEntry(seq, data) for seq, data in enumerate(found, start=from_seq)]

    def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        raise NotImplementedError

    async def head(self, shard: int) -> int:
        return len(self.entries)

    async def trim(self, shard: int, before_seq: int) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass
