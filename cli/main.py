"""The commands of `openbell`. Each imports what it needs when it runs, so that all start fast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.bots import backtest, own_bot
from cli.bots import commands as bots
from cli.cluster import commands as cluster
from cli.market import candles, market_files, replays
from cli.observing import doctor, top
from cli.recovery import journal, rebuild
from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, DEFAULT_GATEWAY_PORT, Paths
from cli.venue import commands as venue

app = typer.Typer(
    name="openbell",
    help="A complete exchange that opens with one command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold keys
)

chaos_app = typer.Typer(invoke_without_command=True)
app.add_typer(chaos_app, name="chaos")
app.add_typer(venue.app, name="venue")
app.add_typer(cluster.app, name="cluster")
app.add_typer(journal.app, name="journal")
app.add_typer(rebuild.app, name="rebuild")
app.add_typer(candles.app, name="candles")
app.command("export")(market_files.export)
app.command("import")(market_files.import_file)
app.command()(replays.replay)
app.command()(replays.capture)
app.add_typer(bots.app, name="bots")
app.add_typer(own_bot.app, name="bot")
app.command()(backtest.backtest)
app.command()(top.top)
app.command()(doctor.doctor)

DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
PASS_ARGUMENTS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def up(
    port: Annotated[int, typer.Option(help="The gateway's port.")] = DEFAULT_GATEWAY_PORT,
    data: DataDir = DEFAULT_DATA_DIR,
    detach: Annotated[bool, typer.Option("--detach", help="Return once it serves.")] = False,
    bots: Annotated[bool, typer.Option(help="Run the demo's bots.")] = True,
    history: Annotated[
        int, typer.Option(min=0, max=168, help="Hours of trading a new exchange begins with.")
    ] = 12,
    workers: Annotated[
        int, typer.Option(min=1, max=16, help="Gateway processes that share the port.")
    ] = 1,
) -> None:
    """Open the exchange: database, engine, services, demo users, bots."""
    from cli.running import up as up_command
    from cli.running.exchange import Options

    database_url = os.environ.get("DATABASE_URL")
    options = Options(Paths.of(data), port, bots, database_url, history, workers)
    if not detach:
        raise typer.Exit(up_command.up(options))
    arguments = ["up", "--port", str(port), "--data", str(options.paths.data_dir)]
    arguments += ["--history", str(history), "--workers", str(workers)]
    arguments += [] if bots else ["--no-bots"]
    raise typer.Exit(up_command.up_detached(options, arguments))


@app.command()
def down(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Close the exchange; everything is kept."""
    from cli.running import up as up_command

    raise typer.Exit(up_command.down(Paths.of(data)))


