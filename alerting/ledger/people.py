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

_MOST_MERGES = 8
"""One into another into another; more is a fault."""
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
    latest = _behind_walls(connection, latest)
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


def _behind_walls(connection: Connection, latest: dict[str, PersonView]) -> dict[str, PersonView]:
    """These views, and those of whoever was merged into them: who could not see a person cannot see what still stands under his old name.

    An old alert does. Kept from it are all who were kept from him, and who are kept from the person that he is, now or later.
    """
    names = set(latest)
    while names:
        asked = select(PERSON.c.person_id, PERSON.c.view).where(one_of(PERSON.c.gone_to, "heirs"))
        rows = connection.execute(asked, {"heirs": sorted(names)}).all()
        olds = {row.person_id: PersonView.model_validate_json(row.view) for row in rows if row.person_id not in latest}
        latest, names = latest | olds, set(olds)
    return {name: _walled(connection, latest, one) if _is_no_more(one) else one for name, one in latest.items()}


def _walled(connection: Connection, latest: dict[str, PersonView], one: PersonView) -> PersonView:
    before, walls, heir = view(connection, one.person_id), [one], one
    walls += [] if before is None else [before]
    for _ in range(_MOST_MERGES):
        named = None if heir.gone_to is None else latest.get(heir.gone_to) or view(connection, heir.gone_to)
        if named is None:
            break
        heir = named
        walls.append(heir)
    excluded = dict.fromkeys(officer_id for wall in walls for officer_id in wall.excluded_officer_ids)
    return one.model_copy(update={"restricted": any(wall.restricted for wall in walls), "excluded_officer_ids": tuple(excluded)})


def _is_no_more(one: PersonView) -> bool:
    """Another's now, or nobody's: nothing is known of him but a name."""
    return one.gone_to is not None or not (one.managed or one.identifiers or one.areas)


def _parts(views: Iterable[PersonView]) -> dict[Table, list[dict[str, object]]]:
    """What hangs on people, by table; on one who is another's now hangs only who may not see him."""
    parts: dict[Table, list[dict[str, object]]] = {
        table: [] for table in (PERSON_AREA, PERSON_IDENTIFIER, ASSIGNMENT, PERSON_PROTECTED, EXCLUDED)
    }
    for one in views:
        whose = {"person_id": one.person_id}
        parts[EXCLUDED] += [{**whose, "officer_id": officer_id} for officer_id in one.excluded_officer_ids]
        if one.gone_to is not None:
            continue
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
    return parts
