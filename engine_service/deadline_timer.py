"""Wakes an idle engine when the core's next deadline comes; while commands arrive, they do."""

import asyncio
from collections.abc import Callable
from typing import Final

from domain.clock import Clock

WAIT_NS_MAX: Final = 60 * 1_000_000_000
"""Then it looks again: a date may be years away, further than a loop's timer reaches."""
_NS_PER_MS: Final = 1_000_000


class DeadlineTimer:
    """Calls ``due`` once ``next_deadline_ns()`` (0: none) has passed on ``clock``; ``due`` calls
    ``arm`` again, as does whoever may have changed the deadline.
    """

    def __init__(
        self, clock: Clock, next_deadline_ns: Callable[[], int], due: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._next_deadline_ns = next_deadline_ns
        self._due = due
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._wakes_ns = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Keep deadlines with ``loop`` until ``stop``."""
        self._loop = loop
        self.arm()

    def stop(self) -> None:
        """Wake nobody from here on."""
        self._loop = None
        self._forget()

    def arm(self) -> None:
        """Take a new deadline in. Costs nothing while it is not earlier than the one waited for: a
        timer that wakes too early looks again.
        """
        deadline_ns = self._next_deadline_ns()
        if self._loop is None or not deadline_ns:
            return
        if self._handle is not None and self._wakes_ns <= deadline_ns:
            return
        self._forget()
        now_ns = self._clock.now_ns()
        wait_ns = min(max(deadline_ns - now_ns, 0), WAIT_NS_MAX)
        self._wakes_ns = now_ns + wait_ns
        wait_ms = -(-wait_ns // _NS_PER_MS)  # up: loops count milliseconds, and early is in vain
        self._handle = self._loop.call_later(wait_ms / 1_000, self._wake)

    def _forget(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wake(self) -> None:
        self._handle = None
        deadline_ns = self._next_deadline_ns()
        if deadline_ns and deadline_ns <= self._clock.now_ns():
            self._due()
        else:
            self.arm()
