"""What the desk asks, and what a person answers.

A question is derived: it stands while the evidence leaves it open, so it needs no closing. A decision is recorded once and
outranks every feed until a later decision on the same identifiers, or its taking back. Read by the shells (`unmatched-person`)
and the console.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from schemas.event import EvidenceRef, Identifier

Reason = Literal["two_people", "device", "contact", "merge_refused", "split_refused"]
Verdict = Literal["same", "different", "not_managed", "taken_back"]


class Question(msgspec.Struct, frozen=True):
    """Whether `identifier` is the same person as `against`: the strongest under which the two people were named here.

    `two_people`: one envelope names both. `device`: the envelope names the one, the device is fitted to the other. `contact`:
    somebody unknown contacts a number, contact or address of a person managed. `merge_refused`, `split_refused`: a source says
    so, after a human had decided otherwise.
    """

    identifier: Identifier
    against: Identifier
    reason: Reason
    refs: tuple[EvidenceRef, ...]
    opened_at: datetime
    person_keys: tuple[str, ...]
    """The managed people concerned."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A human's answer.

    `same`: one person. `different`: two; events that name both go to the person of `owner`, else to the person of the strongest
    identifier in the envelope, and a device's events to whom their envelope names. `not_managed`: `identifier` is of somebody
    whom nobody manages. `taken_back`: undecided again.
    """

    id: str
    verdict: Verdict
    identifier: Identifier
    against: Identifier | None = None
    at: datetime
    by: str
    rationale: str = ""
    owner: Identifier | None = None

    def __post_init__(self) -> None:
        if self.verdict in ("same", "different") and self.against in (None, self.identifier):
            raise ValueError(f"decision {self.id}: `{self.verdict}` needs two identifiers, `identifier` and another one as `against`")

    @property
    def pair(self) -> frozenset[Identifier]:
        """The identifiers decided about; the latest decision on them stands."""
        return frozenset((self.identifier,) if self.against is None else (self.identifier, self.against))


class Entry(msgspec.Struct, frozen=True):
    """One line of the log: what was decided about these identifiers, because of what."""

    at: datetime
    ref: EvidenceRef
    """The event, or `("decision", its id)`."""
    what: Literal["linked", "opened", "merged", "split", "refused", "same", "different", "not_managed", "taken_back"]
    identifiers: tuple[Identifier, ...]
    why: str
