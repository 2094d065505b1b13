"""What is answered about what the venue owes. Amounts in atoms; hashes and salts in hex."""

from msgspec import Struct


class AssetLiabilityAnswer(Struct):
    """The root of one asset's tree, and the sum under it."""

    asset: str
    total_atoms: int
    leaves: int
    root_hash: str


class PublicationAnswer(Struct):
    """What was owed after event ``event_seq``."""

    liability_id: int
    event_seq: int
    chain: str
    ts_ns: int
    assets: list[AssetLiabilityAnswer]


class PathStepAnswer(Struct):
    """A neighbour on the way up, and on which side it is."""

    side: str
    hash: str
    sum_atoms: int


class LeafProofAnswer(Struct):
    """One balance, and what leads from it to the root."""

    asset: str
    amount_atoms: int
    salt: str
    path: list[PathStepAnswer]


class LiabilityProofAnswer(Struct):
    """An account's part of a publication."""

    publication: PublicationAnswer
    account_id: int
    leaves: list[LeafProofAnswer]
