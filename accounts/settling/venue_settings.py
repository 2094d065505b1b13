"""What an operator sets while the venue runs, folded from events: fees, schedules, limits, the
kill switch. Each event says what holds from there on, so the newest of each subject is all there
is to keep.
"""

from dataclasses import dataclass
from typing import Final

from domain.events import TradingStatusChanged
from domain.orders import StatusCause
from domain.units import NS_PER_S
from domain.venue_events import (
    AccountLimitsChanged,
    AccountStatusChanged,
    AssetLimitsChanged,
    FeesChanged,
    FeeTierChanged,
    LogicVersionChanged,
    TradingStatusScheduled,
    VenueStatusChanged,
)

_SCHEDULED: Final = int(StatusCause.SCHEDULED)


@dataclass(slots=True)
class AccountTerms:
    """What an account may do and pays; 0 in a limit is none of its own."""

    account_id: int
    account_status: int
    fee_tier: int
    open_orders_max: int
    orders_per_s: int
    orders_burst: int


@dataclass(slots=True)
class AssetLimits:
    """What an account may own of an asset, and trade for it in one order; 0 is no limit."""

    account_id: int
    asset_id: int
    position_max_atoms: int
    order_notional_max_atoms: int


@dataclass(slots=True)
class TierFees:
    """What a fee tier pays in an instrument."""

    instrument_id: int
    tier: int
    maker_fee_ppm: int
    taker_fee_ppm: int


@dataclass(slots=True)
class ScheduledStatus:
    """A change of an instrument's status that waits for ``at_s`` (Unix seconds)."""

    instrument_id: int
    at_s: int
    trading_status: int


@dataclass(slots=True)
class VenueState:
    """Of the whole venue."""

    venue_status: int
    logic_version: int


class VenueSettings:
    """The changes of one batch: named statements with their arguments, in order."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, tuple[int, ...]]] = []

    def scheduled(self, event: TradingStatusScheduled) -> None:
        """Take a change that waits, or (``at_s`` 0) that none does."""
        if not event.at_s:
            self._change("forget_schedule", event.instrument_id)
            return
        self._change("forget_due", event.instrument_id, event.ts_ns // NS_PER_S)
        self._change("forget_scheduled", event.instrument_id, event.at_s)
        self._change("insert_scheduled", event.instrument_id, event.at_s, event.trading_status)

    def status_changed(self, event: TradingStatusChanged) -> None:
        """Take a change of status: one that was waiting for it waits no more."""
        if event.cause == _SCHEDULED:
            self._change("forget_due", event.instrument_id, event.ts_ns // NS_PER_S)

    def fees_changed(self, event: FeesChanged) -> None:
        """Take a tier's fees."""
        self._change("forget_fees", event.instrument_id, event.tier)
        fees = (event.maker_fee_ppm, event.taker_fee_ppm)
        self._change("insert_fees", event.instrument_id, event.tier, *fees)

    def fee_tier_changed(self, event: FeeTierChanged) -> None:
        """Take an account's tier."""
        self._change("know_account", event.account_id)
        self._change("set_fee_tier", event.account_id, event.tier)

    def account_status_changed(self, event: AccountStatusChanged) -> None:
        """Take what an account may do."""
        self._change("know_account", event.account_id)
        self._change("set_account_status", event.account_id, event.account_status)

    def account_limits_changed(self, event: AccountLimitsChanged) -> None:
        """Take an account's limits."""
        self._change("know_account", event.account_id)
        rate = (event.orders_per_s, event.orders_burst)
        self._change("set_account_limits", event.account_id, event.open_orders_max, *rate)

    def asset_limits_changed(self, event: AssetLimitsChanged) -> None:
        """Take an account's limits in an asset."""
        self._change("forget_asset_limits", event.account_id, event.asset_id)
        limits = (event.position_max_atoms, event.order_notional_max_atoms)
        if any(limits):
            self._change("insert_asset_limits", event.account_id, event.asset_id, *limits)

    def venue_status_changed(self, event: VenueStatusChanged) -> None:
        """Take the kill switch."""
        self._change("set_venue_status", event.venue_status)

    def logic_version_changed(self, event: LogicVersionChanged) -> None:
        """Take the core's logic version."""
        self._change("set_logic_version", event.logic_version)

    def _change(self, query: str, *arguments: int) -> None:
        self.changes.append((query, arguments))
