"""Assets, instruments and engine accounts as the event stream defines them."""

from collections.abc import Set
from copy import copy
from dataclasses import dataclass, fields
from typing import Final

from accounts.errors import Disagreement, OutOfSequence
from accounts.settling.ledger import InstrumentUnits
from domain.events import (
    AccountOpened,
    AssetCreated,
    InstrumentCreated,
    Trade,
    TradingStatusChanged,
)
from domain.orders import StatusCause, TradingStatus
from domain.venue_events import InstrumentRulesChanged, InstrumentUpdated


@dataclass(slots=True)
class AssetRecord:
    """An asset and the event that created it."""

    asset_id: int
    name: str
    scale: int
    created_seq: int


@dataclass(slots=True)
class InstrumentRecord(InstrumentUnits):
    """An instrument: its terms and rules, and where its book and tape stand.

    ``last_trade_price_ticks`` is 0 before the first trade, and before the first after a change of
    units.
    """

    instrument_id: int
    symbol: str
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int
    price_max_ticks: int
    qty_max_lots: int
    trading_status: int
    status_cause: int
    auction_ends_ns: int
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int
    reference_price_ticks: int
    book_seq: int
    last_trade_price_ticks: int
    next_trade_id: int
    created_seq: int

    def advance_book(self, seq: int, book_seq: int) -> None:
        """Take a visible change of the book.

        Raises:
            OutOfSequence: it is not the next one.
        """
        if book_seq != self.book_seq + 1:
            raise OutOfSequence(
                f"event {seq}: book of {self.symbol} moves from {self.book_seq} to {book_seq}"
            )
        self.book_seq = book_seq

    def trade(self, seq: int, event: Trade) -> None:
        """Take a trade.

        Raises:
            OutOfSequence: its trade id or book number is not the next one.
        """
        if event.trade_id != self.next_trade_id:
            raise OutOfSequence(
                f"event {seq}: trade {event.trade_id} of {self.symbol}, not {self.next_trade_id}"
            )
        self.next_trade_id += 1
        self.last_trade_price_ticks = event.price_ticks
        self.advance_book(seq, event.book_seq)


@dataclass(slots=True)
class UnitsRecord:
    """What an instrument's tick and lot are from event ``from_seq`` and ``first_trade_id`` on."""

    instrument_id: int
    from_seq: int
    first_trade_id: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int


@dataclass(slots=True)
class InstrumentVersion:
    """What an instrument's terms, rules and status are from event ``event_seq`` on."""

    instrument_id: int
    event_seq: int
    ts_ns: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_bps: int
    min_notional_atoms: int
    price_max_ticks: int
    qty_max_lots: int
    trading_status: int
    status_cause: int
    collar_bps: int
    breaker_bps: int
    breaker_window_s: int
    auction_s: int
    reference_price_ticks: int


_VERSIONED: Final = tuple(field.name for field in fields(InstrumentVersion))[3:]


@dataclass(slots=True)
class EngineAccount:
    """An account the engine opened."""

    account_id: int
    group_id: int
    opened_seq: int


