"""What the exchange owes, as accounts answers it. Amounts in atoms; hashes and salts in hex."""

from typing import Literal

from msgspec import Struct


class AssetLiabilityRow(Struct):
    """The root of one asset."""

    asset: str
    total_atoms: int
    leaves: int
    root_hash: str


class PublicationRow(Struct):
    """One publication."""

    liability_id: int
    event_seq: int
    chain: str
    ts_ns: int
    assets: list[AssetLiabilityRow]


class PublicationRows(Struct):
    publications: list[PublicationRow]


class PathStepRow(Struct):
    """A neighbour on the way up."""

    side: Literal["left", "right"]
    hash: str
    sum_atoms: int


class LeafProofRow(Struct):
    """One balance and its path."""

    asset: str
    amount_atoms: int
    salt: str
    path: list[PathStepRow]


class LiabilityProofRow(Struct):
    """An account's part of a publication."""

    publication: PublicationRow
    account_id: int
    leaves: list[LeafProofRow]
