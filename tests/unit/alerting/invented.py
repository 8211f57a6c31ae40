"""Invented findings, people and a directory, with every field filled in, so that a test says only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from alerting.directory import Directory, learn
from schemas.directory import DirectoryAbsence, DirectoryOfficer, DirectoryOnCall, OnCallRole
from schemas.envelope import MessageStatus
from schemas.event import Data, Event
from schemas.finding import About, AboutKind, Change, Finding, FindingChange, MatterStatus, Severity, finding_id
from schemas.person import Assignment, PersonView, ProtectedPersonView

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_finding(  # noqa: PLR0913 (a finding has this many sides, and each test names the one it is about)
    rule: str = "exclusion-zone-entry",
    *,
    subject: str = "pp-1",
    began: datetime = NOON,
    ended: datetime | None = None,
    status: MatterStatus | None = None,
    severity: Severity = "critical",
    provisional: bool = False,
    about: AboutKind = "protected_person",
    person_id: str | None = "pe-1",
    areas: Sequence[str] = ("avon",),
    at_risk: Sequence[str] = ("pp-1",),
    told: Sequence[str] = ("control_room", "oic"),
    assessor_id: str | None = None,
    release_id: str | None = None,
    joins: str | None = None,
    supersedes: Sequence[str] = (),
    because: str = "He is inside the zone.",
    message_status: MessageStatus = "actual",
) -> Finding:
    return Finding(
        finding_id=finding_id(rule, subject, began, message_status),
        rule=rule,
        rule_version=1,
        subject=subject,
        about=About(kind=about, id=subject, label=subject),
        message_status=message_status,
        person_id=person_id,
        areas=tuple(areas),
        severity=severity,
        status=status or ("open" if ended is None else "closed"),
        provisional=provisional,
        began_at=began,
        ended_at=ended,
        decidable_at=began,
        because=because,
        protected_person_ids=tuple(at_risk),
        told=tuple(told),
        assessor_id=assessor_id,
        release_id=release_id,
        joins=joins,
        supersedes=tuple(supersedes),
    )


def a_change(finding: Finding, change: Change = "raised", at: datetime | None = None) -> FindingChange:
    return FindingChange(at=at or finding.began_at, change=change, finding=finding)


def assigned(role: str, officer_id: str, *, to: str | None = None, area: str | None = "avon") -> Assignment:
    return Assignment(role=role, officer_id=officer_id, protected_person_id=to, area=area, since_at=NOON - DAY)


def a_person(*team: Assignment, protected: Sequence[tuple[str, str]] = (("pp-1", "avon"),), areas: Sequence[str] = ("avon",)) -> PersonView:
    return PersonView(
        person_id="pe-1",
        label="Sam Field (A1234AA)",
        areas=tuple(areas),
        risk_level="high",
        team=team,
        protected=tuple(ProtectedPersonView(protected_person_id=name, area=area) for name, area in protected),
    )


def officer(officer_id: str, manager: str | None = None, area: str = "avon") -> DirectoryOfficer:
    return DirectoryOfficer(
        officer_id=officer_id, name="An Officer", organisation="police", area=area, roles=("oic",), line_manager_id=manager
    )


def away(officer_id: str, deputy: str | None = None) -> DirectoryAbsence:
    return DirectoryAbsence(officer_id=officer_id, from_=NOON - DAY, to=NOON + 30 * DAY, deputy_id=deputy)


def on_call(role: OnCallRole, officer_id: str, area: str = "avon") -> DirectoryOnCall:
    return DirectoryOnCall(role=role, area=area, officer_id=officer_id, from_=NOON - DAY, to=NOON + 30 * DAY)


def a_directory(*said: Data) -> Directory:
    directory = Directory()
    for number, data in enumerate(said):
        event = Event(id=f"d-{number}", source="directory/hr", type="directory.officer", rank=90, occurred_at=NOON - 2 * DAY, data=data)
        directory = learn(directory, event)
    return directory
