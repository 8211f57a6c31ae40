"""Answering an alert, told as evenings in a control room: acknowledge, act, release, escalate, note."""

from __future__ import annotations

import pytest

from alerting.directory import Directory
from alerting.lifecycle.commands import Acknowledge, Act, Escalate, Note, Release, Speaker
from alerting.lifecycle.door import command
from alerting.lifecycle.handling import Action
from alerting.lifecycle.step import Fact, Step
from tests.unit.alerting.handled import IDVA, INSPECTOR, OIC, OTHER_OIC, ROWAN, SUPERVISOR, Desk, a_station, described, of_severity
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_directory, a_finding, a_person, assigned, away

LEAVING = Release(reason="I am on another call.")
NOW = Escalate(reason="He has been seen with a knife before.")


def promise(minutes: int, intent: str = "send_unit", text: str | None = None) -> Acknowledge:
    return Acknowledge(intent=intent, until_at=NOON + minutes * MINUTE, intent_text=text)  # type: ignore[arg-type]  # one test says a wrong one


def test_the_first_role_that_is_told_owns_it_until_somebody_acknowledges() -> None:
    desk = Desk()
    assert (ROWAN, "unanswered") == (desk.owner, desk.state)

    desk.acknowledged(OIC)

    assert (OIC, "acknowledged") == (desk.owner, desk.state)
    assert ["people.acknowledged"] == desk.words
    assert desk.last.version_rises


def test_an_acknowledgement_is_a_lease_with_an_intent() -> None:
    desk = Desk()
    desk.does(ROWAN, promise(20, "other", "Her sister has the keys, I phone her."))

    lease = desk.handling.lease
    assert lease is not None
    assert ("other", "Her sister has the keys, I phone her.", NOON + 20 * MINUTE) == (lease.intent, lease.intent_text, lease.until_at)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (promise(31), "over_cap"),
        (promise(0), "invalid"),
        (promise(-1), "invalid"),
        (promise(5, "other"), "invalid"),
        (promise(5, "other", "  "), "invalid"),
    ],
)
def test_a_promise_ends_and_no_later_than_the_cap(said: Acknowledge, code: str) -> None:
    assert code == Desk().refused(ROWAN, said)


@pytest.mark.parametrize(("severity", "minutes"), [("critical", 30), ("high", 240), ("medium", 1440), ("low", 7 * 1440)])
def test_the_cap_is_reached_at_its_exact_instant(severity: str, minutes: int) -> None:
    assert "over_cap" == Desk(of_severity(severity)).refused(ROWAN, promise(minutes + 1))
    Desk(of_severity(severity)).does(ROWAN, promise(minutes))


def test_a_promise_that_runs_is_not_taken_over_but_one_that_was_kept_may_be_followed_by_another() -> None:
    desk = Desk().acknowledged()
    assert "not_possible_now" == desk.refused(OIC, promise(10))

    desk.acted().acknowledged(OIC)

    assert OIC == desk.owner


def test_an_analyst_answers_nothing() -> None:
    assert "not_allowed" == Desk().refused("of-6", promise(10))


def test_who_may_not_is_told_before_what_is_wrong_with_the_body() -> None:
    assert "not_allowed" == Desk().refused("of-6", promise(31))


def test_acting_keeps_the_promise_and_the_close_by_clock_runs_on() -> None:
    desk = Desk().acknowledged()
    desk.at += 10 * MINUTE

    desk.acted()

    assert "actioned" == desk.state
    assert desk.handling.lease is None
    assert 4 * HOUR - 10 * MINUTE == desk.clocks()["close"]


def test_a_colleagues_action_does_not_keep_my_promise() -> None:
    desk = Desk().acknowledged(ROWAN)

    desk.acted(OIC, "team_told")

    assert "actioned" == desk.state
    assert desk.handling.lease is not None
    assert ROWAN == desk.owner


