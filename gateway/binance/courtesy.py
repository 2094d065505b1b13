"""Harmless answers outside `/api/v3`, for clients that ask other doors when they load markets."""

from typing import Any

from gateway.binance.call import Call
from gateway.binance.commissions import trade_fee
from gateway.binance.texts import ZERO, amount


async def nothing(_: Call) -> list[Any]:
    """List nothing: there is no margin here."""
    return []


async def no_symbols(_: Call) -> dict[str, Any]:
    """Show an exchange without instruments: there are no futures here."""
    return {"symbols": [], "rateLimits": [], "exchangeFilters": []}


async def system_status(_: Call) -> dict[str, Any]:
    """Say that all is well."""
    return {"status": 0, "msg": "normal"}


async def coins(call: Call) -> list[dict[str, Any]]:
    """List the assets with the caller's balances."""
    projection = await call.services.feed.fresh()
    balances = projection.account(call.account_id).balances
    listed = []
    for asset in projection.assets.values():
        available_atoms, held_atoms = balances.get(asset.asset_id, (0, 0))
        listed.append(
            {
                "coin": asset.name,
                "name": asset.name,
                "free": amount(asset, available_atoms),
                "locked": amount(asset, held_atoms),
                "freeze": ZERO,
                "withdrawing": ZERO,
                "ipoing": ZERO,
                "ipoable": ZERO,
                "storage": ZERO,
                "isLegalMoney": False,
                "trading": True,
                "depositAllEnable": False,
                "withdrawAllEnable": False,
                "networkList": [],
            }
        )
    return listed


async def trade_fees(call: Call) -> list[dict[str, str]]:
    """List what trading costs the caller, by instrument."""
    tier = call.account.fee_tier
    chosen = call.markets.chosen(call.parameters)
    return [trade_fee(market, market.fees_of(tier)) for market in chosen]
