"""What may be shared with whom, under which law, and what leaves: the rules of a disclosure before there is one. Pure.

Police, probation and prisons hold what they know for law enforcement (Data Protection Act 2018, Part 3). Programmes and
advocacy services work under the UK GDPR: what goes to them crosses from one to the other, and is marked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from alerting.actor import row_of
from alerting.intelligence.grading import Grade
from alerting.lifecycle.policy import Policy
from alerting.rights import cell
from schemas.envelope import MessageStatus
from schemas.fields import instant_text
from schemas.risk import IntelligenceSubmitted

LawfulBasis = Literal[
    "law_enforcement",
    "consent",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "recognised_legitimate_interest",
]
"""`law_enforcement`: Part 3, section 35. The others: UK GDPR, article 6."""
Field = Literal[
    "report_id",
    "occurred_at",
    "source_evaluation",
    "intelligence_assessment",
    "handling_code",
    "tags",
    "protected_person_id",
    "associate_id",
    "summary",
]
"""What may be named in a disclosure. Never the feed that a report came by, and never its own conditions: they name officers."""
FIELDS: tuple[Field, ...] = get_args(Field)
PROGRAMME = "programme_case_manager"
LAW_ENFORCEMENT = frozenset({"control_room", "oic", "offender_manager", "prison_offender_manager", "supervisor", "duty_inspector"})
"""Whoever employs one of these is a competent authority of Part 3, schedule 7."""
RECEIPT_WITHIN = timedelta(hours=24)
_GRAVE = frozenset({"threat_to_life", "knows_location"})


def is_programme(roles: Collection[str]) -> bool:
    """Whether an organisation with these roles runs perpetrator programmes: sharing with it needs an agreement."""
    return PROGRAMME in roles


def crosses(from_roles: Collection[str], to_roles: Collection[str]) -> bool:
    """Whether it goes from a competent authority to somebody who is none: from Part 3 to the UK GDPR."""
    return not LAW_ENFORCEMENT.isdisjoint(map(row_of, from_roles)) and LAW_ENFORCEMENT.isdisjoint(map(row_of, to_roles))


def may_receive(roles: Collection[str]) -> bool:
    """Whether somebody with these roles has anything to do with reports: else a disclosure would reach nobody."""
    cells = (cell("intelligence.read", row_of(role)) for role in roles)
    return any(not found.never and found.limits.isdisjoint({"counts", "log_only"}) for found in cells)


def decide_within(report: IntelligenceSubmitted, policy: Policy) -> timedelta:
    """How long a duty inspector has: the challenge clock, of critical alerts where somebody's life or home is known to be at stake."""
    return policy.of(urgency(report)).challenge_within


def urgency(report: IntelligenceSubmitted) -> Literal["critical", "high"]:
    """How urgent a decision about it is."""
    return "high" if _GRAVE.isdisjoint(report.tags) else "critical"


def content(
    report: IntelligenceSubmitted, occurred_at: datetime, now: Grade, fields: Collection[str], message_status: MessageStatus = "actual"
) -> Mapping[str, object]:
    """What leaves: the fields that were named, as far as the report has them, and whether it is no more than an exercise."""
    whole: dict[Field, object] = {
        "report_id": report.report_id,
        "occurred_at": instant_text(occurred_at),
        "source_evaluation": report.source_evaluation,
        "intelligence_assessment": now.assessment,
        "handling_code": report.handling_code,
        "tags": list(report.tags),
        "protected_person_id": report.protected_person_id,
        "associate_id": report.associate_id,
        "summary": report.summary,
    }
    named: dict[str, object] = {} if message_status == "actual" else {"message_status": message_status}
    return named | {name: said for name, said in whole.items() if name in fields and said is not None}
