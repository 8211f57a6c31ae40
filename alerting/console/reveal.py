"""`POST /protected-people/{protected_person_id}/reveal` (console 1.7): her address, or her telephone, for a minute and with a reason.

The only way by which either leaves. One line of the log each; from the 20th in an hour the officer's supervisor is told, and
nothing is blocked: whoever answers for her safety must not be held up by a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, Connection, func, select

from alerting.console import supervisors
from alerting.console.answering import Hidden, Shown, nothing_here, write_denial
from alerting.console.commanding import Answer, Asked, command
from alerting.console.desk import Desk
from alerting.console.lines import not_allowed
from alerting.console.signed import SignedIn, route_of
from alerting.console.spoken import Body, Words
from alerting.ledger.alerts import named
from alerting.ledger.reach import ground, ground_of_protected, visible_alerts, visible_people
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import ALERT, ALERT_PROTECTED
from alerting.ledger.tables.books import READING
from alerting.ledger.tables.told import PERSON, PERSON_PROTECTED
from alerting.ledger.ways import Ground
from alerting.rights import Right, cell
from schemas.fields import Id, instant_text
from schemas.read_models import PersonPage, ProtectedPersonShown

Field = Literal["address", "phone"]
RIGHTS: Mapping[Field, Right] = {"address": "address.reveal", "phone": "phone.reveal"}
SHOWN_FOR = timedelta(seconds=60)
MANY, WITHIN = 20, timedelta(hours=1)
_NAMED_BY = frozenset({"break_glass"})
"""An advocate comes to an alert by one client, also where she was told of it; only so to another woman in it."""
JSON = dict[str, object]


class Reveal(Body):
    """What is wanted, and why."""

    field: Field
    reason: Words
    alert_id: Id | None = None


class Her(NamedTuple):
    """A protected person of whom they may know."""

    protected_person_id: str


class Way(NamedTuple):
    """Why they may have it, and as a condition over PERSON whose pages may tell it."""

    ground: Ground
    people: ColumnElement[bool]


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @command(
        desk,
        router,
        "/protected-people/{protected_person_id}/reveal",
        right="address.reveal",
        body=Reveal,
        find=_find,
        may=_may_have_any,
        keyed=False,
    )
    def reveal(writing: Writing, asked: Asked[Reveal, Her]) -> Answer:
        """Her address or telephone, to be shown until `until_at` and no longer."""
        her, said = asked.subject.protected_person_id, asked.body
        way = _way(writing, asked.signed, her, said)
        if way is None:
            write_denial(writing, asked.request, asked.signed, (her,), not_allowed())
            return Answer(refused=not_allowed())
        answer: JSON = {"protected_person_id": her, "field": said.field, "until_at": instant_text(writing.now + SHOWN_FOR)}
        answer |= _revealed(said.field, way.ground, _pages(writing.connection, her, way.people), writing)
        if _already(writing, asked) + 1 >= MANY:
            about = f"rv_{asked.officer_id}_{writing.now:%Y%m%dT%H}"  # one message an hour says it
            supervisors.tell(writing, asked.signed.actor, about, "reveals", desk.settings.origin)
        return Answer(answer, Shown(way.ground.purpose, (her,), (said.field,), said.reason, way.ground.role))

    return router


def _find(writing: Writing, signed: SignedIn, request: Request) -> Her:
    her = str(request.path_params["protected_person_id"])
    hers = PERSON_PROTECTED.c.protected_person_id == her
    if not (her.isascii() and her.isprintable()) or writing.connection.execute(select(PERSON_PROTECTED).where(hers)).first() is None:
        raise nothing_here()
    if ground_of_protected(writing.connection, signed.actor, "people.read", her, writing.now) is None and not _in_an_alert(
        writing, signed, her, "alert.read"
    ):
        raise Hidden(her)
    return Her(her)


def _may_have_any(writing: Writing, signed: SignedIn, subject: Her) -> bool:
    """Whether either may be theirs; which, and by which alert, stands in the body."""
    her = subject.protected_person_id
    return any(
        ground_of_protected(writing.connection, signed.actor, right, her, writing.now) is not None
        or _in_an_alert(writing, signed, her, right)
        for right in RIGHTS.values()
    )


def _in_an_alert(writing: Writing, signed: SignedIn, her: str, right: Right) -> bool:
    concerned = select(ALERT_PROTECTED.c.alert_id).where(ALERT_PROTECTED.c.protected_person_id == her)
    asked = select(ALERT.c.alert_id).where(ALERT.c.alert_id.in_(concerned), visible_alerts(signed.actor, writing.now, right))
    return writing.connection.execute(asked.limit(1)).first() is not None


def _way(writing: Writing, signed: SignedIn, her: str, said: Reveal) -> Way | None:
    """By the alert that they name, where that gives it; else by the case of somebody she is to be kept safe from."""
    connection, actor, right = writing.connection, signed.actor, RIGHTS[said.field]
    alert_id = None if said.alert_id is None else named(connection, said.alert_id)
    if alert_id is not None:
        at_risk = select(ALERT_PROTECTED).where(ALERT_PROTECTED.c.alert_id == alert_id, ALERT_PROTECTED.c.protected_person_id == her)
        found = ground(connection, actor, right, writing.now, alert_id=alert_id)
        if found is not None and connection.execute(at_risk).first() is not None and (found.role != "idva" or found.purpose in _NAMED_BY):
            return Way(found, PERSON.c.person_id == select(ALERT.c.person_id).where(ALERT.c.alert_id == alert_id).scalar_subquery())
    by_case = ground_of_protected(connection, actor, right, her, writing.now)
    return None if by_case is None else Way(by_case, visible_people(actor, writing.now, right))


def _pages(connection: Connection, her: str, which: ColumnElement[bool]) -> tuple[ProtectedPersonShown, ...]:
    hers = select(PERSON_PROTECTED.c.person_id).where(PERSON_PROTECTED.c.protected_person_id == her)
    asked = select(PERSON.c.page).where(PERSON.c.person_id.in_(hers), PERSON.c.page.is_not(None), which).order_by(PERSON.c.person_id)
    pages = (PersonPage.model_validate_json(text) for text in connection.execute(asked).scalars())
    return tuple(one for page in pages for one in page.protected if one.protected_person_id == her)


def _revealed(field: Field, why: Ground, known: Iterable[ProtectedPersonShown], writing: Writing) -> JSON:
    """What several cases say of her, each thing once. With a number goes how and when it is safe to use, but to one who bars it."""
    cases = tuple(known)
    if field == "address":
        lived_in = (one for case in cases for one in case.addresses if one.to_at is None or writing.now < one.to_at)
        return {"addresses": [one.model_dump(mode="json") for one in dict.fromkeys(lived_in)]}
    said: JSON = {"phones": list(dict.fromkeys(number for case in cases for number in case.phones))}
    if "to_bar" not in cell("phone.reveal", why.role).limits:
        said["safe_contact"] = [case.safe_contact.model_dump(mode="json") for case in cases if case.safe_contact is not None]
    return said


def _already(writing: Writing, asked: Asked[Reveal, Her]) -> int:
    """How many they have had within the hour."""
    theirs = (READING.c.officer_id == asked.officer_id, READING.c.at > writing.now - WITHIN, READING.c.kind == "reading")
    asked_before = select(func.count()).select_from(READING).where(*theirs, READING.c.route == route_of(asked.request))
    return int(writing.connection.execute(asked_before).scalar_one())
