"""Every refusal: what it takes, what it says, in which order the checks come, and that nothing
changes.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    CreateAsset,
    Deposit,
    HoldWithdrawal,
    NewOrder,
    OpenAccount,
    PostWithdrawal,
    SetTradingStatus,
    Transfer,
    VoidWithdrawal,
)
from domain.events import ControlRejected, OrderRejected, OutcomeResult
from domain.orders import OrderFlag, OrderType, TradingStatus
from domain.reasons import RejectReason, TransferReason
from domain.units import FEE_ACCOUNT_ID, SUPPLY_ATOMS_MAX
from engine_core.contract import Core
from schemas.codec import encode_command
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BUY,
    FOK,
    FUNDS,
    GTC,
    GTD,
    IOC,
    LATER,
    LOT,
    NOW,
    SELL,
    STP,
    Market,
    instrument,
    key,
)

ORDER = NewOrder(
    account_id=BOB,
    instrument_id=1,
    side=BUY,
    price_ticks=100,
    qty_lots=5,
    valid_until_ns=LATER,
    client_order_id=key("mine"),
)
MARKET_BUY = replace(
    ORDER, order_type=OrderType.MARKET, time_in_force=IOC, price_ticks=0, qty_lots=5
)
LIMIT_STOP = replace(ORDER, order_type=OrderType.STOP_LIMIT, trigger_price_ticks=100)
MARKET_STOP = replace(
    LIMIT_STOP, order_type=OrderType.TAKE_PROFIT, time_in_force=IOC, price_ticks=0
)
DEPOSIT = Deposit(account_id=BOB, asset_id=BTC, amount_atoms=1, source_id=9, source_seq=1)
HOLD = HoldWithdrawal(account_id=BOB, asset_id=BTC, amount_atoms=1, source_id=9, source_seq=1)
POST = PostWithdrawal(
    account_id=BOB, asset_id=BTC, amount_atoms=1, source_id=9, source_seq=1, withdrawal_seq=1
)
VOID = VoidWithdrawal(account_id=BOB, asset_id=BTC, source_id=9, source_seq=1, withdrawal_seq=1)


MOVE = Transfer(
    transfer_reason=TransferReason.SUB_ACCOUNT,
    from_account_id=BOB,
    to_account_id=ALICE,
    asset_id=BTC,
    amount_atoms=1,
    source_id=9,
    source_seq=1,
)


def changed(**fields: Any) -> NewOrder:
    return replace(ORDER, **fields)


REFUSED: list[tuple[RejectReason, Command]] = [
    (RejectReason.UNKNOWN_ACCOUNT, changed(account_id=5)),
    (RejectReason.ACCOUNT_NOT_TRADABLE, changed(account_id=FEE_ACCOUNT_ID)),
    (RejectReason.INVALID_CLIENT_ORDER_ID, changed(client_order_id=NO_CLIENT_ORDER_ID)),
    (RejectReason.STALE, changed(valid_until_ns=NOW - 1)),
    (RejectReason.STALE, changed(valid_until_ns=-1)),
    (RejectReason.UNKNOWN_INSTRUMENT, changed(instrument_id=9)),
    (RejectReason.INSTRUMENT_NOT_TRADING, changed(instrument_id=2)),
    (RejectReason.INVALID_PRICE, changed(price_ticks=0)),
    (RejectReason.INVALID_PRICE, changed(price_ticks=-1)),
    (RejectReason.INVALID_PRICE, changed(price_ticks=2**53)),
    (RejectReason.INVALID_PRICE, changed(price_ticks=2**63 - 1)),
    (RejectReason.INVALID_QUANTITY, changed(qty_lots=0)),
    (RejectReason.INVALID_QUANTITY, changed(qty_lots=-(2**63))),
    (RejectReason.INVALID_QUANTITY, changed(qty_lots=2**53)),
    (RejectReason.INVALID_QUANTITY, replace(MARKET_BUY, qty_lots=-1)),
    (RejectReason.INVALID_QUANTITY, replace(MARKET_BUY, qty_lots=0, quote_budget_atoms=-1)),
    (RejectReason.INVALID_QUANTITY, replace(MARKET_BUY, qty_lots=0, quote_budget_atoms=2**62 + 1)),
    (RejectReason.NOTIONAL_TOO_LARGE, changed(price_ticks=2**53 - 1, qty_lots=2**53 - 1)),
    (RejectReason.NOTIONAL_TOO_LARGE, changed(price_ticks=2**40, qty_lots=2**22)),
    (RejectReason.NOTIONAL_TOO_LARGE, changed(side=SELL, price_ticks=1, qty_lots=2**53 - 1)),
    (RejectReason.NOTIONAL_TOO_LARGE, replace(MARKET_BUY, side=SELL, qty_lots=2**53 - 1)),
    (RejectReason.INSUFFICIENT_FUNDS, changed(price_ticks=FUNDS)),
    (RejectReason.INSUFFICIENT_FUNDS, changed(side=SELL, qty_lots=FUNDS // LOT + 1)),
    (RejectReason.POST_ONLY_WOULD_TAKE, changed(price_ticks=500, flags=OrderFlag.POST_ONLY)),
    (RejectReason.NO_LIQUIDITY, replace(MARKET_BUY, side=SELL)),
    *(
        (RejectReason.UNSUPPORTED_TIME_IN_FORCE, replace(MARKET_STOP, time_in_force=term))
        for term in (GTC, FOK, GTD)
    ),
    (RejectReason.INVALID_EXPIRY, replace(LIMIT_STOP, time_in_force=GTD)),
    *(
        (RejectReason.UNSUPPORTED_COMBINATION, replace(stop, **option))
        for stop in (MARKET_STOP, LIMIT_STOP)
        for option in (
            {"flags": OrderFlag.POST_ONLY},
            {"display_qty_lots": 1},
            {"trailing_bps": 1},
            {"quote_budget_atoms": 1},
        )
    ),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_STOP, price_ticks=1)),
    (
        RejectReason.UNSUPPORTED_COMBINATION,
        replace(LIMIT_STOP, time_in_force=FOK, self_trade_prevention=STP.DECREMENT),
    ),
    (RejectReason.INVALID_PRICE, replace(LIMIT_STOP, price_ticks=0, trigger_price_ticks=0)),
    (RejectReason.INVALID_TRIGGER_PRICE, replace(MARKET_STOP, trigger_price_ticks=0, qty_lots=0)),
    (RejectReason.INVALID_TRIGGER_PRICE, replace(LIMIT_STOP, trigger_price_ticks=-1)),
    (RejectReason.INVALID_TRIGGER_PRICE, replace(LIMIT_STOP, trigger_price_ticks=2**53)),
    (RejectReason.INVALID_QUANTITY, replace(MARKET_STOP, qty_lots=-1)),
    (
        RejectReason.NOTIONAL_TOO_LARGE,
        replace(MARKET_STOP, trigger_price_ticks=2**53 - 1, qty_lots=2**53 - 1),
    ),
    (
        RejectReason.NOTIONAL_TOO_LARGE,
        replace(MARKET_STOP, trigger_price_ticks=2**29, qty_lots=2**34 // 21),
    ),
    (
        RejectReason.NOTIONAL_TOO_LARGE,
        replace(MARKET_STOP, side=SELL, trigger_price_ticks=1, qty_lots=2**53 - 1),
    ),
    (RejectReason.INSUFFICIENT_FUNDS, replace(MARKET_STOP, trigger_price_ticks=FUNDS)),
    *(
        (RejectReason.UNSUPPORTED_TIME_IN_FORCE, replace(MARKET_BUY, time_in_force=term))
        for term in (GTC, FOK, GTD)
    ),
    (RejectReason.UNSUPPORTED_COMBINATION, changed(display_qty_lots=1, time_in_force=IOC)),
    (RejectReason.UNSUPPORTED_COMBINATION, changed(display_qty_lots=1, time_in_force=FOK)),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_BUY, display_qty_lots=1)),
    (RejectReason.INVALID_DISPLAY_QUANTITY, changed(display_qty_lots=-1)),
    (RejectReason.INVALID_DISPLAY_QUANTITY, changed(display_qty_lots=5)),
    (RejectReason.INVALID_DISPLAY_QUANTITY, changed(display_qty_lots=2**63 - 1)),
    (RejectReason.INVALID_DISPLAY_QUANTITY, changed(display_qty_lots=1, qty_lots=101)),
    (
        RejectReason.INVALID_DISPLAY_QUANTITY,
        changed(display_qty_lots=10, qty_lots=1_001, time_in_force=GTD, expire_s=1),
    ),
    (RejectReason.UNSUPPORTED_COMBINATION, changed(trigger_price_ticks=-1)),
    (RejectReason.UNSUPPORTED_COMBINATION, changed(trailing_bps=1)),
    (RejectReason.INVALID_EXPIRY, changed(expire_s=1)),
    (RejectReason.INVALID_EXPIRY, changed(time_in_force=IOC, expire_s=1)),
    (RejectReason.INVALID_EXPIRY, changed(time_in_force=GTD)),
    (RejectReason.INVALID_EXPIRY, replace(MARKET_BUY, expire_s=1)),
    (RejectReason.UNSUPPORTED_COMBINATION, changed(quote_budget_atoms=1)),
    (
        RejectReason.UNSUPPORTED_COMBINATION,
        changed(time_in_force=IOC, flags=OrderFlag.POST_ONLY),
    ),
    (
        RejectReason.UNSUPPORTED_COMBINATION,
        changed(time_in_force=FOK, flags=OrderFlag.POST_ONLY),
    ),
    (
        RejectReason.UNSUPPORTED_COMBINATION,
        changed(time_in_force=FOK, self_trade_prevention=STP.DECREMENT),
    ),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_BUY, price_ticks=1)),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_BUY, flags=OrderFlag.POST_ONLY)),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_BUY, qty_lots=0)),
    (RejectReason.UNSUPPORTED_COMBINATION, replace(MARKET_BUY, quote_budget_atoms=1)),
    (
        RejectReason.UNSUPPORTED_COMBINATION,
        replace(
            MARKET_BUY,
            qty_lots=0,
            quote_budget_atoms=10**6,
            self_trade_prevention=STP.DECREMENT,
        ),
    ),
    (RejectReason.UNKNOWN_ACCOUNT, CancelOrder(account_id=5, order_id=1)),
    (RejectReason.INVALID_CLIENT_ORDER_ID, CancelOrder(account_id=BOB)),
    (RejectReason.UNKNOWN_ORDER, CancelOrder(account_id=BOB, order_id=1)),
    (RejectReason.UNKNOWN_ACCOUNT, CancelAll(account_id=5)),
    (RejectReason.UNKNOWN_INSTRUMENT, CancelAll(account_id=BOB, instrument_id=9)),
    (RejectReason.UNKNOWN_ACCOUNT, CancelAllAfter(account_id=5, timeout_ms=2**32 - 1)),
    (RejectReason.ACCOUNT_NOT_TRADABLE, CancelAllAfter(account_id=FEE_ACCOUNT_ID, timeout_ms=1)),
    (RejectReason.INVALID_TIMEOUT, CancelAllAfter(account_id=BOB, timeout_ms=86_400_001)),
    (RejectReason.MALFORMED, OpenAccount(account_id=0, group_id=1)),
    (RejectReason.ALREADY_EXISTS, OpenAccount(account_id=BOB, group_id=1)),
    (RejectReason.INVALID_ASSET, CreateAsset(asset_id=9, scale=9, name=b"A")),
    (RejectReason.UNKNOWN_ASSET, instrument(9, base_asset_id=9)),
    (RejectReason.INVALID_INSTRUMENT, instrument(9, symbol=b"")),
    (
        RejectReason.INVALID_TRANSITION,
        SetTradingStatus(instrument_id=1, trading_status=TradingStatus.TRADING),
    ),
    (RejectReason.INVALID_AMOUNT, replace(DEPOSIT, amount_atoms=0)),
    (RejectReason.SOURCE_SEQ_REPEATED, replace(DEPOSIT, source_seq=0)),
    (RejectReason.SOURCE_SEQ_GAP, replace(DEPOSIT, source_seq=2)),
    (RejectReason.SUPPLY_LIMIT, replace(DEPOSIT, amount_atoms=SUPPLY_ATOMS_MAX)),
    (RejectReason.WITHDRAWAL_NOT_OPEN, VOID),
]
TOLD_ELSEWHERE = {
    RejectReason.NOT_IN_AUCTION,
    RejectReason.PRICE_OUTSIDE_COLLAR,
    RejectReason.VENUE_HALTED,
    RejectReason.POSITION_LIMIT,
    RejectReason.NOTIONAL_LIMIT,
    RejectReason.ORDER_RATE,
    RejectReason.BOOK_NOT_EMPTY,
    RejectReason.NO_REFERENCE_PRICE,
    RejectReason.LEGS_MISSING,
    RejectReason.INVALID_LIST,
    RejectReason.NOTIONAL_TOO_SMALL,
    RejectReason.KEY_REUSED,
    RejectReason.DEDUPE_FULL,
    RejectReason.NOTHING_TO_CHANGE,
    RejectReason.UNKNOWN_COMMAND,
    RejectReason.TOO_MANY_OPEN_ORDERS,
    RejectReason.CAPACITY,
    RejectReason.WOULD_TRIGGER_AT_ONCE,
}
NOT_OF_THE_CORE = {
    RejectReason.NONE,
    RejectReason.DUPLICATE_CLIENT_ORDER_ID,
    RejectReason.UNSUPPORTED_ORDER_TYPE,
}


def with_asks(core_type: type[Core]) -> Market:
    """Return a market with Alice's asks at 500, and a second instrument that is halted."""
    market = Market(core_type)
    market.send(instrument(2))
    market.sell(ALICE, 500, 10)
    return market


