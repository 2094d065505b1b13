"""How many events a second does a backtest get through, the same each time?

An hour of the exchange's own bots is recorded as `openbell capture` would, and a maker that follows
every fill trades on that, beside everything recorded; then the same maker trades beside the bots
themselves, whose strategies are run too. Each run is done again and must end in the same state.
Events are the core's: what its commands, ours and others', came to; seconds are the processor's.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from backtest.run import START_NS, Plan, Result, run
from backtest.session import Session
from backtest.simulated_market import (
    INSTRUMENTS,
    START_PRICES,
    Bank,
    execute,
    opening,
    resident_trader,
    residents,
    usual_funds,
)
from backtest.venue import Venue
from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from bench.yardsticks import line_copy_ns
from domain.units import NS_PER_S
from engine_core import core_name, load_core
from replay.capture import MAGIC, RECORD
from schemas.layouts import COMMAND_BYTES

HOURS: Final = 1.0
QUICK_HOURS: Final = 0.03
RUNS: Final = 3
STRATEGY: Final = "avellaneda_stoikov"
SYMBOL: Final = "BTC-USDT"
FIRST_ACCOUNT_ID: Final = 1_000


def record(path: Path, hours: float) -> None:
    """Write a capture of a market that the exchange's own bots make."""
    instrument = INSTRUMENTS[SYMBOL]
    with path.open("wb") as file:
        file.write(MAGIC)

        def write(commands: bytes, ts_ns: int, _: bytes) -> None:
            for at in range(0, len(commands), COMMAND_BYTES):
                file.write(RECORD.pack(ts_ns, commands[at : at + COMMAND_BYTES]))

        venue = Venue(load_core()(dedupe_keys_max=500_000), write)
        execute(venue, list(opening([instrument])), START_NS)
        bank, traders = Bank(venue), []
        for account_id, one in enumerate(residents([SYMBOL]), FIRST_ACCOUNT_ID):
            bank.fund(account_id, usual_funds([instrument]), START_NS)
            price = START_PRICES[SYMBOL]
            traders.append(resident_trader(one, instrument, account_id, START_NS, 1, price))
        end_ns = START_NS + round(hours * 3_600 * NS_PER_S)
        for _ in Session(venue, traders).run(START_NS, end_ns):
            pass


def _timed(plan: Callable[[], Plan], runs: int, say: Say) -> list[Result]:
    results = [run(plan()) for _ in range(max(2, runs))]
    if len({(one.state_hash, one.events) for one in results}) != 1:
        raise WrongResult("the same seed did not do the same")
    say(f"{results[0].events:,} events, {len(results)} times the same state")
    return results


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Record a market, trade on it, then beside its bots."""
    hours, runs = (QUICK_HOURS, 2) if options.quick else (options.hours, RUNS)
    with tempfile.TemporaryDirectory(prefix="backtest-") as directory:
        path = Path(directory) / "market.obcap"
        say(f"recording {hours:g} h of {SYMBOL}")
        record(path, hours)
        say(f"{STRATEGY} on what was recorded")
        recorded = _timed(lambda: Plan(STRATEGY, on=path), runs, say)
        say("a momentum trader, which looks once a second")
        slow = _timed(lambda: Plan("momentum", on=path), runs, say)
    say(f"{STRATEGY} beside the bots themselves")
    simulated = _timed(lambda: Plan(STRATEGY, hours=hours), runs, say)
    return Measured(
        figures={
            "backtest.recorded_events_per_s": median(one.events_per_s for one in recorded),
            "backtest.slow_events_per_s": median(one.events_per_s for one in slow),
            "backtest.simulated_events_per_s": median(one.events_per_s for one in simulated),
            "backtest.events": float(recorded[0].events),
            "backtest.fills": float(len(recorded[0].measures.fills)),
        },
        yardsticks={"line_copy_ns": line_copy_ns()},
        twin=core_name(),
        yardstick="line_copy_ns",
        notes=(
            f"recorded: {STRATEGY} beside a capture; slow: momentum beside it; simulated: "
            f"{STRATEGY} beside the bots that make the market, their strategies run as well. "
            "Seconds of the processor, as of the yardstick.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the length of the market."""
    parser.add_argument("--hours", type=float, default=HOURS, help="of market time")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
