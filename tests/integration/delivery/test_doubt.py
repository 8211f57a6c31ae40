"""Two, three, four kills hit one message: it comes twice at most and says so; what is said after that is said for want of an answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from alerting.auditor import audit
from alerting.delivery.message import Retry, Sent
from alerting.delivery.plan import ANSWER_WITHIN
from alerting.delivery.sending import Sender
from alerting.ledger import clock_jumps
from alerting.ledger.outbox import IN_DOUBT, Message, load
from alerting.ledger.steps import Terms
from alerting.ledger.tables.messages import OUTBOX
from schemas.directory import Channels
from schemas.envelope import MessageStatus
from schemas.finding import Severity
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, SECOND, Door, Post


def copies(door: Door) -> list[tuple[str, bool]]:
    """Each that went out: whose it was, and whether it says that it repeats."""
    return [(message.message_id, message.text.repeat) for message, _ in door.sent]


def _stored(post: Post, names: list[str]) -> list[Message]:
    with post.ledger.read() as connection:
        return [stored.message for name in names if (stored := load(connection, name)) is not None]


@pytest.mark.parametrize("kills", [2, 3, 4])
def test_on_the_last_channel_it_comes_twice_and_then_once_more_only_where_nobody_has_answered(post: Post, door: Door, kills: int) -> None:
    post.alert("high")
    name = post.message(channel="email", severity="high")
    post.killed(kills)
    assert [(name, False), (name, True)] == copies(door)
    post.work()
    assert ("handed_over", IN_DOUBT) == post.steps(name)[-1]
    assert not [fault for fault in audit(post.ledger.url, post.now).faults if "message" in str(fault)]

    post.passes(5 * MINUTE)
    (again,) = copies(door)[2:]
    assert (True, True) == (again[0] != name, again[1])
    assert [("email", "handed_over")] * 2 == post.messages()
    assert ("handed_over", "") == post.steps(again[0])[-1]
    post.passes(24 * HOUR)
    assert 3 == len(door.sent)
    assert [] == post.next_told


@pytest.mark.parametrize("how", ["answered", "opened"])
@pytest.mark.parametrize("channel", ["email", "push"])
def test_and_not_where_it_was_answered_or_opened_meanwhile(post: Post, door: Door, how: str, channel: str) -> None:
    post.alert("high")
    post.browser("phone")
    name = post.message(channel="email" if channel == "email" else "push", severity="high")
    post.killed(2)
    {"answered": post.answered, "opened": post.opened}[how]()
    post.passes(24 * HOUR)
    assert [(name, False), (name, True)] == copies(door)
    assert [("handed_over", IN_DOUBT), ("handed_over", "answered_meanwhile")] == post.steps(name)[-2:]


def test_an_answer_counts_also_after_the_clock_went_back(post: Post, door: Door) -> None:
    post.alert("high")
    name = post.message(channel="email", severity="high")
    post.killed(2)
    post.work()
    clock_jumps.mark(post.ledger, post.now)
    post.now -= HOUR
    assert clock_jumps.put_right(post.ledger, post.now, Terms("https://vigil.example.org"))
    post.now += SECOND
    post.opened()
    post.passes(24 * HOUR)
    assert [(name, False), (name, True)] == copies(door)


def test_what_was_answered_before_it_was_made_says_something_new_and_is_said_again(post: Post, door: Door) -> None:
    post.answered()
    post.now += SECOND
    post.message(channel="email", severity="high")
    post.killed(2)
    post.passes(HOUR)
    assert 3 == len(door.sent)


def test_another_channel_says_it_as_soon_as_proof_is_overdue(post: Post, door: Door) -> None:
    """A critical's is overdue when the second lease ends; of a text the provider is asked first, so that it never is in doubt."""
    post.alert("critical")
    post.browser("phone")
    name = post.message(channel="push")
    post.killed(2)
    post.work()
    assert ["push", "push", "sms"] == door.channels
    assert ("handed_over", IN_DOUBT) == post.steps(name)[-1]
    assert [] == post.next_told


def test_of_a_text_the_provider_is_asked_before_each_try_so_no_kill_makes_it_another_message(post: Post, door: Door) -> None:
    name = post.message(channel="sms")
    post.killed(4)
    assert [False, True, True, True] == [message.tried_before for message, _ in door.sent]
    post.work()
    assert [(name, False)] + [(name, True)] * 4 == copies(door)  # what asks, and not what comes: `test_notify`


