"""Minutes of a time by state: they add up to it whichever way the clocks go, minute by minute as a man with a watch would count."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.coverage import MINUTE, Judged, minutes, spans, totals
from alerting.lifecycle.working_days import LONDON
from schemas.read_models import CoverageState

HOUR = timedelta(hours=1)


def local(year: int, month: int, day: int) -> datetime:
    """Midnight in London."""
    return datetime(year, month, day, tzinfo=LONDON).astimezone(UTC)


NIGHTS = {
    "an ordinary day": (local(2026, 3, 2), local(2026, 3, 3), 1_440),
    "the day of 23 hours": (local(2026, 3, 29), local(2026, 3, 30), 1_380),
    "the day of 25 hours": (local(2026, 10, 25), local(2026, 10, 26), 1_500),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_every_minute_of_a_day_is_counted_once_through_a_change_of_the_clocks(night: str) -> None:
    from_at, to_at, expected = NIGHTS[night]
    told = [
        Judged(from_at - HOUR, from_at + 61 * MINUTE, "monitored"),
        Judged(from_at + 61 * MINUTE, from_at + 150 * MINUTE, "untagged"),
        Judged(from_at + 150 * MINUTE, None, "monitored"),
    ]

    found = spans(told, from_at + 20 * HOUR, from_at, to_at)

    assert expected == sum(totals(found, from_at).values())
    assert (89, expected - 20 * 60) == (totals(found, from_at)["untagged"], totals(found, from_at)["blind"])
    for number in range(expected):
        ends_at = from_at + (number + 1) * MINUTE - timedelta(microseconds=1)
        watched = next(span.state for span in found if span.from_at <= ends_at < span.to_at)
        by_hand = "blind" if number >= 20 * 60 else "untagged" if 61 <= number < 150 else "monitored"
        assert by_hand == watched, number


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from(get_args(CoverageState))), max_size=8),
    st.integers(-3_000, 20_000),
    st.integers(60, 100_000),
    st.one_of(st.none(), st.integers(-1_000, 30_000)),
)
def test_spans_are_end_to_end_and_minutes_are_what_a_watch_says(
    lengths: list[tuple[int, CoverageState]], begin_s: int, length_s: int, silent_s: int | None
) -> None:
    second, start = timedelta(seconds=1), local(2026, 10, 25)
    told, at = [], start
    for place, (seconds, state) in enumerate(lengths):
        told.append(Judged(at, None if place == len(lengths) - 1 else at + seconds * second, state))
        at += seconds * second
    from_at, to_at = start + begin_s * second, start + (begin_s + length_s) * second
    silent_at = None if silent_s is None else start + silent_s * second

    found = spans(told, silent_at, from_at, to_at)

    assert (from_at, to_at) == (found[0].from_at, found[-1].to_at)
    assert all(one.to_at == other.from_at and one.state != other.state for one, other in itertools.pairwise(found))
    assert (to_at - from_at) // MINUTE == sum(length for _, length in minutes(found, from_at)) == sum(totals(found, from_at).values())
    by_hand = dict.fromkeys(get_args(CoverageState), 0)
    for number in range((to_at - from_at) // MINUTE):
        ends_at = from_at + (number + 1) * MINUTE - timedelta(microseconds=1)
        by_hand[next(span.state for span in found if span.from_at <= ends_at < span.to_at)] += 1
    assert by_hand == totals(found, from_at)
    if silent_at is not None:
        assert {"monitored", "untagged"}.isdisjoint(span.state for span in found if span.to_at > max(silent_at, from_at) > span.from_at)


def test_before_his_case_nothing_was_required_and_what_was_never_told_is_unknown() -> None:
    at = local(2026, 3, 2)

    assert ["not_required", "monitored"] == [one.state for one in spans([Judged(at, None, "monitored")], None, at - HOUR, at + HOUR)]
    assert ["blind"] == [one.state for one in spans([], None, at - HOUR, at + HOUR)]


def test_a_silent_feed_takes_nothing_from_custody_or_from_a_time_without_a_tag_order() -> None:
    at = local(2026, 3, 2)
    told = [Judged(at, at + HOUR, "in_custody"), Judged(at + HOUR, at + 2 * HOUR, "not_required"), Judged(at + 2 * HOUR, None, "untagged")]

    assert ["in_custody", "not_required", "blind"] == [one.state for one in spans(told, at, at, at + 3 * HOUR)]
