"""Domain objects to fixed structs and back. One struct at a time; batches and datagrams are
framing's.
"""

import struct
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from domain.commands import Command
from domain.events import Event, EventKind, Outcome, OutcomeResult
from domain.reasons import RejectReason
from schemas.errors import Malformed
from schemas.layouts import (
    COMMAND_BYTES,
    COMMANDS,
    EVENT_BYTES,
    EVENTS,
    OUTCOME_BYTES,
    Layout,
)

_BY_TYPE: Final = {layout.domain_type: layout for layout in COMMANDS + EVENTS}
_COMMAND_BY_KIND: Final = {int(layout.kind): layout for layout in COMMANDS}
_EVENT_BY_KIND: Final = {int(layout.kind): layout for layout in EVENTS}
_OUTCOME: Final = struct.Struct("<QQIHBx")
_MEMBERS: Final = {
    enum: {int(member): member for member in enum}
    for layout in COMMANDS + EVENTS
    for _, enum in layout.enums
}
_REASONS: Final = {int(reason): reason for reason in RejectReason}
_RESULTS: Final = {int(result): result for result in OutcomeResult}

assert _OUTCOME.size == OUTCOME_BYTES


def _encode(layout: Layout, value: Command | Event) -> bytes:
    fields = [getattr(value, name) for name in layout.fields]
    return layout.packer.pack(layout.kind, *fields)


def _decode(layout: Layout, data: bytes) -> object:
    values = list(layout.packer.unpack(data)[1:])
    if layout.packer.pack(layout.kind, *values) != data:
        raise Malformed(f"{layout.kind.name}: a reserved byte is set")
    for at, enum in layout.enums:
        member = _MEMBERS[enum].get(values[at])
        if member is not None:
            values[at] = member
            continue
        try:
            values[at] = enum(values[at])  # several flags together are no member
        except ValueError as error:
            raise Malformed(f"{layout.kind.name}: {layout.fields[at]} is {values[at]}") from error
    for at in layout.texts:
        values[at] = values[at].rstrip(b"\0")
    return layout.domain_type(**dict(zip(layout.fields, values, strict=True)))


def encode_command(command: Command) -> bytes:
    """Return ``command`` as its 96-byte struct."""
    return _encode(_BY_TYPE[type(command)], command)


def decode_command(data: bytes) -> Command:
    """Return the command in a 96-byte struct.

    Raises:
        Malformed: not canonical. Ranges that depend on the venue's state are the engine's to check.
    """
    if len(data) != COMMAND_BYTES or data[0] not in _COMMAND_BY_KIND:
        raise Malformed("not a command")
    return _decode(_COMMAND_BY_KIND[data[0]], data)  # type: ignore[return-value]


def encode_event(event: Event) -> bytes:
    """Return ``event`` as its 128-byte struct."""
    return _encode(_BY_TYPE[type(event)], event)


def decode_event(data: bytes) -> Event:
    """Return the event in a 128-byte struct.

    Raises:
        Malformed: not canonical.
    """
    if len(data) != EVENT_BYTES or data[0] not in _EVENT_BY_KIND:
        raise Malformed("not an event")
    return _decode(_EVENT_BY_KIND[data[0]], data)  # type: ignore[return-value]


def decode_events(data: bytes) -> list[Event]:
    """Return the events in ``data``: n x 128 bytes.

    Raises:
        Malformed: one is not canonical, or the length is no multiple of an event.
    """
    if len(data) % EVENT_BYTES:
        raise Malformed("a torn event")
    return [decode_event(data[at : at + EVENT_BYTES]) for at in range(0, len(data), EVENT_BYTES)]


def event_fields(kind: EventKind, *names: str) -> Callable[[bytes, int], Any]:
    """Return what reads these fields of an event of ``kind`` at an offset: a tuple of integers.

    For the engine's authenticated stream: it checks nothing.
    """
    layout = _EVENT_BY_KIND[kind]
    unpack_from = layout.packer.unpack_from
    chosen = itemgetter(*(1 + layout.fields.index(name) for name in names))
    return lambda data, at: chosen(unpack_from(data, at))


_TS_NS: Final = {int(kind): event_fields(kind, "ts_ns") for kind in EventKind}


def event_ts_ns(data: bytes, at: int) -> int:
    """Return the engine's time of the event at an offset, of its authenticated stream; 0 for a kind
    that is not known here.
    """
    read = _TS_NS.get(data[at])
    return read(data, at) if read else 0


def encode_outcome(outcome: Outcome) -> bytes:
    """Return ``outcome`` as its 24-byte struct."""
    return _OUTCOME.pack(
        outcome.order_id,
        outcome.last_event_seq,
        outcome.event_count,
        outcome.reason,
        outcome.result,
    )


def decode_outcomes(data: bytes) -> list[Outcome]:
    """Return the outcomes in ``data``: n x 24 bytes.

    Raises:
        Malformed: the length is no multiple of an outcome, or a number outside its enumeration.
    """
    if len(data) % OUTCOME_BYTES:
        raise Malformed("a torn outcome")
    try:
        return [
            Outcome(
                order_id=order_id,
                last_event_seq=last_event_seq,
                event_count=event_count,
                reason=_REASONS[reason],
                result=_RESULTS[result],
            )
            for order_id, last_event_seq, event_count, reason, result in _OUTCOME.iter_unpack(data)
        ]
    except KeyError as error:
        raise Malformed(f"outcome: {error} is no number of its enumeration") from error
