"""One run: the exchange, the people, the faults, all in one thread and out of one seed."""

from __future__ import annotations

import asyncio
import gc
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final

from engine_service.errors import (
    ClockRefused,
    EngineServiceError,
    EventLogDamaged,
    JournalDamaged,
    JournalFailed,
    SnapshotRefused,
)
from engine_service.snapshot_making import SnapshotMaker
from gateway.errors import GatewayError
from risk.reference import RiskError
from schemas.errors import WireError
from tests.simulation.cores import TwinsDiffer, WatchedCore
from tests.simulation.database import Database
from tests.simulation.faults import Faults, until
from tests.simulation.final import check_everything
from tests.simulation.host_disk import HostDisk
from tests.simulation.network import Network
from tests.simulation.options import Options
from tests.simulation.outside import Outside
from tests.simulation.people import Bank, Operator, Trader
from tests.simulation.processes import (
    SEGMENT_BYTES,
    AccountsHost,
    ClientHost,
    EngineHost,
    GatewayHost,
    Host,
)
from tests.simulation.scheduler import PowerCut, Process, SimulatedLoop, Stuck
from tests.simulation.venue import TRADERS, opening
from tests.simulation.witness import Violation, Witness, hold
from transport.errors import TransportError

FAULTS: Final = (
    Violation,
    TwinsDiffer,
    Stuck,
    EngineServiceError,
    TransportError,
    WireError,
    RiskError,
    GatewayError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)
"""What code with a bug in it may raise: that is a violation, too."""
OPENING_S: Final = 60.0
HEALED_S: Final = 90.0
"""By then everything must be complete."""
OVERDUE_NS: Final = 3_000_000_000
"""By then what is due must have ended. The engine's clock may be wrong by a little less."""


@dataclass(slots=True)
class Run:
    """What became of a seed."""

    options: Options
    violation: str = ""
    digest: str = ""
    story: list[str] = field(default_factory=list)
    virtual_s: float = 0.0
    faults: int = 0
    datagrams: int = 0
    commands: int = 0
    events: int = 0
    engine_starts: int = 0
    callbacks: int = 0


