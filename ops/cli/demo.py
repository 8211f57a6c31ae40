"""The demonstration: an invented population's feeds through the real way in, on a clock that runs fast until the first critical alert.

The morning before the first planted matter of a critical kind is fed at once, as history; then the clock runs so many times
as fast as a real one, and at the first critical alert that the run itself raises it slows to real time. Everything else is the
product: acceptor, judging, alerts. Called by `vigil run --demo`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import chain, groupby
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from ops.simulate.truth import Truth
from ops.simulate.world import plan
from schemas.finding import FindingChange
from streams.embedded.acceptance import Acceptor, Client, Receipt
from streams.embedded.folder import Folder

PEOPLE = 60
DAYS = 7
SEED = 13
"""Chosen by looking: approach, contact from custody and a tag not fitted first, then one entry that lasts."""
BEGINS = time(5, tzinfo=UTC)
"""Days begin at one time, so that the same invented people do the same things in every demonstration."""
CRITICAL_RULE = "exclusion-zone-entry"
LASTS = timedelta(minutes=10)
"""A matter that ends sooner would be gone from the page before anybody has read it."""
LEAD = timedelta(minutes=20)
"""So long before the first critical matter the history ends and the clock begins to run."""
HISTORY_STEP = timedelta(minutes=1)
BEAT_S = 0.2
MARK = "DEMO"
"""A file that says that a folder holds nothing but a demonstration, and may be emptied for the next."""
CLIENT = Client("demonstration", ("*",))

Line = tuple[datetime, bytes]


class NotADemo(Exception):
    """The folder holds something that is no demonstration."""


class Story(NamedTuple):
    """Lines with the instant at which each arrives, in order; up to `lives_at` they are history."""

    starts_at: datetime
    lives_at: datetime
    lines: Iterable[Line]


class DemoClock:
    """Stands where it is put, then runs fast, then true. Any thread may read it; one moves it."""

    def __init__(self, at: datetime, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._from = (at, 0.0, 0.0)
        """The instant, when it was set, and how many times as fast as real time it runs from there."""

    def now(self) -> datetime:
        """See `streams.embedded.clock.Clock`."""
        at, set_s, speed = self._from
        return at + timedelta(seconds=(self._seconds() - set_s) * speed) if speed else at

    def stand(self, at: datetime) -> None:
        """Stand at an instant."""
        self._from = (at, 0.0, 0.0)

    def run(self, speed: float) -> None:
        """Go on from here, so many times as fast as real time."""
        self._from = (self.now(), self._seconds(), speed)


def story(now: datetime) -> Story:
    """The demonstration's story. It is never behind the real clock, so that an event posted to it now is not ahead of its time."""
    starts_at = datetime.combine(now.date(), BEGINS) - timedelta(days=1)
    while True:
        world = plan(PEOPLE, DAYS, SEED, starts_at)
        critical_ms = min(truth.began_ms for truth in world.truths() if truth.rule == CRITICAL_RULE and _lasts(truth))
        lives_at = _at(critical_ms) - LEAD
        if lives_at >= now:
            return Story(starts_at, lives_at, ((_at(received_ms), text) for received_ms, text in world.lines()))
        starts_at += timedelta(days=1)


def folder(path: Path) -> Path:
    """The demonstration's own folder, empty. `NotADemo` for one that holds anything else."""
    mark = path / MARK
    if path.exists() and any(path.iterdir()) and not mark.exists():
        raise NotADemo(f"{path} holds something that is no demonstration; name another folder with --data")
    owned = Folder(path)
    owned.open()  # `FolderTaken` while the last demonstration still runs: nothing of it may be pulled from under it
    try:
        mark.touch()
        for file in path.glob("*.sqlite3*"):
            file.unlink()
    finally:
        owned.close()
    return path


class Feeder:
    """Sends a story through the acceptor, moving the clock with it, until it is told to stop."""

    def __init__(self, told: Story, acceptor: Acceptor, clock: DemoClock, speed: float, behind: Callable[[], int]) -> None:
        self._lines = iter(told.lines)
        self._lives_at = told.lives_at
        self._behind = behind
        """Events accepted and not yet judged: the history is judged before the clock runs."""
        self._acceptor = acceptor
        self._clock = clock
        self._speed = speed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="demonstration", daemon=True)
        self.failed: Exception | None = None
        self.fast = True
        """Whether time is still made: history, then fast, until the first critical alert."""
        self.received: Callable[[Receipt], None] = lambda _receipt: None

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopping.set()
        self._thread.join()

    def heard(self, change: FindingChange) -> None:
        """A finding is new or different: at the first critical one that the running clock brings, time becomes real."""
        finding = change.finding
        if (
            self.fast
            and change.change == "raised"
            and (finding.severity, finding.status) == ("critical", "open")
            and change.at > self._lives_at
        ):
            self._clock.run(1.0)
            self.fast = False

    def _feed(self) -> None:
        try:
            first = self._history()
            while self._behind() and not self._stopping.wait(BEAT_S):
                pass
            self._clock.run(self._speed)
            self._live(chain(first, self._lines))
        except Exception as wrong:  # noqa: BLE001  told by `failed`
            self.failed = wrong

    def _history(self) -> list[Line]:
        """What is before the story lives, a minute a batch; the first line after it."""
        for step, lines in groupby(self._lines, key=lambda line: (line[0] - self._lives_at) // HISTORY_STEP):
            batch = list(lines)
            if step >= 0:
                return batch
            if self._stopping.is_set():
                break
            self._clock.stand(batch[-1][0])
            self.received(self._acceptor.accept([text for _, text in batch], CLIENT, batch[-1][0]))
        return []

    def _live(self, lines: Iterator[Line]) -> None:
        waiting = next(lines, None)
        while waiting is not None and not self._stopping.wait(BEAT_S):
            now = self._clock.now()
            due: list[bytes] = []
            while waiting is not None and waiting[0] <= now:
                due.append(waiting[1])
                waiting = next(lines, None)
            if due:
                self.received(self._acceptor.accept(due, CLIENT, now))


def _lasts(truth: Truth) -> bool:
    return truth.ended_ms is None or truth.ended_ms - truth.began_ms >= LASTS // timedelta(milliseconds=1)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
