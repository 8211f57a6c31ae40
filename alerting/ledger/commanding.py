"""What a person says to an alert, into the ledger: checked against the version they saw, done, and written down whole.

Not who may reach the alert (`alerting.ledger.reach`) and not what a command does (`alerting.lifecycle.door`). A try that is refused
stands in the history too. What holds for the incident is said to its other open alerts in the same transaction. Called by the
console, inside its own transaction, so that the answer is kept with its effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select, update

from alerting.ledger.alerts import Record, load, of_incident
from alerting.ledger.statements import directory
from alerting.ledger.steps import Taken, Terms, in_history, write
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import TOLD
from alerting.lifecycle.commands import FOR_THE_INCIDENT, NAMES, NEED_NO_VERSION, Close, Command, Speaker
from alerting.lifecycle.door import command, seen, spoken_in
from alerting.lifecycle.step import Entry, Refusal, Step


class Spoken(NamedTuple):
    """What came of it. `record`: the alert as it stands now. `refusal`: why nothing was done; its try is in the history.

    `beside`: the other alerts of the incident that it held for.
    """

    record: Record
    refusal: Refusal | None = None
    stale: bool = False
    step: Step | None = None
    beside: tuple[Record, ...] = ()


def say(writing: Writing, alert_id: str, said: Command, speaker: Speaker, version_seen: int | None, terms: Terms) -> Spoken:
    """A command on one alert. `version_seen` None: the console has let one through that needs none."""
    record = _there(writing, alert_id)
    name = NAMES[type(said)]
    members = of_incident(writing.connection, record.alert.incident_id)
    surroundings = Surroundings(writing.connection, terms.policies)
    surroundings.put_all(members)
    around = surroundings.around(record.alert, record.finding, said.duplicate_of if isinstance(said, Close) else None)
    step = command(record.alert, record.handling, said, speaker, writing.now, around)
    stale = name not in NEED_NO_VERSION and version_seen is not None and version_seen != record.version
    if stale and not (isinstance(step, Refusal) and step.code != "not_possible_now"):  # 403 and 422 come before 412, and 409 after it
        in_history(writing, record, _try(writing, record, name, speaker), "refused_stale", version_seen)
        return Spoken(_there(writing, alert_id), stale=True)
    if isinstance(step, Refusal):
        in_history(writing, record, _try(writing, record, name, speaker), f"refused_{step.code}", version_seen)
        return Spoken(_there(writing, alert_id), refusal=step)
    surroundings.moved(step)
    taken = [Taken(record, step, around, record.risk_level, living=record.living, version_seen=version_seen)]
    if name in FOR_THE_INCIDENT:
        taken += _beside(writing, record, members, said, speaker, surroundings)
    now = write(writing, taken, terms)
    return Spoken(now[0], step=step, beside=now[1:])


def opened(writing: Writing, alert_id: str, officer_id: str, terms: Terms) -> None:
    """An officer has the alert before their eyes: no version rises by a look. Of whoever was not told nothing is kept but the reading.

    Most of the time it is not new to whoever was, and nothing is written.
    """
    theirs = (TOLD.c.alert_id == alert_id, TOLD.c.officer_id == officer_id)
    if writing.connection.execute(select(TOLD.c.role).where(*theirs)).first() is None:
        return
    writing.connection.execute(update(TOLD).where(*theirs, TOLD.c.opened_at.is_(None)).values(opened_at=writing.now))
    record = _there(writing, alert_id)
    surroundings = Surroundings(writing.connection, terms.policies)
    surroundings.put_all(of_incident(writing.connection, record.alert.incident_id))
    around = surroundings.around(record.alert, record.finding)
    step = seen(record.alert, record.handling, officer_id, writing.now, around)
    if step.entries:
        write(writing, [Taken(record, step, around, record.risk_level, living=record.living)], terms)


def refused(writing: Writing, alert_id: str, name: str, speaker: Speaker, code: str, version_seen: int | None) -> None:
    """A try that the console refused before it came here (a right, a body), into the history."""
    record = load(writing.connection, alert_id)
    if record is not None:
        in_history(writing, record, _try(writing, record, name, speaker), f"refused_{code}", version_seen)


def _beside(
    writing: Writing, record: Record, members: tuple[Record, ...], said: Command, speaker: Speaker, surroundings: Surroundings
) -> Iterator[Taken]:
    """The same said to the other open alerts of the incident; where it is not possible there, nothing is."""
    for other in members:
        if other.alert.alert_id == record.alert.alert_id or other.alert.status == "withdrawn" or other.handling.closed:
            continue
        around = surroundings.around(other.alert, other.finding)
        step = command(other.alert, other.handling, said, speaker, writing.now, around)
        if not isinstance(step, Refusal):
            yield Taken(other, surroundings.moved(step), around, other.risk_level, living=other.living)


def _there(writing: Writing, alert_id: str) -> Record:
    record = load(writing.connection, alert_id)
    if record is None:
        raise LookupError(f"there is no alert {alert_id}; expected one that the console has found")
    return record


def _try(writing: Writing, record: Record, name: str, speaker: Speaker) -> Entry:
    """A try that was refused, in the role in which it would have been done."""
    role = spoken_in(record.alert, speaker, speaker.roles, writing.now, directory(writing.connection), None)
    return Entry(f"people.{name.replace('-', '_')}", speaker.officer_id, role or next(iter(sorted(speaker.roles)), None))
