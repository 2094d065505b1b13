"""Power failures at any moment, with any part of the unsynced sectors lost."""

from collections.abc import Callable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands import OpenAccount
from engine_service.journal_record import Entry
from schemas.codec import decode_outcomes
from schemas.framing import MessageType
from schemas.layouts import EVENT_BYTES
from tests.simulation.disk import SimulatedDisk
from tests.unit.engine_service.journals import commands, opened, write
from tests.unit.engine_service.rig import Rig

SEED = st.integers(0, 1 << 32)
FLUSH = st.lists(st.integers(1, 9), min_size=1, max_size=4)
ROUND = st.tuples(st.lists(FLUSH, max_size=6), FLUSH | st.none(), SEED)


def half_of_them(seed: int) -> Callable[[], bool]:
    random = Random(seed)
    return lambda: random.random() < 0.5


@settings(max_examples=150, deadline=None)
@given(st.lists(ROUND, min_size=1, max_size=4))
def test_acknowledged_records_survive_any_crash_and_a_torn_flush_never_stops_the_start(rounds):
    disk = SimulatedDisk()
    durable: list[Entry] = []
    for flushes, unfinished, seed in rounds:
        journal, found = opened(disk)
        assert found == durable
        for counts in flushes:
            entries = [commands(count, len(durable)) for count in counts]
            write(journal, entries)
            journal.flush()
            durable += entries
        maybe = [commands(count, 99) for count in unfinished or ()]
        if maybe:
            write(journal, maybe)
        journal.close()
        disk = disk.crash(half_of_them(seed))
        journal, found = opened(disk)
        journal.close()
        assert found[: len(durable)] == durable
        assert found[len(durable) :] == maybe[: len(found) - len(durable)]
        durable = found
        disk = disk.crash(lambda: False)  # what was found counts from now on


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), SEED), max_size=4))
def test_what_a_client_was_told_holds_after_any_crash(rounds):
    rig = Rig()
    session = rig.welcomed(from_event_seq=1)
    told_outcomes, told_events, seq = [], b"", 0
    for datagrams, seed in rounds:
        for _ in range(datagrams):
            new = [OpenAccount(account_id=10 + seq + n, group_id=1) for n in range(5)]
            for sent in rig.say(session.commands(seq + 1, *new)):
                header, structs = session.open(sent)
                if header.type is MessageType.ACK:
                    told_outcomes += decode_outcomes(structs)
                else:
                    told_events += structs
            seq += 5
        rig = rig.power_failure(half_of_them(seed))
        assert rig.event_log.read(1, seq + 1) == told_events
        assert rig.event_log.next_seq == len(told_events) // EVENT_BYTES + 1
        assert rig.sessions.last_seq(session.session_id) == len(told_outcomes) == seq
        rig.say(session.hello(from_event_seq=1))  # shows the next process where it lives
    rig.journal.close()
