"""A rail like a chain: payments wait for a block, then for confirmations; some fail, and some
answers are lost. All of it follows from the seed, the payment's key and the time.
"""

from random import Random
from typing import Final, NamedTuple

from accounts.database import Pool
from accounts.wallet.rail_payments_repository import StoredPayment, accept_payment, rail_payment
from accounts.wallet.rails import Payment, PaymentFate, RailNumber, RailUnanswered, Receipt
from domain.clock import Clock

CONFIRMATIONS: Final = 3
"""Blocks on top of its own after which a payment counts as made."""
INCLUDED_WITHIN_BLOCKS: Final = 3
NS_PER_MS: Final = 1_000_000
REFERENCE_DIGITS: Final = 24


class ChainTerms(NamedTuple):
    """How a chain behaves. ``*_percent``: of payments that fail, of answers that get lost."""

    seed: int = 1
    block_ms: int = 500
    failure_percent: int = 5
    lost_answer_percent: int = 5


class _Lot(NamedTuple):
    """What is in store for a payment."""

    included_after_blocks: int
    fails: bool
    request_is_lost: bool
    answer_is_lost: bool
    reference: str


class SimulatedChain:
    """A chain in a table of its own. It forgets nothing when the venue restarts."""

    def __init__(self, pool: Pool, clock: Clock, terms: ChainTerms) -> None:
        self._pool = pool
        self._clock = clock
        self._terms = terms
        self._asked: set[str] = set()

    async def send(self, payment: Payment) -> None:
        """Take a payment; the first request for some never arrives, or its answer is lost.

        Raises:
            RailUnanswered: the sender cannot tell which.
        """
        lot = self._lot(payment.rail_key)
        is_first = payment.rail_key not in self._asked
        self._asked.add(payment.rail_key)
        if is_first and lot.request_is_lost:
            raise RailUnanswered("the chain's node does not answer")
        async with self._pool.acquire() as connection:
            named = (payment.asset_id, payment.address, payment.amount_atoms)
            now_ns = self._clock.now_ns()
            await accept_payment(connection, payment.rail_key, RailNumber.SIMULATED, named, now_ns)
        if is_first and lot.answer_is_lost:
            raise RailUnanswered("the chain's node does not answer")

    async def receipt(self, rail_key: str) -> Receipt | None:
        """Return where a payment is by now."""
        async with self._pool.acquire() as connection:
            stored = await rail_payment(connection, rail_key)
        return None if stored is None else self._receipt(rail_key, stored)

    def _receipt(self, rail_key: str, stored: StoredPayment) -> Receipt:
        lot = self._lot(rail_key)
        age_ms = (self._clock.now_ns() - stored.accepted_ts_ns) // NS_PER_MS
        depth = age_ms // self._terms.block_ms - lot.included_after_blocks
        if depth >= 0 and lot.fails:
            return Receipt(PaymentFate.FAILED, 0, f"{lot.reference} was rejected by its block")
        if depth >= CONFIRMATIONS:
            return Receipt(PaymentFate.PAID, stored.amount_atoms, lot.reference)
        return Receipt(PaymentFate.OPEN, 0, lot.reference)

    def _lot(self, rail_key: str) -> _Lot:
        draw = Random(f"{self._terms.seed} {rail_key}")
        fails = draw.randrange(100) < self._terms.failure_percent
        loses = draw.randrange(100) < self._terms.lost_answer_percent
        before = draw.randrange(2) == 0
        reference = f"{draw.getrandbits(4 * REFERENCE_DIGITS):0{REFERENCE_DIGITS}x}"
        included = draw.randrange(1, INCLUDED_WITHIN_BLOCKS + 1)
        return _Lot(included, fails, loses and before, loses and not before, reference)
