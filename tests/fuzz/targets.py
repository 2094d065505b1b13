"""What can be fuzzed, and the loop that does it without feedback: the same for the same seed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tests.fuzz import capture, codec, datagram, events, journal, snapshot
from tests.fuzz.mutation import mutations

_LOOK_EVERY: Final = 256
"""Executions between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Target:
    """``check`` raises AssertionError when the invariant at the head of its module is broken, and
    returns whether the input was accepted.
    """

    corpus: Callable[[], Sequence[bytes]]
    check: Callable[[bytes], bool]


TARGETS: Final = {
    "datagram": Target(datagram.corpus, datagram.check),
    "codec": Target(codec.corpus, codec.check),
    "journal": Target(journal.corpus, journal.check),
    "snapshot": Target(snapshot.corpus, snapshot.check),
    "capture": Target(capture.corpus, capture.check),
    "events": Target(events.corpus, events.check),
}


@dataclass(slots=True)
class Fuzzed:
    """How many inputs were tried, and how many of them accepted."""

    executions: int = 0
    accepted: int = 0


def fuzz(name: str, seed: int, *, executions: int | None = None, seconds: float = 0.0) -> Fuzzed:
    """Try ``executions`` inputs, or as many as ``seconds`` allow.

    Raises:
        AssertionError, or what the fuzzed code raises against its word: a note has the input.
    """
    target, fuzzed = TARGETS[name], Fuzzed()
    deadline_s = time.monotonic() + seconds
    for data in islice(mutations(target.corpus(), seed), executions):
        if executions is None and fuzzed.executions % _LOOK_EVERY == 0:
            if time.monotonic() > deadline_s:
                break
        fuzzed.accepted += checked(target, data)
        fuzzed.executions += 1
    return fuzzed


class _WithInput:
    """Notes the input on whatever a check raises."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            error.add_note(f"input: {self._data.hex()}")


def checked(target: Target, data: bytes) -> bool:
    """Check one input; return whether it was accepted."""
    with _WithInput(data):
        return target.check(data)
