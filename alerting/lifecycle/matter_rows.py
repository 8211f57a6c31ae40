"""The transition table, what the matter does: each change that streams tells, and what it makes of what people made.

Data; `alerting.lifecycle.door` reads it. `severity_up`, `further`, `joined`, `superseded` and the like are our words for what a change is
to whoever has answered; the history gets the words of contract 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from alerting.lifecycle import revising
from alerting.lifecycle.alarming import LATCHED, Moment
from alerting.lifecycle.row import AFRESH, NOT_CRITICAL, STANDS, WITHDRAWN, Axis, Row

told = partial(Row, "matter")

RINGS: Mapping[str, str] = {
    "confirmed": "matter.confirmed",
    "severity_up": "matter.severity",
    "reopened": "matter.reopened",
    "further": "matter.amended",
}
"""What makes whoever has answered look again, and the word for it."""

ANSWERED: tuple[Mapping[Axis, bool], ...] = ({"closed": True}, {"acknowledged": True}, {"shelved": True}, {"challenged": True})
UNANSWERED: Mapping[Axis, bool] = {"acknowledged": False, "closed": False, "shelved": False, "challenged": False}
LEAVES: Mapping[Axis, bool] = {"closed": True, "awaiting_second_key": False, "challenged": False, "shelved": False}
INCIDENT_ANSWERED = "its incident is answered at no lower severity"


def _incident_answered(moment: Moment) -> bool:
    return revising.answering(moment) is not None


def _cause_was_late(moment: Moment) -> bool:
    return revising.held_until(moment) is not None


MATTER: tuple[Row, ...] = (
    told(
        "raised",
        "matter.raised",
        revising.answer_with_incident,
        {},
        {"acknowledged": True},
        statuses=STANDS,
        if_=INCIDENT_ANSWERED,
        so=_incident_answered,
    ),
    told(
        "raised",
        "matter.raised",
        revising.hold,
        statuses=STANDS,
        if_="its cause was raised late, and the limit still runs",
        so=_cause_was_late,
    ),
    told("raised", "matter.raised", revising.raise_, statuses=STANDS),
    told("raised", "matter.withdrawn", revising.leave_untold, {}, {"closed": True}, statuses=WITHDRAWN),
    told(
        "joined",
        "people.answered_with_incident",
        revising.answer_with_incident,
        UNANSWERED,
        {"acknowledged": True},
        statuses=STANDS,
        if_=INCIDENT_ANSWERED,
        so=_incident_answered,
        look_again=False,
    ),
    told("late_evidence", "matter.amended", revising.update, severities=NOT_CRITICAL, if_="evidence comes out of order", look_again=False),
    *(told(name, word, revising.look_again, when, AFRESH, statuses=STANDS) for name, word in RINGS.items() for when in ANSWERED),
    *(told(name, word, revising.tell_who_is_new, UNANSWERED, statuses=STANDS) for name, word in RINGS.items()),
    told("severity_down", "matter.severity", revising.look_again, {"closed": True}, AFRESH, statuses=STANDS),
    told("severity_down", "matter.severity", revising.come_back, {"shelved": True}, {"shelved": False}, statuses=STANDS),
    told("severity_down", "matter.severity", revising.update, statuses=STANDS),
    told("amended", "matter.amended", revising.come_back, {"shelved": True}, {"shelved": False}, statuses=STANDS),
    told("amended", "matter.amended", revising.update),
    told(
        "closed", "matter.closed", revising.ended_on_the_shelf, {"shelved": True}, {"shelved": False}, severities=LATCHED, statuses=STANDS
    ),
    told("closed", "matter.closed", revising.matter_ended, statuses=STANDS),
    told("withdrawn", "matter.withdrawn", revising.withdraw, {}, AFRESH, statuses=WITHDRAWN),
    told("superseded", "matter.withdrawn", revising.supersede, {}, LEAVES, statuses=WITHDRAWN, look_again=False),
    told("stands_again", "matter.reopened", revising.stand_again, {}, AFRESH, statuses=STANDS),
)
