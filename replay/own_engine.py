"""An engine of the replay's own: fresh, on free ports, gone afterwards."""

import asyncio
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from replay.errors import EngineDidNotStart
from transport.engine_client import EngineAddress, EngineClient, EngineUnreachable

START_S: Final = 30.0
STOP_S: Final = 10.0
_LOG_TAIL_BYTES: Final = 2_000


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@asynccontextmanager
async def own_engine(
    *,
    durable: bool = True,
    busy_poll: bool = False,
    data_dir: Path | None = None,
    log_path: Path | None = None,
) -> AsyncIterator[tuple[EngineAddress, bytes]]:
    """Yield (address, master key) of a new engine; ``durable`` False: it does not wait for the
    disk; ``busy_poll``: it never sleeps; ``data_dir`` and ``log_path``: where its files, and what
    it says, stay behind.

    Raises:
        EngineDidNotStart: it did not answer in time.
    """
    key = secrets.token_bytes(32)
    udp, tcp, http = _free_ports(3)
    with tempfile.TemporaryDirectory(prefix="openbell-replay-") as directory:
        log_path = log_path or Path(directory) / "engine.log"
        environment = os.environ | {
            "OPENBELL_LOG_FORMAT": "json",
            "OPENBELL_ENGINE_KEY": key.hex(),
            "OPENBELL_ENGINE_DATA_DIR": str(data_dir or Path(directory) / "engine"),
            "OPENBELL_ENGINE_UDP_PORT": str(udp),
            "OPENBELL_ENGINE_TCP_PORT": str(tcp),
            "OPENBELL_ENGINE_HTTP_PORT": str(http),
            "OPENBELL_ENGINE_FSYNC": "true" if durable else "false",
            "OPENBELL_ENGINE_BUSY_POLL": "true" if busy_poll else "false",
        }
        with log_path.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "engine_service", env=environment, stdout=log, stderr=log
            )
        address = EngineAddress("127.0.0.1", udp, tcp)
        try:
            await _wait_for(address, key, log_path)
            yield address, key
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_S):
                await process.wait()


async def _wait_for(address: EngineAddress, key: bytes, log_path: Path) -> None:
    try:
        async with EngineClient.connect(address, key, 0, ready_within_s=START_S):
            pass
    except EngineUnreachable as error:
        tail = log_path.read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace")
        raise EngineDidNotStart(f"{error}\n{tail}") from error
