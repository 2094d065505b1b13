"""The golden datagrams: one of every message type, command kind and event kind.

Each is a file in golden/: the bytes, the key they are sealed with, and what must be read in them,
numbers in decimal digits and bytes in hex. ``python -m tests.contract.golden_datagrams`` writes
those that are missing, as for a new kind. It changes none that is there: that would be another
protocol.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelOrder, NewOrder
from domain.events import OrderRested, Outcome, OutcomeResult
from domain.orders import OrderFlag, Side
from domain.reasons import RejectReason
from schemas import codec, session_layouts
from schemas.framing import STRUCT_BYTES, Header, MessageType, seal
from schemas.layouts import COMMANDS, EVENTS, Layout
from schemas.session_layouts import EventRange, Hello, SessionReject, SessionRejectCode, Welcome
from tests.contract.session_structs import SESSION_STRUCTS
from transport.engine_address import EngineAddress, as_not_leader
from transport.keys import derive_keys

DIRECTORY = Path(__file__).with_name("golden")
MASTER_KEY = bytes(range(32))
SESSION_ID = 0x1122334455667788
NONCE = 0x99AABBCCDDEEFF01
HELLO_KEYS = derive_keys(MASTER_KEY, SESSION_ID, 0)
KEYS = derive_keys(MASTER_KEY, SESSION_ID, NONCE)

TWO_COMMANDS = codec.encode_command(
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
    MessageType.COMMANDS: (of(MessageType.COMMANDS, 1), TWO_COMMANDS, KEYS.to_engine),
    MessageType.ACK: (of(MessageType.ACK, 2, 2, 256), OUTCOME, KEYS.to_client),
    MessageType.NOT_LEADER: (
        of(MessageType.NOT_LEADER),
        session_layouts.encode_not_leader(
            as_not_leader(7, EngineAddress("192.0.2.7", 9_100, 9_101))
        ),
        HELLO_KEYS.to_client,
    ),
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
SESSION_STRUCT_OF = {
    MessageType.HELLO: "Hello",
    MessageType.WELCOME: "Welcome",
    MessageType.ACK: "Outcome",
    MessageType.NOT_LEADER: "NotLeader",
    MessageType.NAK: "EventRange",
    MessageType.REJECT: "SessionReject",
}
BY_KIND: dict[MessageType, dict[int, Layout]] = {
    MessageType.COMMANDS: {int(layout.kind): layout for layout in COMMANDS},
    MessageType.EVENTS: {int(layout.kind): layout for layout in EVENTS},
}


class Golden(NamedTuple):
    """What one file is made of."""

    name: str
    header: Header
    structs: bytes
    key: bytes


def goldens() -> Iterator[Golden]:
    """Yield every golden datagram as it is made today."""
    for type_, parts in DATAGRAMS.items():
        yield Golden(f"message-{int(type_):02}-{type_.name}", *parts)
    for layout in COMMANDS:
        name = f"command-{int(layout.kind):02}-{layout.domain_type.__name__}"
        header = of(MessageType.COMMANDS, seq=int(layout.kind))
        yield Golden(name, header, _example(layout), KEYS.to_engine)
    for layout in EVENTS:
        name = f"event-{int(layout.kind):02}-{layout.domain_type.__name__}"
        header = of(MessageType.EVENTS, seq=int(layout.kind), window=256)
        yield Golden(name, header, _example(layout), KEYS.to_client)


def _example(layout: Layout) -> bytes:
    """Return a struct in which no two fields hold the same, as far as their widths allow."""
    enums = dict(layout.enums)
    values: list[Any] = []
    for kind in _fields(layout.packer.format[2:]):
        at = len(values)
        if at in enums:
            values.append(_PINNED.get(enums[at]) or list(enums[at])[-1])
        elif kind == "s":
            name = f"GOLDEN-{int(layout.kind)}"
            is_text = at in layout.texts
            values.append(name.encode() if is_text else pack_client_order_id(name.lower()))
        else:
            values.append(_WIDE.get(kind, 0) + 10 * int(layout.kind) % 200 + at)
    return layout.packer.pack(layout.kind, *values)


def _fields(format_: str) -> Iterator[str]:
    for size, kind in re.findall(r"(\d*)([a-zA-Z])", format_):
        if kind != "x":
            yield from kind * (1 if kind == "s" else int(size or 1))


_WIDE = {"H": 60_000, "I": 4_000_000_000, "q": 2**62, "Q": 2**63}
"""So that a reader of too few bytes, or of a sign where none is, reads something else."""


_PINNED: dict[Any, Any] = {RejectReason: RejectReason.INVALID_LIST}
"""Enumerations that grew since: what their last member was when the files were written."""


def expectation(golden: Golden) -> dict[str, Any]:
    """Return what must be read in a golden datagram."""
    header, structs = golden.header, golden.structs
    size = STRUCT_BYTES[header.type]
    parts = [structs[at : at + size] for at in range(0, len(structs), size or 1)]
    fields = ("session_id", "seq", "ack", "window", "epoch", "shard", "key_id")
    return {
        "header": {"type": str(int(header.type)), "count": str(len(parts))}
        | {field: str(getattr(header, field)) for field in fields},
        "structs": [_read(header.type, part) for part in parts],
    }


def _read(type_: MessageType, part: bytes) -> dict[str, str]:
    if type_ in BY_KIND:
        layout = BY_KIND[type_][part[0]]
        name, packer = layout.domain_type.__name__, layout.packer
        fields: tuple[str, ...] = ("kind", *layout.fields)
    else:
        name = SESSION_STRUCT_OF[type_]
        packer, words = SESSION_STRUCTS[name]
        fields = tuple(words.split())
    values = [v.hex() if isinstance(v, bytes) else str(v) for v in packer.unpack(part)]
    return {"struct": name} | dict(zip(fields, values, strict=True))


def path_of(name: str) -> Path:
    """Return the file of a golden datagram."""
    return DIRECTORY / f"{name}.json"


def datagram_in(content: dict[str, Any]) -> bytes:
    """Return the bytes in a file's content."""
    return bytes.fromhex("".join(content["datagram"]))


def main() -> None:
    """Write the missing files."""
    for golden in goldens():
        path = path_of(golden.name)
        if path.exists():
            continue
        sealed = seal(golden.header, golden.structs, golden.key)
        lines = [sealed[at : at + 32].hex(" ", 8) for at in range(0, len(sealed), 32)]
        content = {"key": golden.key.hex(), "datagram": lines} | expectation(golden)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
        print(f"written: {path.name}")


if __name__ == "__main__":
    main()
