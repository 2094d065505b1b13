"""A whole exchange for a benchmark, opened as a user opens it, without limits."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.report import NoFigure
from cli.running.ports import choose_ports

_ROOT: Final = Path(__file__).resolve().parent.parent
_LIFTED: Final = {
    "OPENBELL_GATEWAY_REQUESTS_PER_IP": "1000000/second",
    "OPENBELL_GATEWAY_REQUESTS_PER_ACCOUNT": "1000000/second",
    "OPENBELL_GATEWAY_REQUESTS_PER_KEY": "1000000/second",
    "OPENBELL_GATEWAY_CREDENTIALS_PER_IP": "1000000/second",
    "OPENBELL_GATEWAY_CONNECTIONS_PER_IP": "100000",
    "OPENBELL_GATEWAY_SOCKETS_OPEN_PER_IP": "100000",
    "OPENBELL_GATEWAY_ORDERS_PER_ACCOUNT": "1000000/second",
    "OPENBELL_GATEWAY_SOCKETS_PER_IP": "1000000/minute",
    "OPENBELL_GATEWAY_BINANCE_WEIGHT_PER_MINUTE": "1000000000",
    "OPENBELL_GATEWAY_BINANCE_ORDERS_PER_10_S": "1000000000",
    "OPENBELL_GATEWAY_BINANCE_ORDERS_PER_DAY": "1000000000",
}


@contextmanager
def live_exchange(prefix: str, *, bots: bool = False) -> Iterator[dict[str, Any]]:
    """Open an exchange for the length of the block; yield what it says of itself.

    Raises:
        NoFigure: it did not open.
    """
    # Beside the project: a temporary directory may be in memory, where nothing is ever flushed.
    place = _ROOT / "build"
    place.mkdir(exist_ok=True)
    port = choose_ports({"gateway": None}, set())["gateway"]
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as directory:
        data = ["--data", directory]
        up = ["up", "--detach", "--history", "0", "--port", str(port)]
        up += [] if bots else ["--no-bots"]
        opened = _openbell([*up, *data], os.environ | _LIFTED)
        try:
            if opened.returncode:
                raise NoFigure(opened.stdout + opened.stderr)
            yield json.loads((Path(directory) / "openbell.json").read_text())
        finally:
            _openbell(["down", *data], os.environ)


def _openbell(
    arguments: list[str], environment: "os._Environ[str] | dict[str, str]"
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
