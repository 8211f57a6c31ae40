"""Alerts in the ledger: read as one record each, and kept with everything that hangs on them.

Not what may happen to an alert (`alerting.lifecycle.door`) and not lists of them (`alerting.ledger.queue`). `keep` writes the
row, its axes and place, its timers, its areas, who is at risk and who was told, and only what is different.
Called by the modules beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Delete, Select, Table, Update, bindparam, delete, insert, select, update

from alerting.ledger.areas import only
from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import ALERT, ALERT_AREA, ALERT_PROTECTED, TIMER, TOLD
from alerting.lifecycle.handling import Handling
from alerting.lifecycle.row import axes
from alerting.lifecycle.step import Due
from alerting.risk_order import NO_CLOCK, SEVERITIES, Standing, place
from schemas.alert import Alert
from schemas.finding import Finding

RiskLevel = Literal["standard", "medium", "high"]
_read_handling = msgspec.json.Decoder(Handling).decode
_write_handling = msgspec.json.Encoder().encode
_MOST_NAMES = 500
"""Names in one question: SQLite has a limit."""


class Record(NamedTuple):
    """An alert as the ledger holds it. `alert`: as it is read, with those whom the policy told and with its reminders.

    `recipients_of_book`: so many of its recipients, the first, are those whom the rule tells; the policy told the others.
    """

    alert: Alert
    finding: Finding
    handling: Handling
    version: int
    seq: int
    risk_level: RiskLevel | None
    living: bool
    recipients_of_book: int

    @property
    def of_book(self) -> Alert:
        """The alert as a replay would have it: the book goes on from this."""
        recipients = self.alert.recipients[: self.recipients_of_book]
        revisions = tuple(one for one in self.alert.revisions if one.change != "reminded")
        if len(recipients) == len(self.alert.recipients) and len(revisions) == len(self.alert.revisions):
            return self.alert
        return self.alert.model_copy(update={"recipients": recipients, "revisions": revisions})

    def shown(self, of_book: Alert) -> Alert:
        """What the book has made of it (or of its successor), with what this one has beyond the book."""
        told = {(one.officer_id, one.role) for one in of_book.recipients}
        beyond = tuple(one for one in self.alert.recipients[self.recipients_of_book :] if (one.officer_id, one.role) not in told)
        reminded = tuple(one for one in self.alert.revisions if one.change == "reminded")
        if not beyond and not reminded:
            return of_book
        revisions = tuple(sorted((*of_book.revisions, *reminded), key=lambda one: one.at))  # stable: within an instant nothing moves
        return of_book.model_copy(update={"recipients": (*of_book.recipients, *beyond), "revisions": revisions})


def written(alert: Alert, recipients_of_book: int) -> Alert:
    """As contract 3 has it, for readers outside: whom a replay would not have told says so, whatever post they hold.

    So whoever leaves out `escalated` and `reminded` has the alert of a replay. In the console they stand as what they are.
    """
    told = alert.recipients
    beyond = tuple(
        one if one.reason == "escalated" else one.model_copy(update={"reason": "escalated"}) for one in told[recipients_of_book:]
    )
    return alert.model_copy(update={"recipients": (*told[:recipients_of_book], *beyond)}) if beyond else alert


class Kept(NamedTuple):
    """What stood, what stands now (the same alert id), and all the timers that it must have."""

    before: Record | None
    record: Record
    timers: tuple[Due, ...]


def load(connection: Connection, alert_id: str) -> Record | None:
    """One alert by its id."""
    return next(iter(_records(connection, _BY_ID, {"this": alert_id})), None)


def load_all(connection: Connection, alert_ids: Iterable[str]) -> dict[str, Record]:
    """Those of these that are there."""
    parts = _parts(sorted(set(alert_ids)))
    return {record.alert.alert_id: record for part in parts for record in _records(connection, _BY_IDS, {"names": part})}


def named(connection: Connection, said: str) -> str | None:
    """The alert that an id or a reference names now: a reference goes to the successor, which is not withdrawn."""
    if said.startswith("al_"):
        return connection.execute(select(ALERT.c.alert_id).where(ALERT.c.alert_id == said)).scalar()
    asked = select(ALERT.c.alert_id, ALERT.c.status).where(ALERT.c.reference == said.upper()).order_by(ALERT.c.seq.desc())
    rows = connection.execute(asked)
    carrying = [(status == "withdrawn", alert_id) for alert_id, status in rows]
    return min(carrying, key=lambda one: one[0])[1] if carrying else None


def of_incident(connection: Connection, incident_id: str) -> tuple[Record, ...]:
    """Every alert of an incident, in the order in which they began."""
    return _records(connection, _OF_INCIDENT, {"this": incident_id})


def with_incidents(connection: Connection, alert_ids: Iterable[str]) -> tuple[Record, ...]:
    """These alerts, each with the whole of its incident."""
    return tuple(record for part in _parts(sorted(set(alert_ids))) for record in _records(connection, _WITH_INCIDENTS, {"names": part}))


def living(connection: Connection, person_ids: Iterable[str | None]) -> tuple[Record, ...]:
    """The alerts of these people (None: the system's) that evidence may still change."""
    given = set(person_ids)
    names = sorted(name for name in given if name is not None)
    records = _records(connection, _LIVING_OF_NOBODY) if None in given else ()
    for part in _parts(names):
        records += _records(connection, _LIVING, {"names": part})
    return records


def settled(connection: Connection, alert_ids: Iterable[str]) -> tuple[Record, ...]:
    """Those of these alerts that are settled, each with the whole of its incident, or the rest would be named anew."""
    records: tuple[Record, ...] = ()
    for part in _parts(sorted(set(alert_ids))):
        records += _records(connection, _SETTLED, {"names": part})
    return records


def timers(connection: Connection, alert_id: str) -> tuple[Due, ...]:
    """The clocks of an alert, whichever comes first first."""
    rows = connection.execute(
        select(TIMER.c.what, TIMER.c.who, TIMER.c.due_at, TIMER.c.officer_id, TIMER.c.then)
        .where(TIMER.c.alert_id == alert_id)
        .order_by(TIMER.c.due_at, TIMER.c.what, TIMER.c.who)
    )
    return tuple(Due(*row) for row in rows)


def keep(writing: Writing, all_kept: Sequence[Kept]) -> None:
    """Alerts as they stand now, put into the transaction under way.

    What has no new number (one more look for somebody on duty) keeps its place in every list: who turns pages hears nothing of it.
    """
    new = [kept for kept in all_kept if kept.before is None]
    known = [(kept.before.seq, kept) for kept in all_kept if kept.before is not None]
    numbered = [kept for seq, kept in known if seq != kept.record.seq]
    silent = [kept for seq, kept in known if seq == kept.record.seq]
    writing.put(_COME[ALERT], [_values(kept, writing.now) for kept in new])
    writing.put(_CHANGED, [_of(_values(kept, writing.now)) for kept in numbered])
    writing.put(_IN_ITS_PLACE, [_of(_values(kept, writing.now), but=_PLACED) for kept in silent])
    over = [kept for kept in numbered if kept.record.handling.closed or (kept.before is not None and kept.before.handling.closed)]
    writing.put(_OVER, [{"this": kept.record.alert.alert_id, "over": _over_at(kept, writing.now)} for kept in over])
    _differ(writing, ALERT_AREA, [(kept, _areas(kept.before), _areas(kept.record)) for kept in all_kept])
    _differ(writing, ALERT_PROTECTED, [(kept, _protected(kept.before), _protected(kept.record)) for kept in all_kept])
    _tell(writing, all_kept)
    _keep_timers(writing, all_kept)


def keep_clocks(writing: Writing, all_kept: Sequence[Kept]) -> None:
    """Write the clocks alone, and the number of the line that says so: the alert is what it was."""
    rows = []
    for kept in all_kept:
        next_due_at = min((due.at for due in kept.timers), default=None)
        rows.append({"this": kept.record.alert.alert_id, "due": next_due_at, "place": next_due_at or NO_CLOCK, "number": kept.record.seq})
    writing.put(_OTHER_CLOCKS, rows)
    _keep_timers(writing, all_kept)
    writing.flush()


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _MOST_NAMES] for start in range(0, len(names), _MOST_NAMES))


