"""Our own failures: one rule, one event or one restless wake-up of one person never stops anything else."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec

from schemas.event import Event
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.rulebook import Rulebook
from streams.engine.verdict import CLOCK, About, Finding, Given, Verdict, WakeUp


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """No parameters, no memory."""


def _rule(slug: str, decide: object, *reads: str) -> object:
    return Rule(
        slug=slug,
        version=1,
        status="live",
        reads=reads,
        tells=("oic",),
        parameters=Nothing(),
        memory=Nothing(),
        decide=decide,  # type: ignore[arg-type]
    )


def fails(p: Nothing, memory: Nothing, known: Known, given: Given) -> Verdict[Nothing] | None:
    raise ZeroDivisionError


def speaks(p: Nothing, memory: Nothing, known: Known, given: Given) -> Verdict[Nothing] | None:
    assert isinstance(given, Event)
    about = About("case", known.case, "the case")
    finding = Finding(
        subject=given.id, about=about, began_at=known.at, decidable_at=known.at, severity="low", because="Something.", evidence=(given.ref,)
    )
    return Verdict(memory=memory, findings=(finding,))


def restless(p: Nothing, memory: Nothing, known: Known, given: Given) -> Verdict[Nothing] | None:
    return Verdict(memory=memory, wake_ups=(WakeUp(key="again", feeds=CLOCK, since=known.at, limit=timedelta(0)),))


def _line(number: int, who: str, kind: str, data: dict[str, object]) -> Line:
    person = {"identifiers": [{"type": "NOMS", "value": who}]}
    at = f"2026-03-02T10:{number:02d}:00Z"
    envelope = {"id": f"e{number}", "source": "case/avon", "type": kind, "occurred_at": at, "person": person, "data": data}
    return Line("test", number, json.dumps(envelope).encode())


def _found(rules: tuple[object, ...]) -> list[tuple[str, str]]:
    playback = Playback(Judge(Rulebook(rules), MemoryJournal()))
    lines = [
        _line(number, who, "case.opened", {"case_ref": f"avon:{who}", "risk_level": "high", "areas": ["avon"]})
        for number, who in enumerate(("A1000AA", "A1001AA"), 1)
    ]
    lines.append(_line(3, "A1000AA", "life.trigger", {"kind": "separation"}))
    told = [one for heard in playback.play(lines) if isinstance(heard, list) for one in heard]
    return [(change.finding.rule, change.finding.because) for one in told for change in one.changes if change.change == "raised"]


def test_a_rule_that_fails_is_told_and_the_others_go_on() -> None:
    found = _found((_rule("broken", fails, "life.trigger"), _rule("whole", speaks, "life.trigger")))

    assert ["not-being-judged", "whole"] == sorted(rule for rule, _ in found)
    assert any("A1000AA is not being judged by broken" in because for _, because in found)


def test_a_rule_that_wakes_itself_for_ever_is_told_and_the_others_go_on() -> None:
    found = _found((_rule("restless", restless, "case.opened"), _rule("whole", speaks, "case.opened")))

    assert ["not-being-judged", "not-being-judged", "whole", "whole"] == sorted(rule for rule, _ in found)
