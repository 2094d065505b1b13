"""The embedded server: private, durable by default, never orphaned."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres, PostgresError, Tuning, running
from tests.integration.cli.processes import wait_until_gone

TEST_TUNING = Tuning(durable=False)


async def test_each_test_gets_a_database_of_its_own(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("CREATE TABLE mine (id int)")
    finally:
        await connection.close()


async def test_what_another_test_made_is_not_there(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('mine')") is None
    finally:
        await connection.close()


def test_only_the_owner_reaches_the_socket_and_no_port_is_open(
    postgres_cluster: EmbeddedPostgres,
) -> None:
    assert stat.S_IMODE(postgres_cluster.socket_dir.stat().st_mode) == 0o700
    assert postgres_cluster.run_sql("SHOW listen_addresses") == ""


def test_the_demo_server_is_durable(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / "postgres")
    with running(cluster):
        settings = [cluster.run_sql(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    assert settings == ["on", "on"]


def test_a_durable_server_has_room_to_log_a_batch_unless_told_otherwise(tmp_path: Path) -> None:
    plain, told = (
        EmbeddedPostgres(tmp_path / "postgres", Tuning(settings=settings)).server_command()
        for settings in ((), ("wal_buffers=1MB",))
    )
    assert "wal_buffers=32MB" in plain
    # The last one counts.
    assert told.index("wal_buffers=1MB") > told.index("wal_buffers=32MB")


def test_a_path_too_long_for_a_socket_gets_a_short_directory(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / ("long" * 30) / "postgres", TEST_TUNING)
    with running(cluster):
        assert cluster.run_sql("SELECT 1") == "1"
    cluster.erase_socket_dir()


def test_an_empty_directory_is_used_and_data_survives_a_restart(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir(mode=0o700)
    for expected in ("", "1"):
        cluster = EmbeddedPostgres(tmp_path / "postgres", TEST_TUNING)
        with running(cluster):
            found = cluster.run_sql("SELECT 1 FROM pg_database WHERE datname = 'openbell'")
            assert found == expected
            cluster.ensure_database()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    os.chown(tmp_path / "postgres", 12345, 12345)
    with pytest.raises(PostgresError, match="belongs to user 12345"):
        EmbeddedPostgres(tmp_path / "postgres", TEST_TUNING).create()


def test_kill_9_of_the_owner_ends_the_server_and_the_data_opens_again(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(tmp_path / "postgres")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner:
        server_pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    wait_until_gone(server_pid)
    cluster = EmbeddedPostgres(tmp_path / "postgres", TEST_TUNING)
    with running(cluster):
        assert cluster.run_sql("SELECT 1") == "1"


_OWNER = """
import sys, time
from pathlib import Path
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
with running(EmbeddedPostgres(Path(sys.argv[1]), Tuning(durable=False))) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""
