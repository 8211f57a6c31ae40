"""Instants and durations as whole milliseconds since 1970, and their RFC 3339 text.

The simulator writes a hundred thousand lines a second, so inside it an instant is an `int` (`*_ms`), not a datetime;
at its edge (`simulate`, `write`) instants are aware UTC datetimes as everywhere else. It is not the engine's calendar:
it only places invented lives on London's clock. Read by every module of the simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

_LONDON = ZoneInfo("Europe/London")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK = tuple(f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400))


@lru_cache(maxsize=64)
def date_text(day: int) -> str:
    """The date of the day with this number since 1970, and the T behind it."""
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%dT")


def rfc3339(at_ms: int) -> str:
    """The instant as text, with milliseconds only where it has any."""
    day, within_ms = divmod(at_ms, DAY_MS)
    second, ms = divmod(within_ms, SECOND_MS)
    if ms:
        return f"{date_text(day)}{CLOCK[second]}.{ms:03}Z"
    return f"{date_text(day)}{CLOCK[second]}Z"


def to_ms(at: datetime) -> int:
    return round((at - _EPOCH) / timedelta(milliseconds=1))


def to_datetime(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


@lru_cache(maxsize=4_096)
def _midnight_ms(day: date) -> int:
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=_LONDON))


def local_ms(day: date, minute: int) -> int:
    """The instant of a London wall-clock time, given as the minute of its day.

    A time in the hour that is missing in March is the instant an hour of wall clock later; one that comes twice is the earlier.
    """
    if _midnight_ms(day + timedelta(days=1)) - _midnight_ms(day) == DAY_MS:
        return _midnight_ms(day) + minute * MINUTE_MS
    hour, past = divmod(minute, 60)
    return to_ms(datetime(day.year, day.month, day.day, hour, past, tzinfo=_LONDON))


def local_date(at_ms: int) -> date:
    return to_datetime(at_ms).astimezone(_LONDON).date()


def local_dates(from_ms: int, to_ms_: int) -> Iterator[date]:
    """Every London date with an instant in the span."""
    day, last = local_date(from_ms), local_date(to_ms_)
    while day <= last:
        yield day
        day += timedelta(days=1)
