"""Withdrawals in PostgreSQL: what was asked for, every step of it, where money may go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.errors import AccountsError, Refusal, RefusalCode
from accounts.settling.batch import SHARD
from accounts.wallet.rules import WithdrawalRule
from accounts.wallet.states import FOLLOWS, WithdrawalState
from domain.units import JSON_ID_MAX

ADDRESSES_MAX: Final = 100
"""That an account may keep, of all assets together."""
UNKNOWN_ADDRESS: Final = "unknown"
"""Of a withdrawal that only the journal knew of: no rail pays there, an operator decides."""
_SQL: Final = load_queries("wallet")


class WrongStep(AccountsError):
    """A withdrawal cannot go there from where it is: somebody else moved it, or nobody may."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal as it is stored, with what the engine and the ledger have of it.

    ``hold_state``: of the money command; ``is_held``, ``resolved_phase`` and ``posted_atoms``: of
    the ledger, None where it has nothing yet. ``is_owner_stopped``: the login or the account.
    """

    withdrawal_id: int
    account_id: int
    asset_id: int
    asset: str
    scale: int
    amount_atoms: int
    address: str
    rail: int
    state: int
    hold_command_id: int
    resolution_command_id: int | None
    rail_key: str | None
    rail_ref: str
    created_ts_ns: int
    hold_state: int
    hold_reason: int
    is_held: bool
    resolved_phase: int | None
    posted_atoms: int | None
    is_owner_stopped: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a withdrawal: who took it, and why."""

    state: int
    actor: str
    note: str
    ts_ns: int


@dataclass(frozen=True, slots=True)
class Taken:
    """By whom a step is taken, why, and when."""

    actor: str
    note: str
    ts_ns: int


@dataclass(frozen=True, slots=True)
class NewWithdrawal:
    """What is stored of a withdrawal that was asked for."""

    account_id: int
    asset_id: int
    amount_atoms: int
    address: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where an account's money may go."""

    address: str
    label: str
    asset: str
    created_ts_ns: int


@dataclass(frozen=True, slots=True)
class AccountDeposit:
    """Money that came in. ``kind`` and ``external_ref`` are None if another source sent it."""

    seq: int
    asset_id: int
    asset: str
    amount_atoms: int
    ts_ns: int
    kind: int | None
    external_ref: str | None


async def lock_owner(connection: Connection, account_id: int) -> None:
    """Keep other requests of an account's login waiting until this transaction ends.

    Raises:
        Refusal: UNKNOWN_ACCOUNT.
    """
    if await connection.fetchval(_SQL["lock_owner"], account_id) is None:
        raise Refusal(RefusalCode.UNKNOWN_ACCOUNT, f"no account {account_id}")


async def earlier_request(connection: Connection, wanted: NewWithdrawal) -> int | None:
    """Return the withdrawal that was asked for under this key before.

    Raises:
        Refusal: REFERENCE_REUSED: it was another one.
    """
    row = await connection.fetchrow(
        _SQL["earlier_request"], wanted.account_id, wanted.idempotency_key
    )
    if row is None:
        return None
    asked = (wanted.asset_id, wanted.amount_atoms, wanted.address)
    if (row["asset_id"], row["amount_atoms"], row["address"]) != asked:
        message = "this Idempotency-Key was used for another withdrawal"
        raise Refusal(RefusalCode.REFERENCE_REUSED, message)
    withdrawal_id: int = row["withdrawal_id"]
    return withdrawal_id


async def asked_since(connection: Connection, account_id: int, asset_id: int, since_ns: int) -> int:
    """Return the atoms of an asset that an account's login asked for, from all of its accounts, and
    may still get, or has got.
    """
    return int(await connection.fetchval(_SQL["asked_since"], account_id, asset_id, since_ns))


async def insert_withdrawal(
    connection: Connection, wanted: NewWithdrawal, rail: int, hold_command_id: int, now_ns: int
) -> int:
    """Store a withdrawal whose hold was recorded; return its id."""
    withdrawal_id: int = await connection.fetchval(
        _SQL["insert_withdrawal"],
        wanted.account_id,
        wanted.asset_id,
        wanted.amount_atoms,
        wanted.address,
        wanted.idempotency_key,
        rail,
        hold_command_id,
        now_ns,
    )
    owner = Taken("owner", "", now_ns)
    await add_step(connection, withdrawal_id, WithdrawalState.REQUESTED, owner)
    return withdrawal_id


async def is_stopped(connection: Connection) -> bool:
    """Return whether the audit has stopped withdrawals; it waits for this transaction's end."""
    return bool(await connection.fetchval(_SQL["is_stopped"], SHARD))


async def is_owner_stopped(connection: Connection, account_id: int) -> bool:
    """Return whether an account or its login is suspended or closed; to stop it waits for this
    transaction's end.
    """
    return bool(await connection.fetchval(_SQL["is_owner_stopped"], account_id))


async def withdrawal(connection: Connection, withdrawal_id: int) -> Withdrawal | None:
    """Return a withdrawal as it is now."""
    found = await connection.fetch(_SQL["withdrawals"], [withdrawal_id])
    return Withdrawal(**found[0]) if found else None


async def locked(connection: Connection, withdrawal_id: int) -> Withdrawal | None:
    """Return a withdrawal that nobody else moves until this transaction ends."""
    await connection.execute(_SQL["lock_withdrawal"], withdrawal_id)
    return await withdrawal(connection, withdrawal_id)


