"""`openbell backtest`: a strategy in a market in fast time; figures here and on a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.refusals import said_plainly
from cli.screen import console


def backtest(
    strategy: Annotated[str, typer.Argument(help="Its name, or the file of your own.")],
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="Of a simulated market.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed does the same.")] = 1,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="NAME=VALUE, as often as you like.")
    ] = None,
    symbol: Annotated[list[str] | None, typer.Option("--symbol", help="BASE-QUOTE.")] = None,
    on: Annotated[
        Path | None, typer.Option("--on", exists=True, dir_okay=False, help="A capture.")
    ] = None,
    latency_ms: Annotated[float, typer.Option(min=0, max=60_000)] = 1.0,
    html: Annotated[
        Path | None, typer.Option("--html", dir_okay=False, help="Where the page goes.")
    ] = Path("backtest.html"),
) -> None:
    """Test a strategy on a simulated market or a capture, against the real core, in fast time."""
    from backtest.errors import BacktestError
    from backtest.page import page
    from backtest.run import Plan, run
    from trading_bot.errors import BotError

    plan = Plan(
        strategy=strategy,
        parameters=pairs_of(param or []),
        symbols=tuple(symbol or ()),
        hours=hours,
        seed=seed,
        latency_ms=latency_ms,
        on=on,
    )
    with said_plainly():
        try:
            result = run(plan)
        except (BotError, BacktestError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
    _show(result)
    if html is not None:
        try:
            html.write_text(page(result), encoding="utf-8")
        except OSError as error:
            typer.echo(f"The page cannot be written: {html}: {error.strerror}", err=True)
            raise typer.Exit(1) from None
        console.print(f"The page: {html.absolute()}", markup=False, soft_wrap=True)


def pairs_of(texts: list[str]) -> dict[str, str]:
    """Return NAME=VALUE pairs.

    Raises:
        typer.BadParameter: one has no "=".
    """
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r}: NAME=VALUE")
        pairs[name.strip()] = value.strip()
    return pairs


def _show(result: object) -> None:
    from rich.table import Table

    from backtest.report import profit_rows, run_rows, title_of, trading_rows
    from backtest.run import Result

    assert isinstance(result, Result)
    table = Table(title=title_of(result), show_header=False)
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right", overflow="fold")
    table.add_column("note", style="dim")
    for rows in (profit_rows(result), trading_rows(result), run_rows(result)):
        for row in rows:
            table.add_row(row.name, row.value, row.note)
        table.add_section()
    console.print(table)
