"""What is worth waking or telling somebody for. Each has a page of its own in docs/runbooks, and is
a rule for Prometheus (deploy/prometheus/alerts.yml), which an exchange also keeps by itself.
"""

from dataclasses import dataclass
from typing import Final, Literal

from service.observing.series import BY_NAME

Severity = Literal["page", "ticket"]
"""Wake somebody; or have somebody look during the day."""
NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Alert:
    """Fires for a line of ``series`` (all, or that of ``label``) that was on the wrong side of
    ``threshold`` for ``for_s`` seconds.
    """

    name: str
    series: str
    op: Literal[">", "<"]
    threshold: float
    for_s: int
    severity: Severity
    summary: str
    page: str
    label: str = ""

    @property
    def runbook(self) -> str:
        """Its page, from the root of the repository."""
        return f"docs/runbooks/{self.page}.md"

    def is_wrong(self, value: float) -> bool:
        """Whether a value is on the wrong side."""
        return value > self.threshold if self.op == ">" else value < self.threshold


ALERTS: Final = (
    Alert(
        "ProcessDown", "up", "<", 1, 30, "page",
        "A process of the exchange does not answer", "process-down",
    ),
    Alert(
        "BooksDiffer", "audit_differences", ">", 0, 0, "page",
        "Engine and ledger do not agree", "books-differ",
    ),
    Alert(
        "WithdrawalsStopped", "withdrawals_stopped", ">", 0, 0, "page",
        "Withdrawals are stopped until an audit finds no difference", "books-differ",
    ),
    Alert(
        "AuditOverdue", "audit_age_seconds", ">", 900, 0, "ticket",
        "No audit has ended for a quarter of an hour", "audit-overdue",
    ),
    Alert(
        "SettlementBehind", "settled_events_behind", ">", 100_000, 60, "page",
        "The ledger is far behind the engine", "settlement-behind",
    ),
    Alert(
        "SettlementSlow", "settlement_lag_seconds", ">", 2, 300, "ticket",
        "Events take seconds to reach the ledger", "settlement-behind", label="p99",
    ),
    Alert(
        "SettlementFailing", "settlement_failures_per_second", ">", 0, 60, "page",
        "Settlement is interrupted again and again", "settlement-failing",
    ),
    Alert(
        "GatewayBehind", "gateway_events_behind", ">", 10_000, 30, "page",
        "A gateway shows an old state of the market", "reader-behind",
    ),
    Alert(
        "MarketDataBehind", "market_data_events_behind", ">", 100_000, 60, "ticket",
        "Candles and tickers are old", "reader-behind",
    ),
    Alert(
        "OrdersSlow", "order_seconds", ">", 0.25, 120, "ticket",
        "One order in a hundred takes over a quarter of a second", "orders-slow", label="p99",
    ),
    Alert(
        "DiskSlow", "engine_flush_seconds", ">", 0.05, 120, "ticket",
        "The journal's disk takes over 50 ms for a flush", "disk-slow", label="p99",
    ),
    Alert(
        "DiskFilling", "disk_free_bytes", "<", 2 * 1024**3, 60, "page",
        "Less than 2 GiB are left for the journal; on a full disk the engine stops", "disk-filling",
    ),
    Alert(
        "NoCredit", "credits", "<", 1, 30, "ticket",
        "The engine has more to do than it takes in", "no-credit",
    ),
    Alert(
        "Retransmissions", "retransmissions_per_second", ">", 5, 120, "ticket",
        "Datagrams to the engine get lost", "datagrams-lost",
    ),
    Alert(
        "DatagramsUnsent", "datagrams_unsent_per_second", ">", 10, 60, "ticket",
        "The kernel refuses what the engine sends", "datagrams-lost",
    ),
    Alert(
        "NotAuthentic", "not_authentic_per_second", ">", 1, 60, "page",
        "Somebody without the key sends datagrams to the engine", "not-authentic",
    ),
    Alert(
        "SnapshotsFailing", "snapshot_failures_per_second", ">", 0, 180, "ticket",
        "No snapshot can be made: starts take longer and longer", "snapshots-failing",
    ),
    Alert(
        "SlowReaders", "slow_readers_per_second", ">", 1, 120, "ticket",
        "WebSocket readers are dropped because they lag", "slow-readers",
    ),
    Alert(
        "InternalErrors", "errors_per_second", ">", 0, 60, "ticket",
        "Requests fail in a way nobody foresaw", "internal-errors", label="INTERNAL",
    ),
)  # fmt: skip
assert all(alert.series in BY_NAME for alert in ALERTS)
assert len({alert.name for alert in ALERTS}) == len(ALERTS)
