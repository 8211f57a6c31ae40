"""Exclusion zone entry: a person is, or has just been, where an order forbids him to be.

Why:    waiting for two fixes a minute apart misses half of the entries to a 100 m zone: one is told at once.
Source: rules.md A, exclusion-zone-entry.
Fires:  a fix whose centre lies inside an active zone; a straight path between two fixes not more than 5 min apart that
        goes through one; already inside when the zone starts or a permitted window ends. Uncertain: provisional, until
        a second fix inside within 5 min, a certain one, or a path deeper inside than both accuracies.
Silent: a centre outside, whatever its accuracy; permitted and authorised times; a path that nobody could travel
        (over 250 km/h); a zone that cannot be judged (not-being-judged says so).
Clears: 3 certain fixes outside, or 10 min between the first and the latest with none inside between; the zone's time
        or its order ends. Silence closes nothing. Back inside within 30 min: the same alert, reopened.
Act:    control room: locate him and send someone; IDVA: is she safe, and where; tell the OIC and the offender manager.
Gaps:   custody is not looked at: a tag that moves in a zone is told whatever the prison record says. A reception does
        not end an entry, for silence closes nothing: an officer closes it. Where nobody is named, the zone is the matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.fix import Fix
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.tag import TrackedFix
from streams.engine.verdict import CLOCK, About, Finding, Given, Verdict, WakeUp
from streams.engine.wording import at_risk, listed, when
from streams.engine.zone_watch import WatchedZone, active, next_change, passage, passes_by, watched
from streams.engine.zones import far_outside, overlaps, where

SLUG = "exclusion-zone-entry"
CHANGE = "change"
"""The wake-up for the next instant at which a zone's time begins or ends."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How far apart two fixes may be, what confirms, what closes, what reopens, and how long a fix speaks for him."""

    path_within: timedelta = timedelta(minutes=5)
    confirmed_within: timedelta = timedelta(minutes=5)
    outside_fixes: int = 3
    outside_for: timedelta = timedelta(minutes=10)
    reopened_within: timedelta = timedelta(minutes=30)
    gps_silence: timedelta = timedelta(minutes=15)
    radio_silence: timedelta = timedelta(hours=4)


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One matter: from the entry until he is out; kept 30 min longer, in case he is back."""

    zones: tuple[WatchedZone, ...]
    confirmed: bool
    unsure_at: datetime | None = None
    """The latest fix inside, while nothing has confirmed."""
    out_at: datetime | None = None
    """The first of the certain fixes outside, and how many there are, since the last fix inside."""
    out_ref: EvidenceRef | None = None
    outs: int = 0
    ended_at: datetime | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`open` and `left`: episodes by subject, those that go on and those that may be reopened."""

    watched: tuple[WatchedZone, ...] = ()
    open: dict[str, Episode] = {}
    left: dict[str, Episode] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence from one input that he is, or was, inside one zone."""

    watch: WatchedZone
    at: datetime
    sure: bool
    refs: tuple[EvidenceRef, ...]
    path: bool = False


def _fix(p: Parameters, memory: Memory, known: Known, fix: TrackedFix) -> Verdict[Memory] | None:
    """A fix: entries, and fixes outside. The first test is the hot path."""
    person = known.person
    last = person.tag.fix_before or fix
    if not memory.open and last.plausible and passes_by(memory.watched, fix, last):
        return None
    plausible = known.before.tag.plausible_fix
    starts = (last,) if plausible is None or plausible is last else (last, plausible)
    entries: list[Entry] = []
    clear: set[str] = set()
    """Zones that the fix is certainly outside."""
    for watch in memory.watched:
        far = far_outside(watch.zone, fix.latitude, fix.longitude, fix.radius_m)
        place = None if far else where(watch.zone, fix.latitude, fix.longitude, fix.radius_m)
        if place is not None and place.centre_inside:
            if active(person, watch, fix.at):
                entries.append(Entry(watch=watch, at=fix.at, sure=place.place == "inside", refs=(fix.ref,)))
            continue
        if place is None or place.place == "outside":
            clear.add(watch.key)
        path = passage(watch.zone, starts, fix, p.path_within)
        if path is not None and active(person, watch, path.at):
            widest_m = None if path.start.radius_m is None or fix.radius_m is None else max(path.start.radius_m, fix.radius_m)
            sure = widest_m is not None and path.depth_m > widest_m
            entries.append(Entry(watch=watch, at=path.at, sure=sure, refs=(path.start.ref, fix.ref), path=True))
    if not entries and not memory.open:
        return None
    draft = _Draft(p, memory, known)
    draft.enter(entries)
    for subject in tuple(draft.open):
        draft.leave(subject, fix, clear)
    return draft.verdict()


# One matter -------------------------------------------------------------------------------------------------------------


class _Draft:
    """The verdict on one input, while it is made."""

    def __init__(self, p: Parameters, memory: Memory, known: Known) -> None:
        self._p = p
        self._memory = memory
        self._known = known
        self.watched = memory.watched
        self.open = dict(memory.open)
        self._left = dict(memory.left)
        self._findings: dict[str, Finding] = {}

    def enter(self, entries: Sequence[Entry]) -> None:
        """Take the entries of one input, each to the matter that it belongs to."""
        if not entries:
            return
        at = min(entry.at for entry in entries)
        within = self._p.reopened_within
        self._left = {key: one for key, one in self._left.items() if one.ended_at is not None and at - one.ended_at <= within}
        groups: dict[str, list[Entry]] = {}
        for entry in entries:
            groups.setdefault(self._subject(entry.watch, groups), []).append(entry)
        for subject, together in groups.items():
            self._entered(subject, together)

    def _subject(self, watch: WatchedZone, groups: Mapping[str, list[Entry]]) -> str:
        """An open matter of this zone or person, one that he has just left, one entered by this very input, else a new one."""
        hers = watch.protected_person_id
        for episodes in (self.open, self._left):
            for subject, episode in episodes.items():
                if any(one.key == watch.key or (hers is not None and one.protected_person_id == hers) for one in episode.zones):
                    return subject
        held = {one.key for episode in self._memory.open.values() for one in episode.zones}
        for subject, mates in groups.items():
            for mate in (entry.watch for entry in mates if entry.watch.key not in held):
                if overlaps(mate.zone, watch.zone) or (hers is not None and mate.protected_person_id == hers):
                    return subject
        return watch.key if hers is None else f"{self._known.case}:{hers}"

    def _entered(self, subject: str, entries: Sequence[Entry]) -> None:
        sure = any(entry.sure for entry in entries)
        fix = self._known.person.tag.fix
        seen_at = fix.at if fix is not None and any(not entry.path for entry in entries) else None
        episode = self.open.get(subject) or self._left.pop(subject, None)
        before = None if episode is None else self._stated(subject)
        if episode is None or before is None:
            fresh = Episode(zones=tuple(entry.watch for entry in entries), confirmed=sure, unsure_at=None if sure else seen_at)
            self.open[subject] = fresh
            self._findings[subject] = self._opened(subject, fresh, entries)
            return
        last_at = episode.unsure_at
        confirmed = (
            episode.confirmed
            or sure
            or (seen_at is not None and last_at is not None and timedelta(0) < seen_at - last_at <= self._p.confirmed_within)
        )
        known = {one.key for one in episode.zones}
        new = tuple(entry.watch for entry in entries if entry.watch.key not in known)
        after = Episode(zones=(*episode.zones, *new), confirmed=confirmed, unsure_at=None if confirmed else seen_at or last_at)
        self.open[subject] = after
        back_at = None if episode.ended_at is None else min(entry.at for entry in entries)
        if back_at is not None or new or confirmed is not episode.confirmed:
            self._restate(subject, before, after, entries[0].refs[-1:], back_at)

    def leave(self, subject: str, fix: TrackedFix, clear: set[str]) -> None:
        """Count a fix that is certainly outside all zones of a matter that are active."""
        episode = self.open[subject]
        if any(one.key not in clear and active(self._known.person, one, fix.at) for one in episode.zones):
            return
        out_at = episode.out_at or fix.at
        self.open[subject] = replace(episode, out_at=out_at, out_ref=episode.out_ref or fix.ref, outs=episode.outs + 1)
        if episode.outs + 1 >= self._p.outside_fixes or fix.at - out_at >= self._p.outside_for:
            self.end(subject, out_at, fix.ref)

    def end(self, subject: str, ended_at: datetime, ref: EvidenceRef | None) -> None:
        """He is out, or the zone is over."""
        episode = self.open.pop(subject)
        after = Episode(zones=episode.zones, confirmed=episode.confirmed, unsure_at=episode.unsure_at, ended_at=ended_at)
        self._left[subject] = after
        before = self._stated(subject)
        if before is not None:
            self._restate(subject, before, after, [one for one in (episode.out_ref, ref) if one is not None])

    def _stated(self, subject: str) -> Finding | None:
        """The finding of a matter as it stands, with what this input has already changed."""
        return self._findings.get(subject) or self._known.latest(SLUG, subject)

    def _restate(
        self, subject: str, before: Finding, episode: Episode, refs: Iterable[EvidenceRef], back_at: datetime | None = None
    ) -> None:
        hers = _protected(episode.zones)
        self._findings[subject] = replace(
            before,
            ended_at=episode.ended_at,
            provisional=not episode.confirmed,
            because=_because(self._known.person, episode, before.began_at, back_at=back_at),
            evidence=tuple(dict.fromkeys((*before.evidence, *refs))),
            protected_person_ids=hers,
            areas=before.areas if hers == before.protected_person_ids else (),
        )

    def _opened(self, subject: str, episode: Episode, entries: Sequence[Entry]) -> Finding:
        first = episode.zones[0]
        began_at = min(entry.at for entry in entries)
        hers = first.protected_person_id
        label = f"exclusion zone {first.condition_id} of order {first.order_id}"
        return Finding(
            subject=subject,
            about=About("zone", first.key, label) if hers is None else About("protected_person", hers, hers),
            began_at=began_at,
            decidable_at=self._known.at,
            severity="critical",
            provisional=not episode.confirmed,
            because=_because(self._known.person, episode, began_at, passed=all(entry.path for entry in entries)),
            evidence=tuple(dict.fromkeys(ref for entry in entries for ref in entry.refs)),
            protected_person_ids=_protected(episode.zones),
            order_id=first.order_id,
            condition_id=first.condition_id,
        )

    def verdict(self) -> Verdict[Memory] | None:
        """What has come of it; None when nothing is new."""
        if not self._findings and self.open == self._memory.open and self.watched is self._memory.watched:
            return None
        return Verdict(memory=Memory(watched=self.watched, open=self.open, left=self._left), findings=tuple(self._findings.values()))


def _protected(zones: Iterable[WatchedZone]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.protected_person_id for one in zones if one.protected_person_id is not None))


def _because(person: Person, episode: Episode, began_at: datetime, *, back_at: datetime | None = None, passed: bool = False) -> str:
    sure = episode.confirmed
    zones = listed(f"{one.condition_id} of order {one.order_id}" for one in episode.zones)
    named = f"exclusion zone{'s' if len(episode.zones) > 1 else ''} {zones}"
    if episode.ended_at is not None:
        return f"{person.label} {'was' if sure else 'may have been'} inside {named}, {when(began_at)} to {when(episode.ended_at)}."
    rest = f"{'' if sure else ', not yet certain'}{at_risk(_protected(episode.zones))}."
    if back_at is not None:
        return f"{person.label} {'is' if sure else 'may be'} back inside {named} since {when(back_at)}, first {when(began_at)}{rest}"
    if passed:
        return f"{person.label} {'went' if sure else 'may have gone'} through {named} between two fixes, {when(began_at)}{rest}"
    return f"{person.label} {'has' if sure else 'may have'} been inside {named} since {when(began_at)}{rest}"


# Zones that start and end -----------------------------------------------------------------------------------------------


def _review(p: Parameters, memory: Memory, known: Known, ref: EvidenceRef | None) -> Verdict[Memory] | None:
    """Orders, permissions or the time of day have changed: which zones hold now, and whether he is in one."""
    person, at = known.person, known.at
    zones = watched(person, at, "exclusion_zone")
    if not zones and not memory.watched:
        return None
    fix = person.tag.fix
    holding = {one.key: one for one in zones if active(person, one, at)}
    sure_of: dict[str, bool] = {}
    """Active zones that the last fix lies in, and whether certainly."""
    if fix is not None:
        for key, one in holding.items():
            place = where(one.zone, fix.latitude, fix.longitude, fix.radius_m)
            if place.centre_inside:
                sure_of[key] = place.place == "inside"
    draft = _Draft(p, memory, known)
    draft.watched = zones
    if fix is not None and at - fix.at <= _silence(p, person):
        refs = (fix.ref,) if ref is None else (fix.ref, ref)
        told = {one.key for episode in memory.open.values() for one in episode.zones}
        draft.enter([Entry(watch=holding[key], at=at, sure=sure, refs=refs) for key, sure in sure_of.items() if key not in told])
    for subject, episode in tuple(draft.open.items()):
        held = tuple(holding[one.key] for one in episode.zones if one.key in holding)
        if held == episode.zones:
            continue
        if any(one.key in sure_of for one in held):
            draft.open[subject] = replace(episode, zones=held)
        else:
            draft.end(subject, episode.out_at or at, ref)
    verdict = draft.verdict() or Verdict(memory=memory)
    due = next_change(person, zones, at)
    if due is None:
        return replace(verdict, cancels=(CHANGE,))
    return replace(verdict, wake_ups=(WakeUp(key=CHANGE, feeds=CLOCK, due=due),))


def _silence(p: Parameters, person: Person) -> timedelta:
    """How long the last fix speaks for where he is (rules.md, word 7)."""
    modes = person.tag.modes()
    return p.radio_silence if "rf_curfew" in modes and "gps" not in modes else p.gps_silence


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if not isinstance(given, Event):
        return _review(p, memory, known, None)
    if type(given.data) is not Fix:
        return _review(p, memory, known, given.ref)
    fix = known.person.tag.fix
    return None if fix is None or not memory.watched else _fix(p, memory, known, fix)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "tagging.position",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "order.absence_authorised",
        "order.began",
        "order.expired",
    ),
    tells=("control_room", "oic", "idva", "offender_manager"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
