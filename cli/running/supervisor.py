"""Keeps the processes of one exchange alive: start, readiness, restart with backoff, stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cli.running.child_process import die_with_parent
from cli.running.instance import ProcessFacts
from cli.running.log_files import open_for_append, rotate_if_large, tail
from cli.running.readiness import Readiness

BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0
STABLE_AFTER_S = 30.0  # a process that lived this long starts the backoff anew
READY_POLL_S = 0.02
STOP_WAVE_S = 0.5
STOP_SERVICES_S = 2.2  # then SIGKILL, so that everything is gone within 3 s
STOP_LAST_WAVE_S = 0.6
CLOSING_SNAPSHOT_S = 22.0  # of a large state; of a small one it takes an instant
ROTATE_INTERVAL_S = 5.0
TAIL_LINES = 15
assert STOP_SERVICES_S + STOP_LAST_WAVE_S < 3.0


class StartFailed(Exception):
    """A process ended, or did not become ready, at its first start; carries its last words."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run and how to know that it serves.

    ``stop_wave``: higher stops earlier; wave 0 stops last, when everything else is gone.
    ``stop_s``: it has work to do when it stops, and may take so long, over what all others have.
    ``starts_max``: how often the first start may be tried before it counts as failed.
    """

    name: str
    command: tuple[str, ...]
    env: dict[str, str]
    log: Path
    ready: Callable[[], Awaitable[Readiness]]
    port: int | None = None
    preexec: Callable[[], None] = field(default_factory=die_with_parent)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_wave: int = 1
    stop_s: float = 0.0
    starts_max: int = 1
    start_timeout_s: float = 60.0


class SupervisedProcess:
    """One process across its restarts."""

    def __init__(self, spec: ProcessSpec, changed: Callable[[str], None]) -> None:
        self.spec = spec
        self.facts = ProcessFacts(spec.name, port=spec.port)
        self._changed = changed
        self._child: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._ready_once = False
        self._failed_starts = 0
        self._quick_deaths = 0
        self._log_offset = 0
        self._watching: asyncio.Task[None] | None = None
        self._announcing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run it and return when it is ready.

        Raises:
            StartFailed: it ended first, or took longer than its time to start.
        """
        await self._spawn()
        self._watching = asyncio.create_task(self._watch(), name=f"watch {self.spec.name}")
        readiness = asyncio.create_task(self._until_ready())
        try:
            async with asyncio.timeout(self.spec.start_timeout_s):
                await asyncio.wait({readiness, self._watching}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise StartFailed(self._last_words("is not ready")) from None
        finally:
            readiness.cancel()
        if self._watching.done():
            self._watching.result()
            raise StartFailed(self._last_words("was stopped"))
        self._ready_once = True

    def signal_stop(self) -> None:
        self._stopping = True
        self._send(self.spec.stop_signal)

    def kill(self) -> None:
        self._stopping = True
        self._send(signal.SIGKILL)
        self._kill_group()

    async def wait_ended(self, timeout_s: float) -> bool:
        """Whether it is gone within ``timeout_s``."""
        if self._watching is None:
            return True
        if self._child is None:  # waiting out a backoff
            self._watching.cancel()
        done, _ = await asyncio.wait({self._watching}, timeout=max(0.0, timeout_s))
        for watching in done:
            if not watching.cancelled():
                watching.exception()  # a failed start was told to whoever awaited start()
        return bool(done)

    async def _spawn(self) -> None:
        log_fd = open_for_append(self.spec.log)
        self._log_offset = os.fstat(log_fd).st_size
        try:
            self._child = await asyncio.create_subprocess_exec(
                *self.spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log_fd,
                stderr=log_fd,
                env=self.spec.env,
                preexec_fn=self.spec.preexec,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone
            )
        finally:
            os.close(log_fd)
        self.facts.pid = self._child.pid
        self.facts.started_at_s = time.time()

    async def _watch(self) -> None:
        while True:
            assert self._child is not None
            born_s = time.monotonic()
            code = await self._child.wait()
            self._kill_group()  # workers of its own must not outlive it
            if self._announcing is not None:
                self._announcing.cancel()
            self._child, self.facts.pid = None, None
            if self._stopping:
                return
            delay_s = self._backoff_after(time.monotonic() - born_s, code)
            self._changed(
                f"{self.spec.name} {describe_exit(code)}; restarting in {delay_s:.1f} s "
                f"(restart {self.facts.restarts + 1})"
            )
            await asyncio.sleep(delay_s)
            while not self._stopping and not await self._restart():
                await asyncio.sleep(BACKOFF_MAX_S)
            if self._stopping and self._child is None:
                return

    def _backoff_after(self, lived_s: float, code: int) -> float:
        if not self._ready_once:
            self._failed_starts += 1
            if self._failed_starts >= self.spec.starts_max:
                raise StartFailed(self._last_words(describe_exit(code)))
        self._quick_deaths = 0 if lived_s > STABLE_AFTER_S else self._quick_deaths + 1
        return float(min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** max(0, self._quick_deaths - 1)))

    async def _restart(self) -> bool:
        self.facts.restarts += 1
        try:
            await self._spawn()
        except OSError as error:  # no memory, no more processes, the program is gone
            self._changed(f"{self.spec.name} cannot be run: {error}")
            return False
        self._changed("")
        if self._ready_once:
            self._announcing = asyncio.create_task(self._announce_ready())
        return True

    async def _announce_ready(self) -> None:
        await self._until_ready()
        self._changed(f"{self.spec.name} is ready again")

    async def _until_ready(self) -> None:
        while not (await self.spec.ready()).ready:
            await asyncio.sleep(READY_POLL_S)

    def _send(self, sig: signal.Signals) -> None:
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(sig)

    def _kill_group(self) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def _last_words(self, what: str) -> str:
        lines = tail(self.spec.log, TAIL_LINES, self._log_offset)
        said = "\n".join(f"    {line}" for line in lines)
        return f"{self.spec.name} {what}. Its last words ({self.spec.log}):\n{said}"


