"""A quiet exchange for exact stories, and each client in an environment of its own."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.exchange import ROOT, Exchange, open_exchange

STORIES = Path(__file__).parent / "stories"
INSTALL_S = 600


class Clients:
    """Python environments, one for each lock, made when first needed and kept while it is the
    same.
    """

    def tell(self, story: str, lock: str, exchange: Exchange, timeout_s: float) -> None:
        """Run a story with its client against an exchange, with the demo's keys."""
        keys = [[key["api_key"], key["api_secret"]] for key in exchange.facts()["demo"]["api_keys"]]
        self.run(story, lock, {"url": exchange.url, "keys": keys}, timeout_s)

    def tell_beside(self, story: str, lock: str, exchange: Exchange, timeout_s: float) -> None:
        """Run a story of this project's own code, which uses the client."""
        packages = next((python_of(lock).parents[1] / "lib").glob("python*/site-packages"))
        facts = {"url": exchange.url, "keys": [["", ""]] * 2}
        facts |= {"project": str(ROOT), "packages": str(packages)}
        self.run(story, lock, facts, timeout_s, sys.executable)

    def run(
        self, story: str, lock: str, facts: dict[str, Any], timeout_s: float, python: str = ""
    ) -> None:
        """Run a story with its client; what it prints is shown if it fails."""
        done = subprocess.run(
            [python or str(python_of(lock)), str(STORIES / story), json.dumps(facts)],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-6_000:]
        assert "has done all of it" in done.stdout or "have done all of it" in done.stdout


def python_of(lock: str) -> Path:
    """Return the interpreter with what ``lock`` pins."""
    content = (ROOT / lock).read_bytes()
    stamp = hashlib.sha256(content + sys.version.encode()).hexdigest()
    home = ROOT / "build" / "clients" / Path(lock).stem
    python = home / "bin" / "python"
    mark = home / "stamp"
    if not mark.exists() or mark.read_text() != stamp:
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, "--require-hashes", "-r", str(ROOT / lock))
        mark.write_text(stamp)
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]


@pytest.fixture(scope="session")
def clients() -> Clients:
    """The clients, each in its own environment."""
    return Clients()


@pytest.fixture(scope="session")
def clients_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange without bots: what a story sees is what the story did."""
    with open_exchange(tmp_path_factory.mktemp("clients") / "data", bots=False) as exchange:
        yield exchange
