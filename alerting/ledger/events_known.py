"""Which events of a person's timeline a reader may know of: intelligence has rights of its own, and code C is not there at all.

For whom a report exists is `alerting.ledger.reports`; one whose own record has not arrived is known to nobody. Called by the
console for the timeline and the chronology, and by `vigil chronology`, which tells of none.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from alerting.actor import Actor
from alerting.ledger.reports import readable, reassessing
from alerting.ledger.tables.intelligence import REPORT
from alerting.ledger.tables.told import PERSON, TIMELINE

NOT_GRADED: ColumnElement[bool] = TIMELINE.c.type.not_like("intelligence.%")
"""Everything but intelligence."""


def known_events(connection: Connection, actor: Actor, person_id: str) -> ColumnElement[bool]:
    """For a WHERE over TIMELINE, of one person."""
    joined = REPORT.join(PERSON, PERSON.c.person_id == REPORT.c.person_id)
    asked = select(REPORT.c.source, REPORT.c.id, REPORT.c.report_id).select_from(joined)
    known = connection.execute(asked.where(REPORT.c.person_id == person_id, readable(actor))).all()
    report_ids = {row.report_id for row in known}
    graded_again = [one for one in reassessing(connection, (person_id,)) if one.said.get("report_id") in report_ids]
    refs = {(row.source, row.id) for row in known} | {(one.source, one.id) for one in graded_again}
    return or_(NOT_GRADED, tuple_(TIMELINE.c.source, TIMELINE.c.id).in_(sorted(refs)))
