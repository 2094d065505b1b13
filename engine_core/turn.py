"""One command's turn, or that of time before it: the state it meets, what it has said so far."""

from dataclasses import dataclass, field
from typing import NamedTuple

from domain.events import Event, OutcomeResult
from domain.reasons import RejectReason
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.state import State
from risk.reference import Balance


class Answer(NamedTuple):
    """What became of a command. ``order_id``: of the order made, meant or found; or 0."""

    result: OutcomeResult = OutcomeResult.DONE
    reason: RejectReason = RejectReason.NONE
    order_id: int = 0


@dataclass(slots=True)
class Turn:
    """What the handling of one command works with; ``command`` is empty if it is time's turn."""

    state: State
    ts_ns: int
    events_max: int
    command: bytes = b""
    events: list[Event] = field(default_factory=list)
    triggers: int = 0
    """Stops and take-profits run so far."""

    def emit(self, event: Event) -> None:
        """State a fact."""
        self.events.append(event)

    def listing_of(self, order: Order) -> Listing:
        """Return the instrument an accepted order belongs to."""
        return self.state.listings[order.instrument_id]

    def spent_balance(self, order: Order) -> Balance:
        """Return the balance that ``order`` pays from."""
        asset_id = self.listing_of(order).spent_asset_id(order.side)
        return self.state.balances.of(order.account_id, asset_id)

    def hold(self, order: Order, amount_atoms: int) -> None:
        """Hold atoms for ``order``."""
        asset_id = self.listing_of(order).spent_asset_id(order.side)
        self.state.balances.hold(order.account_id, asset_id, amount_atoms)

    def release(self, order: Order, amount_atoms: int) -> None:
        """Give atoms that ``order`` held back to its account."""
        asset_id = self.listing_of(order).spent_asset_id(order.side)
        self.state.balances.release(order.account_id, asset_id, amount_atoms)
