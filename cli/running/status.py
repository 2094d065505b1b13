"""`openbell status`, `logs` and `reset`: looking at a run and clearing it away."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from cli.recovery.snapshots import SnapshotFacts
from cli.running.embedded_postgres import EmbeddedPostgres, socket_answers
from cli.running.instance import AlreadyRunning, Facts, InstanceError, InstanceLock, Paths
from cli.running.log_files import follow, tail
from cli.running.readiness import NOT_LISTENING, Readiness, ask_readyz
from cli.screen import console, error_console, show_status

LOG_LINES = 50


class NotRunning(InstanceError):
    """The command needs a running exchange on this data."""


def running_facts(paths: Paths) -> Facts:
    """The facts of the run on ``paths``.

    Raises:
        NotRunning: nothing runs there; says so when that is because of a crash.
    """
    facts = Facts.load(paths.facts)
    if InstanceLock(paths.lock).is_held_elsewhere() and facts is not None:
        return facts
    crashed = facts is not None and facts.state != "stopped"
    why = " (the last run ended without closing: a crash or kill -9)" if crashed else ""
    raise NotRunning(f"Openbell is not running on {paths.data_dir}{why}. Start it: openbell up")


def status(paths: Paths, as_json: bool) -> int:
    """Show every process; 0 when all are ready."""
    facts = running_facts(paths)
    readiness = asyncio.run(_ask_all(facts))
    snapshot = SnapshotFacts.of(paths.engine)
    if as_json:
        rows = [
            asdict(process) | {"ready": readiness[name].ready}
            for name, process in facts.processes.items()
        ]
        answer = {"state": facts.state, "gateway_url": facts.gateway_url, "core": facts.core}
        newest = snapshot.as_json() if snapshot else None
        console.print_json(json.dumps(answer | {"processes": rows, "snapshot": newest}))
    else:
        show_status(facts, readiness)
        if snapshot:
            console.print(snapshot.as_text())
    return 0 if all(answer.ready for answer in readiness.values()) else 1


def show_logs(paths: Paths, service: str | None, follows: bool) -> int:
    """Print the last lines of one service or all, and go on if asked to."""
    logs = {path.stem: path for path in sorted(paths.logs.glob("*.log"))}
    if service is not None:
        if service not in logs:
            known = ", ".join(logs) or "none yet"
            error_console.print(f"There is no log of {service!r}. There are: {known}.")
            return 1
        logs = {service: logs[service]}
    for name, path in logs.items():
        for line in tail(path, LOG_LINES):
            _print_line(name, line, len(logs) > 1)
    if follows:
        for name, line in follow(logs):
            _print_line(name, line, len(logs) > 1)
    return 0


def reset(paths: Paths) -> None:
    """Delete the instance: database, journal, logs, keys.

    Raises:
        AlreadyRunning: it runs; stop it first.
    """
    if InstanceLock(paths.lock).is_held_elsewhere():
        raise AlreadyRunning("Openbell is running on this data: `openbell down` first.")
    if paths.data_dir.is_dir():
        EmbeddedPostgres(paths.postgres).erase_socket_dir()
        paths.erase()


async def _ask_all(facts: Facts) -> dict[str, Readiness]:
    async def ask(name: str) -> Readiness:
        process = facts.processes[name]
        if process.pid is None:
            return NOT_LISTENING
        if process.port is None:  # PostgreSQL, on its socket
            cluster_answers = await asyncio.to_thread(socket_answers, facts.database_url)
            return Readiness(ready=True) if cluster_answers else NOT_LISTENING
        return await ask_readyz(process.port)

    names = list(facts.processes)
    answers = await asyncio.gather(*(ask(name) for name in names))
    return dict(zip(names, answers, strict=True))


def _print_line(name: str, line: str, with_name: bool) -> None:
    prefix = f"{name:<12} " if with_name else ""
    print(prefix + line, flush=True)
