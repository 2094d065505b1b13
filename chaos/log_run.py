"""Three NATS servers under load by one writer: killed, stopped and cut off, one after the other."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any, Final

from chaos.log_load import Difference, LogLoad, difference
from chaos.nats_processes import NatsProcesses, nats_running
from chaos.route_relays import RouteRelays
from cli.cluster.nats_nodes import NatsNode, NatsNodes
from replicated_log.errors import LogUnavailable
from replicated_log.jetstream_log import JetStreamLog
from replicated_log.opening import open_log

SHARD: Final = 1
BETWEEN: Final = 30
"""Appends that are answered before a fault, and after it."""
_POLL_S: Final = 0.05


class LogFault(StrEnum):
    """What is done to a server. The leader is the one that orders the shard's entries."""

    KILL_FOLLOWER = "kill -9 follower"
    KILL_LEADER = "kill -9 leader"
    PAUSE_FOLLOWER = "SIGSTOP follower"
    PAUSE_LEADER = "SIGSTOP leader"
    CUT_FOLLOWER = "follower cut off"
    CUT_LEADER = "leader cut off"
    LEADER_UNHEARD = "nothing passes from the leader"
    LEADER_DEAF = "nothing passes to the leader"

    @property
    def hits_leader(self) -> bool:
        """Which of the two it is done to."""
        return "leader" in self.value


@dataclass(frozen=True, slots=True)
class LogChaosOptions:
    """``rounds`` of each of ``faults``; what is stopped or cut off is so for ``lasts_s``."""

    rounds: int
    faults: tuple[LogFault, ...] = tuple(LogFault)
    lasts_s: float = 8.0
    seed: int = 1


@dataclass(slots=True)
class LogReport:
    """``gaps_s``: of each round of each fault, the longest time without an answer."""

    appended: int = 0
    elapsed_s: float = 0.0
    difference: Difference = field(default_factory=Difference)
    gaps_s: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the log held."""
        return self.difference.none

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        found = self.difference
        return {
            "appended": self.appended,
            "elapsed_s": round(self.elapsed_s, 1),
            "lost": found.lost,
            "duplicated": found.duplicated,
            "out_of_place": found.out_of_place,
            "made_up": found.made_up,
            "gaps_ms": {
                fault: [round(1_000 * gap) for gap in gaps] for fault, gaps in self.gaps_s.items()
            },
        }

    def as_text(self) -> str:
        """For people."""
        found = self.difference
        lines = [
            f"{self.appended:,} entries answered in {self.elapsed_s:.0f} s: {found.lost} lost, "
            f"{found.duplicated} duplicated, {found.out_of_place} out of place, "
            f"{found.made_up} made up"
        ]
        lines += [
            f"{fault}: {len(gaps)} rounds, without an answer for {median(gaps):.2f} s at the "
            f"median, {max(gaps):.2f} s at most"
            for fault, gaps in self.gaps_s.items()
        ]
        return "\n".join(lines)


async def log_chaos(
    directory: Path, options: LogChaosOptions, say: Callable[[str], None]
) -> LogReport:
    """Do the faults in turn and compare the log with what was answered.

    Raises:
        ChaosError: the servers do not serve again.
    """
    begun_s = time.monotonic()
    report = LogReport()
    async with _cluster(directory) as (processes, relays):
        log = await open_log(processes.nodes.url())
        assert isinstance(log, JetStreamLog)
        load = LogLoad(log, SHARD, options.seed)
        await load.start()
        try:
            for number in range(options.rounds):
                for fault in options.faults:
                    gap_s = await _round(log, load, processes, relays, fault, options.lasts_s)
                    report.gaps_s.setdefault(fault, []).append(gap_s)
                    say(f"{number + 1}. {fault}: {gap_s:.2f} s without an answer")
        finally:
            await load.stop()
            await log.close()
        fresh = await open_log(processes.nodes.url())
        report.difference = await difference(fresh, SHARD, load)
        await fresh.close()
    report.appended = len(load.acked)
    report.elapsed_s = time.monotonic() - begun_s
    return report


async def _round(
    log: JetStreamLog,
    load: LogLoad,
    processes: NatsProcesses,
    relays: RouteRelays,
    fault: LogFault,
    lasts_s: float,
) -> float:
    await processes.ready()
    await load.progress(BETWEEN)
    leader = await _leader(log)
    nodes = processes.nodes.nodes
    node = next(one for one in nodes if (one.name == leader) == fault.hits_leader)
    since_s = time.monotonic()
    if fault in (LogFault.KILL_FOLLOWER, LogFault.KILL_LEADER):
        processes.kill(node)
        await load.progress(BETWEEN)  # by the two others
        processes.start(node)
    else:
        _begin(fault, node, processes, relays)
        await asyncio.sleep(lasts_s)
        processes.resume(node)
        relays.heal()
    await load.progress(BETWEEN)
    await processes.ready()
    return load.longest_gap_s(since_s)


def _begin(fault: LogFault, node: NatsNode, processes: NatsProcesses, relays: RouteRelays) -> None:
    others = [other.name for other in processes.nodes.nodes if other != node]
    outwards = [(node.name, other) for other in others]
    inwards = [(other, node.name) for other in others]
    match fault:
        case LogFault.PAUSE_FOLLOWER | LogFault.PAUSE_LEADER:
            processes.pause(node)
        case LogFault.CUT_FOLLOWER | LogFault.CUT_LEADER:
            relays.cut(outwards + inwards)
        case LogFault.LEADER_UNHEARD:
            relays.cut(outwards)
        case LogFault.LEADER_DEAF:
            relays.cut(inwards)


async def _leader(log: JetStreamLog) -> str:
    while True:
        try:
            leader = await log.leader(SHARD)
        except LogUnavailable:
            leader = None
        if leader is not None:
            return leader
        await asyncio.sleep(_POLL_S)


@asynccontextmanager
async def _cluster(directory: Path) -> AsyncIterator[tuple[NatsProcesses, RouteRelays]]:
    nodes = NatsNodes.load_or_create(directory)
    relays = RouteRelays({node.name: node.route_port for node in nodes.nodes})
    await relays.start()
    try:
        async with nats_running(
            directory, route_port=lambda one, other: relays.ports[one.name, other.name]
        ) as processes:
            yield processes, relays
    finally:
        await relays.close()
