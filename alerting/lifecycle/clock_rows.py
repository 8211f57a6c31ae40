"""The transition table, what time does: each clock that runs out, and what the system does when nothing more is asked.

Data; `alerting.lifecycle.door` reads it. Which clocks an alert has is `alerting.lifecycle.due`.
"""

from __future__ import annotations

from functools import partial

from alerting.lifecycle import closing, running_out
from alerting.lifecycle.alarming import LATCHED, Moment
from alerting.lifecycle.row import AFRESH, ANY, OPEN, WITHDRAWN, Row
from schemas.finding import MatterStatus

ran_out = partial(Row, "clock")
settles = partial(Row, "system")
ENDED: frozenset[MatterStatus] = frozenset({"closed"})


def _outlived(moment: Moment) -> bool:
    return moment.handling.may_end_itself


def _somebody_takes_it(moment: Moment) -> bool:
    return not running_out.loses_its_promise(moment)


def _all_have_seen(moment: Moment) -> bool:
    return moment.handling.withdrawal_told_at is not None and not moment.handling.unseen_withdrawal


CLOCKS: tuple[Row, ...] = (
    ran_out("answer", "people.escalated", running_out.answer_overdue, look_again=False),
    ran_out(
        "lease_ends",
        "people.lease_ended",
        running_out.lease_outlived,
        severities=ANY - LATCHED,
        if_="its matter has ended meanwhile",
        so=_outlived,
    ),
    ran_out("lease_ends", "people.lease_ended", running_out.lease_ended, {}, {"acknowledged": False, "actioned": False}),
    ran_out("close", "people.close_overdue", running_out.close_overdue, look_again=False),
    ran_out("second_key", "people.second_key_overdue", running_out.second_key_overdue, look_again=False),
    ran_out("challenge", "people.challenge_overdue", running_out.challenge_overdue, look_again=False),
    ran_out("shelf_ends", "people.shelf_ended", running_out.shelf_ended, {}, {"shelved": False}),
    ran_out("reminder", "matter.reminded", running_out.remind, {}, AFRESH),
    ran_out("role_unheard", "people.role_escalated", running_out.role_unheard, look_again=False),
    ran_out("withdrawal", "people.withdrawal_unseen", running_out.withdrawal_unseen, look_again=False),
    ran_out("told", "people.told", running_out.told_at_last),
    ran_out(
        "late_evidence",
        "people.told",
        running_out.evidence_settled,
        if_="then as the matter's rows say of all that changed",
        look_again=False,
    ),
    ran_out(
        "owner",
        "people.passed_on",
        running_out.owner_off_duty,
        if_="somebody is on duty, or nobody had promised anything",
        so=_somebody_takes_it,
        look_again=False,
    ),
    ran_out(
        "owner",
        "people.unowned",
        running_out.owner_off_duty,
        {},
        {"acknowledged": False, "actioned": False},
        if_="nobody is on duty anywhere",
    ),
)

SYSTEM: tuple[Row, ...] = (
    settles(
        "ended_itself",
        "people.ended_itself",
        closing.end_itself,
        OPEN,
        {"closed": True, "shelved": False},
        severities=ANY - LATCHED,
        statuses=ENDED,
        if_="nobody owes, and nobody is asked, anything about it",
        so=closing.may_end_itself,
    ),
    settles(
        "withdrawal_seen",
        "people.withdrawal_seen",
        closing.withdrawal_seen,
        {"closed": False, "challenged": False, "awaiting_second_key": False},
        {"closed": True},
        statuses=WITHDRAWN,
        if_="everybody who was told has seen it",
        so=_all_have_seen,
    ),
)
