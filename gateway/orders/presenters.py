"""The projection's integers as the native API's text. Pure; no unit is decided here."""

from collections.abc import Iterable
from typing import Final, Literal

from domain.auction import Uncross
from domain.events import Trade
from domain.instruments import Asset, Instrument, Measure
from domain.orders import (
    AggressorSide,
    Liquidity,
    OrderFlag,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    VenueStatus,
)
from domain.reasons import CancelReason
from domain.units import PPM
from gateway.calls.market_data_client import CandleRow, TickerRow, WindowRow
from gateway.state.account_view import AccountView, FillView, OrderListView, OrderView
from gateway.state.market import Market, Texts
from gateway.state.projection import Projection
from gateway.types import trading as api
from gateway.types.markets import TickerWindow

SIDES: Final[dict[Side, api.SideName]] = {Side.BUY: "buy", Side.SELL: "sell"}
AGGRESSORS: Final[dict[AggressorSide, Literal["buy", "sell", "none"]]] = {
    AggressorSide.NONE: "none",
    AggressorSide.BUY: "buy",
    AggressorSide.SELL: "sell",
}
STATUSES: Final[dict[OrderStatus, api.OrderStatusName]] = {
    OrderStatus.PENDING_TRIGGER: "pending_trigger",
    OrderStatus.NEW: "new",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.EXPIRED: "expired",
}
assert STATUSES.keys() == set(OrderStatus)
ORDER_TYPES: Final = {order_type: order_type.name.lower() for order_type in OrderType}
TIMES_IN_FORCE: Final = {each: each.name.lower() for each in TimeInForce}
LIQUIDITIES: Final[dict[Liquidity, Literal["maker", "taker"]]] = {
    Liquidity.MAKER: "maker",
    Liquidity.TAKER: "taker",
}


def asset_info(asset: Asset) -> api.AssetInfo:
    """Present an asset."""
    return api.AssetInfo(name=asset.name, scale=asset.scale)


def venue_info(venue_status: VenueStatus) -> api.VenueInfo:
    """Present the exchange as a whole."""
    return api.VenueInfo("open" if venue_status is VenueStatus.OPEN else "halted")


def instrument_info(market: Market) -> api.InstrumentInfo:
    """Present an instrument."""
    instrument, rules = market.instrument, market.rules
    reference_ticks = rules.reference_price_ticks
    return api.InstrumentInfo(
        symbol=instrument.symbol,
        base_asset=instrument.base.name,
        quote_asset=instrument.quote.name,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        price_decimals=instrument.price_decimals,
        qty_decimals=instrument.qty_decimals,
        min_notional=instrument.quote.text(instrument.min_notional_atoms),
        maker_fee_ppm=instrument.maker_fee_ppm,
        taker_fee_ppm=instrument.taker_fee_ppm,
        trading_status=instrument.trading_status.name.lower(),  # type: ignore[arg-type]
        status_cause=market.status_cause.name.lower(),  # type: ignore[arg-type]
        auction_ends_ns=str(market.auction_ends_ns) if market.auction_ends_ns else None,
        band_bps=instrument.band_bps,
        collar_bps=rules.collar_bps,
        breaker_bps=rules.breaker_bps,
        breaker_window_s=rules.breaker_window_s,
        auction_s=rules.auction_s,
        reference_price=market.price_text(reference_ticks) if reference_ticks else None,
    )


def average_price(instrument: Instrument | Measure, cum_quote_atoms: int, cum_qty_lots: int) -> str:
    """Return what one base unit cost on average, rounded to the quote asset's decimals.

    Never fewer decimals than the instrument's prices have, and no trailing zeros past those.
    """
    decimals = max(instrument.quote.scale, instrument.price_decimals)
    paid = cum_quote_atoms * 10 ** (instrument.base.scale + decimals)
    bought = cum_qty_lots * instrument.base_atoms_per_lot * 10**instrument.quote.scale
    whole_units, rest = divmod(paid, bought)
    # Half to even, as banks round.
    up = 2 * rest > bought or (2 * rest == bought and whole_units % 2 == 1)
    digits = str(whole_units + up).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    part = part.rstrip("0").ljust(instrument.price_decimals, "0")
    return f"{whole}.{part}" if part else whole


