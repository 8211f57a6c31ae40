"""What one reader of the plain page may see, from the ledger: open alerts within reach, or the board that names nobody.

The rights, the reach and the redaction are alerting's; here an answer of theirs becomes what `ops.web.words` draws. Every look
at alerts is in the log of readings before it is shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from fastapi import Request
from sqlalchemy import true

from alerting.console import authority
from alerting.console.answering import not_yours, record_reading
from alerting.console.desk import Desk
from alerting.console.shown import One, reading_of, shown
from alerting.console.signed import SignedIn, signed_in_quietly
from alerting.ledger import alerts, queue
from alerting.ledger.reach import queue_reach
from alerting.ledger.wanted import Wanted
from alerting.lifecycle.handling import State
from alerting.rights import reach
from ops.web.picture import Board
from schemas.alert import Alert
from schemas.problems import Problem

MOST_ROWS = 200
NOT_YOURS = "What happened is not yours to read."
OPEN: tuple[State, ...] = ("unanswered", "acknowledged", "actioned", "awaiting_second_key", "challenged", "shelved")


class View(Protocol):
    """What somebody who is signed in sees."""

    name: str
    csrf: str

    def open_alerts(self) -> tuple[Alert, ...] | None:
        """In the order in which they should be worked; None: none of their roles may see any now."""

    def one(self, name: str) -> Alert | None:
        """By id or reference; None where there is none that is theirs."""

    def asked(self, name: str) -> datetime | None:
        """Until when a disclosure waits for their decision that they were told of by this reference; None: none does."""


class Sight(Protocol):
    """Whom the page is drawn for. `board`: None where only those signed in see anything."""

    def view(self, request: Request) -> View | None:
        """Of whoever is signed in."""

    def board(self) -> tuple[Board, ...] | None:
        """What everybody sees."""


class LedgerSight:
    """The sight of a console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self, request: Request) -> View | None:
        """See `Sight.view`. A page that reloads by itself is no use of the session."""
        try:
            return _LedgerView(self._desk, request, signed_in_quietly(request))
        except Problem:
            return None

    def board(self) -> tuple[Board, ...] | None:
        """See `Sight.board`: on the loopback alone."""
        if self._desk.settings.oidc is not None:
            return None
        with self._desk.ledger.read() as connection:
            found = queue.page(connection, Wanted(officer_id="", handling=OPEN), queue.Reach(true()), limit=MOST_ROWS)
            records = alerts.load_all(connection, found.alert_ids)
        rows = (records[name] for name in found.alert_ids)
        return tuple(Board(row.alert.reference, row.alert.severity, row.alert.rule, row.alert.began_at, row.handling.state) for row in rows)


class _LedgerView:
    def __init__(self, desk: Desk, request: Request, signed: SignedIn) -> None:
        self._desk = desk
        self._request = request
        self._signed = signed
        self.name = signed.actor.name
        self.csrf = signed.session.csrf

    def open_alerts(self) -> tuple[Alert, ...] | None:
        """See `View.open_alerts`."""
        actor, now = self._signed.actor, self._desk.clock()
        may = reach(actor, "alert.read")
        if may.never or "with_reason" in may.limits:
            return None
        with self._desk.ledger.read() as connection:
            wanted = Wanted(officer_id=actor.officer_id, handling=OPEN)
            found = queue.page(connection, wanted, queue_reach(actor, now), limit=MOST_ROWS)
            seen = shown(connection, actor, now, found.alert_ids, self._desk.terms)
        record_reading(self._request, self._signed, reading_of(seen))
        return tuple(map(_readable, seen))

    def one(self, name: str) -> Alert | None:
        """See `View.one`."""
        actor, now = self._signed.actor, self._desk.clock()
        with self._desk.ledger.read() as connection:
            alert_id = alerts.named(connection, name)
            seen = () if alert_id is None else shown(connection, actor, now, [alert_id], self._desk.terms)
        if any("with_reason" in one.seen.reach("alert.read").limits for one in seen):
            seen = ()  # a link says no reason: who reads with one has the API
        if alert_id is not None and not seen:
            not_yours(self._request, self._signed, alert_id)
        if not seen:
            return None
        record_reading(self._request, self._signed, reading_of(seen))
        return _readable(seen[0])

    def asked(self, name: str) -> datetime | None:
        """See `View.asked`. It says nothing of whom, so nobody is read about."""
        with self._desk.ledger.read() as connection:
            found = authority.waits(connection, self._signed.actor, name, self._desk.clock())
        return None if found is None else found.decide_by_at


def _readable(one: One) -> Alert:
    """The alert without what is held back."""
    alert, held = one.record.alert, one.body["redacted"]
    hidden = frozenset(held) if isinstance(held, list) else frozenset()
    return alert.model_copy(
        update={
            "because": one.body.get("because", NOT_YOURS),
            "identifiers": () if "identifiers" in hidden else alert.identifiers,
            "about": alert.about.model_copy(update={"label": alert.about.kind}) if "about" in hidden else alert.about,
            "recipients": alert.recipients if one.seen.names else (),
            "revisions": _revisions(one),
        }
    )


def _revisions(one: One) -> tuple[object, ...]:
    said = one.body["revisions"]
    sentences = [part.get("because", NOT_YOURS) for part in said if isinstance(part, dict)] if isinstance(said, list) else []
    both = zip(one.record.alert.revisions, sentences, strict=True)
    return tuple(revision.model_copy(update={"because": sentence}) for revision, sentence in both)
