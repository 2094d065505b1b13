"""Deliberate bugs, one at a time: each breaks one rule in the real code, and the simulator must
find it. They exist only here, and only for the length of a block.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.simulation.options import Options
from tests.simulation.world import run_seed

SEEDS: Final = 2_000
"""A mutant that lives longer has survived."""
_OURS: Final = (
    "accounts",
    "domain",
    "engine_core",
    "engine_service",
    "gateway",
    "matching",
    "risk",
    "schemas",
    "transport",
)


class Swap:
    """What a mutant has replaced, to be put back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Replace a method of a class or a name of a module."""
        before = vars(owner)[name]
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, before))

    def function(self, before: Any, value: Any) -> None:
        """Replace a function wherever it was imported to."""
        found = [
            (module, name)
            for key, module in sorted(sys.modules.items())
            if key.split(".")[0] in _OURS
            for name, each in list(vars(module).items())
            if each is before
        ]
        assert found
        for module, name in found:
            self.attribute(module, name, value)

    def item(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Replace an entry of a table."""
        before = table[key]
        table[key] = value
        self._undo.append(lambda: table.__setitem__(key, before))

    def put_back(self) -> None:
        """Have everything as it was."""
        for undo in reversed(self._undo):
            undo()


@dataclass(frozen=True, slots=True)
class Mutant:
    """``rule``: the rule it breaks."""

    rule: str
    name: str
    apply: Callable[[Swap], None]
    focus: str = ""
    """What its seeds are to have more of."""

    def __str__(self) -> str:
        return f"{self.rule}: {self.name.replace('_', ' ')}"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the bug for the length of the block."""
        swap = Swap()
        try:
            self.apply(swap)
            yield
        finally:
            swap.put_back()


MUTANTS: Final[list[Mutant]] = []


def mutant(
    rule: str, focus: str = ""
) -> Callable[[Callable[[Swap], None]], Callable[[Swap], None]]:
    """Register a function that makes one bug, named after it."""

    def register(apply: Callable[[Swap], None]) -> Callable[[Swap], None]:
        MUTANTS.append(Mutant(rule, apply.__name__, apply, focus))
        return apply

    return register


def all_mutants() -> list[Mutant]:
    """Return every mutant there is."""
    from tests.simulation import (  # noqa: F401
        mutants_of_money,
        mutants_of_the_core,
        mutants_of_the_journal,
        mutants_of_the_protocol,
        mutants_of_the_settlement,
    )

    return MUTANTS


@dataclass(frozen=True, slots=True)
class Death:
    """Which seed killed a mutant, and how; no seed: it lives."""

    seed: int | None
    seeds: int
    how: str


def hunt(mutant: Mutant, seeds: int = SEEDS, first: int = 0) -> Death:
    """Run seeds, in order, until one kills the mutant."""
    with mutant.at_work():
        for seed in range(first, first + seeds):
            run = run_seed(Options.of(seed, reference_only=True, focus=mutant.focus))
            if run.violation:
                return Death(seed, seed - first + 1, run.violation)
    return Death(None, seeds, "")
