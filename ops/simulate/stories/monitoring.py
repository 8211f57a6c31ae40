"""Stories of the tag itself: flat, silent, cut, taken off, never fitted.

Rules: untagged-window, battery-forecast, charging-failure-undecided, strap-tamper, not-fitted.
Windows begin at the last fix before the silence and end at the first after it, which the fixed minute of each device makes exact.
"""

from __future__ import annotations

from ops.simulate import casework
from ops.simulate.battery import charge_at, first_fix_at, flat_at, forecast_at, last_fix_before
from ops.simulate.home_unit import HEARD_EVERY_MS, first_heard_after
from ops.simulate.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from ops.simulate.script import Worn
from ops.simulate.stage import DECISION_MS, NoRoom, Stage, next_local_end_of_day

_WAKES_MS = 3 * MINUTE_MS
_OFFICE_HOURS = (9 * 60, 15 * 60)


def _goes_flat(stage: Stage) -> int:
    """He misses a charge; the battery is forecast to be flat, then is, for six hours and a half. Gives the beginning of the window."""
    person, script = stage.person, stage.script
    for day in stage.days():
        last_charge_ms = charge_at(person, day) - 25 * HOUR_MS  # an hour to spare for the night on which the clocks change
        flat_ms = flat_at(person, day) // SECOND_MS * SECOND_MS
        if last_charge_ms > stage.ready_ms and stage.has_room(flat_ms - 30 * HOUR_MS, flat_ms + 13 * HOUR_MS):
            break
    else:
        raise NoRoom
    script.missed_charges.add(day)
    charged_ms = flat_ms + 6 * HOUR_MS + 30 * MINUTE_MS
    script.extra_charges_ms.append(charged_ms)
    script.silence(flat_ms, charged_ms + _WAKES_MS)
    stage.say(flat_ms, "tagging.shutdown", {"device_id": person.device_id, "reason": "battery_flat"})
    began_ms = last_fix_before(person, flat_ms)
    stage.truth("battery-forecast", _activation(stage), forecast_at(person, day), began_ms, implied=True)
    stage.truth("untagged-window", stage.case, began_ms, first_fix_at(person, charged_ms + _WAKES_MS))
    return began_ms


def flat_and_undecided(stage: Stage) -> None:
    """Nobody decides what the flat battery was until nine hours later."""
    began_ms = _goes_flat(stage)
    stage.decide(began_ms + 9 * HOUR_MS)
    stage.truth("charging-failure-undecided", stage.case, began_ms + 4 * HOUR_MS, began_ms + 9 * HOUR_MS)


def flat_and_misunderstood(stage: Stage) -> None:
    """One officer alone calls it a misunderstanding; a second confirms only eight hours later."""
    began_ms = _goes_flat(stage)
    alone_ms, both_ms = began_ms + DECISION_MS, began_ms + 8 * HOUR_MS
    stage.decide(alone_ms, "equipment_misunderstanding", confirmed=False)
    stage.decide(both_ms, "equipment_misunderstanding")
    stage.truth("charging-failure-undecided", stage.case, alone_ms, both_ms)


def flat_and_decided(stage: Stage) -> None:
    """Decided and confirmed within two hours: a window, and nothing else."""
    stage.decide(_goes_flat(stage) + DECISION_MS)


def nearly_flat(stage: Stage) -> None:
    """He puts it on the charger half an hour after the forecast: the window that never opens."""
    person, script = stage.person, stage.script
    for day in stage.days():
        last_charge_ms = charge_at(person, day) - 25 * HOUR_MS
        forecast_ms = forecast_at(person, day)
        if last_charge_ms > stage.ready_ms and stage.has_room(forecast_ms - 30 * HOUR_MS, forecast_ms + 4 * HOUR_MS):
            break
    else:
        raise NoRoom
    script.missed_charges.add(day)
    charged_ms = forecast_ms + 30 * MINUTE_MS
    script.extra_charges_ms.append(charged_ms)
    stage.truth("battery-forecast", _activation(stage), forecast_ms, charged_ms)


def goes_silent(stage: Stage, at_ms: int | None = None) -> None:
    """No signal for three hours."""
    person = stage.person
    at_ms = at_ms or stage.moment(_OFFICE_HOURS, before_ms=HOUR_MS, after_ms=5 * HOUR_MS)
    back_ms = at_ms + 3 * HOUR_MS
    stage.script.silence(at_ms, back_ms)
    stage.say(at_ms + 20 * SECOND_MS, "tagging.signal", {"device_id": person.device_id, "state": "lost"})
    stage.say(back_ms, "tagging.signal", {"device_id": person.device_id, "state": "restored"})
    began_ms = last_fix_before(person, at_ms)
    stage.decide(began_ms + DECISION_MS)
    stage.truth("untagged-window", stage.case, began_ms, first_fix_at(person, back_ms))


