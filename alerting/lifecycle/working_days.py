"""Working days in England and Wales, in local time: which they are, and the next one at a local time.

The eight yearly bank holidays are computed by the rules of the Banking and Financial Dealings Act 1971 and of the yearly
proclamations (gov.uk/bank-holidays), Easter by the Gregorian computus; days proclaimed for once stand in a table.
Called by the clocks of low severity (`alerting.lifecycle.policy`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SATURDAY = 5


def _london() -> ZoneInfo:
    """Europe/London from the pinned tzdata package: `ZoneInfo(key)` would prefer whatever the machine carries."""
    with files("tzdata").joinpath("zoneinfo", "Europe", "London").open("rb") as stored:
        return ZoneInfo.from_file(stored, key="Europe/London")


LONDON = _london()

ONCE = frozenset(
    {
        date(2020, 5, 8),  # early May, moved to the 75th anniversary of VE Day
        date(2022, 6, 2),  # spring, moved for the Platinum Jubilee
        date(2022, 6, 3),  # Platinum Jubilee
        date(2022, 9, 19),  # State Funeral
        date(2023, 5, 8),  # Coronation
    }
)
MOVED = frozenset({date(2020, 5, 4), date(2022, 5, 30)})
"""Days that the rule gives and the proclamation of that year moved away."""


def easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * j) // 433
    month = (h + j - 7 * m + 90) // 25
    return date(year, month, (h + j - 7 * m + 33 * month + 19) % 32)


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Those of England and Wales. One that falls on a weekend is taken on the next working day."""
    sunday = easter(year)
    by_rule = {sunday - 2 * _DAY, sunday + _DAY, _first_monday(year, 5), _last_monday(year, 5), _last_monday(year, 8)}
    new_year = date(year, 1, 1)
    while new_year.weekday() >= _SATURDAY:
        new_year += _DAY
    taken = {new_year}
    for festive in (date(year, 12, 25), date(year, 12, 26)):
        day = festive
        while day.weekday() >= _SATURDAY or day in taken:
            day += _DAY
        taken.add(day)
    return frozenset((by_rule | taken) - MOVED | {day for day in ONCE if day.year == year})


def is_working_day(day: date) -> bool:
    """Whether offices are open: no weekend, no bank holiday."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def next_working_day(since_at: datetime, at: time) -> datetime:
    """The local time on the first working day after the local day of an instant, in UTC."""
    day = since_at.astimezone(LONDON).date() + _DAY
    while not is_working_day(day):
        day += _DAY
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + _DAY * (-first.weekday() % 7)


def _last_monday(year: int, month: int) -> date:
    last = date(year, month + 1, 1) - _DAY
    return last - _DAY * last.weekday()
