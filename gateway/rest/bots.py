"""The bots of this exchange: what they do, and their control.

A person who has logged in sees them. Starting, stopping and setting is an administrator's, as is
seeing what they are set to and have in the books, unless the exchange is a demo that leaves it to
everybody who has logged in. What only an administrator may takes a second factor too.
"""

import re
from typing import Final

from msgspec.structs import replace

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
    found = await client.bots()
    if not _may_control(call, await _role_now(call)):
        found = [replace(bot, parameters=[], orders=[]) for bot in found]
    return api.Bots(found, await client.strategies())


async def add_bot(call: Call) -> api.Bot:
    """Start a new bot."""
    body: api.NewBot = call.body
    await _admit(call, body.parameters)
    return await call.services.bots.add(body)


async def start_bot(call: Call) -> api.Bot:
    """Start a bot that was stopped."""
    await _admit(call, {})
    return await call.services.bots.start(_name(call))


async def stop_bot(call: Call) -> api.Bot:
    """Stop a bot: its orders are gone when this is answered."""
    await _admit(call, {})
    return await call.services.bots.stop(_name(call))


async def change_bot(call: Call) -> api.Bot:
    """Set parameters of a bot; it goes on with them at once."""
    body: api.BotParameterChange = call.body
    await _admit(call, body.parameters)
    return await call.services.bots.change(_name(call), body.parameters)


async def remove_bot(call: Call) -> None:
    """Stop a bot and forget it."""
    await _admit(call, {})
    await call.services.bots.remove(_name(call))


async def _admit(call: Call, parameters: dict[str, str]) -> None:
    """Return if the caller may control bots, and set these parameters.

    Raises:
        ApiError: 403, the caller may look but not touch, or shows no second factor.
    """
    role = await _role_now(call)
    if not _may_control(call, role):
        raise ApiError(403, "FORBIDDEN", "bots are controlled by an administrator")
    refuse_sources(parameters, role)
    calls_elsewhere = any(text.startswith(_OUTSIDE) for text in parameters.values())
    if calls_elsewhere or not call.services.everybody_controls_bots:
        accounts, code = call.services.accounts, call.second_factor_code
        await accounts.check_operator(call.caller, code, call.ip, is_fresh=False)


def _may_control(call: Call, role: str | None) -> bool:
    return call.services.everybody_controls_bots or role == ADMIN


async def _role_now(call: Call) -> str | None:
    """Ask accounts: the token's role is as old as the token."""
    try:
        return (await call.services.admin.operator(call.caller.user_id)).role
    except ApiError as error:
        if error.status != 403:
            raise
        return None


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