def home_unit_off(stage: Stage) -> None:
    """The unit of a radio curfew tag loses its power for six hours."""
    person = stage.person
    off_ms = stage.moment(_OFFICE_HOURS, before_ms=HOUR_MS, after_ms=8 * HOUR_MS)
    on_ms = off_ms + 6 * HOUR_MS
    stage.script.silence(off_ms, on_ms)
    stage.say(off_ms, "tagging.home_unit_fault", {"device_id": person.device_id, "kind": "power_lost"})
    began_ms = first_heard_after(person, off_ms - 1) - HEARD_EVERY_MS
    stage.decide(began_ms + 5 * HOUR_MS)
    stage.truth("untagged-window", stage.case, began_ms, first_heard_after(person, on_ms - 1))


def taken_off(stage: Stage) -> None:
    """The device is removed for no lawful reason, and another is fitted nine hours later."""
    person = stage.person
    off_ms = stage.moment(_OFFICE_HOURS, before_ms=HOUR_MS, after_ms=11 * HOUR_MS)
    on_ms = off_ms + 9 * HOUR_MS
    stage.script.silence(off_ms, on_ms + _WAKES_MS)
    _, first = _activation(stage)
    stage.say(off_ms, "tagging.removed", {"device_id": person.device_id, "activation_id": first, "reason": "other"})
    second = Worn(on_ms, f"dv-{person.key}-b", f"ac-{person.key}-1")
    stage.script.worn.append(second)
    stage.script.facts.append(casework.fitted(person, on_ms, second.device_id, second.activation_id))
    began_ms = last_fix_before(person, off_ms)
    stage.decide(began_ms + DECISION_MS)
    stage.truth("untagged-window", stage.case, began_ms, first_fix_at(person, on_ms + _WAKES_MS))


def cuts_the_strap(stage: Stage) -> None:
    """The strap is cut at home and restored after 37 minutes; fixes come all the while, and prove nothing."""
    person = stage.person
    minute_ms = stage.moment((16 * 60, 21 * 60), before_ms=HOUR_MS, after_ms=4 * HOUR_MS)
    cut_ms = first_fix_at(person, minute_ms) + 20 * SECOND_MS
    restored_ms = cut_ms + 37 * MINUTE_MS
    for at_ms, state in ((cut_ms, "tampered"), (restored_ms, "restored")):
        stage.say(at_ms, "tagging.strap", {"device_id": person.device_id, "state": state})
    stage.decide(cut_ms + DECISION_MS)
    stage.truth("strap-tamper", _activation(stage), cut_ms, restored_ms)
    stage.truth("untagged-window", stage.case, last_fix_before(person, cut_ms), first_fix_at(person, restored_ms), implied=True)


def never_fitted(stage: Stage) -> None:
    """The order wants a tag; by the next midnight but one minute none is fitted. It comes fourteen hours later."""
    order_ms = stage.person.opened_ms + 3 * MINUTE_MS
    due_ms = next_local_end_of_day(order_ms)
    _fitted_only_at(stage, due_ms + 14 * HOUR_MS)
    stage.truth("not-fitted", stage.order, due_ms, due_ms + 14 * HOUR_MS)


def nobody_at_home(stage: Stage) -> None:
    """The fitter comes in vain, and again fourteen hours later."""
    person = stage.person
    failed_ms = person.opened_ms + 6 * HOUR_MS
    who = (("EM_WEARER", person.wearer), ("PNC", person.pnc))
    _fitted_only_at(stage, failed_ms + 14 * HOUR_MS)
    stage.say(failed_ms, "tagging.fit_failed", {"reason": "nobody at home", "attempt": 1}, who)
    stage.truth("not-fitted", stage.order, failed_ms, failed_ms + 14 * HOUR_MS)


def _fitted_only_at(stage: Stage, fit_ms: int) -> None:
    person, script = stage.person, stage.script
    script.fitted = False
    if not stage.has_room(stage.ready_ms, fit_ms + HOUR_MS):
        raise NoRoom
    script.silence(0, fit_ms + _WAKES_MS)
    script.facts.append(casework.fitted(person, fit_ms, person.device_id, f"ac-{person.key}-0"))


def _activation(stage: Stage) -> tuple[str, str]:
    return ("activation", f"ac-{stage.person.key}-0")
