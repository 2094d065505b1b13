"""Withdrawals from the request to the end: who may stop them, and that a crash at any place loses
nothing and pays nothing twice.
"""

import asyncio

import asyncpg
import pytest

from accounts.admin.operators_repository import set_own_status, set_status
from accounts.books.sub_accounts_repository import insert_sub_account
from accounts.database import load_queries, open_pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import mark_opened
from accounts.wallet.desk import PaidByHand
from accounts.wallet.money_commands_repository import MoneyKind, request_resolution
from accounts.wallet.rails import RailNumber
from accounts.wallet.simulated_chain import ChainTerms
from accounts.wallet.states import WithdrawalState as S
from accounts.wallet.wallet_repository import Taken, add_address, locked, steps
from domain.orders import AccountStatus
from tests.integration.accounts.wallet_venue import (
    ADDRESS,
    BTC,
    CERTAIN,
    FUNDS_ATOMS,
    START_NS,
    Crashed,
    Lifeline,
    WalletVenue,
)

AUDIT = load_queries("audit")
ALWAYS_LOST = ChainTerms(failure_percent=0, lost_answer_percent=100)
ALWAYS_FAILS = ChainTerms(failure_percent=100, lost_answer_percent=0)
SMALL, LARGE = 900, 1_001
"""Below and above what an operator looks at."""
MALLORY = "bc1-somebody-elses"


@pytest.fixture
async def pool(postgres_url):
    async with await open_pool(postgres_url) as opened:
        yield opened


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def venue(pool, database):
    return await WalletVenue.opened(pool, database)


def by(actor: str = "operator", note: str = "looked at") -> Taken:
    return Taken(actor, note, 1)


async def states(venue: WalletVenue) -> list[S]:
    return [S(one.state) for one in await venue.all()]


async def books_agree(venue: WalletVenue) -> None:
    """Assert that the ledger has what the engine has, and every withdrawal its transfers."""
    for query in (
        "holds_unlike_their_orders",
        "balances_unlike_their_transfers",
        "posts_unlike_their_transfers",
    ):
        assert await venue.connection.fetch(AUDIT[query]) == [], query
    span = (0, venue.core.next_event_seq)
    for query, *more in (
        ("movements_unlike_their_commands",),
        ("commands_that_moved_nothing", []),
        ("withdrawals_unlike_the_ledger", []),
    ):
        assert await venue.connection.fetch(AUDIT[query], *span, *more) == [], query
    held = [tuple(row) for row in await venue.connection.fetch(AUDIT["open_withdrawals"])]
    assert held == venue.core.withdrawals()


async def test_a_small_withdrawal_goes_all_the_way_by_itself(venue):
    assert (await venue.request(SMALL)).state == S.HELD
    assert venue.core.balance(venue.account_id, BTC) == (FUNDS_ATOMS - SMALL, SMALL)
    await venue.go_on()
    (one,) = await venue.all()
    assert (one.state, one.posted_atoms) == (S.POSTED, SMALL)
    assert one.rail_ref
    taken = await steps(venue.connection, one.withdrawal_id)
    assert [S(step.state).name for step in taken] == (
        "REQUESTED HELD APPROVED SENDING SENT SENT POSTED".split()
    )
    assert venue.core.balance(venue.account_id, BTC) == (FUNDS_ATOMS - SMALL, 0)
    assert [(row["amount_atoms"], row["address"]) for row in await venue.payments()] == [
        (SMALL, ADDRESS)
    ]
    await books_agree(venue)


async def test_a_large_one_waits_for_the_operator(venue):
    one = await venue.request(LARGE)
    await venue.go_on()
    assert await states(venue) == [S.HELD]
    assert await venue.payments() == []
    await venue.desk.approve(one.withdrawal_id, by("grace"))
    await venue.go_on()
    assert await states(venue) == [S.POSTED]
    actors = [step.actor for step in await steps(venue.connection, one.withdrawal_id)]
    assert actors[2] == "grace"


