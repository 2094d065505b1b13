"""Bots, strategies and the market they make, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from backtest.market_check import MarketCheck
from cli.screen import console
from trading_bot.bot import BotReport, Holding
from trading_bot.control import strategy_rows
from trading_bot.parameters import ParameterRow

LIST_COLUMNS = 118
"""So wide is the list at least: a name cut short names nothing."""
_COLOURS = {"trading": "green", "failed": "red", "waiting": "yellow"}


def show_bots(told: list[Any], with_orders: bool) -> None:
    """Show bots as the process told them."""
    bots = msgspec.convert(told, list[BotReport])
    table = Table(box=None, pad_edge=False)
    for heading in ("bot", "state", "symbol"):
        table.add_column(heading, no_wrap=True)
    for heading in ("position", "orders", "fills", "realised", "fees", "net"):
        table.add_column(heading, justify="right", no_wrap=True)
    for bot in bots:
        colour = _COLOURS.get(bot.state, "dim")
        rows: Sequence[Holding | None] = bot.holdings or [None]
        for number, made in enumerate(rows):
            told_once = (bot.name, f"[{colour}]{bot.state}[/]") if number == 0 else ("", "")
            table.add_row(*told_once, *_cells(bot, made))
    Console(width=max(console.width, LIST_COLUMNS), highlight=False).print(table)
    for bot in bots:
        if bot.reason:
            console.print(f"{bot.name}: {bot.reason}", markup=False, soft_wrap=True)
    if with_orders:
        _show_orders(bots)


def _cells(bot: BotReport, made: Holding | None) -> tuple[str, ...]:
    if made is None:
        return (", ".join(bot.symbols), *("",) * 6)
    count = sum(order.symbol == made.symbol for order in bot.orders)
    money = (made.realised, made.fees, made.net)
    return (made.symbol, made.position, str(count), str(made.fills), *map(_cents, money))


def _cents(text: str) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:2].ljust(2, '0')}"


def _show_orders(bots: list[BotReport]) -> None:
    table = Table("bot", "symbol", "order", "side", "price", "quantity")
    for bot in bots:
        for order in bot.orders:
            row = (order.symbol, str(order.order_id), order.side, order.price, order.qty)
            table.add_row(bot.name, *row)
    console.print(table)


def show_strategies() -> None:
    """Show the strategies there are."""
    table = Table("strategy", "what it does", "symbols")
    for row in strategy_rows():
        table.add_row(row.name, row.summary, str(row.symbols))
    console.print(table)


def show_parameters(name: str, rows: Sequence[ParameterRow]) -> None:
    """Show parameters, with what they are set to if they are."""
    table = Table("parameter", "type", "default", "set to", "meaning", title=name)
    for row in rows:
        table.add_row(row.name, row.type, row.default, row.value or "", row.description)
    console.print(table)


def show_market(checks: Sequence[MarketCheck], hours: float) -> None:
    """Show the market that the bots made."""
    table = Table(title=f"The market of the exchange's own bots, {hours:g} h, in fast time")
    table.add_column("figure")
    for check in checks:
        table.add_column(check.symbol, justify="right")
    for number, (name, _) in enumerate(checks[0].rows()):
        table.add_row(name, *(check.rows()[number][1] for check in checks))
    table.add_section()
    table.add_row(
        "as it should be", *("[green]yes[/]" if one.passed else "[red]no[/]" for one in checks)
    )
    console.print(table)
