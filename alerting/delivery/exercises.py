"""Starts exercises when they are due, answers the synthetic ones, and measures how far and how fast each step went.

The schedule is rows, so a restart forgets none, and two processes start each once. One that was due while nothing ran is not made
up for: it would measure the outage. What an exercise is, is `alerting.exercise`. `due_exercises` is a turn of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select, update

from alerting.actor import row_of
from alerting.delivery import addresses
from alerting.delivery.providers import Providers
from alerting.exercise import NOBODY, NOBODYS_ROLE, SLUG, SYNTHETIC_LASTS, Exercise, over, raised, synthetic_at, weekly_at
from alerting.ledger import outbox, statements
from alerting.ledger.alerts import Record, load
from alerting.ledger.commanding import say
from alerting.ledger.outbox import Message
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.tables.access import EXERCISE
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.ledger.telling import Change, tell
from alerting.lifecycle.commands import Acknowledge, Speaker
from alerting.wording import may_leave
from schemas.delivery import Channel
from schemas.directory import Channels, DirectoryOfficer
from schemas.event import Event
from schemas.types import TYPES

SOURCE = "vigil/exercise"
LEASE = timedelta(minutes=1)
_BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
_REACHED = ("handed_over", "delivered", "shown", "opened", "failed", "gave_up")
read = msgspec.json.Decoder(Exercise).decode
"""An exercise as its row holds it."""


class Step(NamedTuple):
    """One step of an exercise, and how long after its start. `at` None: it has not happened. `detail`: which channel, and why not."""

    step: str
    officer_id: str | None
    detail: str
    at: datetime | None
    latency: timedelta | None


class Settings(NamedTuple):
    """Where synthetic exercises go: addresses of nobody's, as of a mailbox and a telephone that a machine reads."""

    email: str | None = None
    phone: str | None = None


def settings(environment: Mapping[str, str]) -> Settings:
    """`VIGIL_EXERCISE_EMAIL`, `VIGIL_EXERCISE_PHONE`."""
    return Settings(environment.get("VIGIL_EXERCISE_EMAIL") or None, environment.get("VIGIL_EXERCISE_PHONE") or None)


def plan(writing: Writing, exercise: Exercise) -> bool:
    """Put it on the schedule; whether it was not there yet."""
    there = select(EXERCISE.c.exercise_id).where(EXERCISE.c.exercise_id == exercise.exercise_id)
    if writing.connection.execute(there).first() is not None:
        return False
    row = {
        "exercise_id": exercise.exercise_id,
        "kind": exercise.kind,
        "area": exercise.area,
        "starts_at": exercise.starts_at,
        "state": "waiting",
        "alert_id": None,
        "exercise": msgspec.json.encode(exercise).decode(),
    }
    writing.connection.execute(insert(EXERCISE), [row])
    writing.audit("exercise.planned", {"exercise": exercise.exercise_id, "by": exercise.by_id})
    return True


def due_exercises(ledger: Ledger, now: datetime, terms: Terms, providers: Providers, settings: Settings = Settings()) -> int:  # noqa: B008  a value
    """One turn: what comes next is on the schedule, what is due is started, what is running is moved on. How many were touched."""
    with ledger.read() as connection:
        if not _something_to_do(connection, now):
            return 0
    with ledger.write(now) as writing:
        touched = sum(plan(writing, exercise) for exercise in _coming(writing.connection, now))
        for exercise in _in(writing.connection, "waiting", now):
            _start(writing, exercise, terms, providers, settings)
            touched += 1
        for exercise in _in(writing.connection, "running", now):
            touched += _move_on(writing, exercise, terms)
    return touched


def steps(connection: Connection, exercise: Exercise, alert_id: str | None) -> tuple[Step, ...]:
    """Every path and step, in the order in which they happened; those that did not happen last."""
    record = None if alert_id is None else load(connection, alert_id)
    found = list(_steps(connection, exercise, record))
    return tuple(sorted(found, key=lambda one: (one.at is None, one.at or exercise.starts_at)))


def find(connection: Connection, exercise_id: str) -> tuple[Exercise, str, str | None] | None:
    """An exercise, its state, and its alert."""
    row = connection.execute(select(EXERCISE).where(EXERCISE.c.exercise_id == exercise_id)).first()
    return None if row is None else (read(row.exercise), row.state, row.alert_id)


def _something_to_do(connection: Connection, now: datetime) -> bool:
    due = select(EXERCISE.c.exercise_id).where(EXERCISE.c.state.in_(("waiting", "running")), EXERCISE.c.starts_at <= now)
    if connection.execute(due.limit(1)).first() is not None:
        return True
    names = [exercise.exercise_id for exercise in _coming(connection, now)]
    there = connection.execute(select(EXERCISE.c.exercise_id).where(EXERCISE.c.exercise_id.in_(names))).scalars().all()
    return len(there) < len(names)


def _coming(connection: Connection, now: datetime) -> Iterator[Exercise]:
    """What comes next of each kind."""
    yield synthetic_at(now)
    directory = statements.directory(connection)
    for area in sorted({place[1] for place in directory.shifts.places if len(place) > 1 and place[0] == "control_room"}):
        if directory.on_call("control_room", area, now):
            yield weekly_at(area, now)


def _in(connection: Connection, state: str, now: datetime) -> list[Exercise]:
    asked = (
        select(EXERCISE.c.exercise)
        .where(EXERCISE.c.state == state, EXERCISE.c.starts_at <= now)
        .order_by(EXERCISE.c.starts_at, EXERCISE.c.exercise_id)
    )
    return [read(said) for said in connection.execute(asked).scalars()]


