"""A person as known so far: the facts that the engine keeps once for all rules.

Immutable values; `streams.engine.facts` makes the next one from an event. Not the rules' own memories, and not the
findings. Every instant is aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from schemas.event import EvidenceRef, Identifier
from streams.engine.orders import Condition, Order
from streams.engine.stay import MOST_STAYS, Stay
from streams.engine.tag import Tag

TEMPORARY = "temporary"
"""The kind of release from which he has to return."""


class Address(msgspec.Struct, frozen=True, gc=False):
    """A place as a circle: WGS84 degrees and metres."""

    latitude: float
    longitude: float
    radius_m: float


class Case(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One case of the register. `closed_at` is None while it is open."""

    case_ref: str
    opened_at: datetime
    areas: tuple[str, ...]
    closed_at: datetime | None = None
    restricted: bool = False


class Assignment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who holds which role. An `idva` with no `protected_person_id` stands for every protected person."""

    role: str
    officer_id: str
    since_at: datetime
    ref: EvidenceRef
    protected_person_id: str | None = None
    area: str | None = None


class KnownAddress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An address of a protected person, valid from `from_at` to `to_at`. `known`: the perpetrator knows it."""

    address_id: str
    latitude: float
    longitude: float
    radius_m: float
    from_at: datetime | None = None
    to_at: datetime | None = None
    known: bool = False

    def valid(self, at: datetime) -> bool:
        """Whether she lives there at `at`."""
        return (self.from_at is None or self.from_at <= at) and (self.to_at is None or at < self.to_at)