class World:
    """Everything there is in one run."""

    def __init__(self, options: Options, tell: bool) -> None:
        self.options = options
        self.story: list[str] = []
        self.healed = False
        self.fault_count = 0
        self.violation: BaseException | None = None
        self._tell = tell
        seed = options.seed
        self.loop = SimulatedLoop(Random(f"loop {seed}"))
        self.network = self.loop.network = Network(self.loop, Random(f"network {seed}"))
        self.host_disk = HostDisk(Random(f"disk {seed}"))
        self.database = Database(Random(f"database {seed}"))
        self.outside = Outside(self.loop, Random(f"secrets {seed}"))
        self.witness = Witness()
        self.random = Random(f"people {seed}")
        self._damaged = False
        self._wire_outside()
        self._make_hosts()
        self._make_people()

    def _wire_outside(self) -> None:
        self.outside.directory = self.host_disk.opened_by
        self.outside.core_type = lambda: WatchedCore
        self.outside.connect = self.database.connect
        self.outside.fold = self.options.leading
        self.outside.newer_hosts = {"gateway-2"} if self.options.newer_client else set()
        self.outside.say = lambda line: self.say(f"log: {line}")
        self.network.before_send = self._before_send
        WatchedCore.leading, WatchedCore.latest = self.options.leading, None
        WatchedCore.applied = self._applied
        self.loop.set_exception_handler(self._on_loop_fault)

    def _make_hosts(self) -> None:
        self.engine = EngineHost(self.loop, "engine", self._on_engine_fault)
        self.engine.died = self._engine_died
        self.gateways = [GatewayHost(self.loop, f"gateway-{at}", self.on_fault) for at in (1, 2)]
        self.accounts = AccountsHost(self.loop, "accounts", self.on_fault)
        self.bank_host = ClientHost(self.loop, "bank", self.on_fault)
        self.hosts: list[Host] = [self.engine, *self.gateways, self.accounts, self.bank_host]
        self.seconds: list[Host] = []
        for client_id, host in enumerate((*self.gateways, self.bank_host), start=11):
            host.client_id = client_id
            host.asked = self.witness.was_asked
            host.answered = self.witness.was_answered
        for gateway in self.gateways:
            gateway.saw = self.witness.was_seen

    def _make_people(self) -> None:
        self.accounts_of_traders = TRADERS[: self.options.traders]
        self.traders = [
            Trader(
                account_id,
                self.gateways,
                Random(f"trader {account_id} {self.options.seed}"),
                lambda: 0.0 if self.healed else self.options.slow_answers,
                lambda: self.outside.time.time_ns() // 1_000_000_000,
                self.say,
            )
            for account_id in self.accounts_of_traders
        ]
        self.bank = Bank(self.bank_host, self.random, self.say)
        self.operator = Operator(self.bank_host, self.random, self.say)

    def say(self, what: str) -> None:
        """Add a line to the story."""
        if self._tell:
            self.story.append(f"{self.loop.time():9.4f} s  {what}")

    # ---- what happens to the engine ------------------------------------------------------------

    def cut_power(self, survives: Callable[[], bool] | None = None) -> None:
        """Cut the power of the engine's host: unsynced bytes are lost, or some of them, or none."""
        share = self.random.choice((0.0, 0.5, 0.9, 1.0))
        self.engine.process.end()
        self.host_disk.power_cut(survives or (lambda: self.random.random() < share))
        self.engine.restart_after(0.05)

    def stop_engine(self) -> None:
        """Ask the engine to end well."""
        if self.engine.running and self.engine.serving:
            self.engine.stop.set()

    def lose_disk(self) -> None:
        """Lose the engine's disk: the operator puts a replica in its place, as its page says."""
        files = self.host_disk.replica()
        self.engine.process.end()
        self.host_disk.restore(files)
        self.engine.restart_after(0.1)

    def misdirect(self) -> None:
        """Cut the power, and find that some sectors were written in the wrong place."""
        replica = self.host_disk.replica()
        self.cut_power(lambda: False)
        what = self.host_disk.misdirect()
        if what is not None:
            self.say(what)
            self._damaged, self._replica = True, replica

    def make_snapshot(self) -> None:
        """Make a snapshot beside the engine, as the process for it does."""
        keeper = Process(self.loop, "engine")
        keeper.context().run(self._make_snapshot, keeper)
        keeper.end()

    def _make_snapshot(self, keeper: Process) -> None:
        maker = SnapshotMaker(
            self.host_disk.opened_by(keeper),
            segment_bytes=SEGMENT_BYTES,
            pure_python=self.options.leading == "reference",
            say=lambda line: self.say(f"snapshot: {line}"),
            looks_max=1,
        )
        left, self.host_disk.operations_left = self.host_disk.operations_left, None
        try:
            made = maker.make()
            self.say(f"a snapshot behind record {made.index}" if made else "nothing to keep")
        except (EventLogDamaged, OSError) as error:
            self.say(f"no snapshot: {error}")
        finally:
            self.host_disk.operations_left = left

    def _engine_died(self, error: BaseException) -> None:
        """Take the process away, as the engine's main module does at a fault."""
        self.engine.process.end()
        self.engine.restart_after(0.05)
        if isinstance(error, JournalFailed | OSError):
            self.say(f"the engine aborts: {error}")
        elif not isinstance(error, PowerCut):
            self._violated(error)

    def _on_engine_fault(self, host: str, error: BaseException) -> None:
        """Do what the message of an engine that cannot start says."""
        self.say(f"the engine does not start: {error}")
        refusals = (JournalDamaged, EventLogDamaged, SnapshotRefused)
        if isinstance(error, ClockRefused):
            self._see_to_the_clock()
        elif isinstance(error, refusals) and self._damaged:
            self._damaged = False
            self.host_disk.restore(self._replica)
            self.say("the directory is restored from a replica")
        elif isinstance(error, OSError | JournalFailed):
            self.engine.restart_after(0.3)
        else:
            self._violated(error)

    def _see_to_the_clock(self) -> None:
        """Set a wrong clock right; if it is right, the log's time was wrong: go on all the same."""
        self.engine.accept_clock = not self.outside.time.wall_ahead_ns.pop("engine", 0)

    # ---- what is watched -----------------------------------------------------------------------

    def _before_send(self, process: Process) -> None:
        if process is not self.engine.process:
            return
        hold(
            not self.host_disk.has_unsynced("journal-"),
            "something leaves the engine before the journal is on the disk",
        )
        left = self.host_disk.operations_left
        if left is not None:
            self.host_disk.operations_left = left - 1
            if left <= 1:
                self.host_disk.operations_left = None
                self.host_disk.dies()

    def _applied(self, core: WatchedCore, *told: Any) -> None:
        self.witness.was_applied(core, *told)

    def on_fault(self, host: str, error: BaseException) -> None:
        """Nothing but the engine may end by itself."""
        self._violated(error)

    def _on_loop_fault(self, loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, PowerCut) or error is None:
            return
        if isinstance(error, JournalFailed) or not self._is_ours(error):
            self.say(f"heard in the loop: {error!r}")
            return
        self._violated(error)

    @staticmethod
    def _is_ours(error: BaseException) -> bool:
        return not isinstance(error, asyncio.CancelledError)

    def _violated(self, error: BaseException) -> None:
        if self.violation is None:
            self.violation = error
            self.say(f"VIOLATION: {type(error).__name__}: {error}")
        self.loop.stop()

    # ---- the run -------------------------------------------------------------------------------

    async def live(self) -> None:
        """Open, trade while things go wrong, heal, and be complete."""
        for host in self.hosts:
            host.start()
        parts = [asyncio.ensure_future(self._open())]
        await self._all_done(parts, OPENING_S, "the venue does not open")
        self.say("the venue is open; faults begin")
        faults = Faults(self, self.options, Random(f"faults {self.options.seed}"))
        faults.begin()
        parts = [
            asyncio.ensure_future(trader.trade(self.options.operations)) for trader in self.traders
        ]
        parts.append(asyncio.ensure_future(self.bank.bring_more(self.accounts_of_traders, 4)))
        bank, options = self.bank, self.options
        parts.append(
            asyncio.ensure_future(bank.take_out(self.accounts_of_traders, options.withdrawals))
        )
        parts.append(asyncio.ensure_future(bank.move(self.accounts_of_traders, options.moves)))
        parts.append(asyncio.ensure_future(self.operator.auctions(self.options.auctions)))
        await asyncio.sleep(self.options.faulty_s)
        faults.heal()
        await self._all_done(parts, HEALED_S, "not everything is answered")
        hold(await until(self._settled, HEALED_S), "not everything is settled")
        self.say("everything is answered and settled")

    async def _open(self) -> None:
        await self.operator.open(opening(self.options.traders))
        await self.bank.bring(self.accounts_of_traders, 3)

    async def _all_done(
        self, parts: list[asyncio.Future[None]], within_s: float, otherwise: str
    ) -> None:
        _, pending = await asyncio.wait(parts, timeout=within_s)
        for part in parts:
            if part.done():
                part.result()
        hold(not pending, otherwise)

    def _settled(self) -> bool:
        if not self.engine.serving or not all(host.running for host in self.hosts):
            return False
        core = self.core
        if core is None:
            return False
        last_seq = core.next_event_seq - 1
        due_ns = core.next_deadline_ns
        if due_ns and due_ns < self.outside.time.time_ns() - OVERDUE_NS:
            return False
        if self.database.holder or self.database.cursor["last_seq"] != last_seq:
            return False
        return all(
            hasattr(gateway, "feed") and gateway.feed.live
            and gateway.feed.projection.seq == last_seq
            for gateway in self.gateways
        )  # fmt: skip

    @property
    def core(self) -> WatchedCore | None:
        """The core of the engine that serves."""
        return WatchedCore.latest

    def end(self) -> None:
        """End all processes and let their tasks unwind."""
        for host in (*self.hosts, *self.seconds):
            host.wanted = False
            host.process.end()
        self.healed = True


