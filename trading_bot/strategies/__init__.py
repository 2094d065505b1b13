"""The strategies, by name; or by the file of somebody's own."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trading_bot.errors import UnknownStrategy
from trading_bot.parameters import Parameters
from trading_bot.setting import Setting
from trading_bot.strategies import (
    aggressive_taker,
    avellaneda_stoikov,
    grid,
    liquidity_provider,
    market_maker,
    mean_reversion,
    momentum,
    noise_taker,
    triangular_arbitrage,
    twap,
    vwap,
)
from trading_bot.strategy import Strategy

OWN_NAME: Final = "STRATEGY"
"""What a file of one's own calls its Entry."""


@dataclass(frozen=True)
class Entry:
    """One strategy: its parameters, how it is made, whose credentials it trades with unless told,
    and how many instruments it trades.
    """

    parameters: type[Parameters]
    make: Callable[[Setting, Any], Strategy]
    role: str = "trader"
    symbols: int = 1


STRATEGIES: Final = {
    "aggressive_taker": Entry(
        aggressive_taker.AggressiveTakerParameters, aggressive_taker.make, "taker"
    ),
    "avellaneda_stoikov": Entry(
        avellaneda_stoikov.AvellanedaStoikovParameters, avellaneda_stoikov.make
    ),
    "grid": Entry(grid.GridParameters, grid.make),
    "liquidity_provider": Entry(
        liquidity_provider.LiquidityProviderParameters, liquidity_provider.make, "maker"
    ),
    "market_maker": Entry(market_maker.MarketMakerParameters, market_maker.make, "maker"),
    "mean_reversion": Entry(mean_reversion.MeanReversionParameters, mean_reversion.make),
    "momentum": Entry(momentum.MomentumParameters, momentum.make),
    "noise_taker": Entry(noise_taker.NoiseTakerParameters, noise_taker.make, "taker"),
    "triangular_arbitrage": Entry(
        triangular_arbitrage.TriangularArbitrageParameters, triangular_arbitrage.make, symbols=3
    ),
    "twap": Entry(twap.TwapParameters, twap.make),
    "vwap": Entry(vwap.VwapParameters, vwap.make),
}


def strategy_named(name: str) -> Entry:
    """Return the strategy called ``name``, or the one in the file that it is the path of.

    Raises:
        UnknownStrategy: there is none; the message lists those there are.
    """
    if name.endswith(".py"):
        return _in_file(Path(name))
    if name not in STRATEGIES:
        raise UnknownStrategy(f"no strategy {name!r}; there are: {', '.join(sorted(STRATEGIES))}")
    return STRATEGIES[name]


def _in_file(path: Path) -> Entry:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UnknownStrategy(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError, AttributeError, TypeError, ValueError) as error:
        raise UnknownStrategy(f"{path}: {type(error).__name__}: {error}") from error
    entry = getattr(module, OWN_NAME, None)
    if not isinstance(entry, Entry):
        raise UnknownStrategy(f"{path} has no {OWN_NAME} = Entry(…)")
    return entry
