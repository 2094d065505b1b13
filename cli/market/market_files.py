"""The commands that turn market data into files and files into market data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Paths

DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
Symbol = Annotated[str, typer.Option(help="The instrument, such as BTC-USDT.")]


def export(
    what: Annotated[str, typer.Argument(help="trades or candles")],
    symbol: Symbol,
    interval: Annotated[str, typer.Option(help="Of candles: 1s to 1M.")] = "1m",
    begin: Annotated[str, typer.Option("--from", help="ISO 8601 in UTC, or Unix ns.")] = "0",
    end: Annotated[str | None, typer.Option("--to", help="As --from; included.")] = None,
    file_format: Annotated[str, typer.Option("--format", help="csv, ndjson or parquet")] = "csv",
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Else the output.")] = None,
    url: Annotated[str | None, typer.Option(help="Of an exchange elsewhere.")] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write an instrument's trades or candles to a file."""
    from cli.market.export import FORMATS, Export, moment_ns
    from cli.market.export import export as write
    from cli.running.status import running_facts

    if what not in ("trades", "candles"):
        raise typer.BadParameter("trades or candles")
    if file_format not in FORMATS:
        raise typer.BadParameter(f"one of {', '.join(FORMATS)}")
    with said_plainly():
        write(
            Export(
                gateway_url=url or running_facts(Paths.of(data)).gateway_url,
                what=what,
                symbol=symbol,
                interval=interval,
                start_ns=moment_ns(begin),
                end_ns=None if end is None else moment_ns(end),
                file_format=file_format,
                path=out,
            )
        )


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    symbol: Symbol,
    into: Annotated[str, typer.Option(help="candles, or of order-level history: flow")] = "candles",
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Of --into flow.")] = None,
    stock: Annotated[str | None, typer.Option(help="Which one of an ITCH file's.")] = None,
    source: Annotated[
        str | None, typer.Option(help="The file's layout, where it does not show.")
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="Show it before the exchange's own candles too.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget what was imported before.")
    ] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Read another venue's trades into candles of an instrument, or its orders into a flow file."""
    from cli.market.import_candles import CandleImport, import_candles
    from cli.one_shots import use_running_exchange
    from cli.running.status import running_facts
    from replay.importers.trade_files import TRADE_SOURCES, detect_trades

    if into not in ("candles", "flow"):
        raise typer.BadParameter("--into candles or --into flow")
    with said_plainly():
        if into == "flow":
            from cli.market.replay_flow import convert

            if out is None:
                raise typer.BadParameter("--into flow needs a file: --out FILE")
            convert(file, out, symbol, stock)
            return
        found = source or detect_trades(file)
        if found not in TRADE_SOURCES:
            raise typer.BadParameter(f"{file} shows no layout: --source {'|'.join(TRADE_SOURCES)}")
        paths = Paths.of(data)
        facts = running_facts(paths)
        use_running_exchange(paths)
        import_candles(
            CandleImport(
                path=file,
                source=found,
                symbol=symbol,
                gateway_url=facts.gateway_url,
                join=join,
                replace=replace,
            )
        )
