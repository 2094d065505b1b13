"""A backtest as one page that needs nothing else: figures and plots."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from backtest.plot import Line, Marks, Plot, Point
from backtest.report import (
    Row,
    parameter_rows,
    profit_rows,
    run_rows,
    title_of,
    trading_rows,
)
from backtest.run import Result
from domain.orders import Side

STYLE: Final = """
:root { color-scheme: light dark; --ink: #16202c; --soft: #5b6b7c; --paper: #fbfbfa; --rule:
  #e2e5e8;
  --gain: #0b7a4b; --loss: #c2342c; --blue: #2456c6; --amber: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #93a1b0; --paper: #11161c;
  --rule: #27303a; --gain: #3ecf8e; --loss: #ff6b61; --blue: #7aa2ff; --amber: #f0b24a; } }
body { background: var(--paper); color: var(--ink); margin: 0 auto; max-width: 1080px;
  padding: 28px 20px 60px; font: 15px/1.45 system-ui, sans-serif; font-variant-numeric:
  tabular-nums; }
h1 { font-size: 22px; margin: 0 0 2px; } h2 { font-size: 15px; margin: 26px 0 6px; }
p { color: var(--soft); margin: 0 0 14px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 10px;
  margin: 18px 0 8px; }
.tile { border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px; }
.tile b { display: block; font-size: 20px; font-weight: 600; overflow-wrap: anywhere; }
.tile span { color: var(--soft); font-size: 13px; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0
  36px; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--rule); padding: 5px 6px 5px 0; vertical-align: top; }
td.figure { text-align: right; white-space: nowrap; }
td.note { color: var(--soft); font-size: 13px; }
.wide td.figure { white-space: normal; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; display: block; }
.rule { stroke: var(--rule); fill: none; } .zero { stroke: var(--soft); fill: none; }
text { fill: var(--soft); font-size: 12px; } .value { text-anchor: end; }
.time { text-anchor: middle; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.line.blue { stroke: var(--blue); } .line.soft { stroke: var(--soft); }
.line.amber { stroke: var(--amber); }
.area { opacity: .14; } .area.blue { fill: var(--blue); } .area.amber { fill: var(--amber); }
.area.lossy { fill: var(--loss); } .line.lossy { stroke: var(--loss); }
.mark.up { fill: var(--gain); } .mark.down { fill: var(--loss); } .mark { opacity: .75; }
.key { color: var(--soft); font-size: 13px; margin-right: 16px; }
.key::before { content: "━ "; } .key.up::before { content: "▲ "; color: var(--gain); }
.key.down::before { content: "▼ "; color: var(--loss); } .key.blue::before { color: var(--blue); }
.key.amber::before { color: var(--amber); } .key.lossy::before { color: var(--loss); }
footer { color: var(--soft); font-size: 13px; margin-top: 30px; }
"""
_TILES: Final = frozenset({"net", "fees", "drawdown", "fills", "ratio"})
_CENTS: Final = re.compile(r"(\.\d\d)\d+")


def page(result: Result) -> str:
    """Return the page."""
    title = escape(title_of(result))
    profit, trading = profit_rows(result), trading_rows(result)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{escape(run_rows(result)[0].value)}</p>"
        f"{_tiles(profit, trading)}"
        f"{''.join(_figure(plot) for plot in plots(result))}"
        f'<div class="tables"><section><h2>Money</h2>{_table(profit)}</section>'
        f"<section><h2>Trading</h2>{_table(trading)}</section>"
        f"<section><h2>Parameters</h2>{_table(parameter_rows(result))}</section>"
        f'<section class="wide"><h2>Run</h2>{_table(run_rows(result)[1:])}</section></div>'
        f"<footer>{escape(command_of(result))}</footer></body></html>"
    )


def command_of(result: Result) -> str:
    """Return the command that does the same again."""
    plan = result.plan
    words = ["./openbell backtest", plan.strategy]
    words += [f"--symbol {symbol}" for symbol in plan.symbols]
    words += [f"--param {name}={text}" for name, text in plan.parameters.items()]
    words += [f"--seed {plan.seed} --latency-ms {plan.latency_ms:g}"]
    words += [f"--on {plan.on}" if plan.on else f"--hours {plan.hours:g}"]
    return " ".join(words)


def plots(result: Result) -> list[Plot]:
    """Return profit, drawdown, price with fills, and inventory, over time."""
    measures, quote = result.measures, result.measures.instrument.quote.name
    samples = measures.samples

    def hours(ts_ns: int) -> float:
        return (ts_ns - result.start_ns) / 3.6e12

    net = [(hours(one.ts_ns), one.net) for one in samples]
    mids = [(hours(one.ts_ns), one.mid) for one in samples if one.mid is not None]
    bought, sold = (
        [(hours(fill.ts_ns), fill.price) for fill in measures.fills if fill.side is side]
        for side in (Side.BUY, Side.SELL)
    )
    held = [(hours(one.ts_ns), one.position) for one in samples]
    realised = Line("realised", "soft", [(hours(one.ts_ns), one.realised) for one in samples])
    drawdown = Line("drawdown", "lossy", _drawdowns(net), is_filled=True)
    return [
        Plot("Profit", quote, [Line("net", "blue", net, is_filled=True), realised], has_zero=True),
        Plot("Drawdown", quote, [drawdown], has_zero=True),
        Plot(
            f"Price of {measures.instrument.symbol}, and our fills",
            quote,
            [Line("middle", "soft", mids)],
            (Marks("bought", "up", "up", bought), Marks("sold", "down", "down", sold)),
        ),
        Plot(
            "Inventory",
            measures.instrument.base.name,
            [Line("inventory", "amber", held, is_filled=True, is_stepped=True)],
            has_zero=True,
        ),
    ]


def _drawdowns(net: Sequence[Point]) -> list[Point]:
    height, found = 0.0, []
    for at, value in net:
        height = max(height, value)
        found.append((at, value - height))
    return found


def _figure(plot: Plot) -> str:
    return (
        f"<h2>{escape(plot.title)} <span class='key'>{escape(plot.unit)}</span></h2>"
        f"{plot.svg()}<div>{plot.legend()}</div>"
    )


def _tiles(profit: Sequence[Row], trading: Sequence[Row]) -> str:
    rows = [row for row in (*profit, *trading) if row.name.rpartition(" ")[2] in _TILES]
    rows += [row for row in trading if row.name.startswith("price")]
    return f'<div class="tiles">{"".join(_tile(row) for row in rows)}</div>'


def _tile(row: Row) -> str:
    tone = ""
    if row.name.endswith("net") or row.name.startswith("price"):
        tone = "loss" if row.value.startswith("-") else "gain"
    value = _CENTS.sub(r"\1", row.value)
    return (
        f'<div class="tile"><b class="{tone}">{escape(value)}</b>'
        f"<span>{escape(row.name)}</span></div>"
    )


def _table(rows: Sequence[Row]) -> str:
    cells = "".join(
        f'<tr><td>{escape(row.name)}</td><td class="figure">{escape(row.value)}</td>'
        f'<td class="note">{escape(row.note)}</td></tr>'
        for row in rows
    )
    return f"<table>{cells}</table>"
