"""Every reader gets the same events, from wherever it begins and by whichever way."""

import asyncio
import socket
from contextlib import suppress

from schemas import framing, session_layouts
from schemas.framing import Header, MessageType
from schemas.layouts import EVENT_BYTES
from schemas.session_layouts import MINOR, VERSIONS, Hello
from tests.integration.engine.streams import closed, events_between, reading
from tests.integration.engine.venue import OPENING, order
from transport.catch_up_stream import CatchUpClient
from transport.engine_client import EngineClient
from transport.event_follower import follow_events
from transport.keys import derive_keys
from transport.live_events import live_events
from transport.stream_frames import read_frame, with_prefix


async def test_catch_up_from_anywhere_equals_the_live_streams(engine):
    tcp = follow_events(engine.address, engine.master_key, 1, 2)
    udp = live_events(engine.address, engine.master_key, 1, 3)
    async with (
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
        reading(tcp, 1) as by_tcp,
        reading(udp, 1) as by_udp,
    ):
        outcomes = await client.submit_many(OPENING + [order(n) for n in range(300)])
        last_seq = outcomes[-1].last_event_seq
        stream = await by_tcp.until(last_seq)
        assert await by_udp.until(last_seq) == stream
    assert len(stream) == last_seq * EVENT_BYTES
    for first_seq in (1, 2, 11, last_seq // 2, last_seq - 1, last_seq):
        expected = stream[(first_seq - 1) * EVENT_BYTES :]
        assert await events_between(engine, first_seq, last_seq) == expected


async def test_a_reader_that_is_ahead_is_told_where_the_stream_is(engine):
    client = CatchUpClient(
        master_key=engine.master_key, session_id=5, client_id=1, from_event_seq=10
    )
    reader, writer = await asyncio.open_connection(engine.address.host, engine.address.tcp_port)
    writer.write(client.hello())
    key = derive_keys(engine.master_key, 5, 0).to_client
    header, structs = framing.open_frame(await read_frame(reader), lambda *_: key)
    assert header.type is MessageType.WELCOME
    assert session_layouts.decode_welcome(structs).next_event_seq == 1
    assert await reader.read() == b""
    await closed(writer)
    await engine.says("a reader is ahead of the journal")


async def test_an_idle_stream_shows_that_it_lives(engine):
    client = CatchUpClient(
        master_key=engine.master_key, session_id=5, client_id=1, from_event_seq=1
    )
    reader, writer = await asyncio.open_connection(engine.address.host, engine.address.tcp_port)
    writer.write(client.hello())
    assert client.receive(await read_frame(reader)) is None  # WELCOME
    async with asyncio.timeout(3):
        assert client.receive(await read_frame(reader)) is None  # HEARTBEAT
    await closed(writer)


async def test_who_cannot_authenticate_gets_no_byte(engine):
    hello = session_layouts.encode_hello(Hello(*VERSIONS, MINOR, 1, 1))
    wrong_key = derive_keys(bytes(32), 5, 0).to_engine
    frame = framing.seal_frame(Header(MessageType.HELLO, 5), hello, wrong_key)
    for data in (with_prefix(frame), b"GET / HTTP/1.1\r\n\r\n", bytes(4), b"\xff" * 4):
        reader, writer = await asyncio.open_connection(engine.address.host, engine.address.tcp_port)
        writer.write(data)
        with suppress(ConnectionResetError):  # as good as nothing
            assert await reader.read() == b""
        await closed(writer)


async def test_a_reader_that_stands_still_does_not_hold_up_the_others(engine):
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    stuck.connect((engine.address.host, engine.address.tcp_port))
    stuck.sendall(
        CatchUpClient(
            master_key=engine.master_key, session_id=5, client_id=1, from_event_seq=1
        ).hello()
    )
    async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
        outcomes = await client.submit_many(OPENING + [order(n) for n in range(400)])
        assert await events_between(engine, 1, outcomes[-1].last_event_seq)
    stuck.close()
