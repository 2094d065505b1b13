"""The naive matcher's accounts, assets and instruments, and the commands that make and change
them.
"""

from collections import Counter
from dataclasses import replace
from typing import Final

from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    HoldWithdrawal,
    OpenAccount,
    PostWithdrawal,
    SetTradingStatus,
    Transfer,
    VoidWithdrawal,
)
from domain.orders import AccountStatus, StatusCause, TradingStatus, VenueStatus
from domain.reasons import CancelReason, TransferReason
from domain.units import FEE_ACCOUNT_ID
from domain.venue_commands import (
    ScheduleTradingStatus,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetVenueStatus,
    UpdateInstrument,
)
from tests.property.naive_market import NaiveMarket
from tests.property.naive_orders import NaiveAccount, NaiveInstrument

_CAPITALS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ATOMS_MAX: Final = 2**62
_UNITS_MAX: Final = 2**53 - 1
_MILLION: Final = 1_000_000
_DAY_S: Final = 86_400
_TIERS: Final = range(1, 16)
_OPEN_ORDERS_MAX: Final = 10_000
_SCHEDULED_MAX: Final = 64
_UNTRADABLE: Final = (AccountStatus.SUSPENDED, AccountStatus.CLOSED)


class Refused(Exception):
    """The rules forbid the command: nothing changes."""


