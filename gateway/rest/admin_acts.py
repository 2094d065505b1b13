"""How a route has something done: the body's fields become an act in the operator's name."""

from typing import Any

import msgspec

from domain.units import NS_PER_S
from gateway.errors import ApiError
from gateway.rest.route import Call
from gateway.types import admin as api

_S_PER_HOUR = 3_600


async def carry_out(call: Call, act: str, **named: Any) -> api.Act:
    """Have ``act`` done with the fields of the body, ``named`` beside them.

    Raises:
        ApiError: it is refused; one that was begun is in the log all the same.
    """
    said = {} if call.body is None else msgspec.to_builtins(call.body)
    reason = said.pop("reason", "")
    fields = {name: value for name, value in said.items() if value is not None}
    wanted = {"act": act, **fields, **named}
    return await call.services.admin.carry_out(call.caller, call.ip, reason, wanted)


def symbol(call: Call) -> str:
    """Return the instrument of the path.

    Raises:
        ApiError: 404: no instrument can have that name.
    """
    text = call.request.match_info["symbol"]
    if not (text.isascii() and text.replace("-", "").isalnum() and len(text) <= 49):
        raise ApiError(404, "UNKNOWN_INSTRUMENT", "there is no such instrument")
    return text.upper()


def since_ns(call: Call, hours: int) -> int:
    """Return when ``hours`` ago was; 0 of 0."""
    return max(0, call.services.clock.now_ns() - hours * _S_PER_HOUR * NS_PER_S) if hours else 0
