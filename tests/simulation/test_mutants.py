"""What the simulator is worth: every deliberate bug must be found."""

import os

import pytest

from tests.simulation.__main__ import hunt_all
from tests.simulation.mutants import all_mutants, hunt

MUTANTS_MIN = 60
RULES = {
    *("A1 A2 A3 A4 A5 A7 B1 B2 B3 B4 B5 B6 B8 B9 C C1 C2 C3 C4 C5 C6 C8 C9 D1 D2").split(),
    *("E1 E2 E3 E4").split(),
}
"""Those that the simulator reaches."""


def test_there_is_a_mutant_of_every_rule_that_the_simulator_reaches() -> None:
    mutants = all_mutants()
    assert len(mutants) >= MUTANTS_MIN
    assert len({one.name for one in mutants}) == len(mutants)
    assert RULES <= {one.rule for one in mutants}


def test_the_bug_is_gone_once_the_hunt_is_over() -> None:
    mutant = all_mutants()[0]
    assert hunt(mutant, 1).seed == 0
    with mutant.at_work():
        pass
    assert hunt(type(mutant)("none", "no_bug", lambda swap: None), 1).seed is None


@pytest.mark.timeout(900)
def test_every_mutant_dies() -> None:
    mutants = all_mutants()
    deaths = dict(hunt_all(os.cpu_count() or 1))
    assert sorted(str(mutants[number]) for number in deaths if deaths[number].seed is None) == []
    assert len(deaths) == len(mutants)
