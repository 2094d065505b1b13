"""Random commands of every kind, from a seed: few prices, small quantities, old keys, wrong numbers
and garbage, so that most commands meet something.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final

from domain.client_order_ids import NO_CLIENT_ORDER_ID, pack_client_order_id
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    CommandKind,
    CreateAsset,
    Deposit,
    NewOrder,
    NewOrderList,
    OpenAccount,
    OrderListLeg,
    ReplaceOrder,
    SetTradingStatus,
)
from domain.orders import (
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core.contract import Core, OrderRow
from schemas.codec import encode_command
from schemas.layouts import COMMAND_BYTES
from tests.property.random_control import RandomControl
from tests.property.random_transfers import RandomTransfers
from tests.property.random_venue import (
    CROWD_FUNDS_ATOMS,
    FUNDS_ATOMS,
    INSTRUMENTS,
    NARROW,
    NO_INSTRUMENT,
    ODD,
    SMALL,
    WIDE,
    Venue,
    status,
)
from tests.property.random_withdrawals import RandomWithdrawals

START_TS_NS: Final = 1_000_000
_EXTREMES: Final = (0, 1, -1, 2**31, 2**53 - 1, 2**53, 2**62, 2**62 + 1, 2**63 - 1, -(2**63))
_KEYS_REMEMBERED: Final = 200
_NS_PER_MS: Final = 10**6
_STOPS: Final = (
    OrderType.STOP,
    OrderType.STOP_LIMIT,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT,
)


class RandomCommands:
    """An endless stream of (96 bytes, ts_ns); the same for the same seed.

    ``valid_ns``: for how long requests are good at most. ``steps_time`` False: time stands still
    but for ``set_time``.
    """

    def __init__(
        self, seed: int, venue: Venue = SMALL, *, valid_ns: int = 400, steps_time: bool = True
    ) -> None:
        self._random = Random(seed)
        self._prices = venue.prices(self._random)
        self._venue = venue
        self._accounts = list(venue.accounts)
        self._valid_ns = valid_ns
        self._steps_time = steps_time
        self._ts_ns = START_TS_NS
        self._sent: list[NewOrder | ReplaceOrder | NewOrderList] = []
        self._ahead: list[Command] = []
        """What is left of a list: the second leg, and the list itself."""
        self._keys = 0
        self._open_orders: list[OrderRow] = []
        self._next_deadline_ns = 0
        self._halted: set[int] = set()
        self._source_seq = {source_id: 0 for source_id in (1, 2)}
        self._control = RandomControl(self._random, venue)
        self._withdrawals = RandomWithdrawals(self._random, venue)
        self._transfers = RandomTransfers(self._random, venue)
        self._weights: dict[Callable[[], Command], int] = {
            self._limit: 1_600 if venue.crowd else 160,
            self._market: 30,
            self._stop: venue.stops,
            self._order_list: 0 if venue.crowd else 16,
            self._cancel: 24,
            self._replace: 40,
            self._cancel_all: 0 if venue.crowd else 2,
            self._cancel_all_after: 0 if venue.crowd else 2,
            self._retry: 15,
            self._deposit: 10,
            self._withdrawals.command: 0 if venue.crowd else 14,
            self._transfers.command: 0 if venue.crowd else 10,
            self._status: venue.statuses,
            self._other_control: 2,
            self._venue_change: 0 if venue.crowd else 8,
            self._auction: 0 if venue.crowd else 5,
            self._wake: 0 if venue.crowd else 4 + len(venue.instruments) // 4,
        }

    def setup(self) -> Iterator[tuple[bytes, int]]:
        """Yield what makes the venue: accounts, assets, instruments that trade, some money."""
        for account_id, group_id in self._venue.accounts.items():
            yield self._timed(OpenAccount(account_id=account_id, group_id=group_id))
        for asset_id in FUNDS_ATOMS:
            yield self._timed(CreateAsset(asset_id=asset_id, scale=8, name=b"ASSET%d" % asset_id))
        for terms in self._venue.instruments:
            yield self._timed(terms)
            yield self._timed(status(terms.instrument_id, TradingStatus.TRADING))
        for account_id in self._accounts:
            for asset_id in FUNDS_ATOMS:
                amount_atoms = self._venue.funds_atoms(asset_id)
                yield self._timed(self._next_deposit(account_id, asset_id, amount_atoms))
                if self._venue.crowd and amount_atoms < CROWD_FUNDS_ATOMS:
                    yield self._timed(self._next_deposit(account_id, asset_id, CROWD_FUNDS_ATOMS))

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Yield commands for ever."""
        while True:
            if self._steps_time:
                self._pass_time()
            if self._one_in(60):
                yield self._garbage(), self._ts_ns
                continue
            if self._halted and self._one_in(5):
                yield self._timed(status(self._halted.pop(), TradingStatus.TRADING))
                continue
            if self._one_in(30) and (lifting := self._control.take_back()):
                yield self._timed(lifting)
                continue
            command = self._next()
            if isinstance(command, NewOrder | ReplaceOrder | NewOrderList):
                self._sent = [*self._sent[-_KEYS_REMEMBERED:], command]
            yield self._timed(command)

    def _next(self) -> Command:
        if self._ahead and not self._one_in(8):
            command = self._ahead.pop(0)
            if not self._one_in(20):
                return command
        (make,) = self._random.choices(list(self._weights), list(self._weights.values()))
        return make()

    def set_time(self, ts_ns: int) -> None:
        """Go on at ``ts_ns``."""
        self._ts_ns = ts_ns

    def look_at(self, core: Core) -> None:
        """Learn which orders and withdrawals are open, so that what is to change or end them finds
        them, and what is due next, so that its very nanosecond comes.
        """
        self._open_orders = core.orders()
        self._withdrawals.look_at(core)
        self._next_deadline_ns = core.next_deadline_ns

    def _pass_time(self) -> None:
        if self._one_in(4):
            self._ts_ns += self._random.randrange(1, 40)
        if self._one_in(120):
            self._ts_ns += self._random.randrange(500 * _NS_PER_MS)
        elif self._one_in(120):
            self._ts_ns = max(self._ts_ns, self._next_deadline_ns - self._random.randrange(2))

    def _valid_until_ns(self) -> int:
        return self._ts_ns + self._random.randrange(-self._valid_ns // 80, self._valid_ns)

    def _timed(self, command: Command) -> tuple[bytes, int]:
        return encode_command(command), self._ts_ns

    def _one_in(self, chances: int) -> bool:
        return self._random.randrange(chances) == 0

    def _key(self) -> bytes:
        if self._one_in(80):
            return self._random.choice((NO_CLIENT_ORDER_ID, b"\xff" * 28, bytes(27) + b"\x05"))
        if self._one_in(30):
            return pack_client_order_id(f"k{self._random.randrange(self._keys + 1)}")
        self._keys += 1
        return pack_client_order_id(f"k{self._keys}")

    def _account_id(self) -> int:
        if self._one_in(100):
            return self._random.choice((0, 5, FEE_ACCOUNT_ID))
        return self._random.choice(self._accounts)

    def _instrument_id(self) -> int:
        if self._one_in(100):
            return NO_INSTRUMENT
        weights = self._venue.weights
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _target(self) -> tuple[int, int, int]:
        """Return an order's id, an account, mostly its owner, and a price near the order's."""
        if not self._open_orders or self._one_in(15):
            price_ticks = self._price_ticks(NARROW, Side.BUY)
            return self._random.randrange(50), self._account_id(), price_ticks
        row = self._random.choice(self._open_orders)
        order_id, account_id, instrument_id, side, price_ticks, *_ = row
        if self._one_in(20):
            account_id = self._account_id()
        if self._one_in(2) and (price_ticks or self._one_in(5)):
            price_ticks = self._price_ticks(instrument_id, Side(side))
        return order_id, account_id, price_ticks

    def _price_ticks(self, instrument_id: int, side: Side) -> int:
        if self._one_in(150):
            return self._random.choice(_EXTREMES)
        return self._prices.get(instrument_id, self._prices[NARROW])(side)

    def _qty_lots(self) -> int:
        if self._one_in(150):
            return self._random.choice(_EXTREMES)
        return self._random.randrange(1, 12)

    def _terms(self) -> dict[str, Any]:
        return {
            "account_id": self._account_id(),
            "instrument_id": self._instrument_id(),
            "side": self._random.choice(list(Side)),
            "self_trade_prevention": self._random.choice(list(SelfTradePrevention)),
            "valid_until_ns": self._valid_until_ns(),
            "client_order_id": self._key(),
            **({self._odd_option(): 1} if self._one_in(60) else {}),
        }

    def _odd_option(self) -> str:
        names = "trailing_bps trigger_price_ticks display_qty_lots quote_budget_atoms expire_s"
        return self._random.choice(names.split())

    def _limit(self) -> NewOrder:
        terms = self._terms()
        time_in_force = self._random.choices(list(TimeInForce), (45, 5, 8, 12))[0]
        if time_in_force is TimeInForce.GTD:
            terms.setdefault("expire_s", self._expire_s())
        qty_lots = self._qty_lots()
        if self._one_in(5) and 1 < qty_lots < 12:
            qty_lots *= self._random.choice((1, 4))
            terms.setdefault("display_qty_lots", self._random.randrange(1, qty_lots))
        return NewOrder(
            order_type=self._random.choices(list(OrderType), (200, 1, 1, 1, 1, 1, 1))[0],
            time_in_force=time_in_force,
            flags=OrderFlag.POST_ONLY if self._one_in(8) else OrderFlag(0),
            price_ticks=self._price_ticks(terms["instrument_id"], terms["side"]),
            qty_lots=qty_lots,
            **terms,
        )

    def _stop(self) -> NewOrder:
        terms = self._terms()
        side, order_type = terms["side"], self._random.choice(_STOPS)
        if self._one_in(4):
            return self._trailing(terms)
        is_market = order_type in (OrderType.STOP, OrderType.TAKE_PROFIT)
        time_in_force = self._random.choices(list(TimeInForce), (6, 3, 2, 2))[0]
        if is_market and not self._one_in(40):
            time_in_force = TimeInForce.IOC
        if time_in_force is TimeInForce.GTD:
            terms.setdefault("expire_s", self._expire_s())
        terms["trigger_price_ticks"] = self._trigger_ticks(terms["instrument_id"], side, order_type)
        return NewOrder(
            order_type=order_type,
            time_in_force=time_in_force,
            price_ticks=0 if is_market else self._price_ticks(terms["instrument_id"], side),
            qty_lots=self._qty_lots(),
            **terms,
        )

    def _order_list(self) -> Command:
        """Return the first leg of two that mostly make a list; the others follow."""
        second = self._stop()
        first = self._stop()
        if not self._one_in(3):
            first = replace(
                self._limit(),
                order_type=OrderType.LIMIT,
                time_in_force=TimeInForce.GTC,
                expire_s=0,
                flags=OrderFlag(0) if self._one_in(12) else OrderFlag.POST_ONLY,
            )
        shared = ["account_id", "instrument_id", "side", "qty_lots"]
        if self._one_in(15):
            shared.remove(self._random.choice(shared))
        first = replace(first, **{name: getattr(second, name) for name in shared})
        if first.order_type is OrderType.LIMIT and first.display_qty_lots >= first.qty_lots:
            first = replace(first, display_qty_lots=0)
        self._ahead = [
            _leg(second),
            NewOrderList(
                account_id=second.account_id,
                instrument_id=second.instrument_id,
                valid_until_ns=self._valid_until_ns(),
                client_order_id=self._key(),
            ),
        ]
        return _leg(first)

    def _trailing(self, terms: dict[str, Any]) -> NewOrder:
        return NewOrder(
            **{
                "order_type": OrderType.TRAILING_STOP,
                "time_in_force": TimeInForce.GTC if self._one_in(40) else TimeInForce.IOC,
                "qty_lots": self._qty_lots(),
                "trailing_bps": self._random.choice((0, 1, 50, 50, 200, 200, 800, 9_999, 10_000)),
                **terms,
            }
        )

    def _trigger_ticks(self, instrument_id: int, side: Side, order_type: OrderType) -> int:
        """Return a price that is mostly still to come."""
        if self._one_in(3):
            return self._price_ticks(instrument_id, side)
        protects = order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
        rises = (side is Side.BUY) == protects
        price_ticks = self._price_ticks(instrument_id, Side.SELL if rises else Side.BUY)
        if price_ticks in _EXTREMES:
            return price_ticks
        return price_ticks + self._random.randrange(4) * (1 if rises else -1)

    def _expire_s(self) -> int:
        return self._ts_ns // NS_PER_S + self._random.randrange(0 if self._one_in(10) else 1, 4)

    def _market(self) -> NewOrder:
        by_budget = self._one_in(2)
        terms = {
            "order_type": OrderType.MARKET,
            "time_in_force": TimeInForce.GTC if self._one_in(40) else TimeInForce.IOC,
            **self._terms(),
        }
        if by_budget:
            budget_atoms = self._random.choice((100, 700, 1_000)) * self._random.randrange(1, 40)
            return NewOrder(**{"quote_budget_atoms": budget_atoms, **terms})
        return NewOrder(qty_lots=self._qty_lots() * 3 % 2**63, **terms)

    def _cancel(self) -> CancelOrder:
        by_key = self._one_in(3)
        order_id, account_id, _ = self._target()
        return CancelOrder(
            account_id=account_id,
            instrument_id=self._random.choice((0, 0, 0, 0, NARROW, ODD)),
            order_id=0 if by_key else order_id,
            client_order_id=self._old_key() if by_key else NO_CLIENT_ORDER_ID,
        )

    def _old_key(self) -> bytes:
        if not self._sent or self._one_in(10):
            return self._key()
        command = self._random.choice(self._sent)
        return command.request_id if isinstance(command, ReplaceOrder) else command.client_order_id

    def _replace(self) -> ReplaceOrder:
        order_id, account_id, price_ticks = self._target()
        trigger_ticks = self._random.choice((0, 0, price_ticks or 100)) if self._one_in(3) else 0
        return ReplaceOrder(
            account_id=account_id,
            instrument_id=self._random.choice((0, 0, 0, 0, NARROW, ODD)),
            order_id=order_id,
            price_ticks=price_ticks,
            qty_lots=self._qty_lots(),
            trigger_price_ticks=trigger_ticks,
            display_qty_lots=self._random.randrange(1, 5) if self._one_in(8) else 0,
            valid_until_ns=self._valid_until_ns(),
            request_id=self._key(),
        )

    def _retry(self) -> Command:
        if not self._sent:
            return self._limit()
        command = self._random.choice(self._sent)
        if self._one_in(3):
            command = replace(command, valid_until_ns=self._ts_ns + self._valid_ns // 4)
        if self._one_in(3) and not isinstance(command, NewOrderList):
            command = replace(command, qty_lots=self._qty_lots())
        return command

    def _cancel_all(self) -> CancelAll:
        instrument_id = self._random.choice((0, NARROW, WIDE, NO_INSTRUMENT))
        return CancelAll(account_id=self._account_id(), instrument_id=instrument_id)

    def _cancel_all_after(self) -> CancelAllAfter:
        timeout_ms = self._random.choice((0, 1, 86_400_001 if self._one_in(9) else 300, 900))
        return CancelAllAfter(account_id=self._account_id(), timeout_ms=timeout_ms)

    def _next_deposit(self, account_id: int, asset_id: int, amount_atoms: int) -> Deposit:
        source_id = self._random.choice(list(self._source_seq))
        self._source_seq[source_id] += 1
        return Deposit(
            account_id=account_id,
            asset_id=asset_id,
            amount_atoms=amount_atoms,
            source_id=source_id,
            source_seq=self._source_seq[source_id],
        )

    def _deposit(self) -> Deposit:
        account_id = self._random.choice(self._accounts)
        asset_id = self._random.choice((1, 2, 3))
        if self._one_in(2):
            return self._next_deposit(account_id, asset_id, self._random.randrange(1, 20_000))
        return Deposit(
            account_id=self._account_id(),
            asset_id=self._random.choice((*FUNDS_ATOMS, 9)),
            amount_atoms=self._random.choice((*_EXTREMES, 5)),
            source_id=(source_id := self._random.choice((1, 2))),
            source_seq=self._source_seq[source_id] + self._random.choice((0, 2)),
        )

    def _status(self) -> SetTradingStatus:
        wanted = self._random.choice(list(TradingStatus))
        if wanted is TradingStatus.CLOSED:  # for ever: the others must go on
            return status(self._random.choice(self._venue.short_lived), wanted)
        instrument_id = self._instrument_id()
        if wanted is not TradingStatus.TRADING:
            self._halted.add(instrument_id)
        return status(instrument_id, wanted)

    def _other_control(self) -> Command:
        extreme = self._random.choice(_EXTREMES)
        return self._random.choice(
            (
                OpenAccount(account_id=self._random.choice((0, 1, 1000, 7777)), group_id=1),
                CreateAsset(asset_id=self._random.choice((0, 1, 50)), scale=9, name=b"A"),
                CreateAsset(asset_id=self._random.randrange(60), scale=2, name=b"B2"),
                replace(INSTRUMENTS[0], instrument_id=self._random.randrange(8)),
                replace(INSTRUMENTS[0], instrument_id=30, min_notional_atoms=extreme),
                replace(INSTRUMENTS[0], instrument_id=31, price_max_ticks=extreme),
                replace(INSTRUMENTS[0], instrument_id=32, symbol=b"no"),
            )
        )

    def _venue_change(self) -> Command:
        return self._control.command(self._ts_ns)

    def _auction(self) -> SetTradingStatus:
        return status(self._instrument_id(), TradingStatus.AUCTION)

    def _wake(self) -> SetTradingStatus:
        return status(self._instrument_id(), TradingStatus.TRADING)

    def _garbage(self) -> bytes:
        if self._one_in(2):
            kind = self._random.choice(list(CommandKind)) if self._one_in(2) else None
            noise = self._random.randbytes(COMMAND_BYTES)
            return noise if kind is None else bytes([kind]) + noise[1:]
        data = bytearray(encode_command(self._limit() if self._one_in(2) else self._cancel()))
        data[self._random.randrange(COMMAND_BYTES)] ^= 1 << self._random.randrange(8)
        return bytes(data)


def _leg(order: NewOrder) -> OrderListLeg:
    return OrderListLeg(**{name: getattr(order, name) for name in NewOrder.__dataclass_fields__})