async def test_one_that_is_voided_gives_everything_back_and_is_never_sent(venue):
    one = await venue.request(LARGE)
    await venue.desk.void(one.withdrawal_id, by(note="asked to"))
    for decide in (venue.desk.approve, venue.desk.void):
        with pytest.raises(Refusal, match="HELD and about to end"):
            await decide(one.withdrawal_id, by())
    await venue.go_on()
    assert await states(venue) == [S.VOIDED]
    assert venue.core.balance(venue.account_id, BTC) == (FUNDS_ATOMS, 0)
    assert await venue.payments() == []
    await books_agree(venue)


async def test_what_the_chain_rejects_is_given_back_with_its_proof(pool, database):
    venue = await WalletVenue.opened(pool, database, chain=ALWAYS_FAILS)
    await venue.request(SMALL)
    await venue.go_on()
    (one,) = await venue.all()
    assert one.state == S.VOIDED
    proof = (await steps(database, one.withdrawal_id))[-2].note
    assert proof.endswith("was rejected by its block")
    assert venue.core.balance(venue.account_id, BTC) == (FUNDS_ATOMS, 0)
    await books_agree(venue)


async def test_an_answer_that_does_not_come_is_not_a_failure(pool, database):
    venue = await WalletVenue.opened(pool, database, chain=ALWAYS_LOST)
    one = await venue.request(SMALL)
    while (await venue.all())[0].state != S.SENDING:
        await venue.wallet.step(one.withdrawal_id)
    assert not await venue.wallet.step(one.withdrawal_id)  # the chain does not answer
    with pytest.raises(Refusal, match="SENDING"):
        await venue.desk.void(one.withdrawal_id, by())
    await venue.go_on()
    assert await states(venue) == [S.POSTED]
    assert len(await venue.payments()) == 1
    await books_agree(venue)


PLACES = range(20, 120)
"""So many places to die at a withdrawal's life has."""


async def live(venue: WalletVenue, key: str) -> None:
    await venue.request(SMALL, key)  # its owner asks again until there is an answer
    await venue.go_on()


@pytest.mark.parametrize(
    ("chain", "stride"),
    [(CERTAIN, 2), (ALWAYS_FAILS, 4), (ALWAYS_LOST, 4)],
    ids=["sure", "failing", "silent"],
)
async def test_a_crash_at_any_place_loses_nothing_and_pays_nothing_twice(
    pool, database, chain, stride
):
    venue = await WalletVenue.opened(pool, database, chain=chain)
    end, left = (S.VOIDED, FUNDS_ATOMS) if chain is ALWAYS_FAILS else (S.POSTED, FUNDS_ATOMS)
    place, lives, died = 1 - stride, 0, True
    while died:
        place += stride
        lives += 1
        died = False
        venue.start(Lifeline(place))
        try:
            await live(venue, f"k{place}")
        except Crashed:
            died = True
            venue.start()
            await live(venue, f"k{place}")
        newest = (await venue.all())[0]
        assert newest.state == end, f"crash at {place}"
        left -= SMALL if end is S.POSTED else 0
        assert venue.core.balance(venue.account_id, BTC) == (left, 0), f"crash at {place}"
        assert len(await venue.payments()) == lives, f"crash at {place}"
    assert place in PLACES
    await books_agree(venue)


async def test_the_same_key_is_the_same_withdrawal(venue):
    first = await venue.request(SMALL)
    again = await venue.request(SMALL)
    assert again.withdrawal_id == first.withdrawal_id
    for changed in ({"amount_atoms": SMALL + 1}, {"address": MALLORY}):
        with pytest.raises(Refusal) as refused:
            await venue.request(**({"amount_atoms": SMALL} | changed))
        assert refused.value.code is RefusalCode.REFERENCE_REUSED
    assert len(await venue.all()) == 1


async def test_money_goes_only_where_its_owner_allowed(venue):
    with pytest.raises(Refusal) as refused:
        await venue.request(SMALL, address=MALLORY)
    assert refused.value.code is RefusalCode.ADDRESS_NOT_ALLOWED
    assert await venue.all() == []


