"""Which reports an officer may know of, and what was disclosed to them: questions to the ledger, with everything filtered in the query.

A report is read whole, or is known to exist (a duty inspector, code C). Called by the console's intelligence desk, which shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select, true, tuple_

from alerting.actor import Actor
from alerting.intelligence import log
from alerting.intelligence.disclosing import Disclosure
from alerting.ledger.reports import doors, of_nobody_excluded
from alerting.ledger.tables.books import READING
from alerting.ledger.tables.intelligence import DISCLOSURE, REPORT
from alerting.ledger.tables.told import PERSON
from alerting.rights import cell
from schemas.read_models import ReportView
from schemas.risk import IntelligenceTag

Part = str | int | bool | datetime | None
_ALIKE = 50
"""Reports that bear one name; more say nothing new."""
OF_REPORTS, OF_DISCLOSURES = 0, 1
"""In a list, what happened at the same instant stands in this order."""


class Wanted(NamedTuple):
    """The filters of the list."""

    person_id: str | None = None
    tag: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    handling_code: str | None = None


class Known(NamedTuple):
    """A report as one officer knows of it. `whole`: may read it; else that it exists. By which role, and why."""

    view: ReportView
    whole: bool
    role: str
    purpose: str

    @property
    def sealed(self) -> tuple[str, str] | None:
        """By the source and id of its event, where it is of code C: for most there is none."""
        return (self.view.source, self.view.id) if self.view.report.handling_code == "C" else None


def by_name(connection: Connection, actor: Actor, report_id: str) -> Known | None:
    """The report of that name that exists for the officer; of two, the one that they may read, and the later."""
    found = reports(connection, actor, Wanted(), None, _ALIKE, (REPORT.c.report_id == report_id,))
    return max(found, key=lambda known: (known.whole, known.view.occurred_at), default=None)


def of_event(connection: Connection, actor: Actor, source: str, event_id: str) -> Known | None:
    """The report of that event, if it exists for the officer: whatever else bears its name."""
    found = reports(connection, actor, Wanted(), None, 1, (REPORT.c.source == source, REPORT.c.id == event_id))
    return found[0] if found else None


def not_sealed_from(actor: Actor) -> ColumnElement[bool]:
    """For a WHERE over READING: the rows that tell of no report of code C, or of one that exists for the officer; and their own.

    Whoever keeps watch over the log of disclosures sees them all.
    """
    if any("log_only" in cell("intelligence.read", acting.role).limits for acting in actor.acting):
        return true()
    exists_for_them = or_(false(), *(door for way in doors(actor) for door in (way.whole, way.bare)))
    asked = select(REPORT.c.id).join(PERSON, PERSON.c.person_id == REPORT.c.person_id)
    asked = asked.where(REPORT.c.source == READING.c.report_source, REPORT.c.id == READING.c.report_event)
    known = asked.where(of_nobody_excluded(actor), exists_for_them).correlate(READING).exists()
    return or_(READING.c.report_source.is_(None), READING.c.officer_id == actor.officer_id, known)


def reports(
    connection: Connection,
    actor: Actor,
    wanted: Wanted,
    after: tuple[Part, ...] | None,
    limit: int,
    which: Sequence[ColumnElement[bool]] = (),
) -> list[Known]:
    """What exists for the officer, the latest first, after a place of the list."""
    ways = doors(actor)
    whole, bare = or_(false(), *(way.whole for way in ways)), or_(false(), *(way.bare for way in ways))
    said = and_(
        true(),
        *(
            part
            for part in (
                None if wanted.tag is None else REPORT.c.tags.contains(f" {wanted.tag} ", autoescape=True),
                *_times(wanted),
            )
            if part is not None
        ),
    )
    says_something = wanted.tag is not None or wanted.from_at is not None or wanted.to_at is not None
    mine = and_(whole, said) if says_something else or_(whole, bare)  # a filter must not tell what may not be read
    flags = [*(way.whole.label(f"whole_{number}") for number, way in enumerate(ways))]
    flags += [way.bare.label(f"bare_{number}") for number, way in enumerate(ways)]
    asked = select(REPORT.c.report, *flags)
    asked = asked.select_from(REPORT.join(PERSON, PERSON.c.person_id == REPORT.c.person_id))
    asked = asked.where(of_nobody_excluded(actor), mine, *which, *_after(REPORT.c.at, (REPORT.c.source, REPORT.c.id), OF_REPORTS, after))
    if wanted.person_id is not None:
        asked = asked.where(REPORT.c.person_id == wanted.person_id)
    if wanted.handling_code is not None:
        asked = asked.where(REPORT.c.handling_code == wanted.handling_code)
    rows = connection.execute(asked.order_by(REPORT.c.at.desc(), REPORT.c.source, REPORT.c.id).limit(limit)).all()
    found: list[Known] = []
    for row in rows:
        view, leads = ReportView.model_validate_json(row.report), tuple(row)[1:]
        reads = next((way for way, leads_there in zip(ways, leads, strict=False) if leads_there), None)
        way = reads or next(way for way, leads_there in zip(ways, leads[len(ways) :], strict=True) if leads_there)
        found.append(Known(view, reads is not None, way.ground.role, way.ground.purpose))
    return found


def received(connection: Connection, actor: Actor, wanted: Wanted, after: tuple[Part, ...] | None, limit: int) -> list[Disclosure]:
    """What was disclosed to the officer and stands, the latest first."""
    return logged(connection, wanted, after, limit, (log.received_by(actor),))


def logged(
    connection: Connection, wanted: Wanted, after: tuple[Part, ...] | None, limit: int, which: Sequence[ColumnElement[bool]] = ()
) -> list[Disclosure]:
    """The log of disclosures, the latest first."""
    after_it = _after(DISCLOSURE.c.at, (DISCLOSURE.c.disclosure_id,), OF_DISCLOSURES, after)
    asked = select(DISCLOSURE.c.disclosure).where(*which, *after_it, _of_disclosure(wanted))
    return list(log.read(connection, asked.order_by(DISCLOSURE.c.at.desc(), DISCLOSURE.c.disclosure_id).limit(limit)))


def counts(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many reports of code P there are, in all and by tag; one of code C is in no count."""
    open_ones = (REPORT.c.handling_code == "P", *(part for part in _times(wanted) if part is not None))
    every = {tag: REPORT.c.tags.contains(f" {tag} ", autoescape=True) for tag in get_args(IntelligenceTag)}
    asked = select(func.count(), *(func.coalesce(func.sum(case((is_so, 1), else_=0)), 0) for is_so in every.values()))
    row = connection.execute(asked.select_from(REPORT).where(*open_ones)).one()
    return {name: int(number) for name, number in zip(("all", *every), row, strict=True)}


