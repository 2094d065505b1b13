"""An engine founded on the ledger has what the lost one had, wherever settlement stood."""

import asyncpg
import pytest

from accounts.identity.users_repository import insert_user, mark_opened
from accounts.settling.settlement import Settler
from accounts.wallet.money_commands import engine_command
from accounts.wallet.money_commands_repository import (
    MoneyKind,
    MoneyRequest,
    mark_executed,
    next_to_send,
    request_money,
)
from accounts.wallet.recovered_money_repository import send_lost_again
from cli.recovery.ledger_state import ORDER_IDS_SKIPPED, ledger_state
from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelAll,
    CancelOrder,
    Deposit,
    HoldWithdrawal,
    NewOrder,
    OpenAccount,
)
from domain.events import OutcomeResult
from domain.orders import Side
from domain.reasons import RejectReason
from domain.units import FEE_ACCOUNT_ID
from engine_core import CORES, core_type
from engine_core.reference import Core
from engine_core.saved_state import save
from schemas.codec import decode_outcomes, encode_command
from schemas.layouts import EVENT_BYTES
from tests.integration.accounts.trading import (
    ACCOUNTS,
    BTC,
    BTC_USDT,
    ETH_USDT,
    START_NS,
    STEP_NS,
    USDT,
    execute,
    listing,
    opening,
    random_orders,
)

ORDERS = 600


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def rebuilt(database, twin):
    known = await ledger_state(database)
    return core_type(twin).load(save(known.state)), known


def answer(core, command):
    _, outcomes = core.apply(encode_command(command), core.log_ts_ns)
    (outcome,) = decode_outcomes(outcomes)
    return outcome


@pytest.mark.parametrize("twin", CORES)
async def test_at_the_end_of_a_command_it_is_the_lost_one(database, twin):
    lost = Core()
    events = execute(lost, opening() + list(random_orders(5, ORDERS)))
    settler = await Settler.on(database)
    await settler.settle(1, events)

    core, known = await rebuilt(database, twin)

    assert not known.unfinished
    assert core.balances() == lost.balances()
    assert core.orders() == lost.orders()
    for instrument_id in (BTC_USDT, ETH_USDT):
        assert core.depth(instrument_id, 100) == lost.depth(instrument_id, 100)
    assert core.next_event_seq == lost.next_event_seq
    assert core.next_order_id == lost.next_order_id + ORDER_IDS_SKIPPED
    assert core.log_ts_ns <= lost.log_ts_ns


@pytest.mark.parametrize("twin", CORES)
async def test_a_retry_is_never_executed_again_and_money_goes_on_with_the_next_number(
    database, twin
):
    lost = Core()
    commands = opening() + list(random_orders(6, ORDERS))
    settler = await Settler.on(database)
    await settler.settle(1, execute(lost, commands))
    core, _ = await rebuilt(database, twin)
    before = core.balances(), core.orders()

    for command in commands:
        outcome = answer(core, command)
        if isinstance(command, NewOrder):
            assert outcome.result is not OutcomeResult.DONE, command
        if isinstance(command, Deposit):
            assert outcome.result is not OutcomeResult.DONE
        if isinstance(command, CancelOrder | CancelAll):
            break  # those may do what they did not before
    assert (core.balances(), core.orders()) == before

    again = next(one for one in commands if isinstance(one, NewOrder))
    assert answer(core, again).reason is RejectReason.KEY_REUSED
    last = max(one.source_seq for one in commands if isinstance(one, Deposit))
    more = Deposit(
        account_id=ACCOUNTS[0], asset_id=BTC, amount_atoms=5, source_id=1, source_seq=last + 1
    )
    assert answer(core, more).result is OutcomeResult.DONE
    fresh = NewOrder(
        account_id=ACCOUNTS[0],
        instrument_id=BTC_USDT,
        side=Side.BUY,
        price_ticks=9_000,
        qty_lots=1,
        valid_until_ns=1 << 62,
        client_order_id=pack_client_order_id("after"),
    )
    assert answer(core, fresh).result is OutcomeResult.DONE


