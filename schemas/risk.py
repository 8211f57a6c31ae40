"""`risk.*`, `marac.*`, `incident.*`, `life.*`, `intelligence.*`, `programme.*`: what is known and judged about the danger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainValidator, Strict, WithJsonSchema

from schemas.case import RiskLevel
from schemas.fields import Between, Flag, Id, Instant, Number, Text, Value, Word, refusal

QuestionNumber = Annotated[str, Strict(), Field(min_length=1, max_length=10)]
"""`7` or `7b`. Too short for the question itself, which stays with its owner."""
LONGEST_ANSWER = 200


def _to_answer(value: object) -> str | bool | float | None:
    if isinstance(value, str) and len(value) > LONGEST_ANSWER:
        raise refusal("too long", f"at most {LONGEST_ANSWER} characters")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise refusal("not an answer", "text, a number, true, false or null")


Answer = Annotated[
    str | bool | float | None,
    PlainValidator(_to_answer),
    WithJsonSchema({"type": ["string", "boolean", "number", "null"], "maxLength": LONGEST_ANSWER}),
]
Assessment = Literal["A", "B", "C", "D", "E"]
IntelligenceTag = Literal["knows_location", "threat_to_life", "weapon_access", "planning", "surveillance", "self_harm", "tag_tampering"]


class RiskAssessed(Value):
    """An assessment was made. Its `level` never changes the person's risk level; `risk.level_set` does."""

    assessment_id: Id
    tool: Literal["dash", "dara", "ppit", "sara", "oasys_rosh", "stalking_screen", "other"]
    protected_person_id: Id | None = None
    assessed_by: Word | None = None
    level: RiskLevel
    score: Number | None = None
    answers: Annotated[dict[QuestionNumber, Answer], Field(max_length=500)] | None = None
    occasion: Literal["incident", "release", "review", "marac"]


class RiskLevelSet(Value):
    """The person's risk level is set."""

    level: RiskLevel
    rationale: Text | None = None
    set_by: Word


class MaracReferred(Value):
    """She is referred to a multi-agency risk assessment conference."""

    referral_id: Id
    protected_person_id: Id


class MaracAction(Value):
    """Something that somebody promised at the conference."""

    action_id: Id
    owner_id: Id
    text: Text


class MaracHeard(Value):
    """The conference heard the referral. No action is an empty list, said outright."""

    referral_id: Id
    actions: tuple[MaracAction, ...]


class MaracActionCompleted(Value):
    """A promise was kept."""

    referral_id: Id
    action_id: Id


class MaracClosed(Value):
    """The referral is closed."""

    referral_id: Id
    reason: Text


class IncidentReported(Value):
    """An incident was reported. `happened_at` absent: when it was reported."""

    incident_id: Id
    kind: Literal["violence", "strangulation", "sexual", "stalking", "harassment", "threat", "coercive_control", "damage", "other"]
    severity: Annotated[int, Strict(), Between(1, 5)]
    protected_person_id: Id | None = None
    associate_id: Id | None = None
    happened_at: Instant | None = None


class LifeTrigger(Value):
    """Something in his life that is known to raise the danger."""

    kind: Literal["separation", "child_contact", "court_date", "divorce", "new_relationship", "job_loss", "eviction"]
    protected_person_id: Id | None = None


class HandlingConditions(Value):
    """To whom a graded report may go."""

    officer_ids: tuple[Id, ...] = ()
    roles: tuple[Word, ...] = ()
    organisations: tuple[Word, ...] = ()
    action_code: Word | None = None
    sanitisation: Text | None = None
    text: Text | None = None


class IntelligenceSubmitted(Value):
    """A 3x5x2 graded report."""

    report_id: Id
    source_evaluation: Annotated[int, Strict(), Between(1, 3)]
    intelligence_assessment: Assessment
    handling_code: Literal["P", "C"]
    handling_conditions: HandlingConditions | None = None
    tags: tuple[IntelligenceTag, ...] = ()
    protected_person_id: Id | None = None
    associate_id: Id | None = None
    summary: Text


class IntelligenceReassessed(Value):
    """The report has another grade now."""

    report_id: Id
    intelligence_assessment: Assessment


class ProgrammeEnrolled(Value):
    """He joins a perpetrator programme."""

    programme: Word


class ProgrammeSession(Value):
    """A session, attended or missed."""

    programme: Word | None = None
    attended: Flag


class ProgrammeEnded(Value):
    """The programme ended for him."""

    programme: Word | None = None
    reason: Literal["completed", "withdrawn", "removed", "custody", "other"]
