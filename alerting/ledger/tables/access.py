"""Who is signed in, on shift, let in for once; and which answer a command was given."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Text

from alerting.ledger.tables.columns import Instant, table

SESSION = table(
    "session",
    Column("token_hash", LargeBinary, primary_key=True),
    Column("officer_id", String, nullable=False, index=True),
    Column("csrf", String, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("strong_at", Instant),  # the last fresh sign-in, for step-up
    Column("ended_at", Instant),
    Column("provider", Text),  # JSON: the issuer's `sid` and `sub`, for back-channel logout
)
SIGN_IN = table(
    "sign_in",  # one-time links, and the states of sign-ins under way
    Column("token_hash", LargeBinary, primary_key=True),
    Column("until_at", Instant, nullable=False),
    Column("spent_at", Instant),
    Column("body", Text, nullable=False),
)
SHIFT = table(
    "shift",
    Column("shift_id", String, primary_key=True),
    Column("officer_id", String, nullable=False, index=True),
    Column("area", String, nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("live_at", Instant, nullable=False),  # when its wall was last live and could sound
)
GRANT = table(
    "grant_of_access",  # break-glass, and roles that take two people
    Column("grant_id", String, primary_key=True),
    Column("officer_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
)
FIRST_KEY = table(
    "first_key",  # what takes two people, and the first has said: the second must be another
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("officer_id", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("rationale", Text, nullable=False),
)
IDEMPOTENCY = table(
    "idempotency",
    Column("officer_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),  # of the route and the body
    Column("at", Instant, nullable=False, index=True),
    Column("answer", LargeBinary, nullable=False),  # status, headers and body
)
EXERCISE = table(
    "exercise",
    Column("exercise_id", String, primary_key=True),
    Column("kind", String, nullable=False),  # `synthetic`, `weekly`, `asked`
    Column("area", String),  # of a synthetic one none
    Column("starts_at", Instant, nullable=False, index=True),
    Column("state", String, nullable=False),  # `waiting`, `running`, `done`, `missed`
    Column("alert_id", String),
    Column("exercise", Text, nullable=False),  # alerting.exercise.Exercise
)
PULSE = table(
    "pulse",  # when a part last did its work, cleanly: sweep, auditor, sender
    Column("part", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("detail", Text, nullable=False),
)
SECRET = table(
    "secret",  # what the processes of one installation share to know their own words again, as cursors
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)
