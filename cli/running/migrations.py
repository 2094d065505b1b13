"""Brings the database to the newest schema: plain SQL files, one history table a service."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import asyncpg

ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 300
_CONNECT_TIMEOUT_S = 10
# What asyncpg tries by itself and the migration tool's driver does not know.
_UNDECIDED_SSL_MODES = {"", "prefer", "allow"}


class MigrationError(Exception):
    """A migration did not apply; the message carries what the database said."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of one service, in its own directory and history table."""

    service: str

    @property
    def directory(self) -> Path:
        return ROOT / self.service / "sql" / "migrations"

    @property
    def table(self) -> str:
        return f"{self.service}_migrations"


SERVICES = (Migrations("accounts"), Migrations("market_data"))


def migrate(database_url: str) -> list[str]:
    """Apply what is missing; return the file names applied, oldest first.

    Args:
        database_url: as asyncpg takes it, a unix socket (``?host=DIR``) or a server.

    Raises:
        MigrationError: a migration failed; its file is rolled back, earlier ones stay.
    """
    url = dbmate_url(database_url, _server_uses_ssl)
    applied: list[str] = []
    for migrations in SERVICES:
        if migrations.directory.is_dir():
            applied += _run(url, migrations)
    return applied


def dbmate_url(database_url: str, server_uses_ssl: Callable[[str], bool]) -> str:
    """Translate an asyncpg URL for the migration tool, which needs ``sslmode`` decided."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode = query.pop("ssl", query.get("sslmode", ""))
    if mode in _UNDECIDED_SSL_MODES:
        on_socket = not parts.hostname and query.get("host", "/").startswith("/")
        mode = "require" if not on_socket and server_uses_ssl(database_url) else "disable"
    query["sslmode"] = mode
    encoded = urlencode(query, quote_via=quote)
    return f"postgres://{parts.netloc}{parts.path}?{encoded}"


def _server_uses_ssl(database_url: str) -> bool:
    return asyncio.run(_ask_server_about_ssl(database_url))


async def _ask_server_about_ssl(database_url: str) -> bool:
    try:
        connection = await asyncpg.connect(database_url, timeout=_CONNECT_TIMEOUT_S)
    except (OSError, asyncpg.PostgresError) as error:
        raise MigrationError(f"cannot reach the database: {error}") from error
    try:
        sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        return bool(await connection.fetchval(sql))
    finally:
        await connection.close()


def _run(url: str, migrations: Migrations) -> list[str]:
    command = [str(Path(sys.executable).with_name("dbmate"))]
    command += ["--migrations-dir", str(migrations.directory)]
    command += ["--migrations-table", migrations.table]
    command += ["--no-dump-schema", "--migration-lock", "migrate"]
    done = subprocess.run(
        command,
        capture_output=True,
        env=os.environ | {"DATABASE_URL": url},  # not an argument: the password would be public
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise MigrationError(f"{migrations.service}: {(done.stderr or done.stdout).strip()}")
    prefix = "Applied: "
    return [
        f"{migrations.service}/{line.removeprefix(prefix).split(' in ')[0]}"
        for line in done.stdout.splitlines()
        if line.startswith(prefix)
    ]
