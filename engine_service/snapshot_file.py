"""A snapshot in bytes: what an engine was behind one record of its journal.

======  ====  ==============================================================================
offset  size  field
======  ====  ==============================================================================
0       8     magic ``OBSNAP01``: the form of what follows
8       8     journal id
16      8     index of the next record
24      8     number of the segment the last record is in
32      8     offset of the first byte behind it there
40      8     index of the first record of its flush
48      8     offset of that record
56      8     log time, Unix nanoseconds
64      16    chain of the last record
80      8     sequence number of the next event
88      16    rolling hash of all events so far
104     16    state hash of the core
120     8     commands executed since the journal's first record
128     8     length of the sessions
136     8     length of the core's state
144     ..    sessions: how many are open u32, how many evicted ones are remembered u32; each open
              one: id u64, nonce u64, last sequence number u64, commands kept u64, these and
              their outcomes; each evicted one: id u64, nonce u64
..      ..    the core's state (engine_core.saved_state)
end-32  32    BLAKE2b-256 of everything before
======  ====  ==============================================================================
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from engine_service.errors import SnapshotDamaged
from engine_service.journal_scan import JournalPoint
from schemas.layouts import COMMAND_BYTES, OUTCOME_BYTES
from transport.saved_sessions import SavedSession, SavedSessions

MAGIC: Final = b"OBSNAP01"
_HEAD: Final = struct.Struct("<8s7Q16sQ16s16s3Q")
_COUNTS: Final = struct.Struct("<II")
_SESSION: Final = struct.Struct("<4Q")
_EVICTED: Final = struct.Struct("<2Q")
_DIGEST_BYTES: Final = 32

HEAD_BYTES: Final = _HEAD.size
assert HEAD_BYTES == 144


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is in a file. ``state``: a core, saved."""

    point: JournalPoint
    next_event_seq: int
    events_hash: bytes
    state_hash: bytes
    commands: int
    sessions: SavedSessions
    state: bytes | memoryview

    @property
    def last_index(self) -> int:
        """Index of the last record in it."""
        return self.point.next_index - 1


def encode_snapshot(snapshot: Snapshot) -> Iterator[bytes | memoryview]:
    """Yield the parts of a file."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    sessions = b"".join(_session_parts(snapshot.sessions))
    for part in (_head(snapshot, len(sessions)), sessions, snapshot.state):
        digest.update(part)
        yield part
    yield digest.digest()


def decode_snapshot(data: bytes, name: str) -> Snapshot:
    """Return the snapshot in a file called ``name``.

    Raises:
        SnapshotDamaged: it is torn, damaged or of another form.
    """
    view = memoryview(data)
    if len(data) < _HEAD.size + _COUNTS.size + _DIGEST_BYTES:
        raise SnapshotDamaged(f"{name} has only {len(data)} bytes")
    if data[: len(MAGIC)] != MAGIC:
        raise SnapshotDamaged(f"{name} is no snapshot, or one that another version made")
    body = view[:-_DIGEST_BYTES]
    if blake2b(body, digest_size=_DIGEST_BYTES).digest() != data[-_DIGEST_BYTES:]:
        raise SnapshotDamaged(f"{name} is torn or damaged: its digest does not fit")
    return _decoded(body)


def _head(snapshot: Snapshot, sessions_bytes: int) -> bytes:
    point = snapshot.point
    return _HEAD.pack(
        MAGIC,
        point.journal_id,
        point.next_index,
        point.segment,
        point.offset,
        point.flush_first_index,
        point.flush_offset,
        point.log_ts_ns,
        point.chain,
        snapshot.next_event_seq,
        snapshot.events_hash,
        snapshot.state_hash,
        snapshot.commands,
        sessions_bytes,
        len(snapshot.state),
    )


def decode_point(head: bytes | memoryview) -> JournalPoint | None:
    """Return where a file that begins with ``head`` says it stands, unproven; None if it is no
    snapshot.
    """
    if len(head) < HEAD_BYTES or head[: len(MAGIC)] != MAGIC:
        return None
    _, journal_id, next_index, segment, offset, flush_first_index, flush_offset, *rest = (
        _HEAD.unpack_from(head)
    )
    return JournalPoint(
        segment=segment,
        offset=offset,
        next_index=next_index,
        chain=rest[1],
        journal_id=journal_id,
        flush_first_index=flush_first_index,
        flush_offset=flush_offset,
        log_ts_ns=rest[0],
    )


def decode_next_event_seq(head: bytes | memoryview) -> int:
    """Return the event that follows a file that begins with ``head``, for which ``decode_point``
    returned something.
    """
    next_event_seq: int = _HEAD.unpack_from(head)[9]
    return next_event_seq


def _decoded(body: memoryview) -> Snapshot:
    point = decode_point(body)
    assert point is not None
    *_, next_event_seq, events_hash, state_hash, commands, sessions_bytes, state_bytes = (
        _HEAD.unpack_from(body)
    )
    assert len(body) == _HEAD.size + sessions_bytes + state_bytes
    return Snapshot(
        point=point,
        next_event_seq=next_event_seq,
        events_hash=events_hash,
        state_hash=state_hash,
        commands=commands,
        sessions=_sessions(body[_HEAD.size : _HEAD.size + sessions_bytes]),
        state=body[_HEAD.size + sessions_bytes :],
    )


def _session_parts(saved: SavedSessions) -> Iterator[bytes]:
    yield _COUNTS.pack(len(saved.sessions), len(saved.evicted))
    for session in saved.sessions:
        count = len(session.commands) // COMMAND_BYTES
        yield _SESSION.pack(session.session_id, session.nonce, session.last_seq, count)
        yield session.commands
        yield session.outcomes
    for evicted in saved.evicted:
        yield _EVICTED.pack(*evicted)


def _sessions(data: memoryview) -> SavedSessions:
    open_count, evicted_count = _COUNTS.unpack_from(data)
    offset = _COUNTS.size
    sessions = []
    for _ in range(open_count):
        session_id, nonce, last_seq, count = _SESSION.unpack_from(data, offset)
        commands_at = offset + _SESSION.size
        outcomes_at = commands_at + count * COMMAND_BYTES
        offset = outcomes_at + count * OUTCOME_BYTES
        commands, outcomes = bytes(data[commands_at:outcomes_at]), bytes(data[outcomes_at:offset])
        sessions.append(SavedSession(session_id, nonce, last_seq, commands, outcomes))
    evicted = list(_EVICTED.iter_unpack(data[offset : offset + evicted_count * _EVICTED.size]))
    return SavedSessions(sessions, [(session_id, nonce) for session_id, nonce in evicted])
