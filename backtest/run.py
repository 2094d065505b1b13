"""One strategy in one market, from beginning to end."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backtest.errors import CannotBacktest
from backtest.measures import Measures
from backtest.session import Session
from backtest.simulated_market import (
    FIRST_ACCOUNT_ID,
    INSTRUMENTS,
    OWN_SOURCE_ID,
    START_PRICES,
    Bank,
    execute,
    opening,
    resident_trader,
    residents,
    trader_of,
    usual_funds,
)
from backtest.tape import CapturedTape
from backtest.trader import Trader
from backtest.venue import Venue
from domain.instruments import Instrument
from domain.units import NS_PER_MS, NS_PER_S
from engine_core import core_name, load_core
from trading_bot.parameters import described
from trading_bot.setting import Setting
from trading_bot.strategies import Entry, strategy_named

START_NS: Final = 1_790_000_000 * NS_PER_S
OWN_ACCOUNT_ID: Final = 989
"""Not a user's: captures cannot have it."""
TRIANGLE: Final = ("BTC-USDT", "ETH-USDT", "ETH-BTC")
REFERENCE: Final = "reference"
"""A strategy that has this parameter quotes around its own market here, unless told otherwise: a
random price of its own would be nobody's.
"""
DEDUPE_KEYS_MAX: Final = 500_000
"""Ids that are remembered: those of the last seconds."""
WARM_UP_S: Final = 60
"""The residents trade so long before the strategy comes: it meets a market."""


@dataclass(frozen=True)
class Plan:
    """What to test, on what. Without ``on`` the market is simulated: ``hours`` out of ``seed``."""

    strategy: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    hours: float = 1.0
    seed: int = 1
    latency_ms: float = 1.0
    sample_s: int = 1
    on: Path | None = None

    def entry(self) -> Entry:
        """Return the strategy. Raises UnknownStrategy."""
        return strategy_named(self.strategy)

    def effective_parameters(self) -> dict[str, str]:
        """Return what is set, the reference included."""
        parameters = dict(self.parameters)
        if REFERENCE in {one.name for one in described(self.entry().parameters)}:
            parameters.setdefault(REFERENCE, "market")
        return parameters

    def traded(self) -> tuple[str, ...]:
        """Return the symbols: those named, or the first ones there are."""
        return self.symbols or TRIANGLE[: self.entry().symbols]


@dataclass(frozen=True)
class Result:
    """What came of a plan. ``events``: of the core, while the strategy traded; ``took_s``: seconds
    of the processor, which a busy machine does not lengthen.
    """

    plan: Plan
    measures: Measures
    start_ns: int
    end_ns: int
    events: int
    took_s: float
    core: str
    state_hash: bytes

    @property
    def events_per_s(self) -> float:
        """How many events of the core there were in one of those seconds."""
        return self.events / self.took_s


def run(plan: Plan) -> Result:
    """Test a strategy.

    Raises:
        BotError: it cannot be made.
        CannotBacktest: there is nothing to test it on.
    """
    venue = Venue(load_core()(dedupe_keys_max=DEDUPE_KEYS_MAX))
    latency_ns = round(plan.latency_ms * NS_PER_MS)
    if plan.on is None:
        return _on_simulation(plan, venue, latency_ns)
    return _on_capture(plan, venue, latency_ns, plan.on)


def _on_simulation(plan: Plan, venue: Venue, latency_ns: int) -> Result:
    instruments = [_known(INSTRUMENTS, symbol) for symbol in plan.traded()]
    opened_ns = START_NS - WARM_UP_S * NS_PER_S
    execute(venue, list(opening(instruments)), opened_ns)
    bank = Bank(venue)
    traders = []
    for number, one in enumerate(residents(plan.traded()), FIRST_ACCOUNT_ID):
        bank.fund(number, usual_funds(instruments), opened_ns)
        instrument = INSTRUMENTS[one.symbol]
        traders.append(
            resident_trader(one, instrument, number, opened_ns, plan.seed, START_PRICES[one.symbol])
        )
    for _ in Session(venue, traders).run(opened_ns, START_NS):
        pass
    bank.fund(OWN_ACCOUNT_ID, usual_funds(instruments), START_NS)
    ours = _own_trader(plan, venue, instruments, START_NS, latency_ns)
    end_ns = START_NS + round(plan.hours * 3_600 * NS_PER_S)
    return _trade(plan, venue, [*traders, ours], None, (START_NS, end_ns))


