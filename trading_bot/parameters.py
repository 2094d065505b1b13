"""A strategy's parameters: typed, bounded, each with a default, set by name from text."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from trading_bot.errors import BadParameter


class Parameters(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every strategy's parameters extend: fields with a type, bounds, words and a default."""


P = TypeVar("P", bound=Parameters)

Bps = Annotated[float, Meta(ge=0, le=5_000)]
"""Hundredths of a percent."""
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=7 * 86_400)]
Units = Annotated[float, Meta(gt=0, le=1e12)]
"""Whole units of the quote asset."""


class ParameterRow(msgspec.Struct, frozen=True):
    """One parameter, for people and programs. ``value`` and ``default`` as text."""

    name: str
    type: str
    default: str
    description: str
    value: str | None = None


def parameters_of(kind: type[P], texts: Mapping[str, str]) -> P:
    """Return the parameters that ``texts`` set, the others at their defaults.

    Raises:
        BadParameter: there is no such parameter, or the text is not one of its values.
    """
    known = {field.name for field in msgspec.structs.fields(kind)}
    if unknown := sorted(set(texts) - known):
        raise BadParameter(f"no parameter {unknown[0]!r}; there are: {', '.join(sorted(known))}")
    for name, text in texts.items():
        _check(kind, name, text)
    return msgspec.convert(dict(texts), kind, strict=False)


def changed(parameters: P, texts: Mapping[str, str]) -> P:
    """Return ``parameters`` with some of them set anew. Raises BadParameter as above."""
    return parameters_of(type(parameters), as_texts(parameters) | dict(texts))


def as_texts(parameters: Parameters) -> dict[str, str]:
    """Return all of them as text, as ``parameters_of`` takes them."""
    return {name: _text(value) for name, value in msgspec.structs.asdict(parameters).items()}


def described(kind: type[Parameters], parameters: Parameters | None = None) -> list[ParameterRow]:
    """Return what there is to set, and what it is set to."""
    values = as_texts(parameters) if parameters else {}
    return [
        ParameterRow(
            name=field.name,
            type=getattr(_plain(field.type), "__name__", "text"),
            default=_text(field.default),
            description=_description(field.type),
            value=values.get(field.name),
        )
        for field in msgspec.structs.fields(kind)
    ]


def _check(kind: type[Parameters], name: str, text: str) -> None:
    """
    Raises:
        BadParameter: the message names the parameter and says what is wrong with the text.
    """
    try:
        msgspec.convert({name: text}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadParameter(f"{name}: {text!r}: {str(error).partition(' - at')[0]}") from error


def _plain(kind: Any) -> Any:
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    return kind


def _description(kind: Any) -> str:
    for part in reversed(getattr(kind, "__metadata__", ())):
        if isinstance(part, Meta) and part.description:
            return part.description
    return ""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "g") if isinstance(value, float) else str(value)
