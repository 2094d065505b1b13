"""Datagrams and stream frames of protocol OBX1: a 48-byte header, a canonical FlatBuffers payload
and a 16-byte authentication code over both.

The payload is what flatbuffers.Builder makes of a root table with one vector of fixed structs: 20
constant bytes, the count, the structs. Any FlatBuffers reader takes it; nothing else is accepted
here, so that a length can lie in one way only and every lie is refused.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from schemas import mac
from schemas.errors import Malformed, NotAuthentic
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from schemas.session_layouts import EVENT_RANGE, HELLO, SESSION_REJECT, VERSION, WELCOME

MAGIC: Final = b"OBX1"
HEADER: Final = struct.Struct("<4sBBHIIQQQHHHH")
HEADER_BYTES: Final = 48
PREFIX_BYTES: Final = 24
DATAGRAM_BYTES_MAX: Final = 1_432
FRAME_BYTES_MAX: Final = HEADER_BYTES + 0xFFFF + mac.TAG_BYTES
"""A frame of a TCP stream: the header counts its payload in 16 bits."""

_CONSTANT: Final = bytes.fromhex("0c00000000000600080004000600000004000000")
_COUNT: Final = struct.Struct("<I")
_ROUTE: Final = struct.Struct("<4sBB10xQ")
_MIN_BYTES: Final = HEADER_BYTES + mac.TAG_BYTES


class MessageType(IntEnum):
    """Byte 5 of every datagram."""

    HELLO = 1
    WELCOME = 2
    COMMANDS = 3
    ACK = 4
    NOT_LEADER = 5
    EVENTS = 6
    NAK = 7
    HEARTBEAT = 8
    REJECT = 9
    BYE = 10


STRUCT_BYTES: Final[dict[MessageType, int]] = {
    MessageType.HELLO: HELLO.size,
    MessageType.WELCOME: WELCOME.size,
    MessageType.COMMANDS: COMMAND_BYTES,
    MessageType.ACK: OUTCOME_BYTES,
    MessageType.NOT_LEADER: 0,
    MessageType.EVENTS: EVENT_BYTES,
    MessageType.NAK: EVENT_RANGE.size,
    MessageType.HEARTBEAT: 0,
    MessageType.REJECT: SESSION_REJECT.size,
    MessageType.BYE: 0,
}
"""Size of one struct in the payload; 0: the message has no payload."""

_PAYLOAD_BYTES_MAX: Final = DATAGRAM_BYTES_MAX - _MIN_BYTES - PREFIX_BYTES
COMMANDS_MAX: Final = _PAYLOAD_BYTES_MAX // COMMAND_BYTES
EVENTS_MAX: Final = _PAYLOAD_BYTES_MAX // EVENT_BYTES
OUTCOMES_MAX: Final = _PAYLOAD_BYTES_MAX // OUTCOME_BYTES
EVENTS_PER_FRAME_MAX: Final = (0xFFFF - PREFIX_BYTES) // EVENT_BYTES

assert HEADER.size == HEADER_BYTES
assert len(_CONSTANT) + _COUNT.size == PREFIX_BYTES
assert DATAGRAM_BYTES_MAX <= 1_452  # MTU 1 500 - IPv6 40 - UDP 8: never fragmented
assert (COMMANDS_MAX, EVENTS_MAX, OUTCOMES_MAX) == (14, 10, 56)
assert set(STRUCT_BYTES) == set(MessageType)


@dataclass(frozen=True, slots=True)
class Header:
    """The header's fields. ``seq``, ``ack`` and ``window`` mean what schemas/README.md says for the
    type; ``count`` is the number of structs and is written by ``seal``.
    """

    type: MessageType
    session_id: int
    seq: int = 0
    ack: int = 0
    window: int = 0
    epoch: int = 1
    shard: int = 0
    count: int = 0


KeyLookup = Callable[[MessageType, int], bytes | None]
"""(type, session id) as claimed by bytes that nobody vouches for yet → the key to try, or None."""


def wrap(structs: bytes, struct_bytes: int) -> bytes:
    """Return the canonical payload of n ≥ 1 structs of ``struct_bytes`` each.

    Raises:
        ValueError: no struct, or a torn one: the caller's mistake.
    """
    count, torn = divmod(len(structs), struct_bytes)
    if torn or not count:
        raise ValueError("a payload is one or more whole structs")
    return b"".join((_CONSTANT, _COUNT.pack(count), structs))


def unwrap(payload: bytes, struct_bytes: int) -> bytes:
    """Return the structs of a canonical payload.

    Raises:
        Malformed: any other bytes, even if a FlatBuffers reader would take them.
    """
    if len(payload) < PREFIX_BYTES + struct_bytes or not payload.startswith(_CONSTANT):
        raise Malformed("not the canonical payload")
    (count,) = _COUNT.unpack_from(payload, len(_CONSTANT))
    if count * struct_bytes != len(payload) - PREFIX_BYTES:
        raise Malformed("the payload's count is not its length")
    return payload[PREFIX_BYTES:]


def _seal(header: Header, structs: bytes, key: bytes, bytes_max: int) -> bytes:
    struct_bytes = STRUCT_BYTES[header.type]
    payload = wrap(structs, struct_bytes) if structs else b""
    head = HEADER.pack(
        MAGIC,
        VERSION,
        header.type,
        0,
        header.shard,
        header.epoch,
        header.session_id,
        header.seq,
        header.ack,
        len(structs) // struct_bytes if structs else 0,
        len(payload),
        header.window,
        0,
    )
    body = head + payload
    sealed = body + mac.tag(key, body)
    assert len(sealed) <= bytes_max, "longer than one datagram or frame may be"
    return sealed


def seal(header: Header, structs: bytes, key: bytes) -> bytes:
    """Return the datagram: header, ``structs`` as canonical payload (none if empty), tag.

    Raises:
        ValueError: a torn struct, or a struct on a message that has none.
    """
    return _seal(header, structs, key, DATAGRAM_BYTES_MAX)


def seal_frame(header: Header, structs: bytes, key: bytes) -> bytes:
    """Return a frame of a TCP stream: a datagram that may be longer, without its length prefix."""
    return _seal(header, structs, key, FRAME_BYTES_MAX)


def _open(data: bytes, key_of: KeyLookup, bytes_max: int) -> tuple[Header, bytes]:
    if not _MIN_BYTES <= len(data) <= bytes_max:
        raise NotAuthentic("no datagram has this length")
    magic, version, number, claimed_session = _ROUTE.unpack_from(data)
    if magic != MAGIC or version != VERSION or number not in _TYPES:
        raise NotAuthentic("not of this protocol")
    type_ = _TYPES[number]
    key = key_of(type_, claimed_session)
    if key is None or not mac.authentic(key, data[: -mac.TAG_BYTES], data[-mac.TAG_BYTES :]):
        raise NotAuthentic("the tag is not ours")
    (_, _, _, flags, shard, epoch, session_id, seq, ack, count, payload_bytes, window, key_id) = (
        HEADER.unpack_from(data)
    )
    if flags or key_id or payload_bytes != len(data) - _MIN_BYTES:
        raise Malformed("a reserved bit, or a payload length that is not the datagram's")
    structs = _structs(type_, data[HEADER_BYTES : -mac.TAG_BYTES], count)
    return Header(type_, session_id, seq, ack, window, epoch, shard, count), structs


def _structs(type_: MessageType, payload: bytes, count: int) -> bytes:
    if not payload:
        if count:
            raise Malformed("a count without a payload")
        return b""
    struct_bytes = STRUCT_BYTES[type_]
    if not struct_bytes:
        raise Malformed(f"{type_.name} has no payload")
    structs = unwrap(payload, struct_bytes)
    if len(structs) != count * struct_bytes:
        raise Malformed("the header's count is not the payload's")
    return structs


def open_datagram(data: bytes, key_of: KeyLookup) -> tuple[Header, bytes]:
    """Return the header and the structs of a datagram. The tag is checked before anything but the
    fields that choose its key.

    Raises:
        NotAuthentic: the tag is not that of the session's key; answer nothing.
        Malformed: sealed by the key's holder, but not canonical.
    """
    return _open(data, key_of, DATAGRAM_BYTES_MAX)


def open_frame(data: bytes, key_of: KeyLookup) -> tuple[Header, bytes]:
    """As ``open_datagram``, for a frame of a TCP stream."""
    return _open(data, key_of, FRAME_BYTES_MAX)


_TYPES: Final = {int(type_): type_ for type_ in MessageType}
