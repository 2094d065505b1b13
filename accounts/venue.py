"""Assets, instruments and engine accounts as the event stream defines them."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.errors import Disagreement, OutOfSequence
from accounts.ledger import InstrumentUnits
from domain.events import (
    AccountOpened,
    AssetCreated,
    InstrumentCreated,
    Trade,
    TradingStatusChanged,
)
from domain.orders import TradingStatus


@dataclass(slots=True)
class AssetRecord:
    """An asset and the event that created it."""

    asset_id: int
    name: str
    scale: int
    created_seq: int


@dataclass(slots=True)
class InstrumentRecord(InstrumentUnits):
    """An instrument: its definition and where its book and tape stand.

    ``last_trade_price_ticks`` is 0 before the first trade.
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
class EngineAccount:
    """An account the engine opened."""

    account_id: int
    group_id: int
    opened_seq: int


class Venue:
    """Starts from the stored instruments and takes control events in order."""

    def __init__(self, instruments: Mapping[int, InstrumentRecord]) -> None:
        self._instruments = dict(instruments)
        self._stored = frozenset(instruments)
        self._used: set[int] = set()
        self.assets: list[AssetRecord] = []
        self.accounts: list[EngineAccount] = []

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
            book_seq=0,
            last_trade_price_ticks=0,
            next_trade_id=1,
            created_seq=seq,
        )

    def status_changed(self, event: TradingStatusChanged) -> None:
        """Take a change of trading status."""
        self.instrument(event.instrument_id).trading_status = int(event.trading_status)

    def instruments_created(self) -> list[InstrumentRecord]:
        """Return the instruments that were not stored before, by id."""
        return [item for key, item in sorted(self._instruments.items()) if key not in self._stored]

    def instruments_used(self) -> list[InstrumentRecord]:
        """Return the stored instruments that events were about, as they are now, by id."""
        return [self._instruments[key] for key in sorted(self._used & self._stored)]
