"""`GET /audit`, `/audit/consultations`, `/audit/proof` (console 1.7): acts, who read whom, and the proof that an entry stands.

An auditor sees everything, and says why; others see their own acts, their team's, their area's. Looking is a reading too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, select, true

from alerting.console.answering import Shown, nothing_here, plain, reading
from alerting.console.desk import Desk
from alerting.console.filters import Name
from alerting.console.finding import said_reason
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.signed import Signed, SignedIn
from alerting.console.stream import LARGEST
from alerting.intelligence import log
from alerting.intelligence.reading import not_sealed_from, of_event
from alerting.ledger import facts, roots, statements
from alerting.ledger.queue import number
from alerting.ledger.roots import Proof
from alerting.ledger.tables.alerts import HISTORY
from alerting.ledger.tables.books import READING, READING_SUBJECT
from alerting.rights import Right, Where, areas, reach
from schemas.fields import Instant, instant_text

_names = msgspec.json.Decoder(tuple[str, ...]).decode
_entry = msgspec.json.Decoder(dict[str, object]).decode
_WHO = ("by", "officer_id", "officer")
"""Where an entry of the chain says whose act it was."""


class Filter(BaseModel):
    """What the queries of both lists have. A name that is no filter is refused, because it would widen the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    officer_id: Name | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None
    limit: Limit = USUAL
    cursor: str | None = None


class OfActs(Filter):
    """An act may be about an alert."""

    alert_id: Name | None = None


class OfConsultations(Filter):
    """A reading tells whom it was about."""

    subject_id: Name | None = None


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/audit", **line("audit.read"))
    def acts(request: Request, signed: Signed, wanted: Annotated[OfActs, Query()]) -> Response:
        """What people did and tried, the latest first."""
        _reason(request, signed, "audit.read")
        cursors = Cursors(desk, request, signed)
        with desk.ledger.read() as connection:
            seq = number(connection)
            asked = select(HISTORY).where(_whose(connection, signed, "audit.read", HISTORY.c.by_id)).order_by(HISTORY.c.seq.desc())
            asked = asked.where(HISTORY.c.by_id.is_(None) if _of_the_system(signed) else HISTORY.c.by_id.is_not(None))
            for part in (
                None if wanted.officer_id is None else HISTORY.c.by_id == wanted.officer_id,
                None if wanted.alert_id is None else HISTORY.c.alert_id == wanted.alert_id,
                None if wanted.from_at is None else HISTORY.c.at >= wanted.from_at,
                None if wanted.to_at is None else HISTORY.c.at < wanted.to_at,
                None if cursors.after is None else HISTORY.c.seq < cursors.after[0],
            ):
                asked = asked if part is None else asked.where(part)
            rows = connection.execute(asked.limit(wanted.limit + 1)).all()
        page = rows[: wanted.limit]
        items = [
            {
                "seq": row.seq,
                "at": instant_text(row.at),
                "alert_id": row.alert_id,
                "what": row.what,
                "by": row.by_id,
                "role": row.role,
                "version_seen": row.version_seen,
                "result": row.result,
            }
            for row in page
        ]
        last = (page[-1].seq,) if len(rows) > len(page) else None
        return plain(cursors.page(items, seq, last))

    @router.get("/audit/consultations", **line("audit.consultations"))
    def consultations(request: Request, signed: Signed, wanted: Annotated[OfConsultations, Query()]) -> Response:
        """Who read whom, the latest first."""
        reason = _reason(request, signed, "audit.consultations")
        cursors = Cursors(desk, request, signed)
        with desk.ledger.read() as connection:
            seq = number(connection)
            whose = _whose(connection, signed, "audit.consultations", READING.c.officer_id)
            asked = select(READING).where(whose, not_sealed_from(signed.actor))
            asked = asked.order_by(READING.c.number.desc())
            about = select(READING_SUBJECT.c.number).where(READING_SUBJECT.c.subject_id == wanted.subject_id)
            for part in (
                None if wanted.officer_id is None else READING.c.officer_id == wanted.officer_id,
                None if wanted.subject_id is None else READING.c.number.in_(about),
                None if wanted.from_at is None else READING.c.at >= wanted.from_at,
                None if wanted.to_at is None else READING.c.at < wanted.to_at,
                None if cursors.after is None else READING.c.number < cursors.after[0],
            ):
                asked = asked if part is None else asked.where(part)
            rows = connection.execute(asked.limit(wanted.limit + 1)).all()
        page = rows[: wanted.limit]
        items = [
            {
                "number": row.number,
                "at": instant_text(row.at),
                "kind": row.kind,
                "officer_id": row.officer_id,
                "role": row.role,
                "purpose": row.purpose,
                "reason": row.reason,
                "subject_ids": list(_names(row.subject_ids)),
                "fields": list(_names(row.fields)),
                "route": row.route,
                "request_id": row.request_id,
            }
            for row in page
        ]
        last = (page[-1].number,) if len(rows) > len(page) else None
        subjects = tuple(dict.fromkeys(name for row in page for name in _names(row.subject_ids)))
        body = cursors.page(items, seq, last)
        return reading(request, signed, body, Shown("audit", subjects, ("consultations",), reason))

    @router.get("/audit/proof", **line("audit.read"))
    def proof(request: Request, signed: Signed, seq: Annotated[int, Query(ge=1, le=LARGEST)]) -> Response:
        """That the entry of this number stands in the chain under the last signed root (RFC 6962). Of whose acts one may see alone."""
        _reason(request, signed, "audit.read")
        with desk.ledger.read() as connection:
            found = roots.proof_of(connection, seq)
            if found is None or not _may_see(connection, signed, found):
                raise nothing_here()
        return plain(_proof(found))

    return router


