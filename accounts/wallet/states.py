"""The way of a withdrawal: which state follows which, and who may still turn it back. Pure."""

from enum import IntEnum
from typing import Final


class WithdrawalState(IntEnum):
    """Where a withdrawal is. Numbers are stored: they are stable."""

    REQUESTED = 1
    HELD = 2
    """Its amount is held, by the engine and in the ledger."""
    APPROVED = 3
    SENDING = 4
    """The rail may have been asked: from here on only the rail can say that nothing left."""
    SENT = 5
    """The rail has taken it and gave its reference."""
    POSTED = 6
    """It has left."""
    VOIDED = 7
    """Nothing has left or will: what was held is available again."""
    REFUSED = 8
    """The engine would not hold it: nothing was ever set apart."""


_S: Final = WithdrawalState
FOLLOWS: Final[dict[WithdrawalState, frozenset[WithdrawalState]]] = {
    _S.REQUESTED: frozenset({_S.HELD, _S.REFUSED}),
    _S.HELD: frozenset({_S.APPROVED, _S.VOIDED}),
    _S.APPROVED: frozenset({_S.SENDING, _S.VOIDED}),
    _S.SENDING: frozenset({_S.SENT, _S.VOIDED}),
    _S.SENT: frozenset({_S.POSTED, _S.VOIDED}),
    _S.POSTED: frozenset(),
    _S.VOIDED: frozenset(),
    _S.REFUSED: frozenset(),
}
OPEN: Final = frozenset(state for state, after in FOLLOWS.items() if after)
VOID_AT_WILL: Final = frozenset({_S.HELD, _S.APPROVED})
"""Where an operator may still void it; later it takes the rail's proof that it failed."""

assert FOLLOWS.keys() == set(WithdrawalState)
