"""What the desk asks now: the questions of all buckets that wait, one for each pair of people and reason.

A function of the buckets and the contests; nothing is stored. Called by the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.event import EvidenceRef, Identifier
from streams.identity.buckets import Bucket
from streams.identity.desk_values import Ask
from streams.identity.links import Links
from streams.identity.naming import label, strength
from streams.identity.question import Question, Reason
from streams.identity.replay import Cluster


class _Matter(NamedTuple):
    """What is one question."""

    doubtful: Cluster
    against: Cluster
    reason: Reason


class _Part(NamedTuple):
    """What one bucket or one contest adds to it."""

    identifier: Identifier
    against: Identifier
    opened_at: datetime
    refs: tuple[EvidenceRef, ...]


def questions(waiting: Iterable[Bucket], links: Links) -> tuple[Question, ...]:
    """All of them, the oldest first."""
    found: dict[_Matter, list[_Part]] = {}
    for matter, part in (*(said for bucket in waiting for said in _of_bucket(bucket)), *_of_contests(links)):
        found.setdefault(matter, []).append(part)
    asked = [
        Question(
            identifier=label(part.identifier for part in parts),
            against=label(part.against for part in parts),
            reason=matter.reason,
            refs=tuple(sorted({ref for part in parts for ref in part.refs})),
            opened_at=min(part.opened_at for part in parts),
            person_keys=tuple(sorted({person.key for person in (matter.doubtful, matter.against) if person.managed})),
        )
        for matter, parts in found.items()
    ]
    return tuple(sorted(asked, key=lambda question: (question.opened_at, question.identifier, question.against, question.reason)))


def _of_bucket(bucket: Bucket) -> Iterator[tuple[_Matter, _Part]]:
    for stretch in bucket.stretches or ():
        for ask in map(_turned, stretch.asks):
            matter = _Matter(ask.doubtful, ask.against, ask.reason)
            if ask.reached_by is not None:
                called = bucket.contacted[ask.reached_by]
                yield matter, _Part(ask.identifier, ask.opposed, called[0], (EvidenceRef(*called[2:]), *ask.refs))
            elif (run := next(bucket.seen_in(stretch.from_at, stretch.to_at), None)) is not None:
                first = (EvidenceRef(*run.first[2:]),) if run.first[0] >= stretch.from_at else ()
                yield matter, _Part(ask.identifier, ask.opposed, max(run.first[0], stretch.from_at), (*first, *ask.refs))


def _turned(ask: Ask) -> Ask:
    """One envelope names two: whichever stood first in it, the same question, about the one less known."""
    if ask.reason != "two_people" or _known(ask.against) <= _known(ask.doubtful):
        return ask
    return ask._replace(doubtful=ask.against, against=ask.doubtful, identifier=ask.opposed, opposed=ask.identifier)


def _known(person: Cluster) -> tuple[bool, tuple[int, str, str]]:
    return (not person.managed, min(map(strength, person.identifiers)))


def _of_contests(links: Links) -> Iterator[tuple[_Matter, _Part]]:
    for contest in links.contests():
        doubtful, against = links.cluster(contest.identifier), links.cluster(contest.against)
        if doubtful is not None and against is not None and (doubtful.managed or against.managed):
            part = _Part(contest.identifier, contest.against, contest.order[0], (EvidenceRef(*contest.order[2:]),))
            yield _Matter(doubtful, against, contest.reason), part
