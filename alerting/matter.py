"""The fold: one alert from the changes of one finding. What people do about it (acknowledge, act, close) is not here.

Called by `alerting.book`. An alert keeps the instant at which we first knew, everybody who was ever told, and a revision for
each change that a person must look at; a further fix of the same kind is no revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from alerting.grouping import incident_id
from alerting.routing import Told
from schemas.alert import Alert, Recipient, Revision
from schemas.finding import Change, Finding, FindingChange, Severity, reference

RANK: Mapping[Severity, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}


class UnknownAlert(ValueError):
    """A change of an alert that is not held here: what is stored of it must be taken back first."""


class Story(NamedTuple):
    """What an alert has beyond its finding: how it came to be known, and by whom."""

    reference: str
    incident_id: str
    supersedes: tuple[str, ...]
    raised_at: datetime
    recipients: tuple[Recipient, ...]
    unfilled_roles: tuple[str, ...]
    revisions: tuple[Revision, ...]


def fold(alert: Alert | None, change: FindingChange, told: Told) -> Alert:
    """The alert after a change of its finding. `told`: whom the finding reaches now, should this change alarm."""
    finding = change.finding
    if alert is None:
        return _alert(finding, _first(change, told))
    if overtaken(alert, change):
        return alert
    word = _word(alert, change)
    story = _story(alert)._replace(supersedes=_unique((*alert.supersedes, *finding.supersedes)))
    if word is not None and not any(_tells_of(revision, change) for revision in alert.revisions):
        story = story._replace(revisions=(*alert.revisions, _revision(change, word)))
    alarms = word in {"confirmed", "reopened"} or RANK[finding.severity] > RANK[alert.severity]
    return _alert(finding, _telling(story, told) if alarms else story)


def succeed(predecessors: Sequence[Alert], change: FindingChange, told: Told) -> Alert:
    """The alert of a finding that goes on where others ended: late evidence moved their beginning, it is the same matter.

    It keeps the reference, history and first `raised_at` of whichever was known first, and everybody told of any of them.
    The predecessors are withdrawn by a change of their own.
    """
    finding = change.finding
    heir_of = min(predecessors, key=lambda alert: (alert.raised_at, alert.alert_id))
    history = heir_of.revisions[:-1] if heir_of.revisions[-1].change == "withdrawn" else heir_of.revisions
    words = tuple(_moved(heir_of, history, finding))
    story = _story(heir_of)._replace(
        incident_id=incident_id([finding]),
        supersedes=tuple(
            name
            for name in _unique((*(name for alert in predecessors for name in (*alert.supersedes, alert.alert_id)), *finding.supersedes))
            if name != finding.finding_id
        ),
        recipients=_with_new(heir_of.recipients, (told for alert in predecessors for told in alert.recipients)),
        revisions=(*history, *(_revision(change, word) for word in words)),
    )
    alarms = not {"confirmed", "reopened"}.isdisjoint(words) or RANK[finding.severity] > RANK[heir_of.severity]
    return _alert(finding, _telling(story, told) if alarms else story)


def overtaken(alert: Alert, change: FindingChange) -> bool:
    """Whether the alert stands past this change, which was delivered again; reminders are alerting's own and may be later.

    Changes of one instant are never skipped: delivered again, they come in order and end where they ended before.
    """
    return change.at < max(revision.at for revision in alert.revisions if revision.change != "reminded")


def in_incident(alert: Alert, name: str) -> Alert:
    """The same alert in the incident of that name."""
    return alert if alert.incident_id == name else alert.model_copy(update={"incident_id": name})


def _first(change: FindingChange, told: Told) -> Story:
    finding = change.finding
    if finding.status == "withdrawn":
        raise UnknownAlert(f"{finding.finding_id} is withdrawn and not held here; expected what is stored of it first")
    return Story(
        reference=reference(finding.finding_id),
        incident_id=incident_id([finding]),
        supersedes=finding.supersedes,
        raised_at=change.at,
        recipients=told.recipients,
        unfilled_roles=told.unfilled_roles,
        revisions=(_revision(change, "raised"),),
    )


def _word(alert: Alert, change: FindingChange) -> Change | None:
    """The word for the revision; None where nobody need look again."""
    finding, word = change.finding, change.change
    if word == "raised":
        word = "reopened" if alert.status == "withdrawn" else "amended"
    if word == "withdrawn" and alert.status == "withdrawn":
        return None
    return None if word == "amended" and not _looks_different(alert, finding) else word


def _looks_different(alert: Alert, finding: Finding) -> bool:
    """Whether more than the evidence differs."""
    return any(getattr(alert, field) != getattr(finding, field) for field in _SEEN)


_SEEN = ("severity", "status", "provisional", "began_at", "ended_at", "because", "areas", "protected_person_ids", "about")


def _moved(heir_of: Alert, history: Iterable[Revision], finding: Finding) -> Iterator[Change]:
    """What a successor says beyond its moved beginning."""
    yield "amended"
    if heir_of.provisional and not finding.provisional:
        yield "confirmed"
    if heir_of.severity != finding.severity:
        yield "severity"
    had_ended = [revision.change for revision in history if revision.change in {"raised", "closed", "reopened"}][-1] == "closed"
    if had_ended != (finding.status == "closed"):
        yield "reopened" if had_ended else "closed"


def _tells_of(revision: Revision, change: FindingChange) -> bool:
    """Whether the revision was made by this very change; a raising of what is already known stands under another word."""
    words = {"raised", "reopened", "amended"} if change.change == "raised" else {change.change}
    return revision.at == change.at and revision.because == change.finding.because and revision.change in words


def _revision(change: FindingChange, word: Change) -> Revision:
    return Revision(at=change.at, change=word, because=change.finding.because)


def _telling(story: Story, told: Told) -> Story:
    """An alarm rings again for the team as it is now: who was not told is told, and what is unfilled is said anew."""
    return story._replace(recipients=_with_new(story.recipients, told.recipients), unfilled_roles=told.unfilled_roles)


def _with_new(known: tuple[Recipient, ...], more: Iterable[Recipient]) -> tuple[Recipient, ...]:
    told = {(recipient.officer_id, recipient.role): recipient for recipient in known}
    for recipient in more:
        told.setdefault((recipient.officer_id, recipient.role), recipient)
    return tuple(told.values())


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _story(alert: Alert) -> Story:
    return Story(
        reference=alert.reference,
        incident_id=alert.incident_id,
        supersedes=alert.supersedes,
        raised_at=alert.raised_at,
        recipients=alert.recipients,
        unfilled_roles=alert.unfilled_roles,
        revisions=alert.revisions,
    )


def _alert(finding: Finding, story: Story) -> Alert:
    return Alert(
        alert_id=finding.finding_id,
        rule=finding.rule,
        rule_version=finding.rule_version,
        reference=story.reference,
        areas=finding.areas,
        message_status=finding.message_status,
        incident_id=story.incident_id,
        person_id=finding.person_id,
        identifiers=finding.identifiers,
        about=finding.about,
        severity=finding.severity,
        status=finding.status,
        provisional=finding.provisional,
        began_at=finding.began_at,
        ended_at=finding.ended_at,
        supersedes=story.supersedes,
        decidable_at=finding.decidable_at,
        raised_at=story.raised_at,
        late_by_s=max(0.0, (story.raised_at - finding.decidable_at).total_seconds()),
        because=finding.because,
        evidence=finding.evidence,
        protected_person_ids=finding.protected_person_ids,
        recipients=story.recipients,
        unfilled_roles=story.unfilled_roles,
        revisions=story.revisions,
    )
