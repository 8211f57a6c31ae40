"""What the matter does to the handling: raised, changed, ended, withdrawn; each word of a revision has its effect here.

Which word has which effect in which state is `alerting.lifecycle.matter_rows`. Streams sends the changes; nobody said them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from alerting.lifecycle.alarming import Moment, answered, repeat, ring, tell, then, told_at
from alerting.lifecycle.closing import ended
from alerting.lifecycle.escalation import may_take
from alerting.lifecycle.step import Entry, Sibling, Step
from alerting.matter import RANK

LATE_AFTER = timedelta(seconds=60)
"""Told late, in the words of the console: a cause that was raised later than this holds what rests on it."""


def held_until(moment: Moment) -> datetime | None:
    """Until when nobody is told, because the cause itself was raised late: they have as long as if it had been on time (design 4.8)."""
    cause = moment.around.cause
    if cause is None or moment.alert.about.kind != "finding" or cause.raised_at - cause.decidable_at <= LATE_AFTER:
        return None
    until_at = cause.raised_at + (moment.alert.decidable_at - cause.decidable_at)
    return until_at if until_at > moment.at else None


def answering(moment: Moment) -> Sibling | None:
    """The alert of the incident whose answer holds for this one as well: answered, and no less severe."""
    rank = RANK[moment.alert.severity]
    candidates = [
        one
        for one in moment.around.siblings
        if one.handling.acknowledged_at is not None
        and not one.handling.awaiting_second_key
        and RANK[one.alert.severity] >= rank
        and one.handling.owner is not None
        and may_take(one.handling.owner, moment.alert, moment.around, moment.at)
    ]
    return max(candidates, key=lambda one: (RANK[one.alert.severity], one.handling.acknowledged_at, one.alert.alert_id), default=None)


def raise_(moment: Moment) -> Step:
    """People are told, and the first of them owns it."""
    return ring(moment._replace(handling=replace(moment.handling, open_since_at=moment.at)), "raised", again=False)


def hold(moment: Moment) -> Step:
    """Somebody owns it, and nobody is told yet."""
    begun = ring(moment._replace(handling=replace(moment.handling, open_since_at=moment.at)), "held", again=False)
    held = replace(begun.handling, held_until_at=held_until(moment), told_severity=moment.handling.told_severity, roles_unheard=())
    return moment.becoming(held, Entry("people.held"))


def answer_with_incident(moment: Moment) -> Step:
    """It joined an incident that somebody has answered: the same promise, the same owner, and an alarm only for who is new to it."""
    with_ = answering(moment)
    if with_ is None:
        return moment.becoming(moment.handling)
    theirs = with_.handling
    joined = replace(
        answered(moment.handling, moment.at),
        owner=theirs.owner,
        lease=theirs.lease,
        open_since_at=moment.handling.open_since_at or moment.at,
    )
    here = moment._replace(handling=joined)
    rung = repeat(here, "joined", again=False)
    return Step(rung.alert, rung.handling, (Entry("people.answered_with_incident"),), rung.tellings, alarm=rung.alarm)


def look_again(moment: Moment) -> Step:
    """Whoever answered, shelved or closed it must look again."""
    return ring(moment, "revised", again=True)


def tell_who_is_new(moment: Moment) -> Step:
    """Nobody has answered yet: only those whom this is new to hear of it. What was held waits no longer."""
    return repeat(moment, "revised", again=False) if moment.handling.held_until_at is None else raise_(moment)


def come_back(moment: Moment) -> Step:
    """A shelf ends at once on any revision."""
    return then(moment.becoming(moment.handling, Entry("people.unshelved")), ring(moment, "unshelved", again=True))


def update(moment: Moment) -> Step:
    """In place: nobody need answer it anew."""
    return moment.becoming(moment.handling)


def ended_on_the_shelf(moment: Moment) -> Step:
    """A latched alert whose matter ended comes back from its shelf: a person closes it."""
    over = matter_ended(moment)
    return then(over, come_back(moment.after(over)))


def matter_ended(moment: Moment) -> Step:
    """The matter is over, and people knew of it while it went on."""
    return moment.becoming(replace(moment.handling, may_end_itself=True))


def withdraw(moment: Moment) -> Step:
    """It never was. Everybody who was told must see that: units may be on the road."""
    alert, at = moment.alert, moment.at
    told = tuple(dict.fromkeys(one.officer_id for one in alert.recipients if told_at(one.officer_id, moment) >= 0))
    gone = replace(
        ended(moment.handling, at),
        closed_at=None,
        closure=None,
        acknowledged_at=None,
        actioned_at=None,
        open_since_at=at,
        opened={},
        unseen_withdrawal=told,
        withdrawal_told_at=at,
        withdrawal_step=0,
        asked_to_decide=moment.handling.asked_to_decide,
    )
    people = [(one.officer_id, one.role, one.reason) for one in alert.recipients if one.officer_id in told]
    return tell(moment._replace(handling=gone), people, "withdrawn")


def supersede(moment: Moment) -> Step:
    """A successor goes on with the reference, the answer and the owner: nobody is told, and nothing is left here."""
    return moment.becoming(
        replace(ended(moment.handling, moment.at), closure=None, challenges=(), unseen_withdrawal=()), Entry("people.superseded")
    )


def leave_untold(moment: Moment) -> Step:
    """It was withdrawn before anybody was told: nobody need hear of either."""
    return moment.becoming(ended(moment.handling, moment.at))


def stand_again(moment: Moment) -> Step:
    """What was withdrawn is true after all."""
    return ring(moment._replace(handling=replace(moment.handling, may_end_itself=False)), "revised", again=True)
