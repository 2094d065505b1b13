"""Which money moves when an event happens."""

import pytest

from accounts.errors import Disagreement, Unbalanced
from accounts.settling.ledger import (
    EXTERNAL_ACCOUNT_ID,
    InstrumentUnits,
    Transfer,
    TransferCode,
    balanced,
    transfer_of_deposit,
    transfers_of_trade,
)
from domain.orders import Side
from domain.units import FEE_ACCOUNT_ID
from tests.unit.accounts.venue_events import BTC, BUYER, LOT_ATOMS, SELLER, USDT, K, deposit, trade

UNITS = InstrumentUnits(BTC, USDT, K, LOT_ATOMS)


def test_a_trade_pays_the_seller_delivers_to_the_buyer_and_charges_each_on_what_it_received():
    assert transfers_of_trade(trade(), UNITS) == [
        Transfer(USDT, BUYER, SELLER, 50_000, TransferCode.TRADE),
        Transfer(BTC, SELLER, BUYER, 5_000, TransferCode.TRADE),
        Transfer(BTC, BUYER, FEE_ACCOUNT_ID, 3, TransferCode.FEE),
        Transfer(USDT, SELLER, FEE_ACCOUNT_ID, 50, TransferCode.FEE),
    ]


def test_a_selling_maker_is_paid_and_pays_its_fee_in_quote():
    moved = transfers_of_trade(trade(maker_side=Side.SELL), UNITS)
    assert moved[0] == Transfer(USDT, SELLER, BUYER, 50_000, TransferCode.TRADE)
    assert moved[3] == Transfer(USDT, BUYER, FEE_ACCOUNT_ID, 3, TransferCode.FEE)


def test_a_fee_of_nothing_moves_nothing():
    moved = transfers_of_trade(trade(maker_fee_atoms=0, taker_fee_atoms=0), UNITS)
    assert [one.code for one in moved] == [TransferCode.TRADE, TransferCode.TRADE]


def test_trading_with_oneself_moves_only_fees():
    moved = transfers_of_trade(trade(taker_account_id=BUYER), UNITS)
    assert [one.code for one in moved] == [TransferCode.FEE, TransferCode.FEE]


def test_a_deposit_is_owed_by_the_world_outside():
    moved = transfer_of_deposit(deposit(BUYER, USDT, 7, 1))
    assert moved == Transfer(USDT, EXTERNAL_ACCOUNT_ID, BUYER, 7, TransferCode.DEPOSIT)
    assert (moved.debit_account_id, moved.credit_account_id) == (EXTERNAL_ACCOUNT_ID, BUYER)
    assert (moved.asset_id, moved.amount_atoms) == (USDT, 7)


def test_a_deposit_of_nothing_is_a_disagreement():
    with pytest.raises(Disagreement):
        transfer_of_deposit(deposit(BUYER, USDT, 0, 1))


def test_postings_that_do_not_sum_to_zero_for_each_asset_are_refused():
    fine = {(1, BTC): 5, (2, BTC): -5}
    assert balanced(fine) is fine
    with pytest.raises(Unbalanced):
        balanced({(1, BTC): 5, (2, USDT): -5})
