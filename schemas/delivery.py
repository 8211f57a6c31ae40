"""What leaves Vigil and what comes back, on the wire: the webhook's body, the push message, and receipts.

All of it thin on purpose: a reference, an urgency, a link. Whoever is told fetches the rest with their own right, so the reading
is logged. Written by `alerting.delivery`; receipts are read by the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.envelope import MessageStatus
from schemas.fields import Flag, Id, Instant, Text, Word

Channel = Literal["email", "sms", "push", "webhook", "topic"]
DeliveryState = Literal["queued", "sending", "handed_over", "delivered", "shown", "opened", "failed", "gave_up"]
"""`handed_over`: a provider has it; `delivered`: it says that the device has it; `shown`, `opened`: the device says so itself."""

Urgency = Literal["now", "within_15_minutes", "today", "waiting", "changed"]
URGENCY_OF: Mapping[str, Urgency] = MappingProxyType(
    {"critical": "now", "high": "within_15_minutes", "medium": "today", "low": "waiting", "withdrawn": "changed"}
)
"""By severity; a withdrawn alert has changed."""


class OnTheWire(BaseModel):
    """Frozen; a field that is not known is left out, so that versions can differ."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WebhookData(OnTheWire):
    """All that a webhook says of an alert. `repeat`: it may have come before, under the same `webhook-id`, or under `repeat_of`.

    A message that may have come twice comes no third time. Another one says it once more, whose `repeat_of` is the first one's id.
    """

    reference: Word
    urgency: Urgency
    message_status: MessageStatus
    url: Text
    repeat: Flag = False
    repeat_of: Id | None = None


class WebhookMessage(OnTheWire):
    """A webhook's body. `timestamp`: when the message was made, the same on each try.

    Sent until one try is answered with 2xx, so it may come more than once: `webhook-id` is the key by which a receiver knows it again,
    or `data.repeat_of` where there is one.
    """

    type: Literal["alert.changed"] = "alert.changed"
    timestamp: Instant
    data: WebhookData


class PushMessage(OnTheWire):
    """What the service worker is given. `delivery_id` and `token` are for its receipt."""

    title: Literal["Vigil"] = "Vigil"
    body: Text
    url: Text
    tag: Word
    """The reference: a newer message about it takes the older one's place."""
    delivery_id: Id
    token: Text


class DeliveryReceipt(OnTheWire):
    """A device says what became of a message. The token lets it say so once for each state."""

    delivery_id: Id
    state: Literal["shown", "opened"]
    token: Text


NotifyStatus = Literal[
    "created",
    "sending",
    "pending",
    "sent",
    "delivered",
    "permanent-failure",
    "temporary-failure",
    "technical-failure",
]


class NotifyReceipt(OnTheWire):
    """GOV.UK Notify's callback, as far as we read it. `reference` is our message's id; the number it also sends is not kept."""

    id: Id
    reference: Id | None = None
    status: NotifyStatus
    completed_at: Instant | None = None
