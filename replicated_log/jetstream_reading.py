"""Entries out of a stream: some at once from any replica, or all that come."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from replicated_log.errors import LogDamaged, LogTrimmed, LogUnavailable
from replicated_log.log import READ_BYTES_MAX, LogEntry

READ_TIMEOUT_S: Final = 1.0
HEARTBEAT_S: Final = 0.2
SILENCE_S: Final = 3 * HEARTBEAT_S
"""Without as much as a heartbeat for so long, whoever delivers is gone."""
_FORGOTTEN_S: Final = 10.0
_ENTRIES_AT_ONCE: Final = 1024
_NO_MESSAGES: Final = ("204", "404")  # the end of a batch; an empty one
_CONTROL: Final = "100"


async def read_entries(client: Client, stream: str, from_seq: int, limit: int) -> list[LogEntry]:
    """Return up to ``limit`` entries from ``from_seq`` on, as far as the replica that answers has
    them.

    Raises:
        LogUnavailable: nobody answers.
        LogTrimmed: the first is not kept any more.
        LogDamaged: one between others is missing.
    """
    inbox = client.new_inbox()
    wanted = {"seq": from_seq, "batch": limit, "max_bytes": READ_BYTES_MAX}
    entries: list[LogEntry] = []
    try:
        messages: asyncio.Queue[Msg] = asyncio.Queue()
        subscription = await _subscribe(client, inbox, messages)
        try:
            request = json.dumps(wanted).encode("ascii")
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", request, inbox)
            while _status(message := await _next(messages, READ_TIMEOUT_S)) is None:
                entries.append(_direct_entry(message))
        finally:
            await subscription.unsubscribe()
    except (NatsError, TimeoutError) as error:
        raise LogUnavailable(f"the stream cannot be read: {error}") from error
    if _status(message) not in _NO_MESSAGES:
        raise LogUnavailable(f"the stream cannot be read: {message.headers}")
    return _checked(entries, from_seq)


async def tail_once(
    client: Client, context: JetStreamContext, stream: str, from_seq: int
) -> AsyncIterator[LogEntry]:
    """Yield entries from ``from_seq`` on until whoever delivers them is lost.

    Raises:
        LogUnavailable, LogTrimmed: as ``read_entries``.
    """
    # Also by asking: what a consumer that is gone did not deliver is not waited for.
    while entries := await read_entries(client, stream, from_seq, _ENTRIES_AT_ONCE):
        for entry in entries:
            yield entry
        from_seq += len(entries)
        if len(entries) < _ENTRIES_AT_ONCE:
            break
    try:
        inbox, messages = client.new_inbox(), asyncio.Queue[Msg]()
        subscription = await _subscribe(client, inbox, messages)
        try:
            await context.add_consumer(stream, _consumer(inbox, from_seq))
            async for entry in _delivered(client, messages):
                if entry.seq > from_seq:
                    return
                if entry.seq == from_seq:
                    yield entry
                    from_seq += 1
        finally:
            await subscription.unsubscribe()
    except (NatsError, TimeoutError) as error:
        raise LogUnavailable(f"the stream cannot be followed: {error}") from error


async def _delivered(client: Client, messages: asyncio.Queue[Msg]) -> AsyncIterator[LogEntry]:
    while True:
        message = await _next(messages, SILENCE_S)
        status = _status(message)
        if status is None:
            yield LogEntry(message.metadata.sequence.stream, message.data)
            continue
        if status != _CONTROL:
            return
        # Flow control: who delivers waits until what came before this is taken.
        stalled = (message.headers or {}).get("Nats-Consumer-Stalled")
        if message.reply or stalled:
            await client.publish(message.reply or str(stalled))


async def _subscribe(client: Client, inbox: str, messages: asyncio.Queue[Msg]) -> Subscription:
    async def take(message: Msg) -> None:
        messages.put_nowait(message)

    return await client.subscribe(inbox, cb=take, pending_bytes_limit=4 * READ_BYTES_MAX)


async def _next(messages: asyncio.Queue[Msg], timeout_s: float) -> Msg:
    # The client's own next_msg loses a cancellation that meets a message (Python 3.11, wait_for).
    async with asyncio.timeout(timeout_s):
        return await messages.get()


def _consumer(inbox: str, from_seq: int) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_subject=inbox,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=from_seq,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        flow_control=True,
        idle_heartbeat=HEARTBEAT_S,
        inactive_threshold=_FORGOTTEN_S,
        num_replicas=1,
        mem_storage=True,
    )


def _status(message: Msg) -> str | None:
    return (message.headers or {}).get("Status")


def _direct_entry(message: Msg) -> LogEntry:
    return LogEntry(int((message.headers or {})["Nats-Sequence"]), message.data)


def _checked(entries: list[LogEntry], from_seq: int) -> list[LogEntry]:
    if entries and entries[0].seq != from_seq:
        raise LogTrimmed(entries[0].seq)
    for seq, entry in enumerate(entries, start=from_seq):
        if entry.seq != seq:
            raise LogDamaged(f"entry {seq} is missing from the stream")
    return entries
