"""How the alerts of a replay compare with the truth of the run: what was found, what was missed, what was false.

An alert answers a truth when the rule is the same, the case is the same (by any identifier of the truth; for feeds, the feed), and
their times overlap. Found but dated otherwise by more than the tolerance is found, and listed. An alert that is neither withdrawn
nor answers any truth is false. Called by `vigil simulate --check`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

TOLERANCE = timedelta(minutes=6)
_FAR_FUTURE = datetime.max.replace(tzinfo=UTC)
Row = Mapping[str, object]


class RuleScore(NamedTuple):
    """One rule's numbers. `late_or_early`: found, but begun elsewhere than the truth says."""

    rule: str
    planted: int
    found: int
    false: int
    late_or_early: int

    @property
    def recall(self) -> float:
        """The share of planted matters that were found; 1 where none was planted."""
        return self.found / self.planted if self.planted else 1.0


class Report(NamedTuple):
    """The whole comparison, worst rule first."""

    rules: tuple[RuleScore, ...]
    missed: tuple[Row, ...]
    false: tuple[Row, ...]
    misdated: tuple[tuple[Row, Row], ...]
    """Truth and alert."""
    person_days: float

    @property
    def perfect(self) -> bool:
        """Nothing missed and nothing false."""
        return not self.missed and not self.false

    def text(self) -> str:
        """The report as a person reads it."""
        return "\n".join(_told(self))


def check(alerts: Iterable[Row], truth: Iterable[Row], *, person_days: float = 0.0) -> Report:
    """Compare alerts (contract.md 3) with truths (`Truth.line`). `person_days`: people times days, for the rate of false alerts."""
    truths = list(truth)
    cases = _cases(truths)
    by_matter: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for one in alerts:
        if one["status"] != "withdrawn":
            for key in _alert_keys(one, cases):
                by_matter[str(one["rule"]), key].append(one)
    answered: set[str] = set()
    missed, misdated = [], []
    for said in truths:
        answers = [one for one in by_matter[str(said["rule"]), _truth_key(said)] if _overlap(one, said)]
        answered.update(str(one["alert_id"]) for one in answers)
        if not said.get("certain", True):
            continue
        if not answers:
            missed.append(said)
        elif all(_misdated(one, said) for one in answers):
            misdated.append((said, answers[0]))
    standing = {str(one["alert_id"]): one for found in by_matter.values() for one in found}
    false = [one for alert_id, one in sorted(standing.items()) if alert_id not in answered]
    return Report(_scores(truths, missed, false, misdated), tuple(missed), tuple(false), tuple(misdated), person_days)


def _cases(truths: list[Row]) -> dict[tuple[str, str], str]:
    """From any identifier to the case."""
    return {identifier: str(said["case_ref"]) for said in truths if said["case_ref"] for identifier in _identifiers(said)}


def _identifiers(row: Row) -> Iterator[tuple[str, str]]:
    listed = row.get("identifiers")
    for one in listed if isinstance(listed, list) else []:
        yield str(one["type"]), str(one["value"])


def _alert_keys(alert: Row, cases: Mapping[tuple[str, str], str]) -> set[str]:
    identifiers = list(_identifiers(alert))
    if not identifiers:
        return {_about_id(alert)}
    known = {cases[one] for one in identifiers if one in cases} | {value for kind, value in identifiers if kind == "CASE"}
    return known or {f"{kind}:{value}" for kind, value in identifiers}


def _truth_key(truth: Row) -> str:
    return str(truth["case_ref"]) if truth["case_ref"] else _about_id(truth)


def _about_id(row: Row) -> str:
    about = row["about"]
    return str(about["id"]) if isinstance(about, Mapping) else ""


def _at(value: object) -> datetime:
    return _FAR_FUTURE if value is None else datetime.fromisoformat(str(value))


def _overlap(alert: Row, truth: Row) -> bool:
    """Whether they share an instant, give or take the tolerance."""
    return _at(alert["began_at"]) - TOLERANCE <= _at(truth["ended_at"]) and _at(truth["began_at"]) - TOLERANCE <= _at(alert["ended_at"])


def _misdated(alert: Row, truth: Row) -> bool:
    return abs(_at(alert["began_at"]) - _at(truth["began_at"])) > TOLERANCE


def _scores(truths: list[Row], missed: list[Row], false: list[Row], misdated: list[tuple[Row, Row]]) -> tuple[RuleScore, ...]:
    certain = [said for said in truths if said.get("certain", True)]
    names = {str(row["rule"]) for row in (*truths, *false)}

    def count(rows: Iterable[Row], rule: str) -> int:
        return sum(row["rule"] == rule for row in rows)

    scores = [
        RuleScore(
            rule=name,
            planted=count(certain, name),
            found=count(certain, name) - count(missed, name),
            false=count(false, name),
            late_or_early=count((said for said, _ in misdated), name),
        )
        for name in names
    ]
    return tuple(sorted(scores, key=lambda score: (score.recall, -score.false, score.rule)))


def _told(report: Report) -> Iterator[str]:
    yield f"{'rule':34}{'planted':>8}{'found':>8}{'recall':>8}{'false':>8}{'misdated':>10}"
    for score in report.rules:
        yield f"{score.rule:34}{score.planted:8}{score.found:8}{score.recall:8.0%}{score.false:8}{score.late_or_early:10}"
    if report.person_days:
        yield f"false alerts per person-day: {len(report.false) / report.person_days:.5f}"
    for said in report.missed:
        yield f"missed: {said['rule']} {said['case_ref'] or _about_id(said)} from {said['began_at']} to {said['ended_at'] or 'now'}"
    for one in report.false:
        yield f"false: {one['rule']} {one['alert_id']} from {one['began_at']} to {one['ended_at'] or 'now'}: {one.get('because', '')}"
    for said, one in report.misdated:
        whose = said["case_ref"] or _about_id(said)
        yield f"misdated: {said['rule']} {whose} begins {said['began_at']}, alert {one['alert_id']} {one['began_at']}"
