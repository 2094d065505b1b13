"""The whole history of an account: by page, and exported as CSV or JSON without end in memory."""

import csv
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from gateway.rest import account_history_pages
from gateway.rest.account_history_pages import KINDS, HistoryKind
from gateway.rest.route import Access, Call, Handler, Route

_JSON: Final = msgspec.json.Encoder()
_FORMULA_STARTS: Final = ("=", "+", "@", "\t", "\r")
"""A spreadsheet would execute a text that begins so."""


def _page(kind: HistoryKind) -> Handler:
    async def handle(call: Call) -> Any:
        """Show a page, newest first."""
        found = await account_history_pages.page(call.services, call.account_id, kind, call.query)
        return kind.answer_type(found.rows, found.cursor)

    handle.__name__ = f"{kind.name}_history"
    return handle


def _export(
    kind: HistoryKind, ending: str, file_of: "Callable[[HistoryKind], _Csv | _Json]"
) -> Handler:
    async def handle(call: Call) -> web.StreamResponse:
        """Export everything asked for, newest first, at most 100,000 rows; `limit` does not count.
        What is cut off in between was not answered in whole: ask again.
        """
        file = file_of(kind)
        pages = account_history_pages.pages(call.services, call.account_id, kind, call.query)

        async def rows() -> AsyncGenerator[Sequence[Any]]:
            async for page in pages:
                file.cursor = page.cursor
                yield page.rows

        name = f"{kind.name}-{call.account_id}"
        return await call.services.downloads.stream(call.request, name, ending, file, rows())

    handle.__name__ = f"{kind.name}_{ending}"
    return handle


class _Csv:
    """Rows as CSV, lists in them left out."""

    cursor: str | None = None

    def __init__(self, kind: HistoryKind) -> None:
        (rows_field,) = (
            one for one in msgspec.structs.fields(kind.answer_type) if one.name == "rows"
        )
        fields = msgspec.structs.fields(rows_field.type.__args__[0])
        self._names = [one.name for one in fields if one.name not in ("fills", "steps")]
        self._head = [self._names]

    def rows(self, rows: Sequence[Any]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerows(self._head)
        self._head = []
        writer.writerows([_cell(getattr(row, name)) for name in self._names] for row in rows)
        return text.getvalue().encode()

    def end(self) -> bytes:
        return b""


class _Json:
    """Rows as the pages tell them, and the cursor where it was too much for one file."""

    cursor: str | None = None

    def __init__(self, kind: HistoryKind) -> None:
        self._head, self._joint = b'{"rows":[', b""

    def rows(self, rows: Sequence[Any]) -> bytes:
        body = b",".join(map(_JSON.encode, rows))
        told = self._head + (self._joint + body if body else b"")
        self._head = b""
        self._joint = b"," if body else self._joint
        return told

    def end(self) -> bytes:
        return b'],"cursor":' + _JSON.encode(self.cursor) + b"}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


_TAG: Final = "History"
_FILES: Final[dict[str, type[_Csv] | type[_Json]]] = {"csv": _Csv, "json": _Json}


def _routes(kind: HistoryKind) -> list[Route]:
    shown = Route(
        method="GET",
        path=f"/history/{kind.name}",
        handler=_page(kind),
        tag=_TAG,
        summary=f"Page through all my {kind.name}",
        query=kind.query_type,
        answer=kind.answer_type,
        access=Access.READ,
        is_copied=kind.name == "fills",
        weight=5,
    )
    exports = [
        Route(
            method="GET",
            path=f"/history/{kind.name}.{ending}",
            handler=_export(kind, ending, file_of),
            tag=_TAG,
            summary=f"Export my {kind.name} as {ending.upper()}",
            query=kind.query_type,
            answer=kind.answer_type if ending == "json" else None,
            media=("text/csv",) if ending == "csv" else (),
            access=Access.READ,
            is_copied=kind.name == "fills",
            weight=20,
        )
        for ending, file_of in _FILES.items()
    ]
    return [shown, *exports]


ROUTES: Final = tuple(route for kind in KINDS.values() for route in _routes(kind))
