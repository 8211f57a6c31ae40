"""The invented officers of each area: who is assigned to cases, who is on call in shifts without gaps, who is away.

Officers are few and do not depend on the cases: an id says area, role and number, so a case can name its team without a list.
`directory` gives their events in order of arrival. Called by `people` (teams) and `stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple

from ops.simulate import identifiers
from ops.simulate.chance import stream
from ops.simulate.geography import AREAS, Area
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_date, local_dates, local_ms, rfc3339
from ops.simulate.lines import Fact

SOURCE = "directory/forces"
_ORGANISATIONS = {
    "offender_manager": "probation",
    "prison_offender_manager": "prison",
    "duty_probation": "probation",
    "idva": "idva-service",
    "duty_idva": "idva-service",
    "programme_case_manager": "drive",
}
_DUTY_ROLES = ("control_room", "duty_inspector", "duty_idva", "duty_probation")
_DUTY_OFFICERS = 6
_SHIFT_STARTS = (7 * 60, 19 * 60)
_ROTA_AHEAD_DAYS = 14
_CASES_PER_OFFICER = {"oic": 15, "supervisor": 120, "offender_manager": 40, "prison_offender_manager": 60, "idva": 30,
                      "programme_case_manager": 60, "marac_coordinator": 400}  # fmt: skip


class Team(NamedTuple):
    """The officers of one case, by id."""

    oic: str
    supervisor: str
    offender_manager: str
    prison_offender_manager: str
    idva: str
    programme_case_manager: str


def _officers(role: str, people: int) -> int:
    return 2 + people // len(AREAS) // _CASES_PER_OFFICER[role]


def officer_id(area: Area, role: str, number: int) -> str:
    return f"of-{area.slug}-{role.replace('_', '-')}-{number}"


def team(area: Area, rng: Random, people: int) -> Team:
    """A team of the area's officers, drawn by chance."""
    return Team(*(officer_id(area, role, rng.randrange(_officers(role, people))) for role in Team._fields))


def directory(seed: int, people: int, starts_ms: int, ends_ms: int) -> Iterator[list[Fact]]:
    """Every officer and two weeks of rota first; then each week's absences, and the rota of the week that is two weeks off."""
    yield [fact for area in AREAS for fact in _roll(seed, people, area, starts_ms)]
    day_ms = starts_ms
    covered_to_ms = starts_ms - DAY_MS
    while day_ms < ends_ms:
        until_ms = day_ms + _ROTA_AHEAD_DAYS * DAY_MS
        told_ms = max(day_ms, starts_ms + 30_000)
        yield [fact for area in AREAS for fact in (*_rota(area, covered_to_ms, until_ms, told_ms), *_absences(seed, people, area, told_ms))]
        covered_to_ms = until_ms
        day_ms += 7 * DAY_MS


def _roll(seed: int, people: int, area: Area, at_ms: int) -> Iterator[Fact]:
    rng = stream(seed, "staff", area.slug)
    for place, role in enumerate((*_CASES_PER_OFFICER, *_DUTY_ROLES)):
        for number in range(_DUTY_OFFICERS if role in _DUTY_ROLES else _officers(role, people)):
            officer = officer_id(area, role, number)
            boss = officer_id(area, "duty_inspector", 0) if role == "supervisor" else officer_id(area, "supervisor", number % 2)
            name = identifiers.her_name(rng) if rng.random() < 0.5 else identifiers.his_name(rng)  # noqa: PLR2004 -- half
            yield Fact(
                at_ms,
                SOURCE,
                "directory.officer",
                {
                    "officer_id": officer,
                    "name": name,
                    "organisation": _ORGANISATIONS.get(role, area.slug),
                    "area": area.slug,
                    "roles": [role],
                    "line_manager_id": boss,
                    "channels": {"email": f"{officer}@example.org", "phone": identifiers.phone(14_000 + place * 100 + number % 100)},
                },
            )


def _rota(area: Area, from_ms: int, until_ms: int, told_ms: int) -> Iterator[Fact]:
    """Shifts from one London handover to the next, whole, so that none is missing where two tellings meet."""
    starts = sorted(local_ms(day, minute) for day in local_dates(from_ms - DAY_MS, until_ms + DAY_MS) for minute in _SHIFT_STARTS)
    for start_ms, end_ms in pairwise(starts):
        if not from_ms < end_ms <= until_ms:
            continue
        turn = start_ms // (12 * HOUR_MS)
        for role in _DUTY_ROLES:
            yield Fact(
                told_ms,
                SOURCE,
                "directory.on_call",
                {
                    "role": role,
                    "area": area.slug,
                    "officer_id": officer_id(area, role, turn % _DUTY_OFFICERS),
                    "from": rfc3339(start_ms),
                    "to": rfc3339(end_ms),
                    "shift_id": f"sh-{area.slug}-{role}-{rfc3339(start_ms)}",
                },
            )


def _absences(seed: int, people: int, area: Area, told_ms: int) -> Iterator[Fact]:
    rng = stream(seed, "absences", area.slug, told_ms)
    for role in ("oic", "offender_manager", "idva"):
        number = rng.randrange(_officers(role, people))
        away = local_date(told_ms) + timedelta(days=rng.randrange(1, 5))
        yield Fact(
            told_ms + MINUTE_MS,
            SOURCE,
            "directory.absence",
            {
                "absence_id": f"ab-{area.slug}-{role}-{away}",
                "officer_id": officer_id(area, role, number),
                "from": rfc3339(local_ms(away, 0)),
                "to": rfc3339(local_ms(away + timedelta(days=2), 0)),
                "deputy_id": officer_id(area, role, (number + 1) % _officers(role, people)),
            },
        )
