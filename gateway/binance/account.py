"""What an account owns, did and pays."""

from typing import Any

from gateway.binance import commissions, order_answers, order_records
from gateway.binance.call import Call
from gateway.binance.errors import BinanceError
from gateway.binance.orders import named_order
from gateway.binance.texts import amount
from gateway.binance.weights import rate_limits


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
    paid = [market.fees_of(owner.fee_tier) for market in projection.markets.values()]
    may_trade = "trade" in call.caller.permissions
    return {
        **commissions.of_account(paid),
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
    wanted = order_records.asked_range(call.parameters, "fromId", id_alone=True)
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
    return commissions.of_market(market, market.fees_of(call.account.fee_tier))


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
