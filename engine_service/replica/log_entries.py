"""One entry of the replicated log in bytes: a 72-byte header, and what the kind says.

======  ====  ==============================================================================
offset  size  field
======  ====  ==============================================================================
0       4     magic ``OBL1``
4       4     CRC-32 of everything after this field
8       1     kind
12      4     epoch of the leader that wrote it
16      4     replica that wrote it
20      4     number of journal records in the payload
24      8     incarnation: random, of the process that wrote it
32      8     index of the journal record that comes next before this entry
40      16    chain of the journal before this entry
56      16    chain of the journal after it
======  ====  ==============================================================================

Who wrote it is in every entry, so that no two processes ever offer the same bytes at one place.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address
from typing import Final, NamedTuple
from zlib import crc32

from engine_service.errors import LogForked
from engine_service.journal import FLUSH_BYTES_MAX
from engine_service.journal_record import NO_CHAIN
from transport.engine_address import EngineAddress

MAGIC: Final = b"OBL1"
HEADER_BYTES: Final = 72
BATCH_BYTES_MAX: Final = HEADER_BYTES + FLUSH_BYTES_MAX
_HEADER: Final = struct.Struct("<4sIB3xIIIQQ16s16s")
_PLACE: Final = struct.Struct("<4sHH")
_CRC_END: Final = 8

assert _HEADER.size == HEADER_BYTES


class EntryKind(IntEnum):
    """What an entry says."""

    TAKEOVER = 1
    """The writer leads from here on. Payload: where clients reach it."""
    BATCH = 2
    """Payload: one flush of the journal, byte for byte."""
    IDLE = 3
    """The leader lives and has nothing to say. Payload: as TAKEOVER."""


class Writer(NamedTuple):
    """Who writes: an epoch is led by one process of one replica."""

    epoch: int
    replica_id: int
    incarnation: int


class Point(NamedTuple):
    """A place between two records of the journal: the index that comes next, the chain so far."""

    next_index: int = 1
    chain: bytes = NO_CHAIN


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as read. ``before`` and ``after``: where the journal stands around it."""

    kind: EntryKind
    writer: Writer
    before: Point
    after: Point
    payload: bytes


def encode_batch(writer: Writer, before: Point, after: Point, records: bytes | bytearray) -> bytes:
    """Return the entry of one flush: ``records`` lead from ``before`` to ``after``."""
    return _encode(EntryKind.BATCH, writer, before, after, records)


def encode_idle(writer: Writer, at: Point, place: EngineAddress) -> bytes:
    """Return the entry of a leader with nothing to say, reached at ``place`` (IPv4)."""
    return _encode(EntryKind.IDLE, writer, at, at, _packed(place))


def encode_takeover(writer: Writer, at: Point, place: EngineAddress) -> bytes:
    """Return the entry with which ``writer`` begins to lead, reached at ``place`` (IPv4)."""
    return _encode(EntryKind.TAKEOVER, writer, at, at, _packed(place))


def _packed(place: EngineAddress) -> bytes:
    return _PLACE.pack(IPv4Address(place.host).packed, place.udp_port, place.tcp_port)


def _encode(
    kind: EntryKind, writer: Writer, before: Point, after: Point, payload: bytes | bytearray
) -> bytes:
    count = after.next_index - before.next_index
    header = _HEADER.pack(
        MAGIC,
        0,
        kind,
        writer.epoch,
        writer.replica_id,
        count,
        writer.incarnation,
        before.next_index,
        before.chain,
        after.chain,
    )
    crc = crc32(payload, crc32(header[_CRC_END:]))
    return b"".join((MAGIC, crc.to_bytes(4, "little"), header[_CRC_END:], payload))


def decode_entry(seq: int, data: bytes) -> Entry:
    """Return what entry ``seq`` of the log says.

    Raises:
        LogForked: it is no entry of an engine's, or damaged.
    """
    if len(data) < HEADER_BYTES or data[:4] != MAGIC:
        raise LogForked(
            f"entry {seq} of the log is not an engine's: give this shard a log of its own"
        )
    _, crc, kind, epoch, replica_id, count, incarnation, index, chain, end_chain = (
        _HEADER.unpack_from(data)
    )
    if crc32(memoryview(data)[_CRC_END:]) != crc or kind not in _KINDS:
        raise LogForked(
            f"entry {seq} of the log is damaged. This replica stops; its own journal is whole"
        )
    return Entry(
        kind=EntryKind(kind),
        writer=Writer(epoch, replica_id, incarnation),
        before=Point(index, chain),
        after=Point(index + count, end_chain),
        payload=data[HEADER_BYTES:],
    )


def leaders_place(entry: Entry) -> EngineAddress | None:
    """Return where clients reach the writer; None: this kind does not say."""
    if entry.kind is EntryKind.BATCH:
        return None
    host, udp_port, tcp_port = _PLACE.unpack(entry.payload)
    return EngineAddress(str(IPv4Address(host)), udp_port, tcp_port)


_KINDS: Final = frozenset(EntryKind)
