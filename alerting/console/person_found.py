"""Finding one person by id for one officer: theirs to know, or nothing there (console 1.1, 1.2).

404 is the same whether he exists or not; the denial is logged. Of one who is another's now, whose. Called by every route about
one person, reading or commanding.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from fastapi import Request
from sqlalchemy import Connection, select

from alerting.actor import Actor
from alerting.console.answering import Hidden, Shown, denied, not_yours, nothing_here
from alerting.console.finding import said_reason
from alerting.console.lines import not_allowed
from alerting.console.signed import SignedIn
from alerting.ledger.reach import ground, seen_person
from alerting.ledger.tables.told import PERSON
from alerting.redaction import Seen
from alerting.rights import Right
from schemas.person import PersonView
from schemas.read_models import PersonPage

_MOST_MERGES = 20


class Known(NamedTuple):
    """A person. `page` None: what his page shows has not arrived yet. `as_of_at`: of what did."""

    view: PersonView
    page: PersonPage | None
    as_of_at: datetime


class Found(NamedTuple):
    """The same, and by what he is theirs to see."""

    view: PersonView
    page: PersonPage | None
    as_of_at: datetime
    seen: Seen

    @property
    def person_id(self) -> str:
        """Who he is now."""
        return self.view.person_id

    @property
    def subject_ids(self) -> tuple[str, ...]:
        """Whom an answer about him shows: also those who are to be kept safe from him."""
        return (self.person_id, *(one.protected_person_id for one in self.view.protected))

    def shows(self, *fields: str, reason: str | None = None) -> Shown:
        """The row of the reading log for an answer about him."""
        return Shown(self.seen.purpose, self.subject_ids, fields, reason, self.seen.role)


def known_person(connection: Connection, said: str) -> Known | None:
    """What is known of a person by that id, whoever asks; of one who is another's now, whose."""
    name: str | None = said if said.isascii() and said.isprintable() else None
    for _ in range(_MOST_MERGES):
        row = None if name is None else connection.execute(select(PERSON).where(PERSON.c.person_id == name)).first()
        if row is None or row.view is None:
            return None
        view = PersonView.model_validate_json(row.view)
        if view.gone_to is None:
            return Known(view, None if row.page is None else PersonPage.model_validate_json(row.page), row.as_of_at)
        name = view.gone_to
    return None


def found_person(connection: Connection, actor: Actor, at: datetime, said: str) -> Found:
    """The person as they may see him. Raises `nothing_here`, or `Hidden` where he exists and is not theirs."""
    known = known_person(connection, said)
    if known is None:
        raise nothing_here()
    seen = seen_person(connection, actor, at, known.view.person_id)
    if seen is None:
        raise Hidden(known.view.person_id)
    return Found(*known, seen)


def one_person(connection: Connection, at: datetime, request: Request, signed: SignedIn, said: str) -> Found:
    """The same for a route that shows something. Raises 404, with the denial logged where he exists."""
    try:
        return found_person(connection, signed.actor, at, said)
    except Hidden as hidden:
        raise not_yours(request, signed, *hidden.subject_ids) from None


def needs(connection: Connection, at: datetime, request: Request, signed: SignedIn, found: Found, right: Right) -> None:
    """Raises 403 where they may know of him and do not have this right on him."""
    if ground(connection, signed.actor, right, at, person_id=found.person_id) is None:
        raise denied(request, signed, (found.person_id,), not_allowed())


def why(request: Request, found: Found) -> str | None:
    """Why they read it, for a role that must say so: an auditor, in the header X-Reason. Raises `rationale_needed`."""
    if "with_reason" not in found.seen.reach("people.read").limits:
        return None
    return said_reason(request)
