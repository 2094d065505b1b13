"""Sends an order stream over UDP and reads the events it brings about."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import BinaryIO, Final

from replay.market import ReplayMarket
from replay.result import Result, Tally
from schemas.codec import decode_events
from schemas.layouts import EVENT_BYTES
from transport.engine_client import EngineAddress, EngineClient
from transport.event_follower import follow_events

CLIENT_ID: Final = 9
CHUNK_COMMANDS: Final = 20_000
TURN_S: Final = 0.02
"""At a given rate, commands are sent in turns of this length."""
OUTCOME_TIMEOUT_S: Final = 60.0
_READ_EVENTS: Final = 4_096

Progress = Callable[[int], None]
"""Told how many commands have been answered so far."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """One run. ``elapsed_s``: from the first command sent to the last answered."""

    commands: int
    elapsed_s: float
    events: int
    result: Result


async def play(
    address: EngineAddress,
    master_key: bytes,
    market: ReplayMarket,
    commands: Sequence[bytes],
    *,
    rate_per_s: int | None = None,
    progress: Progress = lambda _: None,
) -> Played:
    """Send ``commands`` (96 bytes each) to an engine and return what they came to.

    As fast as the engine's credits allow, or at ``rate_per_s``. The market is created first. Every
    event in between is read over the catch-up stream, in sequence; those of other markets are
    passed over.
    """
    async with EngineClient.connect(address, master_key, CLIENT_ID) as client:
        first_seq = await market.open(client)
        with tempfile.TemporaryFile(prefix="openbell-replay-") as spool:
            reached = asyncio.Event()
            reader = _Reader(spool, reached)
            reading = asyncio.create_task(reader.read(address, master_key, first_seq))
            started_s = time.monotonic()
            last_seq = await _send(client, commands, rate_per_s, progress)
            elapsed_s = time.monotonic() - started_s
            reader.wanted_seq = last_seq
            reader.check()
            waiting = asyncio.create_task(reached.wait())
            await asyncio.wait([waiting, reading], return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading  # it never ends by itself: raise what ended it
            reading.cancel()
            tally = _tally(spool, market.instrument_id)
    return Played(
        commands=len(commands), elapsed_s=elapsed_s, events=reader.events, result=tally.result()
    )


async def _send(
    client: EngineClient, commands: Sequence[bytes], rate_per_s: int | None, progress: Progress
) -> int:
    """Send everything in order; return the event sequence after the last command."""
    chunk = CHUNK_COMMANDS if rate_per_s is None else max(1, int(rate_per_s * TURN_S))
    started_s, last_seq = time.monotonic(), 0
    for at in range(0, len(commands), chunk):
        if rate_per_s is not None:
            await asyncio.sleep(max(0.0, started_s + at / rate_per_s - time.monotonic()))
        outcomes = await client.submit_many(commands[at : at + chunk], timeout_s=OUTCOME_TIMEOUT_S)
        last_seq = outcomes[-1].last_event_seq
        progress(at + len(outcomes))
    return last_seq


class _Reader:
    """Spools events to a file until the wanted one has come."""

    def __init__(self, spool: BinaryIO, reached: asyncio.Event) -> None:
        self._spool = spool
        self._reached = reached
        self.events = 0
        self.last_seq = 0
        self.wanted_seq: int | None = None

    async def read(self, address: EngineAddress, master_key: bytes, from_seq: int) -> None:
        async with aclosing(follow_events(address, master_key, from_seq, CLIENT_ID)) as stream:
            async for first_seq, data in stream:
                count = len(data) // EVENT_BYTES
                self._spool.write(data)
                self.events += count
                self.last_seq = first_seq + count - 1
                self.check()

    def check(self) -> None:
        if self.wanted_seq is not None and self.last_seq >= self.wanted_seq:
            self._reached.set()


def _tally(spool: BinaryIO, instrument_id: int) -> Tally:
    tally = Tally()
    spool.seek(0)
    while data := spool.read(_READ_EVENTS * EVENT_BYTES):
        for event in decode_events(data):
            if getattr(event, "instrument_id", None) == instrument_id:
                tally.apply(event)
    return tally
