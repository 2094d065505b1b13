"""Datagrams pinned to the byte: an old client and a new engine understand each other."""

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelOrder, NewOrder
from domain.events import OrderRested, Outcome, OutcomeResult
from domain.orders import OrderFlag, Side
from domain.reasons import RejectReason
from schemas import codec, session_layouts
from schemas.framing import Header, MessageType, open_datagram, seal
from schemas.session_layouts import EventRange, Hello, SessionReject, SessionRejectCode, Welcome
from transport.keys import derive_keys

MASTER_KEY = bytes(range(32))
SESSION_ID = 0x1122334455667788
NONCE = 0x99AABBCCDDEEFF01
HELLO_KEYS = derive_keys(MASTER_KEY, SESSION_ID, 0)
KEYS = derive_keys(MASTER_KEY, SESSION_ID, NONCE)

COMMANDS = codec.encode_command(
    NewOrder(
        account_id=7,
        instrument_id=1,
        side=Side.SELL,
        flags=OrderFlag.POST_ONLY,
        price_ticks=6_500_000,
        qty_lots=25,
        valid_until_ns=1_700_000_005_000_000_000,
        client_order_id=pack_client_order_id("golden-1"),
    )
) + codec.encode_command(CancelOrder(account_id=7, order_id=42))
OUTCOME = codec.encode_outcome(
    Outcome(
        result=OutcomeResult.REJECTED,
        reason=RejectReason.INSUFFICIENT_FUNDS,
        order_id=0,
        last_event_seq=90,
        event_count=1,
    )
)
EVENT = codec.encode_event(
    OrderRested(
        ts_ns=1_700_000_000_000_000_000,
        order_id=42,
        account_id=7,
        instrument_id=1,
        side=Side.SELL,
        price_ticks=6_500_000,
        visible_qty_lots=25,
        leaves_qty_lots=25,
        available_atoms=10,
        held_atoms=25,
        book_seq=3,
    )
)


def of(type_: MessageType, seq: int = 0, ack: int = 0, window: int = 0) -> Header:
    return Header(type_, SESSION_ID, seq, ack, window, epoch=1, shard=0)