def _times(wanted: Wanted) -> tuple[ColumnElement[bool] | None, ColumnElement[bool] | None]:
    return (
        None if wanted.from_at is None else REPORT.c.at >= wanted.from_at,
        None if wanted.to_at is None else REPORT.c.at < wanted.to_at,
    )


def _of_disclosure(wanted: Wanted) -> ColumnElement[bool]:
    parts = (
        None if wanted.person_id is None else DISCLOSURE.c.person_id == wanted.person_id,
        None if wanted.tag is None else DISCLOSURE.c.tags.contains(f" {wanted.tag} ", autoescape=True),
        None if wanted.from_at is None else DISCLOSURE.c.at >= wanted.from_at,
        None if wanted.to_at is None else DISCLOSURE.c.at < wanted.to_at,
        None if wanted.handling_code is None else DISCLOSURE.c.handling_code == wanted.handling_code,
    )
    return and_(true(), *(part for part in parts if part is not None))


def _after(
    at: ColumnElement[datetime], names: Sequence[ColumnElement[str]], kind: int, after: tuple[Part, ...] | None
) -> tuple[ColumnElement[bool], ...]:
    """Strictly after a place, in the order of the list."""
    if after is None:
        return ()
    last_at, last_kind, *last = after
    if kind == last_kind:
        beside = and_(at == last_at, tuple_(*names) > tuple_(*last[: len(names)]))
    else:
        beside = at == last_at if int(str(last_kind)) < kind else false()
    return (or_(at < last_at, beside),)
