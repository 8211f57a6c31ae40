"""`case.*` and `identity.*`: the register of managed perpetrators, who works with them, and the people around them.

A person exists for us from `case.opened` on. Read by identity, the engine and the rules.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import PersonIdentifier
from schemas.fields import FROM, CalendarDate, CaseRef, Flag, Id, Instant, Phone, Text, Value, Word
from schemas.place import Address

RiskLevel = Literal["standard", "medium", "high"]
TeamRole = Literal[
    "oic", "offender_manager", "prison_offender_manager", "idva", "programme_case_manager", "supervisor", "marac_coordinator"
]
Relationship = Literal["partner", "ex_partner", "family", "child", "other"]
Told = Literal["conditions", "release", "breach", "order_ended", "location", "address_change"]


class CaseOpened(Value):
    """A person is managed from now on. `areas`: the first is the one whose settings judge him."""

    case_ref: CaseRef
    risk_level: RiskLevel
    areas: Annotated[tuple[Word, ...], Field(min_length=1, max_length=50)]
    programme: Word | None = None
    name: Word | None = None
    date_of_birth: CalendarDate | None = None
    restricted: Flag = False


class CaseAccessExcluded(Value):
    """An officer may not see this case (a conflict of interest)."""

    officer_id: Id
    reason: Text


class CaseAccessRestored(Value):
    """The exclusion is lifted."""

    officer_id: Id
    reason: Text


class CaseClosed(Value):
    """The person is no longer managed."""

    case_ref: CaseRef
    reason: Text


class CaseAssigned(Value):
    """An officer takes a role. For an `idva` without `protected_person_id`: for every protected person."""

    role: TeamRole
    officer_id: Id
    protected_person_id: Id | None = None
    area: Word | None = None


class CaseUnassigned(Value):
    """An officer leaves a role."""

    role: TeamRole
    officer_id: Id
    reason: Text


class CaseOwnershipDisputed(Value):
    """Two or more areas or teams each say that the case is the other's."""

    between: Annotated[tuple[Word, ...], Field(max_length=50)]


class CaseOwnershipResolved(Value):
    """It is settled whose case it is."""

    owner: Word


class HomeAddress(Address):
    """An address of a protected person. `known`: the perpetrator knows it."""

    address_id: Id
    from_: Annotated[Instant | None, FROM] = None
    to: Instant | None = None
    known: Flag | None = None


class SafeContact(Value):
    """How she can be reached without putting her at risk; windows and bans are her words."""

    how: Text
    windows: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()


class CaseProtectedPersonLinked(Value):
    """Somebody to be protected from this person. `area` absent: the envelope's, else the case's first."""

    protected_person_id: Id
    relationship: Relationship
    area: Word | None = None
    household_id: Id | None = None
    idva_service: Word | None = None
    addresses: tuple[HomeAddress, ...] = ()
    phones: tuple[Phone, ...] = ()
    contact_ids: tuple[Id, ...] = ()
    display_name: Word | None = None
    safe_contact: SafeContact | None = None


class CaseProtectedPersonUpdated(Value):
    """What changed about her. A field that is absent stays as it was; an empty list empties."""

    protected_person_id: Id
    relationship: Relationship | None = None
    area: Word | None = None
    household_id: Id | None = None
    idva_service: Word | None = None
    addresses: tuple[HomeAddress, ...] | None = None
    phones: tuple[Phone, ...] | None = None
    contact_ids: tuple[Id, ...] | None = None
    display_name: Word | None = None
    safe_contact: SafeContact | None = None


class CaseProtectedPersonUnlinked(Value):
    """She is no longer to be protected from this person."""

    protected_person_id: Id
    reason: Text | None = None


class CaseProtectedPersonInformed(Value):
    """She was told. `ref`: the order, release or alert it was about."""

    protected_person_id: Id
    about: Told
    ref: Id


class CaseContactFailed(Value):
    """An officer tried to reach her and could not."""

    protected_person_id: Id
    by_role: Word


class CaseContactMade(Value):
    """An officer reached her."""

    protected_person_id: Id
    by_role: Word


class CasePhoneSeized(Value):
    """Her phone was taken as evidence: she cannot call for help with it."""

    protected_person_id: Id


class CasePhoneReplaced(Value):
    """She has a phone again."""

    protected_person_id: Id


class CaseAssociateLinked(Value):
    """Somebody who may act for the perpetrator."""

    associate_id: Id
    phones: tuple[Phone, ...] = ()
    contact_ids: tuple[Id, ...] = ()
    relationship: Word


class CaseAddressRecorded(Value):
    """Where the person says he lives, or was found to."""

    address: Address
    how: Literal["given", "found"]


class IdentityMerged(Value):
    """A source says that two of its identifiers are one person."""

    kept: PersonIdentifier
    removed: PersonIdentifier


class IdentitySplit(Value):
    """A source says that these identifiers are not one person after all."""

    identifiers: Annotated[tuple[PersonIdentifier, ...], Field(min_length=1, max_length=50)]
