"""The kinds of field that event data is made of: instants, local times, ids, texts, numbers with a range.

Not models. Each kind refuses with a short reason and says what was expected, which `schemas.refusal` turns into the
sender's error. Python coerces gladly (`"5"` to 5, `True` to 1.0); a feed that sends such a thing is wrong and is told so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

EARLIEST_YEAR = 1900
LATEST_YEAR = 2100

AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]
_PHONE_NOISE = re.compile(r"[\s().\-]+")
_SECOND_60 = re.compile(r"[Tt ]\d\d:\d\d:60(\.\d+)?([Zz]|[+-]\d\d:\d\d)$", re.ASCII)
_DIALLED = re.compile(r"\+?[0-9]{3,15}")


class Value(BaseModel):
    """A frozen value that keeps the fields it does not know (the contract: adding a field is free)."""

    model_config = ConfigDict(frozen=True, extra="allow", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, sent: object) -> object:
        """Many systems write null for what they do not have; of a field that may be absent, that is what it means."""
        if not isinstance(sent, dict) or None not in sent.values():
            return sent
        optional = {field.validation_alias or name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: value for name, value in sent.items() if value is not None or name not in optional}


def refusal(reason: str, expected: str) -> PydanticCustomError:
    """The error of one field: what is wrong, and what was expected. Texts without braces: pydantic formats them."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "expected": expected})


def instant_text(at: datetime) -> str:
    """An instant as it stands on the wire: UTC, ending in `Z`; six decimals, or none."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_instant(value: object) -> datetime:
    """An RFC 3339 text or an aware datetime as UTC. msgspec reads the text, so fixes and all else agree on every form."""
    try:
        at = msgspec.convert(value, AwareInstant)
        at = at if at.tzinfo is UTC else at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        if isinstance(value, str) and _SECOND_60.search(value):  # RFC 3339 has it, no clock of ours does
            raise refusal("names second 60", "a second from 00 to 59; for a leap second, 59") from None
        raise refusal("not an instant with an offset", "RFC 3339, as 2026-11-22T20:13:17Z") from None
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise refusal("implausible instant", f"a year from {EARLIEST_YEAR} to {LATEST_YEAR}; leave out what has no end")
    return at


def _to_date(value: object) -> date:
    """`2026-11-22`. A datetime is a date to Python, and is refused."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-11-22") else value
    except ValueError:
        day = None
    if type(day) is not date or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise refusal("not a date", "YYYY-MM-DD")
    return day


def _to_local_time(value: object) -> time:
    """`19:00` or `19:00:30` in Europe/London. There is no 24:00: the whole day is `from` equal to `to`."""
    try:
        at = time.fromisoformat(value) if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value, re.ASCII) else value
    except ValueError:
        at = None
    if not isinstance(at, time) or at.tzinfo is not None:
        raise refusal("not a local time", "HH:MM from 00:00 to 23:59")
    return at


def _local_time_text(at: time) -> str:
    return at.isoformat("minutes" if not at.second else "seconds")


def _to_phone(value: str) -> str:
    """E.164. British forms people type (07700 900123, 0044...) are brought to it; short codes such as 101 stay."""
    dialled = _PHONE_NOISE.sub("", value)
    if not _DIALLED.fullmatch(dialled):
        raise refusal("not a telephone number", "E.164, as +447700900123")
    if dialled.startswith("00"):
        return "+" + dialled[2:]
    return "+44" + dialled[1:] if dialled.startswith("0") else dialled


def _force_local(value: str) -> str:
    force, _, number = value.partition(":")
    if not force.strip() or not number.strip():
        raise refusal("without its force", "force:value, as avon-and-somerset:123/26")
    return value


@dataclass(frozen=True, slots=True)
class Between:
    """A closed range of numbers; `high` None is open. One reason for both ends, unlike pydantic's two."""

    low: float
    high: float | None = None

    @property
    def expected(self) -> str:
        """The range in words."""
        return f"{self.low:,} or more" if self.high is None else f"{self.low:,} to {self.high:,}"

    def check(self, value: float) -> float:
        """The value, if it lies in the range; NaN never does."""
        if self.low <= value and (self.high is None or value <= self.high):
            return value
        raise refusal("out of range", self.expected)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The range as JSON Schema says it."""
        found = handler(schema)
        found["minimum"] = self.low
        if self.high is not None:
            found["maximum"] = self.high
        return found


Instant = Annotated[
    datetime,
    PlainValidator(to_instant),
    PlainSerializer(instant_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
CalendarDate = Annotated[
    date,
    PlainValidator(_to_date),
    PlainSerializer(date.isoformat, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
LocalTime = Annotated[
    time,
    PlainValidator(_to_local_time),
    PlainSerializer(_local_time_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}),
]

Id = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=200)]
Word = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, Strict(), StringConstraints(max_length=20_000)]
CaseRef = Annotated[Id, AfterValidator(_force_local)]
Phone = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=40), AfterValidator(_to_phone)]
Flag = Annotated[bool, Strict()]

Latitude = Annotated[float, Strict(), Between(-90, 90)]
Longitude = Annotated[float, Strict(), Between(-180, 180)]
Metres = Annotated[float, Strict(), Between(0, 1_000_000)]
Percent = Annotated[float, Strict(), Between(0, 100)]
Degrees = Annotated[float, Strict(), Between(0, 360)]
KilometresPerHour = Annotated[float, Strict(), Between(0, 100_000)]
Seconds = Annotated[float, Strict(), Between(0, 31_536_000)]
Number = Annotated[float, Strict(), Between(-1_000_000_000, 1_000_000_000)]
Count = Annotated[int, Strict(), Between(1, 1_000_000)]

FROM = Field(validation_alias="from", serialization_alias="from")
"""`from` of the contract is a Python keyword. Not `alias`: with it a type checker demands the keyword as argument name."""
