"""`unmatched-person`: what waits at the identity desk, as findings (rules.md F). Stated by the shell, not by a rule.

A question is derived from what was received; when it goes because a human has answered, the finding ends; when later
evidence shows that there was nothing to ask, it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from schemas.finding import finding_id
from streams.engine.verdict import About, Finding
from streams.identity.question import Question

SLUG = "unmatched-person"
VERSION = 1
TELLS = ("control_room",)

REASONS: dict[str, str] = {
    "two_people": "one record names two managed people",
    "device": "the record names one person and the device is fitted to another",
    "contact": "somebody unknown has contacted a number, contact or address of a managed case",
    "merge_refused": "a source says that two people are one, after an officer decided otherwise",
    "split_refused": "a source says that one person is two, after an officer decided otherwise",
}


def finding(question: Question, areas: tuple[str, ...]) -> Finding:
    """One question as a finding about the identifier. Its sentence names the kind of identifier, and the number stands in `about`."""
    name = f"{question.identifier.type}:{question.identifier.value}"
    subject = f"{name} {question.reason} {question.against.type}:{question.against.value}"
    return Finding(
        subject=subject,
        about=About("identifier", name, name),
        began_at=question.opened_at,
        decidable_at=question.opened_at,
        severity="high",
        because=f"Who is {name}? {REASONS[question.reason].capitalize()}. Until the identity desk answers, these events are nobody's.",
        evidence=question.refs,
        rule=SLUG,
        version=VERSION,
        id=finding_id(SLUG, subject, question.opened_at),
        told=TELLS,
        areas=areas,
    )


def findings(
    questions: Iterable[Question],
    areas: Mapping[str, tuple[str, ...]],
    before: Mapping[str, Finding],
    answered: frozenset[str],
    clock: datetime,
) -> dict[str, Finding]:
    """Every question's finding, and those before it that a human has answered, ended. `answered`: identifiers decided about."""
    found: dict[str, Finding] = {}
    for question in questions:
        one = finding(question, tuple(sorted({area for key in question.person_keys for area in areas.get(key, ())[:1]})))
        found[one.id] = one
    for key, old in before.items():
        if key not in found and (not old.open or old.about.id in answered):
            found[key] = old if not old.open else replace(old, ended_at=max(clock, old.began_at))
    return found