def _records(connection: Connection, asked: Select[_Stored], named: Mapping[str, object] | None = None) -> tuple[Record, ...]:
    return tuple(_record(row) for row in connection.execute(asked, named))


_Stored = tuple[str, str, str, int, int, str | None, bool, int]


def _asking(*which: ColumnElement[bool]) -> Select[_Stored]:
    """Made once: to make a question costs the library more than to ask it."""
    columns = ALERT.c
    records = select(
        columns.alert,
        columns.finding,
        columns.handling,
        columns.version,
        columns.seq,
        columns.risk_level,
        columns.living,
        columns.recipients_of_book,
    )
    return records.where(*which).order_by(columns.began_at, columns.alert_id)


_NAMED = one_of(ALERT.c.alert_id, "names")
_BY_ID = _asking(ALERT.c.alert_id == bindparam("this"))
_BY_IDS = _asking(_NAMED)
_OF_INCIDENT = _asking(ALERT.c.incident_id == bindparam("this"))
_WITH_INCIDENTS = _asking(ALERT.c.incident_id.in_(select(ALERT.c.incident_id).where(_NAMED)))
_LIVING = _asking(one_of(ALERT.c.person_id, "names"), ALERT.c.living)
_LIVING_OF_NOBODY = _asking(ALERT.c.person_id.is_(None), ALERT.c.living)
_SETTLED = _asking(ALERT.c.incident_id.in_(select(ALERT.c.incident_id).where(_NAMED, ~ALERT.c.living)), ~ALERT.c.living)
_COME = {table: insert(table) for table in (ALERT, ALERT_AREA, ALERT_PROTECTED, TOLD, TIMER)}
_PLACED = ("changed_at", "place_due_at")
"""Of what is written of an alert, that by which alone its place in a list could move without a number."""