def test_every_reason_has_a_story() -> None:
    told = {reason for reason, _ in REFUSED} | TOLD_ELSEWHERE | NOT_OF_THE_CORE
    assert told == set(RejectReason)


@pytest.mark.parametrize(("reason", "command"), REFUSED)
def test_a_refusal_says_why_and_changes_nothing(
    core_type: type[Core], reason: RejectReason, command: Command
) -> None:
    market = with_asks(core_type)
    core = market.core
    before = (core.balances(), core.orders(), core.depth(1, 9), core.next_order_id)
    assert market.send(command) == [f"rejected {reason.name}"]
    assert market.outcome.result is OutcomeResult.REJECTED
    assert market.outcome.reason is reason
    assert (core.balances(), core.orders(), core.depth(1, 9), core.next_order_id) == before


def test_every_field_of_an_order_refusal(market: Market) -> None:
    market.send(changed(side=SELL, qty_lots=-7))
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=1,
        reason=RejectReason.INVALID_QUANTITY,
        account_id=BOB,
        instrument_id=1,
        side=SELL,
        order_id=0,
        price_ticks=100,
        qty_lots=-7,
        client_order_id=key("mine"),
    )


def test_a_refused_replace_says_what_was_asked(market: Market) -> None:
    market.replace(BOB, 77, 8, 9, request_id=key("move"))
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=3,
        reason=RejectReason.UNKNOWN_ORDER,
        account_id=BOB,
        instrument_id=0,
        side=0,
        order_id=77,
        price_ticks=8,
        qty_lots=9,
        client_order_id=key("move"),
    )
    assert market.outcome.order_id == 77


