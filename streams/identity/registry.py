"""The registry: events in, and whose each of them is; what changed for whom; what is asked; what a human answered.

The only mutable object of identity, and deterministic: after the same events and decisions, in whatever order, it gives the same
answers. The journal is the shell's. Not here: who is who (`replay`), who wears what (`devices`), whose a bucket is (`desk`).
Called by the shells, by one thread.

An event with known identifiers takes the fast path: one look-up, two comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter

import msgspec

from schemas.event import Event, EvidenceRef, Identifier
from schemas.fix import Fix
from streams.identity import saved
from streams.identity.answers import Answers
from streams.identity.buckets import NOBODY, Bucket, Said
from streams.identity.changes import Held, changes
from streams.identity.contacts import Contacts
from streams.identity.desk import Desk
from streams.identity.desk_values import Stretch
from streams.identity.devices import Devices
from streams.identity.journal_index import JournalIndex, Wearing
from streams.identity.links import Component, Links
from streams.identity.naming import bucket_key, person_id
from streams.identity.question import Decision, Entry, Question
from streams.identity.questions import questions
from streams.identity.receipt import BucketSlice, PersonChange, Receipt, Route, View
from streams.identity.replay import Cluster
from streams.identity.statements import Around, Fitting, Opening, Removal, Statement, contacted, device_of, named, says_more, statements


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment may change."""

    keep_unmanaged: timedelta = timedelta(days=28)
    """How long events of people whom nobody manages are kept, so that a case opened tomorrow starts with what was known."""
    one_each: frozenset[str] = frozenset({"NOMS", "CRN"})
    """Identifier types of which nobody has two, until the system that gives them merges them."""


