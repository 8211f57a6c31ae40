"""Work that is done again and again until told to stop, each in a thread of its own: seen when it fails, and tried again.

Knows nothing of what the work is. A loop that has done its work cleanly says so in `pulse`, where health, the auditor and the
console see it; one that fails says that, and waits a little longer each time. Run by `alerting.service.works`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError

from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import PULSE
from alerting.ledger.upsert import upsert

PULSE_EVERY = timedelta(seconds=15)
LONGEST_WAIT = timedelta(seconds=10)
AT_MOST_EVERY = timedelta(milliseconds=50)
"""Every commit wakes whoever waits for one: a storm of them is one look."""
_log = structlog.get_logger("service")


class Work(NamedTuple):
    """One part. `turn` does what there is and says whether there may be more at once; `every`: how long it rests otherwise.

    `wakes`: a commit to the ledger ends its rest.
    """

    part: str
    turn: Callable[[], bool]
    every: timedelta
    wakes: bool = False


class Loop:
    """One work in one thread."""

    def __init__(self, work: Work, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self.part = work.part
        self.failing: str | None = None
        """What it last failed with; None when its last turn was clean."""
        self.turned = False
        """Whether it has had a clean turn."""
        self._work = work
        self._ledger = ledger
        self._clock = clock
        self._rested = threading.Event()
        self._stopping = threading.Event()
        self._said: tuple[datetime, str] | None = None
        self._thread = threading.Thread(target=self._run, name=work.part, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._rested.set()

    def stop(self) -> None:
        """End after the turn under way. Does not wait."""
        self._stopping.set()
        self._rested.set()

    def join(self, within: timedelta) -> bool:
        """Wait for the end; whether it has come."""
        self._thread.join(within.total_seconds())
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether it has ended without being told to."""
        return not self._thread.is_alive() and not self._stopping.is_set()

    def _run(self) -> None:
        unhear = self._ledger.hear(lambda _: self._rested.set()) if self._work.wakes else lambda: None
        failures = 0
        try:
            while not self._stopping.is_set():
                self._rested.clear()
                more = False
                try:
                    more = self._work.turn()
                    self._ended(None)
                    failures = 0
                except Exception as wrong:  # noqa: BLE001  whatever it is: seen by health, and tried again
                    failures += 1
                    _log.error("part_failed", part=self.part, error=type(wrong).__name__, where=_where(wrong))
                    self._ended(f"{type(wrong).__name__} at {_where(wrong)}")
                if not more:
                    wait = min(self._work.every * 2**failures, LONGEST_WAIT) if failures else self._work.every
                    (self._stopping if failures else self._rested).wait(wait.total_seconds())
                    if self._work.wakes:
                        self._stopping.wait(AT_MOST_EVERY.total_seconds())
        finally:
            unhear()

    def _ended(self, failing: str | None) -> None:
        """A turn is over: say so where others look, when it is news or time."""
        self.failing = failing
        self.turned |= failing is None
        now, state = self._clock(), "pass" if failing is None else "fail"
        if self._said is not None and self._said[1] == state and self._said[0] <= now < self._said[0] + PULSE_EVERY:
            return
        try:
            with self._ledger.write(now) as writing:
                upsert(writing.connection, PULSE, [{"part": self.part, "at": now, "state": state, "detail": failing or ""}])
            self._said = (now, state)
        except SQLAlchemyError as wrong:
            self.failing = f"{type(wrong).__name__} at the ledger"


def _where(wrong: BaseException) -> str:
    """The place in our code; the message may hold what an event said."""
    frame = wrong.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "nowhere" if frame is None else f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