# Each stage repairs what the stage before it was refused for: the reasons appear in this order.
STAGES: list[tuple[RejectReason, dict[str, Any]]] = [
    (RejectReason.UNKNOWN_ACCOUNT, {"account_id": 5}),
    (RejectReason.ACCOUNT_NOT_TRADABLE, {"account_id": FEE_ACCOUNT_ID}),
    (RejectReason.INVALID_CLIENT_ORDER_ID, {"account_id": BOB}),
    (RejectReason.STALE, {"client_order_id": None}),
    (RejectReason.UNKNOWN_INSTRUMENT, {"valid_until_ns": LATER}),
    (RejectReason.INSTRUMENT_NOT_TRADING, {"instrument_id": 2}),
    (RejectReason.UNSUPPORTED_TIME_IN_FORCE, {"instrument_id": 1}),
    (RejectReason.INVALID_EXPIRY, {"order_type": OrderType.LIMIT}),
    (RejectReason.UNSUPPORTED_COMBINATION, {"time_in_force": GTC}),
    (RejectReason.INVALID_PRICE, {"trailing_bps": 0}),
    (RejectReason.INVALID_QUANTITY, {"price_ticks": 2**50}),
    (RejectReason.INVALID_DISPLAY_QUANTITY, {"qty_lots": 2**50}),
    (RejectReason.NOTIONAL_TOO_LARGE, {"display_qty_lots": 0}),
    (RejectReason.NOTIONAL_TOO_SMALL, {"price_ticks": 1, "qty_lots": 1}),
    (RejectReason.POST_ONLY_WOULD_TAKE, {"price_ticks": FUNDS}),
    (RejectReason.INSUFFICIENT_FUNDS, {"flags": OrderFlag(0)}),
]


