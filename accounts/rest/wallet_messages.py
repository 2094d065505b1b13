"""What is asked and answered about withdrawals, deposits and addresses. Amounts in atoms."""

from typing import Annotated

from msgspec import Meta, Struct

from accounts.rest.messages import (
    AccountIdField,
    AmountAtoms,
    AssetName,
    Request,
)

AddressText = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
KeyText = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
ActorText = Annotated[str, Meta(min_length=1, max_length=64)]
NoteText = Annotated[str, Meta(max_length=200)]


class WithdrawalRequest(Request):
    """POST /internal/withdrawals. The same ``idempotency_key`` is the same withdrawal."""

    account_id: AccountIdField
    asset: AssetName
    amount_atoms: AmountAtoms
    address: AddressText
    idempotency_key: KeyText


class NewAddress(Request):
    """POST /internal/accounts/{account_id}/withdrawal-addresses."""

    asset: AssetName
    address: AddressText
    label: Annotated[str, Meta(max_length=64)] = ""


class StepAnswer(Struct):
    """One step: where to, by whom, why."""

    state: str
    actor: str
    note: str
    ts_ns: int


class WithdrawalAnswer(Struct, kw_only=True):
    """``posted_atoms``: what has left, once POSTED; ``reference``: the rail's name of it; ``ends``:
    its post or void is under way; ``steps`` only where one withdrawal is asked for.
    """

    withdrawal_id: int
    account_id: int
    asset: str
    amount_atoms: int
    posted_atoms: int
    address: str
    rail: str
    state: str
    ends: bool
    reference: str
    created_ts_ns: int
    steps: list[StepAnswer] = []


class DepositAnswer(Struct):
    """Money that came in by event ``seq``; ``source``: FAUCET, DEPOSIT or OTHER."""

    seq: int
    asset: str
    amount_atoms: int
    source: str
    reference: str
    ts_ns: int


class AddressAnswer(Struct):
    """Where an account's money may go."""

    asset: str
    address: str
    label: str
    created_ts_ns: int


class LeftAnswer(Struct):
    """What of an asset may leave, within a day and still; above what an operator looks at it."""

    asset: str
    day_max_atoms: int
    left_atoms: int
    approve_above_atoms: int


class WalletTermsAnswer(Struct):
    """How money comes and goes here."""

    rail: str
    has_faucet: bool
    assets: list[LeftAnswer]


class RuleAnswer(Struct):
    """What holds for an asset; ``is_default``: no operator said so."""

    asset: str
    scale: int
    day_max_atoms: int
    approve_above_atoms: int
    is_default: bool
