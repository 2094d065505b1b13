"""A market of an order flow's own, on any engine: its ticks and lots, new ids, funded accounts."""

from dataclasses import dataclass
from typing import ClassVar, Self

from domain.commands import Command, CreateAsset, CreateInstrument, SetTradingStatus
from domain.instruments import Asset, Instrument, InvalidDefinition, define
from domain.orders import TradingStatus
from replay.errors import BadStream
from replay.market import ACCOUNTS, BAND_BPS, ReplayMarket, drawn_id
from replay.order_flow import FlowTerms


@dataclass(frozen=True)
class FlowMarket(ReplayMarket):
    """The flow's orders are dealt out to all accounts but the last, which takes."""

    accounts: ClassVar[int] = ACCOUNTS + 1
    instrument: Instrument

    @classmethod
    def of(cls, terms: FlowTerms, now_ns: int) -> Self:
        """Return a market with the terms of a flow.

        Raises:
            BadStream: they are not exact, or its symbol is not BASE-QUOTE.
        """
        first_id = drawn_id()
        base, _, quote = terms.symbol.partition("-")
        try:
            instrument = define(
                first_id,
                Asset(first_id, base, terms.base_scale),
                Asset(first_id + 1, quote, terms.quote_scale),
                tick_size=terms.tick_size,
                lot_size=terms.lot_size,
                maker_fee_ppm=0,
                taker_fee_ppm=0,
                band_bps=BAND_BPS,
            )
        except (InvalidDefinition, ValueError) as error:
            raise BadStream(f"{terms.symbol}: {error}") from error
        return cls(
            first_account_id=first_id,
            instrument_id=first_id,
            now_ns=now_ns,
            instrument=instrument,
        )

    @property
    def taker_account_id(self) -> int:
        """The account whose orders take what the flow says was executed."""
        return self.first_account_id + ACCOUNTS

    def _listing(self) -> list[Command]:
        instrument = self.instrument
        assets: list[Command] = [
            CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())
            for asset in (instrument.base, instrument.quote)
        ]
        return [
            *assets,
            CreateInstrument(
                instrument_id=self.instrument_id,
                symbol=instrument.symbol.encode(),
                base_asset_id=instrument.base.asset_id,
                quote_asset_id=instrument.quote.asset_id,
                quote_atoms_per_tick_lot=instrument.quote_atoms_per_tick_lot,
                base_atoms_per_lot=instrument.base_atoms_per_lot,
                maker_fee_ppm=0,
                taker_fee_ppm=0,
                band_bps=BAND_BPS,
            ),
            SetTradingStatus(
                instrument_id=self.instrument_id, trading_status=TradingStatus.TRADING
            ),
        ]
