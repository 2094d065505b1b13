"""The HTTP face: candles, trades and tickers for the gateway, in integers."""

import time
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware
from asyncpg import InterfaceError, PostgresError

from domain.intervals import Interval
from market_data.candles_repository import CandlesRepository
from market_data.feed import Feed
from market_data.subscribers import Subscribers, ticker_row
from service import request_ids
from service.calls import Handler, signature_middleware
from service.health import Readiness, add_health_routes

ROWS_MAX: Final = 1_000
ROWS_DEFAULT: Final = 500
_INT64_MAX: Final = 2**63 - 1


class _BadQuery(ValueError):
    """A query parameter is missing or wrong; the message names it."""


def _int(request: web.Request, name: str, default: int | None, low: int, high: int) -> int:
    text = request.query.get(name)
    if text is None:
        if default is None:
            raise _BadQuery(f"{name} is missing")
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise _BadQuery(f"{name} must be a whole number from {low} to {high}")
    return int(text)


def _interval(request: web.Request) -> Interval:
    try:
        return Interval(request.query.get("interval", ""))
    except ValueError:
        raise _BadQuery(f"interval must be one of {', '.join(Interval)}") from None


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _error(status: int, code: str, message: str) -> web.Response:
    headers = {"Retry-After": "1"} if status == 503 else {}
    answer = {"error": {"code": code, "message": message}}
    return web.json_response(answer, status=status, headers=headers)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except _BadQuery as error:
        return _error(422, "BAD_QUERY", str(error))
    except web.HTTPException as error:
        return _error(error.status, "HTTP", error.reason)
    except (PostgresError, InterfaceError, OSError):
        return _error(503, "DATABASE_UNAVAILABLE", "the database cannot be reached just now")


def _read_what_was_told(feed: Feed) -> Middleware:
    """Return what keeps an answer from being older than what its asker already heard of: than event
    ``min_seq`` of the query, and than any candle pushed.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "min_seq" in request.query:
            await feed.readable(_int(request, "min_seq", None, 0, _INT64_MAX))
        return await handler(request)

    return middleware


class Routes:
    """The handlers, over the parts they read."""

    def __init__(self, repository: CandlesRepository, feed: Feed) -> None:
        self._repository = repository
        self._feed = feed

    async def candles(self, request: web.Request) -> web.Response:
        """GET /internal/candles?instrument_id&interval[&start_ns][&end_ns][&limit]."""
        start_ns = _int(request, "start_ns", -1, 0, _INT64_MAX)
        found = await self._repository.candles(
            _int(request, "instrument_id", None, 1, 2**32 - 1),
            _interval(request),
            None if start_ns < 0 else start_ns,
            _int(request, "end_ns", _INT64_MAX, 0, _INT64_MAX),
            _int(request, "limit", ROWS_DEFAULT, 1, ROWS_MAX),
        )
        return _json({"candles": found, "cursor": self._feed.stored_cursor})

    async def trades(self, request: web.Request) -> web.Response:
        """GET /internal/trades?instrument_id[&before_trade_id][&limit], newest first."""
        found = await self._repository.trades(
            _int(request, "instrument_id", None, 1, 2**32 - 1),
            _int(request, "before_trade_id", _INT64_MAX, 1, _INT64_MAX),
            _int(request, "limit", ROWS_DEFAULT, 1, ROWS_MAX),
        )
        return _json(found)

    async def tickers(self, _: web.Request) -> web.Response:
        """GET /internal/tickers: the last day and hour of every instrument that ever traded."""
        tickers = self._feed.tickers(time.time_ns())
        return _json([ticker_row(id_, each) for id_, each in tickers.items()])


def build_app(
    secret: str,
    repository: CandlesRepository,
    feed: Feed,
    subscribers: Subscribers,
    readiness: Readiness,
) -> web.Application:
    """Return the application, not yet listening."""
    signed = signature_middleware(secret)
    app = web.Application(
        middlewares=[request_ids.named, _errors, signed, _read_what_was_told(feed)]
    )
    routes = Routes(repository, feed)
    app.router.add_get("/internal/candles", routes.candles)
    app.router.add_get("/internal/trades", routes.trades)
    app.router.add_get("/internal/tickers", routes.tickers)
    app.router.add_get("/internal/feed", subscribers.serve)
    add_health_routes(app, readiness)

    async def close_sockets(_: web.Application) -> None:
        await subscribers.close()

    app.on_shutdown.append(close_sockets)
    return app
