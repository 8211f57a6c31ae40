"""What metrics, health and the plain page see of a running system: hears what is judged, and looks at both halves when it is asked.

Holds no judgement and changes nothing. Called by the judging thread as its `Watch`, and by the web server's threads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from alerting.ledger.statements import directory
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from ops.cli.alerting_here import AlertingHere
from ops.cli.running import Runner
from ops.web.picture import DemoTime, Picture, feed_seen
from schemas.finding import FindingChange
from streams.embedded.acceptance import Acceptor
from streams.embedded.backlog import Arrival
from streams.embedded.clock import Clock
from streams.embedded.http_health import Health, Word
from streams.embedded.metrics import Gauges, Metrics

BEHIND_EVENTS = 10_000
"""So many events waiting to be judged are worth a warning; the alarm stands at the same number."""
_CHECKED = {"ledger": ("taking",), "sweep": ("sweep",), "outbox": ("sending",), "auditor": ("auditor",)}
"""Each check of console.md 1.7 and the parts that it speaks for."""


class Onlooker:
    """One for a run. Until `see` it shows that Vigil is starting."""

    def __init__(self, clock: Clock) -> None:
        self.metrics = Metrics(self.gauges)
        self._clock = clock
        self.demo: Callable[[], DemoTime] = lambda: "none"
        self._runner: Runner | None = None
        self._alerting: AlertingHere | None = None
        self._last_event_at: datetime | None = None
        self._counted: tuple[int, dict[tuple[str, str], int]] = (-1, {})
        self.listeners: list[Callable[[FindingChange], None]] = []
        """Told of every finding that is new or different, on the judging thread."""

    def see(self, runner: Runner, alerting: AlertingHere) -> None:
        """The run has started."""
        self._alerting = alerting
        self._runner = runner

    @property
    def acceptor(self) -> Acceptor | None:
        """The way in; None until the run has started."""
        return None if self._runner is None else self._runner.acceptor

    def judged(self, arrival: Arrival) -> None:
        """See `ops.cli.running.Watch`."""
        self._last_event_at = arrival.received_at
        self.metrics.judged_events((event.source, event.occurred_at, arrival.received_at) for event in arrival.events)

    def found(self, change: FindingChange) -> None:
        """See `ops.cli.running.Watch`."""
        finding = change.finding
        if change.change == "raised":
            self.metrics.raised(finding.rule, finding.severity, max(timedelta(), change.at - finding.decidable_at))
        for listener in self.listeners:
            listener(change)

    def gauges(self) -> Gauges | None:
        """See `Gauges`."""
        runner, alerting = self._runner, self._alerting
        if runner is None or alerting is None:
            return None
        counters = runner.counters()
        now = self._now(runner)
        lag_s = {source: max(0.0, (now - complete_to).total_seconds()) for source, complete_to in counters.complete_to.items()}
        open_alerts = self._open_alerts(alerting.ledger)
        return Gauges(
            counters.backlog_events,
            counters.held_events,
            counters.people,
            open_alerts,
            lag_s,
            ready=runner.ready,
            behind_records=alerting.behind,
            parts=alerting.parts(),
        )

    def picture(self) -> Picture | None:
        """See `Picture`. The alerts are the page's to fetch: who reads decides which."""
        runner, alerting = self._runner, self._alerting
        if runner is None or alerting is None:
            return None
        counters = runner.counters()
        now = self._now(runner)
        with alerting.ledger.read() as connection:
            known = directory(connection)
        return Picture(
            at=now,
            alerts=(),
            directory=known,
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

    def health(self) -> Health:
        """See `Health`."""
        runner, alerting = self._runner, self._alerting
        if runner is None or alerting is None:
            return Health(ready=False, checks=dict.fromkeys(("ledger", "intake", "judging", "outbox", "sweep", "auditor"), "fail"))
        behind = runner.counters().backlog_events > BEHIND_EVENTS
        judging: Word = "fail" if runner.failed is not None or runner.not_saved is not None else "warn" if behind else "pass"
        checks: dict[str, Word] = {"intake": "pass" if runner.ready else "fail", "judging": judging}
        failing = alerting.failing()
        for check, parts in _CHECKED.items():
            checks[check] = "fail" if any(part in failing for part in parts) else "pass"
        return Health(ready=runner.ready, checks=checks)

    def _open_alerts(self, ledger: Ledger) -> dict[tuple[str, str], int]:
        """Counted anew only when something has changed: a scrape must cost nothing."""
        seq = ledger.seq()
        if self._counted[0] != seq:
            actual = (ALERT.c.message_status == "actual", ALERT.c.closed.is_(False), ALERT.c.status == "open")
            asked = select(ALERT.c.rule, ALERT.c.severity, func.count()).where(*actual).group_by(ALERT.c.rule, ALERT.c.severity)
            with ledger.read() as connection:
                self._counted = (seq, {(rule, severity): count for rule, severity, count in connection.execute(asked)})
        return self._counted[1]

    def _now(self, runner: Runner) -> datetime:
        return self._clock.now() if runner.ready else runner.counters().clock_at
