"""What leaves the building: the outbox, the steps of each message, and where messages go."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Text

from alerting.ledger.tables.columns import NUMBER, Instant, table

OUTBOX = table(
    "outbox",
    Column("message_id", String, primary_key=True),  # derived: alert, officer, occasion, channel. The same message is never made twice
    Column("alert_id", String, nullable=False, index=True),
    Column("officer_id", String),  # None: a webhook or a topic
    Column("role", String),
    Column("target", String),  # of a webhook its id; of an SMS that went out what its number is counted by, never the number
    Column("channel", String, nullable=False),  # `email`, `sms`, `push`, `webhook`, `topic`
    Column("occasion", String, nullable=False),  # why it is sent: `raised`, `severity`, `escalated`, `reminded`, ...
    Column("place_severity", Integer, nullable=False),  # alerting.risk_order: critical first
    Column("text", Text, nullable=False),  # alerting.wording.MayLeave as JSON: nothing else can leave
    Column("made_at", Instant, nullable=False),
    Column("state", String, nullable=False),  # `queued`, `sending`, `handed_over`, `delivered`, `shown`, `opened`, `failed`, `gave_up`
    Column("attempts", Integer, nullable=False),
    Column("repeat", Boolean, nullable=False),  # an earlier try may have arrived
    Column("next_at", Instant),  # None: nothing more to do
    Column("leased_until_at", Instant),
    Column("provider_ref", String, index=True),
    Column("after_id", String),  # the message that failed, in whose place this one was made
    Index("outbox_next", "place_severity", "next_at"),
    Index("outbox_lane", "channel", "place_severity", "next_at"),  # or each lane would look through what waits in the others
    Index("outbox_officer", "officer_id", "made_at"),
    Index("outbox_target", "target", "made_at"),
)
DELIVERY = table(
    "delivery",  # every step that a message took
    Column("number", NUMBER, primary_key=True),
    Column("message_id", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("repeat", Boolean, nullable=False),
    Column("detail", String, nullable=False),  # a named reason; never an address
)
WEBHOOK = table(
    "webhook",
    Column("webhook_id", String, primary_key=True),
    Column("officer_id", String, nullable=False),  # who made it
    Column("url", Text, nullable=False),
    Column("secrets", Text, nullable=False),  # a JSON array: two while a key changes
    Column("areas", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("off_at", Instant),
    Column("off_because", String),
)
PUSH_SUBSCRIPTION = table(
    "push_subscription",
    Column("subscription_id", String, primary_key=True),
    Column("officer_id", String, nullable=False, index=True),
    Column("subscription", Text, nullable=False),
    Column("device_label", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("off_at", Instant),
)
RECEIPT_TOKEN = table(
    "receipt_token",  # a push message carries one: it may say once for each state that it was shown or opened
    Column("token_hash", LargeBinary, primary_key=True),
    Column("message_id", String, nullable=False),
    Column("state", String),
)
