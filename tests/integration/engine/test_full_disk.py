"""A disk that runs full: the door closes first, and nothing that was let in is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from domain.events import OutcomeResult
from engine_service.alarms import FREE_BYTES_MIN
from tests.integration.engine.streams import events_between
from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import running_engine
from transport.engine_client import EngineClient
from transport.errors import NotSent

DISK_BYTES = FREE_BYTES_MIN + (48 << 20)
IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")


def small_disk(directory: Path) -> tuple[str, ...]:
    """Return what runs a command with a file system of its own, of a few MiB, on ``directory``."""
    mount = f'mount -t tmpfs -o size={DISK_BYTES} none "$0" && exec "$@"'
    return (*IN_A_NAMESPACE, "sh", "-c", mount, str(directory))


def can_mount(directory: Path) -> bool:
    try:
        done = subprocess.run([*small_disk(directory), "true"], capture_output=True, timeout=20)
    except FileNotFoundError:
        return False
    return done.returncode == 0


async def until_let_in(client: EngineClient, number: int) -> None:
    while True:
        try:
            outcome = await client.submit(order(number), timeout_s=5)
        except NotSent:
            await asyncio.sleep(0.02)
        else:
            assert outcome.result is OutcomeResult.DONE
            return


async def test_a_full_disk_closes_the_door_before_anything_is_lost(tmp_path, pure_python):
    directory = tmp_path / "engine"
    directory.mkdir()
    if not can_mount(directory):
        pytest.skip("no file system can be mounted here, not even in a namespace of one's own")
    async with running_engine(
        directory, pure_python=pure_python, runner=small_disk(directory)
    ) as engine:
        inside = Path(f"/proc/{engine.process.pid}/root") / directory.relative_to("/")
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            await client.submit_many([*OPENING, *(order(n) for n in range(50))])
            state = os.statvfs(inside)
            filler = inside / "filler"
            filler.write_bytes(bytes(state.f_bavail * state.f_frsize - FREE_BYTES_MIN // 2))

            shut = await engine.says("no commands are let in: the disk is full")
            assert shut["journal_bytes"] > 0  # there is room for all that was let in
            async with asyncio.timeout(10):
                while client.credits:
                    await asyncio.sleep(0.01)
            with pytest.raises(NotSent):
                await client.submit(order(50), timeout_s=5)

            filler.unlink()
            await engine.says("commands are let in again")
            await until_let_in(client, 50)
            last = await client.submit(order(51), timeout_s=5)
            stream = await events_between(engine, 1, last.last_event_seq)
        assert len(stream) == 128 * last.last_event_seq
