"""What happens when a clock runs out: each timer of `alerting.lifecycle.due` has its effect here.

Which clocks an alert has is `alerting.lifecycle.due`; that one has run out, the ledger's sweep says. Called by the table.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from alerting.lifecycle.alarming import Moment, owned_by, repeat, ring, sound, tell, then
from alerting.lifecycle.asking import next_to_answer, next_to_close, next_to_confirm, next_to_decide
from alerting.lifecycle.escalation import Person, colleagues, deputies_in, duty_inspectors, everybody, may_take, supervisors
from alerting.lifecycle.handing_on import pass_on, role_for
from alerting.lifecycle.handling import Ask, Owner
from alerting.lifecycle.reminders import passed
from alerting.lifecycle.revising import raise_
from alerting.lifecycle.step import JSON, Due, Entry, Sibling, Step
from alerting.matter import RANK
from alerting.on_duty import on_duty
from alerting.routing import INSTEAD
from schemas.alert import Revision


def escalated(what: str, ask: Ask | None) -> Entry:
    """A line of the history: to whom it went."""
    return Entry(what, body={} if ask is None else {"to_officer_id": ask.officer_id, "to_role": ask.role, "step": ask.step})


def answer_overdue(moment: Moment, _: Due) -> Step:
    """Nobody answered: the next person is asked, and owns it. Where its incident has gone on already, it follows."""
    ahead = _ahead(moment)
    if ahead is not None and ahead.handling.asked_to_answer is not None:
        followed = owned_by(moment.handling, ahead.handling.asked_to_answer, moment.at)
        return moment.becoming(followed, escalated("people.escalated", followed.asked_to_answer))
    step = next_to_answer(moment, "escalated")
    return step._replace(entries=(escalated("people.escalated", step.handling.asked_to_answer),))


def _ahead(moment: Moment) -> Sibling | None:
    """Another unanswered alert of the incident, no less severe, that has already gone on to somebody else who is on duty."""
    asked = moment.handling.asked_to_answer
    for one in moment.around.siblings:
        theirs = one.handling.asked_to_answer
        if asked is None or theirs is None or theirs.officer_id is None or theirs.role is None or theirs.officer_id == asked.officer_id:
            continue
        asked_now = Owner(officer_id=theirs.officer_id, role=theirs.role, since_at=theirs.since_at)
        there = may_take(asked_now, moment.alert, moment.around, moment.at)
        if theirs.since_at > asked.since_at and RANK[one.alert.severity] >= RANK[moment.alert.severity] and there:
            return one
    return None


def lease_ended(moment: Moment, _: Due) -> Step:
    """A promise was not kept: the alarm comes back to whoever made it, and the next person is asked."""
    handling, at = moment.handling, moment.at
    lapsed = handling.owner
    free = replace(handling, acknowledged_at=None, actioned_at=None, lease=None, alarmed_at=at, opened={}, roles_unheard=())
    asked = Ask(officer_id=None, role=None, step=0, since_at=at)
    if lapsed is not None:
        asked = replace(asked, officer_id=lapsed.officer_id, role=lapsed.role)
    gone_on = next_to_answer(moment._replace(handling=replace(free, asked_to_answer=asked)), "lease_ended")
    first = Step(gone_on.alert, gone_on.handling, (escalated("people.lease_ended", gone_on.handling.asked_to_answer),))
    back = [] if lapsed is None else [(lapsed.officer_id, lapsed.role)]
    told = {one.officer_id for one in gone_on.tellings}
    owner = tell(moment.after(first), [(officer_id, role, "named") for officer_id, role in back if officer_id not in told], "lease_ended")
    return then(first, owner._replace(tellings=(*gone_on.tellings, *owner.tellings), alarm=sound(moment.alert)))


def lease_outlived(moment: Moment, _: Due) -> Step:
    """A promise ran out after the matter had ended: nothing more is asked."""
    return moment.becoming(replace(moment.handling, lease=None), Entry("people.lease_ended"))


def close_overdue(moment: Moment, _: Due) -> Step:
    """Answered, yet not closed in time: a supervisor is told, then the next, and round again."""
    step = next_to_close(moment, "close_overdue")
    return step._replace(entries=(escalated("people.close_overdue", step.handling.asked_to_close),))


def second_key_overdue(moment: Moment, _: Due) -> Step:
    """Nobody has turned the second key: the next person is asked."""
    step = next_to_confirm(moment, "second_key_overdue")
    return step._replace(entries=(escalated("people.second_key_overdue", step.handling.asked_to_confirm),))


def challenge_overdue(moment: Moment, _: Due) -> Step:
    """Silence on a challenge escalates."""
    step = next_to_decide(moment, "challenge_overdue")
    return step._replace(entries=(escalated("people.challenge_overdue", step.handling.asked_to_decide),))


def shelf_ended(moment: Moment, _: Due) -> Step:
    """It is back in the queue, unanswered."""
    return then(moment.becoming(moment.handling, Entry("people.shelf_ended")), ring(moment, "shelf_ended", again=True))


def remind(moment: Moment, _: Due) -> Step:
    """The matter still goes on: it alarms again, whatever was made of it."""
    alert, handling, at = moment.alert, moment.handling, moment.at
    line = Revision(at=at, change="reminded", because=alert.because)
    reminded = alert.model_copy(update={"revisions": (*alert.revisions, line)})
    here = moment._replace(alert=reminded, handling=replace(handling, reminders_sent=passed(alert, handling, at)))
    first = Step(reminded, here.handling, (Entry("matter.reminded", body={"because": alert.because}),))
    if handling.alarmed_at is not None and handling.shelf is None and not handling.closed:
        return then(first, repeat(here, "reminded", again=True))
    return then(first, ring(here, "reminded", again=True))


def told_at_last(moment: Moment, _: Due) -> Step:
    """The cause was raised late, and its limit has passed now: people are told."""
    step = raise_(moment._replace(handling=replace(moment.handling, held_until_at=None)))
    return step._replace(entries=(Entry("people.told"),))


def evidence_settled(moment: Moment, _: Due) -> Step:
    """No evidence has come out of order for long enough: what it came to is told."""
    return moment.becoming(replace(moment.handling, late_evidence=None), Entry("people.told"))


def role_unheard(moment: Moment, due: Due) -> Step:
    """A role that was told, none of whom has opened it, goes on: deputy and on-call, then the supervisor, then the duty inspector."""
    handling, at = moment.handling, moment.at
    waiting = next((one for one in handling.roles_unheard if one.role == due.who), None)
    others = tuple(one for one in handling.roles_unheard if one.role != due.who)
    if waiting is None or heard(due.who, moment):
        return moment.becoming(replace(handling, roles_unheard=others))
    if waiting.step >= len(ROLE_RUNGS):
        return moment.becoming(replace(handling, roles_unheard=others), Entry("people.role_never_heard", body={"role": due.who}))
    rung = ROLE_RUNGS[waiting.step]
    people = [one for one in rung(due.who, moment) if one.officer_id not in handling.opened]
    further = replace(waiting, step=waiting.step + 1, since_at=at)
    step = tell(
        moment._replace(handling=replace(handling, roles_unheard=(*others, further))),
        [(one.officer_id, one.role, "escalated") for one in people],
        f"unheard {due.who}",
    )
    told: list[JSON] = [one.officer_id for one in people]
    line = Entry("people.role_escalated", body={"role": due.who, "told": told})
    return step._replace(entries=(line,), alarm=sound(moment.alert) if people else "none")


def heard(role: str, moment: Moment) -> bool:
    """Whether anybody told in that role, or on call in its place, has opened this alert or another of its incident."""
    handlings = (moment.handling, *(one.handling for one in moment.around.siblings))
    roles = {role, INSTEAD.get(role, role)}
    return any(one.role in roles and any(one.officer_id in handling.opened for handling in handlings) for one in moment.alert.recipients)


def _deputy_and_on_call(role: str, moment: Moment) -> tuple[Person, ...]:
    deputies = everybody(deputies_in(role, moment.alert, moment.around, moment.at), moment.around, moment.at)
    return deputies if role in INSTEAD else (*deputies, *_inspectors(role, moment))


def _supervisors(_: str, moment: Moment) -> tuple[Person, ...]:
    return everybody(supervisors(moment.alert, moment.around, moment.at), moment.around, moment.at)[:1]


def _inspectors(_: str, moment: Moment) -> tuple[Person, ...]:
    return everybody(duty_inspectors(moment.alert, moment.around, moment.at), moment.around, moment.at)[:1]


ROLE_RUNGS: tuple[Callable[[str, Moment], tuple[Person, ...]], ...] = (_deputy_and_on_call, _supervisors, _inspectors)
"""Where a role that has not opened an alert goes on; it ends there, because the alert itself never does."""


def withdrawal_unseen(moment: Moment, _: Due) -> Step:
    """Not everybody has seen that it never was: they are told again. Whoever is off duty is replaced by who is on."""
    handling, at = moment.handling, moment.at
    seen_by = {one.role for one in moment.alert.recipients if one.officer_id in handling.opened}
    still: dict[str, Person] = {}
    for officer_id in handling.unseen_withdrawal:
        role = role_for(officer_id, moment.alert, moment.around, at) or "control_room"
        if on_duty(moment.around.directory, officer_id, role, at):
            still[officer_id] = Person(officer_id, role)
        elif role not in seen_by:
            instead = next(iter(colleagues(role, moment.around, at)), Person(officer_id, role))
            still.setdefault(instead.officer_id, instead)
    told = replace(handling, unseen_withdrawal=tuple(still), withdrawal_told_at=at, withdrawal_step=handling.withdrawal_step + 1)
    first = tell(moment._replace(handling=told), [(one.officer_id, one.role, "on_call") for one in still.values()], "unseen")
    waiting: list[JSON] = list(still)
    step = first._replace(entries=(Entry("people.withdrawal_unseen", body={"waiting_for": waiting}),))
    if handling.withdrawal_step == 0 or not still:
        return step
    return then(step, next_to_close(moment.after(step), "unseen"))


def owner_off_duty(moment: Moment, _: Due) -> Step:
    """Its owner has gone off duty, or it has none: somebody on duty has it now."""
    return pass_on(moment)


def loses_its_promise(moment: Moment) -> bool:
    """Whether somebody had promised something and nobody at all is left to keep it."""
    handling = moment.handling
    promised = handling.acknowledged_at is not None and not handling.awaiting_second_key and not handling.challenged
    return promised and pass_on(moment).handling.owner is None
