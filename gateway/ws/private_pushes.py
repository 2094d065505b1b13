"""An account's own channels: its state for a newcomer, then a chain of updates by sequence."""

from collections.abc import Iterator

from gateway.orders import presenters
from gateway.state.account_view import AccountView, FillView, OrderView
from gateway.state.projection import Projection
from gateway.ws import pushes


def snapshot(projection: Projection, account: AccountView, channel: str) -> bytes:
    """Return the first message of one private channel."""
    markets = projection.markets
    if channel == "orders":
        shown = [
            presenters.order(markets[order.instrument_id], order)
            for order in reversed(account.open_orders.values())
        ]
        return pushes.encode(pushes.OrdersSnapshot(seq=account.orders_seq, orders=shown))
    if channel == "fills":
        fills = [
            presenters.fill(markets[fill.instrument_id], fill) for fill in reversed(account.fills)
        ]
        return pushes.encode(pushes.FillsSnapshot(seq=account.fills_seq, fills=fills))
    balances = presenters.balances(projection, account)
    return pushes.encode(pushes.BalancesSnapshot(seq=account.balances_seq, balances=balances))


def since(
    projection: Projection, account: AccountView, channel: str, seq: int
) -> list[bytes] | None:
    """Return the updates of one private channel after ``seq``, a chain from there to the present;
    None: it is not the end of anything told, or too long ago to be remembered.
    """
    markets, at = projection.markets, seq
    messages: list[bytes] = []
    if channel != "balances" and _is_of_two(account, seq):
        return None  # nobody knows whether the second was read too
    if channel == "orders":
        if not account.orders_known_from_seq <= seq <= account.orders_seq:
            return None
        known = (*account.open_orders.values(), *account.closed_orders.values())
        for order in sorted((each for each in known if each.seq > seq), key=lambda each: each.seq):
            shown = presenters.order(markets[order.instrument_id], order)
            messages.append(pushes.encode(pushes.OrderUpdate(prev=at, seq=order.seq, order=shown)))
            at = order.seq
        return messages
    if channel == "fills":
        if not account.fills_known_from_seq <= seq <= account.fills_seq:
            return None
        for fill in account.fills:
            if fill.seq > seq:
                told = presenters.fill(markets[fill.instrument_id], fill)
                messages.append(pushes.encode(pushes.FillUpdate(prev=at, seq=fill.seq, fill=told)))
                at = fill.seq
        return messages
    if seq > account.balances_seq:
        return None
    if seq == account.balances_seq:
        return []
    rows = presenters.balances(projection, account)
    update = pushes.BalancesUpdate(prev=seq, seq=account.balances_seq, balances=rows)
    return [pushes.encode(update)]


def _is_of_two(account: AccountView, seq: int) -> bool:
    """Return whether an event was about two orders: an account's trade with itself."""
    return sum(fill.seq == seq for fill in account.fills) > 1


def orders(
    projection: Projection, account: AccountView, changed: list[OrderView], wanted: bool
) -> Iterator[bytes]:
    """Move the chain on by the changed orders; yield the updates if anybody wants them."""
    for order in sorted(changed, key=lambda each: each.seq):
        prev, account.orders_seq = account.orders_seq, order.seq
        if wanted:
            shown = presenters.order(projection.markets[order.instrument_id], order)
            yield pushes.encode(pushes.OrderUpdate(prev=prev, seq=order.seq, order=shown))


def fills(
    projection: Projection, account: AccountView, new: list[FillView], wanted: bool
) -> Iterator[bytes]:
    """Move the chain on by the new fills; yield the updates if anybody wants them."""
    for fill in new:
        prev, account.fills_seq = account.fills_seq, fill.seq
        if wanted:
            shown = presenters.fill(projection.markets[fill.instrument_id], fill)
            yield pushes.encode(pushes.FillUpdate(prev=prev, seq=fill.seq, fill=shown))


def balances(
    projection: Projection, account: AccountView, asset_ids: set[int], wanted: bool
) -> Iterator[bytes]:
    """Move the chain on to the present; yield the balances that changed if anybody wants them."""
    prev, account.balances_seq = account.balances_seq, projection.seq
    if wanted:
        shown = presenters.balances(projection, account, asset_ids)
        yield pushes.encode(pushes.BalancesUpdate(prev=prev, seq=projection.seq, balances=shown))
