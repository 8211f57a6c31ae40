"""`POST`, `GET`, `DELETE /webhooks`, `POST .../test` (console 1.7): other systems that are told that an alert has changed.

Not the sending (`alerting.delivery.webhook`), which checks the target again each time. A target must be https and a public name.
The secret is in the answer once. To change it, post with `webhook_id`: both sign until the next change.
"""

from __future__ import annotations

import base64
from functools import partial
from hashlib import sha256

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import Row, insert, select, update

from alerting.console.answering import nothing_here, plain
from alerting.console.bodies import Sent, not_valid, parsed, validated
from alerting.console.commanding import Answer, Asked, Nothing, always, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.lines import line, not_allowed
from alerting.console.signed import Signed, SignedIn
from alerting.delivery.aside import resolved
from alerting.delivery.public_address import NotPublic, checked_addresses, target
from alerting.ledger import outbox
from alerting.ledger.outbox import Message
from alerting.ledger.queue import number
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import WEBHOOK
from alerting.rights import Where, areas, reach
from alerting.wording import may_leave
from schemas.fields import Text, Word, instant_text
from schemas.finding import reference
from schemas.problems import Problem
from schemas.refusal import FieldError

MOST = 50
"""Webhooks that are on at once: each costs a message for each change."""
Found = Row[tuple[object, ...]]


class Wanted(BaseModel):
    """Where to, and the changes of which areas (none: of all). `webhook_id`: the one whose secret changes."""

    url: Text
    areas: tuple[Word, ...] = ()
    webhook_id: Word | None = None


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/webhooks", **line("webhooks.manage"))
    def webhooks(signed: Signed) -> Response:
        """Those that are on, and those that were turned off, the newest first. Never a secret."""
        with desk.ledger.read() as connection:
            rows = connection.execute(select(WEBHOOK).order_by(WEBHOOK.c.made_at.desc(), WEBHOOK.c.webhook_id)).all()
            seq = number(connection)
        items = [_shown(row) for row in rows if _theirs(signed, _areas(row))]
        return plain({"items": items, "next_cursor": None, "as_of_seq": seq})

    def looked_up(signed: SignedIn, sent: Sent) -> str | None:
        return _not_public(desk, signed, sent)

    @command(desk, router, "/webhooks", right="webhooks.manage", body=Wanted, find=no_subject, strong=always, status=201, ahead=looked_up)
    def post_webhook(writing: Writing, asked: Asked[Wanted, None]) -> Answer:
        """A new one, or a new secret for one that is there. What comes again says `data.repeat`; its first id is in `repeat_of`, if any."""
        said = asked.body
        if not _theirs(asked.signed, said.areas):
            raise not_allowed()
        if asked.ahead is not None:
            expected = "https and the public name of a host, as https://hooks.example.org/vigil"
            raise not_valid((FieldError("/url", asked.ahead, expected),))
        secret = "whsec_" + base64.b64encode(sha256(desk.tokens().encode()).digest()).decode()
        if said.webhook_id is None:
            webhook_id = _new(writing, asked, secret)
        else:
            webhook_id = said.webhook_id
            _renew(writing, asked.signed, webhook_id, said, secret)
        writing.audit("webhook.made", {"webhook": webhook_id, "by": asked.officer_id, "renewed": said.webhook_id is not None})
        return Answer({"webhook_id": webhook_id, "url": said.url, "areas": list(said.areas), "secret": secret})

    @command(desk, router, "/webhooks/{webhook_id}", right="webhooks.manage", body=Nothing, find=_standing, strong=always, method="DELETE")
    def delete_webhook(writing: Writing, asked: Asked[Nothing, Found]) -> Answer:
        """Nothing more is sent there."""
        webhook_id = str(asked.subject.webhook_id)
        gone = update(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id, WEBHOOK.c.off_at.is_(None))
        writing.connection.execute(gone.values(off_at=writing.now, off_because="deleted"))
        writing.audit("webhook.off", {"webhook": webhook_id, "by": asked.officer_id, "because": "deleted"})
        return Answer({"webhook_id": webhook_id})

    @command(desk, router, "/webhooks/{webhook_id}/test", right="webhooks.manage", body=Nothing, find=_standing, strong=always, status=202)
    def test_webhook(writing: Writing, asked: Asked[Nothing, Found]) -> Answer:
        """A message of status `test` goes there the way of any other. Its reference leads nowhere."""
        if asked.subject.off_at is not None:
            raise Problem("not_possible_now", "It is turned off: nothing is sent there.")
        trial = f"te_{asked.subject.webhook_id}_{name_of(asked.request, asked.officer_id, writing.now)}"
        text = may_leave(reference=reference(trial), severity="low", status="open", message_status="test", origin=desk.settings.origin)
        message = Message(trial, "webhook", "test", "low", text, target=str(asked.subject.webhook_id))
        outbox.make(writing, [message])
        return Answer({"delivery_id": message.message_id})

    return router


