"""What the phone networks take is not passed: further messages wait, bundled into the newest, and other channels say them too."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from schemas.directory import Channels
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, Door, Post


def sms(door: Door) -> list[str]:
    return [message.message_id for message, to in door.sent if to.channel == "sms"]


def test_twenty_alike_within_an_hour_and_the_twenty_first_when_the_hour_is_over(post: Post, door: Door) -> None:
    post.officer(channels=Channels(phone="+447700900012"))
    for number in range(21):
        post.message(f"raised-{number:02d}", severity="high")
    post.passes(59 * MINUTE)
    assert 20 == len(sms(door))
    post.passes(2 * MINUTE)
    assert 21 == len(sms(door))


def test_a_storm_for_one_number_ends_in_the_newest_and_goes_on_by_e_mail(post: Post, door: Door) -> None:
    names = []
    for number in range(30):
        post.now += timedelta(seconds=1)
        names.append(post.message(f"raised-{number:02d}", severity="high"))
    post.passes(2 * HOUR)
    sent = sms(door)
    assert set(names[:20]) <= set(sent)
    assert names[-1] in sent
    assert 21 == len(sent)
    assert ("gave_up", f"bundled into {names[-1]}") == post.steps(names[20])[-1]
    assert 9 <= door.channels.count("email")
    assert [] == post.next_told  # they were told: by the newest, and by e-mail


def test_two_officers_with_one_telephone_share_what_it_takes(post: Post, door: Door) -> None:
    post.officer("of-13", Channels(phone="+447700900012"))
    for number in range(12):
        post.message(f"raised-{number:02d}", severity="high")
        post.message(f"raised-{number:02d}", severity="high", officer_id="of-13")
    post.passes(10 * MINUTE)
    assert 20 == len(sms(door))


def test_the_number_itself_stands_nowhere_in_the_outbox(post: Post, door: Door) -> None:
    post.message(severity="high")
    post.work()
    with post.ledger.read() as connection:
        rows = [*connection.execute(select(OUTBOX)), *connection.execute(select(DELIVERY))]
    assert rows
    assert "7700900012" not in str(rows)
