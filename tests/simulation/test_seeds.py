"""Two thousand lives of the exchange, each with its own misfortunes: nothing is lost, nothing is
doubled, every unit is accounted for, and in the end everything is answered.
"""

import os

import pytest

from tests.simulation.__main__ import run_seeds

SEEDS = 2_000


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_whatever_happens() -> None:
    workers = os.cpu_count() or 1
    runs = [run for run, _ in run_seeds(0, SEEDS, workers)]
    assert [f"seed {run.options.seed}: {run.violation}" for run in runs if run.violation] == []
    assert len(runs) == SEEDS
    assert sum(run.engine_starts for run in runs) > 3 * SEEDS
    assert sum(run.faults for run in runs) > 5 * SEEDS
