"""What judging has to tell: changes of findings in order, with the person as he was known then."""

from __future__ import annotations

from typing import NamedTuple

from schemas.finding import FindingChange
from schemas.person import PersonView


class Told(NamedTuple):
    """`person` and `lane` (whose judgement it was) are None for findings about the system."""

    changes: tuple[FindingChange, ...]
    person: PersonView | None
    lane: str | None = None


class Unseen(NamedTuple):
    """Whom a silent feed leaves unseen: how many, the high-risk ones, and those of them unseen for over an hour."""

    people: int
    high_risk_ids: tuple[str, ...]
    unmonitored_ids: tuple[str, ...]
