"""`GET /people/{person_id}/chronology` (console 1.7): the near-miss or review chronology, as `vigil chronology` writes it.

It goes out of the building, so it is logged as a disclosure and not as a reading; it holds what its reader may see and no more.
The document is `alerting.chronology`, its putting together `alerting.ledger.chronology`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from alerting.chronology import Chronology, as_csv, as_html, as_json
from alerting.console.answering import unread, write_reading
from alerting.console.bodies import not_valid
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.person_found import needs, one_person, why
from alerting.console.signed import Signed
from alerting.console.spans_of_time import Time
from alerting.ledger.chronology import Within, chronology
from alerting.ledger.events_known import known_events
from alerting.ledger.reach import visible_alerts
from schemas.refusal import FieldError

DISCLOSURE = "disclosure"
Form = Literal["json", "html", "csv"]


class Written(NamedTuple):
    """A form of the document."""

    media_type: str
    write: Callable[[Chronology], bytes]
    file: str | None = None
    """What it is saved as, where it is for paper and not for a program; never a name of anybody."""

    @property
    def headers(self) -> Mapping[str, str]:
        """A file is not opened within our own pages."""
        return {} if self.file is None else {"Content-Disposition": f'attachment; filename="{self.file}"'}


FORMS: Mapping[Form, Written] = {
    "json": Written("application/json", as_json),
    "html": Written("text/html; charset=utf-8", as_html, "chronology.html"),
    "csv": Written("text/csv; charset=utf-8", as_csv, "chronology.csv"),
}


class Asked(Time):
    """The query: the whole of what is known unless it says otherwise."""

    form: Annotated[Form, Field(validation_alias="format", serialization_alias="format")] = "json"


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/people/{person_id}/chronology", **line("people.chronology", one=True))
    def chronology_of_person(person_id: str, request: Request, signed: Signed, asked: Annotated[Asked, Query()]) -> Response:
        """What happened, who knew, who was told, and the three delays."""
        at = desk.clock()
        with desk.ledger.read() as connection:
            found = one_person(connection, at, request, signed, person_id)
            needs(connection, at, request, signed, found, "people.chronology")
            if asked.from_at is not None and asked.to_at is not None and asked.from_at >= asked.to_at:
                raise not_valid((FieldError("/from_at", "not before to_at", "an instant before to_at"),))
            reason = why(request, found)
            within = Within(visible_alerts(signed.actor, at), known_events(connection, signed.actor, found.person_id))
            said = chronology(connection, found.person_id, at, asked.from_at, asked.to_at, within)
        written = FORMS[asked.form]
        try:
            with desk.ledger.write(at) as writing:
                write_reading(writing, request, signed, found.shows("chronology", reason=reason), kind=DISCLOSURE)
        except (SQLAlchemyError, OSError):
            raise unread() from None
        return Response(written.write(said), 200, dict(written.headers), written.media_type)

    return router
