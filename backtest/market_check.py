"""What a market looks like that the exchange's own bots make: is it always quoted, and does it have
what markets have?

The stylised facts are those of R. Cont, Empirical properties of asset returns, Quantitative Finance
1 (2001): tails heavier than a normal's, volatility that comes in clusters; and of F. Lillo and J.
D. Farmer, The long memory of the efficient market, Studies in Nonlinear Dynamics & Econometrics 8
(2004): signs of market orders that follow each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from backtest.run import START_NS, WARM_UP_S
from backtest.session import Session
from backtest.simulated_market import (
    FIRST_ACCOUNT_ID,
    INSTRUMENTS,
    START_PRICES,
    Bank,
    execute,
    opening,
    resident_trader,
    residents,
    usual_funds,
)
from backtest.trader import Trader
from backtest.venue import Venue
from domain.instruments import Instrument
from domain.units import NS_PER_S
from engine_core import load_core
from trading_bot.rounding import units_worth
from trading_bot.strategies.market_maker import MarketMakerParameters

SYMBOLS: Final = ("BTC-USDT", "ETH-USDT")
TWO_SIDED_MIN: Final = 0.999
RETURN_S: Final = 10
"""Returns are over so many seconds."""
CLUSTER_LAGS: Final = range(1, 11)
INVENTORY_TOLERANCE: Final = 1.05
"""A maker at its bound may still be hit by what was on its way."""


@dataclass
class MarketCheck:
    """Collects what one instrument does; times weighted by how long they lasted."""

    symbol: str
    instrument: Instrument
    maker: Trader
    two_sided_ns: int = 0
    watched_ns: int = 0
    crossed: int = 0
    inventory_max: float = 0.0
    spreads_bps: list[float] = field(default_factory=list)
    mids: list[float] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)
    trades: int = 0
    _state: tuple[int, bool] | None = None

    def note(self, venue: Venue, ts_ns: int) -> None:
        """Look at the book after something happened."""
        bids, asks = venue.core.depth(self.instrument.instrument_id, 1)
        self._until(ts_ns)
        self._state = (ts_ns, bool(bids and asks))
        if bids and asks and bids[0][0] >= asks[0][0]:
            self.crossed += 1
        lots, price = self.maker.desk.positions[self.symbol].lots, bids or asks
        if price:
            held = abs(units_worth(self.instrument, lots, price[0][0]))
            self.inventory_max = max(self.inventory_max, held)

    def _until(self, ts_ns: int) -> None:
        if self._state is not None:
            lasted_ns = ts_ns - self._state[0]
            self.watched_ns += lasted_ns
            self.two_sided_ns += lasted_ns if self._state[1] else 0

    def sample(self, venue: Venue) -> None:
        """Take the middle and the spread."""
        bids, asks = venue.core.depth(self.instrument.instrument_id, 1)
        if bids and asks:
            mid = (bids[0][0] + asks[0][0]) / 2
            self.mids.append(mid)
            self.spreads_bps.append((asks[0][0] - bids[0][0]) / mid * 1e4)

    def traded(self, aggressor: int) -> None:
        """Somebody traded."""
        self.trades += 1
        if aggressor:
            self.signs.append(1 if aggressor == 1 else -1)

    @property
    def two_sided(self) -> float:
        """Share of the time in which both sides were quoted."""
        return self.two_sided_ns / self.watched_ns if self.watched_ns else 0.0

    @property
    def inventory_bound(self) -> float:
        """What the maker may hold either way, in units of quote."""
        return MarketMakerParameters().inventory_max

    @property
    def passed(self) -> bool:
        """Whether it is the market that it should be."""
        return (
            self.two_sided >= TWO_SIDED_MIN
            and not self.crossed
            and self.inventory_max <= INVENTORY_TOLERANCE * self.inventory_bound
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures, as text."""
        returns = returns_of(self.mids)
        sizes = [abs(one) for one in returns]
        clusters = [correlation(sizes, lag) for lag in CLUSTER_LAGS]
        spreads = sorted(self.spreads_bps)
        middle = spreads[len(spreads) // 2] if spreads else math.nan
        return [
            ("quoted on both sides, of the time", f"{self.two_sided:.3%}"),
            ("moments with a crossed book", str(self.crossed)),
            ("maker's largest inventory, quote units", f"{self.inventory_max:,.0f}"),
            ("its bound", f"{self.inventory_bound:,.0f}"),
            ("trades", f"{self.trades:,}"),
            ("spread, median", f"{middle:.2f} bps"),
            (f"volatility, {RETURN_S} s returns", f"{deviation(returns) * 1e4:.2f} bps"),
            ("excess kurtosis (normal: 0)", f"{excess_kurtosis(returns):.1f}"),
            ("correlation of returns, lag 1", f"{correlation(returns, 1):+.3f}"),
            ("correlation of |returns|, lags 1-10", f"{sum(clusters) / len(clusters):+.3f}"),
            ("correlation of trade signs, lag 1", f"{correlation(self.signs, 1):+.3f}"),
        ]


def check_market(hours: float, seed: int) -> list[MarketCheck]:
    """Let the bots trade for ``hours`` of market time, and return what came of it."""
    venue = Venue(load_core()(dedupe_keys_max=500_000))
    instruments = [INSTRUMENTS[symbol] for symbol in SYMBOLS]
    opened_ns = START_NS - WARM_UP_S * NS_PER_S
    execute(venue, list(opening(instruments)), opened_ns)
    bank, traders = Bank(venue), list[Trader]()
    for account_id, one in enumerate(residents(SYMBOLS), FIRST_ACCOUNT_ID):
        bank.fund(account_id, usual_funds(instruments), opened_ns)
        instrument, price = INSTRUMENTS[one.symbol], START_PRICES[one.symbol]
        traders.append(resident_trader(one, instrument, account_id, opened_ns, seed, price))
    checks = {
        INSTRUMENTS[s].instrument_id: MarketCheck(s, INSTRUMENTS[s], traders[2 * number])
        for number, s in enumerate(SYMBOLS)
    }

    def note(ts_ns: int) -> None:
        if ts_ns >= START_NS:
            for check in checks.values():
                check.note(venue, ts_ns)

    def sample(ts_ns: int) -> None:
        note(ts_ns)
        for check in checks.values():
            check.sample(venue)

    def traded(instrument_id: int, ts_ns: int, price: int, qty: int, aggressor: int) -> None:
        if ts_ns >= START_NS:
            checks[instrument_id].traded(aggressor)

    session = Session(venue, traders, on_trade=traded, on_group=note)
    session.every(START_NS, RETURN_S * NS_PER_S, sample)
    for _ in session.run(opened_ns, START_NS + round(hours * 3_600 * NS_PER_S)):
        pass
    return list(checks.values())


def returns_of(prices: Sequence[float]) -> list[float]:
    """Return the logarithmic returns from one price to the next."""
    return [math.log(after / before) for before, after in zip(prices, prices[1:], strict=False)]


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation; nan of fewer than two."""
    if len(values) < 2:
        return math.nan
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def excess_kurtosis(values: Sequence[float]) -> float:
    """Return the fourth moment over the normal's; nan where nothing varies."""
    spread = deviation(values)
    if not spread > 0:
        return math.nan
    mean = sum(values) / len(values)
    return sum((value - mean) ** 4 for value in values) / len(values) / spread**4 - 3


def correlation(values: Sequence[float], lag: int) -> float:
    """Return the correlation of each value with the one ``lag`` later; nan where nothing varies."""
    spread = deviation(values)
    if not spread > 0 or len(values) <= lag:
        return math.nan
    mean = sum(values) / len(values)
    pairs = zip(values, values[lag:], strict=False)
    return sum((a - mean) * (b - mean) for a, b in pairs) / len(values) / spread**2
