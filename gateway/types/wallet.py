"""The native API's requests and answers about withdrawals and deposits. They validate, and the
OpenAPI document is made of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import AssetName, Decimal, Request, TsNs

AddressText = Annotated[
    str,
    Meta(
        pattern="^[!-~]{1,128}$",
        description="Where the money goes, in the form the asset's rail has",
        examples=["bc1qexample"],
    ),
]
WithdrawalStateName = Literal[
    "requested", "held", "approved", "sending", "sent", "posted", "voided", "refused"
]
PageLimit = Annotated[int, Meta(ge=1, le=500)]


class NewWithdrawal(Request):
    """Take money out, to an address on your list."""

    asset: AssetName
    amount: Decimal
    address: AddressText


class WithdrawalStep(Struct):
    """One step: where to, by whom, why."""

    state: WithdrawalStateName
    actor: str
    note: str
    ts_ns: TsNs


class Withdrawal(Struct, kw_only=True):
    """``posted``: what has left, once it is posted; ``reference``: the rail's name of the payment;
    ``steps`` where one withdrawal is asked for.
    """

    withdrawal_id: int
    asset: str
    amount: Decimal
    posted: Decimal
    address: str
    state: WithdrawalStateName
    reference: str
    created_ts_ns: TsNs
    steps: list[WithdrawalStep] = []


class WithdrawalListQuery(Request):
    """Which withdrawals, newest first; ``before``: the ``cursor`` of the page before."""

    asset: AssetName | None = None
    limit: PageLimit = 100
    before: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None


class Withdrawals(Struct):
    """Withdrawals, newest first; ``cursor`` continues with ``before``, None at the end."""

    withdrawals: list[Withdrawal]
    cursor: int | None


class Deposit(Struct):
    """Money that came in."""

    asset: str
    amount: Decimal
    source: Literal["faucet", "deposit", "other"]
    reference: str
    ts_ns: TsNs
    seq: int


class AssetWalletTerms(Struct):
    """Of one asset: what may leave within 24 hours, what of that is left, and above which amount a
    withdrawal waits for the exchange. All accounts of a login count together.
    """

    asset: str
    day_max: Decimal
    left: Decimal
    approve_above: Decimal


class WalletTerms(Struct):
    """How money comes and goes. ``rail``: what carries it, by hand or a demo's simulated chain."""

    rail: Literal["manual", "simulated"]
    has_faucet: bool
    assets: list[AssetWalletTerms]


class DepositListQuery(Request):
    """Which deposits, newest first; ``before``: the ``cursor`` of the page before."""

    asset: AssetName | None = None
    limit: PageLimit = 100
    before: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None


class Deposits(Struct):
    """Deposits, newest first; ``cursor`` continues with ``before``, None at the end."""

    deposits: list[Deposit]
    cursor: int | None


class NewWithdrawalAddress(Request):
    """Let money of an asset go to an address."""

    asset: AssetName
    address: AddressText
    label: Annotated[str, Meta(max_length=64)] = ""


class WithdrawalAddressQuery(Request):
    """Which address."""

    asset: AssetName
    address: AddressText


class WithdrawalAddress(Struct):
    """Where money of an asset may go."""

    asset: str
    address: str
    label: str
    created_ts_ns: TsNs


class WithdrawalAddresses(Struct):
    """Where money may go, by asset."""

    addresses: list[WithdrawalAddress]
