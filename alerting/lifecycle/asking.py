"""The four asks of an alert, and how each goes on to the next person: to answer, to close, to agree as second key, to decide.

Who stands next is a ladder of `escalation`; when is a clock of `due`. Called by the effects of the table.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from alerting.lifecycle.alarming import Moment, owned_by, sound, tell
from alerting.lifecycle.escalation import TO_ANSWER, TO_CLOSE, TO_CONFIRM, TO_DECIDE, Found, go_on_from, in_role
from alerting.lifecycle.handling import Ask, Handling
from alerting.lifecycle.step import Step


def next_to_answer(moment: Moment, word: str, *, avoid: Collection[str] = (), to_role: str | None = None) -> Step:
    """The next person is asked to answer, and so owns it: nobody has answered."""
    asked = moment.handling.asked_to_answer
    found = _named(moment, asked, to_role, avoid) or go_on_from(
        TO_ANSWER, asked, moment.alert, moment.around, moment.at, avoid=avoid, never=()
    )
    return _tell(moment, owned_by(moment.handling, found.ask, moment.at), found.ask, word)


def next_to_close(moment: Moment, word: str, *, avoid: Collection[str] = (), to_role: str | None = None) -> Step:
    """The next person is asked to see to it that it is closed. The owner stays."""
    asked = moment.handling.asked_to_close
    found = _named(moment, asked, to_role, avoid) or go_on_from(
        TO_CLOSE, asked, moment.alert, moment.around, moment.at, avoid=avoid, never=()
    )
    return _tell(moment, replace(moment.handling, asked_to_close=found.ask), found.ask, word)


def next_to_confirm(moment: Moment, word: str) -> Step:
    """The next person is asked for the second key: never whoever closed it."""
    handling = moment.handling
    never = _officers(None if handling.closure is None else handling.closure.officer_id)
    found = go_on_from(TO_CONFIRM, handling.asked_to_confirm, moment.alert, moment.around, moment.at, avoid=(), never=never)
    return _tell(moment, replace(handling, asked_to_confirm=found.ask), found.ask, word)


def next_to_decide(moment: Moment, word: str) -> Step:
    """The next person is asked to decide the challenge."""
    handling = moment.handling
    found = go_on_from(
        TO_DECIDE, handling.asked_to_decide, moment.alert, moment.around, moment.at, avoid=(), never=may_not_decide(handling)
    )
    return _tell(moment, replace(handling, asked_to_decide=found.ask), found.ask, word)


def may_not_decide(handling: Handling) -> frozenset[str]:
    """Who closed it, who confirmed that, and who challenged: none of them decides."""
    closure, challenge = handling.closure, handling.challenge
    closed_by = None if closure is None else closure.officer_id
    return _officers(closed_by, None if closure is None else closure.confirmed_by, None if challenge is None else challenge.officer_id)


def _officers(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name is not None)


def _named(moment: Moment, asked: Ask | None, role: str | None, avoid: Collection[str]) -> Found | None:
    """Somebody in the role that was asked for, if it was, and if anybody is there."""
    if role is None:
        return None
    there = [one for one in in_role(role, moment.around, moment.at) if one.officer_id not in avoid]
    return (
        Found(Ask(officer_id=there[0].officer_id, role=role, step=asked.step if asked else 0, since_at=moment.at), role) if there else None
    )


def _tell(moment: Moment, handling: Handling, ask: Ask, word: str) -> Step:
    if ask.officer_id is None or ask.role is None:
        return moment.becoming(handling)
    step = tell(moment._replace(handling=handling), [(ask.officer_id, ask.role, "escalated")], word)
    return step._replace(alarm=sound(moment.alert))
