"""The alerting half at work: takes what streams tells, fires clocks, sends, states facts, passes requests on, seals the chain.

One loop each in a thread of its own, one word to stop; a part that fails is seen and tried again, and holds up no other. What it
takes from and gives to is handed in, so it is the same beside a judging thread (`vigil run`) and on Kafka (`vigil alerting`).
The auditor is no part of it: it must see this stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from alerting.delivery.sending import Sender
from alerting.ledger import facts, requests
from alerting.ledger.roots import Key, seal
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import IN_ONE_PASS, sweep
from alerting.ledger.taking import Incoming, take
from alerting.service.loops import Loop, Work
from alerting.service.seen import Seen
from schemas.requests import Request

SWEEPS_EVERY = timedelta(seconds=1)
LOOKS_EVERY = timedelta(seconds=1)
SEALS_EVERY = timedelta(seconds=20)
"""How often it is looked whether an hour is over; each look is also a word that this part is at work."""
STOPS_WITHIN = timedelta(seconds=20)
"""All parts together: whoever told the process to stop kills it after half a minute."""


class Source(Protocol):
    """Records of streams, in order. One thread."""

    def poll(self, within: timedelta) -> Sequence[Incoming]:
        """What was not given yet; nothing when the time is over."""

    def taken(self, records: Sequence[Incoming]) -> None:
        """These are in the ledger, durable."""

    def back(self) -> None:
        """What was given and not `taken` is to be given again."""


class Intake(Protocol):
    """Where facts go."""

    def state(self, lines: Sequence[bytes]) -> Sequence[str | None]:
        """Of each line: None where it is kept for judging, else why it is not. It raises where nothing was kept."""


class Done(NamedTuple):
    """A request was carried out; or why it was refused."""

    refused: str | None = None


class Streams(Protocol):
    """Who carries requests out."""

    def ask(self, number: int, request: Request) -> Done | None:
        """Asked again and again until it is done; None: not yet."""

    def forget(self, number: int) -> None:
        """The answer is kept here now."""


class Ways(NamedTuple):
    """What the service takes from and gives to. None: that is not done from here."""

    source: Source
    intake: Intake | None = None
    streams: Streams | None = None
    sender: Sender | None = None


class Service:
    """From `start` to `stop`. `key` signs the chain's roots; `more`: works of others (walls, exercises)."""

    def __init__(
        self,
        ledger: Ledger,
        terms: Terms,
        clock: Callable[[], datetime],
        ways: Ways,
        *,
        key: Key | None = None,
        more: Iterable[Work] = (),
    ) -> None:
        self._ledger, self._terms, self._clock = ledger, terms, clock
        self._source, intake, streams, sender = ways
        works = [Work("taking", self._take, timedelta()), Work("sweep", self._sweep, SWEEPS_EVERY)]
        if intake is not None:
            works.append(Work("facts", lambda: self._state(intake), LOOKS_EVERY, wakes=True))
        if streams is not None:
            works.append(Work("requests", lambda: self._ask(streams), LOOKS_EVERY, wakes=True))
        if key is not None:
            works.append(Work("seal", lambda: self._seal(key), SEALS_EVERY))
        self.loops: Mapping[str, Loop] = {work.part: Loop(work, ledger, clock) for work in (*works, *more)}
        self._seen = Seen(ledger, terms)
        self._stopping = threading.Event()
        self._sending = None if sender is None else threading.Thread(target=sender.run, args=(self._stopping,), name="sending", daemon=True)

    def start(self) -> None:
        """Begin."""
        for loop in self.loops.values():
            loop.start()
        if self._sending is not None:
            self._sending.start()

    def rest(self, within: timedelta = STOPS_WITHIN) -> None:
        """State and ask nothing more: streams is about to stop. What it says until then is still taken."""
        giving = [self.loops[part] for part in ("facts", "requests") if part in self.loops]
        for loop in giving:
            loop.stop()
        _end([loop.join for loop in giving], within)

    def stop(self, within: timedelta = STOPS_WITHIN) -> None:
        """Each part ends after the turn under way; what is undone is done after the next start."""
        self._stopping.set()
        for loop in self.loops.values():
            loop.stop()
        joins: list[Callable[[timedelta], object]] = [loop.join for loop in self.loops.values()]
        if (sending := self._sending) is not None:
            joins.append(lambda within: sending.join(within.total_seconds()))
        _end(joins, within)

    def wake(self, part: str) -> None:
        """There may be something for it."""
        if part in self.loops:
            self.loops[part].wake()

    def failing(self) -> dict[str, str]:
        """The parts that do not do their work now, and why."""
        found = {part: loop.failing for part, loop in self.loops.items() if loop.failing is not None}
        found.update({part: "it has ended" for part, loop in self.loops.items() if loop.ended})
        if self._sending is not None and not self._sending.is_alive():
            found["sending"] = "it has ended"
        return found

    def parts(self) -> dict[str, bool]:
        """Every part, and whether it fails now."""
        failing = self.failing()
        return {part: part in failing for part in (*self.loops, *(() if self._sending is None else ("sending",)))}

    def _take(self) -> bool:
        records = self._source.poll(LOOKS_EVERY)
        if not records:
            return False
        try:
            take(self._ledger, records, self._clock(), self._terms)
        except BaseException:
            self._source.back()
            raise
        self._source.taken(records)
        return True

    def _sweep(self) -> bool:
        now = self._clock()
        try:
            self._seen.look(now)
        finally:  # whatever went wrong there must not stop what is due
            swept = sweep(self._ledger, now, self._terms)
        if swept.broken:
            raise BrokenClocks(f"{len(swept.broken)} alerts")
        return swept.fired >= IN_ONE_PASS

    def _state(self, intake: Intake) -> bool:
        with self._ledger.read() as connection:
            waiting = facts.waiting(connection)
        if not waiting:
            return False
        answers = intake.state([one.event for one in waiting])
        refused = {one.number: why for one, why in zip(waiting, answers, strict=True) if why is not None}
        with self._ledger.write(self._clock()) as writing:
            facts.taken(writing, [one.number for one in waiting], refused)
        return True

    def _ask(self, streams: Streams) -> bool:
        with self._ledger.read() as connection:
            waiting = requests.waiting(connection)
        for one in waiting:
            done = streams.ask(one.number, one.request)
            if done is not None:
                with self._ledger.write(self._clock()) as writing:
                    requests.taken(writing, one.number, done.refused)
                streams.forget(one.number)
        return False

    def _seal(self, key: Key) -> bool:
        with self._ledger.write(self._clock()) as writing:
            seal(writing, key)
        return False


def _end(joins: Sequence[Callable[[timedelta], object]], within: timedelta) -> None:
    """Wait for all of them, so long in all: what hangs is a daemon, and is left."""
    all_of_them = threading.Thread(target=lambda: [join(within) for join in joins], name="ending", daemon=True)
    all_of_them.start()
    all_of_them.join(within.total_seconds())


class BrokenClocks(Exception):
    """Clocks that ran out and could not be fired: our own fault, and the auditor names the alerts."""
