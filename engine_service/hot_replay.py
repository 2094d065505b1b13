"""Replay at speed: the compiled core executes most records; the readable twin says what is wrong
with the others.
"""

from engine_core._core import Core
from engine_service._rolling_hash import CompiledRollingHash
from engine_service._stretches import Stretches
from engine_service.journal_record import Record
from engine_service.journal_replay import EventSink, Replay
from engine_service.journal_scan import Position
from engine_service.sequencer import Sequencer
from transport._server_session import ServerSessions


class HotReplay(Replay):
    """As Replay, for the compiled core, sessions and hash."""

    def __init__(self, sequencer: Sequencer, event_log: EventSink, now_ns: int) -> None:
        super().__init__(sequencer, event_log, now_ns)
        core, sessions, rolling_hash = sequencer.core, sequencer.sessions, sequencer.rolling_hash
        assert isinstance(core, Core) and isinstance(sessions, ServerSessions)
        assert isinstance(rolling_hash, CompiledRollingHash)
        self._stretches = Stretches(core=core, sessions=sessions, rolling_hash=rolling_hash)

    def stretch(self, data: bytes, position: Position) -> bool:
        """Execute records up to the first that is not of the usual kinds, not whole, not the next,
        or not what replay leads to: ``execute`` sees to that one, and says what is wrong with it.
        """
        stretches = self._stretches
        if not stretches.run(data, position):
            return False
        self._sequencer.note_time(position.log_ts_ns)
        if stretches.flush_began:
            for events in super().take_held_back():
                self._event_log.regenerate(events)
            self._event_log.regenerate(stretches.proven_events)
            stretches.forget_proven()
        self.progress.records += stretches.records
        self.progress.commands += stretches.commands
        self.progress.events = self._sequencer.next_event_seq - 1
        return True

    def execute(self, record: Record) -> None:
        """Execute one record."""
        self._held_back.append(self._stretches.take_events())
        super().execute(record)

    def take_held_back(self) -> list[bytes]:
        """Return the events of the last flush, and hold them back no longer."""
        return [*super().take_held_back(), self._stretches.take_events()]
