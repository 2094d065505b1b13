"""The data directory: private, locked by one supervisor, careful with what is not its own."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from cli.running.instance import AlreadyRunning, Facts, InstanceError, InstanceLock, Paths, Secrets
from cli.running.ports import choose_ports, is_port_free


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def facts(**changes: object) -> Facts:
    fields: dict[str, object] = {
        "state": "running",
        "pid": 1,
        "core": "compiled",
        "gateway_url": "http://127.0.0.1:3000",
        "database_url": "postgresql://openbell@/openbell?host=/x",
        "ports": {"gateway": 3000},
    }
    return Facts(**(fields | changes))  # type: ignore[arg-type]


def test_the_directory_and_its_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path / "data")
    paths.prepare()
    Secrets.load_or_create(paths.secrets)
    facts().save(paths.facts)
    assert mode(paths.data_dir) == 0o700
    assert mode(paths.secrets) == mode(paths.facts) == 0o600


def test_an_empty_directory_that_exists_is_fine(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Paths.of(tmp_path).prepare()
    assert (tmp_path / "engine").is_dir()


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = Secrets.load_or_create(tmp_path / "secrets.json")
    assert Secrets.load_or_create(tmp_path / "secrets.json") == first
    assert len(bytes.fromhex(first.engine_key)) == 32
    assert len(bytes.fromhex(first.accounts_secrets_key)) == 32
    assert len(first.service_secret) >= 32


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", 12345, 12345)
    with pytest.raises(InstanceError, match="belongs to user 12345"):
        Paths.of(tmp_path / "data").prepare()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(InstanceError, match="not a directory"):
        Paths.of(tmp_path / "data").prepare()


def test_a_second_holder_of_the_lock_is_refused_and_the_first_is_known(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path / "lock")
    assert lock.holder_pid() is None
    with lock:
        second = InstanceLock(tmp_path / "lock")
        assert second.holder_pid() == os.getpid()
        with pytest.raises(AlreadyRunning):
            second.__enter__()
    assert lock.holder_pid() is None


def test_facts_survive_the_file_and_a_foreign_file_is_no_facts(tmp_path: Path) -> None:
    written = facts(demo={"logins": []})
    written.save(tmp_path / "facts.json")
    assert Facts.load(tmp_path / "facts.json") == written
    (tmp_path / "facts.json").write_text('{"version": 99}')
    assert Facts.load(tmp_path / "facts.json") is None
    assert Facts.load(tmp_path / "missing.json") is None


def test_erasing_leaves_what_is_not_ours(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path / "data")
    paths.prepare()
    Secrets.load_or_create(paths.secrets)
    (paths.data_dir / "notes.txt").write_text("mine")
    paths.erase()
    assert [path.name for path in paths.data_dir.iterdir()] == ["notes.txt"]


def test_erasing_all_removes_the_directory(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path / "data")
    paths.prepare()
    paths.erase()
    assert not paths.data_dir.exists()


def test_a_wanted_port_is_kept_while_free_and_left_when_taken() -> None:
    free = choose_ports({"accounts": None}, taken=set())["accounts"]
    assert choose_ports({"accounts": free}, taken=set()) == {"accounts": free}
    assert choose_ports({"accounts": free}, taken={free})["accounts"] != free
    with socket.socket() as server:
        server.bind(("127.0.0.1", free))
        server.listen()
        assert not is_port_free("127.0.0.1", free)
        assert choose_ports({"accounts": free}, taken=set())["accounts"] != free


def test_ports_are_distinct() -> None:
    chosen = choose_ports({str(number): 20_500 for number in range(20)}, taken=set())
    assert len(set(chosen.values())) == 20
