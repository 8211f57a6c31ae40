"""Local time in Europe/London: curfew timetables as UTC intervals, and the few local deadlines that rules use.

Not a clock: every instant is an argument. Not a calendar of working days: curfews run on bank holidays too.
Called by the engine (a curfew period's two ends), by rules with a local deadline ("23:59 local the next day", calendar months), by wording.

One convention for both clock-change nights (design 4.10): an end in the repeated hour is its later instant, a start its earlier, and a
time in the missing hour is the instant when the clocks jump. So a 19:00 to 07:00 curfew lasts 11 h in March and 13 h in October, and a
period that lies wholly in the missing hour does not happen that night. Every length is measured in UTC: two local times of one zone
subtract as wall-clock times in Python, which gives 12 h on all three kinds of night.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY: Final = timedelta(days=1)
_LAST_MINUTE: Final = time(23, 59)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# A weekly period comes back within 7 days, or within 14 when the missing hour swallowed the one in between.
_WEEKLY_REACH_DAYS: Final = 15

# One timetable, a few local days each: some 20,000 people on curfew stay warm.
_CACHED_DAYS: Final = 65_536


def _london() -> ZoneInfo:
    """Europe/London from the pinned tzdata package: `ZoneInfo(key)` would prefer whatever the machine carries."""
    with files("tzdata").joinpath("zoneinfo", "Europe", "London").open("rb") as stored:
        return ZoneInfo.from_file(stored, key="Europe/London")


LONDON: Final = _london()


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timetable, in local time. `end` at or before `start` is on the next day; equal is the whole day.

    `days` are those on which it starts. `on` is one date and takes the place of `days`. With neither it never happens.
    """

    days: tuple[str, ...] = ()
    start: time
    end: time
    on: date | None = None

    def __post_init__(self) -> None:
        for day in self.days:
            if day not in WEEKDAYS:
                raise ValueError(f"timetable day {day!r}: expected one of {', '.join(WEEKDAYS)}")
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError(f"timetable {self.start} to {self.end}: expected local times without an offset")


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A period as it falls on one night: `night` is the local date on which it starts. `ended_at` is later than `began_at`, always."""

    night: date
    began_at: datetime
    ended_at: datetime


Timetable = tuple[Period, ...]


def instant(local_date: date, local_time: time, *, end: bool) -> datetime:
    """The UTC instant of a local time. `end` decides the repeated hour: an end is the later instant, a start the earlier."""
    wall = datetime.combine(local_date, local_time)
    at = wall.replace(tzinfo=LONDON, fold=int(end)).astimezone(UTC)
    if at.astimezone(LONDON).replace(tzinfo=None) == wall:
        return at
    # Missing hour. Read with the offset before the jump (fold 0), the time lies within the hour after it; London jumps on a whole UTC hour.
    after_jump = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    return after_jump.replace(minute=0, second=0, microsecond=0)


def occurrences(periods: Timetable, from_at: datetime, to_at: datetime) -> tuple[Occurrence, ...]:
    """All that overlap [from_at, to_at), in order of beginning, then end. Equal bounds are one; overlapping ones are kept apart."""
    if to_at <= from_at:
        return ()
    first, last = local_date(from_at) - _DAY, local_date(to_at)
    found: list[Occurrence] = []
    for day in _days_between(periods, first, last):
        found.extend(each for each in _starting_on(periods, day) if each.began_at < to_at and from_at < each.ended_at)
    return tuple(found)


def occurrence_at(periods: Timetable, at: datetime) -> Occurrence | None:
    """The one that holds at `at` (its beginning belongs to it, its end does not). Of several, the one that began first, then ends first."""
    today = local_date(at)
    for day in (today - _DAY, today):
        for each in _starting_on(periods, day):
            if each.began_at <= at < each.ended_at:
                return each
    return None


def next_boundary(periods: Timetable, at: datetime) -> datetime | None:
    """The first beginning or end strictly after `at`, however far ahead; None when the timetable has none left."""
    ahead = _boundaries_from(periods, local_date(at))
    place = bisect_right(ahead, at)
    return ahead[place] if place < len(ahead) else None


def local_date(at: datetime) -> date:
    """The date on a London wall calendar."""
    return _local(at).date()


def local_text(at: datetime, *, with_day: bool = False) -> str:
    """`20:14`, or `22 Nov 20:14`; in the repeated hour with its name, `01:30 BST` or `01:30 GMT`. Never the machine's language."""
    local = _local(at)
    text = f"{local.hour:02d}:{local.minute:02d}"
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        text = f"{text} {local.tzname()}"
    return f"{local.day} {_MONTHS[local.month - 1]} {text}" if with_day else text


def end_of_day(at: datetime, days_after: int = 0) -> datetime:
    """23:59:00 local on the local day of `at`, or so many local days later: when a duty "by 23:59 local" is not done."""
    return instant(local_date(at) + days_after * _DAY, _LAST_MINUTE, end=True)


def add_months(at: datetime, months: int) -> datetime:
    """The same local time so many calendar months later (or earlier), on the month's last day where it has no such day."""
    if months == 0:
        return at
    local = _local(at)
    year, month_index = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month_index + 1)[1])
    return instant(date(year, month_index + 1, day), local.time().replace(fold=0), end=True)


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        # Python would silently read it as the machine's own local time.
        raise ValueError(f"instant {at.isoformat()}: expected an aware datetime, got one without an offset")
    return at.astimezone(LONDON)


@lru_cache(maxsize=_CACHED_DAYS)
def _starting_on(periods: Timetable, day: date) -> tuple[Occurrence, ...]:
    bounds = set()
    for period in periods:
        if period.on == day or (period.on is None and WEEKDAYS[day.weekday()] in period.days):
            began_at = instant(day, period.start, end=False)
            ended_at = instant(day if period.start < period.end else day + _DAY, period.end, end=True)
            if began_at < ended_at:
                bounds.add((began_at, ended_at))
    return tuple(Occurrence(night=day, began_at=began_at, ended_at=ended_at) for began_at, ended_at in sorted(bounds))


@lru_cache(maxsize=_CACHED_DAYS)
def _boundaries_from(periods: Timetable, today: date) -> tuple[datetime, ...]:
    """Every boundary of what starts yesterday or today, and the first after that: for any instant of today, the next one is among them."""
    near = {bound for day in (today - _DAY, today) for each in _starting_on(periods, day) for bound in (each.began_at, each.ended_at)}
    for day in _days_between(periods, today + _DAY, None):
        if later := _starting_on(periods, day):
            near.add(later[0].began_at)
            break
    return tuple(sorted(near))


def _days_between(periods: Timetable, first: date, last: date | None) -> list[date]:
    """The dates from first to last on which a period may start, in order. No last: every single date, and as far as a week can hide."""
    days = {period.on for period in periods if period.on is not None and first <= period.on and (last is None or period.on <= last)}
    if any(period.on is None and period.days for period in periods):
        reach_days = _WEEKLY_REACH_DAYS if last is None else (last - first).days
        days.update(first + offset * _DAY for offset in range(reach_days + 1))
    return sorted(days)
