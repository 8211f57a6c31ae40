"""Lanes: what is actual about a person, and beside it each exercise or test, which sees the actual and adds to it.

An exercise is never proof, evidence or an end for anything actual (contract 1), and what the actual lane has found too is
not an exercise's to tell. Pure; called by `streams.embedded.people`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.engine.diff import Change
from streams.engine.verdict import Finding

ACTUAL = "actual"
Matter = tuple[object, ...]


def lane_of(key: str, status: str) -> str:
    """The name of a person's lane."""
    return key if status == ACTUAL else f"{key}|{status}"


def key_of(lane: str, status: str) -> str:
    """Whose lane it is."""
    return lane if status == ACTUAL else lane[: -len(status) - 1]


def _matter(found: Finding, beside: Mapping[str, Finding]) -> Matter:
    """What is found, in whichever lane: the id of another finding that it is about says the lane, so its own matter stands for it."""
    on = beside.get(found.about.id) if found.about.kind == "finding" else None
    return (found.rule, found.subject if on is None else (on.rule, on.subject, on.began_at), found.began_at)


def _matters(actual: Mapping[str, Finding]) -> set[Matter]:
    return {_matter(one, actual) for one in actual.values() if not one.withdrawn}


def owned(findings: Mapping[str, Finding], actual: Mapping[str, Finding]) -> dict[str, Finding]:
    """A lane's findings that are not the actual lane's."""
    matters = _matters(actual)
    return {name: one for name, one in findings.items() if _matter(one, findings) not in matters}


def own_changes(found: Iterable[Change], findings: Mapping[str, Finding], actual: Mapping[str, Finding]) -> list[Change]:
    """Of a lane's changes those that are not the actual lane's anyway."""
    matters = _matters(actual)
    return [one for one in found if _matter(one.finding, findings) not in matters]
