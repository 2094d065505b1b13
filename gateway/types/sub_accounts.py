"""The native API's requests and answers about a login's accounts. They validate, and the OpenAPI
document is made of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import AssetName, Decimal, Request, TsNs
from gateway.types.wallet import PageLimit

AccountNumber = Annotated[int, Meta(ge=1, le=2**32 - 1)]
SubAccountName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        pattern="^[A-Za-z0-9][A-Za-z0-9 _-]*$",
        examples=["market making"],
    ),
]


class NewSubAccount(Request):
    """Make an account, or give it another name."""

    name: SubAccountName


class SubAccount(Struct):
    """One of the login's accounts; the main one is called main."""

    account_id: int
    name: str
    is_main: bool
    status: Literal["open", "closed"]
    created_ts_ns: TsNs


class SubAccounts(Struct):
    """All of them, the main one first."""

    accounts: list[SubAccount]


class ReceivedCopy(Struct):
    """A key of this login that sees an account's fills."""

    api_key: str
    label: str
    account_id: int
    granted_ts_ns: TsNs


class GrantedCopy(Struct):
    """An account of this login whose fills a key sees."""

    account_id: int
    granted_ts_ns: TsNs


class DropCopies(Struct):
    """Who sees whose fills, by the operator's leave; the newest first."""

    received: list[ReceivedCopy]
    granted: list[GrantedCopy]


class NewTransfer(Request):
    """Move money to another account of this login."""

    to_account_id: AccountNumber
    asset: AssetName
    amount: Decimal


class AccountTransfer(Struct):
    """Money that moved between two accounts, by event ``seq``."""

    from_account_id: int
    to_account_id: int
    asset: str
    amount: Decimal
    reason: Literal["sub_account", "trade_bust", "adjustment"]
    ts_ns: TsNs
    seq: int


class TransferListQuery(Request):
    """Which transfers, newest first; ``before``: the ``cursor`` of the page before."""

    asset: AssetName | None = None
    before: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    limit: PageLimit = 100


class AccountTransfers(Struct):
    """A page of transfers; ``cursor`` is null at the end."""

    transfers: list[AccountTransfer]
    cursor: int | None
