"""The ledger is away while a message is under way: it goes out once, and what came of it is written down when the ledger is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004  the library's name

from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Sent
from alerting.delivery.sending import Sender
from alerting.ledger.store import Ledger, Writing
from tests.integration.delivery.outgoing_post import MINUTE, Door, Post


class Leaving(Ledger):
    """`away`: every connection is taken, and no transaction begins. `silent`: the next one is kept, and nobody is told so."""

    away = False
    silent = False
    refused = 0

    @contextmanager
    def write(self, now: datetime) -> Iterator[Writing]:
        if self.away:
            self.refused += 1
            raise OperationalError(None, None, Exception("away"))
        with super().write(now) as writing:
            yield writing
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