async def test_no_more_leaves_in_a_day_than_the_rule_says(venue):
    await venue.database_rule(day_max_atoms=2_000)
    await venue.request(1_500, "a")
    with pytest.raises(Refusal, match=r"at most 0\.00000500 BTC more") as refused:
        await venue.request(501, "b")
    assert refused.value.code is RefusalCode.WITHDRAWAL_LIMIT
    await venue.request(500, "c")
    venue.clock.advance(86_400 * 10**9)
    await venue.request(2_000, "d")


async def test_a_days_limit_is_one_for_all_accounts_of_a_login(venue):
    await venue.database_rule(day_max_atoms=2_000)
    (user_id,) = await venue.connection.fetchrow(
        "SELECT user_id FROM accounts.trading_accounts WHERE account_id = $1", venue.account_id
    )
    other = await insert_sub_account(venue.connection, user_id, "other", START_NS)
    await mark_opened(venue.connection, other.account_id)
    await add_address(venue.connection, other.account_id, BTC, ADDRESS, "mine", START_NS)
    await venue.request(1_500, "a")
    with pytest.raises(Refusal, match=r"at most 0\.00000500 BTC more") as refused:
        await venue.request(501, "b", account_id=other.account_id)
    assert refused.value.code is RefusalCode.WITHDRAWAL_LIMIT


async def test_what_was_voided_counts_no_more(venue):
    await venue.database_rule(day_max_atoms=2_000)
    one = await venue.request(2_000, "a")
    await venue.desk.void(one.withdrawal_id, by())
    await venue.go_on()
    await venue.request(2_000, "b")


@pytest.mark.parametrize("again", ["k1", "k2"])
async def test_more_than_there_is_is_refused_by_the_engine_each_time(venue, again):
    await venue.request(1, "earlier")
    for key in ("k1", again):
        with pytest.raises(Refusal, match="INSUFFICIENT_FUNDS"):
            await venue.request(FUNDS_ATOMS, key)
        await venue.go_on(1)
    assert set((await states(venue))[:-1]) == {S.REFUSED}
    await books_agree(venue)


async def stop(venue: WalletVenue, stopped: bool) -> None:
    await venue.connection.execute(
        "UPDATE accounts.audit_state SET withdrawals_stopped = $1", stopped
    )


async def test_nothing_leaves_while_the_audit_has_stopped_withdrawals(venue):
    approved, held = await venue.request(LARGE, "a"), await venue.request(SMALL, "b")
    await venue.desk.approve(approved.withdrawal_id, by())
    await stop(venue, True)
    with pytest.raises(Refusal) as refused:
        await venue.request(SMALL, "c")
    assert refused.value.code is RefusalCode.WITHDRAWALS_STOPPED
    await venue.go_on()
    assert await states(venue) == [S.HELD, S.APPROVED]
    assert await venue.payments() == []
    await venue.desk.void(held.withdrawal_id, by())
    await stop(venue, False)
    await venue.go_on()
    assert await states(venue) == [S.VOIDED, S.POSTED]


async def owner_is(venue: WalletVenue, status: str) -> None:
    user_id = await venue.connection.fetchval(
        "SELECT user_id FROM accounts.trading_accounts WHERE account_id = $1", venue.account_id
    )
    await set_status(venue.connection, user_id, status, START_NS)


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_nothing_leaves_while_its_owner_is_stopped(venue, status):
    approved, held = await venue.request(LARGE, "a"), await venue.request(SMALL, "b")
    await venue.desk.approve(approved.withdrawal_id, by())
    await owner_is(venue, status)
    with pytest.raises(Refusal) as refused:
        await venue.request(SMALL, "c")
    assert refused.value.code is RefusalCode.LOGIN_STOPPED
    await venue.go_on()
    assert await states(venue) == [S.HELD, S.APPROVED]
    assert await venue.payments() == []
    await venue.desk.void(held.withdrawal_id, by())
    await venue.go_on()
    assert await states(venue) == [S.VOIDED, S.APPROVED]
    await owner_is(venue, "active")
    await venue.go_on()
    assert await states(venue) == [S.VOIDED, S.POSTED]
    await books_agree(venue)


