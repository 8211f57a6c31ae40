"""What changed since a number, for one officer: the lines of the live stream, and of `/changes`. Never what a change said.

The right to each alert is asked here, at each reading: what is not theirs is not said, and what has ceased to be theirs is said
to be gone. Not the waiting and not the form on the wire (`alerting.console.stream`). Called with a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from alerting.actor import Actor
from alerting.ledger import gone
from alerting.ledger.queue import number
from alerting.ledger.reach import queue_reach
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.alerts import ALERT, HISTORY
from alerting.ledger.tables.told import FEED
from schemas.fields import instant_text

TOO_FAR = 5_000
"""So many numbers behind, fetching the list is cheaper than hearing what changed in it."""
MOST = 500
"""So many changes are read at a time."""
DONE = "done"
REACH = "people.reach"
"""The line of a history that says who may see an alert has changed; its body (`gone.Lost`) names whom it was taken from."""
Data = Mapping[str, str | int | Sequence[str]]


class Line(NamedTuple):
    """One event of the stream."""

    event: str
    seq: int
    data: Data


class News(NamedTuple):
    """`heard_to`: every change up to it is said here or is not theirs. `more`: there is more to read at once."""

    lines: tuple[Line, ...]
    heard_to: int
    more: bool


class Standing(NamedTuple):
    """How every feed and every part of ours stands."""

    feeds: Mapping[str, str]
    parts: Mapping[str, str]


def since(connection: Connection, actor: Actor, at: datetime, after: int, *, area: str | None = None, limit: int = MOST) -> News:
    """What changed after a number. Too far behind, or beyond what there is: one line, that the list is to be fetched again."""
    last = number(connection)
    if not 0 <= last - after <= TOO_FAR:
        return News((Line("stream.reset", last, {"reason": "behind"}),), last, more=False)
    rows = [_Change._make(row) for row in connection.execute(_CHANGES.where(HISTORY.c.seq > after).limit(limit + 1))]
    more, rows = len(rows) > limit, rows[:limit]
    names = sorted({row.alert_id for row in rows})
    reach = queue_reach(actor, at)
    asked = select(ALERT.c.alert_id).where(ALERT.c.alert_id.in_(names), reach.where)
    visible = frozenset(connection.execute(asked, dict(reach.bound)).scalars() if names else ())
    lines = tuple(_lines(connection, actor, rows, visible, area, after))
    return News(lines, rows[-1].seq if more else last, more)


def standing(connection: Connection) -> Standing:
    """How feeds and parts stand now."""
    feeds = {row.source: _state(row.view) for row in connection.execute(select(FEED.c.source, FEED.c.view))}
    parts = {row.part: row.state for row in connection.execute(select(PULSE.c.part, PULSE.c.state))}
    return Standing(feeds, parts)


def differences(before: Standing, now: Standing, seq: int) -> Iterator[Line]:
    """What is to be said of how things stand, to one who knew how they stood before."""
    for source, state in now.feeds.items():
        if before.feeds.get(source) != state:
            yield Line("feed.changed", seq, {"source": source, "state": state})
    for part, state in now.parts.items():
        if before.parts.get(part) != state:
            yield Line("system.changed", seq, {"part": part, "state": state})


NOTHING_KNOWN = Standing({}, {})

_CHANGES = (
    select(
        HISTORY.c.seq,
        HISTORY.c.alert_id,
        HISTORY.c.version,
        HISTORY.c.at,
        HISTORY.c.what,
        HISTORY.c.severity,
        HISTORY.c.state,
        HISTORY.c.alarm,
        HISTORY.c.areas,
        HISTORY.c.body,
        ALERT.c.reference,
        ALERT.c.person_id,
        ALERT.c.message_status,
    )
    .join(ALERT, ALERT.c.alert_id == HISTORY.c.alert_id)
    .where(HISTORY.c.result == DONE)
    .order_by(HISTORY.c.seq)
)


class _Change(NamedTuple):
    """A row of them."""

    seq: int
    alert_id: str
    version: int
    at: datetime
    what: str
    severity: str
    state: str
    alarm: str
    areas: str
    body: str
    reference: str
    person_id: str | None
    message_status: str


def _lines(
    connection: Connection, actor: Actor, rows: Sequence[_Change], visible: frozenset[str], area: str | None, after: int
) -> Iterator[Line]:
    moves = _moves(connection, rows, visible, area, after)
    for row in rows:
        areas = gone.read_areas(row.areas)
        if row.alert_id not in visible:
            if _was_theirs(connection, actor, row, moves[row.seq]):
                yield Line("alert.gone", row.seq, {"alert_id": row.alert_id})
        elif area is None or area in areas or _was_in(area, moves[row.seq]):
            said: Data = {
                "alert_id": row.alert_id,
                "reference": row.reference,
                "version": row.version,
                "change": row.what,
                "severity": row.severity,
                "state": row.state,
                "areas": areas,
                "alarm": row.alarm,
                "message_status": row.message_status,
                "at": instant_text(row.at),
            }
            yield Line("alert.changed", row.seq, said)


def _moves(
    connection: Connection, rows: Sequence[_Change], visible: frozenset[str], area: str | None, after: int
) -> Mapping[int, gone.Move]:
    """From where to where the lines led, of those alerts of which it must be known."""
    asked = {row.alert_id for row in rows if row.alert_id not in visible or (area is not None and area not in gone.read_areas(row.areas))}
    lines = [gone.HistoryLine(row.seq, row.alert_id, row.state, row.severity, row.areas) for row in rows if row.alert_id in asked]
    return gone.moves(connection, lines, after)


def _was_in(area: str, move: gone.Move) -> bool:
    """A list of that area has it until this line, whose areas say that it has it no more."""
    return move.before is not None and area in move.before.areas


def _was_theirs(connection: Connection, actor: Actor, row: _Change, move: gone.Move) -> bool:
    """Whether they could see it before: who never could must not learn from its going that it is there."""
    whose = gone.Whose(row.seq, row.alert_id, row.person_id)
    if row.what == REACH:
        return gone.taken_away(connection, actor, whose, msgspec.json.decode(row.body, type=gone.Lost), move.after)
    return gone.moved_away(connection, actor, whose, move)


class _View(msgspec.Struct, frozen=True):
    state: str


def _state(view: str) -> str:
    return msgspec.json.decode(view, type=_View).state
