"""The alarm: how it begins, whom it rings for, and who owns it. How the ask goes on from there is `alerting.lifecycle.asking`.

Every effect of the tables (`command_rows`, `matter_rows`, `clock_rows`) that makes somebody look again comes through here, so that
each open alert has one owner on duty, and nobody is alarmed twice by one incident at the same severity. Pure; not the delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from alerting.lifecycle.escalation import TO_ANSWER, climb, may_take, still_has_it
from alerting.lifecycle.handling import Ask, Handling, Owner, RoleAsk
from alerting.lifecycle.step import Alarm, Around, Entry, Step, Telling
from alerting.matter import RANK
from alerting.on_duty import on_duty
from alerting.routing import route
from schemas.alert import Alert, Reason, Recipient
from schemas.fields import instant_text
from schemas.finding import Severity

NEVER_TOLD = -1
LATCHED: frozenset[Severity] = frozenset({"critical", "high"})
_ALARMS: Mapping[Severity, Alarm] = {"critical": "critical", "high": "high", "medium": "none", "low": "none"}


class Moment(NamedTuple):
    """An alert as it stands at an instant, and what surrounds it: what every effect is given."""

    alert: Alert
    handling: Handling
    at: datetime
    around: Around

    def becoming(self, handling: Handling, *entries: Entry) -> Step:
        """A step that changes the handling alone, and tells nobody."""
        return Step(self.alert, handling, entries)

    def after(self, step: Step) -> Moment:
        """The same instant, once a step has been taken."""
        return self._replace(alert=step.alert, handling=step.handling)


def then(first: Step, second: Step) -> Step:
    """Two steps of one instant as one: what stands is the second's."""
    return Step(
        second.alert,
        second.handling,
        (*first.entries, *second.entries),
        (*first.tellings, *second.tellings),
        (*first.facts, *second.facts),
        first.version_rises or second.version_rises,
        second.alarm if second.alarm != "none" else first.alarm,
        first.question or second.question,
    )


def sound(alert: Alert) -> Alarm:
    """What an alarm of this alert sounds like on the screens."""
    return _ALARMS[alert.severity]


def tell(moment: Moment, people: Iterable[tuple[str, str, Reason]], word: str) -> Step:
    """Alarm these (officer, role, reason), each once; whoever was not told before stands among the recipients from now on."""
    known = {(one.officer_id, one.role) for one in moment.alert.recipients}
    recipients = list(moment.alert.recipients)
    severities = dict(moment.handling.told_severity)
    tellings: dict[str, Telling] = {}
    occasion = f"{word} {instant_text(moment.at)}"
    for officer_id, role, reason in people:
        if (officer_id, role) not in known:
            known.add((officer_id, role))
            recipients.append(Recipient(officer_id=officer_id, role=role, reason=reason, at=moment.at))
        tellings.setdefault(officer_id, Telling(officer_id, role, reason, occasion))
        before = severities.get(officer_id)
        if before is None or RANK[moment.alert.severity] > RANK[before]:
            severities[officer_id] = moment.alert.severity
    alert = _with(moment.alert, recipients) if len(recipients) > len(moment.alert.recipients) else moment.alert
    return Step(alert, replace(moment.handling, told_severity=severities), tellings=tuple(tellings.values()))


def told_at(officer_id: str, moment: Moment) -> int:
    """How severe the incident was when the officer was last alarmed: the rank, or NEVER_TOLD."""
    heard = (moment.handling, *(sibling.handling for sibling in moment.around.siblings))
    ranks = (RANK[one.told_severity[officer_id]] for one in heard if officer_id in one.told_severity)
    return max(ranks, default=NEVER_TOLD)


def ring(moment: Moment, word: str, *, again: bool) -> Step:
    """The alarm begins: nobody has answered it now. `again`: for everybody on duty; else for those whom it is new to."""
    alert, handling, at, _ = moment
    fresh = replace(
        handling,
        acknowledged_at=None,
        actioned_at=None,
        lease=None,
        shelf=None,
        closure=None,
        challenges=tuple(one if one.answered_at is not None else replace(one, reopened=False) for one in handling.challenges),
        closed_at=None,
        asked_to_confirm=None,
        asked_to_close=handling.asked_to_close if handling.closed_at is None else None,
        open_since_at=at if handling.closed_at is not None else handling.open_since_at or at,
        alarmed_at=at,
        held_until_at=None,
        may_end_itself=False,
        opened={},
        roles_unheard=(),
        unseen_withdrawal=(),
        withdrawal_told_at=None,
        withdrawal_step=0,
    )
    here = with_team_of_now(moment._replace(alert=alert, handling=fresh))
    return _told_again(here._replace(handling=owned_by(fresh, _who_answers(here), at)), word, again=again)


