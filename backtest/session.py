"""Time in a backtest: who looks when, what arrives when, and a tape of what others did.

Everything that happens at one moment happens in a fixed order, so the same session does the same
every time. A strategy's orders arrive at the core after its latency, and rest there among all the
others: their place in the queue is the one they would have had.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from backtest.command_bytes import CommandWriter
from backtest.event_reader import EventReader, OnFill, OnTrade
from backtest.trader import Trader
from backtest.venue import Venue
from domain.units import NS_PER_MS

CHUNK_NS: Final = NS_PER_MS
"""Of a tape so much is played before those who react to it are told."""
NEVER_NS: Final = 1 << 63


class Tape(Protocol):
    """What others did, in order of time."""

    @property
    def next_ns(self) -> int:
        """When the next of it happened; NEVER_NS at its end."""
        ...

    def play(self, venue: Venue, until_ns: int) -> Iterator[tuple[bytes, int]]:
        """Do what was done up to ``until_ns``; yield the events of each group and its time."""
        ...


class Session:
    """``on_group`` is told the time after each group of commands, whoever entered them."""

    def __init__(
        self,
        venue: Venue,
        traders: Sequence[Trader],
        tape: Tape | None = None,
        on_trade: OnTrade = lambda *_: None,
        on_fill: OnFill = lambda *_: None,
        on_group: Callable[[int], None] = lambda ts_ns: None,
    ) -> None:
        self._venue = venue
        self._traders = list(traders)
        self._tape = tape
        self._reader = EventReader(self._traders, on_trade, on_fill)
        self._on_group = on_group
        self._writer = CommandWriter()
        self._bookish = [one for one in self._traders if one.sees_books]
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._numbers = 0
        reacting = any(one.reacts for one in self._traders)
        self._chunk_ns = CHUNK_NS if reacting else NEVER_NS

    def at(self, ts_ns: int, do: Callable[[int], None]) -> None:
        """Have ``do`` called with the time at ``ts_ns``."""
        self._numbers += 1
        heapq.heappush(self._due, (ts_ns, self._numbers, do))

    def every(self, start_ns: int, step_ns: int, do: Callable[[int], None]) -> None:
        """Have ``do`` called at ``start_ns`` and then every ``step_ns``."""

        def again(ts_ns: int) -> None:
            do(ts_ns)
            self.at(ts_ns + step_ns, again)

        self.at(start_ns, again)

    def run(self, start_ns: int, end_ns: int) -> Iterator[int]:
        """Let all trade from ``start_ns`` until ``end_ns``; yield the time after each step."""
        for trader in self._traders:
            self.at(start_ns, self._timer_of(trader))
        while True:
            due_ns = self._due[0][0] if self._due else NEVER_NS
            taped_ns = self._tape.next_ns if self._tape else NEVER_NS
            now_ns = min(due_ns, taped_ns)
            if now_ns >= end_ns:
                return
            if self._tape and taped_ns <= due_ns:
                until_ns = min(due_ns, end_ns - 1, taped_ns + self._chunk_ns)
                for events, ts_ns in self._tape.play(self._venue, until_ns):
                    now_ns = ts_ns
                    self._reader.read(events, ts_ns)
                    self._on_group(ts_ns)
                self._react(now_ns)
            else:
                _, _, do = heapq.heappop(self._due)
                do(now_ns)
            yield now_ns

    def _timer_of(self, trader: Trader) -> Callable[[int], None]:
        def look(ts_ns: int) -> None:
            trader.look(self._venue)
            trader.desk.on_timer(ts_ns)
            self._act(trader, ts_ns)
            pause_ns = max(1, trader.desk.strategy.pause_ns())
            self.at(ts_ns + pause_ns, look)

        return look

    def _act(self, trader: Trader, ts_ns: int) -> None:
        """Send what a trader wants, unless something of it is still on its way."""
        if trader.in_flight:
            return
        commands = trader.commands(self._writer, ts_ns)
        if not commands:
            if not trader.waits and trader.desk.wants_more(ts_ns):
                trader.waits = True
                self.at(trader.desk.resumes_ns, lambda now_ns: self._resume(trader, now_ns))
            return
        if not trader.latency_ns:
            self._arrive(commands, ts_ns)
            return
        trader.in_flight = True

        def arrive(now_ns: int) -> None:
            trader.in_flight = False
            self._reader.touched[trader.name] = trader
            self._arrive(commands, now_ns)

        self.at(ts_ns + trader.latency_ns, arrive)

    def _resume(self, trader: Trader, ts_ns: int) -> None:
        trader.waits = False
        self._act(trader, ts_ns)

    def _arrive(self, commands: bytes, ts_ns: int) -> None:
        events, _ = self._venue.apply(commands, ts_ns)
        self._reader.read(events, ts_ns)
        self._on_group(ts_ns)
        self._react(ts_ns)

    def _react(self, ts_ns: int) -> None:
        """Tell those who react to a book, and let those act who were told anything."""
        touched = self._reader.touched
        for trader in self._bookish:
            if trader.look(self._venue):
                trader.desk.on_book(ts_ns)
                touched[trader.name] = trader
        if not touched:
            return
        self._reader.touched = {}
        for trader in touched.values():
            if trader.reacts:
                self.at(ts_ns, lambda now_ns, one=trader: self._act_anew(one, now_ns))  # type: ignore[misc]

    def _act_anew(self, trader: Trader, ts_ns: int) -> None:
        trader.look(self._venue)
        self._act(trader, ts_ns)
