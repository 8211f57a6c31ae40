"""`order.*`: every instrument with conditions (bail, licence, court and police orders), its conditions and timetables.

A condition that cannot be judged (no zone, an empty timetable, an end before its start) is decoded all the same: the
engine reports it (rules, word 16). Only wrong types and numbers off the earth are refused here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import FROM, CalendarDate, Id, Instant, LocalTime, Text, Value, Word
from schemas.place import Address, Zone

OrderKind = Literal[
    "police_bail",
    "court_bail",
    "licence",
    "hdc",
    "restraining_order",
    "non_molestation_order",
    "occupation_order",
    "dvpn",
    "dvpo",
    "dapn",
    "dapo",
    "spo",
    "interim_spo",
    "cbo",
    "community_order",
    "suspended_sentence_order",
]
ConditionKind = Literal[
    "exclusion_zone",
    "inclusion_zone",
    "curfew",
    "no_contact",
    "not_to_approach",
    "residence",
    "report_to_police",
    "tag",
    "alcohol_abstinence",
    "alcohol_limit",
    "surrender_passport",
    "other",
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TagMode = Literal["gps", "rf_curfew", "alcohol"]


class TimetablePeriod(Value):
    """A repeated or single period in Europe/London time. `days`: those on which it starts; it may cross midnight.

    `from` equal to `to` is the whole day; `on` is one date.
    """

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    from_: Annotated[LocalTime, FROM]
    to: LocalTime
    on: CalendarDate | None = None


class PermittedWindow(Value):
    """When a zone or curfew does not bind: court, an appointment."""

    from_: Annotated[Instant, FROM]
    to: Instant


class Condition(Value):
    """One condition of an order; which of the optional fields it has depends on its kind.

    `protected_person_id` absent on `no_contact` and `not_to_approach`: every linked protected person.
    """

    condition_id: Id
    kind: ConditionKind
    zone: Zone | None = None
    address: Address | None = None
    timetable: tuple[TimetablePeriod, ...] | None = None
    permitted: tuple[PermittedWindow, ...] = ()
    protected_person_id: Id | None = None
    station: Word | None = None
    modes: tuple[TagMode, ...] = ()
    text: Text | None = None


class OrderMade(Value):
    """An order is made. `ends_at` absent: until it is ended."""

    order_id: Id
    kind: OrderKind
    starts_at: Instant
    ends_at: Instant | None = None
    made_by: Word | None = None
    surrender_at: Instant | None = None
    conditions: tuple[Condition, ...]


class OrderVaried(Value):
    """The whole list of conditions is replaced. `ends_at` absent: as it was."""

    order_id: Id
    conditions: tuple[Condition, ...]
    ends_at: Instant | None = None


class OrderExtended(Value):
    """The order ends later."""

    order_id: Id
    ends_at: Instant


class OrderEnded(Value):
    """The order ends at `occurred_at`."""

    order_id: Id
    reason: Text


class OrderConditionsShared(Value):
    """Somebody was told the conditions: an agency or a role."""

    order_id: Id
    with_: Annotated[Word, Field(validation_alias="with", serialization_alias="with")]


class OrderAbsenceAuthorised(Value):
    """An absence from a curfew is allowed, also afterwards."""

    order_id: Id
    condition_id: Id
    from_: Annotated[Instant, FROM]
    to: Instant
    by: Word
