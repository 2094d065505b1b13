"""From the text of an order list to the engine's commands: two legs, then what enters them."""

import base64
import hashlib
from dataclasses import fields
from typing import Final

from domain.commands import Command, NewOrder, NewOrderList, OrderListLeg
from domain.instruments import Instrument
from domain.orders import ContingencyType
from gateway.orders.order_terms import new_order, packed
from gateway.types import trading as api

_LEG_ID_BYTES: Final = 21
_ORDER_FIELDS: Final = [field.name for field in fields(NewOrder)]


def new_order_list(
    instrument: Instrument,
    account_id: int,
    request: api.NewOrderListRequest,
    client_order_id: str,
    valid_until_ns: int,
) -> list[Command]:
    """Return the commands of a list, in the order they are to be sent.

    Raises:
        ApiError: a decimal that is none or no whole number of units, or a field a type excludes.
    """
    commands: list[Command] = []
    for place, leg in enumerate(request.legs, 1):
        leg_id = leg.client_order_id or leg_client_order_id(client_order_id, place)
        terms = _leg_terms(request, leg)
        order = new_order(instrument, account_id, terms, leg_id, valid_until_ns)
        commands.append(OrderListLeg(**{name: getattr(order, name) for name in _ORDER_FIELDS}))
    entry = NewOrderList(
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        contingency_type=ContingencyType.OCO,
        valid_until_ns=valid_until_ns,
        client_order_id=packed(client_order_id),
    )
    return [*commands, entry]


def leg_client_order_id(list_client_order_id: str, place: int) -> str:
    """Return the id of a leg that came without one: always the same for a list, so that it can be
    sent again.
    """
    digest = hashlib.sha256(f"{list_client_order_id}:{place}".encode()).digest()
    return "gl-" + base64.urlsafe_b64encode(digest[:_LEG_ID_BYTES]).decode()


def _leg_terms(request: api.NewOrderListRequest, leg: api.LegRequest) -> api.NewOrderRequest:
    return api.NewOrderRequest(
        symbol=request.symbol,
        side=request.side,
        qty=request.qty,
        type=leg.type,
        price=leg.price,
        trigger_price=leg.trigger_price,
        trailing_bps=leg.trailing_bps,
        display_qty=leg.display_qty,
        time_in_force=leg.time_in_force,
        expire_at_s=leg.expire_at_s,
        post_only=leg.type == "limit",
        self_trade_prevention=request.self_trade_prevention,
    )
