"""Client order ids: 1 to 36 characters of [A-Za-z0-9-_], packed into 28 bytes (6 bits a character,
then the length).
"""

from typing import Final

CLIENT_ORDER_ID_CHARS_MAX: Final = 36
PACKED_BYTES: Final = 28
ALPHABET: Final = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
NO_CLIENT_ORDER_ID: Final = bytes(PACKED_BYTES)
"""Packed form of "none given"."""

_VALUE: Final = {char: value for value, char in enumerate(ALPHABET)}
_BITS: Final = 6
_LENGTH_AT: Final = PACKED_BYTES - 1

assert len(ALPHABET) == 1 << _BITS
assert CLIENT_ORDER_ID_CHARS_MAX * _BITS <= _LENGTH_AT * 8


class InvalidClientOrderId(ValueError):
    """The text or its packed form is not a client order id."""


def pack_client_order_id(text: str) -> bytes:
    """Return the 28-byte packed form: character i in bits 6i..6i+5, little-endian, length in the
    last byte.

    Raises:
        InvalidClientOrderId: empty, over 36 characters, or a character outside the alphabet.
    """
    if not 0 < len(text) <= CLIENT_ORDER_ID_CHARS_MAX:
        raise InvalidClientOrderId(
            f"a client order id has 1 to {CLIENT_ORDER_ID_CHARS_MAX} characters, "
            f"this one {len(text)}"
        )
    bits = 0
    for at, char in enumerate(text):
        value = _VALUE.get(char)
        if value is None:
            raise InvalidClientOrderId(
                f"a client order id is made of letters, digits, '-' and '_', not {char!r}"
            )
        bits |= value << (_BITS * at)
    return bits.to_bytes(_LENGTH_AT, "little") + bytes([len(text)])


def unpack_client_order_id(packed: bytes) -> str:
    """Return the text of ``packed``; "" for the packed form of none.

    Raises:
        InvalidClientOrderId: not 28 bytes, a length over 36, or bits set past the length.
    """
    if len(packed) != PACKED_BYTES:
        raise InvalidClientOrderId(f"a packed client order id has {PACKED_BYTES} bytes")
    length = packed[_LENGTH_AT]
    bits = int.from_bytes(packed[:_LENGTH_AT], "little")
    if length > CLIENT_ORDER_ID_CHARS_MAX or bits >> (_BITS * length):
        raise InvalidClientOrderId("the packed client order id is not in canonical form")
    return "".join(ALPHABET[bits >> (_BITS * at) & 63] for at in range(length))
