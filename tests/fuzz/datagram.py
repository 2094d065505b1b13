"""Invariant: whatever the bytes, both twins give the same answer, and it is NotAuthentic,
Malformed, or a message that, sealed again, is the same bytes, whose structs the FlatBuffers library
reads too, and each of whose commands and events is Malformed or encodes to the same bytes again.

Every input is opened twice: as it is, and with the tag its bytes ought to have, so that what lies
behind the authentication is reached.
"""

import importlib
from typing import Any, Final

from schemas import _sealing, _siphash, sealing, siphash
from schemas.codec import decode_command, decode_event, encode_command, encode_event
from schemas.errors import Malformed, NotAuthentic
from schemas.framing import DATAGRAM_BYTES_MAX
from schemas.message_types import STRUCT_BYTES, MessageType
from schemas.sealing import HEADER_BYTES, TAG_BYTES, Fields
from tests.integration.engine.venue import OPENING, order

KEY: Final = bytes(range(16))
Answer = tuple[Fields, bytes] | type[Exception]
_BATCHES: Final = {
    MessageType.COMMANDS: ("CommandBatch", "CommandsLength"),
    MessageType.EVENTS: ("EventBatch", "EventsLength"),
}


def use_the_fast_hash() -> None:
    """Let the readable twin use the compiled hash: that both hash alike is tested elsewhere."""
    siphash.siphash128 = _siphash.siphash128


def corpus() -> list[bytes]:
    """Return one message of every type, and batches of every command of a small venue."""
    messages = [_sealed(type_, bytes(size) * 2) for type_, size in STRUCT_BYTES.items()]
    commands = [encode_command(command) for command in (*OPENING, order(1), order(2))]
    messages += [_sealed(MessageType.COMMANDS, command) for command in commands]
    return [*messages, _sealed(MessageType.COMMANDS, b"".join(commands))]


def check(data: bytes) -> bool:
    """Return whether it was accepted with the right tag.

    Raises:
        AssertionError: the invariant does not hold.
    """
    _agreed(data)
    body = data[:-TAG_BYTES]
    sealed = body + _siphash.siphash128(KEY, body)
    answer = _agreed(sealed)
    if isinstance(answer, type):
        return False
    fields, structs = answer
    *before_count, _, key_id = fields
    again = _sealing.seal_message(*before_count, key_id, structs, KEY, DATAGRAM_BYTES_MAX)
    assert again == sealed, "accepted, though not the canonical form"
    _check_structs(fields[0], structs, sealed[HEADER_BYTES:-TAG_BYTES])
    return True


def _agreed(data: bytes) -> Answer:
    one, other = (_opened(twin, data) for twin in (sealing, _sealing))
    assert one == other, (one, other)
    return one


def _opened(twin: Any, data: bytes) -> Answer:
    try:
        opened: tuple[Fields, bytes] = twin.open_message(data, _key_of, DATAGRAM_BYTES_MAX)
    except (NotAuthentic, Malformed) as error:
        return type(error)
    return opened


def _key_of(_type: MessageType, _session_id: int, _key_id: int) -> bytes:
    return KEY


def _sealed(type_: MessageType, structs: bytes) -> bytes:
    return sealing.seal_message(type_, 7, 1, 2, 3, 1, 0, 5, structs, KEY, DATAGRAM_BYTES_MAX)


def _check_structs(type_: MessageType, structs: bytes, payload: bytes) -> None:
    if type_ not in _BATCHES or not structs:
        return
    name, length = _BATCHES[type_]
    batch = getattr(importlib.import_module(f"schemas.generated.{name}"), name)
    size = STRUCT_BYTES[type_]
    assert getattr(batch.GetRootAs(payload, 0), length)() == len(structs) // size
    decode, encode = (
        (decode_command, encode_command)
        if type_ is MessageType.COMMANDS
        else (decode_event, encode_event)
    )
    for at in range(0, len(structs), size):
        try:
            decoded: Any = decode(structs[at : at + size])
        except Malformed:
            continue
        assert encode(decoded) == structs[at : at + size], decoded
