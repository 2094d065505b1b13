"""Times and trading hours as an operator writes them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.venue.control import VenueRefused
from domain.calendars import Calendar, InvalidCalendar, parse


def moment_s(text: str) -> int:
    """Return "2026-12-24T13:00-05:00" as Unix seconds; without an offset it is UTC.

    Raises:
        VenueRefused: it is no such text.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise VenueRefused(
            f"{text!r} is not a time such as 2026-12-24T13:00 (UTC) or 2026-12-24T13:00-05:00"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def read_calendar(path: Path) -> tuple[dict[str, Any], Calendar]:
    """Return the content of a TOML file, and the calendar that it is.

    Raises:
        VenueRefused: it cannot be read, or says nothing that can be done.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return content, parse(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, InvalidCalendar) as error:
        raise VenueRefused(f"{path}: {error}") from error
