"""The native API's statements: requests and answers, which the OpenAPI document is made of."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Decimal, Request, SideName, TsNs

Date = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="A day of UTC",
        examples=["2026-11-20"],
    ),
]


class StatementQuery(Request):
    """Which days: from the first to the last, both included; at most 366."""

    from_date: Date
    to_date: Date


class StatementMovement(Struct):
    """All of one asset that moved for one cause."""

    code: str
    postings: int
    received: Decimal
    paid: Decimal


class StatementAsset(Struct):
    """One asset: closing is opening and what was received, less what was paid."""

    asset: str
    opening: Decimal
    closing: Decimal
    movements: list[StatementMovement]


class StatementFills(Struct):
    """Fills of one instrument, side and liquidity, and the fee on what they received."""

    symbol: str
    side: SideName
    liquidity: Literal["maker", "taker"]
    fills: int
    qty: Decimal
    quote_qty: Decimal
    fee: Decimal
    fee_asset: str


class Statement(Struct):
    """An account's statement: what moved from ledger event ``first_seq`` to ``last_seq``, or 0."""

    account_id: int
    from_date: str
    to_date: str
    first_seq: int
    last_seq: int
    assets: list[StatementAsset]
    fills: list[StatementFills]


STEPS_MAX = 400


class BalanceHistoryQuery(Request):
    """The last ``count`` minutes, hours or days of UTC, the one that runs included; at most 366
    days in all.
    """

    interval: Literal["1m", "1h", "1d"] = "1d"
    count: Annotated[int, Meta(ge=1, le=STEPS_MAX)] = 90


class BalanceChange(Struct):
    """What came or went of an asset while the candle of ``ts_open_ns`` was open. ``moved``: of
    that, what came in, went out or was moved; the rest was traded, fees included.
    """

    ts_open_ns: TsNs
    change: str
    moved: str


class AssetBalanceHistory(Struct):
    """One asset: what there was at the beginning, and when that changed."""

    asset: str
    opening: Decimal
    changes: list[BalanceChange]


class BalanceHistory(Struct):
    """How an account's balances, held parts included, changed; as the ledger has it."""

    interval: str
    from_ts_ns: TsNs
    count: int
    assets: list[AssetBalanceHistory]
