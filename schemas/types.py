"""Every event type, in the order of the contract: that order is the rank by which events at one instant are judged.

Adding a type: its model in the module of its family, its line here, `examples/<type>.json`, `python -m schemas.publish`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from schemas import bail, case, comms, custody, directory, feed, order, risk, tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.fields import Value


class EventType(NamedTuple):
    """One event type. `about_person`: it concerns a perpetrator, and is judged among that person's events."""

    name: str
    rank: int
    model: type[Value]
    about_person: bool


_IN_ORDER: tuple[tuple[str, type[Value]], ...] = (
    ("case.opened", case.CaseOpened),
    ("case.access_excluded", case.CaseAccessExcluded),
    ("case.access_restored", case.CaseAccessRestored),
    ("case.closed", case.CaseClosed),
    ("case.assigned", case.CaseAssigned),
    ("case.unassigned", case.CaseUnassigned),
    ("case.ownership_disputed", case.CaseOwnershipDisputed),
    ("case.ownership_resolved", case.CaseOwnershipResolved),
    ("case.protected_person_linked", case.CaseProtectedPersonLinked),
    ("case.protected_person_updated", case.CaseProtectedPersonUpdated),
    ("case.protected_person_unlinked", case.CaseProtectedPersonUnlinked),
    ("case.protected_person_informed", case.CaseProtectedPersonInformed),
    ("case.contact_failed", case.CaseContactFailed),
    ("case.contact_made", case.CaseContactMade),
    ("case.phone_seized", case.CasePhoneSeized),
    ("case.phone_replaced", case.CasePhoneReplaced),
    ("case.associate_linked", case.CaseAssociateLinked),
    ("case.address_recorded", case.CaseAddressRecorded),
    ("identity.merged", case.IdentityMerged),
    ("identity.split", case.IdentitySplit),
    ("order.made", order.OrderMade),
    ("order.varied", order.OrderVaried),
    ("order.extended", order.OrderExtended),
    ("order.ended", order.OrderEnded),
    ("order.conditions_shared", order.OrderConditionsShared),
    ("order.absence_authorised", order.OrderAbsenceAuthorised),
    ("bail.reported", bail.BailReported),
    ("bail.surrendered", bail.BailSurrendered),
    ("bail.failed_to_surrender", bail.BailFailedToSurrender),
    ("bail.released_under_investigation", bail.BailReleasedUnderInvestigation),
    ("breach.reported", bail.BreachReported),
    ("breach.decided", bail.BreachDecided),
    ("alert.closed", bail.AlertClosed),
    ("tagging.fitted", tagging.TaggingFitted),
    ("tagging.removed", tagging.TaggingRemoved),
    ("tagging.fit_failed", tagging.TaggingFitFailed),
    ("tagging.position", tagging.TaggingPosition),
    ("tagging.status", tagging.TaggingStatus),
    ("tagging.shutdown", tagging.TaggingShutdown),
    ("tagging.strap", tagging.TaggingStrap),
    ("tagging.signal", tagging.TaggingSignal),
    ("tagging.home_unit", tagging.TaggingHomeUnit),
    ("tagging.home_unit_fault", tagging.TaggingHomeUnitFault),
    ("tagging.alcohol", tagging.TaggingAlcohol),
    ("comms.call", comms.CommsCall),
    ("comms.message", comms.CommsMessage),
    ("comms.visit", comms.CommsVisit),
    ("comms.number_requested", comms.CommsNumberRequested),
    ("comms.number_allowed", comms.CommsNumberAllowed),
    ("comms.number_barred", comms.CommsNumberBarred),
    ("comms.flagged", comms.CommsFlagged),
    ("custody.received", custody.CustodyReceived),
    ("custody.release_planned", custody.CustodyReleasePlanned),
    ("custody.release_changed", custody.CustodyReleaseChanged),
    ("custody.release_cancelled", custody.CustodyReleaseCancelled),
    ("custody.released", custody.CustodyReleased),
    ("custody.returned", custody.CustodyReturned),
    ("custody.transferred", custody.CustodyTransferred),
    ("custody.unlawfully_at_large", custody.CustodyUnlawfullyAtLarge),
    ("custody.arrived", custody.CustodyArrived),
    ("custody.marker", custody.CustodyMarker),
    ("risk.assessed", risk.RiskAssessed),
    ("risk.level_set", risk.RiskLevelSet),
    ("marac.referred", risk.MaracReferred),
    ("marac.heard", risk.MaracHeard),
    ("marac.action_completed", risk.MaracActionCompleted),
    ("marac.closed", risk.MaracClosed),
    ("incident.reported", risk.IncidentReported),
    ("life.trigger", risk.LifeTrigger),
    ("intelligence.submitted", risk.IntelligenceSubmitted),
    ("intelligence.reassessed", risk.IntelligenceReassessed),
    ("programme.enrolled", risk.ProgrammeEnrolled),
    ("programme.session", risk.ProgrammeSession),
    ("programme.ended", risk.ProgrammeEnded),
    ("directory.officer", directory.DirectoryOfficer),
    ("directory.absence", directory.DirectoryAbsence),
    ("directory.absence_cancelled", directory.DirectoryAbsenceCancelled),
    ("directory.on_call", directory.DirectoryOnCall),
    ("directory.on_call_removed", directory.DirectoryOnCallRemoved),
    ("feed.heartbeat", feed.FeedHeartbeat),
)

TYPES: Mapping[str, EventType] = MappingProxyType(
    {
        name: EventType(name, rank, model, about_person=not name.startswith(("directory.", "feed.")))
        for rank, (name, model) in enumerate(_IN_ORDER)
    }
)
NEEDS_PERSON = frozenset(
    # A tagging event without person is its device's wearer's; a merge or split names its people in `data`.
    name
    for name, known in TYPES.items()
    if known.about_person and not name.startswith(("tagging.", "identity."))
)
RANKS: Mapping[str, int] = MappingProxyType({name: known.rank for name, known in TYPES.items()})
