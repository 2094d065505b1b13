# cython: boundscheck=False, wraparound=False
"""Header, canonical payload and tag to bytes and back: the twin of sealing.py."""

import sys

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from schemas._siphash cimport siphash128_into

from schemas.errors import Malformed, NotAuthentic
from schemas.message_types import STRUCT_BYTES, MessageType
from schemas.session_layouts import VERSION

if sys.byteorder != "little":
    raise ImportError("the compiled codec needs a little-endian machine")

cdef enum:
    HEADER_BYTES = 48
    PREFIX_BYTES = 24
    COUNT_AT = 68
    STRUCTS_AT = 72
    TAG_BYTES = 16
    TYPES_MAX = 32


cdef struct WireHeader:  # every field lies on a multiple of its own size: no padding
    uint8_t magic[4]
    uint8_t major
    uint8_t type
    uint16_t flags
    uint32_t shard
    uint32_t epoch
    uint64_t session_id
    uint64_t seq
    uint64_t ack
    uint16_t count
    uint16_t payload_bytes
    uint16_t window
    uint16_t key_id


assert sizeof(WireHeader) == HEADER_BYTES

cdef uint8_t MAJOR = VERSION
cdef const uint8_t *MAGIC = b"OBX1"
cdef const uint8_t *CONSTANT = (
    b"\x0c\0\0\0\0\0\x06\0\x08\0\x04\0\x06\0\0\0\x04\0\0\0"
)
cdef size_t[TYPES_MAX] STRUCT_SIZES
cdef list TYPES = [None] * TYPES_MAX
for _type, _size in STRUCT_BYTES.items():
    STRUCT_SIZES[<size_t>int(_type)] = _size
    TYPES[int(_type)] = _type


def seal_message(
    type_,
    uint64_t session_id,
    uint64_t seq,
    uint64_t ack,
    uint16_t window,
    uint32_t epoch,
    uint32_t shard,
    bytes structs not None,
    bytes key not None,
    size_t bytes_max,
):
    """As sealing.py's."""
    cdef WireHeader header
    cdef uint8_t number = type_
    cdef size_t length = len(structs)
    cdef size_t payload_bytes = PREFIX_BYTES + length if length else 0
    cdef size_t body_bytes = HEADER_BYTES + payload_bytes
    cdef size_t struct_bytes = STRUCT_SIZES[number] if number < TYPES_MAX else 0
    cdef uint32_t count
    cdef bytes sealed
    cdef uint8_t *out
    cdef const uint8_t *key_at
    if length and (not struct_bytes or length % struct_bytes):
        raise ValueError("a payload is one or more whole structs")
    if body_bytes + TAG_BYTES > bytes_max or payload_bytes > 0xFFFF:
        raise ValueError("longer than a message may be")
    if len(key) != TAG_BYTES:
        raise ValueError("a SipHash key is 16 bytes")
    count = <uint32_t>(length // struct_bytes) if length else 0
    memcpy(header.magic, MAGIC, 4)
    header.major = MAJOR
    header.type = number
    header.flags = 0
    header.shard = shard
    header.epoch = epoch
    header.session_id = session_id
    header.seq = seq
    header.ack = ack
    header.count = <uint16_t>count
    header.payload_bytes = <uint16_t>payload_bytes
    header.window = window
    header.key_id = 0
    sealed = PyBytes_FromStringAndSize(NULL, body_bytes + TAG_BYTES)
    out = <uint8_t *>PyBytes_AS_STRING(sealed)
    key_at = <const uint8_t *>PyBytes_AS_STRING(key)
    memcpy(out, &header, HEADER_BYTES)
    if length:
        memcpy(out + HEADER_BYTES, CONSTANT, PREFIX_BYTES - 4)
        memcpy(out + COUNT_AT, &count, 4)
        memcpy(out + STRUCTS_AT, PyBytes_AS_STRING(structs), length)
    with nogil:
        siphash128_into(key_at, out, body_bytes, out + body_bytes)
    return sealed


# noexcept: arithmetic on two tags; the time taken says nothing about where they differ.
cdef bint differ(const uint8_t *a, const uint8_t *b) noexcept nogil:
    cdef uint8_t difference = 0
    cdef int at
    for at in range(TAG_BYTES):
        difference |= a[at] ^ b[at]
    return difference != 0


def open_message(bytes data not None, key_of, size_t bytes_max):
    """As sealing.py's."""
    cdef WireHeader header
    cdef uint8_t tag[TAG_BYTES]
    cdef size_t length = len(data)
    cdef size_t body_bytes = length - TAG_BYTES
    cdef const uint8_t *data_at = <const uint8_t *>PyBytes_AS_STRING(data)
    cdef const uint8_t *key_at
    cdef bint forged
    if length < HEADER_BYTES + TAG_BYTES or length > bytes_max:
        raise NotAuthentic("no message has this length")
    memcpy(&header, data_at, HEADER_BYTES)
    if (
        memcmp(header.magic, MAGIC, 4) != 0
        or header.major != MAJOR
        or header.type >= TYPES_MAX
        or TYPES[header.type] is None
    ):
        raise NotAuthentic("not of this protocol")
    type_ = TYPES[header.type]
    key = key_of(type_, header.session_id)
    if key is None:
        raise NotAuthentic("nobody's session")
    if not isinstance(key, bytes) or len(key) != TAG_BYTES:
        raise ValueError("a SipHash key is 16 bytes")
    key_at = <const uint8_t *>PyBytes_AS_STRING(key)
    with nogil:
        siphash128_into(key_at, data_at, body_bytes, tag)
        forged = differ(tag, data_at + body_bytes)
    if forged:
        raise NotAuthentic("the tag is not ours")
    if header.flags or header.key_id or header.payload_bytes != body_bytes - HEADER_BYTES:
        raise Malformed("a reserved bit, or a payload length that is not the message's")
    check_payload(&header, data_at)
    fields = (
        type_,
        header.session_id,
        header.seq,
        header.ack,
        header.window,
        header.epoch,
        header.shard,
        header.count,
    )
    return fields, data[STRUCTS_AT:body_bytes] if header.payload_bytes else b""


cdef int check_payload(const WireHeader *header, const uint8_t *data_at) except -1:
    cdef uint32_t count
    cdef size_t struct_bytes = STRUCT_SIZES[header.type]
    if not header.payload_bytes:
        if header.count:
            raise Malformed("a count without a payload")
        return 0
    if not struct_bytes:
        raise Malformed("a payload where none belongs")
    if header.payload_bytes < <size_t>PREFIX_BYTES + struct_bytes or memcmp(
        data_at + HEADER_BYTES, CONSTANT, PREFIX_BYTES - 4
    ):
        raise Malformed("not the canonical payload")
    memcpy(&count, data_at + COUNT_AT, 4)
    if count != header.count or <size_t>PREFIX_BYTES + count * struct_bytes != header.payload_bytes:
        raise Malformed("counts and lengths do not agree")
    return 0
