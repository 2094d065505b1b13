"""What a ledger needs besides the events to go on, when it was made again from them, or from an
older copy of itself: owners for the accounts, and commands for the money that moved.
"""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.wallet.recovered_money_repository import RecoveredMoney, recover_money

_SQL: Final = load_queries("rebuild")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was filled in. ``account_ids``: accounts whose login is not known."""

    account_ids: tuple[int, ...]
    money: RecoveredMoney


async def recover_owners_and_money(connection: Connection, now_ns: int) -> Recovered:
    """Fill in what is missing, in one transaction: every account of the engine has an owner, though
    perhaps one that nobody can log in as, no number in use is given out again, and everything that
    came or is to leave has its command.
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
        money = await recover_money(connection, now_ns)
    return Recovered(tuple(row[0] for row in ownerless), money)
