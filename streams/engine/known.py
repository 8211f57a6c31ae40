"""What a rule may look at beside its own memory: the person, the findings so far, and what this event means.

Made once an input by `streams.engine.step` and handed to every rule that reads it. A view, not a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from streams.engine.contact import Contact
from streams.engine.person import Person
from streams.engine.verdict import Finding


class Known(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The person as of this input (`person`) and just before it (`before`), at the instant `at` of event time.

    `contacts`: what this event is towards protected people (rules.md, word 4). `decided`: ids of the findings that
    this event decides (word 11); filled for `breach.decided` and `alert.closed` alone.
    """

    at: datetime
    person: Person
    before: Person
    case: str
    """The subject of findings that are about the case (design 4.9): the person's id."""
    findings: Mapping[str, Finding]
    contacts: tuple[Contact, ...] = ()
    decided: frozenset[str] = frozenset()
    due: frozenset[tuple[str, str]] = frozenset()
    """Wake-ups, by slug and key, that are due at the very instant of this event: the limit is reached (rules.md, word 8)."""

    def of(self, slug: str) -> Iterator[Finding]:
        """Findings of one rule, open and ended, by opening; the rule's own or those of a rule that it reads."""
        return (finding for finding in self.findings.values() if finding.rule == slug and not finding.withdrawn)

    def open(self, slug: str, subject: str | None = None) -> Finding | None:
        """The open finding of a rule about a subject (any subject: the first)."""
        for finding in self.findings.values():
            if finding.rule == slug and finding.open and (subject is None or finding.subject == subject):
                return finding
        return None

    def latest(self, slug: str, subject: str) -> Finding | None:
        """The latest episode of a rule about a subject, open or ended."""
        episodes = [finding for finding in self.of(slug) if finding.subject == subject]
        return max(episodes, key=lambda finding: finding.began_at, default=None)
