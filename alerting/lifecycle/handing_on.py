"""Handing on: an alert goes from one officer to another, by order, by offer, or because its owner goes off duty.

The offers themselves are rows of the ledger. Called by the table (`alerting.lifecycle.command_rows`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace

from alerting import reasons
from alerting.actor import EITHER_SIDE, row_of
from alerting.lifecycle.alarming import Moment, owned_by, sound, tell
from alerting.lifecycle.answering import Voice, entry
from alerting.lifecycle.commands import AcceptHandover, OfferHandover, Reassign, RefuseHandover
from alerting.lifecycle.escalation import TO_ANSWER, climb, colleagues
from alerting.lifecycle.handling import Ask, Owner
from alerting.lifecycle.outcomes import EVERYBODY
from alerting.lifecycle.step import Around, Entry, Refusal, Step
from alerting.on_duty import on_duty
from alerting.routing import ON_CALL, excluded
from schemas.alert import Alert


def role_for(officer_id: str, alert: Alert, around: Around, at: datetime) -> str | None:
    """As what an officer would have this alert: as told of it, in the case, on shift, by the directory; None: as nothing."""
    team = () if around.person is None else around.person.team
    described = around.directory.officer(officer_id, at)
    shifts = (
        shift.role
        for shift in around.directory.shifts_of(officer_id, at)
        if shift.from_ - EITHER_SIDE <= at < shift.to + EITHER_SIDE  # whoever takes over comes early, whoever hands over stays on
    )
    roles = (
        *(one.role for one in alert.recipients if one.officer_id == officer_id),
        *(post.role for post in team if post.officer_id == officer_id),
        *shifts,
        *(role for role in (() if described is None else described.roles) if role not in ON_CALL),
    )
    return next((role for role in roles if row_of(role) in EVERYBODY), None)


def may_have(moment: Moment, officer_id: str, field: str, *, working: bool) -> Refusal | None:
    """Whether an officer can be given this alert. `working`: now, not only at some time."""
    around, at = moment.around, moment.at
    owner = moment.handling.owner
    if owner is not None and owner.officer_id == officer_id:
        return Refusal("invalid", f"{officer_id} has it already: expected another officer", field)
    role = role_for(officer_id, moment.alert, around, at)
    if officer_id in excluded(around.person) or role is None:
        return Refusal("invalid", f"{officer_id} is nobody who may have this alert: expected an officer with a role in it", field)
    if around.directory.absent(officer_id, at) is not None:
        return Refusal("invalid", f"{officer_id} is away: expected an officer who is on duty", field)
    if working and not on_duty(around.directory, officer_id, role, at, grace=True):
        return Refusal("invalid", f"{officer_id} is not on duty as {role}: expected an officer who is", field)
    return None


def check_reassign(moment: Moment, said: Reassign, _: Voice) -> Refusal | None:
    """Somebody who is there, and a reason."""
    if not reasons.length(said.reason):
        return Refusal("invalid", "The new owner must know why: expected reason", "/reason")
    return may_have(moment, said.to_officer_id, "/to_officer_id", working=True)


def reassign(moment: Moment, said: Reassign, voice: Voice) -> Step:
    """It is theirs at once, and whatever was promised is not: they answer it themselves."""
    handling, at = moment.handling, moment.at
    role = role_for(said.to_officer_id, moment.alert, moment.around, at) or voice.role
    if handling.awaiting_second_key or handling.challenged or handling.shelf is not None:
        given = replace(handling, owner=Owner(officer_id=said.to_officer_id, role=role, since_at=at), owner_sought_at=None)
        if handling.asked_to_answer is not None:
            given = owned_by(given, Ask(officer_id=said.to_officer_id, role=role, step=0, since_at=at), at)
    else:
        free = replace(handling, acknowledged_at=None, actioned_at=None, lease=None, alarmed_at=handling.alarmed_at or at)
        given = owned_by(free, Ask(officer_id=said.to_officer_id, role=role, step=0, since_at=at), at)
    step = tell(moment._replace(handling=given), [(said.to_officer_id, role, "named")], "reassigned")
    return step._replace(entries=(entry("people.reassigned", voice, said),), alarm=sound(moment.alert))


def check_offer(moment: Moment, said: OfferHandover, _: Voice) -> Refusal | None:
    """Somebody who may have it, now or on the shift that begins."""
    return may_have(moment, said.to_officer_id, "/to_officer_id", working=False)


def owns(moment: Moment, officer_id: str) -> bool:
    """Whether the officer has it now."""
    return moment.handling.owner is not None and moment.handling.owner.officer_id == officer_id


def offer(moment: Moment, said: OfferHandover, voice: Voice) -> Step:
    """The sender owns it until it is accepted."""
    role = role_for(said.to_officer_id, moment.alert, moment.around, moment.at) or voice.role
    step = tell(moment, [(said.to_officer_id, role, "named")], "offered")
    return step._replace(entries=(entry("people.handover_offered", voice, said),))


def accept(moment: Moment, said: AcceptHandover, voice: Voice) -> Step:
    """Theirs now, with the promise that was made; where nobody has answered it yet, their own clock begins."""
    handling, at = moment.handling, moment.at
    owner = Owner(officer_id=voice.officer_id, role=voice.role, since_at=at)
    taken = replace(handling, owner=owner, lease=None if handling.lease is None else replace(handling.lease, officer_id=voice.officer_id))
    if handling.asked_to_answer is not None:
        asked = replace(handling.asked_to_answer, officer_id=voice.officer_id, role=voice.role, since_at=at)
        taken = owned_by(taken, asked, at)
    return moment.becoming(taken, entry("people.handover_accepted", voice, said))


def check_refuse(_: Moment, said: RefuseHandover, __: Voice) -> Refusal | None:
    """The sender must know why."""
    return None if reasons.length(said.reason) else Refusal("invalid", "The sender must know why: expected reason", "/reason")


def refuse(moment: Moment, said: RefuseHandover, voice: Voice) -> Step:
    """It stays the sender's, who is told."""
    owner = moment.handling.owner
    people = [] if owner is None else [(owner.officer_id, owner.role)]
    step = tell(moment, [(officer_id, role, "named") for officer_id, role in people], "handover_refused")
    return step._replace(entries=(entry("people.handover_refused", voice, said),))


