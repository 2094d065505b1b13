"""Double entry: which transfers an event means. Pure; every transfer moves one amount from one
account to another, so what one owes another owns.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from accounts.errors import Disagreement, Unbalanced
from domain.events import BalanceChanged, Trade, Transferred
from domain.orders import Side
from domain.reasons import TransferReason
from domain.units import FEE_ACCOUNT_ID

EXTERNAL_ACCOUNT_ID: Final = 0
"""The world outside. The engine refuses account 0, so it can never be a customer's."""


class TransferCode(IntEnum):
    """Why money moved. Numbers are stored: they are stable."""

    DEPOSIT = 1
    TRADE = 2
    FEE = 3
    WITHDRAWAL = 4
    TRANSFER = 5
    """Between accounts of one login."""
    TRADE_BUST = 6
    ADJUSTMENT = 7


class Counterpart(StrEnum):
    """Who is on the other side of a transfer, as far as an account may know."""

    OUTSIDE = "OUTSIDE"
    FEES = "FEES"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    """Another account of the same login."""
    CUSTOMER = "CUSTOMER"
    """Somebody else of this venue: who is not told."""


def counterpart_of(code: int, account_id: int) -> Counterpart:
    """Return what an account may know of ``account_id``, the other side of its transfer."""
    if account_id == EXTERNAL_ACCOUNT_ID:
        return Counterpart.OUTSIDE
    if account_id == FEE_ACCOUNT_ID:
        return Counterpart.FEES
    return Counterpart.OWN_ACCOUNT if code == TransferCode.TRANSFER else Counterpart.CUSTOMER


class Transfer(NamedTuple):
    """``amount_atoms`` > 0 of an asset leave the debit account and arrive at the credit account."""

    asset_id: int
    debit_account_id: int
    credit_account_id: int
    amount_atoms: int
    code: int


@dataclass(slots=True)
class InstrumentUnits:
    """What of an instrument is needed to turn ticks and lots into atoms."""

    base_asset_id: int
    quote_asset_id: int
    quote_atoms_per_tick_lot: int
    base_atoms_per_lot: int


_DEPOSIT, _TRADE, _FEE = int(TransferCode.DEPOSIT), int(TransferCode.TRADE), int(TransferCode.FEE)
_WITHDRAWAL: Final = int(TransferCode.WITHDRAWAL)
_CODES: Final = {
    TransferReason.SUB_ACCOUNT: TransferCode.TRANSFER,
    TransferReason.TRADE_BUST: TransferCode.TRADE_BUST,
    TransferReason.ADJUSTMENT: TransferCode.ADJUSTMENT,
}
assert _CODES.keys() == set(TransferReason)


def transfers_of_trade(trade: Trade, units: InstrumentUnits) -> list[Transfer]:
    """Return the transfers of a trade: quote to the seller, base to the buyer, a fee from each out
    of what it received.

    An account that trades with itself moves nothing but its fees.
    """
    quote_atoms = trade.price_ticks * trade.qty_lots * units.quote_atoms_per_tick_lot
    base_atoms = trade.qty_lots * units.base_atoms_per_lot
    if trade.maker_side == Side.BUY:
        buyer, buyer_fee_atoms = trade.maker_account_id, trade.maker_fee_atoms
        seller, seller_fee_atoms = trade.taker_account_id, trade.taker_fee_atoms
    else:
        buyer, buyer_fee_atoms = trade.taker_account_id, trade.taker_fee_atoms
        seller, seller_fee_atoms = trade.maker_account_id, trade.maker_fee_atoms
    base, quote = units.base_asset_id, units.quote_asset_id
    transfers = []
    if buyer != seller:
        transfers.append(Transfer(quote, buyer, seller, quote_atoms, _TRADE))
        transfers.append(Transfer(base, seller, buyer, base_atoms, _TRADE))
    if buyer_fee_atoms:
        transfers.append(Transfer(base, buyer, FEE_ACCOUNT_ID, buyer_fee_atoms, _FEE))
    if seller_fee_atoms:
        transfers.append(Transfer(quote, seller, FEE_ACCOUNT_ID, seller_fee_atoms, _FEE))
    return transfers


def transfer_of_deposit(event: BalanceChanged) -> Transfer:
    """Return the transfer of a deposit: from the world outside to the account.

    Raises:
        Disagreement: the amount is not positive.
    """
    if event.amount_atoms <= 0:
        raise Disagreement(f"a deposit of {event.amount_atoms} atoms")
    return Transfer(
        event.asset_id, EXTERNAL_ACCOUNT_ID, event.account_id, event.amount_atoms, _DEPOSIT
    )


def transfer_of_withdrawal(event: BalanceChanged) -> Transfer:
    """Return the transfer of a posted withdrawal: from the account to the world outside.

    Raises:
        Disagreement: nothing left, or more than was held.
    """
    posted_atoms = -event.amount_atoms
    if not 0 < posted_atoms <= event.withdrawal_atoms:
        raise Disagreement(f"{posted_atoms} atoms posted of {event.withdrawal_atoms} held")
    return Transfer(
        event.asset_id, event.account_id, EXTERNAL_ACCOUNT_ID, posted_atoms, _WITHDRAWAL
    )


def transfer_between_accounts(event: Transferred) -> Transfer:
    """Return the transfer of money that stays in the venue.

    Raises:
        Disagreement: the amount is not positive, or it comes from where it goes.
    """
    sender, receiver = event.from_account_id, event.to_account_id
    if event.amount_atoms <= 0 or sender == receiver:
        raise Disagreement(f"{event.amount_atoms} atoms from account {sender} to {receiver}")
    code = int(_CODES[TransferReason(event.transfer_reason)])
    return Transfer(event.asset_id, sender, receiver, event.amount_atoms, code)


def balanced(deltas: Mapping[tuple[int, int], int]) -> Mapping[tuple[int, int], int]:
    """Return ``deltas`` unchanged once they are shown to sum to 0 for every asset.

    Raises:
        Unbalanced: some asset's do not.
    """
    sums: dict[int, int] = defaultdict(int)
    for (_, asset_id), delta_atoms in deltas.items():
        sums[asset_id] += delta_atoms
    wrong = {asset_id: total for asset_id, total in sums.items() if total}
    if wrong:
        raise Unbalanced(f"postings by asset sum to {wrong}, not to 0")
    return deltas
