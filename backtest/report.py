"""What a backtest came to, as rows for people: one source for the terminal and the page."""

from dataclasses import dataclass
from datetime import UTC, datetime

from backtest.measures import HORIZONS_S
from backtest.run import Result
from trading_bot.parameters import described, parameters_of
from trading_bot.profit import Profit


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``note`` says how it is meant."""

    name: str
    value: str
    note: str = ""


def title_of(result: Result) -> str:
    """Return what was tested on what."""
    plan = result.plan
    where = plan.on.name if plan.on else f"a simulated market, seed {plan.seed}"
    symbols = ", ".join(result.measures.trader.desk.instruments)
    return f"{plan.strategy.rpartition('/')[2]} · {symbols} · {where}"


def span_of(result: Result) -> str:
    """Return from when to when, in market time."""
    hours = (result.end_ns - result.start_ns) / 3.6e12
    first, last = (
        f"{datetime.fromtimestamp(at_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}"
        for at_ns in (result.start_ns, result.end_ns)
    )
    return f"{first} to {last} UTC, {hours:.2f} h of market time"


def profit_rows(result: Result) -> list[Row]:
    """Return money: of each instrument in its quote asset, exact."""
    rows = []
    for symbol, made in result.measures.profits().items():
        rows += _profit_rows(result, symbol, made)
    quote = result.measures.instrument.quote.name
    rows.append(Row("drawdown", f"{result.measures.drawdown():,.2f} {quote}", "deepest, sampled"))
    return rows


def _profit_rows(result: Result, symbol: str, made: Profit) -> list[Row]:
    instrument = result.measures.trader.desk.instruments[symbol]
    quote, base = instrument.quote, instrument.base
    prefix = f"{symbol} " if len(result.measures.trader.desk.instruments) > 1 else ""

    def money(atoms: int) -> str:
        return f"{_grouped(quote.text(atoms))} {quote.name}"

    return [
        Row(prefix + "net", money(made.net_atoms), "realised + unrealised - fees"),
        Row(prefix + "realised", money(made.realised_atoms), "at average cost"),
        Row(prefix + "unrealised", money(made.unrealised_atoms), "if closed at the best price"),
        Row(prefix + "fees", money(made.fees_atoms)),
        Row(prefix + "inventory", f"{instrument.qty_text(made.position_lots)} {base.name}"),
        Row(prefix + "volume", money(made.volume_atoms)),
    ]


def trading_rows(result: Result) -> list[Row]:
    """Return how it traded."""
    measures, trader = result.measures, result.measures.trader
    made = list(measures.profits().values())
    fills, maker_fills = sum(one.fills for one in made), sum(one.maker_fills for one in made)
    filled = sum(fill.qty for fill in measures.fills)
    sent = trader.entered_lots * float(measures.instrument.measure.lot)
    rows = [
        Row("fills", f"{fills:,}", f"{maker_fills:,} as maker"),
        Row("messages", f"{trader.messages:,}", f"{_ratio(trader.messages, fills)} a fill"),
    ]
    if len(trader.desk.instruments) == 1:
        share = f"{filled / sent:.1%}" if sent else "–"
        rows.append(Row("fill ratio", share, "of the quantity entered"))
    positions = [abs(sample.position) for sample in measures.samples]
    held = f"{max(positions):.6g} {measures.instrument.base.name}"
    rows.append(Row("largest inventory", held, "either way, sampled"))
    for horizon_s in HORIZONS_S:
        bps = measures.markout_bps(horizon_s)
        text = "–" if bps is None else f"{bps:+.2f} bps"
        rows.append(
            Row(f"price {horizon_s} s after a fill", text, "our way; less is adverse selection")
        )
    return rows


def run_rows(result: Result) -> list[Row]:
    """Return what another needs to get the same."""
    plan = result.plan
    return [
        Row("market time", span_of(result)),
        Row("latency", f"{plan.latency_ms:g} ms", "from decision to arrival"),
        Row("events of the core", f"{result.events:,}", f"{result.core} core"),
        Row(
            "events a second",
            f"{result.events_per_s:,.0f}",
            f"{result.took_s:.2f} s processor time",
        ),
        Row("state hash", result.state_hash.hex(), "the same for the same seed"),
    ]


def parameter_rows(result: Result) -> list[Row]:
    """Return what was set, and to what."""
    plan = result.plan
    kind = plan.entry().parameters
    rows = described(kind, parameters_of(kind, plan.effective_parameters()))
    return [Row(row.name, row.value or "", row.description) for row in rows]


def _ratio(count: int, of: int) -> str:
    return f"{count / of:.1f}" if of else "–"


def _grouped(text: str) -> str:
    """Return decimal text with its thousands apart and no more digits than say something."""
    whole, _, fraction = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{fraction[:8].rstrip('0').ljust(2, '0')}"
