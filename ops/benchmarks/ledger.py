"""How fast the ledger of alerting is, on SQLite and on PostgreSQL.

    python ops/benchmarks/ledger.py [rate] [storm] [kept] [--postgresql URL] [--folder DIR] [--seconds 20] [--kept-alerts 1000000]

`rate`: findings at 200 a second, from told to committed with clocks, messages and audit entry (target: p99 50 ms).
`storm`: 10,000 in 60 s, a tenth of them critical, while somebody reads, somebody writes and messages go out, to a provider that
takes 20 ms for each: none lost, critical messages first.
`kept`: with a million alerts in the ledger the first page of the queue (target 50 ms), a sweep over 100,000 clocks of which none
has run out (target 1 s), and a pass of the auditor. By the clock, on whatever else the machine does. URL: an empty database.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import func, insert, select, true

from alerting.auditor import audit
from alerting.delivery.message import Address, Outcome, Outgoing, Sent
from alerting.delivery.sending import Sender
from alerting.ledger import outbox, queue
from alerting.ledger.alerts import Record, load_all
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.alerts import ALERT, HISTORY, TIMER
from alerting.ledger.taking import Incoming, take
from alerting.ledger.wanted import Wanted
from schemas import topics
from schemas.finding import About, Finding, FindingChange, Severity, finding_id
from schemas.person import Assignment, PersonView, ProtectedPersonView

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TERMS = Terms("https://vigil.example.org")
LOG = "benchmark"
PEOPLE, OFFICERS = 2_000, 50
PER_S = 200
STORM, STORM_S = 10_000, 60
CLOCKS = 100_000
AT_ONCE = 50
SENDING_S = 0.02
RULES = ("exclusion-zone-entry", "untagged-window", "curfew-absence", "contact-surge", "protection-gap")
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


class Streams:
    """What streams would tell: officers and people first, then findings without end."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._number = 0

    def first(self) -> list[Incoming]:
        """Who is there, and whom it is about."""
        return [self._record(topics.DIRECTORY, said) for said in _directory()] + [
            self._record(topics.PEOPLE, _person(number).model_dump_json().encode()) for number in range(PEOPLE)
        ]

    def finding(self, critical: float = 0.1) -> Incoming:
        """One more, about anybody."""
        number, rule = self._random.randrange(PEOPLE), self._random.choice(RULES)
        began_at = START + timedelta(milliseconds=self._number)
        subject = f"{rule} {self._number}"
        finding = Finding(
            finding_id=finding_id(rule, subject, began_at),
            rule=rule,
            rule_version=1,
            subject=subject,
            about=About(kind="case", id=f"case-{number}", label="the case"),
            person_id=f"pe-{number}",
            areas=("avon",),
            severity="critical" if self._random.random() < critical else self._random.choice(SEVERITIES),
            began_at=began_at,
            decidable_at=began_at,
            because=f"Invented for a benchmark; pp-{number} is at risk.",
            protected_person_ids=(f"pp-{number}",),
            told=("control_room", "oic", "idva"),
        )
        change = FindingChange(at=began_at, change="raised", finding=finding)
        return self._record(topics.FINDINGS, change.model_dump_json().encode())

    def _record(self, topic: str, value: bytes) -> Incoming:
        self._number += 1
        return Incoming(LOG, 0, self._number, topic, value)


def _directory() -> Iterator[bytes]:
    who = [f"of-{number}" for number in range(OFFICERS)]
    plain = {"name": "An Officer", "organisation": "police", "area": "avon", "roles": ["oic"]}
    said: list[tuple[str, dict[str, object]]] = [
        ("directory.officer", {**plain, "officer_id": one, "channels": {"email": f"{one}@example.org"}}) for one in who
    ]
    spans = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "area": "avon"}
    said += [
        ("directory.on_call", {**spans, "role": role, "officer_id": one})
        for role, one in zip(("control_room", "duty_inspector"), who, strict=False)
    ]
    for number, (kind, data) in enumerate(said):
        event = {"id": f"d{number}", "source": "directory/hr", "type": kind, "occurred_at": "2026-01-01T00:00:00Z", "data": data}
        yield msgspec.json.encode(event)


