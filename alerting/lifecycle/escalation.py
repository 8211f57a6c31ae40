"""Who is asked next when nobody answers: ladders that go round and never run out.

Each ladder is data, a tuple of rungs; a rung is a small function that names whoever stands on it now. Not when (that is
`alerting.lifecycle.due`) and not who must know from the start (`alerting.routing`). Called by the lifecycle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from alerting.lifecycle.handling import Ask, Owner
from alerting.lifecycle.step import Around
from alerting.on_duty import on_duty
from alerting.routing import INSTEAD, advocates, areas_of, assigned_to, excluded, route, standing_in, supervisors_of
from schemas.alert import Alert


class Person(NamedTuple):
    """Somebody who can be asked, and as what."""

    officer_id: str
    role: str


class Rung(NamedTuple):
    """One step of a ladder: its word in "escalates to ...", and who stands on it."""

    word: str
    people: Callable[[Alert, Around, datetime], Iterable[Person]]


def told(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001  every rung has one signature
    """Those whom the rule names, in its order."""
    return (Person(one.officer_id, one.role) for one in alert.recipients if one.reason != "escalated")


def deputies(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:
    """Beside whoever was told first: the others in that role, their line manager, and the duty officer of that role."""
    first = next(iter(told(alert, around, at)), None)
    return iter(()) if first is None else deputies_in(first.role, alert, around, at)


def deputies_in(role: str, alert: Alert, around: Around, at: datetime) -> Iterator[Person]:
    """The deputies of those who hold a role."""
    holders = [one.officer_id for one in alert.recipients if one.role == role and one.reason != "escalated"]
    yield from (Person(officer_id, role) for officer_id in holders[1:])
    managers = (around.directory.line_manager(officer_id, at) for officer_id in holders)
    yield from (Person(manager, role) for manager in managers if manager is not None)
    if role in INSTEAD:
        yield from _on_call(INSTEAD[role], around, at)


def supervisors(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:
    """The case's; without one, whoever was told first answers to somebody; else those of the area."""
    of_case = () if around.person is None else supervisors_of(around.person, around.directory, at)
    if of_case:
        yield from (Person(officer_id, "supervisor") for officer_id in of_case)
        return
    managers = (around.directory.line_manager(one.officer_id, at) for one in told(alert, around, at))
    first = next((manager for manager in managers if manager is not None), None)
    yield from () if first is None else (Person(first, "supervisor"),)
    yield from supervisors_of_area(alert, around, at)