class Registry:
    """Who is who, and whose each event is."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._answers = Answers()
        self._links = Links(self._answers, self._settings.one_each)
        self._devices = Devices()
        self._contacts = Contacts()
        self._desk = Desk(self._links, self._devices, self._contacts, self._answers)
        self._cases: dict[str, Identifier] = {}
        self._said: dict[Said, Bucket] = {}
        self._journal = JournalIndex(self._devices, self._contacts)
        self._stale: dict[str, Bucket] = {}
        self._waiting: dict[str, Bucket] = {}
        self._questions: tuple[Question, ...] = ()
        self._asked_anew = False
        self.heard: list[Statement | Decision] | None = None
        """Set by a shell that saves as it goes: everything said and decided since it last emptied this list."""

    # Events

    def receive(self, event: Event) -> Receipt:
        """Learns what the event says about who is who, and answers whose it is. The same event again changes nothing."""
        data, at = event.data, event.occurred_at
        said: Said
        if type(data) is Fix:
            said = (event.identifiers, event.source, data.device_id, data.activation_id, event.message_status)
        elif says_more(event.type):
            return self._receive(event, None)
        else:
            device, activation_id = device_of(event)
            said = (event.identifiers, device and device.service, device and device.device_id, activation_id, event.message_status)
        bucket = self._said.get(said)
        if bucket is not None and bucket.last_at < at < bucket.until_at:
            bucket.last_at = at
            return bucket.receipt
        return self._receive(event, said)

    def route(self, event: Event) -> Route:
        """Whose an event already received is now. Changes nothing."""
        bucket = self._journal.by_key.get(self._key(event))
        return NOBODY.route if bucket is None else self._stretch(bucket, event.occurred_at).route

    def _receive(self, event: Event, said: Said | None) -> Receipt:
        known = None if said is None else self._said.get(said)
        # Later than the first event of its bucket, an ordinary event says nothing new.
        changed = () if known is not None and known.runs[0].first <= event.order else self._learn(statements(event))
        bucket = known or self._bucket(event)
        if bucket is None:
            return NOBODY if not changed else Receipt(NOBODY.route, "", changed)
        if said is not None and said not in self._said:
            self._said[said] = bucket
            bucket.said = (*bucket.said, said)
        self._see(bucket, event)
        stretch = self._stretch(bucket, event.occurred_at)
        receipt = Receipt(stretch.route, bucket.key)
        if bucket.last_at == event.occurred_at:
            bucket.expect(receipt, stretch.to_at)
        return receipt if not changed else Receipt(stretch.route, bucket.key, changed)

    def _key(self, event: Event) -> str:
        """Where an event is journalled; empty for one that is about no person. Merges and splits are about identity alone."""
        device, activation_id = device_of(event)
        if event.type.startswith("identity.") or not (event.identifiers or device or named(event)):
            return ""
        return bucket_key({*event.identifiers, *named(event)}, device, activation_id, event.message_status)

    def _bucket(self, event: Event) -> Bucket | None:
        key = self._key(event)
        if key and key not in self._journal.by_key:
            device, activation_id = device_of(event)
            self._add(Bucket(key, self._links.ours(named(event)), device, activation_id, actual=event.message_status == "actual"))
        return self._journal.by_key.get(key)

    def _add(self, bucket: Bucket) -> None:
        self._journal.add(bucket)
        self._stale[bucket.key] = bucket

    def _see(self, bucket: Bucket, event: Event) -> None:
        bucket.see(event.order)
        self._asked_anew |= bucket.key in self._waiting
        for reached_by in contacted(event):
            if self._journal.contacted(bucket, reached_by, event.order):
                self._spoil((bucket,))

    # What is learned, and what it changes

    def _learn(self, said: Iterable[Statement]) -> tuple[PersonChange, ...]:
        news = [statement for statement in said if self._is_news(statement)]
        if not news:
            return ()
        moved: set[Identifier] = set()
        worn: set[Wearing] = set()
        for statement in news:
            if isinstance(statement, Fitting | Removal):
                worn.add((statement.device, statement.activation_id))
            if isinstance(statement, Fitting | Around):
                moved.update(statement.identifiers)
            elif not isinstance(statement, Removal):
                moved |= self._links.about_to_change(statement)
        before = self._managed(moved, worn)
        if self.heard is not None:
            self.heard.extend(news)
        for statement in news:
            if isinstance(statement, Fitting | Removal):
                self._devices.learn(statement)
            elif isinstance(statement, Around):
                self._contacts.learn(msgspec.structs.replace(statement, identifiers=self._links.ours(statement.identifiers)))
            else:
                if isinstance(statement, Opening):
                    self._cases[person_id(statement.case.value)] = statement.case
                self._links.learn((statement,))
        return self._changed(before, moved, worn)

    def _is_news(self, statement: Statement) -> bool:
        if isinstance(statement, Fitting | Removal):
            return self._devices.is_news(statement)
        return self._contacts.is_news(statement) if isinstance(statement, Around) else self._links.is_news(statement)

    def _changed(self, before: list[Held], identifiers: set[Identifier], worn: Iterable[Wearing] = ()) -> tuple[PersonChange, ...]:
        self._asked_anew = True
        self._spoil(self._journal.reached(identifiers, worn).values())
        return changes(before, self._managed(identifiers, worn))

    def _spoil(self, buckets: Iterable[Bucket]) -> None:
        for bucket in buckets:
            bucket.stale()
            self._stale[bucket.key] = bucket

    def _managed(self, identifiers: set[Identifier], worn: Iterable[Wearing] = ()) -> list[Held]:
        """All managed people whom a change about these may reach."""
        concerned = set(identifiers)
        for bucket in self._journal.reached(identifiers, worn).values():
            concerned.update(bucket.identifiers)
            if bucket.device is not None:
                for fitting in self._devices.fitted(bucket.device, bucket.activation_id):
                    concerned.update(fitting.identifiers)
        return [self._held(cluster) for cluster in self._links.clusters(sorted(concerned)) if cluster.managed]

    # People

    def person_of(self, identifier: Identifier) -> str | None:
        """The key of whom this identifier names; None when it was never named."""
        cluster = self._links.cluster(identifier)
        return None if cluster is None else cluster.key

    def people(self) -> tuple[str, ...]:
        """The keys of all managed people."""
        return tuple(sorted({key for key, case in self._cases.items() if self.person_of(case) == key}))

    def view(self, key: str) -> View:
        """A person as a view of the journal. `key` is one of ours, or any `TYPE:VALUE` of the person."""
        cluster = self._links.cluster(self._cases[key] if key in self._cases else Identifier(*key.partition(":")[::2]))
        if cluster is None or (key in self._cases and cluster.key != key):
            raise LookupError(f"no person {key!r}: expected the id of a managed person or an identifier that an event has named")
        return self._view(cluster)

    def _view(self, cluster: Cluster) -> View:
        buckets = self._journal.perhaps_of(cluster.identifiers)
        slices = sorted((part for bucket in buckets.values() for part in self._slices(bucket, cluster)), key=attrgetter("bucket"))
        return View(cluster.key, cluster.person_id, cluster.case_refs, cluster.identifiers, tuple(slices))

    def _held(self, cluster: Cluster) -> Held:
        view = self._view(cluster)
        return Held(view, tuple(self._journal.by_key[part.bucket].clipped(part) for part in view.buckets))

    def _slices(self, bucket: Bucket, cluster: Cluster) -> Iterator[BucketSlice]:
        for stretch in self._stretches(bucket):
            if stretch.owner == cluster and not stretch.asks and any(bucket.seen_in(stretch.from_at, stretch.to_at)):
                yield bucket.part(stretch.from_at, stretch.to_at)

    def _stretches(self, bucket: Bucket) -> tuple[Stretch, ...]:
        if bucket.stretches is None:
            bucket.stretches = self._desk.stretches(bucket)
            self._stale.pop(bucket.key, None)
            was_waiting = self._waiting.pop(bucket.key, None) is not None
            if any(stretch.asks for stretch in bucket.stretches):
                self._waiting[bucket.key] = bucket
            self._asked_anew |= was_waiting or bucket.key in self._waiting
        return bucket.stretches

    def _stretch(self, bucket: Bucket, at: datetime) -> Stretch:
        return next(stretch for stretch in self._stretches(bucket) if at < stretch.to_at)

    def rest(self, key: str) -> None:
        """Nothing is heard of this managed person for now: keep small what is known of him. The next that is said wakes it."""
        case = self._cases.get(key)
        identifiers = () if case is None else self._links.rest(case)
        for identifier in identifiers:
            if identifier == case:
                self._cases[key] = identifier
        for bucket in self._journal.perhaps_of(identifiers).values():
            if bucket.key not in self._stale and all(stretch.person is not None for stretch in self._stretches(bucket)):
                bucket.rest()
                for said in bucket.said:
                    del self._said[said]
                bucket.said = ()

    # The desk

    def questions(self) -> tuple[Question, ...]:
        """What waits for a human, the oldest first. The same object for as long as it is the same."""
        if self._asked_anew or self._stale:
            for bucket in tuple(self._stale.values()):
                self._stretches(bucket)
            asked = questions(self._waiting.values(), self._links)
            self._questions = self._questions if asked == self._questions else asked
            self._asked_anew = False
        return self._questions

    def answer(self, decision: Decision) -> tuple[PersonChange, ...]:
        """Records a human decision, and says whose history it changes. The same decision again changes nothing."""
        if decision.id in self._answers.all:
            return ()
        moved = self._links.together(decision.pair)
        before = self._managed(moved)
        self._answers.add(decision)
        if self.heard is not None:
            self.heard.append(decision)
        self._links.decided(decision.pair)
        return self._changed(before, moved)

    def decisions(self) -> tuple[Entry, ...]:
        """The log: who was linked, opened, merged, split, refused and answered, because of what, in the order of events."""
        entries = [entry for component in self._links.components() for entry in component.course.log()]
        entries += [
            Entry(said.at, EvidenceRef("decision", said.id), said.verdict, tuple(sorted(said.pair)), f"{said.by}: {said.rationale}")
            for said in self._answers.all.values()
        ]
        return tuple(sorted(entries, key=lambda entry: (entry.at, entry.ref, entry.what, entry.identifiers)))

    # Keeping

    def expire(self, now: datetime) -> tuple[BucketSlice, ...]:
        """The stored events to delete: older than `keep_unmanaged`, nobody's whom anybody manages, and not waiting at the desk.

        Slices, not whole buckets: a device's bucket holds several wearers, and a bucket still in use has old events too.
        What nobody refers to any more is forgotten here as well.
        """
        limit_at = now - self._settings.keep_unmanaged
        old: list[BucketSlice] = []
        gone: set[str] = set()
        for bucket in self._journal.by_key.values():
            if bucket.resting:
                continue  # its person is managed
            wanted = False
            for stretch in self._stretches(bucket):
                kept = stretch.person is not None or bool(stretch.asks)
                wanted |= any(bucket.seen_in(stretch.from_at if kept else max(stretch.from_at, limit_at), stretch.to_at))
                if not kept and any(bucket.seen_in(stretch.from_at, min(stretch.to_at, limit_at))):
                    old.append(bucket.part(stretch.from_at, min(stretch.to_at, limit_at)))
            if not wanted:
                gone.add(bucket.key)
        self._drop(gone, limit_at)
        return tuple(sorted(old, key=attrgetter("bucket")))

    def _drop(self, gone: set[str], limit_at: datetime) -> None:
        for key in gone:
            self._journal.drop(key)
            self._stale.pop(key, None)
            self._waiting.pop(key, None)
        self._said = {said: bucket for said, bucket in self._said.items() if bucket.key not in gone}
        for component in tuple(self._links.awake()):
            if self._is_over(component, limit_at):
                self._links.forget(component)
                self._devices.unname(component.identifiers)
                self._contacts.forget(component.identifiers)

    def _is_over(self, component: Component, limit_at: datetime) -> bool:
        """Nobody opened a case for anybody in it, no human decided about it, and no event of it is young enough to be kept."""
        if self._answers.touching(component.identifiers) or any(isinstance(said, Opening) for said in component.said.values()):
            return False
        people = component.course.clusters()

        def young(bucket: Bucket) -> bool:
            its = (stretch for stretch in self._stretches(bucket) if stretch.owner in people)
            return any(any(bucket.seen_in(max(stretch.from_at, limit_at), stretch.to_at)) for stretch in its)

        buckets = self._journal.perhaps_of(component.identifiers).values()
        return not any(not component.identifiers.isdisjoint(bucket.identifiers) or young(bucket) for bucket in buckets)

    def dump(self) -> bytes:
        """Everything said and decided, for `load`; what follows from it is worked out again."""
        return saved.dump(self.state())

    def state(self) -> saved.State:
        """The same, for a shell that writes it anew after something was forgotten."""
        links = [statement for component in self._links.components() for statement in component.said.values()]
        return saved.State(
            statements=[*links, *self._devices.statements(), *self._contacts.statements()],
            decisions=list(self._answers.all.values()),
            buckets=[saved.of_bucket(bucket) for bucket in self._journal.by_key.values()],
        )

    def saved_bucket(self, key: str) -> saved.SavedBucket:
        """One bucket, for a shell that saves as it goes."""
        return saved.of_bucket(self._journal.by_key[key])

    @classmethod
    def load(cls, raw: bytes, settings: Settings | None = None) -> Registry:
        """The registry that was dumped."""
        return cls.restore(saved.load(raw), settings)

    @classmethod
    def restore(cls, state: saved.State, settings: Settings | None = None) -> Registry:
        """The registry of which this was saved."""
        loaded = cls(settings)
        for decision in state.decisions:
            loaded._answers.add(decision)
        for statement in state.statements:
            if isinstance(statement, Fitting | Removal):
                loaded._devices.learn(statement)
            elif isinstance(statement, Around):
                loaded._contacts.learn(statement)
            elif isinstance(statement, Opening):
                loaded._cases[person_id(statement.case.value)] = statement.case
        links = [statement for statement in state.statements if not isinstance(statement, Fitting | Removal | Around)]
        loaded._links.learn(links)
        for decision in state.decisions:
            loaded._links.decided(decision.pair)
        for bucket in state.buckets:
            loaded._add(saved.to_bucket(bucket))
        loaded._asked_anew = True
        return loaded
