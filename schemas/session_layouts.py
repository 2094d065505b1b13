"""The session's own messages: how HELLO, WELCOME, NAK and REJECT lie in bytes.

Each is one fixed struct; commands, events and outcomes have theirs in layouts and codec.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from schemas.errors import Malformed

VERSION: Final = 1
"""The major version of the header, by which HELLO and its answer can always be read."""
VERSIONS: Final = (1, 1)
"""The lowest and the highest major version spoken here."""
MINOR: Final = 5
"""Grows with every message kind, field or number added; both sides go on without what is new."""

HELLO: Final = struct.Struct("<BBB5xQQ")
WELCOME: Final = struct.Struct("<BB6xQQQ")
NOT_LEADER: Final = struct.Struct("<Q16sHH4x")
EVENT_RANGE: Final = struct.Struct("<QQ")
SESSION_REJECT: Final = struct.Struct("<H6xQ")


class SessionRejectCode(IntEnum):
    """Why a session cannot go on; numbered for ever."""

    VERSION = 1
    """No common major version; ``detail``: 256 x the engine's lowest + its highest."""
    SESSION_CONFLICT = 2
    """Two different commands came under one sequence number; ``detail`` is that number."""
    EVICTED = 3
    """The session made room for a newer one. Open a new one."""
    TOO_MANY_SESSIONS = 4
    """Every session of the engine is in use; ``detail`` is their bound."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Opens a session. ``from_event_seq`` 0: no events wanted; else the first one wanted."""

    version_min: int
    version_max: int
    minor: int
    client_id: int
    from_event_seq: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """``next_event_seq``: first event not yet released. ``nonce`` enters the session's keys."""

    version: int
    minor: int
    nonce: int
    next_event_seq: int
    last_command_seq: int


@dataclass(frozen=True, slots=True)
class EventRange:
    """Events ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class NotLeader:
    """Who leads instead: ``address`` is an IPv6 address, or an IPv4 one mapped into it; all zero if
    the sender does not know.
    """

    leader_epoch: int
    address: bytes
    udp_port: int
    tcp_port: int


@dataclass(frozen=True, slots=True)
class SessionReject:
    """Why the session cannot go on."""

    code: SessionRejectCode
    detail: int


def _unpack(packer: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) != packer.size:
        raise Malformed(f"{len(data)} bytes where {packer.size} belong")
    values = packer.unpack(data)
    if packer.pack(*values) != data:
        raise Malformed("a reserved byte is set")
    return values


def encode_hello(hello: Hello) -> bytes:
    """Return ``hello`` as its 24-byte struct."""
    return HELLO.pack(
        hello.version_min, hello.version_max, hello.minor, hello.client_id, hello.from_event_seq
    )


def decode_hello(data: bytes) -> Hello:
    """Return the HELLO in a 24-byte struct.

    Raises:
        Malformed: not canonical, or the versions are no range.
    """
    hello = Hello(*_unpack(HELLO, data))
    if not 0 < hello.version_min <= hello.version_max:
        raise Malformed("versions are no range")
    return hello


def encode_welcome(welcome: Welcome) -> bytes:
    """Return ``welcome`` as its 32-byte struct."""
    return WELCOME.pack(
        welcome.version,
        welcome.minor,
        welcome.nonce,
        welcome.next_event_seq,
        welcome.last_command_seq,
    )


def decode_welcome(data: bytes) -> Welcome:
    """Return the WELCOME in a 32-byte struct.

    Raises:
        Malformed: not canonical, no nonce, or an event sequence of 0.
    """
    welcome = Welcome(*_unpack(WELCOME, data))
    if not welcome.nonce or not welcome.next_event_seq:
        raise Malformed("no nonce, or no event sequence")
    return welcome


def agreed_version(ours: tuple[int, int], hello: Hello) -> int | None:
    """Return the highest major version that both speak; None if there is none."""
    highest = min(ours[1], hello.version_max)
    return highest if highest >= max(ours[0], hello.version_min) else None


def encode_event_range(wanted: EventRange) -> bytes:
    """Return ``wanted`` as its 16-byte struct."""
    return EVENT_RANGE.pack(wanted.first, wanted.last)


def decode_event_ranges(data: bytes) -> list[EventRange]:
    """Return the ranges in ``data``: n x 16 bytes.

    Raises:
        Malformed: a torn range, or one that starts at 0 or ends before it starts.
    """
    if len(data) % EVENT_RANGE.size:
        raise Malformed("a torn range")
    ranges = [EventRange(first, last) for first, last in EVENT_RANGE.iter_unpack(data)]
    if any(not 0 < wanted.first <= wanted.last for wanted in ranges):
        raise Malformed("events that cannot be")
    return ranges


def encode_not_leader(not_leader: NotLeader) -> bytes:
    """Return ``not_leader`` as its 32-byte struct."""
    return NOT_LEADER.pack(
        not_leader.leader_epoch, not_leader.address, not_leader.udp_port, not_leader.tcp_port
    )


def decode_not_leader(data: bytes) -> NotLeader:
    """Return the NOT_LEADER in a 32-byte struct.

    Raises:
        Malformed: not canonical.
    """
    return NotLeader(*_unpack(NOT_LEADER, data))


def encode_session_reject(reject: SessionReject) -> bytes:
    """Return ``reject`` as its 16-byte struct."""
    return SESSION_REJECT.pack(reject.code, reject.detail)


def decode_session_reject(data: bytes) -> SessionReject:
    """Return the REJECT in a 16-byte struct.

    Raises:
        Malformed: not canonical, or a code of no known meaning.
    """
    code, detail = _unpack(SESSION_REJECT, data)
    if code not in SessionRejectCode.__members__.values():
        raise Malformed(f"session reject code {code}")
    return SessionReject(SessionRejectCode(code), detail)
