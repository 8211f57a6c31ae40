"""Sessions in the ledger: who is signed in, since when, until when. The token is known to the browser alone; its hash stands here.

A session ends 14 h after its beginning, 30 min after it was last used, or at sign-out. A started shift whose wall is live is
use (console 2.1). Not the cookie and not the request: `alerting.console.signed` has those.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from alerting.ledger.store import Writing
from alerting.ledger.tables.access import SESSION, SHIFT

IDLE = timedelta(minutes=30)
IN_ALL = timedelta(hours=14)
"""A night of 12 h is one of 13 h in October."""
FRESH = timedelta(minutes=10)
"""How old the sign-in may be for what needs a fresh one."""
AHEAD = timedelta(seconds=5)
"""So much may the clocks of two consoles differ. A sign-in further ahead was before a clock went back: how fresh it is nobody knows."""
SEEN_EVERY = timedelta(minutes=1)
"""How often use is written down: a request that only looks must not stand in the writers' line each time."""


class Provider(NamedTuple):
    """Whose sign-in it was at the identity provider, for its logout. `id_token_sid`: None where the provider has no such thing."""

    issuer: str
    sub: str
    sid: str | None


class Session(NamedTuple):
    """One signed-in browser. `seen_at`: its last use, a live wall included. `strong_at`: the last fresh sign-in, for step-up."""

    token_hash: bytes
    officer_id: str
    csrf: str
    began_at: datetime
    seen_at: datetime
    strong_at: datetime | None
    provider: Provider | None

    @property
    def name(self) -> str:
        """What stands for it in counters; of no use as a token."""
        return self.token_hash.hex()

    @property
    def ends_at(self) -> datetime:
        """When it ends whatever happens."""
        return self.began_at + IN_ALL

    @property
    def idle_ends_at(self) -> datetime:
        """When it ends unless it is used."""
        return min(self.ends_at, self.seen_at + IDLE)

    def fresh(self, now: datetime) -> bool:
        """Whether its sign-in is fresh enough for what needs step-up."""
        return self.strong_at is not None and self.strong_at - AHEAD <= now < self.strong_at + FRESH


def hashed(token: str) -> bytes:
    """What is stored of a token. A plain hash is enough: the token has 256 bits of chance."""
    return hashlib.sha256(token.encode()).digest()


def begin(
    writing: Writing,
    token: str,
    officer_id: str,
    *,
    csrf: str,
    strong_at: datetime | None,
    provider: Provider | None,
    now: datetime | None = None,
) -> None:
    """A new session, always with a new token: what a browser brought from before it signed in is worth nothing.

    `now`: of the machine (`Desk.real`), where the ledger's clock is another; so everywhere here.
    """
    row = {
        "token_hash": hashed(token),
        "officer_id": officer_id,
        "csrf": csrf,
        "began_at": now or writing.now,
        "seen_at": now or writing.now,
        "strong_at": strong_at,
        "provider": None if provider is None else json.dumps(provider._asdict()),
    }
    writing.connection.execute(insert(SESSION).values(row))
    writing.audit("session.began", {"officer_id": officer_id})


def find(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token, while it lasts."""
    return still(connection, hashed(token), now)


def still(connection: Connection, token_hash: bytes, now: datetime) -> Session | None:
    """The session as it is now; None once it has ended. A stream asks this at each beat."""
    row = connection.execute(select(SESSION).where(SESSION.c.token_hash == token_hash, SESSION.c.ended_at.is_(None))).one_or_none()
    if row is None or now >= row.began_at + IN_ALL:
        return None
    session = _session(row)
    if now >= session.seen_at + IDLE:
        live_at = connection.execute(
            select(SHIFT.c.live_at)
            .where(SHIFT.c.officer_id == row.officer_id, SHIFT.c.ended_at.is_(None))
            .order_by(SHIFT.c.live_at.desc())
            .limit(1)
        ).scalar()
        # in a demonstration the wall is ahead of us: then somebody who is on shift there stays signed in to the end
        session = session._replace(seen_at=max(session.seen_at, live_at or session.seen_at))
    return None if now >= session.seen_at + IDLE else session


def seen(writing: Writing, session: Session, now: datetime) -> None:
    """It was used now."""
    writing.connection.execute(update(SESSION).where(SESSION.c.token_hash == session.token_hash).values(seen_at=now))


def end(writing: Writing, token_hash: bytes, because: str = "signed_out") -> bool:
    """Sign out. Whether there was anything to end."""
    row = writing.connection.execute(
        update(SESSION)
        .where(SESSION.c.token_hash == token_hash, SESSION.c.ended_at.is_(None))
        .values(ended_at=writing.now)
        .returning(SESSION.c.officer_id)
    ).one_or_none()
    if row is not None:
        writing.audit("session.ended", {"officer_id": row.officer_id, "because": because})
    return row is not None


def end_of(writing: Writing, issuer: str, *, sub: str | None, sid: str | None, now: datetime) -> int:
    """End the sessions that the provider says are over: of one sign-in (`sid`) where it names it, else of the person (`sub`)."""
    rows = writing.connection.execute(
        select(SESSION).where(SESSION.c.ended_at.is_(None), SESSION.c.began_at > now - IN_ALL, SESSION.c.provider.is_not(None))
    ).all()
    ended = 0
    for session in map(_session, rows):
        theirs = session.provider
        if theirs is None or theirs.issuer != issuer:
            continue
        if (sid is None or theirs.sid == sid) and (sub is None or theirs.sub == sub):
            ended += end(writing, session.token_hash, "provider_logout")
    return ended


def _session(row: Row[tuple[object, ...]]) -> Session:
    provider = None if row.provider is None else Provider(**json.loads(row.provider))
    return Session(row.token_hash, row.officer_id, row.csrf, row.began_at, row.seen_at, row.strong_at, provider)
