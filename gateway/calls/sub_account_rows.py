"""Rows of a login's accounts and of transfers, as accounts answers them. Amounts in atoms."""

from msgspec import Struct


class OwnAccountRow(Struct):
    """One account of a login."""

    account_id: int
    name: str
    is_main: bool
    is_closed: bool
    created_ts_ns: int


class OwnAccountRows(Struct):
    accounts: list[OwnAccountRow]


class CopiedAccounts(Struct):
    account_ids: list[int]


class UserCopyRow(Struct):
    """A key that sees an account: one of the login's, or one of its accounts, or both."""

    is_received: bool
    is_granted: bool
    api_key: str
    label: str
    account_id: int
    granted_ts_ns: int


class UserCopyRows(Struct):
    copies: list[UserCopyRow]


class TransferRow(Struct):
    """Money that moved between two accounts."""

    seq: int
    from_account_id: int
    to_account_id: int
    asset: str
    amount_atoms: int
    reason: str
    ts_ns: int


class TransferRows(Struct):
    transfers: list[TransferRow]
