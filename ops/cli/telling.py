"""What judging tells, turned into alerts and kept: the alerting half of an embedded run.

Remembers what is different since the last save and writes it in the keeper's transaction; what is open is shown only
once it is durable. Called by `ops.cli.running`, on the judging thread; `open_alerts` by any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from alerting.book import AlertBook, Entry
from alerting.risk_order import place
from ops.cli.alert_table import AlertTable, Row
from ops.cli.world import World
from schemas.alert import Alert
from schemas.event import Event
from streams.embedded.judge import Judge
from streams.embedded.told import Told

SETTLES = timedelta(hours=6)
"""How often, on the clock of arrivals, alerts that are over for good leave the memory: as in a replay."""


class Telling:
    """The alerts of one run."""

    def __init__(self, table: AlertTable, judge: Judge) -> None:
        self._table = table
        rows = list(table.living())
        book = AlertBook.load(row.entry for row in rows)
        self.world = World(judge, book=book, directory=table.directory(), hand_back=self._hand_back)
        self._risk_level: dict[str, str | None] = {row.entry.alert.alert_id: row.risk_level for row in rows}
        self._open = {row.entry.alert.alert_id: row.entry.alert for row in rows if row.entry.alert.status == "open"}
        self._changed: dict[str, None] = {}
        self._settled: dict[str, Entry] = {}
        self._stated: list[Event] = []
        self._settled_at = table.settled_at()

    @property
    def unsaved(self) -> bool:
        """Whether anything is different since the last save."""
        return bool(self._changed or self._settled or self._stated)

    def learn(self, event: Event) -> None:
        """A statement about who is there."""
        self.world.learn(event)
        self._stated.append(event)

    def tell(self, told: Iterable[Told]) -> list[Alert]:
        """What the judge has told; the alerts that are different now."""
        changed: list[Alert] = []
        for one in told:
            alerts = list(self.world.tell((one,)))
            changed.extend(alerts)
            names = {*(alert.alert_id for alert in alerts), *(change.finding.finding_id for change in one.changes)}
            for name in sorted(names):
                self._changed[name] = None
                self._risk_level[name] = None if one.person is None else one.person.risk_level
        return changed

    def settle(self, clock: datetime) -> None:
        """After an arrival: let go of what nothing can change any more, when it is time."""
        self._settled_at = self._settled_at or clock
        if clock - self._settled_at >= SETTLES:
            self._settled.update((entry.alert.alert_id, entry) for entry in self.world.settle())
            self._settled_at = clock

    def save(self) -> None:
        """Write what is different, into the transaction under way; `saved` when it is durable."""
        self._table.state(self._stated)
        self._table.save(self._rows())
        if self._settled_at is not None:
            self._table.save_settled_at(self._settled_at)

    def saved(self) -> None:
        """What `save` wrote is durable."""
        shown = dict(self._open)
        for row in self._rows():
            alert = row.entry.alert
            if alert.status == "open":
                shown[alert.alert_id] = alert
            else:
                shown.pop(alert.alert_id, None)
                if row.settled:
                    self._risk_level.pop(alert.alert_id, None)
        self._open = shown
        self._changed.clear()
        self._settled.clear()
        self._stated.clear()

    def open_alerts(self) -> tuple[Alert, ...]:
        """The open alerts as they are stored, in the order in which they should be worked."""
        return tuple(sorted(self._open.values(), key=lambda alert: place(alert, self._risk_level.get(alert.alert_id))))

    def _rows(self) -> Iterator[Row]:
        for name in self._changed:
            if name not in self._settled and (entry := self.world.book.entry(name)) is not None:
                yield Row(entry, self._risk_level.get(name))
        for name, entry in self._settled.items():
            yield Row(entry, self._risk_level.get(name), settled=True)

    def _hand_back(self, alert_ids: Iterable[str]) -> Iterator[Entry]:
        missing: list[str] = []
        for name in alert_ids:
            found = self._settled.get(name)
            if found is None:
                missing.append(name)
                continue
            for entry in [one for one in self._settled.values() if one.alert.incident_id == found.alert.incident_id]:
                del self._settled[entry.alert.alert_id]
                self._changed[entry.alert.alert_id] = None
                yield entry
        for entry in self._table.settled(missing):
            self._changed[entry.alert.alert_id] = None
            yield entry
