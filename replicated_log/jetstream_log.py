"""The log on NATS JetStream: a stream a shard, its sequence numbers are the entries'."""

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError

from replicated_log.errors import LogDamaged, LogRefused, LogUnavailable
from replicated_log.jetstream_connection import JetStreamConnection
from replicated_log.jetstream_reading import read_entries, tail_once
from replicated_log.log import (
    ENTRY_BYTES_MAX,
    Ambiguous,
    Appended,
    AppendOutcome,
    Conflict,
    LogEntry,
)

REPLICAS: Final = 3
APPEND_TIMEOUT_S: Final = 1.0
ELSEWHERE_AFTER_S: Final = 1.0
"""Without success for so long, another server is asked: this one may be cut off."""
STREAM_TIMEOUT_S: Final = 10.0
PAUSE_S: Final = 0.05
HEADER_BYTES_MAX: Final = 4096
"""Of a message beside its entry: the servers' ``max_payload`` has to allow for both."""
_EXPECTED: Final = "Nats-Expected-Last-Sequence"
_WRONG_LAST_SEQUENCE: Final = (
    10071,
    10164,
)  # nats-server, errors.json: with and without the number
_TOO_LARGE: Final = 10054
_NAME_IN_USE: Final = 10058
_NUMBER: Final = re.compile(r"wrong last sequence: (\d+)")


