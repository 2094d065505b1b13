"""Commands on their way: numbering, credits, and which datagrams must be sent again. Pure.

A credit is one COMMANDS datagram. Credits count from the oldest command without an outcome, even if
later ones have theirs, so the engine never needs to remember further back than the widest window.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from domain.commands import CommandKind
from schemas.framing import COMMANDS_MAX
from schemas.layouts import OUTCOME_BYTES
from transport.round_trip import RTO_MAX_NS, RTO_START_NS, RetransmissionTimer

RESEND_DATAGRAMS_MAX: Final = 32
"""Most datagrams sent again at once: the engine's buffer was the likely place of the loss."""
CANCEL_RESERVE_PERCENT: Final = 10
"""Part of the credits that only cancels may use, so that exposure can always be reduced."""

_CANCELS: Final = frozenset({CommandKind.CANCEL_ORDER, CommandKind.CANCEL_ALL})


def reduces_exposure(command: bytes) -> bool:
    """Return whether a command may use the reserved credits."""
    return command[0] in _CANCELS


class _Batch:
    __slots__ = ("commands", "count", "first_seq", "missing", "resent", "sent_ns")

    def __init__(self, first_seq: int, count: int, commands: bytes, sent_ns: int) -> None:
        self.first_seq = first_seq
        self.count = count
        self.commands = commands
        self.sent_ns = sent_ns
        self.resent = False
        self.missing = (1 << count) - 1  # bit i: command first_seq + i has no outcome yet


class InFlight:
    """The commands of one session, from being numbered until their outcome is known.

    ``sealed`` makes the datagram of (sequence of the first, commands), each time it is sent: keys
    and epoch may have changed since the last.
    """

    def __init__(self, sealed: Callable[[int, bytes], bytes]) -> None:
        self._sealed = sealed
        self.window_datagrams = 0
        """The engine's latest grant."""
        self.next_seq = 1
        self._queue: list[bytes] = []
        self._batches: deque[_Batch] = deque()
        self._timer = RetransmissionTimer()
        self._answered_ns = 0
        self._resent_ns = -RTO_MAX_NS

    def room(self, *, cancel: bool) -> int:
        """Return how many more commands may be numbered now."""
        window = self.window_datagrams
        if not cancel:
            window -= -(-window * CANCEL_RESERVE_PERCENT // 100) if window > 1 else 0
        return max(0, (window - len(self._batches)) * COMMANDS_MAX - len(self._queue))

    def number(self, command: bytes) -> int:
        """Take a command that there is room for; return its sequence number."""
        self._queue.append(command)
        self.next_seq += 1
        return self.next_seq - 1

    @property
    def unsent(self) -> int:
        """How many commands are numbered and not sent yet: the last ones."""
        return len(self._queue)

    def send(self, now_ns: int) -> list[bytes]:
        """Return the datagrams of all commands not sent yet."""
        first_seq = self.next_seq - len(self._queue)
        datagrams = []
        for at in range(0, len(self._queue), COMMANDS_MAX):
            part = self._queue[at : at + COMMANDS_MAX]
            commands = b"".join(part)
            self._batches.append(_Batch(first_seq + at, len(part), commands, now_ns))
            datagrams.append(self._sealed(first_seq + at, commands))
        self._queue.clear()
        return datagrams

    def take_outcomes(
        self, first_seq: int, outcomes: bytes, now_ns: int
    ) -> list[tuple[int, bytes]]:
        """Return (sequence, outcome) of those that were not known before."""
        news: list[tuple[int, bytes]] = []
        round_trip_ns: int | None = None
        end_seq = first_seq + len(outcomes) // OUTCOME_BYTES
        for batch in self._overlapping(first_seq, end_seq):
            for at in range(batch.count):
                seq = batch.first_seq + at
                if first_seq <= seq < end_seq and batch.missing >> at & 1:
                    batch.missing &= ~(1 << at)
                    start = (seq - first_seq) * OUTCOME_BYTES
                    news.append((seq, outcomes[start : start + OUTCOME_BYTES]))
            if not batch.missing and not batch.resent:
                round_trip_ns = now_ns - batch.sent_ns
        while self._batches and not self._batches[0].missing:
            self._batches.popleft()
        if news:
            self._timer.answered(round_trip_ns)
            self._answered_ns = now_ns
        return news

    def _overlapping(self, first_seq: int, end_seq: int) -> Iterator[_Batch]:
        for batch in self._batches:
            if batch.first_seq >= end_seq:
                return
            if batch.missing and batch.first_seq + batch.count > first_seq:
                yield batch

    @property
    def due_ns(self) -> int | None:
        """When to call ``resend_due``; None while nothing is unanswered. Every answer restarts the
        wait: an engine that works its way through a long queue has lost nothing.
        """
        if not self._batches:
            return None
        return max(self._batches[0].sent_ns, self._answered_ns) + self._timer.wait_ns

    def resend_due(self, now_ns: int) -> list[bytes]:
        """Return what must be sent again because the oldest is unanswered for too long."""
        due_ns = self.due_ns
        if due_ns is None or now_ns < due_ns:
            return []
        self._timer.sent_again()
        return self._resend(1, now_ns)

    def resend_from(self, seq: int, now_ns: int) -> list[bytes]:
        """Return what must be sent again because the engine says that ``seq`` is missing there; at
        most once in a while, as every datagram behind a lost one makes the engine say so.
        """
        if now_ns - self._resent_ns < RTO_START_NS:
            return []
        return self._resend(seq, now_ns)

    def _resend(self, seq: int, now_ns: int) -> list[bytes]:
        datagrams = []
        for batch in self._batches:
            if batch.missing and batch.first_seq + batch.count > seq:
                batch.sent_ns = now_ns
                batch.resent = True
                datagrams.append(self._sealed(batch.first_seq, batch.commands))
                if len(datagrams) == RESEND_DATAGRAMS_MAX:
                    break
        if datagrams:
            self._resent_ns = now_ns
        return datagrams
