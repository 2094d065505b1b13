"""The two twins of the core, fed the same: equal events and outcomes after every command, equal
books, orders, balances and state hash all along.
"""

from itertools import chain, islice

import pytest

from engine_core import core_type
from engine_core.contract import Core
from schemas.codec import decode_events, decode_outcomes
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import CROWDED, INSTRUMENTS

COMMANDS = 3_500
CROWD_COMMANDS = 9_000
BOUNDS = {
    "roomy": {},
    "few events": {"events_per_command_max": 5},
    "least events": {"events_per_command_max": 4, "dedupe_keys_max": 200},
    "few keys": {"dedupe_keys_max": 45},
    "one key": {"dedupe_keys_max": 1},
}


def agree_on_answer(one: Core, other: Core, command: bytes, ts_ns: int, place: str) -> None:
    expected = one.apply(command, ts_ns)
    said = other.apply(command, ts_ns)
    if said != expected:
        place = f"{place}: {command.hex()}"
        assert decode_events(said[0]) == decode_events(expected[0]), place
        assert decode_outcomes(said[1]) == decode_outcomes(expected[1]), place
        raise AssertionError(place)


def agree_on_state(one: Core, other: Core) -> None:
    assert other.orders() == one.orders()
    assert other.balances() == one.balances()
    for terms in INSTRUMENTS:
        assert other.depth(terms.instrument_id, 9) == one.depth(terms.instrument_id, 9)
    counters = (one.next_event_seq, one.next_order_id, one.log_ts_ns, one.next_deadline_ns)
    said = (other.next_event_seq, other.next_order_id, other.log_ts_ns, other.next_deadline_ns)
    assert said == counters
    assert other.state_hash() == one.state_hash()


def agree_on_all(
    commands: RandomCommands, count: int, bounds: dict[str, int], every: int
) -> tuple[Core, Core]:
    """Feed ``count`` commands to both twins, comparing answers always and states now and then."""
    reference = core_type("reference")(**bounds)
    compiled = core_type("compiled")(**bounds)
    for at, (command, ts_ns) in enumerate(chain(commands.setup(), islice(commands, count))):
        agree_on_answer(reference, compiled, command, ts_ns, f"{bounds}, command {at}")
        if at % every == 0:
            commands.look_at(reference)
        if at % (20 * every) == 0:
            agree_on_state(reference, compiled)
    agree_on_state(reference, compiled)
    return reference, compiled


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS.keys())
@pytest.mark.parametrize("seed", [11, 12])
def test_the_twins_say_the_same_after_every_command(seed: int, bounds: dict[str, int]) -> None:
    agree_on_all(RandomCommands(seed), COMMANDS, bounds, every=2)


def test_the_twins_say_the_same_in_a_crowded_market() -> None:
    reference, _ = agree_on_all(RandomCommands(31, CROWDED), CROWD_COMMANDS, {}, every=60)
    assert len(reference.orders()) > 2_500  # past every first size of the compiled tables


def test_the_twins_say_the_same_of_a_whole_batch() -> None:
    reference, compiled = core_type("reference")(), core_type("compiled")()
    commands = RandomCommands(21)
    batch = b"".join(command for command, _ in chain(commands.setup(), islice(commands, COMMANDS)))
    assert compiled.apply(batch, 10**6) == reference.apply(batch, 10**6)
    agree_on_state(reference, compiled)
