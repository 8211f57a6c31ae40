"""How the tests of the rules about orders, duties and patterns tell an evening: a small invented world, judged for real.

Envelopes go through the codec and the shell's `Judge`, as in a replay. Day 0 is Monday 2 March 2026, so local time is
UTC. Not a test.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from schemas.codec import decode_object
from schemas.event import Event
from schemas.finding import FindingChange
from streams.embedded.judge import Judge
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.verdict import Finding

DAY_0 = datetime(2026, 3, 2, tzinfo=UTC)
LATEST = timedelta(hours=47)
"""Fixes later than two days wait for a rejudgement (design 4.5)."""
SAM = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}, {"type": "CASE", "value": "avon-and-somerset:c-1"}]}
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


def at(said: str) -> datetime:
    """`20:14`, `20:14 +2d` or `20:14:30 -1d`, counted from day 0."""
    clock, _, days = said.partition(" ")
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return DAY_0 + timedelta(days=int(days.rstrip("d") or 0), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


class Story:
    """One person's evening. `rules` are those of the catalogue that play, in their order; the last is what is tested."""

    def __init__(self, *rules: object, risk: str = "medium", linked: bool = True, opened: str = "00:00", team: bool = True) -> None:
        self._rules = rules
        self._number = 0
        self._arrived: set[str] = set()
        self.slug = str(getattr(rules[-1], "slug", ""))
        self.events: list[tuple[datetime, Event]] = []
        self.told: list[FindingChange] = []
        self.judge = Judge(Rulebook(rules), MemoryJournal())
        self.tell(opened, "case.opened", case_ref="avon-and-somerset:c-1", risk_level=risk, areas=["avon-and-somerset"], name="Sam Field")
        if linked:
            self.link("pp-77", opened, phones=["07700 900077"])
        if team:
            self.assign("oic", "of-oic", opened)
            self.assign("idva", "of-idva", opened)

    def tell(self, when: str, kind: str, /, *, arrives: str | None = None, source: str | None = None, **data: object) -> Event:
        """Something happens, and arrives at once or later. A name's last underscore is for Python alone."""
        self._number += 1
        said = {key.rstrip("_"): value for key, value in data.items() if value is not None}
        word = kind.split(".", 1)[0]
        event = decode_object(
            {
                "id": f"e{self._number}",
                "source": source or ("em/allied" if word == "tagging" else f"{word}/avon"),
                "type": kind,
                "occurred_at": at(when),
                "data": said,
                **({} if word == "feed" else {"person": SAM}),
            }
        )
        self.events.append((at(arrives or when), event))
        return event

    def link(self, protected_person_id: str, when: str = "00:00", **more: object) -> Event:
        """A protected person is linked."""
        named = {"protected_person_id": protected_person_id, "relationship": "ex_partner"}
        return self.tell(when, "case.protected_person_linked", source="case/avon", arrives=None, **named, **more)

    def assign(self, role: str, officer_id: str, when: str = "00:00", **more: object) -> Event:
        """An officer takes a role."""
        return self.tell(when, "case.assigned", source="case/avon", arrives=None, role=role, officer_id=officer_id, **more)

    def order(
        self,
        when: str,
        *conditions: object,
        order_id: str = "or-1",
        kind: str = "court_bail",
        starts: str | None = None,
        ends: str | None = None,
        arrives: str | None = None,
    ) -> Event:
        """An order is made."""
        return self.tell(
            when,
            "order.made",
            arrives=arrives,
            order_id=order_id,
            kind=kind,
            starts_at=at(starts or when),
            ends_at=None if ends is None else at(ends),
            conditions=list(conditions),
        )

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

    def beats(self, source: str, first: str, last: str, every: timedelta) -> None:
        """Honest heartbeats of a feed."""
        reached = at(first)
        while reached <= at(last):
            said = (reached - DAY_0).total_seconds()
            self.tell(f"00:00:{int(said)} +0d", "feed.heartbeat", source=source, complete_to=reached)
            reached += every

    def play(self, until: str) -> Story:
        """What has not arrived yet arrives in its turn, and the clock goes on to `until`."""
        end_at = at(until)
        now = [one for one in self.events if one[1].id not in self._arrived and one[0] <= end_at]
        self._arrived.update(event.id for _, event in now)
        return self._play(now, end_at)

    def _play(self, arrivals: Iterable[tuple[datetime, Event]], until: datetime) -> Story:
        together: dict[datetime, list[Event]] = {}
        for arrives_at, event in arrivals:
            together.setdefault(arrives_at, []).append(event)
        for arrives_at in sorted(together):
            self._hear(self.judge.arrive(max(arrives_at, self.judge.clock), together[arrives_at]))
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
        other = Story(*self._rules)
        other._play(arrivals, until)
        return other.found()
