"""Findings at a steady load onto a real topic, as streams would tell them, and who is there to be told. Invented.

Remembers all that the broker acknowledged, in order: what the ledger must make of it, the pure book says.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from schemas.finding import About, Change, Finding, FindingChange, Severity, finding_id
from schemas.person import Assignment, PersonView, ProtectedPersonView
from schemas.topics import DIRECTORY, FINDINGS, PEOPLE

if TYPE_CHECKING:
    from kafka import KafkaProducer

AREAS, PERSONS = 20, 200
LASTS_S = 300
"""The broker may be away for so long without a record being given up, or said twice."""
_RULES = ("exclusion-zone-entry", "curfew-absence", "strap-tamper", "no-contact", "reporting-missed")
_SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
_WEIGHTS = (1, 3, 10, 6)
_NEW = 0.7
"""How many of the changes raise a finding; the others change one that is open."""


class Record(NamedTuple):
    """One record of a topic."""

    topic: str
    key: str
    value: bytes


def who(now: datetime) -> Iterator[Record]:
    """Officers with their channels, who is on call, and people with their team."""
    said: list[tuple[str, dict[str, object]]] = []
    for area in range(AREAS):
        said += [_officer(f"of-{role}-{area}", role, area) for role in ("supervisor", "control_room", "duty_inspector")]
        span = {"from": _at(now - timedelta(days=1)), "to": _at(now + timedelta(days=30))}
        for role in ("control_room", "duty_inspector"):
            said.append(("directory.on_call", {"role": role, "area": f"area-{area}", "officer_id": f"of-{role}-{area}", **span}))
    said += [_officer(oic(person), "oic", person % AREAS, f"of-supervisor-{person % AREAS}") for person in range(PERSONS)]
    at = _at(now - timedelta(days=2))
    for number, (type_, data) in enumerate(said):
        event = {"id": f"d-{number}", "source": "directory/hr", "type": type_, "occurred_at": at, "received_at": at, "data": data}
        yield Record(DIRECTORY, f"directory/hr d-{number}", json.dumps(event).encode())
    for person in range(PERSONS):
        yield Record(PEOPLE, f"pe-{person}", view(person, now).model_dump_json().encode())


def oic(person: int) -> str:
    """Whose case it is."""
    return f"of-oic-{person}"


def view(person: int, now: datetime) -> PersonView:
    """He as streams tells of him."""
    area = f"area-{person % AREAS}"
    return PersonView(
        person_id=f"pe-{person}",
        label=f"Sam Field {person}",
        areas=(area,),
        risk_level="high",
        team=(Assignment(role="oic", officer_id=oic(person), area=area, since_at=now - timedelta(days=1)),),
        protected=(ProtectedPersonView(protected_person_id=f"pp-{person}", area=area),),
    )


class Feeder:
    """On a thread of its own. `raised`: (alert, person) in order."""

    def __init__(self, brokers: str, prefix: str, rng: Random, per_s: float) -> None:
        self.raised: list[tuple[str, int]] = []
        self.changes: list[FindingChange] = []
        self.views: dict[str, PersonView] = {}
        self.records: dict[tuple[str, int], int] = {}
        """How many each partition has."""
        self._brokers, self._prefix, self._rng, self._per_s = brokers, prefix, rng, per_s
        self._open: list[tuple[int, Finding]] = []
        self._stopping = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def introduce(self) -> None:
        """Say who is there; returns when the broker has it."""
        now = datetime.now(UTC)
        self.views = {f"pe-{person}": view(person, now) for person in range(PERSONS)}
        producer = self._producer()
        self._acknowledged([producer.send(self._prefix + one.topic, key=one.key.encode(), value=one.value) for one in who(now)])
        producer.close()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, when the broker has everything."""
        self._stopping.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        producer, written = self._producer(), []
        try:
            while not self._stopping.wait(1 / self._per_s):
                change, person = self._next(datetime.now(UTC))
                written.append(producer.send(self._prefix + FINDINGS, key=f"pe-{person}".encode(), value=change.model_dump_json().encode()))
                self.changes.append(change)
                if change.change == "raised":
                    self.raised.append((change.finding.finding_id, person))
            self._acknowledged(written)
        except BaseException as wrong:  # noqa: BLE001  said by `stop`
            self._failed = wrong
        finally:
            producer.close()

    def _next(self, now: datetime) -> tuple[FindingChange, int]:
        if not self._open or self._rng.random() < _NEW:
            person, severity = self._rng.randrange(PERSONS), self._rng.choices(_SEVERITIES, _WEIGHTS)[0]
            finding = _finding(self._rng.choice(_RULES), f"subject-{len(self.raised)}", person, severity, now)
            self._open.append((person, finding))
            return FindingChange(at=now, change="raised", finding=finding), person
        person, finding = self._open.pop(self._rng.randrange(len(self._open)))
        change, changed = self._changed(finding, now)
        if changed.status == "open":
            self._open.append((person, changed))
        return FindingChange(at=now, change=change, finding=changed), person

    def _changed(self, finding: Finding, now: datetime) -> tuple[Change, Finding]:
        if self._rng.random() < 1 / 2:
            return "closed", finding.model_copy(update={"status": "closed", "ended_at": now})
        other = self._rng.choice([one for one in _SEVERITIES if one != finding.severity])
        return "severity", finding.model_copy(update={"severity": other})

    def _acknowledged(self, written: list[object]) -> None:
        for one in written:
            at = one.get(LASTS_S)  # type: ignore[attr-defined]  # kafka-python has no types
            place = (at.topic, at.partition)
            self.records[place] = max(self.records.get(place, 0), at.offset + 1)

    def _producer(self) -> KafkaProducer:
        from kafka import KafkaProducer  # noqa: PLC0415  half a second

        return KafkaProducer(
            bootstrap_servers=self._brokers,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=LASTS_S * 1000,
            reconnect_backoff_max_ms=1000,
        )


def _finding(rule: str, subject: str, person: int, severity: Severity, now: datetime) -> Finding:
    return Finding(
        finding_id=finding_id(rule, subject, now),
        rule=rule,
        rule_version=1,
        subject=subject,
        about=About(kind="zone", id=subject, label=subject),
        person_id=f"pe-{person}",
        areas=(f"area-{person % AREAS}",),
        severity=severity,
        began_at=now,
        decidable_at=now,
        because="He is inside the zone.",
        protected_person_ids=(f"pp-{person}",),
        told=("oic", "control_room") if severity == "critical" else ("oic",),
    )


def _officer(name: str, role: str, area: int, manager: str | None = None) -> tuple[str, dict[str, object]]:
    number = sum(ord(letter) * place for place, letter in enumerate(name, 1)) % 1000
    reached = {"email": f"{name}@example.org", "phone": f"+447700900{number:03d}"}
    said = {"officer_id": name, "name": f"Officer {name[3:]}", "organisation": "police", "area": f"area-{area}", "roles": [role]}
    return "directory.officer", {**said, "channels": reached, **({} if manager is None else {"line_manager_id": manager})}


def _at(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
