"""`openbell bots`: the bots of a running exchange, and the market they make."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.bots.backtest import pairs_of
from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, InstanceError, Paths, Secrets

if TYPE_CHECKING:
    from service.calls import ServiceClient

app = typer.Typer(help="The bots of a running exchange.", no_args_is_help=True)
DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
Params = Annotated[
    list[str] | None, typer.Option("--param", help="NAME=VALUE, as often as you like.")
]
Name = Annotated[str, typer.Argument(help="The bot's name: see `openbell bots list`.")]
STOP_TIMEOUT_S = 15.0


@app.command("list")
def list_(
    data: DataDir = DEFAULT_DATA_DIR,
    orders: Annotated[bool, typer.Option("--orders", help="Their open orders too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what each bot holds, has open and has made."""
    from cli.bots.tables import show_bots

    told = _call(data, lambda bots: bots.call("GET", "/internal/bots", list[Any]))
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        show_bots(told, orders)


@app.command()
def strategies(
    name: Annotated[str | None, typer.Argument(help="Show its parameters.")] = None,
) -> None:
    """Show the strategies there are, or the parameters of one (or of a file of your own)."""
    from cli.bots.tables import show_parameters, show_strategies
    from trading_bot.errors import BotError
    from trading_bot.parameters import described
    from trading_bot.strategies import strategy_named

    try:
        if name is None:
            show_strategies()
        else:
            show_parameters(name, described(strategy_named(name).parameters))
    except BotError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def start(
    strategy: Annotated[str, typer.Argument(help="A strategy, the file of your own, or a bot.")],
    symbol: Annotated[list[str] | None, typer.Option("--symbol", help="BASE-QUOTE.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="By default made of both.")] = None,
    param: Params = None,
    role: Annotated[str | None, typer.Option(help="Whose keys: maker, taker, trader.")] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Start a new bot (with --symbol), or one that was stopped (by its name)."""
    from cli.bots.tables import show_bots

    if not symbol:
        _refuse_what_needs_a_symbol(strategy, bool(param or name or role))
        bot = _call(data, lambda bots: bots.call("POST", f"/internal/bots/{strategy}/start", Any))
        show_bots([bot], False)
        return
    called = Path(strategy).stem if strategy.endswith(".py") else strategy
    body = {
        "name": name or f"{called}-{'_'.join(symbol)}",
        "strategy": str(Path(strategy).absolute()) if strategy.endswith(".py") else strategy,
        "symbols": symbol,
        "parameters": pairs_of(param or []),
        "role": role,
    }
    bot = _call(data, lambda bots: bots.call("POST", "/internal/bots", Any, body=body))
    show_bots([bot], False)


def _refuse_what_needs_a_symbol(bot: str, is_set: bool) -> None:
    from trading_bot.strategies import STRATEGIES

    if bot.endswith(".py") or bot in STRATEGIES:
        raise typer.BadParameter(f"{bot} is a strategy: on which market? --symbol BTC-USDT")
    if is_set:
        raise typer.BadParameter(
            "--name, --param and --role go with --symbol, for a new bot; `openbell bots set` sets"
            " one that there is"
        )


@app.command()
def stop(name: Name, data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Stop a bot; its orders are gone then. It stays in the list."""
    from cli.bots.tables import show_bots

    path = f"/internal/bots/{name}/stop"
    show_bots([_call(data, lambda b: b.call("POST", path, Any, timeout_s=STOP_TIMEOUT_S))], False)


@app.command()
def remove(name: Name, data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Stop a bot and forget it."""
    path = f"/internal/bots/{name}"
    _call(data, lambda b: b.call("DELETE", path, type(None), timeout_s=STOP_TIMEOUT_S))
    typer.echo(f"{name} is gone, and its orders.")


@app.command("set")
def set_(
    name: Name,
    param: Annotated[list[str], typer.Argument(help="NAME=VALUE …")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Set parameters of a bot; it goes on with them at once."""
    from cli.bots.tables import show_parameters
    from trading_bot.bot import BotReport

    path, body = f"/internal/bots/{name}/parameters", pairs_of(param)
    bot = _call(data, lambda bots: bots.call("PATCH", path, BotReport, body=body))
    show_parameters(bot.name, bot.parameters)


@app.command("market-check")
def market_check(
    hours: Annotated[float, typer.Option(min=0.01, max=240)] = 1.0,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Let the exchange's own bots trade in fast time and look at the market they make. Exit code 1
    if it is not always quoted on both sides, ever crossed, or a maker holds too much.
    """
    from backtest.market_check import check_market
    from cli.bots.tables import show_market

    checks = check_market(hours, seed)
    show_market(checks, hours)
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)


def _call(data: Path, ask: Callable[[ServiceClient], Awaitable[Any]]) -> Any:
    """Ask the bots of the exchange that runs on ``data``."""
    import aiohttp

    from cli.running.services import Wiring
    from cli.running.status import running_facts
    from service.calls import ServiceClient
    from service.errors import CallFailed

    paths = Paths.of(data)

    async def work() -> Any:
        facts = running_facts(paths)
        if "trading_bot" not in facts.processes:
            raise InstanceError("This exchange runs without bots: open it without --no-bots.")
        wiring = Wiring(paths, Secrets.load_or_create(paths.secrets), facts.ports, "")
        url = f"http://127.0.0.1:{facts.ports['bot_http']}"
        async with aiohttp.ClientSession() as http:
            return await ask(ServiceClient(http, url, wiring.bot_control_secret))

    with said_plainly():
        try:
            return asyncio.run(work())
        except CallFailed as failed:
            typer.echo(failed.message, err=True)
            raise typer.Exit(1) from None
