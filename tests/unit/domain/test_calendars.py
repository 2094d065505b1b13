"""Trading hours become changes of status, through weekends, holidays and changes of the clock."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.calendars import Calendar, InvalidCalendar, parse
from domain.orders import TradingStatus

NEW_YORK = ZoneInfo("America/New_York")
WEEK = {day: ["09:30-16:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
STOCKS: dict[str, Any] = {
    "timezone": "America/New_York",
    "sessions": WEEK,
    "holidays": ["2026-11-26"],
    "early_closes": {"2026-11-27": "13:00"},
}


def at_s(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def told(calendar: Calendar, first: str, last: str) -> list[str]:
    """Return the changes between two local times, in local time."""
    return [
        f"{datetime.fromtimestamp(one.at_s, calendar.zone):%a %d %H:%M} {one.trading_status.name}"
        for one in calendar.transitions(at_s(first, calendar.zone), at_s(last, calendar.zone))
    ]


def test_a_week_with_a_holiday_and_an_early_close() -> None:
    assert told(parse(STOCKS), "2026-11-25T10:00", "2026-11-30T12:00") == [
        "Wed 25 16:00 HALT",
        "Fri 27 09:30 TRADING",
        "Fri 27 13:00 HALT",
        "Mon 30 09:30 TRADING",
    ]


def test_what_is_exactly_now_has_happened_and_what_is_exactly_last_is_told() -> None:
    assert told(parse(STOCKS), "2026-11-25T09:30", "2026-11-25T16:00") == ["Wed 25 16:00 HALT"]


@pytest.mark.parametrize(
    ("day", "opens_utc"),
    [("2026-10-30", "13:30"), ("2026-11-02", "14:30"), ("2026-03-09", "13:30")],
)
def test_a_session_opens_by_its_own_clock_on_both_sides_of_a_clock_change(
    day: str, opens_utc: str
) -> None:
    first, _ = parse(STOCKS).transitions(at_s(f"{day}T00:00"), at_s(f"{day}T23:00"))
    assert f"{datetime.fromtimestamp(first.at_s, ZoneInfo('UTC')):%H:%M}" == opens_utc


def test_a_session_may_end_on_the_next_day() -> None:
    calendar = parse({"timezone": "Europe/London", "sessions": {"sun": ["22:00-21:00"]}})
    assert told(calendar, "2026-11-22T23:00", "2026-11-24T00:00") == ["Mon 23 21:00 HALT"]
    assert calendar.is_open(at_s("2026-11-23T20:59", calendar.zone))
    assert not calendar.is_open(at_s("2026-11-23T21:00", calendar.zone))


def test_sessions_that_meet_are_one() -> None:
    days = ["00:00-24:00"]
    calendar = parse(
        {"timezone": "UTC", "sessions": {"mon": days, "tue": days, "wed": ["06:00-07:00"]}}
    )
    assert told(calendar, "2026-11-22T12:00", "2026-11-26T00:00") == [
        "Mon 23 00:00 TRADING",
        "Wed 25 00:00 HALT",
        "Wed 25 06:00 TRADING",
        "Wed 25 07:00 HALT",
    ]


def test_an_early_close_ends_the_session_it_falls_into_and_those_after_it() -> None:
    calendar = parse(
        {
            "timezone": "Asia/Tokyo",
            "sessions": {"fri": ["09:00-11:30", "12:30-15:30"]},
            "early_closes": {"2026-11-20": "12:00", "2026-11-27": "13:00"},
        }
    )
    assert told(calendar, "2026-11-20T00:00", "2026-11-28T00:00") == [
        "Fri 20 09:00 TRADING",
        "Fri 20 11:30 HALT",
        "Fri 27 09:00 TRADING",
        "Fri 27 11:30 HALT",
        "Fri 27 12:30 TRADING",
        "Fri 27 13:00 HALT",
    ]


def test_a_day_may_open_with_an_auction_and_close_to_cancels() -> None:
    calendar = parse(STOCKS | {"open": "auction", "close": "cancel_only"})
    first, second = calendar.transitions(at_s("2026-11-25T00:00"), at_s("2026-11-26T00:00"))
    assert (first.trading_status, second.trading_status) == (
        TradingStatus.AUCTION,
        TradingStatus.CANCEL_ONLY,
    )


@pytest.mark.parametrize("at", ["2026-11-25T09:30", "2026-11-25T15:59"])
def test_it_is_open_from_the_first_minute_to_the_last(at: str) -> None:
    assert parse(STOCKS).is_open(at_s(at))


@pytest.mark.parametrize("at", ["2026-11-25T09:29", "2026-11-26T12:00", "2026-11-27T13:00"])
def test_it_is_closed_before_on_holidays_and_from_an_early_close_on(at: str) -> None:
    assert not parse(STOCKS).is_open(at_s(at))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"timezone": None}, "timezone is missing"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"sessions": {}}, "no session"),
        ({"sessions": {"monday": ["09:30-16:00"]}}, "monday"),
        ({"sessions": {"mon": "09:30-16:00"}}, "sessions.mon is a list"),
        ({"sessions": {"mon": ["9:30-16:00"]}}, "09:30"),
        ({"sessions": {"mon": ["09:30"]}}, "a session"),
        ({"sessions": {"mon": ["09:30-24:01"]}}, "24:00"),
        ({"sessions": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "overlap"),
        ({"holidays": ["2026-02-30"]}, "2026-02-30"),
        ({"holidays": "2026-12-25"}, "holidays is a list"),
        ({"early_closes": ["2026-12-24"]}, "early_closes is a table"),
        ({"early_closes": {"2026-12-24": "1 pm"}}, "1 pm"),
        ({"open": "halt"}, "trading or auction"),
        ({"close": "closed"}, "halt or cancel_only"),
        ({"holiday": []}, "holiday is not a key"),
    ],
)
def test_a_calendar_that_does_not_say_when_to_trade_is_refused(
    change: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidCalendar, match=named):
        parse(STOCKS | change)
