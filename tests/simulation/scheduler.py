"""One thread, one seed: a loop whose time is virtual, and the processes that live in it.

Everything that runs in a process carries it in its context: so the loop knows whose timer rings,
and whether that process still lives or is paused. Callbacks keep the order in which they were asked
for, as on any loop; those whose time comes at the same moment go in an order drawn from the seed.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from functools import partial
from random import Random
from typing import Any, Final

NS_PER_S: Final = 1_000_000_000
CALLBACKS_MAX: Final = 300_000
"""Past it a run is not slow but stuck: time does not pass in it."""

_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class Stuck(Exception):
    """Nothing can ever happen any more, or no time passes."""


class PowerCut(Exception):
    """Raised inside a process at the very operation at which it dies."""


class SimulatedTask(asyncio.Task[Any]):
    """A task that sets of tasks iterate over in the same order in every run."""

    _numbers = itertools.count()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._number = next(SimulatedTask._numbers)
        super().__init__(*args, **kwargs)
        self._log_destroy_pending = False

    def __hash__(self) -> int:
        return self._number


class Soon(asyncio.Handle):
    """A callback that is asked for: asyncio's handle without what that does for debugging."""

    __slots__ = ("_process",)

    def __init__(  # all that the other's own does but what is for debugging
        self,
        loop: SimulatedLoop,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        context: Context,
        process: Process | None = None,
    ) -> None:
        self._loop = loop
        self._source_traceback = None
        self._callback = callback
        self._args = args
        self._context = context
        self._process = process
        """It is dropped if that process is dead when its turn comes."""
        self._cancelled = False

    def cancel(self) -> None:
        """Have it not happen."""
        self._cancelled = True


class Timer(Soon):
    """One that is asked for at a time."""

    __slots__ = ("_when",)
    _when: float

    def when(self) -> float:
        """Return that time."""
        return self._when


class Process:
    """One life of one program on a host: from its start to its end, by its own will or not."""

    def __init__(self, loop: SimulatedLoop, host: str) -> None:
        self.host = host
        self.alive = True
        self.stalled_until_s = 0.0
        """It takes nothing in before: it is paused, or waits for its disk."""
        self.on_end: list[Callable[[], None]] = []
        self._loop = loop
        self._tasks: list[asyncio.Task[Any]] = []

    def context(self) -> Context:
        """Return a context of this process."""
        context = copy_context()
        context.run(_PROCESS.set, self)
        return context

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine in this process."""
        return self._loop.create_task(coroutine, context=self.context())

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Note a task that this process began."""
        self._tasks.append(task)

    def stall(self, seconds: float) -> None:
        """Let it take nothing in for so long."""
        self.stalled_until_s = max(self.stalled_until_s, self._loop.time() + seconds)

    def end(self) -> None:
        """End it at once: its timers never ring, nobody hears of it, its tasks unwind unheard."""
        if not self.alive:
            return
        self.alive = False
        for ended in self.on_end:
            ended()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()


def current_process() -> Process | None:
    """Return the process whose code runs."""
    return _PROCESS.get()


