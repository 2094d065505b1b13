"""Sends an order stream over UDP, over a bad network if asked for, and reads what comes of it."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
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
    overflowed: int


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
    result: Result
    injected: Injected | None


async def play(
    address: EngineAddress,
    master_key: bytes,
    market: ReplayMarket,
    commands: Sequence[bytes],
    *,
    rate_per_s: int | None = None,
    faults: FaultRates | None = None,
    progress: Progress = lambda _: None,
) -> Played:
    """Send ``commands`` (96 bytes each) to an engine and return what they came to.

    As fast as the engine's credits allow, or at ``rate_per_s``. The market is created first. Every
    event in between is read in sequence, those of other markets are passed over: over the catch-up
    stream, or with ``faults`` as datagrams, which suffer the same as the commands.

    Raises:
        ReplayError: the engine refused the market, or did not answer.
    """
    async with AsyncExitStack() as stack:
        network: FaultyNetwork | None = None
        in_flight = IN_FLIGHT_DATAGRAMS
        if faults is not None and faults.any:
            network = await stack.enter_async_context(faulty_network(address, faults))
            address, in_flight = network.address, IN_FLIGHT_DATAGRAMS_FAULTY
        async with EngineClient.connect(address, master_key, CLIENT_ID) as client:
            first_seq = await market.open(client)
        read = live_events if network else follow_events
        spool = await stack.enter_async_context(
            spooling(read(address, master_key, first_seq, CLIENT_ID))
        )
        sender = await stack.enter_async_context(
            CommandSender.connect(address, master_key, CLIENT_ID, in_flight)
        )
        opening = network.to_engine.seen[MessageType.COMMANDS] if network else 0
        started_s = time.monotonic()
        last_seq = await sender.send(commands, rate_per_s=rate_per_s, progress=progress)
        elapsed_s = time.monotonic() - started_s
        await spool.until(last_seq)
        tally, digest = Tally(), blake2b(digest_size=16)
        for data in spool.chunks():
            tally.read(data, market.instrument_id)
            digest.update(data)
        return Played(
            commands=len(commands),
            elapsed_s=elapsed_s,
            events=spool.events,
            first_event_seq=first_seq,
            events_digest=digest.digest(),
            result=tally.result(),
            injected=_injected(network, opening + sender.datagrams) if network else None,
        )


def _injected(network: FaultyNetwork, needed_datagrams: int) -> Injected:
    sent = network.to_engine.seen
    return Injected(
        to_engine=network.to_engine,
        to_clients=network.to_clients,
        resent=sent[MessageType.COMMANDS] - needed_datagrams,
        naks=sent[MessageType.NAK],
        overflowed=network.overflowed,
    )
