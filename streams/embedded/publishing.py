"""What judging tells alerting, as records of the topics: findings as they are told, and what pages show as it changes.

Bounded: no record for a fix. A position is published only beside a finding; a page moves on for its last proof of life only now
and then; feeds and the index of what was set aside at most every few seconds. Called by the runner on the judging thread:
`tell` and `state` as things happen, `pulse` now and then, `look` before a save, `save` and `saved` with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime

from schemas import codec, topics
from schemas.event import Event
from schemas.finding import Told as Model
from schemas.person import PersonView
from schemas.read_models import FeedView
from streams.embedded import entries
from streams.embedded.asked import Asked
from streams.embedded.beside_findings import BesideFindings
from streams.embedded.judge import Judge
from streams.embedded.news import News
from streams.embedded.outgoing import Outgoing
from streams.embedded.people import WAITING
from streams.embedded.person_pages import PersonPages
from streams.embedded.received import ReceivedReader
from streams.embedded.rule_pages import rules
from streams.embedded.set_aside import SetAside
from streams.embedded.shown import Shown
from streams.embedded.told import Told
from streams.embedded.watched_feeds import WatchedFeeds
from streams.engine.journal import Slice
from streams.engine.log import PersonLog
from streams.engine.state import NOWHERE

FEEDS_EVERY_S = 5.0
ASIDE_EVERY_S = 2.0


class Publishing:
    """Everything that goes out, for one judge and its file."""

    def __init__(self, file: sqlite3.Connection, judge: Judge, received: ReceivedReader) -> None:
        self.outgoing = Outgoing(file)
        self.feeds = WatchedFeeds(judge.feeds)
        self.set_aside = SetAside(file, received)
        self.asked = Asked(file)
        self._judge = judge
        self._shown = Shown(file)
        self._pages = PersonPages(judge.feeds, self._shown)
        self._beside = BesideFindings()
        self._news = judge.people.news = News()
        self._last_feeds: dict[str, FeedView] = {}
        self._states: dict[str, str] = {}
        self._feeds_from_s = self._aside_from_s = 0.0
        for rule in rules(judge.rulebook):
            if self._shown.is_news(topics.RULES, rule.slug, rule):
                self.put(topics.RULES, rule.slug, rule)

    @property
    def unsaved(self) -> bool:
        """Whether anything is to be written."""
        return self.outgoing.unsaved or self.set_aside.unsaved or self.asked.unsaved

    def put(self, topic: str, key: str, record: Model) -> None:
        """One record more."""
        self.outgoing.put(topic, key, record.model_dump_json().encode())

    def state(self, event: Event) -> None:
        """A statement about who is there."""
        self.outgoing.put(topics.DIRECTORY, f"{event.source} {event.id}", codec.encode(event))

    def tell(self, told: Iterable[Told]) -> None:
        """Changes of findings, each after the person as he was known then."""
        for one in told:
            if one.person is not None:
                self._person(one.person)
            for change in one.changes:
                finding = change.finding
                self.put(topics.FINDINGS, finding.person_id or finding.finding_id, change)
            if one.lane is not None and one.person is not None and (log := self._judge.people.logs.get(one.lane)) is not None:
                for event, fix in self._beside.new(one.lane, log, one.changes):
                    self.put(topics.FIXES, f"{event.source} {event.id}", entries.fix(event, fix, one.person.person_id))

    def pulse(self, now: datetime, machine_s: float) -> None:
        """What is not about people: feeds and what was set aside, when it is time. `machine_s`: the machine's own watch."""
        states = {source: str(state) for source, state in self.feeds.states(now).items()}
        if states != self._states or machine_s >= self._feeds_from_s:
            self._states, self._feeds_from_s = states, machine_s + FEEDS_EVERY_S
            for view in self.feeds.views(now):
                before = self._last_feeds.get(view.source)
                if before is None or before.model_copy(update={"as_of_at": view.as_of_at}) != view:
                    self._last_feeds[view.source] = view
                    self.put(topics.FEEDS, view.source, view)
        if machine_s >= self._aside_from_s:
            self._aside_from_s = machine_s + ASIDE_EVERY_S
            for one in self.set_aside.new():
                self.put(topics.SET_ASIDE, one.quarantine_id, one)

    def look(self, touched: Iterable[tuple[str, PersonLog]], now: datetime) -> None:
        """What is new about people since the last save, into records."""
        news = self._news
        for old, heir in news.gone.items():
            self._person(PersonView(person_id=old, label=old, risk_level="standard", managed=False, gone_to=heir))
        for key in news.anew:
            for event in self._history(key):
                self._event(key, event)
        for key, event in news.events:
            if key not in news.anew:
                self._event(key, event)
        news.clear()
        for lane, log in touched:
            if log.status == "actual":
                for topic, record in self._pages.new(lane, log, now, self._judge.registry.view):
                    self.put(topic, log.case, record)
        for question in self.asked.look(self._judge.registry.questions(), now, self._who):
            self.put(topics.QUESTIONS, question.question_id, question)

    def save(self) -> None:
        """Write it, into the transaction under way; `saved` when it is durable."""
        for part in (self.outgoing, self._shown, self.set_aside, self.asked):
            part.save()

    def saved(self) -> None:
        """What `save` wrote is durable."""
        for part in (self._shown, self.set_aside, self.asked, self.outgoing):
            part.saved()
        living = self._judge.people.logs.living
        self._pages.rest(living)
        self._beside.rest(living)

    def _person(self, view: PersonView) -> None:
        if self._shown.is_news(topics.PEOPLE, view.person_id, view):
            self.put(topics.PEOPLE, view.person_id, view)

    def _event(self, key: str, event: Event) -> None:
        log = self._judge.people.logs.get(key)
        if log is None:
            return
        name = f"{event.source} {event.id}"
        self.put(topics.TIMELINE, name, entries.entry(event, log.case))
        if (report := entries.report(event, log.case)) is not None:
            self.put(topics.REPORTS, name, report)

    def _history(self, key: str) -> Iterator[Event]:
        people = self._judge.people
        if people.logs.get(key) is not None:
            slices = [Slice(one.bucket, one.from_at, one.to_at) for one in people.registry.view(key).buckets]
            yield from (event for event in people.journal.read(slices, NOWHERE) if event.type not in WAITING)

    def _who(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        log = self._judge.people.logs.get(key)
        return None if log is None else (log.case, log.head.person.areas)
