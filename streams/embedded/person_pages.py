"""The records about one person that follow from the state of his judgement, published when that state is different.

A look at somebody of whom only a fix was heard compares a dozen references and ends there. Called by
`streams.embedded.publishing` for everybody who was touched since the last save.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas import topics
from schemas.finding import Told as Model
from streams.embedded import pages, wire
from streams.embedded.shown import Shown
from streams.engine.coverage import UNSEEN
from streams.engine.feeds import Feeds, Outage
from streams.engine.log import PersonLog
from streams.engine.person import Person
from streams.engine.state import NEVER, Reliance
from streams.engine.verdict import Finding
from streams.identity.receipt import View

SHOWN_FOR = timedelta(days=28)
"""Coverage is told of so far back: the engine forgets what ended 30 days ago."""
MOVES_ON_AFTER = timedelta(hours=4)
"""A page follows the last proof of life no oftener. Whether he is seen within the limits, his coverage says."""
MANY = 1_000
"""So many more than are in memory are worth forgetting."""


class _Seen(NamedTuple):
    """How somebody stood when he was last looked at. `again_at`: when an order begins or ends by itself."""

    person: Person
    findings: Mapping[str, Finding]
    unseen: tuple[Finding, ...]
    outages: tuple[Outage, ...]
    reliance: tuple[Reliance, ...]
    again_at: datetime
    proof_at: datetime | None


class PersonPages:
    """Who stood how, of those who were looked at lately."""

    def __init__(self, feeds: Feeds, shown: Shown) -> None:
        self._feeds = feeds
        self._shown = shown
        self._seen: dict[str, _Seen] = {}

    def new(self, lane: str, log: PersonLog, now: datetime, view_of: Callable[[str], View]) -> Iterator[tuple[str, Model]]:
        """The records that are different now, by topic."""
        head, person = log.head, log.head.person
        was = self._seen.get(lane)
        sources = self._feeds.read_by(person.carried_by, pages.TAGGING)
        outages = tuple(one for source in sources for one in self._feeds.known[source].outages)
        same = was is not None and _same(was.person, person) and now < was.again_at
        if was is not None and same and was.findings is head.findings:
            unseen = was.unseen
        else:
            unseen = tuple(one for one in head.findings.values() if one.rule == UNSEEN)
        proof_at = person.tag.proof_at
        moved = proof_at is not None and (was is None or was.proof_at is None or proof_at - was.proof_at >= MOVES_ON_AFTER)
        shown_proof_at = was.proof_at if was is not None and not moved else proof_at
        self._seen[lane] = _Seen(person, head.findings, unseen, outages, head.reliance, _again_at(person, now), shown_proof_at)
        if not same or moved:
            view = view_of(lane)
            if not same:
                yield from self._news(topics.PEOPLE, log.case, wire.person(person, view))
            page = pages.page(person, view, sources, now)
            if self._shown.is_news(topics.PAGES, log.case, page) or (moved and was is not None):
                yield topics.PAGES, page
        if was is None or not same or was.unseen != unseen or was.outages != outages:
            from_at = min((case.opened_at for case in person.cases), default=now)
            from_at = max(from_at, (now - SHOWN_FOR).replace(hour=0, minute=0, second=0, microsecond=0))
            yield from self._news(topics.COVERAGE, log.case, pages.coverage(log.case, person, unseen, outages, from_at, now))
        if was is None or was.reliance is not head.reliance or was.person.carried_by is not person.carried_by:
            said = pages.reliance(log.case, head.reliance, person.carried_by, self._feeds)
            yield from self._news(topics.RELIANCE, log.case, said)

    def _news(self, topic: str, key: str, record: Model) -> Iterator[tuple[str, Model]]:
        if self._shown.is_news(topic, key, record):
            yield topic, record

    def rest(self, living: Collection[str]) -> None:
        """Only these are in memory: of the others nothing is held here either, and what was published is known by its digest."""
        if len(self._seen) > len(living) + MANY:
            self._seen = {lane: seen for lane, seen in self._seen.items() if lane in living}


def _same(one: Person, other: Person) -> bool:
    """Whether a page shows the same, but for the last proof of life and the battery."""
    if one is other:
        return True
    return (
        one.custody is other.custody
        and one.orders is other.orders
        and one.team is other.team
        and one.protected is other.protected
        and one.cases is other.cases
        and one.tag.fitted is other.tag.fitted
        and one.tag.worn is other.tag.worn
        and one.identifiers is other.identifiers
        and one.risk_level == other.risk_level
        and one.risk_since_at == other.risk_since_at
        and one.managed == other.managed
        and one.name == other.name
        and one.date_of_birth == other.date_of_birth
        and one.disputed_at == other.disputed_at
        and one.excluded_officer_ids is other.excluded_officer_ids
        and one.carried_by is other.carried_by
    )


def _again_at(person: Person, now: datetime) -> datetime:
    ahead = (at for order in person.orders.values() for at in (order.starts_at, order.over_at) if at is not None and at > now)
    return min(ahead, default=NEVER)
