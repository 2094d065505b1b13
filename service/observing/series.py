"""The series that people watch, each made of one metric. The admin page, `openbell top`, alerts and
dashboards all name these, so that a figure is the same wherever it is seen.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

Unit = Literal["per_second", "seconds", "count", "bytes", "ratio"]


class Kind(Enum):
    """How a series comes out of its metric."""

    GAUGE = "gauge"
    """The value as it is."""
    RATE = "rate"
    """What a counter gained a second."""
    QUANTILE = "quantile"
    """Of what a histogram gained."""
    BEHIND = "behind"
    """How many events the value is behind the last one that the engine released."""
    AGE = "age"
    """Seconds since the Unix time that the value is, once it is one."""


UP: Final = "up"
"""1 for a process whose metrics could be read, 0 for one that did not answer."""
HEAD: Final = "openbell_engine_next_event_seq"
"""The first event that the engine has not released yet."""


@dataclass(frozen=True, slots=True)
class Series:
    """``metric``: as it is exposed, a histogram without its ending. ``by``: a label whose values
    are lines of their own. ``panel``: what it is shown with.
    """

    name: str
    title: str
    unit: Unit
    kind: Kind
    metric: str
    panel: str
    by: str = ""
    quantiles: tuple[str, ...] = ()

    @property
    def sample(self) -> str:
        """The exposed sample it is made of."""
        return f"{self.metric}_bucket" if self.kind is Kind.QUANTILE else self.metric


_P50_P99: Final = ("0.5", "0.99")
_P99: Final = ("0.99",)
SERIES: Final = (
    Series("up", "Processes that answer", "count", Kind.GAUGE, UP, "Processes"),
    Series(
        "resident_bytes",
        "Memory",
        "bytes",
        Kind.GAUGE,
        "process_resident_memory_bytes",
        "Processes",
    ),
    Series(
        "cpu_ratio",
        "Processor, 1 = one core",
        "ratio",
        Kind.RATE,
        "process_cpu_seconds_total",
        "Processes",
    ),
    Series(
        "orders_per_second",
        "Orders taken in",
        "per_second",
        Kind.RATE,
        "openbell_gateway_order_seconds_count",
        "Orders",
    ),
    Series(
        "order_seconds",
        "An order, from command to effect",
        "seconds",
        Kind.QUANTILE,
        "openbell_gateway_order_seconds",
        "Orders",
        quantiles=_P50_P99,
    ),
    Series(
        "order_stage_seconds",
        "Stages of an order in the gateway",
        "seconds",
        Kind.QUANTILE,
        "openbell_gateway_order_stage_seconds",
        "Orders",
        by="stage",
        quantiles=_P99,
    ),
    Series(
        "requests_per_second",
        "Requests",
        "per_second",
        Kind.RATE,
        "openbell_gateway_requests_total",
        "Gateway",
    ),
    Series(
        "errors_per_second",
        "Refusals and errors by code",
        "per_second",
        Kind.RATE,
        "openbell_gateway_errors_total",
        "Gateway",
        by="code",
    ),
    Series(
        "sockets",
        "Open WebSockets",
        "count",
        Kind.GAUGE,
        "openbell_gateway_sockets",
        "WebSockets",
    ),
    Series(
        "messages_per_second",
        "Messages to readers",
        "per_second",
        Kind.RATE,
        "openbell_gateway_messages_sent_total",
        "WebSockets",
    ),
    Series(
        "slow_readers_per_second",
        "Readers closed because they lagged",
        "per_second",
        Kind.RATE,
        "openbell_gateway_slow_readers_total",
        "WebSockets",
    ),
    Series(
        "push_seconds",
        "From the engine's time of an event to its effect here",
        "seconds",
        Kind.QUANTILE,
        "openbell_gateway_event_lag_seconds",
        "WebSockets",
        quantiles=_P50_P99,
    ),
    Series(
        "credits",
        "Commands the engine would take at once",
        "count",
        Kind.GAUGE,
        "openbell_session_credits",
        "Transport",
    ),
    Series(
        "commands_in_flight",
        "Commands without an outcome",
        "count",
        Kind.GAUGE,
        "openbell_session_commands_in_flight",
        "Transport",
    ),
    Series(
        "retransmissions_per_second",
        "Command datagrams sent again",
        "per_second",
        Kind.RATE,
        "openbell_session_retransmissions_total",
        "Transport",
    ),
    Series(
        "gaps_per_second",
        "Ranges of events asked for again",
        "per_second",
        Kind.RATE,
        "openbell_session_event_gaps_total",
        "Transport",
    ),
    Series(
        "engine_commands_per_second",
        "Commands",
        "per_second",
        Kind.RATE,
        "openbell_engine_commands_total",
        "Engine",
    ),
    Series(
        "engine_flush_seconds",
        "The disk: one flush of the journal",
        "seconds",
        Kind.QUANTILE,
        "openbell_engine_flush_seconds",
        "Engine",
        quantiles=_P50_P99,
    ),
    Series(
        "engine_stage_seconds",
        "Stages of a batch in the engine",
        "seconds",
        Kind.QUANTILE,
        "openbell_engine_stage_seconds",
        "Engine",
        by="stage",
        quantiles=_P99,
    ),
    Series(
        "engine_command_seconds",
        "One command in the core",
        "seconds",
        Kind.QUANTILE,
        "openbell_engine_command_seconds",
        "Engine",
        quantiles=_P99,
    ),
    Series(
        "engine_sessions",
        "Open sessions",
        "count",
        Kind.GAUGE,
        "openbell_engine_sessions",
        "Engine",
    ),
    Series(
        "datagrams_unsent_per_second",
        "Datagrams the kernel refused",
        "per_second",
        Kind.RATE,
        "openbell_engine_datagrams_unsent_total",
        "Engine",
    ),
    Series(
        "not_authentic_per_second",
        "Datagrams with a wrong seal",
        "per_second",
        Kind.RATE,
        "openbell_engine_sessions_not_authentic_total",
        "Engine",
    ),
    Series(
        "journal_bytes",
        "The journal",
        "bytes",
        Kind.GAUGE,
        "openbell_engine_journal_bytes",
        "Disk",
    ),
    Series(
        "disk_free_bytes",
        "Free where the journal is",
        "bytes",
        Kind.GAUGE,
        "openbell_engine_disk_free_bytes",
        "Disk",
    ),
    Series(
        "snapshots_waiting_commands",
        "Commands that no snapshot has yet",
        "count",
        Kind.GAUGE,
        "openbell_snapshots_waiting_commands",
        "Disk",
    ),
    Series(
        "snapshot_failures_per_second",
        "Snapshots that failed",
        "per_second",
        Kind.RATE,
        "openbell_snapshots_failed_total",
        "Disk",
    ),
    Series(
        "settled_events_behind",
        "Events not settled yet",
        "count",
        Kind.BEHIND,
        "openbell_settled_seq",
        "Books",
    ),
    Series(
        "settlement_lag_seconds",
        "From the engine's time of an event to its posting",
        "seconds",
        Kind.QUANTILE,
        "openbell_settlement_lag_seconds",
        "Books",
        quantiles=_P50_P99,
    ),
    Series(
        "settlement_failures_per_second",
        "Batches undone, streams and databases lost",
        "per_second",
        Kind.RATE,
        "openbell_settlement_failures_total",
        "Books",
    ),
    Series(
        "gateway_events_behind",
        "Events a gateway has not applied yet",
        "count",
        Kind.BEHIND,
        "openbell_gateway_event_seq",
        "Books",
    ),
    Series(
        "market_data_events_behind",
        "Events market data has not taken in yet",
        "count",
        Kind.BEHIND,
        "openbell_market_data_cursor",
        "Books",
    ),
    Series(
        "audit_differences",
        "Differences the last audit found",
        "count",
        Kind.GAUGE,
        "openbell_audit_differences",
        "Books",
    ),
    Series(
        "audit_age_seconds",
        "Since the last audit",
        "seconds",
        Kind.AGE,
        "openbell_audit_last_run_seconds",
        "Books",
    ),
    Series(
        "withdrawals_stopped",
        "1 while withdrawals are stopped",
        "count",
        Kind.GAUGE,
        "openbell_audit_withdrawals_stopped",
        "Books",
    ),
    Series(
        "bot_requests_per_second",
        "Requests of the bots",
        "per_second",
        Kind.RATE,
        "openbell_bot_requests_total",
        "Bots",
    ),
)
BY_NAME: Final = {series.name: series for series in SERIES}
assert len(BY_NAME) == len(SERIES)

SAMPLES: Final = tuple(sorted({series.sample for series in SERIES} - {UP} | {HEAD}))
"""What has to be read of every process to make all series."""
