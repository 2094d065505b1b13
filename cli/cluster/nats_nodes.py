"""NATS servers on this machine that hold the replicated log: ports, passwords, configuration."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from cli.running.instance import write_private_json
from cli.running.ports import choose_ports
from cli.running.readiness import NOT_LISTENING, Readiness, http_get
from cli.running.supervisor import ProcessSpec

LOOPBACK = "127.0.0.1"
ENGINE_USER, OPERATOR_USER, ROUTE_USER, SYSTEM_USER = "engine", "operator", "route", "system"
_USERS = (ENGINE_USER, OPERATOR_USER, ROUTE_USER, SYSTEM_USER)
_TIMEOUT_S = 2.0
_STOP_S = 5.0
# An entry is 1 MiB at most; its headers and the servers' own come on top.
_PAYLOAD_BYTES_MAX = (1 << 20) + (64 << 10)
_STORE_BYTES_MAX = 1 << 40  # the disk is the limit
_FORBIDDEN = ("PURGE", "DELETE", "UPDATE", "MSG.DELETE", "RESTORE")


class NatsMissing(Exception):
    """The server's program is not installed."""


@dataclass(frozen=True, slots=True)
class NatsNode:
    """One server and its ports."""

    name: str
    client_port: int
    route_port: int
    http_port: int


RoutePort = Callable[[NatsNode, NatsNode], int]
"""On which port of the loopback interface the first reaches the second."""


@dataclass(frozen=True, slots=True)
class NatsNodes:
    """The servers of one data directory; the same after every start."""

    directory: Path
    nodes: tuple[NatsNode, ...]
    passwords: dict[str, str]

    @classmethod
    def load_or_create(cls, directory: Path, count: int = 3) -> NatsNodes:
        """Return the servers whose files are below ``directory``."""
        file = directory / "nats.json"
        if file.exists():
            facts = json.loads(file.read_text(encoding="utf-8"))
            nodes = tuple(NatsNode(**node) for node in facts["nodes"])
            return cls(directory, nodes, facts["passwords"])
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = [f"nats-{number}" for number in range(1, count + 1)]
        kinds = ("client", "route", "http")
        ports = choose_ports({f"{name} {kind}": None for name in names for kind in kinds}, set())
        nodes = tuple(
            NatsNode(name, *(ports[f"{name} {kind}"] for kind in kinds)) for name in names
        )
        passwords = {user: secrets.token_urlsafe(24) for user in _USERS}
        facts = {"nodes": [asdict(node) for node in nodes], "passwords": passwords}
        write_private_json(file, facts)
        return cls(directory, nodes, passwords)

    def url(self, user: str = ENGINE_USER) -> str:
        """The log's address for ``user``."""
        hosts = ",".join(f"{LOOPBACK}:{node.client_port}" for node in self.nodes)
        return f"nats://{user}:{self.passwords[user]}@{hosts}?replicas={len(self.nodes)}"

    def write_config(self, node: NatsNode, route_port: RoutePort | None = None) -> Path:
        """Write the file ``command`` names. With ``route_port`` the servers reach each other on
        those ports alone.
        """
        store = self.directory / node.name
        store.mkdir(mode=0o700, exist_ok=True)
        path = self.directory / f"{node.name}.conf"
        others = [other for other in self.nodes if other != node]
        ports = [route_port(node, other) if route_port else other.route_port for other in others]
        text = self._config(node, store, ports, advertised=route_port is None)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def command(self, node: NatsNode) -> tuple[str, ...]:
        """What runs it."""
        return (nats_server(), "--config", str(self.directory / f"{node.name}.conf"))

    def specs(self, log: Callable[[str], Path]) -> list[ProcessSpec]:
        """What the supervisor starts; ``log`` says where a process writes."""
        for node in self.nodes:
            self.write_config(node)
        return [
            ProcessSpec(
                name=node.name,
                command=self.command(node),
                env=dict(os.environ),
                log=log(node.name),
                ready=partial(readiness, node),
                port=node.client_port,
                stop_wave=0,  # whoever writes to the log is gone by then
                stop_s=_STOP_S,
            )
            for node in self.nodes
        ]

    def _config(self, node: NatsNode, store: Path, ports: list[int], advertised: bool) -> str:
        login = f"{ROUTE_USER}:{self.passwords[ROUTE_USER]}"
        routes = ", ".join(f'"nats-route://{login}@{LOOPBACK}:{port}"' for port in ports)
        # Servers tell each other where others listen; nothing answers on port 1.
        advertise = "" if advertised else f'advertise: "{LOOPBACK}:1"'
        forbidden = ", ".join(f'"$JS.API.STREAM.{call}.>"' for call in _FORBIDDEN)
        users = {user: f'user: {user}, password: "{self.passwords[user]}"' for user in _USERS}
        return f"""\
server_name: {node.name}
listen: "{LOOPBACK}:{node.client_port}"
http: "{LOOPBACK}:{node.http_port}"
max_payload: {_PAYLOAD_BYTES_MAX}
write_deadline: "5s"
jetstream {{
  store_dir: {json.dumps(str(store))}
  sync_interval: always
  max_memory_store: {64 << 20}
  max_file_store: {_STORE_BYTES_MAX}
}}
cluster {{
  name: openbell
  listen: "{LOOPBACK}:{node.route_port}"
  {advertise}
  authorization {{ {users[ROUTE_USER]} }}
  routes: [ {routes} ]
}}
accounts {{
  LOG {{
    jetstream: enabled
    users: [
      {{ {users[ENGINE_USER]}, permissions: {{
        publish: {{
          allow: [ "openbell.log.*", "$JS.API.>", "$JS.FC.>" ]
          deny: [ {forbidden} ]
        }}
        subscribe: [ "_INBOX.>" ]
      }} }}
      {{ {users[OPERATOR_USER]} }}
    ]
  }}
  SYS {{ users: [ {{ {users[SYSTEM_USER]} }} ] }}
}}
system_account: SYS
"""


async def readiness(node: NatsNode) -> Readiness:
    """Whether a server is up and its part of the log is current."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            status, body = await http_get(LOOPBACK, node.http_port, "/healthz")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return NOT_LISTENING
    if status == 200:
        return Readiness(ready=True)
    return Readiness(ready=False, waiting_for=(body.decode(errors="replace").strip(),))


def nats_server() -> str:
    """Return the server's program: of the wheel, or of the machine.

    Raises:
        NatsMissing: there is none.
    """
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise NatsMissing("nats-server is not installed: ./openbell up installs it.")
    return found
