"""The alerting half of `vigil run`, beside the judging thread: takes what judging says, and gives back what people state and ask.

One ledger file in the data folder. What passes between the halves passes through durable tables on both sides, so that a kill
at any instant loses nothing and does nothing twice.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from alerting.auditor import Rounds, audit, heartbeat, times_back
from alerting.console.desk import Desk, Settings
from alerting.console.live import Live
from alerting.ledger.roots import key
from alerting.ledger.store import Ledger
from alerting.ledger.taking import Incoming, position
from alerting.lifecycle.policy import Policies
from alerting.service.loops import Loop, Work
from alerting.service.works import STOPS_WITHIN, Done, Service, Ways
from ops.cli.running import Runner
from ops.cli.sending import others, providers, sender
from ops.cli.terminal import say
from schemas.requests import Request
from streams.embedded.acceptance import CONSOLE, Acceptor, Client
from streams.embedded.outgoing import Outgoing, OutgoingReader
from streams.embedded.requests import Requests

US = Client(CONSOLE, (CONSOLE,), inside=True)
AUDITS_EVERY = timedelta(seconds=30)
AT_ONCE = 1_000
LOOKS_EVERY_S = 0.02


class FromJudging:
    """See `alerting.service.works.Source`: the records that judging has saved."""

    def __init__(self, folder: Path, outgoing: Outgoing, ledger: Ledger) -> None:
        self._reader = OutgoingReader(folder)
        self._outgoing = outgoing
        self._rung = threading.Event()
        with ledger.read() as connection:
            self._taken_to = position(connection, self._reader.name) or 0
        self._given_to = self._taken_to
        outgoing.taken(self._taken_to)
        outgoing.heard = self._rung.set

    def poll(self, within: timedelta) -> Sequence[Incoming]:
        """See `Source.poll`."""
        self._rung.clear()
        records = self._reader.after(self._given_to, AT_ONCE)
        if not records and self._rung.wait(within.total_seconds()):
            records = self._reader.after(self._given_to, AT_ONCE)
        if records:
            self._given_to = records[-1].number
        return [Incoming(self._reader.name, 0, record.number, record.topic, record.value) for record in records]

    def taken(self, records: Sequence[Incoming]) -> None:
        """See `Source.taken`."""
        self._taken_to = records[-1].number
        self._outgoing.taken(self._taken_to)

    def back(self) -> None:
        """See `Source.back`."""
        self._given_to = self._taken_to

    @property
    def behind(self) -> int:
        """Records that are saved there and not here yet."""
        return self._outgoing.written_to - self._taken_to

    def close(self) -> None:
        """Close the file."""
        self._rung.set()
        self._reader.close()


class ToIntake:
    """See `alerting.service.works.Intake`: facts go in by the same door as everybody's events."""

    def __init__(self, acceptor: Acceptor, clock: Callable[[], datetime]) -> None:
        self._acceptor = acceptor
        self._clock = clock

    def state(self, lines: Sequence[bytes]) -> Sequence[str | None]:
        """See `Intake.state`."""
        results = self._acceptor.accept(lines, US, self._clock()).results
        return [None if one.result in {"accepted", "duplicate"} else one.code or one.result for one in results]


