"""How fast the first page of the queue is, as an officer gets it: the whole request through HTTP, for every role and filter.

    python ops/benchmarks/first_page.py --database URL [--build] [--alerts 1000000] [--shape QUERY] [--keep FILE] [--slow-ms 50]

`--build`: first fills an empty database (`years.py`). Shows for each filter the slowest officer, the CPU of this process (the
server and the browser together) and the time by the clock. Asks each twice and keeps the second: the first warms the caches.
`--keep FILE`: every answer and every row of the log of readings as JSON, to compare two versions byte for byte.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from alerting.console import sessions
from alerting.console.desk import Desk, Settings
from alerting.console.limits import MOST, InProcess
from alerting.console.live import Live
from alerting.console.signed import COOKIE
from alerting.ledger.store import Ledger
from alerting.ledger.tables.books import READING
from ops.benchmarks import years
from ops.cli.serving import Serving
from ops.web.application import application

DAY = "2026-02-20T00:00:00Z"
SHAPES = (
    "",
    "sort=raised",
    "sort=changed",
    "handling=unanswered",
    "handling=closed",
    "handling=shelved,awaiting_second_key",
    "severity=low",
    "severity=low&handling=closed",
    "severity=low,critical&sort=raised",
    "status=withdrawn",
    "status=closed&sort=changed",
    "rule=curfew-absence",
    "rule=strap-tamper",
    "rule=feed-silent&severity=high",
    "area=avon",
    "area=kent",
    "area=isles&sort=raised",
    "area=kent,force-3&handling=closed",
    "area=avon&severity=medium&sort=changed",
    "person_id=pe-33",
    "protected_person_id=pp-33a",
    "incident_id=in_000000000000000d_x",
    "owner=me",
    "owner=none&handling=closed",
    "owner=none&handling=unanswered,acknowledged",
    "recipient=me",
    "recipient=me&sort=raised",
    "recipient=me&handling=unanswered",
    "unfilled=true",
    "unfilled=false",
    "late=true",
    "late=false",
    f"raised_from_at={DAY}",
    f"raised_to_at={DAY}",
    f"raised_from_at=2024-02-20T00:00:00Z&raised_to_at={DAY}&severity=low",
    "message_status=exercise",
    "message_status=test",
)


class Took(NamedTuple):
    """One request."""

    cpu_ms: float
    clock_ms: float
    status: int
    body: bytes


class Room:
    """A served console, and a browser for each officer."""

    def __init__(self, ledger: Ledger) -> None:
        self._serving = Serving("127.0.0.1:0")
        self._serving.bind()
        self.origin = self._serving.url.rstrip("/")
        limits = InProcess(dict.fromkeys(MOST, 1_000_000))
        desk = Desk(ledger=ledger, clock=lambda: years.NOW, settings=Settings(self.origin), live=Live(ledger), limits=limits)
        self._serving.start(application((), desk=desk))
        self._ledger = ledger
        self._tokens: dict[str, str] = {}
        self._connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=120)

    def get(self, officer_id: str, path: str) -> Took:
        """As that officer's browser asks."""
        began_cpu, began = time.process_time(), time.perf_counter()
        self._connection.request("GET", path, headers={"cookie": f"{COOKIE}={self._token(officer_id)}", "x-reason": "A benchmark."})
        answer = self._connection.getresponse()
        body = answer.read()
        return Took((time.process_time() - began_cpu) * 1000, (time.perf_counter() - began) * 1000, answer.status, body)

    def close(self) -> None:
        self._serving.stop()

    def _token(self, officer_id: str) -> str:
        if officer_id not in self._tokens:
            token = secrets.token_urlsafe(32)
            with self._ledger.write(years.NOW) as writing:
                sessions.begin(writing, token, officer_id, csrf="x", strong_at=years.NOW, provider=None)
            self._tokens[officer_id] = token
        return self._tokens[officer_id]


