"""Reporting missed: he had to report at a police station, and the period ended without him.

Why:    breach of bail is critical in protecting victims (HO), and this one is known to the minute.
Source: rules.md B, reporting-missed.
Fires:  the end of a reporting period in which no `bail.reported` for the order lies; the end itself still counts as in it.
Silent: in custody when the period ends; when the order came into force after the period or ends before it.
Clears: his next report, which says how late he came.
Act:    find out why; where there is no good reason, the officer in the case decides on arrest.
Gaps:   a period that had begun when the order was made or he was released counts like any other. Neither custody nor the
        end of the order clears it: only a report does, or people in the console. Authorised absences are read for
        curfews alone. The station is not compared.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.bail import BailReported
from schemas.event import Event
from streams.engine.calendar import next_boundary, occurrences
from streams.engine.known import Known
from streams.engine.orders import Order
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, duration, when

SLUG = "reporting-missed"
REPORTS = ("bail.reported",)
_INSTANT = timedelta(microseconds=1)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """None: the end of the period is the limit."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A reporting period that is coming or running."""

    began_at: datetime
    ended_at: datetime


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Reporting under one order. `missed`: ends of the periods that he missed since his last report."""

    turn: Turn | None = None
    reported_at: datetime | None = None
    missed: tuple[datetime, ...] = ()


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Duties by order id."""

    duties: dict[str, Duty] = {}


def _next(order: Order, after: datetime) -> Turn | None:
    """The period that ends first after an instant, of all reporting conditions of the order."""
    periods = tuple(period for one in order.conditions if one.kind == "report_to_police" and one.fault is None for period in one.periods)
    if not periods or order.fault is not None:
        return None
    end_at = next_boundary(periods, after)
    while end_at is not None and (order.over_at is None or end_at <= order.over_at):
        for one in occurrences(periods, end_at - _INSTANT, end_at):
            if one.ended_at == end_at:
                return Turn(began_at=one.began_at, ended_at=end_at)
        end_at = next_boundary(periods, end_at)
    return None


def _because(person: Person, order_id: str, missed: tuple[datetime, ...], reported_at: datetime | None) -> str:
    first = missed[0]
    times = f"missed {len(missed)} reporting periods" if len(missed) > 1 else "did not report to the police"
    if reported_at is not None:
        late = duration(reported_at - first)
        return f"{person.label} {times} under order {order_id}, due by {when(first)}; he reported on {when(reported_at)}, {late} late."
    last = f", the last by {when(missed[-1])}" if len(missed) > 1 else ""
    risk = at_risk(one.protected_person_id for one in person.linked())
    return f"{person.label} {times} under order {order_id}: he had to report by {when(first)}{last}{risk}."


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _ended(memory, known, given.key)
    if isinstance(given, Event) and isinstance(given.data, BailReported):
        return _reported(memory, known, given, given.data.order_id)
    if isinstance(given, Edge) and given.kind == "custody.release_undone":
        return _undone(memory, known)
    if isinstance(given, Event) and given.type == "custody.released":
        return _confirmed(memory, known)
    return _timetables(memory, known)


