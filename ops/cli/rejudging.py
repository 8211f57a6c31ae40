"""One person's whole history judged again, and the difference. Done by whoever owns the data folder."""

from __future__ import annotations

from ops.cli.telling import Telling
from schemas.event import Identifier
from schemas.finding import FindingChange
from schemas.identifiers import IDENTIFIER_TYPES, canonical
from streams.embedded.judge import Judge
from streams.embedded.requests import Answer, Difference


def rejudge(judge: Judge, telling: Telling, person: str) -> Answer:
    """`person`: a person's id, or `TYPE:VALUE`. What changes becomes alerts as ever; the caller saves."""
    key = _key(judge, person)
    if key is None:
        return Answer(refused=f"nobody who is managed is {person}: expected a person's id, as pe_1f0c..., or TYPE:VALUE, as NOMS:A1234AA")
    told = judge.rejudge(key)
    telling.tell(told)
    return Answer(
        person_id=judge.registry.view(key).person_id,
        differences=tuple(_difference(change) for one in told for change in one.changes),
        standing_findings=len(judge.people.logs[key].head.findings),
    )


def _key(judge: Judge, person: str) -> str | None:
    kind, _, value = person.partition(":")
    key = person if not value else judge.registry.person_of(canonical(Identifier(kind, value))) if kind in IDENTIFIER_TYPES else None
    return key if key is not None and judge.people.logs.get(key) is not None else None


def _difference(change: FindingChange) -> Difference:
    finding = change.finding
    return Difference(
        change=change.change,
        rule=finding.rule,
        severity=finding.severity,
        began_at=finding.began_at,
        ended_at=finding.ended_at,
        finding_id=finding.finding_id,
        because=finding.because,
    )
