"""Money from one account of the venue to another, in one step."""

from dataclasses import replace
from typing import Any

import pytest

from domain.commands import Command, HoldWithdrawal, Transfer
from domain.events import ControlRejected, Transferred
from domain.orders import AccountStatus, VenueStatus
from domain.reasons import RejectReason, TransferReason
from domain.units import FEE_ACCOUNT_ID, SUPPLY_ATOMS_MAX
from domain.venue_commands import SetAccountStatus, SetVenueStatus
from engine_core import CORES, core_type
from engine_core.contract import Core
from engine_core.limits import SOURCES_MAX
from schemas.codec import decode_outcomes, encode_command
from tests.unit.engine_core.market import ALICE, ALICE_TOO, BOB, BTC, FUNDS, NOW, Market

OWN, BUST, ADJUSTMENT = TransferReason
MOVE = Transfer(
    transfer_reason=OWN,
    from_account_id=ALICE,
    to_account_id=ALICE_TOO,
    asset_id=BTC,
    amount_atoms=500,
    source_id=9,
    source_seq=1,
)
TO_BOB = replace(MOVE, transfer_reason=BUST, to_account_id=BOB)
DONE = ["Transferred"]


def suspend(market: Market, account_id: int, status: AccountStatus) -> None:
    market.send(SetAccountStatus(account_id=account_id, account_status=status))


def test_a_transfer_says_what_both_have_afterwards(market: Market) -> None:
    market.sell(ALICE, 100, 2)
    assert market.send(MOVE) == DONE
    assert market.event == Transferred(
        ts_ns=NOW,
        transfer_reason=OWN,
        from_account_id=ALICE,
        to_account_id=ALICE_TOO,
        asset_id=BTC,
        amount_atoms=500,
        source_id=9,
        source_seq=1,
        from_available_atoms=FUNDS - 2_500,
        from_held_atoms=2_000,
        to_available_atoms=FUNDS + 500,
        to_held_atoms=0,
    )
    assert market.btc(ALICE) == (-500, 2_000)
    assert market.btc(ALICE_TOO) == (500, 0)


def test_an_account_that_never_had_the_asset_has_it_now(market: Market) -> None:
    market.open_account(5, group_id=ALICE)
    assert market.send(replace(MOVE, to_account_id=5)) == DONE
    assert market.core.balance(5, BTC) == (500, 0)
    back = replace(MOVE, from_account_id=5, to_account_id=ALICE, source_seq=2)
    assert market.send(back) == DONE
    assert market.core.balance(5, BTC) == (0, 0)


@pytest.mark.parametrize("to_account_id", [BOB, 77], ids=["not yours", "not there"])
def test_somebody_elses_account_is_as_if_it_were_not_there(
    market: Market, to_account_id: int
) -> None:
    assert market.send(replace(MOVE, to_account_id=to_account_id)) == ["rejected UNKNOWN_ACCOUNT"]
    assert market.send(replace(MOVE, from_account_id=to_account_id)) == ["rejected UNKNOWN_ACCOUNT"]


@pytest.mark.parametrize("reason", [BUST, ADJUSTMENT])
def test_the_venue_moves_money_between_any_two(market: Market, reason: TransferReason) -> None:
    assert market.send(replace(TO_BOB, transfer_reason=reason)) == DONE
    assert (market.btc(ALICE), market.btc(BOB)) == ((-500, 0), (500, 0))


def test_the_venue_gives_fees_back_and_their_owner_cannot_take_them(
    core_type: type[Core],
) -> None:
    market = Market(core_type, taker_fee_ppm=100_000)
    market.sell(ALICE, 100, 2)
    market.buy(BOB, 100, 2)
    assert market.btc(FEE_ACCOUNT_ID) == (200, 0)
    refund = replace(TO_BOB, from_account_id=FEE_ACCOUNT_ID, amount_atoms=150, transfer_reason=OWN)
    assert market.send(refund) == ["rejected UNKNOWN_ACCOUNT"]
    assert market.send(replace(refund, transfer_reason=BUST)) == DONE
    assert market.btc(FEE_ACCOUNT_ID) == (50, 0)
    market.open_account(5, group_id=0)  # the group that the venue's own account has
    own = replace(refund, to_account_id=5, source_seq=2)
    assert market.send(own) == ["rejected ACCOUNT_NOT_TRADABLE"]
    own = replace(own, from_account_id=5, to_account_id=FEE_ACCOUNT_ID)
    assert market.send(own) == ["rejected ACCOUNT_NOT_TRADABLE"]


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
def test_a_suspended_account_sends_nothing_but_the_venue_can_take_it(
    market: Market, status: AccountStatus
) -> None:
    suspend(market, ALICE, status)
    assert market.send(MOVE) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.send(TO_BOB) == DONE


def test_an_account_that_may_only_cancel_sends(market: Market) -> None:
    suspend(market, ALICE, AccountStatus.CANCEL_ONLY)
    assert market.send(MOVE) == DONE


