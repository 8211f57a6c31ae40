"""The clocks of console 1.5, and what a force may set for itself."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from alerting.lifecycle.policy import DAY, DEFAULT, HOUR, MINUTE, UnknownPolicy, policies


def test_the_defaults_are_those_of_the_page() -> None:
    page = {
        "critical": (2 * MINUTE, 30 * MINUTE, 4 * HOUR, HOUR, HOUR, None),
        "high": (15 * MINUTE, 4 * HOUR, 24 * HOUR, 4 * HOUR, 4 * HOUR, HOUR),
        "medium": (4 * HOUR, 24 * HOUR, 7 * DAY, 24 * HOUR, 24 * HOUR, 8 * HOUR),
        "low": (None, 7 * DAY, 14 * DAY, 24 * HOUR, 24 * HOUR, 24 * HOUR),
    }
    for severity, expected in page.items():
        clocks = DEFAULT.clocks[severity]  # type: ignore[index]  # severities of the table above
        answer, lease, close = clocks.answer_within, clocks.lease_at_most, clocks.close_within
        assert expected == (answer, lease, close, clocks.second_key_within, clocks.challenge_within, clocks.shelve_at_most)
    assert time(17) == DEFAULT.of("low").answer_on_working_day_at


def test_an_area_without_a_policy_has_the_default() -> None:
    assert DEFAULT is policies({"avon": {}}).of("avon") is policies({}).of(None)


def test_a_force_changes_one_clock_and_keeps_the_others() -> None:
    avon = policies({"avon": {"high": {"answer_within": "PT10M"}}}).of("avon")

    assert (10 * MINUTE, 4 * HOUR) == (avon.of("high").answer_within, avon.of("high").lease_at_most)
    assert DEFAULT.of("critical") == avon.of("critical")


def test_an_answer_is_due_after_a_time_or_on_a_working_day_as_the_force_says() -> None:
    avon = policies({"avon": {"low": {"answer_within": "PT8H"}, "high": {"answer_on_working_day_at": "09:00:00"}}}).of("avon")
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert monday + 8 * HOUR == avon.of("low").answer_by(monday)
    assert datetime(2026, 3, 3, 9, tzinfo=UTC) == avon.of("high").answer_by(monday)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"urgent": {}}, "'urgent' is no severity"),
        ({"high": {"answer": "PT1M"}}, "no clock answer"),
        ({"high": {"answer_within": "soon"}}, "high"),
        ({"high": {"answer_within": "PT0S"}}, "longer than 0"),
        ({"high": {"answer_within": "-PT5M"}}, "longer than 0"),
        ({"critical": {"shelve_at_most": "PT1H"}}, "never shelved"),
        ({"low": {"answer_within": "PT1H", "answer_on_working_day_at": "09:00:00"}}, "one of the two"),
    ],
)
def test_what_could_not_run_is_refused_with_the_place(said: dict[str, dict[str, object]], says: str) -> None:
    with pytest.raises(UnknownPolicy, match="area avon") as wrong:
        policies({"avon": said})
    assert says in str(wrong.value)