def _not_public(desk: Desk, signed: SignedIn, sent: Sent) -> str | None:
    """What is wrong with the target, asked before the ledger's line is taken: a name server may take its time.

    A name that has no address now, or of which no name server says anything in time, is let through: it may have one tomorrow, and is
    checked at each send.
    """
    settings = desk.providers.webhook
    try:
        if reach(signed.actor, "webhooks.manage").never or not signed.session.fresh(desk.real()):
            return None
        where = target(validated(Wanted, parsed(sent)).url, inside=settings.inside)
        resolved(partial(checked_addresses, where.name, where.port, settings.resolve, inside=settings.inside), settings.timeout_s)
    except NotPublic as wrong:
        return str(wrong)
    except (OSError, Problem):
        return None
    return None


def _new(writing: Writing, asked: Asked[Wanted, None], secret: str) -> str:
    on = writing.connection.execute(select(WEBHOOK.c.webhook_id).where(WEBHOOK.c.off_at.is_(None))).all()
    if len(on) >= MOST:
        raise Problem("not_possible_now", f"There are {MOST} webhooks already: delete one first.")
    webhook_id = "wh_" + sha256(name_of(asked.request, asked.officer_id, writing.now).encode()).hexdigest()[:16]
    row = {
        "webhook_id": webhook_id,
        "officer_id": asked.officer_id,
        "url": asked.body.url,
        "secrets": msgspec.json.encode([secret]).decode(),
        "areas": msgspec.json.encode(asked.body.areas).decode(),
        "made_at": writing.now,
        "off_at": None,
        "off_because": None,
    }
    writing.connection.execute(insert(WEBHOOK), [row])
    return webhook_id


def _renew(writing: Writing, signed: SignedIn, webhook_id: str, said: Wanted, secret: str) -> None:
    """The new secret and the one before it sign; it is on again if it was off."""
    row = _row(writing, webhook_id)
    if row is None or not _theirs(signed, _areas(row)):
        raise nothing_here()
    newest = msgspec.json.decode(str(row.secrets), type=tuple[str, ...])[:1]
    values = {
        "url": said.url,
        "areas": msgspec.json.encode(said.areas).decode(),
        "secrets": msgspec.json.encode([secret, *newest]).decode(),
        "off_at": None,
        "off_because": None,
    }
    writing.connection.execute(update(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id).values(values))


def _standing(writing: Writing, signed: SignedIn, request: Request) -> Found:
    row = _row(writing, str(request.path_params["webhook_id"]))
    if row is None or not _theirs(signed, _areas(row)):
        raise nothing_here()
    return row


def _row(writing: Writing, webhook_id: str) -> Found | None:
    return writing.connection.execute(select(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id)).first()


def _areas(row: Found) -> tuple[str, ...]:
    return msgspec.json.decode(str(row.areas), type=tuple[str, ...])


def _theirs(signed: SignedIn, said: tuple[str, ...]) -> bool:
    """Whether these areas are all theirs to speak for; of none named, every one."""
    if reach(signed.actor, "webhooks.manage").where is Where.EVERYWHERE:
        return True
    return bool(said) and set(said) <= areas(signed.actor, "webhooks.manage")


def _shown(row: Found) -> dict[str, object]:
    return {
        "webhook_id": row.webhook_id,
        "url": row.url,
        "areas": list(_areas(row)),
        "made_at": instant_text(row.made_at),
        "made_by": row.officer_id,
        "off_at": None if row.off_at is None else instant_text(row.off_at),
        "off_because": row.off_because,
    }
