"""Control of accounts: what one may do, how much of it, how often, and what it pays."""

from domain.orders import AccountStatus
from domain.reasons import CancelReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, NOTIONAL_ATOMS_MAX
from domain.venue_commands import SetAccountLimits, SetAccountStatus, SetAssetLimits, SetFeeTier
from domain.venue_events import (
    AccountLimitsChanged,
    AccountStatusChanged,
    AssetLimitsChanged,
    FeeTierChanged,
)
from engine_core.account import AssetLimits
from engine_core.endings import cancel_orders
from engine_core.limits import (
    ASSET_LIMITS_MAX,
    FEE_TIERS_MAX,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    ORDERS_BURST_MAX,
    ORDERS_PER_S_MAX,
)
from engine_core.refusals import reject_control
from engine_core.turn import Answer, Turn

_WITHOUT_ORDERS = (AccountStatus.SUSPENDED, AccountStatus.CLOSED)


def _known_refusal(turn: Turn, account_id: int) -> RejectReason:
    if account_id == 0:
        return RejectReason.MALFORMED
    if account_id not in turn.state.accounts:
        return RejectReason.UNKNOWN_ACCOUNT
    return RejectReason.NONE


def set_fee_tier(turn: Turn, command: SetFeeTier) -> Answer:
    """Put an account into a fee tier; fills from here on pay by it."""
    reason = _known_refusal(turn, command.account_id)
    if not reason and command.tier >= FEE_TIERS_MAX:
        reason = RejectReason.INVALID_AMOUNT
    if reason:
        return reject_control(turn, reason, command.account_id)
    turn.state.accounts[command.account_id].fee_tier = command.tier
    turn.emit(FeeTierChanged(ts_ns=turn.ts_ns, account_id=command.account_id, tier=command.tier))
    return Answer()


def set_account_status(turn: Turn, command: SetAccountStatus) -> Answer:
    """Say what an account may do. One that is suspended or closed loses its open orders."""
    reason = _known_refusal(turn, command.account_id) or _status_refusal(turn, command)
    if reason:
        return reject_control(turn, reason, command.account_id)
    account = turn.state.accounts[command.account_id]
    if command.account_status in _WITHOUT_ORDERS:
        cancel_orders(turn, sorted(account.open_orders), CancelReason.ACCOUNT_SUSPENDED)
    account.status = command.account_status
    turn.emit(
        AccountStatusChanged(
            ts_ns=turn.ts_ns, account_id=account.account_id, account_status=account.status
        )
    )
    return Answer()


def _status_refusal(turn: Turn, command: SetAccountStatus) -> RejectReason:
    account = turn.state.accounts[command.account_id]
    if command.account_id == FEE_ACCOUNT_ID:
        return RejectReason.ACCOUNT_NOT_TRADABLE
    if account.status is AccountStatus.CLOSED:
        return RejectReason.INVALID_TRANSITION
    if command.account_status in _WITHOUT_ORDERS and len(account.open_orders) >= turn.events_max:
        return RejectReason.CAPACITY
    return RejectReason.NONE


def set_account_limits(turn: Turn, command: SetAccountLimits) -> Answer:
    """Limit how many orders an account has open and how often it sends one."""
    reason = _known_refusal(turn, command.account_id)
    if not reason and not _are_limits(command):
        reason = RejectReason.INVALID_AMOUNT
    if reason:
        return reject_control(turn, reason, command.account_id)
    account = turn.state.accounts[command.account_id]
    account.own_orders_max = command.open_orders_max
    account.orders_per_s, account.orders_burst = command.orders_per_s, command.orders_burst
    account.rate_tat_ns = 0
    turn.emit(
        AccountLimitsChanged(
            ts_ns=turn.ts_ns,
            account_id=command.account_id,
            open_orders_max=command.open_orders_max,
            orders_per_s=command.orders_per_s,
            orders_burst=command.orders_burst,
        )
    )
    return Answer()


def _are_limits(command: SetAccountLimits) -> bool:
    return (
        command.open_orders_max <= OPEN_ORDERS_PER_ACCOUNT_MAX
        and command.orders_per_s <= ORDERS_PER_S_MAX
        and command.orders_burst <= ORDERS_BURST_MAX
        and bool(command.orders_per_s) == bool(command.orders_burst)
    )


def set_asset_limits(turn: Turn, command: SetAssetLimits) -> Answer:
    """Cap what an account owns and buys of an asset, and what one order may be worth in it."""
    limits = AssetLimits(command.position_max_atoms, command.order_notional_max_atoms)
    reason = _known_refusal(turn, command.account_id) or _caps_refusal(turn, command, limits)
    if reason:
        return reject_control(turn, reason, command.account_id)
    state = turn.state
    account = state.accounts[command.account_id]
    state.asset_limits -= command.asset_id in account.asset_limits
    account.asset_limits.pop(command.asset_id, None)
    if any(limits):
        account.asset_limits[command.asset_id] = limits
        state.asset_limits += 1
    turn.emit(
        AssetLimitsChanged(
            ts_ns=turn.ts_ns,
            account_id=command.account_id,
            asset_id=command.asset_id,
            position_max_atoms=command.position_max_atoms,
            order_notional_max_atoms=command.order_notional_max_atoms,
        )
    )
    return Answer()


def _caps_refusal(turn: Turn, command: SetAssetLimits, limits: AssetLimits) -> RejectReason:
    state = turn.state
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    if not all(0 <= cap <= NOTIONAL_ATOMS_MAX for cap in limits):
        return RejectReason.INVALID_AMOUNT
    known = command.asset_id in state.accounts[command.account_id].asset_limits
    if any(limits) and not known and state.asset_limits >= ASSET_LIMITS_MAX:
        return RejectReason.CAPACITY
    return RejectReason.NONE
