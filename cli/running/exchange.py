"""Brings one whole exchange up in its order, and down again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cli.recovery.cursors import recovered_seq, refuse_wrong_cursors
from cli.running.demo import seed_demo
from cli.running.embedded_postgres import EmbeddedPostgres
from cli.running.instance import Facts, InstanceError, Paths, ProcessFacts, Secrets, ports_for
from cli.running.log_files import append_line
from cli.running.migrations import migrate
from cli.running.readiness import NOT_LISTENING, Readiness
from cli.running.services import ServiceName, Wiring
from cli.running.supervisor import ProcessSpec, Supervisor

POSTGRES_STARTS_MAX = 20  # a killed predecessor may hold its shared memory for some seconds
LEFTOVER_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. ``database_url`` None: a server of our own. ``history_hours``: of
    trading, that a new exchange with bots begins with. ``workers``: gateways behind the one port.
    ``replicas``: engines; where there are several, they have a replicated log.
    """

    paths: Paths
    gateway_port: int
    bots: bool = True
    database_url: str | None = None
    history_hours: int = 0
    workers: int = 1
    replicas: int = 1
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told: of the phase that begins, and of anything a person should read."""

    phase: Callable[[str], None]
    message: Callable[[str], None]


class Exchange:
    """One run. The caller holds the instance's lock for as long as it lasts."""

    def __init__(self, options: Options, watcher: Watcher) -> None:
        self._options = options
        self._watcher = watcher
        self._paths = options.paths
        self._supervisor = Supervisor(self._changed)
        self._postgres = None if options.database_url else EmbeddedPostgres(self._paths.postgres)
        self.wiring = Wiring(
            paths=self._paths,
            secrets=Secrets.load_or_create(self._paths.secrets),
            ports=ports_for(self._paths, options.gateway_port, options.workers),
            database_url=options.database_url or _url_of(self._postgres),
            inherited=options.environment,
        )
        self.facts = Facts(
            state="starting",
            pid=os.getpid(),
            core=self.wiring.core,
            gateway_url=self.wiring.gateway_url,
            database_url=self.wiring.database_url,
            ports=self.wiring.ports,
        )

    async def start(self) -> None:
        """Return when everything serves.

        Raises:
            StartFailed, MigrationError, PostgresError: what went wrong, in words.
        """
        await self._make_history()
        await self._start_stores()
        self._phase("migrating the database")
        await asyncio.to_thread(migrate, self.wiring.database_url)
        last_seq = await recovered_seq(await self._engine_http_port())
        await refuse_wrong_cursors(self.wiring.database_url, self._paths.engine, last_seq)
        # The gateway waits for the others by itself: it may load while they do.
        gateways = self.wiring.gateways(self._options.workers)
        opening = asyncio.create_task(self._supervisor.start(gateways))
        try:
            self._phase("starting accounts and market data")
            await self._start("accounts", "market_data")
            self._phase("seeding the demo")
            self.facts.demo = await seed_demo(self.wiring)
            self._phase("opening the gateway")
            await opening
        finally:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        self._phase("starting the snapshots, the auditor and the bots")
        await self._supervisor.start(self._snapshot_specs())
        await self._start("auditor", *(("trading_bot",) if self._options.bots else ()))
        self.facts.state = "running"
        self._phase("running")

    async def start_also(self, spec: ProcessSpec) -> None:
        """Start one more process, to be kept alive and stopped with the others.

        Raises:
            StartFailed: what went wrong, in words.
        """
        await self._supervisor.start([spec])
        self._save()

    async def stop(self) -> None:
        """End all processes: within 3 s, but for the snapshot of a large state."""
        self.facts.state = "stopping"
        self._save()
        await self._supervisor.stop()
        self.facts.state, self.facts.phase, self.facts.processes = "stopped", "stopped", {}
        self.facts.save(self._paths.facts)

    async def _make_history(self) -> None:
        """Give a new exchange a past; one with a journal, or a database elsewhere, has its own."""
        options = self._options
        wanted = options.bots and options.history_hours and self._postgres is not None
        if not wanted or any(self._paths.engine.iterdir()) or self._paths.postgres.exists():
            return
        from cli.running.history import make_history
        from trading_bot.config import START_PRICES, prices_of

        prices = options.environment.get("OPENBELL_BOT_START_PRICES", START_PRICES)
        await asyncio.to_thread(
            make_history,
            self._paths.engine,
            time.time_ns(),
            options.history_hours,
            prices_of(prices),
            self._phase,
        )

    async def _start_stores(self) -> None:
        """The journal and the database need nothing of each other: both at once."""
        self._phase("starting the engine and the database")
        specs = await self._engine_specs()
        if self._postgres is not None:
            self._postgres.create()
            specs.append(postgres_spec(self._postgres, self._paths.log("postgres")))
        await self._supervisor.start(specs)
        if self._postgres is not None:
            await asyncio.to_thread(self._postgres.ensure_database)

    # A cluster has several engines.

    async def _engine_specs(self) -> list[ProcessSpec]:
        return [self.wiring.spec("engine")]

    async def _engine_http_port(self) -> int:
        return self.wiring.ports["engine_http"]

    def _snapshot_specs(self) -> list[ProcessSpec]:
        return [self.wiring.spec("snapshots")]

    async def _start(self, *names: ServiceName) -> None:
        await self._supervisor.start([self.wiring.spec(name) for name in names])

    def _phase(self, phase: str) -> None:
        self.facts.phase = phase
        self._save()
        self._watcher.phase(phase)

    def _changed(self, message: str) -> None:
        self._save()
        if message:
            append_line(self._paths.log("supervisor"), message)
            self._watcher.message(message)

    def _save(self) -> None:
        self.facts.processes = self._supervisor.facts
        self.facts.save(self._paths.facts)


