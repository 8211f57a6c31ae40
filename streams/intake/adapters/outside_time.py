"""Instants as outside systems write them, and ours as the wire has them. Pure; called by the adapters.

Read in the feeds themselves (reference/uk-feeds.md 1.1, 2.1, 4.3): an offset with 0 to 9 digits of a second; Java's zone
suffix `+01:00[Europe/London]`; local date-times without offset; Java's `Date.toString` (`Mon Jun 19 00:00:00 BST 2023`);
`yyyy-MM-dd HH:mm:ss` and `dd/MM/yyyy`. A time without an offset is London's: in the hour that comes twice a beginning is the
earlier instant and an end the later, and a time in the hour that never was is the instant when the clocks jump (design 4.10).
Not a calendar: nights and timetables are the engine's.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ABBREVIATED_ZONES = {"GMT": timedelta(0), "UTC": timedelta(0), "BST": timedelta(hours=1)}
"""British ones alone: the letters of the rest of the world mean several zones each."""

ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?(?:\[[A-Za-z_/+-]+\])?",
    re.ASCII,
)
JAVA = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) ([A-Z]{3}) (\d{4})", re.ASCII)
BRITISH = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d):(\d\d))?", re.ASCII)
DURATION = re.compile(r"(\d{1,4}) (day|week|month|year)s?", re.ASCII | re.IGNORECASE)
DAYS_IN = {"day": 1, "week": 7}
MONTHS_IN = {"month": 1, "year": 12}


def instant(text: str, *, is_end: bool = False) -> datetime | None:
    """The instant that the text names, in UTC; None when it names none. `is_end`: of the hour that comes twice, the later."""
    text = text.strip()
    try:
        if found := ISO.fullmatch(text):
            return _iso(found, is_end=is_end)
        if found := JAVA.fullmatch(text):
            return _java(found)
        if found := BRITISH.fullmatch(text):
            day, month, year, hour, minute = (int(part or 0) for part in found.groups())
            return _of_london(datetime(year, month, day, hour, minute), is_end=is_end)  # noqa: DTZ001 - the zone is given there
    except (ValueError, OverflowError, KeyError):
        return None
    return None


def rfc3339(at: datetime) -> str:
    """The instant as the wire has it: UTC, `Z`, microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _iso(found: re.Match[str], *, is_end: bool) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    microsecond = int((found[7] or "").ljust(6, "0")[:6])
    wall = datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - the zone is given next
    offset = found[8]
    if offset is None:
        return _of_london(wall, is_end=is_end)
    if offset == "Z":
        return wall.replace(tzinfo=UTC)
    digits = offset[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return wall.replace(tzinfo=timezone(-ahead if offset[0] == "-" else ahead)).astimezone(UTC)


def _java(found: re.Match[str]) -> datetime:
    month, day, hour, minute, second, zone, year = found.groups()
    wall = datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return wall - ABBREVIATED_ZONES[zone]


def _of_london(wall: datetime, *, is_end: bool) -> datetime:
    at = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    if at.astimezone(LONDON).replace(tzinfo=None) != wall:  # the hour that never was: London's clocks jump at 01:00 UTC
        return at.replace(minute=0, second=0, microsecond=0)
    return wall.replace(tzinfo=LONDON, fold=1).astimezone(UTC) if is_end else at


def end_of_day(text: str) -> datetime | None:
    """The end of the London day that the text names, which is the next midnight; None when it names none."""
    if (at := instant(text)) is None:
        return None
    return _midnight_after(at.astimezone(LONDON).date())


def later(at: datetime, duration: str) -> datetime | None:
    """The end of the last day of a duration such as `2 Years` or `28 Days` that begins on the day of `at`."""
    if (found := DURATION.fullmatch(duration.strip())) is None:
        return None
    count, unit, first = int(found[1]), found[2].lower(), at.astimezone(LONDON).date()
    try:
        if unit in DAYS_IN:
            return _midnight_after(first + timedelta(days=count * DAYS_IN[unit] - 1))
        months = first.month - 1 + count * MONTHS_IN[unit]
        year, month = first.year + months // 12, months % 12 + 1
        return _midnight_after(date(year, month, min(first.day, monthrange(year, month)[1])) - timedelta(days=1))
    except (ValueError, OverflowError):
        return None


def _midnight_after(day: date) -> datetime:
    return _of_london(datetime.combine(day + timedelta(days=1), time()), is_end=True)
