"""Which events of a person's timeline a reader may know of: intelligence has rights of its own, and code C is not there at all.

A graded report is known by the intelligence desk's own record of it; one whose record has not arrived is known to nobody. Called
by the console for the timeline and the chronology, and by `vigil chronology`, which tells of none.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from alerting.actor import Actor
from alerting.ledger.code_c import unknown_to
from alerting.ledger.tables.intelligence import REPORT
from alerting.ledger.tables.told import TIMELINE
from alerting.redaction import Seen
from schemas.read_models import ReportView, TimelineEntry

NOT_GRADED: ColumnElement[bool] = TIMELINE.c.type.not_like("intelligence.%")
"""Everything but intelligence."""
_NOT_READ = frozenset({"counts", "log_only"})


def known_events(connection: Connection, actor: Actor, seen: Seen, person_id: str) -> ColumnElement[bool]:
    """For a WHERE over TIMELINE, of one person. `seen`: by what he is theirs to see."""
    reach = seen.reach("intelligence.read")
    if reach.never or not reach.limits.isdisjoint(_NOT_READ):
        return NOT_GRADED
    unknown = unknown_to(connection, actor, (person_id,))
    reports = connection.execute(select(REPORT.c.report).where(REPORT.c.person_id == person_id)).scalars()
    known = [view for view in map(ReportView.model_validate_json, reports) if (view.source, view.id) not in unknown.events]
    names = {view.report.report_id for view in known}
    graded_again = select(TIMELINE.c.entry).where(TIMELINE.c.person_id == person_id, TIMELINE.c.type == "intelligence.reassessed")
    entries = map(TimelineEntry.model_validate_json, connection.execute(graded_again).scalars())
    refs = {(view.source, view.id) for view in known} | {(one.source, one.id) for one in entries if one.said.get("report_id") in names}
    return or_(NOT_GRADED, tuple_(TIMELINE.c.source, TIMELINE.c.id).in_(sorted(refs)))
