"""From one wake-up of the loop to the answers, without the interpreter for any datagram."""

import socket
from collections.abc import Callable

from domain.clock import Clock
from engine_core._core import Core
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.metrics import EngineMetrics
from engine_service.release_gate import ReleaseGate
from engine_service.sequencer import Sequencer
from transport._server_session import ServerSessions

class HotPath:
    def __init__(
        self,
        *,
        udp: socket.socket,
        sessions: ServerSessions,
        core: Core,
        sequencer: Sequencer,
        journal: Journal,
        event_log: EventLog,
        clock: Clock,
        metrics: EngineMetrics,
        on_released: Callable[[], None],
        gate: ReleaseGate | None = None,
    ) -> None: ...
    def drain(self) -> int: ...
    def spin(self, idle_until_ns: int, until_ns: int) -> None: ...
