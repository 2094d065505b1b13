"""What needs two operators: trades undone and money moved by hand, on real processes."""

import asyncio
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from accounts.admin.acts import DecideProposal
from accounts.admin.audit_log_repository import Actor
from accounts.admin.proposal_deeds import ProposalDeeds
from accounts.admin.proposals_repository import locked_proposal
from accounts.errors import Refusal, RefusalCode
from accounts.wallet.money_commands_repository import MoneyKind, MoneyRequest, request_money
from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.clock import ManualClock
from domain.commands import CancelOrder
from domain.orders import Side
from domain.reasons import TransferReason
from tests.integration.accounts.conftest import PATIENCE_S, Venue
from tests.integration.accounts.test_operators import acted, operator, refused
from tests.integration.accounts.trading import BTC_USDT

pytestmark = pytest.mark.asyncio(loop_scope="module")
ATOMS = 10**8
VENUE = 1


async def funded(venue: Venue, name: str, **atoms: int) -> int:
    """Return the account of a new user with play money."""
    return int((await venue.sign_up(f"{name}@example.org", **atoms))["account_id"])


async def owned(venue: Venue, *account_ids: int) -> list[dict[str, tuple[int, int]]]:
    """Return what accounts have, once all is settled."""
    nothing = CancelOrder(
        account_id=account_ids[0],
        instrument_id=BTC_USDT,
        order_id=2**52,
        client_order_id=NO_CLIENT_ORDER_ID,
    )  # the answer comes behind all that was done
    last = await venue.engine.submit(nothing, timeout_s=PATIENCE_S)
    return [await venue.balances_of(one, last.last_event_seq) for one in account_ids]


async def traded(venue: Venue, seller: int, buyer: int) -> int:
    """Trade a lot of BTC-USDT; return the trade's number, once the ledger has it."""
    await venue.order(seller, Side.SELL, 6_400_000, 1_000)
    outcome = await venue.order(buyer, Side.BUY, 6_400_000, 1_000)
    fills = f"/internal/accounts/{buyer}/fills"
    async with asyncio.timeout(PATIENCE_S):
        told = await venue.accounts.call("GET", fills, min_seq=outcome.last_event_seq)
    return int(told["fills"][0]["trade_id"])


async def proposed(venue: Venue, by: int, **act: Any) -> int:
    """Have something asked for; return the proposal's number."""
    return int((await acted(venue, by, **act))["after"]["proposal_id"])


async def test_a_trade_is_undone_by_two_operators_once_and_whole(shared_venue):
    seller = await funded(shared_venue, "bust-seller", BTC=ATOMS)
    buyer = await funded(shared_venue, "bust-buyer", USDT=5_000 * ATOMS)
    before = await owned(shared_venue, seller, buyer)
    trade_id = await traded(shared_venue, seller, buyer)
    assert await owned(shared_venue, seller, buyer) != before
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    bust = {"act": "propose_bust", "symbol": "BTC-USDT", "trade_id": trade_id}
    number = await proposed(shared_venue, asker, **bust)
    assert (await refused(shared_venue, checker, **bust)).code == "ALREADY_DECIDED"
    approve = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
    assert (await refused(shared_venue, asker, **approve)).code == "FORBIDDEN"
    done = await acted(shared_venue, checker, **approve)
    assert (done["subject"], done["after"]) == (f"trade:BTC-USDT:{trade_id}", {"state": "done"})
    after = await owned(shared_venue, seller, buyer)
    for now, then in zip(after, before, strict=True):
        assert {asset: now[asset] for asset in then} == then  # fees included
        assert all(atoms == (0, 0) for asset, atoms in now.items() if asset not in then)
    assert (await refused(shared_venue, checker, **approve)).code == "ALREADY_DECIDED"
    assert (await refused(shared_venue, checker, **bust)).code == "ALREADY_DECIDED"
    ledger = await shared_venue.accounts.call("GET", f"/internal/accounts/{buyer}/ledger")
    assert {one["code"] for one in ledger["transfers"]} >= {"TRADE", "TRADE_BUST"}


