"""Random streams cut anywhere: a core that was saved and loaded says what the uncut one says, byte
for byte, whichever twin saved and whichever loaded.
"""

from itertools import chain, islice
from random import Random

import pytest

from engine_core import CORES, core_type
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import CROWDED, LARGE, NERVOUS, SMALL, Venue
from tests.property.test_twins_agree import agree_on_answer

COMMANDS = 1_500
CUTS = 12
VENUES = {"small": SMALL, "nervous": NERVOUS, "large": LARGE, "crowded": CROWDED}
BOUNDS = {
    "roomy": {},
    "few events": {"events_per_command_max": 5},
    "few keys": {"dedupe_keys_max": 45},
}


@pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES.keys())
@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS.keys())
def test_a_saved_core_goes_on_as_the_uncut_one(venue: Venue, bounds: dict[str, int]) -> None:
    commands, random = RandomCommands(71, venue), Random(72)
    stream = list(chain(commands.setup(), islice(commands, COMMANDS)))
    cuts = set(random.sample(range(len(stream)), CUTS))
    uncut, cut = (core_type(random.choice(CORES))(**bounds) for _ in range(2))
    for at, (command, ts_ns) in enumerate(stream):
        agree_on_answer(uncut, cut, command, ts_ns, f"command {at}")
        if at in cuts:
            data = cut.save()
            assert uncut.save() == data
            cut = core_type(random.choice(CORES)).load(data, **bounds)
            assert cut.save() == data
            assert cut.next_deadline_ns == uncut.next_deadline_ns
            assert cut.orders() == uncut.orders()
    assert cut.state_hash() == uncut.state_hash()
