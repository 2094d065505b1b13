"""What is asked and answered about the accounts of a login. Amounts in atoms."""

from typing import Annotated

from msgspec import Meta, Struct

from accounts.rest.messages import AccountIdField, AmountAtoms, AssetName, Id, Request


class AccountName(Request):
    """POST and PUT of an account."""

    name: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[A-Za-z0-9][A-Za-z0-9 _-]*$")]


class NewTransfer(Request):
    """POST /internal/transfers. One key of one login is one transfer."""

    user_id: Id
    from_account_id: AccountIdField
    to_account_id: AccountIdField
    asset: AssetName
    amount_atoms: AmountAtoms
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=64)]


class MoveAnswer(Struct):
    """Money that moved between two accounts by event ``seq``."""

    seq: int
    from_account_id: int
    to_account_id: int
    asset: str
    amount_atoms: int
    reason: str
    ts_ns: int
