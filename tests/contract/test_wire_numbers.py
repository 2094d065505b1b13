"""Numbers on the wire are for ever: a change here is a change of the protocol."""

from enum import IntEnum, IntFlag

import pytest

from domain.commands import CommandKind
from domain.events import EventKind, OutcomeResult, TradeFlag
from domain.orders import (
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import BalanceReason, CancelReason, RejectReason
from schemas.framing import MessageType
from schemas.session_layouts import SessionRejectCode

NUMBERS: dict[type[IntEnum] | type[IntFlag], str] = {
    MessageType: "1 HELLO 2 WELCOME 3 COMMANDS 4 ACK 5 NOT_LEADER 6 EVENTS 7 NAK 8 HEARTBEAT "
    "9 REJECT 10 BYE",
    SessionRejectCode: "1 VERSION 2 SESSION_CONFLICT 3 EVICTED 4 TOO_MANY_SESSIONS",
    CommandKind: "1 NEW_ORDER 2 CANCEL_ORDER 3 REPLACE_ORDER 4 CANCEL_ALL 5 CANCEL_ALL_AFTER "
    "32 OPEN_ACCOUNT 33 CREATE_ASSET 34 CREATE_INSTRUMENT 35 SET_TRADING_STATUS 36 DEPOSIT",
    EventKind: "1 ORDER_ACCEPTED 2 ORDER_REJECTED 3 TRADE 4 ORDER_CANCELED 5 ORDER_REPLACED "
    "6 ORDER_EXPIRED 7 ORDER_REDUCED 8 ORDER_RESTED 9 ORDER_TRIGGERED 32 ACCOUNT_OPENED "
    "33 ASSET_CREATED 34 INSTRUMENT_CREATED 35 TRADING_STATUS_CHANGED "
    "36 BALANCE_CHANGED 37 CONTROL_REJECTED",
    OutcomeResult: "1 DONE 2 REJECTED 3 DUPLICATE",
    Side: "1 BUY 2 SELL",
    OrderType: "1 LIMIT 2 MARKET 3 STOP 4 STOP_LIMIT 5 TAKE_PROFIT 6 TAKE_PROFIT_LIMIT 7 "
    "TRAILING_STOP",
    TimeInForce: "1 GTC 2 IOC 3 FOK 4 GTD",
    SelfTradePrevention: "1 NONE 2 CANCEL_MAKER 3 CANCEL_TAKER 4 CANCEL_BOTH 5 DECREMENT",
    TradingStatus: "1 TRADING 2 AUCTION 3 CANCEL_ONLY 4 HALT 5 CLOSED",
    RejectReason: "0 NONE 1 MALFORMED 2 UNKNOWN_COMMAND 3 UNKNOWN_ACCOUNT 4 UNKNOWN_INSTRUMENT 5 "
    "UNKNOWN_ASSET 6 UNKNOWN_ORDER 7 ACCOUNT_NOT_TRADABLE 8 INSTRUMENT_NOT_TRADING 9 "
    "INVALID_PRICE 10 INVALID_QUANTITY 11 NOTIONAL_TOO_SMALL 12 NOTIONAL_TOO_LARGE 13 "
    "INSUFFICIENT_FUNDS 14 POST_ONLY_WOULD_TAKE 15 NO_LIQUIDITY 16 "
    "UNSUPPORTED_ORDER_TYPE 17 UNSUPPORTED_TIME_IN_FORCE 18 UNSUPPORTED_COMBINATION "
    "19 STALE 20 KEY_REUSED 21 DEDUPE_FULL 22 DUPLICATE_CLIENT_ORDER_ID 23 "
    "INVALID_CLIENT_ORDER_ID 24 TOO_MANY_OPEN_ORDERS 25 NOTHING_TO_CHANGE 26 "
    "SUPPLY_LIMIT 27 SOURCE_SEQ_GAP 28 SOURCE_SEQ_REPEATED 29 ALREADY_EXISTS 30 "
    "INVALID_INSTRUMENT 31 INVALID_ASSET 32 INVALID_AMOUNT 33 CAPACITY 34 "
    "INVALID_TRANSITION 35 INVALID_TRIGGER_PRICE 36 WOULD_TRIGGER_AT_ONCE 37 "
    "INVALID_DISPLAY_QUANTITY 38 INVALID_EXPIRY 39 INVALID_TIMEOUT",
    CancelReason: "0 NONE 1 REQUESTED 2 CANCEL_ALL 3 REPLACED_TO_NOTHING 4 SELF_TRADE 5 "
    "IMMEDIATE_OR_CANCEL 6 FILL_OR_KILL 7 MARKET_REMAINDER 8 EVENT_LIMIT 9 "
    "GOOD_TILL_DATE 10 INSTRUMENT_CLOSED 11 DEAD_MAN_SWITCH",
    BalanceReason: "1 DEPOSIT",
    OrderFlag: "1 POST_ONLY",
    TradeFlag: "1 MAKER_FILLED 2 TAKER_FILLED",
}


@pytest.mark.parametrize("enumeration", NUMBERS, ids=lambda enumeration: enumeration.__name__)
def test_numbers_are_pinned(enumeration: type[IntEnum] | type[IntFlag]) -> None:
    words = NUMBERS[enumeration].split()
    pinned = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    assert {name: int(member) for name, member in enumeration.__members__.items()} == pinned
