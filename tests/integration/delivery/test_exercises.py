"""Exercises through every path: raised, told, sent, answered, ended, and how long each step took."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from alerting.delivery import exercises, smtp
from alerting.delivery.exercises import Step
from alerting.delivery.message import Failed
from alerting.delivery.providers import Providers
from alerting.exercise import NOBODY, Exercise, synthetic_at, weekly_at
from alerting.ledger import statements
from alerting.ledger.commanding import say
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.access import EXERCISE
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.messages import OUTBOX
from alerting.lifecycle.commands import Acknowledge, Speaker
from schemas.directory import DirectoryOnCall
from schemas.event import Event
from schemas.types import TYPES
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, NOON, SECOND, Door, Post

TERMS = Terms("https://vigil.example.org")
RELAY = Providers(smtp=smtp.Settings("relay", 25, "vigil@example.org"))
MAILBOX = exercises.Settings(email="exercise@example.org")


class Drill:
    """A ledger in which exercises run, with its post."""

    def __init__(self, post: Post) -> None:
        self.post, self.ledger = post, post.ledger

    def passes(self, time: timedelta, by: timedelta = 20 * SECOND) -> None:
        until = self.post.now + time
        while self.post.now < until:
            self.post.now += by
            exercises.due_exercises(self.ledger, self.post.now, TERMS, RELAY, MAILBOX)
            self.post.work()
            sweep(self.ledger, self.post.now, TERMS)

    def states(self, kind: str) -> dict[str, str]:
        asked = select(EXERCISE.c.exercise_id, EXERCISE.c.state).where(EXERCISE.c.kind == kind).order_by(EXERCISE.c.starts_at)
        with self.ledger.read() as connection:
            return {row.exercise_id: row.state for row in connection.execute(asked)}

    def steps(self, exercise_id: str) -> tuple[Step, ...]:
        with self.ledger.read() as connection:
            found = exercises.find(connection, exercise_id)
            assert found is not None
            return exercises.steps(connection, found[0], found[2])

    def on_call(self, officer_id: str = "of-12", area: str = "avon") -> None:
        said = DirectoryOnCall(role="control_room", area=area, officer_id=officer_id, from_=NOON - 24 * HOUR, to=NOON + 240 * HOUR)
        rank = TYPES["directory.on_call"].rank
        event = Event(id=f"s-{area}", source="directory/hr", type="directory.on_call", rank=rank, occurred_at=NOON - 48 * HOUR, data=said)
        with self.ledger.write(self.post.now) as writing:
            statements.state(writing, event)


@pytest.fixture
def drill(post: Post) -> Drill:
    post.now = NOON + 14 * MINUTE
    return Drill(post)


def test_a_synthetic_one_runs_every_quarter_of_an_hour_and_leaves_by_itself(drill: Drill, door: Door) -> None:
    drill.passes(20 * MINUTE, by=30 * SECOND)
    assert {
        "ex_synthetic_20260302T1215Z": "done",
        "ex_synthetic_20260302T1230Z": "done",
        "ex_synthetic_20260302T1245Z": "waiting",
    } == drill.states("synthetic")
    assert {NOBODY} == told(drill.ledger)
    assert all(message.text.mark == "EXERCISE" and to.value == "exercise@example.org" for message, to in door.sent)
    with drill.ledger.read() as connection:
        assert [("exercise", True)] * 2 == [tuple(row) for row in connection.execute(select(ALERT.c.message_status, ALERT.c.closed))]


def told(ledger: Ledger) -> set[str]:
    """Everybody to whom a message was ever made."""
    with ledger.read() as connection:
        return {officer for officer in connection.execute(select(OUTBOX.c.officer_id)).scalars() if officer is not None}


def test_each_step_is_measured_from_its_start(drill: Drill) -> None:
    drill.passes(6 * MINUTE)
    steps = drill.steps("ex_synthetic_20260302T1215Z")
    first: dict[str, timedelta | None] = {}
    for one in steps:
        first.setdefault(one.step, one.latency)
    assert ["raised", "queued", "handed_over", "acknowledged", "closed"] == [name for name in first if name != "opened_alert"]
    latencies = [one for name, one in first.items() if name != "opened_alert"]
    assert all(one is not None and timedelta() <= one <= 2 * MINUTE for one in latencies)
    assert latencies == sorted(one for one in latencies if one is not None)


def test_a_channel_that_fails_is_named_in_the_steps(drill: Drill, door: Door) -> None:
    door.says = lambda _message, _to: Failed("smtp_550")
    drill.passes(6 * MINUTE)
    failed = [(one.step, one.officer_id, one.detail) for one in drill.steps("ex_synthetic_20260302T1215Z") if one.step == "gave_up"]
    assert {("gave_up", NOBODY, "email: smtp_550")} == set(failed)
    assert {NOBODY} == told(drill.ledger)  # nobody real is woken by it


def test_what_was_due_while_nothing_ran_is_not_made_up_for(drill: Drill, door: Door) -> None:
    drill.passes(20 * SECOND)
    drill.post.now += 6 * HOUR
    drill.passes(20 * SECOND)
    assert ["missed", "waiting"] == list(drill.states("synthetic").values())
    assert [] == door.sent


def test_two_processes_start_each_once(drill: Drill, door: Door) -> None:
    drill.passes(40 * SECOND)
    for _ in range(3):
        exercises.due_exercises(drill.ledger, NOON + 15 * MINUTE, TERMS, RELAY, MAILBOX)
    with drill.ledger.read() as connection:
        assert 1 == len(connection.execute(select(ALERT.c.alert_id)).all())


def test_one_to_real_people_goes_to_whoever_is_on_call_and_ends_when_they_have_answered_and_closed(drill: Drill, door: Door) -> None:
    drill.on_call()
    asked = Exercise(
        exercise_id="ex_1", kind="asked", severity="high", starts_at=NOON + 15 * MINUTE, area="avon", role="control_room", by_id="of-9"
    )
    with drill.ledger.write(drill.post.now) as writing:
        assert exercises.plan(writing, asked)
        assert not exercises.plan(writing, asked)
    drill.passes(2 * MINUTE)
    assert [("+447700900012", "EXERCISE")] == [(to.value, message.text.mark) for message, to in door.sent if to.channel == "sms"]
    with drill.ledger.write(drill.post.now) as writing:
        found = exercises.find(writing.connection, "ex_1")
        assert found is not None
        assert found[2] is not None
        lease = Acknowledge(intent="check_record", until_at=drill.post.now + 30 * MINUTE)
        spoken = say(writing, found[2], lease, Speaker(officer_id="of-12", roles=frozenset({"control_room"})), None, TERMS)
        assert spoken.refusal is None
    drill.passes(MINUTE)
    assert {"ex_1": "running"} == drill.states("asked")
    answered = next(one for one in drill.steps("ex_1") if one.step == "acknowledged")
    assert MINUTE == answered.latency


def test_the_weekly_one_is_planned_for_the_control_room_of_each_area(drill: Drill) -> None:
    drill.on_call(area="avon")
    drill.on_call(area="kent")
    drill.passes(MINUTE)
    assert ["ex_weekly_avon_20260303", "ex_weekly_kent_20260303"] == sorted(drill.states("weekly"))


@pytest.mark.parametrize(
    ("now", "starts_at"),
    [
        ("2026-03-02T12:00:01+00:00", "2026-03-02T12:15:00+00:00"),
        ("2026-03-02T12:15:00+00:00", "2026-03-02T12:15:00+00:00"),
        ("2026-10-25T00:59:59+00:00", "2026-10-25T01:00:00+00:00"),
        ("2026-03-02T23:50:00+00:00", "2026-03-03T00:00:00+00:00"),
    ],
)
def test_the_next_quarter_of_an_hour(now: str, starts_at: str) -> None:
    assert datetime.fromisoformat(starts_at) == synthetic_at(datetime.fromisoformat(now)).starts_at


@pytest.mark.parametrize(
    ("now", "starts_at"),
    [
        ("2026-03-02T12:00:00+00:00", "2026-03-03T10:30:00+00:00"),
        ("2026-03-03T10:30:00+00:00", "2026-03-03T10:30:00+00:00"),
        ("2026-03-03T10:30:01+00:00", "2026-03-10T10:30:00+00:00"),
        ("2026-03-28T12:00:00+00:00", "2026-03-31T09:30:00+00:00"),
    ],
)
def test_the_next_tuesday_morning_in_london(now: str, starts_at: str) -> None:
    assert datetime.fromisoformat(starts_at) == weekly_at("avon", datetime.fromisoformat(now)).starts_at
