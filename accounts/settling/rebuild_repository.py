"""What a ledger needs besides the events to go on, when it was made again from them, or from an
older copy of itself: owners for the accounts, and money commands for deposits and transfers.
"""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries

_SQL: Final = load_queries("rebuild")
_DEPOSITS: Final = ("deposits_without_command", "complete_command", "insert_command")
_TRANSFERS: Final = ("transfers_without_command", "complete_transfer", "insert_transfer_command")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was filled in. ``account_ids``: accounts whose login is not known. ``completed``: money
    commands found pending that were executed; ``deposits`` and ``transfers``: those nobody here had
    asked for.
    """

    account_ids: tuple[int, ...]
    completed: int
    deposits: int
    transfers: int


async def recover_owners_and_money(connection: Connection, now_ns: int) -> Recovered:
    """Fill in what is missing, in one transaction: every account of the engine has an owner, though
    perhaps one that nobody can log in as, no number in use is given out again, and every deposit
    and transfer has its command. Withdrawals that are still open stop: a rail may have paid them
    since.
    """
    async with connection.transaction():
        ownerless = await connection.fetch(_SQL["accounts_without_owner"])
        for account_id, group_id in ownerless:
            await connection.execute(_SQL["insert_owner"], group_id, now_ns)
            await connection.execute(_SQL["insert_trading_account"], account_id, group_id)
            await connection.execute(
                _SQL["insert_recovered_sub_account"], account_id, group_id, now_ns
            )
        await connection.execute(_SQL["skip_numbers_in_use"])
        completed, deposits = await _recover(connection, *_DEPOSITS)
        moved = await _recover(connection, *_TRANSFERS)
        await connection.execute(_SQL["go_on_after_last"])
        await connection.execute(_SQL["stop_withdrawals"])
    account_ids = tuple(row[0] for row in ownerless)
    return Recovered(account_ids, completed + moved[0], deposits, moved[1])


async def _recover(
    connection: Connection, without_command: str, complete: str, insert: str
) -> tuple[int, int]:
    """Give each of a query's rows its command; return how many were found, and were made."""
    completed = made = 0
    for row in await connection.fetch(_SQL[without_command]):
        *numbers, ts_ns = row
        if await connection.fetchval(_SQL[complete], *numbers):
            completed += 1
        else:
            await connection.execute(_SQL[insert], *numbers, ts_ns)
            made += 1
    return completed, made
