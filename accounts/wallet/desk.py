"""What owners and operators ask of withdrawals: to begin one, to approve, to void, to say what was
paid by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.settling.settled_position import SettledPosition
from accounts.settling.venue import AssetRecord
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.money_commands_repository import (
    MoneyKind,
    MoneyRequest,
    MoneyState,
    request_money,
)
from accounts.wallet.rail_payments_repository import decide_payment
from accounts.wallet.rails import PaymentFate, RailNumber
from accounts.wallet.rules import WithdrawalRule
from accounts.wallet.states import VOID_AT_WILL, WithdrawalState
from accounts.wallet.wallet import Wallet, WalletTerms
from accounts.wallet.wallet_repository import (
    NewWithdrawal,
    Taken,
    Withdrawal,
    add_step,
    asked_since,
    earlier_request,
    insert_withdrawal,
    is_allowed,
    is_owner_stopped,
    is_stopped,
    lock_owner,
    locked,
    move,
    withdrawal,
)
from domain.clock import Clock
from domain.instruments import Asset
from domain.reasons import RejectReason
from domain.units import NS_PER_DAY

STOPPED_RETRY_S: Final = 60
SETTLED_TIMEOUT_S: Final = 2
OWNER: Final = "owner"
"""Who took a step that was the customer's own."""
_S: Final = WithdrawalState


@dataclass(frozen=True, slots=True)
class PaidByHand:
    """What an operator says of a payment on the manual rail. ``reference``: its name, or why it
    was not made and never will be; ``paid_atoms`` None: all of it was.
    """

    reference: str
    actor: str
    is_paid: bool
    paid_atoms: int | None = None


@dataclass(frozen=True, slots=True)
class LeftToday:
    """What holds for an asset, and what of it may still leave within the day."""

    asset: str
    rule: WithdrawalRule
    left_atoms: int


