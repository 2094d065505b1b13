"""The two twins of settlement's fold, fed the same events: equal rows, byte for byte."""

from itertools import chain, islice
from random import Random

import pytest

from accounts.settling.batch import StoredState
from accounts.settling.fold import load_fold
from engine_core import core_type
from schemas.layouts import EVENT_BYTES
from tests.property.random_commands import RandomCommands
from tests.unit.accounts.venue_events import written

COMMANDS = 4_000
LOOK_EVERY = 25
BATCH_EVENTS_MAX = 200


def events_of(seed: int) -> bytes:
    """Return the events of a venue on which everything happens."""
    core, commands = core_type("compiled")(), RandomCommands(seed)
    events = []
    for at, (command, ts_ns) in enumerate(chain(commands.setup(), islice(commands, COMMANDS))):
        events.append(core.apply(command, ts_ns)[0])
        if at % LOOK_EVERY == 0:
            commands.look_at(core)
    return b"".join(events)


@pytest.mark.parametrize("seed", range(3))
def test_the_twins_write_the_same_rows_however_the_stream_is_cut(seed: int) -> None:
    events, sizes = events_of(seed), Random(seed)
    folds = [(load_fold(name), StoredState()) for name in ("reference", "compiled")]
    first_seq = 1
    while data := events[(first_seq - 1) * EVENT_BYTES :][
        : sizes.randint(1, BATCH_EVENTS_MAX) * EVENT_BYTES
    ]:
        reference, compiled = (
            written(fold.whole(first_seq, data, stored)) for fold, stored in folds
        )
        assert compiled == reference, f"seed {seed}, the batch from event {first_seq}"
        unknown = [
            fold.unknown(first_seq + len(data) // EVENT_BYTES, events[-EVENT_BYTES:], stored)
            for fold, stored in folds
        ]
        assert unknown[0] == unknown[1]
        first_seq += len(data) // EVENT_BYTES
    assert folds[0][1].orders.keys() == folds[1][1].orders.keys()
