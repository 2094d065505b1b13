"""A Merkle sum tree over balances: its root fixes every leaf and the sum of all of them. Pure.

A node's hash covers the hashes of both children and the sums under both, so that neither can be
changed without the other; a leaf and a node are hashed under different first bytes, so that neither
passes for the other. A node without a neighbour goes up as it is: nothing is counted twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.errors import AccountsError

SALT_BYTES: Final = 16
SUM_BYTES: Final = 16
SUM_ATOMS_MAX: Final = 2**63 - 1
"""Of a whole asset; what is above, or below nothing, is no sum."""
_LEAF, _NODE = b"\x00", b"\x01"


class NotProved(AccountsError):
    """A path does not lead to the root, or a sum in it cannot be."""


@dataclass(frozen=True, slots=True)
class Node:
    """A hash and the atoms under it."""

    hash: bytes
    sum_atoms: int


@dataclass(frozen=True, slots=True)
class Step:
    """The neighbour that a node is joined with on its way up."""

    is_left: bool
    node: Node


def leaf(salt: bytes, account_id: int, asset: str, amount_atoms: int) -> Node:
    """Return the leaf of one balance. Without its salt nobody can try which balance it is.

    Raises:
        NotProved: the amount is below nothing, or no amount there can be.
    """
    name = asset.encode()
    told = salt + account_id.to_bytes(8, "big") + len(name).to_bytes(1, "big") + name
    return Node(hashlib.sha256(_LEAF + told + _sum(amount_atoms)).digest(), amount_atoms)


def joined(left: Node, right: Node) -> Node:
    """Return the node above two.

    Raises:
        NotProved: a sum is below nothing, or no sum there can be.
    """
    told = left.hash + _sum(left.sum_atoms) + right.hash + _sum(right.sum_atoms)
    sum_atoms = left.sum_atoms + right.sum_atoms
    _sum(sum_atoms)
    return Node(hashlib.sha256(_NODE + told).digest(), sum_atoms)


def levels(leaves: Sequence[Node]) -> list[list[Node]]:
    """Return the tree of at least one leaf: the leaves, then each level above, then the root."""
    tree = [list(leaves)]
    while len(tree[-1]) > 1:
        below = tree[-1]
        pairs = [joined(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        tree.append(pairs + below[len(below) & ~1 :])
    return tree


def neighbours(position: int, leaves: int) -> list[tuple[int, int]]:
    """Return (level, position) of what a leaf is joined with on its way up."""
    found, level, count = [], 0, leaves
    while count > 1:
        beside = position ^ 1
        if beside < count:
            found.append((level, beside))
        level, position, count = level + 1, position >> 1, (count + 1) >> 1
    return found


def root_of(node: Node, path: Sequence[Step]) -> Node:
    """Return the root that a path leads to.

    Raises:
        NotProved: a sum in it cannot be.
    """
    for step in path:
        node = joined(step.node, node) if step.is_left else joined(node, step.node)
    return node


def _sum(sum_atoms: int) -> bytes:
    if not 0 <= sum_atoms <= SUM_ATOMS_MAX:
        raise NotProved(f"{sum_atoms} atoms are no sum")
    return sum_atoms.to_bytes(SUM_BYTES, "big")
