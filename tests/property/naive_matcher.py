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
    NewOrderList,
    OrderListLeg,
    ReplaceOrder,
)
from domain.orders import AccountStatus, StatusCause, TradingStatus
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core.contract import BalanceRow, OrderRow
from schemas.codec import decode_command
from schemas.errors import Malformed
from tests.property.naive_entry import NaiveEntry
from tests.property.naive_market import NaiveMarket
from tests.property.naive_orders import Fact, NaiveAccount, NaiveOrder
from tests.property.naive_venue import NaiveVenue, Refused, need

_RUNS_MAX: Final = 256
_DAY_MS: Final = 86_400_000
_ORDER, _SWITCH, _STATUS, _AUCTION = range(4)
"""What a deadline ends, in the order of one nanosecond."""


class NaiveMatcher:
    """One engine's life from its first command."""

    def __init__(self) -> None:
        self.market = NaiveMarket()
        self.venue = NaiveVenue(self.market)
        self._entry = NaiveEntry(self.market)
        self._sent: dict[tuple[int, bytes], tuple[object, int]] = {}
        """Content and order by (account_id, key) of every request that was answered for good."""
        self._parked: dict[int, list[OrderListLeg]] = {}
        """Legs of lists still to come, by account_id."""
        self._switches: dict[int, int] = {}
        """When an account's orders are all to be cancelled, by account_id."""
        self._ts_ns = 0
        self._runs = 0
        """Stops that ran in this turn."""

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
        self._ts_ns = self.market.ts_ns = ts_ns
        self._runs = 0
        for deadline_ns, kind, key in sorted(self._deadlines()):
            if deadline_ns <= ts_ns:
                self._end_by_time(deadline_ns, kind, key)
        self._runs = 0
        self._run_queues(sorted(self.market.instruments))

    def _deadlines(self) -> list[tuple[int, int, int]]:
        """Return (deadline_ns, what, id) of everything that is to end by itself."""
        due = [(deadline_ns, _SWITCH, key) for key, deadline_ns in self._switches.items()]
        for order in self.market.orders:
            if order.expire_s:
                due.append((order.expire_s * NS_PER_S, _ORDER, order.order_id))
        for key, instrument in self.market.instruments.items():
            due += [(at_s * NS_PER_S, _STATUS, key) for at_s in instrument.scheduled]
            if instrument.auction_ends_ns and not self.venue.halted:
                due.append((instrument.auction_ends_ns, _AUCTION, key))
        return due

    def _end_by_time(self, deadline_ns: int, kind: int, key: int) -> None:
        if kind == _SWITCH:
            self._cancel_all(key, 0, CancelReason.DEAD_MAN_SWITCH)
            del self._switches[key]
        elif kind == _STATUS:
            wanted = self.market.instruments[key].scheduled.pop(deadline_ns // NS_PER_S)
            self._move(key, wanted, StatusCause.SCHEDULED)
        elif kind == _AUCTION:
            if self.market.instruments[key].auction_ends_ns == deadline_ns:
                self._move(key, TradingStatus.TRADING, StatusCause.AUCTION_ENDED)
        elif order := self._open_order(key):
            self.market.end(order, CancelReason.GOOD_TILL_DATE)

    def _move(self, instrument_id: int, wanted: TradingStatus, cause: StatusCause) -> None:
        try:
            self.venue.set_status(instrument_id, wanted, cause)
        except Refused:
            return
        self._run_queues([instrument_id])

    def _run_queues(self, instrument_ids: list[int]) -> None:
        for instrument_id in instrument_ids:
            instrument = self.market.instruments[instrument_id]
            if self.venue.halted or not instrument.matches:
                continue
            self.market.queue_met(instrument_id)
            while self._runs < _RUNS_MAX and instrument.matches:
                queued = [o for o in self.market.queue if o.instrument_id == instrument_id]
                if not queued:
                    break
                self._runs += 1
                self.market.trigger(queued[0])
                if instrument.matches:
                    self.market.queue_met(instrument_id)

    # ---- commands -----------------------------------------------------------------------------

    def _command(self, data: bytes) -> None:
        try:
            instrument_id = self._carry_out(decode_command(data))
        except (Malformed, Refused):
            self.facts.append(("refused",))
            return
        self._runs = 0
        if instrument_id:
            self._run_queues([instrument_id])

    def _carry_out(self, command: Command) -> int:
        """Execute one command; return the instrument whose stops it may have triggered, or 0.

        Raises:
            Refused: the rules forbid it.
        """
        match command:
            case OrderListLeg():
                self._need_active(command.account_id)
                need(_is_key(command.client_order_id))
                parked = self._parked.get(command.account_id, [])
                self._parked[command.account_id] = [*parked[-1:], command]
            case NewOrderList():
                self._list(command)
            case NewOrder() | ReplaceOrder():
                return self._request(command)
            case CancelOrder():
                self._cancel(command)
            case CancelAll():
                need(command.account_id in self.market.accounts)
                need(command.instrument_id in (0, *self.market.instruments))
                reason = CancelReason.CANCEL_ALL
                self._cancel_all(command.account_id, command.instrument_id, reason)
            case CancelAllAfter():
                self._need_trader(command.account_id)
                need(command.timeout_ms <= _DAY_MS)
                self._switches.pop(command.account_id, None)
                if command.timeout_ms:
                    deadline_ns = self._ts_ns + command.timeout_ms * 1_000_000
                    self._switches[command.account_id] = deadline_ns
            case _:
                return self.venue.control(command, self._ts_ns)
        return 0

    def _request(self, command: NewOrder | ReplaceOrder) -> int:
        """Answer a request by its key: once for good, however often it comes."""
        account = self._need_active(command.account_id)
        if isinstance(command, NewOrder):
            key, order_id = command.client_order_id, 0
        else:
            key, order_id = command.request_id, command.order_id
        need(_is_key(key))
        content = replace(command, valid_until_ns=0)
        before = self._sent.get((command.account_id, key))
        if before:
            need(before[0] == content)
            return 0
        need(self._ts_ns <= command.valid_until_ns)
        need(account.takes_one_more(self._ts_ns))
        self._sent[command.account_id, key] = (content, order_id)
        need(not self.venue.halted)
        if isinstance(command, ReplaceOrder):
            order = self._owned_order(command.account_id, command.instrument_id, command.order_id)
            self._entry.replace(command, order)
            return order.instrument_id
        order_id = self._entry.new_order(command, self._ts_ns)
        self._sent[command.account_id, key] = (content, order_id)
        return command.instrument_id

    def _list(self, command: NewOrderList) -> None:
        """Answer a list by its key, and by the legs sent before it."""
        account_id = command.account_id
        account = self._need_active(account_id)
        need(_is_key(command.client_order_id))
        legs = self._parked.get(account_id, [])
        contents = [replace(leg, valid_until_ns=0) for leg in legs]
        content = (replace(command, valid_until_ns=0), contents)
        before = self._sent.get((account_id, command.client_order_id))
        if before:
            need(not legs or before[0] == content)
            return
        self._parked.pop(account_id, None)
        need(self._ts_ns <= command.valid_until_ns)
        need(account.takes_one_more(self._ts_ns))
        known = {key for owner, key in self._sent if owner == account_id}
        self._sent[account_id, command.client_order_id] = (content, 0)
        need(not self.venue.halted)
        first_id = self._entry.new_list(command, legs, known, self._ts_ns)
        self._sent[account_id, command.client_order_id] = (content, first_id)
        for at, leg in enumerate(contents):
            self._sent[account_id, leg.client_order_id] = (leg, first_id + at)

    def _need_active(self, account_id: int) -> NaiveAccount:
        self._need_trader(account_id)
        account = self.market.accounts[account_id]
        need(account.status is AccountStatus.ACTIVE)
        return account

    def _need_trader(self, account_id: int) -> None:
        need(account_id in self.market.accounts and account_id != FEE_ACCOUNT_ID)

    def _open_order(self, order_id: int) -> NaiveOrder | None:
        found = [order for order in self.market.orders if order.order_id == order_id]
        return found[0] if found else None

    def _owned_order(self, account_id: int, instrument_id: int, order_id: int) -> NaiveOrder:
        order = self._open_order(order_id)
        if not order or order.account_id != account_id:
            raise Refused
        need(instrument_id in (0, order.instrument_id))
        return order

    # ---- cancels ------------------------------------------------------------------------------

    def _cancel(self, command: CancelOrder) -> None:
        need(command.account_id in self.market.accounts)
        key = command.client_order_id
        need(_is_key(key) or (command.order_id != 0 and key == NO_CLIENT_ORDER_ID))
        order_id = command.order_id
        if not order_id:
            _, order_id = self._sent.get((command.account_id, key), (None, 0))
        order = self._owned_order(command.account_id, command.instrument_id, order_id)
        self.market.end(order, CancelReason.REQUESTED)

    def _cancel_all(self, account_id: int, instrument_id: int, reason: CancelReason) -> None:
        meant = [
            order
            for order in self.market.orders
            if order.account_id == account_id and instrument_id in (0, order.instrument_id)
        ]
        self.market.end_all(meant, reason)


def _is_key(packed: bytes) -> bool:
    try:
        return bool(unpack_client_order_id(packed))
    except InvalidClientOrderId:
        return False
