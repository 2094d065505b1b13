"""The order of commands is the journal's order; this turns one into the other, both ways.

Pure: values in, values out. Live, the server journals ``entries`` and then has them executed; at
start the same entries come back from the journal. What both produce is the same to the byte.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine_core.contract import Core
from engine_service.errors import ClockRefused, ReplayDiverged
from engine_service.journal_record import Entry, Record, RecordKind
from engine_service.rolling_hash import RollingHash
from schemas.layouts import COMMAND_BYTES, OUTCOME_BYTES
from transport.saved_sessions import SavedSessions
from transport.server_session import Execute, OpenSession, Send, ServerSessions

CLOCK_BEHIND_NS_MAX: Final = 1_000_000_000
CLOCK_AHEAD_NS_MAX: Final = 7 * 86_400 * 1_000_000_000
TIME: Final = Entry(RecordKind.TIME, 0, 0, 0, b"")
"""Time passes by itself: executed with no command. Always alone in its flush."""
_OPENED: Final = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Executed:
    """What a group of entries led to; to be released once they are durable."""

    entries: Sequence[Entry]
    first_event_seq: int
    events: bytes
    outcomes: bytes

    @property
    def command_count(self) -> int:
        """How many commands were executed."""
        return len(self.outcomes) // OUTCOME_BYTES


class Sequencer:
    """Owns the core and the sessions' journaled part."""

    def __init__(self, core: Core, sessions: ServerSessions, rolling_hash: RollingHash) -> None:
        self.core: Final = core
        self.sessions: Final = sessions
        self.rolling_hash: Final = rolling_hash
        self._log_ts_ns = 0

    @property
    def next_event_seq(self) -> int:
        """Sequence number of the next event that will be produced."""
        return self.core.next_event_seq

    @property
    def log_ts_ns(self) -> int:
        """Time of the last entry; 0 before the first."""
        return self._log_ts_ns

    @property
    def next_deadline_ns(self) -> int:
        """Log time at which something ends by itself; 0: nothing will."""
        return self.core.next_deadline_ns

    @property
    def events_hash(self) -> bytes:
        """The rolling hash of all events so far: 16 bytes."""
        return self.rolling_hash.digest()

    # ---- live --------------------------------------------------------------------------------

    def next_log_ts_ns(self, now_ns: int) -> int:
        """Return the one time of the next group: never less than the last."""
        return max(now_ns, self._log_ts_ns)

    def execute(self, entries: Sequence[Entry], log_ts_ns: int) -> Executed:
        """Apply ``entries``, which are written but perhaps not durable yet."""
        first_event_seq = self.core.next_event_seq
        events, outcomes = self._apply(entries, log_ts_ns)
        return Executed(entries, first_event_seq, events, outcomes)

    def note_time(self, log_ts_ns: int) -> None:
        """Take the time of entries that are executed elsewhere, on the same core."""
        self._log_ts_ns = log_ts_ns

    def release(self, executed: Executed, now_ns: int) -> list[Send]:
        """Return what clients are told now that ``executed`` is durable."""
        sends: list[Send] = []
        at = 0
        for entry in executed.entries:
            if entry.kind is RecordKind.SESSION_OPENED:
                sends += self.sessions.welcome(_opened(entry))
                continue
            if entry.kind is RecordKind.TIME:
                continue
            end = at + entry.count * OUTCOME_BYTES
            outcomes = executed.outcomes[at:end]
            sends += self.sessions.acknowledge(entry.session_id, entry.first_command_seq, outcomes)
            at = end
        if executed.events:
            sends += self.sessions.publish(executed.first_event_seq, executed.events, now_ns)
        return sends

    # ---- replay ------------------------------------------------------------------------------

    def replay(self, record: Record, now_ns: int) -> bytes:
        """Execute a record of the journal again and return its events.

        Raises:
            ReplayDiverged: it does not continue what was replayed before it.
        """
        if record.index == record.flush_first_index and (
            record.first_event_seq != self.core.next_event_seq
            or record.events_hash != self.rolling_hash.digest()
        ):
            raise ReplayDiverged(
                f"record {record.index} follows event {record.first_event_seq - 1}, but replay is "
                f"at event {self.core.next_event_seq - 1} or produced other events: this version "
                "of the engine does not decide as the one that wrote the journal. Nothing was "
                "changed; start the version that wrote it"
            )
        entry = record.entry
        events, outcomes = self._apply((entry,), record.log_ts_ns)
        self._restore(record.index, entry, outcomes, now_ns)
        return events

    def resume(
        self, sessions: SavedSessions, events_hash: bytes, log_ts_ns: int, now_ns: int
    ) -> None:
        """Go on, with a core that is there already, from where another one stood."""
        self.sessions.restore_saved(sessions, now_ns)
        self.rolling_hash.resume(events_hash)
        self._log_ts_ns = log_ts_ns

    def finish_replay(self) -> None:
        """Everything replayed counts as released: readers may ask for it."""
        self.sessions.next_event_seq = self.core.next_event_seq

    def _apply(self, entries: Sequence[Entry], log_ts_ns: int) -> tuple[bytes, bytes]:
        self._log_ts_ns = log_ts_ns
        commands = _commands_of(entries)
        if not commands and entries[0].kind is not RecordKind.TIME:
            return b"", b""  # sessions are not the core's: for it, no time passes with them
        events, outcomes = self.core.apply(commands, log_ts_ns)
        self.rolling_hash.update(events)
        return events, outcomes

    def _restore(self, index: int, entry: Entry, outcomes: bytes, now_ns: int) -> None:
        if entry.kind is RecordKind.TIME:
            return
        if entry.kind is RecordKind.SESSION_OPENED:
            self.sessions.restore_session(_opened(entry), now_ns)
            return
        try:
            self.sessions.restore_executed(
                entry.session_id, entry.first_command_seq, entry.payload, outcomes
            )
        except ValueError as error:
            raise ReplayDiverged(f"record {index}: {error}") from error


