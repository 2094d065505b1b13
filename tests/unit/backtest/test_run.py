"""A backtest is the same for the same seed, leaves a recorded market as it was but for what it
traded, and reports what its fills come to.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from backtest.errors import CannotBacktest
from backtest.page import page
from backtest.plot import nice_step, thin
from backtest.report import profit_rows
from backtest.run import Plan, Result, run
from backtest.session import Session
from backtest.simulated_market import (
    INSTRUMENTS,
    OWN_SOURCE_ID,
    START_PRICES,
    Bank,
    Resident,
    execute,
    opening,
    resident_trader,
    residents,
    usual_funds,
)
from backtest.tape import CapturedTape
from backtest.venue import Venue
from domain.units import NS_PER_S
from engine_core import load_core
from replay.capture import MAGIC, RECORD
from schemas.layouts import COMMAND_BYTES
from trading_bot.errors import BadParameter
from trading_bot.strategies import STRATEGIES

BTC_USDT = INSTRUMENTS["BTC-USDT"]
START_NS = 1_790_000_000 * NS_PER_S
FIRST_ACCOUNT_ID = 1_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of the market of an exchange's own bots, as `openbell capture` writes it."""
    path = tmp_path_factory.mktemp("capture") / "market.obcap"
    with path.open("wb") as file:
        file.write(MAGIC)

        def record(commands: bytes, ts_ns: int, _: bytes) -> None:
            for at in range(0, len(commands), COMMAND_BYTES):
                file.write(RECORD.pack(ts_ns, commands[at : at + COMMAND_BYTES]))

        venue = Venue(load_core()(dedupe_keys_max=100_000), record)
        execute(venue, list(opening([BTC_USDT])), START_NS)
        traders = []
        bank = Bank(venue)
        for account_id, one in enumerate(residents(["BTC-USDT"]), FIRST_ACCOUNT_ID):
            bank.fund(account_id, usual_funds([BTC_USDT]), START_NS)
            price = START_PRICES["BTC-USDT"]
            traders.append(resident_trader(one, BTC_USDT, account_id, START_NS, 7, price))
        for _ in Session(venue, traders).run(START_NS, START_NS + 300 * NS_PER_S):
            pass
    return path


def _own_net_atoms(result: Result) -> int:
    return sum(made.net_atoms for made in result.measures.profits().values())


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"triangular_arbitrage"}))
def test_every_strategy_runs_on_a_recorded_market_and_never_the_other_way(
    name: str, recorded: Path
) -> None:
    hurried = {
        "momentum": {"fast_s": "5", "slow_s": "20", "band_bps": "0.2"},
        "mean_reversion": {"half_life_s": "20"},
        "twap": {"duration_s": "120", "slices": "10"},
        "vwap": {"duration_s": "120", "slices": "10"},
        "grid": {"step_bps": "1"},
        "aggressive_taker": {"imbalance": "0.4"},
    }
    first, second = (
        run(Plan(name, hurried.get(name, {}), on=recorded, latency_ms=2)) for _ in range(2)
    )
    assert first.state_hash == second.state_hash
    assert first.measures.fills and first.measures.fills == second.measures.fills
    assert _own_net_atoms(first) == _own_net_atoms(second)
    assert first.events > 5_000


def test_what_was_recorded_means_the_same_orders_beside_one_more_trader(recorded: Path) -> None:
    """Ids shift with every order of ours: cancels and amendments of the capture follow theirs."""
    alone = Venue(load_core()(dedupe_keys_max=100_000))
    tape = CapturedTape.read(recorded, load_core()(dedupe_keys_max=100_000))
    assert sum(len(events) for events, _ in tape.play(alone, tape.end_ns)) > 1_000_000
    beside = Venue(load_core()(dedupe_keys_max=100_000))
    tape = CapturedTape.read(recorded, load_core()(dedupe_keys_max=100_000))
    start_ns = tape.play_until_orders(beside, 1)
    Bank(beside, OWN_SOURCE_ID).fund(989, usual_funds([BTC_USDT]), start_ns)
    price = START_PRICES["BTC-USDT"]
    far = Resident("market_maker", "BTC-USDT", {"half_spread_bps": "100"})
    ours = resident_trader(far, BTC_USDT, 989, start_ns, 3, price)
    for _ in Session(beside, [ours], tape).run(start_ns, tape.end_ns + 1):
        pass
    assert ours.messages > 200  # many ids are ours, and nothing ever trades with us
    theirs = sorted(row[1:] for row in beside.core.orders() if row[1] != 989)
    assert theirs == sorted(row[1:] for row in alone.core.orders())
    assert len(theirs) == 40


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    def hashed(seed: int) -> bytes:
        plan = Plan("triangular_arbitrage", {"edge_bps": "0"}, hours=0.03, seed=seed)
        return run(plan).state_hash

    assert hashed(1) == hashed(1) != hashed(2)


def _refusals(tmp_path: Path) -> list[tuple[type[Exception], str, Callable[[], Plan]]]:
    other = tmp_path / "other"
    other.write_bytes(b"no capture")
    return [
        (CannotBacktest, "no capture", lambda: Plan("grid", on=other)),
        (CannotBacktest, "there are: BTC-USDT", lambda: Plan("grid", symbols=("DOGE-USDT",))),
        (
            CannotBacktest,
            "prices from outside",
            lambda: Plan("market_maker", {"reference": "ccxt:kraken:BTC/USDT"}),
        ),
        (BadParameter, "lines", lambda: Plan("grid", {"lines": "-1"})),
        (
            CannotBacktest,
            "cannot be told in BTC: name an instrument of USDT and BTC first",
            lambda: Plan("triangular_arbitrage", symbols=("ETH-BTC", "BTC-USDT", "ETH-USDT")),
        ),
    ]


@pytest.mark.parametrize("number", range(5))
def test_what_cannot_be_tested_is_answered_with_why(number: int, tmp_path: Path) -> None:
    error, words, plan = _refusals(tmp_path)[number]
    with pytest.raises(error, match=words):
        run(plan())


def test_the_page_stands_alone_and_has_every_figure(recorded: Path) -> None:
    result = run(Plan("market_maker", on=recorded))
    text = page(result)
    assert not re.search(r"(src|href)=|https?://|<script|@import|url\(", text)
    assert text.count("<svg") == 4 and "nan" not in text
    assert all(row.value in text for row in profit_rows(result))
    nothing = page(run(Plan("momentum", on=recorded)))
    assert nothing.count("<svg") == 4


def test_a_thinned_line_keeps_its_peaks() -> None:
    points = [(float(at), 1.0) for at in range(5_000)]
    points[1_234] = (1_234.0, 99.0)
    thinned = thin(points, 300)
    assert len(thinned) < 400 and (1_234.0, 99.0) in thinned
    assert thinned == sorted(thinned)
    assert [nice_step(rough) for rough in (0.0003, 0.17, 3, 40, 600)] == [0.0005, 0.2, 5, 50, 1_000]
