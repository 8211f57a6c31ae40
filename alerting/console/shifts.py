"""`POST /shifts/start` and `/shifts/end` (console 1.7): that a wall is watched and can be heard, and that nobody leaves alerts behind.

Not the rota, which says who should be on (`alerting.console.rota`). A started shift with a live wall is what `nobody-watching`
looks for; the stream says now and then that the wall is live (`alerting.console.watching`).
"""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import false, insert, select, update

from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, Nothing, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.signed import SignedIn
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import SHIFT
from alerting.ledger.tables.alerts import ALERT
from schemas.fields import Flag, Value, Word, instant_text
from schemas.problems import Problem
from schemas.refusal import FieldError

MOST_NAMED = 50


class Start(Value):
    """`heard`: the officer heard all three sounds. `area`: where, for one who is on duty in several."""

    heard: Flag
    area: Word | None = None


def routes(desk: Desk) -> APIRouter:
    """Both routes."""
    router = APIRouter()

    @command(desk, router, "/shifts/start", right="rota.shift", body=Start, find=no_subject)
    def start(writing: Writing, asked: Asked[Start, None]) -> Answer:
        """The wall is live and was heard: from now on somebody watches here."""
        if not asked.body.heard:
            raise not_valid((FieldError("/heard", "the sounds were not heard", "true, once all three sounds were heard"),))
        actor, now = asked.signed.actor, writing.now
        on_duty = dict.fromkeys(duty.area for duty in actor.duty)
        area = asked.body.area or next(iter(on_duty), None)
        if area not in on_duty:
            raise Problem("not_possible_now", "You are not on the rota there now. Nothing was started: ask your supervisor.")
        if not any(viewer.officer_id == asked.officer_id and viewer.purpose == "wall" for viewer in desk.live.viewers(now)):
            raise Problem("not_possible_now", "Your wall is not live: open it, wait for its first beat, and start again.")
        open_ = _open(writing, asked.officer_id)
        shift_id = open_.get(area) or name_of(asked.request, asked.officer_id, writing.now)
        if area in open_:
            writing.connection.execute(update(SHIFT).where(SHIFT.c.shift_id == shift_id).values(live_at=now))
        else:
            row = {"shift_id": shift_id, "officer_id": asked.officer_id, "area": area, "began_at": now, "live_at": now}
            writing.connection.execute(insert(SHIFT).values(row))
            writing.audit("shift.started", {"officer_id": asked.officer_id, "area": area})
        return Answer({"shift_id": shift_id, "area": area, "started_at": instant_text(now)})

    @command(desk, router, "/shifts/end", right="rota.shift", body=Nothing, find=no_subject, may=_anybody)
    def end(writing: Writing, asked: Asked[Nothing, None]) -> Answer:
        """Nobody watches here any more; refused while the officer owns alerts that nobody has accepted."""
        open_ = _open(writing, asked.officer_id)
        if not open_:
            raise Problem("not_possible_now", "You have no shift that is started.")
        owned = (ALERT.c.owner_id == asked.officer_id, ALERT.c.closed == false())
        kept = (
            writing.connection.execute(select(ALERT.c.reference).where(*owned).order_by(ALERT.c.raised_at, ALERT.c.alert_id))
            .scalars()
            .all()
        )
        if kept:
            alerts = "1 alert" if len(kept) == 1 else f"{len(kept)} alerts"
            detail = f"You own {alerts} that nobody has accepted: {', '.join(kept[:3])}. Hand over first."
            raise Problem("not_possible_now", detail, more={"references": list(kept[:MOST_NAMED])})
        theirs = (SHIFT.c.officer_id == asked.officer_id, SHIFT.c.ended_at.is_(None))
        writing.connection.execute(update(SHIFT).where(*theirs).values(ended_at=writing.now))
        for area in sorted(open_):
            writing.audit("shift.ended", {"officer_id": asked.officer_id, "area": area})
        return Answer({"ended_at": instant_text(writing.now), "areas": sorted(open_)})

    return router


def _anybody(_writing: Writing, _signed: SignedIn, _subject: None) -> bool:
    """Whoever has started a shift may end it, also long after the rota says that it is over."""
    return True


def _open(writing: Writing, officer_id: str) -> dict[str, str]:
    """The officer's shifts that are started, by area."""
    asked = select(SHIFT.c.area, SHIFT.c.shift_id).where(SHIFT.c.officer_id == officer_id, SHIFT.c.ended_at.is_(None))
    return {row.area: row.shift_id for row in writing.connection.execute(asked)}
