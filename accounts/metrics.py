"""What accounts counts. Durations in microseconds: no float comes near money."""

from typing import Final

from prometheus_client import Counter, Gauge

SETTLED_SEQ: Final = Gauge("openbell_settled_seq", "Last event settled into the ledger")
SETTLED_EVENTS: Final = Counter("openbell_settled_events", "Events settled into the ledger")
SETTLED_TRADES: Final = Counter("openbell_settled_trades", "Trades settled into the ledger")
SETTLEMENT_FAILURES: Final = Counter(
    "openbell_settlement_failures", "Batches that were undone, and streams or databases lost"
)
WITHDRAWAL_STEPS: Final = Counter(
    "openbell_withdrawal_steps", "Steps that withdrawals took, by where to", ["state"]
)
REFUSALS: Final = Counter("openbell_accounts_refusals", "Calls refused", ["code"])
