"""Bugs of the exchange itself: money, keys, time, matching."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from domain import auction
from domain.commands import Deposit
from domain.orders import SelfTradePrevention, Side
from domain.reasons import RejectReason
from engine_core import (
    breakers,
    control,
    endings,
    entry,
    expiries,
    new_orders,
    reference,
    replaces,
    resting,
    retries,
    saved_rows,
    stops,
    trades,
    trading,
)
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.request_keys import RequestKeys
from engine_core.state import State
from engine_core.turn import Turn
from matching import sweep as sweeping
from matching.reference import OrderBook
from risk import fees
from risk import reference as risk
from risk.fees import Charge, FeeRates
from risk.reference import Balances
from tests.simulation.mutants import Swap, mutant

# ---- money -----------------------------------------------------------------------------------


@mutant("hold")
def nothing_is_held(swap: Swap) -> None:
    swap.attribute(Balances, "hold", lambda self, *amount: None)


@mutant("hold")
def a_hold_forgets_one_lot(swap: Swap) -> None:
    before = Listing.hold_of

    def hold_of(self: Listing, order: Order, qty_lots: int) -> int:
        return before(self, order, max(qty_lots - 1, 0))

    swap.attribute(Listing, "hold_of", hold_of)


@mutant("hold")
def a_better_price_is_kept_by_the_house(swap: Swap) -> None:
    before = Balances.settle

    def settle(self: Balances, side: risk.FillSide) -> Charge:
        return before(self, replace(side, spent_atoms=side.released_atoms))

    swap.attribute(Balances, "settle", settle)


@mutant("hold")
def a_cancel_releases_nothing(swap: Swap) -> None:
    swap.attribute(Turn, "release", lambda self, order, amount_atoms: None)


@mutant("hold")
def a_replace_does_not_hold_more(swap: Swap) -> None:
    swap.function(replaces._more_atoms, lambda *order: 0)


@mutant("fee")
def a_fee_is_rounded_down(swap: Swap) -> None:
    def charge(received_atoms: int, fee_ppm: int, fee_debt: int) -> Charge:
        return Charge(received_atoms * fee_ppm // 1_000_000, 0)

    swap.function(fees.charge, charge)


@mutant("fee")
def every_fill_rounds_its_fee_up(swap: Swap) -> None:
    before = fees.charge
    swap.function(before, lambda atoms, fee_ppm, debt: before(atoms, fee_ppm, 0))


@mutant("fee")
def maker_and_taker_pay_each_others_fee(swap: Swap) -> None:
    before = trades._rates

    def rates(*order: Any) -> FeeRates:
        return FeeRates(*reversed(before(*order)))

    swap.function(before, rates)


@mutant("fee")
def fees_vanish(swap: Swap) -> None:
    before = Balances.deposit

    def deposit(self: Balances, account_id: int, asset_id: int, amount_atoms: int) -> None:
        if account_id > 1:
            before(self, account_id, asset_id, amount_atoms)

    swap.attribute(Balances, "deposit", deposit)


@mutant("bounds")
def an_order_may_be_worth_nothing(swap: Swap) -> None:
    swap.function(new_orders._worth_refusal, lambda *order: RejectReason.NONE)


@mutant("bounds")
def more_is_spent_than_there_is(swap: Swap) -> None:
    swap.function(entry.means_refusal, lambda *order: RejectReason.NONE)


@mutant("money commands")
def a_deposit_is_executed_as_often_as_it_is_sent(swap: Swap) -> None:
    before = control._deposit_refusal

    def refusal(turn: Turn, command: Deposit) -> RejectReason:
        reason = before(turn, command)
        return RejectReason.NONE if reason is RejectReason.SOURCE_SEQ_REPEATED else reason

    swap.function(before, refusal)


@mutant("money commands", focus="snapshots")
def a_snapshot_forgets_the_number_of_the_last_deposit(swap: Swap) -> None:
    before = saved_rows.load

    def load(*data: Any) -> State:
        state = before(*data)
        state.last_source_seq.clear()
        return state

    swap.function(before, load)


# ---- keys and time -----------------------------------------------------------------------------


@mutant("ids")
def two_orders_have_one_id(swap: Swap) -> None:
    before = entry.let_in

    def let_in(turn: Turn, *order: Any) -> None:
        before(turn, *order)
        if turn.state.next_order_id % 5 == 0:
            turn.state.next_order_id -= 1

    swap.function(before, let_in)


@mutant("ids")
def trade_ids_have_gaps(swap: Swap) -> None:
    before = trades._say_traded

    def say(turn: Turn, listing: Listing, *settled: Any) -> None:
        before(turn, listing, *settled)
        listing.next_trade_id += listing.next_trade_id == 3

    swap.function(before, say)


@mutant("retry")
def a_retry_is_executed_again(swap: Swap) -> None:
    swap.attribute(RequestKeys, "find", lambda self, account_id, key: None)


@mutant("retry")
def a_retry_of_a_refusal_is_judged_again(swap: Swap) -> None:
    before = retries.remember

    def remember(turn: Turn, request: Any, order_id: int, reason: RejectReason) -> None:
        if not reason:
            before(turn, request, order_id, reason)

    swap.function(before, remember)


@mutant("retry", focus="snapshots")
def a_snapshot_forgets_the_keys(swap: Swap) -> None:
    before = saved_rows.load

    def load(*data: Any) -> State:
        state = before(*data)
        state.keys._records.clear()
        return state

    swap.function(before, load)


@mutant("retry")
def a_retry_counts_as_other_content(swap: Swap) -> None:
    before = retries.request_of

    def request_of(turn: Turn, command: Any) -> Any:
        request = before(turn, command)
        return replace(request, digest=request.digest ^ command.valid_until_ns)

    swap.function(before, request_of)


@mutant("deadlines")
def dates_pass_unnoticed(swap: Swap) -> None:
    swap.function(expiries.end_overdue, lambda turn: None)


@mutant("dead-man switch")
def the_dead_mans_switch_does_nothing(swap: Swap) -> None:
    def pull(turn: Turn, account_id: int, steps_max: int) -> int:
        turn.state.deadlines.disarm(account_id)
        return 1

    swap.function(expiries._pull_switch, pull)


# ---- matching ----------------------------------------------------------------------------------


@mutant("market order")
def a_market_order_goes_beyond_its_band(swap: Swap) -> None:
    def bound(side: Side, best_ticks: int, band_bps: int) -> int:
        return 1 << 53 if side is Side.BUY else 1

    swap.function(trading.band_bound_ticks, bound)


@mutant("market order")
def the_rest_of_an_immediate_order_rests(swap: Swap) -> None:
    swap.function(trading._rest_or_expire, resting.rest)


@mutant("fill or kill, post-only")
def fill_or_kill_takes_what_there_is(swap: Swap) -> None:
    swap.function(trading.expire_order, lambda turn, order, reason: None)


@mutant("fill or kill, post-only")
def post_only_takes(swap: Swap) -> None:
    swap.function(entry.market_refusal, lambda *order: RejectReason.NONE)


@mutant("self-trade prevention")
def an_owner_trades_with_himself(swap: Swap) -> None:
    before = sweeping.sweep

    def sweep(*makers: Any, **terms: Any) -> Any:
        return before(*makers, **terms | {"self_trade_prevention": SelfTradePrevention.NONE})

    swap.function(before, sweep)


@mutant("self-trade prevention")
def prevention_looks_at_accounts_not_owners(swap: Swap) -> None:
    before = entry.order_of

    def order_of(*command: Any) -> Order:
        order = before(*command)
        order.group_id = order.account_id
        return order

    swap.function(before, order_of)


@mutant("self-trade prevention")
def a_decrement_takes_from_one_side_only(swap: Swap) -> None:
    before = endings.decrement_order

    def decrement(turn: Turn, order: Order, qty_lots: int, **terms: Any) -> None:
        if order.place:
            before(turn, order, qty_lots, **terms)

    swap.function(before, decrement)


@mutant("replace")
def any_smaller_replace_keeps_its_place(swap: Swap) -> None:
    def shrinks(command: Any, order: Order) -> bool:
        return bool(command.qty_lots < order.qty_lots)

    swap.function(replaces._only_shrinks, shrinks)


@mutant("replace")
def a_refused_replace_changes_the_order(swap: Swap) -> None:
    before = replaces._refusal

    def refusal(turn: Turn, command: Any, order: Order) -> RejectReason:
        reason = before(turn, command, order)
        if reason:
            order.qty_lots += 1
        return reason

    swap.function(before, refusal)


@mutant("iceberg")
def an_icebergs_next_slice_keeps_its_place(swap: Swap) -> None:
    def refill(self: State, listing: Listing, order: Order) -> None:
        shown_lots = min(order.display_qty_lots, order.leaves_qty_lots)
        order.hidden_qty_lots = order.leaves_qty_lots - shown_lots
        level = listing.book._levels[order.side][order.price_ticks]
        level.qty_lots += shown_lots

    swap.attribute(State, "refill_in_book", refill)


@mutant("stops")
def stops_never_trigger(swap: Swap) -> None:
    swap.function(stops.run_triggers, lambda turn, listing: None)


@mutant("stops")
def a_market_stop_holds_no_band(swap: Swap) -> None:
    swap.attribute(Listing, "stop_ticks", lambda self, trigger_price_ticks: trigger_price_ticks)


@mutant("auction", focus="auctions")
def an_auction_trades_at_the_lowest_price(swap: Swap) -> None:
    def uncross(bids: Any, asks: Any, reference_price_ticks: int = 0) -> Any:
        outcomes = auction._outcomes(sorted(bids), sorted(asks), reference_price_ticks)
        return min((one for one in outcomes if one.qty_lots), default=None)

    swap.function(auction.uncross, uncross)


@mutant("breakers")
def nothing_breaks_the_circuit(swap: Swap) -> None:
    swap.function(breakers.past_breaker, lambda listing, ts_ns: lambda price_ticks: False)


@mutant("breakers")
def prices_have_no_collar(swap: Swap) -> None:
    swap.function(breakers.is_outside_collar, lambda listing, price_ticks: False)


@mutant("price-time priority")
def the_last_that_came_is_served_first(swap: Swap) -> None:
    def makers(self: OrderBook[Any], taker_side: Side, bound_ticks: int) -> Iterator[Any]:
        for price_ticks, level in self._best_first(taker_side.opposite):
            if (
                (price_ticks > bound_ticks)
                if taker_side is Side.BUY
                else (price_ticks < bound_ticks)
            ):
                return
            yield from reversed(level.orders.values())

    swap.attribute(OrderBook, "makers", makers)


@mutant("price-time priority")
def orders_that_cross_rest(swap: Swap) -> None:
    swap.function(trading.rests_whole, lambda listing, order: not order.is_market)


@mutant("book sequence")
def a_change_of_the_book_is_not_counted(swap: Swap) -> None:
    def count(self: Listing) -> int:
        self.book_seq += self.book_seq != 3
        return self.book_seq

    swap.attribute(Listing, "count_visible_change", count)


@mutant("readers")
def an_event_tells_the_balance_of_before(swap: Swap) -> None:
    before = endings._close

    def close(turn: Turn, order: Order, *terms: Any) -> None:
        held = turn.spent_balance(order).held_atoms
        before(turn, order, *terms)
        turn.events[-1] = replace(turn.events[-1], held_atoms=held)  # type: ignore[call-arg]

    swap.function(before, close)


@mutant("replay")
def the_core_looks_at_something_that_is_not_in_the_log(swap: Swap) -> None:
    before = reference.Core.apply
    lives = iter(range(1 << 30))

    def apply(self: Any, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        if not hasattr(self, "_life"):
            self._life = next(lives)
        return before(self, commands, ts_ns + self._life % 2)

    swap.attribute(reference.Core, "apply", apply)
