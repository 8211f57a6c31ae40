"""A small control room for the tests of the lifecycle: one alert, the people around it, and a clock that only the test moves.

Drives the core as the ledger does: a step is taken, the alert and its handling stand as it says, and the siblings see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.book import AlertBook, Entry
from alerting.directory import Directory
from alerting.lifecycle.alarming import Moment
from alerting.lifecycle.clock_rows import SYSTEM
from alerting.lifecycle.commands import NAMES, Acknowledge, Act, Close, Command, Confirm, Speaker
from alerting.lifecycle.door import TABLE, command, fire, matter, possible, seen
from alerting.lifecycle.due import due
from alerting.lifecycle.handling import NOBODY_YET, Action, Handling, Outcome
from alerting.lifecycle.policy import DEFAULT, Policy
from alerting.lifecycle.row import axes
from alerting.lifecycle.step import Around, Due, Refusal, Sibling, Step
from schemas.alert import Alert
from schemas.directory import DirectoryOfficer
from schemas.finding import Change, Finding, FindingChange
from schemas.person import PersonView
from tests.unit.alerting.invented import MINUTE, NOON, a_directory, a_finding, a_person, assigned, on_call

WHY = "She is safe: seen and spoken to at home."

ROWAN, OIC, IDVA, SUPERVISOR, INSPECTOR, OTHER_OIC = "of-9", "of-1", "of-3", "of-5", "of-7", "of-2"
ROLES = {
    ROWAN: "control_room",
    OIC: "oic",
    IDVA: "idva",
    SUPERVISOR: "supervisor",
    INSPECTOR: "duty_inspector",
    OTHER_OIC: "oic",
    "of-8": "supervisor",
    "of-4": "offender_manager",
    "of-6": "analyst",
    "of-19": "control_room",
}


def speaker(officer_id: str) -> Speaker:
    return Speaker(officer_id=officer_id, roles=frozenset({ROLES[officer_id]}))


def described(officer_id: str, role: str, manager: str | None = None, area: str = "avon") -> DirectoryOfficer:
    roles = () if role in {"control_room", "duty_inspector"} else (role,)
    return DirectoryOfficer(
        officer_id=officer_id, name=f"Officer {officer_id}", organisation="police", area=area, roles=roles, line_manager_id=manager
    )


def a_station() -> Directory:
    """Everybody is there: the control room, a duty inspector, the case's officers, and another supervisor."""
    return a_directory(
        *(described(officer_id, role) for officer_id, role in ROLES.items() if officer_id != "of-6"),
        on_call("control_room", ROWAN),
        on_call("duty_inspector", INSPECTOR),
    )


def a_team() -> PersonView:
    return a_person(assigned("oic", OIC), assigned("idva", IDVA), assigned("supervisor", SUPERVISOR))


class Told(NamedTuple):
    """Who was alarmed: officer and why."""

    officer_id: str
    reason: str


