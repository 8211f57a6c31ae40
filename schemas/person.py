"""What alerting needs to know of a person, as streams tells it: who is to be told, and who is at risk.

A read model: the truth is the person's events. Addresses, phones and conditions never stand in it.
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
    """One managed person. `areas`: the case's, its first the one whose settings judge him."""

    person_id: Id
    label: Text
    identifiers: tuple[PersonIdentifier, ...] = ()
    areas: tuple[Word, ...] = ()
    risk_level: RiskLevel
    restricted: Flag = False
    team: tuple[Assignment, ...] = ()
    protected: tuple[ProtectedPersonView, ...] = ()


class Reliance(Told):
    """A time in which the judgement of a person leans on a feed: what `feed-silent` counts. `to_at` None: still."""

    person_id: Id
    source: Id
    from_at: Instant
    to_at: Instant | None = None
    risk_level: RiskLevel
