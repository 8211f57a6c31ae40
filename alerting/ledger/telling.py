"""Findings become alerts: the pure book, loaded with what the ledger holds of the people concerned, and what it makes written down.

What `vigil replay` does in memory, this does in one transaction, so that an alert is the same in both, to the byte; except for
whom the policy told and for reminders, which a replay does not have. Called by `alerting.ledger.taking`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import bindparam, update

from alerting.book import AlertBook, Entry
from alerting.grouping import ROWS
from alerting.ledger.alerts import Record, living, load_all, settled
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import ALERT
from alerting.lifecycle.door import matter
from alerting.lifecycle.handling import NOBODY_YET, Handling
from alerting.risk_order import SEVERITIES
from schemas.alert import Alert
from schemas.finding import Finding, FindingChange
from schemas.person import PersonView

SETTLED_AFTER = timedelta(hours=48)
"""As in a replay: nothing inside the horizon can change an alert that was over for so long."""

_OF_CONTACTS = next(row.rules for row in ROWS if row.name == "contact")
_QUIETLY = update(ALERT).where(ALERT.c.alert_id == bindparam("this")).values({"finding": bindparam("says"), "living": bindparam("lives")})


class Change(NamedTuple):
    """A change of a finding, and the person as he was known when it was found (None: about the system)."""

    change: FindingChange
    person: PersonView | None

    @property
    def person_id(self) -> str | None:
        """Whose it is."""
        return self.change.finding.person_id


def tell(writing: Writing, changes: Sequence[Change], terms: Terms) -> None:
    """What changed in findings, in order, into the ledger."""
    if not changes:
        return
    batch = _Batch(writing, changes, terms)
    batch.load(changes)
    for _, run in groupby(changes, key=lambda one: one.person_id):
        batch.apply(list(run))
    batch.keep()


class _Batch:
    """`held`: what the ledger has of the alerts in the book, which itself knows nothing of what people made of them."""

    def __init__(self, writing: Writing, changes: Sequence[Change], terms: Terms) -> None:
        self._writing, self._terms = writing, terms
        self._surroundings = Surroundings(writing.connection, terms.policies, (one.person for one in changes if one.person is not None))
        self._book = AlertBook()
        self._held: dict[str, Record] = {}
        self._last: dict[str | None, Change] = {}
        self._late: set[str] = set()

    def load(self, changes: Sequence[Change]) -> None:
        """Everything that these may touch: all that lives of whom they are about, and what they name.

        What is settled comes with the whole of its incident; what is somebody else's, with all of his: a merge gives alerts away.
        """
        connection = self._writing.connection
        people = {one.person_id for one in changes}
        self._take(living(connection, people))
        named = load_all(connection, self._book.not_held([one.change for one in changes]))
        self._take(living(connection, {record.alert.person_id for record in named.values()} - people))
        self._take(settled(connection, (name for name in named if name not in self._held)))

    def apply(self, run: Sequence[Change]) -> None:
        """One person's changes, or the system's."""
        self._book.apply([one.change for one in run], run[-1].person, self._surroundings.directory)
        self._last[run[0].person_id] = run[-1]
        self._late.update(one.change.finding.finding_id for one in run if one.change.out_of_order)

    def keep(self) -> None:
        """Write what is different, the most urgent first: whoever is told of several is alarmed by the worst."""
        let_go = self._settle()
        entries = {entry.alert.alert_id: entry for entry in (*self._book.entries(), *let_go.values())}
        carried = {name: self._carried(entry.alert) for name, entry in entries.items()}
        for name, entry in entries.items():
            self._surroundings.put(*_standing(entry, carried[name]))
        named = {name for entry in entries.values() for name in self._taken_over(entry.alert) if name in entries}
        gone_on = {name for name in named if entries[name].alert.status == "withdrawn" and not self._over(name)}
        changed = [name for name, entry in entries.items() if name in gone_on or self._is_new(entry.alert)]
        changed.sort(key=lambda name: (SEVERITIES[entries[name].alert.severity], entries[name].alert.began_at, name))
        taken = [
            self._step(entries[name], carried[name], superseded=name in gone_on)._replace(living=name not in let_go) for name in changed
        ]
        write(self._writing, taken, self._terms)
        self._keep_quietly({name: entries[name] for name in self._held if name not in changed}, let_go)

    def _step(self, entry: Entry, carried: Record | None, *, superseded: bool) -> Taken:
        """What the change makes of what people have made of it. `carried`: of itself, or of the predecessor that it goes on from."""
        alert, handling = _standing(entry, carried)
        around = self._surroundings.around(alert, entry.finding)
        before = None if carried is None else carried.alert
        further = carried is not None and _further(carried.finding, entry.finding)
        late = alert.alert_id in self._late
        step = matter(before, alert, handling, self._writing.now, around, further=further, superseded=superseded, out_of_order=late)
        held = self._held.get(alert.alert_id)
        return Taken(
            before=held,
            step=self._surroundings.moved(step),
            around=around,
            risk_level=self._surroundings.risk_level(alert) or (held.risk_level if held else None),
            heir_of=None if carried is held else carried,
            of_book=len(entry.alert.recipients),
        )

    def _take(self, records: Iterable[Record]) -> None:
        new = [record for record in records if record.alert.alert_id not in self._held]
        self._held.update((record.alert.alert_id, record) for record in new)
        self._book.take(Entry(record.of_book, record.finding) for record in new)

    def _settle(self) -> dict[str, Entry]:
        """What nothing can change any more leaves the book, as it would leave a replay's."""
        over: dict[str, Entry] = {}
        for person_id, last in self._last.items():
            gone = self._book.settle(person_id, last.change.at - SETTLED_AFTER)
            over.update((entry.alert.alert_id, entry) for entry in gone)
        return over

    def _is_new(self, alert: Alert) -> bool:
        held = self._held.get(alert.alert_id)
        return held is None or held.of_book != alert

    def _over(self, name: str) -> bool:
        held = self._held.get(name)
        return held is not None and held.handling.closed and held.alert.status == "withdrawn"

    def _taken_over(self, alert: Alert) -> tuple[str, ...]:
        """The alerts whose matter this one has just begun to go on with; they have no more to say."""
        held = self._held.get(alert.alert_id)
        if alert.status == "withdrawn" or (held is not None and held.alert.status != "withdrawn"):
            return ()
        return tuple(name for name in alert.supersedes if held is None or name not in held.alert.supersedes)

    def _carried(self, alert: Alert) -> Record | None:
        """What people have made of it so far: of itself, or of the alert whose reference it has just taken over."""
        before = [self._held[name] for name in self._taken_over(alert) if name in self._held]
        carrying = [record for record in before if record.alert.reference == alert.reference]
        own = self._held.get(alert.alert_id)
        return min(carrying, key=lambda record: (record.alert.raised_at, record.alert.alert_id), default=own)

    def _keep_quietly(self, unchanged: Mapping[str, Entry], let_go: Mapping[str, Entry]) -> None:
        """What nobody need hear of: what only the finding says, and whether it is settled."""
        rows = []
        for name, entry in unchanged.items():
            held, lives = self._held[name], name not in let_go
            if held.finding != entry.finding or held.living != lives:
                rows.append({"this": name, "says": entry.finding.model_dump_json(), "lives": lives})
        if rows:
            self._writing.connection.execute(_QUIETLY, rows)


def _standing(entry: Entry, carried: Record | None) -> tuple[Alert, Handling]:
    """An alert of the book as it is read, and what people have made of it so far."""
    return (entry.alert, NOBODY_YET) if carried is None else (carried.shown(entry.alert), carried.handling)


def _further(before: Finding, after: Finding) -> bool:
    """Whether it rests on one more contact or incident. A further fix is none: the rules of the row know nothing of positions."""
    return after.rule in _OF_CONTACTS and not set(after.evidence) <= set(before.evidence)
