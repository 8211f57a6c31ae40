"""Finding one alert by its id or its reference, for one officer: theirs to know, or nothing there (console 1.1, 1.2).

404 is the same whether it exists or not; the denial is logged. Called by every route about one alert, reading or commanding.
"""

from __future__ import annotations

from fastapi import Request
from sqlalchemy import Connection, select

from alerting import reasons
from alerting.actor import Actor
from alerting.console.answering import Hidden, not_yours, nothing_here
from alerting.console.desk import Desk
from alerting.console.shown import One, shown
from alerting.console.signed import SignedIn
from alerting.ledger.alerts import named
from alerting.ledger.reach import visible_alerts
from alerting.ledger.tables.alerts import ALERT
from schemas.problems import Problem
from schemas.refusal import FieldError

REASON = "x-reason"
MOST_OF_A_REASON = 500


def name_of(connection: Connection, actor: Actor, said: str, desk: Desk) -> str:
    """Its id. Raises `nothing_here`, or `Hidden` where it exists and is not theirs."""
    alert_id = named(connection, said) if said.isascii() and said.isprintable() else None
    if alert_id is None:
        raise nothing_here()
    row = connection.execute(select(ALERT.c.alert_id, ALERT.c.person_id).where(ALERT.c.alert_id == alert_id)).one()
    theirs = select(ALERT.c.alert_id).where(ALERT.c.alert_id == alert_id, visible_alerts(actor, desk.clock()))
    if connection.execute(theirs).first() is None:
        raise Hidden(row.person_id or alert_id)
    return alert_id


def one_alert(connection: Connection, desk: Desk, request: Request, signed: SignedIn, said: str) -> One:
    """The alert as they may see it. Raises 404, with the denial logged where it exists."""
    try:
        alert_id = name_of(connection, signed.actor, said, desk)
    except Hidden as hidden:
        raise not_yours(request, signed, *hidden.subject_ids) from None
    found = shown(connection, signed.actor, desk.clock(), (alert_id,), desk.terms)
    if not found:
        raise nothing_here()
    return found[0]


def reason_of(request: Request, *found: One) -> str | None:
    """Why they read it, for a role that must say so: an auditor, in the header X-Reason. Raises `rationale_needed`."""
    return said_reason(request) if any("with_reason" in one.seen.reach("alert.read").limits for one in found) else None


def said_reason(request: Request) -> str:
    """The header X-Reason. Raises `rationale_needed` where there is none."""
    said = _as_written(request.headers.get(REASON, "")).strip()
    if not reasons.length(said) or len(said) > MOST_OF_A_REASON:
        wrong = FieldError("", "no reason", f"the header X-Reason, at most {MOST_OF_A_REASON} characters")
        raise Problem("rationale_needed", "You read this with a reason: expected it in the header X-Reason.", errors=(wrong,))
    return said


def _as_written(header: str) -> str:
    """A header comes as bytes. Most clients mean UTF-8, where three of them may be one letter that shows nothing; a page means Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header
