"""Withdrawals, driven by their rows: each step is one short transaction, what it needs to know is
stored before it is taken, and it can be taken again. So a crash anywhere costs time only.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

import structlog

from accounts.database import DATABASE_ERRORS, Connection, Pool
from accounts.metrics import WITHDRAWAL_STEPS
from accounts.settling.pending_transfers import TransferPhase
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.money_commands_repository import MoneyKind, MoneyState, request_resolution
from accounts.wallet.rails import Payment, PaymentFate, Rail, RailNumber, RailUnanswered, Receipt
from accounts.wallet.rules import WithdrawalRule, default_rule
from accounts.wallet.states import WithdrawalState
from accounts.wallet.wallet_repository import (
    UNKNOWN_ADDRESS,
    Taken,
    Withdrawal,
    WrongStep,
    is_owner_stopped,
    is_stopped,
    locked,
    move,
    note_resolution,
    open_withdrawals,
    stored_rule,
    stored_rules,
    withdrawal,
)
from domain.clock import Clock
from domain.reasons import RejectReason

PAGE: Final = 100
POLL_S: Final = 1 / 2
"""How often rails and the ledger are looked at while nothing else wakes the worker."""
RETRY_S: Final = 1
RAIL_KEY_BYTES: Final = 16
WORKER: Final = "wallet"

_log = structlog.get_logger()
_S: Final = WithdrawalState
_WITHIN: Final = frozenset({_S.HELD, _S.REFUSED})
"""Steps that let nothing out: they are taken even while withdrawals are stopped."""


@dataclass(frozen=True, slots=True)
class WalletTerms:
    """What a venue's wallet goes by. ``rail``: which new withdrawals take."""

    rail: RailNumber
    is_demo: bool

    async def rule(
        self, connection: Connection, asset_id: int, name: str, scale: int
    ) -> WithdrawalRule:
        """Return what holds for an asset."""
        stored = await stored_rule(connection, asset_id)
        return stored or default_rule(name, scale, self.is_demo)

    async def rules(
        self, connection: Connection, of: Iterable[Withdrawal]
    ) -> dict[int, WithdrawalRule]:
        """Return what holds for the assets of withdrawals."""
        stored = await stored_rules(connection)
        return {
            one.asset_id: stored.get(one.asset_id)
            or default_rule(one.asset, one.scale, self.is_demo)
            for one in of
        }


def random_rail_key() -> str:
    """Return a key that no payment ever had."""
    return token_hex(RAIL_KEY_BYTES)