def repeat(moment: Moment, word: str, *, again: bool) -> Step:
    """An alarm that nobody has answered rings once more; whoever is asked, and their clock, stay. `again`: as in `ring`."""
    return _told_again(with_team_of_now(moment), word, again=again)


def _told_again(here: Moment, word: str, *, again: bool) -> Step:
    alert, at = here.alert, here.at
    roles = here.handling.roles_unheard
    handling = replace(here.handling, roles_unheard=(*roles, *_roles_beside(roles, alert, at)))
    here = here._replace(handling=handling)
    new = RANK[alert.severity]
    people = [(one.officer_id, one.role, one.reason) for one in alert.recipients if again or new > told_at(one.officer_id, here)]
    if again:
        on = [one for one in people if on_duty(here.around.directory, one[0], one[1], at)]
        people = on or people
    owner = handling.owner
    if (
        owner is not None
        and owner.officer_id not in {officer_id for officer_id, _, _ in people}
        and (again or new > told_at(owner.officer_id, here))
    ):
        people.append((owner.officer_id, owner.role, "escalated"))
    step = tell(here, people, word)
    return step._replace(alarm=sound(alert) if step.tellings else "none")


def with_team_of_now(moment: Moment) -> Moment:
    """With whoever the rule names now among the recipients, so that a reminder at night reaches the night shift."""
    team = route(moment.around.finding, moment.around.person, moment.around.directory, moment.at)
    known = {(one.officer_id, one.role) for one in moment.alert.recipients}
    fresh = tuple(one for one in team.recipients if (one.officer_id, one.role) not in known)
    return moment._replace(alert=_with(moment.alert, (*moment.alert.recipients, *fresh))) if fresh else moment


def owned_by(handling: Handling, ask: Ask, at: datetime) -> Handling:
    """Whoever is asked to answer owns it; with nobody to ask, nobody does, and that is looked at again soon."""
    if ask.officer_id is None or ask.role is None:
        return replace(handling, asked_to_answer=ask, owner=None, owner_sought_at=at)
    same = handling.owner is not None and handling.owner.officer_id == ask.officer_id and handling.owner.role == ask.role
    owner = handling.owner if same else Owner(officer_id=ask.officer_id, role=ask.role, since_at=at)
    return replace(handling, asked_to_answer=ask, owner=owner, owner_sought_at=None)


def answered(handling: Handling, at: datetime) -> Handling:
    """Somebody has answered: the alarm is over, and nobody is asked any more."""
    return replace(
        handling,
        acknowledged_at=at,
        first_acknowledged_at=handling.first_acknowledged_at or at,
        alarmed_at=None,
        held_until_at=None,
        asked_to_answer=None,
        shelf=None,
    )


def _who_answers(moment: Moment) -> Ask:
    """Whoever owns it, or its incident, and is on duty; else the first on duty of those told; else the ladder."""
    around, at, own = moment.around, moment.at, moment.handling.owner
    theirs = (sibling.handling.owner for sibling in around.siblings)
    may = (one for one in theirs if one is not None and may_take(one, moment.alert, around, at))
    owner = own if own is not None and still_has_it(own, around, at) else next(may, None)
    if owner is not None:
        return Ask(officer_id=owner.officer_id, role=owner.role, step=0, since_at=at)
    return climb(TO_ANSWER, 0, moment.alert, around, at).ask


def _roles_beside(known: Iterable[RoleAsk], alert: Alert, at: datetime) -> tuple[RoleAsk, ...]:
    """The other roles that have a clock of their own: all that were told of a critical or high alert."""
    if alert.severity not in LATCHED or alert.status == "withdrawn":
        return ()
    roles = dict.fromkeys(one.role for one in alert.recipients if one.reason != "escalated")
    return tuple(RoleAsk(role=role, step=0, since_at=at) for role in roles if role not in {one.role for one in known})


def _with(alert: Alert, recipients: Iterable[Recipient]) -> Alert:
    return alert.model_copy(update={"recipients": tuple(recipients)})
