"""The alerts that are still alive: findings in, alerts out. What `vigil replay` and `vigil run` drive.

Not a store and not a clock: a shell keeps the entries durable, says when something happened, and delivers. Called by the
shells alone. The book holds state, and nothing else in the core does: everything it decides is a function beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.directory import Directory
from alerting.grouping import LONGEST_MARGIN, incidents
from alerting.matter import fold, in_incident, overtaken, succeed
from alerting.routing import Told, route
from alerting.wording import SUPERSEDED
from schemas.alert import Alert
from schemas.finding import Finding, FindingChange, reference
from schemas.person import PersonView

FACT_COUNTS = timedelta(days=14)
"""How long `compounding-risk` may still name a fact that has ended, and join its incident."""


class Entry(NamedTuple):
    """An alert and the finding that it was made of: what a shell stores, and hands back."""

    alert: Alert
    finding: Finding


class AlertBook:
    """The living alerts of every person, and of the system (person None)."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._of: dict[str | None, dict[str, None]] = {}

    @classmethod
    def load(cls, entries: Iterable[Entry]) -> AlertBook:
        """A book of what was stored."""
        book = cls()
        book.take(entries)
        return book

    def take(self, entries: Iterable[Entry]) -> None:
        """Take back what was stored or settled; of an incident, every member, or the rest would be named anew."""
        for entry in entries:
            self._keep(entry, {})

    def entries(self) -> tuple[Entry, ...]:
        """All that is held, to be stored."""
        return tuple(self._entries.values())

    def entry(self, alert_id: str) -> Entry | None:
        """One that is held, to be stored."""
        return self._entries.get(alert_id)

    def alerts(self) -> tuple[Alert, ...]:
        """All alerts held, as they stand, in the order in which they began."""
        return _in_order(entry.alert for entry in self._entries.values())

    def not_held(self, changes: Iterable[FindingChange]) -> tuple[str, ...]:
        """The alert ids that these changes speak of and the book does not hold: new ones, and those that a shell must hand back."""
        spoken = (name for change in changes for name in (change.finding.finding_id, *change.finding.supersedes, change.finding.joins))
        return tuple(dict.fromkeys(name for name in spoken if name is not None and name not in self._entries))

    def apply(
        self, changes: Sequence[FindingChange], person: PersonView | None, directory: Directory, at: datetime | None = None
    ) -> tuple[Alert, ...]:
        """One person's changes, or the system's; the alerts that are different afterwards.

        People are told at the instant of each change, or at `at` where the telling was held back. `raised_at` never moves.
        """
        owner = None if person is None else person.person_id
        was: dict[str, Alert | None] = {}
        moved: list[tuple[str, FindingChange]] = []
        for change in changes:
            finding = change.finding
            if finding.person_id != owner:
                raise ValueError(
                    f"{finding.finding_id} is about person {finding.person_id}, expected {owner}: apply one person's changes at a time"
                )
            held = self._alert(finding.finding_id)
            if held is not None and overtaken(held, change):
                continue
            if held is None and finding.status == "withdrawn" and finding.message_status != "actual":
                continue  # never told: what an exercise finds beside the actual lane is the actual lane's to tell, and to take back
            told = route(finding, person, directory, at or change.at)
            predecessors = self._predecessors(finding) if held is None or held.status == "withdrawn" else ()
            moved.extend((predecessor.alert_id, change) for predecessor in predecessors)
            alert = succeed(predecessors, change, told) if predecessors else self._with_own_reference(fold(held, change, told), change)
            self._keep(Entry(alert, finding), was)
        for name, change in moved:
            self._withdraw(name, change, was)
        for person_id in {entry.person_id for name in was for entry in (was[name], self._entries[name].alert) if entry is not None}:
            self._group(person_id, was)
        return _in_order(self._entries[name].alert for name, alert in was.items() if alert != self._entries[name].alert)

    def settle(self, person_id: str | None, before_at: datetime) -> tuple[Entry, ...]:
        """Let go of what is over for good before that instant, and hand it out; an incident goes as a whole.

        `before_at` is no later than the beginning of the horizon: evidence may still come for anything after it.
        """
        together: dict[str, list[Entry]] = {}
        for name in self._of.get(person_id, ()):
            entry = self._entries[name]
            together.setdefault(entry.alert.incident_id, []).append(entry)
        settled = [entry for members in together.values() if all(_over(member.alert, before_at) for member in members) for entry in members]
        for entry in settled:
            del self._entries[entry.alert.alert_id]
            del self._of[person_id][entry.alert.alert_id]
        return tuple(settled)

    def _alert(self, name: str) -> Alert | None:
        entry = self._entries.get(name)
        return None if entry is None else entry.alert

    def _keep(self, entry: Entry, was: dict[str, Alert | None]) -> None:
        """Hold an entry, under whom it is about now: a merge may have given it to another person. `was`: what stood before all this."""
        name, held = entry.alert.alert_id, self._alert(entry.alert.alert_id)
        was.setdefault(name, held)
        if held is not None and held.person_id != entry.alert.person_id:
            del self._of[held.person_id][name]
        self._entries[name] = entry
        self._of.setdefault(entry.alert.person_id, {})[name] = None

    def _predecessors(self, finding: Finding) -> tuple[Alert, ...]:
        """The alerts whose reference and history the finding takes over: those it names, unless another took them first."""
        if finding.status == "withdrawn":
            return ()
        taken = {name for alert in self._living(finding) for name in alert.supersedes}
        held = (self._alert(name) for name in finding.supersedes if name not in taken)
        return tuple(alert for alert in held if alert is not None)

    def _with_own_reference(self, alert: Alert, change: FindingChange) -> Alert:
        """Two living alerts never share a reference: one that comes back after its successor took it gets another."""
        if alert.status == "withdrawn" or all(other.reference != alert.reference for other in self._living(change.finding)):
            return alert
        return alert.model_copy(update={"reference": reference(f"{alert.alert_id} {change.at.isoformat()}")})

    def _living(self, finding: Finding) -> Iterator[Alert]:
        """The person's other alerts that are not withdrawn."""
        for name in self._of.get(finding.person_id, ()):
            alert = self._entries[name].alert
            if name != finding.finding_id and alert.status != "withdrawn":
                yield alert

    def _withdraw(self, name: str, change: FindingChange, was: dict[str, Alert | None]) -> None:
        """A predecessor never was, also where nobody has said so."""
        alert, finding = self._entries[name]
        if alert.status != "withdrawn":
            gone = finding.model_copy(update={"status": "withdrawn", "because": SUPERSEDED})
            withdrawn = FindingChange(at=change.at, change="withdrawn", finding=gone)
            self._keep(Entry(fold(alert, withdrawn, Told((), ())), gone), was)

    def _group(self, person_id: str | None, was: dict[str, Alert | None]) -> None:
        entries = [self._entries[name] for name in self._of.get(person_id, ())]
        for name, incident in incidents(entry.finding for entry in entries).items():
            alert, finding = self._entries[name]
            if alert.incident_id != incident:
                self._keep(Entry(in_incident(alert, incident), finding), was)


def _over(alert: Alert, before_at: datetime) -> bool:
    """Whether neither a neighbour nor a pattern can still join it to anything."""
    ended_at = alert.ended_at or alert.revisions[-1].at
    return alert.status != "open" and ended_at + LONGEST_MARGIN < before_at and alert.began_at + FACT_COUNTS < before_at


def _in_order(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    return tuple(sorted(alerts, key=lambda alert: (alert.began_at, alert.alert_id)))
