"""An export that is too much for one file says where the next one begins."""

from types import SimpleNamespace
from typing import Any

from gateway.rest import account_history_pages
from gateway.rest.account_history_pages import HistoryKind, pages
from gateway.types import account_history as api

ROWS = list(range(100, 0, -1))


class Book:
    """The book of record; a page of it may hold fewer rows than were asked for."""

    async def history(self, account_id: int, kind: str, page_type: Any, asked: Any) -> Any:
        waiting = [row for row in ROWS if row < int(asked.get("before", 1_000))]
        rows = waiting[: max(1, asked["limit"] - 1)]
        return SimpleNamespace(rows=rows, before=str(rows[-1]) if rows[-1] > 1 else None)


async def exported(before: str | None) -> tuple[list[int], str | None]:
    """Return the rows of one file and where it says that the next one begins."""
    account = SimpleNamespace(balances_seq=0, orders_seq=0, fills_seq=0)
    projection = SimpleNamespace(account=lambda account_id: account)

    async def fresh() -> Any:
        return projection

    feed = SimpleNamespace(fresh=fresh, projection=projection)
    services: Any = SimpleNamespace(feed=feed, accounts=Book())
    kind = HistoryKind("rows", None, None, api.HistoryQuery, lambda projection, row: row)
    rows, cursor = [], None
    async for page in pages(services, 1, kind, api.HistoryQuery(before=before)):
        rows += page.rows
        cursor = page.cursor
    return rows, cursor


async def test_files_one_behind_the_other_hold_every_row_once(monkeypatch):
    monkeypatch.setattr(account_history_pages, "EXPORT_ROWS_MAX", 25)
    monkeypatch.setattr(api, "PAGE_MAX", 10)
    found, cursor = await exported(None)
    while cursor is not None:
        rows, cursor = await exported(cursor)
        assert len(rows) <= 25
        found += rows
    assert found == ROWS
