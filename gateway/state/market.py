"""One instrument as the gateway shows it: terms, book, tape, and what its ticks and lots were."""

from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from domain.auction import Level
from domain.events import Trade
from domain.instruments import Instrument, Measure, Steps
from domain.orders import Side, StatusCause, TradingStatus
from gateway.state.book import Book

TRADES_PER_INSTRUMENT_MAX: Final = 1_000
TEXTS_CACHED_MAX: Final = 16_384
TEXTS_MAX: Final = 64
"""Units of one instrument whose texts are kept; past it the oldest are made again."""


class Texts:
    """Prices and quantities as text, in the units of one time."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        # The same few hundred prices are shown thousands of times a second.
        self.price_text = lru_cache(TEXTS_CACHED_MAX)(measure.price_text)
        self.qty_text = lru_cache(TEXTS_CACHED_MAX)(measure.qty_text)


class Rules(NamedTuple):
    """What guards an instrument's price; 0 is off."""

    collar_bps: int = 0
    breaker_bps: int = 0
    breaker_window_s: int = 0
    auction_s: int = 0
    reference_price_ticks: int = 0


class Fees(NamedTuple):
    """What is taken of what an order receives, in parts per million."""

    maker_ppm: int
    taker_ppm: int


class _Era(NamedTuple):
    """The units from an event, and from a trade, on."""

    from_seq: int
    first_trade_id: int
    texts: Texts


class Market:
    """One instrument with its book and latest trades, oldest first.

    ``last_trade_price_ticks`` is 0 before the first trade, and before the first in new units.
    """

    def __init__(self, instrument: Instrument, book: Book) -> None:
        self.instrument = instrument
        self.book = book
        self.trades: deque[Trade] = deque(maxlen=TRADES_PER_INSTRUMENT_MAX)
        self.rules = Rules()
        self.tier_fees: dict[int, Fees] = {}
        """Of the fee tiers that do not pay what the terms say."""
        self.status_cause = StatusCause.REQUESTED
        self.auction_ends_ns = 0
        self.last_trade_price_ticks = 0
        self.next_trade_id = 1
        self.icebergs: dict[int, int] = {}
        """By order id, what open icebergs may still trade, hidden and shown."""
        self._texts: OrderedDict[Steps, Texts] = OrderedDict()
        self._eras = [_Era(0, 1, self.texts_of(instrument.steps))]
        self._use(self._eras[0].texts)

    def update(self, seq: int, instrument: Instrument) -> None:
        """Take new terms; new units count from event ``seq`` on."""
        if instrument.steps != self.instrument.steps:
            self.last_trade_price_ticks = 0
            self.rules = self.rules._replace(reference_price_ticks=0)
            era = _Era(seq, self.next_trade_id, self.texts_of(instrument.steps))
            self._eras.append(era)
            self._use(era.texts)
        self.instrument = instrument

    def restore_units(self, known: Iterable[tuple[int, int, Steps]]) -> None:
        """Take what a snapshot knows: (from_seq, first_trade_id, steps), oldest first."""
        eras = [_Era(seq, trade_id, self.texts_of(steps)) for seq, trade_id, steps in known]
        if eras:
            self._eras = eras
            self._use(eras[-1].texts)

    def at(self, seq: int) -> Texts:
        """Return how ticks and lots of an order or fill of event ``seq`` are told."""
        if len(self._eras) == 1:
            return self._eras[0].texts
        found = bisect_right(self._eras, seq, key=lambda era: era.from_seq)
        return self._eras[max(found - 1, 0)].texts

    def of_trade(self, trade_id: int) -> Texts:
        """Return how ticks and lots of a trade are told."""
        if len(self._eras) == 1:
            return self._eras[0].texts
        found = bisect_right(self._eras, trade_id, key=lambda era: era.first_trade_id)
        return self._eras[max(found - 1, 0)].texts

    def texts_of(self, steps: Steps) -> Texts:
        """Return how numbers that bring their own steps are told."""
        texts = self._texts.get(steps)
        if texts is None:
            instrument = self.instrument
            texts = self._texts[steps] = Texts(Measure(instrument.base, instrument.quote, steps))
            if len(self._texts) > TEXTS_MAX:
                self._texts.popitem(last=False)
        return texts

    def traded(self, trade: Trade) -> None:
        """Take a trade."""
        self.trades.append(trade)
        self.last_trade_price_ticks = trade.price_ticks
        self.next_trade_id = trade.trade_id + 1

    def fees_of(self, fee_tier: int) -> Fees:
        """Return what accounts of a tier pay."""
        own = Fees(self.instrument.maker_fee_ppm, self.instrument.taker_fee_ppm)
        return self.tier_fees.get(fee_tier, own)

    @property
    def depth_is_hidden(self) -> bool:
        """Whether the book may not be shown: in an auction, and as long as it is crossed."""
        status = self.instrument.trading_status
        if status is TradingStatus.TRADING:
            return False
        return status is TradingStatus.AUCTION or self.is_crossed

    @property
    def is_crossed(self) -> bool:
        """Whether its best bid reaches its best ask."""
        bid, ask = self.book.best(Side.BUY), self.book.best(Side.SELL)
        return bid is not None and ask is not None and bid >= ask

    @property
    def reference_price_ticks(self) -> int:
        """The last trade, else what the operator set, else 0."""
        return self.last_trade_price_ticks or self.rules.reference_price_ticks

    def whole_levels(self, side: Side, from_price_ticks: int) -> list[Level]:
        """Return the levels of one side at ``from_price_ticks`` and better, with all that icebergs
        hide.
        """
        levels = dict(self.book.reaching(side, from_price_ticks))
        for order_id, leaves_lots in self.icebergs.items():
            resting = self.book.resting(order_id)
            if resting and resting[0] is side and resting[1] in levels:
                levels[resting[1]] += leaves_lots - resting[2]
        return list(levels.items())

    def _use(self, texts: Texts) -> None:
        self.price_text, self.qty_text = texts.price_text, texts.qty_text
