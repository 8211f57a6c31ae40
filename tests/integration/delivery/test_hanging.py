"""What hangs, or fails, holds up nothing else: another channel, another receiver, another browser, a look, or the end of the process."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from alerting.delivery import in_vain, notify
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent
from alerting.delivery.room import AT_ONCE
from alerting.delivery.sending import LEASE, Sender
from alerting.ledger.outbox import Message
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import OUTBOX
from schemas.delivery import Channel
from schemas.directory import Channels
from schemas.finding import Severity
from tests.integration.delivery.notify_server import KEY
from tests.integration.delivery.outgoing_post import MINUTE, ROWAN, SECOND, Door, Post
from tests.integration.delivery.telling import Answer, Request, http_server


def test_a_slow_relay_holds_up_nobodys_sms(post: Post, door: Door) -> None:
    slow, gone = threading.Event(), threading.Event()

    def slow_email(_message: Outgoing, to: Address) -> Outcome:
        if to.channel == "email":
            slow.wait(30)
        else:
            gone.set()
        return Sent()

    door.says = slow_email
    for number in range(40):
        post.message(f"raised-{number}", channel="email")
    post.message("urgent", channel="sms")
    stop = threading.Event()
    running = threading.Thread(target=post.sender.run, args=(stop,))
    running.start()
    assert gone.wait(20)
    stop.set()
    slow.set()
    running.join(60)
    assert not running.is_alive()


def test_a_slow_receiver_keeps_its_own_place_and_no_other(post: Post, door: Door) -> None:
    slow, others = threading.Event(), threading.Event()
    post.webhook("wh_slow")
    post.webhook("wh_quick")

    def says(_message: Outgoing, to: Address) -> Outcome:
        if to.secrets == ("slow",):
            slow.wait(30)
        elif len([1 for _, one in door.sent if one.secrets != ("slow",)]) == 40:
            others.set()
        return Sent()

    door.says = says
    post.secret("wh_slow", "slow")
    for number in range(40):
        post.message(f"changed:{number}", channel="webhook", officer_id=None, target="wh_quick")
    post.message("changed", channel="webhook", officer_id=None, target="wh_slow")
    sending = threading.Thread(target=post.work)
    sending.start()
    assert others.wait(20)
    post.message("later", channel="webhook", officer_id=None, target="wh_quick")
    slow.set()
    sending.join(30)
    assert 42 == len(door.sent)


def test_a_browser_whose_push_service_hangs_delays_none_of_the_officers_others(post: Post, door: Door) -> None:
    all_others, others = threading.Event(), [f"browser-{number:02d}" for number in range(1, 20)]
    others_came: list[bool] = []
    for browser in ("browser-00", *others):  # as they are told: the one that hangs first
        post.browser(browser)

    def says(_message: Outgoing, to: Address) -> Outcome:
        if to.value == "browser-00":
            others_came.append(all_others.wait(5))
            return Retry("push_service_away", unsure=True)
        if set(others) <= {one.value for _, one in door.sent}:
            all_others.set()
        return Sent()

    door.says = says
    name = post.message(channel="push")
    post.work()
    assert [True] == others_came
    assert 20 == len(door.sent)
    assert ("handed_over", "") == post.steps(name)[-1]


@pytest.mark.parametrize("channel", ["push", "webhook"])
def test_a_receiver_that_hangs_leaves_the_others_their_places_and_what_is_held_back_costs_no_try(
    post: Post, door: Door, channel: Channel
) -> None:
    """The dead one's come first in the queue; meanwhile nothing is written down again and again."""
    hangs, others = threading.Event(), threading.Event()

    def says(_message: Outgoing, to: Address) -> Outcome:
        if "dead.example.org" in to.value:
            hangs.wait(20)
        elif len([1 for _, one in door.sent if "live.example.org" in one.value]) == 2 * AT_ONCE:
            others.set()
        return Sent()

    door.says = says
    names: dict[str, list[str]] = {}
    for host in ("dead.example.org", "live.example.org"):
        post.webhook(f"wh_{host}", url=f"https://{host}/")
        for number in range(2 * AT_ONCE):
            post.now += SECOND
            officer_id, target = (f"of-{number}-{host}", None) if channel == "push" else (None, f"wh_{host}")
            if officer_id is not None:
                post.browser(f'{{"endpoint": "https://{host}/{number}"}}', officer_id)
            names.setdefault(host, []).append(post.message(f"raised-{number}", channel, officer_id=officer_id, target=target))
    sending = threading.Thread(target=post.sender.send_due, args=([channel],))
    sending.start()
    try:
        assert others.wait(20)
        assert AT_ONCE == len([1 for _, to in door.sent if "dead.example.org" in to.value])
        assert [("queued", "")] == post.steps(names["dead.example.org"][-1])
        until = time.monotonic() + 20
        while any(("handed_over", "") != post.steps(name)[-1] for name in names["live.example.org"]):
            assert time.monotonic() < until
        time.sleep(0.05)  # the last commit can be read a moment before it is heard of
        commits: list[int] = []
        unhear = post.ledger.hear(commits.append)
        time.sleep(0.25)
        unhear()
        assert [] == commits
    finally:
        hangs.set()
        sending.join(30)
    assert 4 * AT_ONCE == len(door.sent) == len({message.message_id for message, _ in door.sent})


def test_a_fault_of_ours_in_what_one_message_came_to_repeats_none_of_those_beside_it(post: Post, door: Door) -> None:
    def breaks(_writing: Writing, _message: Message, _detail: str) -> None:
        raise ValueError("a fault of ours")

    post.officer("of-13", Channels(email="a@example.org"))
    bad = post.message(channel="email", officer_id="of-13")
    names = [post.message(f"raised-{number}", channel="email") for number in range(5)]
    door.says = lambda message, _to: Failed("smtp_550") if message.message_id == bad else Sent()
    Sender(post.ledger, door, breaks, lambda: post.now).send_due()
    assert {("handed_over", "")} == {post.steps(name)[-1] for name in names}
    assert ("sending", "") == post.steps(bad)[-1]


