"""What may happen to an alert, and what follows: the one door to the transition table.

`command`: somebody says something. `matter`: streams told a change. `fire`: a clock ran out. `seen`: somebody opened it.
Each answers a `Step` (or, to a command, a `Refusal` and nothing done). Pure; the ledger writes the step down.
The rows: `command_rows`, `matter_rows`, `clock_rows`; what an alert's clocks are: `due`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import takewhile

from msgspec.structs import replace

from alerting.actor import row_of
from alerting.directory import Directory
from alerting.lifecycle import late_evidence
from alerting.lifecycle.alarming import Moment, then
from alerting.lifecycle.answering import Voice
from alerting.lifecycle.clock_rows import CLOCKS, SYSTEM
from alerting.lifecycle.command_rows import CHECKS, COMMANDS
from alerting.lifecycle.commands import NAMES, Close, Command, Speaker
from alerting.lifecycle.due import due
from alerting.lifecycle.handling import Handling
from alerting.lifecycle.matter_rows import MATTER
from alerting.lifecycle.row import Axis, Row, axes
from alerting.lifecycle.step import Around, Due, Entry, Refusal, Step
from alerting.matter import RANK
from alerting.on_duty import acting_in
from alerting.routing import INSTEAD, ON_CALL, advocates
from schemas.alert import Alert, Revision
from schemas.finding import MatterStatus, Severity
from schemas.person import PersonView

TABLE: tuple[Row, ...] = (*COMMANDS, *MATTER, *CLOCKS, *SYSTEM)
"""Everything that may happen."""

RANKS = (
    "duty_inspector",
    "supervisor",
    "oic",
    "offender_manager",
    "prison_offender_manager",
    "idva",
    "control_room",
    "marac_coordinator",
    "programme_case_manager",
)
"""Of several roles that let somebody say something, the first is the highest."""


OPENED = "people.opened"
"""Somebody has it before their eyes; that alone makes no version."""


def command(alert: Alert, handling: Handling, said: Command, by: Speaker, at: datetime, around: Around) -> Step | Refusal:
    """Somebody says something to an alert. In the order of console 1.1: 403, then 422, then 409; the version is the ledger's."""
    name, moment = NAMES[type(said)], Moment(alert, handling, at, around)
    rows = _rows(name, said, moment)
    voice = _voice(moment, by, rows)
    if voice is None:
        return Refusal("not_allowed", _who_may(name, said, rows))
    check = CHECKS.get(name)
    refused = None if check is None else check(moment, said, voice)
    if refused is not None:
        return refused
    mine = (row for row in rows if row_of(voice.role) in row.who and row.fits(moment))
    row = next((row for row in mine if row.so is None or row.so(moment, said, voice)), None)
    if row is None:
        return Refusal("not_possible_now", _why_not(name, moment))
    step = row.effect(moment, said, voice)
    opened = _opened(step.handling, voice.officer_id, step.alert, at)
    return settled(moment, step._replace(version_rises=True, handling=opened))


def possible(alert: Alert, handling: Handling, by: Speaker, at: datetime, around: Around) -> tuple[str, ...]:
    """The commands that somebody may say now: what an answer offers as `commands[]`."""
    moment = Moment(alert, handling, at, around)
    holding = frozenset(axis for axis, holds in axes(handling).items() if holds)
    voices: dict[frozenset[str], Voice | None] = {}
    found: dict[str, None] = {}
    for row in _offered_in(alert.severity, alert.status, holding):
        if row.name in found:
            continue
        if row.who not in voices:
            voices[row.who] = _voice(moment, by, [row])
        voice = voices[row.who]
        if voice is not None and row.offered is not None and row.offered(moment, voice):
            found[row.name] = None
    return tuple(found)


@lru_cache(None)
def _offered_in(severity: Severity, status: MatterStatus, holding: frozenset[Axis]) -> tuple[Row, ...]:
    """The rows of commands that fit such an alert and may be offered: asked for each alert of each page, and there are few answers."""
    return tuple(row for row in COMMANDS if row.offered is not None and row.fits_in(severity, status, holding))


def outcomes(alert: Alert, handling: Handling, by: Speaker, at: datetime, around: Around) -> tuple[str, ...]:
    """The outcomes with which somebody may close it now."""
    moment = Moment(alert, handling, at, around)
    return tuple(dict.fromkeys(row.outcome for row in COMMANDS if row.outcome is not None and _offers(row, moment, by)))


