"""An account's whole history, of any kind, by time: a page at a time, newest first.

A page may hold fewer rows than asked for and still not be the last: ``before`` says where it goes
on, None that there is no more.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from accounts.books.statements_repository import first_seq_at
from accounts.books.sub_accounts_repository import account_moves
from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from accounts.rest.account_routes import (
    asked_asset_id,
    asked_instrument_id,
    fill_answer,
    known_account,
    ledger_place,
    settled,
    transfer_answer,
)
from accounts.rest.exchange import answer, checked_int, path_int, query_int
from accounts.rest.services import SERVICES
from accounts.rest.snapshot import order_answer
from accounts.rest.sub_account_routes import move_answer
from accounts.rest.wallet_routes import deposit_answer, withdrawal_answer
from accounts.settling.ledger import TransferCode
from accounts.settling.ledger_history_repository import account_fills, account_transfers
from accounts.settling.orders_repository import account_orders_between
from accounts.settling.venue_repository import instruments_by_id
from accounts.wallet.wallet_repository import account_deposits, withdrawals
from domain.orders import OrderStatus, Side
from domain.units import JSON_ID_MAX

PAGE_MAX: Final = 1_000
_TS_NS_MAX: Final = 2**63 - 1
_OPEN: Final = (OrderStatus.PENDING_TRIGGER, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a history; None does not filter. Events ``first_seq`` to ``last_seq`` are those
    of the time asked for.
    """

    request: web.Request
    account_id: int
    first_seq: int
    last_seq: int
    from_ts_ns: int
    to_ts_ns: int
    instrument_id: int | None
    asset_id: int | None
    side: Side | None
    limit: int

    @property
    def before(self) -> int:
        """Where to go on."""
        text = self.request.query.get("before")
        if text is None:
            return JSON_ID_MAX
        return checked_int("before", text, at_least=1, at_most=JSON_ID_MAX)

    @property
    def before_seq(self) -> int:
        """As ``before``, and inside the time asked for."""
        return min(self.before, self.last_seq + 1)


Page = tuple[Sequence[Any], str | None]


async def _orders(connection: Connection, wanted: Wanted) -> Page:
    found = await account_orders_between(
        connection,
        wanted.account_id,
        (wanted.from_ts_ns, wanted.to_ts_ns),
        limit=wanted.limit,
        before_order_id=wanted.before,
        instrument_id=wanted.instrument_id,
        side=wanted.side,
        statuses=_statuses(wanted.request),
    )
    listed = await instruments_by_id(connection, sorted({one.instrument_id for one in found}))
    rows = [order_answer(one, listed[one.instrument_id].symbol) for one in found]
    return rows, str(found[-1].order_id) if len(found) == wanted.limit else None


async def _fills(connection: Connection, wanted: Wanted) -> Page:
    limit = max(2, wanted.limit)  # a trade with oneself is two fills of one event
    found = await account_fills(
        connection,
        wanted.account_id,
        limit=limit,
        before_seq=wanted.before_seq,
        instrument_id=wanted.instrument_id,
    )
    kept = [one for one in found if one.seq >= wanted.first_seq]
    before = None
    if len(kept) == limit:
        before = kept[-1].seq
        if kept[-2].seq != before:  # its other half may be behind the page
            before += 1
            kept.pop()
    rows = [fill_answer(one) for one in kept if wanted.side in (None, one.side)]
    return rows, None if before is None else str(before)


async def _ledger(connection: Connection, wanted: Wanted) -> Page:
    found = await account_transfers(
        connection,
        wanted.account_id,
        limit=wanted.limit,
        before=min(ledger_place(wanted.request), (wanted.last_seq + 1, 0)),
        asset_id=wanted.asset_id,
    )
    rows = [transfer_answer(one) for one in found if one.event_seq >= wanted.first_seq]
    before = rows[-1].before if len(rows) == wanted.limit else None
    code = wanted.request.query.get("code")
    if code is None:
        return rows, before
    name = _named(TransferCode, "code", code).name
    return [row for row in rows if row.code == name], before


