"""What one stream sees of the ledger at one look: who it is for and whether it still may be, what changed, what the beat says.

Not the waiting and not the bytes (`alerting.console.stream`, which calls `look` in a thread, one at a time).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select, update

from alerting.actor import Acting, Actor, actor
from alerting.console import sessions
from alerting.console.desk import Desk
from alerting.console.live import Viewer
from alerting.console.signed import SignedIn
from alerting.ledger.news import NOTHING_KNOWN, Line, News, differences, since, standing
from alerting.ledger.queue import number, unanswered
from alerting.ledger.reach import queue_reach
from alerting.ledger.statements import directory
from alerting.ledger.tables.access import GRANT, SHIFT
from schemas.fields import instant_text

Topic = Literal["alerts", "feeds", "system"]
Bye = Literal["restart", "signed_out", "access_changed"]
BEAT = timedelta(seconds=5)
SAYS_IT_IS_LIVE_EVERY = timedelta(seconds=20)
"""How often a wall is written down as live: nobody-watching waits for 60 s."""
Data = Mapping[str, object]
EVENTS: Mapping[Topic, str] = {"alerts": "alert.changed", "feeds": "feed.changed", "system": "system.changed"}


class Watched(NamedTuple):
    """What the stream was opened for."""

    topics: frozenset[Topic]
    area: str | None
    wall: bool


class Found(NamedTuple):
    """One look. `heard_to`: where the next goes on. `bye`: why there is no next."""

    lines: tuple[Line, ...]
    heard_to: int
    more: bool
    beat: Data | None
    bye: Bye | None = None


class _Access(NamedTuple):
    """All that an officer's right hangs on beside the alerts themselves. Emergency access and a started shift may come, and not go."""

    acting: frozenset[Acting]
    areas: frozenset[str]
    grants: frozenset[str]
    shifts: frozenset[str]

    def goes_on_as(self, now: _Access) -> bool:
        """Whether what could be seen then can be seen now by the same right."""
        return self.acting == now.acting and self.areas == now.areas and self.grants <= now.grants and self.shifts <= now.shifts


class Watcher:
    """One open stream."""

    def __init__(self, desk: Desk, signed: SignedIn, watched: Watched) -> None:
        self._desk = desk
        self._signed = signed
        self._watched = watched
        self._stream_id = secrets.token_hex(8)
        self._access: _Access | None = None
        self._standing = NOTHING_KNOWN
        self._unanswered: tuple[int, dict[str, int]] | None = None
        self._live_written_at: datetime | None = None

    def hello(self, seq: int) -> Data:
        """What a stream begins with."""
        return {
            "build": self._desk.settings.build,
            "seq": seq,
            "server_at": instant_text(self._desk.clock()),
            "session_ends_at": instant_text(self._signed.session.ends_at),
            "beat_s": int(BEAT.total_seconds()),
        }

    def look(self, after: int | None, *, beats: bool) -> Found:
        """What is to be said now. Raises what the database raises: then nothing is said."""
        now = self._desk.clock()
        with self._desk.ledger.read() as connection:
            session = sessions.still(connection, self._signed.session.token_hash, self._desk.real())
            who = None if session is None else actor(directory(connection), session.officer_id, now)
            bye = self._bye(connection, who, now, ended=session is None)
            if who is None or bye is not None:
                return Found((), after or 0, more=False, beat=None, bye=bye)
            news = self._news(connection, who, now, after)
            stands = standing(connection)
            kinds = {EVENTS[topic] for topic in self._watched.topics}
            differs = tuple(said for said in differences(self._standing, stands, news.heard_to) if said.event in kinds)
            beat = self._beat(connection, who, now) if beats else None
        if beats:
            self._is_here(who, now)
        self._standing = stands
        return Found((*news.lines, *differs), news.heard_to, news.more, beat)

    def close(self) -> None:
        """Nobody looks any more."""
        self._desk.live.gone(self._stream_id)

    def _bye(self, connection: Connection, who: Actor | None, now: datetime, *, ended: bool) -> Bye | None:
        if ended:
            return "signed_out"
        if who is None:
            return "access_changed"
        access = _access(connection, who, now)
        if self._access is not None and not self._access.goes_on_as(access):
            return "access_changed"
        self._access = access
        return None

    def _news(self, connection: Connection, who: Actor, now: datetime, after: int | None) -> News:
        if after is None or "alerts" not in self._watched.topics:
            return News((), number(connection), more=False)
        return since(connection, who, now, after, area=self._watched.area)

    def _beat(self, connection: Connection, who: Actor, now: datetime) -> Data:
        seq = number(connection)
        if self._unanswered is None or self._unanswered[0] != seq:
            self._unanswered = (seq, unanswered(connection, queue_reach(who, now), self._watched.area))
        return {"server_at": instant_text(now), "seq": seq, "unanswered": self._unanswered[1]}

    def _is_here(self, who: Actor, now: datetime) -> None:
        """Says that somebody looks; of a wall now and then in the ledger too, where it stands in for the officer's hand."""
        purpose = "wall" if self._watched.wall else "page"
        self._desk.live.here(self._stream_id, Viewer(officer_id=who.officer_id, purpose=purpose, areas=who.areas), now)
        written_at = self._live_written_at
        on_shift = self._access is not None and self._access.shifts
        if not self._watched.wall or not on_shift or (written_at is not None and written_at <= now < written_at + SAYS_IT_IS_LIVE_EVERY):
            return
        with self._desk.ledger.write(now) as writing:
            theirs = update(SHIFT).where(SHIFT.c.officer_id == who.officer_id, SHIFT.c.ended_at.is_(None))
            writing.connection.execute(theirs.values(live_at=now))
        self._live_written_at = now


def _access(connection: Connection, who: Actor, now: datetime) -> _Access:
    grants = select(GRANT.c.grant_id).where(GRANT.c.officer_id == who.officer_id, GRANT.c.at <= now, GRANT.c.until_at > now)
    shifts = select(SHIFT.c.shift_id).where(SHIFT.c.officer_id == who.officer_id, SHIFT.c.ended_at.is_(None))
    return _Access(
        acting=frozenset(who.acting),
        areas=frozenset(who.areas),
        grants=frozenset(connection.execute(grants).scalars()),
        shifts=frozenset(connection.execute(shifts).scalars()),
    )