def matter(
    before: Alert | None,
    after: Alert,
    handling: Handling,
    at: datetime,
    around: Around,
    *,
    further: bool = False,
    superseded: bool = False,
    out_of_order: bool = False,
) -> Step:
    """What a change of the matter does. `before`: None for a new alert; for a successor its predecessor, whose handling it takes.

    `further`: it rests on one more contact or incident. `superseded`: another alert goes on with its reference. `out_of_order`:
    by evidence from before what was judged already; more may be on its way, so people are told once it settles.
    """
    fresh = _fresh(before, after)
    words = tuple(Entry(f"matter.{revision.change}", body={"because": revision.because}) for revision in fresh)
    news = bool(fresh) or further or handling.late_evidence is not None
    waiting = None
    if before is not None and news and not superseded and before.severity == after.severity:
        waiting = late_evidence.waiting(before, handling, at, further=further, out_of_order=out_of_order)
    if waiting is not None:
        moment = Moment(after, replace(handling, late_evidence=waiting), at, around)
        row = _matter_row(moment, before, "late_evidence")
        if row is not None:
            return row.effect(moment)._replace(entries=words)
    step = _changed(before, Moment(after, handling, at, around), further=further, superseded=superseded)
    return step._replace(entries=(*words, *step.entries), version_rises=step.version_rises or bool(fresh))


def _changed(before: Alert | None, moment: Moment, *, further: bool, superseded: bool) -> Step:
    """What a change, and whatever waited before it, is to those who have answered."""
    after, waited = moment.alert, moment.handling.late_evidence
    known = None if before is None else late_evidence.as_known(before, waited)
    fresh = late_evidence.came_to(_fresh(known, after), after, waited)
    further = further or (waited is not None and waited.further)
    handling = replace(moment.handling, late_evidence=None)
    began_again = before is not None and after.status == "open" and handling.may_end_itself
    moment = moment._replace(handling=replace(handling, may_end_itself=False) if began_again else handling)
    row = _matter_row(moment, known, _trigger(known, after, fresh, further=further, superseded=superseded))
    step = moment.becoming(moment.handling) if row is None else row.effect(moment)
    return settled(moment, step._replace(version_rises=row is not None and row.look_again))


def fire(alert: Alert, handling: Handling, ran_out: Due, at: datetime, around: Around) -> Step:
    """A clock ran out. One that the alert does not have any more, or that runs still, changes nothing: the step has no entries."""
    moment = Moment(alert, handling, at, around)
    runs = next((one for one in due(alert, handling, at, around) if (one.what, one.who) == (ran_out.what, ran_out.who)), None)
    if runs is None or runs.at > at:
        return moment.becoming(handling)
    row = clock_row(runs.what, moment)
    step = row.effect(moment, runs)
    if runs.what == "late_evidence":
        return then(step, _changed(alert, moment, further=False, superseded=False))
    return settled(moment, step._replace(version_rises=row.look_again))


def seen(alert: Alert, handling: Handling, officer_id: str, at: datetime, around: Around) -> Step:
    """Somebody opened it. Of those told, the first time since it last alarmed is a line of the history, and their role is heard."""
    moment = Moment(alert, handling, at, around)
    told = any(one.officer_id == officer_id for one in alert.recipients)
    if not told or (officer_id in handling.opened and officer_id not in handling.unseen_withdrawal):
        return moment.becoming(handling)
    return settled(moment, moment.becoming(_opened(handling, officer_id, alert, at), Entry(OPENED, officer_id)))


def settled(moment: Moment, step: Step) -> Step:
    """The step, and what the system does by itself after it."""
    here = moment.after(step)
    for row in SYSTEM:
        if row.fits(here) and row.so is not None and row.so(here):
            return then(step, row.effect(here)._replace(version_rises=True))
    return step


def clock_row(what: str, moment: Moment) -> Row:
    """The row of a clock that has run out."""
    return next(row for row in CLOCKS if row.name == what and row.fits(moment) and (row.so is None or row.so(moment)))


def _rows(name: str, said: Command, moment: Moment) -> list[Row]:
    """The rows of a command for an alert of this severity; of a closing, for its outcome. Where there are none, its check says why."""
    named = [row for row in COMMANDS if row.name == name]
    rows = [
        row for row in named if moment.alert.severity in row.severities and (not isinstance(said, Close) or row.outcome == said.outcome)
    ]
    return rows or named


def spoken_in(alert: Alert, by: Speaker, may: frozenset[str], at: datetime, directory: Directory, person: PersonView | None) -> str | None:
    """Of the roles that may, the one that somebody speaks in: as they were told of this alert, else the highest.

    A role of their own comes before one in which they only stand in: the history and the rules must not take a sergeant, told for
    an advocate whom she manages, for an advocate. It costs her nothing: all rows of one command and severity are open to the same.
    """
    told = [one.role for one in alert.recipients if one.officer_id == by.officer_id and row_of(one.role) in may]
    ranked = [acting_in(directory, by.officer_id, role, at) for role in RANKS if role in may]
    hers = "idva" not in ranked or advocates(by.officer_id, alert.protected_person_ids, person)
    roles = [*(acting_in(directory, by.officer_id, role, at) for role in told), *(role for role in ranked if role != "idva" or hers)]
    officer = directory.officer(by.officer_id, at)
    own = frozenset(() if officer is None else map(row_of, officer.roles))
    return next((role for role in roles if role in ON_CALL or row_of(role) in own), roles[0] if roles else None)