class Desk:
    """An incident with the people around it. `at` moves forward only by `wait`; every step taken is kept."""

    def __init__(
        self,
        finding: Finding | None = None,
        *,
        person: PersonView | None = None,
        directory: Directory | None = None,
        policy: Policy = DEFAULT,
        at: datetime = NOON,
    ) -> None:
        self.at = at
        self.directory = a_station() if directory is None else directory
        of_system = finding is not None and finding.person_id is None
        self.person: PersonView | None = None if of_system else person or a_team()
        self.policy = policy
        self.book = AlertBook()
        self.handlings: dict[str, Handling] = {}
        self.alerts: dict[str, Alert] = {}
        self.steps: list[Step] = []
        self.first = ""
        self.tell(finding if finding is not None else a_finding(told=("control_room", "oic", "idva")))

    # What is so

    @property
    def alert(self) -> Alert:
        return self.alerts[self.first]

    @property
    def handling(self) -> Handling:
        return self.handlings[self.first]

    @property
    def state(self) -> str:
        return self.handling.state

    @property
    def owner(self) -> str | None:
        return None if self.handling.owner is None else self.handling.owner.officer_id

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def told(self) -> list[str]:
        """Who was alarmed by the last step."""
        return [one.officer_id for one in self.last.tellings]

    @property
    def words(self) -> list[str]:
        """The lines that the last step wrote into the history."""
        return [one.what for one in self.last.entries]

    @property
    def history(self) -> list[str]:
        return [one.what for step in self.steps for one in step.entries]

    def around(self, name: str | None = None, duplicate_of: str | None = None) -> Around:
        name = name or self.first
        entry = self.book.entry(name)
        assert entry is not None
        siblings = tuple(
            Sibling(alert, self.handlings[other])
            for other, alert in self.alerts.items()
            if other != name
            and alert.incident_id == self.alerts[name].incident_id
            and alert.status != "withdrawn"
            and not self.handlings[other].closed
        )
        duplicate = None if duplicate_of is None else Sibling(self.alerts[duplicate_of], self.handlings[duplicate_of])
        cause = None if entry.finding.joins is None else self.alerts.get(entry.finding.joins)
        return Around(entry.finding, self.person, self.directory, self.policy, siblings, duplicate, cause)

    def due(self, name: str | None = None) -> tuple[Due, ...]:
        name = name or self.first
        return due(self.alerts[name], self.handlings[name], self.at, self.around(name))

    def clocks(self) -> dict[str, timedelta]:
        """What runs, and how long from now; of a role's clock the role beside it."""
        return {f"{one.what} {one.who}".strip(): one.at - self.at for one in self.due()}

    def can(self, officer_id: str) -> tuple[str, ...]:
        return possible(self.alert, self.handling, speaker(officer_id), self.at, self.around())

    # What happens

    def tell(self, *findings: Finding, change: Change = "raised", further: bool = False, late: bool = False) -> None:
        """Streams tells a change of each, at this instant."""
        for finding in findings:
            name = finding.finding_id
            before = self.alerts.get(name)
            held = self.book.entry(name)
            if before is not None and held is not None:  # what the policy told, and reminders, stand in the ledger's alert
                self.book.take([Entry(before, held.finding)])
            changed = self.book.apply([FindingChange(at=self.at, change=change, finding=finding)], self.person, self.directory)
            entry = self.book.entry(name)
            assert entry is not None
            heir_of = next((one for one in finding.supersedes if one in self.alerts), None) if before is None else None
            handling = self.handlings.get(heir_of or name, NOBODY_YET)
            self.first = self.first or name
            known = self.alerts[heir_of] if heir_of is not None else before
            was = {
                one.alert_id: self.alerts[one.alert_id]
                for one in changed
                if one.alert_id in self.alerts and one.alert_id not in {name, heir_of}
            }
            for other in changed:
                if other.alert_id in was:  # its incident has another name now
                    self.alerts[other.alert_id] = was[other.alert_id].model_copy(update={"incident_id": other.incident_id})
            self.alerts[name], self.handlings[name] = entry.alert, handling
            self.take(matter(known, entry.alert, handling, self.at, self.around(name), further=further, out_of_order=late), "matter")
            for other_name, stood in was.items():
                step = matter(stood, self.alerts[other_name], self.handlings[other_name], self.at, self.around(other_name))
                if step.handling != self.handlings[other_name]:
                    self.take(step, "matter")
            if heir_of is not None:
                gone = self.book.entry(heir_of)
                assert gone is not None
                self.take(matter(known, gone.alert, handling, self.at, self.around(heir_of), superseded=True), "matter", "superseded")

    def say(self, officer_id: str, said: Command, name: str | None = None, duplicate_of: str | None = None) -> Step | Refusal:
        name = name or self.first
        answer = command(self.alerts[name], self.handlings[name], said, speaker(officer_id), self.at, self.around(name, duplicate_of))
        if isinstance(answer, Step):
            self.take(answer, "command", NAMES[type(said)])
        return answer

    def does(self, officer_id: str, said: Command, name: str | None = None, duplicate_of: str | None = None) -> Step:
        """As `say`, and it must be possible."""
        answer = self.say(officer_id, said, name, duplicate_of)
        assert isinstance(answer, Step), answer
        return answer

    def refused(self, officer_id: str, said: Command, duplicate_of: str | None = None) -> str:
        """As `say`, and it must be refused: the code. Nothing is done."""
        before = self.handlings[self.first]
        answer = self.say(officer_id, said, duplicate_of=duplicate_of)
        assert isinstance(answer, Refusal), answer
        assert before is self.handlings[self.first]
        return answer.code

    def opens(self, officer_id: str) -> None:
        self.take(seen(self.alert, self.handling, officer_id, self.at, self.around()))

    def wait(self, span: timedelta, only: Iterable[str] = ()) -> list[str]:
        """Time passes, and every clock that runs out fires at its instant (or `only` these). What fired, in order."""
        until_at, fired = self.at + span, []
        while True:
            running = [(one, name) for name in self.alerts for one in self.due(name) if not only or one.what in only]
            nearest = min(running, key=lambda one: (one[0].at, one[1], one[0].what, one[0].who), default=None)
            if nearest is None or nearest[0].at > until_at:
                break
            one, name = nearest
            self.at = max(self.at, one.at)
            fired.append(f"{one.what} {one.who}".strip())
            assert len(fired) < 10_000, "clocks go round without an end"
            self.take(fire(self.alerts[name], self.handlings[name], one, self.at, self.around(name)), "clock", one.what)
        self.at = until_at
        return fired

    def take(self, step: Step, kind: str = "", name: str = "") -> None:
        if kind:
            self._is_what_a_row_says(step, kind, name)
        self.alerts[step.alert.alert_id], self.handlings[step.alert.alert_id] = step.alert, step.handling
        self.steps.append(step)

    def _is_what_a_row_says(self, step: Step, kind: str, name: str) -> None:
        """The axes stand as some row of that name sets them, and as the system may have settled them after it."""
        before, after = self.handlings[step.alert.alert_id], axes(step.handling)
        moment = Moment(step.alert, before, self.at, self.around(step.alert.alert_id))
        if before == step.handling:
            return
        rows = [row for row in TABLE if row.kind == kind and (not name or row.name == name) and row.fits(moment)]
        if name == "late_evidence":  # then what the matter's rows say of all that waited
            rows += [row for row in TABLE if row.kind == "matter" and row.fits(moment)]
        said = [{**axes(before), **row.sets} for row in rows] or [axes(before)] * (kind == "matter")
        allowed = [*said, *({**one, **row.sets} for one in said for row in SYSTEM)]
        assert after in allowed, f"{kind} {name}: the axes are {after}, which no row of the table sets from {axes(before)}"

    # What is often said

    def acknowledged(self, officer_id: str = ROWAN, span: timedelta = 20 * MINUTE) -> Desk:
        self.does(officer_id, Acknowledge(intent="send_unit", until_at=self.at + span))
        return self

    def acted(self, officer_id: str = ROWAN, action: Action = "unit_sent") -> Desk:
        self.does(officer_id, Act(action=action))
        return self

    def closed(self, officer_id: str = OIC, outcome: Outcome = "enforced") -> Desk:
        self.does(officer_id, Close(outcome=outcome, rationale=WHY))
        return self

    def confirmed(self, officer_id: str = SUPERVISOR, *, agree: bool = True) -> Desk:
        self.does(officer_id, Confirm(agree=agree, rationale=WHY))
        return self


def ended(finding: Finding, at: datetime) -> Finding:
    return finding.model_copy(update={"status": "closed", "ended_at": at})


def withdrawn(finding: Finding) -> Finding:
    return finding.model_copy(update={"status": "withdrawn"})


def of_severity(severity: str, told: Sequence[str] = ("control_room", "oic", "idva"), **fields: object) -> Finding:
    finding = a_finding(told=told)
    return finding.model_copy(update={"severity": severity, **fields})
