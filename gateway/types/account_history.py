"""The native API's history: requests and answers, which the OpenAPI document is made of."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types import sub_accounts as sub_account_types
from gateway.types import trading as api
from gateway.types import wallet as wallet_types

PAGE_MAX = 1_000
PageLimit = Annotated[int, Meta(ge=1, le=PAGE_MAX)]
Cursor = Annotated[str, Meta(pattern="^[0-9]{1,16}(-[0-9]{1,5})?$", description="A page's cursor")]
LedgerCodeName = Literal[
    "deposit", "trade", "fee", "withdrawal", "transfer", "trade_bust", "adjustment"
]
UnixNs = Annotated[
    int, Meta(ge=0, le=2**63 - 1, description="Unix time in ns", examples=[1760000000000000000])
]


class HistoryQuery(api.Request):
    """Which part, newest first: from ``from_ts_ns`` on, before ``to_ts_ns``. ``before``: the
    ``cursor`` of the page before.
    """

    from_ts_ns: UnixNs | None = None
    to_ts_ns: UnixNs | None = None
    before: Cursor | None = None
    limit: PageLimit = 100


class OrderHistoryQuery(HistoryQuery):
    """Which orders, by when they entered; ``status``: one, or open, or closed."""

    symbol: api.Symbol | None = None
    side: api.SideName | None = None
    status: api.OrderStatusName | Literal["open", "closed", "all"] = "all"


class FillHistoryQuery(HistoryQuery):
    """Which fills."""

    symbol: api.Symbol | None = None
    side: api.SideName | None = None


class AssetHistoryQuery(HistoryQuery):
    """Which deposits, withdrawals or transfers."""

    asset: api.AssetName | None = None


class LedgerHistoryQuery(AssetHistoryQuery):
    """Which postings; ``code``: of one cause."""

    code: LedgerCodeName | None = None


class OrderHistory(Struct):
    """A page; it may hold fewer rows than asked for. ``cursor`` is null at the end."""

    rows: list[api.Order]
    cursor: str | None


class FillHistory(Struct):
    """As OrderHistory."""

    rows: list[api.Fill]
    cursor: str | None


class LedgerHistory(Struct):
    """As OrderHistory."""

    rows: list[api.LedgerEntry]
    cursor: str | None


class DepositHistory(Struct):
    """As OrderHistory."""

    rows: list[wallet_types.Deposit]
    cursor: str | None


class WithdrawalHistory(Struct):
    """As OrderHistory; the steps are where one withdrawal is asked for."""

    rows: list[wallet_types.Withdrawal]
    cursor: str | None


class TransferHistory(Struct):
    """As OrderHistory."""

    rows: list[sub_account_types.AccountTransfer]
    cursor: str | None
