"""Where an account's orders and fills are found: in the projection, beyond it in the history.

Every lookup is inside the asker's account. The history answers newest first, a page at a time;
this dialect shows everything oldest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from domain.units import JSON_ID_MAX, NS_PER_DAY
from gateway.binance.errors import BinanceError, bad_combination, no_such_order
from gateway.binance.parameters import Parameters
from gateway.errors import ApiError
from gateway.orders.order_lookup import fill_view
from gateway.services import Services
from gateway.state.account_view import FillView, OrderView
from gateway.state.market import Market
from gateway.state.snapshot import order_view

Row = TypeVar("Row")

ROWS_USUAL: Final = 500
ROWS_MAX: Final = 1_000
PAGE_ROWS: Final = 500
PAGES_MAX: Final = 20
"""How far one request may look back: 10,000 rows of the history."""


@dataclass(frozen=True, slots=True)
class Range:
    """Which rows are wanted: from an id, or between two times (inclusive), or the latest."""

    from_id: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    limit: int = ROWS_USUAL

    @property
    def from_the_start(self) -> bool:
        """Whether the oldest rows count, not the newest."""
        return self.from_id is not None or self.start_ns is not None

    def is_before(self, row_id: int, ts_ns: int) -> bool:
        """Return whether a row is older than all that are wanted."""
        return (self.from_id is not None and row_id < self.from_id) or (
            self.start_ns is not None and ts_ns < self.start_ns
        )

    def has(self, row_id: int, ts_ns: int) -> bool:
        """Return whether a row is wanted."""
        late = self.end_ns is not None and ts_ns > self.end_ns
        return not late and not self.is_before(row_id, ts_ns)

    def chosen(self, rows: list[Row]) -> list[Row]:
        """Return as many of the wanted rows, oldest first, as there may be."""
        return rows[: self.limit] if self.from_the_start else rows[-self.limit :]


def asked_range(parameters: Parameters, id_name: str, *, id_alone: bool = False) -> Range:
    """Return which rows a request is for; ``id_alone``: an id and times exclude each other.

    Raises:
        BinanceError: -1127, more than a day between the two times; -1128; or malformed.
    """
    from_id = parameters.integer(id_name)
    start_ns, end_ns = parameters.time_ns("startTime"), parameters.time_ns("endTime")
    if id_alone and from_id is not None and (start_ns, end_ns) != (None, None):
        raise bad_combination()
    if start_ns is not None and end_ns is not None and end_ns - start_ns > NS_PER_DAY:
        text = "More than 24 hours between startTime and endTime."
        raise BinanceError(400, -1127, text)
    limit = parameters.limit(ROWS_USUAL, ROWS_MAX)
    return Range(from_id, start_ns, parameters.end_ns("endTime"), limit)


async def order(
    services: Services, account_id: int, market: Market, order_id: int | None, client_id: str | None
) -> OrderView:
    """Return one order, by either id.

    Raises:
        BinanceError: -2013; ApiError: the history cannot be reached.
    """
    account = (await services.feed.fresh()).account(account_id)
    if order_id is not None:
        view = account.order(order_id)
    else:
        view = account.order_by_client_id(client_id or "")
    if view is None:
        view = await _stored_order(services, account_id, order_id, client_id)
    if view is None or view.instrument_id != market.instrument.instrument_id:
        raise no_such_order()
    return view


async def _stored_order(
    services: Services, account_id: int, order_id: int | None, client_id: str | None
) -> OrderView | None:
    if order_id is not None:
        if not 0 < order_id <= JSON_ID_MAX:
            return None
        try:
            return order_view((await services.accounts.order(account_id, order_id)).order)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
    found = await services.accounts.orders(
        account_id, {"status": "all", "client_order_id": client_id or "", "limit": 1}
    )
    return order_view(found[0]) if found and found[0].client_order_id == client_id else None


async def orders(
    services: Services, account_id: int, market: Market, wanted: Range
) -> list[OrderView]:
    """Return the account's orders of one instrument, oldest first.

    Raises:
        ApiError: the history cannot be reached.
    """
    account = (await services.feed.fresh()).account(account_id)
    instrument_id = market.instrument.instrument_id
    known = [*account.open_orders.values(), *account.closed_orders.values()]
    found = {
        view.order_id: view
        for view in known
        if view.instrument_id == instrument_id and wanted.has(view.order_id, view.created_ts_ns)
    }
    before_order_id = JSON_ID_MAX
    for _ in range(PAGES_MAX):
        asked: dict[str, str | int] = {
            "status": "all",
            "symbol": market.instrument.symbol,
            "before_order_id": before_order_id,
            "limit": PAGE_ROWS,
        }
        page = await services.accounts.orders(account_id, asked)
        for row in page:
            if wanted.has(row.order_id, row.created_ts_ns):
                # What the projection knows, it knows better.
                found.setdefault(row.order_id, account.order(row.order_id) or order_view(row))
        if len(page) < PAGE_ROWS or _is_enough(wanted, len(found)):
            break
        if wanted.is_before(page[-1].order_id, page[-1].created_ts_ns):
            break
        before_order_id = page[-1].order_id
    return wanted.chosen([found[each] for each in sorted(found)])


async def fills_of_order(services: Services, account_id: int, view: OrderView) -> list[FillView]:
    """Return all fills of an order, oldest first.

    Raises:
        ApiError: the history is needed and cannot be reached.
    """
    if view.fills_complete:
        return list(view.fills)
    stored = (await services.accounts.order(account_id, view.order_id)).fills
    by_seq = {fill.seq: fill_view(fill) for fill in stored}
    by_seq.update({fill.seq: fill for fill in view.fills})
    return [by_seq[seq] for seq in sorted(by_seq)]


async def fills(
    services: Services, account_id: int, market: Market, wanted: Range
) -> list[FillView]:
    """Return the account's fills of one instrument, oldest first.

    Raises:
        ApiError: the history cannot be reached.
    """
    account = (await services.feed.fresh()).account(account_id)
    instrument_id = market.instrument.instrument_id
    known = [fill for fill in account.fills if fill.instrument_id == instrument_id]
    found = _by_key(fill for fill in known if wanted.has(fill.trade_id, fill.ts_ns))
    asked: dict[str, str | int] = {"symbol": market.instrument.symbol, "limit": PAGE_ROWS}
    for _ in range(PAGES_MAX):
        page = [fill_view(row) for row in await services.accounts.fills(account_id, asked)]
        found |= _by_key(fill for fill in page if wanted.has(fill.trade_id, fill.ts_ns))
        if len(page) < PAGE_ROWS or _is_enough(wanted, len(found)):
            break
        if wanted.is_before(page[-1].trade_id, page[-1].ts_ns):
            break
        asked["before_seq"] = page[-1].seq
    return wanted.chosen([found[key] for key in sorted(found)])


def _by_key(found: Iterable[FillView]) -> dict[tuple[int, int], FillView]:
    """An order that trades with its own account has two fills of one event."""
    return {(fill.seq, fill.order_id): fill for fill in found}


def _is_enough(wanted: Range, rows: int) -> bool:
    return not wanted.from_the_start and rows >= wanted.limit
