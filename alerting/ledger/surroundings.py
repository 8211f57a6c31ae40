"""What surrounds alerts inside one transaction: the people, who there is, the clocks of the area, and the rest of the incident.

Steps of one incident are taken one after the other, and each must see what the one before it has changed. Called by `telling`,
`commanding` and `sweep`; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from alerting.ledger import people, statements
from alerting.ledger.alerts import Record, RiskLevel, load
from alerting.lifecycle.handling import Handling
from alerting.lifecycle.policy import Policies
from alerting.lifecycle.step import Around, Sibling, Step
from schemas.alert import Alert
from schemas.finding import Finding
from schemas.person import PersonView


class Surroundings:
    """Of the alerts that it was told of (`put`): all of an incident, or the others would not be seen."""

    def __init__(self, connection: Connection, policies: Policies, known: Iterable[PersonView] = ()) -> None:
        self._connection, self._policies = connection, policies
        self.directory = statements.directory(connection)
        self._alerts: dict[str, Sibling] = {}
        self._of_incident: dict[str, dict[str, None]] = {}
        self._people: dict[str, PersonView | None] = {view.person_id: view for view in known}

    def put(self, alert: Alert, handling: Handling) -> None:
        """How an alert stands now."""
        before = self._alerts.get(alert.alert_id)
        if before is not None:
            del self._of_incident[before.alert.incident_id][alert.alert_id]
        self._alerts[alert.alert_id] = Sibling(alert, handling)
        self._of_incident.setdefault(alert.incident_id, {})[alert.alert_id] = None

    def put_all(self, records: Iterable[Record]) -> None:
        """How these stand in the ledger."""
        for record in records:
            self.put(record.alert, record.handling)

    def moved(self, step: Step) -> Step:
        """A step was taken: whoever comes next sees it."""
        self.put(step.alert, step.handling)
        return step

    def around(self, alert: Alert, finding: Finding, duplicate_of: str | None = None) -> Around:
        """What surrounds one of them."""
        person = None if alert.person_id is None else self._person(alert.person_id)
        beside = (self._alerts[name] for name in self._of_incident.get(alert.incident_id, ()) if name != alert.alert_id)
        areas = alert.areas if person is None else person.areas
        cause = None if finding.joins is None else self._any(finding.joins)
        return Around(
            finding=finding,
            person=person,
            directory=self.directory,
            policy=self._policies.of(areas[0] if areas else None),
            siblings=tuple(one for one in beside if one.alert.status != "withdrawn" and not one.handling.closed),
            duplicate_of=None if duplicate_of is None else self._any(duplicate_of),
            cause=None if cause is None else cause.alert,
        )

    def risk_level(self, alert: Alert) -> RiskLevel | None:
        """Of its person, as last told."""
        person = None if alert.person_id is None else self._person(alert.person_id)
        return None if person is None else person.risk_level

    def _person(self, person_id: str) -> PersonView | None:
        if person_id not in self._people:
            self._people[person_id] = people.view(self._connection, person_id)
        return self._people[person_id]

    def _any(self, alert_id: str) -> Sibling | None:
        if alert_id in self._alerts:
            return self._alerts[alert_id]
        record = load(self._connection, alert_id)
        return None if record is None else Sibling(record.alert, record.handling)