def _person(number: int) -> PersonView:
    since_at = START - timedelta(days=90)
    return PersonView(
        person_id=f"pe-{number}",
        label=f"Person {number}",
        areas=("avon",),
        risk_level="high" if number % 3 else "medium",
        team=(
            Assignment(role="oic", officer_id=f"of-{number % OFFICERS}", since_at=since_at),
            Assignment(role="idva", officer_id=f"of-{(number + 7) % OFFICERS}", since_at=since_at),
        ),
        protected=(ProtectedPersonView(protected_person_id=f"pp-{number}", area="avon"),),
    )


def paced(ledger: Ledger, streams: Streams, per_s: float, count: int) -> list[float]:
    """So many findings at that pace; for each how long from told to committed, in seconds. Whatever waits is taken at once."""
    waited: list[float] = []
    began, told, waiting = time.perf_counter(), 0, list[tuple[float, Incoming]]()
    while len(waited) < count:
        due = min(count, int((time.perf_counter() - began) * per_s) + 1)
        while told < due:
            waiting.append((began + told / per_s, streams.finding()))
            told += 1
        if not waiting:
            time.sleep(max(0.0, began + told / per_s - time.perf_counter()))
            continue
        batch, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        take(ledger, [record for _, record in batch], START, TERMS)
        now = time.perf_counter()
        waited.extend(now - at for at, _ in batch)
    return waited


def rate(ledger: Ledger, given: argparse.Namespace) -> None:
    """At 200 a second."""
    streams = Streams(1)
    take(ledger, streams.first(), START, TERMS)
    paced(ledger, streams, PER_S, PER_S)
    _settled()
    began, began_cpu = time.perf_counter(), time.process_time()
    waited = paced(ledger, streams, PER_S, PER_S * given.seconds)
    cpu = (time.process_time() - began_cpu) / (time.perf_counter() - began)
    print(f"  rate    told to committed at {PER_S}/s: {_told(waited)}, {cpu:.0%} of a core   (target p99 50 ms)")


def storm(ledger: Ledger, _: argparse.Namespace) -> None:
    """10,000 in a minute."""
    streams, over = Streams(2), threading.Event()
    take(ledger, streams.first(), START, TERMS)
    before = _count(ledger)
    reads: list[float] = []
    writes: list[float] = []
    door = _Door()
    sender = Sender(ledger, door, lambda *_: None, lambda: START)
    beside = [
        threading.Thread(target=_again, args=(over, reads, lambda: _page(ledger))),
        threading.Thread(target=_again, args=(over, writes, lambda: _touch(ledger))),
        threading.Thread(target=sender.run, args=(over,)),
    ]
    _settled()
    for thread in beside:
        thread.start()
    began = time.perf_counter()
    waited = paced(ledger, streams, STORM / STORM_S, STORM)
    took = time.perf_counter() - began
    over.set()
    for thread in beside:
        thread.join()
    with ledger.write(START) as writing:
        left = [message.message.severity for message in outbox.claim(writing, timedelta(minutes=1), limit=100_000)]
    ordered = "critical first" if left == sorted(left, key=("critical", *SEVERITIES).index) else "NOT in order"
    print(f"  storm   {_count(ledger) - before:,} of {STORM:,} in {took:.0f} s: {_told(waited)}; {len(door.sent):,} messages out,")
    print(f"          {len(left):,} left, {left.count('critical')} of them critical, {ordered}")
    print(f"          meanwhile a page: {_told(reads)}; a write: {_told(writes)}   (target p99 250 ms)")


