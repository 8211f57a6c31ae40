"""Checks the books: every open alert has somebody and a clock, every message an end, everything is taken, the chain is whole.

In a process of its own and with its own code: plain questions to the tables, read-only, nothing of the lifecycle or of what writes
them, so that a fault there is not repeated here. Its heartbeat is written only after a clean pass: when it stops, somebody looks.
It costs by what is open and what is new, not by what was ever kept. `vigil alerting` starts it; any scheduler may.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import rfc8785
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine, make_url

PART = "auditor"
SILENT = "parts that are silent"
"""The fault of a ledger at which nobody is at work."""
AHEAD = "parts that were last at work at an instant that has not come"
"""The clock went back and nobody has put right what waits; or the clocks of two machines differ."""
GRACE = timedelta(seconds=60)
"""How long after a clock has run out, or a message was due, its part may still be at work."""
FACT_GRACE = timedelta(minutes=10)
PULSE_GRACE = timedelta(minutes=2)
_NAMED = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


_WITH_OPEN = """
WITH open_alert AS (SELECT * FROM alert WHERE message_status IN ('actual', 'exercise', 'test') AND closed IN (false)) """
"""In the order of the index, so that a million closed alerts cost nothing."""


class Fault(NamedTuple):
    """One kind of thing that is wrong: how often, and some of those it is wrong with (names, never people)."""

    what: str
    times: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.examples)
        return f"{self.what}: {self.times}" + (f" ({named}{', ...' if self.times > len(self.examples) else ''})" if named else "")


class _Clock(msgspec.Struct):
    """What is read of the mark of the clock."""

    times_back: int = 0


class Seen(NamedTuple):
    """How far the last clean pass came: the chain's last entry and its hash, and the last number of a change."""

    chain: int = 0
    hash: str = ""
    seq: int = 0


class Report(NamedTuple):
    """One pass. `seen`: how far it came, for the next one."""

    at: datetime
    faults: tuple[Fault, ...]
    open_alerts: int
    waiting_messages: int
    seen: Seen

    @property
    def clean(self) -> bool:
        """Whether the books are in order."""
        return not self.faults


class _Pass(NamedTuple):
    connection: Connection
    now: datetime
    before: Seen

    def rows(self, question: str, /, **said: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.connection.execute(text(_WITH_OPEN + question), said)]

    def one(self, question: str) -> int:
        return int(self.connection.execute(text(_WITH_OPEN + question)).scalar() or 0)

    def ago(self, span: timedelta) -> int:
        return _ticks(self.now - span)


def audit(url: str | URL, now: datetime) -> Report:
    """One pass over the books at `url`."""
    engine = _read_only(make_url(url))
    try:
        with engine.begin() as connection:
            here = _Pass(connection, now, _last(connection))
            faults = tuple(fault for check in CHECKS for fault in check(here))
            return Report(
                at=now,
                faults=faults,
                open_alerts=here.one("SELECT count(*) FROM open_alert"),
                waiting_messages=here.one("SELECT count(*) FROM outbox WHERE next_at IS NOT NULL"),
                seen=_seen(here),
            )
    finally:
        engine.dispose()


class Rounds:
    """Of one process. After its clock has jumped, or the machine slept, what is due has one round to be done, and never two."""

    def __init__(self) -> None:
        self._last: tuple[datetime, int] | None = None

    def left_out(self, now: datetime, times_back: int) -> bool:
        """Whether this one is to be left out. Asked in every round. `times_back`: jumps that make up for one another show there alone."""
        leapt = self._last is not None and (times_back != self._last[1] or not self._last[0] <= now <= self._last[0] + PULSE_GRACE)
        self._last = None if leapt else (now, times_back)
        return leapt


def times_back(url: str | URL) -> int:
    """How often the ledger has been put right after a clock that went back."""
    engine = _read_only(make_url(url))
    try:
        with engine.begin() as connection:
            detail = connection.execute(text("SELECT detail FROM pulse WHERE part = 'clock'")).scalar()
    finally:
        engine.dispose()
    return 0 if detail is None else msgspec.json.decode(detail, type=_Clock).times_back


