"""What can be traded here and within which bounds: exchangeInfo and its filters."""

from typing import Any, Final

from domain.instruments import Instrument
from domain.orders import TradingStatus
from domain.units import NOTIONAL_ATOMS_MAX, PRICE_TICKS_MAX, QTY_LOTS_MAX
from gateway.binance.call import Call
from gateway.binance.order_terms import ORDER_TYPES, TRAILING_MAX_BPS, TRAILING_MIN_BPS
from gateway.binance.texts import DECIMALS, SELF_TRADE_MODES, amount, eight, symbol_of
from gateway.binance.weights import rate_limits
from gateway.state.market import Market

OPEN_ORDERS_MAX: Final = 10_000
CONDITIONAL_ORDERS_MAX: Final = 10_000
ICEBERG_PARTS_MAX: Final = 100
PERMISSION: Final = "SPOT"
_BPS: Final = 10_000
_STATUSES: Final = {
    TradingStatus.TRADING: "TRADING",
    TradingStatus.AUCTION: "AUCTION_MATCH",
    TradingStatus.CANCEL_ONLY: "BREAK",
    TradingStatus.HALT: "HALT",
    TradingStatus.CLOSED: "BREAK",
}
assert _STATUSES.keys() == set(TradingStatus)


async def ping(_: Call) -> dict[str, Any]:
    """Say nothing."""
    return {}


async def time(call: Call) -> dict[str, int]:
    """Tell the time."""
    return {"serverTime": call.now_ms}


async def exchange_info(call: Call) -> dict[str, Any]:
    """Show the instruments asked for, or all."""
    return {
        "timezone": "UTC",
        "serverTime": call.now_ms,
        "rateLimits": rate_limits(call.dialect.weights),
        "exchangeFilters": [],
        "symbols": [symbol_info(market) for market in _permitted(call)],
    }


def _permitted(call: Call) -> list[Market]:
    """Return the instruments asked for; there are none but those of the one permission there is."""
    chosen = call.markets.chosen(call.parameters)
    wanted = call.parameters.optional("permissions")
    if wanted is not None and wanted.startswith("["):
        return chosen if PERMISSION in (call.parameters.names("permissions") or ()) else []
    return chosen if wanted in (None, PERMISSION) else []


def symbol_info(market: Market) -> dict[str, Any]:
    """Present one instrument."""
    instrument = market.instrument
    return {
        "symbol": symbol_of(market),
        "status": _STATUSES[instrument.trading_status],
        "baseAsset": instrument.base.name,
        "baseAssetPrecision": DECIMALS,
        "quoteAsset": instrument.quote.name,
        "quotePrecision": DECIMALS,
        "quoteAssetPrecision": DECIMALS,
        "baseCommissionPrecision": DECIMALS,
        "quoteCommissionPrecision": DECIMALS,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [*filters(instrument), *_collar(market)],
        "permissions": [PERMISSION],
        "permissionSets": [[PERMISSION]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": list(SELF_TRADE_MODES),
    }


def filters(instrument: Instrument) -> list[dict[str, Any]]:
    """Present the bounds of an instrument's orders."""
    quote = instrument.quote
    qty_max = eight(instrument.qty_text(min(instrument.qty_max_lots, QTY_LOTS_MAX)))
    price_max = eight(instrument.price_text(min(instrument.price_max_ticks, PRICE_TICKS_MAX)))
    qty_min, step = eight(instrument.qty_text(1)), eight(instrument.lot_size)
    lot = {"minQty": qty_min, "maxQty": qty_max, "stepSize": step}
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": eight(instrument.price_text(1)),
            "maxPrice": price_max,
            "tickSize": eight(instrument.tick_size),
        },
        {"filterType": "LOT_SIZE", **lot},
        {"filterType": "ICEBERG_PARTS", "limit": ICEBERG_PARTS_MAX},
        {"filterType": "MARKET_LOT_SIZE", **lot},
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(quote, instrument.min_notional_atoms),
            "applyMinToMarket": True,
            "maxNotional": amount(quote, NOTIONAL_ATOMS_MAX),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": TRAILING_MIN_BPS,
            "maxTrailingAboveDelta": TRAILING_MAX_BPS,
            "minTrailingBelowDelta": TRAILING_MIN_BPS,
            "maxTrailingBelowDelta": TRAILING_MAX_BPS,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": OPEN_ORDERS_MAX},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": CONDITIONAL_ORDERS_MAX},
    ]


def _collar(market: Market) -> list[dict[str, Any]]:
    """Present how far a limit price may be from the reference, if it is bounded at all."""
    collar_bps = market.rules.collar_bps
    if not collar_bps:
        return []
    up, down = _factor(_BPS + collar_bps), _factor(max(_BPS - collar_bps, 0))
    return [
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": up,
            "bidMultiplierDown": down,
            "askMultiplierUp": up,
            "askMultiplierDown": down,
            "avgPriceMins": 0,
        }
    ]


def _factor(bps: int) -> str:
    whole, part = divmod(bps, _BPS)
    return f"{whole}.{part:04d}"