def order(market: Market, view: OrderView, *, with_fills: bool = False) -> api.Order:
    """Present an order, in the units of its time."""
    instrument, texts = market.instrument, market.at(view.seq)
    by_budget = view.quote_budget_atoms > 0
    trigger_ticks, display_lots = view.trigger_price_ticks, view.display_qty_lots
    average = None
    if view.cum_qty_lots:
        average = average_price(texts.measure, view.cum_quote_atoms, view.cum_qty_lots)
    return api.Order(
        order_id=view.order_id,
        client_order_id=view.client_order_id,
        symbol=instrument.symbol,
        side=SIDES[view.side],
        type=ORDER_TYPES[view.order_type],
        time_in_force=TIMES_IN_FORCE[view.time_in_force],
        post_only=OrderFlag.POST_ONLY in view.flags,
        price=texts.price_text(view.price_ticks) if view.price_ticks else None,
        qty=texts.qty_text(view.cum_qty_lots if by_budget else view.qty_lots),
        quote_budget=instrument.quote.text(view.quote_budget_atoms) if by_budget else None,
        trigger_price=texts.price_text(trigger_ticks) if trigger_ticks else None,
        trailing_bps=view.trailing_bps or None,
        display_qty=texts.qty_text(display_lots) if display_lots else None,
        expire_at_s=view.expire_s or None,
        list_id=view.list_id or None,
        cum_qty=texts.qty_text(view.cum_qty_lots),
        leaves_qty=texts.qty_text(view.leaves_qty_lots),
        avg_price=average,
        status=STATUSES[view.status],
        reason=None if view.reason is CancelReason.NONE else view.reason.name,
        created_ts_ns=str(view.created_ts_ns),
        updated_ts_ns=str(view.updated_ts_ns),
        seq=view.seq,
        fills=[fill(market, each) for each in view.fills] if with_fills else None,
    )


def order_list(market: Market, view: OrderListView, orders: list[api.Order]) -> api.OrderList:
    """Present a list with its orders."""
    return api.OrderList(
        list_id=view.list_id,
        client_order_id=view.client_order_id,
        symbol=market.instrument.symbol,
        contingency="oco",
        created_ts_ns=str(view.created_ts_ns),
        orders=orders,
    )


def fill(market: Market, view: FillView) -> api.Fill:
    """Present a fill, in the units of its time."""
    instrument, texts = market.instrument, market.at(view.seq)
    fee_asset = instrument.base if view.side is Side.BUY else instrument.quote
    return api.Fill(
        trade_id=view.trade_id,
        order_id=view.order_id,
        symbol=instrument.symbol,
        side=SIDES[view.side],
        price=texts.price_text(view.price_ticks),
        qty=texts.qty_text(view.qty_lots),
        fee=fee_asset.text(view.fee_atoms),
        fee_asset=fee_asset.name,
        liquidity=LIQUIDITIES[view.liquidity],
        ts_ns=str(view.ts_ns),
        seq=view.seq,
    )


def balances(
    projection: Projection, account: AccountView, asset_ids: Iterable[int] | None = None
) -> list[api.Balance]:
    """Present an account's balances, by asset name; only those of ``asset_ids`` if given."""
    chosen = account.balances.keys() if asset_ids is None else asset_ids
    rows = []
    for asset_id in chosen:
        asset = projection.assets[asset_id]
        available_atoms, held_atoms = account.balances[asset_id]
        rows.append(
            api.Balance(
                asset=asset.name,
                available=asset.text(available_atoms),
                held=asset.text(held_atoms),
                total=asset.text(available_atoms + held_atoms),
            )
        )
    return sorted(rows, key=lambda row: row.asset)


