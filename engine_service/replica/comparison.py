"""Every minute: does the log still hold what this replica has applied?"""

import asyncio
from collections.abc import Callable
from typing import Final

from engine_service.errors import LogBehind, LogForked
from replicated_log.errors import LogTrimmed, LogUnavailable
from replicated_log.log import ReplicatedLog

COMPARE_S: Final = 60.0
MISSES_MAX: Final = 3
"""A server of the log may be behind for a while; not for minutes."""

Last = Callable[[], tuple[int, bytes] | None]
"""The last entry applied: its number and its header, which has index and chain of the journal."""


class Comparison:
    """Compares one entry a time, the last; what it says covers all before it."""

    def __init__(self, shard: int, every_s: float = COMPARE_S) -> None:
        self._shard = shard
        self._every_s = every_s
        self._last: Last = lambda: None

    def watch(self, last: Last) -> None:
        """Ask ``last`` from now on."""
        self._last = last

    async def repeat(self, log: ReplicatedLog) -> None:
        """Compare for ever.

        Raises:
            LogForked, LogBehind: the log is another one than this replica's journal.
        """
        misses = 0
        while True:
            await asyncio.sleep(self._every_s)
            misses = 0 if await self._found(log) else misses + 1
            if misses == MISSES_MAX:
                raise LogBehind(
                    "the log lacks an entry that this replica has applied, and was asked "
                    f"{MISSES_MAX} times: it has lost acknowledged records, this replica's journal "
                    "has not. See docs/howto/three-machines.md, When replicas differ"
                )

    async def _found(self, log: ReplicatedLog) -> bool:
        last = self._last()
        if last is None:
            return True
        seq, header = last
        try:
            entries = await log.read(self._shard, seq, 1)
        except (LogUnavailable, LogTrimmed):
            return True  # it says nothing about the entry
        if not entries:
            return False
        if not entries[0].data.startswith(header):
            raise LogForked(
                f"entry {seq} of the log is another one than this replica has applied: the log has "
                "changed. See docs/howto/three-machines.md, When replicas differ"
            )
        return True
