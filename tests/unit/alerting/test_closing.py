"""Closing: outcomes, rationales, second keys, and what the rules hear of it."""

from __future__ import annotations

import pytest

from alerting.lifecycle.commands import Close, Confirm
from alerting.lifecycle.handling import Outcome
from alerting.lifecycle.step import JSON, Fact
from tests.unit.alerting.handled import (
    IDVA,
    INSPECTOR,
    OIC,
    OTHER_OIC,
    ROWAN,
    SUPERVISOR,
    WHY,
    Desk,
    ended,
    of_severity,
    withdrawn,
)
from tests.unit.alerting.invented import MINUTE, NOON, a_finding


def over(severity: str, rule: str = "exclusion-zone-entry", grounds: tuple[str, ...] = ()) -> Desk:
    """An alert whose matter has ended, which nobody has answered: high and critical stay."""
    finding = of_severity(severity, rule=rule, grounds=grounds)
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(ended(finding, desk.at), change="closed")
    return desk


def fact(type_: str, alert_id: str, **data: JSON) -> Fact:
    return Fact(type_, NOON + MINUTE, {"alert_id": alert_id, **data})


def said(outcome: Outcome, rationale: str = WHY) -> Close:
    return Close(outcome=outcome, rationale=rationale)


def test_a_high_one_whose_matter_has_ended_is_closed_by_one_officer() -> None:
    desk = over("high").closed(OIC, "enforced")

    assert "closed" == desk.state
    expected = fact("breach.decided", desk.alert.alert_id, decision="enforced", rationale=WHY, decided_by=OIC)
    assert (expected,) == desk.last.facts
    assert {} == desk.clocks()


def test_any_close_that_leaves_its_matter_open_needs_a_second_key() -> None:
    assert "awaiting_second_key" == Desk(of_severity("high")).closed(OIC, "enforced").state


def test_where_the_decision_itself_ends_the_matter_nothing_is_left_open() -> None:
    assert "closed" == Desk(of_severity("high", by_decision=True)).closed(OIC, "enforced").state


@pytest.mark.parametrize("outcome", ["enforced", "warned", "safeguarded", "resolved"])
def test_every_close_of_a_critical_one_needs_a_second_key(outcome: Outcome) -> None:
    assert "awaiting_second_key" == over("critical").closed(SUPERVISOR, outcome).state


@pytest.mark.parametrize("outcome", ["no_breach", "equipment_misunderstanding", "not_this_person"])
def test_to_call_it_no_breach_takes_two_always(outcome: Outcome) -> None:
    desk = Desk(of_severity("low"))

    assert "awaiting_second_key" == desk.closed(OIC, outcome).state


@pytest.mark.parametrize(("grounds", "state"), [(("battery_flat",), "awaiting_second_key"), (("strap_cut",), "closed")])
def test_a_warning_for_a_flat_battery_takes_two(grounds: tuple[str, ...], state: str) -> None:
    assert state == over("high", rule="untagged-window", grounds=grounds).closed(OIC, "warned").state


def test_a_decision_is_said_when_it_is_made_and_again_at_the_key() -> None:
    desk = over("high").closed(OIC, "no_breach")
    first = fact("breach.decided", desk.alert.alert_id, decision="no_breach", rationale=WHY, decided_by=OIC)
    assert [first] == list(desk.last.facts)

    desk.confirmed(SUPERVISOR)

    assert "closed" == desk.state
    assert [Fact(first.type, first.occurred_at, {**first.data, "confirmed_by": SUPERVISOR})] == list(desk.last.facts)


def test_any_other_closing_is_said_once_it_is_closed() -> None:
    desk = over("high").closed(OIC, "not_this_person")
    assert [] == list(desk.last.facts)

    desk.confirmed(SUPERVISOR)

    expected = fact("alert.closed", desk.alert.alert_id, outcome="not_this_person", closed_by=OIC, confirmed_by=SUPERVISOR)
    assert [expected] == list(desk.last.facts)
    assert desk.last.question, "the identity desk is asked whose it is"


WHO_MAY: dict[Outcome, set[str]] = {
    "enforced": {ROWAN, OIC, SUPERVISOR, INSPECTOR},
    "warned": {OIC, SUPERVISOR, INSPECTOR},
    "no_breach": {OIC, SUPERVISOR, INSPECTOR},
    "equipment_misunderstanding": {OIC, SUPERVISOR, INSPECTOR},
    "not_this_person": {OIC, SUPERVISOR, INSPECTOR},
    "safeguarded": {ROWAN, OIC, IDVA, SUPERVISOR, INSPECTOR},
    "resolved": {OIC, IDVA, SUPERVISOR, INSPECTOR},
}


@pytest.mark.parametrize("outcome", WHO_MAY)
@pytest.mark.parametrize("officer", [ROWAN, OIC, IDVA, SUPERVISOR, INSPECTOR, "of-6"])
def test_each_outcome_is_said_by_whom_the_page_names(outcome: Outcome, officer: str) -> None:
    desk = over("high")
    if officer in WHO_MAY[outcome]:
        desk.does(officer, said(outcome))
    else:
        assert "not_allowed" == desk.refused(officer, said(outcome))


