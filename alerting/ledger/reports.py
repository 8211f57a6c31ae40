"""Intelligence reports in the ledger: kept as they came, and for whom each exists, as conditions for a WHERE.

Code P follows the reach of the role. Code C is open to those alone whom its conditions name: officers, roles, organisations
(console 2.2, 2.3); a duty inspector knows that it exists. For all others there is no such report, so the condition stands in
every query and nothing is filtered afterwards. Called by the intelligence desk, and by whatever shows what an alert rests on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, false, or_, select

from alerting.actor import Actor, row_of
from alerting.ledger.asking import Asking, alike, asking, bound, whoever
from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.intelligence import REPORT, REPORT_NAMED
from alerting.ledger.tables.told import PERSON, TIMELINE
from alerting.ledger.upsert import upsert
from alerting.ledger.ways import Condition, Ground, not_excluded, person_ways
from alerting.rights import Limit, Right, Where, cell
from alerting.routing import ON_CALL
from schemas.read_models import ReportView, TimelineEntry
from schemas.risk import Assessment

READ: Right = "intelligence.read"
_GRADES: Mapping[str, Assessment] = {"A": "A", "B": "B", "C": "C", "D": "D", "E": "E"}
_NO_REPORTS: frozenset[Limit] = frozenset({"counts", "log_only"})
_ABOUT = "about"
_OF_PEOPLE = select(REPORT.c.source, REPORT.c.id, REPORT.c.report_id).where(one_of(REPORT.c.person_id, _ABOUT))
_REASSESSING = (
    select(TIMELINE.c.entry)
    .where(one_of(TIMELINE.c.person_id, _ABOUT), TIMELINE.c.type == "intelligence.reassessed")
    .order_by(TIMELINE.c.at, TIMELINE.c.received_at, TIMELINE.c.source, TIMELINE.c.id)
)
_CODE_C: frozenset[Limit] = frozenset({"code_c_if_named", "code_c_exists"})


class Door(NamedTuple):
    """One way to reports. `whole`: which may be read by it; `bare`: of which it may be known that they exist, and no more."""

    ground: Ground
    whole: Condition
    bare: Condition


class Reassessed(NamedTuple):
    """A report was given another grade."""

    at: datetime
    assessment: Assessment


def keep(writing: Writing, view: ReportView) -> None:
    """One report, in the place of what stood under its source and id."""
    report, name = view.report, {"source": view.source, "id": view.id}
    row = {
        **name,
        "report_id": report.report_id,
        "person_id": view.person_id,
        "protected_person_id": report.protected_person_id,
        "handling_code": report.handling_code,
        "tags": tags_text(report.tags),
        "at": view.occurred_at,
        "report": view.model_dump_json(),
    }
    upsert(writing.connection, REPORT, [row])
    writing.connection.execute(delete(REPORT_NAMED).where(REPORT_NAMED.c.source == view.source, REPORT_NAMED.c.id == view.id))
    said = report.handling_conditions
    if said is not None:
        kinds = {"officer": said.officer_ids, "role": said.roles, "organisation": said.organisations}
        upsert(writing.connection, REPORT_NAMED, [{**name, "kind": kind, "name": one} for kind, names in kinds.items() for one in {*names}])


def tags_text(tags: Collection[str]) -> str:
    """Tags as they are searched: each between two spaces."""
    return "".join(f" {tag} " for tag in sorted(tags))


def doors(actor: Actor) -> tuple[Door, ...]:
    """Every way in which the officer comes to reports, over REPORT joined with PERSON; `of_nobody_excluded` holds beside them."""
    return tuple(_doors(asking(actor, actor.at)))


def of_nobody_excluded(actor: Actor) -> Condition:
    """Never a report about somebody whose case they may not see."""
    return not_excluded(actor, PERSON.c.person_id)


def readable(actor: Actor) -> Condition:
    """For a WHERE over REPORT joined with PERSON: what the officer may read."""
    return _readable(asking(actor, actor.at))


def reports_about(connection: Connection, person_ids: Collection[str]) -> frozenset[tuple[str, str, str]]:
    """All reports about these people, whoever may read them, as (source, id, report_id)."""
    rows = connection.execute(_OF_PEOPLE, {_ABOUT: sorted(person_ids)})
    return frozenset((row.source, row.id, row.report_id) for row in rows)


def sealed_named(connection: Connection, person_id: str, report_id: str) -> tuple[str, str] | None:
    """A report about somebody that is called so and is of code C, as (source, id), whoever may know of it."""
    its = (REPORT.c.person_id == person_id, REPORT.c.report_id == report_id, REPORT.c.handling_code == "C")
    row = connection.execute(select(REPORT.c.source, REPORT.c.id).where(*its).order_by(REPORT.c.source, REPORT.c.id).limit(1)).first()
    return None if row is None else (row.source, row.id)


def readable_of(connection: Connection, actor: Actor, person_ids: Collection[str]) -> frozenset[tuple[str, str, str]]:
    """Those of them that the officer may read."""
    rows = connection.execute(_readable_to(alike(actor)), {**bound(actor, actor.at), _ABOUT: sorted(person_ids)})
    return frozenset((row.source, row.id, row.report_id) for row in rows)


def may_grade(connection: Connection, actor: Actor, person_id: str, report_id: str) -> bool:
    """Whether a report about him is called so, and the officer may read it: a grade is given by that name, so all that bear it."""
    named = {one for one in reports_about(connection, (person_id,)) if one[-1] == report_id}
    return bool(named) and named <= readable_of(connection, actor, (person_id,))


def reassessments(connection: Connection, person_ids: Collection[str]) -> Mapping[tuple[str, str], tuple[Reassessed, ...]]:
    """By (person, report_id) each later grade, the first first."""
    found: dict[tuple[str, str], list[Reassessed]] = {}
    for entry in reassessing(connection, person_ids):
        report_id, grade = entry.said.get("report_id"), _GRADES.get(str(entry.said.get("intelligence_assessment")))
        if isinstance(report_id, str) and grade is not None:
            found.setdefault((entry.person_id, report_id), []).append(Reassessed(entry.occurred_at, grade))
    return {name: tuple(grades) for name, grades in found.items()}


def reassessing(connection: Connection, person_ids: Collection[str]) -> Iterator[TimelineEntry]:
    """The events by which reports about these people were given another grade, the first first."""
    for text in connection.execute(_REASSESSING, {_ABOUT: sorted(person_ids)}).scalars():
        yield TimelineEntry.model_validate_json(text)


@lru_cache(256)
def _readable_to(actor: Actor) -> Select[tuple[str, str, str]]:
    """Of the reports about some people those that anybody who acts like that may read."""
    theirs = one_of(PERSON.c.person_id, _ABOUT)  # said again of the other table: PostgreSQL would read all of it
    return _OF_PEOPLE.join(PERSON, PERSON.c.person_id == REPORT.c.person_id).where(theirs, _readable(whoever(actor)))


def _readable(who: Asking) -> Condition:
    return and_(not_excluded(who, PERSON.c.person_id), or_(false(), *(door.whole for door in _doors(who))))


def _doors(who: Asking) -> Iterator[Door]:
    anybody = person_ways(who, READ, each_role=True)
    hers = person_ways(who, READ, each_role=True, her=REPORT.c.protected_person_id)
    for way, about_her in zip(anybody, hers, strict=True):
        found = cell(READ, way.ground.role)
        if found.limits & _NO_REPORTS:
            continue
        there: Condition = way.where
        if found.where is Where.CLIENTS:  # P about K: about her, or about nobody in particular
            there = or_(and_(REPORT.c.protected_person_id.is_(None), way.where), about_her.where)
        whole = and_(REPORT.c.handling_code == "P", there)
        if found.limits & _CODE_C:
            whole = or_(whole, and_(REPORT.c.handling_code == "C", there, _named(who, way.ground.role)))
        bare = and_(REPORT.c.handling_code == "C", there) if "code_c_exists" in found.limits else false()
        yield Door(way.ground, whole, bare)


def _named(who: Asking, role: str) -> ColumnElement[bool]:
    """Named by their own id, by where they work, or by the role in which they come: as the table or as the directory calls it."""
    held = {*(one for one in who.actor.roles if one not in ON_CALL), *(duty.role for duty in who.actor.duty)}
    words = {role, *(one for one in held if row_of(one) == role)}
    its = (REPORT_NAMED.c.source == REPORT.c.source, REPORT_NAMED.c.id == REPORT.c.id)
    kind, name = REPORT_NAMED.c.kind, REPORT_NAMED.c.name
    names_them = or_(
        and_(kind == "officer", name == who.officer_id),
        and_(kind == "organisation", name == who.actor.organisation),
        and_(kind == "role", name.in_(sorted(words))),
    )
    return exists(select(REPORT_NAMED.c.id).where(*its, names_them).correlate_except(REPORT_NAMED))
