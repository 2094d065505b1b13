"""The processes of an exchange: commands, environment, order. The same names as in compose."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from cli.running.instance import Paths, Secrets, worker_name
from cli.running.readiness import ask_readyz
from cli.running.supervisor import CLOSING_SNAPSHOT_S, ProcessSpec

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"

ServiceName = Literal[
    "engine", "snapshots", "accounts", "auditor", "market_data", "gateway", "trading_bot"
]
MODULES: dict[ServiceName, str] = {
    "engine": "engine_service",
    "snapshots": "engine_service.snapshots",
    "accounts": "accounts",
    "auditor": "cli.auditing.auditor",
    "market_data": "market_data",
    "gateway": "gateway",
    "trading_bot": "trading_bot",
}
_PORT_OF: dict[ServiceName, str] = {
    "engine": "engine_http",
    "snapshots": "snapshots_http",
    "accounts": "accounts",
    "auditor": "auditor_http",
    "market_data": "market_data",
    "gateway": "gateway",
    "trading_bot": "bot_http",
}
# Customers before the doors, the doors before the books, the engine last; and then the snapshot of
# what it leaves.
_STOP_WAVE: dict[ServiceName, int] = {
    "trading_bot": 5,
    "gateway": 4,
    "accounts": 3,
    "market_data": 3,
    "auditor": 3,
    "engine": 2,
    "snapshots": 1,
}
_STOP_S: dict[ServiceName, float] = {"snapshots": CLOSING_SNAPSHOT_S}


def watched_urls(ports: dict[str, int]) -> dict[str, str]:
    """Where each process of an instance says how it is, by name; several gateways each."""
    own = {name: name for name in ports if name.startswith("gateway_")}
    places = {str(name): port for name, port in _PORT_OF.items() if name != "gateway" or not own}
    return {
        name: f"http://{LOOPBACK}:{ports[port]}"
        for name, port in (places | own).items()
        if port in ports
    }


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that tells the processes of one instance where the others are.

    ``engine_relay_udp``: a port on which the others reach the engine instead of its own.
    ``engine_replicas``: where several engines are; the ports are then those of the first.
    """

    paths: Paths
    secrets: Secrets
    ports: dict[str, int]
    database_url: str
    inherited: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    engine_relay_udp: int | None = None
    engine_replicas: str = ""

    @property
    def gateway_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['gateway']}"

    @property
    def core(self) -> str:
        return "reference" if self.inherited.get("OPENBELL_PURE_PYTHON") == "1" else "compiled"

    @property
    def bot_control_secret(self) -> str:
        """Of calls to the bots alone: customers do not learn what the services call each other
        with.
        """
        key = self.secrets.service_secret.encode()
        return hmac.new(key, b"bot control", hashlib.sha256).hexdigest()

    def _engine(self) -> dict[str, str]:
        return {
            "OPENBELL_ENGINE_HOST": LOOPBACK,
            "OPENBELL_ENGINE_UDP_PORT": str(self.engine_relay_udp or self.ports["engine_udp"]),
            "OPENBELL_ENGINE_TCP_PORT": str(self.ports["engine_tcp"]),
            "OPENBELL_ENGINE_HTTP_PORT": str(self.ports["engine_http"]),
            "OPENBELL_ENGINE_KEY": self.secrets.engine_key,
            "OPENBELL_ENGINE_REPLICAS": self.engine_replicas,
        }

    def _service_calls(self) -> dict[str, str]:
        return {
            "OPENBELL_SERVICE_SECRET": self.secrets.service_secret,
            "OPENBELL_ACCOUNTS_URL": f"http://{LOOPBACK}:{self.ports['accounts']}",
            "OPENBELL_MARKET_DATA_URL": f"http://{LOOPBACK}:{self.ports['market_data']}",
        }

    def environment(self, name: ServiceName) -> dict[str, str]:
        """The environment of one process: what it needs to know and no secret beyond that."""
        own: dict[ServiceName, dict[str, str]] = {
            "engine": self._engine()
            | {
                "OPENBELL_ENGINE_UDP_PORT": str(self.ports["engine_udp"]),
                "OPENBELL_ENGINE_DATA_DIR": str(self.paths.engine),
            },
            "snapshots": {
                "OPENBELL_ENGINE_DATA_DIR": str(self.paths.engine),
                "OPENBELL_SNAPSHOTS_HTTP_PORT": str(self.ports["snapshots_http"]),
            },
            "accounts": self._engine()
            | self._service_calls()
            | {
                "DATABASE_URL": self.database_url,
                "OPENBELL_ACCOUNTS_PORT": str(self.ports["accounts"]),
                "OPENBELL_ACCOUNTS_SECRETS_KEY": self.secrets.accounts_secrets_key,
                "OPENBELL_ACCOUNTS_DEMO": "true",
            },
            "auditor": {
                "DATABASE_URL": self.database_url,
                "OPENBELL_ENGINE_DATA_DIR": str(self.paths.engine),
                "OPENBELL_AUDITOR_HTTP_PORT": str(self.ports["auditor_http"]),
            },
            "market_data": self._engine()
            | self._service_calls()
            | {
                "DATABASE_URL": self.database_url,
                "OPENBELL_MARKET_DATA_PORT": str(self.ports["market_data"]),
            },
            "gateway": self._engine()
            | self._service_calls()
            | {
                "OPENBELL_BIND_HOST": self.inherited.get("OPENBELL_BIND_HOST", LOOPBACK),
                "OPENBELL_GATEWAY_PORT": str(self.ports["gateway"]),
                "OPENBELL_GATEWAY_STATIC_DIR": str(ROOT / "frontend" / "dist"),
                "OPENBELL_BOTS_URL": f"http://{LOOPBACK}:{self.ports['bot_http']}",
                "OPENBELL_BOT_CONTROL_SECRET": self.bot_control_secret,
                "OPENBELL_GATEWAY_BOT_CONTROL": "login",
                "OPENBELL_GATEWAY_WATCHED": json.dumps(watched_urls(self.ports)),
            },
            "trading_bot": {
                "OPENBELL_GATEWAY_URL": self.gateway_url,
                "OPENBELL_BOT_HTTP_PORT": str(self.ports["bot_http"]),
                "OPENBELL_BOT_CREDENTIALS": str(self.paths.bots),
                "OPENBELL_BOT_FLEET": str(self.paths.fleet),
                "OPENBELL_BOT_CONTROL_SECRET": self.bot_control_secret,
            },
        }
        unset = {"DATABASE_URL"}  # the shell's may carry a password that only three may know
        passed_on = {key: text for key, text in self.inherited.items() if key not in unset}
        return passed_on | {"OPENBELL_BIND_HOST": LOOPBACK} | own[name]

    def gateways(self, count: int) -> list[ProcessSpec]:
        """The gateways behind the one port: one, or several that each have a port of their own
        besides, by which the supervisor asks after them.
        """
        if count == 1:
            return [self.spec("gateway")]
        first_url = f"http://{LOOPBACK}:{self.ports[worker_name(1)]}"
        found = []
        for worker in range(1, count + 1):
            name = worker_name(worker)
            several = {
                "OPENBELL_GATEWAY_WORKERS": str(count),
                "OPENBELL_GATEWAY_WORKER": str(worker),
                "OPENBELL_GATEWAY_OWN_PORT": str(self.ports[name]),
                "OPENBELL_GATEWAY_FIRST_URL": first_url,
            }
            spec = self.spec("gateway")
            found.append(
                replace(
                    spec,
                    name=name,
                    env=spec.env | several,
                    log=self.paths.log(name),
                    ready=partial(ask_readyz, self.ports[name]),
                    port=self.ports[name],
                )
            )
        return found

    def tool_environment(self) -> dict[str, str]:
        """For one-shots (seed, audit): they see what every service sees."""
        shared = self._engine() | self._service_calls()
        return shared | {
            "DATABASE_URL": self.database_url,
            "OPENBELL_GATEWAY_URL": self.gateway_url,
            "OPENBELL_ENGINE_DATA_DIR": str(self.paths.engine),
            "OPENBELL_ACCOUNTS_SECRETS_KEY": self.secrets.accounts_secrets_key,
            "OPENBELL_BOT_CREDENTIALS": str(self.paths.bots),
        }

    def spec(self, name: ServiceName) -> ProcessSpec:
        port = self.ports[_PORT_OF[name]]
        return ProcessSpec(
            name=name,
            command=(sys.executable, "-P", "-m", MODULES[name]),
            env=self.environment(name),
            log=self.paths.log(name),
            ready=partial(ask_readyz, port),
            port=port,
            stop_wave=_STOP_WAVE[name],
            stop_s=_STOP_S.get(name, 0.0),
        )