class Supervisor:
    """All processes of an exchange. ``changed(message)`` is called after every change of facts;
    the message is for people, empty when there is nothing to say.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._processes: dict[str, SupervisedProcess] = {}
        self._rotating: asyncio.Task[None] | None = None

    @property
    def facts(self) -> dict[str, ProcessFacts]:
        return {name: process.facts for name, process in self._processes.items()}

    async def start(self, specs: Iterable[ProcessSpec]) -> None:
        """Start ``specs`` side by side and return when all are ready.

        Raises:
            StartFailed: one of them did not come up; the others are left to ``stop``.
        """
        if self._rotating is None:
            self._rotating = asyncio.create_task(self._rotate_logs(), name="rotate logs")
        started = [SupervisedProcess(spec, self._changed) for spec in specs]
        self._processes |= {process.spec.name: process for process in started}
        starting = [asyncio.create_task(process.start()) for process in started]
        try:
            for next_ready in asyncio.as_completed(starting):
                await next_ready
                self._changed("")
        finally:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)

    async def stop(self) -> None:
        """End every process within 3 s, but those that may take longer: asked wave by wave, forced
        when it does not listen.
        """
        if self._rotating is not None:
            self._rotating.cancel()
        deadline_s = time.monotonic() + STOP_SERVICES_S
        services = [process for process in self._processes.values() if process.spec.stop_wave > 0]
        for wave in sorted({process.spec.stop_wave for process in services}, reverse=True):
            members = [process for process in services if process.spec.stop_wave == wave]
            await _stop_all(members, min(STOP_WAVE_S, deadline_s - time.monotonic()))
        for process in sorted(services, key=lambda process: process.spec.stop_s):
            await _wait_all([process], deadline_s - time.monotonic() + process.spec.stop_s)
            await _kill_all([process])
        last = [process for process in self._processes.values() if process.spec.stop_wave == 0]
        await _stop_all(last, STOP_LAST_WAVE_S)
        await _kill_all(last)
        self._changed("")

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(ROTATE_INTERVAL_S)
            for process in self._processes.values():
                rotate_if_large(process.spec.log)


def describe_exit(code: int) -> str:
    """An exit status in words: ``ended with code 3``, ``was killed by SIGSEGV``."""
    if code >= 0:
        return f"ended with code {code}"
    return f"was killed by {signal.Signals(-code).name}"


async def _stop_all(processes: list[SupervisedProcess], timeout_s: float) -> None:
    for process in processes:
        process.signal_stop()
    await _wait_all(processes, timeout_s)


async def _kill_all(processes: list[SupervisedProcess]) -> None:
    for process in processes:
        process.kill()
    await _wait_all(processes, STOP_WAVE_S)


async def _wait_all(processes: list[SupervisedProcess], timeout_s: float) -> None:
    await asyncio.gather(*(process.wait_ended(timeout_s) for process in processes))
