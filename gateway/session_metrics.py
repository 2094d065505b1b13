"""How the gateway's sessions with the engine are, read when somebody asks."""

from collections.abc import Iterator
from typing import Final, Protocol

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from transport.session_counters import SessionCounters

_PREFIX: Final = "openbell_session_"
_COUNTED: Final = {
    "retransmissions": "Datagrams with commands sent again",
    "opened": "Times the engine let this process in",
    "lost": "Times the engine ended the session, or forgot it",
    "expired": "Commands whose outcome did not come in time",
    "event_gaps": "Ranges of events asked for again",
}


class EngineSession(Protocol):
    """What is shown of the client that sends commands."""

    @property
    def counters(self) -> SessionCounters:
        """What happened to it so far."""
        ...

    @property
    def credits(self) -> int:
        """How many commands it could send at once."""
        ...

    @property
    def in_flight(self) -> int:
        """How many commands wait for their outcome."""
        ...


class SessionCollector(Collector):
    """Turns the numbers of the session with commands, and of the one with events, into metrics."""

    def __init__(self, engine: EngineSession, events: SessionCounters) -> None:
        self._engine = engine
        self._events = events

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield GaugeMetricFamily(
            _PREFIX + "credits",
            "Commands the engine would take at once, the reserve for cancels not counted",
            value=self._engine.credits,
        )
        yield GaugeMetricFamily(
            _PREFIX + "commands_in_flight",
            "Commands that wait for their outcome",
            value=self._engine.in_flight,
        )
        for name, text in _COUNTED.items():
            both = (self._engine.counters, self._events)
            value = sum(getattr(counters, name) for counters in both)
            yield CounterMetricFamily(_PREFIX + name, text, value=value)
