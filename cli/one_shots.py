"""Commands that do one thing and end: migrate, seed, audit, replay.

Each works on a running exchange of a data directory, and where there is none on the environment
(``DATABASE_URL`` and the ``OPENBELL_`` variables), as in a container.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from cli.running.embedded_postgres import EmbeddedPostgres, running
from cli.running.instance import Facts, InstanceLock, Paths, Secrets
from cli.running.migrations import migrate
from cli.running.services import Wiring
from cli.running.status import running_facts
from cli.screen import console

if TYPE_CHECKING:
    from transport.engine_client import EngineAddress
    from transport.keys import MasterKey

_NAMES_AN_EXCHANGE = {"DATABASE_URL", "OPENBELL_ENGINE_KEY"}


def migrate_database(paths: Paths) -> None:
    """Migrate the database DATABASE_URL names, else that of the data directory, which is started
    for it unless it runs."""
    facts = _running_facts(paths)
    if url := os.environ.get("DATABASE_URL"):
        _migrate(url)
    elif facts is not None:
        _migrate(facts.database_url)
    else:
        paths.prepare()
        cluster = EmbeddedPostgres(paths.postgres)
        with InstanceLock(paths.lock), running(cluster):
            cluster.ensure_database()
            _migrate(cluster.url())


def seed_running_exchange(paths: Paths) -> None:
    use_running_exchange(paths)
    from cli.running.seed import SeedConfig, seed
    from service.config import load_config

    result = asyncio.run(seed(load_config(SeedConfig)))
    console.print(str(result), markup=False, soft_wrap=True)


def audit_running_exchange(paths: Paths, allow_withdrawals: bool = False) -> int:
    """Print the report; 0 when every unit is accounted for, 1 when not."""
    use_running_exchange(paths)
    from cli.auditing.audit import AuditConfig, audit
    from service.config import load_config

    report = asyncio.run(audit(load_config(AuditConfig), allow_withdrawals))
    console.print(report.as_text(), markup=False, soft_wrap=True)
    return 0 if report.ok else 1


def engine_of_running_exchange(paths: Paths) -> tuple[EngineAddress, MasterKey]:
    """Where the engine is and its key: the running exchange's, else the environment's."""
    use_running_exchange(paths)
    from cli.market.replay import running_engine_from_environment

    return running_engine_from_environment()


def _migrate(url: str) -> None:
    applied = migrate(url)
    for name in applied:
        console.print(f"applied {name}")
    if not applied:
        console.print("The database is up to date.")


def use_running_exchange(paths: Paths) -> None:
    """Let the environment name the exchange that runs on ``paths``, if one does.

    Raises:
        NotRunning: nothing runs on ``paths``, and the environment names no exchange either.
    """
    facts = _running_facts(paths)
    if facts is None:
        if not _NAMES_AN_EXCHANGE & os.environ.keys():
            running_facts(paths)
        return
    secrets = Secrets.load_or_create(paths.secrets)
    wiring = Wiring(paths, secrets, facts.ports, facts.database_url)
    os.environ.update(wiring.tool_environment())


def _running_facts(paths: Paths) -> Facts | None:
    is_running = InstanceLock(paths.lock).is_held_elsewhere()
    return Facts.load(paths.facts) if is_running else None
