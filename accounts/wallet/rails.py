"""Rails: what carries money to the world outside. One interface, and the rail of an operator who
pays by hand.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from accounts.database import Pool
from accounts.errors import AccountsError
from accounts.wallet.rail_payments_repository import accept_payment, rail_payment
from domain.clock import Clock


class RailNumber(IntEnum):
    """Which rail. Numbers are stored: they are stable."""

    MANUAL = 1
    SIMULATED = 2


class PaymentFate(IntEnum):
    """What a rail says of a payment. Numbers are stored: they are stable."""

    OPEN = 1
    PAID = 2
    """It has left for good."""
    FAILED = 3
    """It has not left and never will: the rail's proof."""


class RailUnanswered(AccountsError):
    """The rail did not answer: whether it took the payment is unknown."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What a rail is asked for. The same ``rail_key`` is the same payment."""

    rail_key: str
    asset_id: int
    address: str
    amount_atoms: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a rail knows of a payment. ``paid_atoms``: what left, once PAID; ``reference``: the
    rail's own name of it, or why it failed.
    """

    fate: PaymentFate
    paid_atoms: int
    reference: str


class Rail(Protocol):
    """What carries money outside. It keeps books of its own, outside this venue's transactions."""

    async def send(self, payment: Payment) -> None:
        """Have a payment made; asked again with the same key it makes none.

        Raises:
            RailUnanswered: it may or may not have taken it.
        """
        ...

    async def receipt(self, rail_key: str) -> Receipt | None:
        """Return what became of a payment; None if the rail never heard of it.

        Raises:
            RailUnanswered: it did not say.
        """
        ...


class ManualRail:
    """An operator pays by hand and says so: ``decide_payment`` writes what became of it."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def send(self, payment: Payment) -> None:
        """Put a payment on the operator's list."""
        async with self._pool.acquire() as connection:
            named = (payment.asset_id, payment.address, payment.amount_atoms)
            now_ns = self._clock.now_ns()
            await accept_payment(connection, payment.rail_key, RailNumber.MANUAL, named, now_ns)

    async def receipt(self, rail_key: str) -> Receipt | None:
        """Return what the operator said of a payment."""
        async with self._pool.acquire() as connection:
            stored = await rail_payment(connection, rail_key)
        if stored is None:
            return None
        return Receipt(PaymentFate(stored.outcome), stored.paid_atoms, stored.reference)
