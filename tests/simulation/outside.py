"""The outside world of the product's modules: clock, chance, sockets, disks, threads, PostgreSQL.

Their own code runs as it is. What it calls of Python's and the kernel's is replaced by name for the
length of a run; a name that is no longer there fails at once.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry

import accounts.settling.settlement
import accounts.settling.settler
import engine_service.engine
import engine_service.journal
import gateway.orders.order_terms  # noqa: F401
import transport.client_session
import transport.live_events  # noqa: F401
from engine_service.data_files import DataDirectory
from engine_service.journal_segments import SEGMENTS_AHEAD, Segments
from schemas.session_layouts import Hello
from tests.simulation.scheduler import Process, SimulatedLoop, current_process

WALL_NS: Final = 1_700_000_000_000_000_000
"""What the wall clocks show when a run starts."""
_OURS: Final = ("accounts", "domain", "engine_service", "gateway", "service", "transport")


class SimulatedTime:
    """What is used of the module ``time``."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self.wall_ahead_ns: dict[str, int] = {}
        """How far a host's wall clock is ahead."""

    def monotonic_ns(self) -> int:
        """Return the monotonic clock."""
        return self._loop.now_ns

    def monotonic(self) -> float:
        """Return the monotonic clock in seconds."""
        return self._loop.time()

    def time_ns(self) -> int:
        """Return the wall clock of the current process's host."""
        process = current_process()
        ahead_ns = self.wall_ahead_ns.get(process.host, 0) if process else 0
        return WALL_NS + self._loop.now_ns + ahead_ns

    def sleep(self, seconds: float) -> None:
        """Nobody may block the one thread there is."""
        raise AssertionError("a simulated process blocks its thread")


class SimulatedSecrets:
    """What is used of the module ``secrets``."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def randbits(self, count: int) -> int:
        """Return so many random bits."""
        return self._random.getrandbits(count)

    def token_urlsafe(self, count: int) -> str:
        """Return ``count`` random bytes as text."""
        return self._random.randbytes(count).hex()


class SupplyInTurn:
    """A SegmentSupply without a thread: a segment is prepared when it is needed."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self.ready = 0
        self.error: OSError | None = None

    def start(self, number: int) -> None:
        """Begin, with segment ``number`` in use."""
        self.ready = max(number, self._segments.whole_count())
        self._prepare(number + SEGMENTS_AHEAD)

    def take(self, number: int) -> None:
        """Use segment ``number``.

        Raises:
            OSError: the disk is full or failed.
        """
        self._prepare(number)
        if self.ready < number:
            assert self.error is not None
            raise self.error
        self._prepare(number + SEGMENTS_AHEAD)

    def close(self) -> None:
        """Nothing goes on."""

    def _prepare(self, last: int) -> None:
        try:
            while self.ready < last:
                self._segments.prepare(self.ready + 1)
                self.ready += 1
        except OSError as error:
            self.error = error
        else:
            self.error = None


def _modules_with(module: ModuleType) -> list[ModuleType]:
    name = module.__name__
    return [
        each
        for key, each in sorted(sys.modules.items())
        if key.split(".")[0] in _OURS and getattr(each, name, None) is module
    ]


_WITH_TIME: Final = _modules_with(time)
_WITH_SECRETS: Final = _modules_with(secrets)


class Outside:
    """The replacements of one run."""

    def __init__(self, loop: SimulatedLoop, random: Random) -> None:
        self.time = SimulatedTime(loop)
        self.secrets = SimulatedSecrets(random)
        self.directory: Callable[[Process], DataDirectory]
        self.core_type: Callable[[], type]
        self.connect: Callable[..., Any]
        self.fold = "compiled"
        """The twin of the fold that settles."""
        self.newer_hosts: set[str] = set()
        """Whose clients speak a later version as well."""
        self.say: Callable[[str], None] = lambda line: None
        self._loop = loop

    def _open_directory(self, path: str) -> DataDirectory:
        process = current_process()
        assert process is not None
        return self.directory(process)

    def _replaced(self) -> list[tuple[Any, str, Any]]:
        engine = engine_service.engine
        names: list[tuple[Any, str, Any]] = [
            (engine, "DiskDirectory", self._open_directory),
            (engine, "open_udp_socket", lambda host, port: self._loop.network.bind(port)),
            (engine, "REGISTRY", CollectorRegistry()),
            (engine, "load_core", lambda: self.core_type()),
            (engine, "core_name", lambda: "reference"),
            (engine_service.journal, "SegmentSupply", SupplyInTurn),
            (accounts.settling.settler, "fold_name", lambda: self.fold),
            (accounts.settling.settlement, "asyncpg", SimpleNamespace(connect=self._connect)),
        ]
        names.append((transport.client_session, "Hello", self._hello))
        names += [(module, "time", self.time) for module in _WITH_TIME]
        names += [(module, "secrets", self.secrets) for module in _WITH_SECRETS]
        return names

    def _hello(self, version_min: int, version_max: int, *rest: int) -> Hello:
        process = current_process()
        newer = process is not None and process.host in self.newer_hosts
        return Hello(version_min, version_max + newer, *rest)

    async def _connect(self, url: str, **options: Any) -> Any:
        return await self.connect()

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Have the product's modules see this world for the length of the block."""
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in self._replaced()]
        log_before = structlog.get_config()
        structlog.configure(
            processors=[self._logged],
            wrapper_class=structlog.make_filtering_bound_logger(20),
            cache_logger_on_first_use=False,
        )
        for owner, name, value in self._replaced():
            setattr(owner, name, value)
        try:
            yield
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)
            structlog.configure(**log_before)

    def _logged(self, logger: Any, method: str, event: Any) -> Any:
        details = ", ".join(f"{key} {value}" for key, value in event.items() if key != "event")
        self.say(f"{event['event']}{': ' if details else ''}{details}")
        raise structlog.DropEvent


def silenced(task: asyncio.Task[Any]) -> None:
    """Take a task's failure as told."""
    if not task.cancelled():
        task.exception()
