"""Both sides in one process: the judge finds, the book tells. What `vigil replay` and `vigil run` share.

The only kind of place that imports both sides (design 2). No clock and no store of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from alerting.book import AlertBook, Entry
from alerting.directory import Directory, learn
from schemas.alert import Affected, Alert
from schemas.event import Event
from streams.embedded.judge import Judge
from streams.embedded.told import Told

SETTLED_AFTER = timedelta(hours=48)

HandBack = Callable[[Iterable[str]], Iterable[Entry]]


def _nothing(_alert_ids: Iterable[str]) -> Iterable[Entry]:
    return ()


class World:
    """A judge, the alerts that came of it, and who is on duty. `hand_back`: entries that were settled, by alert id."""

    def __init__(
        self, judge: Judge, *, book: AlertBook | None = None, directory: Directory | None = None, hand_back: HandBack = _nothing
    ) -> None:
        self.judge = judge
        self.book = book or AlertBook()
        self.directory = directory or Directory()
        self._hand_back = hand_back
        self._spoken_of: set[str | None] = {entry.alert.person_id for entry in self.book.entries()}

    def learn(self, event: Event) -> None:
        """A directory event."""
        self.directory = learn(self.directory, event)

    def tell(self, told: Iterable[Told]) -> Iterator[Alert]:
        """What the judge has told becomes alerts; each alert that is different now."""
        for one in told:
            self.book.take(self._hand_back(self.book.not_held(one.changes)))
            self._spoken_of.add(None if one.person is None else one.person.person_id)
            yield from self.book.apply(one.changes, one.person, self.directory)

    def settle(self) -> Iterator[Entry]:
        """Alerts that nothing inside the horizon can change any more leave the book."""
        before_at = self.judge.clock - SETTLED_AFTER
        for person_id in sorted(self._spoken_of, key=str):
            yield from self.book.settle(person_id, before_at)

    def written(self, alert: Alert) -> Alert:
        """The alert as it is written: one about a silent feed with the people whom it leaves unseen."""
        if alert.rule != "feed-silent":
            return alert
        affected = self.judge.people.affected(alert.about.id, alert.began_at, alert.ended_at or self.judge.clock)
        return alert.model_copy(update={"affected": Affected(**affected._asdict())})
