"""Trading hours: weekly sessions in a time zone, holidays, early closes, and the changes of status
that they come to. Pure: the calendar and a span of time in, changes out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from domain.orders import TradingStatus

MINUTES_PER_DAY: Final = 24 * 60
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class InvalidCalendar(ValueError):
    """A calendar that does not say when to trade; the message names the place."""


class Session(NamedTuple):
    """From ``opens_min`` to ``closes_min``, minutes after midnight; past 1,440 is the next day."""

    opens_min: int
    closes_min: int


class Transition(NamedTuple):
    """At ``at_s`` (Unix seconds) the instrument goes to ``trading_status``."""

    at_s: int
    trading_status: TradingStatus


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When an instrument trades.

    ``sessions``: by weekday, Monday 0, not overlapping. A session that begins on a holiday does not
    take place; one that begins on a day with an early close ends then, minutes after midnight.
    """

    zone: ZoneInfo
    sessions: Mapping[int, tuple[Session, ...]]
    holidays: frozenset[date] = frozenset()
    early_closes_min: Mapping[date, int] = field(default_factory=dict)
    opens_to: TradingStatus = TradingStatus.TRADING
    closes_to: TradingStatus = TradingStatus.HALT

    def transitions(self, from_s: int, until_s: int) -> list[Transition]:
        """Return the changes after ``from_s`` and up to ``until_s`` (Unix seconds), in order."""
        found = []
        for opens_s, closes_s in self._spans(from_s, until_s):
            found += [Transition(opens_s, self.opens_to), Transition(closes_s, self.closes_to)]
        return [one for one in found if from_s < one.at_s <= until_s]

    def is_open(self, at_s: int) -> bool:
        """Whether a session is on at ``at_s`` (Unix seconds)."""
        return any(opens_s <= at_s < closes_s for opens_s, closes_s in self._spans(at_s, at_s))

    def _spans(self, from_s: int, until_s: int) -> list[tuple[int, int]]:
        """Return (opens_s, closes_s) of all that touches the span; sessions that meet are one."""
        spans: list[tuple[int, int]] = []
        for day in _days(self.zone, from_s, until_s):
            for session in self._sessions_of(day):
                opens_s = _at_s(self.zone, day, session.opens_min)
                closes_s = _at_s(self.zone, day, session.closes_min)
                if spans and opens_s <= spans[-1][1]:
                    spans[-1] = (spans[-1][0], max(spans[-1][1], closes_s))
                elif opens_s < closes_s:
                    spans.append((opens_s, closes_s))
        return spans

    def _sessions_of(self, day: date) -> Iterator[Session]:
        if day in self.holidays:
            return
        latest_min = self.early_closes_min.get(day)
        for session in sorted(self.sessions.get(day.weekday(), ())):
            if latest_min is None:
                yield session
            elif session.opens_min < latest_min:
                yield Session(session.opens_min, min(session.closes_min, latest_min))


def parse(content: Mapping[str, object]) -> Calendar:
    """Return the calendar that a TOML file's ``content`` describes.

    Raises:
        InvalidCalendar: a key it does not know, a zone or date that does not exist, sessions that
            overlap.
    """
    known = {"timezone", "open", "close", "sessions", "holidays", "early_closes"}
    if unknown := sorted(content.keys() - known):
        raise InvalidCalendar(f"{unknown[0]} is not a key of a calendar")
    closes = _table(content, "early_closes")
    return Calendar(
        zone=_zone(content.get("timezone")),
        sessions=_week(_table(content, "sessions")),
        holidays=frozenset(_day(text) for text in _list(content, "holidays")),
        early_closes_min={_day(day): _minutes(text) for day, text in closes.items()},
        opens_to=_status(content, "open", TradingStatus.TRADING, TradingStatus.AUCTION),
        closes_to=_status(content, "close", TradingStatus.HALT, TradingStatus.CANCEL_ONLY),
    )


def _days(zone: ZoneInfo, from_s: int, until_s: int) -> Iterator[date]:
    """Yield the days whose sessions may touch the span: one begun two days ago may still be on."""
    day = datetime.fromtimestamp(from_s, zone).date() - timedelta(days=2)
    last = datetime.fromtimestamp(until_s, zone).date() + timedelta(days=1)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _at_s(zone: ZoneInfo, day: date, minutes: int) -> int:
    """Return a local time as Unix seconds; of one that a clock change repeats, the first."""
    day += timedelta(days=minutes // MINUTES_PER_DAY)
    local = time(minutes % MINUTES_PER_DAY // 60, minutes % 60)
    moment = datetime.combine(day, local, zone).astimezone(UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _zone(name: object) -> ZoneInfo:
    if not isinstance(name, str):
        raise InvalidCalendar('timezone is missing: say timezone = "Europe/London"')
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is neither: a KeyError
        raise InvalidCalendar(f"timezone {name!r}: {error}") from error
    except KeyError as error:
        raise InvalidCalendar(f"there is no time zone {name!r} on this machine") from error


def _week(content: Mapping[str, object]) -> dict[int, tuple[Session, ...]]:
    week = {}
    for name, texts in content.items():
        if name not in WEEKDAYS:
            raise InvalidCalendar(f"sessions: {name!r} is not one of {', '.join(WEEKDAYS)}")
        sessions = sorted(_session(text) for text in _items(texts, f"sessions.{name}"))
        for before, after in zip(sessions, sessions[1:], strict=False):
            if after.opens_min < before.closes_min:
                raise InvalidCalendar(f"sessions.{name}: two of them overlap")
        week[WEEKDAYS.index(name)] = tuple(sessions)
    if not any(week.values()):
        raise InvalidCalendar("there is no session in the week")
    return week


def _session(text: object) -> Session:
    opens, dash, closes = str(text).partition("-")
    if not dash:
        raise InvalidCalendar(f"a session is text such as '09:30-16:00', not {text!r}")
    opens_min, closes_min = _minutes(opens), _minutes(closes)
    past_midnight = closes_min <= opens_min
    return Session(opens_min, closes_min + MINUTES_PER_DAY if past_midnight else closes_min)


def _minutes(text: object) -> int:
    hours, colon, minutes = str(text).strip().partition(":")
    is_time = colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()
    if not is_time or int(minutes) > 59 or int(hours) * 60 + int(minutes) > MINUTES_PER_DAY:
        raise InvalidCalendar(f"a time is text such as '09:30', up to '24:00', not {text!r}")
    return int(hours) * 60 + int(minutes)


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise InvalidCalendar(f"a day is text such as '2026-12-25', not {text!r}") from error


def _status(content: Mapping[str, object], key: str, *allowed: TradingStatus) -> TradingStatus:
    asked = content.get(key, allowed[0].name.lower())
    for status in allowed:
        if asked == status.name.lower():
            return status
    names = " or ".join(status.name.lower() for status in allowed)
    raise InvalidCalendar(f"{key} is {names}, not {asked!r}")


def _table(content: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = content.get(key, {})
    if not isinstance(table, Mapping):
        raise InvalidCalendar(f"{key} is a table")
    return table


def _list(content: Mapping[str, object], key: str) -> list[object]:
    return _items(content.get(key, []), key)


def _items(value: object, key: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidCalendar(f"{key} is a list")
    return value
