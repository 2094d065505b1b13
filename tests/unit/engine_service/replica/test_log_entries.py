"""An entry says who wrote it and where the journal stands around it; damage shows."""

import pytest

from engine_service.errors import LogForked
from engine_service.replica.log_entries import (
    HEADER_BYTES,
    Entry,
    EntryKind,
    Point,
    Writer,
    decode_entry,
    encode_batch,
    encode_idle,
    encode_takeover,
    leaders_place,
)
from transport.engine_address import EngineAddress

WRITER = Writer(epoch=3, replica_id=2, incarnation=(1 << 63) + 5)
BEFORE, AFTER = Point(8, b"b" * 16), Point(10, b"a" * 16)
PLACE = EngineAddress("192.168.7.9", 9_100, 9_101)
BATCH = encode_batch(WRITER, BEFORE, AFTER, b"two records")


def test_a_flush_comes_back_as_it_was() -> None:
    assert decode_entry(1, BATCH) == Entry(EntryKind.BATCH, WRITER, BEFORE, AFTER, b"two records")


@pytest.mark.parametrize(
    ("encode", "kind"),
    [(encode_takeover, EntryKind.TAKEOVER), (encode_idle, EntryKind.IDLE)],
)
def test_a_leader_says_where_it_is_and_moves_nothing(encode, kind) -> None:
    entry = decode_entry(1, encode(WRITER, BEFORE, PLACE))
    assert (entry.kind, entry.before, entry.after) == (kind, BEFORE, BEFORE)
    assert leaders_place(entry) == PLACE


def test_no_two_writers_offer_the_same_bytes() -> None:
    others = [
        WRITER._replace(epoch=4),
        WRITER._replace(replica_id=3),
        WRITER._replace(incarnation=1),
    ]
    assert len({encode_idle(one, BEFORE, PLACE) for one in (WRITER, *others)}) == 4


@pytest.mark.parametrize("at", range(len(BATCH)))
def test_every_damaged_byte_is_found(at: int) -> None:
    damaged = BATCH[:at] + bytes([BATCH[at] ^ 1]) + BATCH[at + 1 :]
    with pytest.raises(LogForked):
        decode_entry(1, damaged)


@pytest.mark.parametrize("length", [0, 3, HEADER_BYTES - 1, HEADER_BYTES, len(BATCH) - 1])
def test_a_cut_entry_is_found(length: int) -> None:
    with pytest.raises(LogForked):
        decode_entry(1, BATCH[:length])
