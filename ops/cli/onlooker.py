"""What pages, metrics and health see of a running system: hears what is judged, and looks at the run when it is asked.

Holds no judgement and changes nothing. Called by the judging thread as its `Watch`, and by the web server's threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from alerting.directory import Directory, learn
from ops.cli import stored
from ops.cli.running import Runner
from ops.web.picture import DemoTime, Picture, feed_seen
from schemas.alert import Alert
from streams.embedded.acceptance import Acceptor
from streams.embedded.backlog import Arrival
from streams.embedded.clock import Clock
from streams.embedded.http_health import Health, Word
from streams.embedded.metrics import Gauges, Metrics

BEHIND_EVENTS = 10_000
"""So many events waiting to be judged are worth a warning; the alarm stands at the same number."""


class Onlooker:
    """One for a run. Until `see` it shows that Vigil is starting."""

    def __init__(self, clock: Clock) -> None:
        self.metrics = Metrics(self.gauges)
        self._clock = clock
        self.demo: Callable[[], DemoTime] = lambda: "none"
        self._runner: Runner | None = None
        self._folder = Path()
        self._directory = Directory()
        self._last_event_at: datetime | None = None
        self._raised: set[str] = set()
        self.listeners: list[Callable[[Alert], None]] = []
        """Told of every alert that is new or different, on the judging thread."""

    def see(self, runner: Runner, folder: Path) -> None:
        """The run has started."""
        self._folder = folder
        self._runner = runner

    def before(self, folder: Path) -> None:
        """What was known of who is there when the last run stopped. Before judging begins."""
        self._directory = stored.directory(folder)

    @property
    def acceptor(self) -> Acceptor | None:
        """The way in; None until the run has started."""
        return None if self._runner is None else self._runner.acceptor

    def judged(self, arrival: Arrival) -> None:
        """See `ops.cli.running.Watch`."""
        self._last_event_at = arrival.received_at
        self.metrics.judged_events((event.source, event.occurred_at, arrival.received_at) for event in arrival.events)
        for event in arrival.events:
            if event.type.startswith("directory."):
                self._directory = learn(self._directory, event)

    def changed(self, alert: Alert) -> None:
        """See `ops.cli.running.Watch`."""
        if any(revision.at > alert.raised_at for revision in alert.revisions):
            self._raised.discard(alert.alert_id)
        elif alert.alert_id not in self._raised:
            self._raised.add(alert.alert_id)
            self.metrics.raised(alert.rule, alert.severity, timedelta(seconds=alert.late_by_s))
        for listener in self.listeners:
            listener(alert)

    def gauges(self) -> Gauges | None:
        """See `Gauges`."""
        runner = self._runner
        if runner is None:
            return None
        counters = runner.counters()
        now = self._now(runner)
        open_alerts = Counter((alert.rule, str(alert.severity)) for alert in runner.open_alerts())
        lag_s = {source: max(0.0, (now - complete_to).total_seconds()) for source, complete_to in counters.complete_to.items()}
        return Gauges(counters.backlog_events, counters.held_events, counters.people, dict(open_alerts), lag_s, ready=runner.ready)

    def picture(self) -> Picture | None:
        """See `Picture`."""
        runner = self._runner
        if runner is None:
            return None
        counters = runner.counters()
        now = self._now(runner)
        return Picture(
            at=now,
            alerts=runner.open_alerts(),
            directory=self._directory,
            feeds=tuple(
                feed_seen(source, complete_to, counters.silent_after[source], now)
                for source, complete_to in sorted(counters.complete_to.items())
            ),
            people=counters.people,
            last_event_at=self._last_event_at,
            behind_events=counters.backlog_events,
            failed=not runner.ready,
            demo=self.demo(),
        )

    def find(self, name: str) -> Alert | None:
        """An alert by its id or its reference, open or not."""
        return None if self._runner is None else stored.alert_called(self._folder, name)

    def health(self) -> Health:
        """See `Health`."""
        runner = self._runner
        if runner is None:
            return Health(ready=False, checks={"intake": "fail", "judging": "fail", "ledger": "fail"})
        behind = runner.counters().backlog_events > BEHIND_EVENTS
        judging: Word = "fail" if runner.failed is not None else "warn" if behind else "pass"
        return Health(
            ready=runner.ready,
            checks={
                "intake": "pass" if runner.ready else "fail",
                "judging": judging,
                "ledger": "pass" if runner.not_saved is None else "fail",
            },
        )

    def _now(self, runner: Runner) -> datetime:
        return self._clock.now() if runner.ready else runner.counters().clock_at