class SafeContact(msgspec.Struct, frozen=True, gc=False):
    """How she can be reached without putting her at risk. No rule reads it."""

    how: str
    windows: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class ProtectedPerson(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who is to be kept safe from the person. `linked_at` is the first link."""

    protected_person_id: str
    linked_at: datetime
    relationship: str
    area: str | None = None
    household_id: str | None = None
    idva_service: str | None = None
    addresses: tuple[KnownAddress, ...] = ()
    phones: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()
    unlinked_at: datetime | None = None
    display_name: str | None = None
    safe_contact: SafeContact | None = None


class Associate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who may act for the person."""

    associate_id: str
    relationship: str
    phones: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()


class Reception(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The last reception or return into custody. `received_at`: the last reception; a return from an absence does not move it."""

    at: datetime
    ref: EvidenceRef
    received_at: datetime | None = None
    prison: str | None = None
    status: str = "unknown"


class Plan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A release under way: from its first plan to the release or the cancellation."""

    planned_at: datetime
    """When the first plan was made."""
    release_at: datetime
    kind: str
    ref: EvidenceRef
    """The event that says what stands now."""
    changed_at: datetime
    """When what stands now was made known (equal to `planned_at` when never changed)."""
    before_at: datetime | None = None
    """The date that the last change replaced."""
    release_id: str | None = None
    address: Address | None = None
    return_at: datetime | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A release that happened. Not `confirmed`: what rests on it alone is provisional (rules.md, word 2)."""

    at: datetime
    ref: EvidenceRef
    kind: str
    confirmed: bool
    release_id: str | None = None
    address: Address | None = None
    return_at: datetime | None = None
    confirmed_ref: EvidenceRef | None = None
    plan: Plan | None = None
    """The plan that stood before it."""

    @property
    def planned(self) -> bool:
        """Whether a plan stood before it."""
        return self.plan is not None


class Custody(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the person stands towards custody (rules.md, word 2)."""

    inside: bool = False
    since_at: datetime | None = None
    reception: Reception | None = None
    release: Release | None = None
    """The latest release; kept through the next reception, gone when it was undone."""
    plans: tuple[Plan, ...] = ()
    unlawfully_at_large_at: datetime | None = None
    stays: tuple[Stay, ...] = ()
    """Those that are over."""
    undone: Custody | None = None
    """What stood before an unconfirmed release, to go back to when it is undone within 45 min."""

    def left(self, at: datetime) -> tuple[Stay, ...]:
        """The stays once he has left at `at`."""
        if not self.inside or self.since_at is None:
            return self.stays
        return (*self.stays, Stay(self.since_at, at))[-MOST_STAYS:]

    @property
    def out_on(self) -> Release | None:
        """The release that he is out on; None in custody, at large, or when none was seen."""
        release = self.release
        return release if release is not None and not self.inside and self.since_at == release.at else None

    @property
    def under_way(self) -> tuple[Plan, ...]:
        """The plans that count: none that he has been released before, for good, until he is received again."""
        out = self.out_on
        if out is None or out.kind == TEMPORARY:
            return self.plans
        return tuple(plan for plan in self.plans if plan.planned_at > out.at)

    def plan(self, release_id: str | None) -> Plan | None:
        """The plan with this id; without an id the one under way that has none, else the latest."""
        for plan in self.plans:
            if plan.release_id == release_id:
                return plan
        return self.plans[-1] if release_id is None and self.plans else None


class Assessment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One `risk.assessed`. `copied` is judged once, in `streams.engine.assessments` (rules.md, word 5)."""

    at: datetime
    ref: EvidenceRef
    assessment_id: str
    tool: str
    level: str
    occasion: str
    protected_person_id: str | None = None
    assessed_by: str | None = None
    answers: tuple[tuple[str, str], ...] | None = None
    copied: bool = False
    copy_of: EvidenceRef | None = None

    @property
    def genuine(self) -> bool:
        """Not copied."""
        return not self.copied


class News(msgspec.Struct, frozen=True, gc=False):
    """The latest thing of its kind that a new assessment ought to know of, per protected person (None: everybody)."""

    at: datetime
    ref: EvidenceRef
    what: str
    protected_person_id: str | None


class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A reported incident. `happened_at` is when, `at` when it was reported."""

    incident_id: str
    at: datetime
    happened_at: datetime
    kind: str
    severity: int
    ref: EvidenceRef
    protected_person_id: str | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything the engine knows of one person at one instant of event time."""

    name: str | None = None
    date_of_birth: date | None = None
    identifiers: tuple[Identifier, ...] = ()
    """As the case's events named him; the first stands in sentences."""
    cases: tuple[Case, ...] = ()
    managed: bool = True
    """Whether a case is open, or none was opened yet (what was known before counts)."""
    risk_level: str = "standard"
    risk_since_at: datetime | None = None
    team: tuple[Assignment, ...] = ()
    disputed_at: datetime | None = None
    """Since when ownership of the case is disputed."""
    disputed_ref: EvidenceRef | None = None
    excluded_officer_ids: tuple[str, ...] = ()
    """Officers who may not see the case."""
    protected: dict[str, ProtectedPerson] = {}
    """By id; also those unlinked since (see `linked`)."""
    associates: dict[str, Associate] = {}
    orders: dict[str, Order] = {}
    custody: Custody = Custody()
    tag: Tag = Tag()
    assessments: tuple[Assessment, ...] = ()
    news: tuple[News, ...] = ()
    incidents: tuple[Incident, ...] = ()
    """The latest for each protected person (None: nobody named)."""
    legal_calls: tuple[str, ...] = ()
    """Ids of the latest legal calls: a flag that points to one is no rule's business (rules.md, word 4)."""
    carried_by: dict[str, tuple[str, ...]] = {}
    """Event type to the feeds that have delivered it for this person."""

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas of the open cases, in their order; the first decides parameters."""
        return tuple(dict.fromkeys(area for case in self.cases if case.closed_at is None for area in case.areas))

    @property
    def label(self) -> str:
        """How a sentence names him: `Sam Field (A1234AA)`."""
        number = self.identifiers[0].value if self.identifiers else "no identifier"
        return f"{self.name} ({number})" if self.name else number

    @property
    def high_risk(self) -> bool:
        """Risk level high."""
        return self.risk_level == "high"

    @property
    def unconfirmed(self) -> bool:
        """Whether he is out on a release that nothing has confirmed: what rests on it alone is provisional."""
        release = self.custody.release
        return not self.custody.inside and release is not None and not release.confirmed

    def linked(self) -> tuple[ProtectedPerson, ...]:
        """The protected people who are linked now, in the order of linking."""
        return tuple(one for one in self.protected.values() if one.unlinked_at is None)

    def holders(self, role: str, protected_person_id: str | None = None) -> tuple[Assignment, ...]:
        """Who holds a role; for an IDVA those of one protected person, when she is named."""
        return tuple(
            one
            for one in self.team
            if one.role == role and (protected_person_id is None or one.protected_person_id in {None, protected_person_id})
        )

    def conditions(self, at: datetime, *kinds: str) -> Iterator[tuple[Order, Condition]]:
        """Conditions of these kinds in force at `at`, by order of making."""
        for order in self.orders.values():
            if order.in_force(at):
                for condition in order.conditions:
                    if condition.kind in kinds:
                        yield order, condition

    def tagged_by(self, at: datetime) -> str | None:
        """The first order that requires a tag at `at`; None when none does."""
        return next((order.order_id for order, _ in self.conditions(at, "tag")), None)

    def last_assessed(self, protected_person_id: str | None, *, genuine: bool = True) -> Assessment | None:
        """The latest assessment that counts for her: one that names her, or one that names nobody."""
        for one in reversed(self.assessments):
            if one.protected_person_id in {None, protected_person_id} and (one.genuine or not genuine):
                return one
        return None
