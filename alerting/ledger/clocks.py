"""The clocks of alerts whose owner's duty has changed: worked out anew, before the old ones run out.

Whoever goes away early must not keep an alert until the shift that was planned ends. A clock that is due although nothing has
run out is put right here as well. What is due at another instant has another place in lists, so it gets a number of its own and a line
in its history: else whoever turns pages would miss it. Called by `taking` (somebody's duty was stated anew) and by `sweep`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select

from alerting.directory import Directory
from alerting.ledger.alerts import Kept, Record, keep_clocks, load_all, with_incidents
from alerting.ledger.one_of import one_of
from alerting.ledger.steps import in_history
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import ALERT
from alerting.lifecycle.due import due
from alerting.lifecycle.policy import Policies
from alerting.lifecycle.step import Entry
from schemas.directory import DirectoryAbsence, DirectoryAbsenceCancelled, DirectoryOfficer, DirectoryOnCall, DirectoryOnCallRemoved
from schemas.event import Event

MOVED = "system.clocks_moved"
_DUE = select(ALERT.c.alert_id, ALERT.c.next_due_at).where(one_of(ALERT.c.alert_id, "names"))


def concerned(before: Directory, event: Event) -> Iterator[str]:
    """The officers whose duty a statement may end: those it names, and those that an earlier one of the same name did."""
    said = event.data
    if isinstance(said, DirectoryOfficer | DirectoryAbsence | DirectoryOnCall):
        yield said.officer_id
    if isinstance(said, DirectoryOfficer):  # a deputy stands in by the roles that are theirs: with others, somebody else may have to
        holders = before.ever_represented(said.officer_id)[1:]
        yield from sorted({one for officer_id in holders for one in before.chain(officer_id, event.occurred_at)})
    if isinstance(said, DirectoryAbsence | DirectoryAbsenceCancelled):
        absences = before.absences.statements.get(said.absence_id or event.id, ())
        away = {one.content.officer_id for one in absences if one.content is not None}
        away |= {said.officer_id} if isinstance(said, DirectoryAbsence) else set()
        # whoever stands in does so no longer when that one is back, or has named somebody else
        yield from sorted({one for officer_id in away for one in before.chain(officer_id, event.occurred_at)})
    if isinstance(said, DirectoryOnCall | DirectoryOnCallRemoved):
        name = said.shift_id or event.id
        stated = before.shifts.statements.get(name, ())
        yield from (one.content.officer_id for one in stated if one.content is not None)


def of_owners(writing: Writing, officer_ids: Iterable[str], policies: Policies) -> None:
    """Work out anew the clocks of what these officers own."""
    owned = select(ALERT.c.alert_id).where(ALERT.c.owner_id.in_(sorted(set(officer_ids))), ~ALERT.c.closed)
    records = load_all(writing.connection, writing.connection.execute(owned).scalars().all())
    put_right(writing, records.values(), policies)


def put_right(writing: Writing, records: Iterable[Record], policies: Policies) -> None:
    """Write the clocks that these must have now."""
    given, kept = tuple(records), []
    if not given:
        return
    surroundings = Surroundings(writing.connection, policies)
    surroundings.put_all(with_incidents(writing.connection, (record.alert.alert_id for record in given)))
    were_due = writing.connection.execute(_DUE, {"names": [record.alert.alert_id for record in given]})
    due_at: dict[str, datetime | None] = {row.alert_id: row.next_due_at for row in were_due}
    for record in given:
        around = surroundings.around(record.alert, record.finding)
        clocks = due(record.alert, record.handling, writing.now, around)
        moves = min((clock.at for clock in clocks), default=None) != due_at.get(record.alert.alert_id)
        seq = in_history(writing, record, Entry(MOVED)) if moves else record.seq
        kept.append(Kept(record, record._replace(seq=seq), clocks))
    keep_clocks(writing, kept)