def levels(market: Market, side: Side, count: int) -> list[tuple[str, str]]:
    """Present the first ``count`` levels of one side, best first; none while they are hidden."""
    if market.depth_is_hidden:
        return []
    price_text, qty_text = market.price_text, market.qty_text
    return [(price_text(price), qty_text(qty)) for price, qty in market.book.top(side, count)]


def auction(market: Market, found: Uncross | None) -> api.Auction:
    """Present what an auction would come to."""
    if found is None:
        return api.Auction(None, market.qty_text(0), market.qty_text(0))
    price, qty = market.price_text(found.price_ticks), market.qty_text(found.qty_lots)
    return api.Auction(price, qty, market.qty_text(found.imbalance_lots))


def trade(market: Market, event: Trade) -> api.PublicTrade:
    """Present a trade of the stream."""
    return public_trade(
        market,
        event.trade_id,
        event.ts_ns,
        event.price_ticks,
        event.qty_lots,
        event.aggressor_side,
    )


def public_trade(
    market: Market, trade_id: int, ts_ns: int, price_ticks: int, qty_lots: int, aggressor_side: int
) -> api.PublicTrade:
    """Present a trade of the history, in the units of its time."""
    texts = market.of_trade(trade_id)
    return api.PublicTrade(
        trade_id=trade_id,
        price=texts.price_text(price_ticks),
        qty=texts.qty_text(qty_lots),
        aggressor_side=AGGRESSORS[AggressorSide(aggressor_side)],
        ts_ns=str(ts_ns),
    )


def candle(market: Market, row: CandleRow) -> api.Candle:
    """Present a candle, in its own units: those of its trades may differ from today's."""
    texts = market.texts_of(row.steps or market.instrument.steps)
    return api.Candle(
        ts_open_ns=str(row.ts_open_ns),
        open=texts.price_text(row.open_ticks),
        high=texts.price_text(row.high_ticks),
        low=texts.price_text(row.low_ticks),
        close=texts.price_text(row.close_ticks),
        volume=texts.measure.qty_text(row.volume_lots),
        quote_volume=market.instrument.quote.text(row.quote_volume_atoms),
        trades=row.trades,
        vwap=_vwap(texts, row),
        taker_buy_volume=texts.measure.qty_text(row.taker_buy_lots),
        taker_buy_quote_volume=market.instrument.quote.text(row.taker_buy_quote_atoms),
    )


def _vwap(texts: Texts, row: CandleRow) -> str | None:
    if not row.volume_lots:
        return None
    return average_price(texts.measure, row.quote_volume_atoms, row.volume_lots)


def ticker(market: Market, latest: TickerRow | None, window: TickerWindow = "24h") -> api.Ticker:
    """Present a window of history (None: no trade ever) with the best prices of the book."""
    row: TickerRow | WindowRow | None = latest
    if latest is not None and window == "1h":
        row = latest.hour
    instrument = market.instrument
    bid, ask = market.book.best(Side.BUY), market.book.best(Side.SELL)
    if market.depth_is_hidden:
        bid = ask = None
    steps = row.steps if row is not None and row.steps else instrument.steps
    texts = market.texts_of(steps)
    prices: dict[str, str | None] = {"last": None, "open": None, "high": None, "low": None}
    change_ppm = None
    if row is not None and row.open_ticks > 0:
        prices = {
            "last": texts.price_text(row.last_ticks),
            "open": texts.price_text(row.open_ticks),
            "high": texts.price_text(row.high_ticks),
            "low": texts.price_text(row.low_ticks),
        }
        change_ppm = (row.last_ticks - row.open_ticks) * PPM // row.open_ticks
    return api.Ticker(
        symbol=instrument.symbol,
        **prices,
        volume=texts.measure.qty_text(row.volume_lots if row else 0),
        quote_volume=instrument.quote.text(row.quote_volume_atoms if row else 0),
        change_ppm=change_ppm,
        trades=row.trades if row else 0,
        bid=None if bid is None else market.price_text(bid),
        ask=None if ask is None else market.price_text(ask),
        since_ns=str(row.since_ns) if row else None,
    )
