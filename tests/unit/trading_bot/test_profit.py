"""Profit at average cost adds up to what the fills left in hand, to the atom."""

from hypothesis import given
from hypothesis import strategies as st

from domain.orders import Side
from tests.unit.trading_bot.market import BTC_USDT, UNIT
from trading_bot.profit import Position
from trading_bot.strategy import OwnFill

HUNDRED = BTC_USDT.price_ticks("100")


def _fill(side: Side, price_ticks: int, qty_lots: int, fee_atoms: int = 0) -> OwnFill:
    return OwnFill("BTC-USDT", side, price_ticks, qty_lots, fee_atoms, is_maker=True)


def test_what_was_bought_and_sold_higher_is_realised_and_the_rest_is_not() -> None:
    position = Position(BTC_USDT)
    one = 100_000  # a whole BTC
    position.add(_fill(Side.BUY, HUNDRED, 2 * one))
    position.add(_fill(Side.SELL, 110 * 100, one))
    made = position.profit(mark_ticks=120 * 100)
    assert (made.position_lots, made.realised_atoms) == (one, 10 * UNIT)
    assert (made.unrealised_atoms, made.net_atoms) == (20 * UNIT, 30 * UNIT)


def test_a_position_that_turns_is_closed_first_and_opened_anew() -> None:
    position = Position(BTC_USDT)
    position.add(_fill(Side.SELL, HUNDRED, 100_000))
    position.add(_fill(Side.BUY, 90 * 100, 300_000))
    made = position.profit(mark_ticks=95 * 100)
    assert (made.position_lots, made.realised_atoms) == (200_000, 10 * UNIT)
    assert made.unrealised_atoms == 10 * UNIT


def test_a_fee_in_base_counts_at_the_price_of_its_fill() -> None:
    position = Position(BTC_USDT)
    position.add(_fill(Side.BUY, HUNDRED, 100_000, fee_atoms=UNIT // 1_000))
    position.add(_fill(Side.SELL, HUNDRED, 100_000, fee_atoms=UNIT // 10))
    assert position.profit(None).fees_atoms == UNIT // 10 + UNIT // 10
    assert position.profit(None).net_atoms == -UNIT // 5


FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 10_000), st.integers(1, 10_000)), max_size=40
)


@given(FILLS, st.integers(1, 10_000))
def test_realised_and_unrealised_are_what_is_in_hand(
    fills: list[tuple[Side, int, int]], mark_ticks: int
) -> None:
    position, cash_atoms, lots = Position(BTC_USDT), 0, 0
    for side, price_ticks, qty_lots in fills:
        position.add(_fill(side, price_ticks, qty_lots))
        signed = qty_lots if side is Side.BUY else -qty_lots
        cash_atoms -= BTC_USDT.notional_atoms(price_ticks, signed)
        lots += signed
    worth_atoms = BTC_USDT.notional_atoms(mark_ticks, lots)
    assert position.profit(mark_ticks).net_atoms == cash_atoms + worth_atoms
    assert position.lots == lots
