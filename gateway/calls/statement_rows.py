"""A statement, as accounts answers it. Amounts in atoms."""

from msgspec import Struct


class MovementRow(Struct):
    """All of one asset that moved for one cause."""

    code: str
    postings: int
    received_atoms: int
    paid_atoms: int


class BalanceStepRow(Struct):
    """What came or went of an asset within a step."""

    step: int
    change_atoms: int
    moved_atoms: int


class BalanceHistoryRow(Struct):
    """One asset of an account."""

    asset: str
    opening_atoms: int
    steps: list[BalanceStepRow]


class BalanceHistoryRows(Struct):
    """All assets that an account ever had in a period."""

    assets: list[BalanceHistoryRow]


class AssetStatementRow(Struct):
    """One asset of a statement."""

    asset: str
    opening_atoms: int
    closing_atoms: int
    movements: list[MovementRow]


class TradedRow(Struct):
    """Fills of one instrument, side and liquidity."""

    symbol: str
    base_asset: str
    quote_asset: str
    side: int
    liquidity: int
    fills: int
    base_atoms: int
    quote_atoms: int
    fee_atoms: int


class StatementRow(Struct):
    """Events ``first_seq`` to ``last_seq`` of an account."""

    first_seq: int
    last_seq: int
    assets: list[AssetStatementRow]
    traded: list[TradedRow]
