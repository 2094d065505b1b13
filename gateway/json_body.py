"""JSON from outside, checked: exactly the type asked for, nothing twice, never a crash."""

import json
from typing import Any, TypeVar

import msgspec

from gateway.errors import invalid

Wanted = TypeVar("Wanted")


class _Repeated(ValueError):
    """A JSON object has a key twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Repeated
    return fields


def _fields(value: Any) -> int:
    """Return how many fields all objects in ``value`` have together."""
    if isinstance(value, dict):
        return len(value) + sum(map(_fields, value.values()))
    if isinstance(value, list):
        return sum(map(_fields, value))
    return 0


_ANY = msgspec.json.Decoder()
_WITHOUT_REPEATS = json.JSONDecoder(object_pairs_hook=_once)


def decode(decoder: "msgspec.json.Decoder[Wanted]", data: bytes) -> Wanted:
    """Return ``data`` as the decoder's type.

    Raises:
        ApiError: 400: not JSON, not that type, or a key that is there twice.
    """
    try:
        value = decoder.decode(data)
        # The decoder takes the last of two equal keys: two readers could see two different orders.
        if data.count(b":") != _fields(_ANY.decode(data)):  # colons in texts, or a key twice
            _WITHOUT_REPEATS.decode(data.decode("utf-8"))
    except _Repeated as error:
        raise invalid("a field is there twice") from error
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise invalid("the body is not valid JSON") from error
    return value


def query(wanted: type[Wanted], pairs: list[tuple[str, str]]) -> Wanted:
    """Return query parameters as ``wanted``.

    Raises:
        ApiError: 400: unknown, repeated, or not of the type.
    """
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise invalid("a parameter is there twice")
    try:
        return msgspec.convert(fields, wanted, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise invalid(str(error)) from error
