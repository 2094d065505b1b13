"""What an account owns, did and pays."""

from typing import Any, Final

from gateway.binance import order_answers, order_records
from gateway.binance.call import Call
from gateway.binance.errors import BinanceError, bad_combination
from gateway.binance.orders import check_day, end_of_ms, named_order, ppm_text
from gateway.binance.texts import amount, symbol_of
from gateway.binance.weights import rate_limits

TRADES_USUAL: Final = 500
TRADES_MAX: Final = 1_000
_PPM_PER_BPS: Final = 100


async def account(call: Call) -> dict[str, Any]:
    """Show balances, fees and what the account may do."""
    projection = await call.services.feed.fresh()
    owner = projection.account(call.account_id)
    omit_zero = call.parameters.flag("omitZeroBalances")
    balances = []
    for asset in sorted(projection.assets.values(), key=lambda each: each.name):
        available_atoms, held_atoms = owner.balances.get(asset.asset_id, (0, 0))
        if available_atoms or held_atoms or not omit_zero:
            balances.append(
                {
                    "asset": asset.name,
                    "free": amount(asset, available_atoms),
                    "locked": amount(asset, held_atoms),
                }
            )
    instruments = [market.instrument for market in projection.markets.values()]
    maker_ppm = max((each.maker_fee_ppm for each in instruments), default=0)
    taker_ppm = max((each.taker_fee_ppm for each in instruments), default=0)
    may_trade = "trade" in call.caller.permissions
    return {
        "makerCommission": maker_ppm // _PPM_PER_BPS,
        "takerCommission": taker_ppm // _PPM_PER_BPS,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(maker_ppm, taker_ppm),
        "canTrade": may_trade,
        "canWithdraw": False,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.now_ms,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": call.account_id,
    }


async def my_trades(call: Call) -> list[dict[str, Any]]:
    """List the account's fills of one instrument."""
    market = call.markets.named(call.parameters)
    wanted = order_records.Range(
        from_id=call.parameters.integer("fromId"),
        start_ns=call.parameters.time_ns("startTime"),
        end_ns=end_of_ms(call.parameters.time_ns("endTime")),
        limit=call.parameters.limit(TRADES_USUAL, TRADES_MAX),
    )
    check_day(wanted)
    if wanted.from_id is not None and (wanted.start_ns or wanted.end_ns) is not None:
        raise bad_combination()
    if not call.parameters.has("orderId"):
        fills = await order_records.fills(call.services, call.account_id, market, wanted)
        return [order_answers.trade(market, fill) for fill in fills]
    try:
        view = await named_order(call, market, "orderId", "orderId")
    except BinanceError as error:
        if error.code == -2013:
            return []
        raise
    fills = await order_records.fills_of_order(call.services, call.account_id, view)
    chosen = [fill for fill in fills if wanted.has(fill.trade_id, fill.ts_ns)]
    return [order_answers.trade(market, fill) for fill in chosen[: wanted.limit]]


async def commission(call: Call) -> dict[str, Any]:
    """Show what the account pays in one instrument."""
    market = call.markets.named(call.parameters)
    instrument = market.instrument
    return {
        "symbol": symbol_of(market),
        "standardCommission": _rates(instrument.maker_fee_ppm, instrument.taker_fee_ppm),
        "specialCommission": _rates(0, 0),
        "taxCommission": _rates(0, 0),
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "",
            "discount": ppm_text(0),
        },
    }


async def order_rates(call: Call) -> list[dict[str, str | int]]:
    """Show how many orders the account has entered, against its limits."""
    short, day = call.dialect.weights.orders_used(call.account_id)
    counts = {"SECOND": short, "DAY": day}
    return [
        each | {"count": counts[str(each["interval"])]}
        for each in rate_limits(call.dialect.weights)
        if each["rateLimitType"] == "ORDERS"
    ]


async def none_of_it(call: Call) -> list[Any]:
    """List what this venue has none of, such as prevented matches."""
    call.markets.named(call.parameters)
    return []


def _rates(maker_ppm: int, taker_ppm: int) -> dict[str, str]:
    return {
        "maker": ppm_text(maker_ppm),
        "taker": ppm_text(taker_ppm),
        "buyer": ppm_text(0),
        "seller": ppm_text(0),
    }
