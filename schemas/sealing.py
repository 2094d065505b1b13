"""Header, canonical payload and tag to bytes and back: the readable twin of the compiled one."""

import hmac
import struct
from collections.abc import Callable
from typing import Final

from schemas import siphash
from schemas.errors import Malformed, NotAuthentic
from schemas.message_types import STRUCT_BYTES, MessageType
from schemas.session_layouts import VERSION

MAGIC: Final = b"OBX1"
HEADER: Final = struct.Struct("<4sBBHIIQQQHHHH")
HEADER_BYTES: Final = 48
PREFIX_BYTES: Final = 24
TAG_BYTES: Final = siphash.TAG_BYTES
MESSAGE_BYTES_MIN: Final = HEADER_BYTES + TAG_BYTES
PAYLOAD_BYTES_MAX: Final = 0xFFFF
"""The header counts the payload in 16 bits."""

_CONSTANT: Final = bytes.fromhex("0c000000 00000600 08000400 06000000 04000000")
_COUNT: Final = struct.Struct("<I")
_ROUTE: Final = struct.Struct("<4sBB10xQ22xH")
_TYPES: Final = {int(type_): type_ for type_ in MessageType}

assert HEADER.size == _ROUTE.size == HEADER_BYTES
assert len(_CONSTANT) + _COUNT.size == PREFIX_BYTES

KeyLookup = Callable[[MessageType, int, int], bytes | None]
"""(type, session id, key id) as claimed by bytes that nobody vouches for yet → the key to try, or
None.
"""
Fields = tuple[MessageType, int, int, int, int, int, int, int, int]
"""type, session_id, seq, ack, window, epoch, shard, count, key_id."""


def wrap(structs: bytes, struct_bytes: int) -> bytes:
    """Return the canonical payload of n ≥ 1 structs of ``struct_bytes`` each.

    Raises:
        ValueError: no struct, or a torn one: the caller's mistake.
    """
    count, torn = divmod(len(structs), struct_bytes) if struct_bytes else (0, 1)
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


def seal_message(
    type_: MessageType,
    session_id: int,
    seq: int,
    ack: int,
    window: int,
    epoch: int,
    shard: int,
    key_id: int,
    structs: bytes,
    key: bytes,
    bytes_max: int,
) -> bytes:
    """Return header, ``structs`` as canonical payload (none if empty) and tag.

    Raises:
        ValueError: a torn struct, a struct on a message that has none, more than ``bytes_max``
            bytes in all, or a key of another length than 16.
    """
    payload = wrap(structs, STRUCT_BYTES[type_]) if structs else b""
    if MESSAGE_BYTES_MIN + len(payload) > bytes_max:
        raise ValueError("longer than a message may be")
    count = len(structs) // STRUCT_BYTES[type_] if structs else 0
    head = HEADER.pack(
        MAGIC,
        VERSION,
        type_,
        0,
        shard,
        epoch,
        session_id,
        seq,
        ack,
        count,
        len(payload),
        window,
        key_id,
    )
    body = head + payload
    return body + siphash.siphash128(key, body)


def open_message(data: bytes, key_of: KeyLookup, bytes_max: int) -> tuple[Fields, bytes]:
    """Return the header's fields and the structs.

    Raises:
        NotAuthentic: the tag is not that of the session's key.
        Malformed: sealed by the key's holder, but not canonical.
    """
    if not MESSAGE_BYTES_MIN <= len(data) <= bytes_max:
        raise NotAuthentic("no message has this length")
    magic, version, number, claimed_session, key_id = _ROUTE.unpack_from(data)
    if magic != MAGIC or version != VERSION or number not in _TYPES:
        raise NotAuthentic("not of this protocol")
    type_ = _TYPES[number]
    key = key_of(type_, claimed_session, key_id)
    body, claimed_tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
    if key is None or not hmac.compare_digest(siphash.siphash128(key, body), claimed_tag):
        raise NotAuthentic("the tag is not ours")
    (_, _, _, flags, shard, epoch, session_id, seq, ack, count, payload_bytes, window, _) = (
        HEADER.unpack_from(data)
    )
    if flags or payload_bytes != len(data) - MESSAGE_BYTES_MIN:
        raise Malformed("a reserved bit, or a payload length that is not the message's")
    structs = _structs(type_, body[HEADER_BYTES:], count)
    return (type_, session_id, seq, ack, window, epoch, shard, count, key_id), structs


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