def measure(room: Room, shapes: tuple[str, ...], slow_ms: float) -> None:
    """Each filter for each officer."""
    took: list[float] = []
    for shape in shapes:
        found: list[tuple[Took, str]] = []
        for officer_id in years.officers():
            room.get(officer_id, f"/api/v1/alerts?{shape}")
            one = min((room.get(officer_id, f"/api/v1/alerts?{shape}") for _ in range(2)), key=lambda one: one.clock_ms)
            if one.status == http.HTTPStatus.OK:
                found.append((one, officer_id))
        took += [one.clock_ms for one, _ in found]
        ordered = sorted(one.clock_ms for one, _ in found)
        cpu = sorted(one.cpu_ms for one, _ in found)
        worst, who = max(found, key=lambda one: one[0].clock_ms)
        print(
            f"  {shape or 'everything':55} p50 {ordered[len(ordered) // 2]:6.1f} (CPU {cpu[len(cpu) // 2]:5.1f})  worst"
            f" {worst.clock_ms:7.1f} (CPU {worst.cpu_ms:6.1f}) {who}; over {slow_ms:.0f}: {sum(one > slow_ms for one in ordered)}",
            flush=True,
        )
    took.sort()
    last = took[int(len(took) * 0.99)]
    print(f"  {len(took)} kinds of request: p50 {took[len(took) // 2]:.1f} ms, p99 {last:.1f} ms, worst {took[-1]:.1f} ms   (target 50 ms)")


def keep(room: Room, ledger: Ledger) -> dict[str, object]:
    """Every answer, and what the log of readings says of it."""
    answers: dict[str, object] = {}
    for officer_id in years.officers():
        if f"-{years.TINY}-" in officer_id:
            continue
        for path in _paths(room, officer_id):
            took = room.get(officer_id, path)
            body = json.loads(took.body)
            if isinstance(body, dict):
                body = {name: value for name, value in body.items() if name != "request_id"}
            answers[f"{officer_id} {path}"] = [took.status, body]
    with ledger.read() as connection:
        rows = connection.execute(select(READING).order_by(READING.c.number))
        drop = {"number", "salt", "request_id", "at"}
        readings = [{name: str(value) for name, value in row._asdict().items() if name not in drop} for row in rows]
    return {"answers": answers, "readings": readings}


def _paths(room: Room, officer_id: str) -> Iterator[str]:
    seen: dict[str, None] = {}
    for shape in SHAPES[:: 1 + ("-avon" in officer_id)]:
        path: str | None = f"/api/v1/alerts?{shape}&limit=20"
        for _ in range(2):
            if path is None:
                break
            yield path
            body = json.loads(room.get(officer_id, path).body)
            seen |= dict.fromkeys(item["alert_id"] for item in body.get("items", [])[:1])
            cursor = body.get("next_cursor")
            path = None if cursor is None else f"/api/v1/alerts?{shape}&limit=20&cursor={cursor}"
    for alert_id in list(seen)[:4]:
        yield f"/api/v1/alerts/{alert_id}"
        yield f"/api/v1/alerts/{alert_id}/history"
        yield f"/api/v1/alerts/{alert_id}/evidence"
    yield from (f"/api/v1/alerts/al_{number:016x}_20260302T120000Z" for number in range(3, 1_000, 200))
    yield from (f"/api/v1/people/pe-{number}" for number in range(0, 200, 37))
    yield "/api/v1/changes?after=9000&limit=200"
    yield "/api/v1/intelligence"


def main() -> None:
    """Run it."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--database", metavar="URL", required=True)
    said.add_argument("--build", action="store_true")
    said.add_argument("--alerts", type=int, default=1_000_000)
    said.add_argument("--shape", action="append")
    said.add_argument("--keep", type=Path)
    said.add_argument("--slow-ms", type=float, default=50.0)
    given = said.parse_args()
    ledger = Ledger(given.database)
    ledger.upgrade()
    if given.build:
        began = time.perf_counter()
        years.build(ledger, given.alerts)
        print(f"  built {given.alerts:,} alerts in {time.perf_counter() - began:.0f} s", flush=True)
    room = Room(ledger)
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # as `vigil run` and `vigil console` have it
    print(ledger.engine.dialect.name)
    if given.keep:
        given.keep.write_text(json.dumps(keep(room, ledger), indent=0))
    elif not given.build or given.shape:
        measure(room, tuple(given.shape or SHAPES), given.slow_ms)
    room.close()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
