"""What an officer states about who is there, as `directory.*` events: kept as facts for intake, and seen here at once.

The statement is taken into the ledger in the same transaction; when it comes back by the topic it is the same (source, id), and
has no effect twice. Refused where it would leave a role without a name. Called by the routes of officers, absences and shifts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import Request

from alerting import rota
from alerting.console.bodies import not_valid
from alerting.console.desk import Desk
from alerting.console.idempotency import key_of
from alerting.directory import Directory, learn
from alerting.ledger import clocks, facts, statements
from alerting.ledger.store import Writing
from alerting.rota import Gap
from alerting.routing import MAY_STAND_IN, enough, fits
from schemas.directory import DirectoryOfficer
from schemas.fields import Value, instant_text
from schemas.problems import Problem
from schemas.refusal import FieldError

MINUTE = timedelta(minutes=1)
JSON = Mapping[str, object]
MOST_GAPS = 50
"""So many gaps are named in a refusal: the first says enough."""


class Stated(NamedTuple):
    """The directory as it stood, and as it stands with what was just stated."""

    before: Directory
    after: Directory


def name_of(request: Request, officer_id: str, now: datetime) -> str:
    """The name of what a command makes, nobody else's. A key is forgotten after 24 h: what it makes then bears another day."""
    return f"{officer_id}:{key_of(request.headers)}:{now:%Y%m%d}"


def state(desk: Desk, writing: Writing, type_: str, said: Value, name: str, about: str) -> Stated:
    """State it now of what is called `about`. Raises 409 where something else stands of it; then nothing of this does."""
    before = statements.directory(writing.connection)
    fact = facts.Stated(id=name, type=type_, occurred_at=writing.now, data=said.model_dump(mode="json", by_alias=True))
    event = facts.state(writing, fact)
    officers = tuple(clocks.concerned(before, event))
    statements.state(writing, event)
    writing.audit("directory.stated", {"type": type_, "fact": name})
    after = learn(before, event)
    if event.order not in {register.last(about, writing.now) for register in (after.officers, after.absences, after.shifts)}:
        raise Problem("not_possible_now", "A later statement about this stands already. Nothing was done: look again.")
    clocks.of_owners(writing, officers, desk.policies)  # whoever goes away early must not keep an alert until the shift was to end
    return Stated(before, after)


def refuse_gaps(stated: Stated, from_at: datetime, to_at: datetime, now: datetime) -> None:
    """Raise 409 where a role would be left without a name in that time."""
    begins = max(from_at, now)
    if begins >= to_at:
        return
    where = rota.places(stated.before, (), now)
    found = rota.opened(stated.before, stated.after, where, begins, to_at)
    if found:
        first = found[0]
        detail = f"Nobody would be {first.role} in {first.area} from {instant_text(first.from_at)} to {instant_text(first.to_at)}."
        more = {"gaps": [gap_shown(gap) for gap in found[:MOST_GAPS]]}
        raise Problem("not_possible_now", f"{detail} Nothing was done: name somebody first.", more=more)


def gap_shown(gap: Gap) -> JSON:
    """A gap as JSON; whole minutes rounded up, so that a gap of seconds is one."""
    minutes = -(-(gap.to_at - gap.from_at) // MINUTE)
    return {
        "area": gap.area,
        "role": gap.role,
        "from_at": instant_text(gap.from_at),
        "to_at": instant_text(gap.to_at),
        "minutes": minutes,
        "away_ids": list(gap.away_ids),
        "clock_change": bool(rota.clock_changes(gap.from_at, gap.to_at)),
    }


def between(from_at: datetime, to_at: datetime, now: datetime) -> None:
    """Raise 422 unless it is a time that is not over."""
    if to_at <= from_at:
        raise not_valid((FieldError("/to", "not after from", "an instant after from"),))
    if to_at <= now:
        raise not_valid((FieldError("/to", "in the past", "an instant that is still to come"),))


def not_over(to_at: datetime, now: datetime) -> None:
    """Raise 409 where it is: who was on duty at an instant of the past is what later readers of an alert ask."""
    if to_at <= now:
        raise Problem("not_possible_now", f"It was over at {instant_text(to_at)}, and what was stays on the rota. Nothing was done.")


def somebody(directory: Directory, officer_id: str, now: datetime, pointer: str) -> DirectoryOfficer:
    """The officer meant. Raises 422 where nobody is known by that id, or they have left."""
    found = directory.officer(officer_id, now)
    if found is None or not found.roles:
        raise not_valid((FieldError(pointer, "nobody in the directory", "the officer_id of somebody who works here"),))
    return found


def stands_in(directory: Directory, deputy_id: str, away: DirectoryOfficer, now: datetime) -> None:
    """Raise 422 where the deputy would have by it, in a case of whoever is away, what none of their own roles has."""
    deputy = directory.officer(deputy_id, now)
    theirs = () if deputy is None else deputy.roles
    for role in MAY_STAND_IN:
        if role in away.roles and not fits(role, theirs):
            expected = f"for {role} somebody whose role is {' or '.join(enough(role))}"
            raise not_valid((FieldError("/deputy_id", f"somebody whose role is {' and '.join(theirs)}", expected),))


def fit(directory: Directory, officer_id: str, role: str, now: datetime, pointer: str) -> None:
    """Raise 422 where the officer's own roles do not let them hold that duty, on a shift or for another, or that role of a case."""
    if not rota.may_hold(directory, officer_id, role, now):
        officer = directory.officer(officer_id, now)
        theirs = " and ".join(officer.roles) if officer is not None and officer.roles else "nothing"
        expected = f"for {role} somebody whose role is {' or '.join(enough(role))}"
        raise not_valid((FieldError(pointer, f"somebody whose role is {theirs}", expected),))