class JetStreamLog:
    """A ReplicatedLog. The servers must run with ``sync_interval: always``."""

    def __init__(
        self,
        servers: Sequence[str],
        user: str | None,
        password: str | None,
        replicas: int,
        append_timeout_s: float,
    ) -> None:
        self._servers = list(servers)
        self._user, self._password = user, password
        self._replicas = replicas
        self._append_timeout_s = append_timeout_s
        self._connection = JetStreamConnection(append_timeout_s)
        self._known: set[int] = set()
        self._stuck: tuple[int, int, float] | None = None
        self._moving = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(
        cls,
        servers: Sequence[str],
        user: str | None = None,
        password: str | None = None,
        *,
        replicas: int = REPLICAS,
        append_timeout_s: float = APPEND_TIMEOUT_S,
    ) -> "JetStreamLog":
        """Connect to any of ``servers``, and to another whenever one is lost.

        Raises:
            LogUnavailable: none answers.
        """
        log = cls(servers, user, password, replicas, append_timeout_s)
        log._connection = await log._open(random.sample(log._servers, len(log._servers)))
        return log

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        if len(data) > ENTRY_BYTES_MAX:
            raise LogRefused(f"an entry has {len(data)} bytes, {ENTRY_BYTES_MAX} at most")
        begun_s = time.monotonic()
        try:
            await self._ensure_stream(shard)
            headers = {_EXPECTED: str(expected_seq)}
            answer = await self._connection.answers.ask(
                subject_of(shard), data, headers, self._append_timeout_s
            )
            outcome = outcome_of(expected_seq, json.loads(answer))
            if outcome is None:
                outcome = Conflict(await self.head(shard))
        except LogUnavailable as error:
            outcome = Ambiguous(str(error))
        await self._look_elsewhere(shard, expected_seq, outcome, begun_s)
        return outcome

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        await self._ensure_stream(shard)
        return await read_entries(self._connection.client, stream_of(shard), from_seq, limit)

    async def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        lost_s: float | None = None
        while True:
            connection = self._connection
            try:
                await self._ensure_stream(shard)
                async for entry in tail_once(
                    connection.client, connection.stream, stream_of(shard), from_seq
                ):
                    yield entry
                    from_seq, lost_s = entry.seq + 1, None
            except LogUnavailable:
                lost_s = lost_s or time.monotonic()
                if time.monotonic() >= lost_s + ELSEWHERE_AFTER_S:
                    lost_s = None
                    await self._move(connection)
                await asyncio.sleep(PAUSE_S)

    async def head(self, shard: int) -> int:
        await self._ensure_stream(shard)
        return (await self._info(shard)).state.last_seq

    async def trim(self, shard: int, before_seq: int) -> None:
        head_seq = await self.head(shard)
        self._connection.forbidden = ""
        try:
            await self._connection.stream.purge_stream(
                stream_of(shard), seq=min(before_seq, head_seq)
            )
        except (NatsError, TimeoutError) as error:
            if "PURGE" in self._connection.forbidden.upper():
                raise LogRefused("these credentials may not trim: use the operator's") from error
            raise LogUnavailable(f"not trimmed: {error}") from error

    async def leader(self, shard: int) -> str | None:
        """Return the name of the server that orders the shard's entries, as far as is known: for
        the operator, and for whoever is about to stop it.
        """
        await self._ensure_stream(shard)
        cluster = (await self._info(shard)).cluster
        return cluster.leader if cluster is not None else None

    async def close(self) -> None:
        await self._connection.close()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _ensure_stream(self, shard: int) -> None:
        if shard in self._known:
            return
        wanted = _config(shard, self._replicas)
        deadline_s = time.monotonic() + STREAM_TIMEOUT_S
        while (found := await self._made(shard, wanted, deadline_s)) is None:
            await asyncio.sleep(PAUSE_S)
        _check(shard, found, wanted)
        self._known.add(shard)

    async def _made(
        self, shard: int, wanted: StreamConfig, deadline_s: float
    ) -> StreamConfig | None:
        """The stream's configuration, made if it is not there; None: servers that have just
        started need a moment to find each other.
        """
        try:
            return (await self._connection.stream.add_stream(wanted)).config
        except (NatsError, TimeoutError) as error:
            if isinstance(error, APIError) and error.err_code == _NAME_IN_USE:
                return (await self._info(shard)).config
            if time.monotonic() < deadline_s:
                return None
            raise LogUnavailable(f"the stream cannot be made: {error}") from error

    async def _info(self, shard: int) -> StreamInfo:
        try:
            return await self._connection.stream.stream_info(stream_of(shard))
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"the stream does not answer: {error}") from error

    async def _look_elsewhere(
        self, shard: int, expected_seq: int, outcome: AppendOutcome, begun_s: float
    ) -> None:
        """Move on if the same append has got nowhere for a while. A server that is cut off does
        answer: that the entry conflicts with itself, which it cannot pass on to the others.
        """
        if isinstance(outcome, Appended):
            self._stuck = None
        elif self._stuck is None or self._stuck[:2] != (shard, expected_seq):
            self._stuck = (shard, expected_seq, begun_s)
        if self._stuck is not None and time.monotonic() >= self._stuck[2] + ELSEWHERE_AFTER_S:
            self._stuck = None
            await self._move(self._connection)

    async def _move(self, before: JetStreamConnection) -> None:
        """Go on with the server after the one ``before`` is connected to, unless that is done."""
        async with self._moving:
            if self._connection is not before:
                return
            here = 1 + next(
                (at for at, one in enumerate(self._servers) if one.endswith(before.server)), 0
            )
            try:
                self._connection = await self._open(self._servers[here:] + self._servers[:here])
            except LogUnavailable:
                return
        # Not awaited: what it still has to send to a server that hangs would hold us up.
        closing = asyncio.create_task(before.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _open(self, servers: Sequence[str]) -> JetStreamConnection:
        return await JetStreamConnection.open(
            servers, self._user, self._password, self._append_timeout_s
        )


def stream_of(shard: int) -> str:
    """Return the name of a shard's stream."""
    return f"OPENBELL_LOG_{shard}"


def subject_of(shard: int) -> str:
    """Return the subject a shard's entries are published on."""
    return f"openbell.log.{shard}"


def outcome_of(expected_seq: int, answer: dict[str, Any]) -> AppendOutcome | None:
    """Return what a publish acknowledgement means; None: a conflict that does not say how far the
    stream is.

    Raises:
        LogRefused: the stream takes no such entry.
        LogDamaged: the stream numbers entries otherwise than it was told.
    """
    error = answer.get("error")
    if error is None:
        if answer["seq"] != expected_seq + 1:
            raise LogDamaged(f"entry {expected_seq + 1} became number {answer['seq']}")
        return Appended(answer["seq"])
    description = str(error.get("description", ""))
    if error.get("err_code") in _WRONG_LAST_SEQUENCE:
        number = _NUMBER.match(description)
        return Conflict(int(number[1])) if number else None
    if error.get("err_code") == _TOO_LARGE:
        raise LogRefused(f"the stream does not take entries of this size: {description}")
    return Ambiguous(description)


def _config(shard: int, replicas: int) -> StreamConfig:
    # No deny_purge: it could never be taken back, and trimming is a purge. Who may purge is a
    # matter of the users' permissions. A single entry can be deleted by nobody.
    return StreamConfig(
        name=stream_of(shard),
        subjects=[subject_of(shard)],
        num_replicas=replicas,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        deny_delete=True,
        max_msg_size=ENTRY_BYTES_MAX + HEADER_BYTES_MAX,
        allow_direct=True,
    )


def _check(shard: int, found: StreamConfig, wanted: StreamConfig) -> None:
    for name in ("num_replicas", "storage", "deny_delete", "max_msg_size", "allow_direct"):
        if getattr(found, name) != getattr(wanted, name):
            raise LogRefused(
                f"stream {stream_of(shard)} has {name} {getattr(found, name)}, not "
                f"{getattr(wanted, name)}: it was made for something else"
            )
    if max(found.max_msgs or -1, found.max_bytes or -1) > 0 or found.max_age:
        raise LogRefused(f"stream {stream_of(shard)} drops old entries by itself: lift its limits")
