"""History by id and time, for the gateway: pages of trades, oldest first, in integers."""

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from market_data.history_repository import HistoryRepository

ROWS_MAX: Final = 2_000
"""Of one page: what a gateway decodes without keeping its other readers waiting."""
_Ns = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class _TradesQuestion(msgspec.Struct, forbid_unknown_fields=True):
    instrument_id: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    from_trade_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] = 1
    start_ns: _Ns | None = None
    end_ns: _Ns | None = None
    limit: Annotated[int, Meta(ge=1, le=ROWS_MAX)] = ROWS_MAX
    min_seq: _Seq = 0
    """Waited for before the question is looked at."""


class HistoryRoutes:
    """The handlers, over the repository they read."""

    def __init__(self, repository: HistoryRepository) -> None:
        self._repository = repository

    async def trades(self, request: web.Request) -> web.Response:
        """GET /internal/history/trades?instrument_id[&from_trade_id][&start_ns][&end_ns][&limit]"""
        try:
            asked = msgspec.convert(dict(request.query), _TradesQuestion, strict=False)
        except msgspec.ValidationError as error:
            answer = {"error": {"code": "BAD_QUERY", "message": str(error)}}
            return web.json_response(answer, status=422)
        found = await self._repository.trades(
            asked.instrument_id, asked.from_trade_id, asked.start_ns, asked.end_ns, asked.limit
        )
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")


def add_history_routes(app: web.Application, repository: HistoryRepository) -> None:
    """Register the routes."""
    app.router.add_get("/internal/history/trades", HistoryRoutes(repository).trades)
