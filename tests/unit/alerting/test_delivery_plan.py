"""What follows a try, and when a number has had enough: tables and small functions, with the clock as an argument."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.channels import NO_ADDRESS, ORDER, channels
from alerting.delivery.ceilings import KEPT_FOR_CRITICALS, MOST, MOST_ALIKE, WINDOW, Before, free_at
from alerting.delivery.message import Failed, Outcome, Retry, Sent
from alerting.delivery.plan import (
    ANSWER_WITHIN,
    PROOF_WITHIN,
    WAITS,
    Again,
    Done,
    Elsewhere,
    GivenUp,
    NextPerson,
    Tried,
    after,
    following,
    in_doubt,
    look_at,
    lost_again,
    unproven,
)
from schemas.delivery import Channel
from schemas.directory import Channels
from schemas.finding import Severity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ALL: tuple[Channel, ...] = ("push", "sms", "email")
outcomes = st.one_of(
    st.builds(Sent),
    st.builds(Retry, st.just("away"), st.none() | st.timedeltas(timedelta(), timedelta(days=1)), st.booleans()),
    st.builds(Failed, st.just("gone"), st.booleans()),
)


def tried(
    channel: Channel = "sms",
    severity: Severity = "critical",
    attempts: int = 1,
    order: Sequence[Channel] = ALL,
    at: datetime = NOON,
    *,
    repeat: bool = False,
) -> Tried:
    return Tried(channel, severity, attempts, order, NOON, at, repeat)


@pytest.mark.parametrize(
    ("severity", "stated", "has_push", "expected"),
    [
        ("critical", Channels(email="a@example.org", phone="+447700900012"), True, ("push", "sms", "email")),
        ("high", Channels(email="a@example.org", phone="+447700900012"), False, ("sms", "email")),
        ("medium", Channels(email="a@example.org", phone="+447700900012"), True, ("email", "push", "sms")),
        ("low", Channels(phone="+447700900012"), False, ("sms",)),
        ("critical", Channels(push="{}"), False, ("push",)),
        ("critical", Channels(), False, NO_ADDRESS),
    ],
)
def test_the_quickest_channel_comes_first_while_minutes_count(
    severity: Severity, stated: Channels, has_push: bool, expected: tuple[Channel, ...]
) -> None:
    assert expected == channels(severity, stated, has_push=has_push)


def test_every_severity_has_an_order_over_every_channel_of_a_person() -> None:
    assert set(get_args(Severity)) == set(ORDER)
    assert all(set(ALL) == set(order) for order in ORDER.values())


def test_a_channel_that_fails_for_good_gives_way_at_once_and_the_last_one_to_the_next_person() -> None:
    assert Elsewhere("email", "smtp_550") == after(tried("sms"), Failed("smtp_550"))
    assert NextPerson("smtp_550") == after(tried("email"), Failed("smtp_550"))
    assert GivenUp("http_410") == after(tried("webhook", order=()), Failed("http_410", off=True))


@pytest.mark.parametrize(("attempts", "wait"), [(1, 5 * SECOND), (2, 20 * SECOND)])
def test_a_critical_one_is_tried_again_within_half_a_minute(attempts: int, wait: timedelta) -> None:
    assert Again(NOON + wait, "away") == after(tried(attempts=attempts), Retry("away"))


def test_and_then_it_goes_elsewhere() -> None:
    assert Elsewhere("email", "away") == after(tried(attempts=3), Retry("away"))


def test_where_a_relay_never_said_twice_whether_it_took_it_another_way_is_taken_while_one_is_left() -> None:
    unsure = Retry("away", unsure=True)
    assert Again(NOON + 5 * SECOND, "away") == after(tried("sms"), unsure)
    assert Elsewhere("email", "away") == after(tried("sms", repeat=True), unsure)
    assert Again(NOON + 5 * SECOND, "away") == after(tried("sms", repeat=True), Retry("away"))
    assert Again(NOON + 5 * SECOND, "away") == after(tried("email", repeat=True), unsure)
    assert Again(NOON + 5 * SECOND, "away") == after(tried("webhook", order=(), repeat=True), unsure)


TWICE = NOON - 2 * MINUTE
"""When the second try began, of which nobody knows what became of it."""


@pytest.mark.parametrize("severity", get_args(Severity))
def test_whoever_may_have_it_twice_is_given_the_whole_time_to_answer_before_it_is_said_there_again(severity: Severity) -> None:
    last = tried("email", severity, 2, repeat=True)
    assert Done(NOON + ANSWER_WITHIN[severity]) == lost_again(last, TWICE, actual=True)
    assert PROOF_WITHIN.get(severity, HOUR) <= ANSWER_WITHIN[severity]
    assert "email" == in_doubt("email", ALL)


def test_another_channel_says_it_as_soon_as_one_that_took_it_would_have_had_to_prove_it() -> None:
    assert Done(NOON) == lost_again(tried("push", "critical", 2, repeat=True), TWICE, actual=True)
    assert Done(TWICE + 5 * MINUTE) == lost_again(tried("push", "high", 2, repeat=True), TWICE, actual=True)
    assert "sms" == in_doubt("push", ALL)


def test_of_a_webhook_that_may_have_it_twice_it_is_looked_when_another_try_would_be_due_and_never_at_once() -> None:
    waits = [lost_again(tried("webhook", "critical", attempts, (), repeat=True), TWICE, actual=True) for attempts in range(2, 10)]
    expected = [*WAITS["webhook"][1:], 24 * HOUR, 24 * HOUR]
    assert [Done(NOON + wait) for wait in expected] == waits
    assert "webhook" == in_doubt("webhook", ())


@pytest.mark.parametrize(("channel", "order"), [("email", ALL), ("push", ALL), ("webhook", ())])
def test_what_is_no_real_alarm_ends_where_it_may_have_arrived_twice(channel: Channel, order: tuple[Channel, ...]) -> None:
    assert Done(None) == lost_again(tried(channel, "critical", 2, order, repeat=True), TWICE, actual=False)


def test_what_is_handed_over_is_looked_at_again_where_anybody_can_say_that_it_arrived() -> None:
    assert Done(NOON + MINUTE) == after(tried("sms"), Sent())
    assert Done(None) == after(tried("email"), Sent())
    assert Done(None) == after(tried("sms"), Sent(state="delivered"))
    assert Done(NOON + 5 * MINUTE) == after(tried("sms", "low"), Sent())  # no other channel, but its end is asked for
    assert Done(None) == after(tried("push", "low"), Sent())


def test_the_end_of_an_sms_is_asked_for_until_notify_itself_has_given_up() -> None:
    asked = [NOON]
    while (at := look_at("sms", "critical", NOON, asked[-1])) is not None:
        asked.append(at)
    assert [timedelta(), MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR] == [at - NOON for at in asked]


@pytest.mark.parametrize(("severity", "within"), [("critical", MINUTE), ("high", 5 * MINUTE)])
def test_a_grave_message_without_proof_goes_the_next_way_too(severity: Severity, within: timedelta) -> None:
    assert unproven("sms", severity, NOON, ALL, NOON + within - SECOND) is None
    assert "email" == unproven("sms", severity, NOON, ALL, NOON + within)
    assert unproven("email", severity, NOON, ALL, NOON + HOUR) is None
    assert unproven("sms", "medium", NOON, ALL, NOON + HOUR) is None


@given(outcomes=st.lists(outcomes, min_size=60, max_size=60), severity=st.sampled_from(get_args(Severity)), order=st.permutations(ALL))
def test_every_message_comes_to_an_end_whatever_is_answered(outcomes: list[Outcome], severity: Severity, order: list[Channel]) -> None:
    channel, attempts, at, passed, unclear = order[0], 0, NOON, [order[0]], 0
    for outcome in outcomes:
        attempts += 1
        match after(tried(channel, severity, attempts, order, at, repeat=unclear > 0), outcome):
            case Again(at=later):
                assert later > at
                at = later
                unclear += isinstance(outcome, Retry) and outcome.unsure
                assert unclear < 2 or channel == order[-1]
            case Elsewhere(channel=following_):
                channel, attempts, unclear = following_, 0, 0
                passed.append(channel)
            case Done() | NextPerson():
                break
            case GivenUp():
                raise AssertionError("an officer's message is never given up without the next person")
    else:
        raise AssertionError("60 tries and no end")
    assert passed == list(dict.fromkeys(passed))  # no channel twice


def test_after_the_last_channel_there_is_none_and_after_one_that_is_gone_the_first() -> None:
    assert ["sms", "email", None] == [following(channel, ALL) for channel in ALL]
    assert "sms" == following("push", ("sms", "email"))
    assert following("push", ()) is None


# The phone networks ----------------------------------------------------------


def alike(count: int) -> list[Before]:
    return [Before(NOON - (count - number) * SECOND, "a") for number in range(count)]


def different(count: int) -> list[Before]:
    return [Before(NOON - (count - number) * SECOND, str(number)) for number in range(count)]


def test_a_number_takes_twenty_alike_within_an_hour() -> None:
    assert free_at(alike(MOST_ALIKE - 1), "a", critical=True, now=NOON) is None
    assert NOON - MOST_ALIKE * SECOND + WINDOW == free_at(alike(MOST_ALIKE), "a", critical=True, now=NOON)
    assert free_at(alike(MOST_ALIKE), "b", critical=True, now=NOON) is None


def test_a_number_takes_a_hundred_of_any_kind_and_the_last_are_kept_for_criticals() -> None:
    kept = MOST - KEPT_FOR_CRITICALS
    assert free_at(different(kept - 1), "new", critical=False, now=NOON) is None
    assert NOON - kept * SECOND + WINDOW == free_at(different(kept), "new", critical=False, now=NOON)
    assert free_at(different(kept), "new", critical=True, now=NOON) is None
    assert NOON - MOST * SECOND + WINDOW == free_at(different(MOST), "new", critical=True, now=NOON)


@given(ages_s=st.lists(st.integers(0, 7200), max_size=300), texts=st.lists(st.sampled_from("ab"), min_size=300, max_size=300))
def test_nobody_is_ever_sent_more_than_the_networks_take(ages_s: list[int], texts: list[str]) -> None:
    """Messages that come at these instants, each sent as soon as it may be: no window of an hour holds more than it may."""
    sent: list[Before] = []
    for age_s, text in zip(sorted(ages_s), texts, strict=False):
        now = NOON + age_s * SECOND
        within = [one for one in sent if one.at > now - WINDOW]
        if free_at(within, text, critical=True, now=now) is None:
            sent.append(Before(now, text))
    for one in sent:
        hour = [other for other in sent if one.at - WINDOW < other.at <= one.at]
        assert MOST >= len(hour)
        assert MOST_ALIKE >= len([other for other in hour if other.text == one.text])
