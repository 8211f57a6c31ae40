"""What a rule is given and what it answers: inputs, findings, wake-ups, the verdict.

Values only. The rules build them, `streams.engine.step` carries them out. A finding is what the engine has
observed; it is never called a breach, which is what an authority decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

import msgspec

from schemas.event import Event, EvidenceRef
from streams.engine.calendar import Occurrence

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
"""From the least to the gravest."""


class About(msgspec.Struct, frozen=True, gc=False):
    """What one open alert is per (contract 3). `label` can be read aloud and holds no address, phone or new name."""

    kind: str
    id: str
    label: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One episode of one matter. The rule fills the first part; the engine stamps the second.

    `subject` is the natural key of design 4.9 (activation; order and condition; call; assessment; else the case);
    with the rule and `began_at` it makes the id, so a rule that states the same episode again amends it.
    `withdrawn` is for what later evidence in the world undoes (an authorised absence); what late evidence
    disproves, the engine withdraws by itself.
    """

    subject: str
    about: About
    began_at: datetime
    decidable_at: datetime
    severity: Severity
    because: str
    evidence: tuple[EvidenceRef, ...]
    ended_at: datetime | None = None
    provisional: bool = False
    withdrawn: bool = False
    protected_person_ids: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    """Named reasons, for the rules that read this finding (`battery_flat`, `no_contact_condition`)."""
    order_id: str | None = None
    condition_id: str | None = None
    release_id: str | None = None
    joins: str | None = None
    """The id of the finding whose incident this one joins (breach-unanswered, compounding-risk)."""
    assessor_id: str | None = None

    rule: str = ""
    version: int = 0
    id: str = ""
    told: tuple[str, ...] = ()
    """Roles; empty means the rule's own list."""
    areas: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the matter goes on."""
        return self.ended_at is None and not self.withdrawn


class WakeUp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A deadline as data: when to ask the rule again, and whose silence it reads.

    Either `due` (a calendar instant), or `limit` after `since`, or (`since_proof`, so that a fix re-arms nothing)
    after the last proof of life; with both, after the later of the two. A limit counts no minute of an outage of the
    feeds it reads (rules.md, word 9). `feeds` are the awaited event types; the engine finds the feeds that carry them
    for this person. `CLOCK` reads nobody's silence: it falls to the clock.
    """

    key: str
    feeds: tuple[str, ...]
    due: datetime | None = None
    since: datetime | None = None
    since_proof: bool = False
    limit: timedelta = timedelta(0)


CLOCK: tuple[str, ...] = ()
"""`WakeUp.feeds` of a deadline that no feed can answer: it is due when the clock says so."""


class Wake(msgspec.Struct, frozen=True, gc=False):
    """Input: a wake-up of this rule is due. `due` is its instant, outages counted."""

    key: str
    due: datetime


EdgeKind = Literal["order.began", "order.expired", "curfew.began", "curfew.ended", "custody.release_undone"]


class Edge(msgspec.Struct, frozen=True, gc=False):
    """Input: an instant that the engine makes itself from orders and custody, before all events at that instant."""

    kind: EdgeKind
    at: datetime
    order_id: str = ""
    condition_id: str = ""
    occurrence: Occurrence | None = None
    """The curfew period that begins or ends."""


class FindingChange(msgspec.Struct, frozen=True, gc=False):
    """Input: a finding of a lower stratum was opened, changed, closed or withdrawn at this instant."""

    what: Literal["opened", "changed", "closed", "withdrawn"]
    finding: Finding
    before: Finding | None = None


Given = Event | Wake | Edge | FindingChange
Memory = TypeVar("Memory", bound=msgspec.Struct)


class Verdict(msgspec.Struct, Generic[Memory], frozen=True, kw_only=True, gc=False):
    """What a rule answers when something is new for it: its memory, findings stated (opened, amended, closed), wake-ups.

    A wake-up with a key already set replaces it. A key in `cancels` is forgotten. A wake-up that has fired is gone.
    """

    memory: Memory
    findings: tuple[Finding, ...] = ()
    wake_ups: tuple[WakeUp, ...] = ()
    cancels: tuple[str, ...] = ()