@pytest.mark.parametrize(
    "rationale", ["", "ok", "                    short   ", "nineteen characters", "\u200b" * 20, "ok" + "\u3164" * 20]
)
def test_a_rationale_has_twenty_characters(rationale: str) -> None:
    assert "rationale_needed" == over("high").refused(OIC, said("enforced", rationale))


def test_nobody_says_that_it_ended_by_itself() -> None:
    assert "invalid" == over("high").refused(OIC, said("ended_itself"))


def test_resolved_is_refused_while_the_matter_goes_on() -> None:
    assert "not_possible_now" == Desk(of_severity("high")).refused(OIC, said("resolved"))


def test_of_what_was_withdrawn_only_the_resolving_is_left() -> None:
    finding = of_severity("high")
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(withdrawn(finding), change="withdrawn")

    assert "not_possible_now" == desk.refused(OIC, said("enforced"))
    assert "closed" == desk.closed(OIC, "resolved").state


def test_a_closed_alert_is_not_closed_again_nor_acknowledged_late() -> None:
    desk = over("high").closed(OIC, "enforced")

    assert "not_possible_now" == desk.refused(SUPERVISOR, said("enforced"))
    assert ("note", "challenge") == desk.can(ROWAN)


class TestSecondKey:
    def test_the_closer_does_not_turn_it(self) -> None:
        desk = over("high").closed(OIC, "no_breach")

        assert "same_person" == desk.refused(OIC, Confirm(agree=True, rationale=WHY))
        assert "confirm" not in desk.can(OIC)
        assert "confirm" in desk.can(OTHER_OIC)

    def test_of_a_critical_one_an_officer_of_the_case_does_not(self) -> None:
        desk = over("critical").closed(SUPERVISOR, "enforced")

        assert "not_allowed" == desk.refused(OIC, Confirm(agree=True, rationale=WHY))
        assert "same_person" == desk.refused(SUPERVISOR, Confirm(agree=True, rationale=WHY))
        assert "closed" == desk.confirmed(INSPECTOR).state

    def test_it_has_a_rationale_of_its_own(self) -> None:
        desk = over("high").closed(OIC, "no_breach")

        assert "rationale_needed" == desk.refused(SUPERVISOR, Confirm(agree=True, rationale="I agree"))

    def test_who_does_not_agree_reopens_it(self) -> None:
        desk = over("high").closed(OIC, "no_breach").confirmed(SUPERVISOR, agree=False)

        assert "unanswered" == desk.state
        assert desk.handling.closure is None
        assert "high" == desk.last.alarm
        assert "people.not_confirmed" in desk.words

    def test_nobody_turns_a_key_that_nobody_asked_for(self) -> None:
        assert "not_possible_now" == over("high").refused(SUPERVISOR, Confirm(agree=True, rationale=WHY))

    def test_the_supervisor_is_asked_and_told(self) -> None:
        desk = over("high").closed(OIC, "no_breach")

        assert [SUPERVISOR] == desk.told

    def test_where_the_supervisor_closed_it_somebody_else_is_asked(self) -> None:
        assert [INSPECTOR] == over("critical").closed(SUPERVISOR, "enforced").told


class TestDuplicate:
    def two(self) -> tuple[Desk, str]:
        desk = Desk(of_severity("medium"))
        other = a_finding("curfew-absence", subject="night-1", about="curfew_night", severity="medium", told=("oic",))
        desk.tell(other)
        return desk, other.finding_id

    def duplicate(self, of: str | None) -> Close:
        return Close(outcome="duplicate", rationale=WHY, duplicate_of=of)

    def test_it_names_another_open_alert_of_the_same_person(self) -> None:
        desk, other = self.two()

        desk.does(OIC, self.duplicate(other), duplicate_of=other)

        assert desk.handling.closure is not None
        assert other == desk.handling.closure.duplicate_of

    def test_not_itself_not_none_and_not_without_the_outcome(self) -> None:
        desk, other = self.two()

        assert "invalid" == desk.refused(OIC, self.duplicate(None))
        assert "invalid" == desk.refused(OIC, self.duplicate(desk.first), duplicate_of=desk.first)
        assert "invalid" == desk.refused(OIC, Close(outcome="enforced", rationale=WHY, duplicate_of=other), duplicate_of=other)

    def test_not_one_that_is_closed_or_of_somebody_else(self) -> None:
        desk, other = self.two()
        theirs = desk.around(duplicate_of=other).duplicate_of
        assert theirs is not None
        desk.alerts[other] = theirs.alert.model_copy(update={"person_id": "pe-2"})
        assert "invalid" == desk.refused(OIC, self.duplicate(other), duplicate_of=other)

        desk.alerts[other] = theirs.alert.model_copy(update={"status": "withdrawn"})
        assert "invalid" == desk.refused(OIC, self.duplicate(other), duplicate_of=other)


def test_of_the_system_nobody_is_enforced_and_no_rule_hears_of_it() -> None:
    finding = a_finding("feed-silent", person_id=None, about="feed", at_risk=(), told=("control_room",), severity="high")
    desk = Desk(finding)
    desk.at += MINUTE
    desk.tell(ended(finding, desk.at), change="closed")

    assert "invalid" == desk.refused(SUPERVISOR, said("enforced"))
    assert () == desk.closed(SUPERVISOR, "resolved").last.facts
