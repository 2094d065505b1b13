"""Money on its way out: held under a number, then posted or voided, once."""

from dataclasses import replace
from typing import Any

import pytest

from domain.commands import (
    Command,
    Deposit,
    HoldWithdrawal,
    PostWithdrawal,
    VoidWithdrawal,
)
from domain.events import BalanceChanged, ControlRejected
from domain.orders import AccountStatus, VenueStatus
from domain.reasons import BalanceReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, SUPPLY_ATOMS_MAX
from domain.venue_commands import SetAccountStatus, SetVenueStatus
from engine_core import CORES, core_type
from engine_core.contract import Core
from engine_core.limits import SOURCES_MAX, WITHDRAWALS_MAX
from schemas.codec import decode_outcomes, encode_command
from tests.unit.engine_core.market import ALICE, BOB, BTC, FUNDS, NOW, USDT, Market

HOLD = HoldWithdrawal(account_id=ALICE, asset_id=BTC, amount_atoms=500, source_id=9, source_seq=1)
POST = PostWithdrawal(
    account_id=ALICE, asset_id=BTC, amount_atoms=500, source_id=9, source_seq=2, withdrawal_seq=1
)
VOID = VoidWithdrawal(account_id=ALICE, asset_id=BTC, source_id=9, source_seq=2, withdrawal_seq=1)
DONE = ["BalanceChanged"]


def balance_changed(reason: BalanceReason, source_seq: int, **told: int) -> BalanceChanged:
    return BalanceChanged(
        ts_ns=NOW,
        reason=reason,
        account_id=ALICE,
        asset_id=BTC,
        source_id=9,
        source_seq=source_seq,
        withdrawal_seq=1,
        withdrawal_atoms=500,
        **told,
    )


def test_what_is_to_leave_is_held_under_its_number(market: Market) -> None:
    assert market.send(HOLD) == DONE
    assert market.event == balance_changed(
        BalanceReason.WITHDRAWAL_HELD,
        1,
        amount_atoms=0,
        available_atoms=FUNDS - 500,
        held_atoms=500,
    )
    assert market.btc(ALICE) == (0, 500)
    assert market.core.withdrawals() == [(9, 1, ALICE, BTC, 500)]


def test_what_was_posted_has_left(market: Market) -> None:
    market.send(HOLD)
    assert market.send(POST) == DONE
    assert market.event == balance_changed(
        BalanceReason.WITHDRAWAL_POSTED,
        2,
        amount_atoms=-500,
        available_atoms=FUNDS - 500,
        held_atoms=0,
    )
    assert market.btc(ALICE) == (-500, 0)
    assert market.core.withdrawals() == []


def test_posting_less_than_is_held_releases_the_rest(market: Market) -> None:
    market.send(HOLD)
    assert market.send(replace(POST, amount_atoms=1)) == DONE
    assert market.event == balance_changed(
        BalanceReason.WITHDRAWAL_POSTED,
        2,
        amount_atoms=-1,
        available_atoms=FUNDS - 1,
        held_atoms=0,
    )


def test_a_void_gives_all_of_it_back(market: Market) -> None:
    market.send(HOLD)
    assert market.send(VOID) == DONE
    assert market.event == balance_changed(
        BalanceReason.WITHDRAWAL_VOIDED, 2, amount_atoms=0, available_atoms=FUNDS, held_atoms=0
    )
    assert market.btc(ALICE) == (0, 0)


@pytest.mark.parametrize("amount_atoms", [-1, 0, 501, 2**62])
def test_no_more_is_posted_than_is_held_and_never_nothing(
    market: Market, amount_atoms: int
) -> None:
    market.send(HOLD)
    assert market.send(replace(POST, amount_atoms=amount_atoms)) == ["rejected INVALID_AMOUNT"]
    assert market.core.withdrawals() == [(9, 1, ALICE, BTC, 500)]
    assert market.send(POST) == DONE  # the refusal used up no number


@pytest.mark.parametrize("first", [POST, VOID], ids=["posted", "voided"])
@pytest.mark.parametrize("later", [POST, VOID], ids=["post", "void"])
def test_a_withdrawal_is_resolved_once(
    market: Market, first: Command, later: PostWithdrawal | VoidWithdrawal
) -> None:
    market.send(HOLD)
    market.send(first)
    before = market.core.balances()
    assert market.send(replace(later, source_seq=3)) == ["rejected WITHDRAWAL_NOT_OPEN"]
    assert market.core.balances() == before


@pytest.mark.parametrize("command", [POST, VOID], ids=["post", "void"])
def test_the_same_number_again_is_known_as_done(market: Market, command: Command) -> None:
    market.send(HOLD)
    assert market.send(HOLD) == ["rejected SOURCE_SEQ_REPEATED"]
    market.send(command)
    assert market.send(command) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.event == ControlRejected(
        ts_ns=NOW,
        request=encode_command(command)[0],
        reason=RejectReason.SOURCE_SEQ_REPEATED,
        subject_id=ALICE,
        source_id=9,
        source_seq=2,
    )


