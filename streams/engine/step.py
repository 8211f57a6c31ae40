"""One input, judged: facts first, then each rule that reads it, in the order of the catalogue.

Pure. A rule that fails on a person leaves no trace but `not-being-judged`: its verdict is not taken, other rules go
on. Findings travel to the rules that read them inside the same step; they are never journaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush

from msgspec.structs import replace

from schemas.event import Event
from streams.engine import edges, facts, unjudged
from streams.engine.contact import contacts
from streams.engine.custody_facts import undoes
from streams.engine.decision import decided
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rulebook import Rulebook
from streams.engine.state import State
from streams.engine.take import Taker
from streams.engine.verdict import Edge, Finding, FindingChange, Given, Wake

RECEPTIONS = ("custody.received", "custody.returned")
NOTHING_DUE: frozenset[tuple[str, str]] = frozenset()
DECISIONS = ("breach.decided", "alert.closed")


class Stepper:
    """The engine's step for one rulebook. Holds nothing of any person."""

    def __init__(self, rulebook: Rulebook, message_status: str = "actual") -> None:
        self.rulebook = rulebook
        self.take = Taker(rulebook, message_status)

    def begin(self) -> State:
        """A person of whom nothing is known."""
        return State(memories=(None,) * len(self.rulebook.rules))

    def event(self, state: State, case: str, event: Event, due: frozenset[tuple[str, str]] = NOTHING_DUE) -> State:
        """The state after an event. `case`: the person's id, subject of what is about the case; `due`: see `Known.due`.

        Should the engine itself fail on an event, that event alone is not judged for this person, and that is told.
        """
        try:
            return self._event(state, case, event, due)
        except Exception as failure:  # noqa: BLE001  one event of one person must not stop everybody else
            return self.failed(state, case, event.occurred_at, "engine", failure)

    def failed(self, state: State, case: str, at: datetime, what: str, failure: Exception) -> State:
        """Something of ours failed on this person: he is not being judged by it."""
        known = Known(at=at, person=state.person, before=state.person, case=case, findings=state.findings)
        return self._failed(state, known, what, failure)[0]

    def _event(self, state: State, case: str, event: Event, due: frozenset[tuple[str, str]]) -> State:
        at = event.occurred_at
        before = state.person
        person = facts.apply(before, event)
        state = replace(state, person=person)
        reads = self.rulebook.readers.get(event.type, ())
        if event.type == "tagging.position":  # the hot path: nothing but the tag has changed
            if reads and person.managed:
                return self._run(
                    state, Known(at=at, person=person, before=before, case=case, findings=state.findings, due=due), event, reads
                )
            return state
        if not person.managed:
            return self._closed(state, event) if before.managed else state
        if event.type in DECISIONS:
            return self._decision(state, before, case, event, reads)
        known = Known(at=at, person=person, before=before, case=case, findings=state.findings, contacts=contacts(person, event), due=due)
        if event.type in RECEPTIONS and undoes(before.custody, at):
            state = self._edge(state, known, Edge("custody.release_undone", at))
        state = self._run(state, replace(known, findings=state.findings), event, reads)
        if before.orders is not person.orders or not before.managed:
            for edge in self._begun(before, person, at):
                state = self._edge(state, known, edge)
            state = self._planned(self._unjudged(state, at), at)
        return state

    def edge(self, state: State, case: str, edge: Edge) -> State:
        """The state after the first of its edges, which is taken from it."""
        try:
            return self._edges(state, case, edge)
        except Exception as failure:  # noqa: BLE001  as for events
            return self.failed(state, case, edge.at, "engine", failure)

    def _edges(self, state: State, case: str, edge: Edge) -> State:
        person = state.person
        known = Known(at=edge.at, person=person, before=person, case=case, findings=state.findings)
        state = self._edge(state, known, edge)
        if edge.kind == "order.began":
            for running in edges.begun(person.orders[edge.order_id], edge.at, None):
                if running.kind == "curfew.began":
                    state = self._edge(state, known, running)
        beside = tuple(one for one in state.edges if one.at == edge.at)  # a plan looks strictly ahead and would lose them
        state = self._planned(self._unjudged(state, edge.at), edge.at)
        return replace(state, edges=(*beside, *state.edges), next_at=edge.at) if beside else state

    def wake(self, state: State, case: str, rule: int, wake: Wake, at: datetime) -> State:
        """The state after a wake-up of one rule, which is taken from it."""
        pending = tuple(one for one in state.pending if not (one.rule == rule and one.wake_up.key == wake.key))
        state = self.take.relied(replace(state, pending=pending), at)
        known = Known(at=at, person=state.person, before=state.person, case=case, findings=state.findings)
        return self._run(state, known, wake, (rule,))

    def _edge(self, state: State, known: Known, edge: Edge) -> State:
        return self._run(state, replace(known, findings=state.findings), edge, self.rulebook.readers.get(edge.kind, ()))

    def _run(self, state: State, known: Known, given: Given, reads: Iterable[int]) -> State:
        """Hand the input to its readers in order. Nearly always nothing comes of it, or a memory alone."""
        parameters = self.rulebook.parameters(known.person)
        rules, memories = self.rulebook.rules, state.memories
        turns = iter(reads)
        for index in turns:
            rule = rules[index]
            try:
                verdict = rule.decide(parameters[index], memories[index] or rule.memory, known, given)
                if verdict is None:
                    continue
                state, changes = self.take.verdict(state, index, verdict, known.at)
            except Exception as failure:  # noqa: BLE001  one rule must not silence the others; it is told as a finding
                state, changes = self._failed(state, known, rule.slug, failure)
            if changes:
                return self._spread(state, replace(known, findings=state.findings), given, turns, changes)
            memories = state.memories
        return state

    def _spread(self, state: State, known: Known, given: Given, turns: Iterator[int], changes: Iterable[FindingChange]) -> State:
        """Something was found: its readers come in their turn, among those who still wait for the input."""
        parameters = self.rulebook.parameters(known.person)
        queue: list[tuple[int, int, Given]] = []
        count = 0
        turn = next(turns, None)
        while True:
            for change in changes:
                for reader in self.rulebook.finding_readers.get(change.finding.rule, ()):
                    heappush(queue, (reader, count := count + 1, change))
            if turn is None and not queue:
                return state
            if turn is None or (queue and queue[0][0] < turn):
                index, _, handed = heappop(queue)
            else:
                index, handed = turn, given
                turn = next(turns, None)
            rule = self.rulebook.rules[index]
            try:
                verdict = rule.decide(parameters[index], state.memories[index] or rule.memory, known, handed)
                state, changes = (state, ()) if verdict is None else self.take.verdict(state, index, verdict, known.at)
            except Exception as failure:  # noqa: BLE001  as above
                state, changes = self._failed(state, known, rule.slug, failure)
            if changes:
                known = replace(known, findings=state.findings)

    def _failed(self, state: State, known: Known, slug: str, failure: Exception) -> tuple[State, tuple[FindingChange, ...]]:
        """A rule failed on this person: the state is as if it had not run, and that is told."""
        return self.take.findings(state, (unjudged.failed(slug, known, failure),), known.at)

    def _decision(self, state: State, before: Person, case: str, event: Event, reads: Iterable[int]) -> State:
        """A decision ends what only a decision ends, then every rule that reads decisions learns of it."""
        at = event.occurred_at
        ids = decided(state.findings, event)
        ended: list[Finding] = []
        for finding_id in sorted(ids):
            finding = state.findings[finding_id]
            index = self.rulebook.slugs.get(finding.rule)
            if finding.open and index is not None and self.rulebook.rules[index].by_decision:
                ended.append(replace(finding, ended_at=at, evidence=(*finding.evidence, event.ref)))
        state, changes = self.take.findings(state, ended, at)
        known = Known(at=at, person=state.person, before=before, case=case, findings=state.findings, decided=ids)
        return self._spread(state, known, event, iter(reads), changes)

    def _closed(self, state: State, event: Event) -> State:
        """`case.closed`: every finding of the person ends, and nothing is awaited any more."""
        at = event.occurred_at
        ended = [replace(one, ended_at=at, evidence=(*one.evidence, event.ref)) for one in state.findings.values() if one.open]
        state, _ = self.take.findings(state, ended, at)
        state = replace(state, memories=(None,) * len(state.memories), pending=(), edges=())
        return self.take.relied(state, at)

    def _begun(self, before: Person, person: Person, at: datetime) -> Iterator[Edge]:
        reopened = not before.managed
        for order_id, order in person.orders.items():
            old = before.orders.get(order_id)
            if reopened or old is not order:
                yield from edges.begun(order, at, None if reopened else old)

    def _unjudged(self, state: State, at: datetime) -> State:
        return self.take.findings(state, unjudged.orders(state.person, state.findings, at), at)[0]

    def _planned(self, state: State, at: datetime) -> State:
        ahead = edges.plan(state.person, at)
        next_at = min(state.next_at, ahead[0].at) if ahead else state.next_at
        return replace(state, edges=ahead, next_at=next_at)
