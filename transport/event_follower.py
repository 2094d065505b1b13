"""Every event from a cursor on, over TCP, through restarts of the engine."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from transport.catch_up_stream import CatchUpClient
from transport.engine_address import EngineAddress
from transport.errors import StreamBroken
from transport.keys import MasterKey
from transport.stream_frames import read_frame

__all__ = ["EngineAddress", "StreamBroken", "follow_events"]

SILENCE_S: Final = 5.0
"""A stream without even a heartbeat for so long is dead; the engine sends one each second."""
RECONNECT_START_S: Final = 0.05
RECONNECT_MAX_S: Final = 2.0


async def follow_events(
    address: EngineAddress, master_key: MasterKey, from_seq: int, client_id: int
) -> AsyncGenerator[tuple[int, bytes]]:
    """Yield (sequence of the first, n x 128 bytes), without gap or repetition from ``from_seq``
    (≥ 1) on, for ever; while there is no engine, try again.

    Raises:
        StreamBroken: what comes is not what comes next.
        ReaderAhead: the engine has not had ``from_seq`` yet, that is, it lost events that this
            reader has seen.
        WireError: authentic frames could not be read, or frames are not authentic.
    """
    next_seq = from_seq
    wait_s = RECONNECT_START_S
    while True:
        stream = CatchUpClient(
            master_key=master_key,
            session_id=secrets.randbits(64) or 1,
            client_id=client_id,
            from_event_seq=next_seq,
        )
        try:
            async with aclosing(_one_connection(address, stream)) as received:
                async for first_seq, events in received:
                    yield first_seq, events
                    wait_s = RECONNECT_START_S
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RECONNECT_MAX_S)
        next_seq = stream.next_seq


async def _one_connection(
    address: EngineAddress, stream: CatchUpClient
) -> AsyncGenerator[tuple[int, bytes]]:
    async with asyncio.timeout(SILENCE_S):
        reader, writer = await asyncio.open_connection(address.host, address.tcp_port)
    try:
        writer.write(stream.hello())
        while True:
            async with asyncio.timeout(SILENCE_S):
                frame = await read_frame(reader)
            received = stream.receive(frame)
            if received:
                yield received
    finally:
        writer.close()
