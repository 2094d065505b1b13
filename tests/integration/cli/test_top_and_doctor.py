"""`openbell top` and `openbell doctor` on an exchange that runs, and on none."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.observing import installation_checks, machine_checks
from cli.observing.findings import Finding, exit_code
from cli.observing.frame import frame
from cli.running.instance import Facts, Paths, ProcessFacts
from domain.commands import OpenAccount
from engine_service.data_files import DiskDirectory
from service.observing.history import History
from service.observing.samples import Reading, read_text
from tests.unit.engine_service.rig import SEGMENT_BYTES, Rig

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 120
S = 1_000_000_000


def openbell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def facts() -> Facts:
    return Facts(
        state="running",
        pid=1,
        core="compiled",
        gateway_url="http://127.0.0.1:3000",
        database_url="",
        ports={"gateway": 3000},
        processes={"engine": ProcessFacts("engine", pid=7), "gateway": ProcessFacts("gateway")},
    )


def shown(history: History, tickers: list[dict[str, Any]], processes: bool = True) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(frame(facts(), history, tickers, processes))
    return console.export_text()


def test_a_frame_tells_rates_times_lags_books_and_what_is_wrong() -> None:
    history = History()
    for at_s, commands in ((0, 0), (40, 4_000)):
        engine = (
            f"openbell_engine_commands_total {commands}\n"
            "openbell_engine_next_event_seq 5001\n"
            f'openbell_engine_flush_seconds_bucket{{le="0.002"}} {commands}\n'
            f'openbell_engine_flush_seconds_bucket{{le="+Inf"}} {commands}\n'
        )
        readings = {
            "engine": Reading(at_s * S, read_text(engine)),
            "accounts": Reading(at_s * S, read_text("openbell_settled_seq 4900\n")),
            "gateway": Reading(at_s * S, None),
        }
        history.take(readings, at_s * S)
    book = {"symbol": "BTC-USDT", "bid": "64000.00", "ask": None, "last": "64001.00"}
    text = shown(history, [book | {"volume": "1.5", "trades": 12}])
    for words in (
        "ProcessDown (gateway)",
        "docs/runbooks/process-down.md",
        "100.0/s",
        "2.0 ms",
        "settled_events_behind",
        "64000.00",
    ):
        assert words in text, text
    assert "restarts" not in shown(history, [], processes=False)


def test_the_first_look_has_a_picture_too() -> None:
    assert "no alerts" in shown(History(), [])


def test_without_an_exchange_top_says_how_to_start_one(tmp_path: Path) -> None:
    done = openbell("top", "--once", "--data", str(tmp_path / "none"))
    assert (done.returncode, "openbell up" in done.stderr) == (1, True), done.stderr


def test_doctor_finds_nothing_that_must_be_done_on_this_machine(tmp_path: Path) -> None:
    done = openbell("doctor", "--json", "--data", str(tmp_path / "none"))
    found = {one["subject"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert len(found) == 16
    assert all(one["do"] for one in found.values() if one["verdict"] != "ok")
    assert list(tmp_path.iterdir()) == []  # nothing was changed


def test_doctor_ends_with_1_where_others_can_read_the_keys(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = openbell("doctor", "--data", str(tmp_path))
    assert done.returncode == 1
    assert f"chmod go-rwx {tmp_path}" in done.stdout


def test_a_database_that_is_away_is_named() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{nobody.getsockname()[1]}/none"
        found = installation_checks.database(url)
    assert (found.verdict, found.subject) == ("bad", "database")


def test_a_journal_is_read_and_damage_in_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_ENGINE_SEGMENT_BYTES", str(SEGMENT_BYTES))
    directory = DiskDirectory(tmp_path)
    rig = Rig(directory)  # type: ignore[arg-type]
    session = rig.welcomed()
    for seq in range(1, 5):
        rig.say(session.commands(seq, OpenAccount(account_id=1_000 + seq, group_id=1)))
    rig.journal.close()
    rig.event_log.close()
    directory.close()
    assert installation_checks.journal(tmp_path).says == "records 1 to 5 are whole"
    segment = tmp_path / "journal-00000001.seg"
    data = bytearray(segment.read_bytes())
    data[100] ^= 1
    segment.write_bytes(data)
    found = installation_checks.journal(tmp_path)
    assert (found.verdict, "recover.md" in found.do) == ("bad", True), found


def test_a_run_that_ended_without_closing_is_told(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path)
    facts().save(paths.facts)
    assert installation_checks.running_facts_or_none(paths) is None
    assert "without closing" in installation_checks.processes(paths, None).says


def test_little_memory_and_a_taken_port_are_found(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 2000000 kB\nMemAvailable: 400000 kB\n")
    assert machine_checks.memory(meminfo).verdict == "bad"
    meminfo.write_text("MemAvailable: 900000 kB\n")
    assert machine_checks.memory(meminfo).verdict == "warn"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert machine_checks.port(number, None).verdict == "warn"
        assert machine_checks.port(number, number).verdict == "ok"


@pytest.mark.parametrize(("verdicts", "code"), [("ok warn", 0), ("ok bad", 1)])
def test_only_what_must_be_done_is_a_failure(verdicts: str, code: int) -> None:
    found = [Finding("x", verdict, "") for verdict in verdicts.split()]  # type: ignore[arg-type]
    assert exit_code(found) == code