def test_a_look_does_first_what_needs_no_question_and_then_asks_of_several_at_once_the_most_urgent_first(post: Post, door: Door) -> None:
    post.alert("critical")
    post.browser("phone")
    asked: list[tuple[str, bool]] = []
    all_asked, push = threading.Event(), ""

    def says_nothing_yet(request: Request) -> Answer:
        asked.append((request.path.rsplit("/", 1)[-1], any(after == push for after in made_after())))
        if len(asked) == AT_ONCE:
            all_asked.set()
        return Answer(500, delay=all_asked)

    def made_after() -> list[str | None]:
        with post.ledger.read() as connection:
            return [*connection.execute(select(OUTBOX.c.after_id)).scalars()]

    door.says = lambda message, _to: Sent(ref=message.message_id)
    for number in range(AT_ONCE):
        post.message(f"raised-{number}", severity="medium")
    post.sender.send_due()
    post.now += 4 * MINUTE
    urgent, push = post.message(), post.message(channel="push")
    post.sender.send_due()
    post.now += MINUTE
    with http_server(says_nothing_yet) as server:
        settings = notify.Settings(KEY, "template", base_url=server.url)
        looking = Sender(post.ledger, door, post._next_person, lambda: post.now, look=settings)
        assert 1 + AT_ONCE == looking.look_due()
        assert [True] * AT_ONCE == [done_before for _, done_before in asked]
        assert urgent in [name for name, _ in asked]
        assert 1 == looking.look_due()


def test_told_to_stop_it_leaves_what_hangs_to_its_lease(post: Post, door: Door) -> None:
    hangs, stop, asked = threading.Event(), threading.Event(), threading.Event()

    def says(_message: Outgoing, to: Address) -> Outcome:
        if to.channel == "email":
            asked.set()
            hangs.wait(20)
        return Sent()

    door.says = says
    name = post.message(channel="email")
    hasty = Sender(post.ledger, door, post._next_person, lambda: post.now, stops_within=timedelta(milliseconds=200))
    running = threading.Thread(target=hasty.run, args=(stop,))
    running.start()
    assert asked.wait(20)
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert {True} == {one.daemon for one in threading.enumerate() if one.name == "send"}  # no process waits for them
    hangs.set()
    assert ("sending", "") == post.steps(name)[-1]
    post.passes(LEASE)
    assert ["(repeat)" in message.text.sentence for message, _ in door.sent] == [False, True]


def test_criticals_behind_a_receiver_that_says_nothing_are_said_by_another_channel_and_the_others_wait(post: Post, door: Door) -> None:
    hangs, texted = threading.Event(), threading.Event()

    def says(_message: Outgoing, to: Address) -> Outcome:
        if "dead.example.org" in to.value:
            hangs.wait(20)
        elif door.channels.count("sms") == AT_ONCE:
            texted.set()
        return Sent()

    door.says = says
    names: dict[str, list[str]] = {}
    for number in range(2 * AT_ONCE):
        post.now += SECOND
        post.officer(f"of-{number}", ROWAN)
        post.browser(f'{{"endpoint": "https://dead.example.org/{number}"}}', f"of-{number}")
        names.setdefault("critical", []).append(post.message(f"raised-{number}", "push", officer_id=f"of-{number}"))
    others: list[tuple[str, Severity, Channels]] = [("of-40", "critical", Channels()), ("of-41", "high", ROWAN)]
    for officer_id, severity, channels in others:
        post.officer(officer_id, channels)
        post.browser(f'{{"endpoint": "https://dead.example.org/{officer_id}"}}', officer_id)
        names.setdefault("others", []).append(post.message("raised", "push", severity, officer_id))
    post.now += SECOND
    post.sender.silent_after = SECOND / 2
    pushing = threading.Thread(target=post.sender.send_due, args=(["push"],))
    pushing.start()
    try:
        until = time.monotonic() + 20
        while not texted.is_set():
            assert time.monotonic() < until
            post.sender.send_due(["sms"])
        assert {("gave_up", "host_silent")} == {post.steps(name)[-1] for name in names["critical"][AT_ONCE:]}
        assert {("sending", "")} == {post.steps(name)[-1] for name in names["critical"][:AT_ONCE]}
        assert {("queued", "")} == {post.steps(name)[-1] for name in names["others"]}
    finally:
        hangs.set()
        pushing.join(30)
    assert {("handed_over", "")} == {post.steps(name)[-1] for name in (*names["critical"][:AT_ONCE], *names["others"])}
    assert AT_ONCE == door.channels.count("sms")
    assert [] == post.next_told


def test_criticals_that_have_no_other_channel_hold_back_nobody_behind_them(post: Post) -> None:
    post.officer("of-13", Channels())
    for officer_id in ("of-12", "of-13"):
        post.browser(f'{{"endpoint": "https://dead.example.org/{officer_id}"}}', officer_id)
    for number in range(in_vain.AT_ONCE + 2):
        post.now += SECOND * (number % 2)  # the last that is read at first, and the next one, are due at the same instant
        post.message(f"changed-{number}", "push", officer_id="of-13")
    post.now += SECOND
    behind = [post.message(occasion, "push") for occasion in ("raised", "changed")]
    with post.ledger.read() as connection:
        found = in_vain.waiting(connection, post.now + SECOND, ["push"], {"dead.example.org"}, SECOND)
    assert sorted(behind) == sorted(found)
