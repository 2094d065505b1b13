"""Parameters of a WS-API request, and what a client may have signed of them.

They arrive as JSON; what was signed is their text, in an order of its own. A number's text is the
token itself, or what the client's language makes of the number: both are tried.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from gateway.binance.errors import BinanceError
from gateway.binance.parameters import PARAMETERS_MAX, Parameters

_SIGNATURE: Final = "signature"


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def decoded(text: str) -> Any:
    """Return JSON with every number as the text it was written in.

    Raises:
        BinanceError: it is none.
    """
    try:
        return json.loads(
            text, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise BinanceError(400, -1000, "JSON could not be read.") from error


def parameters_of(sent: Mapping[str, Any]) -> Parameters:
    """Return a request's parameters as text; numbers without an exponent, lists as JSON.

    Raises:
        BinanceError: there are too many.
    """
    if len(sent) > PARAMETERS_MAX:
        raise BinanceError(400, -1101, "Too many parameters sent for this endpoint.")
    return Parameters({name: _plain(value) for name, value in sent.items() if value is not None})


def signed_payloads(sent: Mapping[str, Any]) -> list[bytes]:
    """Return what may have been signed: the parameters by name, less the signature."""
    names = sorted(name for name in sent if name != _SIGNATURE and sent[name] is not None)
    found = []
    for as_python in (False, True):
        pairs = (f"{name}={_signed(sent[name], as_python)}" for name in names)
        found.append("&".join(pairs).encode("utf-8", "surrogatepass"))
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _signed(value: Any, as_python: bool) -> str:
    if as_python and isinstance(value, Number) and not value.lstrip("-").isdigit():
        return repr(float(value))
    return _text(value)


def _plain(value: Any) -> str:
    if isinstance(value, Number) and "e" in value.lower() and len(value) <= 32:
        exponent = value.lower().partition("e")[2]
        if -32 < int(exponent) < 32:
            return format(Decimal(value), "f")
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, separators=(",", ":"))