def entries_of(actions: Iterable[Execute | OpenSession]) -> list[Entry]:
    """Return what to journal for ``actions``, in their order; commands of one session that follow
    each other share an entry.
    """
    return list(_joined(actions))


def check_clock(now_ns: int, last_log_ts_ns: int) -> None:
    """Return if the wall clock is plausible after a journal that ends at ``last_log_ts_ns``.

    Raises:
        ClockRefused: it is over 1 s behind, or over 7 days ahead.
    """
    ahead_ns = now_ns - last_log_ts_ns
    if last_log_ts_ns and not -CLOCK_BEHIND_NS_MAX <= ahead_ns <= CLOCK_AHEAD_NS_MAX:
        direction = "ahead of" if ahead_ns > 0 else "behind"
        raise ClockRefused(
            f"the wall clock is {abs(ahead_ns) // 1_000_000_000} s {direction} the journal's last "
            "time. Set the clock, or start once with OPENBELL_ENGINE_ACCEPT_CLOCK=true if it is "
            "right"
        )


def _joined(actions: Iterable[Execute | OpenSession]) -> Iterator[Entry]:
    run: list[Execute] = []
    for action in actions:
        if run and not (isinstance(action, Execute) and action.session_id == run[0].session_id):
            yield _executed(run)
            run = []
        if isinstance(action, Execute):
            run.append(action)
        else:
            payload = _OPENED.pack(action.nonce, action.evicted_session_id)
            yield Entry(RecordKind.SESSION_OPENED, action.session_id, 0, 1, payload)
    if run:
        yield _executed(run)


def _executed(run: list[Execute]) -> Entry:
    first = run[0]
    payload = first.commands if len(run) == 1 else b"".join(execute.commands for execute in run)
    count = len(payload) // COMMAND_BYTES
    return Entry(RecordKind.COMMANDS, first.session_id, first.first_seq, count, payload)


def _opened(entry: Entry) -> OpenSession:
    nonce, evicted_session_id = _OPENED.unpack(entry.payload)
    return OpenSession(entry.session_id, nonce, evicted_session_id)


def _commands_of(entries: Sequence[Entry]) -> bytes:
    commands = [entry.payload for entry in entries if entry.kind is RecordKind.COMMANDS]
    return commands[0] if len(commands) == 1 else b"".join(commands)
