"""Captures the order flow of one instrument from a running engine's event stream.

The stream is followed from its first event, so that the book is known when the capture begins: its
orders come first, as if they entered then. Nothing is asked of the engine but its events.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from domain.events import AssetCreated, EventKind, InstrumentCreated
from domain.instruments import Asset, Instrument
from domain.venue_events import InstrumentUpdated
from replay.command_sender import Progress
from replay.errors import BadStream, CommandsLost
from replay.event_flow import EventFlow
from replay.order_flow import RECORD, Fields, FlowTerms, write_terms
from replay.player import CLIENT_ID
from schemas.codec import decode_event
from schemas.layouts import EVENT_BYTES
from transport.engine_address import EngineAddress
from transport.engine_client import EngineClient
from transport.event_follower import follow_events
from transport.keys import MasterKey

SOURCE: Final = "openbell"
_LISTINGS: Final = {
    EventKind.ASSET_CREATED,
    EventKind.INSTRUMENT_CREATED,
    EventKind.INSTRUMENT_UPDATED,
}


@dataclass(frozen=True, kw_only=True)
class LiveCapture:
    """What to capture: ``seconds`` from now on; ``whole``: what was before, too."""

    symbol: str
    path: Path
    seconds: float
    whole: bool
    progress: Progress = lambda _: None


async def capture_flow(address: EngineAddress, master_key: MasterKey, wanted: LiveCapture) -> int:
    """Write an instrument's flow to a file; return how many records it has. A file that is there is
    replaced once there is something to replace it with; what was cut short is kept as well.

    Raises:
        BadStream: there is no such instrument, or its ticks or lots change meanwhile.
        CommandsLost: the engine does not say how far it is.
    """
    async with EngineClient.connect(address, master_key, CLIENT_ID) as client:
        next_seq = client.next_event_seq
    if next_seq is None:
        raise CommandsLost("the engine does not say how far it is")
    flow = _Listed(wanted.symbol)
    with _replacing(wanted.path) as file:
        writer = _Writer(file, wanted)
        stream = follow_events(address, master_key, 1, CLIENT_ID)
        with suppress(TimeoutError):  # so long it was to last
            async with asyncio.timeout(None) as limit:
                async with aclosing(stream) as received:
                    await _follow(received, next_seq, flow, writer, limit, wanted)
    return writer.records


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` that takes its place in the end, unless the block fails."""
    part = path.with_name(f"{path.name}.part")
    is_kept = False
    try:
        with part.open("wb") as file:
            try:
                yield file
                is_kept = True
            except asyncio.CancelledError:
                is_kept = file.tell() > 0
                raise
    finally:
        if is_kept:
            part.replace(path)
        else:
            part.unlink(missing_ok=True)


async def _follow(
    received: AsyncIterator[tuple[int, bytes]],
    next_seq: int,
    flow: "_Listed",
    writer: "_Writer",
    limit: asyncio.Timeout,
    wanted: LiveCapture,
) -> None:
    is_live = False
    async for first_seq, events in received:
        old = 0 if is_live else max(0, min(next_seq - first_seq, len(events) // EVENT_BYTES))
        before = flow.read(events[: old * EVENT_BYTES])
        if wanted.whole and before:
            writer.write(flow.terms, before)
        if not is_live and first_seq + old >= next_seq:
            is_live = True
            writer.write(flow.terms, [] if wanted.whole else flow.book())
            limit.reschedule(asyncio.get_running_loop().time() + wanted.seconds)
        if rows := flow.read(events[old * EVENT_BYTES :]):
            writer.write(flow.terms, rows)


class _Listed:
    """The flow of one symbol, from the moment it is listed."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._assets: dict[int, Asset] = {}
        self._instrument: Instrument | None = None
        self._flow: EventFlow | None = None
        self._last_ns = 0

    @property
    def terms(self) -> FlowTerms:
        """What its ticks and lots are.

        Raises:
            BadStream: it is not listed.
        """
        instrument = self._instrument
        if instrument is None:
            raise BadStream(f"the exchange has no instrument {self._symbol}")
        return FlowTerms(
            symbol=self._symbol,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
            base_scale=instrument.base.scale,
            quote_scale=instrument.quote.scale,
            source=SOURCE,
        )

    def book(self) -> list[Fields]:
        """Return the displayed orders as if they entered at the last event."""
        return [] if self._flow is None else list(self._flow.book(self._last_ns))

    def read(self, events: bytes) -> list[Fields]:
        """Return what ``events`` did to it."""
        rows: list[Fields] = []
        begin = 0
        for index, kind in enumerate(events[::EVENT_BYTES]):
            if kind in _LISTINGS:
                rows += self._rows(events[begin * EVENT_BYTES : index * EVENT_BYTES])
                self._list(events[index * EVENT_BYTES : (index + 1) * EVENT_BYTES])
                begin = index + 1
        rows += self._rows(events[begin * EVENT_BYTES :])
        self._last_ns = rows[-1][0] if rows else self._last_ns
        return rows

    def _rows(self, events: bytes) -> list[Fields]:
        return self._flow.read(events) if self._flow is not None else []

    def _list(self, data: bytes) -> None:
        event = decode_event(data)
        if isinstance(event, AssetCreated):
            self._assets[event.asset_id] = Asset(
                event.asset_id, event.name.decode("ascii"), event.scale
            )
        elif isinstance(event, InstrumentCreated | InstrumentUpdated):
            if event.symbol.decode("ascii") == self._symbol:
                self._use(event)

    def _use(self, event: InstrumentCreated | InstrumentUpdated) -> None:
        instrument = Instrument(
            instrument_id=event.instrument_id,
            symbol=self._symbol,
            base=self._assets[event.base_asset_id],
            quote=self._assets[event.quote_asset_id],
            quote_atoms_per_tick_lot=event.quote_atoms_per_tick_lot,
            base_atoms_per_lot=event.base_atoms_per_lot,
            maker_fee_ppm=0,
            taker_fee_ppm=0,
            band_bps=0,
        )
        if self._instrument is not None and instrument.steps != self._instrument.steps:
            raise BadStream(f"{self._symbol} changed its ticks or lots: a flow has one kind")
        self._instrument = instrument
        self._flow = self._flow or EventFlow(event.instrument_id)


class _Writer:
    def __init__(self, file: IO[bytes], wanted: LiveCapture) -> None:
        self._file = file
        self._progress = wanted.progress
        self._begun = False
        self.records = 0

    def write(self, terms: FlowTerms, rows: Iterable[Fields]) -> None:
        """Append rows, behind the terms of the flow."""
        if not self._begun:
            write_terms(self._file, terms)
            self._begun = True
        for row in rows:
            self._file.write(RECORD.pack(*row))
            self.records += 1
        self._progress(self.records)
