"""Numbers for Prometheus. No label names a person, an officer or a reference; a feed, a rule and a code are all it knows.

Counters are counted where things happen; gauges are read when somebody scrapes. Of more feeds than `MOST_FEEDS` the rest are
`other`, because a label that a sender may choose must not fill the memory. Called by the shell alone.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.embedded.acceptance import Receipt

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_FEEDS = 200
LATE = timedelta(seconds=60)
"""An event that comes later than this after it happened is counted as late; screens say so from here on too."""
UNREAD = "unread"
"""The feed of a line whose source cannot be read."""
OTHER = "other"


class Gauges(NamedTuple):
    """How things stand at this instant. `lag_s`: by feed that sends heartbeats, how far its completeness is behind the clock."""

    backlog_events: int
    held_events: int
    people: int
    open_alerts: dict[tuple[str, str], int]
    """By rule and severity."""
    lag_s: dict[str, float]
    ready: bool
    behind_records: int = 0
    """What judging has said and alerting has not taken yet."""
    parts: Mapping[str, bool] = MappingProxyType({})
    """The parts of alerting, and whether each fails now."""


class Metrics:
    """One registry, for one process."""

    def __init__(self, look: Callable[[], Gauges | None]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that nobody here asks for
        self.registry = CollectorRegistry(auto_describe=True)
        self._feeds: set[str] = set()
        made = self.registry
        self.lines = Counter("vigil_lines", "Lines received, by feed and what became of them.", ["feed", "result"], registry=made)
        self.set_aside = Counter("vigil_set_aside", "Lines set aside, by feed and reason.", ["feed", "code"], registry=made)
        self.flagged = Counter(
            "vigil_flagged", "Events taken with an identifier whose check letter fails, by feed.", ["feed"], registry=made
        )
        self.not_durable = Counter("vigil_not_durable", "Lines answered with 503 because they could not be kept.", registry=made)
        self.judged = Counter("vigil_judged_events", "Events judged since the start.", registry=made)
        self.late = Counter(
            "vigil_late_events", "Events judged that came over a minute after they happened, by feed.", ["feed"], registry=made
        )
        self.findings = Counter("vigil_findings", "Alerts raised since the start.", ["rule", "severity"], registry=made)
        self.told_late = Counter("vigil_told_late", "Alerts raised over a minute after they could be known.", ["rule"], registry=made)
        self.answers = Counter(
            "vigil_http_answers", "Answers over HTTP, by route and status.", ["method", "route", "status"], registry=made
        )
        self.answer_seconds = Histogram("vigil_http_answer_seconds", "How long an answer took, by route.", ["route"], registry=made)
        made.register(_Now(look))

    def received(self, receipt: Receipt) -> None:
        """A batch was taken; only what is durable is counted here."""
        for one in receipt.results:
            if one.flagged:
                self.flagged.labels(self._feed(one.source)).inc()
        alike = Tally((one.source, one.result, one.code) for one in receipt.results)
        for (source, result, code), lines in alike.items():
            feed = OTHER if result == "refused" else self._feed(source)  # a source that is not the sender's is nobody's feed
            self.lines.labels(feed, result).inc(lines)
            if result == "set_aside":
                self.set_aside.labels(feed, code or "").inc(lines)

    def judged_events(self, lateness: Iterable[tuple[str, datetime, datetime]]) -> None:
        """Events that were judged: feed, when it happened, when it came."""
        for source, occurred_at, received_at in lateness:
            self.judged.inc()
            if received_at - occurred_at > LATE:
                self.late.labels(self._feed(source)).inc()

    def raised(self, rule: str, severity: str, late_by: timedelta) -> None:
        """An alert was raised."""
        self.findings.labels(rule, severity).inc()
        if late_by > LATE:
            self.told_late.labels(rule).inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. A method that is none has no numbers of its own: whoever makes them up would fill the memory."""
        self.answers.labels(method if method in METHODS else OTHER, route, str(status)).inc()
        self.answer_seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _feed(self, source: str | None) -> str:
        if source is None:
            return UNREAD
        if source not in self._feeds and len(self._feeds) >= MOST_FEEDS:
            return OTHER
        self._feeds.add(source)
        return source


class _Now(Collector):
    """The gauges, read at the scrape."""

    def __init__(self, look: Callable[[], Gauges | None]) -> None:
        self._look = look

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Their names, without looking: nothing runs yet when they are registered."""
        yield from _families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See `Gauges`."""
        now = self._look()
        ready, backlog, held, people, alerts, lag, behind, failing = _families()
        ready.add_metric([], 1 if now is not None and now.ready else 0)
        yield ready
        if now is None:
            return
        backlog.add_metric([], now.backlog_events)
        held.add_metric([], now.held_events)
        people.add_metric([], now.people)
        for (rule, severity), count in now.open_alerts.items():
            alerts.add_metric([rule, severity], count)
        for feed, seconds in list(now.lag_s.items())[:MOST_FEEDS]:
            lag.add_metric([feed], seconds)
        behind.add_metric([], now.behind_records)
        for part, fails in now.parts.items():
            failing.add_metric([part], float(fails))
        yield from (backlog, held, people, alerts, lag, behind, failing)


def _families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily("vigil_ready", "1 while events are taken."),
        GaugeMetricFamily("vigil_backlog_events", "Events accepted and not yet judged."),
        GaugeMetricFamily("vigil_held_events", "Events ahead of the clock, waiting for it."),
        GaugeMetricFamily("vigil_people", "People who are judged."),
        GaugeMetricFamily("vigil_open_alerts", "Alerts whose matter goes on.", labels=["rule", "severity"]),
        GaugeMetricFamily("vigil_feed_lag_seconds", "How far a feed's completeness is behind the clock.", labels=["feed"]),
        GaugeMetricFamily("vigil_ledger_behind_records", "What judging has said and alerting has not taken yet."),
        GaugeMetricFamily("vigil_part_failing", "1 while a part of alerting fails: it is tried again and again.", labels=["part"]),
    )
