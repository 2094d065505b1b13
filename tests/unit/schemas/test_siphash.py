"""Both twins against the vectors of the reference code: key 00..0f, message 00, 01, 02 …"""

import random
from collections.abc import Callable

import pytest

from schemas._siphash import siphash128_many
from schemas.mac import load_mac

TWINS = [
    pytest.param(load_mac(pure_python=True), id="reference"),
    pytest.param(load_mac(pure_python=False), id="compiled"),
]
KEY = bytes(range(16))
# SipHash reference code, vectors.h, vectors_sip128: by length of the message.
VECTORS = {
    0: "a3817f04ba25a8e66df67214c7550293",
    1: "da87c1d86b99af44347659119b22fc45",
    63: "5150d1772f50834a503e069a973fbd7c",
}
Twin = Callable[[bytes, bytes], bytes]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("length", "tag"), VECTORS.items())
def test_official_vectors(twin: Twin, length: int, tag: str) -> None:
    assert twin(KEY, bytes(range(length))).hex() == tag


@pytest.mark.parametrize("twin", TWINS)
def test_one_changed_bit_of_key_or_message_changes_the_tag(twin: Twin) -> None:
    message = bytes(range(100))
    tag = twin(KEY, message)
    for bit in range(0, 800, 7):
        changed = bytearray(message)
        changed[bit // 8] ^= 1 << bit % 8
        assert twin(KEY, bytes(changed)) != tag
    for bit in range(128):
        other = bytearray(KEY)
        other[bit // 8] ^= 1 << bit % 8
        assert twin(bytes(other), message) != tag


@pytest.mark.parametrize("twin", TWINS)
def test_a_key_of_another_length_is_refused(twin: Twin) -> None:
    for key in (b"", bytes(15), bytes(17)):
        with pytest.raises(ValueError, match="16 bytes"):
            twin(key, b"message")


def test_the_twins_agree_on_every_length_a_datagram_can_have() -> None:
    source = random.Random(7)
    reference, compiled = load_mac(pure_python=True), load_mac(pure_python=False)
    for length in [*range(64), *range(64, 1_433, 57), 1_416, 65_535]:
        key, message = source.randbytes(16), source.randbytes(length)
        assert compiled(key, message) == reference(key, message)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 63, 168, 1_336, 1_416])
def test_several_at_once_have_the_tags_they_have_one_by_one(length: int) -> None:
    source = random.Random(length)
    for count in range(1, 9):
        keys = [source.randbytes(16) for _ in range(count)]
        messages = [source.randbytes(length) for _ in range(count)]
        one_by_one = [load_mac(True)(key, data) for key, data in zip(keys, messages, strict=True)]
        assert siphash128_many(keys, messages) == one_by_one