class Wallet:
    """The worker. Any number of them may run: every step locks its withdrawal first."""

    def __init__(
        self,
        pool: Pool,
        money: MoneyCommands,
        rails: Mapping[RailNumber, Rail],
        terms: WalletTerms,
        clock: Clock,
        new_rail_key: Callable[[], str] = random_rail_key,
    ) -> None:
        self._pool = pool
        self._money = money
        self._rails = rails
        self._terms = terms
        self._clock = clock
        self._new_rail_key = new_rail_key

    async def run(self) -> None:
        """Take withdrawals on their way until cancelled."""
        while True:
            try:
                while await self.advance():
                    pass
                await self._something_new()
            except DATABASE_ERRORS as error:
                _log.warning("wallet_waits", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_S)

    def look_soon(self) -> None:
        """Have the worker look at once: something has changed."""
        self._money.decided.set()

    async def advance(self) -> bool:
        """Take every open withdrawal one step further that can be; return whether any was."""
        moved, last_id = False, 0
        while True:
            async with self._pool.acquire() as connection:
                page = await open_withdrawals(connection, last_id, PAGE)
                ready = await self._ready(connection, page)
            for one in ready:
                moved |= await self._step(one)
            if len(page) < PAGE:
                return moved
            last_id = page[-1].withdrawal_id

    async def step(self, withdrawal_id: int) -> bool:
        """Take a withdrawal one step further; return whether it could be."""
        async with self._pool.acquire() as connection:
            one = await withdrawal(connection, withdrawal_id)
            assert one is not None, "rows are never deleted"
            ready = await self._ready(connection, [one])
        return bool(ready) and await self._step(one)

    async def _ready(self, connection: Connection, page: list[Withdrawal]) -> list[Withdrawal]:
        """Return those that are worth a lock: many may be waiting for an operator."""
        if not page:
            return []
        rules = await self._terms.rules(connection, page)
        lets_out = not await is_stopped(connection)
        return [
            one
            for one in page
            if one.resolution_command_id is not None
            or one.state in (_S.SENDING, _S.SENT)
            or (after := _after(one, rules[one.asset_id])) in _WITHIN
            or (after is not None and lets_out and not one.is_owner_stopped)
        ]

    async def _step(self, one: Withdrawal) -> bool:
        try:
            if one.resolution_command_id is not None:
                return await self._end(one)
            if one.state in (_S.SENDING, _S.SENT):
                return await self._ask_rail(one)
            return await self._prepare(one)
        except RailUnanswered as error:
            _log.warning("rail_unanswered", withdrawal_id=one.withdrawal_id, error=str(error))
            return False
        except WrongStep as error:
            _log.info("withdrawal_moved_meanwhile", error=str(error))
            return True

    async def _something_new(self) -> None:
        """Wait for a money command's fate, at most until rails are to be looked at again."""
        self._money.decided.clear()
        with suppress(TimeoutError):  # the ledger and the rails have no bell
            await asyncio.wait_for(self._money.decided.wait(), POLL_S)

    async def _prepare(self, seen: Withdrawal) -> bool:
        """Take a step before the rail is asked; what the engine and the ledger say decides."""
        async with self._pool.acquire() as connection, connection.transaction():
            one = await _unmoved(connection, seen)
            rule = await self._terms.rule(connection, one.asset_id, one.asset, one.scale)
            after = _after(one, rule)
            if after is None:
                return False
            if after not in _WITHIN and await _may_not_leave(connection, one):
                return False
            if after is _S.REFUSED:
                return await self._move(connection, one, after, RejectReason(one.hold_reason).name)
            if after is _S.APPROVED:
                return await self._move(connection, one, after, "below what is looked at")
            key = self._new_rail_key() if after is _S.SENDING else None
            return await self._move(connection, one, after, rail_key=key)

    async def _ask_rail(self, seen: Withdrawal) -> bool:
        """Have the payment made, or learn what became of it. Its key is committed already."""
        assert seen.rail_key is not None
        rail = self._rails[RailNumber(seen.rail)]
        receipt = await rail.receipt(seen.rail_key)
        if receipt is None:
            async with self._pool.acquire() as connection:
                if await _may_not_leave(connection, seen):
                    return False
            await rail.send(Payment(seen.rail_key, seen.asset_id, seen.address, seen.amount_atoms))
            receipt = await rail.receipt(seen.rail_key)
        if receipt is None or (seen.state == _S.SENT and receipt.fate is PaymentFate.OPEN):
            return False
        async with self._pool.acquire() as connection, connection.transaction():
            one = await _unmoved(connection, seen)
            return await self._note_receipt(connection, one, receipt)

    async def _note_receipt(
        self, connection: Connection, one: Withdrawal, receipt: Receipt
    ) -> bool:
        if receipt.fate is PaymentFate.FAILED:
            await self.resolve(connection, one, MoneyKind.VOID, 0, receipt.reference, WORKER)
        elif one.state == _S.SENDING:
            await self._move(connection, one, _S.SENT, rail_ref=receipt.reference)
        else:
            atoms, reference = receipt.paid_atoms, receipt.reference
            await self.resolve(connection, one, MoneyKind.POST, atoms, reference, WORKER)
        return True

    async def resolve(
        self,
        connection: Connection,
        one: Withdrawal,
        kind: MoneyKind,
        posted_atoms: int,
        note: str,
        actor: str,
    ) -> None:
        """Have a locked withdrawal posted or voided; ``note``: the rail's reference, or why.

        Raises:
            WrongStep: that was decided before.
        """
        now_ns = self._clock.now_ns()
        amount_atoms = posted_atoms if kind is MoneyKind.POST else one.amount_atoms
        command_id = await request_resolution(
            connection, one.hold_command_id, kind, amount_atoms, now_ns
        )
        taken = Taken(
            actor, f"to be {'posted' if kind is MoneyKind.POST else 'voided'}: {note}", now_ns
        )
        reference = note if kind is MoneyKind.POST else ""
        await note_resolution(connection, one, command_id, reference, taken)
        self._money.send_soon()

    async def _end(self, seen: Withdrawal) -> bool:
        """Note the end once the ledger has it."""
        if seen.resolved_phase is None:
            self._money.send_soon()
            return False
        posted = seen.resolved_phase == TransferPhase.POST
        async with self._pool.acquire() as connection, connection.transaction():
            one = await _unmoved(connection, seen)
            return await self._move(connection, one, _S.POSTED if posted else _S.VOIDED)

    async def _move(
        self,
        connection: Connection,
        one: Withdrawal,
        to: WithdrawalState,
        note: str = "",
        *,
        rail_key: str | None = None,
        rail_ref: str | None = None,
    ) -> bool:
        taken = Taken(WORKER, note, self._clock.now_ns())
        await move(connection, one, to, taken, rail_key=rail_key, rail_ref=rail_ref)
        WITHDRAWAL_STEPS.labels(to.name).inc()
        return True


async def _may_not_leave(connection: Connection, one: Withdrawal) -> bool:
    """Whether the venue's withdrawals are stopped, or their owner is: what no rail was asked for
    then waits, until it goes on or an operator voids it.
    """
    if await is_stopped(connection):
        return True
    return await is_owner_stopped(connection, one.account_id)


def _after(one: Withdrawal, rule: WithdrawalRule) -> WithdrawalState | None:
    """Return where a withdrawal that no rail was asked for goes by itself; None: it waits."""
    if one.state == _S.REQUESTED:
        if one.hold_state == MoneyState.REFUSED:
            return _S.REFUSED
        # The ledger may have it before the answer is here: a void needs its number.
        return _S.HELD if one.is_held and one.hold_state == MoneyState.EXECUTED else None
    if one.state == _S.APPROVED:
        return _S.SENDING
    needs_operator = one.amount_atoms > rule.approve_above_atoms or one.address == UNKNOWN_ADDRESS
    return None if needs_operator else _S.APPROVED


async def _unmoved(connection: Connection, seen: Withdrawal) -> Withdrawal:
    """Return a withdrawal, locked, as it is now.

    Raises:
        WrongStep: somebody took a step since it was seen.
    """
    one = await locked(connection, seen.withdrawal_id)
    assert one is not None, "rows are never deleted"
    if (one.state, one.resolution_command_id) != (seen.state, seen.resolution_command_id):
        raise WrongStep(f"withdrawal {one.withdrawal_id} was at {seen.state}, is at {one.state}")
    return one