class NaiveVenue:
    """Who and what there is to trade."""

    def __init__(self, market: NaiveMarket) -> None:
        self._market = market
        market.accounts[FEE_ACCOUNT_ID] = NaiveAccount(0)
        self.assets: set[int] = set()
        self.halted = False
        self._deposited: Counter[int] = Counter()
        self._last_of_source: Counter[int] = Counter()

    def control(self, command: Command, ts_ns: int) -> int:
        """Execute one command about the venue; return the instrument whose stops it may trigger,
        or 0.

        Raises:
            Refused: the rules forbid it.
        """
        match command:
            case SetTradingStatus():
                self.set_status(command.instrument_id, command.trading_status)
                return command.instrument_id
            case Deposit():
                self._deposit(command)
                return 0
            case HoldWithdrawal():
                self._hold_withdrawal(command)
                return 0
            case PostWithdrawal() | VoidWithdrawal():
                self._end_withdrawal(command)
                return 0
            case Transfer():
                self._transfer(command)
                return 0
            case OpenAccount():
                need(command.account_id > 0 and command.account_id not in self._market.accounts)
                self._market.accounts[command.account_id] = NaiveAccount(command.group_id)
            case CreateAsset():
                self._create_asset(command)
            case CreateInstrument():
                self._create_instrument(command)
            case SetVenueStatus():
                self.halted = command.venue_status is VenueStatus.HALTED
            case ScheduleTradingStatus():
                self._schedule(command, ts_ns)
            case UpdateInstrument():
                self._update_instrument(command)
            case SetInstrumentRules() | SetFees():
                self._change_instrument(command)
            case SetFeeTier() | SetAccountStatus() | SetAccountLimits() | SetAssetLimits():
                self._change_account(command)
            case _:  # there is no other version of the rules
                raise Refused
        self._market.facts.append(("control", type(command).__name__))
        return 0

    # ---- assets and instruments ---------------------------------------------------------------

    def _create_asset(self, command: CreateAsset) -> None:
        need(command.asset_id > 0 and command.asset_id not in self.assets)
        need(command.scale <= 8 and len(command.name) > 0 and _CAPITALS.issuperset(command.name))
        self.assets.add(command.asset_id)

    def _create_instrument(self, command: CreateInstrument) -> None:
        known = self._market.instruments
        need(command.instrument_id > 0 and command.instrument_id not in known)
        need({command.base_asset_id, command.quote_asset_id} <= self.assets)
        need(command.base_asset_id != command.quote_asset_id)
        need(len(command.symbol) > 0 and (_CAPITALS | {ord("-")}).issuperset(command.symbol))
        known[command.instrument_id] = NaiveInstrument(_spelled_out(command))

    def instrument(self, instrument_id: int) -> NaiveInstrument:
        """Return an instrument that is not closed.

        Raises:
            Refused: there is none.
        """
        instrument = self._market.instruments.get(instrument_id)
        if instrument is None or instrument.trading_status is TradingStatus.CLOSED:
            raise Refused
        return instrument

    def _update_instrument(self, command: UpdateInstrument) -> None:
        instrument = self.instrument(command.instrument_id)
        now = instrument.terms
        names = type(command).__dataclass_fields__
        wanted = CreateInstrument(**{name: getattr(command, name) for name in names})
        for name in ("symbol", "base_asset_id", "quote_asset_id"):
            need(getattr(now, name) == getattr(wanted, name))
        wanted = _spelled_out(wanted)
        units = ("quote_atoms_per_tick_lot", "base_atoms_per_lot")
        if any(getattr(now, name) != getattr(wanted, name) for name in units):
            need(instrument.trading_status is TradingStatus.HALT)
            need(all(o.instrument_id != command.instrument_id for o in self._market.orders))
            instrument.last_price_ticks = 0
            instrument.rules = replace(instrument.rules, reference_price_ticks=0)
            instrument.close_window()
        instrument.terms = wanted

    def _change_instrument(self, command: SetInstrumentRules | SetFees) -> None:
        instrument = self.instrument(command.instrument_id)
        if isinstance(command, SetFees):
            need(command.tier in _TIERS)
            fees_ppm = (command.maker_fee_ppm, command.taker_fee_ppm)
            need(max(fees_ppm) <= _MILLION)
            instrument.tier_fees_ppm[command.tier] = fees_ppm
            return
        need(max(command.collar_bps, command.breaker_bps) <= _MILLION)
        need(not command.breaker_bps or command.breaker_window_s > 0)
        need(max(command.breaker_window_s, command.auction_s) <= _DAY_S)
        need(0 <= command.reference_price_ticks <= instrument.terms.price_max_ticks)
        instrument.rules = command
        instrument.close_window()

    # ---- status -------------------------------------------------------------------------------

    def set_status(
        self,
        instrument_id: int,
        wanted: TradingStatus,
        cause: StatusCause = StatusCause.REQUESTED,
    ) -> None:
        """Move an instrument to another status.

        Raises:
            Refused: the rules forbid it.
        """
        instrument = self.instrument(instrument_id)
        need(wanted is not instrument.trading_status)
        need(not (self.halted and wanted is TradingStatus.TRADING))
        if wanted is TradingStatus.CLOSED:
            self._end_all("instrument_id", instrument_id, CancelReason.INSTRUMENT_CLOSED)
        self._market.change_status(instrument, wanted, cause)

    def _schedule(self, command: ScheduleTradingStatus, ts_ns: int) -> None:
        scheduled = self.instrument(command.instrument_id).scheduled
        if not command.at_s:
            scheduled.clear()
            return
        at_ns = command.at_s * 1_000_000_000
        need(ts_ns < at_ns < 2**63)
        need(command.at_s in scheduled or len(scheduled) < _SCHEDULED_MAX)
        scheduled[command.at_s] = command.trading_status

    # ---- accounts -----------------------------------------------------------------------------

    def _change_account(
        self, command: SetFeeTier | SetAccountStatus | SetAccountLimits | SetAssetLimits
    ) -> None:
        account = self._market.accounts.get(command.account_id)
        if account is None or command.account_id == 0:
            raise Refused
        match command:
            case SetFeeTier():
                need(command.tier in (0, *_TIERS))
                account.tier = command.tier
            case SetAccountStatus():
                need(command.account_id != FEE_ACCOUNT_ID)
                need(account.status is not AccountStatus.CLOSED)
                if command.account_status in _UNTRADABLE:
                    reason = CancelReason.ACCOUNT_SUSPENDED
                    self._end_all("account_id", command.account_id, reason)
                account.status = command.account_status
            case SetAccountLimits():
                need(command.open_orders_max <= _OPEN_ORDERS_MAX)
                need(max(command.orders_per_s, command.orders_burst) <= _MILLION)
                need((command.orders_per_s == 0) == (command.orders_burst == 0))
                account.open_orders_max = command.open_orders_max
                account.orders_per_s = command.orders_per_s
                account.orders_burst = command.orders_burst
                account.next_free_ns = 0
            case SetAssetLimits():
                need(command.asset_id in self.assets)
                need(0 <= command.position_max_atoms <= _ATOMS_MAX)
                need(0 <= command.order_notional_max_atoms <= _ATOMS_MAX)
                account.position_max_atoms[command.asset_id] = command.position_max_atoms
                account.notional_max_atoms[command.asset_id] = command.order_notional_max_atoms

    def _end_all(self, name: str, subject_id: int, reason: CancelReason) -> None:
        meant = [order for order in self._market.orders if getattr(order, name) == subject_id]
        self._market.end_all(meant, reason)

    def _deposit(self, command: Deposit) -> None:
        account_id, asset_id, atoms = command.account_id, command.asset_id, command.amount_atoms
        account = self._market.accounts.get(account_id)
        need(account is not None and account.status is not AccountStatus.CLOSED)
        need(account_id != FEE_ACCOUNT_ID)
        need(asset_id in self.assets and 1 <= atoms <= _ATOMS_MAX)
        need(command.source_seq == self._last_of_source[command.source_id] + 1)
        need(self._deposited[asset_id] + atoms <= _ATOMS_MAX)
        self._last_of_source[command.source_id] += 1
        self._deposited[asset_id] += atoms
        self._market.owned[account_id, asset_id] += atoms
        self._market.facts.append(("balance", account_id, asset_id, atoms, 0, 0))

    def _hold_withdrawal(self, command: HoldWithdrawal) -> None:
        account_id, asset_id, atoms = command.account_id, command.asset_id, command.amount_atoms
        account = self._market.accounts.get(account_id)
        need(account is not None and account.status not in _UNTRADABLE)
        need(account_id != FEE_ACCOUNT_ID)
        need(1 <= atoms <= self._market.available_atoms(account_id, asset_id))
        name = (command.source_id, command.source_seq)
        need(command.source_seq == self._last_of_source[command.source_id] + 1)
        self._last_of_source[command.source_id] += 1
        self._market.leaving[name] = (account_id, asset_id, atoms)
        self._market.facts.append(("balance", account_id, asset_id, 0, name[1], atoms))

    def _end_withdrawal(self, command: PostWithdrawal | VoidWithdrawal) -> None:
        name = (command.source_id, command.withdrawal_seq)
        account_id, asset_id, held = self._market.leaving.get(name, (0, 0, 0))
        need(held > 0 and (command.account_id, command.asset_id) == (account_id, asset_id))
        need(command.source_seq == self._last_of_source[command.source_id] + 1)
        left = 0
        if isinstance(command, PostWithdrawal):
            left = command.amount_atoms
            need(1 <= left <= held)
        self._last_of_source[command.source_id] += 1
        del self._market.leaving[name]
        self._deposited[asset_id] -= left
        self._market.owned[account_id, asset_id] -= left
        self._market.facts.append(("balance", account_id, asset_id, -left, name[1], held))

    def _transfer(self, command: Transfer) -> None:
        sender_id, receiver_id = command.from_account_id, command.to_account_id
        sender = self._market.accounts.get(sender_id)
        receiver = self._market.accounts.get(receiver_id)
        if sender is None or receiver is None or sender_id == receiver_id:
            raise Refused
        need(receiver.status is not AccountStatus.CLOSED)
        if command.transfer_reason is TransferReason.SUB_ACCOUNT:
            need(sender.group_id == receiver.group_id)
            need(FEE_ACCOUNT_ID not in (sender_id, receiver_id))
            need(sender.status not in _UNTRADABLE)
        asset_id, atoms = command.asset_id, command.amount_atoms
        need(1 <= atoms <= self._market.available_atoms(sender_id, asset_id))
        need(command.source_seq == self._last_of_source[command.source_id] + 1)
        self._last_of_source[command.source_id] += 1
        self._market.owned[sender_id, asset_id] -= atoms
        self._market.owned[receiver_id, asset_id] += atoms
        self._market.facts.append(("transfer", sender_id, receiver_id, asset_id, atoms))


def _spelled_out(terms: CreateInstrument) -> CreateInstrument:
    """Return ``terms`` with the format's own bounds where they name none.

    Raises:
        Refused: a number is out of its range.
    """
    need(1 <= terms.quote_atoms_per_tick_lot <= _ATOMS_MAX)
    need(1 <= terms.base_atoms_per_lot <= _ATOMS_MAX)
    need(max(terms.maker_fee_ppm, terms.taker_fee_ppm) <= _MILLION)
    need(terms.band_bps <= _MILLION and terms.min_notional_atoms >= 0)
    need(0 <= terms.price_max_ticks <= _UNITS_MAX)
    need(0 <= terms.qty_max_lots <= _UNITS_MAX)
    return replace(
        terms,
        price_max_ticks=terms.price_max_ticks or _UNITS_MAX,
        qty_max_lots=terms.qty_max_lots or _UNITS_MAX,
    )


def need(allowed: bool) -> None:
    """Raises:
    Refused: it is not allowed.
    """
    if not allowed:
        raise Refused