def supervisors_of_area(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """Everybody whom the directory calls a supervisor in its areas."""
    return _by_directory("supervisor", areas_of(around.finding, around.person), around, at)


def duty_inspectors(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """On call in its areas."""
    return _on_call("duty_inspector", around, at)


def control_rooms(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """On call in its areas."""
    return _on_call("control_room", around, at)


def officers_of_case(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """Those who may hold a second key beside supervisors: not of a critical one."""
    if around.person is not None and alert.severity != "critical":
        for role in ("oic", "offender_manager", "prison_offender_manager"):
            yield from (Person(officer_id, role) for officer_id in assigned_to(around.person, role))


def anybody(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """The last rung of all: beyond the area, until somebody is there."""
    for role in ("duty_inspector", "control_room"):
        yield from (Person(officer_id, role) for officer_id in around.directory.on_call(role, None, at))
    for role in ("supervisor", "oic", "offender_manager"):
        yield from _by_directory(role, (None,), around, at)


def any_decider(alert: Alert, around: Around, at: datetime) -> Iterator[Person]:  # noqa: ARG001
    """Beyond the area, those who may decide."""
    yield from (Person(officer_id, "duty_inspector") for officer_id in around.directory.on_call("duty_inspector", None, at))
    yield from _by_directory("supervisor", (None,), around, at)


TO_ANSWER = (
    Rung("those told first", told),
    Rung("the deputy", deputies),
    Rung("the supervisor", supervisors),
    Rung("the duty inspector", duty_inspectors),
    Rung("the control room", control_rooms),
)
TO_CLOSE = (
    Rung("the supervisor", supervisors),
    Rung("the duty inspector", duty_inspectors),
    Rung("the control room", control_rooms),
)
TO_CONFIRM = (
    Rung("the supervisor", supervisors),
    Rung("the duty inspector", duty_inspectors),
    Rung("another officer of the case", officers_of_case),
    Rung("another supervisor", supervisors_of_area),
)
TO_DECIDE = (
    Rung("the supervisor", supervisors),
    Rung("the duty inspector", duty_inspectors),
    Rung("another supervisor", supervisors_of_area),
)

_BEYOND = {TO_ANSWER: anybody, TO_CLOSE: anybody, TO_CONFIRM: any_decider, TO_DECIDE: any_decider}


class Found(NamedTuple):
    """Who is asked now, and the word of the rung."""

    ask: Ask
    word: str


def climb(ladder: tuple[Rung, ...], step: int, alert: Alert, around: Around, at: datetime, but_not: Collection[str] = ()) -> Found:
    """The first on duty from that step on, going round once; then anybody beyond the area; `but_not` nobody of these.

    An ask without an officer: nobody is on duty anywhere. The caller keeps asking.
    """
    for place in range(step, step + len(ladder)):
        rung = ladder[place % len(ladder)]
        person = _first(rung.people(alert, around, at), around, at, but_not)
        if person is not None:
            return Found(Ask(officer_id=person.officer_id, role=person.role, step=place, since_at=at), rung.word)
    beyond = _first(_BEYOND[ladder](alert, around, at), around, at, but_not)
    if beyond is not None:
        return Found(Ask(officer_id=beyond.officer_id, role=beyond.role, step=step, since_at=at), "whoever is on duty anywhere")
    return Found(Ask(officer_id=None, role=None, step=step, since_at=at), "nobody: nobody is on duty")


def go_on_from(
    ladder: tuple[Rung, ...],
    asked: Ask | None,
    alert: Alert,
    around: Around,
    at: datetime,
    *,
    avoid: Collection[str],
    never: Collection[str],
) -> Found:
    """Who is asked after `asked` (None: whoever is first). Of `avoid` nobody where there is anybody else; of `never` nobody."""
    step = 0 if asked is None else asked.step + 1
    now = () if asked is None or asked.officer_id is None else (asked.officer_id,)
    found = climb(ladder, step, alert, around, at, {*avoid, *never, *now})
    return found if found.ask.officer_id is not None else climb(ladder, step, alert, around, at, never)


def everybody(rung: Iterable[Person], around: Around, at: datetime) -> tuple[Person, ...]:
    """All on a rung who are on duty, or who stands in for them; each once."""
    found: dict[str, Person] = {}
    for person in _there(rung, around, at):
        found.setdefault(person.officer_id, person)
    return tuple(found.values())


def still_has_it(owner: Owner, around: Around, at: datetime) -> bool:
    """Whether an owner may keep it: on duty, or within half an hour of it, and nobody who must not know of this person."""
    return owner.officer_id not in excluded(around.person) and on_duty(around.directory, owner.officer_id, owner.role, at, grace=True)


def colleagues(role: str, around: Around, at: datetime) -> tuple[Person, ...]:
    """Who would be told of this alert in a role now and is there: of several women's IDVAs, hers."""
    finding = around.finding.model_copy(update={"told": (role,)})
    would_be_told = route(finding, around.person, around.directory, at).recipients
    return everybody((Person(one.officer_id, one.role) for one in would_be_told), around, at)


def may_take(owner: Owner, alert: Alert, around: Around, at: datetime) -> bool:
    """Whether the owner of another alert of the incident may own this one as well."""
    hers = owner.role != "idva" or advocates(owner.officer_id, alert.protected_person_ids, around.person)
    return hers and still_has_it(owner, around, at)


def in_role(role: str, around: Around, at: datetime) -> tuple[Person, ...]:
    """Who can be asked in a role that somebody names: whoever would be told in it, or is called so by the directory in its areas."""
    of_alert = (one for one in colleagues(role, around, at) if one.role == role)
    return everybody(chain(of_alert, _by_directory(role, areas_of(around.finding, around.person), around, at)), around, at)


def _first(people: Iterable[Person], around: Around, at: datetime, but_not: Collection[str]) -> Person | None:
    return next((person for person in _there(people, around, at) if person.officer_id not in but_not), None)


def _there(people: Iterable[Person], around: Around, at: datetime) -> Iterator[Person]:
    never = excluded(around.person)
    for person in people:
        officer_id = standing_in(person.role, person.officer_id, around.directory, at, never)
        if officer_id is not None and (officer_id != person.officer_id or on_duty(around.directory, officer_id, person.role, at)):
            yield Person(officer_id, person.role)


def _on_call(role: str, around: Around, at: datetime) -> Iterator[Person]:
    for area in areas_of(around.finding, around.person):
        yield from (Person(officer_id, role) for officer_id in around.directory.on_call(role, area, at))


def _by_directory(role: str, areas: Iterable[str | None], around: Around, at: datetime) -> Iterator[Person]:
    for area in areas:
        yield from (Person(officer_id, role) for officer_id in around.directory.holding(role, area, at))
