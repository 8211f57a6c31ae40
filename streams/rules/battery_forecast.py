"""Battery forecast: at the rate at which it is falling, the battery of a tag will be empty within two hours.

Why:    the best untagged window is the one that never opens: a call now, and he puts it on the charger.
Source: rules.md A, battery-forecast.
Fires:  at a reading lower than the one before it, when `percent / rate` is 2 h or less. Rate: the percent lost between the
        first and the last reading of the last 60 min, divided by the time between them; at least 3 readings, 3 points lost.
Silent: charging; steady or rising; while he is in an untagged window; in custody, where no window can open.
Clears: charging, which a rise of 3 points shows as well; the window opens; the device is removed; custody begins.
Act:    the offender manager calls him and asks him to charge it, now.
Gaps:   readings of one percentage in fixes less than 5 min apart are kept as a run, not one by one, so that an hour of them
        costs little in every checkpoint: inside a run the battery is taken to have been read at every instant. The
        evidence is the reading that decided it. A `charging: false` that is lost keeps it silent until the next status.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event
from schemas.fix import Fix
from schemas.tagging import TaggingRemoved, TaggingStatus
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, FindingChange, Given, Verdict
from streams.engine.wording import at_risk, when

SLUG = "battery-forecast"
READ_FINDINGS = ("untagged-window",)
Reading = tuple[float, float, bool]
"""POSIX seconds, percent, and whether it ends a run: more readings of that percentage lie between it and the one before."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Over how long the rate is measured, from how much, and how near empty is near."""

    measured_over: timedelta = timedelta(minutes=60)
    least_readings: int = 3
    least_lost_percent: float = 3.0
    empty_within: timedelta = timedelta(hours=2)
    run_within: timedelta = timedelta(minutes=5)


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """One battery. `readings`: those of the measured time and the one before it. `told`: the forecast is open."""

    readings: tuple[Reading, ...] = ()
    by_fix: bool = False
    """The last one kept came with a fix: fixes make runs."""
    charging: bool = False
    told: bool = False
    lowest_percent: float = 100.0
    """Since it was told."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """By activation."""

    batteries: dict[str, Battery] = {}


def _kept(p: Parameters, readings: tuple[Reading, ...], at_s: float, percent: float, last_at_s: float | None) -> tuple[Reading, ...]:
    """The readings with one more; those before the measured time are dropped but for the last of them."""
    from_s = at_s - p.measured_over.total_seconds()
    first = 0
    while first + 1 < len(readings) and readings[first + 1][0] < from_s:
        first += 1
    run: tuple[Reading, ...] = ()
    if readings and last_at_s is not None and last_at_s > readings[-1][0]:
        run = ((last_at_s, readings[-1][1], True),)
    return (*readings[first:], *run, (at_s, percent, False))


def _empty_in(p: Parameters, readings: tuple[Reading, ...]) -> timedelta | None:
    """How long the battery lasts at the measured rate, if that is near; None: it is not, or nothing can be measured."""
    at_s, percent, _ = readings[-1]
    from_s = at_s - p.measured_over.total_seconds()
    first = 0
    while readings[first][0] < from_s:
        first += 1
    began_s, began_percent, run = readings[first]
    count = len(readings) - first
    if run and began_s > from_s and first > 0:
        began_s, count = from_s, count + 1  # the measured time begins inside a run
    elapsed_s, lost = at_s - began_s, began_percent - percent
    if count < p.least_readings or lost < p.least_lost_percent or elapsed_s <= 0:
        return None
    # Multiplied out, so that exactly two hours are two hours.
    return timedelta(seconds=percent * elapsed_s / lost) if percent * elapsed_s <= p.empty_within.total_seconds() * lost else None


def _reading(p: Parameters, memory: Memory, known: Known, event: Event, activation_id: str, percent: float) -> Verdict[Memory] | None:
    """One reading. The hot path: the same as before, a minute later."""
    battery = memory.batteries.get(activation_id) or Battery()
    tag, at, by_fix = known.person.tag, event.occurred_at, type(event.data) is Fix
    last = (tag.fix_before if by_fix else tag.fix) if battery.by_fix else None
    before = battery.readings[-1][1] if battery.readings else None
    if percent == before and last is not None and at - last.at < p.run_within:
        return None
    readings = _kept(p, battery.readings, at.timestamp(), percent, None if last is None else last.at.timestamp())
    battery = replace(battery, readings=readings, by_fix=by_fix)
    if battery.told:
        if percent - battery.lowest_percent >= p.least_lost_percent:
            return _over(memory, known, {activation_id: replace(battery, told=False)}, at)
        battery = replace(battery, lowest_percent=min(percent, battery.lowest_percent))
        return Verdict(memory=_with(memory, activation_id, battery))
    falling = before is not None and percent < before and not battery.charging
    empty_in = _empty_in(p, readings) if falling and not known.person.custody.inside else None
    if empty_in is None or any(known.open(slug) for slug in READ_FINDINGS):
        return Verdict(memory=_with(memory, activation_id, battery))
    person = known.person
    hers = tuple(one.protected_person_id for one in person.linked())
    finding = Finding(
        subject=activation_id,
        about=About("activation", activation_id, f"tag {activation_id}"),
        began_at=at,
        decidable_at=at,
        severity="medium",
        because=(
            f"{person.label}: the battery of tag {activation_id} stood at {percent:g} % at {when(at)} and falls so fast "
            f"that it is empty by {when(at + empty_in)}{at_risk(hers)}."
        ),
        evidence=(event.ref,),
        protected_person_ids=hers,
    )
    return Verdict(
        memory=_with(memory, activation_id, replace(battery, told=True, lowest_percent=percent)),
        findings=(finding,),
    )


def _run_ends(memory: Memory, known: Known, activation_id: str) -> Verdict[Memory] | None:
    """A fix that says nothing of the battery: the run goes to the fix before it, and no further."""
    battery, last = memory.batteries.get(activation_id), known.person.tag.fix_before
    if battery is None or not battery.by_fix or last is None:
        return None
    at_s, percent, _ = battery.readings[-1]
    ended_s = last.at.timestamp()
    readings = (*battery.readings, (ended_s, percent, True)) if ended_s > at_s else battery.readings
    return Verdict(memory=_with(memory, activation_id, replace(battery, readings=readings, by_fix=False)))


def _with(memory: Memory, activation_id: str, battery: Battery) -> Memory:
    return Memory(batteries={**memory.batteries, activation_id: battery})


def _over(memory: Memory, known: Known, batteries: dict[str, Battery], at: datetime) -> Verdict[Memory]:
    """These forecasts end."""
    found = (known.open(SLUG, activation_id) for activation_id in batteries)
    ended = tuple(replace(one, ended_at=max(at, one.began_at)) for one in found if one is not None)
    return Verdict(memory=Memory(batteries={**memory.batteries, **batteries}), findings=ended)


def _all_over(memory: Memory, known: Known, at: datetime) -> Verdict[Memory] | None:
    told = {key: replace(battery, told=False) for key, battery in memory.batteries.items() if battery.told}
    return _over(memory, known, told, at) if told else None


def _status(p: Parameters, memory: Memory, known: Known, event: Event, data: TaggingStatus) -> Verdict[Memory] | None:
    """Charging or not, and perhaps a reading."""
    activation_id = known.person.tag.activation_of(data.device_id)
    battery = memory.batteries.get(activation_id) or Battery()
    verdict: Verdict[Memory] | None = None
    if data.charging is not None and data.charging is not battery.charging:
        told = battery.told and not data.charging
        battery = replace(battery, charging=data.charging, told=told)
        verdict = _over(memory, known, {activation_id: battery}, event.occurred_at) if data.charging else None
        verdict = verdict or Verdict(memory=_with(memory, activation_id, battery))
    if data.battery_percent is None:
        return verdict
    memory = memory if verdict is None else verdict.memory
    read = _reading(p, memory, known, event, activation_id, data.battery_percent)
    if read is None or verdict is None:
        return read or verdict
    return replace(verdict, memory=read.memory, findings=(*verdict.findings, *read.findings))


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, FindingChange):
        return _all_over(memory, known, given.finding.began_at) if given.what == "opened" else None
    if not isinstance(given, Event):
        return None
    data = given.data
    if type(data) is Fix:
        activation_id = data.activation_id or known.person.tag.activation_of(data.device_id)
        if data.battery_percent is None:
            return _run_ends(memory, known, activation_id)
        return _reading(p, memory, known, given, activation_id, data.battery_percent)
    if isinstance(data, TaggingStatus):
        return _status(p, memory, known, given, data)
    if isinstance(data, TaggingRemoved):
        named = {data.activation_id, known.before.tag.activation_of(data.device_id)}
        gone: Iterable[str] = [key for key in memory.batteries if key in named]
        verdict = _over(memory, known, {key: Battery() for key in gone}, given.occurred_at)
        return replace(verdict, memory=Memory(batteries={key: one for key, one in memory.batteries.items() if key not in named}))
    return _all_over(memory, known, given.occurred_at)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("tagging.position", "tagging.status", "tagging.removed", "custody.received", "custody.returned"),
    reads_findings=READ_FINDINGS,
    tells=("offender_manager",),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
