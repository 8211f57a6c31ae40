"""Clocks that run out: the policy goes round and never ends, and silence is never an end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.directory import Directory
from alerting.lifecycle.door import fire
from alerting.lifecycle.policy import policies
from alerting.lifecycle.step import Due
from schemas.directory import DirectoryOnCall
from tests.unit.alerting.handled import (
    IDVA,
    INSPECTOR,
    OIC,
    OTHER_OIC,
    ROLES,
    ROWAN,
    SUPERVISOR,
    Desk,
    a_station,
    described,
    ended,
    of_severity,
    withdrawn,
)
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_directory, a_finding, a_person, assigned, away, on_call


class TestAnswer:
    def test_nobody_answers_and_the_next_is_asked_and_owns_it_round_and_round(self) -> None:
        desk = Desk()
        owners = [desk.owner]
        for _ in range(10):
            assert "answer" in desk.wait(2 * MINUTE, only=("answer",))
            owners.append(desk.owner)

        assert [ROWAN, SUPERVISOR, INSPECTOR, ROWAN, OIC, SUPERVISOR, INSPECTOR] == owners[:7]
        assert {"people.escalated"} == set(desk.history[1:])

    def test_each_is_told_that_it_was_escalated(self) -> None:
        desk = Desk()
        desk.wait(2 * MINUTE, only=("answer",))

        (telling,) = desk.last.tellings
        assert (SUPERVISOR, "supervisor", "escalated") == telling[:3]
        assert "escalated" in {one.reason for one in desk.alert.recipients if one.officer_id == SUPERVISOR}
        assert not desk.last.version_rises, "whoever is just typing an answer may send it"

    def test_it_never_ends_in_a_year(self) -> None:
        desk = Desk(of_severity("medium"), person=a_person(), directory=a_directory(on_call("duty_inspector", INSPECTOR)))

        for _ in range(50):
            desk.wait(4 * HOUR, only=("answer",))
            assert INSPECTOR == desk.owner
            assert "answer" in desk.clocks()

    @pytest.mark.parametrize(("severity", "minutes"), [("critical", 2), ("high", 15), ("medium", 240)])
    def test_within_the_clock_of_its_severity(self, severity: str, minutes: int) -> None:
        assert minutes * MINUTE == Desk(of_severity(severity)).clocks()["answer"]

    def test_a_force_sets_its_own(self) -> None:
        avon = policies({"avon": {"critical": {"answer_within": "PT5M"}}}).of("avon")

        assert 5 * MINUTE == Desk(policy=avon).clocks()["answer"]

    def test_after_an_outage_of_hours_one_step_is_taken_and_its_clock_begins_anew(self) -> None:
        desk = Desk()
        desk.at += 5 * HOUR
        desk.wait(timedelta(), only=("answer",))

        assert ["people.escalated"] == desk.words
        assert 2 * MINUTE == desk.clocks()["answer"]

    def test_a_clock_that_the_alert_no_longer_has_changes_nothing(self) -> None:
        desk = Desk()
        stale = next(one for one in desk.due() if one.what == "answer")
        desk.acknowledged()
        step = fire(desk.alert, desk.handling, stale, NOON + HOUR, desk.around())

        assert (desk.handling, (), False) == (step.handling, step.entries, step.version_rises)

    def test_a_clock_that_still_runs_changes_nothing(self) -> None:
        desk = Desk()
        early = fire(desk.alert, desk.handling, Due("answer", "", NOON, None, ""), NOON + MINUTE, desk.around())

        assert desk.handling is early.handling


class TestLease:
    def test_a_promise_that_is_not_kept_alarms_again_and_the_next_is_asked(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        assert "escalates to the supervisor" == next(one.then for one in desk.due() if one.what == "lease_ends")

        desk.wait(20 * MINUTE, only=("lease_ends",))

        assert ("unanswered", SUPERVISOR) == (desk.state, desk.owner)
        assert {ROWAN, SUPERVISOR} == set(desk.told)
        assert desk.last.version_rises
        assert "critical" == desk.last.alarm

    def test_it_ends_at_its_exact_instant(self) -> None:
        desk = Desk().acknowledged(ROWAN)

        assert [] == desk.wait(20 * MINUTE - timedelta(microseconds=1), only=("lease_ends",))
        assert ["lease_ends"] == desk.wait(timedelta(microseconds=1), only=("lease_ends",))


class TestClose:
    @pytest.mark.parametrize(("severity", "hours"), [("critical", 4), ("high", 24), ("medium", 7 * 24), ("low", 14 * 24)])
    def test_answered_but_not_closed_the_supervisor_is_told(self, severity: str, hours: int) -> None:
        desk = Desk(of_severity(severity)).acted(ROWAN)
        desk.wait(hours * HOUR, only=("close",))

        assert [SUPERVISOR] == desk.told
        assert ("actioned", ROWAN) == (desk.state, desk.owner)
        assert desk.handling.overdue_since_at == desk.at

    def test_and_then_the_inspector_and_round_again(self) -> None:
        desk = Desk().acted(OIC)
        asked: list[str] = []
        for span in (4 * HOUR, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE):
            desk.wait(span, only=("close",))
            asked.append(*desk.told)

        assert [SUPERVISOR, INSPECTOR, ROWAN, SUPERVISOR] == asked


class TestSecondKey:
    def test_nobody_turns_it_and_the_next_is_asked_but_never_the_closer(self) -> None:
        desk = Desk().closed(SUPERVISOR, "enforced")
        asked = [desk.handling.asked_to_confirm and desk.handling.asked_to_confirm.officer_id]
        for _ in range(4):
            assert ["second_key"] == desk.wait(HOUR)
            asked.append(*desk.told)

        assert SUPERVISOR not in asked
        assert {INSPECTOR, "of-8"} == set(asked)
        assert desk.handling.overdue_since_at is not None


class TestRoles:
    """One acknowledgement answers for the alert, not for the other roles."""

    def test_a_role_that_has_not_opened_it_goes_on_whoever_acknowledged(self) -> None:
        desk = Desk(directory=a_directory(on_call("control_room", ROWAN), on_call("duty_idva", "of-33"), described(IDVA, "idva", "of-34")))
        desk.acknowledged(ROWAN)
        desk.opens(OIC)
        desk.wait(2 * MINUTE, only=("role_unheard",))

        assert [("of-34", "idva", "escalated"), ("of-33", "duty_idva", "escalated")] == [one[:3] for one in desk.last.tellings]
        assert ("acknowledged", ROWAN) == (desk.state, desk.owner)

    def test_once_anybody_told_in_the_role_opens_it_the_clock_stops(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        assert {"role_unheard idva", "role_unheard oic"} <= set(desk.clocks())

        desk.opens(IDVA)
        desk.opens(OIC)

        assert not [name for name in desk.clocks() if name.startswith("role_unheard")]
        assert ["people.opened"] == desk.words
        assert not desk.last.version_rises

    def test_the_stand_in_on_call_counts_for_the_role(self) -> None:
        desk = Desk(person=a_person(assigned("oic", OIC)), directory=a_directory(on_call("duty_idva", "of-33"), described(OIC, "oic")))
        desk.opens("of-33")

        assert "role_unheard idva" not in desk.clocks()

    def test_on_to_the_supervisor_then_the_inspector_and_then_it_is_said_that_nobody_of_the_role_has_heard(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        desk.opens(OIC)
        told = []
        for _ in range(4):
            desk.wait(2 * MINUTE, only=("role_unheard",))
            told.extend(desk.told)

        assert [SUPERVISOR, INSPECTOR] == told
        assert ["people.role_never_heard"] == desk.words

    def test_not_of_a_medium_one(self) -> None:
        assert not [name for name in Desk(of_severity("medium")).clocks() if name.startswith("role_unheard")]

    def test_opening_it_a_second_time_says_nothing_new_and_a_stranger_is_not_counted(self) -> None:
        desk = Desk()
        desk.opens(IDVA)
        desk.opens(IDVA)
        assert [] == desk.words
        desk.opens("of-6")
        assert [] == desk.words


class TestReminder:
    def window(self) -> Desk:
        return Desk(of_severity("high", rule="untagged-window"))

    def test_it_alarms_again_at_30_minutes_2_12_and_24_hours(self) -> None:
        desk = self.window()
        marks = []
        for mark in (30 * MINUTE, 2 * HOUR, 12 * HOUR, 24 * HOUR):
            desk.at = NOON + mark
            desk.wait(timedelta(), only=("reminder",))
            marks.append((desk.alert.revisions[-1].change, desk.alert.revisions[-1].at - NOON))
            assert {ROWAN, OIC, IDVA} <= set(desk.told)

        assert [("reminded", 30 * MINUTE), ("reminded", 2 * HOUR), ("reminded", 12 * HOUR), ("reminded", 24 * HOUR)] == marks
        assert "reminder" not in desk.clocks()

    def test_it_ends_an_answer_and_a_closing(self) -> None:
        desk = self.window().acknowledged(ROWAN, HOUR)
        desk.wait(30 * MINUTE, only=("reminder",))
        assert "unanswered" == desk.state
        assert ["matter.reminded"] == desk.words
        assert desk.last.version_rises

        desk.closed(OIC, "enforced").confirmed(SUPERVISOR)
        assert {"reminder"} == set(desk.clocks())
        desk.wait(90 * MINUTE, only=("reminder",))
        assert "unanswered" == desk.state

    def test_on_an_unanswered_one_whoever_is_asked_stays_asked(self) -> None:
        desk = self.window()
        desk.wait(30 * MINUTE, only=("answer",))
        asked = desk.handling.asked_to_answer
        desk.wait(timedelta(), only=("reminder",))

        assert asked == desk.handling.asked_to_answer

    def test_not_once_the_matter_has_ended(self) -> None:
        desk = self.window()
        desk.tell(ended(of_severity("high", rule="untagged-window"), desk.at), change="closed")

        assert "reminder" not in desk.clocks()

    def test_raised_late_its_marks_are_as_much_later(self) -> None:
        desk = Desk(of_severity("high", rule="untagged-window"), at=NOON + HOUR)

        assert 30 * MINUTE == desk.clocks()["reminder"]

    def test_after_an_outage_over_two_marks_it_is_said_once(self) -> None:
        desk = self.window()
        desk.at += 3 * HOUR
        desk.wait(timedelta(), only=("reminder",))

        assert 1 == [revision.change for revision in desk.alert.revisions].count("reminded")
        assert 9 * HOUR == desk.clocks()["reminder"]

    def test_at_night_the_night_shift_hears_it(self) -> None:
        day = DirectoryOnCall(role="control_room", area="avon", officer_id=ROWAN, from_=NOON - HOUR, to=NOON + HOUR)
        night = DirectoryOnCall(role="control_room", area="avon", officer_id="of-19", from_=NOON + HOUR, to=NOON + DAY)
        desk = Desk(of_severity("high", rule="untagged-window"), directory=a_directory(day, night)).acknowledged(OIC, 3 * HOUR)
        desk.wait(2 * HOUR, only=("reminder",))

        assert "of-19" in desk.told
        assert ROWAN not in desk.told


class TestWithdrawal:
    def gone(self) -> Desk:
        finding = of_severity("critical")
        desk = Desk(finding)
        desk.tell(withdrawn(finding), change="withdrawn")
        return desk

    def test_whoever_has_not_seen_it_is_told_again_and_then_a_supervisor_too(self) -> None:
        desk = self.gone()
        desk.opens(ROWAN)
        desk.wait(2 * MINUTE, only=("withdrawal",))
        assert {OIC, IDVA} == set(desk.told)

        desk.wait(30 * MINUTE, only=("withdrawal",))
        assert {OIC, IDVA, SUPERVISOR} == set(desk.told)

    def test_whoever_has_gone_off_duty_is_replaced_by_who_is_on(self) -> None:
        day = DirectoryOnCall(role="control_room", area="avon", officer_id=ROWAN, from_=NOON - HOUR, to=NOON + MINUTE)
        night = DirectoryOnCall(role="control_room", area="avon", officer_id="of-19", from_=NOON + MINUTE, to=NOON + DAY)
        finding = a_finding(told=("control_room",))
        desk = Desk(finding, directory=a_directory(day, night))
        desk.tell(withdrawn(finding), change="withdrawn")
        desk.wait(2 * MINUTE, only=("withdrawal",))

        assert ("of-19",) == desk.handling.unseen_withdrawal


class TestOwner:
    def shifts(self) -> Directory:
        day = DirectoryOnCall(role="control_room", area="avon", officer_id=ROWAN, from_=NOON - HOUR, to=NOON + HOUR)
        night = DirectoryOnCall(role="control_room", area="avon", officer_id="of-19", from_=NOON + HOUR, to=NOON + DAY)
        return a_directory(day, night)

    def test_half_an_hour_after_the_shift_it_goes_to_the_next_with_its_promise(self) -> None:
        desk = Desk(of_severity("high"), directory=self.shifts()).acknowledged(ROWAN, 3 * HOUR)
        assert 90 * MINUTE == desk.clocks()["owner"]

        desk.wait(90 * MINUTE, only=("owner",))

        assert ("acknowledged", "of-19") == (desk.state, desk.owner)
        assert ["of-19"] == desk.told
        assert desk.handling.lease is not None

    def test_an_absence_that_begins_hands_it_on(self) -> None:
        leave = away(OIC).model_copy(update={"from_": NOON + HOUR, "to": NOON + DAY})
        desk = Desk(of_severity("high"), directory=a_directory(leave, on_call("duty_inspector", INSPECTOR))).acknowledged(OIC, 3 * HOUR)
        desk.wait(HOUR, only=("owner",))

        assert desk.owner not in {OIC, None}

    def test_with_nobody_left_it_is_nobodys_and_unanswered_until_somebody_comes(self) -> None:
        alone = a_directory(DirectoryOnCall(role="control_room", area="avon", officer_id=ROWAN, from_=NOON - HOUR, to=NOON + HOUR))
        desk = Desk(of_severity("high"), person=a_person(), directory=alone).acknowledged(ROWAN, 3 * HOUR)
        desk.wait(90 * MINUTE, only=("owner",))
        assert ("unanswered", None) == (desk.state, desk.owner)
        assert ["people.unowned"] == desk.words

        desk.wait(HOUR)
        assert "owner" in desk.clocks()
        desk.directory = a_station()
        desk.wait(5 * MINUTE, only=("owner",))

        assert desk.owner is not None
        assert "answer" in desk.clocks()


def test_a_critical_one_that_nobody_ever_answers_has_an_owner_at_every_minute_of_a_day() -> None:
    desk = Desk()
    for _ in range(24 * 4):
        desk.wait(15 * MINUTE)
        assert desk.owner in ROLES


def test_everybody_away_but_one_stranger_in_another_area_it_goes_there() -> None:
    directory = a_directory(described("of-50", "supervisor", area="kent"), away(OTHER_OIC))
    desk = Desk(person=a_person(), directory=directory)

    assert "of-50" == desk.owner


def test_an_owner_who_must_not_know_of_him_any_more_loses_it_at_the_next_sweep() -> None:
    desk = Desk(of_severity("high")).acknowledged(OIC, HOUR)
    assert desk.person is not None
    desk.person = desk.person.model_copy(update={"excluded_officer_ids": (OIC,)})
    desk.wait(timedelta(), only=("owner",))

    assert desk.owner not in {OIC, None}
