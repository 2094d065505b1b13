"""Invariant: the payload of n structs is byte for byte what flatbuffers.Builder makes of them, for
every message that has one; and it is taken apart into the same structs again.

The first byte of an input chooses the message, the rest are the structs.
"""

import struct
from typing import Final

import flatbuffers  # type: ignore[import-untyped]

from schemas.framing import unwrap, wrap
from schemas.message_types import STRUCT_BYTES

_SIZES: Final = [size for size in STRUCT_BYTES.values() if size]
_STRUCTS_MAX: Final = 60


def built_by_flatbuffers(structs: bytes, struct_bytes: int) -> bytes:
    """Return the payload as the FlatBuffers library builds it."""
    builder = flatbuffers.Builder(0)
    builder.StartVector(struct_bytes, len(structs) // struct_bytes, 8)
    for word in struct.unpack(f"<{len(structs) // 8}Q", structs)[::-1]:
        builder.PrependUint64(word)
    vector = builder.EndVector()
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, vector, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def corpus() -> list[bytes]:
    """Return a few structs of every size."""
    return [bytes([at]) + bytes(range(256)) * 2 for at in range(len(_SIZES))]


def check(data: bytes) -> bool:
    """Return whether there was a struct in it.

    Raises:
        AssertionError: the invariant does not hold.
    """
    if not data:
        return False
    size = _SIZES[data[0] % len(_SIZES)]
    count = min((len(data) - 1) // size, _STRUCTS_MAX)
    if not count:
        return False
    structs = data[1 : 1 + count * size]
    payload = wrap(structs, size)
    assert payload == built_by_flatbuffers(structs, size)
    assert unwrap(payload, size) == structs
    return True
