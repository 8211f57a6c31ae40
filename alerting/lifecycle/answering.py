"""Answering: acknowledge, act, release, escalate, note. What each must hold, and what it does once the table allows it.

Not whether it is possible and who may (`alerting.lifecycle.command_rows`). For each command one `check_...` of its body (422) where
it has something to check, and one effect.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from alerting import reasons
from alerting.lifecycle.actions import published
from alerting.lifecycle.alarming import Moment, answered
from alerting.lifecycle.asking import next_to_answer, next_to_close, next_to_confirm, next_to_decide
from alerting.lifecycle.commands import Acknowledge, Act, Escalate, Note, Release
from alerting.lifecycle.escalation import in_role
from alerting.lifecycle.handling import Ask, Lease, Owner
from alerting.lifecycle.step import Entry, Refusal, Step

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead of ours a colleague's clock may be when they say when they did something."""


class Voice(NamedTuple):
    """Who says it, and as what: the role that lets them."""

    officer_id: str
    role: str


def entry(what: str, voice: Voice, said: Struct) -> Entry:
    """A line of the history that holds what was said."""
    body = decode(encode(said))
    return Entry(what, voice.officer_id, voice.role, {name: value for name, value in body.items() if value is not None})


def check_acknowledge(moment: Moment, said: Acknowledge, _: Voice) -> Refusal | None:
    """A promise has an end, no later than the cap; of an incident, the cap of its worst alert."""
    cap = moment.around.policy.of(moment.around.severity(moment.alert)).lease_at_most
    if said.intent == "other" and not reasons.length(said.intent_text or ""):
        return Refusal("invalid", "The intent other says what in words: expected intent_text", "/intent_text")
    if said.until_at <= moment.at:
        return Refusal("invalid", "A promise ends later than now: expected a later until_at", "/until_at")
    if said.until_at > moment.at + cap:
        return Refusal("over_cap", f"A promise on this alert lasts at most {in_words(cap)}: expected an earlier until_at", "/until_at")
    return None


def acknowledge(moment: Moment, said: Acknowledge, voice: Voice) -> Step:
    """Whoever acknowledges owns it, and has promised something by an instant."""
    handling = moment.handling
    lease = Lease(officer_id=voice.officer_id, intent=said.intent, intent_text=said.intent_text, since_at=moment.at, until_at=said.until_at)
    taken = replace(answered(handling, moment.at), lease=lease, owner=owner_now(moment, voice), owner_sought_at=None)
    return moment.becoming(taken, entry("people.acknowledged", voice, said))


def check_act(moment: Moment, said: Act, voice: Voice) -> Refusal | None:
    """It was done, not planned; what is published names what it is about; other is said in words."""
    if said.done_at is not None and said.done_at > moment.at + CLOCKS_DIFFER:
        return Refusal("invalid", "What was done was done before now: expected an earlier done_at", "/done_at")
    if said.action == "other" and not reasons.length(said.detail or ""):
        return Refusal("invalid", "The action other says what in words: expected detail", "/detail")
    facts = published(said, voice.officer_id, voice.role, moment.alert, moment.around, moment.at)
    return facts if isinstance(facts, Refusal) else None


def act(moment: Moment, said: Act, voice: Voice) -> Step:
    """Something was done. It keeps the promise of whoever made it, or owns the alert; a colleague's promise runs on."""
    handling, at = moment.handling, moment.at
    facts = published(said, voice.officer_id, voice.role, moment.alert, moment.around, at)
    first = handling.acknowledged_at is None and not handling.awaiting_second_key
    done = replace(
        answered(handling, at) if first else handling,
        owner=owner_now(moment, voice) if first else handling.owner,
        owner_sought_at=None if first else handling.owner_sought_at,
        actioned_at=at,
        first_acted_at=handling.first_acted_at or at,
        lease=None if keeps_promise(moment, voice) else handling.lease,
    )
    return moment.becoming(done, entry("people.acted", voice, said))._replace(facts=() if isinstance(facts, Refusal) else facts)


def keeps_promise(moment: Moment, voice: Voice) -> bool:
    """Whether what this officer did is what was promised."""
    lease, owner = moment.handling.lease, moment.handling.owner
    return lease is None or voice.officer_id == lease.officer_id or (owner is not None and voice.officer_id == owner.officer_id)


def check_release(_: Moment, said: Release, __: Voice) -> Refusal | None:
    """Why not, for the next person."""
    return None if reasons.length(said.reason) else Refusal("invalid", "Whoever is asked next must know why: expected reason", "/reason")


def release(moment: Moment, said: Release, voice: Voice) -> Step:
    """I cannot do this: unanswered at once, and the next person is told."""
    handling, at = moment.handling, moment.at
    asked = handling.asked_to_answer or Ask(officer_id=voice.officer_id, role=voice.role, step=0, since_at=at)
    alarmed_at = handling.alarmed_at or at
    free = replace(handling, acknowledged_at=None, actioned_at=None, lease=None, alarmed_at=alarmed_at, asked_to_answer=asked)
    step = next_to_answer(moment._replace(handling=free), "released", avoid=(voice.officer_id,))
    return step._replace(entries=(entry("people.released", voice, said),))


def check_escalate(moment: Moment, said: Escalate, _: Voice) -> Refusal | None:
    """Why, and to a role that somebody holds now."""
    if not reasons.length(said.reason):
        return Refusal("invalid", "Whoever is asked next must know why: expected reason", "/reason")
    if said.to_role is not None and not in_role(said.to_role, moment.around, moment.at):
        return Refusal("invalid", f"Nobody is on duty as {said.to_role} for this alert: expected another to_role, or none", "/to_role")
    return None


def escalate(moment: Moment, said: Escalate, voice: Voice) -> Step:
    """The next step of the policy, now: of whichever clock runs. What somebody has promised stands."""
    handling = moment.handling
    if handling.challenged:
        step = next_to_decide(moment, "escalated")
    elif handling.awaiting_second_key:
        step = next_to_confirm(moment, "escalated")
    elif handling.acknowledged_at is None:
        step = next_to_answer(moment, "escalated", avoid=(voice.officer_id,), to_role=said.to_role)
    else:
        step = next_to_close(moment, "escalated", avoid=(voice.officer_id,), to_role=said.to_role)
    return step._replace(entries=(entry("people.escalated", voice, said),))


def check_note(_: Moment, said: Note, __: Voice) -> Refusal | None:
    """It says something."""
    return None if reasons.length(said.text) else Refusal("invalid", "A note says something: expected text", "/text")


def note(moment: Moment, said: Note, voice: Voice) -> Step:
    """Words for the others. It stands in the history; the alert does not change."""
    return moment.becoming(moment.handling, entry("people.noted", voice, said))


def owner_now(moment: Moment, voice: Voice) -> Owner:
    """The speaker as owner; whoever has it already has had it since then."""
    owner = moment.handling.owner
    if owner is not None and owner.officer_id == voice.officer_id:
        return owner
    return Owner(officer_id=voice.officer_id, role=voice.role, since_at=moment.at)


def in_words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes % size == 0:
            return f"{minutes // size} {word}{'s' if minutes != size else ''}"
    return f"{minutes} minutes"
