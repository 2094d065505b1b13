"""Whoever names an event reads what it did, or hears within a bound that it is not settled yet."""

import asyncio

import pytest

from domain.orders import Side
from service.errors import CallFailed

HISTORY = (
    "balances orders orders/{order_id} order-lists/{order_id} order-lists?client_order_id=x fills"
    " ledger"
).split()
NEVER = 10**9


@pytest.mark.asyncio(loop_scope="module")
async def test_no_history_is_told_before_the_event_that_was_asked_for(shared_venue):
    buyer = (await shared_venue.sign_up("reader@example.com", USDT=10**13))["account_id"]
    placed = await shared_venue.order(buyer, Side.BUY, 9_000, 3)
    funds = await shared_venue.balances_of(buyer, placed.last_event_seq)
    assert funds["USDT"] == (10**13 - 9_000 * 3 * 10, 9_000 * 3 * 10)

    async def refusal(path):
        path, _, query = path.format(order_id=placed.order_id).partition("?")
        asked = dict([query.split("=")]) if query else {}
        with pytest.raises(CallFailed) as failed:
            await shared_venue.accounts.call(
                "GET", f"/internal/accounts/{buyer}/{path}", min_seq=NEVER, **asked
            )
        return failed.value.status, failed.value.code

    told = await asyncio.gather(*map(refusal, HISTORY))
    assert told == [(503, "NOT_SETTLED_YET")] * len(HISTORY)
