"""How long is waited before sending again follows the round trips that were measured."""

from transport.in_flight import InFlight
from transport.round_trip import RTO_MAX_NS, RTO_START_NS, RetransmissionTimer

MS = 1_000_000


def test_the_wait_covers_a_slow_engine_and_shrinks_again_with_a_fast_one() -> None:
    timer = RetransmissionTimer()
    for _ in range(50):
        timer.answered(40 * MS)
    assert 40 * MS < timer.wait_ns < 50 * MS
    for _ in range(100):
        timer.answered(1 * MS)
    assert timer.wait_ns == RTO_START_NS


def test_each_unanswered_try_doubles_the_wait_until_an_answer_comes() -> None:
    timer = RetransmissionTimer()
    waits = []
    for _ in range(8):
        waits.append(timer.wait_ns)
        timer.sent_again()
    assert waits[:3] == [RTO_START_NS, 2 * RTO_START_NS, 4 * RTO_START_NS]
    assert waits[-1] == RTO_MAX_NS
    timer.answered(None)
    assert timer.wait_ns == RTO_START_NS


def test_an_engine_that_works_through_a_long_queue_is_not_sent_it_again() -> None:
    in_flight = InFlight(lambda first_seq, commands: b"")
    in_flight.window_datagrams = 100
    for _ in range(20 * 14):
        in_flight.number(bytes(96))
    assert len(in_flight.send(0)) == 20
    again = []
    for at in range(20):
        now_ns = (at + 1) * 4 * MS
        in_flight.take_outcomes(1 + at * 14, bytes(24 * 14), now_ns)
        again += in_flight.resend_due(now_ns + 3 * MS)
    assert again == []
