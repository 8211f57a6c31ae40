"""Prison life: reception, barred numbers, calls, messages and visits, and releases done by the book.

He calls his own relatives and his solicitor, and her number is barred within the hour, so nothing fires. A release by the book is
planned with more than three days' notice, with a safe address, a fresh assessment and her knowing; some are put off a day.
Read by `life`; the stories of prison and release build on `release`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from ops.simulate import casework
from ops.simulate.feeds import FITTERS, PRISON_CALLS, PRISONS
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_date, local_dates, local_ms, rfc3339
from ops.simulate.lines import Fact, when
from ops.simulate.people import ADDRESS_RADIUS_M, SETTLING_MS, Person
from ops.simulate.script import Script

_PRISONS = ("Wexcombe Vale", "Harle Moor", "Stannick Heath", "Oldmere")
_RELEASES_EVERY = 3
_RECALLED = 0.03
_SOLICITOR = "+443069990123"
_SOONEST_MS, _LATEST_MS = 4 * DAY_MS + 12 * HOUR_MS, 26 * DAY_MS


def received(person: Person, script: Script) -> Iterator[Fact]:
    """In prison from the beginning."""
    after = 4 if script.assessed_after_reception else 6
    yield from _reception(person, person.opened_ms + after * MINUTE_MS, "remand" if person.number % 4 == 0 else "sentenced")
    if person.former_noms:
        kept, removed = ({"type": "NOMS", "value": value} for value in (person.noms, person.former_noms))
        yield Fact(person.opened_ms + 20 * HOUR_MS, PRISONS, "identity.merged", {"kept": kept, "removed": removed})


def _reception(person: Person, at_ms: int, status: str) -> Iterator[Fact]:
    """The marker goes on his record, and her numbers are barred."""
    yield Fact(at_ms, PRISONS, "custody.received", {"prison": _prison(person), "status": status})
    yield Fact(at_ms + 20 * MINUTE_MS, PRISONS, "custody.marker", {"marker": "domestic_abuse", "set": True})
    for protected in person.protected:
        barred = {"number": protected.phone, "contact_id": protected.contact_id}
        yield Fact(at_ms + 40 * MINUTE_MS, PRISON_CALLS, "comms.number_barred", barred)
    yield Fact(at_ms + HOUR_MS, PRISON_CALLS, "comms.number_allowed", {"number": person.kin.phone, "relationship": "mother"})


def recalled(person: Person, script: Script, rng: Random, ends_ms: int) -> None:
    """Three tagged men in a hundred go to prison during the run, and the tag comes off: no window, for it is custody."""
    soonest_ms, latest_ms = person.opened_ms + DAY_MS, ends_ms - DAY_MS - 12 * HOUR_MS
    if rng.random() > _RECALLED or latest_ms < soonest_ms or not person.has_gps:
        return
    day = local_date(rng.randrange(soonest_ms, latest_ms + 1))
    at_ms = local_ms(day, 11 * 60 + rng.randrange(240))
    removed = {"device_id": person.device_id, "activation_id": f"ac-{person.key}-0", "reason": "custody"}
    script.facts.extend(_reception(person, at_ms, "recall" if person.order_kind == "licence" else "remand"))
    script.facts.append(Fact(at_ms + 10 * MINUTE_MS, FITTERS, "tagging.removed", removed))
    script.facts.append(casework.assigned(person, at_ms + 2 * HOUR_MS, "prison_offender_manager"))
    script.silence(at_ms + 10 * MINUTE_MS)
    script.quiet([day])
    script.enters_custody_ms = at_ms


def _prison(person: Person) -> str:
    return _PRISONS[person.number % len(_PRISONS)]


def days_inside(person: Person, script: Script, rng: Random, ends_ms: int) -> Iterator[Fact]:
    """Calls, messages and visits of each day, in order within a day only."""
    from_ms, until_ms = script.enters_custody_ms or person.opened_ms, min(script.leaves_custody_ms, ends_ms)
    for day in local_dates(from_ms, until_ms):
        facts = sorted(_day(person, rng, day), key=when)
        yield from (fact for fact in facts if from_ms + SETTLING_MS < fact.occurred_ms < until_ms - HOUR_MS)


def _day(person: Person, rng: Random, date_: date) -> Iterator[Fact]:
    midnight_ms, day = local_ms(date_, 0), date_.toordinal()

    def at_ms(first_hour: int, hours: int) -> int:
        return midnight_ms + first_hour * HOUR_MS + rng.randrange(hours * HOUR_MS) // 1_000 * 1_000

    before_merge = person.former_noms is not None and midnight_ms < person.opened_ms + 18 * HOUR_MS
    who = (("NOMS", person.former_noms),) if before_merge and person.former_noms else ()
    for n in range(rng.randrange(4)):
        outcome = rng.choice(("connected", "connected", "no_answer"))
        yield Fact(at_ms(9, 9), PRISON_CALLS, "comms.call", {
            "call_id": f"ca-{person.key}-{day}-{n}", "number": person.kin.phone, "outcome": outcome, "legal": False,
            "duration_s": rng.randrange(30, 900) if outcome == "connected" else 0,
        }, who)  # fmt: skip
    if (day + person.number) % 7 == 0:
        yield Fact(at_ms(10, 5), PRISON_CALLS, "comms.call", {
            "call_id": f"ca-{person.key}-{day}-legal", "number": _SOLICITOR, "outcome": "connected", "legal": True, "duration_s": 1_200,
        })  # fmt: skip
    if rng.random() < 0.2:  # noqa: PLR2004 -- a share
        yield Fact(at_ms(9, 9), PRISON_CALLS, "comms.message", {
            "message_id": f"me-{person.key}-{day}", "channel": rng.choice(("email", "letter")),
            "contact_id": person.kin.contact_id, "outcome": "sent",
        })  # fmt: skip
    if rng.random() < 0.02:  # noqa: PLR2004 -- she writes to him: no contact by him, whatever it is
        yield Fact(at_ms(9, 9), PRISON_CALLS, "comms.message", {
            "message_id": f"mi-{person.key}-{day}", "direction": "in", "channel": "letter",
            "contact_id": person.her.contact_id, "outcome": "sent",
        })  # fmt: skip
    weekday = (day + person.number) % 7
    visit = {"visit_id": f"vi-{person.key}-{(day + person.number) // 7}", "mode": "in_person", "contact_ids": [person.kin.contact_id]}
    if weekday in (2, 5):
        yield Fact(at_ms(13, 3), PRISON_CALLS, "comms.visit", {**visit, "status": "booked" if weekday == 2 else "attended"})  # noqa: PLR2004


def release_by_the_book(person: Person, script: Script, rng: Random, ends_ms: int) -> None:
    """One in three leaves prison during the run: told, assessed, housed, and half of them tagged on a licence."""
    last_ms = min(person.opened_ms + _LATEST_MS, ends_ms - DAY_MS)
    if person.number % _RELEASES_EVERY or last_ms < person.opened_ms + _SOONEST_MS + DAY_MS:
        return
    day = local_date(rng.randrange(person.opened_ms + _SOONEST_MS, last_ms))
    release_ms = local_ms(day, 9 * 60 + 30)
    script.facts.extend(release(person, person.opened_ms + SETTLING_MS, release_ms, "end_of_custody"))
    if rng.random() < 0.3 and release_ms + DAY_MS < last_ms:  # noqa: PLR2004 -- a share
        release_ms = local_ms(day + timedelta(days=1), 9 * 60 + 30)
        script.facts.extend(put_off(person, person.opened_ms + 6 * HOUR_MS, release_ms))
    script.facts.extend(released(person, release_ms, "end_of_custody"))
    script.leaves_custody_ms = release_ms
    if rng.random() < 0.5:  # noqa: PLR2004 -- a share
        _on_licence(person, script, rng, release_ms)


def _on_licence(person: Person, script: Script, rng: Random, release_ms: int) -> None:
    on_licence = replace(person, profile="gps", order_kind="licence")
    residence: casework.Condition = {"condition_id": "residence", "kind": "residence", "address": address(person)}
    script.facts.extend(casework.ordered(on_licence, release_ms, f"li-{person.key}", None, rng, (residence,)))
    script.facts.append(casework.assigned(person, release_ms - HOUR_MS, "offender_manager"))
    fit_ms = release_ms + 5 * HOUR_MS
    script.facts.append(casework.fitted(on_licence, fit_ms, person.device_id, f"ac-{person.key}-0"))
    script.silence(0, fit_ms + MINUTE_MS)
    script.fitted_on_release = True
    script.quiet([local_date(release_ms)])


def address(person: Person) -> dict[str, object]:
    """Where he goes: his home, kilometres from hers."""
    return person.area.address(person.home, ADDRESS_RADIUS_M)


def _plan(person: Person, release_ms: int, kind: str, where: dict[str, object] | None) -> dict[str, object]:
    plan: dict[str, object] = {"release_at": rfc3339(release_ms), "release_kind": kind, "release_id": release_id(person)}
    return plan if where is None else {**plan, "address": where}


def release_id(person: Person) -> str:
    return f"re-{person.key}"


def release(person: Person, at_ms: int, release_ms: int, kind: str, where: dict[str, object] | None = None) -> Iterator[Fact]:
    """It is planned, and an hour later she knows."""
    yield Fact(at_ms, PRISONS, "custody.release_planned", _plan(person, release_ms, kind, where or address(person)))
    yield from _she_is_told(person, at_ms + HOUR_MS)


def put_off(person: Person, at_ms: int, release_ms: int, kind: str = "end_of_custody") -> Iterator[Fact]:
    """The plan is another now (its date, or only its address), and an hour later she knows."""
    yield Fact(at_ms, PRISONS, "custody.release_changed", _plan(person, release_ms, kind, address(person)))
    yield from _she_is_told(person, at_ms + HOUR_MS)


def _she_is_told(person: Person, at_ms: int) -> Iterator[Fact]:
    for protected in person.protected:
        yield casework.informed(person, at_ms, protected, "release", release_id(person))


def released(person: Person, at_ms: int, kind: str) -> Iterator[Fact]:
    """He leaves, and is at his address by noon."""
    out = {"release_kind": kind, "confirmed": True, "address": address(person), "release_id": release_id(person)}
    yield Fact(at_ms, PRISONS, "custody.released", out)
    yield Fact(at_ms + 2 * HOUR_MS + 13 * MINUTE_MS, PRISONS, "custody.arrived", {"at": "address"})
