"""A trading account: what it may do, how much of it and how often, and its open orders."""

from dataclasses import dataclass, field
from typing import NamedTuple

from domain.orders import AccountStatus
from domain.units import NS_PER_S
from engine_core.limits import OPEN_ORDERS_PER_ACCOUNT_MAX
from engine_core.order import Order


class AssetLimits(NamedTuple):
    """An account's caps in one asset; 0: none."""

    position_max_atoms: int = 0
    order_notional_max_atoms: int = 0


@dataclass(slots=True)
class Account:
    """A trading account. ``open_orders`` by order_id, ``asset_limits`` by asset_id."""

    account_id: int
    group_id: int
    status: AccountStatus = AccountStatus.ACTIVE
    fee_tier: int = 0
    own_orders_max: int = 0
    orders_per_s: int = 0
    orders_burst: int = 0
    rate_tat_ns: int = 0
    """Log time at which its burst is whole again: the theoretical arrival time of GCRA."""
    parked_legs: list[bytes] = field(default_factory=list)
    """The last legs sent for a list to come, two at most, as commands."""
    open_orders: dict[int, Order] = field(default_factory=dict)
    asset_limits: dict[int, AssetLimits] = field(default_factory=dict)

    @property
    def open_orders_max(self) -> int:
        """How many orders it may have open: its own limit or the engine's."""
        return min(self.own_orders_max or OPEN_ORDERS_PER_ACCOUNT_MAX, OPEN_ORDERS_PER_ACCOUNT_MAX)

    def limits_in(self, asset_id: int) -> AssetLimits:
        """Return its caps in an asset."""
        return self.asset_limits.get(asset_id, AssetLimits())

    def count_request(self, ts_ns: int) -> bool:
        """Return whether its rate lets one more request through at ``ts_ns``, counting it if so."""
        if not self.orders_per_s:
            return True
        interval_ns = NS_PER_S // self.orders_per_s
        tat_ns = max(self.rate_tat_ns, ts_ns)
        if tat_ns - ts_ns > (self.orders_burst - 1) * interval_ns:
            return False
        self.rate_tat_ns = tat_ns + interval_ns
        return True

    def words(self) -> tuple[int, ...]:
        """Return what the state hash takes of it; its orders and caps are hashed on their own."""
        limits = (self.own_orders_max, self.orders_per_s, self.orders_burst, self.rate_tat_ns)
        return (self.account_id, self.group_id, self.status, self.fee_tier, *limits)
