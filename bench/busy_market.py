"""A busy market of BTC-USDT, message for message as the gateway tells of one: every change of the
book by itself, each trade with its ticker and its candle. One seed, one market: two runs see the
same.
"""

import random
from collections.abc import Iterator
from typing import Final

from domain.orders import Side
from gateway.state.book import Book, Level
from gateway.types import trading as api
from gateway.ws import pushes

SYMBOL: Final = "BTC-USDT"
LEVELS: Final = 400
"""A side, about."""
APART_TICKS: Final = 7
REACH_TICKS: Final = 4_000
"""How far from the best price an order comes at most; most come near it."""
LOTS_MAX: Final = 200_000
TRADES: Final = 1 / 6
"""Of the changes of the book. With its ticker and its candle a trade is four messages."""


def price_text(price_ticks: int) -> str:
    """Return a price; a tick is 0.01."""
    return f"{price_ticks // 100}.{price_ticks % 100:02}"


def qty_text(qty_lots: int) -> str:
    """Return a quantity; a lot is 0.00001."""
    return f"{qty_lots // 100_000}.{qty_lots % 100_000:05}"


class BusyMarket:
    """Orders that come and go around a price that wanders; at most one at each price."""

    def __init__(self, seed: int, mid_ticks: int, trade_id: int, open_ns: int) -> None:
        """``trade_id``: the last one before; ``open_ns``: when the candle that forms began."""
        self._random = random.Random(seed)
        self._book = Book()
        self._trade_id = trade_id
        self._candle = _Candle(open_ns, mid_ticks)
        for number in range(1, LEVELS + 1):
            for side in Side:
                self._toggle(side, mid_ticks - _sign(side) * number * APART_TICKS)
        self._book.take_changed()

    def snapshot(self, ts_ns: int) -> bytes:
        """Return the book as a newcomer gets it."""
        bids, asks = (self._book.top(side, LEVELS * 4) for side in Side)
        return pushes.encode(
            pushes.BookSnapshot(
                symbol=SYMBOL,
                interval_ms=0,
                seq=self._book.seq,
                bids=[_texts(level) for level in bids],
                asks=[_texts(level) for level in asks],
                auction=None,
                ts_ns=str(ts_ns),
            )
        )

    def messages(self, ts_ns: int) -> Iterator[bytes]:
        """Yield message after message, without end; all carry one time."""
        while True:
            if self._random.random() < TRADES:
                yield from self._trade(ts_ns)
            else:
                yield self._quote(ts_ns)

    def _quote(self, ts_ns: int) -> bytes:
        """An order comes near the best price, or the one that is there goes."""
        side = self._random.choice(tuple(Side))
        away = int(self._random.random() ** 3 * REACH_TICKS)
        best = self._best(side.opposite)
        return self._change(side, best - _sign(side) * (1 + away), ts_ns)

    def _trade(self, ts_ns: int) -> list[bytes]:
        """Somebody takes the best order; return what follows from it."""
        side = self._random.choice(tuple(Side))
        price_ticks = self._best(side)
        qty_lots = self._book.qty_lots(side, price_ticks)
        self._trade_id += 1
        self._candle.add(price_ticks, qty_lots)
        trade = api.PublicTrade(
            trade_id=self._trade_id,
            price=price_text(price_ticks),
            qty=qty_text(qty_lots),
            aggressor_side="sell" if side is Side.BUY else "buy",
            ts_ns=str(ts_ns),
        )
        return [
            self._change(side, price_ticks, ts_ns),
            pushes.encode(pushes.Trades("update", SYMBOL, [trade])),
            pushes.encode(pushes.Ticker(SYMBOL, "24h", self._ticker())),
            pushes.encode(pushes.Candle(SYMBOL, "1m", self._candle.told())),
        ]

    def _best(self, side: Side) -> int:
        price_ticks = self._book.best(side)
        assert price_ticks is not None, "a side of the book ran out"
        return price_ticks

    def _change(self, side: Side, price_ticks: int, ts_ns: int) -> bytes:
        """Change one level; return what is told of it."""
        book, prev = self._book, self._book.seq
        self._toggle(side, price_ticks)
        level = [_texts((price_ticks, book.qty_lots(side, price_ticks)))]
        return pushes.encode(
            pushes.BookDelta(
                symbol=SYMBOL,
                interval_ms=0,
                prev=prev,
                seq=book.seq,
                bids=level if side is Side.BUY else [],
                asks=level if side is Side.SELL else [],
                checksum=book.checksum(lambda *level: ":".join(_texts(level))),
                ts_ns=str(ts_ns),
            )
        )

    def _toggle(self, side: Side, price_ticks: int) -> None:
        if self._book.qty_lots(side, price_ticks):
            self._book.remove(self._book.seq + 1, price_ticks)
        else:
            qty_lots = self._random.randrange(1, LOTS_MAX)
            self._book.rest(self._book.seq + 1, price_ticks, side, price_ticks, qty_lots)

    def _ticker(self) -> api.Ticker:
        candle = self._candle.told()
        return api.Ticker(
            symbol=SYMBOL,
            last=candle.close,
            open=candle.open,
            high=candle.high,
            low=candle.low,
            volume=candle.volume,
            quote_volume=candle.quote_volume,
            change_ppm=0,
            trades=self._trade_id,
            bid=price_text(self._best(Side.BUY)),
            ask=price_text(self._best(Side.SELL)),
            since_ns=candle.ts_open_ns,
        )


class _Candle:
    """The minute that forms."""

    def __init__(self, open_ns: int, price_ticks: int) -> None:
        self._open_ns = open_ns
        self._open = self._high = self._low = self._close = price_ticks
        self._lots = self._quote_units = self._trades = 0

    def add(self, price_ticks: int, qty_lots: int) -> None:
        self._high, self._low = max(self._high, price_ticks), min(self._low, price_ticks)
        self._close = price_ticks
        self._lots += qty_lots
        self._quote_units += price_ticks * qty_lots
        self._trades += 1

    def told(self) -> api.Candle:
        value = f"{self._quote_units // 10**7}.{self._quote_units % 10**7:07}"
        return api.Candle(
            ts_open_ns=str(self._open_ns),
            open=price_text(self._open),
            high=price_text(self._high),
            low=price_text(self._low),
            close=price_text(self._close),
            volume=qty_text(self._lots),
            quote_volume=value,
            trades=self._trades,
            vwap=price_text(self._close),
            taker_buy_volume="0.00000",
            taker_buy_quote_volume="0.0000000",
        )


def _texts(level: Level) -> tuple[str, str]:
    return price_text(level[0]), qty_text(level[1]) if level[1] else "0"


def _sign(side: Side) -> int:
    return 1 if side is Side.BUY else -1
