"""The naive matcher's accounts, assets and instruments, and the commands that make them."""

from collections import Counter
from dataclasses import replace
from typing import Final

from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    OpenAccount,
    SetTradingStatus,
)
from domain.orders import TradingStatus
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID
from tests.property.naive_market import NaiveMarket
from tests.property.naive_orders import NaiveInstrument

_CAPITALS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ATOMS_MAX: Final = 2**62
_UNITS_MAX: Final = 2**53 - 1
_PPM_MAX: Final = 1_000_000


class Refused(Exception):
    """The rules forbid the command: nothing changes."""


class NaiveVenue:
    """Who and what there is to trade."""

    def __init__(self, market: NaiveMarket) -> None:
        self._market = market
        self.groups = {int(FEE_ACCOUNT_ID): 0}
        """By account_id."""
        self.assets: set[int] = set()
        self._deposited: Counter[int] = Counter()
        self._last_of_source: Counter[int] = Counter()

    def trades(self, instrument_id: int) -> bool:
        return self._market.instruments[instrument_id].trading_status is TradingStatus.TRADING

    def control(self, command: Command) -> int:
        """Execute one command about the venue; return the instrument it concerns, or 0.

        Raises:
            Refused: the rules forbid it.
        """
        match command:
            case OpenAccount():
                _need(command.account_id > 0 and command.account_id not in self.groups)
                self.groups[command.account_id] = command.group_id
            case CreateAsset():
                self._create_asset(command)
            case CreateInstrument():
                self._create_instrument(command)
            case SetTradingStatus():
                return self._set_status(command)
            case Deposit():
                self._deposit(command)
                return 0
        self._market.facts.append(("control", type(command).__name__))
        return 0

    def _create_asset(self, command: CreateAsset) -> None:
        _need(command.asset_id > 0 and command.asset_id not in self.assets)
        _need(command.scale <= 8 and len(command.name) > 0 and _CAPITALS.issuperset(command.name))
        self.assets.add(command.asset_id)

    def _create_instrument(self, command: CreateInstrument) -> None:
        known = self._market.instruments
        _need(command.instrument_id > 0 and command.instrument_id not in known)
        _need({command.base_asset_id, command.quote_asset_id} <= self.assets)
        _need(command.base_asset_id != command.quote_asset_id)
        _need(1 <= command.quote_atoms_per_tick_lot <= _ATOMS_MAX)
        _need(1 <= command.base_atoms_per_lot <= _ATOMS_MAX)
        _need(max(command.maker_fee_ppm, command.taker_fee_ppm) <= _PPM_MAX)
        _need(command.band_bps <= _PPM_MAX and command.min_notional_atoms >= 0)
        _need(0 <= command.price_max_ticks <= _UNITS_MAX)
        _need(0 <= command.qty_max_lots <= _UNITS_MAX)
        _need(len(command.symbol) > 0 and (_CAPITALS | {ord("-")}).issuperset(command.symbol))
        terms = replace(
            command,
            price_max_ticks=command.price_max_ticks or _UNITS_MAX,
            qty_max_lots=command.qty_max_lots or _UNITS_MAX,
        )
        known[command.instrument_id] = NaiveInstrument(terms)

    def _set_status(self, command: SetTradingStatus) -> int:
        instrument = self._market.instruments.get(command.instrument_id)
        if instrument is None:
            raise Refused
        wanted = command.trading_status
        _need(instrument.trading_status not in (wanted, TradingStatus.CLOSED))
        _need(wanted is not TradingStatus.AUCTION)
        if wanted is TradingStatus.CLOSED:
            for order in sorted(self._market.orders, key=lambda order: order.order_id):
                if order.instrument_id == command.instrument_id:
                    self._market.end(order, CancelReason.INSTRUMENT_CLOSED)
        instrument.trading_status = wanted
        self._market.facts.append(("status", command.instrument_id, wanted))
        return command.instrument_id

    def _deposit(self, command: Deposit) -> None:
        account_id, asset_id, atoms = command.account_id, command.asset_id, command.amount_atoms
        _need(account_id in self.groups and account_id != FEE_ACCOUNT_ID)
        _need(asset_id in self.assets and 1 <= atoms <= _ATOMS_MAX)
        _need(command.source_seq == self._last_of_source[command.source_id] + 1)
        _need(self._deposited[asset_id] + atoms <= _ATOMS_MAX)
        self._last_of_source[command.source_id] += 1
        self._deposited[asset_id] += atoms
        self._market.owned[account_id, asset_id] += atoms
        self._market.facts.append(("deposit", account_id, asset_id, atoms))


def _need(allowed: bool) -> None:
    if not allowed:
        raise Refused
