"""Client order ids: text to 28 bytes and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.client_order_ids import (
    ALPHABET,
    NO_CLIENT_ORDER_ID,
    PACKED_BYTES,
    InvalidClientOrderId,
    pack_client_order_id,
    unpack_client_order_id,
)

TEXTS = st.text(ALPHABET, min_size=1, max_size=36)


@given(TEXTS)
def test_what_is_packed_comes_back(text: str) -> None:
    packed = pack_client_order_id(text)
    assert len(packed) == PACKED_BYTES
    assert unpack_client_order_id(packed) == text


@given(TEXTS, TEXTS)
def test_different_ids_have_different_bytes(one: str, other: str) -> None:
    assert (pack_client_order_id(one) == pack_client_order_id(other)) == (one == other)


@given(st.binary(min_size=PACKED_BYTES, max_size=PACKED_BYTES))
def test_there_is_one_packed_form_of_an_id(packed: bytes) -> None:
    try:
        text = unpack_client_order_id(packed)
    except InvalidClientOrderId:
        return
    assert packed == (pack_client_order_id(text) if text else NO_CLIENT_ORDER_ID)


def test_none_is_no_id() -> None:
    assert unpack_client_order_id(NO_CLIENT_ORDER_ID) == ""
    assert pack_client_order_id("-") != NO_CLIENT_ORDER_ID


@pytest.mark.parametrize("text", ["", "a" * 37, "a b", "ä", "a\0", "a.b", "\N{DIGIT ONE}\u0661"])
def test_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidClientOrderId):
        pack_client_order_id(text)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        bytes(27),
        bytes(29),
        bytes(27) + b"\x25",
        b"\x01" + bytes(27),
        b"\x40" + bytes(26) + b"\x01",
    ],
)
def test_bytes_that_are_no_id_are_refused(packed: bytes) -> None:
    with pytest.raises(InvalidClientOrderId):
        unpack_client_order_id(packed)


def test_characters_lie_six_bits_each_from_the_first_bit_on() -> None:
    packed = pack_client_order_id("0-1")
    assert packed[:3] == (1 | 0 << 6 | 2 << 12).to_bytes(3, "little")
    assert packed[-1] == 3