def postgres_spec(postgres: EmbeddedPostgres, log: Path) -> ProcessSpec:
    async def ready() -> Readiness:
        return Readiness(ready=True) if postgres.is_ready() else NOT_LISTENING

    return ProcessSpec(
        name="postgres",
        command=tuple(postgres.server_command()),
        env={key: text for key, text in os.environ.items() if not key.startswith("PG")},
        log=log,
        ready=ready,
        preexec=postgres.preexec(),
        stop_signal=signal.SIGINT,  # fast shutdown; SIGTERM would wait for clients
        stop_wave=0,
        starts_max=POSTGRES_STARTS_MAX,
    )


async def wait_for_leftovers(processes: dict[str, ProcessFacts]) -> None:
    """After a crash: wait until the kernel has ended what the dead supervisor had started.

    Raises:
        InstanceError: something still runs; it is named, not killed, for its id may be reused.
    """
    deadline_s = time.monotonic() + LEFTOVER_TIMEOUT_S
    while alive := [facts for facts in processes.values() if _is_leftover(facts)]:
        if time.monotonic() > deadline_s:
            named = ", ".join(f"{facts.name} (process {facts.pid})" for facts in alive)
            raise InstanceError(f"Left over from a crash and still running: {named}. End them.")
        await asyncio.sleep(0.02)


def _is_leftover(facts: ProcessFacts) -> bool:
    """Whether the process lives and began when the facts say (else the id is another's)."""
    if facts.pid is None or facts.started_at_s is None:
        return False
    try:
        stat = Path(f"/proc/{facts.pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    except (FileNotFoundError, ProcessLookupError):
        return False
    fields = stat.rpartition(")")[2].split()  # proc(5): from field 3, the state
    born_s = boot_s + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return fields[0] not in "ZX" and abs(born_s - facts.started_at_s) < 2.0


def _url_of(postgres: EmbeddedPostgres | None) -> str:
    assert postgres is not None
    return postgres.url()
