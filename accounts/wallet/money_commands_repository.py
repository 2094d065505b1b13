"""Money commands in PostgreSQL: what was asked for, its number, what became of it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import asyncpg

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from domain.reasons import TransferReason
from domain.units import FEE_ACCOUNT_ID

SOURCE_ID: Final = 1
"""The number under which this service's deposits are counted in the engine."""
OPENING_RETRY_S: Final = 1
WAITING_PER_LOGIN_MAX: Final = 16
"""Asked for by one login, unanswered by the engine: it takes those of all logins one by one."""
WAITING_RETRY_S: Final = 1
_SQL: Final = load_queries("money_commands")


class MoneyKind(IntEnum):
    """Where money comes from, or what becomes of it on its way out. Numbers are stored: they are
    stable.
    """

    FAUCET = 1
    DEPOSIT = 2
    HOLD = 3
    """Of a withdrawal; a POST or a VOID resolves it."""
    POST = 4
    VOID = 5
    TRANSFER = 6
    """To another account; the only kind that has a ``transfer_reason``."""


class MoneyState(IntEnum):
    """PENDING has no number yet; SENDING has one, and its fate is open."""

    PENDING = 1
    SENDING = 2
    EXECUTED = 3
    REFUSED = 4


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """Money for an account, or from it to another. One ``external_ref`` is one request."""

    kind: MoneyKind
    account_id: int
    asset_id: int
    amount_atoms: int
    external_ref: str | None = None
    to_account_id: int | None = None
    transfer_reason: TransferReason | None = None

    @property
    def is_of_a_customer(self) -> bool:
        """Whether a customer asks for it, as against an operator or a rail."""
        if self.kind is MoneyKind.TRANSFER:
            return self.transfer_reason is TransferReason.SUB_ACCOUNT
        return self.kind in (MoneyKind.FAUCET, MoneyKind.HOLD)

    def customers(self) -> list[int]:
        """Return whose accounts it changes, in one order for all; the venue's own is not meant."""
        named = {self.account_id, self.to_account_id or self.account_id}
        return sorted(named - {FEE_ACCOUNT_ID})


@dataclass(frozen=True, slots=True)
class MoneyCommand:
    """A stored request. ``reason`` is the engine's, when refused. ``withdrawal_seq``: the number of
    the hold that a post or a void resolves.
    """

    money_command_id: int
    source_id: int
    source_seq: int | None
    kind: MoneyKind
    account_id: int
    asset_id: int
    amount_atoms: int
    state: MoneyState
    reason: int
    event_seq: int | None
    withdrawal_seq: int | None
    to_account_id: int | None
    transfer_reason: int | None


async def request_money(
    connection: Connection, request: MoneyRequest, now_ns: int, limit: tuple[int, int] | None
) -> int:
    """Record a request; return its id (that of the first, when it was made before).

    ``limit``: (amount_atoms, since_ns): what the login may ask for of this kind and asset.

    Raises:
        Refusal: UNKNOWN_ACCOUNT, BUSY, FAUCET_LIMIT, REFERENCE_REUSED, TOO_MANY_ATTEMPTS.
    """
    try:
        async with connection.transaction():
            return await _recorded(connection, request, now_ns, limit)
    except asyncpg.UniqueViolationError:
        if request.external_ref is None:
            raise
        # Another account's request had the same reference at the same time, and is stored now.
        earlier = await connection.fetchrow(_SQL["by_external_ref"], request.external_ref)
        assert earlier is not None, "rows are never deleted"
        return _same_request(request, earlier)


async def _recorded(
    connection: Connection, request: MoneyRequest, now_ns: int, limit: tuple[int, int] | None
) -> int:
    rows = await connection.fetch(_SQL["lock_owners"], request.customers())
    locked = {row["account_id"]: row for row in rows}
    if request.external_ref is not None:
        earlier = await connection.fetchrow(_SQL["by_external_ref"], request.external_ref)
        if earlier is not None:
            return _same_request(request, earlier)
    for account_id in request.customers():
        _check_account(account_id, locked.get(account_id))
    if limit is not None:
        await _check_limit(connection, request, *limit)
    if request.is_of_a_customer:
        await _check_waiting(connection, request.account_id)
    money_command_id: int = await connection.fetchval(
        _SQL["insert_money_command"],
        SOURCE_ID,
        int(request.kind),
        request.account_id,
        request.asset_id,
        request.amount_atoms,
        request.external_ref,
        now_ns,
        request.to_account_id,
        request.transfer_reason,
    )
    return money_command_id


