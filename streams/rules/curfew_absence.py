"""Curfew absence: a person is not at the curfew address in curfew hours.

Why:    a curfew is worth what somebody notices of it; clock-change nights are 11 h and 13 h long.
Source: rules.md A, curfew-absence.
Fires:  5 min from the first proof of absence, while it holds: a fix certainly outside the address, or `not present` of the
        home unit. A state proved before the period carries into it, from its start.
Silent: `present` of the home unit outweighs fixes for 4 h; a certain fix inside outweighs `not present` for 15 min; a fix
        coarser than 100 m proves nothing. In custody; in permitted and authorised times; while the feed is out.
Clears: the first proof of presence, or the period, the order or his freedom ends. It says the minutes missed and the
        order's total. An absence authorised afterwards withdraws it, or the part that it covers.
Act:    call him, then the address; a first short absence is a talk, a pattern or a high risk is a visit tonight.
Gaps:   where fixes are coarser than the address's circle, only the home unit proves presence. A unit that was moved, opened
        or unplugged proves presence no more until its next word. `not present` that a fix outweighs is not taken up again
        when the fixes stop: untagged-window tells that. After a release presence and absence are proved anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.fix import Fix
from schemas.order import OrderAbsenceAuthorised
from schemas.tagging import TaggingHomeUnit, TaggingHomeUnitFault
from streams.engine.curfew_nights import Absence, Night, bound, permission_changes_at, runs
from streams.engine.known import Known
from streams.engine.orders import Window
from streams.engine.person import Person
from streams.engine.presence import Proof, away, by_fix, by_unit, proves
from streams.engine.rule import Rule
from streams.engine.tag import TrackedFix
from streams.engine.verdict import CLOCK, About, Edge, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, duration, when
from streams.engine.zone_watch import WatchedZone, next_change, watched

SLUG = "curfew-absence"
PROOFS = ("tagging.position", "tagging.home_unit")
WINDOW = "window"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How long an absence may be, how coarse a fix, and how long a proof holds."""

    absent_for: timedelta = timedelta(minutes=5)
    coarsest_fix_m: float = 100.0
    gps_silence: timedelta = timedelta(minutes=15)
    radio_silence: timedelta = timedelta(hours=4)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`homes`: the addresses of all curfews; `nights`: the periods that run, by subject; `missed`: in all, by order."""

    homes: tuple[WatchedZone, ...] = ()
    nights: dict[str, Night] = {}
    proofs: dict[str, Proof] = {}
    """By address: the last fix that proved something, when later ones proved nothing."""
    idle_until_at: datetime | None = None
    """No period runs, and no proof before this instant can carry into the next one: a day's fixes cost nothing."""
    unit_fault_at: datetime | None = None
    missed: dict[str, timedelta] = {}


def _by_fix(p: Parameters, memory: Memory, person: Person, home: WatchedZone) -> Proof | None:
    """What the fixes proved last."""
    return by_fix(home.zone, person.tag.fix, p.coarsest_fix_m, p.gps_silence) or memory.proofs.get(home.key)


def _by_unit(p: Parameters, memory: Memory, person: Person) -> Proof | None:
    """What the home unit proved last."""
    return by_unit(person.tag.home_unit, memory.unit_fault_at, p.radio_silence)


# One input --------------------------------------------------------------------------------------------------------------


