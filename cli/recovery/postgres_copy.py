"""One consistent copy of a PostgreSQL database in a file, and a database made of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from cli.running.embedded_postgres import PostgresError, postgres_binary

_TIMEOUT_S = 6 * 3600
_HAVE_ROLE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles
               WHERE rolname = current_user AND (rolsuper OR rolcreaterole)) THEN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'openbell_settlement') THEN
            CREATE ROLE openbell_settlement NOLOGIN;
        END IF;
        EXECUTE format('GRANT openbell_settlement TO %I', current_user);
    END IF;
END $$;
SELECT count(*) FROM pg_roles
WHERE rolname = 'openbell_settlement' AND pg_has_role(oid, 'MEMBER');
"""
"""Roles belong to a server, not to a database: a copy may grant rights to one that is not there."""


def dump(database_url: str, file: Path) -> None:
    """Write what is in a database at one moment to ``file``; it goes on serving meanwhile.

    Raises:
        PostgresError: it cannot be reached or read; the message says what the server said.
    """
    _run("pg_dump", database_url, "--format=custom", "--no-owner", f"--file={file}")


def restore(database_url: str, file: Path) -> None:
    """Fill an empty database from ``file``, all or nothing.

    Where settlement's role cannot be had, nobody is granted anything, as when the tables are made
    there.

    Raises:
        PostgresError: it is not empty, or refused something.
    """
    has_role = _run("psql", database_url, *_PSQL, f"--command={_HAVE_ROLE}") == "1"
    _run(
        "pg_restore",
        database_url,
        "--no-owner",
        *(() if has_role else ("--no-privileges",)),
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={_environment(database_url)['PGDATABASE']}",
        str(file),
    )


_PSQL = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")


def _run(program: str, database_url: str, *arguments: str) -> str:
    done = subprocess.run(
        [postgres_binary(program), *arguments],
        env=_environment(database_url),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresError(f"{program}: {done.stderr.strip()}")
    return done.stdout.strip()


def _environment(database_url: str) -> dict[str, str]:
    """Not an argument: the password would be public."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host", parts.hostname)
    ssl_mode = query.get("sslmode", query.get("ssl"))
    named = {
        "PGHOST": host,
        "PGPORT": query.get("port", str(parts.port) if parts.port else None),
        "PGUSER": unquote(parts.username) if parts.username else query.get("user"),
        "PGPASSWORD": unquote(parts.password) if parts.password else query.get("password"),
        "PGDATABASE": unquote(parts.path.lstrip("/")) or "postgres",
        "PGSSLMODE": ssl_mode,
    }
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    return inherited | {key: text for key, text in named.items() if text}
