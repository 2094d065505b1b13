"""`openbell bot new`: a strategy of one's own, with a test, ready to run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Bots of your own.", no_args_is_help=True)
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and _.")],
    directory: Annotated[Path, typer.Option("--dir", file_okay=False)] = Path("my_bots"),
) -> None:
    """Write a strategy file and its test."""
    if _NAME.fullmatch(name) is None:
        raise typer.BadParameter("small letters, digits and _, a letter first")
    files = {
        directory / f"{name}.py": STRATEGY,
        directory / f"test_{name}.py": TEST,
    }
    if there := [path for path in files if path.exists()]:
        typer.echo(f"{there[0]} is there already.", err=True)
        raise typer.Exit(1)
    directory.mkdir(parents=True, exist_ok=True)
    title = "".join(word.capitalize() for word in name.split("_"))
    for path, text in files.items():
        path.write_text(text.replace("NAME", name).replace("TITLE", title), encoding="utf-8")
    typer.echo(_NEXT.format(path=directory / f"{name}.py", test=directory / f"test_{name}.py"))


_NEXT = """\
{path}   the strategy
{test}   its test

./openbell test {test}
./openbell backtest {path} --hours 0.2
./openbell bots start {path} --symbol BTC-USDT
./openbell bots list"""

STRATEGY = '''"""NAME: quotes one order on each side, a little away from the middle."""

from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_MS
from trading_bot.parameters import Bps, Parameters, Units
from trading_bot.rounding import lots_worth, quote_ticks
from trading_bot.setting import Setting
from trading_bot.strategies import Entry
from trading_bot.strategy import Desired, MarketView, Quote, Strategy


class TITLEParameters(Parameters):
    """What can be set: --param distance_bps=2, or openbell bots set."""

    distance_bps: Annotated[Bps, Meta(description="From the middle to each quote")] = 1.0
    notional: Annotated[Units, Meta(description="Of each quote")] = 500.0
    inventory_max: Annotated[Units, Meta(description="No more than that, either way")] = 5_000.0


class TITLE(Strategy):
    """It is shown the market and says which orders it wants; whoever runs it does the rest."""

    def __init__(self, instrument: Instrument, parameters: TITLEParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters

    def pause_ns(self) -> int:
        """Look again after half a second."""
        return 500 * NS_PER_MS

    def on_timer(self, view: MarketView) -> Desired:
        """Return the orders that should rest now; all others are cancelled."""
        mid = view.mid_ticks
        if mid is None:
            return Desired()
        lots = lots_worth(self._instrument, self._parameters.notional, mid)
        most = lots_worth(self._instrument, self._parameters.inventory_max, mid)
        away = mid * self._parameters.distance_bps / 10_000
        quotes = []
        if view.position_lots < most:
            quotes.append(Quote(Side.BUY, quote_ticks(Side.BUY, mid - away), lots))
        if view.position_lots > -most:
            quotes.append(Quote(Side.SELL, quote_ticks(Side.SELL, mid + away), lots))
        # Orders within a tenth of the distance stay where they are: fewer messages.
        return Desired(tuple(quotes), price_slack_ticks=round(away / 10))


def make(setting: Setting, parameters: TITLEParameters) -> TITLE:
    """Return one that begins now."""
    return TITLE(setting.instrument, parameters)


STRATEGY = Entry(TITLEParameters, make)
'''

TEST = '''"""NAME is shown a market, and wants what it should; and it trades on the real core."""

from pathlib import Path

from backtest.run import Plan, run
from domain.orders import Side

FILE = Path(__file__).with_name("NAME.py")


def test_it_quotes_both_sides_and_trades() -> None:
    result = run(Plan(str(FILE), hours=0.05, seed=1))
    assert {fill.side for fill in result.measures.fills} == {Side.BUY, Side.SELL}


def test_the_same_seed_does_the_same() -> None:
    first, second = (run(Plan(str(FILE), hours=0.02, seed=3)) for _ in range(2))
    assert first.state_hash == second.state_hash
'''
