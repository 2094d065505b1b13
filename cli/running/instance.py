"""One exchange on this machine: directory, secrets, ports and the facts about its run."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cli.running.ports import PORT_NAMES, choose_ports

DEFAULT_DATA_DIR = Path(".openbell")
DEFAULT_GATEWAY_PORT = 3000


class InstanceError(Exception):
    """The data directory cannot be used; the message says why and what to do."""


class AlreadyRunning(InstanceError):
    """Another supervisor holds this data directory."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where everything of one instance lies."""

    data_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        return cls(data_dir.expanduser().absolute())

    @property
    def facts(self) -> Path:
        return self.data_dir / "openbell.json"

    @property
    def secrets(self) -> Path:
        return self.data_dir / "secrets.json"

    @property
    def lock(self) -> Path:
        return self.data_dir / "lock"

    @property
    def postgres(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def engine(self) -> Path:
        return self.data_dir / "engine"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def bots(self) -> Path:
        return self.data_dir / "bots.json"

    @property
    def fleet(self) -> Path:
        """Which bots run, and how."""
        return self.data_dir / "fleet.json"

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def prepare(self) -> None:
        """Create the directory, private to its owner; an existing one must be the caller's.

        Raises:
            InstanceError: another user owns it, or it is not a directory.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError as error:
            raise InstanceError(f"{self.data_dir} is not a directory.") from error
        owner_uid = self.data_dir.stat().st_uid
        if owner_uid != os.geteuid():
            raise InstanceError(
                f"{self.data_dir} belongs to user {owner_uid}, not to you ({os.geteuid()}): "
                "use --data with a directory of your own."
            )
        self.data_dir.chmod(0o700)
        for directory in (self.engine, self.logs):
            directory.mkdir(mode=0o700, exist_ok=True)

    def erase(self) -> None:
        """Delete what an instance makes, and nothing else that may lie in the directory."""
        cluster = (self.data_dir / "engines", self.data_dir / "nats")
        for directory in (self.engine, self.logs, self.postgres, *cluster):
            shutil.rmtree(directory, ignore_errors=True)
            shutil.rmtree(directory.with_name(directory.name + ".new"), ignore_errors=True)
        shutil.rmtree(self.data_dir / "postgres-socket", ignore_errors=True)
        for file in (self.facts, self.secrets, self.bots, self.fleet, self.lock):
            file.unlink(missing_ok=True)
        if not any(self.data_dir.iterdir()):
            self.data_dir.rmdir()


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made once per instance, kept for its life: they encrypt and sign what it stores."""

    engine_key: str
    service_secret: str
    accounts_secrets_key: str

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        if path.exists():
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        made = cls(
            engine_key=secrets.token_hex(32),
            service_secret=secrets.token_urlsafe(48),
            accounts_secrets_key=secrets.token_hex(32),
        )
        write_private_json(path, asdict(made))
        return made


@dataclass(slots=True)
class ProcessFacts:
    """What is known of one process; ``pid`` is None between a death and the restart."""

    name: str
    pid: int | None = None
    port: int | None = None
    restarts: int = 0
    started_at_s: float | None = None


@dataclass(slots=True)
class Facts:
    """The state of a run, rewritten at every change, read by every other command."""

    state: str
    pid: int
    core: str
    gateway_url: str
    database_url: str
    ports: dict[str, int]
    started_at_s: float = field(default_factory=time.time)
    phase: str = ""
    processes: dict[str, ProcessFacts] = field(default_factory=dict)
    demo: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Return the facts, or None when there are none (or another version wrote them)."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            processes = {name: ProcessFacts(**facts) for name, facts in stored["processes"].items()}
            return cls(**(stored | {"processes": processes}))
        except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
            return None

    def save(self, path: Path) -> None:
        write_private_json(path, asdict(self))


class InstanceLock:
    """Held by the supervisor for as long as it lives; the kernel drops it when it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def is_held_elsewhere(self) -> bool:
        if not self._path.exists():
            return False
        fd = os.open(self._path, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def holder_pid(self) -> int | None:
        """The process that holds the lock, or None when nobody does."""
        if not self.is_held_elsewhere():
            return None
        text = self._path.read_text(encoding="ascii").strip()
        return int(text) if text else None

    def __enter__(self) -> Self:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise AlreadyRunning("Openbell is already running on this data.") from None
        os.ftruncate(fd, 0)
        os.write(fd, str(os.getpid()).encode("ascii"))
        self._fd = fd
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def worker_name(worker: int) -> str:
    """The name of one of several gateways, from 1 on."""
    return f"gateway_{worker}"


def ports_for(paths: Paths, gateway_port: int, workers: int = 1) -> dict[str, int]:
    """The gateway's port as asked, and free loopback ports for the rest: those of the last run
    where they are still free, so that a bookmark or a dashboard goes on working. Several gateways
    (``workers``) have one each besides.
    """
    before = Facts.load(paths.facts)
    wanted = before.ports if before else {}
    own = [worker_name(worker) for worker in range(1, workers + 1)] if workers > 1 else []
    names = [*PORT_NAMES, *own]
    inner = choose_ports({name: wanted.get(name) for name in names}, taken={gateway_port})
    return {"gateway": gateway_port} | inner


def write_private_json(path: Path, content: object) -> None:
    """Replace ``path`` in one step with JSON only its owner can read."""
    building = path.with_name(f"{path.name}.{os.getpid()}.new")
    fd = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    building.replace(path)