def test_a_hold_that_was_executed_says_so_even_if_it_could_not_be_now(market: Market) -> None:
    market.send(replace(HOLD, amount_atoms=FUNDS))
    market.send(SetAccountStatus(account_id=ALICE, account_status=AccountStatus.SUSPENDED))
    again = replace(HOLD, amount_atoms=FUNDS)
    assert market.send(again) == ["rejected SOURCE_SEQ_REPEATED"]


def test_deposits_and_withdrawals_of_a_source_share_its_numbers(market: Market) -> None:
    deposit = Deposit(account_id=ALICE, asset_id=BTC, amount_atoms=5, source_id=9, source_seq=1)
    assert market.send(deposit) == DONE
    assert market.send(HOLD) == ["rejected SOURCE_SEQ_REPEATED"]
    assert market.send(replace(HOLD, source_seq=3)) == ["rejected SOURCE_SEQ_GAP"]
    assert market.send(replace(HOLD, source_seq=2)) == DONE
    assert market.send(replace(VOID, source_seq=4, withdrawal_seq=2)) == ["rejected SOURCE_SEQ_GAP"]
    assert market.send(replace(VOID, source_seq=3)) == ["rejected WITHDRAWAL_NOT_OPEN"]
    assert market.send(replace(VOID, source_seq=3, withdrawal_seq=2)) == DONE


@pytest.mark.parametrize(
    "wrong",
    [{"account_id": BOB}, {"asset_id": USDT}, {"withdrawal_seq": 2}, {"source_id": 8}],
    ids=["account", "asset", "number", "source"],
)
@pytest.mark.parametrize("command", [POST, VOID], ids=["post", "void"])
def test_nobody_elses_withdrawal_is_resolved(
    market: Market, command: PostWithdrawal | VoidWithdrawal, wrong: dict[str, int]
) -> None:
    market.send(HOLD)
    market.send(replace(HOLD, source_id=8, source_seq=1, account_id=BOB))
    market.send(replace(VOID, source_id=8, account_id=BOB))
    changes: dict[str, Any] = wrong
    meant = replace(command, **changes, source_seq=3 if "source_id" in wrong else 2)
    assert market.send(meant) == ["rejected WITHDRAWAL_NOT_OPEN"]
    assert market.core.withdrawals() == [(9, 1, ALICE, BTC, 500)]


STAGES: list[tuple[str, dict[str, Any]]] = [
    ("UNKNOWN_ACCOUNT", {"account_id": 5}),
    ("UNKNOWN_ASSET", {"account_id": FEE_ACCOUNT_ID}),
    ("SOURCE_SEQ_GAP", {"asset_id": BTC}),
    ("SOURCE_SEQ_REPEATED", {"source_seq": 0}),
    ("ACCOUNT_NOT_TRADABLE", {"source_seq": 1}),
    ("INVALID_AMOUNT", {"account_id": ALICE}),
    ("INVALID_AMOUNT", {"amount_atoms": SUPPLY_ATOMS_MAX + 1}),
    ("INVALID_AMOUNT", {"amount_atoms": -1}),
    ("INSUFFICIENT_FUNDS", {"amount_atoms": FUNDS + 1}),
]


def test_the_first_check_that_a_hold_fails_is_the_reason(market: Market) -> None:
    hold = replace(HOLD, asset_id=7, source_seq=2, amount_atoms=0)
    for reason, repair in STAGES:
        hold = replace(hold, **repair)
        assert market.send(hold) == [f"rejected {reason}"]
    assert market.send(replace(hold, amount_atoms=FUNDS)) == DONE


