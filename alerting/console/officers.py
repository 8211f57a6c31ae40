"""`GET /officers` and `PUT /officers/me/channels` (console 1.7): who there is, and how one is reached oneself.

Not the rota (`alerting.console.rota`). How others are reached stands in no answer: messages find their way without it being seen.
Each channel that is changed is tried at once by a message of status `test`, which goes the way of any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from alerting.console.answering import plain
from alerting.console.commanding import Answer, Asked, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of, somebody, state
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.signed import Signed
from alerting.directory import Directory
from alerting.ledger import outbox, statements
from alerting.ledger.outbox import Message
from alerting.ledger.queue import number
from alerting.ledger.store import Writing
from alerting.wording import may_leave
from schemas.delivery import Channel
from schemas.directory import DirectoryOfficer
from schemas.fields import Phone, Value, Word, instant_text
from schemas.finding import reference

ROUTES: Mapping[str, Channel] = {"email": "email", "phone": "sms"}
"""What of an officer's channels is set here, and the channel that it is tried by. A browser subscribes to push by itself."""
OCCASION = "channel_tried"
JSON = Mapping[str, object]


class Own(Value):
    """One's own channels, whole: what is left out is taken away."""

    email: Word | None = None
    phone: Phone | None = None


class Wanted(BaseModel):
    """The query."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Word | None = None
    role: Word | None = None
    limit: Limit = USUAL
    cursor: str | None = None


def routes(desk: Desk) -> APIRouter:
    """Both routes."""
    router = APIRouter()

    @router.get("/officers", **line("officers.read"))
    def officers(request: Request, signed: Signed, wanted: Annotated[Wanted, Query()]) -> Response:
        """Everybody who works here, by id: roles, and where they are on duty now."""
        cursors = Cursors(desk, request, signed)
        now = desk.clock()
        with desk.ledger.read() as connection:
            seq = number(connection)
            directory = statements.directory(connection)
        after = "" if cursors.after is None else str(cursors.after[0])
        known = (one for _, one in directory.officers.everything(now) if one.roles and one.officer_id > after and _is(one, wanted))
        page = sorted(known, key=lambda one: one.officer_id)[: wanted.limit + 1]
        items = [_shown(one, directory, now, own=one.officer_id == signed.actor.officer_id) for one in page[: wanted.limit]]
        last = (page[wanted.limit - 1].officer_id,) if len(page) > wanted.limit else None
        return plain(cursors.page(items, seq, last))

    @command(desk, router, "/officers/me/channels", right="own.settings", body=Own, find=no_subject, method="PUT")
    def channels(writing: Writing, asked: Asked[Own, None]) -> Answer:
        """How one is reached from now on; each channel that is new is tried."""
        me = somebody(statements.directory(writing.connection), asked.officer_id, writing.now, "")
        wanted = {"email": asked.body.email, "phone": asked.body.phone}
        said = me.model_copy(update={"channels": me.channels.model_copy(update=wanted)})
        state(desk, writing, "directory.officer", said, name_of(asked.request, asked.officer_id, writing.now), asked.officer_id)
        changed = [name for name, value in wanted.items() if value is not None and value != getattr(me.channels, name)]
        tried = [_trial(asked.officer_id, name, writing.now, desk.settings.origin) for name in changed]
        outbox.make(writing, tried)
        return Answer({"channels": wanted, "tried": [message.channel for message in tried]})

    return router


def _is(officer: DirectoryOfficer, wanted: Wanted) -> bool:
    return (wanted.area is None or officer.area == wanted.area) and (wanted.role is None or wanted.role in officer.roles)


def _trial(officer_id: str, name: str, now: datetime, origin: str) -> Message:
    """A message about no alert: its reference leads nowhere, and `TEST` stands before it."""
    trial = "te_" + blake2b(f"{officer_id}\0{name}\0{now.isoformat()}".encode(), digest_size=12).hexdigest()
    text = may_leave(reference=reference(trial), severity="low", status="open", message_status="test", origin=origin)
    return Message(alert_id=trial, channel=ROUTES[name], occasion=OCCASION, severity="low", text=text, officer_id=officer_id)


def _shown(officer: DirectoryOfficer, directory: Directory, now: datetime, *, own: bool) -> JSON:
    absence = directory.absent(officer.officer_id, now)
    shifts = [
        {"role": shift.role, "area": shift.area, "until_at": instant_text(shift.to)}
        for shift in directory.shifts_of(officer.officer_id, now)
        if shift.from_ <= now < shift.to
    ]
    said: dict[str, object] = {
        "officer_id": officer.officer_id,
        "name": officer.name,
        "organisation": officer.organisation,
        "area": officer.area,
        "roles": list(officer.roles),
        "line_manager_id": officer.line_manager_id,
        "on_duty": shifts,
        "absence": None if absence is None else {"until_at": instant_text(absence.to), "deputy_id": absence.deputy_id},
    }
    if own:
        said["channels"] = {"email": officer.channels.email, "phone": officer.channels.phone}
    return said
