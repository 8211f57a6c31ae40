"""Where a message goes, looked up when it is sent: an officer's number of today, a webhook that is still on.

No address stands in the outbox. A push message goes to every browser of the officer; a webhook or a browser that is gone is
turned off here and nothing more is sent there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from alerting.channels import channels
from alerting.delivery.message import Address
from alerting.ledger import statements
from alerting.ledger.outbox import Message
from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import PUSH_SUBSCRIPTION, WEBHOOK
from schemas.delivery import Channel
from schemas.directory import Channels
from schemas.finding import Severity

_NONE = Channels()
_SUBSCRIBED = (
    select(PUSH_SUBSCRIPTION.c.subscription_id, PUSH_SUBSCRIPTION.c.subscription)
    .where(PUSH_SUBSCRIPTION.c.officer_id == bindparam("who"), PUSH_SUBSCRIPTION.c.off_at.is_(None))
    .order_by(PUSH_SUBSCRIPTION.c.made_at, PUSH_SUBSCRIPTION.c.subscription_id)
)


class Place(NamedTuple):
    """An address, and the row that holds it; None: it is the officer's own, stated in the directory."""

    address: Address
    row_id: str | None = None

    @property
    def receiver(self) -> str:
        """Whoever hangs where this place hangs: the webhook, the host of the push service, or the one relay or provider of its channel."""
        match self.address.channel:
            case "webhook":
                return self.row_id or self.address.value
            case "push":
                return _push_service(self.address.value)
            case channel:
                return channel


def places(connection: Connection, message: Message, now: datetime) -> tuple[Place, ...]:
    """Where a message goes; empty where there is nowhere."""
    if message.channel == "webhook":
        return tuple(_webhook(connection, message.target))
    if message.officer_id is None:
        return ()
    stated = _stated(connection, message.officer_id, now)
    if message.channel == "email":
        return (Place(Address("email", stated.email)),) if stated.email else ()
    if message.channel == "sms":
        return (Place(Address("sms", stated.phone)),) if stated.phone else ()
    if message.channel == "push":
        own = (Place(Address("push", stated.push)),) if stated.push else ()
        return (*own, *_browsers(connection, message.officer_id))
    return ()


def order(connection: Connection, officer_id: str, severity: Severity, now: datetime) -> tuple[Channel, ...]:
    """The officer's channels as they are tried."""
    has_push = any(True for _ in _browsers(connection, officer_id))
    return channels(severity, _stated(connection, officer_id, now), has_push=has_push)


def fingerprint(number: str) -> str:
    """What the outbox keeps of a number, to count by: never the number."""
    return "n_" + hashlib.blake2b(number.encode(), digest_size=12, person=b"vigil number").hexdigest()


def turn_off(writing: Writing, place: Place, because: str) -> None:
    """Nothing more is sent there."""
    if place.row_id is None:
        return
    if place.address.channel == "webhook":
        one = update(WEBHOOK).where(WEBHOOK.c.webhook_id == place.row_id, WEBHOOK.c.off_at.is_(None))
        writing.connection.execute(one.values(off_at=writing.now, off_because=because))
        writing.audit("webhook.off", {"webhook": place.row_id, "because": because})
    else:
        subscription = update(PUSH_SUBSCRIPTION).where(PUSH_SUBSCRIPTION.c.subscription_id == place.row_id)
        writing.connection.execute(subscription.values(off_at=writing.now))


def _push_service(subscription: str) -> str:
    """Its host; what cannot be read is a receiver of its own, and is refused where it is sent."""
    try:
        return urlsplit(str(json.loads(subscription)["endpoint"])).hostname or subscription
    except (ValueError, TypeError, KeyError):
        return subscription


def _stated(connection: Connection, officer_id: str, now: datetime) -> Channels:
    officer = statements.directory(connection).officer(officer_id, now)
    return _NONE if officer is None else officer.channels


def _browsers(connection: Connection, officer_id: str) -> Iterator[Place]:
    for subscription_id, subscription in connection.execute(_SUBSCRIBED, {"who": officer_id}):
        yield Place(Address("push", subscription), subscription_id)


def _webhook(connection: Connection, webhook_id: str | None) -> Iterator[Place]:
    asked = select(WEBHOOK.c.url, WEBHOOK.c.secrets).where(WEBHOOK.c.webhook_id == webhook_id, WEBHOOK.c.off_at.is_(None))
    for url, secrets in connection.execute(asked):
        yield Place(Address("webhook", url, msgspec.json.decode(secrets, type=tuple[str, ...])), webhook_id)
