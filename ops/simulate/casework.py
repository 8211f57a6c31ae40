"""How a case begins: everything that the register, the courts and the suppliers tell about a person in his first hours.

Done by the book, so that nothing fires: every role has an officer, she and her IDVA are told of the conditions, risk is assessed,
the tag is fitted. A story may leave one of these out (see `Script`). Read by `life`, which sorts what comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ops.simulate.feeds import COURTS, FITTERS, PROGRAMMES
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, rfc3339
from ops.simulate.lines import Fact
from ops.simulate.people import ADDRESS_RADIUS_M, Person, Protected
from ops.simulate.script import Script

Condition = dict[str, object]
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
REPORTING_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat"]
REPORTING_MINUTES = (9 * 60, 17 * 60)
_QUESTIONS = 24
_POLICE_BAIL_MS = 84 * DAY_MS
_HIGH_SCORE = 14


def opened(person: Person) -> Fact:
    """The first thing that is ever said of him."""
    data: dict[str, object] = {
        "case_ref": person.case_ref,
        "risk_level": person.risk_level,
        "areas": [person.area.slug],
        "name": person.name,
        "date_of_birth": person.born_on.isoformat(),
    }
    if person.number % 7 == 0:
        data["programme"] = "drive"
    return Fact(person.opened_ms, person.case_source, "case.opened", data, person.all_identifiers[:4])


def begun(person: Person, script: Script, rng: Random) -> Iterator[Fact]:
    """All else of the first hours, in no order."""
    yield from _people(person)
    yield from _team(person)
    yield from ordered(person, person.opened_ms + 3 * MINUTE_MS, person.order_id, script.order_ends_ms, rng)
    yield assessed(person, person.opened_ms + 5 * MINUTE_MS, rng, "review")
    if person.number % 7 == 0 and person.profile != "custody":
        yield Fact(person.opened_ms + HOUR_MS, PROGRAMMES, "programme.enrolled", {"programme": "drive"})
    if script.fitted and (person.has_gps or person.profile == "rf_curfew"):
        yield fitted(person, person.opened_ms + 10 * MINUTE_MS, person.device_id, f"ac-{person.key}-0")
    if person.linked_late:
        shared = {"order_id": person.order_id, "with": "monitoring_supplier"}
        both = (("PNC", person.pnc), ("EM_WEARER", person.wearer))
        yield Fact(person.opened_ms + 5 * HOUR_MS, COURTS, "order.conditions_shared", shared, both)


def _people(person: Person) -> Iterator[Fact]:
    for n, protected in enumerate(person.protected, 1):
        latitude, longitude = person.area.degrees(protected.place)
        data = {
            "protected_person_id": protected.person_id,
            "relationship": protected.relationship,
            "area": person.area.slug,
            "household_id": protected.household_id,
            "addresses": [{"address_id": protected.address_id, "latitude": latitude, "longitude": longitude, "radius_m": 50}],
            "phones": [protected.phone],
            "contact_ids": [protected.contact_id],
            "display_name": protected.name,
            "safe_contact": {"how": "phone, say you are the dentist", "windows": ["10:00 to 14:30 on weekdays"], "never": ["sms"]},
        }
        yield Fact(person.opened_ms + n * 10 * SECOND_MS, person.case_source, "case.protected_person_linked", data)


def _team(person: Person) -> Iterator[Fact]:
    roles = ["oic", "supervisor", "idva"]
    if person.on_probation:
        roles.append("offender_manager")
    if person.profile == "custody":
        roles.append("prison_offender_manager")
    if person.number % 7 == 0:
        roles.append("programme_case_manager")
    for n, role in enumerate(roles, 1):
        yield assigned(person, person.opened_ms + MINUTE_MS + n * 5 * SECOND_MS, role)


def assigned(person: Person, at_ms: int, role: str) -> Fact:
    return Fact(at_ms, person.case_source, "case.assigned", {"role": role, "officer_id": getattr(person.team, role)})


def assessed(
    person: Person, at_ms: int, rng: Random, occasion: str, answers: dict[str, str] | None = None, protected: Protected | None = None
) -> Fact:
    """A risk assessment, genuine unless the answers of another are given. Of nobody in particular, it counts for all whom he endangers."""
    said = answers or {str(n): rng.choice(("YES", "NO", "NO", "DONT_KNOW")) for n in range(1, _QUESTIONS + 1)}
    score = sum(answer == "YES" for answer in said.values())
    data: dict[str, object] = {
        "assessment_id": f"as-{person.key}-{at_ms // SECOND_MS}",
        "tool": "dash",
        "assessed_by": person.team.oic,
        "level": "high" if score >= _HIGH_SCORE else person.risk_level,
        "score": score,
        "answers": said,
        "occasion": occasion,
    }
    if protected is not None:
        data["protected_person_id"] = protected.person_id
    return Fact(at_ms, person.case_source, "risk.assessed", data)


def fitted(person: Person, at_ms: int, device_id: str, activation_id: str) -> Fact:
    """The tag goes on. The fitter knows the court's number too, unless the person is to be linked only later."""
    mode = "rf_curfew" if person.profile == "rf_curfew" else "gps"
    wearer = (("EM_WEARER", person.wearer),)
    known = wearer if person.linked_late else (*wearer, ("PNC", person.pnc))
    return Fact(at_ms, FITTERS, "tagging.fitted", {"device_id": device_id, "activation_id": activation_id, "modes": [mode]}, known)


