"""Money into the engine and out of it: one numbered command at a time, until its fate is known.

A source's numbers have no gaps and the engine executes only the next one, so a resent command is
never executed twice. One at a time means that a refused number can be given to the next command.
"""

import asyncio
from typing import Final

import structlog

from accounts.database import DATABASE_ERRORS, Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.settling.settled_position import SettledPosition
from accounts.wallet.money_commands_repository import (
    MoneyCommand,
    MoneyKind,
    MoneyRequest,
    MoneyState,
    mark_executed,
    mark_refused,
    money_command,
    next_to_send,
    request_money,
    settled_event_seq,
)
from domain.commands import Deposit, HoldWithdrawal, PostWithdrawal, Transfer, VoidWithdrawal
from domain.commands import MoneyCommand as EngineCommand
from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason, TransferReason
from transport.engine_client import EngineClient
from transport.errors import TransportError

OUTCOME_TIMEOUT_S: Final = 2
ANSWER_TIMEOUT_S: Final = 3
SETTLED_TIMEOUT_S: Final = 2
RETRY_S: Final = 1

_log = structlog.get_logger()


class MoneyCommands:
    """One task that sends; callers wait for the fate of theirs."""

    def __init__(self, pool: Pool, engine: EngineClient, position: SettledPosition) -> None:
        self._pool = pool
        self._position = position
        self.decided = asyncio.Event()
        """Set whenever the fate of a command has become known; who waits for it clears it."""
        self._engine = engine
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._fates: dict[int, asyncio.Future[None]] = {}

    async def execute(
        self, request: MoneyRequest, now_ns: int, limit: tuple[int, int] | None = None
    ) -> MoneyCommand:
        """Record a request, have it executed, and return it; ``limit`` as in ``request_money``.

        Raises:
            Refusal: it may not be made, the engine refused it, or (MONEY_PENDING) it is recorded
                and will be executed, but not within the time of this call.
        """
        async with self._pool.acquire() as connection:
            money_command_id = await request_money(connection, request, now_ns, limit)
        command = await self.known(money_command_id)
        if command.state is MoneyState.REFUSED:
            reason = RejectReason(command.reason).name
            raise Refusal(RefusalCode.MONEY_REFUSED, f"the engine refused it: {reason}")
        if command.state is not MoneyState.EXECUTED:
            raise Refusal(
                RefusalCode.MONEY_PENDING,
                "it is recorded and will be executed when the engine answers: do not ask again",
            )
        return command

    async def run(self) -> None:
        """Send until cancelled; what was open at the last stop goes first."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                while await self.send_next():
                    pass
            except (TransportError, *DATABASE_ERRORS) as error:
                _log.warning("money_commands_wait", error=f"{type(error).__name__}: {error}")
                self._wanted.set()
                await asyncio.sleep(RETRY_S)

    def send_soon(self) -> None:
        """Have what was recorded sent."""
        self._wanted.set()

    async def known(self, money_command_id: int) -> MoneyCommand:
        """Wait a moment for the fate of a recorded command; return it as it is then."""
        await self._fate_known(money_command_id)
        async with self._pool.acquire() as connection:
            return await money_command(connection, money_command_id)

    async def _fate_known(self, money_command_id: int) -> None:
        """Wait, at most ``ANSWER_TIMEOUT_S``, until the sender knows what became of a command."""
        fate = self._fates.setdefault(money_command_id, asyncio.get_running_loop().create_future())
        self._wanted.set()
        try:
            async with self._pool.acquire() as connection:
                state = (await money_command(connection, money_command_id)).state
            if state in (MoneyState.PENDING, MoneyState.SENDING):
                await asyncio.wait({fate}, timeout=ANSWER_TIMEOUT_S)
        finally:
            self._fates.pop(money_command_id, None)

    async def send_next(self) -> bool:
        """Send the next command and note its fate; return whether there was one."""
        async with self._pool.acquire() as connection:
            command = await next_to_send(connection)
        if command is None:
            return False
        outcome = await self._engine.submit(engine_command(command), timeout_s=OUTCOME_TIMEOUT_S)
        await self._note(command, outcome)
        self.decided.set()
        fate = self._fates.pop(command.money_command_id, None)
        if fate is not None and not fate.done():
            fate.set_result(None)
        return True

    async def _note(self, command: MoneyCommand, outcome: Outcome) -> None:
        assert command.source_seq is not None
        async with self._pool.acquire() as connection:
            if outcome.result is OutcomeResult.DONE:
                await mark_executed(connection, command, outcome.last_event_seq)
            elif outcome.reason is RejectReason.SOURCE_SEQ_REPEATED:
                event_seq = await settled_event_seq(connection, command.source_seq)
                if event_seq is None:
                    raise TransportError("executed before, but not settled yet")
                await mark_executed(connection, command, event_seq)
            elif outcome.reason is RejectReason.SOURCE_SEQ_GAP:
                # The engine knows fewer of our numbers than we gave: it is another engine, or its
                # journal is older than this database. Nobody's money may be renumbered for that.
                _log.error("money_source_gap", source_seq=command.source_seq)
                raise TransportError(f"the engine has not seen money {command.source_seq - 1}")
            elif await self._was_executed(connection, command, outcome):
                _log.warning("money_executed_before", source_seq=command.source_seq)
            else:
                _log.error(
                    "money_refused",
                    money_command_id=command.money_command_id,
                    reason=outcome.reason.name,
                )
                await mark_refused(connection, command, int(outcome.reason))

    async def _was_executed(
        self, connection: Connection, command: MoneyCommand, outcome: Outcome
    ) -> bool:
        """Return whether an earlier sending of a refused command was executed, and note it if so.

        A deposit is refused for its account before its number is looked at: that alone does not say
        that the number is free.
        """
        assert command.source_seq is not None
        if not await self._position.reached(outcome.last_event_seq, SETTLED_TIMEOUT_S):
            raise TransportError(f"refused by event {outcome.last_event_seq}, not settled yet")
        event_seq = await settled_event_seq(connection, command.source_seq)
        if event_seq is not None:
            await mark_executed(connection, command, event_seq)
        return event_seq is not None


def engine_command(command: MoneyCommand) -> EngineCommand:
    """Return what the engine is sent of a numbered command."""
    assert command.source_seq is not None
    if command.kind is MoneyKind.TRANSFER:
        return _transfer(command, command.source_seq)
    named: dict[str, int] = {
        "account_id": command.account_id,
        "asset_id": command.asset_id,
        "source_id": command.source_id,
        "source_seq": command.source_seq,
    }
    if command.kind in (MoneyKind.FAUCET, MoneyKind.DEPOSIT):
        return Deposit(**named, amount_atoms=command.amount_atoms)
    if command.kind is MoneyKind.HOLD:
        return HoldWithdrawal(**named, amount_atoms=command.amount_atoms)
    assert command.withdrawal_seq is not None
    named["withdrawal_seq"] = command.withdrawal_seq
    if command.kind is MoneyKind.POST:
        return PostWithdrawal(**named, amount_atoms=command.amount_atoms)
    return VoidWithdrawal(**named)


def _transfer(command: MoneyCommand, source_seq: int) -> Transfer:
    assert command.to_account_id is not None, "a transfer goes somewhere"
    return Transfer(
        transfer_reason=TransferReason(command.transfer_reason or 0),
        from_account_id=command.account_id,
        to_account_id=command.to_account_id,
        asset_id=command.asset_id,
        amount_atoms=command.amount_atoms,
        source_id=command.source_id,
        source_seq=source_seq,
    )
