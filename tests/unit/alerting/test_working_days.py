"""Working days of England and Wales, and 17:00 on the next one, on every minute of both clock-change nights."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.lifecycle.working_days import LONDON, bank_holidays, easter, is_working_day, next_working_day

MINUTE = timedelta(minutes=1)
FIVE = time(17)

# From gov.uk/bank-holidays, England and Wales.
PUBLISHED = {
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_bank_holidays_are_those_that_were_published(year: int) -> None:
    assert PUBLISHED[year].split() == [f"{day:%m-%d}" for day in sorted(bank_holidays(year))]


@pytest.mark.parametrize(("year", "sunday"), [(1818, (3, 22)), (2038, (4, 25)), (2000, (4, 23)), (2026, (4, 5)), (2285, (3, 22))])
def test_easter_from_its_earliest_to_its_latest(year: int, sunday: tuple[int, int]) -> None:
    assert date(year, *sunday) == easter(year)


@pytest.mark.parametrize(
    ("raised", "due"),
    [
        ("2026-03-02T12:00", "2026-03-03T17:00"),  # Monday to Tuesday
        ("2026-03-06T23:59", "2026-03-09T17:00"),  # Friday night to Monday
        ("2026-03-07T00:30", "2026-03-09T17:00"),  # Saturday
        ("2026-04-02T18:00", "2026-04-07T17:00"),  # the Thursday before Easter to the Tuesday after it
        ("2026-12-24T10:00", "2026-12-29T17:00"),  # Christmas on a Friday, Boxing Day taken on the Monday
        ("2026-12-31T10:00", "2027-01-04T17:00"),  # over the year's end
        ("2026-06-30T23:30", "2026-07-01T17:00"),  # it is July in London already, but only just June in UTC
    ],
)
def test_the_next_working_day_at_five(raised: str, due: str) -> None:
    said, expected = (datetime.fromisoformat(one).replace(tzinfo=LONDON) for one in (raised, due))

    assert expected == next_working_day(said.astimezone(UTC), FIVE)


@pytest.mark.parametrize(
    ("night", "first", "expected"),
    [
        ("forward", datetime(2026, 3, 28, 0, tzinfo=UTC), datetime(2026, 3, 30, 16, tzinfo=UTC)),  # BST: 17:00 is 16:00 Z
        ("back", datetime(2026, 10, 24, 0, tzinfo=UTC), datetime(2026, 10, 26, 17, tzinfo=UTC)),  # GMT again
    ],
)
def test_on_every_minute_of_a_weekend_in_which_the_clocks_change_it_is_monday_at_five_by_the_clock_on_the_wall(
    night: str, first: datetime, expected: datetime
) -> None:
    for minute in range(47 * 60):
        assert expected == next_working_day(first + minute * MINUTE, FIVE), night


@given(st.integers(0, 70 * 365 * 24 * 60).map(lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + minutes * MINUTE))
def test_it_is_always_later_on_a_working_day_at_that_local_time_with_none_between(since_at: datetime) -> None:
    due_at = next_working_day(since_at, FIVE)
    local = due_at.astimezone(LONDON)
    between = since_at.astimezone(LONDON).date() + timedelta(days=1)

    assert due_at > since_at
    assert (FIVE, True) == (local.time(), is_working_day(local.date()))
    while between < local.date():
        assert not is_working_day(between)
        between += timedelta(days=1)
