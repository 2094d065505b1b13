"""The UDP side at speed: the interpreter sets up, beats and stops; the datagrams are C's."""

import time
from functools import cached_property
from typing import Final

from engine_core._core import Core
from engine_service._hot_path import HotPath
from engine_service.server import EngineServer
from transport._server_session import ServerSessions

IDLE_SPIN_NS: Final = 200_000
SPIN_NS: Final = 10_000_000
"""Polling without sleep, the loop gets its turn for timers and connections so often: while
datagrams keep coming they go first, for a turn costs as much as one or two of them.
"""


class HotServer(EngineServer):
    """As EngineServer, for the compiled core and the compiled sessions."""

    @cached_property
    def _path(self) -> HotPath:
        assert isinstance(self._core, Core) and isinstance(self._sessions, ServerSessions)
        return HotPath(
            udp=self._udp,
            sessions=self._sessions,
            core=self._core,
            sequencer=self._sequencer,
            journal=self._journal,
            event_log=self._event_log,
            clock=self._clock,
            metrics=self._metrics,
            on_released=self._on_released,
            gate=self._gate,
        )

    def drain(self) -> None:
        """Take in the messages that wait, at most 64, and see them through. The kernel may hand
        over several datagrams of one sender as one message.
        """
        with self._fatal_inside:
            self._path.drain()
        self._deadline.arm()

    def _listen(self) -> None:
        if self._busy_poll:
            self._spinning = self._loop.call_soon(self._spin)
        else:
            super()._listen()

    def _close_ears(self) -> None:
        if self._busy_poll:
            self._spinning.cancel()
        else:
            super()._close_ears()

    def _spin(self) -> None:
        with self._fatal_inside:
            now_ns = time.monotonic_ns()
            self._path.spin(now_ns + IDLE_SPIN_NS, now_ns + SPIN_NS)
        self._deadline.arm()
        self._spinning = self._loop.call_soon(self._spin)
