"""The 3x5x2 grade of a report as it stands now: its words, what it was lowered or raised to, and when it must be looked at again.

A source is graded 1 to 3, the information A to E, the handling P or C (College of Policing). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from schemas.risk import Assessment

Code = Literal["P", "C"]

SOURCES: Mapping[int, str] = {1: "Reliable", 2: "Untested", 3: "Not reliable"}
ASSESSMENTS: Mapping[Assessment, str] = {
    "A": "Known directly to the source",
    "B": "Known indirectly to the source but corroborated",
    "C": "Known indirectly to the source",
    "D": "Not known",
    "E": "Suspected to be false",
}
HANDLINGS: Mapping[Code, str] = {"P": "Lawful sharing permitted", "C": "Lawful sharing permitted with conditions"}

REVIEW_AFTER = timedelta(days=365)
"""A grade is somebody's judgement of one day. After so long it must be judged anew before it goes any further."""


class Regraded(NamedTuple):
    """The information was assessed again."""

    at: datetime
    assessment: Assessment


class Grade(NamedTuple):
    """As it stands at one instant. `graded_at`: by whoever judged it last."""

    source_evaluation: int
    assessment: Assessment
    handling_code: Code
    graded_at: datetime
    review_at: datetime
    review_due: bool

    @property
    def suspected_false(self) -> bool:
        """What is suspected to be false is passed on to nobody."""
        return self.assessment == "E"

    @property
    def words(self) -> tuple[str, str, str]:
        """Of the source, the information and the handling."""
        return SOURCES[self.source_evaluation], ASSESSMENTS[self.assessment], HANDLINGS[self.handling_code]


def grade(source: int, submitted: Regraded, code: Code, later: Sequence[Regraded], now: datetime) -> Grade:
    """The last assessment that was made by `now` stands; one dated before the report says nothing about it."""
    made = [submitted, *(one for one in later if submitted.at <= one.at <= now)]
    last = max(made, key=lambda one: one.at)
    review_at = last.at + REVIEW_AFTER
    return Grade(source, last.assessment, code, last.at, review_at, review_at <= now)
