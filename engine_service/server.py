"""The UDP side: what arrived together is journaled together, flushed once, and then answered.

Everything a datagram may cause waits for that flush. What goes wrong between accepting a command
and answering it is fatal: only a restart can tell what is durable.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final

from domain.clock import Clock
from engine_core.contract import Core
from engine_service.alarms import Alarms
from engine_service.deadline_timer import DeadlineTimer
from engine_service.event_log import EventLog
from engine_service.journal import Journal
from engine_service.journal_record import Entry
from engine_service.metrics import (
    APPLY_STAGE,
    JOURNAL_STAGE,
    RELEASE_STAGE,
    WHOLE_STAGE,
    EngineMetrics,
)
from engine_service.release_gate import ReleaseGate
from engine_service.sequencer import TIME, Sequencer, entries_of
from schemas.framing import DATAGRAM_BYTES_MAX
from transport.server_session import (
    HEARTBEAT_NS,
    Action,
    Execute,
    OpenSession,
    Send,
    SendEvents,
    ServerSessions,
)

DRAIN_DATAGRAMS_MAX: Final = 64
_HEARTBEAT_S: Final = HEARTBEAT_NS / 1_000_000_000
_RECEIVE_BYTES: Final = DATAGRAM_BYTES_MAX + 1  # one more shows what is too long

Released = Callable[[], None]


class EngineServer:
    """One socket, one writer. ``on_released`` is called when new events are in the event log.

    This is the readable twin: the compiled one (``hot_server``) keeps the same promises. Only that
    one polls the socket without sleeping, if ``busy_poll`` asks for it. With a ``gate`` a flush is
    released once that opens as well: a quorum has it.
    """

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
        alarms: Alarms,
        fatal_inside: AbstractContextManager[object],
        on_released: Released,
        busy_poll: bool = False,
        gate: ReleaseGate | None = None,
    ) -> None:
        self._udp = udp
        self._sessions = sessions
        self._core = core
        self._sequencer = sequencer
        self._journal = journal
        self._event_log = event_log
        self._clock = clock
        self._metrics = metrics
        self._alarms = alarms
        self._fatal_inside = fatal_inside
        self._on_released = on_released
        self._busy_poll = busy_poll
        self._gate = gate
        self._heartbeat: asyncio.TimerHandle | None = None
        self._deadline = DeadlineTimer(
            clock, lambda: sequencer.next_deadline_ns, self.keep_deadline
        )

    def start(self) -> None:
        """Serve from the running loop until ``stop``."""
        self._loop = asyncio.get_running_loop()
        self._listen()
        self._beat()
        self._deadline.start(self._loop)

    def _listen(self) -> None:
        self._loop.add_reader(self._udp.fileno(), self.drain)

    def _close_ears(self) -> None:
        self._loop.remove_reader(self._udp.fileno())

    def stop(self) -> None:
        """Stop reading and say goodbye. Nothing is half done between two calls of ``drain``."""
        self._close_ears()
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._deadline.stop()
        self._send(self._sessions.farewell(time.monotonic_ns()))

    def drain(self) -> None:
        """Take in the datagrams that wait, at most 64, and see them through."""
        with self._fatal_inside:
            now_ns = time.monotonic_ns()
            actions = self._receive(now_ns)
            durable = [action for action in actions if isinstance(action, Execute | OpenSession)]
            # From what was released before: nothing of this waits for the disk.
            self._answer(action for action in actions if isinstance(action, Send | SendEvents))
            if durable:
                self._commit(entries_of(durable), now_ns)

    def keep_deadline(self) -> None:
        """Let time pass in the log, because no command came to do it: what is due ends."""
        with self._fatal_inside:
            self._commit([TIME], time.monotonic_ns())

    def _receive(self, now_ns: int) -> list[Action]:
        actions: list[Action] = []
        for _ in range(DRAIN_DATAGRAMS_MAX):
            try:
                data, address = self._udp.recvfrom(_RECEIVE_BYTES)
            except BlockingIOError:
                break
            self._metrics.datagrams_in += 1
            actions += self._sessions.receive(data, address, now_ns)
        return actions

    def _commit(self, entries: list[Entry], now_ns: int) -> None:
        log_ts_ns = self._sequencer.next_log_ts_ns(self._clock.now_ns())
        begun_ns = time.monotonic_ns()
        records = self._journal.write(
            entries,
            log_ts_ns=log_ts_ns,
            first_event_seq=self._sequencer.next_event_seq,
            events_hash=self._sequencer.events_hash,
        )
        if self._gate is not None:
            self._gate.begin(records, len(entries), self._journal.chain)
        written_ns = time.monotonic_ns()
        executed = self._sequencer.execute(entries, log_ts_ns)
        flush_ns = time.monotonic_ns()
        self._journal.flush()
        self._metrics.flushed(time.monotonic_ns() - flush_ns, executed.command_count)
        if self._gate is not None:
            self._gate.wait()
        flushed_ns = time.monotonic_ns()
        if executed.events:
            self._event_log.append(executed.events)
        self._send(self._sequencer.release(executed, now_ns))
        released_ns = time.monotonic_ns()
        for stage, took_ns in (
            (JOURNAL_STAGE, written_ns - begun_ns + flushed_ns - flush_ns),
            (APPLY_STAGE, flush_ns - written_ns),
            (RELEASE_STAGE, released_ns - flushed_ns),
            (WHOLE_STAGE, released_ns - now_ns),
        ):
            self._metrics.stage(stage, took_ns)
        if executed.events:
            self._on_released()
        self._deadline.arm()

    def _answer(self, actions: Iterable[Send | SendEvents]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self._send([action])
                continue
            count = action.last_seq - action.first_seq + 1
            events = self._event_log.read(action.first_seq, count)
            self._metrics.events_resent += count
            self._send(self._sessions.resend(action.session_id, action.first_seq, events))

    def _send(self, sends: Iterable[Send]) -> None:
        sendto = self._udp.sendto
        for datagram, address in sends:
            try:
                sendto(datagram, address)
            except OSError:
                # A full buffer, or an address that cannot be reached: as if it were lost on the
                # way. Whoever misses it asks again.
                self._metrics.datagrams_unsent += 1

    def _beat(self) -> None:
        self._heartbeat = self._loop.call_later(_HEARTBEAT_S, self._beat)
        now_ns = time.monotonic_ns()
        if self._gate is not None:
            with self._fatal_inside:
                self._gate.beat(now_ns)
        self._alarms.check(now_ns)
        self._send(self._sessions.heartbeat(now_ns))


def load_server(pure_python: bool) -> type[EngineServer]:
    """Return the twin that serves; ``pure_python`` asks for the reference. It takes a core and
    sessions of its own kind.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        return EngineServer
    from engine_service.hot_server import HotServer

    return HotServer
