"""One writer of the replicated log that never stops, and what must be in the log after it."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from random import Random
from typing import Final

from chaos.errors import ChaosError
from replicated_log.certainty import append_surely
from replicated_log.errors import LogUnavailable
from replicated_log.log import Appended, LogEntry, ReplicatedLog

ENTRY_BYTES: Final = (64, 4096)
PAUSE_S: Final = 0.0005
PROGRESS_TIMEOUT_S: Final = 60.0
_READ_ENTRIES: Final = 1_000
_POLL_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class Acked:
    """An append that was answered: entry, digest of its bytes, when on the monotonic clock."""

    seq: int
    digest: bytes
    at_s: float


@dataclass(slots=True)
class Difference:
    """What the log holds against what was answered; all zero if the log held."""

    lost: int = 0
    duplicated: int = 0
    out_of_place: int = 0
    made_up: int = 0

    @property
    def none(self) -> bool:
        """Whether there is none."""
        return not (self.lost or self.duplicated or self.out_of_place or self.made_up)


@dataclass(slots=True)
class LogLoad:
    """Appends to one shard, each after the other, as an engine does. ``offered``: digests of all
    entries that were ever handed to the log.
    """

    log: ReplicatedLog
    shard: int
    seed: int
    acked: list[Acked] = field(default_factory=list)
    offered: set[bytes] = field(default_factory=set)
    _task: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Begin, where the log ends."""
        self._task = asyncio.create_task(self._append_for_ever(await self.log.head(self.shard)))

    async def stop(self) -> None:
        """End between two appends, or within one."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def progress(self, count: int) -> None:
        """Return after ``count`` more answers.

        Raises:
            ChaosError: they do not come, or the writer was fenced though it is the only one.
        """
        assert self._task is not None
        wanted = len(self.acked) + count
        try:
            async with asyncio.timeout(PROGRESS_TIMEOUT_S):
                while len(self.acked) < wanted and not self._task.done():
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ChaosError(f"nothing was appended for {PROGRESS_TIMEOUT_S} s") from None
        if self._task.done():
            self._task.result()

    def longest_gap_s(self, since_s: float) -> float:
        """Return the longest time without an answer from ``since_s`` on."""
        times = [one.at_s for one in self.acked if one.at_s >= since_s]
        return max(
            (after - before for before, after in zip([since_s, *times], times, strict=False)),
            default=0.0,
        )

    async def _append_for_ever(self, head_seq: int) -> None:
        random = Random(f"{self.seed} entries")
        while True:
            name = b"%d of %d" % (head_seq + 1, self.seed)
            data = name + random.randbytes(random.randint(*ENTRY_BYTES))
            digest = digest_of(data)
            self.offered.add(digest)
            outcome = await append_surely(self.log, self.shard, head_seq, data)
            if not isinstance(outcome, Appended):
                raise ChaosError(f"the only writer met another's entry: {outcome}")
            head_seq = outcome.seq
            self.acked.append(Acked(head_seq, digest, time.monotonic()))
            await asyncio.sleep(PAUSE_S)


async def difference(log: ReplicatedLog, shard: int, load: LogLoad) -> Difference:
    """Compare the whole log with the answers ``load`` got; it has stopped."""
    entries = await whole(log, shard, load.acked[-1].seq if load.acked else 0)
    there = {entry.seq: digest_of(entry.data) for entry in entries}
    digests = set(there.values())
    missing = [one for one in load.acked if there.get(one.seq) != one.digest]
    elsewhere = sum(one.digest in digests for one in missing)
    return Difference(
        lost=len(missing) - elsewhere,
        duplicated=len(there) - len(digests),
        out_of_place=elsewhere,
        made_up=len(digests - load.offered),
    )


async def whole(log: ReplicatedLog, shard: int, at_least: int) -> list[LogEntry]:
    """Return the log from its first entry on, with ``at_least`` so many entries.

    Raises:
        ChaosError: they do not appear.
    """
    entries: list[LogEntry] = []
    try:
        async with asyncio.timeout(PROGRESS_TIMEOUT_S):
            while True:
                try:
                    more = await log.read(shard, len(entries) + 1, _READ_ENTRIES)
                except LogUnavailable:
                    await asyncio.sleep(_POLL_S)
                    continue
                entries += more
                if not more and len(entries) >= at_least:
                    return entries
    except TimeoutError:
        raise ChaosError(f"{len(entries)} entries of {at_least} can be read") from None


def digest_of(data: bytes) -> bytes:
    """Return what stands for an entry in memory."""
    return hashlib.blake2b(data, digest_size=16).digest()
