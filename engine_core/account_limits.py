"""What an account may have open, own and enter, looked at before each of its orders."""

from domain.orders import Side
from domain.reasons import RejectReason
from engine_core.account import Account
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.turn import Turn


def asset_limit_refusal(
    turn: Turn, listing: Listing, account: Account, notional_atoms: int, buys_atoms: int | None
) -> RejectReason:
    """Return which of the account's caps an order passes, or NONE.

    ``notional_atoms``: what the order is worth in the quote asset. ``buys_atoms``: how much more of
    the base asset it may buy than is open already; None if it cannot add to that.
    """
    notional_max_atoms = account.limits_in(listing.terms.quote_asset_id).order_notional_max_atoms
    if 0 < notional_max_atoms < notional_atoms:
        return RejectReason.NOTIONAL_LIMIT
    position_max_atoms = account.limits_in(listing.terms.base_asset_id).position_max_atoms
    if not position_max_atoms or buys_atoms is None:
        return RejectReason.NONE
    if (
        _position_atoms(turn, account, listing.terms.base_asset_id) + buys_atoms
        > position_max_atoms
    ):
        return RejectReason.POSITION_LIMIT
    return RejectReason.NONE


def _position_atoms(turn: Turn, account: Account, asset_id: int) -> int:
    """Return what the account has of an asset, and would have if all it bids for were sold."""
    balance = turn.state.balances.of(account.account_id, asset_id)
    open_atoms = sum(
        _bought_atoms(turn.listing_of(order), order, asset_id)
        for order in account.open_orders.values()
    )
    return balance.available_atoms + balance.held_atoms + open_atoms


def _bought_atoms(listing: Listing, order: Order, asset_id: int) -> int:
    if order.side is not Side.BUY or listing.terms.base_asset_id != asset_id:
        return 0
    if 0 < order.sibling_order_id < order.order_id:
        return 0  # only one of the two will buy
    return order.leaves_qty_lots * listing.terms.base_atoms_per_lot