@app.command()
def status(
    data: DataDir = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the processes; exit code 0 when all are ready."""
    from cli.running import status as status_command

    with said_plainly():
        raise typer.Exit(status_command.status(Paths.of(data), as_json))


@app.command()
def snapshot(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Make a snapshot of the engine now: its next start goes on from there."""
    from cli.recovery.snapshots import snapshot as make

    with said_plainly():
        raise typer.Exit(make(Paths.of(data).engine))


@app.command()
def backup(
    directory: Annotated[Path, typer.Argument(help="A new directory for it.")],
    verify: Annotated[bool, typer.Option(help="Restore it elsewhere and audit that.")] = True,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Copy database, snapshot, journal and keys of the exchange, which may run, and verify it."""
    from cli.recovery.backup import backup_exchange

    with said_plainly():
        raise typer.Exit(backup_exchange(Paths.of(data), directory.absolute(), verify))


@app.command()
def restore(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Restore a backup into an empty data directory and database, settle and audit it."""
    from cli.recovery.backup import restore_exchange

    with said_plainly():
        raise typer.Exit(restore_exchange(Paths.of(data), directory.absolute()))


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(help="engine, gateway, …; default all")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show what the processes logged."""
    from cli.running import status as status_command

    try:
        raise typer.Exit(status_command.show_logs(Paths.of(data), service, follow))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Delete the data: database, journal, logs, keys."""
    from cli.running import status as status_command

    paths = Paths.of(data)
    if not yes:
        typer.confirm(f"Delete everything of the exchange in {paths.data_dir}?", abort=True)
    with said_plainly():
        status_command.reset(paths)


@app.command()
def mail(
    address: Annotated[str, typer.Argument(help="Whose; without it: everybody's.")] = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show what the demo's mail server caught, newest last: codes to verify and to log in."""
    from cli.running.mailbox import show_mail

    with said_plainly():
        show_mail(Paths.of(data), address)


@app.command()
def code(
    email: Annotated[str, typer.Argument(help="Of the demo's operator.")] = "admin@openbell.local",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show a code of the demo operator's second factor, to log in and to act with."""
    from cli.running.mailbox import show_code

    with said_plainly():
        show_code(Paths.of(data), email)


@app.command("client-recipe")
def recipe(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Print a client ready to paste, with the demo key."""
    from cli.running.status import running_facts
    from cli.screen import client_recipe

    with said_plainly():
        typer.echo(client_recipe(running_facts(Paths.of(data))))


@app.command()
def clients(
    client: Annotated[
        str | None, typer.Argument(help="ccxt, python-binance, binance-connector or freqtrade")
    ] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Print a program for a client of the Binance Spot dialect, filled in with this exchange's
    URLs and the demo key.
    """
    from cli.client_recipes import NO_KEY, RECIPES, filled_in
    from cli.running.status import running_facts

    if client is None:
        typer.echo("\n".join(f"openbell clients {name}" for name in RECIPES))
        return
    if client not in RECIPES:
        raise typer.BadParameter(f"one of {', '.join(RECIPES)}")
    with said_plainly():
        facts = running_facts(Paths.of(data))
    keys = facts.demo.get("api_keys") or [dict(zip(("api_key", "api_secret"), NO_KEY, strict=True))]
    program = filled_in(client, facts.gateway_url, keys[0]["api_key"], keys[0]["api_secret"])
    typer.echo(program, nl=False)


@app.command()
def migrate(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Bring the database (DATABASE_URL, or the data directory's own) to the newest schema."""
    from cli import one_shots

    with said_plainly():
        one_shots.migrate_database(Paths.of(data))


@app.command()
def seed(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Create the demo's assets, markets, users and keys where they are missing."""
    from cli import one_shots

    with said_plainly():
        one_shots.seed_running_exchange(Paths.of(data))


@app.command()
def audit(
    data: DataDir = DEFAULT_DATA_DIR,
    allow_withdrawals: Annotated[
        bool, typer.Option(help="Let withdrawals go on again, if nothing differs.")
    ] = False,
) -> None:
    """Account for every unit: engine, journal and ledger must agree. Exit code 1 if not."""
    from cli import one_shots

    with said_plainly():
        raise typer.Exit(one_shots.audit_running_exchange(Paths.of(data), allow_withdrawals))


@app.command("verify-liabilities")
def verify_liabilities(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Your proof.")],
    roots: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The publications.")
    ] = None,
) -> None:
    """Check offline that your balances are counted in what an exchange says it owes: the answer of
    /api/v1/liabilities/proof, saved. Exit code 1 if not.
    """
    from cli.auditing.verify_liabilities import verify_liabilities as verify

    with said_plainly():
        typer.echo("\n".join(verify(file, roots)))


@app.command()
def workload(
    file: Annotated[Path, typer.Argument(dir_okay=False)],
    deep: Annotated[bool, typer.Option("--deep", help="The stream with a deep book.")] = False,
) -> None:
    """Write a stream of orders with a published digest and a known result, for `replay`."""
    from cli.market.replay import write_workload
    from replay.workload import RECIPES

    with said_plainly():
        write_workload(file, RECIPES["workload_deep" if deep else "workload"])


@chaos_app.callback()
def chaos(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long faults are done.")] = 30.0,
    seed: Annotated[int, typer.Option(help="The same seed does the same.")] = 1,
    orders_per_s: Annotated[int, typer.Option(min=1, help="All clients together.")] = 600,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between two faults.")] = 6.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Open an exchange of its own, load it, kill, stop and cut off its processes, and compare what
    is left with what its clients were told. Exit code 1 if anything was lost, doubled or made up.
    """
    from cli.chaos import run_chaos

    if context.invoked_subcommand is not None:
        return
    with said_plainly():
        raise typer.Exit(run_chaos(minutes, interval, seed, orders_per_s, as_json))


@chaos_app.command("failover")
def chaos_failover(
    rounds: Annotated[int, typer.Option(min=1, help="So many kills, and so many stops.")] = 50,
    log: Annotated[str, typer.Option(help="file, nats, or the address of a log.")] = "file",
    replicas: Annotated[int, typer.Option(min=2, max=7, help="Engines.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Kill and stop the engine that leads, again and again, under load; another takes over. Exit
    code 1 if an acknowledged order was lost, or anything released twice.
    """
    from cli.chaos import run_failover

    with said_plainly():
        raise typer.Exit(run_failover(rounds, log, replicas, as_json))


@chaos_app.command("log")
def chaos_log(
    rounds: Annotated[int, typer.Option(min=1, help="Of each fault.")] = 20,
    fault: Annotated[
        list[str] | None, typer.Option(help='One, as "kill -9 leader"; all without it.')
    ] = None,
    lasts: Annotated[float, typer.Option(min=0.1, help="Seconds of a stop or a cut.")] = 8.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Run three servers of the replicated log under load, kill, stop and cut them off, and compare
    the log with what was acknowledged. Exit code 1 if anything was lost, doubled or made up.
    """
    from cli.chaos import run_log_chaos

    with said_plainly():
        raise typer.Exit(run_log_chaos(rounds, fault or (), lasts, as_json))


@app.command("power-cuts")
def power_cuts(
    cuts: Annotated[int, typer.Option(min=1, help="So many, on each core.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The first: each does the same every time.")] = 1,
) -> None:
    """Cut the power of a simulated disk at any moment, and look for what was acknowledged."""
    from cli.chaos import run_power_cuts

    raise typer.Exit(run_power_cuts(cuts, seed))


@app.command(context_settings=PASS_ARGUMENTS_ON, add_help_option=False)
def fuzz(context: typer.Context) -> None:
    """Fuzz what reads bytes from outside: openbell fuzz TARGET --seconds N."""
    from cli.fuzz import run_fuzz

    raise typer.Exit(run_fuzz(context.args))


@app.command(context_settings=PASS_ARGUMENTS_ON, add_help_option=False)
def fuzz_api(context: typer.Context) -> None:
    """Send an exchange requests made of its OpenAPI document: openbell fuzz-api --cases N."""
    from cli.fuzz import run_fuzz_api

    raise typer.Exit(run_fuzz_api(context.args))


@app.command(context_settings=PASS_ARGUMENTS_ON, add_help_option=False)
def bench(context: typer.Context) -> None:
    """Run one benchmark: openbell bench NAME [--json|--markdown] [--quick]."""
    command = [sys.executable, "-m", "bench", *context.args]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command(context_settings=PASS_ARGUMENTS_ON, add_help_option=False)
def simulate(context: typer.Context) -> None:
    """Run the exchange in one thread out of seeds, with every fault there is: openbell simulate
    --seeds N [--first S] [--workers W] | --seed S --story | --mutants.
    """
    from cli.checkout.build_steps import ROOT

    command = [sys.executable, "-m", "tests.simulation", *context.args]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


@app.command(context_settings=PASS_ARGUMENTS_ON, add_help_option=False)
def test(context: typer.Context) -> None:
    """Run all tests, or what pytest's arguments choose."""
    from cli.checkout import checks

    raise typer.Exit(checks.run_tests(context.args))


@app.command()
def check() -> None:
    """Lint, types, layout rules, generated code: everything that runs before the tests."""
    from cli.checkout import checks

    raise typer.Exit(checks.run_checks())
