"""The master key changes while everybody works: no restart, no new session, nothing lost."""

import asyncio
import secrets
from contextlib import aclosing

from domain.commands import OpenAccount
from domain.events import OutcomeResult
from schemas.layouts import EVENT_BYTES
from tests.integration.engine_process import free_ports, running_engine
from transport import key_file
from transport.engine_client import EngineClient
from transport.event_follower import follow_events
from transport.key_file import live_keys

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


async def until(true):
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)
