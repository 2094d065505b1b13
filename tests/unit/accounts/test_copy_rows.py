"""Rows in the server's binary form: both twins write the same bytes."""

import pytest

from accounts.settling.copy_rows import COPY_END, COPY_HEAD, CopyRows, CopyTable, order_rows
from accounts.settling.fold import load_fold
from accounts.settling.order_history import OrderRecord
from tests.unit.accounts.venue_events import buy_rests, fold, opening

TABLE = CopyTable("any", ("id", "kind", "ref"), ("int8", "int2", "int8"), total_at=0)
ROWS = [(1, 2, None), (2**62, -1, -(2**63)), (2**62, 0, 7)]


def test_a_row_is_its_fields_behind_their_lengths():
    rows = CopyRows(TABLE)
    rows.append((1, 2, None))
    row = "0003 00000008 0000000000000001 00000002 0002 ffffffff"
    assert rows.payload() == COPY_HEAD + bytes.fromhex(row) + COPY_END


def test_both_twins_write_the_same_bytes_and_sums():
    plain, compiled = CopyRows(TABLE), load_fold("compiled").kinds.rows(TABLE)
    for row in ROWS * 100:
        plain.append(row)
        compiled.append(row)
    assert compiled.payload() == plain.payload() and len(compiled) == len(plain) == 300
    assert compiled.total() == plain.total() == 100 * (1 + 2 * 2**62)


@pytest.mark.parametrize(
    "atoms", [0, 1, 9_999, 10_000, 10_001, 123_4567_0000, 2**63, 2**64, 10**38 - 1, 10**36]
)
def test_both_twins_write_the_same_numerics(atoms):
    one = fold([*opening(), buy_rests()]).orders.entered()[0]
    one.cum_quote_atoms = atoms
    fields = {name: getattr(one, name) for name in OrderRecord.__slots__}
    kinds = load_fold("compiled").kinds
    assert kinds.order_rows([kinds.order(**fields)]).payload() == order_rows([one]).payload()