def _proof(found: Proof) -> dict[str, object]:
    """All that is needed to check it elsewhere: the entry, its hash, the path, the signed root."""
    return {
        "seq": found.number,
        "entry": found.entry,
        "hash": found.entry_hash.hex(),
        "path": [step.hex() for step in found.path],
        "root": found.root.shown(),
    }


def _may_see(connection: Connection, signed: SignedIn, found: Proof) -> bool:
    """Whether the entry tells of nobody's acts but those that `GET /audit` would show them. Of the system's: of nobody's at all.

    What others did with a report that does not exist for them (code C) is none of it.
    """
    said = _entry(found.entry)
    names = {one for word in _WHO for one in _each(said.get(word))}
    if "reading" in said:
        names |= set(connection.execute(select(READING.c.officer_id).where(READING.c.number == said["reading"])).scalars())
    where = reach(signed.actor, "audit.read").where
    if _of_the_system(signed):
        return not names
    if where is Where.EVERYWHERE or names == {signed.session.officer_id}:
        return True
    theirs = {signed.session.officer_id, *_others(connection, signed, "audit.read", where)}
    return bool(names) and names <= theirs and _exists(connection, signed, said)


def _exists(connection: Connection, signed: SignedIn, said: Mapping[str, object]) -> bool:
    """Whether the report that an entry tells of, or a disclosure or reading of it, exists for them; of other entries: yes."""
    if "reading" in said:
        theirs = select(READING.c.number).where(READING.c.number == said["reading"], not_sealed_from(signed.actor))
        return connection.execute(theirs).first() is not None
    disclosure_id, fact = said.get("disclosure_id"), said.get("fact")
    if isinstance(disclosure_id, str):
        found = log.find(connection, disclosure_id)
        return found is not None and of_event(connection, signed.actor, found.source, found.id) is not None
    if isinstance(fact, str) and "by" in said:  # a report that was submitted here
        return of_event(connection, signed.actor, facts.SOURCE, fact) is not None
    return True


def _each(said: object) -> list[str]:
    return [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]


def _of_the_system(signed: SignedIn) -> bool:
    """An administrator sees what the system did, and nobody's acts."""
    return "system_acts" in reach(signed.actor, "audit.read").limits


def _reason(request: Request, signed: SignedIn, right: Right) -> str | None:
    """An auditor, who may see everybody's, says why, in the header X-Reason."""
    found = reach(signed.actor, right)
    return said_reason(request) if found.where is Where.EVERYWHERE and "system_acts" not in found.limits else None


def _whose(connection: Connection, signed: SignedIn, right: Right, column: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whose acts or readings are theirs to see."""
    found = reach(signed.actor, right)
    if found.where is Where.EVERYWHERE:
        return true()
    return column.in_(sorted({signed.session.officer_id, *_others(connection, signed, right, found.where)}))


def _others(connection: Connection, signed: SignedIn, right: Right, where: Where) -> Collection[str]:
    known = statements.directory(connection).officers.everything(signed.actor.at)
    if where is Where.OWN_TEAM:
        return [officer.officer_id for _, officer in known if officer.line_manager_id == signed.session.officer_id]
    if where is Where.AREAS:
        theirs = areas(signed.actor, right)
        return [officer.officer_id for _, officer in known if officer.area in theirs]
    return ()
