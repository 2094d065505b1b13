"""Stretches of a journal executed without the interpreter: most of every replay."""

from engine_core._core import Core
from engine_service._rolling_hash import CompiledRollingHash
from engine_service.journal_scan import Position
from transport._server_session import ServerSessions

class Stretches:
    records: int
    commands: int
    flush_began: bool
    def __init__(
        self, *, core: Core, sessions: ServerSessions, rolling_hash: CompiledRollingHash
    ) -> None: ...
    @property
    def proven_events(self) -> memoryview: ...
    def forget_proven(self) -> None: ...
    def take_events(self) -> bytes: ...
    def run(self, data: bytes, position: Position) -> bool: ...
