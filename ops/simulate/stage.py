"""The stage of one story: the person, the run's bounds, and the words in which stories are told.

Finds a time that leaves room before and after and keeps away from outages of the feeds that tell of him; says facts in his name; writes
truths with his case and identifiers. Used by the stories alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from ops.simulate import casework
from ops.simulate.feeds import COURTS, FITTERS, PRISON_CALLS, PRISONS, TAGS, Outages
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_date, local_dates, local_ms
from ops.simulate.lines import Fact, Identifiers
from ops.simulate.people import SETTLING_MS, Person
from ops.simulate.script import Script
from ops.simulate.truth import Truth

_SOURCES = {
    "tagging": TAGS,
    "tagging.fitted": FITTERS,
    "tagging.removed": FITTERS,
    "tagging.fit_failed": FITTERS,
    "order": COURTS,
    "custody": PRISONS,
    "comms": PRISON_CALLS,
}
DECISION_MS = 2 * HOUR_MS
"""An authority decides well within four hours, except where the story is that it does not."""


class NoRoom(Exception):
    """The run is too short for this story."""


class Stage:
    """See the module."""

    def __init__(self, person: Person, rng: Random, ends_ms: int, outages: Outages) -> None:
        self.person = person
        self.rng = rng
        self.script = Script()
        self.ready_ms = person.opened_ms + SETTLING_MS
        self.ends_ms = ends_ms
        self._outages = outages

    def moment(self, minutes: tuple[int, int], *, before_ms: int = 0, after_ms: int, prefer_clock_change: bool = False) -> int:
        """An instant within minutes of some London day, with room before and after it; those hours become the story's."""
        days = self.days()
        if prefer_clock_change:
            days.sort(key=_length_is_ordinary)
        for day in days:
            at_ms = local_ms(day, self.rng.randrange(*minutes))
            if self.has_room(at_ms - before_ms, at_ms + after_ms):
                return at_ms
        raise NoRoom

    def days(self) -> list[date]:
        """The London dates of the run in an order of chance."""
        days = list(local_dates(self.ready_ms, self.ends_ms))
        self.rng.shuffle(days)
        return days

    def has_room(self, from_ms: int, to_ms: int) -> bool:
        """Whether the run has that span, away from outages of the feeds that tell of him. If so, its days become the story's.

        Away, because minutes of an outage never count as silence (rules.md, word 9): they would put off what the story lets begin.
        From all feeds of a family, because a type that none has delivered for him is awaited from all that carry it.
        """
        inside = from_ms >= self.ready_ms and to_ms <= self.ends_ms - HOUR_MS
        families = self._families()
        troubled = any(
            one.from_ms < to_ms + HOUR_MS and from_ms - HOUR_MS < one.to_ms and one.source.split("/")[0] in families
            for one in self._outages.all
        )
        if not inside or troubled:
            return False
        self.script.quiet(local_dates(from_ms - 2 * HOUR_MS, to_ms + 2 * HOUR_MS))
        return True

    def _families(self) -> set[str]:
        found = {"case"}
        if self.script.fitted and (self.person.has_gps or self.person.profile == "rf_curfew"):
            found.add("em")
        if self.person.profile == "custody":
            found |= {"custody", "comms"}
        return found

    def say(self, at_ms: int, type_: str, data: Mapping[str, object], identifiers: Identifiers = ()) -> None:
        """A fact in his name, from the feed that carries its kind, else from the case register."""
        source = _SOURCES.get(type_) or _SOURCES.get(type_.split(".", 1)[0]) or self.person.case_source
        self.script.facts.append(Fact(at_ms, source, type_, data, identifiers))

    def decide(self, at_ms: int, decision: str = "warned", *, confirmed: bool = True, breach_id: str | None = None) -> None:
        """A decision about his order, or about a report."""
        team = self.person.team
        named = {"breach_id": breach_id} if breach_id else {"order_id": self.person.order_id}
        data = {**named, "decision": decision, "rationale": "seen, his account heard", "decided_by": team.oic}
        self.say(at_ms, "breach.decided", {**data, "confirmed_by": team.supervisor} if confirmed else data)

    def assess(self, at_ms: int, occasion: str, *, about_her: bool = False, answers: dict[str, str] | None = None) -> None:
        """A risk assessment by the officer in the case, of the danger to her or to everybody."""
        protected = self.person.her if about_her else None
        self.script.facts.append(casework.assessed(self.person, at_ms, self.rng, occasion, answers, protected))

    def truth(
        self,
        rule: str,
        about: tuple[str, str],
        began_ms: int,
        ended_ms: int | None = None,
        *,
        implied: bool = False,
        certain: bool = True,
    ) -> None:
        """The rules find this, if the run goes on long enough for it to begin."""
        if began_ms >= self.ends_ms - 30 * MINUTE_MS:
            return
        person = self.person
        identifiers = (*person.all_identifiers[:4], ("EM_WEARER", person.wearer))
        self.script.truths.append(Truth(rule, *about, began_ms, ended_ms, person.case_ref, identifiers, implied, certain))

    @property
    def case(self) -> tuple[str, str]:
        return ("case", self.person.case_ref)

    @property
    def her(self) -> tuple[str, str]:
        return ("protected_person", self.person.her.person_id)

    @property
    def order(self) -> tuple[str, str]:
        return ("order", self.person.order_id)


def _length_is_ordinary(day: date) -> bool:
    """False for the two London days a year of 23 and 25 hours, so that they sort first. The night before them is theirs."""
    tomorrow = day + timedelta(days=1)
    return local_ms(tomorrow + timedelta(days=1), 0) - local_ms(tomorrow, 0) == DAY_MS


def next_local_end_of_day(at_ms: int) -> int:
    """23:59 London time of the day after an instant (rules.md, not-fitted)."""
    return local_ms(local_date(at_ms) + timedelta(days=1), 23 * 60 + 59)
