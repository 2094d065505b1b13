"""What a ledger needs besides the events to go on, when it was made again from them, or from an
older copy of itself: owners for the accounts, and money commands for the deposits.
"""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries

_SQL: Final = load_queries("rebuild")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was filled in. ``account_ids``: accounts whose login is not known. ``completed``: money
    commands found pending that were executed; ``deposits``: those nobody here had asked for.
    """

    account_ids: tuple[int, ...]
    completed: int
    deposits: int


async def recover_owners_and_money(connection: Connection, now_ns: int) -> Recovered:
    """Fill in what is missing, in one transaction: every account of the engine has an owner, though
    perhaps one that nobody can log in as, no number in use is given out again, and every deposit
    has its command. Withdrawals that are still open stop: a rail may have paid them since.
    """
    async with connection.transaction():
        ownerless = await connection.fetch(_SQL["accounts_without_owner"])
        for account_id, group_id in ownerless:
            await connection.execute(_SQL["insert_owner"], group_id, now_ns)
            await connection.execute(_SQL["insert_trading_account"], account_id, group_id)
        await connection.execute(_SQL["skip_numbers_in_use"])
        completed, deposits = await _recover_money(connection)
        await connection.execute(_SQL["stop_withdrawals"])
    return Recovered(tuple(row[0] for row in ownerless), completed, deposits)


async def _recover_money(connection: Connection) -> tuple[int, int]:
    completed = deposits = 0
    for deposit in await connection.fetch(_SQL["deposits_without_command"]):
        *numbers, ts_ns = deposit
        if await connection.fetchval(_SQL["complete_command"], *numbers):
            completed += 1
        else:
            await connection.execute(_SQL["insert_command"], *numbers, ts_ns)
            deposits += 1
    await connection.execute(_SQL["go_on_after_last"])
    return completed, deposits
