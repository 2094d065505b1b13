"""What accounts counts. No figure of money is among it."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from service.metrics import LATENCY_S_BUCKETS

SETTLED_SEQ: Final = Gauge("openbell_settled_seq", "Last event settled into the ledger")
SETTLED_EVENTS: Final = Counter("openbell_settled_events", "Events settled into the ledger")
SETTLED_TRADES: Final = Counter("openbell_settled_trades", "Trades settled into the ledger")
SETTLEMENT_LAG_S: Final = Histogram(
    "openbell_settlement_lag_seconds",
    "From the engine's time of a batch's last event to its commit",
    buckets=LATENCY_S_BUCKETS,
)
BUFFERED_EVENTS: Final = Gauge(
    "openbell_settlement_buffered_events", "Events read and not folded yet"
)
SETTLEMENT_FAILURES: Final = Counter(
    "openbell_settlement_failures", "Batches that were undone, and streams or databases lost"
)
WITHDRAWAL_STEPS: Final = Counter(
    "openbell_withdrawal_steps", "Steps that withdrawals took, by where to", ["state"]
)
REFUSALS: Final = Counter("openbell_accounts_refusals", "Calls refused", ["code"])