async def test_a_trade_whose_money_is_gone_is_not_undone_in_part(shared_venue):
    seller = await funded(shared_venue, "spent-seller", BTC=ATOMS)
    buyer = await funded(shared_venue, "spent-buyer", USDT=5_000 * ATOMS)
    trade_id = await traded(shared_venue, seller, buyer)
    await shared_venue.order(seller, Side.BUY, 100, 640)  # what was received is on order now
    held = await owned(shared_venue, seller, buyer)
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    spent = (held[0]["USDT"][0], held[0]["USDT"][1])
    bust = {"act": "propose_bust", "symbol": "BTC-USDT", "trade_id": trade_id}
    move = {"act": "propose_adjustment", "from_account_id": seller, "to_account_id": VENUE,
            "asset": "USDT", "amount": f"{spent[0] // ATOMS}"}  # fmt: skip
    taken = await proposed(shared_venue, asker, **move)
    decide = {"act": "decide_proposal", "decision": "approve"}
    await acted(shared_venue, checker, **decide, proposal_id=taken)
    held = await owned(shared_venue, seller, buyer)
    number = await proposed(shared_venue, asker, **bust)
    error = await refused(shared_venue, checker, **decide, proposal_id=number)
    assert error.code == "ENGINE_REFUSED" and f"account {seller} lacks" in error.message
    assert await owned(shared_venue, seller, buyer) == held
    told = await shared_venue.accounts.call("GET", "/internal/admin/proposals", state="failed")
    assert [one["proposal_id"] for one in told["proposals"]] == [number]
    assert await proposed(shared_venue, asker, **bust) > number  # it may be asked for again


async def test_what_was_cut_off_after_its_money_moved_is_gone_on_with(
    shared_venue, postgres_cluster
):
    mine = await funded(shared_venue, "cut-off", USDT=100 * ATOMS)
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    move = {"act": "propose_adjustment", "from_account_id": mine, "to_account_id": VENUE,
            "asset": "USDT", "amount": "100"}  # fmt: skip
    number = await proposed(shared_venue, asker, **move)
    approve = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
    await acted(shared_venue, checker, **approve)
    # As a process leaves it that ends between the money and the word on it.
    connection = await asyncpg.connect(postgres_cluster.url("shared_venue"))
    cut_off = "UPDATE accounts.proposals SET state = 'approved' WHERE proposal_id = $1"
    try:
        await connection.execute(cut_off, number)
    finally:
        await connection.close()
    assert (await owned(shared_venue, mine))[0]["USDT"] == (0, 0)
    assert (await acted(shared_venue, checker, **approve))["after"] == {"state": "done"}
    assert (await owned(shared_venue, mine))[0]["USDT"] == (0, 0)


class LateMoney:
    """The second move of a proposal is refused, and making the first one back is not answered."""

    async def execute(self, request: Any, now_ns: int) -> Any:
        name = request.external_ref.split(":", 2)[2]
        if name == "0":
            return SimpleNamespace(event_seq=1)
        code = RefusalCode.MONEY_REFUSED if name == "1" else RefusalCode.MONEY_PENDING
        raise Refusal(code, name)


async def test_a_trade_half_undone_and_half_made_back_is_not_said_to_have_failed(
    shared_venue, postgres_cluster
):
    seller = await funded(shared_venue, "half-seller", BTC=ATOMS)
    buyer = await funded(shared_venue, "half-buyer", USDT=5_000 * ATOMS)
    trade_id = await traded(shared_venue, seller, buyer)
    asker = await operator(shared_venue, "admin")
    bust = {"act": "propose_bust", "symbol": "BTC-USDT", "trade_id": trade_id}
    number = await proposed(shared_venue, asker, **bust)
    async with asyncpg.create_pool(postgres_cluster.url("shared_venue"), min_size=0) as pool:
        deeds: Any = ProposalDeeds(pool, LateMoney(), ManualClock(1))  # type: ignore[arg-type]
        actor = Actor(None, "grace", "command_line", "")
        deed = await deeds.decision(DecideProposal(proposal_id=number, decision="approve"), actor)
        async with pool.acquire() as connection, connection.transaction():
            await deed.begin(connection)
        effect = await deed.finish()
    assert (effect.outcome, effect.after) == ("unknown", {"state": "approved"})
    # Else it could be asked for again, and the first move made a second time.
    assert (await refused(shared_venue, asker, **bust)).code == "ALREADY_DECIDED"


