"""Whatever arrives on the port, nothing changes unless it is authentic, canonical and in turn."""

import asyncio
import random
import re
import socket

import aiohttp
import pytest

from domain.commands import OpenAccount
from domain.events import OutcomeResult
from schemas import mac, session_layouts
from schemas.codec import encode_command
from schemas.framing import HEADER, HEADER_BYTES, Header, MessageType, seal, wrap
from tests.integration.engine.venue import OPENING
from tests.unit.engine_service.raw_session import RawSession
from transport.engine_client import EngineClient

COMMAND = OpenAccount(account_id=99, group_id=1)


class RawClient:
    def __init__(self, engine):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setblocking(False)
        self.udp.connect((engine.address.host, engine.address.udp_port))
        self.session = RawSession(engine.master_key, 4_242)

    async def answer(self, type_, *, with_structs=True):
        """Return the next datagram of ``type_``, those without structs passed over."""
        async with asyncio.timeout(5):
            while True:
                data = await asyncio.get_running_loop().sock_recv(self.udp, 2_048)
                header, structs = self.session.open(data)
                if header.type is type_ and (header.count or not with_structs):
                    return header, structs

    async def open(self):
        self.udp.send(self.session.hello())
        async with asyncio.timeout(5):
            data = await asyncio.get_running_loop().sock_recv(self.udp, 2_048)
        return self.session.welcomed(data)


@pytest.fixture
def client(engine):
    client = RawClient(engine)
    yield client
    client.udp.close()


async def metric(engine, name):
    async with aiohttp.ClientSession() as http, http.get(f"{engine.http_url}/metrics") as response:
        text = await response.text()
    found = re.search(rf"^openbell_engine_{name} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


async def state(engine):
    names = ("journal_bytes", "next_event_seq", "commands_total", "sessions")
    return [await metric(engine, name) for name in names]


def strangers(valid):
    """Datagrams that nobody with the key sealed."""
    chance = random.Random(7)
    yield from (chance.randbytes(length) for length in (0, 1, 4, 63, 64, 200, 1_432, 1_433, 2_000))
    yield from (valid[:length] for length in range(0, len(valid), 7))
    yield valid + b"\0"
    for at in range(len(valid)):
        yield valid[:at] + bytes([valid[at] ^ 1 << at % 8]) + valid[at + 1 :]


def sealed(session, type_, payload, *, count, payload_bytes=None, seq=1, version=1, flags=0):
    header = HEADER.pack(
        b"OBX1",
        version,
        type_,
        flags,
        0,
        1,
        session.session_id,
        seq,
        0,
        count,
        len(payload) if payload_bytes is None else payload_bytes,
        0,
        0,
    )
    body = header + payload
    return body + mac.tag(session.keys.to_engine, body)


def lies(session):
    """Datagrams sealed with the session's key that are not canonical."""
    command = encode_command(COMMAND)
    payload = wrap(command, 96)
    commands = MessageType.COMMANDS
    yield sealed(session, commands, payload, count=2)
    yield sealed(session, commands, payload, count=0)
    yield sealed(session, commands, payload, count=1, payload_bytes=0)
    yield sealed(session, commands, payload, count=1, payload_bytes=0xFFFF)
    yield sealed(session, commands, payload[:-1], count=1)
    yield sealed(session, commands, payload + b"\0", count=1)
    yield sealed(session, commands, b"\0" + payload[1:], count=1)
    yield sealed(session, commands, payload[:20] + b"\xff" * 4 + payload[24:], count=1)
    yield sealed(session, commands, b"", count=0)
    yield sealed(session, commands, payload, count=1, seq=0)
    yield sealed(session, commands, payload, count=1, seq=2)  # a gap
    yield sealed(session, commands, payload, count=1, seq=2**64 - 1)
    yield sealed(session, commands, payload, count=1, version=2)
    yield sealed(session, commands, payload, count=1, flags=1)
    yield sealed(session, MessageType.NAK, wrap(bytes(16), 16), count=1)
    yield sealed(session, MessageType.NAK, wrap(b"\xff" * 16, 16), count=1)
    for type_ in (MessageType.WELCOME, MessageType.ACK, MessageType.EVENTS, MessageType.REJECT):
        yield sealed(session, type_, payload, count=1)
    yield sealed(session, 0, payload, count=1)
    yield sealed(session, 255, payload, count=1)


async def test_garbage_of_all_kinds_changes_nothing_and_kills_nobody(engine, client):
    await client.open()
    before = await state(engine)
    valid = client.session.commands(1, COMMAND)
    hello = RawSession(bytes(32), 77).hello()  # under another master key
    sent = 0
    for datagram in [*strangers(valid), *lies(client.session), hello]:
        client.udp.send(datagram)
        sent += 1
        if sent % 50 == 0:
            await asyncio.sleep(0)
    # The answer to the one good datagram comes after everything before it was looked at.
    client.udp.send(client.session.seal(MessageType.COMMANDS, encode_command(COMMAND), seq=3))
    await client.answer(MessageType.ACK, with_structs=False)
    assert await state(engine) == before
    assert await metric(engine, "sessions_not_authentic_total") > 100
    assert await metric(engine, "sessions_malformed_total") > 10
    client.udp.send(valid)
    header, _ = await client.answer(MessageType.ACK)
    assert header.ack == 1
    assert engine.process.returncode is None


async def test_a_command_of_random_bytes_is_refused_and_numbered(engine):
    chance = random.Random(8)
    commands = [bytes([chance.randrange(256)]) + chance.randbytes(95) for _ in range(300)]
    async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
        await client.submit_many(OPENING)
        outcomes = await client.submit_many(commands)
        assert {outcome.result for outcome in outcomes} == {OutcomeResult.REJECTED}
        assert (await client.submit(COMMAND)).result is OutcomeResult.DONE


async def test_a_datagram_repeated_a_hundred_times_is_executed_once(engine, client):
    await client.open()
    datagram = client.session.commands(1, COMMAND)
    for _ in range(100):
        client.udp.send(datagram)
    first = await client.answer(MessageType.ACK)
    again = await client.answer(MessageType.ACK)
    assert first[1] == again[1]
    assert await metric(engine, "commands_total") == 1
    assert await metric(engine, "next_event_seq") == 2


async def test_two_commands_under_one_number_end_the_session(engine, client):
    await client.open()
    client.udp.send(client.session.commands(1, COMMAND))
    await client.answer(MessageType.ACK)
    client.udp.send(client.session.commands(1, OpenAccount(account_id=98, group_id=1)))
    await client.answer(MessageType.REJECT)
    client.udp.send(client.session.commands(2, OpenAccount(account_id=97, group_id=1)))
    await client.answer(MessageType.REJECT)
    assert await metric(engine, "commands_total") == 1


async def test_a_welcome_answers_a_repeated_hello_alike(engine, client):
    first = await client.open()
    client.udp.send(client.session.hello())
    _, structs = await client.answer(MessageType.WELCOME)
    assert session_layouts.decode_welcome(structs) == first
    assert await metric(engine, "sessions") == 1


async def test_a_hello_reflected_to_its_sender_is_no_hello(engine, client):
    structs = bytes(8) + (1).to_bytes(8, "little") + bytes(8)
    key = client.session.keys.to_client
    client.udp.send(seal(Header(MessageType.HELLO, 6), b"\1\1" + structs[2:], key))
    await client.open()
    assert await metric(engine, "sessions") == 1
    assert HEADER_BYTES == 48
