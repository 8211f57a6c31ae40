"""Asking a duty inspector: the message that a disclosure of code C waits for them, and what its link shows.

The message is the text of console 4 and nothing else, with a reference of the disclosure's own, so that it tells nobody what waits, or
that a report exists. Not the deciding (`alerting.console.disclosures`). Called there, and by the plain page for the link.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from alerting.actor import Actor
from alerting.delivery import addresses
from alerting.intelligence import handling, log
from alerting.intelligence.disclosing import Disclosure
from alerting.intelligence.reading import of_event
from alerting.ledger import outbox, people, statements
from alerting.ledger.outbox import Message
from alerting.ledger.reach import may
from alerting.ledger.store import Writing
from alerting.ledger.tables.intelligence import DISCLOSURE
from alerting.routing import standing_in
from alerting.wording import may_leave
from schemas.finding import reference
from schemas.read_models import ReportView

ROLE = "duty_inspector"
OCCASION = "authority asked"


def ask(writing: Writing, disclosure: Disclosure, report: ReportView, area: str | None, origin: str) -> tuple[str, ...]:
    """Tell every duty inspector who is on duty there, and may know of him; who was told. Never whoever asks."""
    directory, now = statements.directory(writing.connection), writing.now
    person = people.view(writing.connection, disclosure.person_id)
    never = frozenset({disclosure.by_id, *(() if person is None else person.excluded_officer_ids)})
    on_call = directory.on_call(ROLE, area, now) or directory.on_call(ROLE, None, now)
    told = tuple(dict.fromkeys(one for holder in on_call if (one := standing_in(ROLE, holder, directory, now, never)) is not None))
    name = reference(disclosure.disclosure_id)
    severity = handling.urgency(report.report)
    text = may_leave(reference=name, severity=severity, status="open", message_status=report.message_status, origin=origin)
    messages = []
    for officer_id in told:
        first = addresses.order(writing.connection, officer_id, severity, now)[0]
        messages.append(Message(disclosure.disclosure_id, first, OCCASION, severity, text, officer_id, ROLE))
    outbox.make(writing, messages)
    return told


def waits(connection: Connection, actor: Actor, name: str, now: datetime) -> Disclosure | None:
    """The disclosure of that reference that waits for the officer's decision; None: none does, or it is not theirs to know."""
    asked = select(DISCLOSURE.c.disclosure).where(DISCLOSURE.c.state == "awaiting_authority")
    found = next((one for one in log.read(connection, asked) if reference(one.disclosure_id) == name), None)
    if found is None or found.state_at(now) != "awaiting_authority":
        return None
    known = of_event(connection, actor, found.source, found.id)
    if known is None:
        return None
    return found if may(connection, actor, "intelligence.authorise", now, person_id=known.view.person_id) else None