class ToJudging:
    """See `alerting.service.works.Streams`: the judging thread carries requests out between two batches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, number: int, request: Request) -> Done | None:
        """See `Streams.ask`."""
        with closing(Requests(self._folder)) as requests:
            answer = requests.answer(requests.ask(request, _name(number)))
        return None if answer is None else Done(answer.refused)

    def forget(self, number: int) -> None:
        """See `Streams.forget`."""
        with closing(Requests(self._folder)) as requests:
            requests.forget(_name(number))


class AlertingHere:
    """The ledger of one data folder, the work on it, and the desk of its console."""

    def __init__(
        self,
        folder: Path,
        policies: Policies,
        clock: Callable[[], datetime],
        settings: Settings,
        environment: Mapping[str, str] = os.environ,
        *,
        real_clock: Callable[[], datetime] | None = None,
        stops_within: timedelta = STOPS_WITHIN,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger.in_folder(folder)
        self.ledger.upgrade()
        self._folder = folder
        self._clock = clock
        self.live = Live(self.ledger)
        self._environment = environment
        self._providers = providers(environment)
        self.desk = Desk(
            self.ledger,
            clock,
            settings,
            self.live,
            policies=policies,
            wake=self._wake,
            say=say,
            providers=self._providers,
            real_clock=real_clock,
        )
        self._terms = self.desk.terms
        self._service: Service | None = None
        self._source: FromJudging | None = None
        self._stops_within = stops_within
        self._ends_s = math.inf
        self._rounds = Rounds()
        self._auditor = Loop(Work("auditing", self._audit, AUDITS_EVERY), self.ledger, clock)
        self.steady: Callable[[], bool] = lambda: True
        """Whether the clock runs as it should. While one runs fast, every part is behind it: no books are checked, nothing is exercised."""

    def start(self, runner: Runner) -> None:
        """Begin; judging has begun."""
        self._source = FromJudging(self._folder, runner.outgoing, self.ledger)
        ways = Ways(
            self._source,
            ToIntake(runner.acceptor, self._clock),
            ToJudging(self._folder),
            sender(self.ledger, self._terms, self._clock, self._providers, self._environment),
        )
        signing = key(self._folder, self._environment.get("VIGIL_AUDIT_KEY"))
        more = others(self.ledger, self._terms, self._clock, self._providers, self._environment, self._is_steady)
        self._service = Service(self.ledger, self._terms, self._clock, ways, key=signing, more=more)
        self._service.start()
        self._auditor.start()

    def rest(self) -> None:
        """Judging is about to stop: nothing more is given to it."""
        if self._service is not None:
            self._service.rest(self._left() / 2)

    def stop(self) -> None:
        """Take what judging saved last, and end what is under way. Nothing is lost where it is stopped sooner."""
        ends_s = time.monotonic() + (self._left() / 2).total_seconds()
        while self.behind and not self.failing() and time.monotonic() < ends_s:
            time.sleep(LOOKS_EVERY_S)
        self.live.close()
        self._auditor.stop()
        if self._service is not None:
            self._service.stop(self._left())
            self._auditor.join(self._left())
        if self._source is not None:
            self._source.close()
        self.ledger.close()

    def failing(self) -> dict[str, str]:
        """The parts that do not do their work now, and why."""
        found = {} if self._service is None else self._service.failing()
        if self._auditor.failing is not None:
            found["auditor"] = self._auditor.failing
        return found

    @property
    def behind(self) -> int:
        """Records of judging that are not in the ledger yet."""
        return 0 if self._source is None else self._source.behind

    def parts(self) -> dict[str, bool]:
        """Every part, and whether it fails now."""
        working = {} if self._service is None else self._service.parts()
        return {**working, "auditor": self._auditor.failing is not None}

    def _left(self) -> timedelta:
        """Of the time in which all parts together stop, from the first word on."""
        now_s = time.monotonic()
        self._ends_s = min(self._ends_s, now_s + self._stops_within.total_seconds())
        return timedelta(seconds=max(0.0, self._ends_s - now_s))

    def _is_steady(self) -> bool:
        return self.steady()

    def _wake(self) -> None:
        if self._service is not None:
            self._service.wake("sweep")

    def _audit(self) -> bool:
        started = self._service is not None and all(loop.turned for loop in self._service.loops.values())
        now = self._clock()
        left_out = self._rounds.left_out(now, times_back(self.ledger.url))
        if started and self.steady() and not left_out:
            report = audit(self.ledger.url, now)
            if not report.clean:
                raise NotInOrder("; ".join(map(str, report.faults)))
            heartbeat(self.ledger.url, report)
        return False


class NotInOrder(Exception):
    """The auditor found the books wrong."""


def _name(number: int) -> str:
    return f"ledger-{number}"
