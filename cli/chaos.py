"""`openbell chaos …` and `openbell power-cuts`: what may not be lost, whatever happens."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import typer
import uvloop

from cli.screen import console, error_console


def run_chaos(
    minutes: float, interval_s: float, seed: int, orders_per_s: int, as_json: bool
) -> int:
    """Print progress and the report; return 0 if the exchange held. Its files stay if not."""
    from chaos.run import ChaosOptions, chaos

    options = ChaosOptions(
        duration_s=60 * minutes, interval_s=interval_s, seed=seed, orders_per_s=orders_per_s
    )
    directory = Path(tempfile.mkdtemp(prefix="openbell-chaos-"))
    say = error_console.print
    say(f"seed {seed}, files in {directory}", markup=False, soft_wrap=True)
    report = uvloop.run(
        chaos(directory, options, lambda text: say(text, markup=False, soft_wrap=True))
    )
    text = json.dumps(report.as_json(), indent=2) if as_json else report.as_text()
    console.print(text, markup=False, soft_wrap=True, highlight=False)
    (directory / "chaos.json").write_text(json.dumps(report.as_json(), indent=2), encoding="utf-8")
    if report.ok:
        shutil.rmtree(directory)
        return 0
    say(f"journal, ledger, logs and report are in {directory}", markup=False, soft_wrap=True)
    return 1


def run_failover(rounds: int, log: str, replicas: int, as_json: bool) -> int:
    """Print every outage and the report; return 0 if nothing was lost. Its files stay if not."""
    from chaos.failover import failover

    directory = Path(tempfile.mkdtemp(prefix="openbell-failover-"))
    say = partial(error_console.print, markup=False, soft_wrap=True)
    say(f"files in {directory}")
    report = uvloop.run(failover(directory, rounds, say, log=log, replicas=replicas))
    text = json.dumps(report.as_json(), indent=2) if as_json else report.as_text()
    console.print(text, markup=False, soft_wrap=True, highlight=False)
    if report.ok:
        shutil.rmtree(directory)
        return 0
    say(f"journals and logs are in {directory}")
    return 1


def run_power_cuts(cuts: int, first_seed: int) -> int:
    """Print progress and what happened on each core; return 0 if nothing was lost."""
    from engine_core import CORES
    from engine_service.errors import EngineServiceError
    from tests.simulation.power_cuts import Tally, cut_power

    def progress(tally: Tally) -> None:
        if tally.cuts % 1_000 == 0:
            error_console.print(f"{tally.cuts:,} power cuts")

    for twin in CORES:
        try:
            tally = cut_power(cuts, twin, first_seed, progress)
        except (AssertionError, EngineServiceError) as error:
            said = "\n".join((str(error), *getattr(error, "__notes__", ())))
            error_console.print(f"LOST, MADE UP OR REFUSED: {said}", markup=False, soft_wrap=True)
            return 1
        console.print(
            f"{twin}: {tally.cuts:,} power cuts, {tally.cuts_while_starting:,} of them while the "
            f"engine started; {tally.acknowledged:,} acknowledged commands, {tally.snapshots:,} "
            f"snapshots; {tally.unsynced_bytes:,} bytes were not synced. 0 lost."
        )
    return 0


def run_log_chaos(rounds: int, faults: Sequence[str], lasts_s: float, as_json: bool) -> int:
    """Print progress and the report; return 0 if nothing was lost. The files stay if not."""
    from chaos.log_run import LogChaosOptions, LogFault, log_chaos

    try:
        chosen = tuple(LogFault(fault) for fault in faults) or tuple(LogFault)
    except ValueError as error:
        raise typer.BadParameter(f"one of {', '.join(LogFault)}") from error
    directory = Path(tempfile.mkdtemp(prefix="openbell-log-"))
    say = error_console.print
    report = uvloop.run(
        log_chaos(
            directory,
            LogChaosOptions(rounds, chosen, lasts_s),
            lambda text: say(text, markup=False, soft_wrap=True),
        )
    )
    text = json.dumps(report.as_json(), indent=2) if as_json else report.as_text()
    console.print(text, markup=False, soft_wrap=True, highlight=False)
    if report.ok:
        shutil.rmtree(directory)
        return 0
    say(f"the servers' files are in {directory}", markup=False, soft_wrap=True)
    return 1
