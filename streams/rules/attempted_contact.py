"""Attempted contact: he tries to reach a protected person from prison, and nothing comes of it.

Why:    a barred number tried again and again is a pattern that nobody sees when each try is only a line in a log.
Source: rules.md C, attempted-contact; word 4.
Fires:  a barred, refused or unanswered call, an intercepted message, a visit booked, refused or cancelled. The first is
        medium, the third within 7 days (one exactly 7 days old counts) makes it high.
Silent: legal calls and inbound messages; while contact-from-custody about her is open, attempts join that.
Clears: 7 days without one, not counting outages of the feeds that carry them.
Act:    bar the number or the contact; ask the IDVA whether she knows of it.
Gaps:   one visit is one attempt, whatever is said of it (booked, then cancelled); what is said last begins the quiet.
        Attempts that joined contact-from-custody are not counted here when that has closed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.comms import CommsCall, CommsMessage, CommsVisit
from schemas.event import Event
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, duration, when

SLUG = "attempted-contact"
CONTACT = "contact-from-custody"
COMMS = ("comms.call", "comms.message", "comms.visit")
CALLS = {"no_answer": "an unanswered call", "refused": "a refused call", "barred": "a barred call"}
VISITS = {"booked": "a booked visit", "refused": "a refused visit", "cancelled": "a cancelled visit"}


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How many attempts within how long make it high, and how long a quiet ends it."""

    many_attempts: int = 3
    within: timedelta = timedelta(days=7)
    quiet: timedelta = timedelta(days=7)


class Try(msgspec.Struct, frozen=True):
    """One attempt: when it was first heard of, and the visit that it is about."""

    at: datetime
    visit_id: str | None = None


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """The attempts of an open episode. `recent`: those that may still count towards many."""

    count: int
    recent: tuple[Try, ...]
    last_at: datetime
    how: str


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The open episodes, by protected person."""

    tries: dict[str, Tries] = {}


def _how(event: Event) -> str:
    data = event.data
    if isinstance(data, CommsCall):
        return CALLS.get(data.outcome, "a call")
    if isinstance(data, CommsVisit):
        return VISITS.get(data.status, "a visit")
    return "an intercepted message" if isinstance(data, CommsMessage) else "an attempt"


def _tried(p: Parameters, before: Tries | None, event: Event) -> Tries:
    at = event.occurred_at
    visit_id = event.data.visit_id if isinstance(event.data, CommsVisit) else None
    recent = () if before is None else tuple(one for one in before.recent if at - one.at <= p.within)
    count = 0 if before is None else before.count
    if visit_id is None or all(one.visit_id != visit_id for one in (before.recent if before else ())):
        recent, count = (*recent, Try(at, visit_id)), count + 1
    return Tries(count=count, recent=recent, last_at=at, how=_how(event))


def _because(person: Person, hers: str, began_at: datetime, tries: Tries) -> str:
    if tries.count == 1:
        return f"{person.label} tried to reach {hers} from custody on {when(began_at)}, by {tries.how}{at_risk([hers])}."
    return (
        f"{person.label} has tried {tries.count} times to reach {hers} from custody since {when(began_at)}, "
        f"the last time on {when(tries.last_at)} by {tries.how}{at_risk([hers])}."
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _quiet(p, memory, known, given)
    if not isinstance(given, Event):
        return None  # contact-from-custody is looked up when an attempt comes
    tries, findings, wake_ups = memory.tries, [], []
    for one in known.contacts:
        hers = one.protected_person_id
        subject = f"{known.case}:{hers}"
        if one.kind != "attempt" or any(other.open and other.about.id == hers for other in known.of(CONTACT)):
            continue
        open_ = known.open(SLUG, subject)
        mine = _tried(p, None if open_ is None else tries.get(hers), given)
        tries = {**tries, hers: mine}
        finding = open_ or Finding(
            subject=subject,
            about=About("protected_person", hers, f"attempts to reach {hers}"),
            began_at=given.occurred_at,
            decidable_at=given.occurred_at,
            severity="medium",
            because="",
            evidence=(),
            protected_person_ids=(hers,),
        )
        findings.append(
            replace(
                finding,
                severity="high" if len(mine.recent) >= p.many_attempts else finding.severity,
                because=_because(known.person, hers, finding.began_at, mine),
                evidence=(*finding.evidence, given.ref),
            )
        )
        wake_ups.append(WakeUp(key=hers, feeds=COMMS, since=given.occurred_at, limit=p.quiet))
    return Verdict(memory=Memory(tries=tries), findings=tuple(findings), wake_ups=tuple(wake_ups)) if findings else None


def _quiet(p: Parameters, memory: Memory, known: Known, wake: Wake) -> Verdict[Memory] | None:
    """So long without an attempt: the matter ends."""
    hers = wake.key
    open_, mine = known.open(SLUG, f"{known.case}:{hers}"), memory.tries.get(hers)
    if open_ is None or mine is None:
        return None
    times = "once" if mine.count == 1 else f"{mine.count} times"
    because = (
        f"{known.person.label} tried {times} to reach {hers} from custody, last on {when(mine.last_at)}; "
        f"there was no attempt in the {duration(p.quiet)} after it."
    )
    tries = {key: one for key, one in memory.tries.items() if key != hers}
    return Verdict(memory=Memory(tries=tries), findings=(replace(open_, ended_at=wake.due, because=because),))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=COMMS,
    reads_findings=(CONTACT,),
    tells=("prison_offender_manager", "idva"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