async def test_what_no_rail_was_asked_for_waits_when_its_owner_is_stopped(venue):
    one = await venue.request(SMALL)
    while (await venue.all())[0].state != S.SENDING:
        await venue.wallet.step(one.withdrawal_id)
    await owner_is(venue, "suspended")
    await venue.go_on()
    assert await states(venue) == [S.SENDING] and await venue.payments() == []
    await owner_is(venue, "active")
    await venue.go_on()
    assert await states(venue) == [S.POSTED]


async def test_one_account_alone_that_is_suspended_lets_nothing_out(venue):
    await set_own_status(venue.connection, venue.account_id, AccountStatus.SUSPENDED)
    with pytest.raises(Refusal) as refused:
        await venue.request(SMALL)
    assert refused.value.code is RefusalCode.LOGIN_STOPPED


async def test_what_was_on_its_way_when_withdrawals_stopped_is_accounted_for(venue):
    one = await venue.request(SMALL)
    while (await venue.all())[0].state != S.SENT:
        await venue.wallet.step(one.withdrawal_id)
    await stop(venue, True)
    await venue.go_on()
    assert await states(venue) == [S.POSTED]


async def test_an_operator_pays_by_hand_and_what_was_not_paid_is_released(pool, database):
    venue = await WalletVenue.opened(pool, database, rail=RailNumber.MANUAL)
    one = await venue.request(SMALL)
    await venue.go_on()
    assert await states(venue) == [S.SENT]
    paid = PaidByHand("wire 77", "grace", is_paid=True, paid_atoms=SMALL - 100)
    with pytest.raises(Refusal, match="more than is held"):
        too_much = PaidByHand("wire 77", "grace", is_paid=True, paid_atoms=SMALL + 1)
        await venue.desk.paid_by_hand(one.withdrawal_id, too_much)
    await venue.desk.paid_by_hand(one.withdrawal_id, paid)
    with pytest.raises(Refusal, match="no payment by hand is open"):
        await venue.desk.paid_by_hand(one.withdrawal_id, PaidByHand("no", "grace", False))
    await venue.go_on()
    (one,) = await venue.all()
    assert (one.state, one.posted_atoms, one.rail_ref) == (S.POSTED, SMALL - 100, "wire 77")
    assert venue.core.balance(venue.account_id, BTC) == (FUNDS_ATOMS - SMALL + 100, 0)
    await books_agree(venue)


async def test_an_operator_proves_that_a_payment_by_hand_failed(pool, database):
    venue = await WalletVenue.opened(pool, database, rail=RailNumber.MANUAL)
    one = await venue.request(SMALL)
    await venue.go_on()
    failed = PaidByHand("the bank sent it back", "grace", is_paid=False)
    await venue.desk.paid_by_hand(one.withdrawal_id, failed)
    await venue.go_on()
    assert await states(venue) == [S.VOIDED]
    await books_agree(venue)


async def test_a_hold_is_posted_or_voided_once_whoever_asks(venue):
    one = await venue.request(LARGE)
    await venue.desk.void(one.withdrawal_id, by())
    with pytest.raises(asyncpg.UniqueViolationError):
        await request_resolution(venue.connection, one.hold_command_id, MoneyKind.POST, 5, 1)


async def test_those_that_wait_for_the_operator_are_not_locked_to_see_that_they_wait(venue, pool):
    waiting = await venue.request(LARGE, "waiting")
    stopped = await venue.request(SMALL, "stopped")
    await stop(venue, True)
    async with pool.acquire() as operator, operator.transaction():
        for one in (waiting, stopped):
            await locked(operator, one.withdrawal_id)
        async with asyncio.timeout(5):
            assert not await venue.wallet.advance()
