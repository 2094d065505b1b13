"""Every bound of the core, by name."""

from typing import Final

DEDUPE_KEYS_MAX: Final = 4_000_000
"""Request keys remembered, all accounts together; past it new requests are refused DEDUPE_FULL."""
KEY_ROTATIONS_MAX: Final = 64
"""Keys looked at in vain for one to forget."""
EVENTS_PER_COMMAND_MAX: Final = 65_536
OPEN_ORDERS_PER_ACCOUNT_MAX: Final = 10_000
OPEN_ORDERS_MAX: Final = 8_000_000
INSTRUMENTS_MAX: Final = 4_096
ASSETS_MAX: Final = 4_096
ACCOUNTS_MAX: Final = 1_000_000
FEE_TIERS_MAX: Final = 16
"""Tier 0, which pays an instrument's own fees, and those with fees of their own."""
ASSET_LIMITS_MAX: Final = 65_536
"""Caps of accounts in assets, all together."""
ORDERS_PER_S_MAX: Final = 1_000_000
ORDERS_BURST_MAX: Final = 1_000_000
SCHEDULED_CHANGES_MAX: Final = 64
"""Changes of status that wait for one instrument."""
WINDOW_S_MAX: Final = 86_400
"""Of a breaker's window and of an auction: one day."""
LOGIC_VERSION_FIRST: Final = 1
LOGIC_VERSION: Final = 1
"""What this core can do at most: it begins with the first and moves on when told to."""
SOURCES_MAX: Final = 65_536
"""Sources of money commands: the last number of each is kept for ever."""
WITHDRAWALS_MAX: Final = 65_536
"""Withdrawals that are held and neither posted nor voided, of all accounts together."""
BAND_BPS_MAX: Final = 1_000_000
RULE_BPS_MAX: Final = 1_000_000
"""Of a collar and of a breaker."""
BPS: Final = 10_000
"""Basis points in one."""
TRAILING_BPS_MAX: Final = 9_999
TRAILING_ORDERS_MAX: Final = 1_024
"""Trailing stops that wait in one instrument: a trade may move them all."""
TRIGGERS_PER_COMMAND_MAX: Final = 256
"""Stops and take-profits that run in one command; the others run before the next."""
ICEBERG_SLICES_MAX: Final = 100
"""Slices that an iceberg's whole quantity makes."""
LOG_TS_NS_MAX: Final = 2**63 - 1
TIMEOUT_MS_MAX: Final = 86_400_000
"""Of a dead-man switch: one day."""
DEADLINE_EVENTS_MAX: Final = 4_096
"""What deadlines may do before one command: orders ended, and switches disarmed."""

assert OPEN_ORDERS_PER_ACCOUNT_MAX < EVENTS_PER_COMMAND_MAX
