"""What happened to an account's orders and balances, as its user stream tells it."""

from collections.abc import Container, Iterable
from typing import Any, Final

from domain import events
from domain.events import TradeFlag
from domain.orders import AggressorSide, Liquidity, OrderStatus
from domain.reasons import CancelReason
from gateway.binance import order_answers, texts
from gateway.binance.cancel_ids import CancelIds
from gateway.state.account_view import AccountView, OrderView
from gateway.state.market import Market
from gateway.state.projection import Projection

NO_TRADE: Final = -1


OrderEvent = (
    events.OrderAccepted
    | events.OrderTriggered
    | events.OrderReplaced
    | events.OrderCanceled
    | events.OrderExpired
    | events.OrderReduced
)


def reports(
    projection: Projection,
    seq: int,
    event: events.Event,
    cancel_ids: CancelIds,
    wanted: Container[int],
) -> Iterable[tuple[int, dict[str, Any]]]:
    """Yield (account id, event) for what one event of the engine is to those of the ``wanted``
    accounts that it concerns.

    The projection has applied the event, and no later one.
    """
    if isinstance(event, events.Trade):
        yield from _trade_reports(projection, seq, event, wanted)
    elif isinstance(event, events.Transferred):
        moved = (
            (event.from_account_id, -event.amount_atoms),
            (event.to_account_id, event.amount_atoms),
        )
        for account_id, amount_atoms in moved:
            if account_id in wanted:
                yield account_id, _balance_update(projection, event, amount_atoms)
    elif isinstance(event, OrderEvent | events.BalanceChanged) and event.account_id in wanted:
        yield from _own_reports(projection, seq, event, cancel_ids)


def _own_reports(
    projection: Projection,
    seq: int,
    event: OrderEvent | events.BalanceChanged,
    cancel_ids: CancelIds,
) -> Iterable[tuple[int, dict[str, Any]]]:
    if isinstance(event, events.OrderAccepted | events.OrderTriggered | events.OrderReplaced):
        # An amended order is told of as one that is new: clients know no other word for it.
        yield from _report(projection, seq, event, "NEW")
        if isinstance(event, events.OrderAccepted):
            yield from _entered_list(projection, event)
    elif isinstance(event, events.OrderCanceled):
        by_itself = event.reason is CancelReason.SELF_TRADE
        kind = "TRADE_PREVENTION" if by_itself else "CANCELED"
        for account_id, report in _report(projection, seq, event, kind):
            if not by_itself:
                report["C"] = report["c"]
                report["c"] = cancel_ids.of(event.order_id)
            yield account_id, report
    elif isinstance(event, events.OrderExpired):
        yield from _report(projection, seq, event, "EXPIRED")
    elif isinstance(event, events.OrderReduced):
        yield from _report(projection, seq, event, "TRADE_PREVENTION")
    elif event.amount_atoms:
        yield event.account_id, _balance_update(projection, event, event.amount_atoms)


def _entered_list(
    projection: Projection, event: events.OrderAccepted
) -> Iterable[tuple[int, dict[str, Any]]]:
    """Yield the list that an order completed: both of its orders are there."""
    account = projection.account(event.account_id)
    view = account.order(event.order_id)
    order_list = account.order_list(view.list_id) if view is not None else None
    if order_list is not None and order_list.second_order_id == event.order_id:
        yield from _list_status(projection, event.account_id, order_list.list_id, event.ts_ns)


def ended_list(
    projection: Projection, event: events.Event, wanted: Container[int]
) -> Iterable[tuple[int, dict[str, Any]]]:
    """Yield (account id, event) for the list of a ``wanted`` account that an event ended."""
    for account_id, order_id in _ended_orders(event):
        if account_id not in wanted:
            continue
        view = projection.account(account_id).order(order_id)
        if view is not None and view.list_id and not view.is_open:
            yield from _list_status(projection, account_id, view.list_id, event.ts_ns, over=True)


def _ended_orders(event: events.Event) -> list[tuple[int, int]]:
    if isinstance(event, events.OrderCanceled | events.OrderExpired | events.OrderReduced):
        return [(event.account_id, event.order_id)]
    if isinstance(event, events.Trade):
        return [
            (event.maker_account_id, event.maker_order_id),
            (event.taker_account_id, event.taker_order_id),
        ]
    return []


def _list_status(
    projection: Projection, account_id: int, list_id: int, ts_ns: int, *, over: bool = False
) -> Iterable[tuple[int, dict[str, Any]]]:
    account = projection.account(account_id)
    view = account.order_list(list_id)
    if view is None:
        return
    legs = [account.order(order_id) for order_id in view.order_ids]
    if over and any(leg is not None and leg.is_open for leg in legs):
        return
    symbol = texts.symbol_of(projection.markets[view.instrument_id])
    yield (
        account_id,
        {
            "e": "listStatus",
            "E": texts.ms(ts_ns),
            "s": symbol,
            "g": list_id,
            "c": "OCO",
            "l": "ALL_DONE" if over else "EXEC_STARTED",
            "L": "ALL_DONE" if over else "EXECUTING",
            "r": "NONE",
            "C": view.client_order_id,
            "T": texts.ms(ts_ns),
            "O": [
                {"s": symbol, "i": leg.order_id, "c": leg.client_order_id}
                for leg in legs
                if leg is not None
            ],
        },
    )


