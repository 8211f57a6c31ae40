"""The ledger is away while a message is under way: it goes out once, and what came of it is written down when the ledger is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004  the library's name

from alerting.delivery.kept import Claims
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Sent
from alerting.delivery.sending import LEASE, Sender
from alerting.delivery.under_way import Job
from alerting.ledger import outbox
from alerting.ledger.store import Ledger, Writing
from tests.integration.delivery.outgoing_post import MINUTE, SECOND, Door, Post


class Leaving(Ledger):
    """`away`: every connection is taken, and no transaction begins. `silent`: the next one is kept, and nobody is told so.

    `breaks`: the next one is not kept.
    """

    away = False
    silent = False
    breaks = False
    refused = 0

    @contextmanager
    def write(self, now: datetime) -> Iterator[Writing]:
        if self.away:
            self.refused += 1
            raise OperationalError(None, None, Exception("away"))
        with super().write(now) as writing:
            yield writing
            if self.breaks:
                self.breaks = False
                raise OperationalError(None, None, Exception("gone before the end"))
        if self.silent:
            self.silent = False
            raise OperationalError(None, None, Exception("gone in the middle"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.away:
            self.refused += 1
            raise TimeoutError("every connection is taken")
        with super().read() as connection:
            yield connection


@pytest.fixture
def leaving(ledger: Ledger) -> Iterator[Leaving]:
    with closing(Leaving(ledger.url)) as one:
        yield one


def sender(leaving: Leaving, post: Post, door: Door, stops_within: timedelta = MINUTE) -> Sender:
    return Sender(leaving, door, post._next_person, lambda: post.now, stops_within=stops_within)


def test_what_is_under_way_while_it_is_away_goes_out_once_and_its_end_is_written_down(post: Post, door: Door, leaving: Leaving) -> None:
    asked, answers = threading.Event(), threading.Event()

    def says(_message: Outgoing, _to: Address) -> Outcome:
        asked.set()
        answers.wait(20)
        return Sent()

    door.says = says
    name = post.message(channel="email")
    running = threading.Thread(target=sender(leaving, post, door).send_due, args=(["email"],))
    running.start()
    assert asked.wait(20)
    leaving.away = True
    for before in (leaving.refused, leaving.refused + 1):  # looking beside the try, then writing down what came of it
        until = time.monotonic() + 20
        while leaving.refused == before:
            assert time.monotonic() < until
            time.sleep(0.01)
        answers.set()
    post.message("joined", channel="email")
    leaving.away = False
    running.join(20)
    assert not running.is_alive()
    assert [False, False] == [message.text.repeat for message, _ in door.sent]
    assert [("sending", ""), ("handed_over", "")] == post.steps(name)[1:]


def test_what_it_kept_without_saying_so_is_done_once(post: Post, door: Door, leaving: Leaving) -> None:
    def says(_message: Outgoing, _to: Address) -> Outcome:
        leaving.silent = True
        return Failed("smtp_550")

    door.says = says
    name = post.message(channel="email")
    assert 1 == sender(leaving, post, door).send_due(["email"])
    assert [("sending", ""), ("gave_up", "smtp_550")] == post.steps(name)[1:]
    assert 1 == len(post.next_told)


def test_told_to_stop_meanwhile_it_leaves_what_it_could_not_write_down_to_its_lease(post: Post, door: Door, leaving: Leaving) -> None:
    stop = threading.Event()

    def says(_message: Outgoing, _to: Address) -> Outcome:
        leaving.away = True
        stop.set()
        return Sent()

    door.says = says
    name = post.message(channel="email")
    assert 1 == sender(leaving, post, door, timedelta()).send_due(["email"], stop)
    assert ("sending", "") == post.steps(name)[-1]


def soon(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def ends(post: Post, door: Door, leaving: Leaving) -> Iterator[Callable[[], None]]:
    """A lane has one message under way until this is called."""
    answers = threading.Event()
    first = post.message("first", channel="email")

    def says(message: Outgoing, _to: Address) -> Outcome:
        if message.message_id == first:
            answers.wait(20)
        return Sent()

    def end() -> None:
        answers.set()
        running.join(20)
        assert not running.is_alive()

    door.says = says
    running = threading.Thread(target=sender(leaving, post, door).send_due, args=(["email"],))
    running.start()
    soon(lambda: bool(door.sent))
    yield end
    end()


def test_a_claim_that_it_kept_without_saying_so_goes_out_once_when_it_answers(
    post: Post, door: Door, leaving: Leaving, ends: Callable[[], None]
) -> None:
    """SQLite cannot say what became of a transaction, and never need: there the lease ends first."""
    tells = leaving.engine.dialect.name == "postgresql"
    leaving.silent = True
    name = post.message("later", channel="email")
    soon(lambda: not leaving.silent)
    if tells:
        soon(lambda: ("handed_over", "") == post.steps(name)[-1])
    ends()
    post.passes(LEASE)
    assert [not tells] == [message.text.repeat for message, _ in door.sent if message.message_id == name]
    assert ("handed_over", "") == post.steps(name)[-1]


def test_a_claim_that_it_did_not_keep_is_whoevers_it_is_then(post: Post, door: Door, leaving: Leaving, ends: Callable[[], None]) -> None:
    """Another sender has the message since the same instant, with the same lease, and is at work."""
    leaving.breaks = True
    name = post.message("later", channel="email")
    soon(lambda: not leaving.breaks)

    def is_at_work(_message: Outgoing, _to: Address) -> Outcome:
        time.sleep(0.7)  # the lane asks after half a second
        return Sent()

    door.says = is_at_work
    post.sender.send_due(["email"])
    ends()
    assert [False] == [message.text.repeat for message, _ in door.sent if message.message_id == name]
    assert [("sending", ""), ("handed_over", "")] == post.steps(name)[1:]


@pytest.mark.parametrize(("late", "goes_out"), [(LEASE / 2, True), (LEASE / 2 + SECOND, False)])
def test_a_claim_that_is_found_too_late_for_a_whole_try_is_left_to_its_lease(post: Post, late: timedelta, goes_out: bool) -> None:
    post.message(channel="email")
    claims = Claims(LEASE / 2)
    with post.ledger.write(post.now) as writing:
        claims.taken(writing.connection, [Job(one, (), "") for one in outbox.claim(writing, LEASE)])
    tells = post.ledger.engine.dialect.name == "postgresql"
    assert tells is bool(claims)
    post.now += late
    assert (tells and goes_out) is bool(claims.found(post.ledger, lambda: post.now))
    assert not claims
