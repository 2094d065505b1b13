"""Catch-up, frame by frame: what is not exactly what comes next breaks the stream."""

import asyncio

import pytest

from schemas.errors import Malformed, NotAuthentic
from schemas.framing import EVENTS_PER_FRAME_MAX, FRAME_BYTES_MAX
from tests.model_engine import MASTER_KEY
from transport.catch_up_stream import CatchUpClient, CatchUpServer
from transport.errors import LeaderChanged, StreamBroken
from transport.stream_frames import PREFIX, read_frame


def client(from_event_seq: int = 1, master_key: bytes = MASTER_KEY) -> CatchUpClient:
    return CatchUpClient(
        master_key=master_key, session_id=9, client_id=2, from_event_seq=from_event_seq
    )


def serve(hello: bytes, next_event_seq: int = 1_000) -> tuple[CatchUpServer, int]:
    return CatchUpServer.open(
        hello[PREFIX.size :], master_key=MASTER_KEY, nonce=5, next_event_seq=next_event_seq
    )


def frames(data: bytes) -> list[bytes]:
    found = []
    while data:
        (length,) = PREFIX.unpack_from(data)
        found.append(data[PREFIX.size : PREFIX.size + length])
        data = data[PREFIX.size + length :]
    return found


def welcomed(from_event_seq: int = 1) -> tuple[CatchUpServer, CatchUpClient]:
    reader = client(from_event_seq)
    stream, seq = serve(reader.hello())
    assert seq == from_event_seq
    assert reader.receive(*frames(stream.welcome())) is None
    return stream, reader


def test_an_engine_of_an_older_epoch_is_not_read_from() -> None:
    reader = CatchUpClient(
        master_key=MASTER_KEY, session_id=9, client_id=2, from_event_seq=5_000, epoch=3
    )
    older, _ = CatchUpServer.open(
        reader.hello()[PREFIX.size :], master_key=MASTER_KEY, nonce=5, next_event_seq=10, epoch=2
    )
    with pytest.raises(LeaderChanged):  # and not: the reader is ahead
        reader.receive(*frames(older.welcome()))
    newer, _ = CatchUpServer.open(
        reader.hello()[PREFIX.size :], master_key=MASTER_KEY, nonce=5, next_event_seq=6_000, epoch=4
    )
    assert reader.receive(*frames(newer.welcome())) is None
    assert reader.epoch == 4


def events(first_seq: int, count: int) -> bytes:
    return b"".join(seq.to_bytes(128, "little") for seq in range(first_seq, first_seq + count))


def test_the_stream_brings_every_event_in_as_many_frames_as_it_takes() -> None:
    stream, reader = welcomed(from_event_seq=7)
    everything = events(7, 2 * EVENTS_PER_FRAME_MAX + 1)
    received = [reader.receive(frame) for frame in frames(stream.events(7, everything))]
    assert [item and item[0] for item in received] == [
        7,
        7 + EVENTS_PER_FRAME_MAX,
        7 + 2 * EVENTS_PER_FRAME_MAX,
    ]
    assert b"".join(item[1] for item in received if item) == everything
    assert reader.next_seq == 8 + 2 * EVENTS_PER_FRAME_MAX
    assert reader.receive(*frames(stream.heartbeat(reader.next_seq))) is None


def test_the_reader_knows_how_far_the_engine_is() -> None:
    _, reader = welcomed()
    assert reader.released_seq == 999


@pytest.mark.parametrize("seq", [1, 3])
def test_an_event_too_few_or_too_many_breaks_the_stream(seq: int) -> None:
    stream, reader = welcomed()
    reader.receive(*frames(stream.events(1, events(1, 1))))
    for data in (stream.events(seq, events(seq, 1)), stream.heartbeat(seq)):
        with pytest.raises(StreamBroken):
            reader.receive(*frames(data))


def test_events_before_the_welcome_or_a_second_welcome_break_the_stream() -> None:
    stream, reader = welcomed()
    with pytest.raises(NotAuthentic):  # it is sealed without the nonce, which is known by now
        reader.receive(*frames(stream.welcome()))
    with pytest.raises(NotAuthentic):
        client().receive(*frames(stream.events(1, events(1, 1))))


def test_a_cursor_past_the_engine_s_last_event_is_told() -> None:
    reader = client(from_event_seq=12)
    stream, _ = serve(reader.hello(), next_event_seq=11)
    with pytest.raises(StreamBroken, match="event 12"):
        reader.receive(*frames(stream.welcome()))
    welcomed(from_event_seq=1_000)  # the very next one may be asked for


def test_a_hello_under_another_key_or_of_another_kind_is_not_served() -> None:
    with pytest.raises(NotAuthentic):
        serve(client(master_key=bytes(32)).hello())
    with pytest.raises(Malformed):
        serve(client(from_event_seq=0).hello())


def test_frames_of_one_connection_are_worth_nothing_on_another() -> None:
    stream, _ = welcomed()
    other = CatchUpClient(master_key=MASTER_KEY, session_id=8, client_id=2, from_event_seq=1)
    with pytest.raises(NotAuthentic):
        other.receive(*frames(stream.welcome()))


@pytest.mark.parametrize("length", [0, 63, FRAME_BYTES_MAX + 1, 2**32 - 1])
async def test_a_length_that_no_frame_has_ends_the_reading(length: int) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(PREFIX.pack(length) + bytes(100))
    with pytest.raises(Malformed):
        await read_frame(reader)


async def test_a_stream_that_ends_inside_a_frame_is_an_end() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(PREFIX.pack(100) + bytes(99))
    reader.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError):
        await read_frame(reader)
