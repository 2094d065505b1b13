"""A whole exchange, opened the way a user opens it: `./openbell up`."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.running.ports import choose_ports

ROOT = Path(__file__).resolve().parents[2]
UP_S = 120


@dataclass(frozen=True)
class Exchange:
    """A running instance."""

    data_dir: Path
    url: str

    def openbell(self, *arguments: str, timeout_s: int = UP_S) -> subprocess.CompletedProcess[str]:
        """Run one `./openbell` command on this instance."""
        return subprocess.run(
            [str(ROOT / "openbell"), *arguments, "--data", str(self.data_dir)],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )

    def facts(self) -> dict[str, Any]:
        """Return what the instance says about itself."""
        facts: dict[str, Any] = json.loads((self.data_dir / "openbell.json").read_text())
        return facts

    def kill(self, process: str) -> int:
        """Kill one process without warning; return its pid."""
        pid = int(self.facts()["processes"][process]["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid


def environment() -> dict[str, str]:
    """Return this process's environment without what would configure an exchange.

    Its users all come from one address here, many times a minute.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OPENBELL_") and name != "DATABASE_URL"
    }
    return inherited | {"OPENBELL_GATEWAY_CREDENTIALS_PER_IP": "1000/minute"}


@contextmanager
def open_exchange(data_dir: Path, *, bots: bool) -> Iterator[Exchange]:
    """Open an exchange on ``data_dir`` for the length of the block."""
    port = choose_ports({"gateway": None}, set())["gateway"]
    exchange = Exchange(data_dir, f"http://127.0.0.1:{port}")
    arguments = ["up", "--detach", "--port", str(port), *([] if bots else ["--no-bots"])]
    opened = exchange.openbell(*arguments)
    try:
        if opened.returncode:
            pytest.fail(f"up ended with {opened.returncode}\n{opened.stdout}\n{opened.stderr}")
        yield exchange
    finally:
        closed = exchange.openbell("down")
        assert closed.returncode == 0, closed.stdout + closed.stderr