def test_the_first_check_that_fails_is_the_reason(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=100)
    market.send(instrument(2))
    market.sell(ALICE, 500, 10)
    order = changed(
        client_order_id=NO_CLIENT_ORDER_ID,
        valid_until_ns=0,
        instrument_id=9,
        order_type=OrderType.MARKET,
        time_in_force=GTD,
        trailing_bps=1,
        display_qty_lots=1,
        price_ticks=0,
        qty_lots=0,
        flags=OrderFlag.POST_ONLY,
    )
    for at, (reason, repair) in enumerate(STAGES):
        order = replace(order, **repair)
        if order.client_order_id != NO_CLIENT_ORDER_ID:
            order = replace(order, client_order_id=key(at))  # a refusal is remembered
        assert market.send(order) == [f"rejected {reason.name}"]


# As above, for a stop: from where its own checks begin.
STOP_STAGES: list[tuple[RejectReason, dict[str, Any]]] = [
    (RejectReason.UNSUPPORTED_TIME_IN_FORCE, {}),
    (RejectReason.INVALID_EXPIRY, {"order_type": OrderType.STOP_LIMIT}),
    (RejectReason.UNSUPPORTED_COMBINATION, {"expire_s": 5}),
    (RejectReason.INVALID_PRICE, {"flags": OrderFlag(0)}),
    (RejectReason.INVALID_TRIGGER_PRICE, {"price_ticks": 2**50}),
    (RejectReason.INVALID_QUANTITY, {"trigger_price_ticks": 500}),
    (RejectReason.NOTIONAL_TOO_LARGE, {"qty_lots": 2**50}),
    (RejectReason.NOTIONAL_TOO_SMALL, {"price_ticks": 1, "qty_lots": 1}),
    (RejectReason.WOULD_TRIGGER_AT_ONCE, {"price_ticks": FUNDS}),
    (RejectReason.INSUFFICIENT_FUNDS, {"trigger_price_ticks": 501}),
]


