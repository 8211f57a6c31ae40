"""The books of a data folder: everything received is judged, set aside or in flight, and nothing is judged that was not received.

Both sides are added up by feed and type: how many events, and the sum of their names as numbers, so that one event missing
beside another too many is found as well. Reads beside a running `vigil run`, of which it sees one moment. Called by
`vigil verify`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas import codec
from schemas.event import Event
from streams.embedded.account import Account, Feed, add
from streams.embedded.keeper import Kept
from streams.embedded.received import ReceivedReader
from streams.embedded.sqlite_journal import let_go, stored_events

MANY_NAMED = 20


class Mismatch(NamedTuple):
    """A feed and type of which the two sides differ. `named`: some of the events that only one side has."""

    feed: Feed
    received_events: int
    kept_events: int
    named: tuple[str, ...]


class Books(NamedTuple):
    """What was found."""

    batches: int
    received: int
    set_aside: dict[str, int]
    """By reason."""
    judged: int
    """In somebody's history, or kept about somebody who is not managed."""
    not_about_people: int
    """Heartbeats, statements about who is there, and what is about identity alone."""
    let_go: int
    """Of people whom nobody managed, 28 days after it happened."""
    held: int
    in_flight: int
    mismatches: tuple[Mismatch, ...]


def balance(file: sqlite3.Connection, facts: Kept, received: ReceivedReader) -> Books:
    """Add up both sides. `file`: the judged side, in one transaction; the other side has grown since, and that is in flight."""
    taken: dict[Feed, Account] = {}
    elsewhere = in_flight = batches = 0
    for batch in received.after(0):
        batches += 1
        if batch.seq > facts.position:
            in_flight += len(batch.lines)
            continue
        for event in map(codec.decode, batch.lines):
            if _is_journalled(event):
                add(taken, event)
            else:
                elsewhere += 1
    held = [codec.decode(raw, max_bytes=codec.MAX_OWN_BYTES) for raw in facts.held]
    kept: dict[Feed, Account] = {}
    for event in stored_events(file):
        add(kept, event)
    for event in held:
        if _is_journalled(event):
            add(kept, event)
    stored = sum(one.events for one in kept.values()) - sum(map(_is_journalled, held))
    gone = let_go(file)
    for feed, account in gone.items():
        kept[feed] = kept.get(feed, Account()).plus(account)
    different = sorted(feed for feed in {*taken, *kept} if taken.get(feed, Account()) != kept.get(feed, Account()))
    named = _only_on_one_side(file, facts, received, different, held) if different else {}
    return Books(
        batches=batches,
        received=sum(one.events for one in taken.values()) + elsewhere + in_flight,
        set_aside=received.set_aside_by_code(),
        judged=stored,
        let_go=sum(one.events for one in gone.values()),
        not_about_people=elsewhere - sum(not _is_journalled(event) for event in held),
        held=len(held),
        in_flight=in_flight,
        mismatches=tuple(
            Mismatch(feed, taken.get(feed, Account()).events, kept.get(feed, Account()).events, tuple(sorted(named[feed])[:MANY_NAMED]))
            for feed in different
        ),
    )


def _is_journalled(event: Event) -> bool:
    """Whether the event is somebody's, so that it stands in the journal."""
    if event.type.startswith(("directory.", "feed.", "identity.")):
        return False
    return (
        bool(event.identifiers) or event.type == "case.opened" or (event.type.startswith("tagging.") and hasattr(event.data, "device_id"))
    )


def _only_on_one_side(
    file: sqlite3.Connection, facts: Kept, received: ReceivedReader, feeds: Iterable[Feed], held: Iterable[Event]
) -> dict[Feed, set[str]]:
    wanted = set(feeds)
    found: dict[Feed, set[str]] = {feed: set() for feed in wanted}

    def both() -> Iterator[Event]:
        for batch in received.after(0):
            if batch.seq <= facts.position:
                yield from map(codec.decode, batch.lines)
        yield from stored_events(file)
        yield from held

    for event in both():
        if (event.source, event.type) in wanted:
            found[event.source, event.type] ^= {event.id}
    return found
