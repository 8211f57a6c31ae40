"""Copied assessment: when the same answers are a copy, and what puts it right, judged for real."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streams.rules import copied_assessment
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at

ANSWERS = {"1": "yes", "2": "no", "3": "yes"}


def story() -> Story:
    tale = Story(copied_assessment.RULE)
    tale.link("pp-78", "00:00")
    return tale


def assess(tale: Story, when: str, answers: Mapping[str, object] | None = None, *, hers: str | None = "pp-77", tool: str = "dash") -> None:
    said: dict[str, object] = {"assessment_id": f"as-{when}", "tool": tool, "level": "medium", "occasion": "review"}
    tale.tell(when, "risk.assessed", arrives=None, source=None, assessed_by="of-9", protected_person_id=hers, answers=answers, **said)


def incident(tale: Story, when: str, hers: str | None = "pp-77") -> None:
    tale.tell(when, "incident.reported", incident_id=f"in-{when}", kind="violence", severity=3, protected_person_id=hers)


def copied(between: str = "10:00") -> Story:
    tale = story()
    assess(tale, "09:00", ANSWERS)
    incident(tale, between)
    assess(tale, "11:00", dict(ANSWERS))
    return tale


def test_the_same_answers_after_an_incident_are_a_copy() -> None:
    found = copied().play("12:00").only()

    assert at("11:00") == found.began_at == found.decidable_at
    assert ("medium", ("supervisor", "assessor"), "of-9") == (found.severity, found.told, found.assessor_id)
    assert ("protected_person", "pp-77", ("pp-77",)) == (found.about.kind, found.about.id, found.protected_person_ids)
    assert 3 == len(found.evidence)
    assert (
        "The DASH assessment of the risk to pp-77 from Sam Field (A1234AA), made on 2 Mar 11:00, repeats every answer of the one before "
        "of 2 Mar 09:00, although there was an incident on 2 Mar 10:00; a new one is needed; pp-77 is at risk."
    ) == found.because


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("life.trigger", {"kind_": "separation", "protected_person_id": "pp-77"}),
        ("life.trigger", {"kind_": "job_loss"}),
        ("incident.reported", {"incident_id": "in-1", "kind_": "threat", "severity": 2}),
        ("breach.decided", {"order_id": "or-1", "decision": "enforced", "rationale": "r", "decided_by": "of-1"}),
        ("custody.received", {"prison": "Bristol", "status": "remand"}),
        ("custody.released", {"release_kind": "bail", "confirmed": True}),
        ("comms.call", {"call_id": "ca-1", "number": "07700 900077", "duration_s": 9, "outcome": "connected", "legal": False}),
        ("comms.call", {"call_id": "ca-1", "number": "07700 900077", "duration_s": 0, "outcome": "barred", "legal": False}),
    ],
)
def test_whatever_is_new_between_makes_it_a_copy(kind: str, data: dict[str, object]) -> None:
    tale = story()
    assess(tale, "09:00", ANSWERS)
    tale.tell("10:00", kind, arrives=None, source=None, **data)
    assess(tale, "11:00", ANSWERS)

    assert 1 == len(tale.play("12:00").found())


@pytest.mark.parametrize("kind", ["legal call", "transfer", "incident of somebody else", "incident before", "nothing"])
def test_nothing_new_between_is_no_copy(kind: str) -> None:
    tale = story()
    if kind == "incident before":
        incident(tale, "08:00")
    assess(tale, "09:00", ANSWERS)
    if kind == "legal call":
        tale.tell("10:00", "comms.call", call_id="ca-1", number="07700 900077", duration_s=9, outcome="connected", legal=True)
    if kind == "transfer":
        tale.tell("10:00", "custody.transferred", prison="Leeds")
    if kind == "incident of somebody else":
        incident(tale, "10:00", "pp-78")
    assess(tale, "11:00", ANSWERS)

    assert [] == tale.play("12:00").found()


def test_a_release_that_never_was_is_nothing_new() -> None:
    tale = story()
    tale.received("07:00")
    assess(tale, "09:00", ANSWERS)
    tale.released("10:00", confirmed=False)
    tale.received("10:30")
    assess(tale, "11:00", ANSWERS)

    assert [] == tale.play("12:00").found()


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ({**ANSWERS, "3": "no"}, {}),
        (None, {}),
        ({"1": "yes"}, {}),
        (ANSWERS, {"tool": "dara"}),
        (ANSWERS, {"hers": "pp-78"}),
        (ANSWERS, {"hers": None}),
    ],
)
def test_other_answers_none_another_tool_or_another_person_are_no_copy(answers: Mapping[str, object] | None, more: dict[str, str]) -> None:
    tale = story()
    assess(tale, "09:00", ANSWERS)
    incident(tale, "10:00")
    assess(tale, "11:00", answers, **more)

    assert [] == tale.play("12:00").found()


def test_without_answers_in_the_first_it_is_no_copy() -> None:
    tale = story()
    assess(tale, "09:00")
    incident(tale, "10:00")
    assess(tale, "11:00", ANSWERS)

    assert [] == tale.play("12:00").found()


def test_a_copy_of_the_copy_joins_and_does_not_end_it() -> None:
    tale = copied()
    assess(tale, "12:00", ANSWERS)
    found = tale.play("13:00").only()

    assert found.open
    assert 4 == len(found.evidence)


@pytest.mark.parametrize(
    ("answers", "more", "ends"),
    [
        ({**ANSWERS, "2": "yes"}, {}, True),
        (None, {}, True),
        (ANSWERS, {"tool": "dara"}, True),
        (None, {"hers": None}, True),
        (None, {"hers": "pp-78"}, False),
    ],
)
def test_the_next_genuine_assessment_of_her_ends_it(answers: Mapping[str, object] | None, more: dict[str, str], ends: bool) -> None:
    tale = copied()
    assess(tale, "12:00", answers, **more)
    found = tale.play("13:00").only()

    assert (at("12:00") if ends else None) == found.ended_at
    assert ends is ("It was assessed anew on 2 Mar 12:00." in found.because)


def test_one_that_names_nobody_is_about_the_case_and_ends_when_everybody_is_assessed() -> None:
    tale = story()
    assess(tale, "09:00", ANSWERS, hers=None)
    incident(tale, "10:00")
    assess(tale, "11:00", ANSWERS, hers=None)
    found = tale.play("11:30").only()
    assert ("case", ("pp-77", "pp-78")) == (found.about.kind, found.protected_person_ids)

    assess(tale, "12:00", hers="pp-77")
    assert tale.play("12:30").only().open
    assess(tale, "13:00", hers="pp-78")
    assert at("13:00") == tale.play("14:00").only().ended_at


def test_late_evidence_gives_the_same_matters() -> None:
    tale = copied()
    assess(tale, "12:00", ANSWERS)
    assess(tale, "13:00", {"1": "no"})
    tale.in_any_order("14:00")
