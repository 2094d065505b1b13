"""What follows each outcome of an append, and that a lone writer always learns its fate."""

from __future__ import annotations

import pytest

from replicated_log.certainty import Step, after_append, after_comparison, append_surely
from replicated_log.log import Ambiguous, Appended, AppendOutcome, Conflict
from tests.unit.replicated_log.scripted_log import ScriptedLog

# Expected 7; the outcome; what is at place 8, if it is to be read.
TABLE = [
    (Appended(8), None, Step.DONE),
    (Ambiguous("no answer"), None, Step.RETRY),
    (Conflict(6), None, Step.RETRY),  # our own seventh is not there yet, or who answered is behind
    (Conflict(7), None, Step.RETRY),  # refused for something that is gone by now
    (Conflict(8), b"ours", Step.DONE),  # a call that seemed lost
    (Conflict(8), b"theirs", Step.LOST),
    (Conflict(9), b"ours", Step.DONE),
    (Conflict(9), b"theirs", Step.LOST),
    (Conflict(8), None, Step.RETRY),  # who was asked cannot see so far
]


@pytest.mark.parametrize(("outcome", "at_our_place", "expected"), TABLE)
def test_what_follows_an_append(
    outcome: AppendOutcome, at_our_place: bytes | None, expected: Step
) -> None:
    step = after_append(7, outcome)
    if step is Step.COMPARE:
        step = after_comparison(b"ours", at_our_place)
    assert step is expected


LOST = Ambiguous("no answer")


@pytest.mark.parametrize("taken", [True, False])
async def test_an_append_nobody_answered_is_in_the_log_once(taken: bool) -> None:
    log = ScriptedLog([(taken, LOST), (taken, LOST)])
    assert await append_surely(log, 1, 0, b"ours") == Appended(1)
    assert log.entries == [b"ours"]
    assert set(log.offered) == {(0, b"ours")}


async def test_a_place_another_writer_took_while_we_waited_is_lost() -> None:
    log = ScriptedLog([(False, LOST)])
    log.entries.append(b"theirs")
    assert await append_surely(log, 1, 0, b"ours") == Conflict(1)
    assert log.entries == [b"theirs"]


async def test_nothing_is_concluded_from_a_place_that_cannot_be_read() -> None:
    log = ScriptedLog([(True, LOST)])
    log.unreadable = 3
    assert await append_surely(log, 1, 0, b"ours") == Appended(1)
    assert log.entries == [b"ours"]
