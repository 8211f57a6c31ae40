"""What the console's pages show of what streams knows (console.md 1.7): written by streams, kept by the ledger.

Each is one record a key, and takes the place of the one before. The truth is the events; any of these may be made again.
Names, addresses and phones stand here in clear: who may see what is the console's to decide, and it masks.
Person views for telling and for reach are `schemas.person`; alerts are `schemas.alert`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.case import Relationship, RiskLevel, SafeContact
from schemas.custody import CustodyStatus, ReleaseKind
from schemas.envelope import MessageStatus, PersonIdentifier
from schemas.fields import CalendarDate, CaseRef, Flag, Id, Instant, Latitude, Longitude, Metres, Percent, Phone, Text, Word
from schemas.finding import Evidence, Told
from schemas.fix import Mechanism
from schemas.order import ConditionKind, OrderKind, PermittedWindow, TagMode, TimetablePeriod
from schemas.person import Assignment
from schemas.place import Zone
from schemas.risk import IntelligenceSubmitted

CoverageState = Literal["monitored", "untagged", "blind", "not_required", "in_custody"]
FeedState = Literal["live", "late", "silent", "never"]
SetAsideState = Literal["waiting", "sent_again", "accepted", "retired"]
QuestionReason = Literal["two_people", "device", "contact", "merge_refused", "split_refused", "not_this_person"]
IdentityVerdict = Literal["same", "different", "not_managed", "taken_back"]
RuleStatus = Literal["draft", "shadow", "live", "retired"]
Parameter = str | float | bool | tuple[str, ...] | None
"""Of a rule; a duration is its ISO 8601 text, as `PT15M`."""


class ConditionShown(Told):
    """One condition. `zone`: of a zone; also the circle of a curfew or residence address. `fault`: why it cannot be judged."""

    condition_id: Id
    kind: ConditionKind
    protected_person_id: Id | None = None
    zone: Zone | None = None
    timetable: tuple[TimetablePeriod, ...] = ()
    permitted: tuple[PermittedWindow, ...] = ()
    modes: tuple[TagMode, ...] = ()
    station: Text | None = None
    text: Text | None = None
    fault: Text | None = None


class OrderShown(Told):
    """An order that is in force or begins later, with its conditions as they stand."""

    order_id: Id
    kind: OrderKind
    starts_at: Instant
    ends_at: Instant | None = None
    surrender_at: Instant | None = None
    fault: Text | None = None
    conditions: tuple[ConditionShown, ...] = ()


class AddressShown(Told):
    """An address of a protected person, by its own id. `known`: the perpetrator knows it."""

    address_id: Id
    latitude: Latitude
    longitude: Longitude
    radius_m: Metres
    from_at: Instant | None = None
    to_at: Instant | None = None
    known: Flag = False


class ProtectedPersonShown(Told):
    """Somebody who is to be kept safe from the person, as her case has her."""

    protected_person_id: Id
    linked_at: Instant
    relationship: Relationship
    area: Word | None = None
    household_id: Id | None = None
    idva_service: Word | None = None
    display_name: Text | None = None
    addresses: tuple[AddressShown, ...] = ()
    phones: tuple[Phone, ...] = ()
    safe_contact: SafeContact | None = None


class CaseShown(Told):
    """One case of the register. `closed_at` None: open."""

    case_ref: CaseRef
    opened_at: Instant
    closed_at: Instant | None = None
    areas: tuple[Word, ...] = ()


class ReleaseShown(Told):
    """A release that is planned, or the last that happened (`at` in the past, `confirmed` or not)."""

    at: Instant
    kind: ReleaseKind
    release_id: Id | None = None
    return_at: Instant | None = None
    confirmed: Flag = False


class CustodyShown(Told):
    """Where he stands towards custody."""

    inside: Flag = False
    since_at: Instant | None = None
    prison: Word | None = None
    status: CustodyStatus = "unknown"
    unlawfully_at_large_at: Instant | None = None
    released: ReleaseShown | None = None
    planned: tuple[ReleaseShown, ...] = ()


class DeviceShown(Told):
    """One device that is on him."""

    activation_id: Id
    device_id: Id
    modes: tuple[TagMode, ...] = ()
    fitted_at: Instant


class TagShown(Told):
    """Electronic monitoring. `last_proof_at` and `battery_percent` are as of the page: they move it on at intervals only."""

    required_by: Id | None = None
    """The first order in force that requires a tag."""
    devices: tuple[DeviceShown, ...] = ()
    last_proof_at: Instant | None = None
    battery_percent: Percent | None = None


class PersonPage(Told):
    """One managed person, whole. `sources`: the feeds that carry his tagging; while one is silent nobody sees him."""

    person_id: Id
    as_of_at: Instant
    label: Text
    name: Text | None = None
    date_of_birth: CalendarDate | None = None
    identifiers: tuple[PersonIdentifier, ...] = ()
    areas: tuple[Word, ...] = ()
    risk_level: RiskLevel
    risk_since_at: Instant | None = None
    restricted: Flag = False
    managed: Flag = True
    cases: tuple[CaseShown, ...] = ()
    disputed_at: Instant | None = None
    team: tuple[Assignment, ...] = ()
    protected: tuple[ProtectedPersonShown, ...] = ()
    orders: tuple[OrderShown, ...] = ()
    last_order_ended_at: Instant | None = None
    custody: CustodyShown = CustodyShown()
    tag: TagShown = TagShown()
    sources: tuple[Id, ...] = ()


class TimelineEntry(Told):
    """One event about a person; positions and battery readings are none.

    An event is one person's: one that is told again of another person has moved to him.

    `said`: its data without addresses, phones, numbers, names, health answers and the text of intelligence, which have homes
    of their own with their own rights.
    """

    person_id: Id
    source: Id
    id: Id
    type: Word
    occurred_at: Instant
    received_at: Instant
    message_status: MessageStatus = "actual"
    area: Word | None = None
    said: dict[str, object] = Field(default_factory=dict)


class CoverageSpan(Told):
    """From one instant to another (None: and still) in one state."""

    from_at: Instant
    to_at: Instant | None = None
    state: CoverageState


class Coverage(Told):
    """A person's spans from `from_at` on, end to end without a gap, as judged at `as_of_at`. They replace all from there on.

    The last goes on. While a feed of `PersonPage.sources` is silent (`FeedView.silent_since_at`), its rest is `blind`.
    """

    person_id: Id
    as_of_at: Instant
    from_at: Instant
    spans: tuple[CoverageSpan, ...] = ()


class FixBeside(Told):
    """A position that a finding rests on, or that led up to it."""

    person_id: Id
    source: Id
    id: Id
    at: Instant
    received_at: Instant
    latitude: Latitude
    longitude: Longitude
    accuracy_m: Metres | None = None
    mechanism: Mechanism


class OutageShown(Told):
    """A time in which a feed was silent for its limit or more."""

    from_at: Instant
    to_at: Instant


class FeedView(Told):
    """One feed. `complete_to`, `heartbeat_due_at`: of one that sends heartbeats. Whom it leaves unseen is counted from reliance."""

    source: Id
    as_of_at: Instant
    state: FeedState
    last_event_at: Instant | None = None
    complete_to: Instant | None = None
    heartbeat_due_at: Instant | None = None
    silent_since_at: Instant | None = None
    outages: tuple[OutageShown, ...] = ()
    per_min: float = 0.0
    set_aside_per_h: float = 0.0


class FieldErrorShown(Told):
    """What was wrong with one field, as the sender was told."""

    pointer: Text
    reason: Text
    expected: Text


class SetAsideView(Told):
    """One line that was not taken, kept whole by intake. `masked`: it again, with every value but its envelope's words blanked.

    `source`, `event_id`: as far as they could be read. `sent_again_at`: the last try; `code` then is that try's.
    """

    quarantine_id: Id
    source: Text | None = None
    event_id: Text | None = None
    client: Text
    code: Word
    errors: tuple[FieldErrorShown, ...] = ()
    at: Instant
    size_bytes: int
    masked: Text
    state: SetAsideState = "waiting"
    sent_again_at: Instant | None = None


class QuestionView(Told):
    """Whether two identifiers are one person's: what the identity desk asks, and what was answered.

    It may end by itself, when the evidence no longer leaves it open. `against` None: whose the one identifier is, is asked
    (`not_this_person`: an alert under it was found to be about somebody else).
    """

    question_id: Id
    as_of_at: Instant
    reason: QuestionReason
    identifier: PersonIdentifier
    against: PersonIdentifier | None = None
    person_ids: tuple[Id, ...] = ()
    areas: tuple[Word, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    opened_at: Instant
    open: Flag = True
    verdict: IdentityVerdict | None = None
    rationale: Text | None = None
    answered_by: Id | None = None
    answered_at: Instant | None = None


class ReportView(Told):
    """An intelligence report that a feed or an officer has submitted, under its own rights."""

    person_id: Id
    source: Id
    id: Id
    occurred_at: Instant
    received_at: Instant
    message_status: MessageStatus = "actual"
    report: IntelligenceSubmitted


class RuleView(Told):
    """One rule as it runs here. `parts`: the parts of its text (`why`, `fires`, `silent`, `clears`, `act`, `gaps`)."""

    slug: Word
    place: int
    """In the order of judgement."""
    version: int
    status: RuleStatus
    title: Text
    parts: dict[str, str] = Field(default_factory=dict)
    tells: tuple[Word, ...] = ()
    reads: tuple[Word, ...] = ()
    reads_findings: tuple[Word, ...] = ()
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    by_area: dict[str, dict[str, Parameter]] = Field(default_factory=dict)
