"""The events of a capture's replay beside those of the day it was taken, event by event.

That day's are what a core makes of the captured commands at their recorded times. Only times may
differ: the replay is another day.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

from domain.events import Event
from engine_core import load_core
from replay.capture import Captured
from schemas.codec import decode_events
from schemas.layouts import EVENT_BYTES

CONTEXT: Final = 3
_TIMES: Final = ("ts_ns", "expire_s", "at_s", "auction_ends_ns")


@dataclass(frozen=True)
class EventParting:
    """Where two runs part: at which event, what both said before, and what each said then."""

    number: int
    before: list[Event]
    captured: list[Event]
    replayed: list[Event]

    def lines(self) -> list[str]:
        """Return it in lines for people."""
        said = [("both", self.before), ("captured", self.captured), ("replayed", self.replayed)]
        lines = [f"the events part at event {self.number:,}"]
        lines += [f"  {who:8} {event}" for who, events in said for event in events]
        return lines


class EventComparison:
    """Reads a replay's events as they come."""

    def __init__(self, captured: Sequence[Captured]) -> None:
        self._captured = _said_then(captured)
        self._before: deque[Event] = deque(maxlen=CONTEXT)
        self.equal = 0
        self.parting: EventParting | None = None

    def take(self, data: bytes) -> None:
        """Compare the next events (n x 128 bytes); after the first difference no more."""
        events = decode_events(data) if self.parting is None else []
        for at, event in enumerate(events):
            then = next(self._captured, None)
            if then is None or _timeless(then) != _timeless(event):
                self._part(then, events[at : at + CONTEXT])
                return
            self._before.append(event)
            self.equal += 1

    def end(self) -> None:
        """Say that nothing more comes."""
        if self.parting is None and (then := next(self._captured, None)) is not None:
            self._part(then, [])

    def _part(self, then: Event | None, replayed: list[Event]) -> None:
        later = islice(self._captured, CONTEXT - 1)
        captured = [] if then is None else [then, *later]
        self.parting = EventParting(self.equal + 1, list(self._before), captured, replayed)


def _said_then(captured: Sequence[Captured]) -> Iterator[Event]:
    core = load_core()()
    for log_ts_ns, group in groupby(captured, itemgetter(0)):
        said, _ = core.apply(b"".join(command for _, command in group), log_ts_ns)
        for at in range(0, len(said), EVENT_BYTES):
            yield from decode_events(said[at : at + EVENT_BYTES])


def _timeless(event: Event) -> Event:
    times: dict[str, Any] = {name: 0 for name in _TIMES if hasattr(event, name)}
    return replace(event, **times)
