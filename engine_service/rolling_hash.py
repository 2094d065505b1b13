"""A rolling hash of all events: equal if two runs produced the same ones, in the same order.

It tells runs apart that decide differently. It is no protection against someone who edits files:
that is the journal's chain, which every value of this hash is part of.

For each event, 16 little-endian words w, with constants K and M, all modulo 2**128:

    sum = Σ ((w[2i] + K[2i]) mod 2**64) x ((w[2i+1] + K[2i+1]) mod 2**64), i = 0 … 7
    h   = (h ^ sum) x M, its two halves exchanged

The value is the whole state, so a run can go on from it. It begins with 0.
"""

import struct
from typing import Final, Protocol

from schemas.layouts import EVENT_BYTES

HASH_BYTES: Final = 16
_WORDS: Final = struct.Struct("<16Q")
_WORD_MASK: Final = (1 << 64) - 1
_HASH_MASK: Final = (1 << 128) - 1

assert _WORDS.size == EVENT_BYTES


class RollingHash(Protocol):
    """What both twins are."""

    def __init__(self) -> None: ...

    def update(self, events: bytes | memoryview) -> None:
        """Take the next ``events``: n x 128 bytes."""
        ...

    def resume(self, digest: bytes) -> None:
        """Go on from the hash of all events so far."""
        ...

    def digest(self) -> bytes:
        """Return the hash of all events so far: 16 bytes."""
        ...


def constants() -> list[int]:
    """Return K[0] … K[15] and the low and high word of M: SplitMix64 from 0, the low word odd."""
    words = []
    state = 0
    for _ in range(18):
        state = (state + 0x9E3779B97F4A7C15) & _WORD_MASK
        word = state
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD_MASK
        word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD_MASK
        words.append(word ^ word >> 31)
    words[16] |= 1
    return words


_K: Final = constants()
_MULTIPLIER: Final = _K[16] | _K[17] << 64


class ReferenceRollingHash:
    """The readable twin."""

    def __init__(self) -> None:
        self._hash = 0

    def update(self, events: bytes | memoryview) -> None:
        """Take the next ``events``: n x 128 bytes."""
        hash_ = self._hash
        for words in _WORDS.iter_unpack(events):
            added = [word + key & _WORD_MASK for word, key in zip(words, _K, strict=False)]
            total = sum(a * b for a, b in zip(added[::2], added[1::2], strict=True))
            hash_ = (hash_ ^ total & _HASH_MASK) * _MULTIPLIER & _HASH_MASK
            hash_ = hash_ >> 64 | (hash_ & _WORD_MASK) << 64
        self._hash = hash_

    def resume(self, digest: bytes) -> None:
        """Go on from the hash of all events so far."""
        assert len(digest) == HASH_BYTES
        self._hash = int.from_bytes(digest, "little")

    def digest(self) -> bytes:
        """Return the hash of all events so far: 16 bytes."""
        return self._hash.to_bytes(HASH_BYTES, "little")


def load_rolling_hash(pure_python: bool) -> type[RollingHash]:
    """Return the twin to use; ``pure_python`` asks for the reference.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        return ReferenceRollingHash
    from engine_service._rolling_hash import CompiledRollingHash

    return CompiledRollingHash