def _written(but: Collection[str] = ()) -> Update:
    names = [column.name for column in ALERT.c if column is not ALERT.c.alert_id and column.name not in but]
    return update(ALERT).where(ALERT.c.alert_id == bindparam("this")).values({name: bindparam(name) for name in names})


_CHANGED, _IN_ITS_PLACE = _written(), _written(but=_PLACED)
_OTHER_CLOCKS = (
    update(ALERT)
    .where(ALERT.c.alert_id == bindparam("this"))
    .values({"next_due_at": bindparam("due"), "place_due_at": bindparam("place"), "seq": bindparam("number")})
)
_OVER = update(TOLD).where(TOLD.c.alert_id == bindparam("this")).values({"over_at": bindparam("over")})
_CLOCKS = select(TIMER).where(one_of(TIMER.c.alert_id, "names"))


def _leaving(table: Table) -> Delete:
    """Rows by their whole key, each part bound under `of_` and its name."""
    return delete(table).where(*(column == bindparam(f"of_{column.name}") for column in table.primary_key.columns))


_GONE = {table: _leaving(table) for table in (ALERT_AREA, ALERT_PROTECTED, TIMER)}


def _record(row: Sequence[object]) -> Record:
    alert, finding, handling, version, seq, risk_level, living_, of_book = cast("_Stored", tuple(row))
    return Record(
        alert=Alert.model_validate_json(alert),
        finding=Finding.model_validate_json(finding),
        handling=_read_handling(handling),
        version=version,
        seq=seq,
        risk_level=cast("RiskLevel | None", risk_level),
        living=living_,
        recipients_of_book=of_book,
    )


def _values(kept: Kept, now: datetime) -> dict[str, object]:
    record = kept.record
    alert, handling = record.alert, record.handling
    next_due_at = min((timer.at for timer in kept.timers), default=None)
    overdue = handling.overdue_since_at is not None and not handling.closed
    owner_id = None if handling.owner is None else handling.owner.officer_id
    standing = Standing(handling=handling.state, clock_run_out=overdue, owner_id=owner_id, due_at=next_due_at)
    where = place(alert, record.risk_level, standing)
    return {
        "alert_id": alert.alert_id,
        "reference": alert.reference,
        "incident_id": alert.incident_id,
        "person_id": alert.person_id,
        "rule": alert.rule,
        "severity": alert.severity,
        "status": alert.status,
        "message_status": alert.message_status,
        "began_at": alert.began_at,
        "ended_at": alert.ended_at,
        "raised_at": alert.raised_at,
        "changed_at": now,
        "late_by_s": alert.late_by_s,
        "risk_level": record.risk_level,
        "version": record.version,
        "seq": record.seq,
        "living": record.living,
        "recipients_of_book": record.recipients_of_book,
        **{str(axis): holds for axis, holds in axes(handling).items()},
        "overdue": overdue,
        "unfilled": bool(alert.unfilled_roles) or (owner_id is None and not handling.closed),
        "only_area": only(alert.areas),
        "owner_id": owner_id,
        "next_due_at": next_due_at,
        "place_group": where.group,
        "place_severity": where.severity,
        "place_risk": where.risk_level,
        "place_owned": where.owned,
        "place_due_at": where.due_at,
        "alert": alert.model_dump_json(),
        "finding": record.finding.model_dump_json(),
        "handling": _write_handling(handling).decode(),
    }


