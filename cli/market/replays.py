"""The commands that replay order flow and capture it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Paths

if TYPE_CHECKING:
    from replay.faults import FaultRates

DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    symbol: Annotated[
        str | None, typer.Option(help="What order-level history becomes: AAPL-USD.")
    ] = None,
    stock: Annotated[str | None, typer.Option(help="Which one of an ITCH file's.")] = None,
    speed: Annotated[str, typer.Option(help="Times the recorded pace, or max.")] = "max",
    begin: Annotated[
        str, typer.Option("--from", help="Time of day at which that pace begins.")
    ] = "00:00",
    prefix: Annotated[int | None, typer.Option(min=1, help="Only so many commands.")] = None,
    rate: Annotated[int | None, typer.Option(min=1, help="Commands per second.")] = None,
    durable: Annotated[bool, typer.Option(help="Wait for the disk.")] = True,
    loss: Annotated[float, typer.Option(help="Share of datagrams lost, both ways.")] = 0.0,
    duplicate: Annotated[float, typer.Option(help="Share of datagrams sent twice.")] = 0.0,
    reorder: Annotated[float, typer.Option(help="Share of datagrams that others overtake.")] = 0.0,
    delay: Annotated[float, typer.Option(help="Share of datagrams that come late.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a capture's events are not said again.")
    ] = False,
    running: Annotated[
        bool, typer.Option("--running", help="Into the exchange that runs, not an own engine.")
    ] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Replay a stream, a capture, LOBSTER or ITCH over UDP; compare with what must come of it."""
    from replay.faults import FaultRates
    from replay.importers.order_files import detect_orders

    with said_plainly():
        faults = FaultRates(loss=loss, duplicate=duplicate, reorder=reorder, delay=delay, seed=seed)
        if detect_orders(file) is not None:
            code = _replay_flow(
                file, symbol, stock, speed, begin, durable, faults, running, Paths.of(data)
            )
        else:
            code = _replay_commands(
                file, prefix, rate, speed, durable, faults, strict, running, Paths.of(data)
            )
    raise typer.Exit(code)


def _replay_flow(
    file: Path,
    symbol: str | None,
    stock: str | None,
    speed: str,
    begin: str,
    durable: bool,
    faults: FaultRates,
    running: bool,
    paths: Paths,
) -> int:
    from cli import one_shots
    from cli.market.replay_flow import FlowOptions, clock_ns, replay_flow, speed_of
    from cli.running.status import running_facts

    engine = None
    if running:
        gateway_url = running_facts(paths).gateway_url
        engine = (*one_shots.engine_of_running_exchange(paths), gateway_url)
    options = FlowOptions(
        symbol=symbol,
        stock=stock,
        speed=speed_of(speed),
        begin_ns=clock_ns(begin),
        durable=durable,
        faults=faults,
        engine=engine,
    )
    return replay_flow(file, options)


def _replay_commands(
    file: Path,
    prefix: int | None,
    rate: int | None,
    speed: str,
    durable: bool,
    faults: FaultRates,
    strict: bool,
    running: bool,
    paths: Paths,
) -> int:
    from cli import one_shots
    from cli.market.replay import ReplayOptions, replay_file
    from cli.market.replay_flow import speed_of

    options = ReplayOptions(
        prefix=prefix,
        rate_per_s=rate,
        speed=speed_of(speed),
        durable=durable,
        faults=faults,
        strict=strict,
        engine=one_shots.engine_of_running_exchange(paths) if running else None,
    )
    return replay_file(file, options)


def capture(
    file: Annotated[Path, typer.Argument(dir_okay=False)],
    symbol: Annotated[
        str | None, typer.Option(help="The order flow of one instrument, from the event stream.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, help="With --symbol: for how long from now on.")
    ] = 60.0,
    whole: Annotated[
        bool, typer.Option("--whole", help="With --symbol: what was before, too.")
    ] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write every command the exchange's engine has executed, or one instrument's live order flow,
    for `replay`.
    """
    from cli import one_shots
    from cli.market.replay import capture as write
    from cli.market.replay_flow import capture_live

    paths = Paths.of(data)
    with said_plainly():
        if symbol is None:
            write(paths.engine, file)
        else:
            engine = one_shots.engine_of_running_exchange(paths)
            capture_live(engine, file, symbol, seconds, whole)
