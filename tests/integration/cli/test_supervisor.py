"""The supervisor's promises: in order, restarted with a word, stopped in time, no orphan."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from cli.running.readiness import NOT_LISTENING, ask_readyz
from cli.running.supervisor import ProcessSpec, StartFailed, Supervisor
from tests.integration.cli.processes import is_alive, wait_until_gone

FAKE = Path(__file__).with_name("fake_service.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SpecOf = Callable[..., ProcessSpec]


@pytest.fixture
def spec_of(tmp_path: Path) -> SpecOf:
    def make(name: str, *arguments: str, **changes: object) -> ProcessSpec:
        port = free_port()
        fields: dict[str, object] = {
            "name": name,
            "command": (sys.executable, str(FAKE), str(port), *arguments),
            "env": dict(os.environ),
            "log": tmp_path / f"{name}.log",
            "ready": partial(ask_readyz, port),
            "port": port,
        }
        return ProcessSpec(**(fields | changes))  # type: ignore[arg-type]

    return make


class Story:
    """What the supervisor said; a sentence can be awaited."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._changed = asyncio.Event()

    def tell(self, message: str) -> None:
        if message:
            self.said.append(message)
        self._changed.set()

    async def until(self, word: str) -> None:
        async with asyncio.timeout(20):
            while not any(word in sentence for sentence in self.said):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
async def supervisor(story: Story) -> AsyncIterator[Supervisor]:
    made = Supervisor(story.tell)
    yield made
    await made.stop()


async def test_start_returns_when_every_process_is_ready(
    supervisor: Supervisor, spec_of: SpecOf
) -> None:
    slow = spec_of("slow", "--ready-after-s", "0.5")
    assert slow.port is not None
    await supervisor.start([spec_of("quick"), slow])
    assert (await ask_readyz(slow.port)).ready
    assert all(facts.pid is not None for facts in supervisor.facts.values())


async def test_a_process_that_is_not_ready_says_what_it_waits_for(
    supervisor: Supervisor, spec_of: SpecOf
) -> None:
    spec = spec_of("waiting", "--ready-after-s", "60", start_timeout_s=1.0)
    assert spec.port is not None
    with pytest.raises(StartFailed, match="waiting is not ready"):
        await supervisor.start([spec])
    assert (await ask_readyz(spec.port)).waiting_for == ("the engine",)


async def test_a_process_that_ends_before_it_answers_is_not_ready() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        assert await ask_readyz(server.sockets[0].getsockname()[1]) == NOT_LISTENING


async def test_a_first_start_that_fails_shows_its_last_words(
    supervisor: Supervisor, spec_of: SpecOf, tmp_path: Path
) -> None:
    (tmp_path / "left").write_text("1")
    with pytest.raises(StartFailed, match=r"(?s)engine ended with code 3.*port 9101: address"):
        await supervisor.start([spec_of("engine", "--dies", str(tmp_path / "left"))])


async def test_a_first_start_may_be_tried_more_often(
    supervisor: Supervisor, spec_of: SpecOf, tmp_path: Path
) -> None:
    (tmp_path / "left").write_text("2")
    spec = spec_of("postgres", "--dies", str(tmp_path / "left"), starts_max=3)
    await supervisor.start([spec])
    assert supervisor.facts["postgres"].restarts == 2


async def test_a_killed_process_is_restarted_and_both_are_told(
    supervisor: Supervisor, story: Story, spec_of: SpecOf
) -> None:
    await supervisor.start([spec_of("gateway")])
    first_pid = supervisor.facts["gateway"].pid
    assert first_pid is not None
    os.kill(first_pid, signal.SIGKILL)
    await story.until("gateway is ready again")
    assert story.said[0] == "gateway was killed by SIGKILL; restarting in 0.2 s (restart 1)"
    assert supervisor.facts["gateway"].restarts == 1
    assert supervisor.facts["gateway"].pid not in (None, first_pid)


async def test_the_pause_doubles_while_a_process_keeps_dying(
    supervisor: Supervisor, story: Story, spec_of: SpecOf, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    left.write_text("0")
    await supervisor.start([spec_of("accounts", "--dies", str(left))])
    left.write_text("2")
    os.kill(supervisor.facts["accounts"].pid or 0, signal.SIGKILL)
    await story.until("accounts is ready again")
    pauses = [sentence.split(" in ")[1].split(" s ")[0] for sentence in story.said[:3]]
    assert pauses == ["0.2", "0.4", "0.8"]


async def test_stop_ends_even_a_deaf_process_within_three_seconds(
    story: Story, spec_of: SpecOf
) -> None:
    supervisor = Supervisor(story.tell)
    await supervisor.start(
        [
            spec_of("bots", "--deaf", stop_wave=4),
            spec_of("gateway", stop_wave=3),
            spec_of("postgres", stop_wave=0),
        ]
    )
    pids = [facts.pid or 0 for facts in supervisor.facts.values()]
    began_s = time.monotonic()
    await supervisor.stop()
    assert time.monotonic() - began_s < 3.0
    assert [is_alive(pid) for pid in pids] == [False, False, False]


async def test_processes_stop_wave_by_wave(story: Story, spec_of: SpecOf, tmp_path: Path) -> None:
    supervisor = Supervisor(story.tell)
    specs = [spec_of("engine", stop_wave=1), spec_of("gateway", stop_wave=3)]
    await supervisor.start(specs)
    order: list[str] = []

    async def note_end(name: str) -> None:
        pid = supervisor.facts[name].pid or 0
        while is_alive(pid):
            await asyncio.sleep(0.001)
        order.append(name)

    notes = [asyncio.create_task(note_end(spec.name)) for spec in specs]
    await asyncio.sleep(0)
    await supervisor.stop()
    await asyncio.gather(*notes)
    assert order == ["gateway", "engine"]


async def test_stop_during_a_pause_starts_nothing_more(
    story: Story, spec_of: SpecOf, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    left.write_text("0")
    supervisor = Supervisor(story.tell)
    await supervisor.start([spec_of("engine", "--dies", str(left))])
    left.write_text("99")
    os.kill(supervisor.facts["engine"].pid or 0, signal.SIGKILL)
    await story.until("restart 3")
    await supervisor.stop()
    before = left.read_text()
    await asyncio.sleep(1.0)  # longer than the pause it was in: nothing to await in nothing
    assert left.read_text() == before


def test_kill_9_of_the_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(FAKE), str(free_port()), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner:
        child_pid = int(owner.stdout.readline())
        assert is_alive(child_pid)
        owner.send_signal(signal.SIGKILL)
    wait_until_gone(child_pid)


_OWNER = """
import asyncio, os, sys
from functools import partial
from pathlib import Path
from cli.running.readiness import NOT_LISTENING, ask_readyz
from cli.running.supervisor import ProcessSpec, Supervisor

async def main(fake, port, directory):
    supervisor = Supervisor(lambda message: None)
    command = (sys.executable, fake, port, "--deaf")
    ready = partial(ask_readyz, int(port))
    log = Path(directory, "fake.log")
    await supervisor.start([ProcessSpec("fake", command, dict(os.environ), log, ready)])
    print(supervisor.facts["fake"].pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""
