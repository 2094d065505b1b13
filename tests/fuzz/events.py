"""Invariant: whatever the event log's segments hold, a start is refused with EventLogDamaged, or
the log then holds exactly the events that the journal produces.
"""

from functools import cache
from typing import Final

from engine_service.errors import EventLogDamaged
from engine_service.event_log import EventLog
from schemas.layouts import EVENT_BYTES
from tests.simulation.disk import SimulatedDisk

_PER_SEGMENT: Final = 4
_SEGMENT_BYTES: Final = _PER_SEGMENT * EVENT_BYTES
_EVENTS: Final = b"".join(bytes([seq]) * EVENT_BYTES for seq in range(1, 7))
_HELD_BACK: Final = EVENT_BYTES


@cache
def corpus() -> list[bytes]:
    """Return the segments one behind the other: whole, torn, and with a page missing."""
    missing = _EVENTS[:EVENT_BYTES] + bytes(EVENT_BYTES) + _EVENTS[2 * EVENT_BYTES :]
    return [_EVENTS, _EVENTS[:300], missing, b""]


def check(data: bytes) -> bool:
    """Return whether the log was accepted.

    Raises:
        AssertionError: the invariant does not hold.
    """
    files = {
        f"events-{at // _SEGMENT_BYTES + 1:08d}.log": data[at : at + _SEGMENT_BYTES]
        for at in range(0, min(len(data), 4 * _SEGMENT_BYTES), _SEGMENT_BYTES)
    }
    log = EventLog(SimulatedDisk(files), events_per_segment=_PER_SEGMENT)
    try:
        log.regenerate(_EVENTS[:-_HELD_BACK])
        log.finish_replay(_EVENTS[-_HELD_BACK:])
        log.append(_EVENTS[-_HELD_BACK:])
    except EventLogDamaged:
        return False
    assert log.read(1, 100) == _EVENTS
    return True
