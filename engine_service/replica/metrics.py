"""What one replica is, for whoever asks."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine_service.replica.leadership import Leadership, Role

_PREFIX: Final = "openbell_engine_replica_"


class ReplicaCollector(Collector):
    """Turns a replica's leadership into metrics when asked."""

    def __init__(self, leadership: Leadership) -> None:
        self._leadership = leadership

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        leadership = self._leadership
        for name, text, value in (
            ("leads", "1: it leads", leadership.role is Role.LEADING),
            ("epoch", "Highest epoch seen in the log", leadership.epoch),
            ("applied_entry", "Last entry of the log it followed", leadership.applied_seq),
        ):
            yield GaugeMetricFamily(_PREFIX + name, text, value=value)