async def request_resolution(
    connection: Connection, hold_command_id: int, kind: MoneyKind, amount_atoms: int, now_ns: int
) -> int:
    """Record that a hold which was executed is to be posted or voided; return the request's id."""
    money_command_id: int | None = await connection.fetchval(
        _SQL["insert_resolution"], hold_command_id, int(kind), amount_atoms, now_ns
    )
    assert money_command_id is not None, "only what is held is resolved"
    return money_command_id


async def money_command(connection: Connection, money_command_id: int) -> MoneyCommand:
    """Return a stored request as it is now."""
    row = await connection.fetchrow(_SQL["money_command"], money_command_id)
    assert row is not None, "rows are never deleted"
    return _command(row)


async def next_to_send(connection: Connection) -> MoneyCommand | None:
    """Return the command whose fate is open, else give the oldest waiting one its number.

    The number is taken under the source's row lock and committed before anything is sent.
    """
    async with connection.transaction():
        sending_id = await connection.fetchval(_SQL["sending"], SOURCE_ID)
        if sending_id is not None:
            return await money_command(connection, sending_id)
        money_command_id = await connection.fetchval(_SQL["oldest_pending"], SOURCE_ID)
        if money_command_id is None:
            return None
        source_seq = await connection.fetchval(_SQL["take_number"], SOURCE_ID)
        status = await connection.execute(_SQL["start_sending"], money_command_id, source_seq)
        assert status == "UPDATE 1", "one sender, and it holds the source's row"
        return await money_command(connection, money_command_id)


async def settled_event_seq(connection: Connection, source_seq: int) -> int | None:
    """Return the event by which the ledger has money number ``source_seq``, if it has."""
    found: int | None = await connection.fetchval(_SQL["settled_event_seq"], SOURCE_ID, source_seq)
    return found


async def mark_executed(connection: Connection, command: MoneyCommand, event_seq: int) -> None:
    """Note that the engine executed ``command`` by event ``event_seq``."""
    await connection.execute(_SQL["mark_executed"], command.money_command_id, event_seq)


async def mark_refused(connection: Connection, command: MoneyCommand, reason: int) -> None:
    """Note that the engine refused ``command``, and give its number to the next one."""
    async with connection.transaction():
        await connection.execute(_SQL["mark_refused"], command.money_command_id, reason)
        await connection.execute(_SQL["give_number_back"], SOURCE_ID, command.source_seq)


def _check_account(account_id: int, account: asyncpg.Record | None) -> None:
    if account is None or account["is_closed"]:
        raise Refusal(RefusalCode.UNKNOWN_ACCOUNT, f"no account {account_id}")
    if not account["engine_opened"]:
        raise Refusal(RefusalCode.BUSY, "the account is being opened", OPENING_RETRY_S)


async def _check_waiting(connection: Connection, account_id: int) -> None:
    """Keep one login from filling the queue that all share."""
    if await connection.fetchval(_SQL["count_waiting"], account_id) >= WAITING_PER_LOGIN_MAX:
        raise Refusal(
            RefusalCode.TOO_MANY_ATTEMPTS,
            f"{WAITING_PER_LOGIN_MAX} movements of your money wait for the engine: wait for them",
            WAITING_RETRY_S,
        )


async def _check_limit(
    connection: Connection, request: MoneyRequest, limit_atoms: int, since_ns: int
) -> None:
    asked_atoms = int(
        await connection.fetchval(
            _SQL["sum_since"], request.account_id, request.asset_id, since_ns, int(request.kind)
        )
    )
    if asked_atoms + request.amount_atoms > limit_atoms:
        raise Refusal(
            RefusalCode.FAUCET_LIMIT,
            f"the faucet gives at most {limit_atoms} atoms of this asset a day: "
            f"{max(0, limit_atoms - asked_atoms)} are left",
        )


def _same_request(request: MoneyRequest, earlier: asyncpg.Record) -> int:
    asked = {
        "account_id": request.account_id,
        "asset_id": request.asset_id,
        "amount_atoms": request.amount_atoms,
        "to_account_id": request.to_account_id,
        "transfer_reason": request.transfer_reason,
    }
    if any(earlier[name] != value for name, value in asked.items()):
        raise Refusal(
            RefusalCode.REFERENCE_REUSED,
            f"the reference {request.external_ref!r} was used for other money",
        )
    money_command_id: int = earlier["money_command_id"]
    return money_command_id


def _command(row: asyncpg.Record) -> MoneyCommand:
    values = dict(row)
    kinds = {"state": MoneyState(values["state"]), "kind": MoneyKind(values["kind"])}
    return MoneyCommand(**(values | kinds))
