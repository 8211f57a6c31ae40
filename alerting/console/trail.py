"""The trail of one alert: its history line by line, tries that were refused too, and every message about it with its steps.

Words that people wrote are held back from whoever may know no names; a note that was narrowed, from whoever is none of its
audience. Called by the routes of one alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from alerting.actor import Actor, row_of
from alerting.console.cursors import Part
from alerting.console.shown import One
from alerting.directory import Directory
from alerting.ledger.news import DONE, REACH
from alerting.ledger.queue import number
from alerting.ledger.reach import roles_on
from alerting.ledger.statements import directory
from alerting.ledger.tables.alerts import HISTORY, TOLD
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.lifecycle.door import OPENED
from alerting.rights import Right

STEPS = ("queued", "handed_over", "delivered", "shown", "opened", "failed", "gave_up")
_READ: tuple[Right, ...] = ("alert.read",)
_body = msgspec.json.Decoder(dict[str, object]).decode


class Trail(NamedTuple):
    """Rows ready to leave. `after`: where the next page goes on; None: that was all."""

    items: list[dict[str, object]]
    after: tuple[Part, ...] | None
    as_of_seq: int


def history(connection: Connection, actor: Actor, at: datetime, one: One, after: tuple[Part, ...] | None, limit: int) -> Trail:
    """The lines after a place, oldest first."""
    alert_id = one.record.alert.alert_id
    asked = select(HISTORY).where(HISTORY.c.alert_id == alert_id).order_by(HISTORY.c.seq).limit(limit + 1)
    if after is not None:
        asked = asked.where(HISTORY.c.seq > after[0])
    rows = connection.execute(asked).all()
    known = _names(connection, one)
    roles = roles_on(connection, actor, at, _READ, (alert_id,))[alert_id]["alert.read"]
    items: list[dict[str, object]] = []
    for row in rows[:limit]:
        said = _body(row.body)
        line: dict[str, object] = {
            "seq": row.seq,
            "version": row.version,
            "at": row.at,
            "change": row.what,
            "by": row.by_id,
            "by_name": _name(known, row.by_id, at),
            "role": row.role,
            "version_seen": row.version_seen,
            "result": row.result,
            "severity": row.severity,
            "state": row.state,
        }
        if one.seen.names and row.what != REACH and may_read(said, row.by_id, actor, roles):
            line["said"] = said
        items.append(line)
    return Trail(items, (rows[limit - 1].seq,) if len(rows) > limit else None, number(connection))


def changes_since(connection: Connection, alert_id: str, version: int, at: datetime) -> list[dict[str, object]]:
    """What made the versions after that one: what somebody with a stale version must read.

    One step has all its lines at one instant; a later one under the same version, as a clock that ran out, changed nothing of theirs.
    """
    asked = select(HISTORY).where(
        HISTORY.c.alert_id == alert_id, HISTORY.c.version > version, HISTORY.c.result == DONE, HISTORY.c.what.not_in((REACH, OPENED))
    )
    known = directory(connection)
    made_at: dict[int, datetime] = {}
    return [
        {
            "seq": row.seq,
            "version": row.version,
            "at": row.at,
            "change": row.what,
            "by": row.by_id,
            "by_name": _name(known, row.by_id, at),
            "role": row.role,
            "state": row.state,
        }
        for row in connection.execute(asked.order_by(HISTORY.c.seq))
        if row.at == made_at.setdefault(row.version, row.at)
    ]


def deliveries(connection: Connection, one: One, at: datetime) -> Trail:
    """One row a message and one for each officer who opened it here, the first first."""
    alert_id = one.record.alert.alert_id
    known = _names(connection, one)
    steps: dict[str, dict[str, datetime]] = {}
    repeats: set[str] = set()
    messages = select(OUTBOX).where(OUTBOX.c.alert_id == alert_id).order_by(OUTBOX.c.made_at, OUTBOX.c.message_id)
    taken = select(DELIVERY).join(OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id).where(OUTBOX.c.alert_id == alert_id)
    details: dict[str, str] = {}
    for row in connection.execute(taken.order_by(DELIVERY.c.number)):
        steps.setdefault(row.message_id, {}).setdefault(row.state, row.at)
        details[row.message_id] = row.detail
        if row.repeat:
            repeats.add(row.message_id)
    items: list[dict[str, object]] = []
    for row in connection.execute(messages):
        at_steps: Mapping[str, datetime] = steps.get(row.message_id, {})
        items.append(
            {
                "delivery_id": row.message_id,
                "officer_id": row.officer_id,
                "name": _name(known, row.officer_id, at),
                "role": row.role,
                "channel": row.channel,
                "occasion": row.occasion.partition(" ")[0].partition(":")[0],
                "state": row.state,
                **{step: at_steps.get(step) for step in STEPS},
                "repeat": row.message_id in repeats,
                "detail": details.get(row.message_id, ""),
            }
        )
    seen = select(TOLD).where(TOLD.c.alert_id == alert_id, TOLD.c.opened_at.is_not(None)).order_by(TOLD.c.opened_at, TOLD.c.officer_id)
    for row in connection.execute(seen):
        here = {"officer_id": row.officer_id, "name": _name(known, row.officer_id, at), "role": row.role, "channel": "console"}
        items.append({**here, "state": "opened", **dict.fromkeys(STEPS), "opened": row.opened_at, "repeat": False, "detail": ""})
    return Trail(items, None, number(connection))


def may_read(said: Mapping[str, object], by_id: str | None, actor: Actor, roles: frozenset[str]) -> bool:
    """A note that was narrowed is for those roles and whoever wrote it."""
    audience = said.get("audience")
    if not isinstance(audience, list) or not audience or by_id == actor.officer_id:
        return True
    return not {row_of(str(role)) for role in audience}.isdisjoint(roles)


def _names(connection: Connection, one: One) -> Directory:
    """Who is called what; nobody, to whoever may know no names."""
    return directory(connection) if one.seen.names else Directory()


def _name(known: Directory, officer_id: str | None, at: datetime) -> str | None:
    described = None if officer_id is None else known.officer(officer_id, at)
    return None if described is None else described.name
