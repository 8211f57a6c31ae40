"""An officer cannot be reached at all: every channel of theirs is used up, and whoever waits for their answer waits in vain.

So the clocks that wait for them run out now, by the same rows as when nobody answers. Not how that was found (`alerting.delivery`),
nor how often it may be said. Pure; called by `alerting.delivery.next_person`.
"""

from __future__ import annotations

from datetime import datetime

from alerting.alarming import Moment, then
from alerting.due import due
from alerting.handling import Handling
from alerting.lifecycle import clock_row, settled
from alerting.step import Around, Due, Step
from schemas.alert import Alert


def unreached(alert: Alert, handling: Handling, officer_id: str, role: str | None, at: datetime, around: Around) -> Step | None:
    """What follows; None where nothing waits for that officer. `role`: as what they were to be told."""
    waiting = [one for one in due(alert, handling, at, around) if _waits_for(one, officer_id, role)]
    whole: Step | None = None
    for one in waiting:
        moment = Moment(alert, handling, at, around)
        row = clock_row(one.what, moment)
        step = settled(moment, row.effect(moment, one._replace(at=at))._replace(version_rises=row.look_again))
        whole = step if whole is None else then(whole, step)
        alert, handling = step.alert, step.handling
    return whole


def _waits_for(clock: Due, officer_id: str, role: str | None) -> bool:
    """An answer that they owe, or a role that nobody has heard of while they were to hear of it for that role."""
    return (clock.what == "answer" and clock.officer_id == officer_id) or (clock.what == "role_unheard" and clock.who == role)
