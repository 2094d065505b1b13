"""Two runs of one book, step by step as both come in, and the first place where they part."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from replay.flow_commands import Step
from replay.order_flow import Fields, FlowKind

AHEAD: Final = 64
"""How far one side is looked through for what the other says next."""
CONTEXT: Final = 4
"""Steps shown before and after the first difference."""
_COMPARED: Final = {FlowKind.ADD, FlowKind.EXECUTE, FlowKind.REDUCE, FlowKind.DELETE}


def steps_of(records: Iterable[Fields]) -> Iterable[Step]:
    """Yield a flow's records as steps; those that no replay is asked for are passed over."""
    for _, order_ref, _, qty, price, _, kind, side in records:
        if kind in _COMPARED:
            yield kind, order_ref, qty, price, side


@dataclass(frozen=True)
class Parting:
    """Where two runs part: the steps before, which both took, and what each took then."""

    number: int
    before: list[Step]
    expected: list[Step]
    found: list[Step]


@dataclass
class FlowComparison:
    """``equal``: steps that both took; ``missing``: expected only; ``extra``: found only."""

    equal: int = 0
    missing: int = 0
    extra: int = 0
    parting: Parting | None = None
    _expected: deque[Step] = field(default_factory=deque)
    _found: deque[Step] = field(default_factory=deque)
    _before: deque[Step] = field(default_factory=lambda: deque(maxlen=CONTEXT))

    def expect(self, step: Step) -> None:
        """Take what must be done next."""
        self._expected.append(step)

    def find(self, steps: Iterable[Step]) -> None:
        """Take what was done next."""
        self._found.extend(steps)
        self._settle(AHEAD)

    def end(self) -> None:
        """Say that nothing more comes: what is left over differs."""
        self._settle(0)
        if self._expected or self._found:
            self._part()
        self.missing += len(self._expected)
        self.extra += len(self._found)
        self._expected.clear()
        self._found.clear()

    def _settle(self, ahead: int) -> None:
        expected, found = self._expected, self._found
        while expected and found:
            if expected[0] == found[0]:
                self._before.append(expected.popleft())
                found.popleft()
                self.equal += 1
            elif len(expected) <= ahead or len(found) <= ahead:
                return  # more may come that says which side lacks something
            else:
                self._part()
                self._skip()

    def _part(self) -> None:
        if self.parting is None:
            expected, found = (
                list(islice(side, CONTEXT)) for side in (self._expected, self._found)
            )
            self.parting = Parting(self.equal + 1, list(self._before), expected, found)

    def _skip(self) -> None:
        """Go on where one side says again what the other says next."""
        expected, found = self._expected, self._found
        for by in range(1, AHEAD):
            if by < len(expected) and expected[by] == found[0]:
                self.missing += by
                for _ in range(by):
                    expected.popleft()
                return
            if by < len(found) and found[by] == expected[0]:
                self.extra += by
                for _ in range(by):
                    found.popleft()
                return
        expected.popleft()
        found.popleft()
        self.missing += 1
        self.extra += 1
