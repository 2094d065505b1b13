"""Everything has a bound, and past it an answer."""

from typing import Any

import pytest

from domain.events import OutcomeResult
from domain.orders import SelfTradePrevention
from domain.units import SUPPLY_ATOMS_MAX
from engine_core.contract import Core
from engine_core.limits import OPEN_ORDERS_PER_ACCOUNT_MAX
from schemas.codec import decode_outcomes, encode_command
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    FOK,
    FUNDS,
    IOC,
    STP,
    USDT,
    K,
    Market,
)


def six_events(core_type: type[Core], **terms: Any) -> Market:
    """Return a market where a command may have 6 events, with five asks of one lot."""
    market = Market(core_type, bounds={"events_per_command_max": 6}, **terms)
    for _ in range(5):
        market.sell(ALICE, 100, 1)
    return market


def test_a_sweep_stops_at_the_bound_of_events_and_cancels_the_rest(core_type: type[Core]) -> None:
    market = six_events(core_type)
    assert market.buy(BOB, 100, 5) == [
        "accepted 6",
        "trade 1 6 1@100 maker-filled",
        "trade 2 6 1@100 maker-filled",
        "trade 3 6 1@100 maker-filled",
        "canceled 6 2 EVENT_LIMIT",
    ]
    assert market.usdt(BOB) == (-300 * K, 0)


def test_an_order_filled_at_the_bound_is_filled(core_type: type[Core]) -> None:
    market = six_events(core_type)
    assert market.buy(BOB, 100, 3)[-1] == "trade 3 6 1@100 maker-filled taker-filled"


def test_a_fok_the_bound_would_cut_short_cannot_fill(core_type: type[Core]) -> None:
    market = six_events(core_type)
    assert market.buy(BOB, 100, 4, time_in_force=FOK) == ["accepted 6", "expired 6 4 FILL_OR_KILL"]
    assert market.buy(BOB, 100, 3, time_in_force=FOK)[-1].endswith("taker-filled")


def test_a_market_order_holds_only_what_it_can_buy_within_the_bound(
    core_type: type[Core],
) -> None:
    market = six_events(core_type)
    assert market.market_buy(BOB, 5)[-1] == "canceled 6 2 EVENT_LIMIT"
    assert market.first.held_atoms == 300 * K
    assert market.usdt(BOB) == (-300 * K, 0)


def test_a_budget_cut_by_the_bound_is_cancelled_without_lots(core_type: type[Core]) -> None:
    market = six_events(core_type)
    told = market.market_buy(BOB, quote_budget_atoms=450 * K)
    assert told[-1] == "canceled 6 0 EVENT_LIMIT"
    assert market.usdt(BOB) == (-300 * K, 0)


def test_a_budget_spent_at_the_bound_is_spent(core_type: type[Core]) -> None:
    market = six_events(core_type)
    told = market.market_buy(BOB, quote_budget_atoms=300 * K)
    assert told[-1] == "trade 3 6 1@100 maker-filled taker-filled"


def test_a_cut_replace_is_cancelled(core_type: type[Core]) -> None:
    market = six_events(core_type)
    market.buy(BOB, 99, 5)
    assert market.replace(BOB, 6, 100, 5)[-1] == "canceled 6 2 EVENT_LIMIT"


@pytest.mark.parametrize(
    ("mode", "story"),
    [
        (STP.CANCEL_MAKER, ["canceled 1 1 SELF_TRADE", "canceled 2 1 SELF_TRADE"]),
        (STP.DECREMENT, ["reduced 1 by 1 to 0", "reduced 6 by 1 to 4"]),
    ],
)
def test_self_trade_prevention_counts_its_events(
    core_type: type[Core], mode: SelfTradePrevention, story: list[str]
) -> None:
    market = six_events(core_type)
    told = market.buy(ALICE, 100, 5, self_trade_prevention=mode)
    assert told[1 : 1 + len(story)] == story
    assert told[-1].endswith("EVENT_LIMIT")
    assert len(told) <= 6


@pytest.mark.parametrize("events_max", [4, 5, 6, 7])
@pytest.mark.parametrize("mode", list(SelfTradePrevention))
@pytest.mark.parametrize("account_id", [ALICE, BOB])
def test_no_command_ever_exceeds_the_bound(
    core_type: type[Core], events_max: int, mode: SelfTradePrevention, account_id: int
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": events_max})
    for maker_id in (ALICE, CAROL, ALICE, ALICE, CAROL, CAROL):
        market.sell(maker_id, 100, 2)
    terms = {"self_trade_prevention": mode}
    for told in (
        market.buy(account_id, 100, 11, time_in_force=IOC, **terms),
        market.market_buy(account_id, 11, **terms),
        market.buy(account_id, 100, 11, **terms),
        market.cancel_all(CAROL),
    ):
        assert len(told) <= events_max


def test_an_account_has_so_many_open_orders_and_no_more(core_type: type[Core]) -> None:
    market = Market(core_type)
    orders = [market.order(ALICE, BUY, 1, 1) for _ in range(OPEN_ORDERS_PER_ACCOUNT_MAX)]
    _, outcomes = market.core.apply(b"".join(map(encode_command, orders)), market.now_ns)
    assert {outcome.result for outcome in decode_outcomes(outcomes)} == {OutcomeResult.DONE}
    market.sell(BOB, 2, 1)
    assert market.buy(ALICE, 1, 1) == ["rejected TOO_MANY_OPEN_ORDERS"]
    assert market.market_buy(ALICE, 1) == ["rejected TOO_MANY_OPEN_ORDERS"]
    assert market.buy(BOB, 1, 1)[0].startswith("accepted")
    market.cancel(ALICE, 1)
    assert market.buy(ALICE, 1, 1)[0].startswith("accepted")
    assert len(market.cancel_all(ALICE)) == OPEN_ORDERS_PER_ACCOUNT_MAX


def test_the_largest_amounts_there_are_settle_exactly(core_type: type[Core]) -> None:
    market = Market(
        core_type,
        quote_atoms_per_tick_lot=2**40,
        base_atoms_per_lot=1,
        maker_fee_ppm=999_999,
        taker_fee_ppm=1_000_000,
    )
    market.open_account(5)
    rest_atoms = SUPPLY_ATOMS_MAX - 4 * FUNDS
    market.deposit(5, USDT, rest_atoms)
    price_ticks, lots = 2**11, 2**10
    assert market.buy(5, price_ticks, lots) == ["accepted 1 resting"]
    assert market.sell(BOB, 1, lots)[-1] == "trade 1 2 1024@2048 maker-filled taker-filled"
    paid_atoms = price_ticks * lots * 2**40
    assert market.core.balance(5, USDT) == (rest_atoms - paid_atoms, 0)
    assert market.last.taker_fee_atoms == paid_atoms
    assert market.last.maker_fee_atoms == 1_024
    assert market.btc(BOB) == (-lots, 0)


@pytest.mark.parametrize("bounds", [{"events_per_command_max": 3}, {"dedupe_keys_max": 0}])
def test_a_core_with_too_little_room_to_work_is_refused(
    core_type: type[Core], bounds: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match="at least"):
        core_type(**bounds)
