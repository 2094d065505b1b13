"""``openbell simulate``: seeds, one seed's story, or the hunt for the mutants."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.simulation.mutants import SEEDS, Death, all_mutants, hunt
from tests.simulation.options import Options
from tests.simulation.world import Run, run_seed

CHUNK_SEEDS: Final = 20
_console: Final = Console()


@dataclass(slots=True)
class Sums:
    """Of many runs."""

    seeds: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    faults: int = 0
    datagrams: int = 0
    commands: int = 0
    events: int = 0
    engine_starts: int = 0

    def add(self, run: Run, cpu_s: float) -> None:
        """Count a run."""
        self.seeds += 1
        self.cpu_s += cpu_s
        for name in ("virtual_s", "faults", "datagrams", "commands", "events", "engine_starts"):
            setattr(self, name, getattr(self, name) + getattr(run, name))

    def __str__(self) -> str:
        return (
            f"{self.seeds:,} seeds, {self.virtual_s:,.0f} simulated s in {self.cpu_s:,.0f} s of "
            f"processor time ({self.seeds / (self.cpu_s or 1):.1f} seeds/s a core, "
            f"{self.virtual_s / (self.cpu_s or 1):.0f} x real time each): {self.faults:,} faults, "
            f"{self.engine_starts:,} starts of the engine, {self.datagrams:,} datagrams, "
            f"{self.commands:,} commands, {self.events:,} events"
        )


def run_chunk(first: int, count: int) -> list[tuple[Run, float]]:
    """Run some seeds; return each with the processor time it took."""
    done = []
    for seed in range(first, first + count):
        begun_s = time.process_time()
        run = run_seed(Options.of(seed))
        done.append((run, time.process_time() - begun_s))
    return done


def run_seeds(first: int, seeds: int, workers: int) -> Iterator[tuple[Run, float]]:
    """Yield the runs of many seeds, one after the other."""
    if workers == 1:
        for seed in range(first, first + seeds):
            yield from run_chunk(seed, 1)
        return
    end = first + seeds
    with ProcessPoolExecutor(workers) as pool:
        chunks: list[Future[list[tuple[Run, float]]]] = [
            pool.submit(run_chunk, at, min(CHUNK_SEEDS, end - at))
            for at in range(first, end, CHUNK_SEEDS)
        ]
        try:
            for chunk in chunks:
                yield from chunk.result()
        finally:
            pool.shutdown(cancel_futures=True)


def hunt_by_number(number: int) -> tuple[int, Death]:
    """Hunt one mutant."""
    return number, hunt(all_mutants()[number])


def hunt_all(workers: int) -> Iterator[tuple[int, Death]]:
    """Yield each mutant's number and death as it is known, in no order."""
    numbers = range(len(all_mutants()))
    if workers == 1:
        yield from map(hunt_by_number, numbers)
        return
    with ProcessPoolExecutor(workers) as pool:
        for done in as_completed([pool.submit(hunt_by_number, number) for number in numbers]):
            yield done.result()


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=_console)


def _tell(seed: int) -> int:
    run = run_seed(Options.of(seed), tell=True)
    _console.print(f"options: {run.options}", markup=False, highlight=False, soft_wrap=True)
    for line in run.story:
        _console.print(line, markup=False, highlight=False, soft_wrap=True)
    print(f"digest: {run.digest}" if not run.violation else run.violation)
    return 1 if run.violation else 0


def _simulate(first: int, seeds: int, workers: int) -> int:
    sums, violations, begun_s = Sums(), 0, time.monotonic()
    with _bar() as bar:
        task = bar.add_task("seeds", total=seeds)
        try:
            for run, cpu_s in run_seeds(first, seeds, workers):
                sums.add(run, cpu_s)
                bar.advance(task)
                if run.violation:
                    violations += 1
                    what = f"seed {run.options.seed}: {run.violation}"
                    bar.console.print(what, markup=False, highlight=False, soft_wrap=True)
        except KeyboardInterrupt:  # many seeds are run in parts
            bar.console.print(f"stopped; go on with --first {first + sums.seeds}", highlight=False)
    took_s = time.monotonic() - begun_s
    _console.print(str(sums), highlight=False, soft_wrap=True)
    _console.print(
        f"{sums.virtual_s / took_s:.0f} x real time in all: {took_s:,.0f} s with {workers} workers",
        highlight=False,
    )
    _console.print(f"{violations} violations; openbell simulate --seed S --story tells of one")
    return 1 if violations else 0


def _hunt(workers: int) -> int:
    mutants, alive = all_mutants(), 0
    with _bar() as bar:
        task = bar.add_task("mutants", total=len(mutants))
        for number, death in hunt_all(workers):
            bar.advance(task)
            alive += death.seed is None
            fate = "LIVES" if death.seed is None else f"dies in seed {death.seed}: {death.how}"
            what = f"{mutants[number]}: {fate}"
            bar.console.print(what[:160], markup=False, highlight=False, soft_wrap=True)
    _console.print(f"{len(mutants)} mutants, {alive} alive after {SEEDS:,} seeds each")
    return 1 if alive else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 1 if something was found that must not be."""
    parser = argparse.ArgumentParser(prog="openbell simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--first", type=int, default=0, help="the first one (default: 0)")
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--workers", type=int, default=cores, help="processes (default: one a core)"
    )
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--story", action="store_true", help="tell what happened in it")
    parser.add_argument("--mutants", action="store_true", help="hunt every deliberate bug")
    asked = parser.parse_args(arguments)
    if asked.mutants:
        return _hunt(asked.workers)
    if asked.seed is not None and asked.story:
        return _tell(asked.seed)
    if asked.seed is not None:
        return _simulate(asked.seed, 1, 1)
    return _simulate(asked.first, asked.seeds, asked.workers)


if __name__ == "__main__":
    sys.exit(main())