def test_where_any_browser_may_have_it_the_next_try_is_a_repeat_to_all(post: Post, door: Door) -> None:
    post.browser("a")
    post.browser("b")
    door.says = lambda _message, to: Retry("push_503") if to.value == "a" else Retry("push_504", unsure=True)
    name = post.message(channel="push")
    post.passes(5 * SECOND)
    assert [(name, False)] * 2 + [(name, True)] * 2 == copies(door)[:4]
    assert ["push"] * 4 + ["sms"] == door.channels[:5]


def test_crash_after_crash_while_it_waits_adds_no_copy(post: Post, door: Door) -> None:
    post.alert("medium")
    post.message(channel="email", severity="medium")
    post.officer(channels=Channels(email="rowan@example.org"))
    post.killed(2)
    for _ in range(5):
        post.killed(1)
        other = Sender(post.ledger, door, post._next_person, lambda: post.now)
        other.send_due()
        other.look_due()
        other.close()
    assert 2 == len(door.sent)
    post.passes(ANSWER_WITHIN["medium"])
    assert 3 == len(door.sent)


def test_a_reminder_that_is_hit_as_often_waits_as_long_again(post: Post, door: Door) -> None:
    post.alert("critical")
    post.message(channel="email")
    for _ in range(2):
        post.killed(2)
        post.sender.send_due()
        post.now += MINUTE
        post.sender.look_due()
    post.work()
    assert 5 == len(door.sent)
    assert [2, 2, 1] == [[name for name, _ in copies(door)].count(one) for one in dict(copies(door))]
    assert [False, True, True, True, True] == [repeat for _, repeat in copies(door)]


@pytest.mark.parametrize(("severity", "looked_after"), [("medium", HOUR), ("low", 6 * HOUR)])
def test_what_may_wait_until_tomorrow_is_given_longer(post: Post, door: Door, severity: Severity, looked_after: object) -> None:
    post.officer(channels=Channels(email="rowan@example.org"))
    post.alert(severity)
    post.message(channel="email", severity=severity)
    post.killed(2)
    post.work()
    with post.ledger.read() as connection:
        assert looked_after == connection.execute(select(OUTBOX.c.next_at)).scalar_one() - post.now


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_a_test_or_an_exercise_stands_as_handed_over(post: Post, door: Door, status: MessageStatus) -> None:
    post.message(channel="email", message_status=status)
    post.killed(2)
    post.passes(24 * HOUR)
    assert 2 == len(door.sent)
    assert [("email", "handed_over")] == post.messages()


def test_a_webhook_is_told_by_another_message_when_a_retry_would_be_due_and_each_names_the_first(post: Post, door: Door) -> None:
    post.webhook()
    first = post.message(channel="webhook", officer_id=None, target="wh_1")
    post.killed(2)
    post.answered()  # by an officer, of which its receiver knows nothing
    for kills in (2, 1):
        post.work()
        assert ("handed_over", IN_DOUBT) == post.steps(door.sent[-1][0].message_id)[-1]
        assert not [fault for fault in audit(post.ledger.url, post.now).faults if "message" in str(fault)]
        sent = len(door.sent)
        post.passes(29 * SECOND)
        assert sent == len(door.sent)
        post.now += SECOND
        post.sender.look_due()
        post.killed(kills)
    post.passes(24 * HOUR)
    names = list(dict(copies(door)))
    assert [2, 2, 2] == [[name for name, _ in copies(door)].count(one) for one in names]
    assert [False, *[True] * 5] == [repeat for _, repeat in copies(door)]
    assert [None] * 2 + [first] * 4 == [message.repeat_of for message, _ in door.sent]
    assert ("handed_over", "") == post.steps(names[-1])[-1]
    assert {"wh_1"} == {message.target for message in _stored(post, names)}


def test_a_relay_that_was_away_for_an_hour_is_no_kill(post: Post, door: Door) -> None:
    away = True
    door.says = lambda _message, _to: Retry("relay_away") if away else Sent()
    post.alert("medium")
    post.message(channel="email", severity="medium")
    post.killed(1)
    post.passes(HOUR)
    away = False
    post.passes(2 * HOUR)
    assert [("email", "handed_over")] == post.messages()
    assert [] == post.next_told
