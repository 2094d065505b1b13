"""Who leads: every role, everything that may happen, and which entries no replica may take."""

import pytest

from engine_service.errors import LogForked
from engine_service.replica.leadership import (
    FIRST_EPOCH,
    NEXT_ROLE,
    Happening,
    Leadership,
    Role,
)
from engine_service.replica.log_entries import (
    Entry,
    Point,
    Writer,
    decode_entry,
    encode_batch,
    encode_idle,
    encode_takeover,
)
from transport.engine_address import EngineAddress

WAIT_NS = 500_000_000
THERE = EngineAddress("10.0.0.2", 9_100, 9_101)
POINT = Point(8, b"c" * 16)
OTHER = Writer(epoch=4, replica_id=2, incarnation=22)


def replica(applied_seq: int = 10, last: Entry | None = None) -> Leadership:
    return Leadership(
        1, 11, applied_seq=applied_seq, point=POINT, last=last, wait_ns=WAIT_NS, now_ns=0
    )


def takeover(writer: Writer = OTHER, at: Point = POINT) -> Entry:
    return decode_entry(1, encode_takeover(writer, at, THERE))


def batch(writer: Writer = OTHER, before: Point = POINT) -> Entry:
    return decode_entry(1, encode_batch(writer, before, Point(9, b"d" * 16), b"records"))


def take(leadership: Leadership, seq: int, entry: Entry, now_ns: int = 0) -> None:
    leadership.check(seq, entry)
    leadership.heard(seq, entry, now_ns)


ROLES = {
    (Role.FOLLOWING, Happening.ENTRY): Role.FOLLOWING,
    (Role.FOLLOWING, Happening.SILENCE): Role.CLAIMING,
    (Role.FOLLOWING, Happening.APPENDED): None,
    (Role.FOLLOWING, Happening.CONFLICT): None,
    (Role.CLAIMING, Happening.ENTRY): None,
    (Role.CLAIMING, Happening.SILENCE): None,
    (Role.CLAIMING, Happening.APPENDED): Role.LEADING,
    (Role.CLAIMING, Happening.CONFLICT): Role.FOLLOWING,
    (Role.LEADING, Happening.ENTRY): None,
    (Role.LEADING, Happening.SILENCE): None,
    (Role.LEADING, Happening.APPENDED): Role.LEADING,
    (Role.LEADING, Happening.CONFLICT): Role.DEPOSED,
    (Role.DEPOSED, Happening.ENTRY): None,
    (Role.DEPOSED, Happening.SILENCE): None,
    (Role.DEPOSED, Happening.APPENDED): None,
    (Role.DEPOSED, Happening.CONFLICT): None,
}


@pytest.mark.parametrize(("role", "happening"), ROLES, ids=lambda one: one.name)
def test_what_becomes_of_each_role(role: Role, happening: Happening) -> None:
    assert NEXT_ROLE.get((role, happening)) is ROLES[role, happening]


def test_the_table_of_roles_is_whole() -> None:
    assert ROLES.keys() == {(role, happening) for role in Role for happening in Happening}


def test_a_replica_claims_only_after_the_whole_silence() -> None:
    leadership = replica()
    assert leadership.claim(WAIT_NS - 1) is None
    assert leadership.role is Role.FOLLOWING
    assert leadership.claim(WAIT_NS) == Writer(FIRST_EPOCH + 1, 1, 11)
    assert leadership.role is Role.CLAIMING


def test_every_entry_begins_the_silence_anew() -> None:
    leadership = replica()
    take(leadership, 11, takeover(), now_ns=400_000_000)
    assert leadership.claim(WAIT_NS) is None
    take(leadership, 12, decode_entry(12, encode_idle(OTHER, POINT, THERE)), now_ns=800_000_000)
    assert leadership.claim(1_200_000_000) is None
    assert leadership.claim(1_300_000_000) == Writer(OTHER.epoch + 1, 1, 11)


def test_who_wins_leads_behind_what_it_applied() -> None:
    leadership = replica()
    writer = leadership.claim(WAIT_NS)
    assert writer is not None
    leadership.won(takeover(writer))
    assert (leadership.role, leadership.epoch, leadership.applied_seq) == (Role.LEADING, 2, 11)


def test_who_loses_follows_and_waits_again() -> None:
    leadership = replica()
    assert leadership.claim(WAIT_NS)
    leadership.lost(WAIT_NS)
    assert leadership.role is Role.FOLLOWING
    assert leadership.claim(2 * WAIT_NS - 1) is None
    take(leadership, 11, takeover())
    assert leadership.leader == THERE


def test_a_start_behind_the_last_entry_knows_its_epoch() -> None:
    leadership = replica(last=takeover())
    assert (leadership.epoch, leadership.leader) == (OTHER.epoch, THERE)
    claimed = leadership.claim(WAIT_NS)
    assert claimed is not None and claimed.epoch == OTHER.epoch + 1


def test_a_replica_that_joins_late_takes_the_leader_at_its_word() -> None:
    leadership = replica()
    take(leadership, 11, batch())
    assert (leadership.epoch, leadership.point) == (OTHER.epoch, Point(9, b"d" * 16))
    assert leadership.leader is None


@pytest.mark.parametrize(
    ("seq", "entry"),
    [
        pytest.param(13, batch(), id="one is missing"),
        pytest.param(12, batch(before=Point(7, b"c" * 16)), id="other records before it"),
        pytest.param(12, batch(before=Point(8, b"x" * 16)), id="another chain before it"),
        pytest.param(12, batch(Writer(4, 3, 22)), id="of another replica in the same epoch"),
        pytest.param(12, batch(Writer(4, 2, 23)), id="of another process of the same replica"),
        pytest.param(12, batch(Writer(5, 2, 22)), id="of an epoch that nobody began"),
        pytest.param(12, batch(Writer(3, 1, 11)), id="of an older epoch"),
        pytest.param(12, takeover(Writer(4, 3, 33)), id="takes over into the same epoch"),
    ],
)
def test_an_entry_that_cannot_be_is_not_taken(seq: int, entry: Entry) -> None:
    leadership = replica()
    take(leadership, 11, takeover())
    with pytest.raises(LogForked):
        leadership.check(seq, entry)
    assert leadership.applied_seq == 11
