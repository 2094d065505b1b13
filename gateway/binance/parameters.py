"""Parameters as they were sent: in the query, in a form body, or both, and what was signed of them.

Clients label bodies with whatever content type they like, so a body is always read as a form.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from domain.units import NS_PER_MS
from gateway.binance.errors import BinanceError, illegal, missing, not_valid

Choice = TypeVar("Choice")

PARAMETERS_MAX: Final = 64
_DECIMAL: Final = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,18})?")
_DECIMAL_LEGAL: Final = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_DECIMALS_MAX: Final = 8
_INTEGER: Final = re.compile(r"[0-9]{1,19}")
_INTEGER_LEGAL: Final = "^[0-9]{1,20}$"
_SIGNATURE: Final = b"signature="


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request, by name. A blank one counts as not sent."""

    values: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether a parameter was sent."""
        return bool(self.values.get(name))

    def optional(self, name: str) -> str | None:
        """Return a parameter's text, None if it was not sent."""
        return self.values.get(name) or None

    def text(self, name: str) -> str:
        """Return a parameter's text.

        Raises:
            BinanceError: -1102, it was not sent.
        """
        found = self.values.get(name)
        if not found:
            raise missing(name)
        return found

    def integer(self, name: str, *, low: int = 0, high: int = 2**63 - 1) -> int | None:
        """Return a whole number, None if it was not sent.

        Raises:
            BinanceError: -1100 or -1130, it is none, or outside its bounds.
        """
        found = self.values.get(name)
        if not found:
            return None
        if not _INTEGER.fullmatch(found):
            raise illegal(name, _INTEGER_LEGAL)
        if not low <= int(found) <= high:
            raise not_valid(name)
        return int(found)

    def limit(self, default: int, high: int) -> int:
        """Return how many rows are wanted; more than there may be means as many as there may be."""
        found = self.integer("limit", low=1)
        return default if found is None else min(found, high)

    def time_ns(self, name: str) -> int | None:
        """Return a time sent as Unix milliseconds in nanoseconds."""
        found = self.integer(name, high=(2**63 - 1) // NS_PER_MS)
        return None if found is None else found * NS_PER_MS

    def end_ns(self, name: str) -> int | None:
        """Return the last nanosecond of a time sent as Unix milliseconds: an end is inclusive."""
        found = self.time_ns(name)
        return None if found is None else found + NS_PER_MS - 1

    def decimal(self, name: str) -> str | None:
        """Return a decimal's text, None if it was not sent.

        Raises:
            BinanceError: -1100, it is none (an exponent or a sign, for instance), or -1111.
        """
        found = self.values.get(name)
        if not found:
            return None
        if not _DECIMAL.fullmatch(found):
            raise illegal(name, _DECIMAL_LEGAL)
        if len(found.partition(".")[2].rstrip("0")) > _DECIMALS_MAX:
            text = f"Parameter '{name}' has too much precision."
            raise BinanceError(400, -1111, text)
        return found

    def choice(
        self, name: str, choices: Mapping[str, Choice], refusal: BinanceError | None = None
    ) -> Choice | None:
        """Return what a parameter's text stands for, None if it was not sent.

        Raises:
            BinanceError: ``refusal``, or -1130: it stands for nothing.
        """
        found = self.values.get(name)
        if not found:
            return None
        if found not in choices:
            raise refusal or not_valid(name)
        return choices[found]

    def chosen(
        self, name: str, choices: Mapping[str, Choice], refusal: BinanceError | None = None
    ) -> Choice:
        """Return what a parameter's text stands for.

        Raises:
            BinanceError: -1102, it was not sent; or as ``choice``.
        """
        found = self.choice(name, choices, refusal)
        if found is None:
            raise missing(name)
        return found

    def names(self, name: str) -> list[str] | None:
        """Return a JSON list of texts, None if it was not sent.

        Raises:
            BinanceError: -1100, it is none.
        """
        found = self.values.get(name)
        if not found:
            return None
        try:
            listed = json.loads(found)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise illegal(name, r'^\["[A-Z0-9]+"(,"[A-Z0-9]+")*\]$')
        return [str(each) for each in listed]

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value."""
        chosen = self.choice(name, {"true": True, "false": False})
        return default if chosen is None else chosen


def from_request(query: bytes, body: bytes) -> Parameters:
    """Return the parameters of a query and a form; the query's word counts where both have one.

    Raises:
        BinanceError: -1101, one is there twice, or too many; -1100, not text.
    """
    return Parameters({**_form(body), **_form(query)})


def signed_payload(query: bytes, body: bytes) -> bytes:
    """Return what was signed: query and body as they came, one after the other, less the signature
    itself.
    """
    return _unsigned(query) + _unsigned(body)


def _unsigned(part: bytes) -> bytes:
    return b"&".join(each for each in part.split(b"&") if not each.startswith(_SIGNATURE))


def _form(data: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except UnicodeError as error:
        raise BinanceError(400, -1100, "Illegal characters found in a parameter.") from error
    except ValueError as error:
        text = "Too many parameters sent for this endpoint."
        raise BinanceError(400, -1101, text) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BinanceError(400, -1101, "Duplicate values for a parameter detected.")
    return fields
