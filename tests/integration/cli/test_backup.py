"""An exchange lost in whole or in part, and brought back by a backup or by what is left of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.recovery.backup_files import Manifest
from cli.running.embedded_postgres import EmbeddedPostgres, running
from client.rest import OpenbellClient
from engine_service.backup_mark import read_mark
from engine_service.data_files import DiskDirectory
from tests.integration.cli.processes import wait_until_gone
from tests.integration.cli.test_up import Machine

pytestmark = pytest.mark.timeout(400)
LOGIN = {"email": "demo@openbell.local", "password": "openbell-demo"}


@dataclass(frozen=True)
class Lost:
    """A machine that is gone, and the backup that was made while it traded."""

    machine: Machine
    backup: Path
    said: str


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    machine = Machine(tmp_path_factory.mktemp("lost") / "data")
    opened(machine)
    traded(machine)
    backup = tmp_path_factory.mktemp("backups") / "first"
    done = asyncio.run(backed_up_while_money_leaves(machine, backup))
    pids = machine.pids()
    os.kill(machine.facts().pid, 9)
    for pid in pids:
        wait_until_gone(pid)
    assert done.returncode == 0, done.stdout + done.stderr
    return Lost(machine, backup, done.stdout)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "data")
    yield made
    made.run("down")


def opened(machine: Machine) -> None:
    done = machine.up("--detach", "--history", "0")
    assert done.returncode == 0, done.stdout + done.stderr


def traded(machine: Machine, beyond: int = 0) -> int:
    """Wait until a trade past ``beyond`` happened on the first market; return its number."""
    deadline_s = time.monotonic() + 60
    while True:
        trades = machine.get("/api/v1/trades?symbol=BTC-USDT&limit=1")
        if trades and trades[0]["trade_id"] > beyond:
            return int(trades[0]["trade_id"])
        assert time.monotonic() < deadline_s, trades
        time.sleep(0.1)


async def backed_up_while_money_leaves(
    machine: Machine, target: Path
) -> subprocess.CompletedProcess[str]:
    """Back up while withdrawals are begun and end, some of them behind the copy of the ledger."""
    async with OpenbellClient(machine.url) as owner:
        await owner.login(**LOGIN)
        await owner.add_withdrawal_address("BTC", "bc1-mine", "mine")
        backup = asyncio.create_task(asyncio.to_thread(machine.run, "backup", str(target)))
        asked = 0
        while not backup.done() or asked < 2:
            asked += 1
            await owner.withdraw("BTC", "0.0001", "bc1-mine", f"leaves-{asked}")
        await owner.withdraw("BTC", "0.5", "bc1-mine", "waits")
        return await backup


def test_a_backup_says_that_it_was_verified_and_the_engine_knows(lost: Lost) -> None:
    assert "Verified" in lost.said
    manifest = Manifest.load(lost.backup)
    assert manifest.verified_at and manifest.last_index and manifest.next_event_seq > 1
    mark = read_mark(DiskDirectory(lost.machine.paths.engine))
    assert mark is not None and mark.segment == manifest.segment
    assert (mark.settled_seq, mark.charted_seq) == (manifest.settled_seq, manifest.charted_seq)
    assert {path.name for path in lost.backup.iterdir()} == {
        *("bots.json", "engine", "manifest.json", "postgres.dump", "secrets.json")
    }


def test_restored_on_an_empty_machine_it_goes_on_then_without_its_ledger_then_its_journal(
    lost: Lost, machine: Machine
) -> None:
    restored = machine.run("restore", str(lost.backup))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "Every unit is accounted for." in restored.stdout
    opened(machine)
    last = traded(machine, traded(machine))
    assert machine.run("audit").returncode == 0
    assert machine.run("down").returncode == 0

    shutil.rmtree(machine.paths.postgres)
    rebuilt = machine.run("rebuild", "ledger")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert "accounts whose login is not known" in rebuilt.stdout
    machine.paths.bots.unlink()  # their keys went with the ledger
    opened(machine)
    last = traded(machine, last)
    assert machine.run("audit").returncode == 0
    owned = (
        "SELECT min(account_id) FROM accounts.users JOIN accounts.trading_accounts USING (user_id)"
    )
    first_new = EmbeddedPostgres(machine.paths.postgres).run_sql(
        f"{owned} WHERE email NOT LIKE 'recovered-%'", "openbell"
    )
    assert int(first_new) > 1_003  # nobody is given an account that the engine knows
    assert machine.run("down").returncode == 0

    assert "is not empty" in machine.run("rebuild", "engine").stderr
    shutil.rmtree(machine.paths.engine)
    founded = machine.run("rebuild", "engine")
    assert founded.returncode == 0, founded.stdout + founded.stderr
    assert "nobody knows any more" in founded.stdout
    opened(machine)
    traded(machine, last)
    audited = machine.run("audit")
    assert audited.returncode == 0, audited.stdout
    assert machine.run("snapshot").returncode == 0
    assert machine.run("journal", "verify").returncode == 0
    assert machine.run("down").returncode == 0
    shutil.rmtree(machine.paths.postgres)
    beheaded = machine.run("rebuild", "ledger")
    assert beheaded.returncode == 1 and "was rebuilt from a ledger" in beheaded.stderr


def test_what_is_there_is_never_overwritten(lost: Lost) -> None:
    again = lost.machine.run("restore", str(lost.backup))
    assert again.returncode == 1 and "would be overwritten" in again.stderr
    second = lost.machine.run("backup", str(lost.backup))
    assert second.returncode == 1 and "is not empty" in second.stderr


def test_a_damaged_backup_is_refused_before_anything_is_written(
    lost: Lost, machine: Machine, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lost.backup, copy)
    journal = copy / "engine" / "journal-00000001.seg.gz"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    done = machine.run("restore", str(copy))
    assert done.returncode == 1 and f"{journal} is missing or damaged" in done.stderr
    assert not machine.paths.data_dir.exists()
    (copy / "manifest.json").unlink()
    assert "not a whole backup" in machine.run("restore", str(copy)).stderr


def test_a_closed_exchange_is_backed_up_unverified_if_asked_and_nothing_is_archived_for_it(
    lost: Lost, tmp_path: Path
) -> None:
    mark = lost.machine.paths.engine / "backup.json"
    before = mark.read_bytes()
    done = lost.machine.run("backup", str(tmp_path / "second"), "--no-verify")
    assert done.returncode == 0, done.stderr
    assert "NOT VERIFIED" in done.stdout
    assert mark.read_bytes() == before
    assert json.loads((tmp_path / "second" / "manifest.json").read_text())["verified_at"] == ""


def test_a_ledger_older_than_the_journal_is_brought_up_to_it_and_a_newer_one_refused(
    lost: Lost, machine: Machine
) -> None:
    """As after a restore of the database alone: the journal went on for a while."""
    restored = machine.run("restore", str(lost.backup))
    assert restored.returncode == 0, restored.stderr
    shutil.rmtree(machine.paths.engine)
    shutil.copytree(lost.machine.paths.engine, machine.paths.engine)
    done = machine.run("rebuild", "ledger")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every unit is accounted for." in done.stdout
    assert "wait for an operator, who asks the rails first" in done.stdout
    again = machine.run("rebuild", "ledger")
    assert again.returncode == 0 and "an operator" not in again.stdout.split("Audit")[0]

    with running(EmbeddedPostgres(machine.paths.postgres)):
        EmbeddedPostgres(machine.paths.postgres).run_sql(
            "UPDATE accounts.settlement_cursor SET last_seq = last_seq + 1", "openbell"
        )
    done = machine.run("rebuild", "ledger")
    assert done.returncode == 1
    assert "acknowledged records are lost" in done.stderr
    started = machine.up("--no-bots")
    assert started.returncode == 1
    assert "its journal has lost acknowledged records" in started.stdout + started.stderr
