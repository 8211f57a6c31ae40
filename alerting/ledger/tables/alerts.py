"""Alerts, everybody who was told, every change and try, timers and handovers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Text, text

from alerting.ledger.tables.columns import Instant, table

COUNTER = table(
    "counter",  # one row; taken first by whoever writes, so that numbers are visible in the order in which they were given
    Column("one", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

_WHOSE = ("person_id", "owner_id", "awaiting_second_key", "only_area")
"""At the end of the indexes of the orders: that an alert is not somebody's is seen without a look at its row."""
_PLACE = ("place_group", "place_severity", "place_risk", "place_owned", "place_due_at", "raised_at", "alert_id", "changed_at")
ALERT = table(
    "alert",
    Column("alert_id", String, primary_key=True),
    Column("reference", String, nullable=False, index=True),
    Column("incident_id", String, nullable=False, index=True),
    Column("person_id", String),
    Column("rule", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("status", String, nullable=False),
    Column("message_status", String, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("raised_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("late_by_s", Float, nullable=False),
    Column("risk_level", String),
    Column("version", Integer, nullable=False),  # rises when a person must look again
    Column("seq", BigInteger, nullable=False, index=True),  # of the last change of any kind
    Column("living", Boolean, nullable=False),  # whether evidence may still change it: the book loads these
    Column("recipients_of_book", Integer, nullable=False),  # so many of its recipients, the first, were told by the rule itself
    # the axes, for filters; the whole handling is `handling`
    Column("acknowledged", Boolean, nullable=False),
    Column("actioned", Boolean, nullable=False),
    Column("awaiting_second_key", Boolean, nullable=False),
    Column("challenged", Boolean, nullable=False),
    Column("shelved", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("unfilled", Boolean, nullable=False),
    Column("only_area", String),  # alerting.ledger.areas: empty where it has none, not set where it has several
    Column("owner_id", String),
    Column("next_due_at", Instant),
    # the risk order (alerting.risk_order), for the index of the queue
    Column("place_group", Integer, nullable=False),
    Column("place_severity", Integer, nullable=False),
    Column("place_risk", Integer, nullable=False),
    Column("place_owned", Boolean, nullable=False),
    Column("place_due_at", Instant, nullable=False),
    Column("alert", Text, nullable=False),  # schemas.alert.Alert
    Column("finding", Text, nullable=False),  # schemas.finding.Finding
    Column("handling", Text, nullable=False),  # alerting.lifecycle.handling.Handling
    Index(
        "alert_queue",
        "message_status",
        "closed",
        *_PLACE,
        *_WHOSE,
    ),
    Index(
        "alert_awaiting",  # few are, and others than the team may turn the key
        *_PLACE,
        "closed",
        "message_status",
        "person_id",
        "only_area",
        "awaiting_second_key",
        sqlite_where=text("awaiting_second_key = 1"),
        postgresql_where=text("awaiting_second_key"),
    ),
    Index("alert_late", "alert_id", sqlite_where=text("late_by_s > 60"), postgresql_where=text("late_by_s > 60")),  # filters that leave few
    Index("alert_withdrawn", "alert_id", sqlite_where=text("status = 'withdrawn'"), postgresql_where=text("status = 'withdrawn'")),
    Index("alert_unfilled", "alert_id", sqlite_where=text("unfilled = 1"), postgresql_where=text("unfilled")),
    Index(
        "alert_across",  # few are: whoever looks elsewhere may see what stands in an area of theirs too
        "alert_id",
        "only_area",
        sqlite_where=text("only_area IS NULL"),
        postgresql_where=text("only_area IS NULL"),
    ),
    Index(
        "alert_open_in",  # by area, so that whoever looks after a small one need not walk past what is open elsewhere
        "only_area",
        *_PLACE,
        "message_status",
        "closed",
        sqlite_where=text("closed = 0"),
        postgresql_where=text("NOT closed"),
    ),
    Index("alert_person", "person_id", "closed", *_PLACE, "message_status"),  # so that those of many people are sorted from it alone
    Index(
        "alert_owner",
        "owner_id",
        "closed",
        *_PLACE,
        "message_status",
        sqlite_where=text("owner_id IS NOT NULL"),
        postgresql_where=text("owner_id IS NOT NULL"),
    ),
    Index("alert_rule", "rule", "alert_id"),
    Index("alert_raised", "message_status", "raised_at", "alert_id", "closed", "changed_at", *_WHOSE),
    Index("alert_changed", "message_status", "changed_at", "alert_id", "closed", *_WHOSE),
    Index("alert_living", "person_id", sqlite_where=text("living = 1"), postgresql_where=text("living")),
    Index("alert_began", "began_at", "alert_id"),
)
ALERT_AREA = table(
    "alert_area",
    Column("alert_id", String, primary_key=True),
    Column("area", String, primary_key=True),
    Index("alert_area_area", "area", "alert_id"),
)
ALERT_PROTECTED = table(
    "alert_protected",
    Column("alert_id", String, primary_key=True),
    Column("protected_person_id", String, primary_key=True),
    Index("alert_protected_her", "protected_person_id", "alert_id"),
)
TOLD = table(
    "told",  # everybody who was ever told of an alert, once for each role; `escalated` where the policy told them
    Column("alert_id", String, primary_key=True),
    Column("officer_id", String, primary_key=True),
    Column("role", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("opened_at", Instant),  # when they first opened it
    Column("over_at", Instant),  # where the alert is closed, when it last changed: after a while it is not theirs to read any more
    Index("told_officer", "officer_id", "over_at", "alert_id"),
)
HISTORY = table(
    "history",  # every change and every try, refused ones too; what was not refused is also what `/changes` and the stream say
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", String, nullable=False),
    Column("version", Integer, nullable=False),  # of the alert after it
    Column("at", Instant, nullable=False),
    Column("what", String, nullable=False),  # `matter.raised`, `people.acknowledged`, ...
    Column("by_id", String),
    Column("role", String),
    Column("version_seen", Integer),
    Column("result", String, nullable=False),  # `done`, `refused_stale`, `refused_not_allowed`, ...
    Column("severity", String, nullable=False),
    Column("state", String, nullable=False),
    Column("alarm", String, nullable=False),  # `critical`, `high`, `none`
    Column("areas", Text, nullable=False),  # a JSON array
    Column("body", Text, nullable=False),  # JSON: what was said
    Column("salt", LargeBinary),  # of the hash that the audit chain holds of it: alerting.ledger.words
    Index("history_alert", "alert_id", "seq"),
    Index("history_by", "by_id", "at"),  # what one acted on stays readable for a while
)
TIMER = table(
    "timer",
    Column("alert_id", String, primary_key=True),
    Column("what", String, primary_key=True),  # alerting.lifecycle.due
    Column("who", String, primary_key=True),  # the officer or role whose clock it is; empty where it is the alert's
    Column("due_at", Instant, nullable=False),
    Column("officer_id", String),
    Column("then", String, nullable=False),
    Column("place_severity", Integer, nullable=False),  # alerting.risk_order: of many that are due the critical ones fire first
    Index("timer_due", "place_severity", "due_at", "alert_id"),
)
HANDOVER = table(
    "handover",
    Column("handover_id", String, primary_key=True),
    Column("from_officer_id", String, nullable=False, index=True),
    Column("to_officer_id", String, nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),  # `offered`, `accepted`, `refused`, `overtaken`
    Column("answered_at", Instant),
    Column("reason", Text),
    Column("alert_ids", Text, nullable=False),  # a JSON array
)
