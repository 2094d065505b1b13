"""Two runs of a book are compared step by step, and go on where they agree again."""

from replay.flow_commands import Step
from replay.flow_comparison import AHEAD, CONTEXT, FlowComparison

STEPS: list[Step] = [(1, ref, 5, 100, 1) for ref in range(10 * AHEAD)]


def _compared(expected: list[Step], found: list[Step], piece: int = 7) -> FlowComparison:
    comparison = FlowComparison()
    for step in expected:
        comparison.expect(step)
    for at in range(0, len(found), piece):
        comparison.find(found[at : at + piece])
    comparison.end()
    return comparison


def test_equal_runs_do_not_part() -> None:
    comparison = _compared(STEPS, STEPS)
    assert (comparison.equal, comparison.missing, comparison.extra) == (len(STEPS), 0, 0)
    assert comparison.parting is None


def test_what_is_missing_in_the_middle_costs_only_itself() -> None:
    comparison = _compared(STEPS, STEPS[:50] + STEPS[53:])
    assert (comparison.equal, comparison.missing, comparison.extra) == (len(STEPS) - 3, 3, 0)
    parting = comparison.parting
    assert parting is not None and parting.number == 51
    assert parting.before == STEPS[50 - CONTEXT : 50]
    assert parting.expected == STEPS[50 : 50 + CONTEXT]
    assert parting.found == STEPS[53 : 53 + CONTEXT]


def test_what_is_too_much_in_the_middle_costs_only_itself() -> None:
    other: list[Step] = [(2, 7, 1, 1, 0), (2, 8, 1, 1, 0)]
    comparison = _compared(STEPS, STEPS[:50] + other + STEPS[50:])
    assert (comparison.equal, comparison.missing, comparison.extra) == (len(STEPS), 0, 2)


def test_a_step_that_differs_is_missing_on_one_side_and_too_much_on_the_other() -> None:
    comparison = _compared(STEPS, [*STEPS[:50], (1, 50, 4, 100, 1), *STEPS[51:]])
    assert (comparison.equal, comparison.missing, comparison.extra) == (len(STEPS) - 1, 1, 1)


def test_a_run_that_ends_early_lacks_the_rest() -> None:
    comparison = _compared(STEPS, STEPS[:50])
    assert (comparison.equal, comparison.missing) == (50, len(STEPS) - 50)
    assert comparison.parting is not None and comparison.parting.found == []
