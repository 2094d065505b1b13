"""What is listed and set, as operators read it: decimal text and names for units and numbers."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from accounts.errors import Refusal, RefusalCode
from accounts.settling.venue import AssetRecord, InstrumentRecord
from accounts.settling.venue_settings import (
    AccountTerms,
    AssetLimits,
    ScheduledStatus,
    TierFees,
    VenueState,
)
from domain.instruments import Asset, Instrument
from domain.orders import AccountStatus, StatusCause, TradingStatus, VenueStatus
from domain.units import PRICE_TICKS_MAX, QTY_LOTS_MAX

_RULES = ("collar_bps", "breaker_bps", "breaker_window_s", "auction_s")


class InstrumentRow(Protocol):
    """An instrument as it is stored, now or at an earlier time."""

    @property
    def instrument_id(self) -> int: ...
    @property
    def quote_atoms_per_tick_lot(self) -> int: ...
    @property
    def base_atoms_per_lot(self) -> int: ...
    @property
    def maker_fee_ppm(self) -> int: ...
    @property
    def taker_fee_ppm(self) -> int: ...
    @property
    def band_bps(self) -> int: ...
    @property
    def min_notional_atoms(self) -> int: ...
    @property
    def price_max_ticks(self) -> int: ...
    @property
    def qty_max_lots(self) -> int: ...
    @property
    def trading_status(self) -> int: ...
    @property
    def status_cause(self) -> int: ...
    @property
    def reference_price_ticks(self) -> int: ...


@dataclass(frozen=True, slots=True)
class VenueRows:
    """All that is listed and set, read at ``read_at_s`` (Unix seconds)."""

    read_at_s: int
    state: VenueState
    assets: list[AssetRecord]
    instruments: list[InstrumentRecord]
    fees: list[TierFees]
    scheduled: list[ScheduledStatus]
    account_terms: list[AccountTerms]
    asset_limits: list[AssetLimits]

    def named(self, symbol: str) -> InstrumentRecord:
        """Return an instrument.

        Raises:
            Refusal: UNKNOWN_INSTRUMENT.
        """
        for one in self.instruments:
            if one.symbol == symbol.upper():
                return one
        known = ", ".join(one.symbol for one in self.instruments) or "none yet"
        message = f"there is no instrument {symbol!r}; there are: {known}"
        raise Refusal(RefusalCode.UNKNOWN_INSTRUMENT, message)

    def asset(self, name: str) -> Asset:
        """Return an asset.

        Raises:
            Refusal: UNKNOWN_ASSET.
        """
        for one in self.assets:
            if one.name == name.upper():
                return Asset(one.asset_id, one.name, one.scale)
        raise Refusal(RefusalCode.UNKNOWN_ASSET, f"there is no asset {name!r}")


def instrument_of(venue: VenueRows, row: InstrumentRecord) -> Instrument:
    """Return the instrument that a row describes."""
    return _instrument(venue, row, row)


def terms_in_words(
    venue: VenueRows, listed: InstrumentRecord, row: InstrumentRow
) -> dict[str, Any]:
    """Return the terms, rules and status that ``row`` has of the instrument ``listed``."""
    now = _instrument(venue, listed, row)
    ticks, lots, reference = row.price_max_ticks, row.qty_max_lots, row.reference_price_ticks
    return {
        "tick_size": now.tick_size,
        "lot_size": now.lot_size,
        "maker_fee_ppm": row.maker_fee_ppm,
        "taker_fee_ppm": row.taker_fee_ppm,
        "band_bps": row.band_bps,
        "min_notional": now.quote.text(row.min_notional_atoms),
        "price_max": now.price_text(ticks) if ticks < PRICE_TICKS_MAX else None,
        "qty_max": now.qty_text(lots) if lots < QTY_LOTS_MAX else None,
        "status": TradingStatus(row.trading_status).name.lower(),
        "status_cause": StatusCause(row.status_cause).name.lower(),
        "reference_price": now.price_text(reference) if reference else None,
        **{name: getattr(row, name) for name in _RULES},
    }


def instrument_in_words(venue: VenueRows, row: InstrumentRecord) -> dict[str, Any]:
    """Return all that is set of an instrument."""
    base, quote = (_asset(venue, id_) for id_ in (row.base_asset_id, row.quote_asset_id))
    fees = (one for one in venue.fees if one.instrument_id == row.instrument_id)
    waiting = (one for one in venue.scheduled if one.instrument_id == row.instrument_id)
    return {
        "symbol": row.symbol,
        "base_asset": base.name,
        "quote_asset": quote.name,
        **terms_in_words(venue, row, row),
        "tier_fees": [
            {
                "tier": one.tier,
                "maker_fee_ppm": one.maker_fee_ppm,
                "taker_fee_ppm": one.taker_fee_ppm,
            }
            for one in fees
        ],
        "scheduled": [
            {"at_s": one.at_s, "status": TradingStatus(one.trading_status).name.lower()}
            for one in waiting
        ],
    }


def account_in_words(venue: VenueRows, account_id: int) -> dict[str, Any]:
    """Return all that is set of an account."""
    known = [one for one in venue.account_terms if one.account_id == account_id]
    terms = asdict(known[0] if known else AccountTerms(account_id, 1, 0, 0, 0, 0))
    status = AccountStatus(terms.pop("account_status")).name.lower()
    limits = []
    for one in venue.asset_limits:
        if one.account_id == account_id:
            asset = _asset(venue, one.asset_id)
            limits.append(
                {
                    "asset": asset.name,
                    "position_max": asset.text(one.position_max_atoms),
                    "order_notional_max": asset.text(one.order_notional_max_atoms),
                }
            )
    return {**terms, "status": status, "asset_limits": limits}


def subject_in_words(venue: VenueRows, subject: str) -> dict[str, Any]:
    """Return what is set of the venue, an asset, an instrument or an account; {} of none."""
    kind, _, name = subject.partition(":")
    if kind == "venue":
        return {"status": VenueStatus(venue.state.venue_status).name.lower()}
    if kind == "account":
        return account_in_words(venue, int(name))
    if kind == "asset":
        return next(({"scale": one.scale} for one in venue.assets if one.name == name), {})
    listed = (one for one in venue.instruments if one.symbol == name)
    return next((instrument_in_words(venue, one) for one in listed), {})


def _instrument(venue: VenueRows, listed: InstrumentRecord, row: InstrumentRow) -> Instrument:
    return Instrument(
        instrument_id=row.instrument_id,
        symbol=listed.symbol,
        base=_asset(venue, listed.base_asset_id),
        quote=_asset(venue, listed.quote_asset_id),
        quote_atoms_per_tick_lot=row.quote_atoms_per_tick_lot,
        base_atoms_per_lot=row.base_atoms_per_lot,
        maker_fee_ppm=row.maker_fee_ppm,
        taker_fee_ppm=row.taker_fee_ppm,
        band_bps=row.band_bps,
        min_notional_atoms=row.min_notional_atoms,
        price_max_ticks=row.price_max_ticks,
        qty_max_lots=row.qty_max_lots,
        trading_status=TradingStatus(row.trading_status),
    )


def _asset(venue: VenueRows, asset_id: int) -> Asset:
    found = next(one for one in venue.assets if one.asset_id == asset_id)
    return Asset(found.asset_id, found.name, found.scale)
