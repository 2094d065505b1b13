"""A whole venue of real processes: engine, accounts, market data and gateway over PostgreSQL."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.running.embedded_postgres import EmbeddedPostgres
from cli.running.seed import SeedConfig, seed

ROOT = Path(__file__).resolve().parents[3]
START_S = 30.0
STOP_S = 5.0
SECRET = "service-secret-of-the-gateway-tests"
SERVICES = {
    "engine": "engine_service",
    "accounts": "accounts",
    "market_data": "market_data",
    "gateway": "gateway",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Venue:
    """Processes by name; each can be killed and started again on the same ports and data."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self._directory = directory
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        names = ("engine_udp", "engine_tcp", "engine", "accounts", "market_data", "gateway")
        self.ports = {name: _free_port() for name in names}
        inherited = {key: text for key, text in os.environ.items() if "OPENBELL" not in key}
        self.environment = inherited | {
            "DATABASE_URL": database_url,
            "OPENBELL_ENGINE_UDP_PORT": str(self.ports["engine_udp"]),
            "OPENBELL_ENGINE_TCP_PORT": str(self.ports["engine_tcp"]),
            "OPENBELL_ENGINE_HTTP_PORT": str(self.ports["engine"]),
            "OPENBELL_ENGINE_KEY": "ab" * 32,
            "OPENBELL_ENGINE_DATA_DIR": str(directory / "engine"),
            "OPENBELL_ENGINE_FSYNC": "false",
            "OPENBELL_ENGINE_SEGMENT_BYTES": str(4 << 20),
            "OPENBELL_SERVICE_SECRET": SECRET,
            "OPENBELL_ACCOUNTS_PORT": str(self.ports["accounts"]),
            "OPENBELL_ACCOUNTS_URL": f"http://127.0.0.1:{self.ports['accounts']}",
            "OPENBELL_ACCOUNTS_SECRETS_KEY": "cd" * 32,
            "OPENBELL_ACCOUNTS_DEMO": "true",
            "OPENBELL_ACCOUNTS_CHAIN_FAILURE_PERCENT": "0",
            "OPENBELL_ACCOUNTS_UNSAFE_DATABASE": "true",
            "OPENBELL_MARKET_DATA_PORT": str(self.ports["market_data"]),
            "OPENBELL_MARKET_DATA_URL": f"http://127.0.0.1:{self.ports['market_data']}",
            "OPENBELL_GATEWAY_PORT": str(self.ports["gateway"]),
            # Every test comes from the one address; the limit has tests of its own.
            "OPENBELL_GATEWAY_CREDENTIALS_PER_IP": "10000/minute",
            "OPENBELL_GATEWAY_WATCHED": json.dumps(
                {name: f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES}
            ),
            "OPENBELL_GATEWAY_STATIC_DIR": str(directory / "no-ui"),
        }

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start one process; with ``wait`` return when it is ready."""
        with (self._directory / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", SERVICES[name]],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if wait:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        ends_s = time.monotonic() + START_S
        while not self.ready(name):
            assert self._processes[name].poll() is None, self.log(name)
            assert time.monotonic() < ends_s, self.log(name)
            time.sleep(0.02)

    def ready(self, name: str) -> bool:
        url = f"http://127.0.0.1:{self.ports[name]}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return bool(json.load(answer)["ready"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until it is gone."""
        self._processes[name].kill()
        self._processes[name].wait(STOP_S)

    def interrupt(self, name: str) -> int:
        """SIGINT; return the exit code."""
        self._processes[name].send_signal(signal.SIGINT)
        return self._processes[name].wait(STOP_S)

    def alive(self, name: str) -> bool:
        return self._processes[name].poll() is None

    def log(self, name: str) -> str:
        return (self._directory / f"{name}.log").read_text(errors="replace")[-4_000:]

    def stop(self) -> None:
        """Stop everything, customers first."""
        for name in reversed(SERVICES):
            process = self._processes.get(name)
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(STOP_S)

    def whole_log(self) -> str:
        """Return everything that every process said."""
        return "".join(
            path.read_text(errors="replace") for path in sorted(self._directory.glob("*.log"))
        )


@contextmanager
def seeded_venue(
    directory: Path, cluster: EmbeddedPostgres, template: str, database: str, **environment: str
) -> Iterator[Venue]:
    """Run every process over a database of its own, with the demo's users and instruments;
    ``environment``: what to tell the processes besides.
    """
    cluster.run_sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    running = Venue(directory, cluster.url(database))
    running.environment |= environment
    try:
        running.start("engine")
        running.start("accounts", wait=False)
        running.start("market_data", wait=False)
        asyncio.run(
            seed(
                SeedConfig(
                    service_secret=SECRET,
                    accounts_url=running.environment["OPENBELL_ACCOUNTS_URL"],
                    engine_udp_port=running.ports["engine_udp"],
                    engine_tcp_port=running.ports["engine_tcp"],
                    engine_key=running.environment["OPENBELL_ENGINE_KEY"],
                )
            )
        )
        running.start("gateway")
        running.wait_ready("market_data")
        yield running
    finally:
        running.stop()
        cluster.run_sql(f'DROP DATABASE "{database}" WITH (FORCE)')