class _Draft:
    """The verdict on one input, while it is made."""

    def __init__(self, p: Parameters, memory: Memory, known: Known) -> None:
        self._p = p
        self._known = known
        self.memory = memory
        self.nights = dict(memory.nights)
        self._missed = dict(memory.missed)
        self._findings: list[Finding] = []
        self._wake_ups: list[WakeUp] = []
        self._cancels: list[str] = []

    def begins(self, night: Night, at: datetime, until_at: datetime, ref: EvidenceRef) -> None:
        """Away from now on; told when it has lasted."""
        self.nights[night.subject] = replace(night, absence=Absence(since_at=at, until_at=until_at, ref=ref))
        self._wake_ups.append(WakeUp(key=night.subject, feeds=PROOFS, since=at, limit=self._p.absent_for))

    def away(self, night: Night, at: datetime, until_at: datetime, ref: EvidenceRef) -> None:
        """A proof of absence."""
        absence = night.absence
        if not bound(self._known.person, night.home, at) or (absence is not None and absence.told):
            return
        if absence is None or at > absence.until_at:
            self.begins(night, at, until_at, ref)
        elif at - absence.since_at >= self._p.absent_for:
            self._tell(night, absence)
        else:
            self.nights[night.subject] = replace(night, absence=replace(absence, until_at=max(until_at, absence.until_at)))

    def ends(self, night: Night, at: datetime, ref: EvidenceRef | None) -> None:
        """A proof of presence, or he need not be at home any more."""
        absence = night.absence
        if absence is None:
            return
        self.nights[night.subject] = replace(night, absence=None)
        self._cancels.append(night.subject)
        if absence.told:
            open_ = self._known.open(SLUG, night.subject)
        else:  # untold and longer than the limit: the feed was out, and what it lost may have been his return
            open_ = self._finding(night, absence) if at - absence.since_at == self._p.absent_for else None
        if open_ is not None:
            self._close(open_, at, ref)

    def due(self, wake: Wake) -> None:
        """The limit of an absence has come: it is told if the state still holds."""
        night = self.nights.get(wake.key)
        absence = None if night is None else night.absence
        if night is None or absence is None or absence.told:
            return
        if absence.since_at + self._p.absent_for <= absence.until_at:
            self._tell(night, absence)
        else:
            self.nights[wake.key] = replace(night, absence=None)

    def review(self, at: datetime, ref: EvidenceRef | None) -> None:
        """He is bound to be at home, or no longer: custody and permissions. Bound: a state proved before carries on."""
        person = self._known.person
        for night in tuple(self.nights.values()):
            if not bound(person, night.home, at):
                self.ends(night, at, ref)
                continue
            proof = away(_by_fix(self._p, self.memory, person, night.home), _by_unit(self._p, self.memory, person), at)
            free_at = person.custody.since_at
            if proof is not None and night.absence is None and (free_at is None or proof.at >= free_at):
                self.begins(night, at, proof.until_at, proof.ref)

    def orders(self, at: datetime, ref: EvidenceRef | None) -> None:
        """Orders have changed: which addresses hold, and which periods still run."""
        person = self._known.person
        self.memory = replace(self.memory, homes=watched(person, at, "curfew"))
        homes = {one.key: one for one in self.memory.homes}
        for night in tuple(self.nights.values()):
            if not runs(night, person, homes, at):
                self.ends(night, at, ref)
                del self.nights[night.subject]

    def period(self, edge: Edge) -> None:
        """A curfew period begins, or goes on under a new version of its order."""
        home = next((one for one in self.memory.homes if (one.order_id, one.condition_id) == (edge.order_id, edge.condition_id)), None)
        if home is not None and edge.occurrence is not None:
            fresh = Night(home=home, night=edge.occurrence.night)
            self.nights.setdefault(fresh.subject, fresh)

    def authorised(self, data: OrderAbsenceAuthorised, ref: EvidenceRef) -> None:
        """An absence is authorised, perhaps afterwards: what it covers never counted; what is left counts if it lasts."""
        at, limit, window = self._known.at, self._p.absent_for, Window(data.from_, data.to)
        for finding in tuple(self._known.of(SLUG)):
            ended_at = finding.ended_at or at
            mine = (finding.order_id, finding.condition_id) == (data.order_id, data.condition_id)
            if not mine or window.to_at <= finding.began_at or ended_at <= window.from_at:
                continue
            self._uncount(finding)
            if window.from_at - finding.began_at >= limit:
                self._close(replace(finding, ended_at=None), window.from_at, ref)
            else:
                self._findings.append(replace(finding, withdrawn=True))
            if finding.ended_at is not None and ended_at - window.to_at >= limit:
                rest = replace(finding, id="", began_at=window.to_at, decidable_at=window.to_at + limit, ended_at=None)
                self._close(rest, ended_at, ref)
        for night in tuple(self.nights.values()):
            absence = night.absence
            if absence is None or (night.home.order_id, night.home.condition_id) != (data.order_id, data.condition_id):
                continue
            if window.from_at < at and absence.since_at < window.to_at <= at:
                self.begins(night, window.to_at, at + self._p.gps_silence, absence.ref)
            elif window.from_at < at < window.to_at:
                self.nights[night.subject] = replace(night, absence=None)
                self._cancels.append(night.subject)

    def undone(self, since_at: datetime | None) -> None:
        """The release never was, nor what began after it."""
        for finding in tuple(self._known.of(SLUG)):
            if since_at is not None and finding.began_at >= since_at:
                self._uncount(finding)
                self._findings.append(replace(finding, withdrawn=True))
        for night in tuple(self.nights.values()):
            self.nights[night.subject] = replace(night, absence=None)
            self._cancels.append(night.subject)

    def confirmed(self) -> None:
        """The release that findings rest on is certain."""
        self._findings.extend(replace(one, provisional=False) for one in self._known.of(SLUG) if one.provisional)

    def _tell(self, night: Night, absence: Absence) -> None:
        self.nights[night.subject] = replace(night, absence=replace(absence, told=True))
        self._findings.append(self._finding(night, absence))
        self._cancels.append(night.subject)

    def _finding(self, night: Night, absence: Absence) -> Finding:
        person, home = self._known.person, night.home
        hers = tuple(one.protected_person_id for one in person.linked())
        since = when(absence.since_at)
        return Finding(
            subject=night.subject,
            about=About("curfew_night", night.subject, f"curfew of order {home.order_id}, night of {night.night.isoformat()}"),
            began_at=absence.since_at,
            decidable_at=absence.since_at + self._p.absent_for,
            severity="high",
            provisional=person.unconfirmed,
            because=f"{person.label} has been away from the curfew address of order {home.order_id} since {since}{at_risk(hers)}.",
            evidence=(absence.ref,),
            protected_person_ids=hers,
            order_id=home.order_id,
            condition_id=home.condition_id,
        )

    def _close(self, finding: Finding, ended_at: datetime, ref: EvidenceRef | None) -> None:
        """Back, or no longer bound: the minutes missed, and the order's total."""
        order_id = finding.order_id or ""
        span = ended_at - finding.began_at
        total = self._missed[order_id] = self._missed.get(order_id, timedelta(0)) + span
        because = (
            f"{self._known.person.label} was away from the curfew address of order {order_id} for {duration(span)}, "
            f"{when(finding.began_at)} to {when(ended_at)}: {duration(total)} missed under this order in all."
        )
        evidence = finding.evidence if ref is None else tuple(dict.fromkeys((*finding.evidence, ref)))
        self._findings.append(replace(finding, ended_at=ended_at, because=because, evidence=evidence))

    def _uncount(self, finding: Finding) -> None:
        if finding.ended_at is not None and finding.order_id is not None:
            span = finding.ended_at - finding.began_at
            self._missed[finding.order_id] = self._missed.get(finding.order_id, span) - span

    def verdict(self, *, reviewed: bool) -> Verdict[Memory]:
        """What has come of it. `reviewed`: the times of permissions were looked at, so their next change is awaited."""
        if reviewed:
            changes_at = permission_changes_at(self._known.person, self.nights.values(), self._known.at)
            if changes_at is not None:
                self._wake_ups.append(WakeUp(key=WINDOW, feeds=CLOCK, due=changes_at))
            else:
                self._cancels.append(WINDOW)
            starts_at = None if self.nights else next_change(self._known.person, self.memory.homes, self._known.at)
            self.memory = replace(self.memory, idle_until_at=None if starts_at is None else starts_at - self._p.gps_silence)
        memory = replace(self.memory, nights=self.nights, missed=self._missed)
        return Verdict(memory=memory, findings=tuple(self._findings), wake_ups=tuple(self._wake_ups), cancels=tuple(self._cancels))


