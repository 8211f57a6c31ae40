"""Everybody who is judged: events routed to their logs, histories judged again when identity changes.

One lane a person for what is actual; an exercise or a test sees the actual lane and adds to a lane of its own, so it
is never proof, evidence or an end for anything actual (contract 1). Called by `streams.embedded.judge` alone, which
takes what is told from `told`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from msgspec.structs import replace

from schemas.bail import AlertClosed, BreachDecided
from schemas.event import Event
from schemas.finding import FindingChange
from streams.embedded import desk, wire
from streams.embedded.alarms import Alarms
from streams.embedded.beside import Beside
from streams.embedded.lanes import ACTUAL, key_of, lane_of, own_changes
from streams.embedded.logs import Logs
from streams.embedded.news import News
from streams.embedded.told import Told, Unseen
from streams.embedded.unseen import unseen
from streams.engine.diff import Change, diff
from streams.engine.feeds import Feeds
from streams.engine.journal import Journal, Slice
from streams.engine.log import HORIZON, PersonLog
from streams.engine.rulebook import Rulebook
from streams.engine.state import Place
from streams.engine.step import Stepper
from streams.engine.timeline import Timeline, place_of
from streams.engine.verdict import Finding
from streams.identity.naming import status_of
from streams.identity.question import Decision, Question
from streams.identity.receipt import PersonChange, Receipt, View
from streams.identity.registry import Registry

DECISIONS = frozenset({"breach.decided", "alert.closed"})
REFERENCE = "VG-"
WAITING = frozenset({"tagging.position", "tagging.status"})
"""Types that, later than the horizon, are kept for a rejudgement and not judged at once (design 4.5)."""


class People:
    """The logs of all managed people, by lane."""

    def __init__(
        self,
        rulebook: Rulebook,
        feeds: Feeds,
        registry: Registry,
        journal: Journal,
        alarms: Alarms,
        finding_named: Callable[[str], str | None],
        logs: Logs | None = None,
    ) -> None:
        self.registry = registry
        self.journal = journal
        self.alarms = alarms
        self.logs = Logs() if logs is None else logs
        self.news: News | None = None
        """What is new about whom, where a shell publishes it."""
        self.told: list[Told] = []
        self.asked: dict[str, Finding] = {}
        """Findings about what waits at the identity desk."""
        self._questions: tuple[Question, ...] = ()
        self._finding_named = finding_named
        self._feeds = feeds
        self._timelines = {status: Timeline(Stepper(rulebook, status), feeds) for status in (ACTUAL, "exercise", "test")}
        self._beside = Beside(self.logs)

    def resume(self, asked: dict[str, Finding], lanes: Iterable[str]) -> None:
        """Go on where saved people stood. `lanes`: those beside the actual ones."""
        self.asked = asked
        self._questions = self.registry.questions()
        self._beside.resume(lanes)

    def receive(self, events: Sequence[Event], clock: datetime) -> None:
        """Events of one arrival: journal them, then judge each person once."""
        if len(events) == 1:
            self._receive_one(self._resolved(events[0]), clock)
        else:
            self._taken([(event, self.registry.receive(event)) for event in map(self._resolved, events)], clock)
        self._ask(clock)

    def _resolved(self, event: Event) -> Event:
        """A decision that names an alert by its reference names the alert that carries it now: late evidence may have moved it."""
        data = event.data
        if event.type not in DECISIONS or not isinstance(data, BreachDecided | AlertClosed) or data.alert_id is None:
            return event
        alert_id = self._finding_named(data.alert_id) if data.alert_id.startswith(REFERENCE) else None
        return event if alert_id is None else replace(event, data=data.model_copy(update={"alert_id": alert_id}))

    def _receive_one(self, event: Event, clock: datetime) -> None:
        """The short way of nearly every fix: nobody's history changes, and there is one lane."""
        receipt = self.registry.receive(event)
        key = receipt.route.key
        if receipt.changed or key is None or key in self._beside.statuses or event.message_status != ACTUAL or _waits(event, clock):
            self._taken([(event, receipt)], clock)
            return
        self.journal.append(receipt.bucket, (event,))
        if receipt.route.kind == "person":
            if self.news is not None and event.type not in WAITING:
                self.news.events.append((key, event))
            self._judge_actual(key, (event,), clock)

    def _taken(self, received: Iterable[tuple[Event, Receipt]], clock: datetime) -> None:
        by_key: dict[str, list[Event]] = {}
        by_bucket: dict[str, list[Event]] = {}
        changed: list[PersonChange] = []
        for event, receipt in received:
            if receipt.bucket:
                by_bucket.setdefault(receipt.bucket, []).append(event)
            if receipt.changed:
                changed.extend(receipt.changed)
            key = receipt.route.key
            if key is not None and receipt.route.kind == "person":
                by_key.setdefault(key, []).append(event)
                if self.news is not None and event.type not in WAITING:
                    self.news.events.append((key, event))
        for bucket, batch in by_bucket.items():
            self._keep(bucket, batch, clock)
        if changed:
            self._identity(changed, clock)
            for change in changed:
                for key in (*change.before, *change.after):
                    by_key.pop(key, None)
        for key, batch in by_key.items():
            self._judge(key, batch, clock)

    def answer(self, decision: Decision, clock: datetime) -> None:
        """A human has answered a question of the identity desk."""
        self._identity(self.registry.answer(decision), clock)
        self._ask(clock, frozenset(f"{one.type}:{one.value}" for one in decision.pair))

    def expire(self, clock: datetime) -> bool:
        """Let go of what is kept about people whom nobody manages, 28 days after it occurred; whether there was anything."""
        old = self.registry.expire(clock)
        for part in old:
            self.journal.forget(Slice(part.bucket, part.from_at, part.to_at))
        return bool(old)

    def rejudge(self, key: str, clock: datetime, before: Mapping[str, Mapping[str, Finding]] | None = None) -> None:
        """Judge a person's whole stored history again. `before`: the findings known so far by lane, where the logs cannot say."""
        for status in self._beside.every(key):
            lane = lane_of(key, status)
            known = before.get(lane, {}) if before is not None else self.logs[lane].head.findings
            log = self._fresh(key, status)
            self.logs.put(lane, log)
            self.alarms.forget(lane)
            self._tell(lane, log, log.again(self._timelines[status], clock, self._whole(key, status), known, {}), clock, anew=True)

    def lanes_beside(self, key: str) -> tuple[str, ...]:
        """A person's lanes beside the actual one."""
        return tuple(lane_of(key, status) for status in self._beside.of(key))

    def _ask(self, clock: datetime, answered: frozenset[str] = frozenset()) -> None:
        """What waits at the identity desk is told as findings about the system."""
        questions = self.registry.questions()
        if questions is self._questions:
            return
        self._questions = questions
        keys = {key for question in questions for key in question.person_keys}
        areas = {key: log.head.person.areas for key in keys if (log := self.logs.get(key)) is not None}
        before, self.asked = self.asked, desk.findings(questions, areas, self.asked, answered, clock)
        found = diff(before, self.asked, clock)
        if found:
            self.told.append(Told(tuple(one for change in found for one in wire.system(change, (), clock)), None))

    def holds(self, event: Event) -> bool:
        """Whether the journal has this very event already."""
        return self.journal.holds(self.registry.receive(event).bucket, event)

    def advance(self, lane: str, clock: datetime) -> None:
        """The clock has come to something of this person."""
        log = self.logs.get(lane)
        if log is not None:
            with self._lanes_told(key_of(lane, log.status), clock):
                self._tell(lane, log, log.advance(self._timelines[log.status], clock), clock)

    def completed(self, source: str, to: datetime, clock: datetime) -> None:
        """A feed is complete to an instant: judge again those who waited for it."""
        waited = self.alarms.completed(source, to)
        for lane, due in sorted(waited.items(), key=lambda one: (one[1], one[0])):
            self._from(lane, due, clock)

    def again_from(self, at: datetime, clock: datetime) -> None:
        """The feeds' past is seen differently from an instant on: judge again everybody who relied on a feed since."""
        for lane in sorted(one.lane for one in self.logs.relying() if any(span.to_at is None or span.to_at > at for span in one.spans)):
            self._from(lane, at, clock)

    def areas_relying_on(self, source: str) -> tuple[str, ...]:
        """Areas of the people who rely on a feed now."""
        found: set[str] = set()
        for one in self.logs.relying():
            if one.spans[-1].to_at is None and source in self._feeds.read_by(one.carried_by, one.spans[-1].types):
                found.update(one.areas[:1])
        return tuple(sorted(found))

    def affected(self, source: str, from_at: datetime, to_at: datetime) -> Unseen:
        """Who relied on a feed while it was silent, counted when it is read (design 4.11)."""
        return unseen(self.logs.relying(), self._feeds, source, from_at, to_at)

    def _keep(self, bucket: str, events: Sequence[Event], clock: datetime) -> None:
        """Journal events; what waits for a rejudgement stands apart, or the next rewind would take it in by chance."""
        now = [event for event in events if not _waits(event, clock)]
        if now:
            self.journal.append(bucket, now)
        if len(now) < len(events):
            self.journal.wait(bucket, [event for event in events if _waits(event, clock)])

    def _judge(self, key: str, batch: list[Event], clock: datetime) -> None:
        if key in self._beside.statuses or any(event.message_status != ACTUAL for event in batch):
            with self._lanes_told(key, clock):
                self._judge_lanes(key, batch, clock)
            return
        now = [event for event in batch if not _waits(event, clock)]
        if now:
            now.sort(key=place_of)
            self._judge_actual(key, now, clock)

    def _judge_actual(self, key: str, events: Sequence[Event], clock: datetime) -> None:
        log = self.logs[key]
        self._tell(key, log, log.receive(self._timelines[ACTUAL], events, clock, self._read_back(key, ACTUAL)), clock)

    def _judge_lanes(self, key: str, batch: list[Event], clock: datetime) -> None:
        for status in self._beside.every(key):
            lane = lane_of(key, status)
            log = self.logs[lane]
            mine = [event for event in batch if event.message_status in {ACTUAL, status} and not _waits(event, clock)]
            if mine:
                if len(mine) > 1:
                    mine.sort(key=place_of)
                self._tell(lane, log, log.receive(self._timelines[status], mine, clock, self._read_back(key, status)), clock)
        for status in sorted({event.message_status for event in batch} - {*self._beside.every(key)}):
            self._open_lane(key, status, clock)

    def _open_lane(self, key: str, status: str, clock: datetime) -> None:
        """A lane beside the actual one, with the whole history: also what has just arrived, which the journal has already."""
        self._beside.add(key, status)
        lane, log = lane_of(key, status), self._fresh(key, status)
        self.logs.put(lane, log)
        self._tell(lane, log, log.again(self._timelines[status], clock, self._read_back(key, status), {}, {}), clock)

    def _from(self, lane: str, at: datetime, clock: datetime) -> None:
        log = self.logs.get(lane)
        if log is not None:
            key = key_of(lane, log.status)
            with self._lanes_told(key, clock):
                found = log.completed(self._timelines[log.status], at, clock, self._read_back(key, log.status))
                self._tell(lane, log, found, clock)

    def _fresh(self, key: str, status: str) -> PersonLog:
        return PersonLog(self.registry.view(key).person_id or key, self._timelines[status].stepper.begin(), status)

    def _whole(self, key: str, status: str) -> Callable[[Place], list[Event]]:
        """The whole history, also what has waited for this."""
        for one in self.registry.view(key).buckets:
            self.journal.release(one.bucket)
        return self._read_back(key, status)

    def _read_back(self, key: str, status: str) -> Callable[[Place], list[Event]]:
        def read(after: Place) -> list[Event]:
            slices = [Slice(one.bucket, one.from_at, one.to_at) for one in self.registry.view(key).buckets]
            return [event for event in self.journal.read(slices, after) if event.message_status in {ACTUAL, status}]

        return read

    def _identity(self, changed: Iterable[PersonChange], clock: datetime) -> None:
        """People whose history is now another: each is judged again from the start."""
        before: dict[str, dict[str, Finding]] = {}
        renamed: dict[str, dict[str, str]] = {}
        live: dict[str, None] = {}
        gone: list[str] = []
        for change in changed:
            for old in change.before:
                heir = old if old in change.after else next(iter(change.after), None)
                log = self.logs.get(old)
                if log is not None and heir is None:
                    gone.append(log.case)
                if heir is None or log is None or old in live:
                    continue
                for status in self._beside.every(old):
                    before.setdefault(lane_of(heir, status), {}).update(self.logs[lane_of(old, status)].head.findings)
                new_id = self.registry.view(heir).person_id or heir
                if log.case != new_id:
                    renamed.setdefault(heir, {})[log.case] = new_id
            for old in sorted(set(change.before) - set(change.after)):
                live.pop(old, None)
                self._gone(old, clock, told=not change.after)
            live.update(dict.fromkeys(change.after))
        if self.news is not None:
            self.news.moved(live, renamed, gone)
        for key in live:
            was = [status for status in self._timelines if lane_of(key, status) in before]
            self._drop_lanes(key)
            for status in self._said_beside(key, was):
                self._beside.add(key, status)
            for status in self._beside.every(key):
                lane = lane_of(key, status)
                log = self._fresh(key, status)
                self.logs.put(lane, log)
                self.alarms.forget(lane)
                read_back = self._whole(key, status)
                found = log.again(self._timelines[status], clock, read_back, before.get(lane, {}), renamed.get(key, {}))
                self._tell(lane, log, found, clock, anew=True)

    def _said_beside(self, key: str, was: Collection[str]) -> tuple[str, ...]:
        """The lanes beside the actual one: those with events of their own, and those with findings to take back."""
        said = {status_of(one.bucket) for one in self.registry.view(key).buckets}
        return tuple(status for status in self._timelines if status != ACTUAL and (status in said or status in was))

    def _gone(self, key: str, clock: datetime, *, told: bool) -> None:
        for status in self._beside.every(key) if told else ():
            log = self.logs.get(lane_of(key, status))
            if log is None:
                continue
            person = log.head.person
            was = View(key=key, person_id=log.case, case_refs=(), identifiers=person.identifiers, buckets=())
            never = [Change(what="withdrawn", finding=one, before=one) for one in log.head.findings.values() if not one.withdrawn]
            withdrawn = never if status == ACTUAL else own_changes(never, log.head.findings, self.logs[key].head.findings)
            said = tuple(one for change in withdrawn for one in wire.changes(change, was, clock, message_status=status))
            if said:
                self.told.append(Told(said, wire.person(person, was)))
        self.logs.drop(key)
        self.alarms.forget(key)
        self._drop_lanes(key)

    def _drop_lanes(self, key: str) -> None:
        for status in self._beside.drop(key):
            self.logs.drop(lane_of(key, status))
            self.alarms.forget(lane_of(key, status))

    def _tell(self, lane: str, log: PersonLog, found: Sequence[Change], clock: datetime, *, anew: bool = False) -> None:
        """What a judgement changed. A lane beside the actual one tells when both are judged (`_lanes_told`), or `anew`."""
        if log.waits:
            self.alarms.wait(lane, log.waits)
        next_at = log.head.next_at
        self.alarms.wake(lane, next_at if next_at > clock else log.alarm_at(self._timelines[log.status], clock))
        if not found:
            return
        key = key_of(lane, log.status)
        if log.status == ACTUAL:
            self._say(key, log, found, clock)
        elif anew:
            self._say(key, log, self._beside.anew(key, lane, found), clock)

    def _say(self, key: str, log: PersonLog, found: Iterable[Change], clock: datetime) -> None:
        view = self.registry.view(key)
        said: list[FindingChange] = []
        for change in found:
            said.extend(wire.changes(change, view, clock, message_status=log.status))
        if said:
            self.told.append(Told(tuple(said), wire.person(log.head.person, view), lane_of(key, log.status)))

    @contextmanager
    def _lanes_told(self, key: str, clock: datetime) -> Iterator[None]:
        """What lanes beside the actual one have to tell is a difference of two sides, and either may have moved."""
        self._beside.before(key)
        yield
        for log, found in self._beside.after(key, clock):
            self._say(key, log, found, clock)


def _waits(event: Event, clock: datetime) -> bool:
    return clock - event.occurred_at > HORIZON and event.type in WAITING
