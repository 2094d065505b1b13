"""What an owner sees of the wallet: where each amount came from, how much may still leave, and that
what has not gone yet can be taken back.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.gateway.owner import Owner
from tests.integration.gateway.test_credentials import Person
from tests.integration.gateway.test_statements import trade
from tests.integration.gateway.venue import Venue

ADDRESS = "bc1-a-wallet-of-mine"


async def of_code(owner: Owner, code: str) -> list[dict[str, Any]]:
    """Return the postings of one cause; a page may hold fewer rows and not be the last."""
    page = await owner.get(f"/history/ledger?code={code}&limit=3")
    rows: list[dict[str, Any]] = page["rows"]
    while page["cursor"] is not None:
        page = await owner.get(f"/history/ledger?code={code}&limit=3&before={page['cursor']}")
        rows += page["rows"]
    return rows


async def test_every_posting_names_the_other_side_as_far_as_one_may_know(
    exchange: Venue, owner: Owner
) -> None:
    bot = await owner.open("bot")
    await owner.move(bot, "1", "k")
    await trade(exchange, owner)
    sides = {
        (row["code"], row["counterpart"], row["counterpart_account_id"])
        for row in (await owner.get("/history/ledger"))["rows"]
    }
    assert sides == {
        ("DEPOSIT", "outside", None),
        ("TRADE", "customer", None),
        ("FEE", "fees", None),
        ("TRANSFER", "own_account", bot),
    }


async def test_the_ledger_of_one_cause_holds_all_of_it_and_nothing_else(
    exchange: Venue, owner: Owner
) -> None:
    await trade(exchange, owner)
    everything = (await owner.get("/history/ledger"))["rows"]
    for code in ("deposit", "trade", "fee", "transfer"):
        expected = [row for row in everything if row["code"] == code.upper()]
        assert await of_code(owner, code) == expected, code


@pytest.fixture
async def held(exchange: Venue, owner: Owner) -> dict[str, Any]:
    """A withdrawal of more than leaves without an operator's look."""
    person = Person(exchange, owner.http)
    person.email, person.token = (await owner.get("/me"))["email"], owner.token
    await person.verify()
    address = {"asset": "USDT", "address": ADDRESS}
    assert (await owner.call("POST", "/withdrawal-addresses", address))[0] == 201
    await owner.call("POST", "/faucet", {"asset": "USDT", "amount": "200000"})
    wanted = {"asset": "USDT", "amount": "150000", "address": ADDRESS}
    status, asked = await owner.call("POST", "/withdrawals", wanted, key="w1")
    assert (status, asked["state"]) == (201, "held")
    return dict(asked)


async def test_what_may_still_leave_today_is_told_before_it_is_asked_for(
    owner: Owner, held: dict[str, Any]
) -> None:
    terms = await owner.get("/wallet-terms")
    assert (terms["rail"], terms["has_faucet"]) == ("simulated", True)
    (usdt,) = (one for one in terms["assets"] if one["asset"] == "USDT")
    assert Decimal(usdt["left"]) == Decimal(usdt["day_max"]) - 150_000
    assert Decimal(usdt["approve_above"]) < 150_000


async def test_a_withdrawal_that_waits_is_taken_back_by_its_owner_once(
    owner: Owner, held: dict[str, Any]
) -> None:
    path = f"/withdrawals/{held['withdrawal_id']}"
    assert (await owner.call("DELETE", path))[0] == 200
    status, said = await owner.call("DELETE", path)
    assert (status, said["error"]["code"]) == (409, "WITHDRAWAL_STATE")


async def test_nobody_takes_back_what_another_account_withdraws(
    owner: Owner, held: dict[str, Any]
) -> None:
    bot = await owner.open("bot")
    with owner.at(bot):
        status, _ = await owner.call("DELETE", f"/withdrawals/{held['withdrawal_id']}")
    assert status == 404


async def test_a_history_of_balances_leads_to_what_there_is_and_tells_trading_from_moving(
    exchange: Venue, owner: Owner
) -> None:
    bot = await owner.open("bot")
    await owner.move(bot, "100", "k")
    await trade(exchange, owner)
    told = await owner.get("/balance-history?interval=1m&count=60")
    assert int(told["from_ts_ns"]) % 60_000_000_000 == 0
    assets = {one["asset"]: one for one in told["assets"]}
    for row in (await owner.get("/balances"))["balances"]:
        history = assets[row["asset"]]
        changed = sum(Decimal(one["change"]) for one in history["changes"])
        assert Decimal(history["opening"]) + changed == Decimal(row["total"])
    moved = {name: sum(Decimal(c["moved"]) for c in one["changes"]) for name, one in assets.items()}
    assert moved == {"USDT": Decimal(900), "ETH": Decimal(0)}


async def test_a_history_of_balances_is_a_year_long_at_most(owner: Owner) -> None:
    status, _ = await owner.call("GET", "/balance-history?interval=1d&count=367")
    assert status == 400
    told = await owner.get("/balance-history?interval=1d&count=366")
    assert told["count"] == 366
