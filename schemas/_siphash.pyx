# cython: boundscheck=False, wraparound=False
"""SipHash-2-4 with 128-bit output, without the interpreter: the twin of siphash.py."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from schemas._siphash_lanes cimport LANES, siphash128_eight

cdef enum:
    LANES_WORTH_IT = 3


cdef inline uint64_t rotate(uint64_t x, int bits) noexcept nogil:
    return (x << bits) | (x >> (64 - bits))


cdef inline void sip_round(uint64_t *v) noexcept nogil:
    v[0] += v[1]; v[1] = rotate(v[1], 13) ^ v[0]; v[0] = rotate(v[0], 32)
    v[2] += v[3]; v[3] = rotate(v[3], 16) ^ v[2]
    v[0] += v[3]; v[3] = rotate(v[3], 21) ^ v[0]
    v[2] += v[1]; v[1] = rotate(v[1], 17) ^ v[2]; v[2] = rotate(v[2], 32)


cdef inline void take_word(uint64_t *v, uint64_t word) noexcept nogil:
    v[3] ^= word
    sip_round(v)
    sip_round(v)
    v[0] ^= word


cdef inline uint64_t finish(uint64_t *v) noexcept nogil:
    sip_round(v)
    sip_round(v)
    sip_round(v)
    sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# noexcept: arithmetic on memory the caller vouches for, nothing here can fail.
cdef void siphash128_into(
    const uint8_t *key, const uint8_t *data, size_t length, uint8_t *tag
) noexcept nogil:
    cdef uint64_t k0, k1, word, low, high
    cdef uint64_t v[4]
    cdef size_t at = 0
    memcpy(&k0, key, 8)
    memcpy(&k1, key + 8, 8)
    v[0] = k0 ^ 0x736F6D6570736575ULL
    v[1] = k1 ^ 0x646F72616E646F6DULL ^ 0xEE
    v[2] = k0 ^ 0x6C7967656E657261ULL
    v[3] = k1 ^ 0x7465646279746573ULL
    while at + 8 <= length:
        memcpy(&word, data + at, 8)
        take_word(v, word)
        at += 8
    word = 0
    memcpy(&word, data + at, length - at)
    take_word(v, word | (<uint64_t>(length & 0xFF) << 56))
    v[2] ^= 0xEE
    low = finish(v)
    v[1] ^= 0xDD
    high = finish(v)
    memcpy(tag, &low, 8)
    memcpy(tag + 8, &high, 8)


def siphash128(bytes key not None, bytes data not None):
    """Return the 16-byte tag of ``data`` under a 16-byte ``key``; as siphash.py's."""
    cdef bytes tag
    cdef const uint8_t *key_at
    cdef const uint8_t *data_at
    cdef uint8_t *tag_at
    cdef size_t length = len(data)
    if len(key) != 16:
        raise ValueError("a SipHash key is 16 bytes")
    tag = PyBytes_FromStringAndSize(NULL, 16)
    key_at = <const uint8_t *>PyBytes_AS_STRING(key)
    data_at = <const uint8_t *>PyBytes_AS_STRING(data)
    tag_at = <uint8_t *>PyBytes_AS_STRING(tag)
    with nogil:
        siphash128_into(key_at, data_at, length, tag_at)
    return tag


# noexcept: as above.
cdef void siphash128_several(
    const uint8_t **keys, const uint8_t **data, size_t length, uint8_t **tags, int count
) noexcept nogil:
    cdef const uint8_t *key[LANES]
    cdef const uint8_t *message[LANES]
    cdef uint8_t *tag[LANES]
    cdef uint8_t nobody[16]
    cdef int at, one
    if count < LANES_WORTH_IT:
        for at in range(count):
            siphash128_into(keys[at], data[at], length, tags[at])
        return
    for at in range(LANES):
        one = at if at < count else 0  # an idle lane repeats the first
        key[at] = keys[one]
        message[at] = data[one]
        tag[at] = tags[at] if at < count else nobody
    siphash128_eight(key, message, length, tag)


def siphash128_many(list keys not None, list data not None):
    """Return the tags of at most 8 messages of one length, each under its own key."""
    cdef const uint8_t *key_at[LANES]
    cdef const uint8_t *data_at[LANES]
    cdef uint8_t *tag_at[LANES]
    cdef int at, count = len(data)
    cdef size_t length
    if not 0 < count == len(keys) <= LANES:
        raise ValueError(f"1 to {LANES} messages, a key each")
    if {len(key) for key in keys} != {16} or len({len(message) for message in data}) != 1:
        raise ValueError("a SipHash key is 16 bytes; the messages have one length")
    length = len(data[0])
    tags = [PyBytes_FromStringAndSize(NULL, 16) for _ in data]
    for at in range(count):
        key_at[at] = <const uint8_t *>PyBytes_AS_STRING(keys[at])
        data_at[at] = <const uint8_t *>PyBytes_AS_STRING(data[at])
        tag_at[at] = <uint8_t *>PyBytes_AS_STRING(tags[at])
    siphash128_several(key_at, data_at, length, tag_at, count)
    return tags
