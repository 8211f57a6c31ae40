"""From single events to what timelines, maps and the intelligence desk show of them. Pure; called by `streams.embedded.publishing`."""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel

from schemas.envelope import MessageStatus
from schemas.event import Event
from schemas.fix import Fix
from schemas.read_models import FixBeside, ReportView, TimelineEntry
from schemas.risk import IntelligenceSubmitted

ELSEWHERE = frozenset(
    {
        "address",
        "address_id",
        "addresses",
        "answers",
        "conditions",
        "contact_id",
        "contact_ids",
        "date_of_birth",
        "display_name",
        "handling_conditions",
        "household_id",
        "identifiers",
        "kept",
        "latitude",
        "longitude",
        "name",
        "number",
        "phones",
        "removed",
        "safe_contact",
        "score",
        "station",
        "summary",
        "tags",
        "text",
    }
)
"""Fields that say where somebody is, with whom, or how they are reached, what they told of themselves, or what is graded: each has a home
of its own with rights of its own. So has a field that the contract does not name."""


def entry(event: Event, person_id: str) -> TimelineEntry:
    """The event as a line of his timeline."""
    return TimelineEntry(
        person_id=person_id,
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        received_at=event.received_at or event.occurred_at,
        message_status=cast("MessageStatus", event.message_status),
        area=event.area,
        said=_said(event.data) if isinstance(event.data, BaseModel) else {},
    )


def report(event: Event, person_id: str) -> ReportView | None:
    """The intelligence report that it is; None for every other event."""
    if not isinstance(event.data, IntelligenceSubmitted):
        return None
    return ReportView(
        person_id=person_id,
        source=event.source,
        id=event.id,
        occurred_at=event.occurred_at,
        received_at=event.received_at or event.occurred_at,
        message_status=cast("MessageStatus", event.message_status),
        report=event.data,
    )


def fix(event: Event, data: Fix, person_id: str) -> FixBeside:
    """The position that it is."""
    return FixBeside(
        person_id=person_id,
        source=event.source,
        id=event.id,
        at=event.occurred_at,
        received_at=event.received_at or event.occurred_at,
        latitude=data.latitude,
        longitude=data.longitude,
        accuracy_m=data.accuracy_m,
        mechanism=data.mechanism,
    )


def _said(data: BaseModel) -> dict[str, object]:
    """Its fields of the contract, but for those that stand elsewhere."""
    known = {field.serialization_alias or name for name, field in type(data).model_fields.items()}
    said = data.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: _plain(value) for name, value in said.items() if name in known and name not in ELSEWHERE}


def _plain(value: object) -> object:
    """The same of what stands within."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in ELSEWHERE}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