def _on_capture(plan: Plan, venue: Venue, latency_ns: int, path: Path) -> Result:
    tape = CapturedTape.read(path, load_core()(dedupe_keys_max=DEDUPE_KEYS_MAX))
    known = tape.instruments()
    symbols = plan.symbols or tuple(known)[: plan.entry().symbols]
    instruments = [_known(known, symbol) for symbol in symbols]
    if not instruments:
        raise CannotBacktest(f"{path} has no instrument")
    start_ns = tape.play_until_orders(venue, instruments[0].instrument_id)
    Bank(venue, OWN_SOURCE_ID).fund(OWN_ACCOUNT_ID, usual_funds(instruments), start_ns)
    ours = _own_trader(plan, venue, instruments, start_ns, latency_ns)
    return _trade(plan, venue, [ours], tape, (start_ns, tape.end_ns + 1))


def _known(instruments: Mapping[str, Instrument], symbol: str) -> Instrument:
    if symbol not in instruments:
        raise CannotBacktest(f"no instrument {symbol!r}; there are: {', '.join(instruments)}")
    return instruments[symbol]


def _check_priced(instruments: list[Instrument]) -> None:
    """Money is reckoned in the first instrument's quote asset: each other's must be worth some."""
    first = instruments[0]
    for one in instruments[1:]:
        if one.quote not in (first.quote, first.base):
            raise CannotBacktest(
                f"what {one.symbol} earns cannot be told in {first.quote.name}: name an instrument"
                f" of {one.quote.name} and {first.quote.name} first"
            )


def _own_trader(
    plan: Plan, venue: Venue, instruments: list[Instrument], now_ns: int, latency_ns: int
) -> Trader:
    _check_priced(instruments)
    first = instruments[0]
    setting = Setting(
        instruments=tuple(instruments),
        start_ticks=_start_ticks(venue, first),
        now_ns=now_ns,
        draws=random.Random(f"{plan.seed}:{plan.strategy}"),
    )
    parameters = plan.effective_parameters()
    return trader_of("own", plan.entry(), parameters, OWN_ACCOUNT_ID, setting, latency_ns)


def _start_ticks(venue: Venue, instrument: Instrument) -> int:
    bids, asks = venue.core.depth(instrument.instrument_id, 1)
    prices = [levels[0][0] for levels in (bids, asks) if levels]
    if prices:
        return sum(prices) // len(prices)
    return instrument.price_ticks(START_PRICES.get(instrument.symbol, "100"))


def _trade(
    plan: Plan,
    venue: Venue,
    traders: list[Trader],
    tape: CapturedTape | None,
    between_ns: tuple[int, int],
) -> Result:
    start_ns, end_ns = between_ns
    measures = Measures(traders[-1])
    session = Session(venue, traders, tape, on_fill=measures.filled)

    def sample(ts_ns: int) -> None:
        traders[-1].look(venue)
        measures.sample(ts_ns)

    session.every(start_ns, plan.sample_s * NS_PER_S, sample)
    first_seq, began_s = venue.core.next_event_seq, time.thread_time()
    for _ in session.run(start_ns, end_ns):
        pass
    took_s = time.thread_time() - began_s
    sample(end_ns)
    return Result(
        plan=plan,
        measures=measures,
        start_ns=start_ns,
        end_ns=end_ns,
        events=venue.core.next_event_seq - first_seq,
        took_s=took_s,
        core=core_name(),
        state_hash=venue.core.state_hash(),
    )
