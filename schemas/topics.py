"""Every topic in one table: what a record holds, what keys it, how long it is kept.

`vigil topics` makes and checks them from here. Partitions and replication are the cluster's affair, not ours. The first three
are for others (contract, section 4); the rest are read models and may be made again from `vigil.feed`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from pydantic import BaseModel

from schemas.alert import Alert
from schemas.envelope import Envelope
from schemas.finding import FindingChange
from schemas.person import PersonView, Reliance


class Topic(NamedTuple):
    """One topic. `retention` None: kept for ever; `compacted`: of each key the last record stands."""

    name: str
    key: str
    model: type[BaseModel]
    retention: timedelta | None
    compacted: bool
    holds: str


TOPICS: tuple[Topic, ...] = (
    Topic(
        "vigil.feed", "source", Envelope, timedelta(days=14), compacted=False, holds="one event as a feed sends it, one envelope a record"
    ),
    Topic(
        "vigil.findings",
        "person_id, else the finding_id",
        FindingChange,
        timedelta(days=28),
        compacted=False,
        holds="each change of each finding, from streams to alerting",
    ),
    Topic("vigil.alerts", "alert_id", Alert, None, compacted=True, holds="each alert as it stands, after every revision"),
    Topic("vigil.people", "person_id", PersonView, None, compacted=True, holds="who is to be told about a person, as it stands"),
    Topic(
        "vigil.reliance",
        "person_id",
        Reliance,
        timedelta(days=28),
        compacted=False,
        holds="when the judgement of a person leaned on a feed, for the count of feed-silent",
    ),
)
BY_NAME = {topic.name: topic for topic in TOPICS}
