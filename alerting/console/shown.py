"""An alert as its reader gets it (console 1.4): the matter, what people have made of it, its clocks, and what the reader may do.

Not which alerts are in a list, and not the bytes. Everything that an answer needs beside the alerts is read at once for all
of them, so that a page of fifty costs little more than one. Called by the lists, by one alert, and by every command.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, false, select

from alerting.actor import Actor
from alerting.console.answering import Shown
from alerting.directory import Directory
from alerting.ledger import handovers, people
from alerting.ledger.affected import affected
from alerting.ledger.alerts import Record, load_all
from alerting.ledger.handovers import Offer
from alerting.ledger.one_of import one_of
from alerting.ledger.reach import May, may_of_alerts
from alerting.ledger.steps import Terms
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import ALERT, TIMER, TOLD
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.unreadable import unknown_to
from alerting.lifecycle.commands import Speaker
from alerting.lifecycle.delays import delays
from alerting.lifecycle.door import possible
from alerting.lifecycle.handling import Challenge, Handling
from alerting.redaction import Called, Group, Seen, alert_fields
from alerting.rights import Right
from schemas.alert import Alert
from schemas.person import PersonView

RIGHTS: Mapping[str, Right] = {
    "acknowledge": "alert.answer",
    "act": "alert.answer",
    "close": "alert.close",
    "confirm": "alert.confirm",
    "challenge": "alert.challenge",
    "answer-challenge": "alert.answer_challenge",
    "shelve": "alert.shelve",
    "unshelve": "alert.shelve",
    "reassign": "alert.reassign",
    "handover": "alert.answer",
    "release": "alert.answer",
    "escalate": "alert.answer",
    "note": "alert.answer",
}
"""The line of the permission table of each command."""
LATCHED = frozenset({"critical", "high"})
WORDS = "words"
"""What people wrote with their commands; held back from whoever may know no names, because it may hold any."""
_REACHED = frozenset({"delivered", "shown", "opened"})
_FAILED = frozenset({"failed", "gave_up"})
_FIELDS: tuple[Group, ...] = ("identifiers", "because", "about", "protected_people", "location")

_NAMES = "names"
_OPEN_MEMBERS = select(ALERT.c.alert_id).where(
    one_of(ALERT.c.incident_id, _NAMES), ALERT.c.closed == false(), ALERT.c.status != "withdrawn"
)
_CLOCKS = (
    select(TIMER.c.alert_id, TIMER.c.what, TIMER.c.due_at, TIMER.c.officer_id, TIMER.c.who, TIMER.c.then)
    .where(one_of(TIMER.c.alert_id, _NAMES))
    .order_by(TIMER.c.due_at, TIMER.c.what, TIMER.c.who)
)
_TOLD = select(TOLD.c.alert_id, TOLD.c.officer_id, TOLD.c.opened_at).where(one_of(TOLD.c.alert_id, _NAMES))
_MESSAGES = select(OUTBOX.c.alert_id, OUTBOX.c.officer_id, OUTBOX.c.state).where(
    one_of(OUTBOX.c.alert_id, _NAMES), OUTBOX.c.officer_id.is_not(None)
)


class One(NamedTuple):
    """One alert, ready to leave. `seen`: by what it is theirs to see."""

    record: Record
    seen: Seen
    body: dict[str, object]

    @property
    def subject_ids(self) -> tuple[str, ...]:
        """Whom it is about."""
        alert = self.record.alert
        return (*(() if alert.person_id is None else (alert.person_id,)), *alert.protected_person_ids)

    @property
    def fields(self) -> tuple[str, ...]:
        """The groups of fields that it shows."""
        held = self.body["redacted"]
        return tuple(group for group in _FIELDS if not isinstance(held, list) or group not in held)


def reading_of(shown: Sequence[One], reason: str | None = None) -> Shown:
    """The row of the reading log for these in one answer."""
    return Shown(
        purpose=" ".join(dict.fromkeys(one.seen.purpose for one in shown)),
        subject_ids=tuple(dict.fromkeys(subject_id for one in shown for subject_id in one.subject_ids)),
        fields=tuple(dict.fromkeys(field for one in shown for field in one.fields)),
        reason=reason,
        role=" ".join(dict.fromkeys(one.seen.role for one in shown)),
    )


def shown(connection: Connection, actor: Actor, at: datetime, alert_ids: Sequence[str], terms: Terms) -> tuple[One, ...]:
    """These alerts in this order, as the officer may see them; what is not theirs is left out."""
    may = may_of_alerts(connection, actor, at, tuple(dict.fromkeys(RIGHTS.values())), alert_ids)
    seen = may.seen
    records = load_all(connection, seen)
    beside = _Beside(connection, actor, tuple(records.values()), terms)
    commands = _commands(actor, at, records, beside.surroundings, may)
    order = (alert_id for alert_id in alert_ids if alert_id in records)
    return tuple(One(records[name], seen[name], _body(records[name], seen[name], beside, commands[name], actor, at)) for name in order)


class _Beside:
    """What is read at once for all alerts of an answer."""

    def __init__(self, connection: Connection, actor: Actor, records: Sequence[Record], terms: Terms) -> None:
        names = [record.alert.alert_id for record in records]
        incidents = {record.alert.incident_id for record in records}
        members = connection.execute(_OPEN_MEMBERS, {_NAMES: sorted(incidents)}).scalars()  # the others bear on nothing
        others = load_all(connection, set(members) - set(names))
        self.connection = connection
        person_ids = {one.alert.person_id for one in records if one.alert.person_id is not None}
        self.people = people.views(connection, person_ids)
        self.surroundings = Surroundings(connection, terms.policies, self.people.values())
        self.surroundings.put_all((*records, *others.values()))
        self.directory = self.surroundings.directory
        self.unknown = unknown_to(connection, actor, [record.alert for record in records])
        self.due = _due(connection, names)
        self.offers = handovers.of_owners(connection, {record.alert.alert_id: record.handling.owner for record in records})
        self.deliveries = _deliveries(connection, names)


def _body(record: Record, seen: Seen, beside: _Beside, commands: Sequence[str], actor: Actor, at: datetime) -> dict[str, object]:
    alert = record.alert
    fields, held = alert_fields(alert, seen, _called(beside.people, alert, seen))
    if alert.rule == "feed-silent":
        fields["affected"] = affected(beside.connection, actor, alert, at).model_dump(mode="json")
    redacted: list[str] = [*held, *(() if seen.names else (WORDS,))]
    if alert.about.kind == "report" and alert.about.id in beside.unknown.report_ids:
        redacted = [*dict.fromkeys((*redacted, "about"))]
        del fields["about"]
    fields["evidence"] = [ref._asdict() for ref in alert.evidence if (ref.source, ref.id) not in beside.unknown.events]
    return {
        **fields,
        "version": record.version,
        "seq": record.seq,
        "handling": {
            **handling_said(record.handling, alert, beside.directory, at, names=seen.names),
            "handover": _offer(beside.offers.get(alert.alert_id), names=seen.names),
        },
        "due": beside.due.get(alert.alert_id, []),
        "delays": delays(alert, record.handling)._asdict(),
        "deliveries": beside.deliveries[alert.alert_id],
        "redacted": redacted,
        "commands": list(commands),
    }


def handling_said(handling: Handling, alert: Alert, directory: Directory, at: datetime, *, names: bool) -> dict[str, object]:
    """What people have made of it. `names`: whether the reader may know names, and the words that may hold them."""
    owner, lease, shelf, closure = handling.owner, handling.lease, handling.shelf, handling.closure
    described = None if owner is None or not names else directory.officer(owner.officer_id, at)
    known: dict[str, object] = {} if described is None else {"name": described.name}
    return {
        "state": handling.state,
        "acknowledged": handling.acknowledged_at is not None,
        "actioned": handling.actioned_at is not None,
        "shelved": shelf is not None,
        "latched": alert.severity in LATCHED,
        "awaiting_second_key": handling.awaiting_second_key,
        "challenged": handling.challenged,
        "closed": handling.closed,
        "owner": None if owner is None else {**_said(owner), **known},
        "lease": None if lease is None else _said(lease, () if names else ("intent_text",)),
        "shelf": None if shelf is None else _said(shelf, () if names else ("reason",)),
        "closure": None if closure is None else _said(closure, () if names else ("rationale", "confirm_rationale")),
        "challenge": _challenge(handling.challenge, names=names),
    }


def _challenge(challenge: Challenge | None, *, names: bool) -> dict[str, object] | None:
    return None if challenge is None else _said(challenge, () if names else ("rationale", "asks_for", "answer_rationale"))


def _offer(offer: Offer | None, *, names: bool) -> dict[str, object] | None:
    """An offer that stands: its name, by which it is accepted or refused."""
    if offer is None:
        return None
    said = offer._asdict()
    shown_fields = ("handover_id", "from_officer_id", "to_officer_id", "at", *(("note",) if names else ()))
    return {name: said[name] for name in shown_fields}


def _said(value: msgspec.Struct, but: Collection[str] = ()) -> dict[str, object]:
    """A value of the handling as JSON, but for these of its fields."""
    said: dict[str, object] = msgspec.to_builtins(value)
    return {name: part for name, part in said.items() if name not in but}


def _called(known: Mapping[str, PersonView], alert: Alert, seen: Seen) -> Called:
    """How the people of a sentence are called: he only where his name must be taken out of it; she by her id."""
    person = None if alert.person_id is None or seen.names else known.get(alert.person_id)
    label = alert.person_id if person is None else person.label
    return Called(label, dict.fromkeys(alert.protected_person_ids))


def _due(connection: Connection, alert_ids: Iterable[str]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for alert_id, what, due_at, officer_id, who, then in connection.execute(_CLOCKS, {_NAMES: list(alert_ids)}):
        clock = {"what": what, "at": due_at, "officer_id": officer_id, "role": who or None, "then": then}
        found.setdefault(alert_id, []).append(clock)
    return found


def _deliveries(connection: Connection, alert_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Officers told; reached, by a message or by opening it; failed: every message to them did, and they have not opened it."""
    told: dict[str, set[str]] = {name: set() for name in alert_ids}
    reached: dict[str, set[str]] = {name: set() for name in alert_ids}
    failed: dict[str, set[str]] = {name: set() for name in alert_ids}
    trying: set[tuple[str, str]] = set()
    for alert_id, officer_id, opened_at in connection.execute(_TOLD, {_NAMES: list(alert_ids)}):
        told[alert_id].add(officer_id)
        if opened_at is not None:
            reached[alert_id].add(officer_id)
    for alert_id, officer_id, state in connection.execute(_MESSAGES, {_NAMES: list(alert_ids)}):
        if state in _REACHED:
            reached[alert_id].add(officer_id)
        elif state in _FAILED:
            failed[alert_id].add(officer_id)
        else:
            trying.add((alert_id, officer_id))
    return {
        name: {
            "told": len(told[name]),
            "reached": len(reached[name]),
            "failed": sum(who not in reached[name] and (name, who) not in trying for who in failed[name]),
        }
        for name in alert_ids
    }


def _commands(
    actor: Actor, at: datetime, records: Mapping[str, Record], surroundings: Surroundings, may: May
) -> dict[str, tuple[str, ...]]:
    """What the table allows now, to the roles by which the officer has each command's right on that alert."""
    roles = may.roles
    found: dict[str, tuple[str, ...]] = {}
    for name, record in records.items():
        around = surroundings.around(record.alert, record.finding)
        by_roles: dict[frozenset[str], tuple[str, ...]] = {}
        for held in set(roles[name].values()):
            speaker = Speaker(officer_id=actor.officer_id, name=actor.name, roles=held)
            by_roles[held] = tuple(possible(record.alert, record.handling, speaker, at, around)) if held else ()
        found[name] = tuple(command for command, right in RIGHTS.items() if command in by_roles[roles[name][right]])
    return found