def test_a_suspended_account_receives_and_a_closed_one_does_not(market: Market) -> None:
    suspend(market, ALICE_TOO, AccountStatus.SUSPENDED)
    assert market.send(MOVE) == DONE
    suspend(market, ALICE_TOO, AccountStatus.CLOSED)
    assert market.send(replace(MOVE, source_seq=2)) == ["rejected ACCOUNT_NOT_TRADABLE"]
    bust = replace(MOVE, source_seq=2, transfer_reason=BUST)
    assert market.send(bust) == ["rejected ACCOUNT_NOT_TRADABLE"]


def test_a_halted_venue_still_moves_money(market: Market) -> None:
    market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
    assert market.send(MOVE) == DONE


def test_the_same_number_again_is_known_as_done(market: Market) -> None:
    all_of_it = replace(MOVE, amount_atoms=FUNDS)
    assert market.send(all_of_it) == DONE
    suspend(market, ALICE, AccountStatus.SUSPENDED)
    assert market.send(all_of_it) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.event == ControlRejected(
        ts_ns=NOW,
        request=50,
        reason=RejectReason.SOURCE_SEQ_REPEATED,
        subject_id=ALICE,
        source_id=9,
        source_seq=1,
    )
    assert market.btc(ALICE_TOO) == (FUNDS, 0)


def test_transfers_and_withdrawals_of_a_source_share_its_numbers(market: Market) -> None:
    hold = HoldWithdrawal(account_id=ALICE, asset_id=BTC, amount_atoms=5, source_id=9, source_seq=1)
    assert market.send(MOVE) == DONE
    assert market.send(hold) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(hold, source_seq=2)) == ["BalanceChanged"]
    assert market.send(replace(MOVE, source_seq=2)) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(MOVE, source_seq=3)) == DONE


STAGES: list[tuple[str, dict[str, Any]]] = [
    ("UNKNOWN_ACCOUNT", {"from_account_id": 5}),
    ("UNKNOWN_ACCOUNT", {"from_account_id": BOB}),
    ("NOTHING_TO_CHANGE", {"to_account_id": BOB}),
    ("UNKNOWN_ASSET", {"from_account_id": ALICE, "to_account_id": ALICE_TOO}),
    ("SOURCE_SEQ_GAP", {"asset_id": BTC}),
    ("SOURCE_SEQ_REPEATED", {"source_seq": 0}),
    ("INVALID_AMOUNT", {"source_seq": 1}),
    ("INVALID_AMOUNT", {"amount_atoms": SUPPLY_ATOMS_MAX + 1}),
    ("INVALID_AMOUNT", {"amount_atoms": -1}),
    ("INSUFFICIENT_FUNDS", {"amount_atoms": FUNDS + 1}),
]


def test_the_first_check_that_a_transfer_fails_is_the_reason(market: Market) -> None:
    move = replace(MOVE, asset_id=7, source_seq=2, amount_atoms=0)
    before = market.core.balances()
    for reason, repair in STAGES:
        move = replace(move, **repair)
        assert market.send(move) == [f"rejected {reason}"]
    assert market.core.balances() == before
    assert market.send(replace(move, amount_atoms=FUNDS)) == DONE  # no refusal used up a number


def test_what_orders_hold_cannot_be_moved(market: Market) -> None:
    market.sell(ALICE, 100, FUNDS // 1_000)
    assert market.send(replace(MOVE, amount_atoms=1)) == ["rejected INSUFFICIENT_FUNDS"]
    market.cancel_all(ALICE)
    assert market.send(replace(MOVE, amount_atoms=FUNDS)) == DONE
    assert market.sell(ALICE, 100, 1) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.sell(ALICE_TOO, 100, 2 * FUNDS // 1_000) == ["accepted 2 resting"]


@pytest.mark.parametrize("loader", CORES)
def test_a_loaded_core_knows_which_transfers_were_made(market: Market, loader: str) -> None:
    market.send(MOVE)
    data, before = market.core.save(), market.core.state_hash()
    market.core = core_type(loader).load(data)
    assert market.core.state_hash() == before
    assert market.send(MOVE) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(MOVE, source_seq=2)) == DONE


def test_the_sources_of_transfers_are_bounded(market: Market) -> None:
    def first(source_id: int) -> Command:
        return replace(MOVE, amount_atoms=1, source_id=source_id)

    def reason_of_last(commands: list[Command]) -> RejectReason:
        _, outcomes = market.core.apply(b"".join(map(encode_command, commands)), NOW)
        return decode_outcomes(outcomes[-24:])[0].reason

    sources = list(map(first, range(100, 100 + SOURCES_MAX - 1)))  # one is the market's own
    assert reason_of_last(sources) is RejectReason.NONE
    assert reason_of_last([first(9)]) is RejectReason.CAPACITY
    assert reason_of_last([replace(MOVE, source_id=100, source_seq=2)]) is RejectReason.NONE


@pytest.mark.parametrize("number", [0, 4, 255])
def test_a_reason_that_is_none_is_malformed(market: Market, number: int) -> None:
    data = encode_command(MOVE)
    assert market.send_bytes(data[:1] + bytes([number]) + data[2:]) == ["rejected MALFORMED"]
