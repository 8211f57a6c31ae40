"""Protection gap: the last order that protects her runs out, or has run out, and nothing follows it.

Why:    bail and orders that lapse unseen leave her with nothing in the weeks that are most dangerous (NM, HO).
Source: rules.md B, protection-gap.
Fires:  while the risk level is high or an incident is less than 90 days old: 14 days before the end of the last order that
        protects her (medium), 3 days (high), 24 h and after (critical); at once at the severity of the time left. A
        variation that drops the last protecting condition is an end. Pre-charge bail also ends at its limit of 3, 6 or 9
        months, one limit further with each extension, whatever date stands in it.
Silent: when an order in force no later than the end goes on; while `released-under-investigation` is open; for somebody
        whom no order has ever protected.
Clears: a successor; the risk is no longer high and no incident recent; she is no longer linked.
Act:    apply for the next order, or extend; tell her what ends when, through her IDVA.
Gaps:   an order that begins after the end closes the gap only when it is in force. Any incident of his counts, whoever
        it names. A bail limit that passes without a recorded extension stays open: in law the bail has lapsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from streams.engine.calendar import add_months
from streams.engine.known import Known
from streams.engine.orders import Order, protects
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Severity, Verdict, WakeUp
from streams.engine.wording import at_risk, when

SLUG = "protection-gap"
UNDER_INVESTIGATION = "released-under-investigation"
ORDERS = ("order.made", "order.extended")
QUIET = ("incident.reported",)
ENDED = "ended"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How near the end must be, how recent an incident counts, and the limits of pre-charge bail."""

    medium_before: timedelta = timedelta(days=14)
    high_before: timedelta = timedelta(days=3)
    critical_before: timedelta = timedelta(hours=24)
    recent_incident: timedelta = timedelta(days=90)
    bail_limit_months: tuple[int, ...] = (3, 6, 9)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`extensions`: how often each order was extended. `ends_at`: the end that each open finding is about, by person."""

    extensions: dict[str, int] = {}
    ends_at: dict[str, datetime] = {}


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Where her protection ends, as far as is known now."""

    ends_at: datetime
    order: Order
    by_limit: bool


def _end(p: Parameters, memory: Memory, order: Order) -> tuple[datetime | None, bool]:
    """When an order ends, and whether it is the limit of pre-charge bail that ends it."""
    over_at = order.over_at
    extensions = memory.extensions.get(order.order_id, 0)
    if order.kind == "police_bail" and extensions < len(p.bail_limit_months):
        limit_at = add_months(order.starts_at, p.bail_limit_months[extensions])
        if over_at is None or limit_at < over_at:
            return limit_at, True
    return over_at, False


def _protected(p: Parameters, memory: Memory, person: Person, her: str) -> Iterator[tuple[datetime, datetime | None, Order, bool]]:
    """Spans in which an order protects her: from, to, the order, and whether a bail limit ends the span."""
    linked = [one.protected_person_id for one in person.linked()]
    for order in person.orders.values():
        if order.fault is not None:
            continue
        end_at, by_limit = _end(p, memory, order)
        from_at = order.starts_at
        for until_at, conditions in (*order.past, (None, order.conditions)):
            last = until_at is None or (end_at is not None and end_at <= until_at)
            to_at = end_at if last else until_at
            if protects(replace(order, conditions=conditions), her, linked) and (to_at is None or from_at < to_at):
                yield from_at, to_at, order, by_limit and last
            if last:
                break
            from_at = max(from_at, until_at) if until_at is not None else from_at


def _gap(p: Parameters, memory: Memory, person: Person, her: str, at: datetime) -> Gap | None:
    """Where protection that holds now ends, through all successors; or where the last of it ended. None: never, or not yet."""
    spans = list(_protected(p, memory, person, her))
    reached, last = at, None
    while True:
        going_on = [span for span in spans if span[0] <= reached and (span[1] is None or span[1] > reached)]
        if any(to_at is None for _, to_at, _, _ in going_on):
            return None
        if not going_on:
            break
        last = max(going_on, key=lambda span: (span[1] or at, span[2].order_id))
        reached = last[1] or reached
    if last is None:
        over = [span for span in spans if span[1] is not None and span[1] <= at]
        last = max(over, key=lambda span: (span[1] or at, span[2].order_id), default=None)
    if last is None or last[1] is None:
        return None
    return Gap(ends_at=last[1], order=last[2], by_limit=last[3])


def _severity(p: Parameters, left: timedelta) -> Severity | None:
    """Of the time that is left; None when it is too long to tell anybody."""
    if left <= p.critical_before:
        return "critical"
    if left <= p.high_before:
        return "high"
    return "medium" if left <= p.medium_before else None


def _grounds(p: Parameters, person: Person, at: datetime) -> tuple[str, ...]:
    """Why a gap matters now: `high_risk`, `recent_incident`."""
    recent = any(one.happened_at + p.recent_incident > at for one in person.incidents)
    return (*(["high_risk"] if person.high_risk else []), *(["recent_incident"] if recent else []))


