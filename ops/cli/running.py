"""The engine of `vigil run`: files, acceptor and the one judging thread, composed. Serves no HTTP and prints nothing.

Events go in by `acceptor`; alerts come out by `open_alerts`, and by the file for everybody else. The clock is handed in.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from alerting.risk_order import place
from ops.cli.configuration import Configuration
from ops.cli.world import World
from schemas.alert import Alert
from streams.embedded.acceptance import Acceptor
from streams.embedded.backlog import Backlog
from streams.embedded.clock import Clock
from streams.embedded.folder import Folder
from streams.embedded.judge import Judge
from streams.embedded.received import ReceivedReader, ReceivedStore
from streams.engine.journal import MemoryJournal

PULSE = timedelta(seconds=1)
"""How often the clock moves while nothing arrives."""


class Counters(NamedTuple):
    """How the run is doing, for the metrics and the page. Lines count since the start."""

    lines: dict[str, int]
    """By outcome: `accepted`, `duplicate`, `set_aside`, `refused`, `not_durable`."""
    accepted_to: int
    judged_to: int
    """Positions: what lies between is accepted and not yet judged."""
    clock_at: datetime
    """How far the judging clock has come."""
    held: int
    """Events ahead of the clock, waiting for it."""
    people: int
    open_alerts: int


class Runner:
    """One embedded system over one data folder."""

    def __init__(self, data_dir: Path, configuration: Configuration, clock: Clock) -> None:
        self._folder = Folder(data_dir)
        self._configuration = configuration
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: tuple[Alert, ...] = ()
        self.failed: Exception | None = None
        """Why judging stopped by itself; None while it runs."""

    def start(self) -> None:
        """Own the folder (`FolderTaken` when another run does), load what was saved, begin to judge."""
        self._folder.open()
        self._store = ReceivedStore(self._folder.path)
        self._reader = ReceivedReader(self._folder.path)
        self._backlog = Backlog(self._reader.last_seq())
        self._acceptor = Acceptor(self._store, self._backlog)
        self._world = World(Judge(self._configuration.rulebook(), MemoryJournal(), self._configuration.known_feeds()))
        self._position = 0
        self._thread = threading.Thread(target=self._judge, name="judging", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Judge what is accepted, save, let go of the folder."""
        self._stopping.set()
        if self._thread is not None:
            self._backlog.ring()
            self._thread.join()
            self._thread = None
            self._reader.close()
            self._store.close()
        self._folder.close()

    @property
    def ready(self) -> bool:
        """Whether it takes events."""
        return self._thread is not None and self.failed is None and not self._stopping.is_set()

    @property
    def acceptor(self) -> Acceptor:
        """The way in."""
        return self._acceptor

    def open_alerts(self) -> tuple[Alert, ...]:
        """The open alerts as they stand, in the order in which they should be worked."""
        return self._open

    def counters(self) -> Counters:
        """See `Counters`."""
        judge = self._world.judge
        lines = dict(self._acceptor.lines)
        return Counters(lines, self._backlog.last_seq, self._position, judge.clock, judge.held, len(judge.people.logs), len(self._open))

    def _judge(self) -> None:
        try:
            while not self._stopping.is_set():
                self._backlog.wait(self._position, PULSE.total_seconds())
                self._turn()
        except Exception as wrong:  # noqa: BLE001  told by `ready` and `failed`: the process must not look well
            self.failed = wrong

    def _turn(self) -> None:
        world = self._world
        for arrival in self._backlog.take(self._position, self._reader):
            rest = []
            for event in arrival.events:
                if event.type.startswith("directory."):
                    world.learn(event)
                else:
                    rest.append(event)
            for _ in world.tell(world.judge.arrive(arrival.received_at, rest)):
                pass
            self._position = arrival.seq
        for _ in world.tell(world.judge.advance(self._clock.now())):
            pass
        alerts = [alert for alert in world.book.alerts() if alert.status == "open"]
        self._open = tuple(sorted(alerts, key=lambda alert: place(alert, self._risk_level(alert.person_id))))

    def _risk_level(self, person_id: str | None) -> str | None:
        log = None if person_id is None else self._world.judge.people.logs.get(person_id)
        return None if log is None else log.head.person.risk_level