def pass_on(moment: Moment) -> Step:
    """Its owner is off duty: whoever is on in that role has it now, else the next of those told, else the ladder.

    A promise stays with the alert. With nobody there at all it is unanswered, and nobody's, for all to see.
    """
    handling, at, owner = moment.handling, moment.at, moment.handling.owner
    gone = set() if owner is None else {owner.officer_id}
    heir = None if owner is None else _colleague(moment, owner.role, gone)
    ask = Ask(officer_id=heir.officer_id, role=heir.role, step=0, since_at=at) if heir else _first_told(moment, gone)
    if ask.officer_id is None or ask.role is None:
        return nobody(moment)
    new = Owner(officer_id=ask.officer_id, role=ask.role, since_at=at)
    passed = replace(handling, owner=new, owner_sought_at=None)
    if handling.asked_to_answer is not None:
        passed = owned_by(passed, ask, at)
    step = tell(moment._replace(handling=passed), [(ask.officer_id, ask.role, "on_call" if ask.role in ON_CALL else "deputy")], "passed_on")
    body = {"to_officer_id": new.officer_id, "to_role": new.role, "from_officer_id": None if owner is None else owner.officer_id}
    return step._replace(entries=(Entry("people.passed_on", body=body),), alarm=sound(moment.alert))


def nobody(moment: Moment) -> Step:
    """Nobody is on duty anywhere: it has no owner, which is said aloud, and somebody is looked for again soon."""
    handling = moment.handling
    sought = replace(handling, owner=None, owner_sought_at=moment.at)
    if handling.acknowledged_at is not None and not handling.awaiting_second_key and not handling.challenged:
        sought = replace(sought, acknowledged_at=None, actioned_at=None, lease=None, alarmed_at=moment.at)
        sought = owned_by(sought, Ask(officer_id=None, role=None, step=0, since_at=moment.at), moment.at)
    elif handling.asked_to_answer is not None:
        sought = owned_by(sought, replace(handling.asked_to_answer, officer_id=None, role=None), moment.at)
    first = () if handling.owner is None else (Entry("people.unowned"),)
    return moment.becoming(sought, *first)


def _colleague(moment: Moment, role: str, gone: Collection[str]) -> Owner | None:
    there = (one for one in colleagues(role, moment.around, moment.at) if one.officer_id not in gone)
    return next((Owner(officer_id=one.officer_id, role=one.role, since_at=moment.at) for one in there), None)


def _first_told(moment: Moment, gone: Collection[str]) -> Ask:
    return climb(TO_ANSWER, 0, moment.alert, moment.around, moment.at, gone).ask
