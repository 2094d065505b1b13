"""What an account is said to pay is what its tier pays, wherever a client looks for it."""

from domain.venue_commands import SetFees, SetFeeTier
from tests.integration.binance.customer import SYMBOL, Customer
from tests.integration.operator_hand import OperatorHand

TIER = 4


async def test_fees_are_those_of_the_accounts_tier_also_after_a_start(
    me: Customer, other: Customer, operator: OperatorHand
) -> None:
    account_id = (await me.get("/api/v3/account"))["uid"]
    instrument_id = operator.instrument("BTC-USDT").instrument_id
    fees = SetFees(instrument_id=instrument_id, tier=TIER, maker_fee_ppm=200, taker_fee_ppm=400)
    await operator.execute([fees, SetFeeTier(account_id=account_id, tier=TIER)])
    try:
        await _is_shown(me, ("0.00020000", "0.00040000"))
        await _is_shown(other, ("0.00050000", "0.00100000"))
        me.venue.interrupt("gateway")
        me.venue.start("gateway")
        await _is_shown(me, ("0.00020000", "0.00040000"))
        await other.order("SELL", quantity="0.01", price="64000")
        bought = await me.order(quantity="0.01", price="64000")
        assert bought["fills"][0]["commission"] == "0.00000400"
    finally:
        await operator.execute([SetFeeTier(account_id=account_id, tier=0)])


async def _is_shown(customer: Customer, fees: tuple[str, str]) -> None:
    """Every answer that tells fees of BTC tells these; of the account, the highest of all."""
    commission = await customer.get("/api/v3/account/commission", symbol=SYMBOL)
    rates = commission["standardCommission"]
    assert (rates["maker"], rates["taker"]) == fees
    (shown,) = await customer.get("/sapi/v1/asset/tradeFee", symbol=SYMBOL)
    assert (shown["makerCommission"], shown["takerCommission"]) == fees
    terms = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"quantity": "0.01", "price": "60000", "computeCommissionRates": "true"}
    status, tested = await customer.signed("POST", "/api/v3/order/test", in_body=False, **terms)
    assert (status, tuple(tested["standardCommissionForOrder"].values())) == (200, fees)
    account = await customer.get("/api/v3/account")
    assert (account["makerCommission"], account["takerCommission"]) == (5, 10), "that of ETH"
