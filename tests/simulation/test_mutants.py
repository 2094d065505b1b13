"""What the simulator is worth: every deliberate bug must be found."""

import os

import pytest

from tests.simulation.__main__ import hunt_all
from tests.simulation.mutants import all_mutants, hunt

MUTANTS_MIN = 60
RULES = {
    "hold",
    "fee",
    "bounds",
    "books",
    "money commands",
    "withdrawal",
    "transfer",
    "settled once",
    "ids",
    "retry",
    "sequence",
    "sessions",
    "log time",
    "deadlines",
    "dead-man switch",
    "unknown outcome",
    "price-time priority",
    "market order",
    "fill or kill, post-only",
    "self-trade prevention",
    "replace",
    "iceberg",
    "stops",
    "auction",
    "breakers",
    "book sequence",
    "readers",
    "nothing leaves early",
    "recovery",
    "replay",
    "snapshots",
    "authenticity",
    "retransmission",
    "answers",
    "event order",
}
"""Those that the simulator reaches."""


def test_there_is_a_mutant_of_every_rule_that_the_simulator_reaches() -> None:
    mutants = all_mutants()
    assert len(mutants) >= MUTANTS_MIN
    assert len({one.name for one in mutants}) == len(mutants)
    assert RULES <= {one.rule for one in mutants}


def test_the_bug_is_gone_once_the_hunt_is_over() -> None:
    mutant = all_mutants()[0]
    assert hunt(mutant, 50).seed is not None
    with mutant.at_work():
        pass
    assert hunt(type(mutant)("none", "no_bug", lambda swap: None), 1).seed is None


@pytest.mark.timeout(900)
def test_every_mutant_dies() -> None:
    mutants = all_mutants()
    deaths = dict(hunt_all(os.cpu_count() or 1))
    assert sorted(str(mutants[number]) for number in deaths if deaths[number].seed is None) == []
    assert len(deaths) == len(mutants)
