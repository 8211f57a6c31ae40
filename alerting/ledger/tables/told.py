"""What streams tells, as it is kept here: positions in topics, who is on duty, and the read models of the console."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Text, false, text

from alerting.ledger.tables.columns import NUMBER, Instant, table

INBOX = table(
    "inbox",  # how far each topic is taken into the ledger
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
UNTAKEN = table(
    "untaken",  # records that could not be taken: our own fault, so kept whole until somebody mends it, and the books are not in order
    Column("topic", String, primary_key=True),  # as in `inbox`
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("holds", String, nullable=False),  # the topic of `schemas.topics`
    Column("value", LargeBinary, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
STATEMENT = table(
    "statement",  # every directory.* event, in the order in which it was heard
    Column("number", NUMBER, primary_key=True),
    Column("source", String, nullable=False),
    Column("id", String, nullable=False),
    Column("event", LargeBinary, nullable=False),
    Index("statement_name", "source", "id", unique=True),
)
PERSON = table(
    "person",
    Column("person_id", String, primary_key=True),
    Column("as_of_at", Instant, nullable=False),
    Column("risk_level", String, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("in_custody", Boolean, nullable=False, server_default=false()),  # a prison offender manager's right
    Column("name_folded", String, index=True),
    Column("date_of_birth", String),
    Column("view", Text),  # schemas.person.PersonView; None while only his page was told
    Column("page", Text),  # schemas.read_models.PersonPage
    Column("gone_to", String, index=True),  # merged into this person
    Index("person_restricted", "person_id", sqlite_where=text("restricted = 1"), postgresql_where=text("restricted")),  # few are
    Index("person_in_custody", "person_id", sqlite_where=text("in_custody = 1"), postgresql_where=text("in_custody")),
)
PERSON_AREA = table(
    "person_area",
    Column("person_id", String, primary_key=True),
    Column("area", String, primary_key=True),
    Index("person_area_area", "area", "person_id"),
)
PERSON_IDENTIFIER = table(
    "person_identifier",
    Column("type", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    Index("person_identifier_person", "person_id"),
)
ASSIGNMENT = table(
    "assignment",  # who is in the case now, for reach
    Column("person_id", String, primary_key=True),
    Column("officer_id", String, primary_key=True),
    Column("role", String, primary_key=True),
    Column("protected_person_id", String, primary_key=True),  # empty: every one
    Column("since_at", Instant, nullable=False),
    Index("assignment_officer", "officer_id", "person_id"),
)
PERSON_PROTECTED = table(
    "person_protected",
    Column("person_id", String, primary_key=True),
    Column("protected_person_id", String, primary_key=True),
    Column("area", String),
    Index("person_protected_her", "protected_person_id", "person_id"),
)
EXCLUDED = table(
    "excluded",  # officers who may not see a case
    Column("person_id", String, primary_key=True),
    Column("officer_id", String, primary_key=True),
)
TIMELINE = table(
    "timeline",
    Column("person_id", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("type", String, nullable=False),
    Column("entry", Text, nullable=False),  # schemas.read_models.TimelineEntry
    Index("timeline_person", "person_id", "at"),
    Index("timeline_event", "source", "id"),
)
COVERAGE = table(
    "coverage",
    Column("person_id", String, primary_key=True),
    Column("from_at", Instant, primary_key=True),
    Column("to_at", Instant),
    Column("state", String, nullable=False),
)
FIX = table(
    "fix",  # positions beside a finding
    Column("person_id", String, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("fix", Text, nullable=False),
)
RELIANCE = table(
    "reliance",
    Column("person_id", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("from_at", Instant, primary_key=True),
    Column("to_at", Instant),
    Column("risk_level", String, nullable=False),
    Index("reliance_source", "source", "from_at"),
)
FEED = table(
    "feed",
    Column("source", String, primary_key=True),
    Column("as_of_at", Instant, nullable=False),
    Column("view", Text, nullable=False),  # schemas.read_models.FeedView
)
SET_ASIDE = table(
    "set_aside",  # the index of quarantine: the bytes stay with intake
    Column("quarantine_id", String, primary_key=True),
    Column("source", String, index=True),
    Column("code", String, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("state", String, nullable=False),  # `waiting`, `sent_again`, `accepted`, `retiring`, `retired`
    Column("view", Text, nullable=False),  # schemas.read_models.SetAsideView
)
QUESTION = table(
    "question",  # of the identity desk
    Column("question_id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("view", Text, nullable=False),  # schemas.read_models.QuestionView
)
QUESTION_PERSON = table(
    "question_person",  # whom it names
    Column("question_id", String, primary_key=True),
    Column("person_id", String, primary_key=True),
)
RULE = table(
    "rule",
    Column("slug", String, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("view", Text, nullable=False),  # schemas.read_models.RuleView
)
