"""Money commands and withdrawals made to fit a ledger that was brought up to its journal, or an
engine that was made again from the ledger.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.wallet.money_commands_repository import MoneyKind
from accounts.wallet.states import WithdrawalState
from accounts.wallet.wallet_repository import UNKNOWN_ADDRESS, Taken, add_step

_ACTOR: Final = "rebuild"
_MAY_BE_DONE: Final = (
    "the ledger was made again from the journal, which does not say whether this was carried out: "
    "look at what moved, then ask again"
)
_SENT_AGAIN: Final = "its money is moved again: the engine's journal was lost. Approve again"
_SQL: Final = load_queries("recovered_money")


@dataclass(frozen=True, slots=True)
class RecoveredMoney:
    """``completed``: commands found open that had been executed; ``deposits``, ``transfers``,
    ``withdrawals``: those nobody here had asked for; ``ended``: open withdrawals that had ended.
    """

    completed: int
    deposits: int
    transfers: int
    withdrawals: int
    ended: int


async def recover_money(connection: Connection, now_ns: int) -> RecoveredMoney:
    """Give everything that moved under this service's numbers its command, and every hold its
    withdrawal. Those that are open then stop: a rail may have paid them since. Proposals that may
    have been carried out since fail.
    """
    await connection.execute(_SQL["refuse_sending"])
    completed = len(await connection.fetch(_SQL["finish_sending"]))
    made: Counter[MoneyKind] = Counter()
    reasons: set[int] = set()
    for moved in await connection.fetch(_SQL["without_command"]):
        *told, ts_ns = moved
        if await connection.fetchval(_SQL["complete_command"], *told):
            completed += 1
            continue
        command_id = await connection.fetchval(_SQL["insert_command"], *told, ts_ns)
        made[MoneyKind(moved["kind"])] += 1
        if moved["kind"] == MoneyKind.HOLD:
            await _insert_withdrawal(connection, command_id, now_ns)
        if moved["kind"] == MoneyKind.TRANSFER:
            reasons.add(moved["transfer_reason"])
    await connection.execute(_SQL["end_proposals"], list(reasons), _ACTOR, now_ns, _MAY_BE_DONE)
    await connection.execute(_SQL["go_on_after_last"])
    ended = await _end_withdrawals(connection, now_ns)
    await connection.execute(_SQL["stop_withdrawals"])
    return RecoveredMoney(
        completed,
        made[MoneyKind.DEPOSIT],
        made[MoneyKind.TRANSFER],
        made[MoneyKind.HOLD],
        ended,
    )


async def send_lost_again(connection: Connection) -> int:
    """Have every command sent again that the ledger does not have; return how many. The engine that
    executed them is lost, with what it remembered of them. Proposals that they carried out are
    under way again.
    """
    async with connection.transaction():
        lost = [row[0] for row in await connection.fetch(_SQL["take_back_lost"])]
        await connection.execute(_SQL["reopen_proposals"], lost, _SENT_AGAIN)
        await connection.execute(_SQL["number_from_the_ledger"])
    return len(lost)


async def _insert_withdrawal(connection: Connection, hold_command_id: int, now_ns: int) -> None:
    withdrawal_id = await connection.fetchval(
        _SQL["insert_withdrawal"], hold_command_id, UNKNOWN_ADDRESS
    )
    note = "held when the ledger was rebuilt; who asked, and where it goes, is not known"
    await add_step(connection, withdrawal_id, WithdrawalState.HELD, Taken(_ACTOR, note, now_ns))


async def _end_withdrawals(connection: Connection, now_ns: int) -> int:
    rows = await connection.fetch(_SQL["end_withdrawals"])
    for withdrawal_id, state in rows:
        taken = Taken(_ACTOR, "as the journal says", now_ns)
        await add_step(connection, withdrawal_id, WithdrawalState(state), taken)
    return len(rows)
