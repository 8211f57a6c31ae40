"""People as streams tells of them: whom to tell about each, and who is in the case now. Personal data, read by few.

Not what the pages show of them (`alerting.ledger.read_models`). Written by `alerting.ledger.taking`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Table, delete, select

from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import ASSIGNMENT, EXCLUDED, PERSON, PERSON_AREA, PERSON_IDENTIFIER, PERSON_PROTECTED
from alerting.ledger.upsert import upsert
from schemas.finding import Finding
from schemas.person import PersonView, ProtectedPersonView

_VIEWS = select(PERSON.c.person_id, PERSON.c.view).where(one_of(PERSON.c.person_id, "names"))


def view(connection: Connection, person_id: str) -> PersonView | None:
    """The person as streams last told; None for one of whom nothing was told yet."""
    return views(connection, {person_id}).get(person_id)


def views(connection: Connection, person_ids: Collection[str]) -> dict[str, PersonView]:
    """Those of these people that were told of."""
    if not person_ids:
        return {}
    rows = connection.execute(_VIEWS, {"names": sorted(set(person_ids))})
    return {row.person_id: PersonView.model_validate_json(row.view) for row in rows if row.view is not None}


def of_finding(finding: Finding, known: PersonView | None) -> PersonView | None:
    """Whom it is about. Of one who was not told of yet the little that the finding says: then the duty roles are told, at once."""
    if finding.person_id is None or known is not None:
        return known
    at_risk = tuple(ProtectedPersonView(protected_person_id=name) for name in finding.protected_person_ids)
    return PersonView(
        person_id=finding.person_id,
        label=finding.person_id,
        identifiers=finding.identifiers,
        areas=finding.areas,
        risk_level="high",
        protected=at_risk,
    )


def take(writing: Writing, said: Iterable[PersonView]) -> list[tuple[PersonView, PersonView]]:
    """Views into the ledger, each in the place of the one before; both, of those that were there."""
    latest = {one.person_id: one for one in said}
    if not latest:
        return []
    connection = writing.connection
    there = views(connection, latest)
    rows = [
        {
            "person_id": one.person_id,
            "as_of_at": writing.now,
            "risk_level": one.risk_level,
            "restricted": one.restricted,
            "in_custody": one.in_custody,
            "view": one.model_dump_json(),
            "gone_to": one.gone_to,
        }
        for one in latest.values()
    ]
    upsert(connection, PERSON, rows)
    for table, parts in _parts(latest.values()).items():
        connection.execute(delete(table).where(table.c.person_id.in_(sorted(latest))))
        upsert(connection, table, parts)
    return [(before, latest[name]) for name, before in there.items()]


def _parts(views: Iterable[PersonView]) -> dict[Table, list[dict[str, object]]]:
    """What hangs on people, by table; nothing hangs on one who is another's now."""
    parts: dict[Table, list[dict[str, object]]] = {
        table: [] for table in (PERSON_AREA, PERSON_IDENTIFIER, ASSIGNMENT, PERSON_PROTECTED, EXCLUDED)
    }
    for one in views:
        if one.gone_to is not None:
            continue
        whose = {"person_id": one.person_id}
        parts[PERSON_AREA] += [{**whose, "area": area} for area in one.areas]
        parts[PERSON_IDENTIFIER] += [{**whose, "type": name.type, "value": name.value} for name in one.identifiers]
        parts[ASSIGNMENT] += [
            {
                **whose,
                "officer_id": post.officer_id,
                "role": post.role,
                "protected_person_id": post.protected_person_id or "",
                "since_at": post.since_at,
            }
            for post in one.team
        ]
        parts[PERSON_PROTECTED] += [{**whose, "protected_person_id": her.protected_person_id, "area": her.area} for her in one.protected]
        parts[EXCLUDED] += [{**whose, "officer_id": officer_id} for officer_id in one.excluded_officer_ids]
    return parts
