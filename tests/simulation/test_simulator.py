"""The simulator itself: one seed is one run, always and everywhere; it leaves nothing behind."""

import os
import secrets
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import engine_service.engine
import engine_service.journal
import transport.engine_client
from engine_service.data_files import DiskDirectory
from engine_service.journal_segments import SegmentSupply
from tests.simulation.__main__ import run_chunk
from tests.simulation.options import Options
from tests.simulation.world import Run, run_seed

ROOT = Path(__file__).resolve().parents[2]
EVENTFUL = 55
"""A seed in which the engine starts several times."""
_ELSEWHERE = (
    "from tests.simulation.options import Options; from tests.simulation.world import run_seed; "
    f"print(run_seed(Options.of({EVENTFUL})).digest)"
)


@pytest.fixture(scope="module")
def told() -> Run:
    return run_seed(Options.of(EVENTFUL), tell=True)


def test_the_same_seed_is_the_same_run_to_the_last_datagram(told: Run) -> None:
    again = run_seed(Options.of(EVENTFUL), tell=True)
    assert not told.violation and told.digest
    assert again == told


def test_a_seed_is_the_same_run_in_another_process_with_other_hashes(told: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == told.digest


def test_seeds_that_ran_before_change_nothing(told: Run) -> None:
    run_chunk(EVENTFUL + 1, 2)
    assert run_seed(Options.of(EVENTFUL)).digest == told.digest


def test_it_makes_no_difference_which_twin_decides() -> None:
    options = replace(Options.of(EVENTFUL), leading="reference", naive=True)
    reference = run_seed(options)
    compiled = run_seed(replace(options, leading="compiled"))
    assert not reference.violation
    assert reference.digest == compiled.digest


def test_other_seeds_are_other_runs(told: Run) -> None:
    assert run_seed(Options.of(EVENTFUL + 1)).digest != told.digest


def test_the_story_tells_what_went_wrong_and_when(told: Run) -> None:
    assert any("fault: " in line for line in told.story)
    assert any("entered" in line or "enter " in line for line in told.story)
    assert "everything is answered and settled" in told.story[-1]
    times = [float(line.split()[0]) for line in told.story]
    assert times == sorted(times)
    assert told.faults == sum("fault: " in line for line in told.story)


def test_it_leaves_the_real_world_as_it_was(told: Run) -> None:
    assert transport.engine_client.time is time
    assert transport.engine_client.secrets is secrets
    assert engine_service.engine.DiskDirectory is DiskDirectory
    assert engine_service.journal.SegmentSupply is SegmentSupply


def test_the_seeds_together_meet_every_kind_of_fault() -> None:
    drawn = [Options.of(seed) for seed in range(200)]
    for name in (
        "loss duplicate damage late replay partitions pauses engine_kills engine_power_cuts "
        "engine_stops gateway_kills accounts_kills sync_errors full_disks disk_losses misdirected "
        "clock_jumps snapshots database_breaks database_unsaid database_stops second_settlers "
        "slow_answers auctions newer_client naive"
    ).split():
        assert sum(bool(getattr(options, name)) for options in drawn) >= 5, name
    assert max(options.loss for options in drawn) > 0.35
    assert max(options.duplicate for options in drawn) > 0.45
    assert max(options.damage for options in drawn) > 0.04
