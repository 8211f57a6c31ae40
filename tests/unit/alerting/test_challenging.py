"""Challenges: advocacy is a button with a deadline behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.lifecycle.commands import Acknowledge, AnswerChallenge, RaiseChallenge
from alerting.lifecycle.handling import Against
from tests.unit.alerting.handled import IDVA, INSPECTOR, OIC, ROWAN, SUPERVISOR, WHY, Desk, ended, of_severity, withdrawn
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, a_directory, a_person, assigned, on_call


def challenge(against: Against = "closure", name: str = "ch-1") -> RaiseChallenge:
    return RaiseChallenge(challenge_id=name, against=against, rationale=WHY, asks_for="Look at the doorbell camera.")


def answer(*, upheld: bool, name: str = "ch-1") -> AnswerChallenge:
    return AnswerChallenge(challenge_id=name, upheld=upheld, rationale=WHY)


def closed_high() -> Desk:
    finding = of_severity("high")
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(ended(finding, desk.at), change="closed")
    return desk.closed(OIC, "enforced")


def challenged() -> Desk:
    desk = closed_high()
    desk.does(IDVA, challenge())
    return desk


def test_a_challenge_reopens_it_with_a_clock_and_a_decider_who_did_not_close_it() -> None:
    desk = challenged()

    assert "challenged" == desk.state
    assert not desk.handling.closed
    assert [SUPERVISOR] == desk.told
    assert 4 * HOUR == desk.clocks()["challenge"]
    assert desk.handling.closure is not None, "the decider sees what was decided"


def test_silence_on_a_challenge_escalates_and_never_to_whoever_closed_it() -> None:
    desk = challenged()
    asked = []
    for _ in range(4):
        assert "challenge" in desk.wait(4 * HOUR)
        asked.append(desk.handling.asked_to_decide and desk.handling.asked_to_decide.officer_id)

    assert INSPECTOR == asked[0]
    assert OIC not in asked
    assert None not in asked


def test_upheld_it_is_unanswered_again() -> None:
    desk = challenged()
    desk.does(SUPERVISOR, answer(upheld=True))

    assert "unanswered" == desk.state
    assert desk.handling.closure is None
    assert "high" == desk.last.alarm


def test_rejected_it_is_closed_as_it_was() -> None:
    desk = challenged()
    desk.does(SUPERVISOR, answer(upheld=False))

    assert "closed" == desk.state
    assert desk.handling.closure is not None
    assert {} == desk.clocks()


def test_whoever_closed_confirmed_or_challenged_does_not_decide() -> None:
    finding = of_severity("critical")
    desk = Desk(finding, person=a_person(assigned("oic", OIC), assigned("idva", IDVA), assigned("supervisor", "of-8")))
    desk.closed(SUPERVISOR, "enforced").confirmed(INSPECTOR)
    desk.does(IDVA, challenge())

    assert ["of-8"] == desk.told
    assert "same_person" == desk.refused(SUPERVISOR, answer(upheld=False))
    assert "same_person" == desk.refused(INSPECTOR, answer(upheld=False))
    assert "not_allowed" == desk.refused(IDVA, answer(upheld=True))


def test_to_28_days_after_closing_to_the_instant() -> None:
    for span, possible in ((28 * DAY, True), (28 * DAY + timedelta(microseconds=1), False)):
        desk = closed_high()
        desk.at += span
        if possible:
            desk.does(IDVA, challenge())
        else:
            assert "not_possible_now" == desk.refused(IDVA, challenge())
            assert "challenge" not in desk.can(IDVA)


@pytest.mark.parametrize("against", ["closure", "decision", "withdrawal", "downgrade"])
def test_only_what_has_happened_is_challenged(against: Against) -> None:
    assert "not_possible_now" == Desk().refused(IDVA, challenge(against))


def test_a_downgrade_is_challenged() -> None:
    finding = of_severity("critical")
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(finding.model_copy(update={"severity": "high"}), change="severity")

    desk.does(IDVA, challenge("downgrade"))

    assert "challenged" == desk.state


def test_a_withdrawal_is_challenged_and_upheld_it_must_be_answered() -> None:
    finding = of_severity("critical")
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(withdrawn(finding), change="withdrawn")
    for officer_id in (ROWAN, OIC, IDVA):
        desk.opens(officer_id)
    assert "closed" == desk.state

    desk.does(IDVA, challenge("withdrawal"))
    desk.does(INSPECTOR, answer(upheld=True))

    assert "unanswered" == desk.state
    assert 2 * MINUTE == desk.clocks()["answer"]
    desk.does(ROWAN, Acknowledge(intent="check_record", until_at=desk.at + MINUTE))


def test_inaction_is_challenged_while_the_answer_clock_runs_on() -> None:
    desk = Desk()
    desk.does(IDVA, challenge("inaction"))

    assert "challenged" == desk.state
    assert {"answer", "challenge"} <= set(desk.clocks())
    desk.does(SUPERVISOR, answer(upheld=False))
    assert "unanswered" == desk.state


def test_two_challenges_are_two_and_the_first_rejection_does_not_close_it() -> None:
    desk = challenged()
    desk.does("of-4", challenge("decision", "ch-2"))
    assert () == desk.last.tellings, "the decider has been told"

    desk.does(SUPERVISOR, answer(upheld=False, name="ch-1"))
    assert "challenged" == desk.state
    desk.does(SUPERVISOR, answer(upheld=False, name="ch-2"))
    assert "closed" == desk.state


def test_one_that_is_upheld_answers_the_other() -> None:
    desk = challenged()
    desk.does("of-4", challenge("decision", "ch-2"))

    desk.does(SUPERVISOR, answer(upheld=True, name="ch-2"))

    assert "unanswered" == desk.state
    assert "not_possible_now" == desk.refused(SUPERVISOR, answer(upheld=True, name="ch-1"))


def test_a_challenge_that_does_not_wait_is_not_answered() -> None:
    assert "not_possible_now" == challenged().refused(SUPERVISOR, answer(upheld=True, name="ch-9"))


def test_a_challenge_has_a_rationale() -> None:
    said = RaiseChallenge(challenge_id="ch-1", against="closure", rationale="no")
    assert "rationale_needed" == closed_high().refused(IDVA, said)


def test_while_it_is_challenged_nobody_closes_it() -> None:
    desk = challenged()

    assert "close" not in desk.can(SUPERVISOR)
    assert "answer-challenge" in desk.can(SUPERVISOR)
    assert "answer-challenge" not in desk.can(OIC)


def test_news_on_a_challenged_closure_reopens_it_whatever_the_decider_says() -> None:
    finding = of_severity("high")
    desk = challenged()
    desk.at += MINUTE
    desk.tell(ended(finding, desk.at), change="amended", further=True)
    assert desk.handling.alarmed_at == desk.at

    desk.does(SUPERVISOR, answer(upheld=False))

    assert "unanswered" == desk.state


def test_with_nobody_left_to_decide_somebody_is_sought() -> None:
    directory = a_directory(on_call("control_room", ROWAN))
    finding = of_severity("high", by_decision=True)
    desk = Desk(finding, person=a_person(assigned("oic", OIC), assigned("idva", IDVA)), directory=directory).closed(OIC, "enforced")
    desk.does(IDVA, challenge())

    assert desk.handling.asked_to_decide is not None
    assert desk.handling.asked_to_decide.officer_id is None
    assert 5 * MINUTE == desk.clocks()["challenge"]
