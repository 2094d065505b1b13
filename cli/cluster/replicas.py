"""Several engines on this machine over one log: ports, directories, processes, and who leads."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from cli.running.instance import write_private_json
from cli.running.ports import choose_ports
from cli.running.readiness import ask_readyz, http_get
from cli.running.supervisor import CLOSING_SNAPSHOT_S, ProcessSpec
from transport.engine_address import EngineAddress

LOOPBACK = "127.0.0.1"
ASK_S = 2.0
_LEADS = re.compile(rb"^openbell_engine_replica_leads 1\.0$", re.MULTILINE)
_EPOCH = re.compile(rb"^openbell_engine_replica_epoch ([0-9.e+]+)$", re.MULTILINE)
_ENTRY = re.compile(rb"^openbell_engine_replica_applied_entry ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReplicaPlace:
    """One replica and its ports."""

    number: int
    udp_port: int
    tcp_port: int
    http_port: int
    snapshots_port: int

    @property
    def name(self) -> str:
        """The name of its process."""
        return f"engine_{self.number}"

    @property
    def address(self) -> EngineAddress:
        """Where clients reach it."""
        return EngineAddress(LOOPBACK, self.udp_port, self.tcp_port)


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What a replica says of itself."""

    leads: bool
    epoch: int
    applied_entry: int


@dataclass(frozen=True, slots=True)
class Replicas:
    """The engines of one data directory; the same after every start."""

    directory: Path
    places: tuple[ReplicaPlace, ...]

    @classmethod
    def load_or_create(cls, directory: Path, count: int = 3) -> Replicas:
        """Return the engines whose files are below ``directory``."""
        file = directory / "replicas.json"
        if file.exists():
            facts = json.loads(file.read_text(encoding="utf-8"))
            return cls(directory, tuple(ReplicaPlace(**place) for place in facts))
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        kinds = ("udp", "tcp", "http", "snapshots")
        numbers = range(1, count + 1)
        ports = choose_ports(
            {f"{number} {kind}": None for number in numbers for kind in kinds}, set()
        )
        places = tuple(
            ReplicaPlace(number, *(ports[f"{number} {kind}"] for kind in kinds))
            for number in numbers
        )
        write_private_json(file, [asdict(place) for place in places])
        return cls(directory, places)

    @property
    def addresses(self) -> tuple[EngineAddress, ...]:
        """Where clients reach them."""
        return tuple(place.address for place in self.places)

    @property
    def as_text(self) -> str:
        """The same, as the services' configuration says it."""
        return ",".join(f"{host}:{udp}:{tcp}" for host, udp, tcp in self.addresses)

    def data_dir(self, place: ReplicaPlace) -> Path:
        """Where a replica's journal is."""
        return self.directory / place.name

    def specs(self, log_url: str, engine_key: str, logs: Path) -> list[ProcessSpec]:
        """What the supervisor starts: the engines."""
        return [self._engine(place, log_url, engine_key, logs) for place in self.places]

    def snapshot_specs(self, logs: Path) -> list[ProcessSpec]:
        """What makes the snapshots, one beside each engine."""
        return [self._snapshots(place, logs) for place in self.places]

    def _engine(self, place: ReplicaPlace, log_url: str, key: str, logs: Path) -> ProcessSpec:
        own = {
            "OPENBELL_BIND_HOST": LOOPBACK,
            "OPENBELL_ENGINE_UDP_PORT": str(place.udp_port),
            "OPENBELL_ENGINE_TCP_PORT": str(place.tcp_port),
            "OPENBELL_ENGINE_HTTP_PORT": str(place.http_port),
            "OPENBELL_ENGINE_KEY": key,
            "OPENBELL_ENGINE_DATA_DIR": str(self.data_dir(place)),
            "OPENBELL_ENGINE_LOG": log_url,
            "OPENBELL_ENGINE_REPLICA": str(place.number),
        }
        return ProcessSpec(
            name=place.name,
            command=(sys.executable, "-P", "-m", "engine_service"),
            env=_inherited() | own,
            log=logs / f"{place.name}.log",
            ready=partial(ask_readyz, place.http_port),
            port=place.http_port,
            stop_wave=2,
        )

    def _snapshots(self, place: ReplicaPlace, logs: Path) -> ProcessSpec:
        name = f"snapshots_{place.number}"
        own = {
            "OPENBELL_BIND_HOST": LOOPBACK,
            "OPENBELL_ENGINE_DATA_DIR": str(self.data_dir(place)),
            "OPENBELL_SNAPSHOTS_HTTP_PORT": str(place.snapshots_port),
        }
        return ProcessSpec(
            name=name,
            command=(sys.executable, "-P", "-m", "engine_service.snapshots"),
            env=_inherited() | own,
            log=logs / f"{name}.log",
            ready=partial(ask_readyz, place.snapshots_port),
            port=place.snapshots_port,
            stop_wave=1,
            stop_s=CLOSING_SNAPSHOT_S,
        )


def _inherited() -> dict[str, str]:
    # No engine knows a database: its address may carry a password.
    return {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}


async def ask_replica(place: ReplicaPlace) -> ReplicaState | None:
    """Return what a replica says of itself; None: it does not answer, or does not follow yet."""
    try:
        async with asyncio.timeout(ASK_S):
            _, body = await http_get(LOOPBACK, place.http_port, "/metrics")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return None
    epoch, entry = _EPOCH.search(body), _ENTRY.search(body)
    if epoch is None or entry is None:
        return None
    return ReplicaState(bool(_LEADS.search(body)), round(float(epoch[1])), round(float(entry[1])))


async def ask_all(replicas: Replicas) -> dict[ReplicaPlace, ReplicaState | None]:
    """Return what each says of itself."""
    states = await asyncio.gather(*(ask_replica(place) for place in replicas.places))
    return dict(zip(replicas.places, states, strict=True))


async def leader_of(replicas: Replicas) -> ReplicaPlace | None:
    """Return the one that leads, in the highest epoch if an old one does not know yet."""
    states = await ask_all(replicas)
    leads = [(state.epoch, place) for place, state in states.items() if state and state.leads]
    return max(leads, default=(0, None), key=lambda found: found[0])[1]