def test_the_first_check_that_a_stop_fails_is_the_reason(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=100)
    market.trade_at(500)
    order = changed(
        order_type=OrderType.STOP,
        time_in_force=GTD,
        flags=OrderFlag.POST_ONLY,
        price_ticks=0,
        qty_lots=0,
    )
    for at, (reason, repair) in enumerate(STOP_STAGES):
        order = replace(order, **repair, client_order_id=key(at))
        assert market.send(order) == [f"rejected {reason.name}"]


def test_a_market_stop_is_worth_its_trigger_price(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=1_000)
    assert market.market_stop(ALICE, SELL, 99, 1) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.market_stop(ALICE, SELL, 100, 1) == ["accepted 1 waiting"]


def test_notional_too_small(core_type: type[Core]) -> None:
    market = Market(core_type, min_notional_atoms=1_000)
    assert market.buy(ALICE, 99, 1) == ["rejected NOTIONAL_TOO_SMALL"]
    assert market.buy(ALICE, 100, 1) == ["accepted 1 resting"]


def test_a_price_and_a_quantity_at_the_instruments_bound_are_accepted(
    core_type: type[Core],
) -> None:
    market = Market(core_type, price_max_ticks=100, qty_max_lots=10)
    assert market.buy(ALICE, 100, 10) == ["accepted 1 resting"]
    assert market.buy(ALICE, 101, 10) == ["rejected INVALID_PRICE"]
    assert market.buy(ALICE, 100, 11) == ["rejected INVALID_QUANTITY"]