def _start(writing: Writing, exercise: Exercise, terms: Terms, providers: Providers, settings: Settings) -> None:
    synthetic = exercise.kind == "synthetic"
    if synthetic and writing.now - exercise.starts_at > SYNTHETIC_LASTS:
        _becomes(writing, exercise, "missed")
        return
    if synthetic:
        _nobody(writing, settings)
    change = raised(exercise, writing.now)
    tell(writing, [Change(change, None)], terms)
    _becomes(writing, exercise, "running", change.finding.finding_id)
    if synthetic:
        record = load(writing.connection, change.finding.finding_id)
        if record is not None:
            alarmed_on = addresses.order(writing.connection, NOBODY, record.alert.severity, writing.now)[0]
            outbox.make(writing, (one for one in _on_every_channel(record, terms, providers) if one.channel != alarmed_on))


def _on_every_channel(record: Record, terms: Terms, providers: Providers) -> Iterator[Message]:
    """An alarm goes to the first channel that an officer has; here each that is set up is tried."""
    alert = record.alert
    text = may_leave(
        reference=alert.reference, severity=alert.severity, status=alert.status, message_status=alert.message_status, origin=terms.origin
    )
    set_up: tuple[tuple[Channel, bool], ...] = (
        ("email", providers.smtp is not None or providers.notify is not None),
        ("sms", providers.notify is not None),
    )
    for channel, there in set_up:
        if there:
            yield Message(alert.alert_id, channel, f"{SLUG}_{channel}", alert.severity, text, NOBODY, NOBODYS_ROLE)


def _move_on(writing: Writing, exercise: Exercise, terms: Terms) -> int:
    """A synthetic one is answered once its messages are out, and ends; any other ends when people close it. Whether anything was done."""
    found = find(writing.connection, exercise.exercise_id)
    record = None if found is None or found[2] is None else load(writing.connection, found[2])
    if record is None or record.handling.closed:
        _becomes(writing, exercise, "done")
        return 1
    if exercise.kind != "synthetic":
        return 0
    late = writing.now - exercise.starts_at >= SYNTHETIC_LASTS
    if record.handling.first_acknowledged_at is None and (late or _all_out(writing.connection, record.alert.alert_id)):
        lease = Acknowledge(intent="check_record", until_at=writing.now + LEASE)
        speaker = Speaker(officer_id=NOBODY, roles=frozenset({row_of(NOBODYS_ROLE)}))
        say(writing, record.alert.alert_id, lease, speaker, None, terms)
        return 1
    if record.handling.first_acknowledged_at is not None and record.alert.status == "open":
        tell(writing, [Change(over(record.finding, writing.now), None)], terms)
        return 1
    return 0


def _all_out(connection: Connection, alert_id: str) -> bool:
    waiting = select(OUTBOX.c.message_id).where(OUTBOX.c.alert_id == alert_id, OUTBOX.c.state.in_(("queued", "sending")))
    return connection.execute(waiting.limit(1)).first() is None


def _becomes(writing: Writing, exercise: Exercise, state: str, alert_id: str | None = None) -> None:
    values = {"state": state} | ({} if alert_id is None else {"alert_id": alert_id})
    writing.connection.execute(update(EXERCISE).where(EXERCISE.c.exercise_id == exercise.exercise_id).values(values))


def _nobody(writing: Writing, settings: Settings) -> None:
    """The officer who is nobody stands in the directory, with the addresses of today."""
    said = DirectoryOfficer(
        officer_id=NOBODY,
        name="Exercise",
        organisation="vigil",
        area="nowhere",
        roles=(),
        channels=Channels(email=settings.email, phone=settings.phone),
    )
    known = statements.directory(writing.connection).officer(NOBODY, writing.now)
    if known is not None and known.channels == said.channels:
        return
    event = Event(
        id=f"{NOBODY}-{writing.now:%Y%m%dT%H%M%S}",
        source=SOURCE,
        type="directory.officer",
        rank=TYPES["directory.officer"].rank,
        occurred_at=writing.now,
        data=said,
    )
    statements.state(writing, event)


def _steps(connection: Connection, exercise: Exercise, record: Record | None) -> Iterator[Step]:
    def step(name: str, at: datetime | None, officer_id: str | None = None, detail: str = "") -> Step:
        return Step(name, officer_id, detail, at, None if at is None else max(at - exercise.starts_at, timedelta()))

    if record is None:
        yield step("raised", None)
        return
    yield step("raised", record.alert.raised_at)
    asked = (
        select(OUTBOX.c.officer_id, OUTBOX.c.channel, OUTBOX.c.message_id, DELIVERY.c.state, DELIVERY.c.at, DELIVERY.c.detail)
        .join(DELIVERY, DELIVERY.c.message_id == OUTBOX.c.message_id)
        .where(OUTBOX.c.alert_id == record.alert.alert_id, DELIVERY.c.state.in_(("queued", *_REACHED)))
        .order_by(DELIVERY.c.number)
    )
    reached: dict[str, bool] = {}
    for officer_id, channel, message_id, state, at, detail in connection.execute(asked):
        if state == "queued" and message_id in reached:
            continue  # tried again: the first time is when it was made
        reached[message_id] = reached.get(message_id, False) or state in _REACHED
        yield step(state, at, officer_id, f"{channel}: {detail}" if detail else channel)
    yield from (step("handed_over", None, None, message_id) for message_id, done in reached.items() if not done)
    told = {one.officer_id for one in record.alert.recipients}
    yield from (step("opened_alert", record.handling.opened.get(officer_id), officer_id) for officer_id in sorted(told))
    yield step("acknowledged", record.handling.first_acknowledged_at)
    yield step("closed", record.handling.closed_at)