def test_acting_without_acknowledging_answers_it() -> None:
    desk = Desk().acted(OIC)

    assert (OIC, NOON, NOON) == (desk.owner, desk.handling.first_acknowledged_at, desk.handling.first_acted_at)


def fact_of(said: Act) -> Fact:
    (fact,) = Desk().does(OIC, said).facts
    return fact


def test_each_action_is_the_event_of_the_contract() -> None:
    done_at = NOON - 5 * MINUTE
    her: dict[str, object] = {"protected_person_id": "pp-1"}
    order = {"order_id": "or-1"}
    expected: dict[Action, tuple[Act, str, dict[str, object]]] = {
        "phoned_protected_person": (Act(action="phoned_protected_person"), "case.contact_made", {**her, "by_role": "oic"}),
        "no_reply": (Act(action="no_reply"), "case.contact_failed", {**her, "by_role": "oic"}),
        "phone_replaced": (Act(action="phone_replaced"), "case.phone_replaced", her),
        "told_protected_person": (
            Act(action="told_protected_person", about="conditions", order_id="or-1"),
            "case.protected_person_informed",
            {**her, "about": "conditions", "ref": "or-1"},
        ),
        "breach_reported": (
            Act(action="breach_reported", order_id="or-1", ref="br-9"),
            "breach.reported",
            {**order, "breach_id": "br-9", "reported_by": OIC},
        ),
        "conditions_shared": (
            Act(action="conditions_shared", order_id="or-1", ref="probation"),
            "order.conditions_shared",
            {**order, "with": "probation"},
        ),
    }
    for said, type_, data in expected.values():
        assert Fact(type_, NOON, data) == fact_of(said)  # type: ignore[arg-type]  # JSON of the table above
    assert done_at == fact_of(Act(action="no_reply", done_at=done_at)).occurred_at


@pytest.mark.parametrize(
    "said",
    [
        Act(action="told_protected_person"),
        Act(action="breach_reported"),
        Act(action="conditions_shared", order_id="or-1"),
        Act(action="other"),
        Act(action="unit_sent", done_at=NOON + 2 * MINUTE),
    ],
)
def test_an_action_that_does_not_say_what_it_is_about_is_refused(said: Act) -> None:
    assert "invalid" == Desk().refused(OIC, said)


def test_of_two_women_an_action_names_one() -> None:
    desk = Desk(a_finding(at_risk=("pp-1", "pp-2"), told=("control_room", "oic")))

    assert "invalid" == desk.refused(OIC, Act(action="no_reply"))
    desk.does(OIC, Act(action="no_reply", protected_person_id="pp-2"))


def test_an_action_about_a_woman_of_another_case_is_refused() -> None:
    desk = Desk()

    assert "invalid" == desk.refused(OIC, Act(action="phoned_protected_person", protected_person_id="pp-6"))
    assert "unanswered" == desk.state


def test_an_advocate_records_what_was_done_for_her_own_client_alone() -> None:
    person = a_person(assigned("oic", OIC), assigned("idva", IDVA, to="pp-1"), protected=(("pp-1", "avon"), ("pp-2", "avon")))
    desk = Desk(a_finding(at_risk=("pp-1", "pp-2"), told=("oic", "idva")), person=person)

    assert "invalid" == desk.refused(IDVA, Act(action="told_protected_person", about="release", protected_person_id="pp-2"))
    desk.does(IDVA, Act(action="told_protected_person", about="release", protected_person_id="pp-1"))
    desk.does(OIC, Act(action="told_protected_person", about="release", protected_person_id="pp-2"))


def test_she_was_told_of_this_alert_unless_somebody_says_of_what() -> None:
    assert Desk().alert.alert_id == fact_of(Act(action="told_protected_person", about="location")).data["ref"]


def test_actions_on_an_alert_of_the_system_are_written_down_and_are_nobodys_event() -> None:
    desk = Desk(a_finding("feed-silent", person_id=None, about="feed", at_risk=(), told=("control_room",)))

    assert () == desk.does(ROWAN, Act(action="phoned_protected_person")).facts


