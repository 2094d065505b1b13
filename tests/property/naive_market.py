"""The naive market: one list of open orders, sorted anew whenever somebody looks at it.

Written from the rules of the exchange, not from the code of either twin, and with none of its
structures: what is held is added up over all open orders each time, a fill-or-kill or market order
is tried on a copy of the whole market first, and nothing is bounded but by the rules (events per
command, and what deadlines may do before one, are taken to be without end).
"""

from collections import Counter
from copy import copy
from enum import Enum, auto

from domain.orders import (
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID
from tests.property.naive_orders import (
    MARKET_TYPES,
    RESTING_TIMES,
    Fact,
    NaiveAccount,
    NaiveInstrument,
    NaiveOrder,
)


class Stopped(Enum):
    """Why an order takes no more."""

    ALONE = auto()
    """It is filled, or nobody is within reach."""
    CANNOT_PAY = auto()
    CLIPPED = auto()
    """Somebody is within its reach, but the price may not move so far."""
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
        self.leaving: dict[tuple[int, int], tuple[int, int, int]] = {}
        """Withdrawals that are held: account, asset and atoms by source and number."""
        """Atoms by (account_id, asset_id), held ones included."""
        self.places = 0
        self.ts_ns = 0
        self.accounts: dict[int, NaiveAccount] = {}

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
            return instrument.cost_atoms(order.hold_ticks, order.leaves_lots)
        return instrument.cost_atoms(order.price_ticks, order.leaves_lots)

    def held_atoms(self, account_id: int, asset_id: int) -> int:
        leaving = sum(
            atoms
            for owner, asset, atoms in self.leaving.values()
            if (owner, asset) == (account_id, asset_id)
        )
        return leaving + sum(
            max(self.hold_atoms(order), self.hold_atoms(order.sibling) if order.sibling else 0)
            for order in self.orders
            if order.account_id == account_id
            and not order.is_second_leg
            and self.instruments[order.instrument_id].spent_asset_id(order.side) == asset_id
        )

    def available_atoms(self, account_id: int, asset_id: int) -> int:
        return self.owned[account_id, asset_id] - self.held_atoms(account_id, asset_id)

    def open_buys_atoms(self, account_id: int, base_asset_id: int, but_order_id: int) -> int:
        """Return base atoms that an account's open orders still want to buy, one left out."""
        return sum(
            instrument.base_atoms(order.leaves_lots)
            for order in self.orders
            for instrument in [self.instruments[order.instrument_id]]
            if (order.account_id, order.side) == (account_id, Side.BUY)
            and instrument.terms.base_asset_id == base_asset_id
            and order.order_id != but_order_id
            and not order.is_second_leg
        )

    def trial(self, order: NaiveOrder) -> NaiveOrder:
        """Return what would become of ``order`` if it took now all it can; nothing changes."""
        market = NaiveMarket()
        market.instruments = {key: copy(value) for key, value in self.instruments.items()}
        copies = {id(other): copy(other) for other in self.orders}
        market.orders = list(copies.values())
        for other in market.orders:
            other.sibling = copies[id(other.sibling)] if other.sibling else None
        market.places = self.places
        market.accounts = self.accounts
        market.ts_ns = self.ts_ns
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

    def is_open(self, order: NaiveOrder) -> bool:
        return any(other is order for other in self.orders)

    def end_all(self, orders: list[NaiveOrder], reason: CancelReason) -> None:
        """End ``orders``, the oldest first; one may end another."""
        for order in sorted(orders, key=lambda order: order.order_id):
            if self.is_open(order):
                self.end(order, reason)

    def end_sibling(self, order: NaiveOrder) -> None:
        """End the other leg, as this one is about to trade or trigger, or has ended."""
        sibling = order.sibling
        if sibling is not None:
            order.sibling = sibling.sibling = None
            self.end(sibling, CancelReason.OTHER_LEG)

    def end(self, order: NaiveOrder, reason: CancelReason) -> None:
        self.leave(order)
        cum_lots = order.cum_lots
        self.facts.append(("ended", order.order_id, reason, order.shown_leaves_lots, cum_lots))
        self.end_sibling(order)

    def enter(self, order: NaiveOrder, told: Fact) -> None:
        """Carry out an order that is accepted, triggered or replaced, as ``told`` says; whether it
        then rests at once, whole, becomes part of that fact.
        """
        limited = order.order_type not in MARKET_TYPES
        instrument = self.instruments[order.instrument_id]
        meets = instrument.matches and self.crosses(order)
        rests = limited and order.time_in_force in RESTING_TIMES and not meets
        self.facts.append((*told, rests))
        if rests:
            self.rest(order)
            return
        instrument.open_window(self.ts_ns)
        if order.time_in_force is TimeInForce.FOK and self.trial(order).leaves_lots:
            self.end(order, CancelReason.FILL_OR_KILL)
        else:
            stopped = self.take(order)
            if stopped is Stopped.CLIPPED:
                self.change_status(instrument, TradingStatus.AUCTION, StatusCause.BREAKER)
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
        instrument = self.instruments[taker.instrument_id]
        instrument.open_window(self.ts_ns)
        while makers and taker.leaves_lots and self._reaches(taker, makers[0], bound):
            maker = makers[0]
            if instrument.would_break(maker.price_ticks):
                spent = taker.by_budget and not taker.money_atoms
                return Stopped.ALONE if spent else Stopped.CLIPPED
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
            self.end_sibling(maker)
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
        self.end_sibling(maker)
        taker_fee_ppm = instrument.fees_ppm(self.accounts[taker.account_id].tier)[1]
        self._tell_trade(taker, maker, maker.price_ticks, lots, taker_fee_ppm)
        self._shrink_slice(maker, lots)

    def _tell_trade(
        self, taker: NaiveOrder, maker: NaiveOrder, ticks: int, lots: int, taker_fee_ppm: int
    ) -> None:
        instrument = self.instruments[taker.instrument_id]
        instrument.trades += 1
        instrument.last_price_ticks = ticks
        maker_fee_ppm = instrument.fees_ppm(self.accounts[maker.account_id].tier)[0]
        maker_fee = self._settle(maker, ticks, lots, maker_fee_ppm)
        taker_fee = self._settle(taker, ticks, lots, taker_fee_ppm)
        ids = (maker.instrument_id, instrument.trades, maker.order_id, taker.order_id)
        self.facts.append(("trade", *ids, ticks, lots, maker_fee, taker_fee))

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

    # ---- auctions -----------------------------------------------------------------------------

    def change_status(
        self, instrument: NaiveInstrument, wanted: TradingStatus, cause: StatusCause
    ) -> None:
        """Move an instrument to another status; before it trades nothing in its book may cross."""
        instrument.auction_ends_ns = 0
        if wanted is TradingStatus.TRADING:
            price_ticks = self._uncross_all(instrument)
            instrument.close_window()
            if price_ticks and instrument.rules.breaker_bps:
                instrument.breaker_ticks, instrument.window_start_ns = price_ticks, self.ts_ns
        if wanted is TradingStatus.AUCTION and instrument.rules.auction_s:
            ends_ns = self.ts_ns + instrument.rules.auction_s * 1_000_000_000
            instrument.auction_ends_ns = ends_ns if ends_ns < 2**63 else 0
        instrument.trading_status = wanted
        instrument_id = instrument.terms.instrument_id
        self.facts.append(("status", instrument_id, wanted, cause, instrument.auction_ends_ns))

    def _uncross_all(self, instrument: NaiveInstrument) -> int:
        """Trade at one price until no more orders cross; return the last price, 0 if none did."""
        instrument_id, last_ticks = instrument.terms.instrument_id, 0
        while True:
            bids, asks = self.book(instrument_id, Side.BUY), self.book(instrument_id, Side.SELL)
            if not bids or not asks or bids[0].price_ticks < asks[0].price_ticks:
                return last_ticks
            last_ticks, volume, imbalance = auction_price(bids, asks, instrument.reference_ticks)
            self.facts.append(("uncrossed", instrument_id, last_ticks, volume, imbalance))
            while bids and asks and bids[0].price_ticks >= last_ticks >= asks[0].price_ticks:
                self._pair(bids[0], asks[0], last_ticks)
                bids, asks = self.book(instrument_id, Side.BUY), self.book(instrument_id, Side.SELL)

    def _pair(self, bid: NaiveOrder, ask: NaiveOrder, price_ticks: int) -> None:
        """Let two orders meet at the auction's price; the younger counts as the taker."""
        older, younger = sorted((bid, ask), key=lambda order: order.place)
        lots = min(bid.leaves_lots, ask.leaves_lots)
        mode = younger.self_trade_prevention
        if bid.group_id != ask.group_id or mode is SelfTradePrevention.NONE:
            instrument = self.instruments[bid.instrument_id]
            self.end_sibling(older)
            self.end_sibling(younger)
            fee_ppm = instrument.fees_ppm(self.accounts[younger.account_id].tier)[0]
            self._tell_trade(younger, older, price_ticks, lots, fee_ppm)
            if older is bid and bid.price_ticks > price_ticks:
                asset_id = instrument.terms.quote_asset_id
                self.facts.append(("balance", bid.account_id, asset_id, 0, 0, 0))
        elif mode is SelfTradePrevention.DECREMENT:
            for order in (older, younger):
                self.end_sibling(order)
                self._reduce(order, lots)
        else:
            if mode is not SelfTradePrevention.CANCEL_TAKER:
                self.end(older, CancelReason.SELF_TRADE)
            if mode is not SelfTradePrevention.CANCEL_MAKER:
                self.end(younger, CancelReason.SELF_TRADE)
            return
        for order in (older, younger):
            order.visible_lots = min(order.visible_lots, order.leaves_lots)
            if not order.leaves_lots:
                self.leave(order)

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
        """Let trailing stops follow the price, then queue the stops newly met: those that rise by
        ascending trigger, then the others by descending trigger; at one trigger, as entered.
        """
        self._trail(instrument_id)
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

    def _trail(self, instrument_id: int) -> None:
        last_ticks = self.instruments[instrument_id].last_price_ticks
        if not last_ticks:
            return
        for order in sorted(self.orders, key=lambda order: order.order_id):
            queued = any(queued is order for queued in self.queue)
            if order.instrument_id != instrument_id or not order.trailing_bps or queued:
                continue
            sells = order.side is Side.SELL
            if last_ticks > order.water_ticks if sells else last_ticks < order.water_ticks:
                before = order.trigger_ticks
                order.trail(last_ticks)
                if order.trigger_ticks != before:
                    order.place = self.next_place()

    def trigger(self, order: NaiveOrder) -> None:
        """Turn a stop into the order it stands for, and carry that out."""
        last_ticks = self.instruments[order.instrument_id].last_price_ticks
        hold_atoms = self.hold_atoms(order)
        self.end_sibling(order)
        self.leave(order)
        order.waiting = False
        if order.order_type in MARKET_TYPES and order.side is Side.BUY:
            order.money_atoms = hold_atoms
        self.enter(order, ("triggered", order.order_id, order.leaves_lots, last_ticks))


def auction_price(
    bids: list[NaiveOrder], asks: list[NaiveOrder], reference_ticks: int
) -> tuple[int, int, int]:
    """Return the price at which most trades, how much that is, and what more is bid than asked."""
    prices = {order.price_ticks for order in bids + asks} | ({reference_ticks} - {0})
    found = []
    for price_ticks in prices:
        bid_lots = sum(bid.leaves_lots for bid in bids if bid.price_ticks >= price_ticks)
        ask_lots = sum(ask.leaves_lots for ask in asks if ask.price_ticks <= price_ticks)
        found.append((price_ticks, min(bid_lots, ask_lots), bid_lots - ask_lots))
    most = max(volume for _, volume, _ in found)
    found = [one for one in found if one[1] == most]
    least = min(abs(imbalance) for _, _, imbalance in found)
    found = [one for one in found if abs(one[2]) == least]
    if all(imbalance > 0 for _, _, imbalance in found):
        return max(found)
    if all(imbalance < 0 for _, _, imbalance in found):
        return min(found)
    if reference_ticks:
        nearest = min(abs(one[0] - reference_ticks) for one in found)
        found = [one for one in found if abs(one[0] - reference_ticks) == nearest]
    return max(found)


def is_stop(order_type: OrderType) -> bool:
    """Return whether orders of this type wait for a condition."""
    return order_type not in (OrderType.LIMIT, OrderType.MARKET)
