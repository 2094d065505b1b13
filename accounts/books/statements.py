"""What a statement says of one account and period, and that it adds up. Pure; amounts in atoms."""

from dataclasses import dataclass

from accounts.errors import Disagreement


@dataclass(frozen=True, slots=True)
class Movement:
    """All of one asset that moved for one cause: a ``TransferCode`` by name."""

    code: str
    postings: int
    received_atoms: int
    paid_atoms: int


@dataclass(frozen=True, slots=True)
class AssetStatement:
    """One asset: what there was, what moved, what there is."""

    asset: str
    opening_atoms: int
    closing_atoms: int
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class BalanceStep:
    """What came or went of one asset within step number ``step``; ``moved_atoms``: of that, what
    was neither traded nor a fee.
    """

    step: int
    change_atoms: int
    moved_atoms: int


@dataclass(frozen=True, slots=True)
class BalanceHistory:
    """One asset: what there was, and the steps in which that changed."""

    asset: str
    opening_atoms: int
    steps: tuple[BalanceStep, ...]


@dataclass(frozen=True, slots=True)
class Traded:
    """Fills of one instrument, side and liquidity; the fee is of what was received."""

    symbol: str
    base_asset: str
    quote_asset: str
    side: int
    liquidity: int
    fills: int
    base_atoms: int
    quote_atoms: int
    fee_atoms: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What moved from event ``first_seq`` to ``last_seq``; both 0 if nothing did."""

    first_seq: int
    last_seq: int
    assets: tuple[AssetStatement, ...]
    traded: tuple[Traded, ...]


def asset_statement(
    asset: str, opening_atoms: int, closing_atoms: int, movements: tuple[Movement, ...]
) -> AssetStatement:
    """Return the statement of an asset. ``closing_atoms`` is the ledger's balance at the end, which
    what moved must lead to.

    Raises:
        Disagreement: it does not.
    """
    moved_atoms = sum(one.received_atoms - one.paid_atoms for one in movements)
    if opening_atoms + moved_atoms != closing_atoms:
        raise Disagreement(
            f"{asset}: {opening_atoms} atoms and {moved_atoms} that moved are not {closing_atoms}"
        )
    return AssetStatement(asset, opening_atoms, closing_atoms, movements)
