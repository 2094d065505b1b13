# cython: language_level=3
"""A message of protocol OBX1 in memory: its header, its canonical payload, its tag. No Python."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from schemas._siphash cimport siphash128_into

cdef extern from *:
    """
    static const uint8_t obx1_prefix[20] = {12, 0, 0, 0, 0, 0, 6, 0, 8, 0, 4, 0, 6, 0, 0, 0, 4};
    """
    const uint8_t *CONSTANT "obx1_prefix"


cdef enum:
    HEADER_BYTES = 48
    PREFIX_BYTES = 24
    COUNT_AT = 68
    STRUCTS_AT = 72
    TAG_BYTES = 16
    MESSAGE_BYTES_MIN = HEADER_BYTES + TAG_BYTES
    DATAGRAM_BYTES_MAX = 1432
    MAGIC = 0x3158424F      # "OBX1"
    MAJOR = 1


cdef struct WireHeader:  # every field lies on a multiple of its own size: no padding
    uint32_t magic
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


cdef inline size_t write_body(
    uint8_t *out, WireHeader *header, const void *structs, size_t bytes_in_all, uint32_t count
) noexcept nogil:
    """Write header and payload, ``count`` structs of ``bytes_in_all`` bytes; return their length.
    Type, session, sequence numbers, window, epoch, shard and key id are the caller's to set.
    """
    cdef size_t payload_bytes = PREFIX_BYTES + bytes_in_all if bytes_in_all else 0
    header.magic = MAGIC
    header.major = MAJOR
    header.flags = 0
    header.count = <uint16_t>count
    header.payload_bytes = <uint16_t>payload_bytes
    memcpy(out, header, HEADER_BYTES)
    if bytes_in_all:
        memcpy(out + HEADER_BYTES, CONSTANT, PREFIX_BYTES - 4)
        memcpy(out + COUNT_AT, &count, 4)
        memcpy(out + STRUCTS_AT, structs, bytes_in_all)
    return HEADER_BYTES + payload_bytes


# noexcept: arithmetic on two tags; the time taken says nothing about where they differ.
cdef inline bint differ(const uint8_t *a, const uint8_t *b) noexcept nogil:
    cdef uint8_t difference = 0
    cdef int at
    for at in range(TAG_BYTES):
        difference |= a[at] ^ b[at]
    return difference != 0


cdef inline bint forged(const uint8_t *key, const uint8_t *data, size_t length) noexcept nogil:
    """Return whether the tag at the end of ``length`` bytes is not that of ``key``."""
    cdef uint8_t tag[TAG_BYTES]
    siphash128_into(key, data, length - TAG_BYTES, tag)
    return differ(tag, data + length - TAG_BYTES)


cdef inline const char *complaint(
    const WireHeader *header, const uint8_t *data, size_t length, size_t struct_bytes
) noexcept nogil:
    """Return what is not canonical about an authentic message; NULL if nothing."""
    cdef uint32_t count
    if header.flags:
        return b"a reserved bit is set"
    if header.payload_bytes != length - MESSAGE_BYTES_MIN:
        return b"a payload length that is not the message's"
    if not header.payload_bytes:
        if header.count:
            return b"a count without a payload"
        return NULL
    if not struct_bytes:
        return b"a payload where none belongs"
    if header.payload_bytes < PREFIX_BYTES + struct_bytes or memcmp(
        data + HEADER_BYTES, CONSTANT, PREFIX_BYTES - 4
    ):
        return b"not the canonical payload"
    memcpy(&count, data + COUNT_AT, 4)
    if count != header.count or PREFIX_BYTES + count * struct_bytes != header.payload_bytes:
        return b"counts and lengths do not agree"
    return NULL
