"""What the native API answers about an account's books. Amounts are decimal text; times are ns as
text.
"""

from typing import Literal

import msgspec


class LedgerEntry(msgspec.Struct, frozen=True):
    """One posting: a signed amount, and the balance after it."""

    asset: str
    amount: str
    balance: str
    code: str
    ref: str
    ts_ns: str
    seq: int


class Ledger(msgspec.Struct, frozen=True):
    """A page, newest first; ``cursor`` asks for what is older, None: there is none."""

    entries: list[LedgerEntry]
    cursor: str | None = None


class StatementMovement(msgspec.Struct, frozen=True):
    """All of one asset that moved for one cause."""

    code: str
    postings: int
    received: str
    paid: str


class StatementAsset(msgspec.Struct, frozen=True):
    """One asset: closing is opening and what was received, less what was paid."""

    asset: str
    opening: str
    closing: str
    movements: list[StatementMovement]


class StatementFills(msgspec.Struct, frozen=True):
    """Fills of one instrument, side and liquidity, and the fee on what they received."""

    symbol: str
    side: Literal["buy", "sell"]
    liquidity: Literal["maker", "taker"]
    fills: int
    qty: str
    quote_qty: str
    fee: str
    fee_asset: str


class Statement(msgspec.Struct, frozen=True):
    """What there was, what moved, what there is, and what trading cost."""

    account_id: int
    from_date: str
    to_date: str
    first_seq: int
    last_seq: int
    assets: list[StatementAsset]
    fills: list[StatementFills]
