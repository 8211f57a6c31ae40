"""A ledger with invented people and alerts, and officers as the directory has them, to ask who reaches what."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from alerting.actor import Actor, actor
from alerting.directory import Directory
from alerting.ledger import people
from alerting.ledger.alerts import Kept, Record, keep
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import GRANT
from alerting.ledger.tables.alerts import HISTORY
from alerting.lifecycle.handling import NOBODY_YET, Handling
from alerting.matter import fold
from alerting.routing import Told
from schemas.alert import Reason, Recipient
from schemas.directory import DirectoryOfficer, DirectoryOnCall, OnCallRole
from schemas.event import Data
from schemas.finding import Severity
from schemas.person import Assignment, PersonView, ProtectedPersonView
from tests.unit.alerting.invented import NOON, a_change, a_directory, a_finding

HOUR = timedelta(hours=1)


class Town:
    """One force area or two, a man, two women, and whoever is to look at them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._said: list[Data] = []

    def officer(self, officer_id: str, *roles: str, area: str = "avon") -> str:
        self._said.append(DirectoryOfficer(officer_id=officer_id, name="PC Rowan", organisation="police", area=area, roles=roles))
        return officer_id

    def shift(self, officer_id: str, role: OnCallRole, area: str = "avon", *, hours: tuple[int, int] = (-1, 8)) -> None:
        from_, to = (NOON + number * HOUR for number in hours)
        self._said.append(DirectoryOnCall(role=role, area=area, officer_id=officer_id, from_=from_, to=to))

    def said(self, *more: Data) -> None:
        self._said.extend(more)

    def directory(self) -> Directory:
        return a_directory(*self._said)

    def actor(self, officer_id: str, at: datetime = NOON) -> Actor:
        found = actor(self.directory(), officer_id, at)
        assert found is not None
        return found

    def person(
        self,
        person_id: str = "pe-1",
        *,
        team: Sequence[tuple[str, str, str | None]] = (),
        protected: Sequence[tuple[str, str | None]] = (("pp-1", "avon"), ("pp-2", "avon")),
        areas: Sequence[str] = ("avon",),
        restricted: bool = False,
        in_custody: bool = False,
        excluded: Sequence[str] = (),
    ) -> None:
        """`team`: (role, officer, protected person)."""
        view = PersonView(
            person_id=person_id,
            label="Sam Field (A1234AA)",
            areas=tuple(areas),
            risk_level="high",
            restricted=restricted,
            in_custody=in_custody,
            excluded_officer_ids=tuple(excluded),
            team=tuple(Assignment(role=role, officer_id=who, protected_person_id=her, since_at=NOON) for role, who, her in team),
            protected=tuple(ProtectedPersonView(protected_person_id=her, area=area) for her, area in protected),
        )
        with self.ledger.write(NOON) as writing:
            people.take(writing, [view])

    def alert(
        self,
        subject: str = "pp-1",
        *,
        person_id: str | None = "pe-1",
        areas: Sequence[str] = ("avon",),
        at_risk: Sequence[str] = ("pp-1",),
        told: Sequence[tuple[str, str, Reason]] = (),
        severity: Severity = "critical",
        handling: Handling = NOBODY_YET,
        kept_at: datetime = NOON,
    ) -> str:
        """`told`: (role, officer, reason)."""
        finding = a_finding(subject=subject, person_id=person_id, areas=areas, at_risk=at_risk, severity=severity)
        recipients = tuple(Recipient(officer_id=who, role=role, reason=reason, at=NOON) for role, who, reason in told)
        alert = fold(None, a_change(finding), Told(recipients, ()))
        with self.ledger.write(kept_at) as writing:
            record = Record(
                alert=alert,
                finding=finding,
                handling=handling,
                version=1,
                seq=writing.next_seq(),
                risk_level="high",
                living=True,
                recipients_of_book=len(alert.recipients),
            )
            keep(writing, [Kept(None, record, ())])
        return alert.alert_id

    def acted(self, officer_id: str, alert_id: str, at: datetime, result: str = "done") -> None:
        row = {"alert_id": alert_id, "version": 1, "at": at, "what": "people.noted", "by_id": officer_id, "role": "oic", "result": result}
        shown = {"severity": "high", "state": "closed", "alarm": "none", "areas": "[]", "body": "{}"}
        with self.ledger.write(at) as writing:
            writing.connection.execute(insert(HISTORY).values(seq=writing.next_seq(), **row, **shown))

    def break_glass(self, officer_id: str, subject: str, at: datetime = NOON) -> None:
        row = {"grant_id": f"gr-{officer_id}-{subject}", "officer_id": officer_id, "kind": "break_glass", "subject": subject}
        with self.ledger.write(at) as writing:
            writing.connection.execute(insert(GRANT).values(**row, reason="She called from his phone.", at=at, until_at=at + HOUR))

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        with self.ledger.read() as connection:
            yield connection