async def _deposits(connection: Connection, wanted: Wanted) -> Page:
    found = await account_deposits(
        connection,
        wanted.account_id,
        limit=wanted.limit,
        before_seq=wanted.before_seq,
        asset_id=wanted.asset_id,
    )
    rows = [deposit_answer(one) for one in found if one.seq >= wanted.first_seq]
    return rows, str(rows[-1].seq) if len(rows) == wanted.limit else None


async def _withdrawals(connection: Connection, wanted: Wanted) -> Page:
    found = await withdrawals(
        connection,
        limit=wanted.limit,
        before_id=wanted.before,
        account_id=wanted.account_id,
        asset_id=wanted.asset_id,
    )
    period = range(wanted.from_ts_ns, wanted.to_ts_ns)
    rows = [withdrawal_answer(one) for one in found if one.created_ts_ns in period]
    return rows, str(found[-1].withdrawal_id) if len(found) == wanted.limit else None


async def _transfers(connection: Connection, wanted: Wanted) -> Page:
    found = await account_moves(
        connection,
        wanted.account_id,
        limit=wanted.limit,
        before_seq=wanted.before_seq,
        asset_id=wanted.asset_id,
    )
    rows = [move_answer(one) for one in found if one.seq >= wanted.first_seq]
    return rows, str(rows[-1].seq) if len(rows) == wanted.limit else None


_KINDS: Final[dict[str, Callable[[Connection, Wanted], Awaitable[Page]]]] = {
    "orders": _orders,
    "fills": _fills,
    "ledger": _ledger,
    "deposits": _deposits,
    "withdrawals": _withdrawals,
    "transfers": _transfers,
}


def add_history_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get("/internal/accounts/{account_id}/history/{kind}", _history)


async def _history(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    read = _KINDS.get(request.match_info["kind"])
    if read is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such history")
    await settled(request, services)
    async with services.pool.acquire() as connection:
        rows, before = await read(connection, await _wanted(request, connection))
    return answer({"rows": rows, "before": before})


async def _wanted(request: web.Request, connection: Connection) -> Wanted:
    account_id = path_int(request, "account_id")
    await known_account(connection, account_id)
    from_ts_ns = query_int(request, "from_ts_ns", 0, at_least=0, at_most=_TS_NS_MAX)
    to_ts_ns = query_int(request, "to_ts_ns", _TS_NS_MAX, at_least=0, at_most=_TS_NS_MAX)
    side = request.query.get("side")
    return Wanted(
        request=request,
        account_id=account_id,
        first_seq=await first_seq_at(connection, from_ts_ns) if from_ts_ns else 1,
        last_seq=await _last_seq(connection, to_ts_ns),
        from_ts_ns=from_ts_ns,
        to_ts_ns=to_ts_ns,
        instrument_id=await asked_instrument_id(request, connection),
        asset_id=await asked_asset_id(request, connection),
        side=None if side is None else _named(Side, "side", side),
        limit=query_int(request, "limit", PAGE_MAX, at_most=PAGE_MAX),
    )


async def _last_seq(connection: Connection, to_ts_ns: int) -> int:
    if to_ts_ns == _TS_NS_MAX:
        return JSON_ID_MAX - 1
    return await first_seq_at(connection, to_ts_ns) - 1


def _statuses(request: web.Request) -> list[int] | None:
    """Return the statuses that the query names: one, or open, or closed."""
    text = request.query.get("status", "ALL")
    if text == "ALL":
        return None
    if text in ("OPEN", "CLOSED"):
        return [int(one) for one in OrderStatus if (one in _OPEN) == (text == "OPEN")]
    return [int(_named(OrderStatus, "status", text))]


def _named(kind: Any, name: str, text: str) -> Any:
    if text not in kind.__members__:
        raise Refusal(RefusalCode.INVALID_REQUEST, f"{name}: one of {', '.join(kind.__members__)}")
    return kind[text]
