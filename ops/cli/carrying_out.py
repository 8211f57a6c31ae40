"""What people asked of streams, done: somebody judged again, a line sent again or retired, a question of the identity desk answered.

Called by whoever owns the data folder, between two batches; the caller saves. Done twice it changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from glob import escape

from msgspec.structs import astuple

from schemas import topics
from schemas.envelope import PersonIdentifier
from schemas.event import Identifier
from schemas.finding import FindingChange
from schemas.identifiers import IDENTIFIER_TYPES, canonical
from schemas.read_models import QuestionView
from schemas.requests import AnswerQuestion, NotThisPerson, Redrive, Rejudge, Request, Retire
from streams.embedded.acceptance import Acceptor, Client, Unread
from streams.embedded.judge import Judge
from streams.embedded.publishing import Publishing
from streams.embedded.received import Quarantined
from streams.embedded.requests import Answer, Difference
from streams.embedded.set_aside import Since
from streams.embedded.told import Told
from streams.engine.journal import Slice
from streams.engine.state import NOWHERE
from streams.identity.naming import label, linking, strength
from streams.identity.question import Decision
from streams.intake.messages import Wanted, read

DONE = Answer()


class CarryingOut:
    """`client_named`: the client of this name with the sources that are its own now; None for one that is no more."""

    def __init__(
        self, judge: Judge, publishing: Publishing, acceptor: Callable[[], Acceptor | None], client_named: Callable[[str], Client | None]
    ) -> None:
        self._judge = judge
        self._publishing = publishing
        self._acceptor = acceptor
        self._client_named = client_named

    def carry_out(self, request: Request, now: datetime) -> Answer:
        """Do it. What changes in findings is told as ever."""
        match request:
            case Rejudge():
                return self._rejudge(request.person)
            case Redrive():
                return self._redrive(request.quarantine_ids, now)
            case Retire():
                return self._retire(request.quarantine_id, now)
            case AnswerQuestion():
                return self._answer(request)
            case NotThisPerson():
                return self._ask(request, now)

    def _rejudge(self, person: str) -> Answer:
        key = self._key(person)
        if key is None:
            return Answer(
                refused=f"nobody who is managed is {person}: expected a person's id, as pe_1f0c..., or TYPE:VALUE, as NOMS:A1234AA"
            )
        told = self._judge.rejudge(key)
        self._publishing.tell(told)
        return Answer(
            person_id=self._judge.registry.view(key).person_id,
            differences=tuple(_differences(told)),
            standing_findings=len(self._judge.people.logs[key].head.findings),
        )

    def _key(self, person: str) -> str | None:
        judge, (kind, _, value) = self._judge, person.partition(":")
        key = person if not value else judge.registry.person_of(canonical(Identifier(kind, value))) if kind in IDENTIFIER_TYPES else None
        return key if key is not None and judge.people.logs.get(key) is not None else None

    def _redrive(self, quarantine_ids: Iterable[str], now: datetime) -> Answer:
        unknown: list[str] = []
        for name in quarantine_ids:
            line = self._publishing.set_aside.found(name)
            client = None if line is None else self._client_of(line)
            acceptor = self._acceptor()
            if line is None or client is None or acceptor is None:
                unknown.append(name)
                continue
            before = self._publishing.set_aside.since(line.number)
            if before is not None and before.state in {"accepted", "retired"}:
                continue
            results = acceptor.check(lines := _lines(line), client)
            if all(one.result == "accepted" for one in results):
                results = acceptor.accept(lines, client, now).results
            code = next((one.code for one in results if one.result not in {"accepted", "duplicate"}), None)
            since = Since("accepted" if code is None else "sent_again", now, code or line.code)
            self._publishing.put(topics.SET_ASIDE, name, self._publishing.set_aside.done(line, since))
        return DONE if not unknown else Answer(refused=f"not sent again, because it or its sender's key is not known: {', '.join(unknown)}")

    def _client_of(self, line: Quarantined) -> Client | None:
        """Whoever sent it, as far as the key goes now; else for the one source that it was theirs to send then."""
        named = self._client_named(line.client)
        return named or (None if line.source is None else Client(line.client, (escape(line.source),)))

    def _retire(self, quarantine_id: str, now: datetime) -> Answer:
        line = self._publishing.set_aside.found(quarantine_id)
        if line is None:
            return Answer(refused=f"nothing was set aside as {quarantine_id}")
        self._publishing.put(topics.SET_ASIDE, quarantine_id, self._publishing.set_aside.done(line, Since("retired", now, line.code)))
        return DONE

    def _answer(self, said: AnswerQuestion) -> Answer:
        try:
            decision = Decision(
                id=said.answer_id,
                verdict=said.verdict,
                identifier=said.identifier,
                against=said.against,
                at=said.answered_at,
                by=said.answered_by,
                rationale=said.rationale,
                owner=said.owner,
            )
        except ValueError as wrong:
            return Answer(refused=str(wrong))
        asked = self._publishing.asked
        if asked.find(said.question_id) is not None:
            self._publishing.put(topics.QUESTIONS, said.question_id, asked.answered(said.question_id, decision))
        told = self._judge.answer(decision)
        self._publishing.tell(told)
        return Answer(differences=tuple(_differences(told)))

    def _ask(self, said: NotThisPerson, now: datetime) -> Answer:
        """Whether those whom the evidence names are he; where it names nobody, as a device does, the strongest two of his."""
        pair = self._doubted(said) or said.identifiers[:2]
        if not pair:
            return Answer(refused=f"alert {said.alert_id} names nobody: nothing can be asked")
        log = self._judge.people.logs.get(said.person_id)
        question = QuestionView(
            question_id=f"iq_{said.alert_id.removeprefix('al_')}",
            as_of_at=now,
            reason="not_this_person",
            identifier=pair[0],
            against=pair[1] if len(pair) > 1 else None,
            person_ids=(said.person_id,),
            areas=() if log is None else log.head.person.areas,
            evidence=said.evidence,
            opened_at=now,
        )
        if (stated := self._publishing.asked.state(question)) is not None:
            self._publishing.put(topics.QUESTIONS, stated.question_id, stated)
        return DONE

    def _doubted(self, said: NotThisPerson) -> tuple[PersonIdentifier, ...]:
        """What the last of the evidence that names anybody calls him, and the strongest of his other names: his case, as a rule."""
        try:
            view = self._judge.registry.view(said.person_id)
        except LookupError:  # he is another by now
            return ()
        stored = self._judge.people.journal.read((Slice(*astuple(part)) for part in view.buckets), NOWHERE)
        for event in (event for event in reversed(stored) if event.ref in said.evidence):
            named = [one for one in linking(event.identifiers) if one in view.identifiers]
            others = [one for one in view.identifiers if one not in named]
            if named and others:
                return tuple(PersonIdentifier(type=one.type, value=one.value) for one in (label(named), min(others, key=strength)))
        return ()


def _lines(one: Quarantined) -> list[bytes | Unread]:
    """The very bytes; of a message in a format of its own, what its adapter makes of them now."""
    if one.format is None or one.source is None:
        return [one.raw]
    lines = read({}, one.raw, Wanted(one.source, one.format)).lines
    return [line if isinstance(line, bytes) else Unread(*line) for line in lines]


def _differences(told: Iterable[Told]) -> Iterable[Difference]:
    return (_difference(change) for one in told for change in one.changes)


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
