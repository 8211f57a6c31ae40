"""Closing: an outcome and a rationale, a second key where one is needed, and the endings that need no person.

Which outcome needs what is `alerting.lifecycle.outcomes`. Called by the tables (`command_rows` and `clock_rows` beside this).
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from alerting import reasons
from alerting.lifecycle.alarming import LATCHED, Moment, answered, ring, then
from alerting.lifecycle.answering import Voice, entry
from alerting.lifecycle.asking import next_to_confirm
from alerting.lifecycle.commands import Close, Confirm
from alerting.lifecycle.handling import Closure, Handling
from alerting.lifecycle.outcomes import OUTCOMES, needs_second_key, published
from alerting.lifecycle.step import Entry, Refusal, Step

RATIONALE_AT_LEAST = 20
"""Characters that can be read (`alerting.reasons`)."""
ENDED = "The matter has ended, and nothing is asked of anybody any more."


def too_short(rationale: str) -> Refusal | None:
    """Whether what was said is no rationale."""
    said = reasons.length(rationale)
    if said >= RATIONALE_AT_LEAST:
        return None
    return Refusal("rationale_needed", f"This rationale has {said} characters: expected {RATIONALE_AT_LEAST} or more", "/rationale")


def check_close(moment: Moment, said: Close, _: Voice) -> Refusal | None:
    """An outcome that a person may say, a rationale, and a duplicate of something that is being dealt with."""
    alert, around = moment.alert, moment.around
    if said.outcome not in OUTCOMES:
        return Refusal("invalid", f"{said.outcome} is the system's alone: expected one of {', '.join(OUTCOMES)}", "/outcome")
    if short := too_short(said.rationale):
        return short
    if alert.person_id is None and OUTCOMES[said.outcome].publishes == "breach.decided":
        return Refusal("invalid", f"This alert is about no person: expected an outcome other than {said.outcome}", "/outcome")
    if (said.duplicate_of is not None) != (said.outcome == "duplicate"):
        return Refusal("invalid", "duplicate_of stands with the outcome duplicate alone: expected both or neither", "/duplicate_of")
    if said.outcome == "duplicate":
        other = around.duplicate_of
        if other is None or other.alert.alert_id == alert.alert_id or other.alert.person_id != alert.person_id:
            return Refusal("invalid", "A duplicate is of another alert of the same person: expected its id", "/duplicate_of")
        if other.handling.closed or other.alert.status == "withdrawn":
            return Refusal("invalid", f"{other.alert.reference} is not open: expected an alert that is being dealt with", "/duplicate_of")
    return None


def close(moment: Moment, said: Close, voice: Voice) -> Step:
    """It is closed, or waits for the second key."""
    at, handling = moment.at, moment.handling
    closure = Closure(
        outcome=said.outcome,
        rationale=said.rationale.strip(),
        officer_id=voice.officer_id,
        role=voice.role,
        at=at,
        needs_second_key=needs_second_key(said.outcome, moment.alert, moment.around),
        duplicate_of=said.duplicate_of,
        order_id=said.order_id,
        condition_id=said.condition_id,
    )
    said_now = replace(answered(handling, handling.acknowledged_at or at), closure=closure, lease=None, asked_to_close=None)
    facts = published(closure, moment.alert, at)
    if not closure.needs_second_key:
        return moment.becoming(ended(said_now, at), entry("people.closed", voice, said))._replace(facts=facts)
    step = next_to_confirm(moment._replace(handling=said_now), "second_key")
    return step._replace(entries=(entry("people.awaiting_second_key", voice, said),), facts=facts)


def check_confirm(moment: Moment, said: Confirm, voice: Voice) -> Refusal | None:
    """Another officer than the first, with a rationale of their own."""
    closure = moment.handling.closure
    if closure is not None and closure.officer_id == voice.officer_id:
        return Refusal("same_person", "You closed it: the second key is another officer's")
    return too_short(said.rationale)


def agree(moment: Moment, said: Confirm, voice: Voice) -> Step:
    """The second key: now it is closed."""
    closure = moment.handling.closure
    if closure is None:
        return moment.becoming(moment.handling)
    agreed = replace(closure, confirmed_by=voice.officer_id, confirmed_at=moment.at, confirm_rationale=said.rationale.strip())
    closed = ended(replace(moment.handling, closure=agreed), moment.at)
    step = moment.becoming(closed, entry("people.closed", voice, said))
    return step._replace(facts=published(agreed, moment.alert, moment.at), question=agreed.outcome == "not_this_person")


def disagree(moment: Moment, said: Confirm, voice: Voice) -> Step:
    """The second officer does not agree: it is unanswered again, and the close-by clock begins anew."""
    reopened = replace(moment.handling, open_since_at=moment.at)
    told = moment.becoming(reopened, entry("people.not_confirmed", voice, said))
    return then(told, ring(moment.after(told), "not_confirmed", again=True))


def may_end_itself(moment: Moment) -> bool:
    """Whether a medium or low alert leaves now: its matter has ended, and nobody still owes or is asked anything about it."""
    handling = moment.handling
    if moment.alert.severity in LATCHED or moment.alert.status != "closed" or handling.closed or handling.lease is not None:
        return False
    if handling.challenged or handling.awaiting_second_key:
        return False
    return handling.may_end_itself or handling.actioned_at is not None


def end_itself(moment: Moment) -> Step:
    """The system's own closing."""
    closure = Closure(outcome="ended_itself", rationale=ENDED, officer_id=None, role=None, at=moment.at, needs_second_key=False)
    return moment.becoming(ended(replace(moment.handling, closure=closure), moment.at), Entry("people.ended_itself"))


def withdrawal_seen(moment: Moment) -> Step:
    """Everybody who was told knows that it never was: it leaves, without an outcome, because there was nothing to decide."""
    return moment.becoming(ended(moment.handling, moment.at), Entry("people.withdrawal_seen"))


def ended(handling: Handling, at: datetime) -> Handling:
    """Closed: no clock runs, nobody is asked, and its owner keeps the name on it."""
    return replace(
        handling,
        closed_at=at,
        lease=None,
        shelf=None,
        alarmed_at=None,
        held_until_at=None,
        asked_to_answer=None,
        asked_to_close=None,
        asked_to_confirm=None,
        asked_to_decide=None,
        roles_unheard=(),
        owner_sought_at=None,
        withdrawal_told_at=None,
    )