DATAGRAMS = {
    MessageType.HELLO: (
        of(MessageType.HELLO),
        session_layouts.encode_hello(Hello(1, 1, 0, 3, 17)),
        HELLO_KEYS.to_engine,
    ),
    MessageType.WELCOME: (
        of(MessageType.WELCOME, window=256),
        session_layouts.encode_welcome(Welcome(1, 0, NONCE, 90, 0)),
        HELLO_KEYS.to_client,
    ),
    MessageType.COMMANDS: (of(MessageType.COMMANDS, 1), COMMANDS, KEYS.to_engine),
    MessageType.ACK: (of(MessageType.ACK, 2, 2, 256), OUTCOME, KEYS.to_client),
    MessageType.NOT_LEADER: (of(MessageType.NOT_LEADER), b"", KEYS.to_client),
    MessageType.EVENTS: (of(MessageType.EVENTS, 90, 2, 256), EVENT, KEYS.to_client),
    MessageType.NAK: (
        of(MessageType.NAK, ack=16),
        session_layouts.encode_event_range(EventRange(17, 20)),
        KEYS.to_engine,
    ),
    MessageType.HEARTBEAT: (of(MessageType.HEARTBEAT, 91, 2, 256), b"", KEYS.to_client),
    MessageType.REJECT: (
        of(MessageType.REJECT),
        session_layouts.encode_session_reject(SessionReject(SessionRejectCode.EVICTED, 0)),
        KEYS.to_client,
    ),
    MessageType.BYE: (of(MessageType.BYE), b"", KEYS.to_engine),
}
GOLDEN = {
    MessageType.HELLO: """
        4f42583101010000 0000000001000000 8877665544332211 0000000000000000
        0000000000000000 0100300000000000 0c00000000000600 0800040006000000
        0400000001000000 0101000000000000 0300000000000000 1100000000000000
        9e09ec98e2e38763 5f4f940fdd21d1d7
    """,
    MessageType.WELCOME: """
        4f42583101020000 0000000001000000 8877665544332211 0000000000000000
        0000000000000000 0100380000010000 0c00000000000600 0800040006000000
        0400000001000000 0100000000000000 01ffeeddccbbaa99 5a00000000000000
        0000000000000000 c1605247dc181c37 f68cbbf07c2e46f3
    """,
    MessageType.COMMANDS: """
        4f42583101030000 0000000001000000 8877665544332211 0100000000000000
        0000000000000000 0200d80000000000 0c00000000000600 0800040006000000
        0400000002000000 0102010101010000 0700000001000000 a02e630000000000
        1900000000000000 0000000000000000 0000000000000000 0000000000000000
        00f22f60ff9c9717 2c1da7ea0c080000 0000000000000000 0000000000000000
        0000000800000000 0200000000000000 0700000000000000 2a00000000000000
        0000000000000000 0000000000000000 0000000000000000 0000000000000000
        0000000000000000 0000000000000000 0000000000000000 0000000000000000
        0000000000000000 872e5c0ab1ffae50 e0eab5f6ca6a040f
    """,
    MessageType.ACK: """
        4f42583101040000 0000000001000000 8877665544332211 0200000000000000
        0200000000000000 0100300000010000 0c00000000000600 0800040006000000
        0400000001000000 0000000000000000 5a00000000000000 010000000d000200
        318ce0923c6eb7c6 b8726aecb3942337
    """,
    MessageType.NOT_LEADER: """
        4f42583101050000 0000000001000000 8877665544332211 0000000000000000
        0000000000000000 0000000000000000 fa3dc17f5ad73514 5663a5324fbeb14e
    """,
    MessageType.EVENTS: """
        4f42583101060000 0000000001000000 8877665544332211 5a00000000000000
        0200000000000000 0100980000010000 0c00000000000600 0800040006000000
        0400000001000000 0802000000000000 0700000001000000 00002a36fe9c9717
        2a00000000000000 a02e630000000000 1900000000000000 0000000000000000
        0000000000000000 1900000000000000 0a00000000000000 1900000000000000
        0300000000000000 0000000000000000 0000000000000000 0000000000000000
        0000000000000000 dc9b49b46d6c92bb e153155ae284d6e7
    """,
    MessageType.NAK: """
        4f42583101070000 0000000001000000 8877665544332211 0000000000000000
        1000000000000000 0100280000000000 0c00000000000600 0800040006000000
        0400000001000000 1100000000000000 1400000000000000 af4840584233e78c
        b68a4ee1ebfc263e
    """,
    MessageType.HEARTBEAT: """
        4f42583101080000 0000000001000000 8877665544332211 5b00000000000000
        0200000000000000 0000000000010000 b875e46f1c38cd73 0b83ce9a110dbfef
    """,
    MessageType.REJECT: """
        4f42583101090000 0000000001000000 8877665544332211 0000000000000000
        0000000000000000 0100280000000000 0c00000000000600 0800040006000000
        0400000001000000 0300000000000000 0000000000000000 669f04921532f2c3
        87177674696e6778
    """,
    MessageType.BYE: """
        4f425831010a0000 0000000001000000 8877665544332211 0000000000000000
        0000000000000000 0000000000000000 74676b553417cd52 b9723cce4f4f51f1
    """,
}


@pytest.mark.parametrize("type_", MessageType, ids=lambda type_: type_.name)
def test_a_datagram_is_what_it_always_was(type_: MessageType) -> None:
    header, structs, key = DATAGRAMS[type_]
    golden = bytes.fromhex("".join(GOLDEN[type_].split()))
    assert seal(header, structs, key) == golden
    assert open_datagram(golden, lambda *_: key)[1] == structs
