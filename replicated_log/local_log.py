"""The log on one machine: a file a shard. It survives every process, not the machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from replicated_log.errors import LogRefused, LogUnavailable
from replicated_log.log import (
    ENTRY_BYTES_MAX,
    Ambiguous,
    Appended,
    AppendOutcome,
    Conflict,
    LogEntry,
)
from replicated_log.log_file import LogFile

POLL_S: Final = 0.002
_READ_ENTRIES: Final = 1024

T = TypeVar("T")


class LocalLog:
    """A ReplicatedLog in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[int, LogFile] = {}
        self._thread = ThreadPoolExecutor(1, "log")  # one after the other, in order

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        if len(data) > ENTRY_BYTES_MAX:
            raise LogRefused(f"an entry has {len(data)} bytes, {ENTRY_BYTES_MAX} at most")
        try:
            return await self._do(shard, lambda file: _append(file, expected_seq, data))
        except LogUnavailable as error:
            return Ambiguous(str(error))

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        return await self._do(shard, lambda file: file.read(from_seq, limit))

    async def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        while True:
            entries = await self.read(shard, from_seq, _READ_ENTRIES)
            for entry in entries:
                yield entry
            from_seq += len(entries)
            if not entries:
                await asyncio.sleep(POLL_S)

    async def head(self, shard: int) -> int:
        return await self._do(shard, _head)

    async def trim(self, shard: int, before_seq: int) -> None:
        await self._do(shard, lambda file: file.trim(before_seq))

    async def close(self) -> None:
        self._thread.shutdown()
        for file in self._files.values():
            file.close()
        self._files.clear()

    async def _do(self, shard: int, call: Callable[[LogFile], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._call, shard, call)

    def _call(self, shard: int, call: Callable[[LogFile], T]) -> T:
        file = self._files.get(shard)
        if file is None:
            file = self._files[shard] = LogFile(self._directory / f"shard-{shard:04d}.log")
        return call(file)


def _append(file: LogFile, expected_seq: int, data: bytes) -> AppendOutcome:
    appended = file.append(expected_seq, data)
    return Appended(expected_seq + 1) if appended else Conflict(file.head_seq)


def _head(file: LogFile) -> int:
    file.look()
    return file.head_seq