async def open_withdrawals(connection: Connection, after_id: int, limit: int) -> list[Withdrawal]:
    """Return the withdrawals after an id that have not ended, oldest first."""
    ids = [row[0] for row in await connection.fetch(_SQL["open_ids"], after_id, limit)]
    found = await connection.fetch(_SQL["withdrawals"], ids) if ids else []
    return [Withdrawal(**row) for row in reversed(found)]


async def move(
    connection: Connection,
    one: Withdrawal,
    to: WithdrawalState,
    taken: Taken,
    *,
    rail_key: str | None = None,
    rail_ref: str | None = None,
) -> None:
    """Take a locked withdrawal a step further.

    Raises:
        WrongStep: it cannot go there from where it is.
    """
    if to not in FOLLOWS[WithdrawalState(one.state)]:
        raise WrongStep(f"withdrawal {one.withdrawal_id}: {one.state} is not followed by {to}")
    await connection.execute(_SQL["move"], one.withdrawal_id, int(to), rail_key, rail_ref)
    await add_step(connection, one.withdrawal_id, to, taken)


async def note_resolution(
    connection: Connection, one: Withdrawal, money_command_id: int, rail_ref: str, taken: Taken
) -> None:
    """Note how a locked withdrawal will end: by a post or a void that was recorded.

    Raises:
        WrongStep: that was decided before.
    """
    status = await connection.execute(
        _SQL["note_resolution"], one.withdrawal_id, money_command_id, rail_ref or None
    )
    if status != "UPDATE 1":
        raise WrongStep(f"withdrawal {one.withdrawal_id} is being resolved already")
    await add_step(connection, one.withdrawal_id, WithdrawalState(one.state), taken)


async def add_step(
    connection: Connection, withdrawal_id: int, state: WithdrawalState, taken: Taken
) -> None:
    """Write down a step."""
    told = (taken.actor, taken.note[:256], taken.ts_ns)
    await connection.execute(_SQL["insert_step"], withdrawal_id, int(state), *told)


async def steps(connection: Connection, withdrawal_id: int) -> list[Step]:
    """Return the steps of a withdrawal, in order."""
    return [Step(**row) for row in await connection.fetch(_SQL["steps"], withdrawal_id)]


async def withdrawals(
    connection: Connection,
    *,
    limit: int,
    before_id: int = JSON_ID_MAX,
    account_id: int | None = None,
    asset_id: int | None = None,
    states: Sequence[int] | None = None,
) -> list[Withdrawal]:
    """Return a page of withdrawals before an id, newest first; None does not filter."""
    ids = await connection.fetch(_SQL["listed_ids"], before_id, account_id, asset_id, states, limit)
    found = await connection.fetch(_SQL["withdrawals"], [row[0] for row in ids])
    return [Withdrawal(**row) for row in found]


async def account_deposits(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before_seq: int = JSON_ID_MAX,
    asset_id: int | None = None,
) -> list[AccountDeposit]:
    """Return a page of an account's deposits before an event, newest first."""
    rows = await connection.fetch(_SQL["account_deposits"], account_id, before_seq, asset_id, limit)
    return [AccountDeposit(**row) for row in rows]


async def stored_rule(connection: Connection, asset_id: int) -> WithdrawalRule | None:
    """Return the rule that an operator set for an asset."""
    row = await connection.fetchrow(_SQL["rule"], asset_id)
    return None if row is None else WithdrawalRule(**row)


async def stored_rules(connection: Connection) -> dict[int, WithdrawalRule]:
    """Return the rules that an operator set, by asset."""
    return {row[0]: WithdrawalRule(row[1], row[2]) for row in await connection.fetch(_SQL["rules"])}


async def set_rule(connection: Connection, asset_id: int, rule: WithdrawalRule) -> None:
    """Have a rule hold for an asset from now on."""
    async with connection.transaction():
        await connection.execute(_SQL["forget_rule"], asset_id)
        await connection.execute(
            _SQL["insert_rule"], asset_id, rule.day_max_atoms, rule.approve_above_atoms
        )


async def addresses(connection: Connection, account_id: int) -> list[Address]:
    """Return where an account's money may go, by asset."""
    return [Address(**row) for row in await connection.fetch(_SQL["addresses"], account_id)]


async def is_allowed(connection: Connection, account_id: int, asset_id: int, address: str) -> bool:
    """Return whether an account's money of an asset may go to an address."""
    return bool(await connection.fetchval(_SQL["is_allowed"], account_id, asset_id, address))


async def add_address(
    connection: Connection, account_id: int, asset_id: int, address: str, label: str, now_ns: int
) -> None:
    """Let an account's money of an asset go to an address; it may be on the list already.

    Raises:
        Refusal: UNKNOWN_ACCOUNT, ADDRESS_LIMIT.
    """
    async with connection.transaction():
        await lock_owner(connection, account_id)
        if await is_allowed(connection, account_id, asset_id, address):
            return
        if len(await addresses(connection, account_id)) >= ADDRESSES_MAX:
            message = f"an account keeps {ADDRESSES_MAX} addresses at most: delete one first"
            raise Refusal(RefusalCode.ADDRESS_LIMIT, message)
        await connection.execute(
            _SQL["insert_address"], account_id, asset_id, address, label, now_ns
        )


async def delete_address(
    connection: Connection, account_id: int, asset_id: int, address: str
) -> bool:
    """Take an address off the list; False if it was not on it. What is under way goes on."""
    status = await connection.execute(_SQL["delete_address"], account_id, asset_id, address)
    return status == "DELETE 1"
