"""A whole exchange on this machine whose engine has replicas: three servers of the log, an engine
and the maker of its snapshots for each replica, everything else once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from cli.cluster.nats_nodes import NatsMissing, NatsNodes
from cli.cluster.replicas import Replicas, leader_of
from cli.running.exchange import Exchange, Options, Watcher
from cli.running.instance import InstanceError, Paths
from cli.running.supervisor import ProcessSpec

LEADER_S = 60.0
LOOK_S = 0.05


class ClusterExchange(Exchange):
    """As Exchange. ``replicas``: how many engines; the log always has three servers."""

    def __init__(self, options: Options, watcher: Watcher, replicas: int) -> None:
        super().__init__(options, watcher)
        self._nodes = NatsNodes.load_or_create(options.paths.data_dir / "nats")
        self._replicas = replicas_of(options.paths, replicas)
        first = self._replicas.places[0]
        engine_ports = {
            "engine_udp": first.udp_port,
            "engine_tcp": first.tcp_port,
            "engine_http": first.http_port,
        }
        self.wiring = replace(
            self.wiring,
            paths=ClusterPaths(options.paths.data_dir),
            ports=self.wiring.ports | engine_ports,
            engine_replicas=self._replicas.as_text,
        )
        self.facts.ports = self.wiring.ports

    async def _engine_specs(self) -> list[ProcessSpec]:
        self._phase("starting the servers of the log")
        try:
            await self._supervisor.start(self._nodes.specs(self._paths.log))
        except NatsMissing as error:
            raise InstanceError(str(error)) from error
        self._phase("starting the engines and the database")
        key = self.wiring.secrets.engine_key
        return self._replicas.specs(self._nodes.url(), key, self._paths.logs)

    async def _engine_http_port(self) -> int:
        deadline_s = time.monotonic() + LEADER_S
        while (leader := await leader_of(self._replicas)) is None:
            if time.monotonic() > deadline_s:
                raise InstanceError(
                    f"no engine leads after {LEADER_S:.0f} s; see the engines' logs"
                )
            await asyncio.sleep(LOOK_S)
        return leader.http_port

    def _snapshot_specs(self) -> list[ProcessSpec]:
        return self._replicas.snapshot_specs(self._paths.logs)


class ClusterPaths(Paths):
    """As Paths; whoever reads the engine's files reads those of the first replica."""

    __slots__ = ()

    @property
    def engine(self) -> Path:
        return self.data_dir / "engines" / "engine_1"


def replicas_of(paths: Paths, count: int = 3) -> Replicas:
    """Return the engines of a cluster, made if they are not there yet.

    Raises:
        InstanceError: there are others than ``count``.
    """
    replicas = Replicas.load_or_create(paths.data_dir / "engines", count)
    if len(replicas.places) != count:
        raise InstanceError(
            f"{paths.data_dir} has {len(replicas.places)} engines, not {count}: use --nodes "
            f"{len(replicas.places)}, or another --data"
        )
    return replicas
