"""Damaged and crafted inputs from a corpus: the same for the same seed. Pure."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

BYTES_MAX: Final = 8_192
CHANGES_MAX: Final = 4
_WIDTHS: Final = (1, 2, 4, 8)
_EDGES: Final = (0, 1, 2, 7, 8, 14, 15, 63, 64, 127, 128, 255)


def mutations(corpus: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield the corpus, then changed inputs without end."""
    random = Random(seed)
    yield from corpus
    while True:
        data = bytearray(random.choice(corpus))
        for _ in range(random.randint(1, CHANGES_MAX)):
            random.choice(_CHANGES)(data, random, corpus)
        yield bytes(data[:BYTES_MAX])


def _flip_bit(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _set_word(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    width = random.choice(_WIDTHS)
    if len(data) < width:
        return
    at = random.randrange(0, len(data) - width + 1, random.choice((1, width)))
    largest = (1 << 8 * width) - 1
    edges = (*_EDGES, largest, largest // 2, largest // 2 + 1)
    value = random.choice((*edges, random.getrandbits(64)))
    data[at : at + width] = (value & largest).to_bytes(width, "little")


def _add_to_word(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    width = random.choice(_WIDTHS)
    if len(data) < width:
        return
    at = random.randrange(len(data) - width + 1)
    value = int.from_bytes(data[at : at + width], "little") + random.choice((-1, 1))
    data[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")


def _cut(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    del data[random.randint(0, len(data)) :]


def _take_out(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    del data[at : at + random.choice((1, 8, 64, 96, 128))]


def _zero(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    end = min(at + random.choice((1, 8, 64, 512)), len(data))
    data[at:end] = bytes(end - at)


def _add(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    data[at:at] = random.randbytes(random.choice((1, 8, 24, 96, 128)))


def _repeat(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    data[at:at] = data[at : at + random.choice((8, 64, 96, 128))]


def _splice(data: bytearray, random: Random, corpus: Sequence[bytes]) -> None:
    other = random.choice(corpus)
    at = random.randint(0, len(data))
    data[at:] = other[random.randint(0, len(other)) :]


_CHANGES: Final[tuple[Callable[[bytearray, Random, Sequence[bytes]], None], ...]] = (
    _flip_bit,
    _flip_bit,
    _set_word,
    _set_word,
    _add_to_word,
    _cut,
    _take_out,
    _zero,
    _add,
    _repeat,
    _splice,
)
