"""Withdrawals, deposits and addresses as accounts tells them. Amounts in atoms."""

from msgspec import Struct


class StepRow(Struct):
    """One step of a withdrawal."""

    state: str
    actor: str
    note: str
    ts_ns: int


class WithdrawalRow(Struct):
    """A withdrawal; ``steps`` where one was asked for."""

    withdrawal_id: int
    asset: str
    amount_atoms: int
    posted_atoms: int
    address: str
    state: str
    reference: str
    created_ts_ns: int
    steps: list[StepRow] = []


class WithdrawalRows(Struct):
    """A page of withdrawals."""

    withdrawals: list[WithdrawalRow]


class LeftRow(Struct):
    """What of an asset may leave."""

    asset: str
    day_max_atoms: int
    left_atoms: int
    approve_above_atoms: int


class WalletTermsRow(Struct):
    """How money comes and goes."""

    rail: str
    has_faucet: bool
    assets: list[LeftRow]


class DepositRow(Struct):
    """Money that came in."""

    seq: int
    asset: str
    amount_atoms: int
    source: str
    reference: str
    ts_ns: int


class DepositRows(Struct):
    """A page of deposits."""

    deposits: list[DepositRow]


class AddressRow(Struct):
    """Where money may go."""

    asset: str
    address: str
    label: str
    created_ts_ns: int


class AddressRows(Struct):
    """All addresses of an account."""

    addresses: list[AddressRow]
