"""Where a replica's journal stands in the log, found at its start.

Only the last flush of a journal may be missing from the log: the one before it had to be there
before the last was written. If the log does not have the last one, nobody was told of it, and it is
cut off; whatever else differs stops the replica.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from engine_service.errors import LogBehind, LogForked, LogNotFounded, ReplicaTooOld
from engine_service.replica.leadership import FIRST_EPOCH
from engine_service.replica.log_entries import Entry, Point, decode_entry
from replicated_log.errors import LogTrimmed, LogUnavailable
from replicated_log.log import ReplicatedLog

LOOKS_MAX: Final = 60
LOOK_AGAIN_S: Final = 0.25
"""A server of the log that has not heard the latest may answer first: so long it is asked again."""
EPOCHS_UNWRITTEN_MAX: Final = 10_000
TOO_OLD: Final = (
    "the log begins behind the end of this replica's journal. Give it a copy of the directory of a "
    "replica that follows, made while that one is stopped; see docs/howto/three-machines.md, A new "
    "machine"
)


@dataclass(frozen=True, slots=True)
class JournalEnds:
    """Where a journal may end: behind its last flush, and before it."""

    last: Point
    before_last_flush: Point
    epoch: int = FIRST_EPOCH
    """Of the leader that wrote the last record."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """``applied_seq``: the last entry that leads to ``point``; ``entry``: it, if it is kept.
    ``cut``: the journal's last flush is not in the log. ``epoch``: none was higher before the log
    began.
    """

    applied_seq: int
    point: Point
    entry: Entry | None
    cut: bool
    epoch: int = FIRST_EPOCH


async def find_position(
    log: ReplicatedLog, shard: int, ends: JournalEnds, *, may_found: bool
) -> LogPosition:
    """Return where in the log a journal with such ``ends`` goes on. ``may_found``: an empty log may
    begin behind the journal's last record.

    Raises:
        LogBehind: the log ends before what was acknowledged.
        LogForked: the log holds other records than the journal.
        LogNotFounded: the log is empty, and the journal is not.
        ReplicaTooOld: the log begins behind the journal's end.
        LogUnavailable: nobody answers.
    """
    for look in range(LOOKS_MAX):
        if look:
            await asyncio.sleep(LOOK_AGAIN_S)
        search = _Search(log, shard, await log.head(shard))
        if not search.head_seq and (ends.last == Point() or may_found):
            return LogPosition(0, ends.last, None, cut=False, epoch=_epoch_before(ends))
        for point, cut in ((ends.last, False), (ends.before_last_flush, True)):
            found = await search.find(point)
            if found is not None:
                return LogPosition(found, point, await search.entry(found), cut)
        if await search.reaches(ends.before_last_flush.next_index):
            raise LogForked(
                f"record {ends.before_last_flush.next_index - 1} of this replica's journal is "
                "another one than in the log. Nothing was changed; see "
                "docs/howto/three-machines.md, When replicas differ"
            )
    if not search.head_seq:
        raise LogNotFounded(
            f"the log is empty, but the journal has {ends.last.next_index - 1} records. If it is "
            "to be the first of a new log, start this replica once with "
            "OPENBELL_ENGINE_LOG_FOUND=true; the others get a copy of its directory. If the log "
            "was not empty before, it has lost acknowledged records: see "
            "docs/howto/three-machines.md, When replicas differ"
        )
    raise LogBehind(
        f"the log ends before record {ends.before_last_flush.next_index - 1} of this replica's "
        "journal, which was acknowledged: the log has lost it, the journal has not. Nothing was "
        "changed; see docs/howto/three-machines.md, When replicas differ"
    )


def _epoch_before(ends: JournalEnds) -> int:
    # Readers remember the highest epoch they heard of and listen to no lower one. That of a leader
    # that was never commanded is in no journal: so many may have been lost with an earlier log.
    if ends.epoch == FIRST_EPOCH:
        return FIRST_EPOCH
    return ends.epoch + EPOCHS_UNWRITTEN_MAX


class _Search:
    """Points of the log never go back, so that a place is found by halving."""

    def __init__(self, log: ReplicatedLog, shard: int, head_seq: int) -> None:
        self.head_seq = head_seq
        self._log = log
        self._shard = shard
        self._first_seq = 1
        self._read: dict[int, Entry] = {}

    async def find(self, point: Point) -> int | None:
        """Return the first entry that leads to ``point`` (one less than the first of all, if it
        begins there); None: the journal stands nowhere there.
        """
        if not self.head_seq or not await self.reaches(point.next_index):
            return None
        await self._begin()
        low, high = self._first_seq, self.head_seq
        while low < high:
            middle = (low + high) // 2
            if (await self._at(middle)).after.next_index < point.next_index:
                low = middle + 1
            else:
                high = middle
        reached = await self._at(low)
        if reached.before == point:  # only of the first that is kept
            return low - 1
        if reached.before.next_index > point.next_index:
            raise ReplicaTooOld(TOO_OLD)
        return low if reached.after == point else None

    async def reaches(self, next_index: int) -> bool:
        """Return whether all records before ``next_index`` are in the log."""
        return (
            bool(self.head_seq) and (await self._at(self.head_seq)).after.next_index >= next_index
        )

    async def entry(self, seq: int) -> Entry | None:
        """Return an entry; None if it is not kept."""
        return await self._at(seq) if seq >= self._first_seq else None

    async def _begin(self) -> None:
        try:
            await self._at(1)
        except LogTrimmed as trimmed:
            self._first_seq = trimmed.first_seq

    async def _at(self, seq: int) -> Entry:
        if seq not in self._read:
            entries = await self._log.read(self._shard, seq, 1)
            if not entries:
                raise LogUnavailable(f"entry {seq} of the log cannot be seen now")
            self._read[seq] = decode_entry(seq, entries[0].data)
        return self._read[seq]