def heartbeat(url: str | URL, report: Report) -> bool:
    """Say that the books were in order; after any other pass nothing is said. Whether it was."""
    if not report.clean:
        return False
    detail = msgspec.json.encode(report.seen).decode()
    said = {"part": PART, "at": _ticks(report.at), "state": "pass", "detail": detail}
    engine = create_engine(_with_driver(make_url(url)))
    try:
        with engine.begin() as connection:
            changed = connection.execute(text("UPDATE pulse SET at = :at, state = :state, detail = :detail WHERE part = :part"), said)
            if not changed.rowcount:
                connection.execute(text("INSERT INTO pulse (part, at, state, detail) VALUES (:part, :at, :state, :detail)"), said)
    finally:
        engine.dispose()
    return True


def _owned(here: _Pass) -> Iterator[Fault]:
    """Each open alert has one owner, or says that nobody could be found; and its columns say what its handling says."""
    rows = here.rows("SELECT alert_id, owner_id, unfilled, handling FROM open_alert")
    nobody, differ = [], []
    for alert_id, owner_id, unfilled, handling in rows:
        said = msgspec.json.decode(str(handling))
        owner = (said.get("owner") or {}).get("officer_id")
        if owner_id is None and not unfilled:
            nobody.append(str(alert_id))
        if owner != owner_id or said.get("closed_at") is not None:
            differ.append(str(alert_id))
    yield from _fault("open alerts that nobody owns", nobody)
    yield from _fault("open alerts whose columns differ from their handling", differ)


def _clocked(here: _Pass) -> Iterator[Fault]:
    """Each open alert has a clock that runs."""
    without = here.rows("SELECT alert_id FROM open_alert WHERE NOT EXISTS (SELECT 1 FROM timer WHERE timer.alert_id = open_alert.alert_id)")
    late = here.rows("SELECT DISTINCT alert_id FROM timer WHERE place_severity IN (0, 1, 2, 3) AND due_at < :late", late=here.ago(GRACE))
    astray = here.rows(
        "SELECT alert_id FROM open_alert WHERE next_due_at <> (SELECT min(due_at) FROM timer WHERE timer.alert_id = open_alert.alert_id)"
    )
    yield from _fault("open alerts without a clock", [str(name) for (name,) in without])
    yield from _fault("alerts whose clock has run out and was not fired", [str(name) for (name,) in late])
    yield from _fault("open alerts that are listed under another clock than they have", [str(name) for (name,) in astray])


def _listed(here: _Pass) -> Iterator[Fault]:
    """Each open alert is where lists look for it: with whoever was told, and in its area."""
    untold = here.rows(
        "SELECT alert_id FROM open_alert WHERE EXISTS"
        " (SELECT 1 FROM told WHERE told.alert_id = open_alert.alert_id AND told.over_at IS NOT NULL)"
    )
    astray = here.rows(
        "SELECT alert_id FROM open_alert WHERE coalesce(only_area, '*') <>"
        " (SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN min(area) ELSE '*' END FROM alert_area"
        " WHERE alert_area.alert_id = open_alert.alert_id)"
    )
    yield from _fault("open alerts that are left out of lists of those who were told", [str(name) for (name,) in untold])
    yield from _fault("open alerts that are listed under another area than they are in", [str(name) for (name,) in astray])


def _ended(here: _Pass) -> Iterator[Fault]:
    """Each message has an end, or an instant at which it goes on. Late ones are in flight while the sender works through them."""
    stuck = here.rows("SELECT message_id FROM outbox WHERE state IN ('queued', 'sending') AND next_at IS NULL")
    late = here.rows(
        "SELECT message_id FROM outbox WHERE place_severity IN (0, 1, 2, 3) AND next_at < :late AND state IN ('queued', 'sending')"
        " AND NOT EXISTS (SELECT 1 FROM delivery WHERE number = (SELECT max(number) FROM delivery) AND at >= :late)",
        late=here.ago(GRACE),
    )
    strange = here.rows("SELECT message_id FROM outbox WHERE next_at IS NOT NULL AND state NOT IN ('queued', 'sending', 'handed_over')")
    yield from _fault("messages that nobody will send", [str(name) for (name,) in stuck])
    yield from _fault("messages that were due and were not sent", [str(name) for (name,) in late])
    yield from _fault("messages that wait although they have ended", [str(name) for (name,) in strange])