def test_only_what_is_available_can_be_held(market: Market) -> None:
    market.sell(ALICE, 100, FUNDS // 1_000)
    assert market.send(replace(HOLD, amount_atoms=1)) == ["rejected INSUFFICIENT_FUNDS"]
    market.cancel_all(ALICE)
    assert market.send(replace(HOLD, amount_atoms=FUNDS)) == DONE
    assert market.sell(ALICE, 100, 1) == ["rejected INSUFFICIENT_FUNDS"]
    assert market.send(replace(HOLD, amount_atoms=1, source_seq=2)) == [
        "rejected INSUFFICIENT_FUNDS"
    ]


def test_orders_and_withdrawals_hold_side_by_side(market: Market) -> None:
    market.sell(ALICE, 100, 2)
    market.send(HOLD)
    assert market.btc(ALICE) == (0, 2_500)
    assert market.buy(BOB, 100, 2)[1] == "trade 1 2 2@100 maker-filled taker-filled"
    assert market.btc(ALICE) == (-2_000, 500)
    market.send(POST)
    assert market.btc(ALICE) == (-2_500, 0)


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
@pytest.mark.parametrize("command", [POST, VOID], ids=["post", "void"])
def test_a_suspended_account_holds_nothing_new_but_what_is_held_is_resolved(
    market: Market, status: AccountStatus, command: Command
) -> None:
    market.send(HOLD)
    market.send(SetAccountStatus(account_id=ALICE, account_status=status))
    assert market.send(replace(HOLD, source_seq=2)) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.send(command) == DONE


def test_an_account_that_may_only_cancel_may_take_its_money_out(market: Market) -> None:
    market.send(SetAccountStatus(account_id=ALICE, account_status=AccountStatus.CANCEL_ONLY))
    assert market.send(HOLD) == DONE


def test_a_halted_venue_still_holds_and_resolves(market: Market) -> None:
    market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
    assert market.send(HOLD) == DONE
    assert market.send(POST) == DONE


def test_what_has_left_makes_room_in_the_supply(market: Market) -> None:
    room_atoms = SUPPLY_ATOMS_MAX - 4 * FUNDS
    deposit = Deposit(
        account_id=BOB, asset_id=BTC, amount_atoms=room_atoms, source_id=8, source_seq=1
    )
    assert market.send(deposit) == DONE
    one_more = replace(deposit, amount_atoms=1, source_seq=2)
    market.send(HOLD)
    assert market.send(one_more) == ["rejected SUPPLY_LIMIT"]
    market.send(POST)
    assert market.send(replace(one_more, amount_atoms=501)) == ["rejected SUPPLY_LIMIT"]
    assert market.send(replace(one_more, amount_atoms=500)) == DONE


@pytest.mark.parametrize("loader", CORES)
@pytest.mark.parametrize("command", [POST, VOID], ids=["post", "void"])
def test_a_loaded_core_resolves_what_was_held(
    market: Market, loader: str, command: PostWithdrawal | VoidWithdrawal
) -> None:
    market.send(HOLD)
    market.send(replace(HOLD, source_id=8, account_id=BOB, asset_id=USDT))
    market.send(replace(HOLD, source_seq=2))
    held, before = market.core.withdrawals(), market.core.state_hash()
    assert held == [(8, 1, BOB, USDT, 500), (9, 1, ALICE, BTC, 500), (9, 2, ALICE, BTC, 500)]
    data = market.core.save()
    market.core = core_type(loader).load(data)
    assert market.core.save() == data
    assert (market.core.withdrawals(), market.core.state_hash()) == (held, before)
    assert market.send(replace(command, source_seq=3)) == DONE
    assert market.btc(ALICE)[1] == 500


def test_the_state_hash_tells_who_holds_what_under_which_number(core_type: type[Core]) -> None:
    hashes = set()
    changes: list[dict[str, int]] = [{}, {"amount_atoms": 499}, {"account_id": BOB}]
    changes += [{"asset_id": USDT}, {"source_id": 8}]
    for change in changes:
        market = Market(core_type)
        market.send(replace(HOLD, **change))
        hashes.add(market.core.state_hash())
    assert len(hashes) == len(changes)


def reason_of_last(core: Core, commands: list[Command]) -> RejectReason:
    _, outcomes = core.apply(b"".join(map(encode_command, commands)), NOW)
    return decode_outcomes(outcomes[-24:])[0].reason


def test_what_is_held_at_once_is_bounded(market: Market) -> None:
    holds: list[Command] = [
        replace(HOLD, amount_atoms=1, source_seq=seq) for seq in range(1, WITHDRAWALS_MAX + 2)
    ]
    assert reason_of_last(market.core, holds) is RejectReason.CAPACITY
    assert len(market.core.withdrawals()) == WITHDRAWALS_MAX
    void = replace(VOID, source_seq=WITHDRAWALS_MAX + 1, withdrawal_seq=77)
    again = replace(HOLD, source_seq=WITHDRAWALS_MAX + 2)
    assert reason_of_last(market.core, [void, again]) is RejectReason.NONE


def test_the_sources_of_holds_are_bounded(market: Market) -> None:
    def first(source_id: int) -> Command:
        return replace(HOLD, amount_atoms=1, source_id=source_id)

    sources = list(map(first, range(100, 100 + SOURCES_MAX - 1)))  # one is the market's own
    assert reason_of_last(market.core, sources) is RejectReason.NONE
    voided = [replace(VOID, source_id=100 + at, source_seq=2, withdrawal_seq=1) for at in range(9)]
    assert reason_of_last(market.core, list(voided)) is RejectReason.NONE
    assert reason_of_last(market.core, [first(9)]) is RejectReason.CAPACITY
    known = replace(HOLD, source_id=100, source_seq=3)
    assert reason_of_last(market.core, [known]) is RejectReason.NONE
