"""What alerting needs to know of a person, as streams tells it: who is to be told, who is at risk, and who may see him.

A read model: the truth is the person's events. Addresses, phones and conditions never stand in it (`schemas.read_models`).
"""

from __future__ import annotations

from schemas.case import RiskLevel
from schemas.envelope import PersonIdentifier
from schemas.fields import Flag, Id, Instant, Text, Word
from schemas.finding import Told


class Assignment(Told):
    """An officer in a role. `protected_person_id`: of an IDVA who is there for one of several."""

    role: Word
    officer_id: Id
    protected_person_id: Id | None = None
    area: Word | None = None
    since_at: Instant


class ProtectedPersonView(Told):
    """Where she is looked after, which decides whose control room is told."""

    protected_person_id: Id
    area: Word | None = None
    idva_service: Word | None = None


class PersonView(Told):
    """One managed person. `areas`: the case's, its first the one whose settings judge him.

    For reach: `restricted` (only officers of the team), `in_custody` (a prison offender manager's right), `excluded_officer_ids`
    (never). `managed`: whether a case is open. `gone_to`: he is another's now, by a merge, and everything of his is theirs.
    """

    person_id: Id
    label: Text
    identifiers: tuple[PersonIdentifier, ...] = ()
    areas: tuple[Word, ...] = ()
    risk_level: RiskLevel
    restricted: Flag = False
    managed: Flag = True
    in_custody: Flag = False
    excluded_officer_ids: tuple[Id, ...] = ()
    team: tuple[Assignment, ...] = ()
    protected: tuple[ProtectedPersonView, ...] = ()
    gone_to: Id | None = None


class ReliedSpan(Told):
    """A time in which the judgement of a person leans on one feed. `to_at` None: still. `risk_level`: his then."""

    source: Id
    from_at: Instant
    to_at: Instant | None = None
    risk_level: RiskLevel


class Reliance(Told):
    """All of a person's spans: what `feed-silent` counts. Each record takes the place of the one before."""

    person_id: Id
    spans: tuple[ReliedSpan, ...] = ()
