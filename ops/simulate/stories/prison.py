"""Stories of prison and release.

Rules: contact-from-custody, attempted-contact, release-without-reassessment, short-notice-release, unsafe-release-address.
Each breaks one duty of a release done by the book (`custody.release`) and keeps the others.
"""

from __future__ import annotations

from datetime import timedelta

from ops.simulate import casework, custody
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_date, local_ms
from ops.simulate.people import ADDRESS_RADIUS_M
from ops.simulate.stage import DECISION_MS, Stage

_PHONE_HOURS = (9 * 60, 17 * 60)


def _reaches_her(stage: Stage, at_ms: int) -> None:
    stage.decide(at_ms + DECISION_MS)
    stage.truth("contact-from-custody", stage.her, at_ms, at_ms + DECISION_MS)


def calls_her(stage: Stage) -> None:
    """Her number is barred; he is connected all the same."""
    at_ms = stage.moment(_PHONE_HOURS, after_ms=4 * HOUR_MS)
    stage.say(at_ms, "comms.call", {
        "call_id": f"ca-{stage.person.key}-her", "number": stage.person.her.phone, "outcome": "connected", "duration_s": 214,
        "legal": False,
    })  # fmt: skip
    _reaches_her(stage, at_ms)


def writes_to_her(stage: Stage) -> None:
    at_ms = stage.moment(_PHONE_HOURS, after_ms=4 * HOUR_MS)
    stage.say(at_ms, "comms.message", {
        "message_id": f"me-{stage.person.key}-her", "channel": "letter", "contact_id": stage.person.her.contact_id, "outcome": "sent",
    })  # fmt: skip
    _reaches_her(stage, at_ms)


def meets_her(stage: Stage) -> None:
    """She attends a video visit that somebody else booked."""
    at_ms = stage.moment(_PHONE_HOURS, after_ms=4 * HOUR_MS)
    stage.say(at_ms, "comms.visit", {
        "visit_id": f"vi-{stage.person.key}-her", "status": "attended", "mode": "video",
        "contact_ids": [stage.person.kin.contact_id, stage.person.her.contact_id],
    })  # fmt: skip
    _reaches_her(stage, at_ms)


def tries_to_call_her(stage: Stage) -> None:
    """Three barred calls within fifty hours; then none, so it ends seven days after the last."""
    first_ms = stage.moment(_PHONE_HOURS, after_ms=52 * HOUR_MS)
    for n, hours in enumerate((0, 26, 50)):
        stage.say(first_ms + hours * HOUR_MS, "comms.call", {
            "call_id": f"ca-{stage.person.key}-try-{n}", "number": stage.person.her.phone, "outcome": "barred", "duration_s": 0,
            "legal": False,
        })  # fmt: skip
    stage.truth("attempted-contact", stage.her, first_ms, first_ms + 50 * HOUR_MS + 7 * DAY_MS)


def release_in_four_weeks_unassessed(stage: Stage) -> None:
    """Four weeks before a release nobody has assessed him since reception; five hours later somebody does."""
    at_ms = stage.moment(_PHONE_HOURS, before_ms=2 * HOUR_MS, after_ms=7 * HOUR_MS)
    stage.script.assessed_after_reception = False
    stage.script.facts.extend(custody.release(stage.person, stage.ready_ms, at_ms + 28 * DAY_MS, "end_of_custody"))
    stage.assess(at_ms + 5 * HOUR_MS, "release")
    stage.truth("release-without-reassessment", _release(stage), at_ms, at_ms + 5 * HOUR_MS)


def release_in_five_days_unassessed(stage: Stage) -> None:
    """A release five days off is planned without an assessment, which comes only the night before."""
    person = stage.person
    at_ms = stage.moment(_PHONE_HOURS, after_ms=int(5.5 * DAY_MS))
    release_ms = local_ms(local_date(at_ms) + timedelta(days=5), 9 * 60 + 30)
    assessed_ms = release_ms - 10 * HOUR_MS
    stage.script.assessed_after_reception = False
    stage.script.facts.extend(custody.release(person, at_ms, release_ms, "end_of_custody"))
    stage.assess(assessed_ms, "release")
    _leaves(stage, release_ms, "end_of_custody")
    stage.truth("release-without-reassessment", _release(stage), at_ms, assessed_ms)


def release_at_short_notice(stage: Stage) -> None:
    """The plan is made a day before the release; she is told after three hours."""
    person = stage.person
    at_ms = stage.moment(_PHONE_HOURS, before_ms=4 * HOUR_MS, after_ms=36 * HOUR_MS)
    told_ms, release_ms = at_ms + 3 * HOUR_MS, local_ms(local_date(at_ms) + timedelta(days=1), 15 * 60)
    stage.assess(at_ms - 3 * HOUR_MS, "review")
    planned, *_ = custody.release(person, at_ms, release_ms, "end_of_custody")
    stage.script.facts.append(planned)
    _told(stage, told_ms)
    _leaves(stage, release_ms, "end_of_custody")
    stage.truth("short-notice-release", _release(stage), at_ms, told_ms)
    stage.truth("release-not-told", _release(stage), at_ms, told_ms, implied=True, certain=False)


def bailed_from_court(stage: Stage) -> None:
    """No plan at all: the court bails him, and she is told three quarters of an hour later."""
    at_ms = stage.moment((11 * 60, 16 * 60), before_ms=25 * HOUR_MS, after_ms=5 * HOUR_MS)
    told_ms = at_ms + 45 * MINUTE_MS
    stage.assess(at_ms - 24 * HOUR_MS, "review")
    _leaves(stage, at_ms, "bail")
    _told(stage, told_ms)
    stage.truth("short-notice-release", _release(stage), at_ms, told_ms)
    stage.truth("release-not-told", _release(stage), at_ms, told_ms, implied=True, certain=False)


def released_next_door(stage: Stage) -> None:
    """The address on the plan is four hundred metres from hers; twenty hours later it is another."""
    person = stage.person
    at_ms = stage.moment(_PHONE_HOURS, before_ms=4 * HOUR_MS, after_ms=24 * HOUR_MS)
    release_ms, safe_ms = local_ms(local_date(at_ms) + timedelta(days=8), 9 * 60 + 30), at_ms + 20 * HOUR_MS
    near_her = person.area.address(person.her.place.towards(stage.rng.uniform(0, 6), 400), ADDRESS_RADIUS_M)
    stage.assess(at_ms - 3 * HOUR_MS, "review")
    stage.script.facts.extend(custody.release(person, at_ms, release_ms, "end_of_custody", near_her))
    stage.script.facts.extend(custody.put_off(person, safe_ms, release_ms))
    _leaves(stage, release_ms, "end_of_custody")
    stage.truth("unsafe-release-address", _release(stage), at_ms, safe_ms)


def _release(stage: Stage) -> tuple[str, str]:
    return ("release", custody.release_id(stage.person))


def _told(stage: Stage, at_ms: int) -> None:
    for protected in stage.person.protected:
        fact = casework.informed(stage.person, at_ms, protected, "release", custody.release_id(stage.person))
        stage.script.facts.append(fact)


def _leaves(stage: Stage, at_ms: int, kind: str) -> None:
    stage.script.facts.extend(custody.released(stage.person, at_ms, kind))
    stage.script.leaves_custody_ms = at_ms
