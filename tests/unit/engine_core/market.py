"""A small market to tell stories about: one instrument, a few funded accounts, short words for what
is sent and what is said.
"""

from itertools import count
from typing import Any, Final

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    ReplaceOrder,
    SetTradingStatus,
)
from domain.events import (
    BalanceChanged,
    ControlRejected,
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderReduced,
    OrderRejected,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    Outcome,
    ReplaceFlag,
    Trade,
    TradeFlag,
    TradingStatusChanged,
)
from domain.orders import (
    CONDITIONAL_TYPES,
    OrderType,
    SelfTradePrevention,
    Side,
    StatusCause,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import BalanceReason
from domain.units import FEE_ACCOUNT_ID
from domain.venue_commands import SetInstrumentRules
from domain.venue_events import AuctionUncrossed
from engine_core.contract import Core
from schemas.codec import decode_events, decode_outcomes, encode_command

ALICE, BOB, CAROL = 1000, 1001, 1002
ALICE_TOO = 1003
"""Another account of Alice's group."""
BTC, USDT = 1, 2
BTC_USDT = 1
K = 10
"""USDT atoms for one lot at one tick."""
LOT = 1_000
"""BTC atoms in one lot."""
FUNDS = 1_000_000_000
"""Atoms of each asset that each account starts with."""
NOW = 1_000_000
LATER = 10**12
"""When keys stop being valid unless a story says otherwise."""

BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD
NS_PER_MS = 1_000_000
STP: Final = SelfTradePrevention
STOP, TAKE_PROFIT = OrderType.STOP, OrderType.TAKE_PROFIT
STOP_LIMIT, TAKE_PROFIT_LIMIT = OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT
TRAILING_STOP = OrderType.TRAILING_STOP
STOPS: Final = (STOP, TAKE_PROFIT, STOP_LIMIT, TAKE_PROFIT_LIMIT)


def key(name: str | int) -> bytes:
    return pack_client_order_id(str(name))


def instrument(instrument_id: int = BTC_USDT, **terms: Any) -> CreateInstrument:
    return CreateInstrument(
        **{
            "instrument_id": instrument_id,
            "symbol": b"BTC-USDT",
            "base_asset_id": BTC,
            "quote_asset_id": USDT,
            "quote_atoms_per_tick_lot": K,
            "base_atoms_per_lot": LOT,
            "maker_fee_ppm": 0,
            "taker_fee_ppm": 0,
            "band_bps": 1_000,
            **terms,
        }
    )


def told(event: Event) -> str:
    """Return what an event says, in a few words."""
    match event:
        case OrderAccepted():
            waits = " waiting" if event.order_type in CONDITIONAL_TYPES else ""
            return f"accepted {event.order_id}" + (" resting" if event.book_seq else waits)
        case OrderTriggered():
            rests = " resting" if event.book_seq else ""
            return f"triggered {event.order_id} {event.qty_lots}@{event.price_ticks}{rests}"
        case OrderRejected() | ControlRejected():
            return f"rejected {event.reason.name}"
        case Trade():
            who = f"{event.maker_order_id} {event.taker_order_id}"
            filled = {
                TradeFlag.MAKER_FILLED: " maker-filled",
                TradeFlag.TAKER_FILLED: " taker-filled",
            }
            words = "".join(word for flag, word in filled.items() if flag in event.flags)
            return f"trade {who} {event.qty_lots}@{event.price_ticks}{words}"
        case OrderCanceled():
            return f"canceled {event.order_id} {event.qty_lots} {event.reason.name}"
        case OrderExpired():
            return f"expired {event.order_id} {event.qty_lots} {event.reason.name}"
        case OrderReduced():
            return f"reduced {event.order_id} by {event.qty_lots} to {event.leaves_qty_lots}"
        case OrderRested():
            hides = event.visible_qty_lots < event.leaves_qty_lots
            shown = f" showing {event.visible_qty_lots}" if hides else ""
            return f"rested {event.order_id} {event.leaves_qty_lots}@{event.price_ticks}{shown}"
        case OrderReplaced():
            place = " keeps-place" if ReplaceFlag.KEPT_PLACE in event.flags else ""
            rests = " resting" if ReplaceFlag.RESTED in event.flags else ""
            rests = rests if event.book_seq else " waiting"
            what = f"{event.leaves_qty_lots}@{event.price_ticks}"
            return f"replaced {event.order_id} {what}{place}{rests}"
        case AuctionUncrossed():
            left = f" left {event.imbalance_lots}" if event.imbalance_lots else ""
            return f"uncrossed {event.qty_lots}@{event.price_ticks}{left}"
        case TradingStatusChanged(cause=StatusCause.REQUESTED):
            return "TradingStatusChanged"
        case TradingStatusChanged():
            return f"status {event.trading_status.name} {event.cause.name}"
        case BalanceChanged(reason=BalanceReason.PRICE_IMPROVEMENT):
            return f"saved {event.account_id}"
        case _:
            return type(event).__name__


class Market:
    """One core, BTC-USDT trading by ``terms``, and people with money."""

    def __init__(self, core_type: type[Core], bounds: dict[str, int] | None = None, **terms: Any):
        self.core = core_type(**(bounds or {}))
        self.now_ns = NOW
        self.events: list[Event] = []
        """Of the last command, what came before it included."""
        self._keys = count(1)
        self._source_seq = count(1)
        self.send(CreateAsset(asset_id=BTC, scale=8, name=b"BTC"))
        self.send(CreateAsset(asset_id=USDT, scale=8, name=b"USDT"))
        self.send(instrument(**terms))
        self.set_status(TradingStatus.TRADING)
        for account_id in (ALICE, BOB, CAROL, ALICE_TOO):
            group_id = ALICE if account_id == ALICE_TOO else account_id
            self.send(OpenAccount(account_id=account_id, group_id=group_id))
            for asset_id in (BTC, USDT):
                self.deposit(account_id, asset_id, FUNDS)

    def send_bytes(self, command: bytes) -> list[str]:
        """Send 96 bytes; return what is said."""
        time_has_a_turn = 0 < self.core.next_deadline_ns <= self.now_ns
        events, outcomes = self.core.apply(command, self.now_ns)
        self.events = decode_events(events)
        (self.outcome,) = decode_outcomes(outcomes)
        assert self.outcome.event_count == len(self.events) or time_has_a_turn
        assert self.outcome.last_event_seq == self.core.next_event_seq - 1
        return [told(event) for event in self.events]

    outcome: Outcome

    def let_time_pass(self, to_ns: int) -> list[str]:
        """Apply no command at ``to_ns``, which is then the time; return what is said."""
        self.now_ns = to_ns
        events, outcomes = self.core.apply(b"", to_ns)
        assert not outcomes
        self.events = decode_events(events)
        return [told(event) for event in self.events]

    def send(self, command: Command) -> list[str]:
        return self.send_bytes(encode_command(command))

    @property
    def event(self) -> Any:
        """The only event of the last command."""
        (event,) = self.events
        return event

    @property
    def first(self) -> Any:
        """The first event of the last command."""
        return self.events[0]

    @property
    def last(self) -> Any:
        """The last event of the last command."""
        return self.events[-1]

    def order(
        self, account_id: int, side: Side, price_ticks: int, qty_lots: int, **terms: Any
    ) -> NewOrder:
        """Return a limit order under a new key."""
        return NewOrder(
            **{
                "account_id": account_id,
                "instrument_id": BTC_USDT,
                "side": side,
                "price_ticks": price_ticks,
                "qty_lots": qty_lots,
                "valid_until_ns": LATER,
                "client_order_id": key(f"k{next(self._keys)}"),
                **terms,
            }
        )

    def buy(self, account_id: int, price_ticks: int, qty_lots: int, **terms: Any) -> list[str]:
        return self.send(self.order(account_id, BUY, price_ticks, qty_lots, **terms))

    def sell(self, account_id: int, price_ticks: int, qty_lots: int, **terms: Any) -> list[str]:
        return self.send(self.order(account_id, SELL, price_ticks, qty_lots, **terms))

    def market_order(
        self, account_id: int, side: Side, qty_lots: int = 0, **terms: Any
    ) -> NewOrder:
        market = {"order_type": OrderType.MARKET, "time_in_force": IOC, **terms}
        return self.order(account_id, side, 0, qty_lots, **market)

    def market_buy(self, account_id: int, qty_lots: int = 0, **terms: Any) -> list[str]:
        return self.send(self.market_order(account_id, BUY, qty_lots, **terms))

    def market_sell(self, account_id: int, qty_lots: int = 0, **terms: Any) -> list[str]:
        return self.send(self.market_order(account_id, SELL, qty_lots, **terms))

    def market_stop(
        self,
        account_id: int,
        side: Side,
        trigger_price_ticks: int,
        qty_lots: int,
        order_type: OrderType = STOP,
        **terms: Any,
    ) -> list[str]:
        stop = {"order_type": order_type, "time_in_force": IOC, **terms}
        stop["trigger_price_ticks"] = trigger_price_ticks
        return self.send(self.order(account_id, side, 0, qty_lots, **stop))

    def limit_stop(
        self,
        account_id: int,
        side: Side,
        trigger_price_ticks: int,
        price_ticks: int,
        qty_lots: int,
        order_type: OrderType = STOP_LIMIT,
        **terms: Any,
    ) -> list[str]:
        stop = {"order_type": order_type, **terms, "trigger_price_ticks": trigger_price_ticks}
        return self.send(self.order(account_id, side, price_ticks, qty_lots, **stop))

    def trailing_stop(
        self, account_id: int, side: Side, trailing_bps: int, qty_lots: int, **terms: Any
    ) -> list[str]:
        stop = {"order_type": TRAILING_STOP, "time_in_force": IOC, "trailing_bps": trailing_bps}
        return self.send(self.order(account_id, side, 0, qty_lots, **{**stop, **terms}))

    def trade_at(self, price_ticks: int) -> None:
        """Let Carol trade one lot with herself: ``price_ticks`` is the last price from then on."""
        self.sell(CAROL, price_ticks, 1)
        assert self.buy(CAROL, price_ticks, 1)[1].endswith(
            f" 1@{price_ticks} maker-filled taker-filled"
        )

    def cancel(self, account_id: int, order_id: int = 0, **named: Any) -> list[str]:
        return self.send(CancelOrder(account_id=account_id, order_id=order_id, **named))

    def cancel_all(self, account_id: int, instrument_id: int = 0) -> list[str]:
        return self.send(CancelAll(account_id=account_id, instrument_id=instrument_id))

    def cancel_all_after(self, account_id: int, timeout_ms: int) -> list[str]:
        return self.send(CancelAllAfter(account_id=account_id, timeout_ms=timeout_ms))

    def replacement(
        self, account_id: int, order_id: int, price_ticks: int, qty_lots: int, **terms: Any
    ) -> ReplaceOrder:
        return ReplaceOrder(
            **{
                "account_id": account_id,
                "order_id": order_id,
                "price_ticks": price_ticks,
                "qty_lots": qty_lots,
                "valid_until_ns": LATER,
                "request_id": key(f"r{next(self._keys)}"),
                **terms,
            }
        )

    def replace(
        self, account_id: int, order_id: int, price_ticks: int, qty_lots: int, **terms: Any
    ) -> list[str]:
        return self.send(self.replacement(account_id, order_id, price_ticks, qty_lots, **terms))

    def set_status(self, status: TradingStatus, instrument_id: int = BTC_USDT) -> list[str]:
        return self.send(SetTradingStatus(instrument_id=instrument_id, trading_status=status))

    def set_rules(self, **rules: int) -> list[str]:
        """Set what guards the price; all else is off."""
        return self.send(SetInstrumentRules(**{"instrument_id": BTC_USDT, **rules}))

    def deposit(self, account_id: int, asset_id: int, amount_atoms: int) -> list[str]:
        return self.send(
            Deposit(
                account_id=account_id,
                asset_id=asset_id,
                amount_atoms=amount_atoms,
                source_id=7,
                source_seq=next(self._source_seq),
            )
        )

    def open_account(self, account_id: int, group_id: int | None = None) -> list[str]:
        group_id = account_id if group_id is None else group_id
        return self.send(OpenAccount(account_id=account_id, group_id=group_id))

    def btc(self, account_id: int) -> tuple[int, int]:
        """Return BTC atoms gained since the start, and held."""
        return self._change(account_id, BTC)

    def usdt(self, account_id: int) -> tuple[int, int]:
        """Return USDT atoms gained since the start, and held."""
        return self._change(account_id, USDT)

    def _change(self, account_id: int, asset_id: int) -> tuple[int, int]:
        available_atoms, held_atoms = self.core.balance(account_id, asset_id)
        started_with = 0 if account_id == FEE_ACCOUNT_ID else FUNDS
        return available_atoms + held_atoms - started_with, held_atoms

    def bids(self) -> list[tuple[int, int]]:
        return self.core.depth(BTC_USDT, 100)[0]

    def asks(self) -> list[tuple[int, int]]:
        return self.core.depth(BTC_USDT, 100)[1]

    def resting(self) -> list[int]:
        """Return the ids of the open orders."""
        return [row[0] for row in self.core.orders()]