def run_seed(options: Options, *, tell: bool = False) -> Run:
    """Live through one seed."""
    gc.collect()  # the world before: all its parts know each other
    _freeze_once()
    gc_was_on = gc.isenabled()
    gc.disable()  # what it finds, and when, must not decide the order of anything
    world = World(options, tell)
    run = Run(options, story=world.story)
    try:
        with world.outside.replaced():
            _live(world, run)
    finally:
        world.loop.close()
        if gc_was_on:
            gc.enable()
    return run


@cache
def _freeze_once() -> None:
    """Have no collection look at the modules again; to ask whether it was done walks them, too."""
    gc.freeze()


def _live(world: World, run: Run) -> None:
    loop = world.loop
    try:
        loop.run_until_complete(world.live())
        if world.violation is None:
            log = check_everything(world)
            run.commands, run.events = log.commands, log.events
            run.digest = f"{world.network.digest:08x} {log.digest}"
    except FAULTS as error:
        world.violation = world.violation or error
    except RuntimeError:
        if world.violation is None:  # the loop was stopped because of one
            raise
    run.virtual_s, run.callbacks = loop.time(), loop.callbacks
    run.faults, run.datagrams = world.fault_count, world.network.sent
    run.engine_starts = world.engine.starts
    if world.violation is not None:
        run.violation = f"{type(world.violation).__name__}: {world.violation}"
        world.say(f"VIOLATION: {run.violation}")
    world.end()
    _unwind(loop)


def _unwind(loop: SimulatedLoop) -> None:
    loop.callbacks = 0
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        try:
            loop.run_until_complete(asyncio.wait(tasks, timeout=5))
        except (RuntimeError, Stuck):
            return
    loop.run_until_complete(loop.shutdown_asyncgens())
