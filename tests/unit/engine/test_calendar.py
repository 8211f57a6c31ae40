"""Curfew nights and local deadlines, told as nights: the plain ones, the 11 h ones and the 13 h ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from streams.engine.calendar import (
    WEEKDAYS,
    Occurrence,
    Period,
    add_months,
    end_of_day,
    instant,
    local_date,
    local_text,
    next_boundary,
    occurrence_at,
    occurrences,
)

EVERY_DAY = WEEKDAYS
NIGHTLY = (Period(days=EVERY_DAY, start=time(19), end=time(7)),)

# The last Sundays of March and October, from the printed calendar.
SPRING = [date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26), date(2029, 3, 25), date(2030, 3, 31)]
AUTUMN = [date(2026, 10, 25), date(2027, 10, 31), date(2028, 10, 29), date(2029, 10, 28), date(2030, 10, 27)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def around(day: date, periods: tuple[Period, ...]) -> tuple[Occurrence, ...]:
    """All that touch the 24 h of UTC of that day."""
    midnight = datetime.combine(day, time(), UTC)
    return occurrences(periods, midnight, midnight + timedelta(days=1))


def test_a_curfew_on_every_night_of_five_years_lasts_12_hours_but_11_in_march_and_13_in_october() -> None:
    night = date(2026, 1, 1)
    wrong = []
    while night <= date(2030, 12, 31):
        morning = night + timedelta(days=1)
        expected = 11 if morning in SPRING else 13 if morning in AUTUMN else 12
        found = occurrence_at(NIGHTLY, instant(night, time(20), end=False))
        if found is None or found.night != night or found.ended_at - found.began_at != timedelta(hours=expected):
            wrong.append((night, expected, found))
        night = morning
    assert wrong == []


@pytest.mark.parametrize("sunday", SPRING)
def test_a_time_in_the_missing_hour_is_the_instant_when_the_clocks_jump(sunday: date) -> None:
    jump = datetime.combine(sunday, time(1), UTC)
    for missing in (time(1), time(1, 0, 0, 1), time(1, 30), time(1, 59, 59), time(2)):
        assert jump == instant(sunday, missing, end=False)
        assert jump == instant(sunday, missing, end=True)
    assert jump - timedelta(minutes=1) == instant(sunday, time(0, 59), end=True)
    assert jump + timedelta(minutes=1) == instant(sunday, time(2, 1), end=False)


@pytest.mark.parametrize("sunday", AUTUMN)
def test_in_the_repeated_hour_a_start_is_the_earlier_instant_and_an_end_the_later(sunday: date) -> None:
    for minute in (0, 1, 30, 59):
        earlier = datetime.combine(sunday, time(0, minute), UTC)
        assert earlier == instant(sunday, time(1, minute), end=False)
        assert earlier + timedelta(hours=1) == instant(sunday, time(1, minute), end=True)
    assert datetime.combine(sunday, time(2), UTC) == instant(sunday, time(2), end=False) == instant(sunday, time(2), end=True)
    assert datetime.combine(sunday - timedelta(days=1), time(23, 59), UTC) == instant(sunday, time(0, 59), end=True)


def test_the_fold_that_a_caller_left_on_a_time_changes_nothing() -> None:
    assert utc("2026-10-25 00:30") == instant(date(2026, 10, 25), time(1, 30, fold=1), end=False)
    assert utc("2026-10-25 01:30") == instant(date(2026, 10, 25), time(1, 30, fold=0), end=True)


def test_a_period_that_lies_in_the_missing_hour_does_not_happen_that_night() -> None:
    short = (Period(days=EVERY_DAY, start=time(1, 15), end=time(1, 45)),)
    assert () == around(date(2026, 3, 29), short)
    assert utc("2026-03-30 00:15") == next_boundary(short, utc("2026-03-28 12:00"))
    weekly = (Period(days=("sun",), start=time(1, 15), end=time(1, 45)),)
    assert utc("2026-04-05 00:15") == next_boundary(weekly, utc("2026-03-23 12:00"))


def test_a_period_that_lies_in_the_repeated_hour_lasts_through_both_of_them() -> None:
    (found,) = around(date(2026, 10, 25), (Period(days=EVERY_DAY, start=time(1, 15), end=time(1, 45)),))
    assert Occurrence(night=date(2026, 10, 25), began_at=utc("2026-10-25 00:15"), ended_at=utc("2026-10-25 01:45")) == found


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_whole_day_runs_to_the_same_local_time_next_day(day: date, hours: int) -> None:
    at_home = (Period(on=day, start=time(0), end=time(0)),)
    began_at = instant(day, time(0), end=False)
    assert (Occurrence(night=day, began_at=began_at, ended_at=began_at + timedelta(hours=hours)),) == around(day, at_home)


def test_whole_days_in_a_row_leave_no_instant_uncovered_on_either_clock_change() -> None:
    always = (Period(days=EVERY_DAY, start=time(1, 30), end=time(1, 30)),)
    for day in (SPRING[0], AUTUMN[0]):
        at = datetime.combine(day - timedelta(days=1), time(), UTC)
        while at < datetime.combine(day + timedelta(days=2), time(), UTC):
            assert occurrence_at(always, at) is not None
            at += timedelta(minutes=5)


def test_a_period_belongs_to_the_day_on_which_it_starts() -> None:
    friday_night = (Period(days=("fri",), start=time(22), end=time(6)),)
    assert date(2026, 3, 6) == getattr(occurrence_at(friday_night, utc("2026-03-07 05:59")), "night", None)
    assert occurrence_at(friday_night, utc("2026-03-07 06:00")) is None
    assert occurrence_at(friday_night, utc("2026-03-07 22:30")) is None


def test_a_beginning_belongs_to_the_period_and_its_end_does_not() -> None:
    assert occurrence_at(NIGHTLY, utc("2026-01-05 18:59:59")) is None
    assert occurrence_at(NIGHTLY, utc("2026-01-05 19:00")) is not None
    assert occurrence_at(NIGHTLY, utc("2026-01-06 06:59:59")) is not None
    assert occurrence_at(NIGHTLY, utc("2026-01-06 07:00")) is None
    assert () == occurrences(NIGHTLY, utc("2026-01-06 07:00"), utc("2026-01-06 19:00"))


def test_one_date_takes_the_place_of_days() -> None:
    once = (Period(days=("mon",), on=date(2026, 3, 4), start=time(10), end=time(12)),)
    assert utc("2026-03-04 10:00") == next_boundary(once, utc("2026-03-01 00:00"))
    assert utc("2026-03-04 12:00") == next_boundary(once, utc("2026-03-04 10:00"))
    assert next_boundary(once, utc("2026-03-04 12:00")) is None
    assert occurrence_at(once, utc("2026-03-09 11:00")) is None


def test_a_date_years_ahead_is_still_the_next_boundary() -> None:
    once = (Period(on=date(2029, 3, 4), start=time(10), end=time(12)),)
    assert utc("2029-03-04 10:00") == next_boundary(once, utc("2026-03-01 00:00"))


def test_an_empty_timetable_has_no_occurrence_and_no_boundary() -> None:
    for empty in ((), (Period(start=time(19), end=time(7)),)):
        assert next_boundary(empty, utc("2026-03-01 00:00")) is None
        assert occurrence_at(empty, utc("2026-03-01 00:00")) is None
        assert () == occurrences(empty, utc("2026-03-01 00:00"), utc("2027-03-01 00:00"))


def test_overlapping_periods_stay_apart_equal_ones_are_one_and_the_earlier_holds() -> None:
    evening = Period(days=("mon",), start=time(18), end=time(22))
    night = Period(days=("mon",), start=time(20), end=time(6))
    found = around(date(2026, 1, 5), (night, evening, Period(on=date(2026, 1, 5), start=time(18), end=time(22))))
    assert [(utc("2026-01-05 18:00"), utc("2026-01-05 22:00")), (utc("2026-01-05 20:00"), utc("2026-01-06 06:00"))] == [
        (each.began_at, each.ended_at) for each in found
    ]
    assert found[0] == occurrence_at((night, evening), utc("2026-01-05 21:00"))
    assert found[1] == occurrence_at((night, evening), utc("2026-01-05 22:00"))


def test_an_empty_or_backward_span_overlaps_nothing() -> None:
    at = utc("2026-01-05 20:00")
    assert () == occurrences(NIGHTLY, at, at)
    assert () == occurrences(NIGHTLY, at, at - timedelta(hours=1))


def test_local_dates_follow_the_wall_not_utc() -> None:
    assert date(2026, 7, 2) == local_date(utc("2026-07-01 23:00"))
    assert date(2026, 1, 1) == local_date(utc("2026-01-01 23:59"))


@pytest.mark.parametrize(
    ("at", "text", "with_day"),
    [
        ("2026-11-22 20:14", "20:14", "22 Nov 20:14"),
        ("2026-07-01 20:14:59", "21:14", "1 Jul 21:14"),
        ("2026-10-25 00:30", "01:30 BST", "25 Oct 01:30 BST"),
        ("2026-10-25 01:30", "01:30 GMT", "25 Oct 01:30 GMT"),
        ("2026-10-25 00:00", "01:00 BST", "25 Oct 01:00 BST"),
        ("2026-10-25 02:00", "02:00", "25 Oct 02:00"),
        ("2026-10-24 23:59", "00:59", "25 Oct 00:59"),
        ("2026-03-29 00:59", "00:59", "29 Mar 00:59"),
        ("2026-03-29 01:00", "02:00", "29 Mar 02:00"),
    ],
)
def test_local_text_names_the_clock_only_in_the_repeated_hour(at: str, text: str, with_day: str) -> None:
    assert text == local_text(utc(at))
    assert with_day == local_text(utc(at), with_day=True)


def test_the_end_of_a_local_day_is_23_59_on_the_wall_whatever_the_clocks_do() -> None:
    assert utc("2026-03-29 22:59") == end_of_day(utc("2026-03-28 10:00"), 1)
    assert utc("2026-10-25 23:59") == end_of_day(utc("2026-10-24 10:00"), 1)
    assert utc("2026-07-01 22:59") == end_of_day(utc("2026-06-30 23:30"))
    assert utc("2026-06-30 22:59") == end_of_day(utc("2026-06-30 10:00"))


@pytest.mark.parametrize(
    ("at", "months", "expected"),
    [
        ("2026-01-31 12:00", 1, "2026-02-28 12:00"),
        ("2028-01-31 12:00", 1, "2028-02-29 12:00"),
        ("2026-02-15 10:00", 3, "2026-05-15 09:00"),
        ("2026-11-15 10:00", 3, "2027-02-15 10:00"),
        ("2026-03-15 10:00", -12, "2025-03-15 10:00"),
        ("2026-01-31 10:00", -2, "2025-11-30 10:00"),
        ("2026-12-31 23:30", 12, "2027-12-31 23:30"),
        ("2026-02-28 01:30", 13, "2027-03-28 01:00"),  # 01:30 is missing: when the clocks jump
        ("2026-09-25 00:30", 1, "2026-10-25 01:30"),  # 01:30 comes twice: a limit is the later
        ("2026-10-25 00:30", 0, "2026-10-25 00:30"),
    ],
)
def test_a_month_is_a_calendar_month_on_the_wall(at: str, months: int, expected: str) -> None:
    assert utc(expected) == add_months(utc(at), months)


def test_a_day_that_is_no_day_is_refused_with_the_words_that_are() -> None:
    with pytest.raises(ValueError, match="timetable day 'Monday': expected one of mon, tue"):
        Period(days=("Monday",), start=time(19), end=time(7))


def test_times_with_an_offset_are_refused() -> None:
    with pytest.raises(ValueError, match="expected local times without an offset"):
        Period(days=("mon",), start=time(19, tzinfo=UTC), end=time(7))


def test_an_instant_without_an_offset_is_refused_not_read_as_the_machine_sees_it() -> None:
    with pytest.raises(ValueError, match="expected an aware datetime"):
        local_date(datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing refused