def leaving() -> list[HoldWithdrawal]:
    """Return what every account has on its way out."""
    return [
        HoldWithdrawal(
            account_id=account_id, asset_id=asset_id, amount_atoms=70_000 + at,
            source_id=2, source_seq=2 * at + place,
        )
        for at, account_id in enumerate(ACCOUNTS)
        for place, asset_id in enumerate((BTC, USDT), 1)
    ]  # fmt: skip


async def test_wherever_settlement_stood_only_withdrawals_stay_held_when_all_is_cancelled(database):
    lost = Core()
    events = execute(lost, opening() + leaving() + list(random_orders(7, ORDERS)))
    settler = await Settler.on(database)
    unfinished = 0
    for at in range(0, len(events), 7 * EVENT_BYTES):
        await settler.settle(settler.next_seq, events[at : at + 7 * EVENT_BYTES])
        if at < 30 * EVENT_BYTES:
            continue
        core, known = await rebuilt(database, CORES[0])
        unfinished += len(known.unfinished)
        sums = totals(core)
        for order in known.unfinished:
            cancel = CancelOrder(account_id=order.account_id, order_id=order.order_id)
            assert answer(core, cancel).result is OutcomeResult.DONE
        bids, asks = core.depth(BTC_USDT, 1)
        assert not bids or not asks or bids[0][0] < asks[0][0]
        for account_id in ACCOUNTS:
            answer(core, CancelAll(account_id=account_id))
        assert core.orders() == []
        held = {row[:2]: row[3] for row in core.balances() if row[3]}
        assert held == {row[2:4]: row[4] for row in core.withdrawals()}
        assert totals(core) == sums
    assert unfinished  # some cuts fell inside a command


def totals(core):
    sums = {}
    for _, asset_id, available_atoms, held_atoms in core.balances():
        sums[asset_id] = sums.get(asset_id, 0) + available_atoms + held_atoms
    return sums


async def test_an_empty_ledger_makes_an_engine_that_was_never_used(database):
    core, known = await rebuilt(database, CORES[0])
    assert core.next_event_seq == 1 and not known.unfinished
    assert core.balances() == [] and core.orders() == []
    assert set(known.state.accounts) == {FEE_ACCOUNT_ID}
    assert START_NS + STEP_NS > core.log_ts_ns


async def test_money_that_was_executed_and_not_settled_is_sent_to_the_new_engine_again(database):
    lost, settler = Core(), await Settler.on(database)
    await settler.settle(1, execute(lost, [*listing(), OpenAccount(account_id=1_000, group_id=1)]))
    await database.execute("RESET ROLE")
    await insert_user(database, "mine@example.org", "-", START_NS)
    await mark_opened(database, 1_000)
    for atoms in (5, 6, 7, 8):
        gift = MoneyRequest(MoneyKind.DEPOSIT, 1_000, BTC, atoms)
        await request_money(database, gift, START_NS, None)
    for is_settled, is_answered in ((True, True), (False, True), (False, False)):
        command = await next_to_send(database)
        first_seq = lost.next_event_seq
        events = execute(lost, [engine_command(command)])
        if is_settled:
            await settler.settle(first_seq, events)
            await database.execute("RESET ROLE")
        if is_answered:
            await mark_executed(database, command, first_seq)

    assert await send_lost_again(database) == 2
    core, _ = await rebuilt(database, CORES[0])
    while command := await next_to_send(database):
        assert answer(core, engine_command(command)).result is OutcomeResult.DONE
        await mark_executed(database, command, core.next_event_seq - 1)
    assert core.balance(1_000, BTC) == (5 + 6 + 7 + 8, 0)
    sent = "SELECT source_seq FROM accounts.money_commands ORDER BY money_command_id"
    assert [row[0] for row in await database.fetch(sent)] == [1, 2, 3, 4]
