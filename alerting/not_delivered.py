"""`not-delivered`: every address of an officer, or a webhook, has failed, so messages to them come to nothing; told to who can ring them.

Not who is asked next about the alert that the message was of (`alerting.ledger.unreachable`) and not whether a message arrived
(`alerting.ledger.undelivered` reads that). One finding an area, which grows and shrinks: with every provider away it is one alarm and
not one for each officer. It gives changes of a finding, which enter the ledger as all others do. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from alerting.local_time import clock, day
from schemas.finding import About, Finding, FindingChange, finding_id

SLUG = "not-delivered"
VERSION = 1
TELLS = ("control_room", "duty_inspector")
SOMEWHERE = "no area"
"""The subject for whoever works in none that is known."""


class Lost(NamedTuple):
    """Whom messages do not reach: an officer or a webhook, by its id."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @classmethod
    def of(cls, ground: str) -> Lost:
        """As a finding names it."""
        kind, _, name = ground.partition(" ")
        return cls(kind, name)


def lost(open_: Finding | None, who: Lost, area: str | None, now: datetime) -> FindingChange | None:
    """Somebody more is not reached in the area. `open_`: what is known there already. None: nothing is new."""
    if open_ is None:
        return FindingChange(at=now, change="raised", finding=_finding(area, (str(who),), now))
    if str(who) in open_.grounds:
        return None
    return FindingChange(at=now, change="amended", finding=_with(open_, (*open_.grounds, str(who))))


def reached(open_: Finding, again: Collection[Lost], now: datetime) -> FindingChange | None:
    """These are reached again, or nothing is sent to them any more. None: nothing is new."""
    left = tuple(ground for ground in open_.grounds if Lost.of(ground) not in again)
    if left == open_.grounds:
        return None
    if left:
        return FindingChange(at=now, change="amended", finding=_with(open_, left))
    said = f"Messages to {_listed(open_.grounds)} arrive again, or none are sent any more. They did not from {_when(open_.began_at)}."
    ended = {"status": "closed", "ended_at": max(now, open_.began_at), "because": said}
    return FindingChange(at=now, change="closed", finding=open_.model_copy(update=ended))


def _finding(area: str | None, grounds: tuple[str, ...], now: datetime) -> Finding:
    subject = area or SOMEWHERE
    return Finding(
        finding_id=finding_id(SLUG, subject, now),
        rule=SLUG,
        rule_version=VERSION,
        subject=subject,
        about=About(kind="areas", id=subject, label=subject),
        areas=() if area is None else (area,),
        severity="high",
        began_at=now,
        decidable_at=now,
        because=_because(grounds, now),
        told=TELLS,
        grounds=grounds,
    )


def _with(finding: Finding, grounds: tuple[str, ...]) -> Finding:
    return finding.model_copy(update={"grounds": grounds, "because": _because(grounds, finding.began_at)})


def _because(grounds: tuple[str, ...], since_at: datetime) -> str:
    return f"Messages to {_listed(grounds)} do not arrive: every address has failed, first at {_when(since_at)}. Tell them another way."


def _listed(grounds: tuple[str, ...]) -> str:
    *first, last = (f"the {ground}" if ground.startswith("webhook ") else ground.partition(" ")[2] for ground in grounds)
    return f"{', '.join(first)} and {last}" if first else last


def _when(at: datetime) -> str:
    return f"{clock(at)} on {day(at)}"
