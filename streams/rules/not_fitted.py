"""Not fitted: an order says that he wears a tag, and nobody has put one on him.

Why:    weeks unmonitored after early release are the field's best-known failure (weeks without a visit, not minutes).
Source: rules.md A, not-fitted.
Fires:  no fitting by 23:59 local on the day after the clock started; at once when a visit to fit him failed. The clock
        starts when the tag condition comes into force or he leaves custody, whichever is later.
Silent: in custody; when a device in each mode of the condition is fitted as the clock starts; once he has been fitted
        (what follows is an untagged window).
Clears: fitted in every mode; custody begins; the condition ends.
Act:    phone the supplier for the next visit, and him to be there; say to her IDVA that nobody watches him yet.
Gaps:   a visit that failed does not say for which order: it counts for every order that waits. A condition without
        modes is met by any device. Minutes of an outage of the feed put the 72 h off, never 23:59.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.tagging import TaggingFitFailed
from streams.engine.calendar import end_of_day
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, listed, when

SLUG = "not-fitted"
FITTING = ("tagging.fitted",)
ANY = "any"
OVERDUE, FAILED_VISIT = "overdue", "failed_visit"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """A fitting is awaited until 23:59 so many whole local days after the clock started; when its absence is grave."""

    awaited_for: timedelta = timedelta(days=1)
    critical_after: timedelta = timedelta(hours=72)


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One order under which he is to be fitted. `missing`: modes not fitted since the clock started; none: done."""

    clock_at: datetime
    modes: tuple[str, ...]
    missing: tuple[str, ...]
    ref: EvidenceRef
    visits: tuple[EvidenceRef, ...] = ()
    """Visits that failed."""
    grounds: tuple[str, ...] = ()


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Duties by order id."""

    duties: dict[str, Duty] = {}


def _required(person: Person, at: datetime) -> dict[str, tuple[str, ...]]:
    """Modes that each order asks for now; in custody none does."""
    if person.custody.inside:
        return {}
    asked: dict[str, tuple[str, ...]] = {}
    for order, condition in person.conditions(at, "tag"):
        asked[order.order_id] = tuple(dict.fromkeys((*asked.get(order.order_id, ()), *(condition.modes or (ANY,)))))
    return asked


def _lacking(person: Person, modes: tuple[str, ...]) -> tuple[str, ...]:
    fitted = person.tag.modes()
    return tuple(mode for mode in modes if mode not in fitted and not (mode == ANY and person.tag.fitted))


def _keys(order_id: str) -> tuple[str, str]:
    return f"{order_id}:due", f"{order_id}:grave"


def _wake_ups(p: Parameters, order_id: str, duty: Duty) -> tuple[WakeUp, ...]:
    due, grave = _keys(order_id)
    return (
        WakeUp(key=due, feeds=FITTING, due=end_of_day(duty.clock_at, p.awaited_for.days)),
        WakeUp(key=grave, feeds=FITTING, since=duty.clock_at, limit=p.critical_after),
    )


def _because(p: Parameters, person: Person, order_id: str, duty: Duty, ended_at: datetime | None) -> str:
    tag = "tag" if duty.missing in {(), (ANY,)} else f"tag ({listed(duty.missing)})"
    if ended_at is not None:
        return f"{person.label} had to wear a tag under order {order_id} and had none from {when(duty.clock_at)} to {when(ended_at)}."
    visits = "" if not duty.visits else f", {len(duty.visits)} visit{'s' if len(duty.visits) > 1 else ''} to fit him failed"
    due_at = when(end_of_day(duty.clock_at, p.awaited_for.days))
    risk = at_risk(one.protected_person_id for one in person.linked())
    return (
        f"{person.label} has not been fitted with the {tag} that order {order_id} requires"
        f" since {when(duty.clock_at)}{visits}; it was due by {due_at}{risk}."
    )


def _stated(p: Parameters, known: Known, order_id: str, duty: Duty, *, grave: bool = False) -> Finding:
    """The finding of an order as it stands now: a new one, or the open one amended."""
    person, open_ = known.person, known.open(SLUG, order_id)
    release = person.custody.release
    rests = release is not None and release.at <= duty.clock_at
    began_at = open_.began_at if open_ else known.at
    return Finding(
        subject=order_id,
        about=About("order", order_id, f"order {order_id}"),
        began_at=began_at,
        decidable_at=open_.decidable_at if open_ else known.at,
        severity="critical" if grave or (open_ is not None and open_.severity == "critical") else "high",
        provisional=rests and person.unconfirmed,
        because=_because(p, person, order_id, duty, None),
        evidence=(duty.ref, *duty.visits),
        protected_person_ids=tuple(one.protected_person_id for one in person.linked()),
        grounds=duty.grounds,
        order_id=order_id,
        release_id=release.release_id if release is not None and release.at == duty.clock_at else None,
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _due(p, memory, known, given)
    if isinstance(given, Event) and isinstance(given.data, TaggingFitFailed):
        return _failed(p, memory, known, given)
    if isinstance(given, Edge) and given.kind == "custody.release_undone":
        return _undone(memory, known)
    return _review(p, memory, known, given)


def _due(p: Parameters, memory: Memory, known: Known, wake: Wake) -> Verdict[Memory] | None:
    order_id, what = wake.key.rsplit(":", 1)
    duty = memory.duties.get(order_id)
    if duty is None or not duty.missing:
        return None
    if OVERDUE not in duty.grounds:
        duty = replace(duty, grounds=(*duty.grounds, OVERDUE))
    return Verdict(
        memory=Memory(duties={**memory.duties, order_id: duty}),
        findings=(_stated(p, known, order_id, duty, grave=what == "grave"),),
    )


def _failed(p: Parameters, memory: Memory, known: Known, event: Event) -> Verdict[Memory] | None:
    """A visit failed: at once, for every order that waits for a fitting."""
    waiting = {order_id: duty for order_id, duty in memory.duties.items() if duty.missing}
    if not waiting:
        return None
    for order_id, duty in waiting.items():
        grounds = duty.grounds if FAILED_VISIT in duty.grounds else (*duty.grounds, FAILED_VISIT)
        waiting[order_id] = replace(duty, visits=(*duty.visits, event.ref), grounds=grounds)
    return Verdict(
        memory=Memory(duties={**memory.duties, **waiting}),
        findings=tuple(_stated(p, known, order_id, duty) for order_id, duty in waiting.items()),
    )


def _review(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """Orders, custody or fitting have changed: which orders ask for a fitting, and which modes are still missing."""
    person, at = known.person, known.at
    required = _required(person, at)
    duties: dict[str, Duty] = {}
    findings: list[Finding] = []
    wake_ups: list[WakeUp] = []
    cancels: list[str] = []
    for order_id, modes in required.items():
        before = memory.duties.get(order_id)
        duty = _duty(person, order_id, modes, before, at)
        duties[order_id] = duty
        open_ = known.open(SLUG, order_id)
        if not duty.missing:
            if before is not None and before.missing:
                cancels.extend(_keys(order_id))
        elif before is None or before.clock_at != duty.clock_at:
            wake_ups.extend(_wake_ups(p, order_id, duty))
        if open_ is not None:
            fresh = _stated(p, known, order_id, duty) if duty.missing else _over(p, known, open_, duty, given)
            if (fresh.ended_at, fresh.because, fresh.provisional) != (None, open_.because, open_.provisional):
                findings.append(fresh)
    for order_id in sorted(memory.duties.keys() - required.keys()):
        cancels.extend(_keys(order_id))
        open_ = known.open(SLUG, order_id)
        if open_ is not None:
            findings.append(_over(p, known, open_, memory.duties[order_id], given))
    if duties == memory.duties and not findings:
        return None
    return Verdict(memory=Memory(duties=duties), findings=tuple(findings), wake_ups=tuple(wake_ups), cancels=tuple(cancels))


def _duty(person: Person, order_id: str, modes: tuple[str, ...], before: Duty | None, at: datetime) -> Duty:
    """The duty as it stands now: the clock starts when it begins, and again when a mode is added after all were fitted."""
    order = person.orders[order_id]
    fresh = Duty(clock_at=at, modes=modes, missing=_lacking(person, modes), ref=order.varied_ref or order.ref)
    if before is None:
        return fresh
    added = tuple(mode for mode in modes if mode not in before.modes)
    if not before.missing and _lacking(person, added):
        return replace(fresh, missing=_lacking(person, added))
    open_modes = tuple(mode for mode in modes if mode in before.missing or mode in added)
    return replace(before, modes=modes, missing=_lacking(person, open_modes))


def _over(p: Parameters, known: Known, open_: Finding, duty: Duty, given: Given) -> Finding:
    evidence = (*open_.evidence, given.ref) if isinstance(given, Event) else open_.evidence
    because = _because(p, known.person, open_.subject, duty, known.at)
    return replace(open_, ended_at=known.at, because=because, evidence=evidence)


def _undone(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release never was: neither is a duty whose clock it started, nor what was found about it."""
    release = known.before.custody.release
    stood = known.before.custody.undone
    if release is None or stood is None or not stood.inside:
        return None
    gone = {order_id for order_id, duty in memory.duties.items() if duty.clock_at >= release.at}
    withdrawn = tuple(replace(one, withdrawn=True) for one in known.of(SLUG) if one.began_at >= release.at)
    return Verdict(
        memory=Memory(duties={order_id: duty for order_id, duty in memory.duties.items() if order_id not in gone}),
        findings=withdrawn,
        cancels=tuple(key for order_id in sorted(gone) for key in _keys(order_id)),
    )


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "tagging.fitted",
        "tagging.fit_failed",
        "order.began",
        "order.expired",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "custody.received",
        "custody.returned",
        "custody.released",
        "custody.unlawfully_at_large",
        "custody.release_undone",
        "case.opened",
    ),
    tells=("offender_manager", "oic"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
