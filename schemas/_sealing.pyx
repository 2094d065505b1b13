# cython: boundscheck=False, wraparound=False
"""Header, canonical payload and tag to bytes and back: the twin of sealing.py."""

import sys

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from schemas._datagram cimport (
    HEADER_BYTES,
    MAGIC,
    MAJOR,
    MESSAGE_BYTES_MIN,
    PREFIX_BYTES,
    STRUCTS_AT,
    TAG_BYTES,
    WireHeader,
    complaint,
    forged,
    write_body,
)
from schemas._siphash cimport siphash128_into

from schemas.errors import Malformed, NotAuthentic
from schemas.message_types import STRUCT_BYTES, MessageType
from schemas.session_layouts import VERSION

if sys.byteorder != "little":
    raise ImportError("the compiled codec needs a little-endian machine")

cdef enum:
    TYPES_MAX = 32


assert sizeof(WireHeader) == HEADER_BYTES
assert VERSION == MAJOR

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
    uint16_t key_id,
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
    header.type = number
    header.shard = shard
    header.epoch = epoch
    header.session_id = session_id
    header.seq = seq
    header.ack = ack
    header.window = window
    header.key_id = key_id
    sealed = PyBytes_FromStringAndSize(NULL, body_bytes + TAG_BYTES)
    out = <uint8_t *>PyBytes_AS_STRING(sealed)
    key_at = <const uint8_t *>PyBytes_AS_STRING(key)
    write_body(out, &header, PyBytes_AS_STRING(structs), length, count)
    with nogil:
        siphash128_into(key_at, out, body_bytes, out + body_bytes)
    return sealed


def open_message(bytes data not None, key_of, size_t bytes_max):
    """As sealing.py's."""
    cdef WireHeader header
    cdef size_t length = len(data)
    cdef size_t body_bytes = length - TAG_BYTES
    cdef const uint8_t *data_at = <const uint8_t *>PyBytes_AS_STRING(data)
    cdef const uint8_t *key_at
    cdef const char *fault
    cdef bint strange
    if length < MESSAGE_BYTES_MIN or length > bytes_max:
        raise NotAuthentic("no message has this length")
    memcpy(&header, data_at, HEADER_BYTES)
    if (
        header.magic != MAGIC
        or header.major != MAJOR
        or header.type >= TYPES_MAX
        or TYPES[header.type] is None
    ):
        raise NotAuthentic("not of this protocol")
    type_ = TYPES[header.type]
    key = key_of(type_, header.session_id, header.key_id)
    if key is None:
        raise NotAuthentic("nobody's session")
    if not isinstance(key, bytes) or len(key) != TAG_BYTES:
        raise ValueError("a SipHash key is 16 bytes")
    key_at = <const uint8_t *>PyBytes_AS_STRING(key)
    with nogil:
        strange = forged(key_at, data_at, length)
    if strange:
        raise NotAuthentic("the tag is not ours")
    fault = complaint(&header, data_at, length, STRUCT_SIZES[header.type])
    if fault != NULL:
        raise Malformed(fault.decode("ascii"))
    fields = (
        type_,
        header.session_id,
        header.seq,
        header.ack,
        header.window,
        header.epoch,
        header.shard,
        header.count,
        header.key_id,
    )
    return fields, data[STRUCTS_AT:body_bytes] if header.payload_bytes else b""

