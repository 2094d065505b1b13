"""The whole history of an account: by page, and exported as CSV or JSON without end in memory."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from gateway.errors import ApiError
from gateway.rest import history_pages
from gateway.rest.history_pages import KINDS, HistoryKind, Page
from gateway.rest.route import Access, Call, Handler, Route

_JSON: Final = msgspec.json.Encoder()
_FORMULA_STARTS: Final = ("=", "+", "@", "\t", "\r")
"""A spreadsheet would execute a text that begins so."""
_Encode = Callable[[HistoryKind, AsyncIterator[Page]], AsyncIterator[bytes]]


def _page(kind: HistoryKind) -> Handler:
    async def handle(call: Call) -> Any:
        """Show a page, newest first."""
        found = await history_pages.page(call.services, call.account_id, kind, call.query)
        return kind.answer_type(found.rows, found.cursor)

    handle.__name__ = f"{kind.name}_history"
    return handle


def _export(kind: HistoryKind, ending: str, media: str, encode: _Encode) -> Handler:
    async def handle(call: Call) -> web.StreamResponse:
        """Export everything asked for, newest first, at most 100,000 rows; `limit` does not count.
        What is cut off in between was not answered in whole: ask again.
        """
        pages = history_pages.pages(call.services, call.account_id, kind, call.query)
        pieces = encode(kind, pages)
        first = await anext(pieces)  # a refusal is still an answer of its own
        response = web.StreamResponse(headers={"Content-Type": f"{media}; charset=utf-8"})
        name = f"{kind.name}-{call.account_id}.{ending}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        await response.prepare(call.request)
        await response.write(first)
        try:
            async for piece in pieces:
                await response.write(piece)
        except ConnectionError:
            return response  # whoever asked has gone
        except ApiError:
            # The rest cannot be had: only a broken connection says so once it has begun.
            if call.request.transport is not None:
                call.request.transport.abort()
            return response
        await response.write_eof()
        return response

    handle.__name__ = f"{kind.name}_{ending}"
    return handle


async def _as_csv(kind: HistoryKind, pages: AsyncIterator[Page]) -> AsyncIterator[bytes]:
    (rows_field,) = (one for one in msgspec.structs.fields(kind.answer_type) if one.name == "rows")
    row_type = rows_field.type.__args__[0]
    names = [
        one.name for one in msgspec.structs.fields(row_type) if one.name not in ("fills", "steps")
    ]
    head = [names]
    async for page in pages:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerows(head)
        head = []
        writer.writerows([_cell(getattr(row, name)) for name in names] for row in page.rows)
        yield text.getvalue().encode()


async def _as_json(kind: HistoryKind, pages: AsyncIterator[Page]) -> AsyncIterator[bytes]:
    is_first, has_rows, cursor = True, False, None
    async for page in pages:
        body, cursor = b",".join(map(_JSON.encode, page.rows)), page.cursor
        joint = b'{"rows":[' if is_first else b"," if has_rows and body else b""
        is_first, has_rows = False, has_rows or bool(body)
        yield joint + body
    yield b'],"cursor":' + _JSON.encode(cursor) + b"}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


_TAG: Final = "History"
_FORMS: Final[tuple[tuple[str, str, _Encode], ...]] = (
    ("csv", "text/csv", _as_csv),
    ("json", "application/json", _as_json),
)


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
    )
    exports = [
        Route(
            method="GET",
            path=f"/history/{kind.name}.{ending}",
            handler=_export(kind, ending, media, encode),
            tag=_TAG,
            summary=f"Export my {kind.name} as {ending.upper()}",
            query=kind.query_type,
            answer=kind.answer_type if ending == "json" else str,
            media=media,
            access=Access.READ,
        )
        for ending, media, encode in _FORMS
    ]
    return [shown, *exports]


ROUTES: Final = tuple(route for kind in KINDS.values() for route in _routes(kind))
