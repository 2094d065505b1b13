"""What a stream's run came to, read from the engine's events alone, and what it must come to."""

from dataclasses import dataclass, field
from typing import Final

from domain.client_order_ids import unpack_client_order_id
from domain.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRested,
    OrderTriggered,
    Trade,
    TradeFlag,
)
from domain.orders import Side
from schemas.codec import decode_events

_FNV_BASIS: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3
_M64: Final = (1 << 64) - 1
_PRIME_POWERS: Final = tuple(pow(_FNV_PRIME, power, 1 << 64) for power in range(9))


class FillHash:
    """FNV-1a 64 over the eight little-endian bytes of each number it is fed."""

    def __init__(self) -> None:
        self._hash = _FNV_BASIS

    def update(self, *numbers: int) -> None:
        """Feed unsigned 64-bit ``numbers``."""
        digest = self._hash
        for number in numbers:
            significant = (number.bit_length() + 7) // 8
            for byte in number.to_bytes(significant, "little"):
                digest = (digest ^ byte) * _FNV_PRIME & _M64
            digest = digest * _PRIME_POWERS[8 - significant] & _M64  # a zero byte only multiplies
        self._hash = digest

    def hexdigest(self) -> str:
        """Return the hash of everything fed so far, 16 hex digits."""
        return f"{self._hash:016x}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The figures of one run. Quantities in lots, prices in ticks; ``fnv1a64`` covers all fills in
    order.
    """

    fills: int
    traded_qty_lots: int
    makers_completed: int
    cancels_that_hit: int
    resting_orders: int
    bid_levels: int
    ask_levels: int
    best_bid_ticks: int
    best_ask_ticks: int
    resting_qty_lots: int
    fnv1a64: str

    def differences(self, expected: "Result") -> list[str]:
        """Return one line for each figure that is not as ``expected``."""
        return [
            f"{name}: {getattr(self, name)}, expected {getattr(expected, name)}"
            for name in self.__dataclass_fields__
            if getattr(self, name) != getattr(expected, name)
        ]


EXPECTED: Final = {
    "workload": Result(
        fills=732_159,
        traded_qty_lots=21_178_122,
        makers_completed=423_278,
        cancels_that_hit=461_277,
        resting_orders=1_005,
        bid_levels=39,
        ask_levels=37,
        best_bid_ticks=99_995,
        best_ask_ticks=99_998,
        resting_qty_lots=50_271,
        fnv1a64="f96e6b063f11c894",
    ),
    "workload_deep": Result(
        fills=426_403,
        traded_qty_lots=13_346_732,
        makers_completed=265_168,
        cancels_that_hit=771_031,
        resting_orders=20_024,
        bid_levels=49,
        ask_levels=52,
        best_bid_ticks=100_001,
        best_ask_ticks=100_003,
        resting_qty_lots=1_003_109,
        fnv1a64="6687cf5f6e99a3ee",
    ),
}


@dataclass
class Tally:
    """Adds up the events of one instrument. Stream ids are the orders' client order ids."""

    fills: int = 0
    traded_qty_lots: int = 0
    makers_completed: int = 0
    cancels_that_hit: int = 0
    _hash: FillHash = field(default_factory=FillHash)
    _stream_ids: dict[int, int] = field(default_factory=dict)
    _resting: dict[int, tuple[Side, int, int]] = field(default_factory=dict)

    def read(self, events: bytes, instrument_id: int) -> None:
        """Count ``events`` (n x 128 bytes), those of other instruments passed over."""
        for event in decode_events(events):
            if getattr(event, "instrument_id", None) == instrument_id:
                self.apply(event)

    def apply(self, event: Event) -> None:
        """Count one event; kinds that say nothing about orders are passed over."""
        match event:
            case OrderAccepted():
                text = unpack_client_order_id(event.client_order_id)
                self._stream_ids[event.order_id] = int(text)
                if event.book_seq:
                    self._resting[event.order_id] = (event.side, event.price_ticks, event.qty_lots)
            case OrderRested():
                self._resting[event.order_id] = (
                    event.side,
                    event.price_ticks,
                    event.leaves_qty_lots,
                )
            case OrderTriggered():
                if event.book_seq:
                    self._resting[event.order_id] = (event.side, event.price_ticks, event.qty_lots)
            case Trade():
                self._trade(event)
            case OrderCanceled():
                self.cancels_that_hit += 1
                self._forget(event.order_id)
            case OrderExpired():
                self._forget(event.order_id)
            case _:
                pass

    def _trade(self, trade: Trade) -> None:
        self.fills += 1
        self.traded_qty_lots += trade.qty_lots
        maker_id = self._stream_ids[trade.maker_order_id]
        taker_id = self._stream_ids[trade.taker_order_id]
        self._hash.update(maker_id, taker_id, trade.price_ticks, trade.qty_lots)
        if trade.flags & TradeFlag.MAKER_FILLED:
            self.makers_completed += 1
            self._forget(trade.maker_order_id)
        else:
            side, price, leaves = self._resting[trade.maker_order_id]
            self._resting[trade.maker_order_id] = (side, price, leaves - trade.qty_lots)
        if trade.flags & TradeFlag.TAKER_FILLED:
            self._forget(trade.taker_order_id)

    def _forget(self, order_id: int) -> None:
        self._resting.pop(order_id, None)
        del self._stream_ids[order_id]

    def result(self) -> Result:
        """Return the figures so far."""
        bids = {price for side, price, _ in self._resting.values() if side == Side.BUY}
        asks = {price for side, price, _ in self._resting.values() if side == Side.SELL}
        return Result(
            fills=self.fills,
            traded_qty_lots=self.traded_qty_lots,
            makers_completed=self.makers_completed,
            cancels_that_hit=self.cancels_that_hit,
            resting_orders=len(self._resting),
            bid_levels=len(bids),
            ask_levels=len(asks),
            best_bid_ticks=max(bids, default=0),
            best_ask_ticks=min(asks, default=0),
            resting_qty_lots=sum(leaves for _, _, leaves in self._resting.values()),
            fnv1a64=self._hash.hexdigest(),
        )