def _timetables(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """Orders have changed: which period of each ends next."""
    duties: dict[str, Duty] = {}
    wake_ups: list[WakeUp] = []
    cancels: list[str] = []
    for order_id, order in known.person.orders.items():
        before = memory.duties.get(order_id, Duty())
        running = before.turn is not None and before.turn.ended_at == known.at  # its end is judged at this very instant
        turn = before.turn if running else _next(order, known.at) if order.duties_at <= known.at else None
        if turn != before.turn:
            if turn is None:
                cancels.append(order_id)
            else:
                wake_ups.append(WakeUp(key=order_id, feeds=REPORTS, due=turn.ended_at))
        duty = replace(before, turn=turn)
        if duty != Duty():
            duties[order_id] = duty
    if duties == memory.duties:
        return None
    return Verdict(memory=Memory(duties=duties), wake_ups=tuple(wake_ups), cancels=tuple(cancels))


def _ended(memory: Memory, known: Known, order_id: str) -> Verdict[Memory] | None:
    """A period ends: missed or not, the next one is awaited."""
    duty, order, person = memory.duties.get(order_id), known.person.orders.get(order_id), known.person
    if duty is None or duty.turn is None or order is None:
        return None
    turn, following = duty.turn, _next(order, known.at)
    wake_ups = () if following is None else (WakeUp(key=order_id, feeds=REPORTS, due=following.ended_at),)
    after = replace(duty, turn=following)
    came = duty.reported_at is not None and duty.reported_at >= turn.began_at
    bound = order.over_at is None or order.over_at >= turn.ended_at
    findings: tuple[Finding, ...] = ()
    if bound and not came and not person.custody.inside:
        after = replace(after, missed=(*duty.missed, turn.ended_at))
        findings = (_stated(known, order, after.missed),)
    return Verdict(memory=Memory(duties={**memory.duties, order_id: after}), findings=findings, wake_ups=wake_ups)


def _stated(known: Known, order: Order, missed: tuple[datetime, ...]) -> Finding:
    """The finding of an order: a new one, or the open one that a further period joins."""
    person, open_ = known.person, known.open(SLUG, order.order_id)
    because = _because(person, order.order_id, missed, None)
    if open_ is not None:
        return replace(open_, because=because, provisional=open_.provisional and person.unconfirmed)
    condition_id = next((one.condition_id for one in order.conditions if one.kind == "report_to_police"), None)
    return Finding(
        subject=order.order_id,
        about=About("order", order.order_id, f"order {order.order_id}"),
        began_at=known.at,
        decidable_at=known.at,
        severity="high",
        provisional=person.unconfirmed,
        because=because,
        evidence=(order.varied_ref or order.ref,),
        protected_person_ids=tuple(one.protected_person_id for one in person.linked()),
        order_id=order.order_id,
        condition_id=condition_id,
    )


def _reported(memory: Memory, known: Known, event: Event, order_id: str) -> Verdict[Memory]:
    """He reports: that counts for the period it lies in, and ends what is open."""
    duty = replace(memory.duties.get(order_id, Duty()), reported_at=event.occurred_at)
    open_ = known.open(SLUG, order_id)
    findings: tuple[Finding, ...] = ()
    if open_ is not None and duty.missed:
        because = _because(known.person, order_id, duty.missed, event.occurred_at)
        findings = (replace(open_, ended_at=event.occurred_at, because=because, evidence=(*open_.evidence, event.ref)),)
    return Verdict(memory=Memory(duties={**memory.duties, order_id: replace(duty, missed=())}), findings=findings)


def _confirmed(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release is confirmed, and with it what rested on it."""
    if known.person.unconfirmed:
        return None
    sure = tuple(replace(one, provisional=False) for one in known.of(SLUG) if one.provisional and one.open)
    return Verdict(memory=memory, findings=sure) if sure else None


def _undone(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release never was: no period that ended after it was missed."""
    release, stood = known.before.custody.release, known.before.custody.undone
    if release is None or stood is None or not stood.inside:
        return None
    duties: dict[str, Duty] = {}
    findings: list[Finding] = []
    for order_id, duty in memory.duties.items():
        missed = tuple(at for at in duty.missed if at < release.at)
        duties[order_id] = replace(duty, missed=missed)
        open_ = known.open(SLUG, order_id)
        if open_ is not None and missed != duty.missed:
            because = _because(known.person, order_id, missed, None) if missed else open_.because
            findings.append(replace(open_, withdrawn=not missed, because=because))
    return Verdict(memory=Memory(duties=duties), findings=tuple(findings)) if findings else None


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "bail.reported",
        "order.began",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "custody.released",
        "custody.release_undone",
        "case.opened",
    ),
    tells=("oic",),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
