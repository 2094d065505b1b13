"""A thread with a loop of its own, in which the log is written: the engine's may wait for it."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

T = TypeVar("T")


class LogThread:
    """Runs coroutines beside the engine's loop, for the length of a ``with`` block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="replicated-log", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.begin(self._cancel_all()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, doing: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin ``doing`` there."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop)

    async def result(self, doing: Coroutine[Any, Any, T]) -> T:
        """Return what ``doing``, done there, returns; the caller's loop goes on meanwhile."""
        return await asyncio.wrap_future(self.begin(doing))

    async def _cancel_all(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
