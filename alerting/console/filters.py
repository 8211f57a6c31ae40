"""The query of `GET /alerts` (console 1.4): filters, order and page. A name that is no filter is refused, because it would widen the list.

A filter that takes several words takes them repeated or with commas between: `severity=critical&severity=high`, `severity=critical,high`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from alerting.console.pages import USUAL, Limit
from alerting.ledger.wanted import Sort, Wanted
from alerting.lifecycle.handling import State
from schemas.envelope import MessageStatus
from schemas.fields import Instant, Text
from schemas.finding import MatterStatus, Severity

T = TypeVar("T")


def _apart(said: object) -> object:
    """Each word that was sent, however they were put together."""
    if not isinstance(said, list | tuple):
        return said
    return [word for part in said for word in (part.split(",") if isinstance(part, str) else (part,)) if word != ""]


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
"""An id, a rule, an area; PostgreSQL takes no NUL."""
Several = Annotated[tuple[T, ...], BeforeValidator(_apart)]
OneOrMore = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_apart)]


class Filter(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    incident_id: Name | None = None
    status: Several[MatterStatus] = ()
    handling: Several[State] = ()
    severity: Several[Severity] = ()
    rule: Several[Name] = ()
    area: Several[Name] = ()
    person_id: Name | None = None
    protected_person_id: Name | None = None
    owner: Name | None = None
    recipient: Literal["me"] | None = None
    unfilled: bool | None = None
    late: bool | None = None
    message_status: MessageStatus = "actual"
    raised_from_at: Instant | None = None
    raised_to_at: Instant | None = None
    sort: Sort = "risk"
    limit: Limit = USUAL
    cursor: Text | None = None

    def wanted(self, officer_id: str) -> Wanted:
        """The same for the ledger."""
        return Wanted(officer_id=officer_id, **{name: getattr(self, name) for name in Wanted.__struct_fields__ if name != "officer_id"})
