"""A market out of a seed: instruments on the real core, and the bots that live there."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backtest.errors import CannotBacktest
from backtest.trader import Trader
from backtest.venue import Venue
from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    OpenAccount,
    SetTradingStatus,
)
from domain.events import OutcomeResult
from domain.instruments import Asset, Instrument, define
from domain.orders import TradingStatus
from trading_bot.desk import Desk
from trading_bot.parameters import parameters_of
from trading_bot.setting import Setting
from trading_bot.strategies import Entry, strategy_named

SOURCE_ID: Final = 2**32 - 2
"""Of the deposits: no other source has this number."""
OWN_SOURCE_ID: Final = SOURCE_ID - 1
"""Of the deposits to the strategy under test: an exchange that began with a history has the other.
"""
FIRST_ACCOUNT_ID: Final = 990
MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_000

BTC, ETH, USDT = Asset(1, "BTC"), Asset(2, "ETH"), Asset(3, "USDT")


def _instrument(
    number: int, base: Asset, quote: Asset, tick: str, lot: str, least: str
) -> Instrument:
    return define(
        number,
        base,
        quote,
        tick_size=tick,
        lot_size=lot,
        maker_fee_ppm=MAKER_FEE_PPM,
        taker_fee_ppm=TAKER_FEE_PPM,
        min_notional=least,
    )


INSTRUMENTS: Final = {
    one.symbol: one
    for one in (
        _instrument(1, BTC, USDT, "0.01", "0.00001", "1"),
        _instrument(2, ETH, USDT, "0.01", "0.0001", "1"),
        _instrument(3, ETH, BTC, "0.00001", "0.001", "0.0001"),
    )
}
START_PRICES: Final = {"BTC-USDT": "64000", "ETH-USDT": "3400", "ETH-BTC": "0.05313"}
FUNDS: Final = {"BTC": "2000", "ETH": "30000", "USDT": "100000000"}
IN_BTC: Final = {
    "market_maker": {"notional": "0.04", "inventory_max": "6"},
    "noise_taker": {"notional": "0.006", "notional_max": "0.13", "inventory_max": "2.5"},
}
"""Of bots whose quote asset is BTC."""


@dataclass(frozen=True)
class Resident:
    """A bot that lives in a market."""

    strategy: str
    symbol: str
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        """Names it in this market."""
        return f"{self.strategy}:{self.symbol}"


def residents(symbols: Sequence[str]) -> list[Resident]:
    """Return those that an exchange begins with: a maker and a taker for each instrument."""
    return [
        Resident(strategy, symbol, parameters if symbol.endswith("-BTC") else {})
        for symbol in symbols
        for strategy, parameters in IN_BTC.items()
    ]


def opening(instruments: Sequence[Instrument]) -> Iterator[Command]:
    """Yield what makes ``instruments``, and their assets, and opens them for trading."""
    assets = {one.asset_id: one for i in instruments for one in (i.base, i.quote)}
    for asset in assets.values():
        yield CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())
    for instrument in instruments:
        yield CreateInstrument(
            instrument_id=instrument.instrument_id,
            symbol=instrument.symbol.encode(),
            base_asset_id=instrument.base.asset_id,
            quote_asset_id=instrument.quote.asset_id,
            quote_atoms_per_tick_lot=instrument.quote_atoms_per_tick_lot,
            base_atoms_per_lot=instrument.base_atoms_per_lot,
            maker_fee_ppm=instrument.maker_fee_ppm,
            taker_fee_ppm=instrument.taker_fee_ppm,
            band_bps=instrument.band_bps,
            min_notional_atoms=instrument.min_notional_atoms,
        )
        yield SetTradingStatus(
            instrument_id=instrument.instrument_id, trading_status=TradingStatus.TRADING
        )


class Bank:
    """Opens accounts and funds them, its deposits numbered without a gap."""

    def __init__(self, venue: Venue, source_id: int = SOURCE_ID) -> None:
        self._venue = venue
        self._source_id = source_id
        self._deposits = 0

    def fund(self, account_id: int, funds: Mapping[Asset, int], ts_ns: int) -> None:
        """Open an account with ``funds`` atoms of each asset."""
        commands: list[Command] = [OpenAccount(account_id=account_id, group_id=account_id)]
        for asset, amount_atoms in funds.items():
            self._deposits += 1
            deposit = Deposit(
                account_id=account_id,
                asset_id=asset.asset_id,
                amount_atoms=amount_atoms,
                source_id=self._source_id,
                source_seq=self._deposits,
            )
            commands.append(deposit)
        execute(self._venue, commands, ts_ns)


def execute(venue: Venue, commands: Sequence[Command], ts_ns: int) -> None:
    """Execute ``commands``, none of which may be refused.

    Raises:
        CannotBacktest: one was.
    """
    for command, outcome in zip(commands, venue.execute(commands, ts_ns), strict=True):
        if outcome.result is not OutcomeResult.DONE:
            raise CannotBacktest(f"{type(command).__name__} refused: {outcome.reason.name}")


def usual_funds(instruments: Sequence[Instrument]) -> dict[Asset, int]:
    """Return what a bot of the demo has of the assets of ``instruments``, in atoms."""
    assets = {one.asset_id: one for i in instruments for one in (i.base, i.quote)}
    return {asset: asset.atoms(FUNDS.get(asset.name, "100000000")) for asset in assets.values()}


def trader_of(
    name: str,
    entry: Entry,
    parameters: Mapping[str, str],
    account_id: int,
    setting: Setting,
    latency_ns: int = 0,
) -> Trader:
    """Return a strategy at its desk.

    Raises:
        BotError: it cannot be made of these parameters and instruments.
        CannotBacktest: it needs prices from outside, which nobody recorded.
    """
    strategy = entry.make(setting, parameters_of(entry.parameters, parameters))
    if setting.feeds:
        raise CannotBacktest(f"{setting.feeds[0].source}: a backtest has no prices from outside")
    desk = Desk(strategy, setting.instruments)
    ids = {one.symbol: one.instrument_id for one in setting.instruments}
    return Trader(name, account_id, desk, ids, latency_ns)


def resident_trader(
    resident: Resident,
    instrument: Instrument,
    account_id: int,
    now_ns: int,
    seed: int,
    start_price: str,
) -> Trader:
    """Return a resident, its draws its own."""
    setting = Setting(
        instruments=(instrument,),
        start_ticks=instrument.price_ticks(start_price),
        now_ns=now_ns,
        draws=random.Random(f"{seed}:{resident.name}"),
    )
    entry = strategy_named(resident.strategy)
    return trader_of(resident.name, entry, resident.parameters, account_id, setting)
