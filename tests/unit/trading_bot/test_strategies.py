"""What there is to choose from, and how it is set."""

import random
from pathlib import Path

import pytest

from tests.unit.trading_bot.market import BTC_USDT, START_TICKS, VIEW, later
from trading_bot.bot import spec_of
from trading_bot.config import prices_of
from trading_bot.control import strategy_rows
from trading_bot.credentials import read_credentials
from trading_bot.errors import BadCredentials, BadParameter, NoReference, UnknownStrategy
from trading_bot.fleet_file import BadFleetFile, FleetFile
from trading_bot.parameters import as_texts, changed, described, parameters_of
from trading_bot.reference_price import FileReference, RandomReference
from trading_bot.strategies import STRATEGIES, strategy_named


def test_the_same_seed_gives_the_same_prices_and_they_move() -> None:
    def walk(seed: int) -> list[float]:
        reference = RandomReference(START_TICKS, VIEW.now_ns, random.Random(seed))
        return [reference.ticks(later(VIEW, at)) for at in range(1, 2_000)]

    assert walk(4) == walk(4) != walk(5)
    assert 0.9 < min(walk(4)) / START_TICKS and max(walk(4)) / START_TICKS < 1.1
    assert len(set(walk(4))) == 1_999


def test_prices_of_a_file_are_those_of_their_time_until_they_are_old(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("0,64000\n10,64100.50\n10.5,64200\n")
    reference = FileReference.read(path, BTC_USDT, max_age_ns=5 * 10**9)
    found = [reference.ticks(later(VIEW, at)) for at in (0, 4.9, 6, 10, 10.6, 15.6)]
    assert found == [6_400_000, 6_400_000, None, 6_410_050, 6_420_000, None]
    for text, what in (("", "empty"), ("0,64000\n1,x\n", "line 2"), ("0\n", "line 1")):
        path.write_text(text)
        with pytest.raises(NoReference, match=what):
            FileReference.read(path, BTC_USDT, 1)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_names_its_source_its_risk_and_its_parameters(name: str) -> None:
    words = STRATEGIES[name].make.__globals__["__doc__"]
    assert "Risk:" in words and any(year in words for year in ("19", "20"))
    rows = described(STRATEGIES[name].parameters)
    assert rows and all(row.description and row.default and row.type for row in rows)


def test_parameters_are_set_by_name_and_refused_with_what_they_take() -> None:
    kind = STRATEGIES["grid"].parameters
    parameters = parameters_of(kind, {"lines": "4", "step_bps": "2.5"})
    assert as_texts(parameters) == {"lines": "4", "step_bps": "2.5", "notional": "1000"}
    assert as_texts(changed(parameters, {"lines": "5"}))["step_bps"] == "2.5"
    for texts, what in (
        ({"lines": "0"}, "lines: '0'"),
        ({"lines": "many"}, "lines: 'many'"),
        ({"depth": "4"}, "there are: lines, notional, step_bps"),
        ({"notional": "nan"}, "notional"),
    ):
        with pytest.raises(BadParameter, match=what):
            parameters_of(kind, texts)


def test_an_unknown_strategy_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownStrategy, match="market_maker, mean_reversion"):
        strategy_named("moonshot")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "no file"),
        ("X = 1", "no STRATEGY"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_a_file_that_holds_no_strategy_is_answered_with_why(
    tmp_path: Path, text: str | None, what: str
) -> None:
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UnknownStrategy, match=what):
        strategy_named(str(path))


def test_bots_are_said_in_words() -> None:
    spec = spec_of("triangular_arbitrage:BTC-USDT+ETH-USDT+ETH-BTC")
    assert spec.symbols == ("BTC-USDT", "ETH-USDT", "ETH-BTC")
    assert spec.name == "triangular_arbitrage-BTC-USDT_ETH-USDT_ETH-BTC"
    assert prices_of("BTC-USDT:64000,ETH-USDT:3400")["ETH-USDT"] == "3400"
    for bad in ("market_maker", "market maker:BTC-USDT"):
        with pytest.raises(BadParameter):
            spec_of(bad)
    assert [row.name for row in strategy_rows()] == sorted(STRATEGIES)
    assert all(row.summary.endswith((".", "…")) for row in strategy_rows())


def test_the_fleet_is_kept_as_it_was(tmp_path: Path) -> None:
    file = FleetFile(tmp_path / "fleet.json")
    assert file.read() is None
    specs = [spec_of("grid:BTC-USDT")]
    file.write(specs)
    assert file.read() == specs
    (tmp_path / "fleet.json").write_text('[{"name": "a b"}]')
    with pytest.raises(BadFleetFile, match="fleet.json"):
        file.read()


@pytest.mark.parametrize("text", [None, "{", '{"maker": {"api_key": 1}}'])
def test_unreadable_credentials_name_the_file(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bots.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadCredentials, match="bots.json"):
        read_credentials(path)
