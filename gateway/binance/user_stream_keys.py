"""Listen keys over REST and the WS-API: started, kept, stopped."""

from typing import Any

from gateway.binance.call import Call


async def start(call: Call) -> dict[str, str]:
    """Return the caller's listen key."""
    return {"listenKey": await call.dialect.listen_keys.start(call.caller)}


async def keep(call: Call) -> dict[str, Any]:
    """Make a listen key last for an hour more."""
    listen_key = call.parameters.text("listenKey")
    await call.dialect.listen_keys.keep(listen_key, call.account_id)
    return {}


async def stop(call: Call) -> dict[str, Any]:
    """End a listen key."""
    listen_key = call.parameters.text("listenKey")
    await call.dialect.listen_keys.stop(listen_key, call.account_id)
    return {}
