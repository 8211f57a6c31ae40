"""The envelope of an event as it stands on the wire (contract, section 1). Its `data` is read by type, in `schemas.codec`.

Not what our code works with: that is `schemas.event.Event`. Unknown fields of the envelope itself are let through.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, GetPydanticSchema, PlainSerializer, Strict, StringConstraints, ValidationInfo, field_validator
from pydantic_core import core_schema
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from schemas.event import Identifier
from schemas.fields import Id, Instant, Value, Word, refusal, to_instant
from schemas.identifiers import FORCE_LOCAL, IdentifierType, canonical

MessageStatus = Literal["actual", "exercise", "test"]
EARLIEST_EVENT = to_instant("2000-01-01T00:00:00Z")
"""Before it an `occurred_at` is a receiver without a date (GPS weeks start in 1980 and roll over every 1,024)."""


class IdentifierForm(Value):
    """One identifier on the wire. A number that is unique only within a force is `force:value`."""

    type: IdentifierType
    value: Annotated[str, Strict(), StringConstraints(min_length=1, max_length=200)]

    @field_validator("value")
    @classmethod
    def _names_its_force(cls, value: str, info: ValidationInfo) -> str:
        force, _, number = value.partition(":")
        if info.data.get("type") in FORCE_LOCAL and not (force.strip() and number.strip()):
            raise refusal("without its force", "force:value, as avon-and-somerset:123/26")
        return value


class IdentifierSaid(TypedDict):
    """One identifier as we say it."""

    type: str
    value: str


def _as_form(value: object) -> object:
    return value._asdict() if isinstance(value, Identifier) else value


def _as_identifier(form: IdentifierForm) -> Identifier:
    return canonical(Identifier(form.type, form.value))


PersonIdentifier = Annotated[
    Identifier,
    GetPydanticSchema(
        lambda _source, handler: core_schema.no_info_before_validator_function(
            _as_form, core_schema.no_info_after_validator_function(_as_identifier, handler(IdentifierForm))
        )
    ),
    PlainSerializer(lambda identifier: IdentifierSaid(type=identifier.type, value=identifier.value), return_type=IdentifierSaid),
]
"""An `Identifier` in its canonical form; `{"type": ..., "value": ...}` on the wire."""


class Person(Value):
    """Whose event it is, in the sender's own identifiers; never our person."""

    identifiers: Annotated[tuple[PersonIdentifier, ...], Field(min_length=1, max_length=50)]


def _not_before_tags(at: Instant) -> Instant:
    if at < EARLIEST_EVENT:
        raise refusal("implausible instant", "2000-01-01 or later")
    return at


class Envelope(Value):
    """One event on the wire."""

    id: Id
    source: Id
    type: Word
    occurred_at: Annotated[Instant, AfterValidator(_not_before_tags)]
    recorded_at: Instant | None = None
    published_at: Instant | None = None
    received_at: Instant | None = None
    person: Person | None = None
    area: Word | None = None
    message_status: MessageStatus = "actual"
    data: dict[str, object]