def _fix(p: Parameters, memory: Memory, known: Known, fix: TrackedFix) -> Verdict[Memory] | None:
    """A fix: nearly always it proves what is known."""
    draft: _Draft | None = None
    proofs = memory.proofs
    for home in memory.homes:
        here = proves(home.zone, fix, p.coarsest_fix_m)
        if here is None:
            last = by_fix(home.zone, known.person.tag.fix_before, p.coarsest_fix_m, p.gps_silence)
            proofs = proofs if last is None else {**proofs, home.key: last}
            continue
        for night in memory.nights.values():
            absence = night.absence
            if night.home.key != home.key or (absence is None if here else absence is not None and absence.told):
                continue
            draft = draft or _Draft(p, memory, known)
            if here:
                draft.ends(night, fix.at, fix.ref)
                continue
            unit = _by_unit(p, memory, known.person)
            if unit is None or not (unit.home and unit.holds(fix.at)):
                draft.away(night, fix.at, fix.at + p.gps_silence, fix.ref)
    if draft is not None:
        draft.memory = replace(memory, proofs=proofs)
        return draft.verdict(reviewed=False)
    return None if proofs is memory.proofs else Verdict(memory=replace(memory, proofs=proofs))


def _unit(p: Parameters, memory: Memory, known: Known, event: Event, *, present: bool) -> Verdict[Memory] | None:
    """The home unit's word."""
    if not memory.nights:
        return None
    draft = _Draft(p, memory, known)
    for night in memory.nights.values():
        if present:
            draft.ends(night, event.occurred_at, event.ref)
            continue
        fix = _by_fix(p, memory, known.person, night.home)
        if fix is None or not (fix.home and fix.holds(event.occurred_at)):
            draft.away(night, event.occurred_at, event.occurred_at + p.radio_silence, event.ref)
    return draft.verdict(reviewed=False)


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    ref = given.ref if isinstance(given, Event) else None
    if isinstance(given, Event):
        data = given.data
        if type(data) is Fix:
            fix = known.person.tag.fix
            idle = not memory.homes or (memory.idle_until_at is not None and given.occurred_at < memory.idle_until_at)
            return None if fix is None or idle else _fix(p, memory, known, fix)
        if isinstance(data, TaggingHomeUnit):
            return _unit(p, memory, known, given, present=data.present)
        if isinstance(data, TaggingHomeUnitFault):
            return Verdict(memory=replace(memory, unit_fault_at=given.occurred_at))
    draft = _Draft(p, memory, known)
    if isinstance(given, Wake) and given.key != WINDOW:
        draft.due(given)
        return draft.verdict(reviewed=False)
    if isinstance(given, Edge) and given.kind == "custody.release_undone":
        release = known.before.custody.release
        draft.undone(release.at if release is not None else None)
        return draft.verdict(reviewed=True)
    draft.orders(known.at, ref)
    if isinstance(given, Edge) and given.kind == "curfew.began":
        draft.period(given)
    elif isinstance(given, Event) and isinstance(given.data, OrderAbsenceAuthorised):
        draft.authorised(given.data, given.ref)
    elif isinstance(given, Event) and given.type == "custody.released" and not known.person.unconfirmed:
        draft.confirmed()
    draft.review(known.at, ref)
    return draft.verdict(reviewed=True)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "tagging.position",
        "tagging.home_unit",
        "tagging.home_unit_fault",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "order.absence_authorised",
        "order.began",
        "order.expired",
        "curfew.began",
        "curfew.ended",
        "custody.received",
        "custody.returned",
        "custody.released",
        "custody.unlawfully_at_large",
        "custody.release_undone",
    ),
    tells=("offender_manager", "oic"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
