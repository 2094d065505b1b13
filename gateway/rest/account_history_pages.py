"""An account's history of each kind: how a page is asked for, and how its rows are shown."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Struct

from gateway.calls.accounts_client import FillState, LedgerRow
from gateway.calls.sub_account_rows import TransferRow
from gateway.calls.wallet_rows import DepositRow, WithdrawalRow
from gateway.errors import unknown_symbol
from gateway.orders import presenters
from gateway.orders.order_lookup import fill_view
from gateway.rest.account import known_asset, ledger_entry
from gateway.rest.sub_accounts import shown_transfer
from gateway.rest.wallet import shown_deposit, shown_withdrawal
from gateway.services import Services
from gateway.state.projection import Projection
from gateway.state.snapshot import OrderState, order_view
from gateway.types import account_history as api

EXPORT_ROWS_MAX: Final = 100_000
"""Of one export; what is older is asked for from its last row's time on."""


class _OrderRows(Struct):
    rows: list[OrderState]
    before: str | None


class _FillRows(Struct):
    rows: list[FillState]
    before: str | None


class _LedgerRows(Struct):
    rows: list[LedgerRow]
    before: str | None


class _DepositRows(Struct):
    rows: list[DepositRow]
    before: str | None


class _WithdrawalRows(Struct):
    rows: list[WithdrawalRow]
    before: str | None


class _TransferRows(Struct):
    rows: list[TransferRow]
    before: str | None


def _order(projection: Projection, row: OrderState) -> Any:
    return presenters.order(projection.markets[row.instrument_id], order_view(row))


def _fill(projection: Projection, row: FillState) -> Any:
    return presenters.fill(projection.markets[row.instrument_id], fill_view(row))


@dataclass(frozen=True, slots=True)
class HistoryKind:
    """``name`` as in the path, ``page_type`` as accounts answers, ``answer_type`` as shown."""

    name: str
    page_type: Any
    answer_type: Any
    query_type: type[api.HistoryQuery]
    show: Callable[[Projection, Any], Any]


KINDS: Final = {
    kind.name: kind
    for kind in (
        HistoryKind("orders", _OrderRows, api.OrderHistory, api.OrderHistoryQuery, _order),
        HistoryKind("fills", _FillRows, api.FillHistory, api.FillHistoryQuery, _fill),
        HistoryKind("ledger", _LedgerRows, api.LedgerHistory, api.LedgerHistoryQuery, ledger_entry),
        HistoryKind(
            "deposits", _DepositRows, api.DepositHistory, api.AssetHistoryQuery, shown_deposit
        ),
        HistoryKind(
            "withdrawals",
            _WithdrawalRows,
            api.WithdrawalHistory,
            api.AssetHistoryQuery,
            shown_withdrawal,
        ),
        HistoryKind(
            "transfers", _TransferRows, api.TransferHistory, api.AssetHistoryQuery, shown_transfer
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as they are shown, and where to go on: None at the end."""

    rows: list[Any]
    cursor: str | None


async def page(
    services: Services, account_id: int, kind: HistoryKind, query: api.HistoryQuery
) -> Page:
    """Return one page of the book of record, with all that the account has seen here.

    Raises:
        ApiError: unknown symbol or asset, or it cannot be reached.
    """
    projection = await services.feed.fresh()
    asked = _asked(projection, query)
    account = projection.account(account_id)
    asked["min_seq"] = max(account.balances_seq, account.orders_seq, account.fills_seq)
    found = await services.accounts.history(account_id, kind.name, kind.page_type, asked)
    shown = [kind.show(services.feed.projection, row) for row in found.rows]
    return Page(shown, found.before)


async def pages(
    services: Services, account_id: int, kind: HistoryKind, query: api.HistoryQuery
) -> AsyncIterator[Page]:
    """Yield page after page, ``EXPORT_ROWS_MAX`` rows (of fills one more) at most."""
    left = EXPORT_ROWS_MAX
    while True:
        # Asked for, not cut off: the cursor is behind the last row of a page.
        query.limit = min(api.PAGE_MAX, left)
        one = await page(services, account_id, kind, query)
        yield one
        left -= len(one.rows)
        if one.cursor is None or left <= 0:
            return
        query.before = one.cursor


def _asked(projection: Projection, query: api.HistoryQuery) -> dict[str, str | int]:
    """Return what accounts is asked; names of enumerations are the domain's there."""
    asked: dict[str, str | int] = {"limit": query.limit}
    for name in ("from_ts_ns", "to_ts_ns", "before"):
        if (value := getattr(query, name)) is not None:
            asked[name] = value
    for name in ("side", "status", "code"):
        if value := getattr(query, name, None):
            asked[name] = value.upper()
    if (symbol := getattr(query, "symbol", None)) is not None:
        if projection.market(symbol) is None:
            raise unknown_symbol()
        asked["symbol"] = symbol
    if (asset := getattr(query, "asset", None)) is not None:
        asked["asset"] = known_asset(projection, asset).name
    return asked
