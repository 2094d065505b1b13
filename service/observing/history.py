"""The last minutes of every series, in memory, and the alerts that fire."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.observing.alerts import ALERTS, NS_PER_S, Alert
from service.observing.samples import Key, Reading, head_seq, points

INTERVAL_S: Final = 5
KEPT_S: Final = 15 * 60
LINES_MAX: Final = 1_000
"""Lines of charts at one time; past it the rest is not kept: labels are ours, so few."""


@dataclass(frozen=True, slots=True)
class Tick:
    """All values at one time."""

    ts_ns: int
    values: Mapping[Key, float]


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert on one line, wrong since ``since_ts_ns``, with its value now."""

    alert: Alert
    key: Key
    value: float
    since_ts_ns: int


class History:
    """Keeps ``kept_s`` seconds, looked at every ``interval_s``."""

    def __init__(self, interval_s: float = INTERVAL_S, kept_s: float = KEPT_S) -> None:
        self.interval_s = interval_s
        self._ticks: deque[Tick] = deque(maxlen=int(kept_s / interval_s) + 1)
        self._before: dict[str, Reading] = {}

    def take(self, readings: Mapping[str, Reading], ts_ns: int) -> None:
        """Add what each process's metrics are at ``ts_ns``."""
        head, values = head_seq(readings.values()), dict[Key, float]()
        for process, reading in readings.items():
            for key, value in points(process, self._before.get(process), reading, head):
                if len(values) < LINES_MAX:
                    values[key] = value
            if reading.values is not None:
                self._before[process] = reading
        self._ticks.append(Tick(ts_ns, values))

    def ticks(self, since_ns: int = 0) -> list[Tick]:
        """Return what is kept since a time, oldest first."""
        return [tick for tick in self._ticks if tick.ts_ns >= since_ns]

    def firing(self) -> list[Firing]:
        """Return the alerts that fire now, the most urgent first."""
        if not self._ticks:
            return []
        found = [
            firing
            for alert in ALERTS
            for key, value in self._ticks[-1].values.items()
            if key.series == alert.series and _is_meant(alert, key)
            if (firing := self._firing(alert, key, value))
        ]
        return sorted(found, key=lambda one: (one.alert.severity != "page", one.since_ts_ns))

    def _firing(self, alert: Alert, key: Key, value: float) -> Firing | None:
        since_ns = None
        for tick in reversed(self._ticks):
            earlier = tick.values.get(key)
            if earlier is None or not alert.is_wrong(earlier):
                break
            since_ns = tick.ts_ns
        if since_ns is None or self._ticks[-1].ts_ns - since_ns < alert.for_s * NS_PER_S:
            return None
        return Firing(alert, key, value, since_ns)


def _is_meant(alert: Alert, key: Key) -> bool:
    return not alert.label or alert.label == key.label