def _voice(moment: Moment, by: Speaker, rows: Iterable[Row]) -> Voice | None:
    """As what somebody says what these rows are about."""
    may = frozenset[str]().union(*(row.who for row in rows)) & by.roles
    role = spoken_in(moment.alert, by, may, moment.at, moment.around.directory, moment.around.person)
    return None if role is None else Voice(by.officer_id, role)


def _offers(row: Row, moment: Moment, by: Speaker) -> bool:
    if not row.fits(moment):
        return False
    voice = _voice(moment, by, [row])
    return voice is not None and (row.offered is None or row.offered(moment, voice))


def _fresh(before: Alert | None, after: Alert) -> tuple[Revision, ...]:
    """The revisions that this change brought; a successor has its predecessor's, without its withdrawal."""
    known = () if before is None else before.revisions
    same = takewhile(lambda pair: pair[0] == pair[1], zip(known, after.revisions, strict=False))
    return after.revisions[sum(1 for _ in same) :]


def _trigger(before: Alert | None, after: Alert, fresh: Iterable[Revision], *, further: bool, superseded: bool) -> str | None:
    """What a change is to those who have answered: of several, what asks most of them."""
    if superseded:
        return "superseded"
    if before is None:
        return "raised"
    words = {revision.change for revision in fresh}
    if "withdrawn" in words and after.status == "withdrawn":
        return "withdrawn"
    if after.status == "withdrawn":
        return None
    if before.status == "withdrawn" and before.alert_id == after.alert_id:
        return "stands_again"
    rise = RANK[after.severity] - RANK[before.severity]
    holds = (
        ("severity_up", rise > 0),
        ("reopened", "reopened" in words),
        ("confirmed", "confirmed" in words),
        ("further", further),
        ("closed", "closed" in words),
        ("severity_down", rise < 0),
        ("amended", "amended" in words),
    )
    return next((trigger for trigger, so in holds if so), None)


def _matter_row(moment: Moment, before: Alert | None, trigger: str | None) -> Row | None:
    """The row of a change; an alert that only came into another incident is answered with it, where that is answered."""
    if trigger is None and before is not None and before.incident_id != moment.alert.incident_id:
        trigger = "joined"
    rows = (row for row in MATTER if row.name == trigger and row.fits(moment) and (row.so is None or row.so(moment)))
    return next(rows, None)


def _opened(handling: Handling, officer_id: str, alert: Alert, at: datetime) -> Handling:
    """The officer has it before their eyes: their roles are heard, and a withdrawal is seen."""
    roles = {one.role for one in alert.recipients if one.officer_id == officer_id}
    roles |= {role for role, duty in INSTEAD.items() if duty in roles}
    return replace(
        handling,
        opened={officer_id: at, **handling.opened},
        roles_unheard=tuple(one for one in handling.roles_unheard if one.role not in roles),
        unseen_withdrawal=tuple(name for name in handling.unseen_withdrawal if name != officer_id),
    )


def _who_may(name: str, said: Command, rows: Iterable[Row]) -> str:
    what = f"close as {said.outcome}" if isinstance(said, Close) else name
    roles = sorted(frozenset[str]().union(*(row.who for row in rows)))
    return f"Your roles do not let you {what} this alert: expected one of {', '.join(roles)}"


def _why_not(name: str, moment: Moment) -> str:
    """Why a command is not in the table for an alert as it stands."""
    alert, handling = moment.alert, moment.handling
    directory = moment.around.directory
    owner = None if handling.owner is None else handling.owner.officer_id
    described = None if owner is None else directory.officer(owner, moment.at)
    who = owner if described is None else described.name
    states = (
        ("it is not shelved", name == "unshelve" and handling.shelf is None),
        ("nothing waits for a second key", name == "confirm" and not handling.awaiting_second_key),
        ("no such challenge waits for an answer", name == "answer-challenge"),
        ("it is closed", handling.closed),
        ("it is withdrawn", alert.status == "withdrawn"),
        ("a challenge waits for its answer", handling.challenged),
        ("it waits for the second key", handling.awaiting_second_key),
        ("it is shelved", handling.shelf is not None),
        ("its matter still goes on", name == "close" and alert.status == "open"),
        (f"{who} has it", who is not None),
    )
    return f"{name} is not possible now: {next((state for state, so in states if so), 'nobody has it')}"
