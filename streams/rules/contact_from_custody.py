"""Contact from custody: he reaches a protected person from prison, by a call, a message or a visit.

Why:    perpetrators would continue to contact and threaten the victim from prison with few, if any, checks (NM).
Source: rules.md C, contact-from-custody; words 2, 4 and 11.
Fires:  a connected call, a sent message or an attended visit with a number, contact or address of hers, while in custody.
        Critical under a no-contact condition in force or for a high risk level, else high. Repeats join; so do attempts.
Silent: legal calls, inbound messages, out of custody (no-contact); incidents (no-contact). With no such condition and no
        high risk, for 28 days after a `no_breach`, or until a contact with her is flagged or a condition made.
Clears: a decision that names it. The next contact is then a new episode.
Act:    the prison offender manager bars the number or contact today; the IDVA asks her whether she wanted it, and how it was.
Gaps:   a person whose reception was never seen is not in custody for us: his calls are no-contact's where a condition is in
        force. A condition not to approach is no condition against calls. A flag ends the silence; it does not raise the
        contact that it points to (flagged-communication does).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from schemas.bail import BreachDecided
from schemas.comms import CommsCall, CommsFlagged, CommsMessage, CommsVisit
from schemas.event import Event, EvidenceRef
from schemas.order import OrderMade, OrderVaried
from streams.engine.known import Known
from streams.engine.orders import Condition, Order
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Severity, Verdict
from streams.engine.wording import at_risk, listed, when

SLUG = "contact-from-custody"
UNDER_CONDITION = "no_contact_condition"
REMEMBERED = 64
"""So many of the latest contacts with her are remembered, for a flag that points to one."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How long a decision that it was no breach silences what no condition forbids."""

    silenced_for: timedelta = timedelta(days=28)


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """One contact or attempt. `id`: of the call, message or visit."""

    protected_person_id: str
    kind: Literal["contact", "attempt"]
    by: Literal["call", "message", "visit", "incident"]
    id: str
    at: datetime
    ref: EvidenceRef


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What the open episode consists of: contacts by their kind, attempts, and the last contact."""

    contacts: dict[str, int]
    attempts: int
    last_at: datetime


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """All by protected person. `reached`: ids of the latest contacts. `silenced`: until when. `out`: see `_held`."""

    tallies: dict[str, Tally] = {}
    reached: dict[str, tuple[str, ...]] = {}
    silenced: dict[str, datetime] = {}
    out: tuple[Reached, ...] = ()


def _condition(person: Person, protected_person_id: str, at: datetime) -> tuple[Order, Condition] | None:
    """The no-contact condition that covers her."""
    for order, condition in person.conditions(at, "no_contact"):
        if condition.protected_person_id in {None, protected_person_id}:
            return order, condition
    return None


def _id(event: Event) -> str:
    data = event.data
    if isinstance(data, CommsCall):
        return data.call_id
    if isinstance(data, CommsMessage):
        return data.message_id
    return data.visit_id if isinstance(data, CommsVisit) else event.id


def _counted(tally: Tally | None, one: Reached) -> Tally:
    tally = tally or Tally(contacts={}, attempts=0, last_at=one.at)
    if one.kind == "attempt":
        return replace(tally, attempts=tally.attempts + 1)
    return replace(tally, contacts={**tally.contacts, one.by: tally.contacts.get(one.by, 0) + 1}, last_at=one.at)


def _because(person: Person, protected_person_id: str, began_at: datetime, tally: Tally, order_id: str | None) -> str:
    how = listed(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in tally.contacts.items())
    tried = f", and tried {tally.attempts} more time{'s' if tally.attempts > 1 else ''}" if tally.attempts else ""
    under = f", under the no-contact condition of order {order_id}" if order_id else ""
    once = sum(tally.contacts.values()) == 1
    reached = "reached" if once else "has reached"
    times = f"on {when(began_at)}" if once else f"since {when(began_at)}, the last on {when(tally.last_at)}"
    return f"{person.label} {reached} {protected_person_id} from custody by {how} {times}{tried}{under}{at_risk([protected_person_id])}."


def _stated(p: Parameters, memory: Memory, known: Known, one: Reached, open_: Finding | None) -> tuple[Memory, Finding | None]:
    """One contact or attempt, judged: it opens an episode, joins the open one, or is silenced."""
    hers, person = one.protected_person_id, known.person
    if open_ is None and one.kind == "attempt":
        return memory, None
    under = _condition(person, hers, one.at)
    if one.kind == "contact":
        memory = replace(memory, reached={**memory.reached, hers: (*memory.reached.get(hers, ()), one.id)[-REMEMBERED:]})
        until_at = memory.silenced.get(hers)
        if open_ is None and under is None and not person.high_risk and until_at is not None and one.at < until_at:
            return memory, None
    tally = _counted(None if open_ is None else memory.tallies.get(hers), one)
    memory = replace(memory, tallies={**memory.tallies, hers: tally})
    severity: Severity = "critical" if under is not None or person.high_risk else "high"
    finding = open_ or Finding(
        subject=f"{known.case}:{hers}",
        about=About("protected_person", hers, f"contact with {hers}"),
        began_at=one.at,
        decidable_at=known.at,
        severity=severity,
        because="",
        evidence=(),
        protected_person_ids=(hers,),
    )
    if one.kind == "contact":
        finding = replace(finding, severity="critical" if finding.severity == "critical" else severity)
        if under is not None and UNDER_CONDITION not in finding.grounds:
            finding = replace(
                finding,
                grounds=(*finding.grounds, UNDER_CONDITION),
                order_id=under[0].order_id,
                condition_id=under[1].condition_id,
            )
    because = _because(person, hers, finding.began_at, tally, finding.order_id)
    return memory, replace(finding, because=because, evidence=(*finding.evidence, one.ref))


def _all_stated(p: Parameters, memory: Memory, known: Known, reached: tuple[Reached, ...]) -> Verdict[Memory] | None:
    stated: dict[str, Finding] = {}
    after = memory
    for one in reached:
        hers = one.protected_person_id
        open_ = stated.get(hers) or known.open(SLUG, f"{known.case}:{hers}")
        after, finding = _stated(p, after, known, one, open_)
        if finding is not None:
            stated[hers] = finding
    return None if after is memory else Verdict(memory=after, findings=tuple(stated.values()))


def _held(memory: Memory, known: Known, reached: tuple[Reached, ...]) -> Verdict[Memory] | None:
    """Out on a release that nothing has confirmed: if it is undone, these were contacts from custody."""
    release = known.person.custody.release
    kept = tuple(one for one in memory.out if release is not None and one.at >= release.at)
    return Verdict(memory=replace(memory, out=(*kept, *(one for one in reached if one.kind == "contact"))))


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Edge):  # the release never was
        release = known.before.custody.release
        since = tuple(one for one in memory.out if release is not None and one.at >= release.at)
        return _all_stated(p, replace(memory, out=()), known, since)
    if not isinstance(given, Event):
        return None
    data = given.data
    if isinstance(data, CommsFlagged):
        return _flagged(memory, known, data)
    if isinstance(data, BreachDecided):
        return _decided(p, memory, known, data)
    if isinstance(data, OrderMade | OrderVaried):
        return _condition_made(memory, known, data)
    if given.type in {"risk.level_set", "case.opened"}:
        return _risk(memory, known)
    reached = tuple(
        Reached(protected_person_id=one.protected_person_id, kind=one.kind, by=one.by, id=_id(given), at=given.occurred_at, ref=given.ref)
        for one in known.contacts
    )
    inside = tuple(one for one in reached if one.kind == "attempt" or known.person.custody.inside)
    if inside:
        return _all_stated(p, memory, known, inside)
    return _held(memory, known, reached) if reached and known.person.unconfirmed else None


def _flagged(memory: Memory, known: Known, data: CommsFlagged) -> Verdict[Memory] | None:
    if data.ref in known.person.legal_calls:
        return None
    kept = {
        hers: until_at
        for hers, until_at in memory.silenced.items()
        if hers != data.protected_person_id and data.ref not in memory.reached.get(hers, ())
    }
    return None if kept == memory.silenced else Verdict(memory=replace(memory, silenced=kept))


def _decided(p: Parameters, memory: Memory, known: Known, data: BreachDecided) -> Verdict[Memory] | None:
    if data.decision != "no_breach":
        return None
    named = (known.findings[one] for one in known.decided)
    until_at = known.at + p.silenced_for
    fresh = {one.about.id: until_at for one in named if one.rule == SLUG}
    return Verdict(memory=replace(memory, silenced={**memory.silenced, **fresh})) if fresh else None


def _condition_made(memory: Memory, known: Known, data: OrderMade | OrderVaried) -> Verdict[Memory] | None:
    if not memory.silenced:
        return None
    order, before = known.person.orders.get(data.order_id), known.before.orders.get(data.order_id)
    old = () if before is None else before.conditions
    made = [one for one in (() if order is None else order.conditions) if one.kind == "no_contact" and one not in old]
    kept = {
        hers: until_at for hers, until_at in memory.silenced.items() if not any(one.protected_person_id in {None, hers} for one in made)
    }
    return None if kept == memory.silenced else Verdict(memory=replace(memory, silenced=kept))


def _risk(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """Risk level high: what is open is critical."""
    open_ = [one for one in known.of(SLUG) if one.open and one.severity != "critical"] if known.person.high_risk else []
    return Verdict(memory=memory, findings=tuple(replace(one, severity="critical") for one in open_)) if open_ else None


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "comms.call",
        "comms.message",
        "comms.visit",
        "comms.flagged",
        "breach.decided",
        "order.made",
        "order.varied",
        "risk.level_set",
        "case.opened",
        "custody.release_undone",
    ),
    tells=("prison_offender_manager", "oic", "idva"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
    by_decision=True,
)
