"""The bots' own small HTTP port: health, metrics, and for whoever signs the call, control."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from client.errors import ClientError
from service.calls import signature_middleware
from service.health import Readiness, add_health_routes
from trading_bot.bot import NAME_PATTERN, BotSpec
from trading_bot.errors import (
    BadCredentials,
    BadParameter,
    BotError,
    BotExists,
    NoReference,
    UnknownBot,
    UnknownStrategy,
)
from trading_bot.fleet import Fleet
from trading_bot.parameters import ParameterRow, described
from trading_bot.strategies import STRATEGIES

BODY_BYTES_MAX: Final = 64 * 1024
STATUS: Final[dict[type[BotError], tuple[int, str]]] = {
    UnknownBot: (404, "UNKNOWN_BOT"),
    UnknownStrategy: (404, "UNKNOWN_STRATEGY"),
    BotExists: (409, "BOT_EXISTS"),
    BadParameter: (422, "BAD_PARAMETER"),
    BadCredentials: (422, "NO_CREDENTIALS"),
    NoReference: (422, "NO_REFERENCE"),
}
_NAME: Final = "/internal/bots/{name:" + NAME_PATTERN.strip("^$") + "}"


class StrategyRow(msgspec.Struct, frozen=True):
    """A strategy there is, and what can be set of it."""

    name: str
    summary: str
    symbols: int
    role: str
    parameters: list[ParameterRow]


def strategy_rows() -> list[StrategyRow]:
    """Return the strategies there are."""
    rows = []
    for name, entry in sorted(STRATEGIES.items()):
        words = (entry.make.__globals__["__doc__"] or "").split("\n\n")[0]
        summary = " ".join(words.split())
        rows.append(
            StrategyRow(name, summary, entry.symbols, entry.role, described(entry.parameters))
        )
    return rows


def control_app(fleet: Fleet, readiness: Readiness, secret: str) -> web.Application:
    """Return the application; without a ``secret`` nothing but health and metrics."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    add_health_routes(app, readiness)
    if not secret:
        return app
    app.middlewares.extend([signature_middleware(secret), _refusals_as_json])
    calls = _Calls(fleet)
    app.router.add_get("/internal/strategies", calls.strategies)
    app.router.add_get("/internal/bots", calls.bots)
    app.router.add_post("/internal/bots", calls.add)
    app.router.add_delete(_NAME, calls.remove)
    app.router.add_post(_NAME + "/start", calls.start)
    app.router.add_post(_NAME + "/stop", calls.stop)
    app.router.add_patch(_NAME + "/parameters", calls.change)
    return app


class _Calls:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def strategies(self, _: web.Request) -> web.Response:
        return _json(strategy_rows())

    async def bots(self, _: web.Request) -> web.Response:
        return _json(self._fleet.reports())

    async def add(self, request: web.Request) -> web.Response:
        return _json(self._fleet.add(await _body(request, BotSpec)), 201)

    async def remove(self, request: web.Request) -> web.Response:
        await self._fleet.remove(request.match_info["name"])
        return web.Response(status=204)

    async def start(self, request: web.Request) -> web.Response:
        return _json(await self._fleet.start(request.match_info["name"]))

    async def stop(self, request: web.Request) -> web.Response:
        return _json(await self._fleet.stop(request.match_info["name"]))

    async def change(self, request: web.Request) -> web.Response:
        texts = await _body(request, dict[str, str])
        return _json(await self._fleet.change(request.match_info["name"], texts))


async def _body(request: web.Request, kind: Any) -> Any:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.MsgspecError as error:
        raise BadParameter(str(error)) from error


def _json(value: object, status: int = 200) -> web.Response:
    data = msgspec.json.encode(value)
    return web.Response(body=data, status=status, content_type="application/json")


@web.middleware
async def _refusals_as_json(
    request: web.Request, handler: Callable[[web.Request], Any]
) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except BotError as error:
        status, code = STATUS.get(type(error), (422, "REFUSED"))
        return _json({"error": {"code": code, "message": str(error)}}, status)
    except ClientError as error:
        return _json({"error": {"code": "EXCHANGE_AWAY", "message": str(error)}}, 503)
