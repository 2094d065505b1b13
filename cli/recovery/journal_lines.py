"""A journal's records for people and for programs: a line of a table, or lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from enum import IntFlag

from domain.client_order_ids import PACKED_BYTES, unpack_client_order_id
from domain.commands import Command, CommandKind
from domain.events import Event, EventKind
from domain.units import NS_PER_S
from engine_service.journal_record import Record, RecordKind
from schemas.codec import decode_command, decode_event
from schemas.errors import Malformed
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES

TABLE_HEAD = (
    f"{'record':>12}  {'flush':>12}  {'time (UTC)':<27}  {'epoch':>5}  {'kind':<14}  "
    f"{'session':>16}  {'first seq':>10}  {'count':>5}  {'next event':>12}  {'bytes':>7}"
)

Fields = dict[str, object]


def table_line(record: Record) -> str:
    """Return one record as a line under ``TABLE_HEAD``."""
    entry = record.entry
    return (
        f"{record.index:>12}  {record.flush_first_index:>12}  {_time(record.log_ts_ns):<27}  "
        f"{record.epoch:>5}  {entry.kind.name:<14}  {entry.session_id:>16x}  "
        f"{entry.first_command_seq:>10}  {entry.count:>5}  {record.first_event_seq:>12}  "
        f"{record.size_bytes:>7}"
    )


def command_lines(record: Record) -> Iterator[str]:
    """Yield a JSON object for each command of a record, or for what else it says."""
    entry = record.entry
    shared: Fields = {"record": record.index, "ts_ns": record.log_ts_ns}
    if entry.kind is not RecordKind.COMMANDS:
        session = {"session_id": f"{entry.session_id:016x}"} if entry.session_id else {}
        yield json.dumps(shared | session | {"says": entry.kind.name})
        return
    for at in range(entry.count):
        command = entry.payload[at * COMMAND_BYTES : (at + 1) * COMMAND_BYTES]
        numbers = {"session_id": f"{entry.session_id:016x}", "seq": entry.first_command_seq + at}
        yield json.dumps(shared | numbers | _command(command))


def event_lines(first_seq: int, events: bytes) -> Iterator[str]:
    """Yield a JSON object for each of ``events`` (n x 128 bytes), numbered from ``first_seq``."""
    for at in range(0, len(events), EVENT_BYTES):
        event = decode_event(events[at : at + EVENT_BYTES])
        said = {"event_seq": first_seq + at // EVENT_BYTES, "event": EventKind(events[at]).name}
        yield json.dumps(said | _readable(event))


def _command(data: bytes) -> Fields:
    try:
        return {"command": CommandKind(data[0]).name} | _readable(decode_command(data))
    except (Malformed, ValueError):
        return {"command": "MALFORMED", "bytes": data.hex()}


def _readable(said: Command | Event) -> Fields:
    return {field.name: _value(getattr(said, field.name)) for field in fields(said)}


def _value(value: object) -> object:
    if isinstance(value, bytes):
        if len(value) == PACKED_BYTES:
            return unpack_client_order_id(value)
        return value.decode("ascii", errors="backslashreplace")
    if isinstance(value, IntFlag):
        return [flag.name for flag in type(value) if flag in value]
    return getattr(value, "name", value)


def _time(ts_ns: int) -> str:
    seconds, ns = divmod(ts_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{ns // 1_000:06d}"
