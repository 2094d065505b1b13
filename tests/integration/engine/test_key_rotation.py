"""The master key changes while everybody works: no restart, no new session, nothing lost."""

import asyncio
import secrets
from contextlib import aclosing

from domain.commands import OpenAccount
from domain.events import OutcomeResult
from schemas.layouts import EVENT_BYTES
from tests.integration.engine_process import free_ports, running_engine
from transport import key_file
from transport.catch_up_stream import CatchUpClient
from transport.engine_client import EngineClient
from transport.event_follower import follow_events
from transport.key_file import live_keys
from transport.keys import KeyRing
from transport.stream_frames import read_frame

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


async def test_a_new_key_takes_over_while_commands_and_events_flow(tmp_path, monkeypatch):
    monkeypatch.setattr(key_file, "LOOK_EVERY_S", 0.01)
    engines, clients = tmp_path / "engine.keys", tmp_path / "client.keys"
    for file in (engines, clients):
        file.write_text(f"1:{OLD}\n")
    environment = {"OPENBELL_ENGINE_KEY": "", "OPENBELL_ENGINE_KEY_FILE": str(engines)}
    async with (
        running_engine(tmp_path / "data", ports=free_ports(), environment=environment) as engine,
        live_keys("", clients) as keys,
        EngineClient.connect(engine.address, keys, 1) as client,
        aclosing(follow_events(engine.address, keys, 1, 2)) as stream,
    ):
        seen = 0

        async def executes(number):
            nonlocal seen
            outcome = await client.submit(OpenAccount(account_id=100 + number, group_id=1))
            assert outcome.result is OutcomeResult.DONE
            async with asyncio.timeout(10):
                while seen < number:
                    first_seq, events = await anext(stream)
                    assert first_seq == seen + 1
                    seen += len(events) // EVENT_BYTES

        await executes(1)
        engines.write_text(f"1:{OLD}\n2:{NEW}\n")
        await engine.says("the engine's keys changed: now [1, 2]")
        clients.write_text(f"2:{NEW}\n1:{OLD}\n")
        await until(lambda: keys.ids == (2, 1))
        await executes(2)
        clients.write_text(f"2:{NEW}\n")
        engines.write_text(f"2:{NEW}\n")
        await engine.says("the engine's keys changed: now [2]")
        await until(lambda: keys.ids == (2,))
        await executes(3)


async def test_a_reader_under_a_retired_key_is_hung_up_on(tmp_path):
    file = tmp_path / "engine.keys"
    file.write_text(f"1:{OLD}\n2:{NEW}\n")
    environment = {"OPENBELL_ENGINE_KEY": "", "OPENBELL_ENGINE_KEY_FILE": str(file)}
    async with running_engine(tmp_path / "data", environment=environment) as engine:
        reading = []
        for key_id, key in ((1, OLD), (2, NEW)):
            client = CatchUpClient(
                master_key=KeyRing({key_id: bytes.fromhex(key)}),
                session_id=key_id,
                client_id=1,
                from_event_seq=1,
            )
            reader, writer = await asyncio.open_connection(
                engine.address.host, engine.address.tcp_port
            )
            writer.write(client.hello())
            client.receive(await read_frame(reader))  # WELCOME
            reading.append((client, reader, writer))
        file.write_text(f"2:{NEW}\n")
        await engine.says("the engine's keys changed: now [2]")
        (_, retired, _), (alive, lives_on, _) = reading
        async with asyncio.timeout(10):
            await retired.read()  # to its end
            alive.receive(await read_frame(lives_on))  # HEARTBEAT
        for _, _, writer in reading:
            writer.close()


async def until(true):
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)
