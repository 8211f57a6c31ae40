"""The outbox goes out: urgent first, tried again, another channel, the next person; a kill repeats one message, and says so."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent
from alerting.delivery.room import AT_ONCE
from alerting.delivery.sending import LEASE, Sender
from alerting.ledger import outbox
from alerting.ledger.tables.messages import PUSH_SUBSCRIPTION, RECEIPT_TOKEN, WEBHOOK
from schemas.directory import Channels
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, SECOND, Door, Post


def test_a_message_goes_to_the_officers_number_of_today(post: Post, door: Door) -> None:
    name = post.message()
    post.officer(channels=Channels(phone="+447700900099"))
    post.work()
    ((message, to),) = door.sent
    assert (name, Address("sms", "+447700900099")) == (message.message_id, to)
    assert [("queued", ""), ("sending", ""), ("handed_over", "")] == post.steps(name)


def test_a_critical_one_goes_before_all_that_waited(post: Post, door: Door) -> None:
    for number in range(30):
        post.message(f"low-{number}", severity="low", channel="email")
    post.now += MINUTE
    urgent = post.message("urgent", channel="email")
    post.sender.send_due()
    assert urgent in [message.message_id for message, _ in door.sent][:AT_ONCE]


def test_the_try_is_in_the_ledger_before_it_is_made(post: Post, door: Door) -> None:
    seen: list[list[tuple[str, str]]] = []

    def looks(message: Outgoing, to: Address) -> Outcome:
        seen.append(post.steps(message.message_id))
        return Sent()

    door.says = looks
    post.message()
    post.work()
    assert [[("queued", ""), ("sending", "")]] == seen


def test_after_a_kill_in_the_middle_it_goes_out_once_more_and_says_so(post: Post, door: Door) -> None:
    name = post.message()
    with post.ledger.write(post.now) as writing:
        outbox.claim(writing, LEASE)  # and whoever claimed it is never heard of again
    post.passes(LEASE - SECOND)
    assert [] == door.sent
    post.passes(2 * SECOND)
    ((message, _),) = door.sent
    assert message.tried_before
    assert message.text.sentence.endswith("(repeat)")
    assert ("handed_over", "") == post.steps(name)[-1]


def test_a_relay_that_never_says_whether_it_took_it_has_it_twice_and_then_another_way_is_taken(post: Post, door: Door) -> None:
    door.says = lambda _message, to: Retry("relay_gone_away", unsure=True) if to.channel == "email" else Sent()
    post.message(channel="email", severity="medium")
    post.passes(HOUR)
    assert ["email", "email", "sms"] == door.channels


def test_two_senders_on_one_ledger_send_each_message_once(post: Post, door: Door) -> None:
    for number in range(60):
        post.message(f"raised-{number}", channel="email")
    other = Sender(post.ledger, door, post._next_person, lambda: post.now)

    def until_empty(sender: Sender) -> None:
        while sender.send_due():
            pass

    threads = [threading.Thread(target=until_empty, args=(sender,)) for sender in (post.sender, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.close()
    assert 60 == len(door.sent) == len({message.message_id for message, _ in door.sent})


def test_a_provider_that_is_away_is_tried_again_then_another_channel_and_then_the_next_person(post: Post, door: Door) -> None:
    door.says = lambda _message, _to: Retry("provider_away")
    name = post.message()
    post.passes(2 * MINUTE)
    assert ["sms"] * 3 + ["email"] * 3 == door.channels
    assert [
        ("queued", ""),
        ("sending", ""),
        ("queued", "provider_away"),
        ("sending", ""),
        ("queued", "provider_away"),
        ("sending", ""),
        ("gave_up", "provider_away"),
    ] == post.steps(name)
    assert [("sms", "gave_up"), ("email", "gave_up")] == sorted(post.messages(), reverse=True)
    assert [("al_1_20260302T120000Z", "of-12", "provider_away")] == post.next_told


def test_a_critical_one_does_not_wait_for_a_provider_that_asks_for_patience(post: Post, door: Door) -> None:
    door.says = lambda _message, to: Retry("notify_429", after=HOUR) if to.channel == "sms" else Sent()
    post.message()
    post.passes(SECOND)
    assert ["sms", "email"] == door.channels
    assert [] == post.next_told


def test_a_medium_one_does(post: Post, door: Door) -> None:
    door.says = lambda _message, _to: Retry("smtp_421", after=HOUR) if len(door.sent) == 1 else Sent()
    post.message(channel="email", severity="medium")
    post.passes(59 * MINUTE)
    assert ["email"] == door.channels
    post.passes(2 * MINUTE)
    assert ["email", "email"] == door.channels


def test_an_officer_without_any_address_sends_us_to_the_next_person_at_once(post: Post, door: Door) -> None:
    post.officer("of-13", Channels())
    post.message(officer_id="of-13", channel="email")
    post.work()
    assert [] == door.sent
    assert [("al_1_20260302T120000Z", "of-13", "no_address")] == post.next_told


def test_a_test_of_one_channel_stays_on_it_and_tells_nobody_else(post: Post, door: Door) -> None:
    door.says = lambda _message, _to: Failed("smtp_550")
    post.message(channel="sms", message_status="test")
    post.passes(HOUR)
    assert ["sms"] == door.channels
    assert [] == post.next_told


def test_a_fault_of_ours_in_one_channel_stops_neither_the_message_nor_the_others(post: Post, door: Door) -> None:
    def breaks(_message: Outgoing, to: Address) -> Outcome:
        if to.channel == "sms":
            raise KeyError("a fault of ours")
        return Sent()

    door.says = breaks
    name = post.message()
    post.message("other", channel="email")
    post.passes(2 * MINUTE)
    assert ("gave_up", "our_fault_KeyError") == post.steps(name)[-1]
    assert (2, 2) == (door.channels.count("sms"), door.channels.count("email"))


def test_where_the_machine_has_no_thread_to_give_nothing_goes_out_twice_and_what_did_not_goes_out_later(post: Post, door: Door) -> None:
    begins = iter(range(1, 100))

    class Scarce(threading.Thread):
        """The fourth that is asked for is not to be had."""

        def start(self) -> None:
            if next(begins) == 4:
                raise RuntimeError("can't start new thread")
            super().start()

    names = [post.message(f"raised-{number}", channel="email", severity="medium") for number in range(6)]
    post.sender.thread = Scarce
    assert 6 == post.sender.send_due()
    assert 5 == len(door.sent)
    (left,) = set(names) - {message.message_id for message, _ in door.sent}
    assert ("queued", "our_fault_RuntimeError") == post.steps(left)[-1]
    post.passes(LEASE + SECOND)
    assert sorted(names) == sorted(message.message_id for message, _ in door.sent)
    assert not any(message.text.repeat for message, _ in door.sent)


def test_a_lane_in_a_storm_says_that_it_is_at_work_before_the_storm_is_over(post: Post, door: Door) -> None:
    """The auditor takes one that is silent for two minutes for dead."""
    for number in range(3 * AT_ONCE):
        post.message(f"raised-{number}", channel="email")
    sent_by_then: list[int] = []
    post.sender.send_due(alive=lambda: sent_by_then.append(len(door.sent)))
    assert sent_by_then[0] < len(door.sent) == 3 * AT_ONCE


@pytest.mark.parametrize(("severity", "within"), [("critical", MINUTE), ("high", 5 * MINUTE)])
def test_where_nobody_says_that_it_arrived_the_next_channel_says_it_too(post: Post, door: Door, severity: str, within: timedelta) -> None:
    post.alert(severity)
    name = post.message(severity="critical" if severity == "critical" else "high")
    post.passes(within - SECOND)
    assert ["sms"] == door.channels
    post.passes(2 * SECOND)
    assert ["sms", "email"] == door.channels
    assert ("handed_over", "") == post.steps(name)[-1]


def test_one_that_arrived_or_was_answered_needs_no_other_channel(post: Post, door: Door) -> None:
    post.alert("critical")
    with_receipt = post.message("raised")
    post.work()
    with post.ledger.write(post.now) as writing:
        outbox.receipt(writing, with_receipt, "delivered")
    post.passes(HOUR)
    assert ["sms"] == door.channels
    post.message("again")
    post.work()
    post.alert("critical", acknowledged=True)
    post.passes(HOUR)
    assert ["sms", "sms"] == door.channels


def test_a_push_goes_to_every_browser_and_one_that_is_gone_is_turned_off(post: Post, door: Door) -> None:
    post.browser("old")
    post.browser("new")
    door.says = lambda _message, to: Failed("push_410", off=True) if to.value == "old" else Sent()
    name = post.message(channel="push")
    post.work()
    assert ["new", "old"] == sorted(to.value for _, to in door.sent)
    with post.ledger.read() as connection:
        off = select(PUSH_SUBSCRIPTION.c.subscription_id).where(PUSH_SUBSCRIPTION.c.off_at.is_not(None))
        assert ["old"] == connection.execute(off).scalars().all()
        assert [name] == connection.execute(select(RECEIPT_TOKEN.c.message_id)).scalars().all()
    assert ("handed_over", "") == post.steps(name)[-1]


def test_a_webhook_is_tried_for_more_than_a_day_and_then_there_is_an_alarm(post: Post, door: Door) -> None:
    post.webhook()
    door.says = lambda _message, _to: Retry("http_500")
    post.message(channel="webhook", officer_id=None, target="wh_1")
    began = post.now
    post.passes(3 * 24 * HOUR)
    waits = [round((later.at - earlier.at).total_seconds()) for (earlier, _), (later, _) in zip(door.sent, door.sent[1:], strict=False)]
    assert [5, 30, 120, 600, 3600, 21_600, 86_400] == waits
    assert began == door.sent[0][0].at
    assert ["wh_1 has taken nothing for a day"] == post.pulses()
    assert [("al_1_20260302T120000Z", None, "http_500")] == post.next_told  # and so an alert of its own: TestNotDelivered


def test_a_receiver_that_is_gone_is_turned_off_without_an_alarm(post: Post, door: Door) -> None:
    post.webhook()
    door.says = lambda _message, _to: Failed("http_410", off=True)
    for number in range(3):
        post.message(f"changed:{number}", channel="webhook", officer_id=None, target="wh_1")
        post.work()
    assert 1 == len(door.sent)
    with post.ledger.read() as connection:
        assert ["http_410"] == connection.execute(select(WEBHOOK.c.off_because)).scalars().all()
    assert [] == post.pulses()


def test_an_hour_without_any_provider_loses_no_message(post: Post, door: Door) -> None:
    away = True
    door.says = lambda _message, _to: Retry("away") if away else Sent()
    for number in range(20):
        post.message(f"raised-{number}", channel="email", severity="low" if number % 2 else "medium")
    post.passes(HOUR)
    away = False
    post.passes(2 * HOUR)
    assert 20 == sum(state == "handed_over" for _, state in post.messages())
    assert not [state for _, state in post.messages() if state in {"queued", "sending"}]
