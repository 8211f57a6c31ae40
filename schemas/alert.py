"""The alert as `vigil replay` and `vigil alerts` write it and `vigil.alerts` carries it (contract, section 3).

Not how people answer it (handling, lease, clocks), which is the console's. The fields stand in the order of the contract,
and so do the names on the line. Made by alerting and by the replay.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from pydantic import Field, PlainSerializer

from schemas.envelope import MessageStatus, PersonIdentifier
from schemas.fields import Between, Flag, Id, Instant, Text, Word
from schemas.finding import About, Change, Evidence, MatterStatus, Severity, Told

Reason = Literal["named", "deputy", "on_call", "escalated"]


def _whole_when_whole(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else round(seconds, 6)


LateSeconds = Annotated[float, Between(0), PlainSerializer(_whole_when_whole, return_type=int | float, when_used="json")]


class Recipient(Told):
    """Who was told, in which role, and why this officer: a replay never writes `escalated`."""

    officer_id: Id
    role: Word
    reason: Reason
    at: Instant


class Revision(Told):
    """What changed, when we knew, and the sentence that stood from then on."""

    at: Instant
    change: Change
    because: Text


class Affected(Told):
    """Of `feed-silent` only: who is unseen while the feed is silent. Computed when the alert is read or written."""

    people: int
    high_risk_ids: tuple[Id, ...] = ()
    unmonitored_ids: tuple[Id, ...] = ()


class Alert(Told):
    """The final, or present, state of one alert."""

    alert_id: Id
    rule: Word
    rule_version: int
    reference: Word
    areas: tuple[Word, ...] = ()
    message_status: MessageStatus = "actual"
    incident_id: Id
    person_id: Id | None = None
    identifiers: tuple[PersonIdentifier, ...] = ()
    about: About
    severity: Severity
    status: MatterStatus
    provisional: Flag
    began_at: Instant
    ended_at: Instant | None = None
    supersedes: tuple[Id, ...] = ()
    decidable_at: Instant
    raised_at: Instant
    late_by_s: LateSeconds
    because: Text
    evidence: tuple[Evidence, ...] = ()
    protected_person_ids: tuple[Id, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    unfilled_roles: tuple[Word, ...] = ()
    revisions: tuple[Revision, ...] = ()
    affected: Annotated[Affected | None, Field(exclude_if=lambda affected: affected is None)] = None


def alert_line(alert: Alert) -> bytes:
    """The alert as one JSON line, without its newline: the same alert gives the same bytes. `affected` only where it is said."""
    return msgspec.json.encode(alert.model_dump(mode="json"))
