"""The judging half of `vigil run`: files, acceptor and the one judging thread, composed. Serves no HTTP and prints nothing.

Events go in by `acceptor`; findings and what pages show come out as records of `streams.embedded.outgoing`, which alerting takes
(`ops.cli.alerting_here`). The clock is handed in. Knows nothing of alerts.

Judging goes by what is durable: a batch has its stamp for ever, the clock comes to an instant only after the acceptor has
promised that nothing will be stamped before it, and findings, state and position are saved together. So after a kill the
batches after the saved position are judged again and give the same, to the byte.
"""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, Protocol

from ops.cli.carrying_out import CarryingOut
from ops.cli.configuration import Configuration
from schemas.finding import FindingChange
from streams.embedded.acceptance import Acceptor, Client
from streams.embedded.backlog import Arrival, Backlog
from streams.embedded.clock import Clock
from streams.embedded.folder import Folder
from streams.embedded.keeper import Keeper
from streams.embedded.kept_logs import MOST_LIVING
from streams.embedded.keys import KeyStore
from streams.embedded.outgoing import Outgoing
from streams.embedded.publishing import Publishing
from streams.embedded.received import ReceivedReader, ReceivedStore
from streams.embedded.requests import Requests
from streams.embedded.told import Told

PULSE = timedelta(seconds=1)
"""How often the clock moves while nothing arrives."""
LOOKS_EVERY = timedelta(milliseconds=5)
SAVES_AFTER = timedelta(milliseconds=500)
SAVES_FINDINGS_AFTER = timedelta(milliseconds=20)
"""Nobody is told of a finding before it is saved."""
SAVING_SHARE = 4
"""A save that took long is followed by so many times as much judging: under load at most a fifth goes into saving."""


class Counters(NamedTuple):
    """How the run is doing, for the metrics and the page. Lines count since the start."""

    lines: dict[str, int]
    """By outcome: `accepted`, `duplicate`, `set_aside`, `refused`, `not_durable`."""
    accepted_to: int
    judged_to: int
    """Positions: what lies between is accepted and not yet judged and saved."""
    backlog_events: int
    clock_at: datetime
    """How far the judging clock has come."""
    held_events: int
    """Events ahead of the clock, waiting for it."""
    people: int
    complete_to: dict[str, datetime]
    """How far each feed that sends heartbeats is complete."""
    silent_after: dict[str, timedelta]
    """How long each of them may say nothing."""


class Watch(Protocol):
    """Hears what happens on the judging thread, for the metrics."""

    def judged(self, arrival: Arrival) -> None:
        """A batch was judged."""

    def found(self, change: FindingChange) -> None:
        """A finding is new or different."""


class Unwatched:
    """Nobody listens."""

    def judged(self, arrival: Arrival) -> None:
        """See `Watch.judged`."""

    def found(self, change: FindingChange) -> None:
        """See `Watch.found`."""


