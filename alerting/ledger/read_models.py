"""What streams publishes for the console's pages, kept as it came: each record takes the place of the one before.

Nothing is judged here and nothing depends on it: all of it may be made again from the topics. Who may see what, and what is
masked, is the console's. Written by `alerting.ledger.taking`; people for routing and reach stand in `alerting.ledger.people`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import delete, update

from alerting.ledger import reports
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import COVERAGE, FEED, FIX, PERSON, QUESTION, QUESTION_PERSON, RELIANCE, RULE, SET_ASIDE, TIMELINE
from alerting.ledger.upsert import upsert
from schemas import topics
from schemas.person import Reliance
from schemas.read_models import Coverage, FeedView, FixBeside, PersonPage, QuestionView, ReportView, RuleView, SetAsideView, TimelineEntry


def _page(writing: Writing, record: bytes) -> None:
    page = PersonPage.model_validate_json(record)
    row = {
        "person_id": page.person_id,
        "as_of_at": page.as_of_at,
        "risk_level": page.risk_level,
        "restricted": page.restricted,
        "name_folded": None if page.name is None else folded(page.name),
        "date_of_birth": None if page.date_of_birth is None else page.date_of_birth.isoformat(),
        "page": page.model_dump_json(),
    }
    upsert(writing.connection, PERSON, [row])


def _timeline(writing: Writing, record: bytes) -> None:
    entry = TimelineEntry.model_validate_json(record)
    elsewhere = (TIMELINE.c.source == entry.source, TIMELINE.c.id == entry.id, TIMELINE.c.person_id != entry.person_id)
    writing.connection.execute(delete(TIMELINE).where(*elsewhere))  # told again of another person, it has moved to him
    row = {
        "person_id": entry.person_id,
        "source": entry.source,
        "id": entry.id,
        "at": entry.occurred_at,
        "received_at": entry.received_at,
        "type": entry.type,
        "entry": entry.model_dump_json(),
    }
    upsert(writing.connection, TIMELINE, [row])


def _coverage(writing: Writing, record: bytes) -> None:
    said = Coverage.model_validate_json(record)
    his = COVERAGE.c.person_id == said.person_id
    writing.connection.execute(delete(COVERAGE).where(his, COVERAGE.c.from_at >= said.from_at))
    reaches_in = (COVERAGE.c.to_at.is_(None)) | (COVERAGE.c.to_at > said.from_at)
    writing.connection.execute(update(COVERAGE).where(his, reaches_in).values(to_at=said.from_at))
    rows = [{"person_id": said.person_id, "from_at": span.from_at, "to_at": span.to_at, "state": span.state} for span in said.spans]
    upsert(writing.connection, COVERAGE, rows)


def _fix(writing: Writing, record: bytes) -> None:
    fix = FixBeside.model_validate_json(record)
    named = (FIX.c.person_id == fix.person_id, FIX.c.source == fix.source, FIX.c.id == fix.id)
    writing.connection.execute(delete(FIX).where(*named))
    row = {"person_id": fix.person_id, "at": fix.at, "source": fix.source, "id": fix.id, "fix": fix.model_dump_json()}
    upsert(writing.connection, FIX, [row])


def _reliance(writing: Writing, record: bytes) -> None:
    said = Reliance.model_validate_json(record)
    writing.connection.execute(delete(RELIANCE).where(RELIANCE.c.person_id == said.person_id))
    upsert(writing.connection, RELIANCE, [{"person_id": said.person_id, **span.model_dump()} for span in said.spans])


def _feed(writing: Writing, record: bytes) -> None:
    feed = FeedView.model_validate_json(record)
    upsert(writing.connection, FEED, [{"source": feed.source, "as_of_at": feed.as_of_at, "view": feed.model_dump_json()}])


def _set_aside(writing: Writing, record: bytes) -> None:
    said = SetAsideView.model_validate_json(record)
    row = {
        "quarantine_id": said.quarantine_id,
        "source": said.source,
        "code": said.code,
        "at": said.at,
        "state": said.state,
        "view": said.model_dump_json(),
    }
    upsert(writing.connection, SET_ASIDE, [row])


def _question(writing: Writing, record: bytes) -> None:
    said = QuestionView.model_validate_json(record)
    state = "open" if said.open else "answered" if said.verdict is not None else "ended"
    row = {"question_id": said.question_id, "at": said.opened_at, "state": state, "view": said.model_dump_json()}
    upsert(writing.connection, QUESTION, [row])
    writing.connection.execute(delete(QUESTION_PERSON).where(QUESTION_PERSON.c.question_id == said.question_id))
    named = [{"question_id": said.question_id, "person_id": person_id} for person_id in sorted({*said.person_ids})]
    upsert(writing.connection, QUESTION_PERSON, named)


def _report(writing: Writing, record: bytes) -> None:
    reports.keep(writing, ReportView.model_validate_json(record))


def _rule(writing: Writing, record: bytes) -> None:
    rule = RuleView.model_validate_json(record)
    upsert(writing.connection, RULE, [{"slug": rule.slug, "place": rule.place, "view": rule.model_dump_json()}])


KEEPS: Mapping[str, Callable[[Writing, bytes], None]] = {
    topics.PAGES: _page,
    topics.TIMELINE: _timeline,
    topics.COVERAGE: _coverage,
    topics.FIXES: _fix,
    topics.RELIANCE: _reliance,
    topics.FEEDS: _feed,
    topics.SET_ASIDE: _set_aside,
    topics.QUESTIONS: _question,
    topics.REPORTS: _report,
    topics.RULES: _rule,
}
"""How a record of each topic is kept. It raises `ValueError` (pydantic's) where it is no such record."""


def folded(name: str) -> str:
    """A name as it is searched for: the case of letters and the number of spaces say nothing."""
    return " ".join(name.casefold().split())
