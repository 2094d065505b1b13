"""A third matcher, deliberately naive: commands and their times in, facts out.

It reads a journal alone. Its facts are compared with those that the engine's events state: orders
accepted, refused, triggered, replaced and ended, and every fill with its fees.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from domain.client_order_ids import NO_CLIENT_ORDER_ID, InvalidClientOrderId, unpack_client_order_id
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    NewOrder,
    ReplaceOrder,
)
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, Side, TimeInForce
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core.contract import BalanceRow, OrderRow
from schemas.codec import decode_command
from schemas.errors import Malformed
from tests.property.naive_market import NaiveMarket, is_stop
from tests.property.naive_orders import (
    MARKET_TYPES,
    NO_END_LOTS,
    RESTING_TIMES,
    Fact,
    NaiveInstrument,
    NaiveOrder,
)
from tests.property.naive_venue import NaiveVenue, Refused

_NOTIONAL_MAX: Final = 2**62
_OPEN_ORDERS_MAX: Final = 10_000
_RUNS_MAX: Final = 256
_SLICES_MAX: Final = 100
_DAY_MS: Final = 86_400_000


class NaiveMatcher:
    """One engine's life from its first command."""

    def __init__(self) -> None:
        self.market = NaiveMarket()
        self.venue = NaiveVenue(self.market)
        self._orders_accepted = 0
        self._sent: dict[tuple[int, bytes], tuple[Command, int]] = {}
        """Content and order by (account_id, key) of every request that was answered for good."""
        self._switches: dict[int, int] = {}
        """When an account's orders are all to be cancelled, by account_id."""
        self._ts_ns = 0

    @property
    def facts(self) -> list[Fact]:
        """What happened so far, in order."""
        return self.market.facts

    def run(self, journal: Iterable[tuple[bytes, int]]) -> None:
        """Live through (command, log time) one by one; the command is empty where only time
        passed.
        """
        for data, ts_ns in journal:
            self._pass_time(ts_ns)
            if data:
                self._command(data)

    def open_orders(self) -> list[OrderRow]:
        """Return what is open now, as a core lists it."""
        return sorted(
            (
                order.order_id,
                order.account_id,
                order.instrument_id,
                order.side,
                order.price_ticks,
                order.qty_lots,
                order.leaves_lots,
                order.cum_lots,
            )
            for order in self.market.orders
        )

    def balances(self) -> list[BalanceRow]:
        """Return what everybody has now, as a core lists it."""
        return sorted(
            (account_id, asset_id, self.market.available_atoms(account_id, asset_id), held)
            for (account_id, asset_id), atoms in self.market.owned.items()
            if atoms
            for held in [self.market.held_atoms(account_id, asset_id)]
        )

    # ---- time ---------------------------------------------------------------------------------

    def _pass_time(self, ts_ns: int) -> None:
        self._ts_ns = ts_ns
        dated = [order for order in self.market.orders if order.expire_s]
        due: list[tuple[int, int, int]] = [
            *((order.expire_s * NS_PER_S, 0, order.order_id) for order in dated),
            *((deadline_ns, 1, account_id) for account_id, deadline_ns in self._switches.items()),
        ]
        for deadline_ns, kind, key in sorted(due):
            if deadline_ns > ts_ns:
                break
            if kind == 1:
                self._cancel_all(key, 0, CancelReason.DEAD_MAN_SWITCH)
                del self._switches[key]
                continue
            order = self._open_order(key)
            if order:
                self.market.end(order, CancelReason.GOOD_TILL_DATE)
        self._run_queues(sorted(self.market.instruments))

    def _run_queues(self, instrument_ids: list[int]) -> None:
        runs = 0
        for instrument_id in instrument_ids:
            if not self.venue.trades(instrument_id):
                continue
            self.market.queue_met(instrument_id)
            while runs < _RUNS_MAX:
                queued = [o for o in self.market.queue if o.instrument_id == instrument_id]
                if not queued:
                    break
                self.market.trigger(queued[0])
                self.market.queue_met(instrument_id)
                runs += 1

    # ---- commands -----------------------------------------------------------------------------

    def _command(self, data: bytes) -> None:
        try:
            instrument_id = self._carry_out(decode_command(data))
        except (Malformed, Refused):
            self.facts.append(("refused",))
            return
        if instrument_id:
            self._run_queues([instrument_id])

    def _carry_out(self, command: Command) -> int:
        """Execute one command; return the instrument whose stops it may have triggered, or 0.

        Raises:
            Refused: the rules forbid it.
        """
        match command:
            case NewOrder() | ReplaceOrder():
                return self._request(command)
            case CancelOrder():
                self._cancel(command)
            case CancelAll():
                self._refuse_if(command.account_id not in self.venue.groups)
                known = command.instrument_id in (0, *self.market.instruments)
                self._refuse_if(not known)
                reason = CancelReason.CANCEL_ALL
                self._cancel_all(command.account_id, command.instrument_id, reason)
            case CancelAllAfter():
                self._refuse_unless_trader(command.account_id)
                self._refuse_if(command.timeout_ms > _DAY_MS)
                self._switches.pop(command.account_id, None)
                if command.timeout_ms:
                    deadline_ns = self._ts_ns + command.timeout_ms * 1_000_000
                    self._switches[command.account_id] = deadline_ns
            case _:
                return self.venue.control(command)
        return 0

    def _request(self, command: NewOrder | ReplaceOrder) -> int:
        """Answer a request by its key: once for good, however often it comes."""
        self._refuse_unless_trader(command.account_id)
        if isinstance(command, NewOrder):
            key, order_id = command.client_order_id, 0
        else:
            key, order_id = command.request_id, command.order_id
        self._refuse_if(not _is_key(key))
        content = replace(command, valid_until_ns=0)
        before = self._sent.get((command.account_id, key))
        if before:
            self._refuse_if(before[0] != content)
            return 0
        self._refuse_if(self._ts_ns > command.valid_until_ns)
        self._sent[command.account_id, key] = (content, order_id)
        if isinstance(command, ReplaceOrder):
            return self._replace(command)
        self._sent[command.account_id, key] = (content, self._new_order(command))
        return command.instrument_id

    def _refuse_if(self, wrong: bool) -> None:
        if wrong:
            raise Refused

    def _refuse_unless_trader(self, account_id: int) -> None:
        self._refuse_if(account_id not in self.venue.groups or account_id == FEE_ACCOUNT_ID)

    def _open_order(self, order_id: int) -> NaiveOrder | None:
        found = [order for order in self.market.orders if order.order_id == order_id]
        return found[0] if found else None

    def _owned_order(self, account_id: int, instrument_id: int, order_id: int) -> NaiveOrder:
        order = self._open_order(order_id)
        if not order or order.account_id != account_id:
            raise Refused
        self._refuse_if(instrument_id not in (0, order.instrument_id))
        return order

    # ---- cancels ------------------------------------------------------------------------------

    def _cancel(self, command: CancelOrder) -> None:
        self._refuse_if(command.account_id not in self.venue.groups)
        key = command.client_order_id
        self._refuse_if(not (_is_key(key) or (command.order_id and key == NO_CLIENT_ORDER_ID)))
        order_id = command.order_id
        if not order_id:
            _, order_id = self._sent.get((command.account_id, key), (None, 0))
        order = self._owned_order(command.account_id, command.instrument_id, order_id)
        self.market.end(order, CancelReason.REQUESTED)

    def _cancel_all(self, account_id: int, instrument_id: int, reason: CancelReason) -> None:
        for order in sorted(self.market.orders, key=lambda order: order.order_id):
            if order.account_id == account_id and instrument_id in (0, order.instrument_id):
                self.market.end(order, reason)

    # ---- new orders ---------------------------------------------------------------------------

    def _new_order(self, command: NewOrder) -> int:
        instrument = self.market.instruments.get(command.instrument_id)
        if instrument is None or not self.venue.trades(command.instrument_id):
            raise Refused
        self._refuse_if(_is_odd(command))
        dated = command.time_in_force is TimeInForce.GTD
        self._refuse_if(dated != bool(command.expire_s))
        self._refuse_if(dated and command.expire_s * NS_PER_S <= self._ts_ns)
        order = self._order(command)
        self._check_numbers(instrument, order)
        mine = [other for other in self.market.orders if other.account_id == order.account_id]
        self._refuse_if(len(mine) >= _OPEN_ORDERS_MAX)
        self._check_market(instrument, order)
        self._orders_accepted += 1
        order.order_id = self._orders_accepted
        self._accept(order)
        return order.order_id

    def _order(self, command: NewOrder) -> NaiveOrder:
        lots = NO_END_LOTS if command.quote_budget_atoms else command.qty_lots
        return NaiveOrder(
            order_id=0,
            account_id=command.account_id,
            group_id=self.venue.groups[command.account_id],
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
            money_atoms=command.quote_budget_atoms or None,
            waiting=is_stop(command.order_type),
        )

    def _check_numbers(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse prices, quantities and amounts outside the instrument's bounds."""
        terms = instrument.terms
        if order.by_budget:
            smallest = max(1, terms.min_notional_atoms)
            self._refuse_if(not smallest <= (order.money_atoms or 0) <= _NOTIONAL_MAX)
            return
        if order.order_type not in MARKET_TYPES:
            self._refuse_if(not 1 <= order.price_ticks <= terms.price_max_ticks)
        if is_stop(order.order_type):
            self._refuse_if(not 1 <= order.trigger_ticks <= terms.price_max_ticks)
        self._refuse_if(not 1 <= order.qty_lots <= terms.qty_max_lots)
        self._check_slices(order.display_lots, order.qty_lots, order.display_lots != 0)
        self._check_notional(instrument, order)
        if order.order_type is not OrderType.MARKET:
            notional = instrument.cost_atoms(
                order.price_ticks or order.trigger_ticks, order.qty_lots
            )
            self._refuse_if(notional < terms.min_notional_atoms)

    def _check_slices(self, display_lots: int, qty_lots: int, display_is_new: bool) -> None:
        if display_is_new:
            self._refuse_if(not 1 <= display_lots < qty_lots)
        if display_lots:
            self._refuse_if(-(-qty_lots // display_lots) > _SLICES_MAX)

    def _check_notional(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse what is too large to be reckoned with."""
        ticks = order.price_ticks or order.trigger_ticks
        self._refuse_if(instrument.cost_atoms(ticks, order.qty_lots) > _NOTIONAL_MAX)
        if order.side is Side.SELL:
            self._refuse_if(instrument.base_atoms(order.qty_lots) > _NOTIONAL_MAX)
        elif order.order_type is not OrderType.MARKET:
            self._refuse_if(self.market.hold_atoms(order) > _NOTIONAL_MAX)

    def _check_market(self, instrument: NaiveInstrument, order: NaiveOrder) -> None:
        """Refuse what the book, the last trade or the account's funds do not allow."""
        if order.order_type is OrderType.MARKET:
            needed = self._market_hold_atoms(instrument, order)
        else:
            self._refuse_if(order.post_only and self.market.crosses(order))
            self._refuse_if(order.waiting and self.market.is_met(order))
            needed = self.market.hold_atoms(order)
        asset_id = instrument.spent_asset_id(order.side)
        self._refuse_if(needed > self.market.available_atoms(order.account_id, asset_id))

    def _market_hold_atoms(self, instrument: NaiveInstrument, order: NaiveOrder) -> int:
        """Return what a market order needs: what it would pay, found by trying it."""
        makers = self.market.opposite(order)
        self._refuse_if(not makers)
        if order.money_atoms is not None:
            lot_atoms = instrument.cost_atoms(makers[0].price_ticks, 1)
            self._refuse_if(order.money_atoms < lot_atoms)
        tried = self.market.trial(order)
        if not order.by_budget:
            self._refuse_if(tried.spent_atoms < instrument.terms.min_notional_atoms)
        if order.side is Side.BUY:
            return tried.spent_atoms
        return instrument.base_atoms(tried.cum_lots if order.by_budget else order.qty_lots)

    def _accept(self, order: NaiveOrder) -> None:
        told = ("accepted", order.order_id, order.account_id, order.instrument_id, order.side)
        terms = (order.order_type, order.price_ticks, order.shown_qty_lots)
        if order.waiting:
            self.facts.append((*told, *terms, False))
            order.place = self.market.next_place()
            self.market.orders.append(order)
        else:
            self.market.enter(order, (*told, *terms))

    # ---- replaces -----------------------------------------------------------------------------

    def _replace(self, command: ReplaceOrder) -> int:
        order = self._owned_order(command.account_id, command.instrument_id, command.order_id)
        instrument = self.market.instruments[order.instrument_id]
        self._refuse_if(not self.venue.trades(order.instrument_id))
        wanted = self._wanted(command, order)
        self._check_replaced(instrument, order, wanted, command)
        if wanted.qty_lots <= order.cum_lots:
            self.market.end(order, CancelReason.REPLACED_TO_NOTHING)
            return order.instrument_id
        self._refuse_if(_same_terms(order, wanted))
        self._refuse_if(order.waiting and self.market.is_met(wanted))
        self._refuse_if(order.post_only and self.market.crosses(wanted))
        more_atoms = self.market.hold_atoms(wanted) - self.market.hold_atoms(order)
        asset_id = instrument.spent_asset_id(order.side)
        self._refuse_if(more_atoms > self.market.available_atoms(order.account_id, asset_id))
        self._put_in_place(order, wanted)
        return order.instrument_id

    def _wanted(self, command: ReplaceOrder, order: NaiveOrder) -> NaiveOrder:
        """Return what the order is asked to be."""
        return replace(
            order,
            price_ticks=command.price_ticks,
            qty_lots=command.qty_lots,
            leaves_lots=command.qty_lots - order.cum_lots,
            trigger_ticks=command.trigger_price_ticks or order.trigger_ticks,
            display_lots=command.display_qty_lots or order.display_lots,
        )

    def _check_replaced(
        self,
        instrument: NaiveInstrument,
        order: NaiveOrder,
        wanted: NaiveOrder,
        command: ReplaceOrder,
    ) -> None:
        terms = instrument.terms
        no_price = order.waiting and order.order_type in MARKET_TYPES
        if no_price:
            self._refuse_if(command.price_ticks != 0)
        else:
            self._refuse_if(not 1 <= command.price_ticks <= terms.price_max_ticks)
        if order.waiting:
            self._refuse_if(not 1 <= wanted.trigger_ticks <= terms.price_max_ticks)
        else:
            self._refuse_if(command.trigger_price_ticks != 0)
        self._refuse_if(not 1 <= command.qty_lots <= terms.qty_max_lots)
        self._refuse_if(bool(command.display_qty_lots) and order.order_type is not OrderType.LIMIT)
        self._check_slices(wanted.display_lots, wanted.qty_lots, command.display_qty_lots != 0)
        whole = replace(wanted, leaves_lots=wanted.qty_lots)
        self._check_notional(instrument, whole)

    def _put_in_place(self, order: NaiveOrder, wanted: NaiveOrder) -> None:
        leaves_lots = wanted.leaves_lots
        told = ("replaced", order.order_id, wanted.price_ticks, wanted.qty_lots, leaves_lots)
        same_level = order.price_ticks == wanted.price_ticks
        same_slices = order.display_lots == wanted.display_lots
        at = next(at for at, other in enumerate(self.market.orders) if other is order)
        if not order.waiting and same_level and same_slices and wanted.qty_lots < order.qty_lots:
            wanted.visible_lots = min(order.visible_lots, leaves_lots)
            self.market.orders[at] = wanted
            self.facts.append((*told, True))
            return
        self.market.leave(order)
        if order.waiting:
            wanted.place = self.market.next_place()
            self.market.orders.append(wanted)
            self.facts.append((*told, False))
        else:
            self.market.enter(wanted, told)


def _is_key(packed: bytes) -> bool:
    try:
        return bool(unpack_client_order_id(packed))
    except InvalidClientOrderId:
        return False


def _same_terms(one: NaiveOrder, other: NaiveOrder) -> bool:
    names = ("price_ticks", "qty_lots", "trigger_ticks", "display_lots")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _is_odd(command: NewOrder) -> bool:
    """Return whether options are combined that exclude each other."""
    order_type, time_in_force = command.order_type, command.time_in_force
    rests = time_in_force in RESTING_TIMES
    kills = time_in_force is TimeInForce.FOK
    decrements = command.self_trade_prevention is SelfTradePrevention.DECREMENT
    by_budget = command.quote_budget_atoms != 0
    limit, market = order_type is OrderType.LIMIT, order_type is OrderType.MARKET
    return (
        order_type is OrderType.TRAILING_STOP
        or command.trailing_bps != 0
        or (order_type in MARKET_TYPES and time_in_force is not TimeInForce.IOC)
        or (order_type in MARKET_TYPES and command.price_ticks != 0)
        or (kills and decrements)
        or (command.display_qty_lots != 0 and not (limit and rests))
        or (command.flags != 0 and not (limit and rests))
        or (command.trigger_price_ticks != 0 and not is_stop(order_type))
        or (by_budget and (not market or command.qty_lots != 0 or decrements))
        or (market and not by_budget and command.qty_lots == 0)
    )
