"""The bots of this exchange: what they do, and their control.

A person who has logged in sees them. Starting, stopping and setting is an administrator's, unless
the exchange is a demo that leaves it to everybody who has logged in.
"""

import re
from typing import Final

from gateway.calls.bots_client import BotsClient
from gateway.errors import ApiError
from gateway.rest.route import Access, Call, Route
from gateway.types import bots as api

ADMIN: Final = "admin"
_TAG: Final = "Bots"
_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
_FILES: Final = "file:"
_OUTSIDE: Final = ("http:", "ccxt:")


async def bots(call: Call) -> api.Bots:
    """List the bots, and the strategies there are."""
    client = call.services.bots
    return api.Bots(await client.bots(), await client.strategies())


async def add_bot(call: Call) -> api.Bot:
    """Start a new bot."""
    body: api.NewBot = call.body
    client = _controlled(call)
    refuse_sources(body.parameters, call.caller.role)
    return await client.add(body)


async def start_bot(call: Call) -> api.Bot:
    """Start a bot that was stopped."""
    return await _controlled(call).start(_name(call))


async def stop_bot(call: Call) -> api.Bot:
    """Stop a bot: its orders are gone when this is answered."""
    return await _controlled(call).stop(_name(call))


async def change_bot(call: Call) -> api.Bot:
    """Set parameters of a bot; it goes on with them at once."""
    body: api.BotParameterChange = call.body
    client = _controlled(call)
    refuse_sources(body.parameters, call.caller.role)
    return await client.change(_name(call), body.parameters)


async def remove_bot(call: Call) -> None:
    """Stop a bot and forget it."""
    await _controlled(call).remove(_name(call))


def _controlled(call: Call) -> BotsClient:
    """
    Raises:
        ApiError: 403, the caller may look but not touch.
    """
    if not call.services.everybody_controls_bots and call.caller.role != ADMIN:
        raise ApiError(403, "FORBIDDEN", "bots are controlled by an administrator")
    return call.services.bots


def refuse_sources(parameters: dict[str, str], role: str | None) -> None:
    """Keep callers away from what the bots' process can reach: its files, and its network unless
    they are an administrator.

    Raises:
        ApiError: 403, a parameter names a source of prices that is not theirs to name.
    """
    for name, text in parameters.items():
        if text.startswith(_FILES):
            raise ApiError(
                403, "FORBIDDEN", "files are named on the command line alone", field=name
            )
        if text.startswith(_OUTSIDE) and role != ADMIN:
            raise ApiError(
                403, "FORBIDDEN", "prices from outside are named by an administrator", field=name
            )


def _name(call: Call) -> str:
    name = call.request.match_info["name"]
    if _NAME.fullmatch(name) is None:
        raise ApiError(404, "UNKNOWN_BOT", "there is no such bot")
    return name


ROUTES: Final = (
    Route(
        method="GET",
        path="/bots",
        handler=bots,
        tag=_TAG,
        summary="List the exchange's bots and the strategies there are",
        answer=api.Bots,
        access=Access.LOGIN,
    ),
    Route(
        method="POST",
        path="/bots",
        handler=add_bot,
        tag=_TAG,
        summary="Start a new bot",
        body=api.NewBot,
        answer=api.Bot,
        status=201,
        access=Access.LOGIN,
    ),
    Route(
        method="POST",
        path="/bots/{name}/start",
        handler=start_bot,
        tag=_TAG,
        summary="Start a bot that was stopped",
        answer=api.Bot,
        access=Access.LOGIN,
    ),
    Route(
        method="POST",
        path="/bots/{name}/stop",
        handler=stop_bot,
        tag=_TAG,
        summary="Stop a bot; its orders are gone then",
        answer=api.Bot,
        access=Access.LOGIN,
    ),
    Route(
        method="PATCH",
        path="/bots/{name}/parameters",
        handler=change_bot,
        tag=_TAG,
        summary="Set parameters of a bot",
        body=api.BotParameterChange,
        answer=api.Bot,
        access=Access.LOGIN,
    ),
    Route(
        method="DELETE",
        path="/bots/{name}",
        handler=remove_bot,
        tag=_TAG,
        summary="Stop a bot and forget it",
        answer=None,
        status=204,
        access=Access.LOGIN,
    ),
)
