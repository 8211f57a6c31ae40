"""What streams tells alerting: one finding, and each change of it. And how findings and their references are named.

A finding is what the engine has observed of one matter; it is never a breach, which is what an authority decides. Names are
derived, never drawn: the same inputs give the same `finding_id` on every run, so delivery at least once has effect once.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from schemas.envelope import MessageStatus, PersonIdentifier
from schemas.event import EvidenceRef
from schemas.fields import Flag, Id, Instant, Text, Word

Severity = Literal["critical", "high", "medium", "low"]
MatterStatus = Literal["open", "closed", "withdrawn"]
Change = Literal["raised", "confirmed", "severity", "reminded", "closed", "reopened", "amended", "withdrawn"]
"""Why a person must look again. `reminded` comes from alerting's timers, never from streams."""
AboutKind = Literal[
    "case",
    "protected_person",
    "order",
    "zone",
    "curfew_night",
    "activation",
    "finding",
    "report",
    "call",
    "flag",
    "associate",
    "number",
    "contact",
    "release",
    "reception",
    "event",
    "referral",
    "programme",
    "areas",
    "feed",
    "rule",
    "identifier",
]


class EvidenceSaid(TypedDict):
    """The event that a finding rests on."""

    source: str
    id: str


Evidence = Annotated[EvidenceRef, PlainSerializer(lambda ref: EvidenceSaid(source=ref.source, id=ref.id), return_type=EvidenceSaid)]
"""`{"source": ..., "id": ...}` on the wire."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_LENGTH = 10


class Told(BaseModel):
    """A frozen value of ours for our own side of a topic: a field it does not know is left out, so that versions can differ."""

    model_config = ConfigDict(frozen=True, extra="ignore", serialize_by_alias=True, json_schema_serialization_defaults_required=True)


class About(Told):
    """What one open alert is per. `label` can be read aloud, and holds no address and no number."""

    kind: AboutKind
    id: Id
    label: Text


class Finding(Told):
    """One episode of one matter, as it stands now. Without a `person_id` it is about the system.

    `told`: roles in the order of the rule's list. `release_id`: the release it belongs to. `joins`: the finding whose
    incident it joins. `assessor_id`: who holds the role `assessor`, which nobody is assigned to. `grounds`: the rule's named
    reasons (`battery_flat`). `by_decision`: it ends when an authority decides it, and by nothing else.
    """

    finding_id: Id
    rule: Word
    rule_version: int
    subject: Text
    about: About
    message_status: MessageStatus = "actual"
    person_id: Id | None = None
    identifiers: tuple[PersonIdentifier, ...] = ()
    areas: tuple[Word, ...] = ()
    severity: Severity
    status: MatterStatus = "open"
    provisional: Flag = False
    began_at: Instant
    ended_at: Instant | None = None
    decidable_at: Instant
    because: Text
    evidence: tuple[Evidence, ...] = ()
    protected_person_ids: tuple[Id, ...] = ()
    told: tuple[Word, ...] = ()
    assessor_id: Id | None = None
    order_id: Id | None = None
    condition_id: Id | None = None
    release_id: Id | None = None
    joins: Id | None = None
    supersedes: tuple[Id, ...] = ()
    grounds: tuple[Word, ...] = ()
    by_decision: Flag = False


class FindingChange(Told):
    """A finding was raised or changed. `at`: when we knew, the later of the due and the arrival that made it possible.

    `out_of_order`: because of evidence from before what was judged already; more of it may be on its way.
    """

    at: Instant
    change: Change
    finding: Finding
    out_of_order: Flag = False


def finding_id(rule: str, subject: str, began_at: datetime, message_status: str = "actual") -> str:
    """The name of an episode, and of its alert: `al_3f9c0b7e51d2a604_20261122T201317Z`.

    An exercise has names of its own, so that it never meets what is actual.
    """
    named = (rule, subject) if message_status == "actual" else (rule, subject, message_status)
    digest = hashlib.blake2b("\0".join(named).encode(), digest_size=8).hexdigest()
    return f"al_{digest}_{began_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def reference(alert_id: str) -> str:
    """What people say over a radio: `VG-7K3MQ-2XD9A`. No I, L, O or U; says nothing about a person."""
    number = int.from_bytes(hashlib.blake2b(alert_id.encode(), digest_size=8).digest(), "big")
    letters = "".join(_CROCKFORD[number >> shift & 31] for shift in range(0, 5 * _REFERENCE_LENGTH, 5))
    return f"VG-{letters[:5]}-{letters[5:]}"