def position(
    projection: Projection, account: AccountView, asset_ids: Iterable[int], now_ms: int
) -> dict[str, Any]:
    """Present the balances that changed, as they are now."""
    balances = []
    for asset_id in sorted(asset_ids):
        asset = projection.assets[asset_id]
        available_atoms, held_atoms = account.balances[asset_id]
        balances.append(
            {
                "a": asset.name,
                "f": texts.amount(asset, available_atoms),
                "l": texts.amount(asset, held_atoms),
            }
        )
    return {"e": "outboundAccountPosition", "E": now_ms, "u": now_ms, "B": balances}


def _balance_update(
    projection: Projection, event: events.BalanceChanged | events.Transferred, amount_atoms: int
) -> dict[str, Any]:
    asset = projection.assets[event.asset_id]
    sign = "-" if amount_atoms < 0 else ""
    return {
        "e": "balanceUpdate",
        "E": texts.ms(event.ts_ns),
        "a": asset.name,
        "d": sign + texts.amount(asset, abs(amount_atoms)),
        "T": texts.ms(event.ts_ns),
    }


def _trade_reports(
    projection: Projection, seq: int, event: events.Trade, wanted: Container[int]
) -> Iterable[tuple[int, dict[str, Any]]]:
    market = projection.markets[event.instrument_id]
    units = market.of_trade(event.trade_id)
    quote_atoms = texts.quote_atoms(units, event.price_ticks, event.qty_lots)
    in_auction = event.aggressor_side is AggressorSide.NONE  # both had waited
    for account_id, order_id, liquidity, fee_atoms, filled in (
        (
            event.maker_account_id,
            event.maker_order_id,
            Liquidity.MAKER,
            event.maker_fee_atoms,
            TradeFlag.MAKER_FILLED,
        ),
        (
            event.taker_account_id,
            event.taker_order_id,
            Liquidity.MAKER if in_auction else Liquidity.TAKER,
            event.taker_fee_atoms,
            TradeFlag.TAKER_FILLED,
        ),
    ):
        view = projection.account(account_id).order(order_id) if account_id in wanted else None
        if view is None:
            continue
        asset = order_answers.commission_asset(market, view.side)
        report = execution_report(market, view, seq, event.ts_ns, "TRADE")
        report |= {
            "l": texts.qty(units, event.qty_lots),
            "L": texts.price(units, event.price_ticks),
            "Y": texts.amount(market.instrument.quote, quote_atoms),
            "n": texts.amount(asset, fee_atoms),
            "N": asset.name,
            "t": event.trade_id,
            "m": liquidity is Liquidity.MAKER,
            "w": filled not in event.flags,
        }
        yield account_id, report


def _report(
    projection: Projection, seq: int, event: OrderEvent, kind: str
) -> Iterable[tuple[int, dict[str, Any]]]:
    view = projection.account(event.account_id).order(event.order_id)
    if view is not None:
        market = projection.markets[event.instrument_id]
        yield event.account_id, execution_report(market, view, seq, event.ts_ns, kind)


def execution_report(
    market: Market, view: OrderView, seq: int, ts_ns: int, kind: str
) -> dict[str, Any]:
    """Present an order after event ``seq``, which was of ``kind``, without a fill."""
    quote, units = market.instrument.quote, market.at(seq)
    at_ms = texts.ms(ts_ns)
    report = {
        "e": "executionReport",
        "E": at_ms,
        "s": texts.symbol_of(market),
        "c": view.client_order_id,
        "S": texts.side_of(view.side),
        "o": texts.type_of(view),
        "f": texts.time_in_force_of(view),
        "q": texts.qty(units, order_answers.orig_qty_lots(view)),
        "p": texts.price(units, view.price_ticks),
        "P": texts.price(units, view.trigger_price_ticks),
        "F": texts.qty(units, view.display_qty_lots),
        "g": order_answers.list_id_of(view),
        "C": "",
        "x": kind,
        "X": texts.status_of(view),
        "r": "NONE",
        "i": view.order_id,
        "l": texts.ZERO,
        "z": texts.qty(units, view.cum_qty_lots),
        "L": texts.ZERO,
        "n": "0",
        "N": None,
        "T": at_ms,
        "t": NO_TRADE,
        "I": seq,
        "w": view.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED),
        "m": False,
        "M": False,
        "O": texts.ms(view.created_ts_ns),
        "Z": texts.amount(quote, view.cum_quote_atoms),
        "Y": texts.ZERO,
        "Q": texts.amount(quote, view.quote_budget_atoms),
        "W": at_ms if view.status is not OrderStatus.PENDING_TRIGGER else -1,
        "V": texts.mode_of(view),
    }
    if view.trailing_bps:
        report["d"] = view.trailing_bps
    return report
