"""What the lifecycle answers: a step, or a refusal; and what it is told of an alert's surroundings.

Values only. Made by `alerting.lifecycle.door` and the modules of its table; written down by the ledger in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from alerting.directory import Directory
from alerting.lifecycle.handling import Handling
from alerting.lifecycle.policy import Policy
from schemas.alert import Alert, Reason
from schemas.finding import Finding, Severity
from schemas.person import PersonView

JSON = str | int | float | bool | list["JSON"] | dict[str, "JSON"] | None
Alarm = Literal["critical", "high", "none"]
Code = Literal["not_allowed", "not_possible_now", "invalid", "rationale_needed", "same_person", "over_cap", "not_shelvable"]


class Refusal(NamedTuple):
    """Why not: a code of console 1.2, one sentence, and the field of the body that it is about."""

    code: Code
    detail: str
    pointer: str = ""


class Entry(NamedTuple):
    """One line of the history. `by_id` None: no person did it, but the matter or a clock."""

    what: str
    by_id: str | None = None
    role: str | None = None
    body: Mapping[str, JSON] = {}


class Telling(NamedTuple):
    """Somebody to alarm. `occasion` is different for each alarm, so that the same message is never made twice."""

    officer_id: str
    role: str
    reason: Reason
    occasion: str


class Fact(NamedTuple):
    """What a person stated, as an event of contract 2 about the alert's person: the ledger adds the envelope."""

    type: str
    occurred_at: datetime
    data: Mapping[str, JSON]


class Due(NamedTuple):
    """One clock: what runs out, whose it is, when, who owes it, and what happens then. `who` is the role of a `role_unheard`."""

    what: str
    who: str
    at: datetime
    officer_id: str | None
    then: str


class Step(NamedTuple):
    """What is so afterwards, and what goes out. `alert` differs by a reminder's revision and by whom the policy told.

    `version_rises`: a person must look again. `alarm`: what the screens sound. `question`: identity asks whose this is.
    """

    alert: Alert
    handling: Handling
    entries: tuple[Entry, ...] = ()
    tellings: tuple[Telling, ...] = ()
    facts: tuple[Fact, ...] = ()
    version_rises: bool = False
    alarm: Alarm = "none"
    question: bool = False


class Sibling(NamedTuple):
    """Another alert of the same incident."""

    alert: Alert
    handling: Handling


class Around(NamedTuple):
    """What surrounds an alert: who there is, the clocks of its area, and the alerts that it has to do with.

    `siblings`: the other alerts of its incident that are neither closed nor withdrawn. `duplicate_of`: the alert that a
    closing names. `cause`: the alert whose incident this one joins (`finding.joins`).
    """

    finding: Finding
    person: PersonView | None
    directory: Directory
    policy: Policy
    siblings: tuple[Sibling, ...] = ()
    duplicate_of: Sibling | None = None
    cause: Alert | None = None

    def severity(self, alert: Alert) -> Severity:
        """The highest severity of its incident."""
        rank: tuple[Severity, ...] = ("critical", "high", "medium", "low")
        return min((alert.severity, *(one.alert.severity for one in self.siblings)), key=rank.index)
