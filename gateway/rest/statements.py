"""Statements and fee reports of an account, by day, in three forms."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from aiohttp import web

from domain.instruments import Asset
from domain.orders import Liquidity, Side
from domain.units import NS_PER_DAY, NS_PER_S
from gateway.calls.statement_rows import (
    AssetStatementRow,
    BalanceHistoryRow,
    StatementRow,
    TradedRow,
)
from gateway.errors import invalid
from gateway.files.statement_page import PAGE_POLICY, as_csv, as_page
from gateway.orders import presenters
from gateway.rest.account import known_asset
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import statements as api

DAYS_MAX: Final = 366
STEP_NS: Final = {"1m": 60 * NS_PER_S, "1h": 3_600 * NS_PER_S, "1d": NS_PER_DAY}


async def statement(call: Call) -> api.Statement:
    """Show what there was, what moved, what there is, and what trading cost."""
    query: api.StatementQuery = call.query
    first, last = _day(query.from_date), _day(query.to_date)
    if not timedelta() <= last - first < timedelta(days=DAYS_MAX):
        raise invalid(f"to_date: from_date or later, at most {DAYS_MAX} days")
    projection = await call.services.feed.fresh()
    asked: dict[str, str | int] = {
        "from_ts_ns": _ts_ns(first),
        "to_ts_ns": _ts_ns(last + timedelta(days=1)),
        # The book of record follows the stream: with all that this account has seen here.
        "min_seq": projection.account(call.account_id).balances_seq,
    }
    row = await call.services.accounts.statement(call.account_id, asked)
    return _statement(projection, call.account_id, query, row)


async def statement_csv(call: Call) -> web.Response:
    """Show the statement as CSV."""
    told = await statement(call)
    return _file(told, "csv", as_csv(told), "text/csv")


async def statement_html(call: Call) -> web.Response:
    """Show the statement as a page to be printed."""
    told = await statement(call)
    response = _file(told, "html", as_page(told), "text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


async def balance_history(call: Call) -> api.BalanceHistory:
    """Show how my balances changed, step by step: what a curve of their worth is made of."""
    query: api.BalanceHistoryQuery = call.query
    step_ns = STEP_NS[query.interval]
    if query.count > DAYS_MAX * NS_PER_DAY // step_ns:
        raise invalid(f"count: at most {DAYS_MAX} days")
    projection = await call.services.feed.fresh()
    opened_ns = call.services.clock.now_ns() // step_ns * step_ns
    from_ts_ns = opened_ns - (query.count - 1) * step_ns
    asked: dict[str, str | int] = {
        "from_ts_ns": from_ts_ns,
        "step_ns": step_ns,
        "count": query.count,
        "min_seq": projection.account(call.account_id).balances_seq,
    }
    rows = await call.services.accounts.balance_history(call.account_id, asked)
    assets = [
        _history(known_asset(projection, row.asset), row, from_ts_ns, step_ns) for row in rows
    ]
    return api.BalanceHistory(query.interval, str(from_ts_ns), query.count, assets)


def _history(
    asset: Asset, row: BalanceHistoryRow, from_ts_ns: int, step_ns: int
) -> api.AssetBalanceHistory:
    return api.AssetBalanceHistory(
        asset=asset.name,
        opening=asset.text(row.opening_atoms),
        changes=[
            api.BalanceChange(
                ts_open_ns=str(from_ts_ns + one.step * step_ns),
                change=asset.text(one.change_atoms),
                moved=asset.text(one.moved_atoms),
            )
            for one in row.steps
        ],
    )


def _file(told: api.Statement, ending: str, text: str, content_type: str) -> web.Response:
    name = f"statement-{told.account_id}-{told.from_date}-{told.to_date}.{ending}"
    response = web.Response(text=text, content_type=content_type, charset="utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(f"{text} is no day") from None


def _ts_ns(day: date) -> int:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, at // timedelta(seconds=1)) * NS_PER_S


def _statement(
    projection: Projection, account_id: int, query: api.StatementQuery, row: StatementRow
) -> api.Statement:
    return api.Statement(
        account_id=account_id,
        from_date=query.from_date,
        to_date=query.to_date,
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        assets=[_asset(known_asset(projection, one.asset), one) for one in row.assets],
        fills=[_fills(projection, one) for one in row.traded],
    )


def _asset(asset: Asset, row: AssetStatementRow) -> api.StatementAsset:
    return api.StatementAsset(
        asset=asset.name,
        opening=asset.text(row.opening_atoms),
        closing=asset.text(row.closing_atoms),
        movements=[
            api.StatementMovement(
                code=one.code,
                postings=one.postings,
                received=asset.text(one.received_atoms),
                paid=asset.text(one.paid_atoms),
            )
            for one in row.movements
        ],
    )


def _fills(projection: Projection, row: TradedRow) -> api.StatementFills:
    base = known_asset(projection, row.base_asset)
    quote = known_asset(projection, row.quote_asset)
    fee_asset = base if row.side == Side.BUY else quote
    return api.StatementFills(
        symbol=row.symbol,
        side=presenters.SIDES[Side(row.side)],
        liquidity="maker" if row.liquidity == Liquidity.MAKER else "taker",
        fills=row.fills,
        qty=base.text(row.base_atoms),
        quote_qty=quote.text(row.quote_atoms),
        fee=fee_asset.text(row.fee_atoms),
        fee_asset=fee_asset.name,
    )


_TAG: Final = "Statements"
ROUTES: Final = (
    Route(
        method="GET",
        path="/statement",
        handler=statement,
        tag=_TAG,
        summary="Show my statement and fees of a period",
        query=api.StatementQuery,
        answer=api.Statement,
        access=Access.READ,
        weight=20,
    ),
    Route(
        method="GET",
        path="/balance-history",
        handler=balance_history,
        tag=_TAG,
        summary="Show how my balances changed, step by step",
        query=api.BalanceHistoryQuery,
        answer=api.BalanceHistory,
        access=Access.READ,
        weight=20,
    ),
    Route(
        method="GET",
        path="/statement.csv",
        handler=statement_csv,
        tag=_TAG,
        summary="Show my statement as CSV",
        query=api.StatementQuery,
        answer=None,
        media=("text/csv",),
        access=Access.READ,
        weight=20,
    ),
    Route(
        method="GET",
        path="/statement.html",
        handler=statement_html,
        tag=_TAG,
        summary="Show my statement as a page to be printed",
        query=api.StatementQuery,
        answer=None,
        media=("text/html",),
        access=Access.READ,
        weight=20,
    ),
)
