"""Random timetables against a walk along the wall clock, minute by minute over two years: the walk knows nothing of folds or jumps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.calendar import WEEKDAYS, Occurrence, Period, next_boundary, occurrence_at, occurrences

FROM_AT = datetime(2026, 1, 1, tzinfo=UTC)
TO_AT = datetime(2028, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@cache
def wall_walk() -> dict[datetime, list[datetime]]:
    """For each local time that the wall showed, the instants at which it did, in order; three days beyond each end."""
    shown: dict[datetime, list[datetime]] = {}
    at = FROM_AT - 3 * DAY
    while at < TO_AT + 3 * DAY:
        hour_starts = at.astimezone(ZoneInfo("Europe/London")).replace(tzinfo=None, fold=0)
        for minute in range(60):  # London's offset changes on the hour only
            shown.setdefault(hour_starts + minute * MINUTE, []).append(at + minute * MINUTE)
        at += 60 * MINUTE
    return shown


def showing(wall: datetime, *, last: bool) -> datetime:
    """The first or last instant at which the wall showed this time; if it never did, the first at which it had passed it."""
    shown = wall_walk()
    while wall not in shown:
        wall += MINUTE
    return shown[wall][-1 if last else 0]


def expected(periods: tuple[Period, ...]) -> list[Occurrence]:
    found = set()
    day = FROM_AT.date() - 2 * DAY
    while day <= TO_AT.date() + DAY:
        for period in periods:
            if day == period.on if period.on else WEEKDAYS[day.weekday()] in period.days:
                began_at = showing(datetime.combine(day, period.start), last=False)
                ends_on = day + DAY if period.end <= period.start else day
                ended_at = showing(datetime.combine(ends_on, period.end), last=True)
                if began_at < ended_at:
                    found.add((began_at, ended_at, day))
        day += DAY
    return [Occurrence(night=night, began_at=began_at, ended_at=ended_at) for began_at, ended_at, night in sorted(found)]


# Half of the times fall where the clocks change; half of the dates on the nights when they do.
times = st.one_of(st.times(), st.builds(time, st.integers(0, 3), st.integers(0, 59))).map(
    lambda each: each.replace(second=0, microsecond=0)
)
change_nights = st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)])
dates = st.one_of(st.dates(date(2026, 1, 1), date(2027, 12, 31)), change_nights)
periods_drawn = st.builds(
    Period,
    days=st.sets(st.sampled_from(WEEKDAYS)).map(tuple),
    start=times,
    end=times,
    on=st.one_of(st.none(), st.none(), dates),
)
timetables = st.lists(periods_drawn, min_size=1, max_size=4).map(tuple)


def instants_to_ask(draw_hours: list[int]) -> Iterator[datetime]:
    for hour in draw_hours:
        yield FROM_AT + timedelta(hours=hour)
    for night in (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)):
        midnight = datetime.combine(night, time(), UTC)
        for quarter_hours in range(-8, 16):
            yield midnight + quarter_hours * timedelta(minutes=15)


@settings(max_examples=25, deadline=None)
@given(periods=timetables, hours=st.lists(st.integers(0, 17_519), max_size=60))
def test_every_occurrence_and_every_boundary_of_two_years_is_where_the_wall_clock_shows_it(
    periods: tuple[Period, ...], hours: list[int]
) -> None:
    wanted = expected(periods)
    inside = [each for each in wanted if each.began_at < TO_AT and FROM_AT < each.ended_at]
    assert inside == list(occurrences(periods, FROM_AT, TO_AT))

    boundaries = sorted({bound for each in wanted for bound in (each.began_at, each.ended_at)})
    for at in instants_to_ask(hours):
        holding = next((each for each in wanted if each.began_at <= at < each.ended_at), None)
        assert holding == occurrence_at(periods, at)
        following = bisect_left(boundaries, at + timedelta(microseconds=1))
        if following < len(boundaries):
            assert boundaries[following] == next_boundary(periods, at)


@settings(max_examples=50, deadline=None)
@given(periods=timetables, hours=st.integers(0, 17_519), more_hours=st.integers(1, 400))
def test_a_span_finds_just_those_of_the_whole_that_overlap_it(periods: tuple[Period, ...], hours: int, more_hours: int) -> None:
    from_at = FROM_AT + timedelta(hours=hours)
    to_at = from_at + timedelta(hours=more_hours)
    whole = occurrences(periods, FROM_AT - 3 * DAY, TO_AT + 30 * DAY)
    assert tuple(each for each in whole if each.began_at < to_at and from_at < each.ended_at) == occurrences(periods, from_at, to_at)


@settings(max_examples=50, deadline=None)
@given(periods=timetables, hours=st.integers(0, 17_519))
def test_stepping_from_boundary_to_boundary_visits_each_once_and_none_is_skipped(periods: tuple[Period, ...], hours: int) -> None:
    from_at = FROM_AT + timedelta(hours=hours)
    to_at = from_at + 30 * DAY
    visited = []
    at = next_boundary(periods, from_at)
    while at is not None and at < to_at:
        visited.append(at)
        at = next_boundary(periods, at)
    found = occurrences(periods, from_at - DAY, to_at)
    assert sorted({bound for each in found for bound in (each.began_at, each.ended_at) if from_at < bound < to_at}) == visited
