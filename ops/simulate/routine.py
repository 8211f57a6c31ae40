"""The small facts of ordinary days, none of which should raise an alert above a reminder.

He charges his tag, reports to the police station, goes to his programme; she is phoned; suppliers report violations that are decided
within hours; intelligence comes in. Read by `life`, in order of occurrence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from ops.simulate import casework
from ops.simulate.battery import charges
from ops.simulate.feeds import FITTERS, PROGRAMMES, TAGS
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_dates, local_ms
from ops.simulate.lines import Fact, when
from ops.simulate.people import SETTLING_MS, Person
from ops.simulate.script import Script, Worn


def charging(person: Person, script: Script, ends_ms: int) -> Iterator[Fact]:
    """The device says when it is put on the charger and taken off."""
    first = Worn(0, person.device_id, "")
    for span in charges(person, script, ends_ms):
        for at_ms, on in ((span.from_ms, True), (span.to_ms, False)):
            if not script.is_dark(at_ms + 3 * MINUTE_MS):  # it wakes within minutes of being put on the charger
                yield Fact(at_ms, TAGS, "tagging.status", {"device_id": script.worn_at(at_ms, first).device_id, "charging": on})


def days(person: Person, script: Script, rng: Random, ends_ms: int) -> Iterator[Fact]:
    """Everything else, a day at a time."""
    for day in local_dates(person.opened_ms, ends_ms):
        facts = sorted(_day(person, script, rng, day), key=when)
        yield from (fact for fact in facts if fact.occurred_ms > person.opened_ms + 20 * MINUTE_MS)


def _day(person: Person, script: Script, rng: Random, day: date) -> Iterator[Fact]:
    def at_ms(first_hour: int, hours: int) -> int:
        return local_ms(day, first_hour * 60 + rng.randrange(hours * 60)) + rng.randrange(60) * 1_000

    report_ms, chance, noon_ms = at_ms(9, 7), rng.random(), at_ms(12, 4)
    if person.profile == "reporting" and day.weekday() < len(casework.REPORTING_DAYS) and day not in script.missed_reports:
        station = f"{person.area.town} police station"
        report_ms = max(report_ms, min(person.opened_ms + 30 * MINUTE_MS, local_ms(day, casework.REPORTING_MINUTES[1]) - 10 * MINUTE_MS))
        yield Fact(report_ms, f"bail/{person.area.slug}", "bail.reported", {"order_id": person.order_id, "station": station})
    if noon_ms < person.opened_ms + SETTLING_MS:
        return
    week_day = (day.toordinal() + person.number) % 7
    if week_day == 0:
        held_ms = rng.randrange(30, 300) * MINUTE_MS if chance < 0.2 else 0  # noqa: PLR2004 -- she writes it down later
        made = {"protected_person_id": person.her.person_id, "by_role": "idva"}
        yield Fact(noon_ms, person.case_source, "case.contact_made", made, (), held_ms)
    if week_day == 3 and person.number % 7 == 0 and person.profile != "custody":  # noqa: PLR2004 -- his weekday
        yield Fact(noon_ms, PROGRAMMES, "programme.session", {"programme": "drive", "attended": True})
    if not script.truths:
        yield from _happenings(person, rng, chance, noon_ms, tagged=person.has_gps and not script.is_dark(noon_ms))


def _happenings(person: Person, rng: Random, chance: float, at_ms: int, *, tagged: bool) -> Iterator[Fact]:
    """What comes up now and then in a life without a story."""
    ref = f"{person.key}-{at_ms // DAY_MS}"
    said: dict[str, object]
    if chance < 0.01 and tagged:  # noqa: PLR2004 -- from here on, shares of days
        said = {"breach_id": f"br-{ref}", "order_id": person.order_id, "condition_id": "tag", "reported_by": "monitoring supplier"}
        yield Fact(at_ms, FITTERS, "breach.reported", said)
        decided = {"breach_id": f"br-{ref}", "decision": "no_breach", "rationale": "hospital appointment, letter seen",
                   "decided_by": person.team.oic, "confirmed_by": person.team.supervisor}  # fmt: skip
        yield Fact(at_ms + 3 * HOUR_MS, person.case_source, "breach.decided", decided)
    elif chance < 0.02:  # noqa: PLR2004
        said = {"report_id": f"in-{ref}", "source_evaluation": 2, "intelligence_assessment": "C", "handling_code": "P", "tags": [],
                "summary": "seen drinking in town with friends"}  # fmt: skip
        yield Fact(at_ms, person.case_source, "intelligence.submitted", said)
    elif chance < 0.03:  # noqa: PLR2004
        yield casework.assessed(person, at_ms, rng, "review")
    elif chance < 0.034:  # noqa: PLR2004
        kind = rng.choice(("court_date", "job_loss"))
        yield Fact(at_ms, person.case_source, "life.trigger", {"kind": kind})
    elif chance < 0.04:  # noqa: PLR2004
        said = {"incident_id": f"ic-{ref}", "kind": "damage", "severity": 1}
        yield Fact(at_ms, person.case_source, "incident.reported", said)
    elif chance < 0.08 and tagged:  # noqa: PLR2004
        device = {"device_id": person.device_id}
        yield Fact(at_ms, TAGS, "tagging.signal", {**device, "state": "lost"})
        yield Fact(at_ms + 2 * MINUTE_MS, TAGS, "tagging.signal", {**device, "state": "restored"})
