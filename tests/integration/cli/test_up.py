"""`openbell up` with the real processes, as a user meets it: open, crash, close."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.recovery.snapshots import SnapshotFacts
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.instance import Facts, Paths
from cli.running.ports import choose_ports
from tests.integration.cli.processes import is_alive, wait_until_gone

pytestmark = pytest.mark.timeout(120)
SERVICES = {
    "postgres",
    "engine",
    "snapshots",
    "accounts",
    "auditor",
    "market_data",
    "gateway",
    "trading_bot",
}
SIDES = ("bids", "asks")
LAST_LINE_OF_THE_SCREEN = "json.load(urllib.request.urlopen"


class Machine:
    """One data directory and the commands a user gives on it."""

    def __init__(self, data_dir: Path) -> None:
        self.paths = Paths.of(data_dir)
        self.port = choose_ports({"gateway": None}, taken=set())["gateway"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "cli", *words, "--data", str(self.paths.data_dir)]

    def run(self, *words: str, database_url: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
        if database_url is not None:
            environment["DATABASE_URL"] = database_url
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=90, env=environment
        )

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--port", str(self.port), *words)

    def opened(self) -> None:
        done = self.up("--detach")
        assert done.returncode == 0, done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return answer

    def facts(self) -> Facts:
        facts = Facts.load(self.paths.facts)
        assert facts is not None
        return facts

    def pids(self) -> list[int]:
        return [process.pid or 0 for process in self.facts().processes.values()]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("exchange") / "data")
    machine.opened()
    yield machine
    machine.run("down")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "data")
    yield made
    made.run("down")


def test_everything_is_ready_when_up_returns(exchange: Machine) -> None:
    processes = exchange.status()["processes"]
    assert {process["name"] for process in processes} == SERVICES
    assert all(process["ready"] for process in processes)


def test_top_shows_it(exchange: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    done = exchange.run("top", "--once")
    assert done.returncode == 0, done.stderr
    for words in (*SERVICES, "orders", "settlement_lag_seconds", "BTC-USDT"):
        assert words in done.stdout, done.stdout


def test_doctor_finds_it_well(exchange: Machine) -> None:
    found = exchange.run("doctor", "--json", "--port", str(exchange.port))
    told = {one["subject"]: one for one in json.loads(found.stdout)}
    assert (found.returncode, told["port"]["says"]) == (0, f"{exchange.port} is this exchange's")
    assert "durable" in told["database"]["says"]
    assert told["processes"]["verdict"] == "ok"


def test_top_goes_on_until_its_reader_presses_q(exchange: Machine) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160", "LINES": "60"}
    process = subprocess.Popen(
        exchange.command("top"), stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while b"engine_commands" not in shown:  # the second look: rates are differences
        shown += os.read(ours, 65_536)
    os.write(ours, b"q")
    with contextlib.suppress(OSError):  # the terminal is gone with its last reader
        while os.read(ours, 65_536):
            continue
    assert process.wait(30) == 0
    os.close(ours)


def test_the_markets_are_there_and_the_bots_quote_them(exchange: Machine) -> None:
    symbols = {instrument["symbol"] for instrument in exchange.get("/api/v1/instruments")}
    assert symbols >= {"BTC-USDT", "ETH-USDT"}
    deadline_s = time.monotonic() + 20
    while not all((depth := exchange.get("/api/v1/depth?symbol=BTC-USDT"))[s] for s in SIDES):
        assert time.monotonic() < deadline_s, depth
        time.sleep(0.1)


def test_the_client_recipe_works_as_pasted(exchange: Machine) -> None:
    test_the_markets_are_there_and_the_bots_quote_them(exchange)
    recipe = exchange.run("client-recipe").stdout
    script = recipe.split("python3 - <<'PY'\n")[1].split("\nPY\n")[0]
    done = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["symbol"] == "BTC-USDT"


def test_a_second_up_on_the_same_data_says_so(exchange: Machine) -> None:
    for words in ((), ("--detach",)):
        done = exchange.up(*words)
        assert done.returncode == 1
        assert "already running" in done.stderr
        assert exchange.url in done.stderr


def test_a_taken_port_is_named(machine: Machine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        done = machine.up()
    assert done.returncode == 1
    assert f"port {machine.port} is in use" in done.stderr


def test_reset_refuses_while_it_runs(exchange: Machine) -> None:
    done = exchange.run("reset", "--yes")
    assert done.returncode == 1
    assert "openbell down" in done.stderr
    assert exchange.paths.secrets.exists()


def test_every_unit_is_accounted_for(exchange: Machine) -> None:
    done = exchange.run("audit")
    assert done.returncode == 0, done.stdout + done.stderr


def test_seeding_again_changes_nothing(exchange: Machine) -> None:
    before = json.loads(exchange.paths.bots.read_text())
    done = exchange.run("seed")
    assert done.returncode == 0, done.stderr
    assert json.loads(exchange.paths.bots.read_text()) == before


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_killed_process_comes_back_and_the_exchange_is_ready_again(
    exchange: Machine, name: str
) -> None:
    before = exchange.facts().processes[name]
    os.kill(before.pid or 0, signal.SIGKILL)
    deadline_s = time.monotonic() + 30
    while True:
        status = exchange.status()
        process = next(row for row in status["processes"] if row["name"] == name)
        if process["restarts"] > before.restarts and all(p["ready"] for p in status["processes"]):
            break
        missing = [row["name"] for row in status["processes"] if not row["ready"]]
        assert time.monotonic() < deadline_s, f"not ready: {missing}; {process}"
        time.sleep(0.1)
    assert f"{name} was killed by SIGKILL" in exchange.paths.log("supervisor").read_text()


def test_kill_9_of_the_supervisor_leaves_no_process_and_up_recovers(machine: Machine) -> None:
    machine.opened()
    pids = machine.pids()
    os.kill(machine.facts().pid, signal.SIGKILL)
    for pid in pids:
        wait_until_gone(pid)
    status = machine.run("status")
    assert status.returncode == 1
    assert "crash" in status.stderr
    machine.opened()
    assert machine.run("audit").returncode == 0


def test_ctrl_c_closes_within_three_seconds_and_the_data_stays(machine: Machine) -> None:
    # The best of three: how long a process waits for a core on a busy machine is not ours to test.
    closed_s = min(opened_and_interrupted(machine) for _ in range(3))
    assert closed_s < 3.0
    assert machine.facts().state == "stopped"
    assert machine.paths.postgres.is_dir()
    snapshot = SnapshotFacts.of(machine.paths.engine)
    assert snapshot and snapshot.index and snapshot.waiting_commands == 0


def opened_and_interrupted(machine: Machine) -> float:
    """Open the exchange, press Ctrl-C and return how long it took to close, in seconds."""
    running = subprocess.Popen(
        machine.command("up", "--port", str(machine.port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    while LAST_LINE_OF_THE_SCREEN not in (line := running.stdout.readline()):
        assert line, "it ended before it was open"
    pids = machine.pids()
    assert all(is_alive(pid) for pid in pids)
    began_s = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=10)
    closed_s = time.monotonic() - began_s
    assert running.returncode == 0
    assert not any(is_alive(pid) for pid in pids)
    return closed_s


def test_down_closes_within_three_seconds(machine: Machine) -> None:
    machine.opened()
    pids = machine.pids()
    began_s = time.monotonic()
    assert machine.run("down").returncode == 0
    assert time.monotonic() - began_s < 5.0  # the interpreter's own start included
    assert not any(is_alive(pid) for pid in pids)
    assert machine.run("reset", "--yes").returncode == 0
    assert not machine.paths.data_dir.exists()


def test_a_server_of_ones_own_is_used_when_database_url_names_it(
    machine: Machine, tmp_path: Path
) -> None:
    tcp_port = choose_ports({"postgres": None}, taken={machine.port})["postgres"]
    cluster = EmbeddedPostgres(tmp_path / "server", Tuning(tcp_port=tcp_port))
    with running(cluster):
        cluster.ensure_database()
        url = f"postgresql://openbell:secret@127.0.0.1:{tcp_port}/openbell"
        words = ("up", "--detach", "--no-bots", "--port", str(machine.port))
        done = machine.run(*words, database_url=url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(machine.facts().processes) == SERVICES - {"postgres", "trading_bot"}
        assert not machine.paths.postgres.exists()
        assert machine.run("audit").returncode == 0
        assert machine.run("down").returncode == 0
