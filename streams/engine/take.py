"""Taking a verdict into the state: findings stamped with id and areas, wake-ups set, reliance noted.

Called by `streams.engine.step` alone. A verdict that breaks a promise of the catalogue is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from schemas.finding import finding_id
from streams.engine.person import Person
from streams.engine.rulebook import Rulebook
from streams.engine.state import NEVER, Pending, Reliance, State
from streams.engine.verdict import Finding, FindingChange, Verdict, WakeUp

FORGOTTEN_AFTER = timedelta(days=30)
"""An ended finding stays this long in the state: decisions and patterns look back at it."""
RELIANCE_KEPT = timedelta(days=3)


class BrokenPromise(RuntimeError):
    """A rule answered what no rule may answer: our error, never the sender's."""


def forgotten(finding: Finding, at: datetime) -> bool:
    """Whether a finding is so long over that the state may forget it."""
    return finding.ended_at is not None and finding.ended_at + FORGOTTEN_AFTER <= at


def counted_from(wake_up: WakeUp, person: Person) -> datetime | None:
    """From when its limit is counted; None while there is nothing to count from."""
    proof_at = person.tag.proof_at if wake_up.since_proof else None
    if proof_at is None or wake_up.since is None:
        return proof_at or wake_up.since
    return max(proof_at, wake_up.since)


def due_at_least(wake_up: WakeUp, person: Person, at: datetime) -> datetime:
    """No earlier than this is the wake-up due: outages and later proofs of life only move it on."""
    if wake_up.due is not None:
        return max(wake_up.due, at)
    since = counted_from(wake_up, person)
    if since is None:
        return NEVER
    return max(since + wake_up.limit, at)


class Taker:
    """Carries out what rules answer."""

    def __init__(self, rulebook: Rulebook, message_status: str) -> None:
        self._rules = rulebook.rules
        self._slugs = rulebook.slugs
        self._status = message_status

    def verdict(self, state: State, index: int, verdict: Verdict[msgspec.Struct], at: datetime) -> tuple[State, tuple[FindingChange, ...]]:
        """The state after one rule's verdict, and what changed among its findings."""
        changes: tuple[FindingChange, ...] = ()
        rule = self._rules[index]
        if verdict.findings:
            stamped = [replace(one, rule=rule.slug, version=rule.version, told=one.told or rule.tells) for one in verdict.findings]
            state, changes = self.findings(state, stamped, at)
        memories = state.memories
        if verdict.memory is not memories[index]:
            memories = (*memories[:index], verdict.memory, *memories[index + 1 :])
        if not verdict.wake_ups and not verdict.cancels:
            return replace(state, memories=memories), changes
        gone = {*verdict.cancels, *(one.key for one in verdict.wake_ups)}
        kept = [one for one in state.pending if one.rule != index or one.wake_up.key not in gone]
        kept.extend(Pending(index, one, at) for one in verdict.wake_ups)
        next_at = min([state.next_at, *(due_at_least(one, state.person, at) for one in verdict.wake_ups)])
        return self.relied(replace(state, memories=memories, pending=tuple(kept), next_at=next_at), at), changes

    def findings(self, state: State, stated: Iterable[Finding], at: datetime) -> tuple[State, tuple[FindingChange, ...]]:
        """Findings stated: new ids are opened, known ones amended, closed or withdrawn."""
        findings = state.findings
        changes: list[FindingChange] = []
        for bare in stated:
            one = self._stamped(bare, state.person)
            before = findings.get(one.id)
            if before == one:
                continue
            if before is None and one.open:
                rival = next((o for o in findings.values() if o.rule == one.rule and o.subject == one.subject and o.open), None)
                if rival is not None:
                    message = f"{one.rule} opened a second finding about {one.subject} while {rival.id} is open"
                    raise BrokenPromise(message)
            if findings is state.findings:
                findings = {key: kept for key, kept in findings.items() if not forgotten(kept, at)}
            findings[one.id] = one
            changes.append(FindingChange(_what(before, one), one, before))
        if not changes:
            return state, ()
        return replace(state, findings=findings), tuple(changes)

    def _stamped(self, finding: Finding, person: Person) -> Finding:
        hers = (person.protected[one].area for one in finding.protected_person_ids if one in person.protected)
        areas = finding.areas or tuple(dict.fromkeys([*person.areas, *(area for area in hers if area)]))
        named = finding.id or finding_id(finding.rule, finding.subject, finding.began_at, self._status)
        if finding.ended_at is not None and finding.ended_at < finding.began_at:
            message = f"{finding.rule} ended {finding.subject} before it began"
            raise BrokenPromise(message)
        return replace(finding, id=named, areas=areas)

    def relied(self, state: State, at: datetime) -> State:
        """Note from when to when, and at which risk, the person relies on feeds that may fall silent."""
        types = tuple(sorted({kind for one in state.pending for kind in one.wake_up.feeds}))
        high_risk = state.person.high_risk
        last = state.reliance[-1] if state.reliance else None
        running = last is not None and last.to_at is None
        if last is not None and running and last.types == types and last.high_risk == high_risk:
            return state
        if not running and not types:
            return state
        spans = [one for one in state.reliance if one.to_at is None or one.to_at + RELIANCE_KEPT > at]
        if last is not None and running:
            spans[-1] = replace(last, to_at=at)
            if last.from_at == at:
                spans.pop()
        if types:
            spans.append(Reliance(types=types, from_at=at, to_at=None, high_risk=high_risk))
        return replace(state, reliance=tuple(spans))


def _what(before: Finding | None, after: Finding) -> Literal["opened", "changed", "closed", "withdrawn"]:
    if after.withdrawn:
        return "withdrawn"
    if before is None:
        return "opened"
    if before.open and not after.open:
        return "closed"
    return "changed"