class WalletDesk:
    """Each call is one transaction; the worker does the rest."""

    def __init__(
        self,
        pool: Pool,
        money: MoneyCommands,
        wallet: Wallet,
        terms: WalletTerms,
        position: SettledPosition,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._position = position
        self._money = money
        self._wallet = wallet
        self._terms = terms
        self._clock = clock

    async def request(self, wanted: NewWithdrawal, asset: AssetRecord) -> Withdrawal:
        """Begin a withdrawal, or return the one that was begun under the same key.

        Raises:
            Refusal: it may not be made; MONEY_REFUSED: the engine would not hold it.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await lock_owner(connection, wanted.account_id)
            withdrawal_id = await earlier_request(connection, wanted)
            if withdrawal_id is None:
                withdrawal_id = await self._begin(connection, wanted, asset)
        one = await self._known(withdrawal_id)
        command = await self._money.known(one.hold_command_id)
        if command.state is MoneyState.REFUSED:
            reason = RejectReason(command.reason).name
            raise Refusal(RefusalCode.MONEY_REFUSED, f"the engine refused it: {reason}")
        if command.event_seq is not None and one.state == _S.REQUESTED:
            await self._position.reached(command.event_seq, SETTLED_TIMEOUT_S)
            await self._wallet.step(withdrawal_id)
        return await self._known(withdrawal_id)

    async def terms_of(self, account_id: int, assets: Iterable[AssetRecord]) -> list[LeftToday]:
        """Return how much of each asset an account's login may still take out."""
        since_ns = self._clock.now_ns() - NS_PER_DAY
        told = []
        async with self._pool.acquire() as connection:
            for asset in assets:
                rule = await self._terms.rule(connection, asset.asset_id, asset.name, asset.scale)
                asked_atoms = await asked_since(connection, account_id, asset.asset_id, since_ns)
                left_atoms = max(0, rule.day_max_atoms - asked_atoms)
                told.append(LeftToday(asset.name, rule, left_atoms))
        return told

    @property
    def rail(self) -> RailNumber:
        """Which rail new withdrawals take."""
        return self._terms.rail

    async def approve(self, withdrawal_id: int, taken: Taken) -> Withdrawal:
        """Let a withdrawal that is held go to its rail.

        Raises:
            Refusal: NOT_FOUND, WITHDRAWAL_STATE.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            one = await self._at(connection, withdrawal_id, frozenset({_S.HELD}))
            await move(connection, one, _S.APPROVED, taken)
        self._wallet.look_soon()
        return await self._known(withdrawal_id)

    async def void(self, withdrawal_id: int, taken: Taken) -> Withdrawal:
        """Give a withdrawal back that its rail was not asked for yet.

        Raises:
            Refusal: NOT_FOUND, WITHDRAWAL_STATE.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            one = await self._at(connection, withdrawal_id, VOID_AT_WILL)
            await self._wallet.resolve(connection, one, MoneyKind.VOID, 0, taken.note, taken.actor)
        self._wallet.look_soon()
        return await self._known(withdrawal_id)

    async def cancel(self, account_id: int, withdrawal_id: int) -> Withdrawal:
        """Give a withdrawal back that its owner wants no more: as ``void``.

        Raises:
            Refusal: NOT_FOUND, also if it is another account's; WITHDRAWAL_STATE.
        """
        async with self._pool.acquire() as connection:
            one = await withdrawal(connection, withdrawal_id)
        if one is None or one.account_id != account_id:
            raise Refusal(RefusalCode.NOT_FOUND, "no such withdrawal")
        return await self.void(withdrawal_id, Taken(OWNER, "cancelled", self._clock.now_ns()))

    async def paid_by_hand(self, withdrawal_id: int, said: PaidByHand) -> Withdrawal:
        """Take an operator's word for what became of a payment on the manual rail.

        Raises:
            Refusal: NOT_FOUND, WITHDRAWAL_STATE; INVALID_REQUEST: more than was asked for.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            one = await self._at(connection, withdrawal_id, frozenset({_S.SENDING, _S.SENT}))
            paid_atoms = one.amount_atoms if said.paid_atoms is None else said.paid_atoms
            if paid_atoms > one.amount_atoms:
                raise Refusal(RefusalCode.INVALID_REQUEST, "paid_atoms: more than is held")
            fate = PaymentFate.PAID if said.is_paid else PaymentFate.FAILED
            told = (int(fate), paid_atoms if said.is_paid else 0, said.reference)
            assert one.rail_key is not None
            is_open = one.rail == RailNumber.MANUAL and await decide_payment(
                connection, one.rail_key, *told
            )
            if not is_open:
                message = "no payment by hand is open for it"
                raise Refusal(RefusalCode.WITHDRAWAL_STATE, message)
            note = f"by hand, {fate.name.lower()}: {said.reference}"
            taken = Taken(said.actor, note, self._clock.now_ns())
            await add_step(connection, withdrawal_id, WithdrawalState(one.state), taken)
        self._wallet.look_soon()
        return await self._known(withdrawal_id)

    async def _begin(
        self, connection: Connection, wanted: NewWithdrawal, asset: AssetRecord
    ) -> int:
        if await is_stopped(connection):
            message = "withdrawals are stopped until the venue's books are looked at"
            raise Refusal(RefusalCode.WITHDRAWALS_STOPPED, message, STOPPED_RETRY_S)
        if await is_owner_stopped(connection, wanted.account_id):
            message = "this account is suspended or closed: ask support"
            raise Refusal(RefusalCode.LOGIN_STOPPED, message)
        if not await is_allowed(connection, wanted.account_id, wanted.asset_id, wanted.address):
            message = "the address is not on your list for this asset: add it first"
            raise Refusal(RefusalCode.ADDRESS_NOT_ALLOWED, message)
        now_ns = self._clock.now_ns()
        await self._check_day(connection, wanted, asset, now_ns)
        hold = MoneyRequest(MoneyKind.HOLD, wanted.account_id, wanted.asset_id, wanted.amount_atoms)
        hold_command_id = await request_money(connection, hold, now_ns, None)
        rail = int(self._terms.rail)
        return await insert_withdrawal(connection, wanted, rail, hold_command_id, now_ns)

    async def _check_day(
        self, connection: Connection, wanted: NewWithdrawal, asset: AssetRecord, now_ns: int
    ) -> None:
        rule = await self._terms.rule(connection, asset.asset_id, asset.name, asset.scale)
        since_ns = now_ns - NS_PER_DAY
        asked_atoms = await asked_since(connection, wanted.account_id, wanted.asset_id, since_ns)
        left_atoms = max(0, rule.day_max_atoms - asked_atoms)
        if wanted.amount_atoms > left_atoms:
            left = Asset(asset.asset_id, asset.name, asset.scale).text(left_atoms)
            message = f"at most {left} {asset.name} more may leave within a day"
            raise Refusal(RefusalCode.WITHDRAWAL_LIMIT, message)

    async def _at(
        self, connection: Connection, withdrawal_id: int, states: frozenset[WithdrawalState]
    ) -> Withdrawal:
        """Return a withdrawal, locked, that is in one of ``states`` and not about to end."""
        one = await locked(connection, withdrawal_id)
        if one is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such withdrawal")
        if one.state not in states or one.resolution_command_id is not None:
            name = WithdrawalState(one.state).name
            ends = " and about to end" if one.resolution_command_id is not None else ""
            raise Refusal(RefusalCode.WITHDRAWAL_STATE, f"the withdrawal is {name}{ends}")
        return one

    async def _known(self, withdrawal_id: int) -> Withdrawal:
        async with self._pool.acquire() as connection:
            one = await withdrawal(connection, withdrawal_id)
        assert one is not None, "rows are never deleted"
        return one