def kept(ledger: Ledger, given: argparse.Namespace) -> None:
    """With a million alerts."""
    streams = Streams(3)
    take(ledger, streams.first(), START, TERMS)
    for _ in range(10):
        take(ledger, [streams.finding() for _ in range(100)], START, TERMS)
    _fill(ledger, given.kept_alerts)
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    pages = [_timed(lambda: _page(ledger)) for _ in range(50)]
    sweeps = [_timed(lambda: sweep(ledger, START - timedelta(days=1), TERMS)) for _ in range(20)]
    audits = [_timed(lambda: audit(ledger.url, START)) for _ in range(3)]
    with ledger.read() as connection:
        clocks = connection.execute(select(func.count()).select_from(TIMER)).scalar_one()
    print(f"  kept    {_count(ledger):,} alerts, {clocks:,} clocks: first page {_told(pages)}   (target 50 ms)")
    print(f"          sweep with nothing run out {_told(sweeps)}   (target 1 s); a pass of the auditor {_told(audits)}")


def _fill(ledger: Ledger, most: int) -> None:
    """Closed copies of real ones, with their history, and clocks far away: as years of work would leave them."""
    with ledger.read() as connection:
        alerts = [row._asdict() for row in connection.execute(select(ALERT).limit(200))]
        lines = [row._asdict() for row in connection.execute(select(HISTORY).limit(200))]
        timers = [row._asdict() for row in connection.execute(select(TIMER).limit(200))]
    for start in range(0, most, 10_000):
        numbers = range(start, start + 10_000)
        over = {"living": False, "closed": True, "owner_id": None, "place_group": 4, "next_due_at": None}
        with ledger.engine.begin() as connection:
            connection.execute(
                insert(ALERT),
                [
                    {
                        **alerts[n % 200],
                        **over,
                        "alert_id": f"al_{n}",
                        "incident_id": f"in_{n}",
                        "raised_at": START - timedelta(minutes=n),
                        "seq": -n,
                    }
                    for n in numbers
                ],
            )
            connection.execute(insert(HISTORY), [{**lines[n % 200], "alert_id": f"al_{n}", "seq": -n - 1} for n in numbers])
            if start < CLOCKS:
                connection.execute(
                    insert(TIMER), [{**timers[n % 200], "alert_id": f"al_{n}", "due_at": START + timedelta(days=n)} for n in numbers]
                )


class _Door:
    """A provider that takes everything."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, message: Outgoing, to: Address) -> Outcome:  # noqa: ARG002  whoever it is
        time.sleep(SENDING_S)
        self.sent.append(message.message_id)
        return Sent()


def _settled() -> None:
    """As the service does when it has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _page(ledger: Ledger) -> dict[str, Record]:
    with ledger.read() as connection:
        return load_all(connection, queue.page(connection, Wanted(officer_id="of-1"), queue.Reach(true())).alert_ids)


def _touch(ledger: Ledger) -> None:
    with ledger.write(START) as writing:
        writing.audit("benchmark", {"touched": True})


def _again(over: threading.Event, into: list[float], work: Callable[[], object]) -> None:
    while not over.wait(0.1):
        into.append(_timed(work))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _count(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return connection.execute(select(func.count()).select_from(ALERT)).scalar_one()


def _told(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2] * 1000:.1f} ms, p99 {ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms"


PARTS: dict[str, Callable[[Ledger, argparse.Namespace], None]] = {"rate": rate, "storm": storm, "kept": kept}


def main() -> None:
    """Run it."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    said.add_argument("--postgresql", metavar="URL")
    said.add_argument("--folder", type=Path, default=Path.cwd(), help="where SQLite's file is: on the disk that the data would be on")
    said.add_argument("--seconds", type=int, default=20)
    said.add_argument("--kept-alerts", type=int, default=1_000_000)
    given = said.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ledger-", dir=given.folder))
    try:
        for part in given.parts:
            urls = [f"sqlite:///{folder / part}.sqlite3", *([given.postgresql] if given.postgresql else [])]
            for url in urls:
                ledger = Ledger(url)
                print(ledger.engine.dialect.name)
                if ledger.engine.dialect.name == "postgresql":
                    with ledger.engine.begin() as connection:
                        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                        connection.exec_driver_sql("CREATE SCHEMA public")
                ledger.upgrade()
                PARTS[part](ledger, given)
                ledger.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