def _taken(here: _Pass) -> Iterator[Fault]:
    """Everything that streams told is in the ledger, what people stated is with intake, and each change has its line in the history."""
    untaken = here.rows("SELECT topic, partition, position FROM untaken")
    facts = here.rows("SELECT id FROM fact WHERE taken_at IS NULL AND at < :late", late=here.ago(FACT_GRACE))
    unsaid = here.rows(
        "SELECT alert_id FROM alert WHERE seq > :seq AND NOT EXISTS"
        " (SELECT 1 FROM history WHERE history.seq = alert.seq AND history.alert_id = alert.alert_id)",
        seq=here.before.seq,
    )
    beyond = here.rows("SELECT seq FROM history WHERE seq > (SELECT seq FROM counter)")
    yield from _fault("records that could not be taken", [f"{topic}/{partition}/{number}" for topic, partition, number in untaken])
    yield from _fault("facts that intake has not taken", [str(name) for (name,) in facts])
    yield from _fault("alerts whose last change is not in the history", [str(name) for (name,) in unsaid])
    yield from _fault("lines of the history beyond the counter", [str(number) for (number,) in beyond])


def _chained(here: _Pass) -> Iterator[Fault]:
    """The chain goes on from where the last pass left it, and nothing that was signed is cut off."""
    last, previous = here.before.chain, bytes.fromhex(here.before.hash) if here.before.hash else b"\0" * 32
    if last and here.rows("SELECT hash FROM audit WHERE number = :number", number=last) != [(previous,)]:
        yield Fault("the audit chain is not the one of the last pass", 1, (str(last),))
        return
    broken = []
    question = text("SELECT number, at, kind, entry, hash FROM audit WHERE number > :last ORDER BY number")
    for number, at, kind, entry, found in here.connection.execute(question.execution_options(yield_per=1000), {"last": last}):
        place = rfc8785.dumps({"number": last + 1, "at": (_EPOCH + at * _TICK).isoformat(), "kind": kind})
        if number != last + 1 or bytes(found) != hashlib.sha256(previous + place + entry.encode()).digest():
            broken.append(str(number))
        last, previous = number, bytes(found)
    yield from _fault("entries of the audit chain that do not follow the one before", broken)
    signed = here.one("SELECT max(size) FROM audit_root")
    if signed > last:
        yield Fault("the end of the audit chain is cut off", signed - last, (f"{signed} entries were signed",))


def _beating(here: _Pass) -> Iterator[Fault]:
    """Each part that has ever said that it is at work still says so, and no instant at which one was at work is still to come.

    After the clock has gone back the first pass waits for the service, which puts that right: by the second it must have.
    """
    silent = here.rows("SELECT part FROM pulse WHERE part <> :me AND at < :late", me=PART, late=here.ago(PULSE_GRACE))
    yield from _fault(SILENT, [str(part) for (part,) in silent])
    if not here.rows("SELECT part FROM pulse WHERE part = :me AND at > :now", me=PART, now=_ticks(here.now)):
        ahead = here.rows("SELECT part FROM pulse WHERE part <> :me AND at > :ahead", me=PART, ahead=_ticks(here.now + GRACE))
        yield from _fault(AHEAD, [str(part) for (part,) in ahead])


CHECKS: tuple[Callable[[_Pass], Iterator[Fault]], ...] = (_owned, _clocked, _listed, _ended, _taken, _chained, _beating)


def _fault(what: str, names: list[str]) -> Iterator[Fault]:
    if names:
        yield Fault(what, len(names), tuple(sorted(names)[:_NAMED]))


def _last(connection: Connection) -> Seen:
    detail = connection.execute(text("SELECT detail FROM pulse WHERE part = :part"), {"part": PART}).scalar()
    return Seen() if detail is None else msgspec.json.decode(detail, type=Seen)


def _seen(here: _Pass) -> Seen:
    rows = here.rows("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
    number, found = rows[0] if rows else (0, b"")
    return Seen(int(str(number)), bytes(found).hex() if isinstance(found, bytes | memoryview) else "", here.one("SELECT seq FROM counter"))


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def _with_driver(url: URL) -> URL:
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


def _read_only(url: URL) -> Engine:
    """It can write nothing, whatever it is asked; and one pass sees one instant."""
    if url.get_backend_name() != "sqlite":
        options = {"options": "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"}
        return create_engine(_with_driver(url), connect_args=options)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _connected(raw: object, _record: object) -> None:
        raw.isolation_level = None  # type: ignore[attr-defined]
        raw.execute("PRAGMA query_only=ON")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
