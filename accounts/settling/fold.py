"""The two twins that turn events into rows: the reference in Python and the compiled one, which
must write the same bytes.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from accounts.settling.batch import Batch, Footprint, RowKinds, StoredState, footprint
from accounts.settling.event_rows import event_rows
from schemas.layouts import EVENT_BYTES

FOLDS: Final = ("reference", "compiled")


@dataclass(frozen=True, slots=True)
class Fold:
    """One twin: its records, what it must have read before a batch, and how it begins one."""

    name: str
    kinds: RowKinds
    unknown: Callable[[int, bytes, StoredState], Footprint]
    take: Callable[[Batch, bytes], None]

    def begin(self, first_seq: int, stored: StoredState) -> Batch:
        """Return a batch that holds no event yet."""
        return Batch(first_seq, stored, self.kinds)

    def whole(self, first_seq: int, data: bytes, stored: StoredState) -> Batch:
        """Return the batch of the events in ``data`` (n x 128 bytes, n ≥ 1) on top of ``stored``.

        Raises:
            LedgerError: they contradict each other, the stored state, or double entry.
            Malformed: one cannot be read.
        """
        batch = self.begin(first_seq, stored)
        self.take(batch, data)
        batch.close(stored)
        return batch


def load_fold(name: str) -> Fold:
    """Return the twin called ``name``, one of FOLDS.

    Raises:
        ImportError: the compiled one is asked for and is not built.
    """
    if name == "reference":
        return Fold(name, RowKinds(), _unknown, _take)
    if name != "compiled":
        raise ValueError(f"a fold is one of {', '.join(FOLDS)}, not {name!r}")
    try:
        from accounts.settling import _records, _settling
    except ImportError as error:
        raise ImportError(
            "accounts.settling._settling is not built: run `python setup.py build_ext --inplace`, "
            "or ask for the slow reference with OPENBELL_PURE_PYTHON=1"
        ) from error
    kinds = RowKinds(_records.Balance, _records.OrderRecord, _records.CopyRows, _records.order_rows)

    def unknown(first_seq: int, data: bytes, stored: StoredState) -> Footprint:
        """The compiled twin looks through trading's events, the reference through the others."""
        order_ids, account_ids, others = _settling.unknown(data, stored.orders, stored.account_ids)
        rest = b"".join(data[at : at + EVENT_BYTES] for at in others)
        touched = footprint(event_rows(first_seq, rest))
        touched.order_ids.update(order_ids)
        touched.account_ids.update(account_ids)
        return stored.unknown(touched)

    def take(batch: Batch, data: bytes) -> None:
        _settling.Folding(batch).take(data)

    return Fold(name, kinds, unknown, take)


def _unknown(first_seq: int, data: bytes, stored: StoredState) -> Footprint:
    return stored.unknown(footprint(event_rows(first_seq, data)))


def _take(batch: Batch, data: bytes) -> None:
    for _, kind, event in event_rows(batch.last_seq + 1, data):
        batch.take(kind, event)


def fold_name() -> str:
    """Return which twin this process runs: the compiled one, unless the environment says
    OPENBELL_PURE_PYTHON=1.
    """
    return "reference" if os.environ.get("OPENBELL_PURE_PYTHON") == "1" else "compiled"
