"""The native API's proofs of what the exchange owes. The OpenAPI document is made of them.

Amounts are told in atoms too, as decimal text: hashes are made of those.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Decimal, Request, TsNs

Hex = Annotated[str, Meta(pattern="^[0-9a-f]*$")]
Atoms = Annotated[str, Meta(pattern="^[0-9]{1,19}$", description="A whole number of atoms")]


class AssetLiability(Struct):
    """The root of one asset's tree of balances, and the sum of all of them."""

    asset: str
    total: Decimal
    total_atoms: Atoms
    leaves: int
    root_hash: Hex


class Liabilities(Struct):
    """What was owed after ledger event ``event_seq``; ``chain``: the hash of all events so far."""

    liability_id: int
    event_seq: int
    chain: Hex
    ts_ns: TsNs
    assets: list[AssetLiability]


class LiabilitiesList(Struct):
    """Publications, newest first."""

    publications: list[Liabilities]


class LiabilityProofQuery(Request):
    """Which publication; the newest without it."""

    liability_id: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None


class PathStep(Struct):
    """A neighbour on the way up to the root."""

    side: Literal["left", "right"]
    hash: Hex
    sum_atoms: Atoms


class LeafProof(Struct):
    """One of my balances, held part included, and what leads from it to the root."""

    asset: str
    amount: Decimal
    amount_atoms: Atoms
    salt: Hex
    path: list[PathStep]


class LiabilityProof(Struct):
    """My part of a publication: `openbell verify-liabilities` takes it as a file."""

    publication: Liabilities
    account_id: int
    leaves: list[LeafProof]
