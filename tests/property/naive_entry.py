"""How the naive matcher judges new orders and amendments, and lets them in."""

from dataclasses import replace
from typing import Final

from domain.commands import NewOrder, NewOrderList, OrderListLeg, ReplaceOrder
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, Side, TimeInForce
from domain.reasons import CancelReason
from domain.units import NS_PER_S
from tests.property.naive_market import NaiveMarket, is_stop
from tests.property.naive_orders import (
    MARKET_TYPES,
    NO_END_LOTS,
    RESTING_TIMES,
    NaiveInstrument,
    NaiveOrder,
)
from tests.property.naive_venue import Refused, need

_NOTIONAL_MAX: Final = 2**62
_OPEN_ORDERS_MAX: Final = 10_000
_TRAILING_MAX: Final = 1_024
_SLICES_MAX: Final = 100


class NaiveEntry:
    """The door to the market."""

    def __init__(self, market: NaiveMarket) -> None:
        self._market = market
        self._orders_accepted = 0

    # ---- new orders ---------------------------------------------------------------------------

    def new_order(self, command: NewOrder, ts_ns: int) -> int:
        """Enter an order; return its id.

        Raises:
            Refused: the rules forbid it.
        """
        instrument = self._instrument(command.instrument_id)
        order = self._judged(command, instrument, ts_ns)
        self._check_counts([order])
        self._check_market(instrument, order)
        return self._accept(order)

    def new_list(
        self, command: NewOrderList, legs: list[OrderListLeg], known: set[bytes], ts_ns: int
    ) -> int:
        """Enter two orders of which one cancels the other; return the first one's id. ``known``:
        the keys that the account has used.

        Raises:
            Refused: the rules forbid it.
        """
        instrument = self._instrument(command.instrument_id)
        need(len(legs) == 2 and _make_a_list(command, legs))
        first, second = (self._judged_leg(leg, instrument, known, ts_ns) for leg in legs)
        self._check_counts([first, second])
        for order, lots in ((first, None), (second, first.qty_lots)):
            self._check_limits(instrument, order, self._notional(instrument, order), lots)
        needed = max(self._market.hold_atoms(first), self._market.hold_atoms(second))
        asset_id = instrument.spent_asset_id(first.side)
        need(needed <= self._market.available_atoms(command.account_id, asset_id))
        first_id = self._orders_accepted + 1
        self._market.facts.append(("list", command.account_id, first_id, first_id + 1))
        self._accept(first)
        self._accept(second)
        first.sibling, second.sibling = second, first
        return first_id

    def _judged_leg(
        self, leg: OrderListLeg, instrument: NaiveInstrument, known: set[bytes], ts_ns: int
    ) -> NaiveOrder:
        need(leg.client_order_id not in known)
        order = self._judged(leg, instrument, ts_ns)
        self._check_book(order)
        return order

    def _instrument(self, instrument_id: int) -> NaiveInstrument:
        instrument = self._market.instruments.get(instrument_id)
        if instrument is None or not instrument.takes_orders:
            raise Refused
        return instrument

    def _judged(self, command: NewOrder, instrument: NaiveInstrument, ts_ns: int) -> NaiveOrder:
        """Return the order that is asked for, if its own terms are right."""
        need(not _is_odd(command))
        need(instrument.matches or _suits_an_auction(command))
        dated = command.time_in_force is TimeInForce.GTD
        need(dated == bool(command.expire_s))
        need(not dated or command.expire_s * NS_PER_S > ts_ns)
        order = self._order(command, instrument)
        self._check_numbers(instrument, order)
        return order

    def _order(self, command: NewOrder, instrument: NaiveInstrument) -> NaiveOrder:
        lots = NO_END_LOTS if command.quote_budget_atoms else command.qty_lots
        order = NaiveOrder(
            order_id=0,
            account_id=command.account_id,
            group_id=self._market.accounts[command.account_id].group_id,
            instrument_id=command.instrument_id,
            side=command.side,
            order_type=command.order_type,
            time_in_force=command.time_in_force,
            self_trade_prevention=command.self_trade_prevention,
            post_only=OrderFlag.POST_ONLY in command.flags,
            price_ticks=command.price_ticks,
            qty_lots=lots,
            leaves_lots=lots,
            display_lots=command.display_qty_lots,
            trigger_ticks=command.trigger_price_ticks,
            expire_s=command.expire_s,
            trailing_bps=command.trailing_bps,
            money_atoms=command.quote_budget_atoms or None,
            waiting=is_stop(command.order_type),
        )
        if order.trailing_bps:
            need(1 <= order.trailing_bps <= 9_999 and instrument.reference_ticks > 0)
            order.trail(instrument.reference_ticks)
        order.hold_ticks = instrument.stop_ticks(order.trigger_ticks)
        return order

    def _check_numbers(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse prices, quantities and amounts outside the instrument's bounds."""
        terms = instrument.terms
        if order.by_budget:
            smallest = max(1, terms.min_notional_atoms)
            need(smallest <= (order.money_atoms or 0) <= _NOTIONAL_MAX)
            return
        if order.order_type not in MARKET_TYPES:
            need(1 <= order.price_ticks <= terms.price_max_ticks)
            need(not instrument.is_outside_collar(order.price_ticks))
        if is_stop(order.order_type) and not order.trailing_bps:
            need(1 <= order.trigger_ticks <= terms.price_max_ticks)
        need(1 <= order.qty_lots <= terms.qty_max_lots)
        self._check_slices(order.display_lots, order.qty_lots, order.display_lots != 0)
        self._check_notional(instrument, order)
        if order.order_type is not OrderType.MARKET:
            need(self._notional(instrument, order) >= terms.min_notional_atoms)

    def _check_slices(self, display_lots: int, qty_lots: int, display_is_new: bool) -> None:
        if display_is_new:
            need(1 <= display_lots < qty_lots)
        if display_lots:
            need(-(-qty_lots // display_lots) <= _SLICES_MAX)

    def _notional(self, instrument: NaiveInstrument, order: NaiveOrder) -> int:
        """Return quote atoms of the whole order at its price, or where it triggers."""
        ticks = order.price_ticks or order.trigger_ticks
        return instrument.cost_atoms(ticks, order.qty_lots)

    def _check_notional(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse what is too large to be reckoned with."""
        need(self._notional(instrument, order) <= _NOTIONAL_MAX)
        if order.side is Side.SELL:
            need(instrument.base_atoms(order.qty_lots) <= _NOTIONAL_MAX)
        elif order.order_type is not OrderType.MARKET:
            whole = replace(order, leaves_lots=order.qty_lots)
            need(self._market.hold_atoms(whole) <= _NOTIONAL_MAX)

    def _check_counts(self, entering: list[NaiveOrder]) -> None:
        """Refuse one order too many."""
        account_id, instrument_id = entering[0].account_id, entering[0].instrument_id
        own_max = self._market.accounts[account_id].open_orders_max or _OPEN_ORDERS_MAX
        mine = [other for other in self._market.orders if other.account_id == account_id]
        need(len(mine) + len(entering) <= min(own_max, _OPEN_ORDERS_MAX))
        there = [other for other in self._market.orders if other.instrument_id == instrument_id]
        new = [order for order in entering if order.trailing_bps]
        trailing = [other for other in there if other.trailing_bps]
        need(not new or len(trailing) + len(new) <= _TRAILING_MAX)

    def _check_book(self, order: NaiveOrder) -> None:
        need(not (order.post_only and self._market.crosses(order)))
        need(not (order.waiting and self._market.is_met(order)))

    def _check_market(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse what the book, the last trade, the account's limits or funds do not allow."""
        lots = order.qty_lots
        if order.order_type is OrderType.MARKET:
            tried = self._tried(instrument, order)
            needed = instrument.base_atoms(tried.cum_lots if order.by_budget else lots)
            if order.side is Side.BUY:
                needed = tried.spent_atoms
            notional = order.money_atoms if order.by_budget else tried.spent_atoms
            lots = tried.cum_lots if order.by_budget else lots
        else:
            self._check_book(order)
            needed = self._market.hold_atoms(order)
            notional = self._notional(instrument, order)
        self._check_limits(instrument, order, notional or 0, lots)
        asset_id = instrument.spent_asset_id(order.side)
        need(needed <= self._market.available_atoms(order.account_id, asset_id))

    def _tried(self, instrument: NaiveInstrument, order: NaiveOrder) -> NaiveOrder:
        """Return what a market order would come to."""
        makers = self._market.opposite(order)
        need(len(makers) > 0)
        if order.money_atoms is not None:
            need(order.money_atoms >= instrument.cost_atoms(makers[0].price_ticks, 1))
        tried = self._market.trial(order)
        if not order.by_budget:
            need(tried.spent_atoms >= instrument.terms.min_notional_atoms)
        return tried

    def _check_limits(
        self, instrument: NaiveInstrument, order: NaiveOrder, notional_atoms: int, lots: int | None
    ) -> None:
        """Refuse an order, or a position with ``lots`` more, larger than the account may have."""
        account = self._market.accounts[order.account_id]
        base_id, quote_id = instrument.terms.base_asset_id, instrument.terms.quote_asset_id
        largest = account.notional_max_atoms.get(quote_id, 0)
        need(not largest or notional_atoms <= largest)
        cap = account.position_max_atoms.get(base_id, 0)
        if cap and lots is not None and order.side is Side.BUY:
            position = self._market.owned[order.account_id, base_id]
            position += self._market.open_buys_atoms(order.account_id, base_id, order.order_id)
            need(position + instrument.base_atoms(lots) <= cap)

    def _accept(self, order: NaiveOrder) -> int:
        self._orders_accepted += 1
        order.order_id = self._orders_accepted
        told = ("accepted", order.order_id, order.account_id, order.instrument_id, order.side)
        terms = (order.order_type, order.price_ticks, order.trigger_ticks, order.shown_qty_lots)
        if order.waiting:
            self._market.facts.append((*told, *terms, False))
            order.place = self._market.next_place()
            self._market.orders.append(order)
        else:
            self._market.enter(order, (*told, *terms))
        return order.order_id

    # ---- replaces -----------------------------------------------------------------------------

    def replace(self, command: ReplaceOrder, order: NaiveOrder) -> None:
        """Amend an open order.

        Raises:
            Refused: the rules forbid it.
        """
        instrument = self._market.instruments[order.instrument_id]
        need(instrument.takes_orders and (instrument.matches or not order.post_only))
        need(order.sibling is None)
        wanted = self._wanted(command, order, instrument)
        self._check_replaced(instrument, order, wanted, command)
        if wanted.qty_lots <= order.cum_lots:
            self._market.end(order, CancelReason.REPLACED_TO_NOTHING)
            return
        need(not _same_terms(order, wanted))
        need(not (order.waiting and self._market.is_met(wanted)))
        need(not (order.post_only and self._market.crosses(wanted)))
        more_lots = wanted.leaves_lots if wanted.leaves_lots > order.leaves_lots else None
        self._check_limits(instrument, wanted, self._notional(instrument, wanted), more_lots)
        more_atoms = self._market.hold_atoms(wanted) - self._market.hold_atoms(order)
        asset_id = instrument.spent_asset_id(order.side)
        need(more_atoms <= self._market.available_atoms(order.account_id, asset_id))
        self._put_in_place(order, wanted)

    def _wanted(
        self, command: ReplaceOrder, order: NaiveOrder, instrument: NaiveInstrument
    ) -> NaiveOrder:
        """Return what the order is asked to be."""
        wanted = replace(
            order,
            price_ticks=command.price_ticks,
            qty_lots=command.qty_lots,
            leaves_lots=command.qty_lots - order.cum_lots,
            trigger_ticks=command.trigger_price_ticks or order.trigger_ticks,
            display_lots=command.display_qty_lots or order.display_lots,
        )
        wanted.hold_ticks = instrument.stop_ticks(wanted.trigger_ticks)
        return wanted

    def _check_replaced(
        self,
        instrument: NaiveInstrument,
        order: NaiveOrder,
        wanted: NaiveOrder,
        command: ReplaceOrder,
    ) -> None:
        terms = instrument.terms
        if order.waiting and order.order_type in MARKET_TYPES:
            need(command.price_ticks == 0)
        else:
            need(1 <= command.price_ticks <= terms.price_max_ticks)
            need(not instrument.is_outside_collar(command.price_ticks))
        if not order.waiting or order.trailing_bps:
            need(command.trigger_price_ticks == 0)
        elif command.trigger_price_ticks:
            need(1 <= command.trigger_price_ticks <= terms.price_max_ticks)
        need(1 <= command.qty_lots <= terms.qty_max_lots)
        need(not command.display_qty_lots or order.order_type is OrderType.LIMIT)
        self._check_slices(wanted.display_lots, wanted.qty_lots, command.display_qty_lots != 0)
        self._check_notional(instrument, wanted)

    def _put_in_place(self, order: NaiveOrder, wanted: NaiveOrder) -> None:
        leaves_lots = wanted.leaves_lots
        told = ("replaced", order.order_id, wanted.price_ticks, wanted.qty_lots, leaves_lots)
        same_level = order.price_ticks == wanted.price_ticks
        same_slices = order.display_lots == wanted.display_lots
        at = next(at for at, other in enumerate(self._market.orders) if other is order)
        if not order.waiting and same_level and same_slices and wanted.qty_lots < order.qty_lots:
            wanted.visible_lots = min(order.visible_lots, leaves_lots)
            self._market.orders[at] = wanted
            self._market.facts.append((*told, True))
            return
        self._market.leave(order)
        if order.waiting:
            wanted.place = self._market.next_place()
            self._market.orders.append(wanted)
            self._market.facts.append((*told, False))
        else:
            self._market.enter(wanted, told)


def _same_terms(one: NaiveOrder, other: NaiveOrder) -> bool:
    names = ("price_ticks", "qty_lots", "trigger_ticks", "display_lots")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _make_a_list(command: NewOrderList, legs: list[OrderListLeg]) -> bool:
    """Return whether two legs and their list belong together."""
    for name in ("account_id", "instrument_id"):
        if any(getattr(leg, name) != getattr(command, name) for leg in legs):
            return False
    limits = [leg for leg in legs if leg.order_type is OrderType.LIMIT]
    keys = {command.client_order_id, *(leg.client_order_id for leg in legs)}
    return (
        legs[0].side is legs[1].side
        and legs[0].qty_lots == legs[1].qty_lots
        and all(leg.order_type is not OrderType.MARKET for leg in legs)
        and len(limits) < 2
        and all(OrderFlag.POST_ONLY in leg.flags for leg in limits)
        and len(keys) == 3
    )


def _suits_an_auction(command: NewOrder) -> bool:
    """Return whether an order can wait for an auction's end."""
    rests = command.time_in_force in RESTING_TIMES and command.flags == 0
    return is_stop(command.order_type) or (command.order_type is OrderType.LIMIT and rests)


def _is_odd(command: NewOrder) -> bool:
    """Return whether options are combined that exclude each other."""
    order_type, time_in_force = command.order_type, command.time_in_force
    rests = time_in_force in RESTING_TIMES
    kills = time_in_force is TimeInForce.FOK
    decrements = command.self_trade_prevention is SelfTradePrevention.DECREMENT
    by_budget = command.quote_budget_atoms != 0
    limit, market = order_type is OrderType.LIMIT, order_type is OrderType.MARKET
    trails = order_type is OrderType.TRAILING_STOP
    return (
        trails != (command.trailing_bps != 0)
        or (order_type in MARKET_TYPES and time_in_force is not TimeInForce.IOC)
        or (order_type in MARKET_TYPES and command.price_ticks != 0)
        or (kills and decrements)
        or (command.display_qty_lots != 0 and not (limit and rests))
        or (command.flags != 0 and not (limit and rests))
        or (command.trigger_price_ticks != 0 and (trails or not is_stop(order_type)))
        or (by_budget and (not market or command.qty_lots != 0 or decrements))
        or (market and not by_budget and command.qty_lots == 0)
    )
