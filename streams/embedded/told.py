"""What judging has to tell: changes of findings in order, with the person as he was known then."""

from __future__ import annotations

from typing import NamedTuple

from schemas.finding import FindingChange
from schemas.person import PersonView


class Told(NamedTuple):
    """`person` is None for findings about the system."""

    changes: tuple[FindingChange, ...]
    person: PersonView | None
