"""The bodies of the commands (console 1.5), and how each becomes the value that the lifecycle takes.

A field that is none of the command's is refused: what somebody meant by it would not be done. What is enough of a rationale,
and what belongs together, is the lifecycle's to say. Used by the routes of commands and of handovers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerting import reasons
from alerting.lifecycle import commands
from alerting.lifecycle.commands import Command
from alerting.lifecycle.handling import Action, Against, Intent, Outcome
from schemas.case import TeamRole, Told
from schemas.directory import OnCallRole
from schemas.fields import Flag, Id, Instant, Word, refusal


def _say_something(said: str) -> str:
    if not reasons.length(said):
        raise refusal("nothing that can be read", "words, with a letter or a digit")
    return said


Words = Annotated[
    str, Field(strict=True, min_length=1, max_length=4_000, json_schema_extra={"pattern": r"\S"}), AfterValidator(_say_something)
]

ToldRole = Literal[TeamRole, OnCallRole, "assessor"]
"""A role in which somebody can be told of an alert."""


class Body(BaseModel):
    """What every command's body is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Acknowledge(Body):
    """A promise with an end."""

    intent: Intent
    until_at: Instant
    intent_text: Words | None = None


class Act(Body):
    """What was done."""

    action: Action
    done_at: Instant | None = None
    detail: Words | None = None
    ref: Id | None = None
    about: Told | None = None
    protected_person_id: Id | None = None
    order_id: Id | None = None


class Close(Body):
    """The outcome, and why."""

    outcome: Outcome
    rationale: Words
    duplicate_of: Id | None = None
    order_id: Id | None = None
    condition_id: Id | None = None


class Confirm(Body):
    """The second key."""

    agree: Flag
    rationale: Words


class Challenge(Body):
    """Somebody who was told disagrees."""

    against: Against
    rationale: Words
    asks_for: Words | None = None


class AnswerChallenge(Body):
    """What the decider says."""

    challenge_id: Id
    upheld: Flag
    rationale: Words


class Shelve(Body):
    """Put aside for a while."""

    until_at: Instant
    reason: Words


class Unshelve(Body):
    """Bring it back now."""

    reason: Words | None = None


class Reassign(Body):
    """Give it to somebody else."""

    to_officer_id: Id
    reason: Words


class Handover(Body):
    """Offer it to somebody else."""

    to_officer_id: Id
    note: Words


class Release(Body):
    """I cannot do this."""

    reason: Words


class Escalate(Body):
    """The next step now."""

    reason: Words
    to_role: Word | None = None


class Note(Body):
    """For the roles told, unless narrowed. What is no such role is refused: the note would be for nobody."""

    text: Words
    audience: Annotated[tuple[ToldRole, ...], Field(max_length=20)] = ()


SAYS: Mapping[type[Body], type[Command]] = {
    Acknowledge: commands.Acknowledge,
    Act: commands.Act,
    Close: commands.Close,
    Confirm: commands.Confirm,
    Challenge: commands.RaiseChallenge,
    AnswerChallenge: commands.AnswerChallenge,
    Shelve: commands.PutOnShelf,
    Unshelve: commands.Unshelve,
    Reassign: commands.Reassign,
    Handover: commands.OfferHandover,
    Release: commands.Release,
    Escalate: commands.Escalate,
    Note: commands.Note,
}
"""A body has the fields of its command, under the same names; a challenge is also given its name."""
BODIES: Mapping[str, type[Body]] = {commands.NAMES[command]: body for body, command in SAYS.items()}
"""By the word of the path."""


def command_of(body: Body, challenge_id: str) -> Command:
    """What was said, for the lifecycle. `challenge_id`: the name of a challenge that is made by it."""
    fields = {name: getattr(body, name) for name in type(body).model_fields}
    if isinstance(body, Challenge):
        fields["challenge_id"] = challenge_id
    return SAYS[type(body)](**fields)