def _because(person: Person, her: str, gap: Gap, at: datetime) -> str:
    name, order_id, end = person.label, gap.order.order_id, when(gap.ends_at)
    risk = at_risk([her])
    if gap.by_limit:
        verb = "reached" if gap.ends_at <= at else "reaches"
        how = f"pre-charge bail {order_id} {verb} its time limit on {end} and no extension is recorded"
        return f"The last order that protects {her} from {name} is running out: {how}{risk}."
    if gap.ends_at <= at:
        return f"No order protects {her} from {name}: the last one, {order_id}, ended on {end}{risk}."
    return f"The last order that protects {her} from {name}, {order_id}, ends on {end} and nothing follows it{risk}."


def _wake_ups(p: Parameters, person: Person, her: str, gap: Gap, at: datetime) -> Iterator[WakeUp]:
    """The next threshold, and the instant at which the last incident is no longer recent."""
    steps = (p.medium_before, p.high_before, p.critical_before, timedelta(0))
    ahead = min((gap.ends_at - step for step in steps if gap.ends_at - step > at), default=None)
    if ahead is not None:
        yield WakeUp(key=her, feeds=ORDERS, due=ahead)
    if not person.high_risk:
        quiet_at = max((one.happened_at + p.recent_incident for one in person.incidents), default=at)
        if quiet_at > at:
            yield WakeUp(key=f"{her}:quiet", feeds=QUIET, due=quiet_at)


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    memory_now = _extended(memory, known) if isinstance(given, Event) and given.type.startswith("order.") else memory
    ref = given.ref if isinstance(given, Event) else None
    findings: list[Finding] = []
    wake_ups: list[WakeUp] = []
    cancels: list[str] = []
    person, at = known.person, known.at
    grounds = () if known.open(UNDER_INVESTIGATION) else _grounds(p, person, at)
    ends_at: dict[str, datetime] = {}
    for her, protected in person.protected.items():
        gap = _gap(p, memory_now, person, her, at) if grounds and protected.unlinked_at is None else None
        severity = _severity(p, gap.ends_at - at) if gap else None
        if gap is None:
            cancels.extend((her, f"{her}:quiet"))
        else:
            wake_ups.extend(_wake_ups(p, person, her, gap, at))
        open_ = known.open(SLUG, f"{known.case}:{her}")
        if open_ is not None and (gap is None or severity is None or _succeeded(memory, her, gap, open_, at)):
            findings.append(_closed(open_, at, ref))
            open_ = None
        if gap is not None and severity is not None:
            fresh = _stated(known, her, gap, severity, grounds, open_)
            if fresh != open_:
                findings.append(fresh)
            ends_at[her] = gap.ends_at
    memory_now = replace(memory_now, ends_at=ends_at)
    if not findings and not wake_ups and memory_now == memory:
        return None
    return Verdict(memory=memory_now, findings=tuple(findings), wake_ups=tuple(wake_ups), cancels=tuple(cancels))


def _succeeded(memory: Memory, her: str, gap: Gap, open_: Finding, at: datetime) -> bool:
    """Whether a successor has closed the open gap, although its own end is near as well: that is another gap."""
    return open_.began_at < at and gap.ends_at > memory.ends_at.get(her, gap.ends_at)


def _extended(memory: Memory, known: Known) -> Memory:
    """Count an extension: an order that ends later than it did before this event."""
    extensions = memory.extensions
    for order_id, order in known.person.orders.items():
        before = known.before.orders.get(order_id)
        if before is None or before is order or order.ends_at is None:
            continue
        if before.ends_at is None or order.ends_at > before.ends_at:
            extensions = {**extensions, order_id: extensions.get(order_id, 0) + 1}
    return memory if extensions is memory.extensions else replace(memory, extensions=extensions)


def _closed(open_: Finding, at: datetime, ref: EvidenceRef | None) -> Finding:
    """The gap is closed; one that never lasted is withdrawn."""
    if open_.began_at == at:
        return replace(open_, withdrawn=True)
    return replace(open_, ended_at=at, evidence=open_.evidence if ref is None else (*open_.evidence, ref))


def _stated(known: Known, her: str, gap: Gap, severity: Severity, grounds: tuple[str, ...], open_: Finding | None) -> Finding:
    """The gap as it stands now: a new finding, or the open one with less time left."""
    person, order = known.person, gap.order
    incident = max((one for one in person.incidents), key=lambda one: one.happened_at, default=None)
    refs = [order.ref, *([order.varied_ref] if order.varied_ref else [])]
    if "high_risk" not in grounds and incident is not None:
        refs.append(incident.ref)
    fresh = Finding(
        subject=f"{known.case}:{her}",
        about=About("protected_person", her, her),
        began_at=known.at,
        decidable_at=known.at,
        severity=severity,
        because=_because(person, her, gap, known.at),
        evidence=tuple(refs),
        protected_person_ids=(her,),
        grounds=(*grounds, ENDED) if gap.ends_at <= known.at else grounds,
        order_id=order.order_id,
    )
    if open_ is None:
        return fresh
    return replace(open_, severity=severity, because=fresh.because, evidence=fresh.evidence, grounds=fresh.grounds, order_id=fresh.order_id)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "order.began",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "case.opened",
        "case.protected_person_linked",
        "case.protected_person_updated",
        "case.protected_person_unlinked",
        "risk.level_set",
        "incident.reported",
    ),
    reads_findings=(UNDER_INVESTIGATION,),
    tells=("oic", "idva", "offender_manager"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