class Venue:
    """Moves the known instruments on: takes control events in order."""

    def __init__(self, instruments: dict[int, InstrumentRecord]) -> None:
        self._instruments = instruments
        self._stored = frozenset(instruments)
        self._used: set[int] = set()
        self._new_terms: set[int] = set()
        self.assets: list[AssetRecord] = []
        self.accounts: list[EngineAccount] = []
        self.units: list[UnitsRecord] = []
        self.versions: list[InstrumentVersion] = []

    def instrument(self, instrument_id: int) -> InstrumentRecord:
        """Return an instrument.

        Raises:
            Disagreement: no event created it.
        """
        found = self._instruments.get(instrument_id)
        if found is None:
            raise Disagreement(f"instrument {instrument_id} was never created")
        self._used.add(instrument_id)
        return found

    def account_opened(self, seq: int, event: AccountOpened) -> None:
        """Take a new account."""
        self.accounts.append(EngineAccount(event.account_id, event.group_id, seq))

    def asset_created(self, seq: int, event: AssetCreated) -> None:
        """Take a new asset."""
        name = event.name.rstrip(b"\0").decode("ascii")
        self.assets.append(AssetRecord(event.asset_id, name, event.scale, seq))

    def instrument_created(self, seq: int, event: InstrumentCreated) -> None:
        """Take a new instrument."""
        self._instruments[event.instrument_id] = InstrumentRecord(
            instrument_id=event.instrument_id,
            symbol=event.symbol.rstrip(b"\0").decode("ascii"),
            base_asset_id=event.base_asset_id,
            quote_asset_id=event.quote_asset_id,
            quote_atoms_per_tick_lot=event.quote_atoms_per_tick_lot,
            base_atoms_per_lot=event.base_atoms_per_lot,
            maker_fee_ppm=event.maker_fee_ppm,
            taker_fee_ppm=event.taker_fee_ppm,
            band_bps=event.band_bps,
            min_notional_atoms=event.min_notional_atoms,
            price_max_ticks=event.price_max_ticks,
            qty_max_lots=event.qty_max_lots,
            trading_status=int(TradingStatus.HALT),
            status_cause=int(StatusCause.REQUESTED),
            auction_ends_ns=0,
            collar_bps=0,
            breaker_bps=0,
            breaker_window_s=0,
            auction_s=0,
            reference_price_ticks=0,
            book_seq=0,
            last_trade_price_ticks=0,
            next_trade_id=1,
            created_seq=seq,
        )
        created = self.instrument(event.instrument_id)
        self._note_units(seq, created)
        self._note_version(seq, event.ts_ns, created)

    def instrument_updated(self, seq: int, event: InstrumentUpdated) -> None:
        """Take new terms. New units begin a new count: no price from before means anything in it.

        Raises:
            Disagreement: base, quote or symbol are not as they were.
        """
        found = self._changing(event.instrument_id)
        symbol = event.symbol.rstrip(b"\0").decode("ascii")
        if (found.symbol, found.base_asset_id, found.quote_asset_id) != (
            symbol,
            event.base_asset_id,
            event.quote_asset_id,
        ):
            raise Disagreement(f"event {seq}: {found.symbol} cannot become {symbol}")
        units = (event.quote_atoms_per_tick_lot, event.base_atoms_per_lot)
        if units != (found.quote_atoms_per_tick_lot, found.base_atoms_per_lot):
            found.quote_atoms_per_tick_lot, found.base_atoms_per_lot = units
            found.last_trade_price_ticks = found.reference_price_ticks = 0
            self._note_units(seq, found)
        found.maker_fee_ppm, found.taker_fee_ppm = event.maker_fee_ppm, event.taker_fee_ppm
        found.band_bps = event.band_bps
        found.min_notional_atoms = event.min_notional_atoms
        found.price_max_ticks, found.qty_max_lots = event.price_max_ticks, event.qty_max_lots
        self._note_version(seq, event.ts_ns, found)

    def rules_changed(self, seq: int, event: InstrumentRulesChanged) -> None:
        """Take what guards an instrument's price."""
        found = self._changing(event.instrument_id)
        found.collar_bps = event.collar_bps
        found.breaker_bps = event.breaker_bps
        found.breaker_window_s = event.breaker_window_s
        found.auction_s = event.auction_s
        found.reference_price_ticks = event.reference_price_ticks
        self._note_version(seq, event.ts_ns, found)

    def status_changed(self, seq: int, event: TradingStatusChanged) -> None:
        """Take a change of trading status."""
        found = self._changing(event.instrument_id)
        found.trading_status = int(event.trading_status)
        found.status_cause = int(event.cause)
        found.auction_ends_ns = event.auction_ends_ns
        self._note_version(seq, event.ts_ns, found)

    def _changing(self, instrument_id: int) -> InstrumentRecord:
        self._new_terms.add(instrument_id)
        return self.instrument(instrument_id)

    def _note_units(self, seq: int, record: InstrumentRecord) -> None:
        self.units.append(
            UnitsRecord(
                record.instrument_id,
                seq,
                record.next_trade_id,
                record.quote_atoms_per_tick_lot,
                record.base_atoms_per_lot,
            )
        )

    def _note_version(self, seq: int, ts_ns: int, record: InstrumentRecord) -> None:
        terms = {name: getattr(record, name) for name in _VERSIONED}
        self.versions.append(InstrumentVersion(record.instrument_id, seq, ts_ns, **terms))

    def instruments_created(self) -> list[InstrumentRecord]:
        """Return the instruments that were not stored before, as they are now, by id."""
        return self._now(self._used - self._stored)

    def instruments_used(self) -> list[InstrumentRecord]:
        """Return the stored instruments that events were about, as they are now, by id."""
        return self._now(self._used & self._stored)

    def new_terms(self) -> list[InstrumentRecord]:
        """Return the stored instruments whose terms, rules or status changed, by id."""
        return self._now(self._new_terms & self._stored)

    def _now(self, instrument_ids: Set[int]) -> list[InstrumentRecord]:
        return [copy(self._instruments[key]) for key in sorted(instrument_ids)]
