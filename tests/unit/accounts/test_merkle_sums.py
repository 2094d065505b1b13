"""Nobody's balance can be left out, changed or made negative without the root changing."""

from dataclasses import replace

import pytest

from accounts.books.merkle_sums import (
    SUM_ATOMS_MAX,
    Node,
    NotProved,
    Step,
    joined,
    leaf,
    levels,
    neighbours,
    root_of,
)

SALT = bytes(range(16))


def leaves_of(count: int) -> list[Node]:
    return [leaf(SALT, 1_000 + at, "BTC", 10 * at + 1) for at in range(count)]


def path_of(tree: list[list[Node]], position: int) -> list[Step]:
    places = neighbours(position, len(tree[0]))
    return [Step(at % 2 == 0, tree[level][at]) for level, at in places]


@pytest.mark.parametrize("count", [*range(1, 18), 31, 32, 33, 100])
def test_every_leaf_has_a_path_to_the_root_and_the_root_has_the_sum(count: int) -> None:
    leaves = leaves_of(count)
    tree = levels(leaves)
    (root,) = tree[-1]
    assert root.sum_atoms == sum(one.sum_atoms for one in leaves)
    for at, one in enumerate(leaves):
        path = path_of(tree, at)
        assert root_of(one, path) == root
        assert len(path) <= (count - 1).bit_length()


def test_no_leaf_is_counted_twice_to_fill_a_level() -> None:
    (three,), (four,) = levels(leaves_of(3))[-1], levels([*leaves_of(3), leaves_of(3)[2]])[-1]
    assert three.sum_atoms == 1 + 11 + 21
    assert three.hash != four.hash


@pytest.mark.parametrize("change", ["account", "amount", "salt", "asset", "sum", "side", "short"])
def test_whatever_is_changed_does_not_lead_to_the_root(change: str) -> None:
    leaves = leaves_of(7)
    tree = levels(leaves)
    one, path = leaves[3], path_of(tree, 3)
    if change == "account":
        one = leaf(SALT, 999, "BTC", 31)
    elif change == "amount":
        one = leaf(SALT, 1_003, "BTC", 30)
    elif change == "salt":
        one = leaf(bytes(16), 1_003, "BTC", 31)
    elif change == "asset":
        one = leaf(SALT, 1_003, "ETH", 31)
    elif change == "sum":
        node = path[1].node
        path[1] = replace(path[1], node=replace(node, sum_atoms=node.sum_atoms - 1))
    elif change == "side":
        path[1] = replace(path[1], is_left=not path[1].is_left)
    else:
        path.pop()
    assert root_of(one, path) != tree[-1][0]


@pytest.mark.parametrize("sum_atoms", [-1, SUM_ATOMS_MAX + 1, 2**127])
def test_a_sum_that_cannot_be_proves_nothing(sum_atoms: int) -> None:
    fine = leaf(SALT, 1, "BTC", 5)
    with pytest.raises(NotProved):
        leaf(SALT, 1, "BTC", sum_atoms)
    with pytest.raises(NotProved):
        root_of(fine, [Step(True, Node(fine.hash, sum_atoms))])


def test_sums_that_pass_the_bound_together_prove_nothing() -> None:
    most = leaf(SALT, 1, "BTC", SUM_ATOMS_MAX)
    with pytest.raises(NotProved):
        joined(most, leaf(SALT, 2, "BTC", 1))


def test_the_sums_of_two_children_cannot_be_shifted_between_them() -> None:
    left, right = leaves_of(2)
    shifted = joined(Node(left.hash, 0), Node(right.hash, left.sum_atoms + right.sum_atoms))
    assert shifted.sum_atoms == joined(left, right).sum_atoms
    assert shifted.hash != joined(left, right).hash
