"""The naive market: one list of open orders, sorted anew whenever somebody looks at it.

Written from the rules of the exchange, not from the code of either twin, and with none of its
structures: what is held is added up over all open orders each time, a fill-or-kill or market order
is tried on a copy of the whole market first, and nothing is bounded but by the rules (events per
command, and what deadlines may do before one, are taken to be without end).
"""

from collections import Counter
from copy import copy
from enum import Enum, auto

from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID
from tests.property.naive_orders import (
    MARKET_TYPES,
    RESTING_TIMES,
    Fact,
    NaiveInstrument,
    NaiveOrder,
)


class Stopped(Enum):
    """Why an order takes no more."""

    ALONE = auto()
    """It is filled, or nobody is within reach."""
    CANNOT_PAY = auto()
    ENDED = auto()
    """Self-trade prevention ended it."""


class NaiveMarket:
    """Open orders, who owns what, and the facts so far."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.instruments: dict[int, NaiveInstrument] = {}
        self.orders: list[NaiveOrder] = []
        self.queue: list[NaiveOrder] = []
        """Stops whose condition was met, in the order in which they will run."""
        self.owned: Counter[tuple[int, int]] = Counter()
        """Atoms by (account_id, asset_id), held ones included."""
        self.places = 0

    # ---- looking ------------------------------------------------------------------------------

    def book(self, instrument_id: int, side: Side) -> list[NaiveOrder]:
        """Return what rests on one side: best price first, then the one that came first."""
        sign = -1 if side is Side.BUY else 1
        resting = [
            order
            for order in self.orders
            if (order.instrument_id, order.side, order.waiting) == (instrument_id, side, False)
        ]
        return sorted(resting, key=lambda order: (sign * order.price_ticks, order.place))

    def opposite(self, order: NaiveOrder) -> list[NaiveOrder]:
        return self.book(order.instrument_id, order.side.opposite)

    def crosses(self, order: NaiveOrder) -> bool:
        """Return whether a limit order would meet somebody at its price."""
        makers = self.opposite(order)
        return bool(makers) and self._reaches(order, makers[0], order.price_ticks * 10_000)

    def hold_atoms(self, order: NaiveOrder) -> int:
        """Return what an open order holds of the asset it spends."""
        instrument = self.instruments[order.instrument_id]
        if order.side is Side.SELL:
            return instrument.base_atoms(order.leaves_lots)
        if order.order_type in MARKET_TYPES:
            ticks = -(-instrument.stop_ticks_times_bps(order.trigger_ticks) // 10_000)
            return instrument.cost_atoms(ticks, order.leaves_lots)
        return instrument.cost_atoms(order.price_ticks, order.leaves_lots)

    def held_atoms(self, account_id: int, asset_id: int) -> int:
        return sum(
            self.hold_atoms(order)
            for order in self.orders
            if order.account_id == account_id
            and self.instruments[order.instrument_id].spent_asset_id(order.side) == asset_id
        )

    def available_atoms(self, account_id: int, asset_id: int) -> int:
        return self.owned[account_id, asset_id] - self.held_atoms(account_id, asset_id)

    def trial(self, order: NaiveOrder) -> NaiveOrder:
        """Return what would become of ``order`` if it took now all it can; nothing changes."""
        market = NaiveMarket()
        market.instruments = {key: copy(value) for key, value in self.instruments.items()}
        market.orders = [copy(other) for other in self.orders]
        market.places = self.places
        taker = copy(order)
        market.take(taker)
        return taker

    # ---- orders enter and leave ---------------------------------------------------------------

    def next_place(self) -> int:
        self.places += 1
        return self.places

    def rest(self, order: NaiveOrder) -> None:
        """Put ``order`` at the back of its level."""
        order.join(self.next_place())
        self.orders.append(order)

    def leave(self, order: NaiveOrder) -> None:
        """Take ``order`` out of wherever it is."""
        self.orders = [other for other in self.orders if other is not order]
        self.queue = [other for other in self.queue if other is not order]

    def end(self, order: NaiveOrder, reason: CancelReason) -> None:
        self.leave(order)
        cum_lots = order.cum_lots
        self.facts.append(("ended", order.order_id, reason, order.shown_leaves_lots, cum_lots))

    def enter(self, order: NaiveOrder, told: Fact) -> None:
        """Carry out an order that is accepted, triggered or replaced, as ``told`` says; whether it
        then rests at once, whole, becomes part of that fact.
        """
        limited = order.order_type not in MARKET_TYPES
        rests = limited and order.time_in_force in RESTING_TIMES and not self.crosses(order)
        self.facts.append((*told, rests))
        if rests:
            self.rest(order)
        elif order.time_in_force is TimeInForce.FOK and self.trial(order).leaves_lots:
            self.end(order, CancelReason.FILL_OR_KILL)
        else:
            stopped = self.take(order)
            if stopped is not Stopped.ENDED:
                self._close(order, stopped)

    def _close(self, order: NaiveOrder, stopped: Stopped) -> None:
        """End, or rest, what is left once nobody more can be met."""
        if order.by_budget:
            all_spent = stopped is Stopped.CANNOT_PAY or not order.money_atoms
            if not (order.cum_lots and all_spent):
                self.end(order, CancelReason.MARKET_REMAINDER)
        elif order.leaves_lots and order.order_type in MARKET_TYPES:
            self.end(order, CancelReason.MARKET_REMAINDER)
        elif order.leaves_lots and order.time_in_force in RESTING_TIMES:
            self.rest(order)
            self._tell_rested(order)
        elif order.leaves_lots:
            self.end(order, CancelReason.IMMEDIATE_OR_CANCEL)

    def _tell_rested(self, order: NaiveOrder) -> None:
        self.facts.append(("rested", order.order_id, order.visible_lots, order.leaves_lots))

    # ---- meeting ------------------------------------------------------------------------------

    def take(self, taker: NaiveOrder) -> Stopped:
        """Trade with whoever is best for as long as there is somebody; return why no longer."""
        makers = self.opposite(taker)
        if not makers:
            return Stopped.ALONE
        bound = self._bound_times_bps(taker, makers[0])
        while makers and taker.leaves_lots and self._reaches(taker, makers[0], bound):
            maker = makers[0]
            if self._cannot_pay(taker, maker):
                return Stopped.CANNOT_PAY
            mode = taker.self_trade_prevention
            if maker.group_id == taker.group_id and mode is not SelfTradePrevention.NONE:
                if self._meet_own(taker, maker, mode):
                    return Stopped.ENDED
            else:
                self._trade(taker, maker)
            makers = self.opposite(taker)
        return Stopped.ALONE

    def _bound_times_bps(self, taker: NaiveOrder, best: NaiveOrder) -> int:
        """Return the worst price for ``taker`` in ticks, times 10,000."""
        if taker.order_type not in MARKET_TYPES:
            return taker.price_ticks * 10_000
        band_bps = self.instruments[taker.instrument_id].terms.band_bps
        return best.price_ticks * (10_000 + (band_bps if taker.side is Side.BUY else -band_bps))

    def _reaches(self, taker: NaiveOrder, maker: NaiveOrder, bound_times_bps: int) -> bool:
        price = maker.price_ticks * 10_000
        return price <= bound_times_bps if taker.side is Side.BUY else price >= bound_times_bps

    def _cannot_pay(self, taker: NaiveOrder, maker: NaiveOrder) -> bool:
        """Return whether the taker's money does not reach for one lot of the maker's."""
        if taker.money_atoms is None:
            return False
        instrument = self.instruments[taker.instrument_id]
        return taker.money_atoms < instrument.cost_atoms(maker.price_ticks, 1)

    def _meet_own(self, taker: NaiveOrder, maker: NaiveOrder, mode: SelfTradePrevention) -> bool:
        """Apply the taker's mode; return whether that was its end."""
        if mode in (SelfTradePrevention.CANCEL_MAKER, SelfTradePrevention.CANCEL_BOTH):
            self.end(maker, CancelReason.SELF_TRADE)
        if mode in (SelfTradePrevention.CANCEL_TAKER, SelfTradePrevention.CANCEL_BOTH):
            self.end(taker, CancelReason.SELF_TRADE)
            return True
        if mode is SelfTradePrevention.DECREMENT:
            lots = min(maker.visible_lots, taker.leaves_lots)
            self._reduce(maker, lots)
            self._shrink_slice(maker, lots)
            self._reduce(taker, lots)
        return False

    def _reduce(self, order: NaiveOrder, lots: int) -> None:
        order.qty_lots -= lots
        order.leaves_lots -= lots
        self.facts.append(("reduced", order.order_id, lots, order.leaves_lots))

    def _shrink_slice(self, maker: NaiveOrder, lots: int) -> None:
        """Take ``lots`` off what a maker shows: a used up slice is followed by the next one."""
        maker.visible_lots -= lots
        if not maker.leaves_lots:
            self.leave(maker)
        elif not maker.visible_lots:
            maker.join(self.next_place())
            self._tell_rested(maker)

    def _trade(self, taker: NaiveOrder, maker: NaiveOrder) -> None:
        instrument = self.instruments[taker.instrument_id]
        lots = min(maker.visible_lots, taker.leaves_lots)
        if taker.money_atoms is not None:
            lots = min(lots, taker.money_atoms // instrument.cost_atoms(maker.price_ticks, 1))
            taker.money_atoms -= instrument.cost_atoms(maker.price_ticks, lots)
        instrument.trades += 1
        instrument.last_price_ticks = maker.price_ticks
        terms = instrument.terms
        maker_fee = self._settle(maker, maker.price_ticks, lots, terms.maker_fee_ppm)
        taker_fee = self._settle(taker, maker.price_ticks, lots, terms.taker_fee_ppm)
        ids = (terms.instrument_id, instrument.trades, maker.order_id, taker.order_id)
        self.facts.append(("trade", *ids, maker.price_ticks, lots, maker_fee, taker_fee))
        self._shrink_slice(maker, lots)

    def _settle(self, order: NaiveOrder, price_ticks: int, lots: int, ppm: int) -> int:
        """Move one party's assets and its fee; return the fee in atoms of what it receives."""
        instrument = self.instruments[order.instrument_id]
        quote_atoms = instrument.cost_atoms(price_ticks, lots)
        base_atoms = instrument.base_atoms(lots)
        buys = order.side is Side.BUY
        paid, received = (quote_atoms, base_atoms) if buys else (base_atoms, quote_atoms)
        order.leaves_lots -= lots
        order.cum_lots += lots
        order.spent_atoms += quote_atoms
        order.fee_times_million += received * ppm
        fee = -(-order.fee_times_million // 1_000_000) - order.charged_atoms
        order.charged_atoms += fee
        received_asset_id = instrument.spent_asset_id(order.side.opposite)
        self.owned[order.account_id, instrument.spent_asset_id(order.side)] -= paid
        self.owned[order.account_id, received_asset_id] += received - fee
        self.owned[FEE_ACCOUNT_ID, received_asset_id] += fee
        return fee

    # ---- conditions ---------------------------------------------------------------------------

    def is_met(self, order: NaiveOrder) -> bool:
        """Return whether a stop's condition holds at the last trade's price."""
        last_ticks = self.instruments[order.instrument_id].last_price_ticks
        if not last_ticks:
            return False
        if order.rises:
            return last_ticks >= order.trigger_ticks
        return last_ticks <= order.trigger_ticks

    def queue_met(self, instrument_id: int) -> None:
        """Queue the stops newly met: those that rise by ascending trigger, then the others by
        descending trigger; at one trigger, as they were entered.
        """
        met = [
            order
            for order in self.orders
            if order.instrument_id == instrument_id and order.waiting
            if self.is_met(order) and not any(queued is order for queued in self.queue)
        ]
        rising = [order for order in met if order.rises]
        falling = [order for order in met if not order.rises]
        self.queue += sorted(rising, key=lambda order: (order.trigger_ticks, order.place))
        self.queue += sorted(falling, key=lambda order: (-order.trigger_ticks, order.place))

    def trigger(self, order: NaiveOrder) -> None:
        """Turn a stop into the order it stands for, and carry that out."""
        last_ticks = self.instruments[order.instrument_id].last_price_ticks
        hold_atoms = self.hold_atoms(order)
        self.leave(order)
        order.waiting = False
        if order.order_type in MARKET_TYPES and order.side is Side.BUY:
            order.money_atoms = hold_atoms
        self.enter(order, ("triggered", order.order_id, order.leaves_lots, last_ticks))


def is_stop(order_type: OrderType) -> bool:
    """Return whether orders of this type wait for a condition."""
    return order_type not in (OrderType.LIMIT, OrderType.MARKET)
