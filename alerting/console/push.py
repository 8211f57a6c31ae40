"""`POST`, `DELETE /push-subscriptions`, `GET .../key` (console 1.7): the browsers in which an officer is told.

Not the sending (`alerting.delivery.push`) and not the page that asks the browser. A subscription is its officer's own; a browser
that subscribes for somebody else takes the place of the one before.
"""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import func, select, update

from alerting.console.answering import nothing_here, plain
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, Nothing, command, no_subject
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.signed import Signed, SignedIn
from alerting.delivery import push
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import PUSH_SUBSCRIPTION
from alerting.ledger.upsert import upsert
from schemas.fields import Text, Word
from schemas.problems import Problem
from schemas.refusal import FieldError

MOST = 20
"""Browsers of one officer: each message goes to all of them, one after the other."""


class Keys(BaseModel):
    """What the browser alone can read with."""

    p256dh: Text
    auth: Text


class Subscription(BaseModel):
    """A browser's `PushSubscription`, as its `toJSON` gives it."""

    endpoint: Text
    keys: Keys


class Wanted(BaseModel):
    """The subscription, and what its officer calls the device."""

    subscription: Subscription
    device_label: Word


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/push-subscriptions/key", **line("own.settings"))
    def key(_signed: Signed) -> Response:
        """What a browser subscribes with."""
        return plain({"public_key": _settings(desk).public_key})

    @command(desk, router, "/push-subscriptions", right="own.settings", body=Wanted, find=no_subject, status=201)
    def post_subscription(writing: Writing, asked: Asked[Wanted, None]) -> Answer:
        """One is told in this browser from now on."""
        said = asked.body
        if not push.known_service(said.subscription.endpoint, _settings(desk)):
            expected = "the address of a push service on our list, over https"
            raise not_valid((FieldError("/subscription/endpoint", "an unknown push service", expected),))
        subscription_id = "ps_" + sha256(said.subscription.endpoint.encode()).hexdigest()[:24]
        _refuse_more(writing, asked.officer_id, subscription_id)
        row = {
            "subscription_id": subscription_id,
            "officer_id": asked.officer_id,
            "subscription": said.subscription.model_dump_json(),
            "device_label": said.device_label,
            "made_at": writing.now,
            "off_at": None,
        }
        upsert(writing.connection, PUSH_SUBSCRIPTION, [row])
        writing.audit("push.subscribed", {"subscription": subscription_id, "officer": asked.officer_id})
        return Answer({"subscription_id": subscription_id, "device_label": said.device_label})

    @command(desk, router, "/push-subscriptions/{subscription_id}", right="own.settings", body=Nothing, find=_own, method="DELETE")
    def delete_subscription(writing: Writing, asked: Asked[Nothing, str]) -> Answer:
        """Not in that browser any more."""
        gone = update(PUSH_SUBSCRIPTION).where(PUSH_SUBSCRIPTION.c.subscription_id == asked.subject)
        writing.connection.execute(gone.values(off_at=writing.now))
        writing.audit("push.unsubscribed", {"subscription": asked.subject, "officer": asked.officer_id})
        return Answer({"subscription_id": asked.subject})

    return router


def _refuse_more(writing: Writing, officer_id: str, subscription_id: str) -> None:
    """Raises 409 where they are told in so many browsers already. One that is known only says so again."""
    others = (PUSH_SUBSCRIPTION.c.officer_id == officer_id, PUSH_SUBSCRIPTION.c.subscription_id != subscription_id)
    on = select(func.count()).select_from(PUSH_SUBSCRIPTION).where(*others, PUSH_SUBSCRIPTION.c.off_at.is_(None))
    if writing.connection.execute(on).scalar_one() >= MOST:
        raise Problem("not_possible_now", f"You are told in {MOST} browsers already: delete one first.")


def _settings(desk: Desk) -> push.Settings:
    """Raises 409 where there is no push here."""
    if desk.providers.push is None:
        raise Problem("not_possible_now", "Push is not set up here: VIGIL_PUSH_PRIVATE_KEY is not set.")
    return desk.providers.push


def _own(writing: Writing, signed: SignedIn, request: Request) -> str:
    """Somebody else's is not there."""
    subscription_id = str(request.path_params["subscription_id"])
    asked = select(PUSH_SUBSCRIPTION.c.officer_id).where(
        PUSH_SUBSCRIPTION.c.subscription_id == subscription_id, PUSH_SUBSCRIPTION.c.off_at.is_(None)
    )
    if writing.connection.execute(asked).scalar() != signed.session.officer_id:
        raise nothing_here()
    return subscription_id