def test_i_cannot_do_this_is_unanswered_at_once_and_the_next_person_is_told() -> None:
    desk = Desk().acknowledged(ROWAN)

    desk.does(ROWAN, LEAVING)

    assert "unanswered" == desk.state
    assert desk.owner not in {ROWAN, None}
    assert [desk.owner] == desk.told
    assert "critical" == desk.last.alarm


def test_only_its_owner_gives_it_up_and_says_why() -> None:
    desk = Desk().acknowledged(ROWAN)

    assert "not_possible_now" == desk.refused(OIC, LEAVING)
    assert "invalid" == desk.refused(ROWAN, Release(reason=" "))


def test_escalating_asks_the_next_step_of_the_policy_now() -> None:
    desk = Desk()
    desk.does(IDVA, NOW)

    assert ("unanswered", SUPERVISOR) == (desk.state, desk.owner)


def test_escalating_what_somebody_has_answered_tells_the_supervisor_and_leaves_the_promise() -> None:
    desk = Desk().acknowledged(ROWAN)

    desk.does(IDVA, NOW)

    assert [SUPERVISOR] == desk.told
    assert ("acknowledged", ROWAN) == (desk.state, desk.owner)
    desk.does(IDVA, NOW)
    assert [INSPECTOR] == desk.told


def test_escalating_to_a_role_asks_whoever_holds_it() -> None:
    desk = Desk()
    desk.does(OIC, Escalate(reason="It needs an inspector.", to_role="duty_inspector"))

    assert INSPECTOR == desk.owner


def test_escalating_to_a_role_that_nobody_holds_is_refused() -> None:
    assert "invalid" == Desk().refused(OIC, Escalate(reason="It needs one.", to_role="duty_probation"))


def test_a_note_changes_nothing_but_is_a_version() -> None:
    desk = Desk()
    before = desk.handling.owner
    desk.does(IDVA, Note(text="Her mother says he has a new car.", audience=("oic",)))

    assert before == desk.handling.owner
    assert desk.last.version_rises
    assert {"text": "Her mother says he has a new car.", "audience": ["oic"]} == dict(desk.last.entries[0].body)
    assert "invalid" == desk.refused(IDVA, Note(text=""))


def test_somebody_speaks_in_the_role_in_which_they_were_told() -> None:
    person = a_person(assigned("oic", SUPERVISOR), assigned("supervisor", SUPERVISOR))
    desk = Desk(a_finding(told=("supervisor", "oic")), person=person).acknowledged(SUPERVISOR)

    assert "supervisor" == desk.last.entries[0].role


def test_a_line_manager_who_stands_in_speaks_in_a_role_of_her_own_where_one_may() -> None:
    directory = a_directory(described(IDVA, "idva", SUPERVISOR), described(SUPERVISOR, "supervisor"), away(IDVA))
    desk = Desk(of_severity("high", told=("idva",)), person=a_person(assigned("idva", IDVA)), directory=directory)
    assert [("idva", SUPERVISOR, "deputy")] == [(one.role, one.officer_id, one.reason) for one in desk.alert.recipients]
    phoned = Act(action="phoned_protected_person")
    speakers = [Speaker(officer_id=SUPERVISOR, roles=frozenset(roles)) for roles in ({"idva", "supervisor"}, {"idva"})]

    said = [command(desk.alert, desk.handling, phoned, one, desk.at, desk.around()) for one in speakers]

    steps = [step for step in said if isinstance(step, Step)]
    assert ["supervisor", "idva"] == [step.entries[0].role for step in steps]
    assert ["supervisor", "idva"] == [step.facts[0].data["by_role"] for step in steps]


def test_with_nobody_known_anywhere_whoever_comes_may_answer() -> None:
    desk = Desk(person=a_person(), directory=Directory())
    assert "owner" in desk.clocks()

    desk.directory = a_station()
    desk.acknowledged(OTHER_OIC)

    assert OTHER_OIC == desk.owner
    assert "owner" not in desk.clocks()
