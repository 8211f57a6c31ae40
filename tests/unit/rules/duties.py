"""How the tests of the rules about orders, duties and patterns tell an evening: judged by the shell's `Judge`, as in a replay.

What is played is not played again: a test may go on telling. Not a test.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from schemas.event import Event
from schemas.finding import FindingChange
from streams.embedded.judge import Judge
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.verdict import Finding
from tests.unit.rules.telling import Telling, at, turns

LATEST = timedelta(hours=47)
"""Fixes later than two days wait for a rejudgement (design 4.5)."""
NO_CONTACT = {"condition_id": "co-1", "kind": "no_contact", "protected_person_id": "pp-77"}
GPS = {"condition_id": "co-2", "kind": "tag", "modes": ["gps"]}
REPORTING = {
    "condition_id": "co-3",
    "kind": "report_to_police",
    "station": "Bridewell",
    "timetable": [{"days": ["mon", "wed", "fri"], "from": "09:00", "to": "17:00"}],
}
CURFEW = {
    "condition_id": "co-4",
    "kind": "curfew",
    "address": {"latitude": 51.45, "longitude": -2.58, "radius_m": 50},
    "timetable": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "19:00", "to": "07:00"}],
}


class Story(Telling):
    """One person's evening."""

    def __init__(self, *rules: object, risk: str = "medium", linked: bool = True, opened: str = "00:00", team: bool = True) -> None:
        super().__init__(rules, risk=risk, opened=opened)
        self._arrived: set[str] = set()
        self.told: list[FindingChange] = []
        self.judge = Judge(Rulebook(rules), MemoryJournal())
        if linked:
            self.link("pp-77", opened, phones=["07700 900077"])
        if team:
            self.assign("oic", "of-oic", opened)
            self.assign("idva", "of-idva", opened)

    def assign(self, role: str, officer_id: str, when: str = "00:00", **more: object) -> Event:
        """An officer takes a role."""
        return self.tell(when, "case.assigned", source="case/avon", arrives=None, role=role, officer_id=officer_id, **more)

    def received(self, when: str) -> Event:
        """He is received into prison."""
        return self.tell(when, "custody.received", prison="Bristol", status="remand")

    def released(self, when: str, *, confirmed: bool = True, release_kind: str = "bail", arrives: str | None = None) -> Event:
        """He is released."""
        return self.tell(when, "custody.released", arrives=arrives, release_kind=release_kind, confirmed=confirmed)

    def decided(self, when: str, decision: str = "enforced", *, arrives: str | None = None, **named: object) -> Event:
        """An authority decides; `named` says about what, and who confirmed."""
        by = named.pop("decided_by", "of-oic")
        said = {"decision": decision, "rationale": "seen and heard", "decided_by": by}
        return self.tell(when, "breach.decided", arrives=arrives, source="vigil/console", **said, **named)

    def play(self, until: str) -> Story:
        """What has not arrived yet arrives in its turn, and the clock goes on to `until`."""
        end_at = at(until)
        now = [one for one in self.events if one[1].id not in self._arrived and one[0] <= end_at]
        self._arrived.update(event.id for _, event in now)
        return self._play(now, end_at)

    def _play(self, arrivals: Iterable[tuple[datetime, Event]], until: datetime) -> Story:
        for arrives_at, events in turns(arrivals):
            self._hear(self.judge.arrive(max(arrives_at, self.judge.clock), events))
        self._hear(self.judge.advance(until))
        return self

    def _hear(self, told: Iterable[object]) -> None:
        for one in told:
            self.told.extend(getattr(one, "changes", ()))

    def found(self, slug: str | None = None, *, withdrawn: bool = False) -> list[Finding]:
        """Findings of the tested rule (or another), by beginning."""
        every = [one for log in self.judge.people.logs.living.values() for one in log.head.findings.values()]
        chosen = [one for one in every if one.rule == (slug or self.slug) and one.withdrawn == withdrawn]
        broken = [one.because for one in every if one.rule == "not-being-judged" and one.about.kind == "rule"]
        assert not broken, broken
        return sorted(chosen, key=lambda one: (one.began_at, one.id))

    def only(self, slug: str | None = None) -> Finding:
        """The one finding of the rule."""
        found = self.found(slug)
        assert len(found) == 1, found
        return found[0]

    def in_any_order(self, until: str, *, times: int = 12) -> None:
        """Whatever the order of arrival within the horizon, the same findings stand in the end (rules.md, word 15)."""
        end_at = at(until)
        expected = self._fresh(self.events, end_at)
        events = [event for _, event in self.events]
        for seed in range(times):
            chance = random.Random(seed)
            arrivals = []
            for event in events:
                late = (end_at - event.occurred_at) * chance.random() if chance.random() < 0.5 else timedelta(0)
                arrivals.append((min(event.occurred_at + min(late, LATEST), end_at), event))
            assert expected == self._fresh(arrivals, end_at), f"seed {seed}"

    def _fresh(self, arrivals: Iterable[tuple[datetime, Event]], until: datetime) -> list[Finding]:
        other = Story(*self.rules)
        other._play(arrivals, until)
        return other.found()