@pytest.mark.parametrize("recorded", [0, 1, 2], ids=["none", "one", "two"])
async def test_a_trade_that_was_being_undone_when_the_process_ended_is_undone_once(
    shared_venue, postgres_cluster, recorded
):
    seller = await funded(shared_venue, f"ended-seller-{recorded}", BTC=ATOMS)
    buyer = await funded(shared_venue, f"ended-buyer-{recorded}", USDT=5_000 * ATOMS)
    before = await owned(shared_venue, seller, buyer)
    trade_id = await traded(shared_venue, seller, buyer)
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    bust = {"act": "propose_bust", "symbol": "BTC-USDT", "trade_id": trade_id}
    number = await proposed(shared_venue, asker, **bust)
    # What a process leaves that ends between two moves: agreed to, some of them recorded.
    async with asyncpg.create_pool(postgres_cluster.url("shared_venue"), min_size=0) as pool:
        deeds = ProposalDeeds(pool, LateMoney(), ManualClock(1))  # type: ignore[arg-type]
        agreed = DecideProposal(proposal_id=number, decision="approve")
        deed = await deeds.decision(agreed, Actor(None, "grace", "command_line", ""))
        async with pool.acquire() as connection, connection.transaction():
            await deed.begin(connection)
            stored = await locked_proposal(connection, number)
        assert stored is not None and len(stored.moves) == 4
        async with pool.acquire() as connection:
            for name, move in enumerate(stored.moves[:recorded]):
                request = MoneyRequest(
                    MoneyKind.TRANSFER,
                    move.from_account_id,
                    move.asset_id,
                    move.amount_atoms,
                    f"proposal:{number}:{name}",
                    move.to_account_id,
                    TransferReason.TRADE_BUST,
                )
                await request_money(connection, request, 1, None)
    assert (await refused(shared_venue, checker, **bust)).code == "ALREADY_DECIDED"
    approve = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
    assert (await acted(shared_venue, checker, **approve))["after"] == {"state": "done"}
    after = await owned(shared_venue, seller, buyer)
    for now, then in zip(after, before, strict=True):
        assert {asset: now[asset] for asset in then} == then
        assert all(atoms == (0, 0) for asset, atoms in now.items() if asset not in then)


async def test_money_moved_by_hand_needs_a_reason_and_another_operator(shared_venue):
    mine = await funded(shared_venue, "adjusted", USDT=100 * ATOMS)
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    move = {"act": "propose_adjustment", "from_account_id": mine, "to_account_id": VENUE,
            "asset": "USDT", "amount": "2.5"}  # fmt: skip
    before = await owned(shared_venue, mine)
    number = await proposed(shared_venue, asker, **move)
    assert await owned(shared_venue, mine) == before
    decide = {"act": "decide_proposal", "proposal_id": number}
    rejected = await acted(shared_venue, checker, **decide, decision="reject")
    assert rejected["after"] == {"state": "rejected"}
    assert (await refused(shared_venue, checker, **decide, decision="approve")).status == 409
    support = await operator(shared_venue, "support")
    assert (await refused(shared_venue, support, **move)).status == 403
    assert (await refused(shared_venue, asker, **move | {"amount": "0"})).status == 422
    # Nobody asks and agrees at the command line alone.
    number = await proposed(shared_venue, None, **move)
    error = await refused(
        shared_venue, None, **decide | {"proposal_id": number}, decision="approve"
    )
    assert error.code == "FORBIDDEN"
    await acted(shared_venue, checker, **decide | {"proposal_id": number}, decision="approve")
    ((available, _),) = [one["USDT"] for one in await owned(shared_venue, mine)]
    assert available == before[0]["USDT"][0] - 250_000_000


async def test_a_trade_of_which_a_move_back_stands_is_not_undone_again(
    shared_venue, postgres_cluster
):
    seller = await funded(shared_venue, "stands-seller", BTC=ATOMS)
    buyer = await funded(shared_venue, "stands-buyer", USDT=5_000 * ATOMS)
    trade_id = await traded(shared_venue, seller, buyer)
    asker, checker = await operator(shared_venue, "admin"), await operator(shared_venue, "admin")
    await acted(
        shared_venue, checker, act="set_account_status", account_id=buyer, status="closed"
    )  # nothing moves to it any more
    before = await owned(shared_venue, seller, buyer)
    bust = {"act": "propose_bust", "symbol": "BTC-USDT", "trade_id": trade_id}
    number = await proposed(shared_venue, asker, **bust)
    approve = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
    error = await refused(shared_venue, checker, **approve)
    assert error.code == "ENGINE_REFUSED" and "ACCOUNT_NOT_TRADABLE" in error.message
    assert await owned(shared_venue, seller, buyer) == before, "what had moved came back"
    second = await proposed(shared_venue, asker, **bust)
    reject = {"act": "decide_proposal", "proposal_id": second, "decision": "reject"}
    await acted(shared_venue, checker, **reject)
    lost = "UPDATE accounts.money_commands SET external_ref = NULL WHERE external_ref"
    postgres_cluster.run_sql(f"{lost} = 'proposal:{number}:0:back'", "shared_venue")
    error = await refused(shared_venue, asker, **bust)
    assert error.code == "ALREADY_DECIDED", "it would move what stands a second time"
