"""The rules that make a gapless stream of events out of datagrams that get lost, repeated and
overtaken. Pure: time is an argument.
"""

import heapq
from typing import Final

from schemas.layouts import EVENT_BYTES
from schemas.session_layouts import EventRange

EARLY_MAX: Final = 4_096
"""Events held while a gap before them is open; what is past it is dropped and asked for later."""
NAK_START_NS: Final = 2_000_000
NAK_MAX_NS: Final = 200_000_000
"""How long a gap may be open before it is asked for: first, and at the longest."""
NAK_RANGES_MAX: Final = 16
NAK_EVENTS_MAX: Final = 1_024
"""Most asked for at once; the engine does not send more for one NAK either."""
CATCH_UP_EVENTS: Final = 65_536
"""A wider gap is not asked for piece by piece but read from the TCP stream."""


class EventReceiver:
    """Delivers events from ``next_seq`` on, each once, in order."""

    def __init__(self, next_seq: int) -> None:
        self.next_seq = next_seq
        """First event not delivered yet."""
        self.released_next_seq = next_seq
        """First event that, as far as is known here, the engine has not released yet."""
        self._early: list[tuple[int, bytes]] = []
        self._early_seqs: set[int] = set()
        self._early_events = 0
        self._nak_wait_ns = NAK_START_NS
        self._nak_due_ns: int | None = None

    @property
    def missing(self) -> int:
        """How many events are released and not delivered."""
        return self.released_next_seq - self.next_seq

    @property
    def must_catch_up(self) -> bool:
        """Whether the gap is too wide to be asked for piece by piece."""
        return self.missing > CATCH_UP_EVENTS

    def receive(self, first_seq: int, events: bytes, now_ns: int) -> bytes:
        """Take events (n x 128 bytes); return those that continue what was delivered: they begin at
        the ``next_seq`` of before the call. Often none, or those just taken, or those and early
        ones.
        """
        self._learn(first_seq + len(events) // EVENT_BYTES, now_ns)
        if first_seq > self.next_seq:
            self._keep_early(first_seq, events)
            return b""
        delivered = [self._deliver(first_seq, events)]
        while self._early and self._early[0][0] <= self.next_seq:
            early_seq, early = heapq.heappop(self._early)
            self._early_seqs.remove(early_seq)
            self._early_events -= len(early) // EVENT_BYTES
            delivered.append(self._deliver(early_seq, early))
        continuous = b"".join(delivered)
        if continuous:
            self._nak_wait_ns = NAK_START_NS
            self._nak_due_ns = now_ns + NAK_START_NS if self.missing else None
        return continuous

    def heartbeat(self, released_next_seq: int, now_ns: int) -> None:
        """Take the engine's word on which event is next: shows the loss of the last ones."""
        self._learn(released_next_seq, now_ns)

    def _learn(self, released_next_seq: int, now_ns: int) -> None:
        self.released_next_seq = max(self.released_next_seq, released_next_seq)
        if self.missing and self._nak_due_ns is None:
            self._nak_due_ns = now_ns + self._nak_wait_ns

    def _deliver(self, first_seq: int, events: bytes) -> bytes:
        fresh = events[(self.next_seq - first_seq) * EVENT_BYTES :]
        self.next_seq += len(fresh) // EVENT_BYTES
        return fresh

    def _keep_early(self, first_seq: int, events: bytes) -> None:
        count = len(events) // EVENT_BYTES
        if first_seq not in self._early_seqs and self._early_events + count <= EARLY_MAX:
            heapq.heappush(self._early, (first_seq, events))
            self._early_seqs.add(first_seq)
            self._early_events += count

    @property
    def due_ns(self) -> int | None:
        """When to call ``due_naks``; None while nothing is missing."""
        return self._nak_due_ns

    def due_naks(self, now_ns: int) -> list[EventRange]:
        """Return the ranges to ask for, the oldest first; none if it is not time."""
        if self._nak_due_ns is None or now_ns < self._nak_due_ns:
            return []
        self._nak_wait_ns = min(self._nak_wait_ns * 2, NAK_MAX_NS)
        self._nak_due_ns = now_ns + self._nak_wait_ns
        return [] if self.must_catch_up else self._gaps()

    def _gaps(self) -> list[EventRange]:
        gaps: list[EventRange] = []
        room = NAK_EVENTS_MAX
        at = self.next_seq
        for early_seq, early in [*sorted(self._early), (self.released_next_seq, b"")]:
            last = min(early_seq, at + room) - 1
            if at <= last:
                gaps.append(EventRange(at, last))
                room -= last - at + 1
            at = max(at, early_seq + len(early) // EVENT_BYTES)
            if not room or len(gaps) == NAK_RANGES_MAX:
                break
        return gaps
