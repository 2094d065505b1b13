"""SipHash-2-4 with 128-bit output: the readable twin of the compiled one.

Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and its reference code for the
128-bit variant.
"""

import struct
from typing import Final

KEY_BYTES: Final = 16
TAG_BYTES: Final = 16

_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_State = tuple[int, int, int, int]


def _round(v0: int, v1: int, v2: int, v3: int) -> _State:
    v0 = (v0 + v1) & _MASK
    v1 = ((v1 << 13 | v1 >> 51) & _MASK) ^ v0
    v0 = (v0 << 32 | v0 >> 32) & _MASK
    v2 = (v2 + v3) & _MASK
    v3 = ((v3 << 16 | v3 >> 48) & _MASK) ^ v2
    v0 = (v0 + v3) & _MASK
    v3 = ((v3 << 21 | v3 >> 43) & _MASK) ^ v0
    v2 = (v2 + v1) & _MASK
    v1 = ((v1 << 17 | v1 >> 47) & _MASK) ^ v2
    v2 = (v2 << 32 | v2 >> 32) & _MASK
    return v0, v1, v2, v3


def _finish(state: _State) -> tuple[int, _State]:
    for _ in range(4):
        state = _round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3], state


def siphash128(key: bytes, data: bytes) -> bytes:
    """Return the 16-byte tag of ``data`` under a 16-byte ``key``.

    Raises:
        ValueError: the key is not 16 bytes long.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a SipHash key is 16 bytes")
    k0, k1 = struct.unpack("<QQ", key)
    state = (
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D ^ 0xEE,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    )
    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", data[:whole] + last):
        v0, v1, v2, v3 = _round(*_round(*state[:3], state[3] ^ word))
        state = (v0 ^ word, v1, v2, v3)
    low, state = _finish((state[0], state[1], state[2] ^ 0xEE, state[3]))
    high, _ = _finish((state[0], state[1] ^ 0xDD, state[2], state[3]))
    return struct.pack("<QQ", low, high)
