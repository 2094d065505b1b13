"""Does to the processes and to the network what a fault says."""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from chaos.errors import DidNotHeal
from chaos.faults import Fault, FaultKind
from cli.running.instance import ProcessFacts
from replay.faults import FaultRates
from replay.faulty_network import FaultyNetwork

START_S: Final = 60.0
"""How long a process that was killed may take until it serves again."""
LOOK_S: Final = 0.02
CALM: Final = FaultRates()


class Processes(Protocol):
    """The processes that are kept alive, by name."""

    @property
    def processes(self) -> dict[str, ProcessFacts]:
        """What is known of each, at this moment."""
        ...


class Injector:
    """``counts`` are the faults done, by process and kind; ``recoveries_s`` the times from a kill
    until the process served again.
    """

    def __init__(
        self,
        facts: Processes,
        network: FaultyNetwork,
        serves: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.counts: Counter[tuple[str, FaultKind]] = Counter()
        self.recoveries_s: dict[str, list[float]] = defaultdict(list)
        self._facts = facts
        self._network = network
        self._serves = serves
        self._weathers = 0
        self._paused: dict[str, list[int]] = {}
        self._later: set[asyncio.Task[None]] = set()

    async def inject(self, fault: Fault) -> None:
        """Do it. What lasts goes on when this returns, and ends by itself.

        Raises:
            DidNotHeal: the process has not come back from an earlier fault.
        """
        if fault.rates is not None:
            self._network.change(*fault.rates)
            self._weathers += 1
            self._spawn(self._calm_down(fault.lasts_s, self._weathers))
        else:
            pid = await self._alive(fault.process)
            if fault.kind is FaultKind.PAUSE:
                self._pause(fault.process, pid)
                self._spawn(self._resume_after(fault.process, fault.lasts_s))
            else:
                sig = signal.SIGKILL if fault.kind is FaultKind.KILL else signal.SIGQUIT
                _send(pid, sig)
                self._spawn(self._watch(fault.process, pid))
        self.counts[fault.process, fault.kind] += 1

    async def heal(self) -> None:
        """End everything that lasts, and wait until all processes serve.

        Raises:
            DidNotHeal: one does not.
        """
        self._network.change(CALM, CALM)
        for process in list(self._paused):
            self._resume(process)
        for process in self._facts.processes:
            await self._until_serving(process, 0)
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    def _spawn(self, later: Awaitable[None]) -> None:
        task = asyncio.ensure_future(later)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _alive(self, process: str) -> int:
        deadline_s = time.monotonic() + START_S
        while (pid := self._facts.processes[process].pid) is None:
            if time.monotonic() > deadline_s:
                raise DidNotHeal(f"{process} was not started again within {START_S:.0f} s")
            await asyncio.sleep(LOOK_S)
        return pid

    async def _calm_down(self, after_s: float, weather: int) -> None:
        await asyncio.sleep(after_s)
        if weather == self._weathers:  # else another one has come
            self._network.change(CALM, CALM)

    def _pause(self, process: str, pid: int) -> None:
        family = [pid, *_descendants(pid)]
        self._paused[process] = family
        for member in family:
            _send(member, signal.SIGSTOP)

    async def _resume_after(self, process: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._resume(process)

    def _resume(self, process: str) -> None:
        for member in self._paused.pop(process, ()):
            _send(member, signal.SIGCONT)

    async def _watch(self, process: str, killed_pid: int) -> None:
        begun_s = time.monotonic()
        with contextlib.suppress(DidNotHeal):  # whoever needs it will say so
            await self._until_serving(process, killed_pid)
            self.recoveries_s[process].append(time.monotonic() - begun_s)

    async def _until_serving(self, process: str, killed_pid: int) -> None:
        deadline_s = time.monotonic() + START_S
        while self._facts.processes[process].pid in (None, killed_pid) or not (
            await self._serves(process)
        ):
            if time.monotonic() > deadline_s:
                raise DidNotHeal(f"{process} does not serve again after {START_S:.0f} s")
            await asyncio.sleep(LOOK_S)


def _send(pid: int, sig: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # another fault was quicker
        os.kill(pid, sig)


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)