class SimulatedLoop(asyncio.BaseEventLoop):
    """Time passes only when there is nothing left to do at the moment."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.random = random
        self.callbacks = 0
        self.now_s = 0.0
        """Virtual seconds since the start."""
        self.now_ns = 0
        """Virtual nanoseconds since the start."""
        self.network: Any = None
        self.outside: Final = Context()
        """Of what happens in no process: it happens whoever lives."""
        self._soon: deque[Soon] = deque()
        self._timers: list[Any] = []
        self._asked = itertools.count()
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[method-assign]
        self.set_task_factory(self._make_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Return virtual seconds since the start."""
        return self.now_s

    get_debug = bool  # False; every future asks, so it is to cost no frame

    @staticmethod
    def _make_task(
        loop: SimulatedLoop, coroutine: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = SimulatedTask(coroutine, loop=loop, context=context)
        process = context.get(_PROCESS) if context else _PROCESS.get()
        if process is not None:
            process.adopt(task)
        return task

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        """Run a coroutine, in the process of ``context`` or in the current one."""
        return self._make_task(self, coro, context)

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Soon:
        """Call back as soon as what was asked for before is done."""
        handle = Soon(self, callback, args, copy_context() if context is None else context)
        self._soon.append(handle)
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Timer:
        """Call back at a time."""
        if context is None:
            timer = Timer(self, callback, args, copy_context(), _PROCESS.get())
        else:
            timer = Timer(self, callback, args, context, context.get(_PROCESS))
        timer._when = when
        heapq.heappush(self._timers, (when, next(self._asked), timer, callback, args))
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Timer:
        """Call back after a while."""
        return self.call_at(self.now_s + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        soon = self._soon
        while not self._stopping:  # type: ignore[attr-defined]
            if not soon:
                self._pass_time()
            self.callbacks += len(soon)
            if self.callbacks > CALLBACKS_MAX:
                raise Stuck(f"{CALLBACKS_MAX} callbacks, and it is not over")
            for _ in range(len(soon)):
                handle = soon.popleft()
                process = handle._process
                if not handle._cancelled and (process is None or process.alive):
                    handle._run()  # what it raises is told to the exception handler

    def _pass_time(self) -> None:
        """Go on to the next moment at which something happens; what happens in the world at that
        moment does so at once.
        """
        timers, now_s = self._timers, self.now_s
        due: list[Any] = []
        while timers and (not due or timers[0][0] <= now_s):
            when_s, order, timer, callback, args = heapq.heappop(timers)
            if timer is not None:
                if timer._cancelled:
                    continue
                process = timer._process
                if process is not None:
                    if not process.alive:
                        continue
                    until_s = process.stalled_until_s
                    if until_s > when_s and until_s > now_s:
                        heapq.heappush(timers, (until_s, order, timer, callback, args))
                        continue
            if when_s > now_s:
                now_s = when_s
            due.append((timer, callback, args))
        if not due:
            raise Stuck("nobody waits for anything that can happen")
        self.now_s, self.now_ns = now_s, round(now_s * NS_PER_S)
        if len(due) > 1:
            self.random.shuffle(due)
        for timer, callback, args in due:
            if timer is None:
                callback(*args)
            else:
                self._soon.append(timer)

    def outside_at(self, when_s: float, callback: Callable[..., Any], *args: Any) -> None:
        """Have something happen in the world at a time, whoever asked for it."""
        heapq.heappush(self._timers, (when_s, next(self._asked), None, callback, args))

    def outside_later(self, seconds: float, callback: Callable[..., Any], *args: Any) -> None:
        """Have something happen in the world after a while, whoever asked for it."""
        self.outside_at(self.now_s + seconds, callback, *args)

    def _write_to_self(self) -> None:
        """Nothing comes from other threads."""

    def _process_events(self, event_list: list[Any]) -> None:
        """There is no selector."""

    # ---- the outside: asked for by asyncio's own helpers ---------------------------------------

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:
        """Call back in this process whenever the socket has something to read."""
        self.network.add_reader(fd, callback)

    def remove_reader(self, fd: Any) -> bool:
        """Do so no longer."""
        return bool(self.network.remove_reader(fd))

    async def create_datagram_endpoint(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], *, remote_addr: tuple[str, int], **options: Any
    ) -> tuple[Any, Any]:
        """Open a datagram socket in this process, connected to ``remote_addr``."""
        protocol = protocol_factory()
        transport = self.network.open_datagrams(protocol, remote_addr)
        protocol.connection_made(transport)
        return transport, protocol

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], host: str, port: int, **options: Any
    ) -> tuple[Any, Any]:
        """Open a stream from this process."""
        return await self.network.streams.connect(protocol_factory, (host, port))  # type: ignore[no-any-return]

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], host: str, port: int, **options: Any
    ) -> Any:
        """Take streams in this process."""
        return self.network.streams.listen(protocol_factory, port)