def ordered(
    person: Person, at_ms: int, order_id: str, ends_ms: int | None, rng: Random, extra: tuple[Condition, ...] = ()
) -> Iterator[Fact]:
    """An order is made, shared and told within the day."""
    source = f"bail/{person.area.slug}" if person.order_kind == "police_bail" else COURTS
    if ends_ms is None and person.order_kind == "police_bail":
        ends_ms = at_ms + _POLICE_BAIL_MS
    data: dict[str, object] = {
        "order_id": order_id,
        "kind": person.order_kind,
        "starts_at": rfc3339(at_ms),
        "made_by": f"{person.area.town} Magistrates",
        "conditions": [*conditions(person), *extra],
    }
    if ends_ms is not None:
        data["ends_at"] = rfc3339(ends_ms)
    yield Fact(at_ms, source, "order.made", data)
    yield Fact(at_ms + 20 * MINUTE_MS, source, "order.conditions_shared", {"order_id": order_id, "with": "idva"})
    for protected in person.protected:
        yield informed(person, at_ms + rng.randrange(20, 150) * MINUTE_MS, protected, "conditions", order_id)


def informed(person: Person, at_ms: int, protected: Protected, about: str, ref: str) -> Fact:
    data = {"protected_person_id": protected.person_id, "about": about, "ref": ref}
    return Fact(at_ms, person.case_source, "case.protected_person_informed", data)


def conditions(person: Person) -> list[Condition]:
    """The conditions of his order, by what kind of life he leads."""
    found: list[Condition] = [
        {"condition_id": f"contact-{n}", "kind": "no_contact", "protected_person_id": protected.person_id}
        for n, protected in enumerate(person.protected)
    ]
    if person.has_zone:
        area, place = person.area, person.her.place
        zone = (
            area.polygon(place, person.zone_radius_m, person.zone_corners)
            if person.zone_corners
            else area.address(place, person.zone_radius_m)
        )
        # read aloud as "exclusion zone ez-1 of order or-000044"
        found.append({"condition_id": "ez-1", "kind": "exclusion_zone", "zone": zone, "protected_person_id": person.her.person_id})
    if person.has_gps or person.profile == "rf_curfew":
        found.append({"condition_id": "tag", "kind": "tag", "modes": ["rf_curfew" if person.profile == "rf_curfew" else "gps"]})
    if person.has_curfew:
        address = person.area.address(person.home, ADDRESS_RADIUS_M)
        starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in person.curfew)
        timetable = [{"days": EVERY_DAY, "from": starts, "to": ends}]
        found.append({"condition_id": "curfew", "kind": "curfew", "address": address, "timetable": timetable})
    if person.profile == "reporting":
        starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in REPORTING_MINUTES)
        timetable = [{"days": REPORTING_DAYS, "from": starts, "to": ends}]
        station = f"{person.area.town} police station"
        found.append({"condition_id": "report", "kind": "report_to_police", "station": station, "timetable": timetable})
    return found
