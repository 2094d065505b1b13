# cython: language_level=3, cdivision=True
"""Journal records in bytes, without the interpreter: the twin of journal_record.py."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from engine_service._hashes cimport (
    Blake2b,
    blake2b_begin,
    blake2b_digest,
    blake2b_update,
    crc32_of,
)
from transport._live_sessions cimport COMMAND_BYTES, Batch, Entry


cdef enum:
    RECORD_MAGIC = 0x314A424F   # "OBJ1"
    RECORD_HEADER_BYTES = 128
    RECORD_ALIGN_BYTES = 64
    CRC_END = 8
    CHAIN_START = 112
    CHAIN_BYTES = 16
    KIND_SESSION_OPENED = 1
    KIND_COMMANDS = 2
    KIND_TIME = 3
    OPENED_BYTES = 16
    PAYLOAD_BYTES_MAX = 1 << 20


cdef struct RecordHeader:
    uint32_t magic
    uint32_t crc
    uint64_t journal_id
    uint32_t length
    uint32_t kind           # one byte and three reserved ones
    uint64_t index
    uint64_t flush_first_index
    int64_t log_ts_ns
    uint64_t session_id
    uint64_t first_command_seq
    uint32_t epoch
    uint32_t count
    uint64_t first_event_seq
    uint8_t events_hash[16]
    uint8_t reserved[16]
    uint8_t chain[CHAIN_BYTES]


cdef inline size_t padded_bytes(size_t length) noexcept nogil:
    return (length + RECORD_ALIGN_BYTES - 1) & ~<size_t>(RECORD_ALIGN_BYTES - 1)


cdef inline void link(uint8_t *chain, const uint8_t *record, size_t length) noexcept nogil:
    """Take a record into the chain."""
    cdef Blake2b hash_
    blake2b_begin(&hash_)
    blake2b_update(&hash_, chain, CHAIN_BYTES)
    blake2b_update(&hash_, record + CRC_END, CHAIN_START - CRC_END)
    blake2b_update(&hash_, record + RECORD_HEADER_BYTES, length - RECORD_HEADER_BYTES)
    blake2b_digest(&hash_, chain)


cdef inline bint follows(const uint8_t *chain, const uint8_t *record, size_t length) noexcept nogil:
    """Return whether a record, ``length`` bytes with its padding, continues the chain."""
    cdef uint8_t own[CHAIN_BYTES]
    memcpy(own, chain, CHAIN_BYTES)
    link(own, record, length)
    return memcmp(own, record + CHAIN_START, CHAIN_BYTES) == 0


cdef inline bint is_whole(const uint8_t *data, size_t length, RecordHeader *header) noexcept nogil:
    """Read the header of what is in ``length`` bytes; return whether it is a record whose kind and
    length are right and whose CRC holds.
    """
    cdef size_t payload, unit = COMMAND_BYTES
    if length < RECORD_HEADER_BYTES:
        return False
    memcpy(header, data, RECORD_HEADER_BYTES)
    if header.magic != RECORD_MAGIC or header.length < RECORD_HEADER_BYTES:
        return False
    if header.kind == KIND_SESSION_OPENED:
        unit = OPENED_BYTES
    elif header.kind == KIND_TIME:
        unit = 0
    elif header.kind != KIND_COMMANDS:
        return False
    payload = header.length - RECORD_HEADER_BYTES
    if payload != header.count * unit or payload > PAYLOAD_BYTES_MAX:
        return False
    if length < padded_bytes(header.length):
        return False
    return header.crc == crc32_of(data + CRC_END, padded_bytes(header.length) - CRC_END)


cdef inline size_t write_record(uint8_t *out, RecordHeader *header, const Entry *entry,
                                const uint8_t *commands, uint8_t *chain) noexcept nogil:
    """Write the record of one entry; return its length with the padding. The entry's own fields
    are set in ``header``, ``chain`` moves on.
    """
    cdef size_t payload = <size_t>entry.count * COMMAND_BYTES if entry.session != NULL else 0
    cdef size_t length = RECORD_HEADER_BYTES + (payload if payload else <size_t>OPENED_BYTES)
    cdef size_t padded = padded_bytes(length)
    cdef uint32_t crc
    memset(out + padded - RECORD_ALIGN_BYTES, 0, RECORD_ALIGN_BYTES)
    header.kind = KIND_COMMANDS if payload else KIND_SESSION_OPENED
    header.length = <uint32_t>length
    header.session_id = entry.session_id
    header.first_command_seq = entry.first_seq
    header.count = entry.count
    memcpy(out, header, RECORD_HEADER_BYTES)
    if payload:
        memcpy(out + RECORD_HEADER_BYTES, commands, payload)
    else:
        memcpy(out + RECORD_HEADER_BYTES, &entry.nonce, 8)
        memcpy(out + RECORD_HEADER_BYTES + 8, &entry.evicted_session_id, 8)
    link(chain, out, padded)
    memcpy(out + CHAIN_START, chain, CHAIN_BYTES)
    crc = crc32_of(out + CRC_END, padded - CRC_END)
    memcpy(out + 4, &crc, 4)
    return padded


cdef inline size_t write_flush(uint8_t *out, RecordHeader *header, const Batch *batch,
                               uint8_t *chain) noexcept nogil:
    """Write the records of one flush; return their length. ``header.index`` moves on."""
    cdef size_t length = 0
    cdef uint32_t at, command = 0
    header.flush_first_index = header.index
    for at in range(batch.entry_count):
        length += write_record(out + length, header, &batch.entry[at],
                               batch.commands + <size_t>command * COMMAND_BYTES, chain)
        if batch.entry[at].session != NULL:
            command += batch.entry[at].count
        header.index += 1
    return length
