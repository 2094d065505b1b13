"""A gapless stream out of datagrams that get lost, repeated and overtaken."""

import random

import pytest

from schemas.session_layouts import EventRange
from transport.event_receiver import (
    CATCH_UP_EVENTS,
    EARLY_MAX,
    NAK_EVENTS_MAX,
    NAK_MAX_NS,
    NAK_RANGES_MAX,
    NAK_START_NS,
    EventReceiver,
)


def events(first_seq: int, last_seq: int) -> bytes:
    return b"".join(seq.to_bytes(128, "little") for seq in range(first_seq, last_seq + 1))


def receive(receiver: EventReceiver, first: int, last: int, now_ns: int = 0) -> bytes:
    return receiver.receive(first, events(first, last), now_ns)


def test_the_next_events_are_delivered_at_once() -> None:
    receiver = EventReceiver(5)
    assert receive(receiver, 5, 7) == events(5, 7)
    assert receive(receiver, 8, 8) == events(8, 8)
    assert (receiver.next_seq, receiver.missing, receiver.due_ns) == (9, 0, None)


def test_events_delivered_before_are_dropped() -> None:
    receiver = EventReceiver(5)
    assert receive(receiver, 1, 4) == b""
    assert receive(receiver, 3, 6) == events(5, 6)
    assert receive(receiver, 5, 6) == b""


def test_early_events_wait_for_those_before_them() -> None:
    receiver = EventReceiver(1)
    assert receive(receiver, 7, 8) == b""
    assert receive(receiver, 3, 4) == b""
    assert receive(receiver, 4, 5) == b""
    assert receive(receiver, 1, 2) == events(1, 5)
    assert receive(receiver, 6, 6) == events(6, 8)
    assert receiver.missing == 0


def test_a_gap_is_asked_for_after_two_milliseconds_and_then_ever_more_slowly() -> None:
    receiver = EventReceiver(1)
    receive(receiver, 1, 2, now_ns=0)
    receive(receiver, 5, 6, now_ns=1_000)
    receive(receiver, 9, 9, now_ns=5_000)
    assert receiver.due_ns == 1_000 + NAK_START_NS
    assert receiver.due_naks(1_000 + NAK_START_NS - 1) == []
    waits = []
    now_ns = 1_000
    for _ in range(10):
        due_ns = receiver.due_ns
        assert due_ns is not None
        waits.append(due_ns - now_ns)
        now_ns = due_ns
        assert receiver.due_naks(now_ns) == [EventRange(3, 4), EventRange(7, 8)]
    assert waits[:4] == [NAK_START_NS, 2 * NAK_START_NS, 4 * NAK_START_NS, 8 * NAK_START_NS]
    assert waits[-1] == NAK_MAX_NS


def test_progress_makes_it_patient_again_and_an_end_of_the_gap_silent() -> None:
    receiver = EventReceiver(1)
    receive(receiver, 5, 6)
    for now_ns in (NAK_START_NS, 10 * NAK_START_NS, 20 * NAK_START_NS):
        assert receiver.due_naks(now_ns)
    receive(receiver, 1, 2, now_ns=500)
    assert receiver.due_ns == 500 + NAK_START_NS
    receive(receiver, 3, 4)
    assert receiver.due_ns is None
    assert receiver.due_naks(10**12) == []


def test_a_heartbeat_shows_that_the_last_events_were_lost() -> None:
    receiver = EventReceiver(1)
    receiver.heartbeat(1, 0)
    assert receiver.due_ns is None
    receiver.heartbeat(4, 0)
    assert receiver.due_naks(NAK_START_NS) == [EventRange(1, 3)]


def test_a_heartbeat_that_was_overtaken_changes_nothing() -> None:
    receiver = EventReceiver(1)
    receive(receiver, 1, 9)
    receiver.heartbeat(5, 0)
    assert (receiver.missing, receiver.due_ns) == (0, None)


def test_what_is_held_early_has_a_bound_and_the_rest_is_asked_for_later() -> None:
    receiver = EventReceiver(1)
    for first in range(2, 6_000, 10):
        receive(receiver, first, first + 9)
    delivered = receive(receiver, 1, 1)
    assert len(delivered) // 128 <= EARLY_MAX
    assert EARLY_MAX - 10 < receiver.next_seq <= EARLY_MAX + 1
    assert receiver.missing == 6_002 - receiver.next_seq
    assert receiver.due_naks(NAK_START_NS)[0].first == receiver.next_seq


def test_one_request_is_bounded_in_events_and_in_ranges() -> None:
    receiver = EventReceiver(1)
    receiver.heartbeat(10_000, 0)
    assert receiver.due_naks(NAK_START_NS) == [EventRange(1, NAK_EVENTS_MAX)]
    receiver = EventReceiver(1)
    for first in range(2, 200, 2):
        receive(receiver, first, first)
    ranges = receiver.due_naks(NAK_START_NS)
    assert ranges == [EventRange(seq, seq) for seq in range(1, 2 * NAK_RANGES_MAX, 2)]


def test_a_wide_gap_is_not_asked_for_piece_by_piece() -> None:
    receiver = EventReceiver(1)
    receiver.heartbeat(1 + CATCH_UP_EVENTS, 0)
    assert not receiver.must_catch_up
    receiver.heartbeat(2 + CATCH_UP_EVENTS, 0)
    assert receiver.must_catch_up
    assert receiver.due_naks(NAK_START_NS) == []
    assert receiver.due_ns is not None and receiver.due_ns > NAK_START_NS  # no busy timer


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_network_does_the_stream_is_whole(seed: int) -> None:
    source = random.Random(seed)
    receiver = EventReceiver(1)
    total, delivered, sent, now_ns = 2_000, b"", 0, 0
    on_the_way: list[tuple[int, int]] = []
    while receiver.next_seq <= total:
        now_ns += NAK_START_NS // 4
        if sent < total:
            count = source.randint(1, min(10, total - sent))
            on_the_way.append((sent + 1, sent + count))
            sent += count
        receiver.heartbeat(sent + 1, now_ns)
        for wanted in receiver.due_naks(now_ns):
            on_the_way += [
                (first, min(first + 9, wanted.last))
                for first in range(wanted.first, wanted.last + 1, 10)
            ]
        source.shuffle(on_the_way)
        while on_the_way and source.random() < 0.7:
            first, last = on_the_way.pop()
            for _ in range(source.choice((0, 1, 1, 2))):
                delivered += receive(receiver, first, last, now_ns)
    assert delivered == events(1, total)
