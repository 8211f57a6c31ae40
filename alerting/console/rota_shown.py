"""How the rota looks in an answer: shifts with their true hours, absences, who is on now, nights on which the clocks change.

Not the routes (`alerting.console.rota`). Officers are no subjects of the log of readings, which is about managed and protected
people. Names of fields are the contract's, so that what was shown can be sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from alerting import rota
from alerting.directory import Directory
from alerting.rota import ClockChange, Place
from alerting.routing import standing_in
from schemas.directory import DirectoryAbsence, DirectoryOnCall
from schemas.fields import instant_text

JSON = Mapping[str, object]


def shift_shown(name: str, shift: DirectoryOnCall, directory: Directory, now: datetime) -> JSON:
    """A shift. `hours` are true ones; where they differ from the clock on the wall it is a night of change."""
    worked = rota.worked(shift.from_, shift.to)
    officer = directory.officer(shift.officer_id, now)
    return {
        "shift_id": name,
        "role": shift.role,
        "area": shift.area,
        "officer_id": shift.officer_id,
        "name": None if officer is None else officer.name,
        "from": instant_text(shift.from_),
        "to": instant_text(shift.to),
        "hours": worked.true / rota.HOUR,
        "hours_by_the_clock": worked.by_the_clock / rota.HOUR,
        "clock_change": worked.true != worked.by_the_clock,
    }


def absence_shown(name: str, absence: DirectoryAbsence) -> JSON:
    """An absence; why is nobody's business here."""
    return {
        "absence_id": name,
        "officer_id": absence.officer_id,
        "from": instant_text(absence.from_),
        "to": instant_text(absence.to),
        "deputy_id": absence.deputy_id,
    }


def now_shown(place: Place, directory: Directory, now: datetime) -> JSON:
    """Who holds the role there now; `stand_in_id`: who is told in the place of one who is away (null: nobody)."""
    on_call = directory.on_call(place.role, place.area, now)
    officers = []
    for officer_id in on_call:
        officer, stands_in = directory.officer(officer_id, now), standing_in(place.role, officer_id, directory, now)
        until = [
            shift.to
            for shift in directory.shifts_of(officer_id, now)
            if (shift.area, shift.role) == place and shift.from_ <= now < shift.to
        ]
        officers.append(
            {
                "officer_id": officer_id,
                "name": None if officer is None else officer.name,
                "until_at": instant_text(max(until)),
                "absent": stands_in != officer_id,
                "stand_in_id": stands_in if stands_in != officer_id else None,
            }
        )
    return {"area": place.area, "role": place.role, "officers": officers}


def change_shown(change: ClockChange) -> JSON:
    """A night on which the clocks change."""
    return {"at": instant_text(change.at), "day": change.day.isoformat(), "clocks": change.clocks, "hours": change.hours}


def shifts_over(at: datetime, directory: Directory, where: Collection[Place], now: datetime) -> list[JSON]:
    """The shifts that somebody works while the clocks change."""
    over = [
        shift_shown(name, shift, directory, now)
        for name, shift in directory.shifts.everything(now)
        if Place(shift.area, shift.role) in where and shift.from_ < at < shift.to
    ]
    return in_order(over)


def in_order(shifts: list[JSON]) -> list[JSON]:
    """By beginning, area, role and name."""
    return sorted(shifts, key=lambda one: (str(one["from"]), str(one["area"]), str(one["role"]), str(one["shift_id"])))
