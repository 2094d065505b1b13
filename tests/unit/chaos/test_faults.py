"""The same seed does the same, and every process and weather has its turn in every round."""

from collections import Counter
from itertools import islice

from chaos.faults import CUT_S, NETWORK, PAUSE_S, WEATHER_S, FaultKind, faults

KILLED = ("engine", "gateway")
ROUND = 2 * len(KILLED) + 2 + 8


def drawn(seed: int, count: int = 3 * ROUND) -> list[object]:
    return list(islice(faults(seed, 6.0, KILLED, "postgres"), count))


def test_the_same_seed_does_the_same_and_another_does_not():
    assert drawn(1) == drawn(1) != drawn(2)


def test_every_round_has_everything_once():
    expected = Counter((name, kind) for name in KILLED for kind in ("kill -9", "SIGSTOP"))
    expected += Counter([("postgres", "SIGSTOP"), ("postgres", "immediate stop")])
    for at in range(0, 3 * ROUND, ROUND):
        found = Counter((one.process, str(one.kind)) for one in drawn(3)[at : at + ROUND])
        assert len(found) == ROUND and found >= expected


def test_faults_come_at_their_interval_and_end():
    for fault in drawn(4, 500):
        assert 3.0 <= fault.after_s <= 9.0
        shortest_s, longest_s = {True: (0.0, 0.0)}.get(
            fault.kind.ends, (min(PAUSE_S[0], CUT_S[0]), max(PAUSE_S[1], WEATHER_S[1]))
        )
        assert shortest_s <= fault.lasts_s <= longest_s


def test_a_cut_in_one_direction_leaves_the_other():
    cuts = {one.kind: one.rates for one in drawn(5) if one.process == NETWORK}
    up, down = cuts[FaultKind.CUT_TO_ENGINE]
    assert up.cut and not down.cut
    up, down = cuts[FaultKind.CUT_FROM_ENGINE]
    assert down.cut and not up.cut
    up, down = cuts[FaultKind.STORM]
    assert min(up.loss, up.duplicate, up.reorder, up.delay) > 0 and up != down
