"""The log in a table of PostgreSQL, for who runs a highly available one already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import asyncpg

from replicated_log.errors import LogDamaged, LogRefused, LogTrimmed, LogUnavailable
from replicated_log.log import (
    ENTRY_BYTES_MAX,
    READ_BYTES_MAX,
    Ambiguous,
    Appended,
    AppendOutcome,
    Conflict,
    LogEntry,
)
from service.queries import load_queries

CALL_TIMEOUT_S: Final = 2.0
CONNECT_TIMEOUT_S: Final = 5.0
POLL_S: Final = 0.005
PAUSE_S: Final = 0.05
_READ_ENTRIES: Final = 1024
_SQL: Final = Path(__file__).parent / "sql"
_QUERIES: Final = load_queries(_SQL / "log.sql")
_DURABLE: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    # remote_write is in the memory of another machine, off and local in that of one.
    "synchronous_commit": {"on", "remote_apply"},
    "transaction_read_only": {"off"},
}
_LOST: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_NOT_NOW: Final = (
    *_LOST,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,  # it is not the primary any more
)
_MADE_BY_ANOTHER: Final = (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError)


class PostgresLog:
    """A ReplicatedLog. Without ``quorum_needed`` a server without synchronous standbys will do."""

    def __init__(
        self, url: str, *, quorum_needed: bool = True, call_timeout_s: float = CALL_TIMEOUT_S
    ) -> None:
        self._url = url
        self._quorum_needed = quorum_needed
        self._call_timeout_s = call_timeout_s
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._begun: set[int] = set()
        self._turn = asyncio.Lock()

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        if len(data) > ENTRY_BYTES_MAX:
            raise LogRefused(f"an entry has {len(data)} bytes, {ENTRY_BYTES_MAX} at most")
        try:
            rows = await self._call("append", shard, expected_seq, data)
            if rows:
                return Appended(expected_seq + 1)
            head_seq = await self.head(shard)
            # What we conflict with may be visible here and nowhere else, since a restart of the
            # server while its commit waited for the standbys.
            await self._call("wait_for_quorum", shard)
            return Conflict(head_seq)
        except LogUnavailable as error:
            return Ambiguous(str(error))

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        from_seq = max(from_seq, 1)  # entry 0 is nobody's
        rows = await self._call("read", shard, from_seq, limit, READ_BYTES_MAX)
        entries = [LogEntry(row["seq"], row["entry"]) for row in rows]
        if not entries or entries[0].seq != from_seq:
            first_seq = (await self._call("first", shard))[0][0]
            if from_seq < first_seq:
                raise LogTrimmed(first_seq)
            entries = []
        for seq, entry in enumerate(entries, start=from_seq):
            if entry.seq != seq:
                raise LogDamaged(f"entry {seq} is missing from command_log")
        return entries

    async def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        while True:
            try:
                entries = await self.read(shard, from_seq, _READ_ENTRIES)
            except LogUnavailable:
                await asyncio.sleep(PAUSE_S)
                continue
            for entry in entries:
                yield entry
            from_seq += len(entries)
            if not entries:
                await asyncio.sleep(POLL_S)

    async def head(self, shard: int) -> int:
        return int((await self._call("head", shard))[0][0])

    async def trim(self, shard: int, before_seq: int) -> None:
        await self._call("trim", shard, before_seq)

    async def close(self) -> None:
        self._drop()

    async def open(self) -> None:
        """Connect, make the table if it is not there, and check the server's settings.

        Raises:
            LogUnavailable: it does not answer.
            LogRefused: it does not keep what it has acknowledged.
        """
        async with self._turn:
            await self._connected()

    async def _call(self, query: str, shard: int, *arguments: Any) -> list[asyncpg.Record]:
        async with self._turn:
            connection = await self._connected()
            if shard not in self._begun:
                await self._fetch(connection, "begin_shard", shard)
                self._begun.add(shard)
            wanted = () if query == "wait_for_quorum" else (shard, *arguments)
            return await self._fetch(connection, query, *wanted)

    async def _fetch(
        self, connection: asyncpg.Connection[asyncpg.Record], query: str, *arguments: Any
    ) -> list[asyncpg.Record]:
        """A call that takes too long is not cancelled: a cancelled commit would end its wait for
        the standbys, and then look like one they have. Its connection is dropped instead.
        """
        answer = asyncio.ensure_future(connection.fetch(_QUERIES[query], *arguments))
        try:
            async with asyncio.timeout(self._call_timeout_s):
                return await asyncio.shield(answer)
        except TimeoutError:
            raise LogUnavailable(f"no answer within {self._call_timeout_s} s") from None
        except _NOT_NOW as error:
            raise LogUnavailable(f"PostgreSQL does not answer: {error}") from error
        except asyncpg.InsufficientPrivilegeError as error:
            raise LogRefused(f"this role may not: {error}") from error
        finally:
            if not answer.done() or isinstance(answer.exception(), _NOT_NOW):
                self._drop()
                answer.add_done_callback(_forget)

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        try:
            connection = await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_S)
            self._connection = connection
            found = {
                row["name"]: row["setting"] for row in await self._fetch(connection, "settings")
            }
            self._check(found)
            if not (await self._fetch(connection, "exists"))[0][0]:
                await connection.execute((_SQL / "schema.sql").read_text(encoding="utf-8"))
        except (*_NOT_NOW, *_MADE_BY_ANOTHER, TimeoutError) as error:
            raise LogUnavailable(f"PostgreSQL does not answer: {error}") from error
        return connection

    def _check(self, found: dict[str, str]) -> None:
        if found["transaction_read_only"] == "on":
            self._drop()
            raise LogUnavailable("this server is a standby")
        wrong = [
            f"{name} = {found[name]}" for name in _DURABLE if found[name] not in _DURABLE[name]
        ]
        if wrong:
            self._drop()
            raise LogRefused(f"PostgreSQL would lose what it acknowledged: {', '.join(wrong)}")
        if self._quorum_needed and not found["synchronous_standby_names"].strip():
            self._drop()
            raise LogRefused(
                "PostgreSQL has no synchronous standbys, so that one machine's end would be the "
                "log's: set synchronous_standby_names, or say quorum=off in the log's address"
            )

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _forget(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()  # the connection was dropped under it
