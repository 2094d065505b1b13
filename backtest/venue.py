"""The real core, told what is entered and at what time."""

from collections.abc import Callable, Sequence

from domain.commands import Command
from domain.events import Outcome
from engine_core.contract import Core
from schemas.codec import decode_outcomes, encode_command

Entered = Callable[[bytes, int, bytes], None]
"""Told of each group: its commands (n x 96 bytes), its time, its events (m x 128 bytes)."""


class Venue:
    """``entered`` is told of everything, after it is done."""

    def __init__(self, core: Core, entered: Entered = lambda *_: None) -> None:
        self.core = core
        self._entered = entered

    def apply(self, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        """Execute ``commands`` (n x 96 bytes); return their events and outcomes, as bytes."""
        events, outcomes = self.core.apply(commands, ts_ns)
        self._entered(commands, ts_ns, events)
        return events, outcomes

    def execute(self, commands: Sequence[Command], ts_ns: int) -> list[Outcome]:
        """Execute ``commands`` at ``ts_ns``; return their outcomes."""
        if not commands:
            return []
        data = b"".join(map(encode_command, commands))
        return decode_outcomes(self.apply(data, ts_ns)[1])
