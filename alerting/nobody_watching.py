"""`nobody-watching`: a control room is on call and no wall of it is live, so alerts there are shown to nobody (console 3.2).

Not the wall and not who started it (`alerting.ledger.walls` reads that) and not the alert: it gives changes of a finding, which
enter the ledger as all others do. An area that has never once started a shift has no console here, and is left alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.directory import Directory
from alerting.local_time import clock, day
from schemas.finding import About, Finding, FindingChange, finding_id

SLUG = "nobody-watching"
VERSION = 1
TELLS = ("duty_inspector",)
ROLE = "control_room"
LIMIT = timedelta(seconds=60)


class Wall(NamedTuple):
    """The walls of an area together. `live_at`: when a started one was last live and could sound; after its end, no longer."""

    area: str
    live_at: datetime


def changes(
    walls: Iterable[Wall], directory: Directory, unwatched: Mapping[str, Finding], now: datetime, looking_since_at: datetime
) -> Iterator[FindingChange]:
    """What is new. `walls`: of every area that ever started a shift; `unwatched`: the open findings, by area.

    `looking_since_at`: since when there has been anything to be live with. After a restart of ours every wall has its minute to
    come back, and then the time runs from when it was last live.
    """
    for wall in walls:
        open_, live = unwatched.get(wall.area), now < wall.live_at + LIMIT
        if open_ is not None and live and wall.live_at > open_.began_at:
            ended = {"status": "closed", "ended_at": wall.live_at, "because": _again(open_.began_at, wall)}
            yield FindingChange(at=now, change="closed", finding=open_.model_copy(update=ended))
        elif open_ is None and not live:
            began_at = _since(wall, directory, now)
            if began_at is not None and now >= max(began_at, looking_since_at) + LIMIT:
                yield FindingChange(at=now, change="raised", finding=_finding(wall.area, began_at))


def _since(wall: Wall, directory: Directory, now: datetime) -> datetime | None:
    """Since when a room on call is not watching: since its wall was last live, else since its shift began; None: none is on call."""
    on_call = directory.on_call(ROLE, wall.area, now)
    if not on_call:
        return None
    if directory.on_call(ROLE, wall.area, wall.live_at):
        return wall.live_at
    shifts = (shift for officer_id in on_call for shift in directory.shifts_of(officer_id, now))
    began = (shift.from_ for shift in shifts if (shift.role, shift.area) == (ROLE, wall.area) and shift.from_ <= now < shift.to)
    return max(wall.live_at, min(began))


def _finding(area: str, began_at: datetime) -> Finding:
    return Finding(
        finding_id=finding_id(SLUG, area, began_at),
        rule=SLUG,
        rule_version=VERSION,
        subject=area,
        about=About(kind="areas", id=area, label=area),
        areas=(area,),
        severity="critical",
        began_at=began_at,
        decidable_at=began_at + LIMIT,
        because=f"Nobody is watching in {area}: no wall of its control room has been live since {_when(began_at)}. "
        "Alerts there are shown to nobody.",
        told=TELLS,
    )


def _again(began_at: datetime, wall: Wall) -> str:
    return f"A wall of the control room of {wall.area} is live again. Nobody was watching from {_when(began_at)} to {_when(wall.live_at)}."


def _when(at: datetime) -> str:
    return f"{day(at)} {clock(at)}"