def _of(row: Mapping[str, object], but: Collection[str] = ()) -> dict[str, object]:
    """The values of a row, for an update of it."""
    named = {name: value for name, value in row.items() if name != "alert_id" and name not in but}
    return {"this": row["alert_id"], **named}


def _areas(record: Record | None) -> tuple[str, ...]:
    return () if record is None else record.alert.areas


def _protected(record: Record | None) -> tuple[str, ...]:
    return () if record is None else record.alert.protected_person_ids


def _differ(writing: Writing, table: Table, all_kept: Iterable[tuple[Kept, tuple[str, ...], tuple[str, ...]]]) -> None:
    """A table of pairs: what is no longer so leaves, what is new comes."""
    _, second = table.primary_key.columns
    gone: list[dict[str, str]] = []
    come: list[dict[str, str]] = []
    for kept, before, after in all_kept:
        alert_id = kept.record.alert.alert_id
        gone.extend({"of_alert_id": alert_id, f"of_{second.name}": name} for name in sorted(set(before) - set(after)))
        come.extend({"alert_id": alert_id, second.name: name} for name in sorted(set(after) - set(before)))
    writing.put(_GONE[table], gone)
    writing.put(_COME[table], come)


def _tell(writing: Writing, all_kept: Iterable[Kept]) -> None:
    """Whoever was told stays told: rows only come, the first reason stands."""
    come = []
    for kept in all_kept:
        over_at = _over_at(kept, writing.now)
        known = {(one.officer_id, one.role) for one in kept.before.alert.recipients} if kept.before else set()
        for one in kept.record.alert.recipients:
            if (one.officer_id, one.role) not in known:
                known.add((one.officer_id, one.role))
                come.append({"alert_id": kept.record.alert.alert_id, **one.model_dump(), "over_at": over_at})
    writing.put(_COME[TOLD], come)


def _over_at(kept: Kept, now: datetime) -> datetime | None:
    """`changed_at` of an alert that is closed."""
    return now if kept.record.handling.closed else None


def _keep_timers(writing: Writing, all_kept: Sequence[Kept]) -> None:
    """The difference between the clocks that run and those that must."""
    running: dict[str, set[tuple[Due, int]]] = {}
    names = [kept.record.alert.alert_id for kept in all_kept if kept.before is not None]
    for part in _parts(names):
        for row in writing.connection.execute(_CLOCKS, {"names": part}):
            due = Due(row.what, row.who, row.due_at, row.officer_id, row.then)
            running.setdefault(row.alert_id, set()).add((due, row.place_severity))
    gone: list[dict[str, str]] = []
    come: list[dict[str, object]] = []
    for kept in all_kept:
        alert_id, severity = kept.record.alert.alert_id, SEVERITIES[kept.record.alert.severity]
        before, after = running.get(alert_id, set()), {(due, severity) for due in kept.timers}
        gone.extend({"of_alert_id": alert_id, "of_what": due.what, "of_who": due.who} for due, _ in before - after)
        come.extend(_timer(alert_id, due, severity) for due, _ in after - before)
    writing.put(_GONE[TIMER], gone)
    writing.put(_COME[TIMER], come)


def _timer(alert_id: str, due: Due, severity: int) -> dict[str, object]:
    return {
        "alert_id": alert_id,
        "what": due.what,
        "who": due.who,
        "due_at": due.at,
        "officer_id": due.officer_id,
        "then": due.then,
        "place_severity": severity,
    }
