"""A real engine in a process of its own, for every integration test that needs one."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transport.engine_client import EngineAddress

ROOT = Path(__file__).resolve().parents[2]
MASTER_KEY = bytes(range(32))
SEGMENT_BYTES = 4 << 20  # three of them a test: small
START_S = 30.0
STOP_S = 15.0  # on a busy machine


@dataclass(frozen=True, slots=True)
class EnginePorts:
    udp: int
    tcp: int
    http: int


@dataclass(slots=True)
class EngineHandle:
    """A running engine. ``kill`` is a crash; leaving ``running_engine`` is a clean stop."""

    address: EngineAddress
    master_key: bytes
    process: asyncio.subprocess.Process
    ports: EnginePorts
    log_lines: list[dict[str, Any]] = field(default_factory=list)
    logged: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def http_url(self) -> str:
        return f"http://{self.address.host}:{self.ports.http}"

    async def says(self, event: str) -> dict[str, Any]:
        """Return the first log line whose text begins with ``event``, once it is there."""
        async with asyncio.timeout(START_S):
            while True:
                self.logged.clear()
                for line in self.log_lines:
                    if line["event"].startswith(event):
                        return line
                await self.logged.wait()

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                return await self.process.wait()
        except TimeoutError:
            await self.kill()  # never leave it behind
            raise


def free_ports() -> EnginePorts:
    """Return three ports that were free a moment ago."""
    kinds = (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_STREAM)
    sockets = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return EnginePorts(*(one.getsockname()[1] for one in sockets))
    finally:
        for one in sockets:
            one.close()


def engine_environment(data_dir: Path, ports: EnginePorts, *, pure_python: bool) -> dict[str, str]:
    """Return the environment of an engine."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("OPENBELL_")}
    return inherited | {
        "OPENBELL_ENGINE_UDP_PORT": str(ports.udp),
        "OPENBELL_ENGINE_TCP_PORT": str(ports.tcp),
        "OPENBELL_ENGINE_HTTP_PORT": str(ports.http),
        "OPENBELL_ENGINE_KEY": MASTER_KEY.hex(),
        "OPENBELL_ENGINE_DATA_DIR": str(data_dir),
        "OPENBELL_ENGINE_SEGMENT_BYTES": str(SEGMENT_BYTES),
        **({"OPENBELL_PURE_PYTHON": "1"} if pure_python else {}),
    }


@asynccontextmanager
async def running_engine(
    data_dir: Path,
    *,
    pure_python: bool = False,
    ports: EnginePorts | None = None,
    environment: dict[str, str] | None = None,
    runner: tuple[str, ...] = (),
) -> AsyncIterator[EngineHandle]:
    """Run an engine on ``data_dir`` for the length of the block; it serves when this enters.

    ``environment`` adds variables; ``runner`` is a command that runs it. Raises AssertionError with
    its log if it does not come up.
    """
    ports = ports or free_ports()
    process = await asyncio.create_subprocess_exec(
        *runner,
        sys.executable,
        "-m",
        "engine_service",
        cwd=ROOT,
        env=engine_environment(data_dir, ports, pure_python=pure_python) | (environment or {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    address = EngineAddress("127.0.0.1", ports.udp, ports.tcp)
    handle = EngineHandle(address, MASTER_KEY, process, ports)
    serves = asyncio.Event()
    reading = asyncio.create_task(_read_log(handle, serves))
    try:
        async with asyncio.timeout(START_S):
            await serves.wait()
        assert process.returncode is None and _says(handle, "the engine serves"), handle.log_lines
        yield handle
    finally:
        if process.returncode is None:
            await handle.stop()
        await reading


async def _read_log(handle: EngineHandle, serves: asyncio.Event) -> None:
    assert handle.process.stdout is not None
    async for line in handle.process.stdout:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {"event": line.decode(errors="replace").rstrip()}
        handle.log_lines.append(entry)
        handle.logged.set()
        if entry.get("event") == "the engine serves":
            serves.set()
    serves.set()  # it ended


def _says(handle: EngineHandle, event: str) -> bool:
    return any(line.get("event") == event for line in handle.log_lines)
