"""From an append's outcome to certainty: retry the same bytes at the same place, and compare."""

import asyncio
from enum import Enum
from typing import Final

from replicated_log.errors import LogUnavailable
from replicated_log.log import Ambiguous, Appended, AppendOutcome, Conflict, ReplicatedLog

RETRY_PAUSE_S: Final = 0.02


class Step(Enum):
    """What is to be done next about one entry."""

    DONE = "it is in the log"
    RETRY = "append the same bytes at the same place again"
    COMPARE = "read the entry at our place: it may be ours, from a call we heard nothing of"
    LOST = "another writer's entry is at our place, for ever"


def after_append(expected_seq: int, outcome: AppendOutcome) -> Step:
    """Return what follows ``outcome`` of an append at ``expected_seq``."""
    match outcome:
        case Appended():
            return Step.DONE
        case Ambiguous():
            return Step.RETRY
        case Conflict(head_seq) if head_seq > expected_seq:
            return Step.COMPARE
        case Conflict():
            # Who answered is behind, or our own entry before this one is not there yet.
            return Step.RETRY


def after_comparison(ours: bytes, at_our_place: bytes | None) -> Step:
    """Return what follows reading our place; None: it could not be seen."""
    if at_our_place is None:
        return Step.RETRY
    return Step.DONE if at_our_place == ours else Step.LOST


async def append_surely(
    log: ReplicatedLog, shard: int, expected_seq: int, data: bytes
) -> Appended | Conflict:
    """Append until it is certain: Appended, or Conflict with another writer's entry. It goes on for
    as long as the log cannot answer; cancel it to stop.

    Raises:
        LogTrimmed, LogRefused: as ``append`` and ``read``.
    """
    while True:
        outcome = await log.append(shard, expected_seq, data)
        step = after_append(expected_seq, outcome)
        if step is Step.COMPARE:
            step = after_comparison(data, await _at(log, shard, expected_seq + 1))
        if step is Step.DONE:
            return Appended(expected_seq + 1)
        if step is Step.LOST:
            assert isinstance(outcome, Conflict)
            return outcome
        await asyncio.sleep(RETRY_PAUSE_S)


async def _at(log: ReplicatedLog, shard: int, seq: int) -> bytes | None:
    try:
        entries = await log.read(shard, seq, 1)
    except LogUnavailable:
        return None
    return entries[0].data if entries else None
