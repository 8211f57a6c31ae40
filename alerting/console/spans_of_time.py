"""The time that a route about one person is asked for: `from_at` and `to_at`, the last day unless it says otherwise. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from alerting.console.bodies import not_valid
from schemas.fields import Instant
from schemas.refusal import FieldError

USUAL = timedelta(days=1)


class Time(BaseModel):
    """The query."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_at: Instant | None = None
    to_at: Instant | None = None


class Between(NamedTuple):
    """From, and before."""

    from_at: datetime
    to_at: datetime


def between(asked: Time, now: datetime, most: timedelta) -> Between:
    """The time asked for. Raises 422 unless it is one, is over by now, and is no longer than `most`."""
    to_at = asked.to_at or now
    from_at = asked.from_at or to_at - USUAL
    if to_at > now:
        raise not_valid((FieldError("/to_at", "in the future", "now or earlier: nothing is known of later"),))
    if from_at >= to_at:
        raise not_valid((FieldError("/from_at", "not before to_at", "an instant before to_at"),))
    if to_at - from_at > most:
        raise not_valid((FieldError("/from_at", "too long a time", f"at most {most.days} days before to_at"),))
    return Between(from_at, to_at)
