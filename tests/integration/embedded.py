"""An embedded system in this process, on a clock that stands where a test puts it; and the replay that it is held to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select

from alerting import exercise, nobody_watching
from alerting.console.desk import Settings
from alerting.ledger.alerts import load_all
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from ops.cli.alerting_here import AlertingHere
from ops.cli.configuration import Configuration
from ops.cli.running import Runner
from ops.cli.world import World
from schemas import codec
from schemas.alert import Alert
from streams.embedded.acceptance import Acceptor, Client, Receipt
from streams.embedded.backlog import Backlog
from streams.embedded.judge import Judge
from streams.embedded.keeper import kept_facts, open_kept
from streams.embedded.known_ids import KnownIds
from streams.embedded.playback import Line, Playback
from streams.embedded.received import ReceivedReader, ReceivedStore
from streams.engine.journal import MemoryJournal

CLIENT = Client("supplier", ("em/*", "case/*", "bail/*", "custody/*", "risk/*", "comms/*", "directory/*"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENCE_S = 30.0


class Standing:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def fix(number: int, at: datetime = NOON, *, source: str = "em/allied", person: str = "A1234AA", **data: object) -> bytes:
    """A position, named by its number."""
    said = {"device_id": "d-1", "latitude": 51.45, "longitude": -2.6, "accuracy_m": 8.0, "mechanism": "gps", **data}
    envelope = {"id": f"p-{number}", "source": source, "type": "tagging.position", "occurred_at": at.isoformat(), "data": said}
    return json.dumps({**envelope, "person": {"identifiers": [{"type": "NOMS", "value": person}]}}).encode()


def outcomes(receipt: Receipt) -> list[str]:
    return [one.result if one.code is None else f"{one.result} {one.code}" for one in receipt.results]


@contextmanager
def accepting(folder: Path, generation: int = 1000) -> Iterator[Acceptor]:
    """The way in alone: nothing judges."""
    with closing(ReceivedStore(folder)) as store:
        yield Acceptor(store, Backlog(0, 0), KnownIds(store, generation))


def received(folder: Path) -> list[tuple[datetime, bytes]]:
    """Every line kept, with its stamp."""
    with closing(ReceivedReader(folder)) as reader:
        return [(batch.received_at, raw) for batch in reader.after(0) for raw in batch.lines]


@contextmanager
def running(
    folder: Path, clock: Standing, configuration: Configuration | None = None, *, most_living: int = 20_000, waits: bool = True
) -> Iterator[Runner]:
    """A run, from start to stop; without `waits` it stops with work undone."""
    settings = configuration or Configuration()
    runner = Runner(folder, settings, clock, most_living=most_living)
    alerting = AlertingHere(folder, settings.policies(), clock.now, Settings("http://127.0.0.1:8080"), {})
    try:
        runner.start()
        alerting.start(runner)
        yield runner
        if waits:
            taken(runner, alerting)
    finally:
        alerting.rest()
        runner.stop()
        alerting.stop()
    if runner.failed is not None:
        raise runner.failed


def judged(runner: Runner) -> None:
    """Wait until everything accepted is judged."""
    until = time.monotonic() + PATIENCE_S
    while runner.counters().backlog_events and runner.failed is None:
        assert time.monotonic() < until, "not judged in time"
        time.sleep(0.01)


def taken(runner: Runner, alerting: AlertingHere) -> None:
    """Wait until everything accepted is judged, saved and in the ledger."""
    judged(runner)
    until = time.monotonic() + PATIENCE_S
    runner.drain()
    while alerting.behind and runner.failed is None:
        assert time.monotonic() < until, f"not taken in time: {alerting.failing()}"
        time.sleep(0.01)


def arrivals(lines: Sequence[bytes], together: int = 10) -> list[tuple[datetime, list[bytes]]]:
    """Lines in the order in which they arrive, so many in a batch; it comes when the last of them does."""
    batches = [lines[start : start + together] for start in range(0, len(lines), together)]
    return [(codec.decode(batch[-1]).received_at or NOON, list(batch)) for batch in batches]


def feed(runner: Runner, clock: Standing, batches: Sequence[tuple[datetime, list[bytes]]]) -> None:
    """Send batches, each when it arrives."""
    for at, lines in batches:
        clock.at = max(clock.at, at)
        runner.acceptor.accept(lines, Client("all", ("*",)), at)


def alerts(folder: Path) -> list[Alert]:
    """What the ledger holds that judging found, without those whom the policy told and its reminders, which a replay does not have."""
    ledger = Ledger.in_folder(folder)
    with ledger.read() as connection:
        asked = select(ALERT.c.alert_id).where(ALERT.c.rule.not_in((exercise.SLUG, nobody_watching.SLUG)))
        names = connection.execute(asked.order_by(ALERT.c.began_at, ALERT.c.alert_id)).scalars().all()
        records = load_all(connection, names)
    ledger.close()
    return [records[name].of_book for name in names]


def replayed(folder: Path, configuration: Configuration | None = None) -> list[Alert]:
    """What a replay makes of the lines that were kept, with their stamps, on the clock that was saved."""
    settings = configuration or Configuration()
    world = World(Judge(settings.rulebook(), MemoryJournal(), settings.known_feeds()))
    lines = (codec.encode(replace(codec.decode(raw), received_at=at)) for at, raw in received(folder))
    for heard in Playback(world.judge).play(Line("kept", number, line) for number, line in enumerate(lines, 1)):
        if isinstance(heard, list):
            list(world.tell(heard))
        else:
            world.learn(heard)
    with closing(open_kept(folder)) as file:
        facts = kept_facts(file)
    assert facts is not None
    list(world.tell(world.judge.advance(facts.clock_at)))
    return list(world.book.alerts())
