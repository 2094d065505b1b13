"""One number for a whole state: the sum of one hash for each thing in it, so order does not matter
and one change is one subtraction and one addition.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

STATE_HASH_BYTES: Final = 16
_M64: Final = 2**64 - 1
_SEED_A: Final = 0x9E3779B97F4A7C15
_SEED_B: Final = 0xC2B2AE3D27D4EB4F
_FACTOR_A: Final = 0xFF51AFD7ED558CCD
_FACTOR_B: Final = 0xC4CEB9FE1A85EC53


class Tag(IntEnum):
    """First word of every hash: what kind of thing it is of."""

    BALANCE = 1
    ORDER = 2
    INSTRUMENT = 3
    ASSET = 4
    ACCOUNT = 5
    KEY = 6
    SOURCE = 7
    COUNTERS = 9
    CONTENT = 10
    """Not part of the state: the digest of a request's content."""
    SWITCH = 11
    TRIGGER = 12
    SCHEDULED = 13
    FEES = 14
    ASSET_LIMITS = 15
    PARKED_LEG = 16
    WITHDRAWAL = 17


def entity_hash(*words: int) -> int:
    """Return 128 bits over unsigned 64-bit ``words``."""
    a, b = _SEED_A, _SEED_B
    for word in words:
        a = ((a ^ word) * _FACTOR_A) & _M64
        a ^= a >> 32
        b = ((b + word) * _FACTOR_B) & _M64
        b ^= b >> 29
    return a | b << 64


def words_of(data: bytes) -> tuple[int, ...]:
    """Return ``data`` as little-endian 64-bit words, padded with zero bytes."""
    padded = data.ljust(-len(data) % 8 + len(data), b"\0")
    return tuple(int.from_bytes(padded[at : at + 8], "little") for at in range(0, len(padded), 8))


def bytes_of(words: Iterable[int]) -> bytes:
    """Return 64-bit words as little-endian bytes: ``words_of`` undone."""
    return b"".join(word.to_bytes(8, "little") for word in words)


def sum_of(hashes: Iterable[int]) -> bytes:
    """Return the sum of entity hashes as the 16 bytes of a state hash, little-endian."""
    return (sum(hashes) % 2**128).to_bytes(STATE_HASH_BYTES, "little")
