"""Orders and fills as REST and the WS-API answer with them."""

from collections.abc import Iterable
from typing import Any

from domain.instruments import Asset
from domain.orders import CONDITIONAL_TYPES, Liquidity, OrderStatus, Side
from gateway.binance import texts
from gateway.binance.cancel_ids import CancelIds
from gateway.state.account_view import FillView, OrderView
from gateway.state.market import Market

NO_LIST: int = -1
"""The orderListId of an order that is in no list."""


def list_id_of(view: OrderView | FillView) -> int:
    """Return the list that an order, or the order of a fill, is in."""
    return view.list_id or NO_LIST


def order(market: Market, view: OrderView) -> dict[str, Any]:
    """Present an order to whoever asked for it."""
    waits = view.status is OrderStatus.PENDING_TRIGGER
    created_ms = texts.ms(view.created_ts_ns)
    terms, units = _terms(market, view), market.at(view.seq)
    shown = {
        "symbol": texts.symbol_of(market),
        "orderId": view.order_id,
        "orderListId": list_id_of(view),
        "clientOrderId": view.client_order_id,
        "price": terms["price"],
        "origQty": terms["origQty"],
        "executedQty": terms["executedQty"],
        "cummulativeQuoteQty": terms["cummulativeQuoteQty"],
        "status": texts.status_of(view),
        "timeInForce": texts.time_in_force_of(view),
        "type": texts.type_of(view),
        "side": texts.side_of(view.side),
        "stopPrice": texts.price(units, view.trigger_price_ticks),
        "icebergQty": texts.qty(units, view.display_qty_lots),
        "time": created_ms,
        "updateTime": texts.ms(view.updated_ts_ns),
        "isWorking": not waits,
        "workingTime": -1 if waits else created_ms,
        "origQuoteOrderQty": terms["origQuoteOrderQty"],
        "selfTradePreventionMode": texts.mode_of(view),
    }
    if view.trailing_bps:
        shown["trailingDelta"] = view.trailing_bps
    return shown


def ack(market: Market, view: OrderView) -> dict[str, Any]:
    """Present no more than that an order was taken in."""
    return {
        "symbol": texts.symbol_of(market),
        "orderId": view.order_id,
        "orderListId": list_id_of(view),
        "clientOrderId": view.client_order_id,
        "transactTime": texts.ms(view.created_ts_ns),
    }


def result(market: Market, view: OrderView) -> dict[str, Any]:
    """Present an order that was just entered."""
    waits = view.status is OrderStatus.PENDING_TRIGGER
    shown = ack(market, view) | _terms(market, view)
    shown["workingTime"] = -1 if waits else texts.ms(view.created_ts_ns)
    shown["selfTradePreventionMode"] = texts.mode_of(view)
    return shown


def full(market: Market, view: OrderView, fills: Iterable[FillView]) -> dict[str, Any]:
    """Present an order that was just entered, with its fills."""
    shown = result(market, view)
    shown["fills"] = [
        {
            "price": texts.price(market.at(fill.seq), fill.price_ticks),
            "qty": texts.qty(market.at(fill.seq), fill.qty_lots),
            "commission": texts.amount(commission_asset(market, fill.side), fill.fee_atoms),
            "commissionAsset": commission_asset(market, fill.side).name,
            "tradeId": fill.trade_id,
        }
        for fill in fills
    ]
    return shown


def canceled(market: Market, view: OrderView, cancel_ids: CancelIds) -> dict[str, Any]:
    """Present an order that was just canceled."""
    return {
        "symbol": texts.symbol_of(market),
        "origClientOrderId": view.client_order_id,
        "orderId": view.order_id,
        "orderListId": list_id_of(view),
        "clientOrderId": cancel_ids.of(view.order_id),
        "transactTime": texts.ms(view.updated_ts_ns),
        **_terms(market, view),
        "status": "CANCELED",
        "selfTradePreventionMode": texts.mode_of(view),
    }


def trade(market: Market, fill: FillView) -> dict[str, Any]:
    """Present a fill of the caller's."""
    asset = commission_asset(market, fill.side)
    quote_atoms = texts.quote_atoms(market.at(fill.seq), fill.price_ticks, fill.qty_lots)
    return {
        "symbol": texts.symbol_of(market),
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": list_id_of(fill),
        "price": texts.price(market.at(fill.seq), fill.price_ticks),
        "qty": texts.qty(market.at(fill.seq), fill.qty_lots),
        "quoteQty": texts.amount(market.instrument.quote, quote_atoms),
        "commission": texts.amount(asset, fill.fee_atoms),
        "commissionAsset": asset.name,
        "time": texts.ms(fill.ts_ns),
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.liquidity is Liquidity.MAKER,
        "isBestMatch": True,
    }


def commission_asset(market: Market, side: Side) -> Asset:
    """Return the asset a fee is taken from: what the order receives."""
    return market.instrument.base if side is Side.BUY else market.instrument.quote


def orig_qty_lots(view: OrderView) -> int:
    """Return an order's quantity; one that spends a budget has that which it could buy."""
    return view.cum_qty_lots if view.quote_budget_atoms else view.qty_lots


def _terms(market: Market, view: OrderView) -> dict[str, Any]:
    quote, units = market.instrument.quote, market.at(view.seq)
    shown: dict[str, Any] = {
        "price": texts.price(units, view.price_ticks),
        "origQty": texts.qty(units, orig_qty_lots(view)),
        "executedQty": texts.qty(units, view.cum_qty_lots),
        "origQuoteOrderQty": texts.amount(quote, view.quote_budget_atoms),
        "cummulativeQuoteQty": texts.amount(quote, view.cum_quote_atoms),
        "status": texts.status_of(view),
        "timeInForce": texts.time_in_force_of(view),
        "type": texts.type_of(view),
        "side": texts.side_of(view.side),
    }
    if view.order_type in CONDITIONAL_TYPES:
        shown["stopPrice"] = texts.price(units, view.trigger_price_ticks)
    if view.trailing_bps:
        shown["trailingDelta"] = view.trailing_bps
    if view.display_qty_lots:
        shown["icebergQty"] = texts.qty(units, view.display_qty_lots)
    return shown
