"""Genuine or copied: the one function that judges an assessment (rules.md, word 5). Every rule reads its result.

Copied: same tool, same protected person, both carry answers, all equal, and something new lies between them: an
incident, a contact, an attempt, a trigger, a breach decision, a reception or a release. A copy of a copy is a copy of
the first as well.
"""

from __future__ import annotations

from typing import cast

from msgspec.structs import replace

from schemas.event import Event
from schemas.risk import RiskAssessed
from streams.engine.person import Assessment, News, Person

KEPT = 24
"""How many assessments are kept with the person: enough for every tool and protected person of a long case."""


def news_between(person: Person, before: Assessment, now: Event, protected_person_id: str | None) -> News | None:
    """The latest thing after `before` and up to now that the new one ought to know of; about her, or about everybody.

    An assessment that names nobody ought to know of everything.
    """
    relevant = [
        one
        for one in person.news
        if before.at < one.at <= now.occurred_at and (protected_person_id is None or one.protected_person_id in {None, protected_person_id})
    ]
    return max(relevant, key=lambda one: one.at, default=None)


def assessed(person: Person, event: Event) -> Person:
    """`risk.assessed`: kept, and judged genuine or copied."""
    data = cast("RiskAssessed", event.data)
    answers = None if data.answers is None else tuple(sorted((str(number), str(answer)) for number, answer in data.answers.items()))
    fresh = Assessment(
        at=event.occurred_at,
        ref=event.ref,
        assessment_id=data.assessment_id,
        tool=data.tool,
        level=data.level,
        occasion=data.occasion,
        protected_person_id=data.protected_person_id,
        assessed_by=data.assessed_by,
        answers=answers,
    )
    before = next(
        (one for one in reversed(person.assessments) if (one.tool, one.protected_person_id) == (fresh.tool, fresh.protected_person_id)),
        None,
    )
    if (
        before is not None
        and answers is not None
        and before.answers == answers
        and (before.copied or news_between(person, before, event, fresh.protected_person_id))
    ):
        fresh = replace(fresh, copied=True, copy_of=before.ref)
    return replace(person, assessments=(*person.assessments, fresh)[-KEPT:])