def test_the_largest_notional_there_can_be(core_type: type[Core]) -> None:
    market = Market(core_type, quote_atoms_per_tick_lot=1)
    market.open_account(5)
    market.deposit(5, 2, SUPPLY_ATOMS_MAX - 4 * FUNDS)
    assert market.buy(5, 2**31, 2**31 + 1) == ["rejected NOTIONAL_TOO_LARGE"]
    assert market.buy(5, 2**31, 2**31) == ["rejected INSUFFICIENT_FUNDS"]


def set_byte(at: int, value: int) -> Callable[[bytes], bytes]:
    return lambda command: command[:at] + bytes([value]) + command[at + 1 :]


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        (ORDER, set_byte(1, 0)),  # side
        (ORDER, set_byte(1, 3)),
        (ORDER, set_byte(2, 8)),  # order type
        (ORDER, set_byte(3, 5)),  # time in force
        (ORDER, set_byte(4, 0)),  # self-trade prevention
        (ORDER, set_byte(5, 2)),  # flags
        (CancelOrder(account_id=BOB, order_id=1), set_byte(1, 1)),
        (CancelOrder(account_id=BOB, order_id=1), set_byte(95, 1)),
        (CancelAll(account_id=BOB), set_byte(16, 1)),
        (CancelAllAfter(account_id=BOB, timeout_ms=0), set_byte(1, 1)),
        (CancelAllAfter(account_id=BOB, timeout_ms=0), set_byte(95, 1)),
    ],
)
def test_a_malformed_order_command_says_only_whom_it_names(
    market: Market, command: Command, damage: Callable[[bytes], bytes]
) -> None:
    data = encode_command(command)
    assert market.send_bytes(damage(data)) == ["rejected MALFORMED"]
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=data[0],
        reason=RejectReason.MALFORMED,
        account_id=BOB,
        instrument_id=1 if data[0] == 1 else 0,
        side=0,
        order_id=0,
        price_ticks=0,
        qty_lots=0,
        client_order_id=NO_CLIENT_ORDER_ID,
    )
    assert market.outcome.order_id == 0


@pytest.mark.parametrize(
    ("command", "at"),
    [
        (OpenAccount(account_id=BOB, group_id=1), 95),
        (CreateAsset(asset_id=BOB, scale=1, name=b"A"), 12),
        (instrument(BOB), 7),
        (SetTradingStatus(instrument_id=BOB, trading_status=TradingStatus.HALT), 50),
        (DEPOSIT, 36),
        (HOLD, 36),
        (POST, 36),
        (POST, 48),
        (VOID, 16),
        (VOID, 95),
        (MOVE, 2),
        (MOVE, 40),
        (MOVE, 95),
    ],
)
def test_a_malformed_control_command_says_only_whom_it_names(
    market: Market, command: Command, at: int
) -> None:
    data = encode_command(command)
    assert market.send_bytes(set_byte(at, 1)(data)) == ["rejected MALFORMED"]
    assert market.event == ControlRejected(
        ts_ns=NOW, request=data[0], reason=RejectReason.MALFORMED, subject_id=BOB
    )


def test_a_status_that_is_none_is_malformed(market: Market) -> None:
    halt = SetTradingStatus(instrument_id=1, trading_status=TradingStatus.HALT)
    for status in (0, 6, 255):
        command = set_byte(1, status)(encode_command(halt))
        assert market.send_bytes(command) == ["rejected MALFORMED"]


@pytest.mark.parametrize("kind", [0, 8, 31, 51, 255])
def test_a_command_of_unknown_kind(market: Market, kind: int) -> None:
    assert market.send_bytes(bytes([kind]) + b"\xff" * 95) == ["rejected UNKNOWN_COMMAND"]
    assert market.event == ControlRejected(
        ts_ns=NOW, request=kind, reason=RejectReason.UNKNOWN_COMMAND, subject_id=0
    )
