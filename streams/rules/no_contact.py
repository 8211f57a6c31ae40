"""No contact: he reached somebody whom an order forbids him to contact or approach.

Why:    breach of a condition is where a review most often finds that nobody acted (NM, HO, VKPP).
Source: rules.md B, no-contact.
Fires:  an incident that names her, of any kind; a connected call, a sent message or an attended visit, under a no-contact
        or not-to-approach condition. Begins when the incident happened, and the condition must have been in force then.
Silent: attempts; anything inbound; legal calls; calls, messages and visits from custody (contact-from-custody); a report
        of a breach by itself (breach-unanswered).
Clears: a decision.
Act:    see that she is safe through her IDVA; secure the evidence; arrest or summons is the officer's decision.
Gaps:   an incident that was reported before the order was made known is not looked at again. A condition that names
        nobody counts for everybody linked. An earlier incident that joins does not move the beginning.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec.structs import replace

from schemas.event import Event
from schemas.risk import IncidentReported
from streams.engine.contact import Contact
from streams.engine.known import Known
from streams.engine.orders import Condition, Order
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Verdict
from streams.engine.wording import at_risk, when

SLUG = "no-contact"
KINDS = ("no_contact", "not_to_approach")
WORDS = {
    "incident": "an incident with",
    "call": "a call to",
    "message": "a message to",
    "visit": "a visit with",
}


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """None: every contact counts, at once."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """None: what is open is in the findings."""


def _forbidding(person: Person, at: datetime, protected_person_id: str) -> tuple[Order, Condition] | None:
    """The condition that forbade it at that instant, as the order stood then."""
    linked = any(one.protected_person_id == protected_person_id for one in person.linked())
    for order in person.orders.values():
        if not order.in_force(at):
            continue
        for one in order.held(at):
            if one.kind in KINDS and (one.protected_person_id == protected_person_id or (one.protected_person_id is None and linked)):
                return order, one
    return None


def _because(known: Known, contact: Contact, began_at: datetime, order_id: str, kind: str, count: int, at: datetime) -> str:
    her, forbids = contact.protected_person_id, "to approach her" if kind == "not_to_approach" else "contact with her"
    risk = at_risk([her])
    what = f"{known.person.label} had {WORDS[contact.by]} {her}"
    if count == 1:
        return f"{what} on {when(at)} while order {order_id} forbids {forbids}{risk}."
    among = f"the last of {count} contacts since {when(began_at)}" if at >= began_at else f"one of {count} contacts"
    return f"{what} on {when(at)}, {among}, while order {order_id} forbids {forbids}{risk}."


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Edge):
        return _undone(memory, known)
    if not isinstance(given, Event):
        return None
    if given.type == "custody.released":
        return _confirmed(memory, known)
    made = [one for one in known.contacts if one.kind == "contact"]
    findings = tuple(found for one in made if (found := _found(known, given, one)) is not None)
    return Verdict(memory=memory, findings=findings) if findings else None


def _found(known: Known, event: Event, contact: Contact) -> Finding | None:
    """The finding about her: a new one, or the open one that this contact joins."""
    person, her = known.person, contact.protected_person_id
    if contact.by != "incident" and person.custody.inside:
        return None
    at: datetime = event.occurred_at
    if isinstance(event.data, IncidentReported):
        at = min(event.data.happened_at or at, at)
    forbidding = _forbidding(person, at, her)
    if forbidding is None:
        return None
    order, condition = forbidding
    provisional = contact.by != "incident" and person.unconfirmed
    subject = f"{known.case}:{her}"
    open_ = known.open(SLUG, subject) or _same_beginning(known, subject, at)
    if open_ is not None:
        evidence = (*open_.evidence, event.ref)
        return replace(
            open_,
            ended_at=None,
            provisional=open_.provisional and provisional,
            because=_because(known, contact, open_.began_at, order.order_id, condition.kind, len(evidence), at),
            evidence=evidence,
            grounds=open_.grounds if contact.by in open_.grounds else (*open_.grounds, contact.by),
        )
    return Finding(
        subject=subject,
        about=About("protected_person", her, her),
        began_at=at,
        decidable_at=event.occurred_at,
        severity="critical",
        provisional=provisional,
        because=_because(known, contact, at, order.order_id, condition.kind, 1, at),
        evidence=(event.ref,),
        protected_person_ids=(her,),
        grounds=(contact.by,),
        order_id=order.order_id,
        condition_id=condition.condition_id,
    )


def _same_beginning(known: Known, subject: str, at: datetime) -> Finding | None:
    """The episode of this very instant, decided already: what is told of it again reopens it."""
    return next((one for one in known.of(SLUG) if one.subject == subject and one.began_at == at), None)


def _confirmed(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release is confirmed, so he was out when he reached her."""
    release = known.person.custody.release
    if release is None or not release.confirmed:
        return None
    sure = tuple(replace(one, provisional=False) for one in known.of(SLUG) if one.provisional and one.decidable_at >= release.at)
    return Verdict(memory=memory, findings=sure) if sure else None


def _undone(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release never was: what rested on it alone was contact from custody, another rule's matter."""
    release, stood = known.before.custody.release, known.before.custody.undone
    if release is None or stood is None or not stood.inside:
        return None
    gone = tuple(replace(one, withdrawn=True) for one in known.of(SLUG) if one.provisional and one.decidable_at >= release.at)
    return Verdict(memory=memory, findings=gone) if gone else None


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("incident.reported", "comms.call", "comms.message", "comms.visit", "custody.released", "custody.release_undone"),
    tells=("oic", "idva", "offender_manager"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
    by_decision=True,
)
