"""Invariant: a snapshot file is refused as SnapshotDamaged, or it is byte for byte one that was
written. Whatever bytes a core is to be loaded from, each twin refuses them with ValueError or loads
a core that saves them again, and without a forged hash both do the same. The compiled one is
stricter with what no engine can have written; neither ever crashes.
"""

from functools import cache
from typing import Final

from engine_core import CORES, core_type
from engine_core.contract import Core
from engine_core.saved_state import hash_of_rows, sections_of
from engine_core.state_hash import STATE_HASH_BYTES
from engine_service.errors import SnapshotDamaged
from engine_service.journal_scan import JournalPoint
from engine_service.snapshot_file import Snapshot, decode_snapshot, encode_snapshot
from schemas.codec import encode_command
from tests.integration.engine.venue import OPENING, order
from transport.saved_sessions import SavedSession, SavedSessions

_KEYS_MAX: Final = 64
_NOW_NS: Final = 1_700_000_000_000_000_000


@cache
def corpus() -> list[bytes]:
    """Return a state of a small venue, and a snapshot of it."""
    core = core_type(CORES[0])()
    commands = b"".join(encode_command(one) for one in (*OPENING, *map(order, range(9))))
    core.apply(commands, _NOW_NS)
    state = core.save()
    snapshot = Snapshot(
        point=JournalPoint(next_index=3, log_ts_ns=_NOW_NS),
        next_event_seq=core.next_event_seq,
        events_hash=bytes(16),
        state_hash=core.state_hash(),
        commands=17,
        sessions=SavedSessions([SavedSession(7, 8, 1, bytes(96), bytes(24))], [(9, 10)]),
        state=state,
    )
    return [state, b"".join(encode_snapshot(snapshot))]


def check(data: bytes) -> bool:
    """Return whether a twin took it as a state, with the hash it ought to have.

    Raises:
        AssertionError: the invariant does not hold.
    """
    assert _refused_as_file(data) or data in corpus(), "a snapshot that nobody wrote"
    one, other = (_saved_again(twin, data) for twin in CORES)
    assert one == other, "one twin loads what the other refuses"
    forged = _with_the_right_hash(data)
    return any([_saved_again(twin, forged) for twin in CORES])


def _refused_as_file(data: bytes) -> bool:
    try:
        decode_snapshot(data, "it")
    except SnapshotDamaged:
        return True
    return False


def _saved_again(twin: str, data: bytes) -> bool:
    core = _loaded(twin, data)
    assert core is None or core.save() == data, f"{twin} loads another state than was saved"
    return core is not None


def _loaded(twin: str, data: bytes) -> Core | None:
    try:
        return core_type(twin).load(data, dedupe_keys_max=_KEYS_MAX)
    except ValueError:
        return None


def _with_the_right_hash(data: bytes) -> bytes:
    try:
        return data[:-STATE_HASH_BYTES] + hash_of_rows(sections_of(data))
    except ValueError:
        return data
