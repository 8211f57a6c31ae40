"""Exercises: alerts that are about nothing, and go through every path that a real one goes, on a schedule. Pure.

Each carries `EXERCISE` wherever it goes. A synthetic one goes to an officer who is nobody, every quarter of an hour, and tries
every channel that is set up; a weekly one goes to whoever is on call in the control room of each area, on a working morning.
Whoever keeps and starts them is `alerting.delivery.exercises`; `POST /exercises` asks for one more.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

import msgspec

from alerting.lifecycle.working_days import LONDON
from schemas.directory import OnCallRole
from schemas.finding import About, Change, Finding, FindingChange, Severity, finding_id

SLUG = "exercise"
VERSION = 1
NOBODY = "of-exercise"
"""The officer who is nobody: has the addresses that synthetic exercises go to, and answers them."""
NOBODYS_ROLE = "assessor"
"""A finding names its assessor itself, so no rota and no case comes to hold NOBODY, and no real alert ever reaches them."""
QUARTER = timedelta(minutes=15)
SYNTHETIC_LASTS = timedelta(minutes=5)
WEEKLY_ON, WEEKLY_AT = 1, time(10, 30)
"""Tuesdays, in London: the day shift is in, and nobody is on their way home."""
Kind = Literal["synthetic", "weekly", "asked"]


class Exercise(msgspec.Struct, frozen=True, kw_only=True):
    """One exercise. `area`, `role`: whom it goes to; a synthetic one has neither. `by_id`: who asked for it."""

    exercise_id: str
    kind: Kind
    severity: Severity
    starts_at: datetime
    area: str | None = None
    role: OnCallRole | None = None
    by_id: str | None = None


def synthetic_at(now: datetime) -> Exercise:
    """The next one, or the one that is due at this very instant."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts_at = midnight + -(-(now - midnight) // QUARTER) * QUARTER
    return Exercise(exercise_id=f"ex_synthetic_{starts_at:%Y%m%dT%H%MZ}", kind="synthetic", severity="medium", starts_at=starts_at)


def weekly_at(area: str, now: datetime) -> Exercise:
    """The next one of an area."""
    today = now.astimezone(LONDON).date()
    days = (WEEKLY_ON - today.weekday()) % 7
    starts_at = datetime.combine(today + timedelta(days=days), WEEKLY_AT, LONDON)
    if starts_at < now:
        starts_at = datetime.combine(today + timedelta(days=days + 7), WEEKLY_AT, LONDON)
    at = starts_at.astimezone(now.tzinfo)
    return Exercise(
        exercise_id=f"ex_weekly_{area}_{at:%Y%m%d}", kind="weekly", severity="high", starts_at=at, area=area, role="control_room"
    )


def raised(exercise: Exercise, now: datetime) -> FindingChange:
    """The finding that it begins with."""
    synthetic = exercise.kind == "synthetic"
    place = exercise.area or "nowhere"
    finding = Finding(
        finding_id=finding_id(SLUG, exercise.exercise_id, exercise.starts_at, "exercise"),
        rule=SLUG,
        rule_version=VERSION,
        subject=exercise.exercise_id,
        about=About(kind="areas", id=place, label=place),
        message_status="exercise",
        areas=() if exercise.area is None else (exercise.area,),
        severity=exercise.severity,
        began_at=exercise.starts_at,
        decidable_at=exercise.starts_at,
        because="This is an exercise: nothing has happened. Answer it as you would answer an alert.",
        told=(NOBODYS_ROLE,) if synthetic else () if exercise.role is None else (exercise.role,),
        assessor_id=NOBODY if synthetic else None,
    )
    return FindingChange(at=now, change="raised", finding=finding)


def over(finding: Finding, now: datetime) -> FindingChange:
    """The end of what did not happen: a synthetic one then leaves by itself."""
    change: Change = "closed"
    ended = {"status": "closed", "ended_at": now, "because": "The exercise is over."}
    return FindingChange(at=now, change=change, finding=finding.model_copy(update=ended))
