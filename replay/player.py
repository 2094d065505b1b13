"""Sends an order stream over UDP, over a bad network if asked for, and reads what comes of it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from replay.command_sender import CommandSender, Progress
from replay.event_spool import spooling
from replay.faults import FaultCounts, FaultRates
from replay.faulty_network import FaultyNetwork, faulty_network
from replay.market import ReplayMarket
from replay.result import Result, Tally
from schemas.framing import MessageType
from transport.engine_client import EngineAddress, EngineClient
from transport.event_follower import follow_events
from transport.keys import MasterKey
from transport.live_events import live_events

CLIENT_ID: Final = 9
IN_FLIGHT_DATAGRAMS: Final = 256
IN_FLIGHT_DATAGRAMS_FAULTY: Final = 12


@dataclass(frozen=True, kw_only=True)
class Injected:
    """What the network did, both ways, and what it cost. Datagrams."""

    to_engine: FaultCounts
    to_clients: FaultCounts
    resent: int
    """Commands that the client had to send again."""
    naks: int
    """How often events were asked for again."""
    undelivered: int
    """Met a full buffer or nobody."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """One run. ``elapsed_s``: from the first command sent to the last answered.
    ``events_digest``: BLAKE2b-128 of all events read, from ``first_event_seq`` on.
    """

    commands: int
    elapsed_s: float
    events: int
    first_event_seq: int
    events_digest: bytes
    injected: Injected | None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How to send: as fast as the engine's credits allow unless at ``rate_per_s``, or each command
    when it is due (seconds from the first), and over what a network; ``progress`` is told how many
    commands are answered.
    """

    rate_per_s: int | None = None
    due_s: Sequence[float] | None = None
    faults: FaultRates = FaultRates()
    progress: Progress = lambda _: None


async def play(
    address: EngineAddress,
    master_key: MasterKey,
    market: ReplayMarket,
    commands: Sequence[bytes],
    pace: Pace = Pace(),
) -> tuple[Played, Result]:
    """Send ``commands`` (96 bytes each) to an engine and return what they came to.

    The market is created first. Events of other markets are passed over.

    Raises:
        ReplayError: the engine refused the market, or did not answer.
    """
    tally = Tally()
    async with way_to(address, pace.faults) as (way, network):
        async with EngineClient.connect(way, master_key, CLIENT_ID) as client:
            first_seq = await market.open(client)

        def take(data: bytes) -> None:
            tally.read(data, market.instrument_id)

        played = await _run(way, master_key, commands, pace, network, first_seq, take)
    return played, tally.result()


async def play_capture(
    address: EngineAddress,
    master_key: MasterKey,
    commands: Sequence[bytes],
    pace: Pace = Pace(),
    take: Callable[[bytes], None] = lambda _: None,
) -> Played:
    """Send ``commands`` (96 bytes each) to an engine that has had none, and read its events;
    ``take`` is given them in order, many at a time.

    Raises:
        ReplayError: the engine did not answer.
    """
    async with way_to(address, pace.faults) as (way, network):
        return await _run(way, master_key, commands, pace, network, 1, take)


@asynccontextmanager
async def way_to(
    address: EngineAddress, faults: FaultRates
) -> AsyncIterator[tuple[EngineAddress, FaultyNetwork | None]]:
    """Yield where to find the engine: itself, or a bad network to it, and that network."""
    if not faults.any:
        yield address, None
        return
    async with faulty_network(address, faults) as network:
        yield network.address, network


async def _run(
    address: EngineAddress,
    master_key: MasterKey,
    commands: Sequence[bytes],
    pace: Pace,
    network: FaultyNetwork | None,
    first_seq: int,
    take: Callable[[bytes], None],
) -> Played:
    """Every event is read in sequence: over the catch-up stream, or, on a bad network, as
    datagrams, which suffer the same as the commands.
    """
    read = live_events if network else follow_events
    in_flight = IN_FLIGHT_DATAGRAMS_FAULTY if network else IN_FLIGHT_DATAGRAMS
    before = network.to_engine.seen[MessageType.COMMANDS] if network else 0
    async with (
        spooling(read(address, master_key, first_seq, CLIENT_ID)) as spool,
        CommandSender.connect(address, master_key, CLIENT_ID, in_flight) as sender,
    ):
        started_s = time.monotonic()
        last_seq = await sender.send(
            commands, rate_per_s=pace.rate_per_s, due_s=pace.due_s, progress=pace.progress
        )
        elapsed_s = time.monotonic() - started_s
        await spool.until(last_seq)
        digest = blake2b(digest_size=16)
        for data in spool.chunks():
            take(data)
            digest.update(data)
        return Played(
            commands=len(commands),
            elapsed_s=elapsed_s,
            events=spool.events,
            first_event_seq=first_seq,
            events_digest=digest.digest(),
            injected=_injected(network, before + sender.datagrams) if network else None,
        )


def _injected(network: FaultyNetwork, needed_datagrams: int) -> Injected:
    sent = network.to_engine.seen
    return Injected(
        to_engine=network.to_engine,
        to_clients=network.to_clients,
        resent=sent[MessageType.COMMANDS] - needed_datagrams,
        naks=sent[MessageType.NAK],
        undelivered=network.undelivered,
    )
