"""What people ask of streams: to judge somebody again, to send a line that was set aside again or retire it, to answer the desk.

Not facts (those are events of the contract, from source `vigil/console`) and not commands on alerts. Written by the console into
the ledger and by `vigil rejudge`, carried out by whoever judges; each may be carried out twice, and the second time changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel, TypeAdapter

from schemas.envelope import PersonIdentifier
from schemas.fields import Id, Instant, Text
from schemas.finding import Evidence, Told
from schemas.read_models import IdentityVerdict


class Rejudge(Told):
    """Judge a person's whole history again. `person`: a person's id, or `TYPE:VALUE`."""

    kind: Literal["rejudge"] = "rejudge"
    person: Id


class Redrive(Told):
    """Send what was set aside again, the bytes as they came."""

    kind: Literal["redrive"] = "redrive"
    quarantine_ids: tuple[Id, ...]


class Retire(Told):
    """A line that will never be taken needs no more looking at. It is kept. The console has seen two people agree."""

    kind: Literal["retire"] = "retire"
    quarantine_id: Id


class AnswerQuestion(Told):
    """What a person answers to the identity desk. `answer_id`: derived from the act, so that the same answer counts once.

    `owner`: whose the events that name both are, of two people. `identifier` and `against`: those of the question.
    """

    kind: Literal["answer_question"] = "answer_question"
    answer_id: Id
    question_id: Id
    verdict: IdentityVerdict
    identifier: PersonIdentifier
    against: PersonIdentifier | None = None
    owner: PersonIdentifier | None = None
    rationale: Text
    answered_by: Id
    answered_at: Instant


class NotThisPerson(Told):
    """An alert was closed as being about somebody else, by two officers: whose events are these? Opens a question of the desk.

    `evidence`: of the alert; what it names is in doubt. `identifiers`: his, strongest first, where the evidence names nobody.
    """

    kind: Literal["not_this_person"] = "not_this_person"
    alert_id: Id
    person_id: Id
    evidence: tuple[Evidence, ...] = ()
    identifiers: tuple[PersonIdentifier, ...] = ()


Request = Annotated[Rejudge | Redrive | Retire | AnswerQuestion | NotThisPerson, Field(discriminator="kind")]


class Asked(RootModel[Request]):
    """One of them, as it stands on a topic."""


READ: TypeAdapter[Request] = TypeAdapter(Request)
"""`READ.validate_json(body)` of a stored request."""
