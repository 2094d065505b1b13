"""A network between two real sockets: cut off, late, changed while it runs, and never full."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvloop

from replay import faulty_network as network_module
from replay.faults import FaultRates
from replay.faulty_network import FaultyNetwork, faulty_network
from transport.engine_address import EngineAddress

CALM = FaultRates()


@pytest.fixture(name="engine")
def fixture_engine() -> socket.socket:
    bound = _socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@pytest.fixture(name="network")
async def fixture_network(engine: socket.socket) -> AsyncIterator[FaultyNetwork]:
    address = EngineAddress("127.0.0.1", engine.getsockname()[1], 1)
    async with faulty_network(address, CALM) as network:
        yield network
    engine.close()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


async def received(sock: socket.socket) -> tuple[bytes, tuple[str, int]]:
    while True:
        try:
            return sock.recvfrom(2_048)
        except BlockingIOError:
            await asyncio.sleep(0)


def say(client: socket.socket, network: FaultyNetwork, text: bytes) -> None:
    client.sendto(text, ("127.0.0.1", network.address.udp_port))


async def test_nothing_passes_a_cut_and_what_comes_afterwards_does(engine, network):
    with _socket() as client:
        network.change(FaultRates(cut=True), CALM)
        say(client, network, b"lost")
        while not network.to_engine.lost:
            await asyncio.sleep(0)
        network.change(CALM, CALM)
        say(client, network, b"heard")
        assert (await received(engine))[0] == b"heard"


async def test_a_cut_in_one_direction_leaves_the_other(engine, network):
    with _socket() as client:
        network.change(CALM, FaultRates(cut=True))
        say(client, network, b"question")
        _, path = await received(engine)
        engine.sendto(b"lost answer", path)
        while not network.to_clients.lost:
            await asyncio.sleep(0)
        network.change(CALM, CALM)
        engine.sendto(b"answer", path)
        assert (await received(client))[0] == b"answer"


async def test_what_is_delayed_arrives_all_the_same(engine, network):
    with _socket() as client:
        network.change(FaultRates(delay=0.3, seed=2), CALM)
        for number in range(50):
            say(client, network, bytes([number]))
        arrived = {(await received(engine))[0] for _ in range(50)}
        assert arrived == {bytes([number]) for number in range(50)}
        assert network.to_engine.delayed > 5


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_an_engine_that_was_away_is_reached_again(run) -> None:
    async def away_and_back() -> bytes:
        with _socket() as before, _socket() as client, _socket() as after:
            before.bind(("127.0.0.1", 0))
            port = before.getsockname()[1]
            async with faulty_network(EngineAddress("127.0.0.1", port, 1), CALM) as network:
                say(client, network, b"before")
                assert (await received(before))[0] == b"before"
                before.close()
                say(client, network, b"to nobody")
                while network.to_engine.seen.total() < 2:
                    await asyncio.sleep(0)
                after.bind(("127.0.0.1", port))
                say(client, network, b"after")
                text, path = await received(after)
                assert text == b"after"
                after.sendto(b"answer", path)
                return (await received(client))[0]

    assert run(asyncio.wait_for(away_and_back(), 10)) == b"answer"


async def test_new_clients_take_the_place_of_those_silent_longest(engine, network, monkeypatch):
    monkeypatch.setattr(network_module, "_PATHS_MAX", 2)
    clients = [_socket() for _ in range(5)]
    paths = []
    for number in (0, 1, 0, 2, 0, 3, 4):
        say(clients[number], network, bytes([number]))
        text, path = await received(engine)
        assert text == bytes([number])
        paths.append((number, path))
    kept = {path for number, path in paths if number == 0}
    assert len(kept) == 1, "the one that goes on speaking keeps its way"
    assert len({path for _, path in paths}) == 5
    for client in clients:
        client.close()
