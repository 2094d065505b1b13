"""One journal record in bytes: a 128-byte header and a payload, padded with zeros to 64 bytes.

======  ====  ==============================================================================
offset  size  field
======  ====  ==============================================================================
0       4     magic ``OBJ1``
4       4     CRC-32 of everything after this field, padding included
8       8     journal id: random, the same in every record of one journal
16      4     length of header and payload, without padding
20      1     kind
24      8     index: 1, 2, 3 … without gaps
32      8     index of the first record of the same flush: all before it were durable
40      8     log time, Unix nanoseconds, never less than before
48      8     session id
56      8     sequence number of the first command in its session
64      4     epoch
68      4     number of commands (or sessions: 1; time: 0) in the payload
72      8     sequence number of the first event the flush produces
80      16    rolling hash of all events before that one (rolling_hash.py)
96      16    zero
112     16    chain: BLAKE2b-128 of the previous record's chain and this record without its CRC
======  ====  ==============================================================================
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from typing import Final
from zlib import crc32

from schemas.layouts import COMMAND_BYTES

MAGIC: Final = b"OBJ1"
HEADER_BYTES: Final = 128
ALIGN_BYTES: Final = 64
PAYLOAD_BYTES_MAX: Final = 1 << 20
NO_CHAIN: Final = bytes(16)

_HEADER: Final = struct.Struct("<4sIQIB3xQQqQQIIQ16s16x16s")
_MAGIC_AND_CRC: Final = struct.Struct("<4sI")
_CRC_END: Final = 8
_CHAIN_START: Final = 112

assert _HEADER.size == HEADER_BYTES
assert _HEADER.size % ALIGN_BYTES == 0


class RecordKind(IntEnum):
    """What a record says."""

    SESSION_OPENED = 1
    """Payload: nonce u64, id of the session that was evicted for it u64 (0: none)."""
    COMMANDS = 2
    """Payload: ``count`` x 96 bytes, in sequence from ``first_command_seq``."""
    TIME = 3
    """No payload: a deadline passed while no command came. Its log time says all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the sequencer wants written; position and hashes are the journal's to add."""

    kind: RecordKind
    session_id: int
    first_command_seq: int
    count: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read back."""

    index: int
    flush_first_index: int
    journal_id: int
    log_ts_ns: int
    epoch: int
    first_event_seq: int
    events_hash: bytes
    chain: bytes
    size_bytes: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class FlushFacts:
    """What all records of one flush share."""

    journal_id: int
    epoch: int
    first_index: int
    log_ts_ns: int
    first_event_seq: int
    events_hash: bytes


def padded_bytes(length: int) -> int:
    """Return ``length`` rounded up to the alignment of records."""
    return -(-length // ALIGN_BYTES) * ALIGN_BYTES


def encode_record(
    entry: Entry, facts: FlushFacts, index: int, chain: bytes
) -> tuple[bytearray, bytes]:
    """Return the padded record and its chain, given the previous record's ``chain``."""
    assert len(entry.payload) <= PAYLOAD_BYTES_MAX
    length = HEADER_BYTES + len(entry.payload)
    record = bytearray(padded_bytes(length))
    _HEADER.pack_into(
        record,
        0,
        MAGIC,
        0,
        facts.journal_id,
        length,
        entry.kind,
        index,
        facts.first_index,
        facts.log_ts_ns,
        entry.session_id,
        entry.first_command_seq,
        facts.epoch,
        entry.count,
        facts.first_event_seq,
        facts.events_hash,
        NO_CHAIN,
    )
    record[HEADER_BYTES:length] = entry.payload
    own_chain = _chain_of(chain, record)
    record[_CHAIN_START:HEADER_BYTES] = own_chain
    _MAGIC_AND_CRC.pack_into(record, 0, MAGIC, crc32(memoryview(record)[_CRC_END:]))
    return record, own_chain


def decode_record(data: bytes, offset: int) -> Record | None:
    """Return the record at ``offset`` in ``data`` if it is whole and its CRC holds, else None."""
    if data[offset : offset + 4] != MAGIC or len(data) - offset < HEADER_BYTES:
        return None
    fields = _HEADER.unpack_from(data, offset)
    _, crc, journal_id, length, kind, index, flush_first_index, log_ts_ns = fields[:8]
    session_id, first_command_seq, epoch, count, first_event_seq, events_hash, chain = fields[8:]
    size_bytes = padded_bytes(length)
    payload_bytes = length - HEADER_BYTES
    if kind not in _UNIT_BYTES or payload_bytes != count * _UNIT_BYTES[kind]:
        return None
    if payload_bytes > PAYLOAD_BYTES_MAX or len(data) - offset < size_bytes:
        return None
    if crc32(memoryview(data)[offset + _CRC_END : offset + size_bytes]) != crc:
        return None
    payload = data[offset + HEADER_BYTES : offset + length]
    entry = Entry(RecordKind(kind), session_id, first_command_seq, count, payload)
    return Record(
        index,
        flush_first_index,
        journal_id,
        log_ts_ns,
        epoch,
        first_event_seq,
        events_hash,
        chain,
        size_bytes,
        entry,
    )


def follows(record: Record, data: bytes, offset: int, chain: bytes) -> bool:
    """Return whether the record at ``offset`` in ``data`` continues the chain ``chain``."""
    return _chain_of(chain, memoryview(data)[offset : offset + record.size_bytes]) == record.chain


def _chain_of(chain: bytes, record: bytearray | memoryview) -> bytes:
    view = memoryview(record)
    digest = blake2b(chain, digest_size=16)
    digest.update(view[_CRC_END:_CHAIN_START])
    digest.update(view[HEADER_BYTES:])
    return digest.digest()


_UNIT_BYTES: Final = {
    RecordKind.SESSION_OPENED: 16,
    RecordKind.COMMANDS: COMMAND_BYTES,
    RecordKind.TIME: 0,
}
assert set(_UNIT_BYTES) == set(RecordKind)
