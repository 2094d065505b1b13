"""Starting and stopping: clearly, or not at all."""

import asyncio
import signal
import socket
import sys
import time

import aiohttp
import pytest

from domain.commands import OpenAccount
from domain.events import OutcomeResult
from tests.integration.engine.streams import closed
from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import (
    ROOT,
    engine_environment,
    free_ports,
    running_engine,
)
from transport.engine_client import EngineClient


async def refused(data_dir, ports, **environment):
    """Start an engine that cannot run; return its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine_service",
        cwd=ROOT,
        env=engine_environment(data_dir, ports, pure_python=True) | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(10):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly_within_two_seconds(tmp_path, number):
    async with (
        running_engine(tmp_path, pure_python=True) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        await client.submit_many(OPENING)
        reader, writer = await asyncio.open_connection(engine.address.host, engine.address.tcp_port)
        started = time.monotonic()
        engine.process.send_signal(number)
        assert await engine.process.wait() == 0
        assert time.monotonic() - started < 2
        await closed(writer)
    assert engine.log_lines[-1]["event"] == "the engine stopped cleanly"
    assert not [line for line in engine.log_lines if line.get("level") in ("error", "critical")]


async def test_health_and_metrics_are_served(engine):
    async with aiohttp.ClientSession() as http:
        for path, part in (
            ("/healthz", '"healthy": true'),
            ("/readyz", '"ready": true'),
            ("/metrics", "openbell_engine_next_event_seq 1.0"),
        ):
            async with http.get(engine.http_url + path) as response:
                assert response.status == 200
                assert part in await response.text()


async def test_it_says_which_twin_runs(engine, pure_python):
    expected = "THE SLOW REFERENCE CORE RUNS" if pure_python else "the compiled core runs"
    assert [line for line in engine.log_lines if line["event"].startswith(expected)]


async def test_without_fsync_it_says_so_loudly(tmp_path):
    environment = {"OPENBELL_ENGINE_FSYNC": "false"}
    async with running_engine(tmp_path, pure_python=True, environment=environment) as engine:
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            await client.submit_many(OPENING)
        assert [line for line in engine.log_lines if line["event"].startswith("NOTHING IS DURABLE")]


@pytest.mark.parametrize("name", ["udp", "tcp", "http"])
async def test_a_port_in_use_is_named(tmp_path, name):
    ports = free_ports()
    port = getattr(ports, name)
    kind = socket.SOCK_DGRAM if name == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if name != "udp":
            taken.listen()
        code, output = await refused(tmp_path, ports)
    assert code == 1
    assert len([line for line in output.splitlines() if '"critical"' in line]) == 1
    assert str(port) in output and "in use by another program" in output


async def test_a_second_engine_on_the_same_directory_is_refused(tmp_path):
    async with running_engine(tmp_path, pure_python=True):
        code, output = await refused(tmp_path, free_ports())
    assert code == 1
    assert "another engine is running on this directory" in output


async def test_a_damaged_journal_is_refused_with_file_and_offset(tmp_path):
    async with (
        running_engine(tmp_path, pure_python=True) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        await client.submit_many(OPENING)
        for number in range(5):
            await client.submit(order(number))
    journal = tmp_path / "journal-00000001.seg"
    damaged = bytearray(journal.read_bytes())
    damaged[200] ^= 1
    journal.write_bytes(damaged)
    code, output = await refused(tmp_path, free_ports())
    assert code == 1
    assert "journal-00000001.seg, offset 192" in output
    assert "restore this data directory" in output
    assert journal.read_bytes() == damaged


@pytest.mark.parametrize("key", ["", "12", "zz" * 32])
async def test_a_missing_or_short_key_is_refused(tmp_path, key):
    code, output = await refused(tmp_path, free_ports(), OPENBELL_ENGINE_KEY=key)
    assert code == 1
    assert "OPENBELL_ENGINE_KEY" in output
    assert key not in output or not key


async def test_polling_without_sleep_it_answers_everyone_and_stops(tmp_path):
    environment = {"OPENBELL_ENGINE_BUSY_POLL": "true"}
    async with running_engine(tmp_path, environment=environment) as engine:
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            outcome = await client.submit(OpenAccount(account_id=11, group_id=1))
            assert outcome.result is OutcomeResult.DONE
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{engine.http_url}/metrics") as response,
            ):
                assert "openbell_engine_commands_total 1.0" in await response.text()
        assert await engine.stop() == 0
