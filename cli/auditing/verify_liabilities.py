"""`openbell verify-liabilities`: whether balances are counted in what an exchange says it owes.
Needs the file alone: no exchange, no network.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from accounts.books.merkle_sums import Node, NotProved, Step, leaf, root_of
from gateway.types.liabilities import LeafProof, Liabilities, LiabilitiesList, LiabilityProof
from service.errors import ServiceError

Told = TypeVar("Told")


class NotCounted(ServiceError):
    """A balance is not counted as it should be, or a file cannot be read."""


def verify_liabilities(proof_file: Path, roots_file: Path | None) -> list[str]:
    """Return one line for each balance that is counted. ``roots_file``: publications had from
    elsewhere, among which the proof's must be.

    Raises:
        NotCounted: one is not.
    """
    proof = _read(proof_file, LiabilityProof)
    published = proof.publication
    if roots_file is not None:
        told = _read(roots_file, LiabilitiesList).publications
        if published not in told:
            raise NotCounted(f"publication {published.liability_id} is not one of {roots_file}")
    lines = [_counted(proof.account_id, one, published) for one in proof.leaves]
    return lines or [f"publication {published.liability_id} counts nothing of this account"]


def _counted(account_id: int, one: LeafProof, published: Liabilities) -> str:
    root = next((each for each in published.assets if each.asset == one.asset), None)
    if root is None:
        raise NotCounted(f"{one.asset}: the publication does not know it")
    try:
        path = [
            Step(step.side == "left", Node(bytes.fromhex(step.hash), int(step.sum_atoms)))
            for step in one.path
        ]
        found = root_of(
            leaf(bytes.fromhex(one.salt), account_id, one.asset, int(one.amount_atoms)), path
        )
    except (NotProved, ValueError, OverflowError) as error:
        raise NotCounted(f"{one.asset}: {error}") from error
    if (found.hash.hex(), found.sum_atoms) != (root.root_hash, int(root.total_atoms)):
        raise NotCounted(f"{one.asset}: the path does not lead to the published root")
    return (
        f"{one.asset}: {one.amount} is counted in the {root.total} owed to {root.leaves} accounts"
    )


def _read(file: Path, kind: type[Told]) -> Told:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise NotCounted(f"{file}: {error}") from error
