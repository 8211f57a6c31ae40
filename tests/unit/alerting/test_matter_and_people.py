"""What the matter does to what people made of it: who must look again, what leaves, and what an incident shares."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.directory import Directory
from alerting.lifecycle.commands import FOR_THE_INCIDENT, Acknowledge, Release
from alerting.lifecycle.step import Refusal
from schemas.finding import Change, Finding
from tests.unit.alerting.handled import IDVA, OIC, ROWAN, SUPERVISOR, Desk, ended, of_severity, withdrawn
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_finding, a_person, assigned

NEWS: dict[str, tuple[Change, dict[str, object]]] = {
    "a confirmation": ("confirmed", {"provisional": False, "because": "A second fix confirms it."}),
    "a higher severity": ("severity", {"severity": "critical"}),
    "a lower severity": ("severity", {"severity": "medium"}),
    "a correction": ("amended", {"because": "He entered at 12:01."}),
    "a further contact": ("amended", {}),
}
RINGS = ("a confirmation", "a higher severity", "a further contact")
QUIET = ("a lower severity", "a correction")


def tell(desk: Desk, finding: Finding, news: str) -> Finding:
    change, fields = NEWS[news]
    desk.at += MINUTE
    after = finding.model_copy(update=fields)
    desk.tell(after, change=change, further=news == "a further contact")
    return after


class TestAnswered:
    @pytest.mark.parametrize("news", RINGS)
    def test_what_is_new_makes_whoever_answered_look_again(self, news: str) -> None:
        finding = of_severity("high", provisional=True)
        desk = Desk(finding).acknowledged(ROWAN)

        tell(desk, finding, news)

        assert "unanswered" == desk.state
        assert ROWAN == desk.owner, "whoever has it is asked first"
        assert {ROWAN, OIC, IDVA} == set(desk.told)
        assert desk.last.alarm in {"high", "critical"}

    @pytest.mark.parametrize("news", QUIET)
    def test_what_asks_for_less_is_an_update_in_place(self, news: str) -> None:
        finding = of_severity("high")
        desk = Desk(finding).acknowledged(ROWAN)

        tell(desk, finding, news)

        assert ("acknowledged", [], True) == (desk.state, desk.told, desk.last.version_rises)

    def test_a_further_fix_is_no_revision(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding).acknowledged(ROWAN)
        desk.at += MINUTE
        desk.tell(finding, change="amended")

        assert ("acknowledged", [], False) == (desk.state, desk.told, desk.last.version_rises)

    def test_a_closure_that_waits_for_its_key_falls_with_what_it_rested_on(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding).closed(OIC, "no_breach")

        tell(desk, finding, "a confirmation")

        assert "unanswered" == desk.state
        assert desk.handling.closure is None

    def test_the_matters_end_does_not_touch_a_closure_that_waits(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding).closed(OIC, "no_breach")
        desk.tell(ended(finding, desk.at), change="closed")

        assert "awaiting_second_key" == desk.state


class TestUnanswered:
    @pytest.mark.parametrize("news", ["a confirmation", "a further contact", *QUIET])
    def test_those_who_were_told_are_not_told_again_and_the_clock_runs_on(self, news: str) -> None:
        finding = of_severity("high")
        desk = Desk(finding)

        tell(desk, finding, news)

        assert [] == desk.told
        assert desk.handling.asked_to_answer is not None
        assert NOON == desk.handling.asked_to_answer.since_at

    def test_a_higher_severity_alarms_them_and_the_shorter_clock_counts(self) -> None:
        finding = of_severity("medium")
        desk = Desk(finding)

        tell(desk, finding, "a higher severity")

        assert {ROWAN, OIC, IDVA} == set(desk.told)
        assert MINUTE == desk.clocks()["answer"]
        assert "role_unheard idva" in desk.clocks()


class TestClosed:
    @pytest.mark.parametrize("news", [*RINGS, "a lower severity"])
    def test_news_reopens_it(self, news: str) -> None:
        finding = of_severity("high", by_decision=True)
        desk = Desk(finding).closed(OIC, "enforced")
        assert "closed" == desk.state

        tell(desk, finding, news)

        assert "unanswered" == desk.state
        assert desk.at == desk.handling.open_since_at, "the close-by clock begins anew"

    def test_a_correction_and_a_further_fix_do_not(self) -> None:
        finding = of_severity("high", by_decision=True)
        desk = Desk(finding).closed(OIC, "enforced")

        tell(desk, finding, "a correction")
        desk.tell(finding, change="amended")

        assert "closed" == desk.state

    def test_a_matter_that_begins_again_reopens_it(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding)
        over = ended(finding, desk.at)
        desk.tell(over, change="closed")
        desk.closed(OIC, "enforced")
        desk.at += MINUTE
        desk.tell(finding, change="reopened")

        assert "unanswered" == desk.state


class TestEnded:
    @pytest.mark.parametrize("severity", ["critical", "high"])
    def test_critical_and_high_stay_until_a_person_closes_them(self, severity: str) -> None:
        finding = of_severity(severity)
        desk = Desk(finding)
        desk.tell(ended(finding, desk.at), change="closed")

        assert "unanswered" == desk.state

    @pytest.mark.parametrize("severity", ["medium", "low"])
    def test_medium_and_low_leave_with_their_matter(self, severity: str) -> None:
        finding = of_severity(severity)
        desk = Desk(finding)
        desk.at += MINUTE
        desk.tell(ended(finding, desk.at), change="closed")

        assert "closed" == desk.state
        assert desk.handling.closure is not None
        assert ("ended_itself", None) == (desk.handling.closure.outcome, desk.handling.closure.officer_id)
        assert ["matter.closed", "people.ended_itself"] == desk.words
        assert () == desk.last.facts

    def test_what_was_promised_is_kept_or_runs_out_first(self) -> None:
        finding = of_severity("medium")
        desk = Desk(finding).acknowledged(OIC, HOUR)
        desk.tell(ended(finding, desk.at), change="closed")
        assert "acknowledged" == desk.state

        desk.acted(OIC, "person_contacted")

        assert "closed" == desk.state

    def test_a_promise_that_runs_out_after_the_end_alarms_nobody(self) -> None:
        finding = of_severity("medium")
        desk = Desk(finding).acknowledged(OIC, HOUR)
        desk.tell(ended(finding, desk.at), change="closed")

        assert ["lease_ends"] == desk.wait(HOUR)

        assert ("closed", []) == (desk.state, desk.told)

    def test_given_up_after_the_end_it_leaves(self) -> None:
        finding = of_severity("medium")
        desk = Desk(finding).acknowledged(OIC, HOUR)
        desk.tell(ended(finding, desk.at), change="closed")
        desk.does(OIC, Release(reason="It is over."))

        assert "closed" == desk.state

    def test_one_that_was_over_when_we_first_knew_is_seen_by_somebody(self) -> None:
        desk = Desk(ended(of_severity("medium"), NOON))
        assert "unanswered" == desk.state

        desk.acted(OIC, "person_contacted")

        assert "closed" == desk.state


class TestWithdrawn:
    def test_it_stays_until_everybody_who_was_told_has_seen_it(self) -> None:
        finding = of_severity("critical")
        desk = Desk(finding).acknowledged(ROWAN)
        desk.at += MINUTE
        desk.tell(withdrawn(finding), change="withdrawn")
        assert {ROWAN, OIC, IDVA} == set(desk.told), "units may be on the road"

        desk.opens(ROWAN)
        desk.opens(IDVA)
        assert "unanswered" == desk.state
        desk.opens(OIC)

        assert "closed" == desk.state
        assert desk.handling.closure is None
        assert ["people.opened", "people.withdrawal_seen"] == desk.words

    def test_a_closed_one_comes_back(self) -> None:
        finding = of_severity("high", by_decision=True)
        desk = Desk(finding).closed(OIC, "enforced")
        desk.tell(withdrawn(finding), change="withdrawn")

        assert "unanswered" == desk.state

    def test_true_after_all_it_alarms_again(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding)
        desk.at += MINUTE
        desk.tell(withdrawn(finding), change="withdrawn")
        desk.at += MINUTE
        desk.tell(finding, change="raised")

        assert "unanswered" == desk.state
        assert {ROWAN, OIC, IDVA} == set(desk.told)
        assert "answer" in desk.clocks()
        assert () == desk.handling.unseen_withdrawal


class TestSuccessor:
    def succeeded(self) -> tuple[Desk, str]:
        finding = of_severity("high")
        desk = Desk(finding).acknowledged(ROWAN, HOUR)
        desk.at += MINUTE
        heir = a_finding(began=NOON - 5 * MINUTE, severity="high", told=("control_room", "oic", "idva"), supersedes=(finding.finding_id,))
        desk.tell(heir)
        return desk, heir.finding_id

    def test_reference_answer_owner_and_clocks_pass_to_it_without_an_alarm(self) -> None:
        desk, heir = self.succeeded()

        assert desk.alerts[desk.first].reference == desk.alerts[heir].reference
        handling = desk.handlings[heir]
        assert ("acknowledged", ROWAN) == (handling.state, handling.owner and handling.owner.officer_id)
        assert {"lease_ends", "close"} <= {one.what for one in desk.due(heir)}
        assert () == desk.steps[-1].tellings == desk.steps[-2].tellings

    def test_nothing_is_left_of_the_predecessor(self) -> None:
        desk, _ = self.succeeded()

        assert "closed" == desk.state
        assert {} == desk.clocks()


class TestIncident:
    def second(self, severity: str = "high", **fields: object) -> Finding:
        finding = a_finding("exclusion-zone-approach", subject="pp-2", severity="high", told=("control_room", "oic", "supervisor"))
        return finding.model_copy(update={"severity": severity, **fields})

    def test_one_that_joins_at_no_higher_severity_is_answered_with_it(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        joins = self.second()
        desk.tell(joins)
        handling = desk.handlings[joins.finding_id]

        assert ("acknowledged", ROWAN) == (handling.state, handling.owner and handling.owner.officer_id)
        assert handling.lease == desk.handling.lease
        assert [SUPERVISOR] == desk.told, "only whoever was not told of the incident hears of it"

    def test_one_that_joins_at_a_higher_severity_alarms(self) -> None:
        desk = Desk(of_severity("medium")).acknowledged(OIC)
        joins = self.second("critical")
        desk.tell(joins)
        handling = desk.handlings[joins.finding_id]

        assert ("unanswered", OIC) == (handling.state, handling.owner and handling.owner.officer_id)
        assert {ROWAN, OIC, SUPERVISOR} == set(desk.told)

    def test_beside_an_unanswered_one_nobody_is_told_twice(self) -> None:
        desk = Desk()
        desk.tell(self.second())

        assert [SUPERVISOR] == desk.told

    def test_acknowledging_one_holds_for_the_others_and_releasing_for_ones_own(self) -> None:
        desk = Desk()
        joins = self.second()
        desk.tell(joins)
        promise = Acknowledge(intent="send_unit", until_at=desk.at + 20 * MINUTE)

        for name in desk.alerts:  # as the ledger says it, to each of the incident
            desk.does(ROWAN, promise, name)
        assert ["acknowledged", "acknowledged"] == [handling.state for handling in desk.handlings.values()]

        desk.does(ROWAN, Release(reason="Busy."))
        refused = desk.say(IDVA, Release(reason="Busy."), joins.finding_id)
        assert isinstance(refused, Refusal), "only whoever owns it"

    def test_the_worst_of_an_incident_caps_the_promise(self) -> None:
        desk = Desk(of_severity("low"))
        desk.tell(self.second("critical"))

        assert "over_cap" == desk.refused(OIC, Acknowledge(intent="send_unit", until_at=desk.at + 31 * MINUTE))

    def test_each_is_closed_by_itself(self) -> None:
        desk = Desk()
        desk.tell(self.second())

        assert {"acknowledge", "release", "handover"} == FOR_THE_INCIDENT
        desk.closed(OIC, "enforced")
        assert "unanswered" == desk.handlings[next(name for name in desk.alerts if name != desk.first)].state

    def test_unanswered_together_they_go_on_to_one_person(self) -> None:
        desk = Desk()
        joins = self.second("critical")
        desk.at += timedelta(seconds=30)
        desk.tell(joins)

        desk.wait(3 * MINUTE, only=("answer",))

        owners = {handling.owner.officer_id for handling in desk.handlings.values() if handling.owner is not None}
        assert 1 == len(owners)


class TestHeld:
    """Where the cause was raised late, what rests on it counts from when the cause was raised (design 4.8)."""

    def late(self) -> Desk:
        cause = of_severity("high")
        desk = Desk(cause, at=NOON + 6 * HOUR)
        undecided = a_finding(
            "breach-unanswered", subject=cause.finding_id, about="finding", began=NOON + 4 * HOUR, severity="high", joins=cause.finding_id
        ).model_copy(update={"told": ("oic", "supervisor")})
        desk.tell(undecided)
        desk.first = undecided.finding_id
        return desk

    def test_nobody_is_told_until_they_have_had_as_long(self) -> None:
        desk = self.late()
        assert [] == desk.told
        assert OIC == desk.owner or desk.owner is not None
        assert 4 * HOUR == desk.clocks()["told"]

        assert "told" in desk.wait(4 * HOUR, only=("told",))

        assert SUPERVISOR in desk.told
        assert "answer" in desk.clocks()

    def test_answered_meanwhile_it_is_not_told_again(self) -> None:
        desk = self.late().acknowledged(OIC, HOUR)

        assert "told" not in desk.clocks()


def test_without_anybody_in_the_directory_an_alert_is_nobodys_and_that_is_looked_at_again() -> None:
    desk = Desk(person=a_person(), directory=Directory())

    assert desk.owner is None
    assert 5 * MINUTE == desk.clocks()["owner"]


def test_one_womans_advocate_does_not_come_to_own_another_womans_alert() -> None:
    team = (assigned("idva", IDVA, to="pp-1"), assigned("idva", "of-35", to="pp-2"))
    person = a_person(*team, protected=(("pp-1", "avon"), ("pp-2", "avon")))
    desk = Desk(of_severity("high", told=("idva",)), person=person).acknowledged(IDVA, HOUR)
    hers = a_finding("exclusion-zone-approach", subject="pp-2", at_risk=("pp-2",), severity="high", told=("idva",))
    desk.tell(hers)

    handling = desk.handlings[hers.finding_id]
    assert ("unanswered", "of-35") == (handling.state, handling.owner and handling.owner.officer_id)
    refused = desk.say(IDVA, Acknowledge(intent="check_record", until_at=desk.at + MINUTE), hers.finding_id)
    assert isinstance(refused, Refusal)
    assert "not_allowed" == refused.code
