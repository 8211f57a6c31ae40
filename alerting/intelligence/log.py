"""The log of disclosures in the ledger: each is kept whole, never taken away, and its state goes on in its place.

Who may see which row of it is said here too, as conditions for a WHERE. Called by the console's intelligence desk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import Connection, Select, and_, or_, select, tuple_

from alerting.actor import Actor
from alerting.intelligence.disclosing import Disclosure
from alerting.ledger.reports import tags_text
from alerting.ledger.store import Writing
from alerting.ledger.tables.intelligence import DISCLOSURE
from alerting.ledger.upsert import upsert
from alerting.ledger.ways import Condition, not_excluded

_read = msgspec.json.Decoder(Disclosure).decode


def keep(writing: Writing, disclosure: Disclosure) -> None:
    """As it stands now."""
    code, tags = disclosure.content.get("handling_code"), disclosure.content.get("tags")
    row = {
        "disclosure_id": disclosure.disclosure_id,
        "source": disclosure.source,
        "id": disclosure.id,
        "person_id": disclosure.person_id,
        "to_organisation": disclosure.to_organisation,
        "to_officer_id": disclosure.to_officer_id,
        "at": disclosure.sent_at or disclosure.asked_at,
        "expires_at": disclosure.expires_at,
        "state": disclosure.state,
        "handling_code": code if isinstance(code, str) else None,
        "tags": tags_text([str(tag) for tag in tags]) if isinstance(tags, list) else "",
        "disclosure": msgspec.json.encode(disclosure).decode(),
    }
    upsert(writing.connection, DISCLOSURE, [row])


def find(connection: Connection, disclosure_id: str) -> Disclosure | None:
    """By its name."""
    said = connection.execute(select(DISCLOSURE.c.disclosure).where(DISCLOSURE.c.disclosure_id == disclosure_id)).scalar()
    return None if said is None else _read(said)


def of_reports(connection: Connection, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Disclosure]]:
    """Those of each report, by the source and id of its event; the first first."""
    found: dict[tuple[str, str], list[Disclosure]] = {name: [] for name in names}
    if names:
        its = tuple_(DISCLOSURE.c.source, DISCLOSURE.c.id).in_(sorted(names))
        for one in read(connection, select(DISCLOSURE.c.disclosure).where(its).order_by(DISCLOSURE.c.at, DISCLOSURE.c.disclosure_id)):
            found[one.source, one.id].append(one)
    return found


def read(connection: Connection, asked: Select[str]) -> Iterable[Disclosure]:
    """What a select of the column `disclosure` finds."""
    return map(_read, connection.execute(asked).scalars())


def received_by(actor: Actor) -> Condition:
    """What was disclosed to this officer, as one of that organisation, while it lasts; never about whose case they may not see."""
    return and_(
        DISCLOSURE.c.to_officer_id == actor.officer_id,
        DISCLOSURE.c.to_organisation == actor.organisation,
        DISCLOSURE.c.state.in_(("sent", "accepted")),
        or_(DISCLOSURE.c.expires_at.is_(None), DISCLOSURE.c.expires_at > actor.at),
        not_excluded(actor, DISCLOSURE.c.person_id),
    )
