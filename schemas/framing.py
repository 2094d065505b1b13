"""Datagrams and stream frames of protocol OBX1: a 48-byte header, a canonical FlatBuffers payload
and a 16-byte authentication code over both.

The payload is what flatbuffers.Builder makes of a root table with one vector of fixed structs: 20
constant bytes, the count, the structs. Any FlatBuffers reader takes it; nothing else is accepted
here, so that a length can lie in one way only and every lie is refused.
"""

import os
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from schemas import sealing
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from schemas.message_types import STRUCT_BYTES, MessageType
from schemas.sealing import (
    HEADER,
    HEADER_BYTES,
    MAGIC,
    MESSAGE_BYTES_MIN,
    PAYLOAD_BYTES_MAX,
    PREFIX_BYTES,
    KeyLookup,
    unwrap,
    wrap,
)

__all__ = [
    "COMMANDS_MAX",
    "DATAGRAM_BYTES_MAX",
    "EVENTS_MAX",
    "EVENTS_PER_FRAME_MAX",
    "FRAME_BYTES_MAX",
    "HEADER",
    "HEADER_BYTES",
    "MAGIC",
    "OUTCOMES_MAX",
    "PREFIX_BYTES",
    "STRUCT_BYTES",
    "Header",
    "KeyLookup",
    "MessageType",
    "load_sealing",
    "open_datagram",
    "open_frame",
    "seal",
    "seal_frame",
    "unwrap",
    "wrap",
]

DATAGRAM_BYTES_MAX: Final = 1_432
FRAME_BYTES_MAX: Final = MESSAGE_BYTES_MIN + PAYLOAD_BYTES_MAX
"""A frame of a TCP stream: as long as the header can say."""

_STRUCTS_BYTES_MAX: Final = DATAGRAM_BYTES_MAX - MESSAGE_BYTES_MIN - PREFIX_BYTES
COMMANDS_MAX: Final = _STRUCTS_BYTES_MAX // COMMAND_BYTES
EVENTS_MAX: Final = _STRUCTS_BYTES_MAX // EVENT_BYTES
OUTCOMES_MAX: Final = _STRUCTS_BYTES_MAX // OUTCOME_BYTES
EVENTS_PER_FRAME_MAX: Final = (PAYLOAD_BYTES_MAX - PREFIX_BYTES) // EVENT_BYTES

assert DATAGRAM_BYTES_MAX <= 1_452  # MTU 1 500 - IPv6 40 - UDP 8: never fragmented
assert (COMMANDS_MAX, EVENTS_MAX, OUTCOMES_MAX) == (14, 10, 56)


def load_sealing(pure_python: bool) -> ModuleType:
    """Return the twin that seals and opens messages; ``pure_python`` asks for the reference.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        return sealing
    try:
        from schemas import _sealing
    except ImportError as error:
        raise ImportError(
            "schemas._sealing is not built: run `python setup.py build_ext --inplace`, or ask for "
            "the slow reference with OPENBELL_PURE_PYTHON=1"
        ) from error
    return _sealing


_TWIN: Final = load_sealing(os.environ.get("OPENBELL_PURE_PYTHON") == "1")


@dataclass(slots=True, unsafe_hash=True)  # frozen would cost a microsecond a datagram
class Header:
    """The header's fields. ``seq``, ``ack`` and ``window`` mean what docs/protocol.md says for the
    type; ``count`` is the number of structs and is written by ``seal``.
    """

    type: MessageType
    session_id: int
    seq: int = 0
    ack: int = 0
    window: int = 0
    epoch: int = 1
    shard: int = 0
    count: int = 0
    key_id: int = 0


def _seal(header: Header, structs: bytes, key: bytes, bytes_max: int) -> bytes:
    sealed: bytes = _TWIN.seal_message(
        header.type,
        header.session_id,
        header.seq,
        header.ack,
        header.window,
        header.epoch,
        header.shard,
        header.key_id,
        structs,
        key,
        bytes_max,
    )
    return sealed


def seal(header: Header, structs: bytes, key: bytes) -> bytes:
    """Return the datagram: header, ``structs`` as canonical payload (none if empty), tag.

    Raises:
        ValueError: a torn struct, a struct on a message that has none, too many for a datagram.
    """
    return _seal(header, structs, key, DATAGRAM_BYTES_MAX)


def seal_frame(header: Header, structs: bytes, key: bytes) -> bytes:
    """Return a frame of a TCP stream: a datagram that may be longer, without its length prefix.

    Raises:
        ValueError: as ``seal``.
    """
    return _seal(header, structs, key, FRAME_BYTES_MAX)


def open_datagram(data: bytes, key_of: KeyLookup) -> tuple[Header, bytes]:
    """Return the header and the structs of a datagram. The tag is checked before anything but the
    fields that choose its key.

    Raises:
        NotAuthentic: the tag is not that of the session's key; answer nothing.
        Malformed: sealed by the key's holder, but not canonical.
    """
    fields, structs = _TWIN.open_message(data, key_of, DATAGRAM_BYTES_MAX)
    return Header(*fields), structs


def open_frame(data: bytes, key_of: KeyLookup) -> tuple[Header, bytes]:
    """As ``open_datagram``, for a frame of a TCP stream."""
    fields, structs = _TWIN.open_message(data, key_of, FRAME_BYTES_MAX)
    return Header(*fields), structs
