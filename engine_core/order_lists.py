"""Order lists: two legs, sent before their list, that enter as one; what happens to the first of
them ends the other.
"""

from typing import Final

from domain.commands import NewOrderList, OrderListLeg
from domain.events import OrderListAccepted, OutcomeResult
from domain.orders import OrderFlag, OrderType
from domain.reasons import RejectReason
from engine_core.account_limits import asset_limit_refusal
from engine_core.entry import (
    bought_atoms,
    count_refusal,
    instrument_refusal,
    let_in,
    market_refusal,
    means_refusal,
    order_of,
    terms_refusal,
    worth_atoms,
)
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.refusals import reject_order
from engine_core.request_keys import content_digest
from engine_core.retries import Request, gate_refusal, remember, sender_refusal
from engine_core.turn import Answer, Turn
from schemas.codec import decode_command

_LEGS: Final = 2
_KEYS: Final = 1 + _LEGS
"""Of the list and of each leg."""


def park_leg(turn: Turn, command: OrderListLeg) -> Answer:
    """Keep a leg until its list comes. Only the last two are kept."""
    if reason := sender_refusal(turn, command.account_id, command.client_order_id):
        return reject_order(turn, command, reason)
    account = turn.state.accounts[command.account_id]
    account.parked_legs = [*account.parked_legs, turn.command][-_LEGS:]
    return Answer()


def new_order_list(turn: Turn, command: NewOrderList) -> Answer:
    """Enter both legs, or say why not and forget them."""
    if reason := sender_refusal(turn, command.account_id, command.client_order_id):
        return reject_order(turn, command, reason)
    account = turn.state.accounts[command.account_id]
    legs = account.parked_legs
    request = _request_of(command, turn.command, *legs)
    if answer := _original_answer(turn, request, legs):
        return answer
    reason = gate_refusal(turn, request, _KEYS)
    if reason is not RejectReason.KEY_REUSED:
        account.parked_legs = []
    if reason:
        return reject_order(turn, command, reason)
    orders = _orders(turn, command, legs)
    if isinstance(orders, RejectReason):
        remember(turn, request, 0, orders)
        return reject_order(turn, command, orders)
    _remember_accepted(turn, request, legs, orders)
    _enter(turn, command, *orders)
    return Answer(OutcomeResult.DONE, order_id=orders[0].order_id)


def _request_of(command: NewOrderList, *content: bytes) -> Request:
    return Request(
        account_id=command.account_id,
        key=command.client_order_id,
        valid_until_ns=command.valid_until_ns,
        digest=content_digest(*content),
    )


def _original_answer(turn: Turn, request: Request, legs: list[bytes]) -> Answer | None:
    """Return the first answer if the list was answered before. A retry may come without its legs:
    the first try used them up.
    """
    known = turn.state.keys.find(request.account_id, request.key)
    if known is None or (legs and known.digest != request.digest):
        return None
    return Answer(OutcomeResult.DUPLICATE, known.reason, known.order_id)


def _orders(
    turn: Turn, command: NewOrderList, legs: list[bytes]
) -> tuple[Order, Order] | RejectReason:
    """Return the two orders that the list asks for, or why they cannot enter."""
    if reason := instrument_refusal(turn, command.instrument_id):
        return reason
    if len(legs) != _LEGS:
        return RejectReason.LEGS_MISSING
    first, second = (_decoded(leg) for leg in legs)
    if not _make_a_list(command, first, second):
        return RejectReason.INVALID_LIST
    listing = turn.state.listings[command.instrument_id]
    next_order_id = turn.state.next_order_id
    one = _leg_order(turn, listing, first, next_order_id)
    if isinstance(one, RejectReason):
        return one
    other = _leg_order(turn, listing, second, next_order_id + 1)
    if isinstance(other, RejectReason):
        return other
    return _refusal(turn, listing, one, other) or (one, other)


def _decoded(leg: bytes) -> OrderListLeg:
    command = decode_command(leg)
    assert isinstance(command, OrderListLeg)
    return command


def _make_a_list(command: NewOrderList, first: OrderListLeg, second: OrderListLeg) -> bool:
    legs = (first, second)
    keys = {command.client_order_id, first.client_order_id, second.client_order_id}
    limits = [leg for leg in legs if leg.order_type is OrderType.LIMIT]
    return (
        all(leg.instrument_id == command.instrument_id for leg in legs)
        and first.side is second.side
        and first.qty_lots == second.qty_lots
        and all(leg.order_type is not OrderType.MARKET for leg in legs)
        and len(limits) < _LEGS
        and all(OrderFlag.POST_ONLY in leg.flags for leg in limits)
        and len(keys) == _KEYS
    )


def _leg_order(
    turn: Turn, listing: Listing, leg: OrderListLeg, order_id: int
) -> Order | RejectReason:
    """Return the order of one leg, or why it could not enter even alone."""
    if turn.state.keys.find(leg.account_id, leg.client_order_id) is not None:
        return RejectReason.KEY_REUSED
    if reason := terms_refusal(turn, listing, leg):
        return reason
    order = order_of(turn, listing, leg, order_id)
    return market_refusal(listing, order) or order


def _refusal(turn: Turn, listing: Listing, one: Order, other: Order) -> RejectReason:
    """Return why both cannot enter together. Only one of them will trade: the larger counts."""
    return (
        count_refusal(turn, listing, one, other)
        or asset_limit_refusal(
            turn,
            listing,
            turn.state.accounts[one.account_id],
            max(worth_atoms(listing, one), worth_atoms(listing, other)),
            bought_atoms(listing, one),
        )
        or means_refusal(turn, _hold_atoms(listing, one, other), one, other)
    )


def _hold_atoms(listing: Listing, one: Order, other: Order) -> int:
    return max(listing.hold_of(order, order.qty_lots) for order in (one, other))


def _remember_accepted(
    turn: Turn, request: Request, legs: list[bytes], orders: tuple[Order, Order]
) -> None:
    """Keep the answer under the list's key, and each order under its own."""
    remember(turn, request, orders[0].order_id, RejectReason.NONE)
    for leg, order in zip(legs, orders, strict=True):
        own = Request(
            account_id=request.account_id,
            key=order.client_order_id,
            valid_until_ns=request.valid_until_ns,
            digest=content_digest(leg),
        )
        remember(turn, own, order.order_id, RejectReason.NONE)


def _enter(turn: Turn, command: NewOrderList, one: Order, other: Order) -> None:
    listing = turn.listing_of(one)
    turn.hold(one, _hold_atoms(listing, one, other))
    one.sibling_order_id, other.sibling_order_id = other.order_id, one.order_id
    turn.emit(
        OrderListAccepted(
            ts_ns=turn.ts_ns,
            contingency_type=command.contingency_type,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
            list_id=one.order_id,
            first_order_id=one.order_id,
            second_order_id=other.order_id,
            client_order_id=command.client_order_id,
        )
    )
    let_in(turn, listing, one)
    let_in(turn, listing, other)
