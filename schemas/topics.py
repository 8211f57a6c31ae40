"""Every topic in one table: what a record holds, what keys it, how long it is kept.

`vigil topics` makes and checks them from here. Partitions and replication are the cluster's affair, not ours. The first three
are for others (contract, section 4); then who is on duty, and the read models, which may be made again from `vigil.feed`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from pydantic import BaseModel

from schemas.alert import Alert
from schemas.envelope import Envelope
from schemas.finding import FindingChange
from schemas.person import PersonView, Reliance
from schemas.read_models import (
    Coverage,
    FeedView,
    FixBeside,
    PersonPage,
    QuestionView,
    ReportView,
    RuleView,
    SetAsideView,
    TimelineEntry,
)
from schemas.requests import Asked


class Topic(NamedTuple):
    """One topic. `retention` None: kept for ever; `compacted`: of each key the last record stands."""

    name: str
    key: str
    model: type[BaseModel]
    retention: timedelta | None
    compacted: bool
    holds: str


FEED, FINDINGS, ALERTS, DIRECTORY, PEOPLE = "vigil.feed", "vigil.findings", "vigil.alerts", "vigil.directory", "vigil.people"
PAGES, TIMELINE, COVERAGE, FIXES, RELIANCE = "vigil.pages", "vigil.timeline", "vigil.coverage", "vigil.fixes", "vigil.reliance"
FEEDS, SET_ASIDE, QUESTIONS, REPORTS, RULES = "vigil.feeds", "vigil.set-aside", "vigil.questions", "vigil.reports", "vigil.rules"
REQUESTS = "vigil.requests"


def _events(name: str, key: str, model: type[BaseModel], days: int, holds: str) -> Topic:
    return Topic(name, key, model, timedelta(days=days), compacted=False, holds=holds)


def _standing(name: str, key: str, model: type[BaseModel], holds: str) -> Topic:
    return Topic(name, key, model, None, compacted=True, holds=holds)


TOPICS: tuple[Topic, ...] = (
    _events(FEED, "source", Envelope, 14, "one event as a feed sends it, one envelope a record"),
    _events(FINDINGS, "person_id, else the finding_id", FindingChange, 28, "each change of each finding, from streams to alerting"),
    _standing(ALERTS, "alert_id", Alert, "each alert as it stands, after every revision"),
    _standing(DIRECTORY, "source and id", Envelope, "every statement about who is there and on duty"),
    _standing(PEOPLE, "person_id", PersonView, "who is to be told about a person, and who may see him, as it stands"),
    _standing(PAGES, "person_id", PersonPage, "everything that the page of a person shows of him"),
    _standing(TIMELINE, "source and id", TimelineEntry, "each event about a person, but for positions and battery readings"),
    _standing(COVERAGE, "person_id", Coverage, "when a person was monitored, and when nobody could see him"),
    _standing(FIXES, "source and id", FixBeside, "the positions that findings rest on"),
    _standing(RELIANCE, "person_id", Reliance, "when the judgement of a person leaned on a feed, for the count of feed-silent"),
    _standing(FEEDS, "source", FeedView, "how each feed is doing"),
    _standing(SET_ASIDE, "quarantine_id", SetAsideView, "what could not be taken; its bytes stay with intake"),
    _standing(QUESTIONS, "question_id", QuestionView, "what the identity desk asks, and its answers"),
    _standing(REPORTS, "source and id", ReportView, "intelligence reports, under rights of their own"),
    _events(REQUESTS, "its number", Asked, 14, "what people ask of streams, from alerting"),
    _standing(RULES, "slug", RuleView, "each rule as it runs"),
)
"""In the order of contract 4."""
BY_NAME = {topic.name: topic for topic in TOPICS}
