"""`openbell up`, in the terminal or detached, and `openbell down`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cli.running.embedded_postgres import PostgresError
from cli.running.exchange import Exchange, Options, Watcher, wait_for_leftovers
from cli.running.instance import AlreadyRunning, Facts, InstanceError, InstanceLock, Paths
from cli.running.log_files import tail
from cli.running.migrations import MigrationError
from cli.running.ports import NoFreePort, is_port_free
from cli.running.supervisor import CLOSING_SNAPSHOT_S, StartFailed
from cli.screen import StartProgress, error_console, show_summary
from service.errors import ServiceError

START_ERRORS = (
    StartFailed,
    MigrationError,
    PostgresError,
    InstanceError,
    NoFreePort,
    ServiceError,
    OSError,
)
DETACHED_START_TIMEOUT_S = 300.0
DOWN_TIMEOUT_S = 6.0 + CLOSING_SNAPSHOT_S
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(options: Options) -> int:
    """Run in the foreground until Ctrl-C or SIGTERM; return the exit code."""
    try:
        options.paths.prepare()
        with InstanceLock(options.paths.lock):
            refuse_taken_port(options)
            return asyncio.run(_run(options))
    except AlreadyRunning:
        error_console.print(already_running(options.paths))
    except START_ERRORS as error:
        error_console.print(f"Openbell cannot start: {error}", markup=False, soft_wrap=True)
    return 1


def up_detached(options: Options, arguments: Sequence[str]) -> int:
    """Start `up` in the background with ``arguments`` and return once it serves, or failed."""
    try:
        options.paths.prepare()
        if InstanceLock(options.paths.lock).is_held_elsewhere():
            raise AlreadyRunning
        refuse_taken_port(options)
    except AlreadyRunning:
        error_console.print(already_running(options.paths))
        return 1
    except InstanceError as error:
        error_console.print(f"Openbell cannot start: {error}", markup=False, soft_wrap=True)
        return 1
    log = options.paths.log("up")
    child = _spawn_detached(arguments, log)
    began_s = time.monotonic()
    facts = _follow_start(child, options.paths)
    if facts is None:
        if child.poll() is None:
            child.terminate()
        said = "\n".join(tail(log, 30))
        error_console.print(
            f"Openbell did not start ({log}):\n{said}", markup=False, soft_wrap=True
        )
        return 1
    show_summary(facts, options.paths, time.monotonic() - began_s, detached=True)
    return 0


def down(paths: Paths) -> int:
    """Stop the exchange of ``paths``; 0 also when it was not running."""
    lock = InstanceLock(paths.lock)
    pid = lock.holder_pid()
    if pid is None:
        error_console.print("Openbell is not running on this data.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline_s = time.monotonic() + DOWN_TIMEOUT_S
    while lock.is_held_elsewhere():
        if time.monotonic() > deadline_s:
            os.kill(pid, signal.SIGKILL)  # the kernel ends its children with it
            error_console.print(f"The supervisor (process {pid}) did not listen and was killed.")
            return 1
        time.sleep(0.02)
    error_console.print("Openbell is closed.")
    return 0


def refuse_taken_port(options: Options) -> None:
    """
    Raises:
        InstanceError: something else listens where the gateway should.
    """
    host = options.environment.get("OPENBELL_BIND_HOST", "127.0.0.1")
    if not is_port_free(host, options.gateway_port, (socket.SOCK_STREAM,)):
        raise InstanceError(
            f"port {options.gateway_port} is in use. Stop what uses it, or choose another: "
            f"openbell up --port {options.gateway_port + 1}"
        )


def already_running(paths: Paths) -> str:
    facts = Facts.load(paths.facts)
    where = f" at {facts.gateway_url} (process {facts.pid})" if facts else ""
    return (
        f"Openbell is already running on {paths.data_dir}{where}. "
        "Stop it with `openbell down`, or use another --data and --port."
    )


async def _run(options: Options) -> int:
    began_s = time.monotonic()
    stopping = asyncio.Event()
    for sig in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(sig, stopping.set)
    progress = StartProgress()
    try:
        await _tell_of_crash(options.paths, progress)
        exchange = _exchange(options, Watcher(progress.phase, progress.message))
        try:
            if await _unless(stopping, exchange):
                took_s = time.monotonic() - began_s
                progress.close()
                show_summary(exchange.facts, options.paths, took_s, detached=False)
                await stopping.wait()
        finally:
            await exchange.stop()
    finally:
        progress.close()
    return 0


def _exchange(options: Options, watcher: Watcher) -> Exchange:
    if options.replicas == 1:
        return Exchange(options, watcher)
    from cli.cluster.exchange import ClusterExchange

    return ClusterExchange(options, watcher, options.replicas)


async def _unless(stopping: asyncio.Event, exchange: Exchange) -> bool:
    """Start ``exchange``; False when a stop was asked for before it was up."""
    starting = asyncio.create_task(exchange.start())
    asked = asyncio.create_task(stopping.wait())
    await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.wait({starting})
    return False


async def _tell_of_crash(paths: Paths, progress: StartProgress) -> None:
    before = Facts.load(paths.facts)
    if before is None or before.state == "stopped":
        return
    progress.message("The last run ended without closing; its journal and ledger are recovered.")
    await wait_for_leftovers(before.processes)


def _spawn_detached(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        log.chmod(0o600)
        # All three streams: a caller that captures our output would otherwise wait for ever.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _follow_start(child: subprocess.Popen[bytes], paths: Paths) -> Facts | None:
    """Show the phases of a detached start; the facts once it runs, None when it failed."""
    progress = StartProgress()
    deadline_s = time.monotonic() + DETACHED_START_TIMEOUT_S
    try:
        while child.poll() is None and time.monotonic() < deadline_s:
            facts = Facts.load(paths.facts)
            if facts is not None and facts.pid == child.pid:
                progress.phase(facts.phase)
                if facts.state == "running":
                    return facts
            time.sleep(0.03)
    finally:
        progress.close()
    return None
