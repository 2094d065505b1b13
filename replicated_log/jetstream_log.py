"""The log on NATS JetStream: a stream a shard, its sequence numbers are the entries'."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError

from replicated_log.errors import LogDamaged, LogRefused, LogUnavailable
from replicated_log.jetstream_answers import Answers
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
ELSEWHERE_AFTER_S: Final = 2.0
"""Without an answer for so long, another server is asked: this one may be cut off."""
OPEN_TIMEOUT_S: Final = 30.0
PAUSE_S: Final = 0.05
HEADER_BYTES_MAX: Final = 4096
"""Of a message beside its entry: the servers' ``max_payload`` has to allow for both."""
_PENDING_BYTES_MAX: Final = 64 << 20
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

    def __init__(self, client: Client, replicas: int, append_timeout_s: float) -> None:
        self._client = client
        self._replicas = replicas
        self._append_timeout_s = append_timeout_s
        self._stream: JetStreamContext = client.jetstream(timeout=append_timeout_s)
        self._answers = Answers(client)
        self._known: set[int] = set()
        self._forbidden = ""
        self._answered_s = time.monotonic()

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
        client = Client()
        log = cls(client, replicas, append_timeout_s)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await client.connect(
                    list(servers),
                    user=user,
                    password=password,
                    error_cb=log._told,
                    disconnected_cb=log._disconnected,
                    connect_timeout=2,
                    reconnect_time_wait=PAUSE_S,  # type: ignore[arg-type]
                    max_reconnect_attempts=-1,
                    ping_interval=1,
                    max_outstanding_pings=2,
                    pending_size=_PENDING_BYTES_MAX,
                )
        except (TimeoutError, NatsError, OSError) as error:
            await client.close()
            raise LogUnavailable(f"no NATS server of {', '.join(servers)} answers") from error
        await log._answers.start()
        return log

    async def append(self, shard: int, expected_seq: int, data: bytes) -> AppendOutcome:
        if len(data) > ENTRY_BYTES_MAX:
            raise LogRefused(f"an entry has {len(data)} bytes, {ENTRY_BYTES_MAX} at most")
        try:
            await self._ensure_stream(shard)
            headers = {_EXPECTED: str(expected_seq)}
            answer = await self._answers.ask(
                subject_of(shard), data, headers, self._append_timeout_s
            )
            outcome = outcome_of(expected_seq, json.loads(answer))
            if outcome is None:
                outcome = Conflict(await self.head(shard))
        except LogUnavailable as error:
            outcome = Ambiguous(str(error))
        if isinstance(outcome, Ambiguous):
            await self._look_elsewhere()
        else:
            self._answered_s = time.monotonic()
        return outcome

    async def read(self, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
        await self._ensure_stream(shard)
        return await read_entries(self._client, stream_of(shard), from_seq, limit)

    async def tail(self, shard: int, from_seq: int) -> AsyncIterator[LogEntry]:
        while True:
            try:
                await self._ensure_stream(shard)
                async for entry in tail_once(
                    self._client, self._stream, stream_of(shard), from_seq
                ):
                    yield entry
                    from_seq = entry.seq + 1
            except LogUnavailable:
                await asyncio.sleep(PAUSE_S)

    async def head(self, shard: int) -> int:
        await self._ensure_stream(shard)
        return (await self._info(shard)).state.last_seq

    async def trim(self, shard: int, before_seq: int) -> None:
        head_seq = await self.head(shard)
        self._forbidden = ""
        try:
            await self._stream.purge_stream(stream_of(shard), seq=min(before_seq, head_seq))
        except (NatsError, TimeoutError) as error:
            if "PURGE" in self._forbidden.upper():
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
        await self._client.close()

    async def _ensure_stream(self, shard: int) -> None:
        if shard in self._known:
            return
        wanted = _config(shard, self._replicas)
        try:
            found = (await self._stream.add_stream(wanted)).config
        except APIError as error:
            if error.err_code != _NAME_IN_USE:
                raise LogUnavailable(f"the stream cannot be made: {error.description}") from error
            found = (await self._info(shard)).config
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"the stream cannot be made: {error}") from error
        _check(shard, found, wanted)
        self._known.add(shard)

    async def _info(self, shard: int) -> StreamInfo:
        try:
            return await self._stream.stream_info(stream_of(shard))
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(f"the stream does not answer: {error}") from error

    async def _look_elsewhere(self) -> None:
        if time.monotonic() > self._answered_s + ELSEWHERE_AFTER_S:
            self._answered_s = time.monotonic()
            await self._client.force_reconnect()

    async def _told(self, error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            self._forbidden = str(error)

    async def _disconnected(self) -> None:
        self._answers.disconnected()


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
