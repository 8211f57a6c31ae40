"""A step of the lifecycle into the ledger: the alert, its clocks, its messages, its history, its audit entries and its facts.

The one place where a step becomes rows, whoever took it: the matter (`taking`), a person (`commanding`) or a clock (`sweep`).
Decides nothing. All of it goes into the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, insert, select, update

from alerting.channels import channels
from alerting.ledger import facts, outbox, words
from alerting.ledger.alerts import Kept, Record, RiskLevel, keep
from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import HISTORY, TOLD
from alerting.ledger.tables.asked import REQUEST
from alerting.ledger.tables.messages import PUSH_SUBSCRIPTION, WEBHOOK
from alerting.lifecycle.due import due
from alerting.lifecycle.policy import Policies
from alerting.lifecycle.step import Around, Entry, Step
from alerting.wording import may_leave
from schemas.directory import Channels
from schemas.types import NEEDS_PERSON

DONE = "done"
NO_CHANNELS = Channels()
_names = msgspec.json.Decoder(tuple[str, ...]).decode
_IN_HISTORY = insert(HISTORY)
_OPENED = (
    update(TOLD)
    .where(TOLD.c.alert_id == bindparam("of"), TOLD.c.officer_id == bindparam("who"), TOLD.c.opened_at.is_(None))
    .values(opened_at=bindparam("now"))
)
_HAVE_PUSH = select(PUSH_SUBSCRIPTION.c.officer_id).where(
    one_of(PUSH_SUBSCRIPTION.c.officer_id, "told"), PUSH_SUBSCRIPTION.c.off_at.is_(None)
)
_WEBHOOKS = select(WEBHOOK.c.webhook_id, WEBHOOK.c.areas).where(WEBHOOK.c.off_at.is_(None)).order_by(WEBHOOK.c.webhook_id)


class Terms(NamedTuple):
    """What this installation sets: where the links of messages lead, and how long people have in each area."""

    origin: str
    policies: Policies = Policies()


class Taken(NamedTuple):
    """A step that was taken. `before`: what the ledger holds; None: the alert is new. `version_seen`: of a command that said it.

    `heir_of`: whose reference it carries on; its version goes on too. `of_book`: how many of its recipients are the rule's, where
    the matter has changed; else as before.
    """

    before: Record | None
    step: Step
    around: Around
    risk_level: RiskLevel | None
    heir_of: Record | None = None
    living: bool = True
    of_book: int | None = None
    version_seen: int | None = None


def write(writing: Writing, all_taken: Sequence[Taken], terms: Terms) -> tuple[Record, ...]:
    """Everything that these steps say, one alert each; the alerts as they stand now."""
    records = []
    history: list[dict[str, object]] = []
    kept: list[Kept] = []
    for taken in all_taken:
        record = _record(writing, taken, history)
        records.append(record)
        kept.append(Kept(taken.before, record, due(record.alert, record.handling, writing.now, taken.around)))
    both = list(zip(all_taken, records, strict=True))
    told = {telling.officer_id for taken in all_taken for telling in taken.step.tellings}
    leaving = _Leaving.of(writing, told, terms)
    new = {taken.step.alert.alert_id for taken in all_taken if taken.before is None}
    keep(writing, kept)
    writing.put(_IN_HISTORY, history)
    _open(writing, all_taken)
    outbox.make(writing, [message for taken, record in both for message in leaving.messages(taken, record)], new)  # writes all of it
    for taken, record in both:
        _state(writing, taken, record)
    return tuple(records)


def in_history(writing: Writing, record: Record, entry: Entry, result: str = DONE, version_seen: int | None = None) -> int:
    """A line that changes nothing of the alert itself: a try that was refused, who may see it, when it is due. Its number."""
    number = writing.next_seq()
    writing.put(_IN_HISTORY, [_line(number, writing, record, entry, result, version_seen, "none")])
    writing.flush()
    return number


def _record(writing: Writing, taken: Taken, history: list[dict[str, object]]) -> Record:
    """The alert after the step, and the lines of its history: one at least where the alert is different, or nobody would hear of it."""
    before, step = taken.before, taken.step
    if before is not None and not step.entries and step.alert == before.alert and taken.heir_of is None:
        return before._replace(handling=step.handling)  # a clock that no longer matters, or one more look for somebody on duty
    version = max(before.version if before else 0, taken.heir_of.version if taken.heir_of else 0)
    version += 1 if step.version_rises or before is None or taken.heir_of is not None else 0
    entries = step.entries or (Entry("matter.amended"),)
    numbers = [writing.next_seq() for _ in entries]
    record = Record(
        alert=step.alert,
        finding=taken.around.finding,
        handling=step.handling,
        version=version,
        seq=numbers[-1],
        risk_level=taken.risk_level,
        living=taken.living,
        recipients_of_book=before.recipients_of_book if taken.of_book is None and before else taken.of_book or 0,
    )
    for number, entry in zip(numbers, entries, strict=True):
        alarm = step.alarm if number == numbers[-1] else "none"  # one sound a step, however many words it has
        history.append(_line(number, writing, record, entry, DONE, taken.version_seen if entry.by_id else None, alarm))
    return record


def _line(
    number: int, writing: Writing, record: Record, entry: Entry, result: str, version_seen: int | None, alarm: str
) -> dict[str, object]:
    alert, body = record.alert, _text(entry.body)
    hidden = words.hide(number, body, writing.salts)
    writing.audit(
        entry.what,
        {
            "seq": number,
            "alert": alert.alert_id,
            "version": record.version,
            "by": entry.by_id,
            "role": entry.role,
            "version_seen": version_seen,
            "result": result,
            **hidden.in_chain,
        },
    )
    return {
        "seq": number,
        "alert_id": alert.alert_id,
        "version": record.version,
        "at": writing.now,
        "what": entry.what,
        "by_id": entry.by_id,
        "role": entry.role,
        "version_seen": version_seen,
        "result": result,
        "severity": alert.severity,
        "state": record.handling.state,
        "alarm": alarm,
        "areas": _text(alert.areas),
        "body": body,
        "salt": hidden.salt,
    }


def _open(writing: Writing, all_taken: Sequence[Taken]) -> None:
    """When somebody who was told first opened it stays, though an alarm asks everybody to open it again."""
    opened = [
        {"of": taken.step.alert.alert_id, "who": officer_id, "now": writing.now}
        for taken in all_taken
        for officer_id in sorted(set(taken.step.handling.opened) - set(taken.before.handling.opened if taken.before else ()))
    ]
    writing.put(_OPENED, opened)


class _Leaving(NamedTuple):
    """What must be known to say where messages go: who has subscribed to push, and the webhooks with their areas (none: all)."""

    now: datetime
    origin: str
    subscribed: frozenset[str]
    webhooks: tuple[tuple[str, frozenset[str]], ...]

    @classmethod
    def of(cls, writing: Writing, told: Collection[str], terms: Terms) -> _Leaving:
        return cls(
            writing.now,
            terms.origin,
            frozenset(writing.connection.execute(_HAVE_PUSH, {"told": sorted(told)}).scalars()) if told else frozenset(),
            tuple((name, frozenset(_names(areas))) for name, areas in writing.connection.execute(_WEBHOOKS)),
        )

    def messages(self, taken: Taken, record: Record) -> Iterator[outbox.Message]:
        """To each officer who is alarmed, on the first of their channels; to each webhook of its areas, when a person must look again."""
        alert = record.alert
        text = may_leave(
            reference=alert.reference,
            severity=alert.severity,
            status=alert.status,
            message_status=alert.message_status,
            origin=self.origin,
        )
        for telling in taken.step.tellings:
            officer = taken.around.directory.officer(telling.officer_id, self.now)
            stated = NO_CHANNELS if officer is None else officer.channels
            first = channels(alert.severity, stated, has_push=telling.officer_id in self.subscribed)[0]
            yield outbox.Message(alert.alert_id, first, telling.occasion, alert.severity, text, telling.officer_id, telling.role)
        if record.version > (0 if taken.before is None else taken.before.version):
            for name, areas in self.webhooks:
                if not areas or not areas.isdisjoint(alert.areas):
                    yield outbox.Message(alert.alert_id, "webhook", f"changed {record.version}", alert.severity, text, target=name)


def _state(writing: Writing, taken: Taken, record: Record) -> None:
    """Facts for intake, and the question for the identity desk. Of nobody whom a feed could name, there is nothing to state."""
    alert, person = record.alert, taken.around.person
    identifiers = alert.identifiers or (() if person is None else person.identifiers)
    for number, fact in enumerate(taken.step.facts):
        if not identifiers and fact.type in NEEDS_PERSON:
            continue
        stated = facts.Stated(
            id=f"{alert.alert_id}:{record.seq}:{number}",
            type=fact.type,
            occurred_at=fact.occurred_at,
            data=fact.data,
            identifiers=identifiers,
            area=alert.areas[0] if alert.areas else None,
            message_status=alert.message_status,
        )
        facts.state(writing, stated)
    if taken.step.question:
        by_id = next((entry.by_id for entry in taken.step.entries if entry.by_id is not None), "")
        named = [{"type": one.type, "value": one.value} for one in identifiers]
        evidence = [{"source": ref.source, "id": ref.id} for ref in alert.evidence]
        body = {"alert_id": alert.alert_id, "person_id": alert.person_id, "evidence": evidence, "identifiers": named}
        asked = {"kind": "not_this_person", "body": _text(body), "by_id": by_id, "at": writing.now}
        writing.connection.execute(insert(REQUEST), [asked])


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
