"""JSON from outside, checked: exactly the type asked for, nothing twice, never a crash."""

import json
import re
from typing import Any, Final, TypeVar

import msgspec

from gateway.errors import ApiError, invalid

CONTAINERS_MAX: Final = 64
"""Objects and lists in one body, and so how deep it can be; no request needs a tenth of it."""
_AT: Final = re.compile(r" - at `\$\.?(.+)`$")
_NAMED: Final = re.compile(r"field `(.+?)`")
_NUMBER_FOR_TEXT: Final = re.compile(r"Expected `str(?: \| null)?`, got `(?:float|int)`")

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
        if data.count(b"{") + data.count(b"[") > CONTAINERS_MAX:
            raise invalid(f"a body has at most {CONTAINERS_MAX} objects and lists")
        value = decoder.decode(data)
        # The decoder takes the last of two equal keys: two readers could see two different orders.
        if data.count(b":") != _fields(_ANY.decode(data)):  # colons in texts, or a key twice
            _WITHOUT_REPEATS.decode(data.decode("utf-8"))
    except _Repeated as error:
        raise invalid("a field is there twice") from error
    except msgspec.ValidationError as error:
        raise _not_of_type(error) from error
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
        raise _not_of_type(error) from error


def _not_of_type(error: Exception) -> ApiError:
    """Return the answer that names the field and says what to do about it."""
    text = str(error)
    at = _AT.search(text)
    named = at or _NAMED.search(text)
    field = None if named is None else named[1]
    if at is not None and _NUMBER_FOR_TEXT.match(text):
        text = f"{field} is text: write it in quotes; a number in JSON is not exact"
    return invalid(text, field)
