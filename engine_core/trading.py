"""An arriving order meets the book: trades, self-trade prevention, and what is left of it."""

from collections.abc import Callable

from domain.events import Trade, TradeFlag
from domain.orders import CONDITIONAL_TYPES, AggressorSide, Side, TimeInForce
from domain.reasons import CancelReason
from engine_core.endings import cancel_order, decrement_order, expire_order
from engine_core.limits import BPS
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.order_types import RESTING_TERMS
from engine_core.resting import refill, rest
from engine_core.turn import Turn
from matching.sweep import (
    Appetite,
    ByBudget,
    ByQuantity,
    ByQuantityWithin,
    CancelMaker,
    Decrement,
    Ending,
    Fill,
    Sweep,
    sweep,
)
from risk.fees import FeeRates
from risk.reference import FillSide


def band_bound_ticks(side: Side, best_ticks: int, band_bps: int) -> int:
    """Return the worst price a market order may trade at, ``band_bps`` away from the best."""
    if side is Side.BUY:
        return best_ticks * (BPS + band_bps) // BPS
    return -(-best_ticks * (BPS - band_bps) // BPS)


def plan_taking(
    turn: Turn, listing: Listing, taker: Order, spend_atoms_max: int = 0
) -> Sweep[Order]:
    """Return what ``taker``, once announced, would do to the book now; nothing changes.

    ``spend_atoms_max`` bounds what a market stop pays.
    """
    bound_ticks = taker.price_ticks
    if taker.is_market:
        best_ticks = listing.book.best_price_ticks(taker.side.opposite) or 0
        bound_ticks = band_bound_ticks(taker.side, best_ticks, listing.terms.band_bps)
    return sweep(
        listing.book.makers(taker.side, bound_ticks),
        _appetite(listing, taker, spend_atoms_max),
        group_id=turn.state.accounts[taker.account_id].group_id,
        self_trade_prevention=taker.self_trade_prevention,
        events_max=turn.events_max,
        events_before=len(turn.events),
    )


def _appetite(listing: Listing, taker: Order, spend_atoms_max: int) -> Appetite:
    k = listing.terms.quote_atoms_per_tick_lot
    if taker.quote_budget_atoms:
        return ByBudget(taker.quote_budget_atoms, k)
    if taker.order_type in CONDITIONAL_TYPES and taker.is_market and taker.side is Side.BUY:
        return ByQuantityWithin(taker.leaves_qty_lots, spend_atoms_max, k)
    return ByQuantity(taker.leaves_qty_lots)


def enter(
    turn: Turn,
    listing: Listing,
    order: Order,
    plan: Sweep[Order] | None,
    announce: Callable[[int], None],
) -> None:
    """Let ``order`` rest or trade. It is announced with its ``book_seq`` if it rests whole at once,
    and with 0 otherwise.
    """
    if rests_whole(listing, order):
        turn.state.enter_book(listing, order)
        announce(listing.count_visible_change())
        return
    plan = plan or plan_taking(turn, listing, order)
    announce(0)
    if order.time_in_force is TimeInForce.FOK and plan.ending is not Ending.COMPLETE:
        expire_order(turn, order, CancelReason.FILL_OR_KILL)
        return
    take(turn, listing, order, plan)


def rests_whole(listing: Listing, order: Order) -> bool:
    """Return whether ``order`` would go into the book without meeting anyone."""
    if order.is_market or order.time_in_force not in RESTING_TERMS:
        return False
    return not listing.book.would_take(order.side, order.price_ticks)


def take(turn: Turn, listing: Listing, taker: Order, plan: Sweep[Order]) -> None:
    """Carry out ``plan``, then rest or end what is left of ``taker``."""
    for step in plan.steps:
        match step:
            case Fill(maker, qty_lots):
                completed = plan.ending is Ending.COMPLETE and step is plan.last_take
                _trade(turn, listing, maker, taker, qty_lots, completed)
            case CancelMaker(maker):
                cancel_order(turn, maker, CancelReason.SELF_TRADE)
            case Decrement(maker, qty_lots):
                decrement_order(turn, maker, qty_lots)
                decrement_order(turn, taker, qty_lots)
    match plan.ending:
        case Ending.COMPLETE:
            pass
        case Ending.SELF_TRADE:
            cancel_order(turn, taker, CancelReason.SELF_TRADE)
        case Ending.EVENT_LIMIT:
            cancel_order(turn, taker, CancelReason.EVENT_LIMIT)
        case Ending.NO_MAKER:
            _rest_or_expire(turn, listing, taker)


def _rest_or_expire(turn: Turn, listing: Listing, taker: Order) -> None:
    if taker.is_market:
        expire_order(turn, taker, CancelReason.MARKET_REMAINDER)
        return
    if taker.time_in_force not in RESTING_TERMS:
        expire_order(turn, taker, CancelReason.IMMEDIATE_OR_CANCEL)
        return
    rest(turn, listing, taker)


def _trade(
    turn: Turn, listing: Listing, maker: Order, taker: Order, qty_lots: int, completed: bool
) -> None:
    price_ticks = maker.price_ticks
    maker_fee_ppm = _rates(turn, listing, maker).maker_fee_ppm
    taker_fee_ppm = _rates(turn, listing, taker).taker_fee_ppm
    maker_fee_atoms = _settle(turn, listing, maker, price_ticks, qty_lots, maker_fee_ppm)
    taker_fee_atoms = _settle(turn, listing, taker, price_ticks, qty_lots, taker_fee_ppm)
    turn.state.reduce_in_book(listing, maker, qty_lots)
    if not taker.quote_budget_atoms:
        taker.leaves_qty_lots -= qty_lots
    flags = TradeFlag(0)
    if maker.leaves_qty_lots == 0:
        flags |= TradeFlag.MAKER_FILLED
    if completed:
        flags |= TradeFlag.TAKER_FILLED
    balances = turn.state.balances
    maker_received = balances.of(maker.account_id, listing.received_asset_id(maker.side))
    taker_received = balances.of(taker.account_id, listing.received_asset_id(taker.side))
    taker_spent = turn.spent_balance(taker)
    turn.emit(
        Trade(
            ts_ns=turn.ts_ns,
            trade_id=listing.next_trade_id,
            instrument_id=maker.instrument_id,
            aggressor_side=AggressorSide(taker.side),
            maker_side=maker.side,
            flags=flags,
            maker_order_id=maker.order_id,
            taker_order_id=taker.order_id,
            maker_account_id=maker.account_id,
            taker_account_id=taker.account_id,
            price_ticks=price_ticks,
            qty_lots=qty_lots,
            book_seq=listing.count_visible_change(),
            maker_fee_atoms=maker_fee_atoms,
            taker_fee_atoms=taker_fee_atoms,
            maker_received_available_atoms=maker_received.available_atoms,
            maker_held_atoms=turn.spent_balance(maker).held_atoms,
            taker_received_available_atoms=taker_received.available_atoms,
            taker_available_atoms=taker_spent.available_atoms,
            taker_held_atoms=taker_spent.held_atoms,
        )
    )
    listing.last_trade_price_ticks = price_ticks
    listing.next_trade_id += 1
    refill(turn, listing, maker)


def _rates(turn: Turn, listing: Listing, order: Order) -> FeeRates:
    return listing.rates_of(turn.state.accounts[order.account_id].fee_tier)


def _settle(
    turn: Turn, listing: Listing, order: Order, price_ticks: int, qty_lots: int, fee_ppm: int
) -> int:
    """Move what ``order`` pays and gets for one fill; return its fee."""
    spent_atoms = listing.hold_atoms(order.side, price_ticks, qty_lots)
    # A market buy has no price of its own: it holds exactly what its fills cost.
    limit_ticks = order.price_ticks or price_ticks
    fee = turn.state.balances.settle(
        FillSide(
            account_id=order.account_id,
            spent_asset_id=listing.spent_asset_id(order.side),
            released_atoms=listing.hold_atoms(order.side, limit_ticks, qty_lots),
            spent_atoms=spent_atoms,
            received_asset_id=listing.received_asset_id(order.side),
            received_atoms=listing.hold_atoms(order.side.opposite, price_ticks, qty_lots),
            fee_ppm=fee_ppm,
            fee_debt=order.fee_debt,
        )
    )
    order.fee_debt = fee.fee_debt
    order.cum_qty_lots += qty_lots
    return fee.fee_atoms
