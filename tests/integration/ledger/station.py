"""A small control room on a real ledger, with a clock that only the test moves: what streams tells, what people say, what runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row, select

from alerting.auditor import Report, audit
from alerting.ledger import alerts, commanding, outbox
from alerting.ledger.alerts import Record
from alerting.ledger.commanding import Spoken
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import Swept, sweep
from alerting.ledger.tables.alerts import HISTORY
from alerting.ledger.taking import Incoming, take
from alerting.lifecycle.commands import Acknowledge, Command, Speaker
from alerting.lifecycle.step import Due
from schemas import codec, topics
from schemas.directory import DirectoryAbsence, DirectoryOfficer
from schemas.event import Data, Event, Identifier
from schemas.finding import Change, Finding, FindingChange
from schemas.person import PersonView
from schemas.types import TYPES
from tests.unit.alerting.handled import INSPECTOR, ROLES, ROWAN, a_team
from tests.unit.alerting.invented import DAY, MINUTE, NOON, on_call

LOG = "embedded-test"
TERMS = Terms("https://vigil.example.org")
NAMES = {
    "DirectoryOfficer": "directory.officer",
    "DirectoryAbsence": "directory.absence",
    "DirectoryAbsenceCancelled": "directory.absence_cancelled",
    "DirectoryOnCall": "directory.on_call",
}


class Station:
    """`now` moves by `wait`; every record that streams tells has the next number."""

    def __init__(self, ledger: Ledger, person: PersonView | None = None) -> None:
        self.ledger = ledger
        self.now = NOON
        self.number = 0
        self.states(*(self.officer(name, role) for name, role in ROLES.items()))
        self.states(on_call("control_room", ROWAN), on_call("duty_inspector", INSPECTOR))
        self.knows(person or a_team().model_copy(update={"identifiers": (Identifier("NOMS", "A1234AA"),)}))

    @staticmethod
    def officer(name: str, role: str) -> DirectoryOfficer:
        roles = () if role in {"control_room", "duty_inspector"} else (role,)
        said = {"officer_id": name, "name": f"Officer {name}", "organisation": "police", "area": "avon", "roles": roles}
        return DirectoryOfficer.model_validate({**said, "channels": {"email": f"{name}@example.org"}})

    def record(self, topic: str, value: bytes) -> Incoming:
        self.number += 1
        return Incoming(LOG, 0, self.number, topic, value)

    def states(self, *said: Data) -> None:
        """Somebody says who is there."""
        events = []
        for data in said:
            name = NAMES[type(data).__name__]
            event = Event(
                id=f"d-{self.number + 1}", source="directory/hr", type=name, rank=TYPES[name].rank, occurred_at=self.now - DAY, data=data
            )
            events.append(self.record(topics.DIRECTORY, codec.encode(event)))
        take(self.ledger, events, self.now, TERMS)

    def knows(self, person: PersonView) -> None:
        """Streams tells of a person."""
        take(self.ledger, [self.record(topics.PEOPLE, person.model_dump_json().encode())], self.now, TERMS)

    def tells(self, *findings: Finding, change: Change = "raised", at: datetime | None = None, out_of_order: bool = False) -> str:
        """Streams tells of findings; the id of the first."""
        self.takes(*(FindingChange(at=at or self.now, change=change, finding=finding, out_of_order=out_of_order) for finding in findings))
        return findings[0].finding_id

    def takes(self, *changes: FindingChange) -> None:
        """Streams tells of these in one batch."""
        take(self.ledger, [self.record(topics.FINDINGS, one.model_dump_json().encode()) for one in changes], self.now, TERMS)

    def says(self, officer_id: str, said: Command, alert_id: str, version: int | None = None) -> Spoken:
        """Somebody says something to an alert, having seen it as it stands."""
        speaker = Speaker(officer_id=officer_id, name=None, roles=frozenset({ROLES[officer_id]}))
        with self.ledger.write(self.now) as writing:
            seen = self.alert(alert_id).version if version is None else version
            return commanding.say(writing, alert_id, said, speaker, seen, TERMS)

    def wait(self, span: timedelta) -> Swept:
        """Time goes by, and the sweep looks once at the end of it."""
        self.now += span
        return sweep(self.ledger, self.now, TERMS)

    def sends(self) -> list[outbox.Claimed]:
        """Everything that is due leaves."""
        with self.ledger.write(self.now) as writing:
            claimed = outbox.claim(writing, MINUTE, limit=1000)
            for one in claimed:
                outbox.handed_over(writing, one)
            return list(claimed)

    def alert(self, alert_id: str) -> Record:
        with self.ledger.read() as connection:
            record = alerts.load(connection, alert_id)
        assert record is not None
        return record

    def clocks(self, alert_id: str) -> dict[str, Due]:
        with self.ledger.read() as connection:
            return {due.what: due for due in alerts.timers(connection, alert_id)}

    def history(self, alert_id: str) -> list[Row[tuple[object, ...]]]:
        with self.ledger.read() as connection:
            return list(connection.execute(select(HISTORY).where(HISTORY.c.alert_id == alert_id).order_by(HISTORY.c.seq)))

    def words(self, alert_id: str) -> list[str]:
        return [row.what for row in self.history(alert_id)]

    def books(self) -> Report:
        return audit(self.ledger.url, self.now)


def promise(now: datetime, minutes: int = 20) -> Acknowledge:
    """I send a unit, and by then it has been there."""
    return Acknowledge(intent="send_unit", until_at=now + minutes * MINUTE)


def away(officer_id: str, from_at: datetime, deputy_id: str | None = None) -> DirectoryAbsence:
    """Somebody is not there for a day."""
    return DirectoryAbsence(officer_id=officer_id, from_=from_at, to=from_at + DAY, deputy_id=deputy_id)