class Runner:
    """One embedded system over one data folder."""

    def __init__(
        self, data_dir: Path, configuration: Configuration, clock: Clock, watch: Watch | None = None, *, most_living: int = MOST_LIVING
    ) -> None:
        self._folder = Folder(data_dir)
        self._configuration = configuration
        self._clock = clock
        self._watch = watch or Unwatched()
        self._most_living = most_living
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._position = 0
        self._save_from = self._save_findings_from = 0.0
        """No save before this reading of the machine's own watch; of a finding, before the second."""
        self._found = False
        """Whether a finding waits to be saved."""
        self.failed: Exception | None = None
        """Why judging stopped by itself; None while it runs."""
        self.not_saved: sqlite3.Error | None = None
        """Why the last save failed; it is tried again, and nothing new is judged until it succeeds."""

    def start(self) -> None:
        """Own the folder (`FolderTaken` when another run does), load what was saved, begin to judge."""
        self._folder.open()
        try:
            self._open()
        except BaseException:
            self._folder.close()
            raise
        self._thread = threading.Thread(target=self._judge, name="judging")
        self._thread.start()

    def _open(self) -> None:
        path = self._folder.path
        self._store = ReceivedStore(path)
        self._reader = ReceivedReader(path)
        self._keeper = Keeper(path, self._configuration.rulebook(), self._configuration.known_feeds(), self._most_living)
        self._position = self._keeper.position
        self._publishing = Publishing(self._keeper.file, self._keeper.judge, self._reader)
        self._carrying_out = CarryingOut(self._keeper.judge, self._publishing, lambda: self._acceptor, self._client_named)
        self._backlog = Backlog(self._reader.last_seq(), self._reader.count_after(self._position))
        self._acceptor = Acceptor(self._store, self._backlog)
        self._acceptor.promise(self._keeper.judge.clock)
        self._requests = Requests(path)
        self._count()
        gc.collect()
        gc.freeze()  # what was loaded is not looked through again and again
        gc.set_threshold(100_000, 20, 50)  # and what comes is nearly all immutable and never in a circle

    def stop(self) -> None:
        """Stop judging, save, let go of the folder. What is accepted and not judged is judged after the next start."""
        self._stopping.set()
        if self._thread is None:
            return
        self._backlog.ring()
        self._thread.join()
        self._thread = None
        self._requests.close()
        self._keeper.close()
        self._reader.close()
        self._store.close()
        self._folder.close()

    def drain(self) -> None:
        """Wait until what is accepted now is judged and saved, or judging has stopped."""
        last = self._backlog.last_seq
        while self._keeper.position < last and self.failed is None and not self._stopping.is_set():
            time.sleep(LOOKS_EVERY.total_seconds())

    @property
    def ready(self) -> bool:
        """Whether it takes events and judges them."""
        return self._thread is not None and self.failed is None and self.not_saved is None and not self._stopping.is_set()

    @property
    def acceptor(self) -> Acceptor:
        """The way in."""
        return self._acceptor

    @property
    def outgoing(self) -> Outgoing:
        """The way out."""
        return self._publishing.outgoing

    def counters(self) -> Counters:
        """See `Counters`; what judging knows is as of its last save."""
        backlog = self._backlog
        return self._counted._replace(lines=dict(self._acceptor.lines), accepted_to=backlog.last_seq, backlog_events=backlog.waiting_events)

    def _judge(self) -> None:
        try:
            judged = takewhile(lambda batch: batch.seq <= self._position, self._reader.after(0))
            for told in self._keeper.rejudge_all(judged) if self._keeper.outdated else ():
                self._tell(told)
                self._save_if_due()
            while not self._stopping.is_set():
                self._backlog.wait(self._position, self._patience_s())
                self._turn()
            self._save()
        except Exception as wrong:  # noqa: BLE001  `failed` and `ready` tell it: the process must not look well
            self.failed = wrong

    def _turn(self) -> None:
        if self.not_saved is not None:
            self._stopping.wait(PULSE.total_seconds())
            self._save()
            return
        now = self._clock.now()
        promised = self._acceptor.promise(now)
        for arrival in self._backlog.take(self._position, self._reader):
            self._arrive(arrival)
            self._save_if_due()
            if self._stopping.is_set() or self.not_saved is not None:
                return
        self._answer()
        if self._position >= promised:
            self._tell(self._keeper.judge.advance(now))
            self._save_if_due()

    def _patience_s(self) -> float:
        """How long to wait for more at most: what was judged is to be saved."""
        waits_for = self._save_findings_from if self._found else self._save_from
        unsaved = self._found or self._position > self._keeper.position
        return min(PULSE.total_seconds(), max(0.0, waits_for - time.monotonic())) if unsaved else PULSE.total_seconds()

    def _answer(self) -> None:
        for asked in self._requests.open():
            answer = self._carrying_out.carry_out(asked.request, self._keeper.judge.clock)
            self._save()
            if self.not_saved is None:
                self._requests.reply(asked.number, answer)

    def _client_named(self, name: str) -> Client | None:
        """Whoever sent without a key, or lost it since, may send nothing again."""
        with closing(KeyStore(self._folder.path)) as keys:
            return next((key.client for key in keys.every() if key.name == name and key.lives(self._clock.now())), None)

    def _arrive(self, arrival: Arrival) -> None:
        judge, at = self._keeper.judge, arrival.received_at
        stated = [event for event in arrival.events if event.type.startswith("directory.")]
        if stated:
            self._tell(judge.before(at))
            for event in stated:
                self._publishing.state(event)
        judge.rising(at, arrival.sent)
        rest = [event for event in arrival.events if not event.type.startswith("directory.")] if stated else arrival.events
        self._tell(judge.arrive(at, rest))
        self._publishing.feeds.count(at, arrival.sent)
        self._position = arrival.seq
        self._backlog.judged(arrival)
        self._watch.judged(arrival)

    def _tell(self, told: Sequence[Told]) -> None:
        self._publishing.tell(told)
        for one in told:
            self._found = True
            for change in one.changes:
                self._watch.found(change)

    def _save_if_due(self) -> None:
        seconds = time.monotonic()
        if seconds < (self._save_findings_from if self._found else self._save_from):
            return
        self._publishing.pulse(self._keeper.judge.clock, seconds)
        if self._keeper.unsaved or self._publishing.unsaved or self._position > self._keeper.position:
            self._save()

    def _save(self) -> None:
        begun = time.monotonic()
        try:
            self._publishing.look(self._keeper.touched(), self._keeper.judge.clock)
            with self._keeper.saving(self._position):
                self._publishing.save()
        except sqlite3.Error as wrong:
            self.not_saved = wrong
            return
        self.not_saved = None
        self._found = False
        self._publishing.saved()
        self._count()
        ended = time.monotonic()
        share = SAVING_SHARE * (ended - begun)
        self._save_from = ended + max(SAVES_AFTER.total_seconds(), share)
        self._save_findings_from = ended + max(SAVES_FINDINGS_AFTER.total_seconds(), share)

    def _count(self) -> None:
        judge = self._keeper.judge
        self._counted = Counters(
            lines={},
            accepted_to=0,
            judged_to=self._keeper.position,
            backlog_events=0,
            clock_at=judge.clock,
            held_events=judge.held,
            people=len(judge.people.logs),
            complete_to={source: feed.complete_to for source, feed in judge.feeds.known.items() if feed.beats},
            silent_after={source: feed.limit for source, feed in judge.feeds.known.items()},
        )
