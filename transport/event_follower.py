"""Every event from a cursor on, over TCP, through restarts of the engine."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import cycle
from typing import Final

from transport.catch_up_stream import CatchUpClient
from transport.engine_address import EngineAddress, Engines, each_of
from transport.errors import LeaderChanged, StreamBroken
from transport.keys import MasterKey
from transport.stream_frames import read_frame

__all__ = ["EngineAddress", "StreamBroken", "follow_events"]

_log: Final = logging.getLogger(__name__)

SILENCE_S: Final = 5.0
"""A stream without even a heartbeat for so long is dead; the engine sends one each second."""
SEVERAL_SILENCE_S: Final = 2.5
"""The same where another engine may lead by now."""
RECONNECT_START_S: Final = 0.05
RECONNECT_MAX_S: Final = 2.0


class HeardEpoch:
    """The highest epoch that a reader has heard of, here or in an earlier life: it takes nothing
    from an engine of an older one.
    """

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def raise_to(self, value: int) -> None:
        """Note that ``value`` was heard of."""
        self.value = max(self.value, value)


async def follow_events(
    engines: Engines,
    master_key: MasterKey,
    from_seq: int,
    client_id: int,
    heard: HeardEpoch | None = None,
) -> AsyncGenerator[tuple[int, bytes]]:
    """Yield (sequence of the first, n x 128 bytes), without gap or repetition from ``from_seq``
    (≥ 1) on, for ever, from whichever of ``engines`` leads; while none does, try again.

    Raises:
        StreamBroken: what comes is not what comes next.
        ReaderAhead: the engine has not had ``from_seq`` yet, that is, it lost events that this
            reader has seen.
        WireError: authentic frames could not be read, or frames are not authentic.
    """
    next_seq = from_seq
    known = each_of(engines)
    silence_s = SILENCE_S if len(known) == 1 else SEVERAL_SILENCE_S
    wait_max_s = RECONNECT_MAX_S if len(known) == 1 else RECONNECT_START_S
    wait_s = RECONNECT_START_S
    heard = heard or HeardEpoch()
    for address in cycle(known):
        stream = CatchUpClient(
            master_key=master_key,
            session_id=secrets.randbits(64) or 1,
            client_id=client_id,
            from_event_seq=next_seq,
            epoch=heard.value,
        )
        try:
            async with aclosing(_one_connection(address, stream, silence_s)) as received:
                async for first_seq, events in received:
                    heard.raise_to(stream.epoch)
                    yield first_seq, events
                    wait_s = RECONNECT_START_S
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            if isinstance(error, LeaderChanged):
                _log.warning("%s, and is not listened to", error)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, wait_max_s)
        heard.raise_to(stream.epoch)
        next_seq = stream.next_seq


async def _one_connection(
    address: EngineAddress, stream: CatchUpClient, silence_s: float
) -> AsyncGenerator[tuple[int, bytes]]:
    async with asyncio.timeout(silence_s):
        reader, writer = await asyncio.open_connection(address.host, address.tcp_port)
    try:
        writer.write(stream.hello())
        while True:
            async with asyncio.timeout(silence_s):
                frame = await read_frame(reader)
            received = stream.receive(frame)
            if received:
                yield received
    finally:
        writer.close()
