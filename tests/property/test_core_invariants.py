"""After every command money adds up, open orders' holds are what is held, no book is crossed, every
order's life is one that an order can have, and nothing overdue is left.
"""

from itertools import islice

import pytest

from engine_core.reference import Core as ReferenceCore
from tests.property.invariants import Invariants
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import INSTRUMENTS

COMMANDS = 2_500


@pytest.mark.parametrize("events_max", [5, 65_536])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_money_holds_and_books_are_right_after_every_command(seed: int, events_max: int) -> None:
    core = ReferenceCore(events_per_command_max=events_max, dedupe_keys_max=300)
    commands, invariants = RandomCommands(seed), Invariants(INSTRUMENTS)
    for command, ts_ns in commands.setup():
        invariants.read(*core.apply(command, ts_ns))
    for command, ts_ns in islice(commands, COMMANDS):
        invariants.read(*core.apply(command, ts_ns))
        invariants.check(core)
        commands.look_at(core)
