"""Who is told, told as situations: word 13 of the rules."""

from alerting.directory import Directory
from alerting.routing import route
from schemas.finding import Finding
from schemas.person import PersonView
from tests.unit.alerting.invented import NOON, a_directory, a_finding, a_person, assigned, away, officer, on_call


def told(finding: Finding, person: PersonView | None, directory: Directory) -> tuple[list[tuple[str, str, str]], tuple[str, ...]]:
    """The recipients as (role, officer, reason), and the unfilled roles."""
    result = route(finding, person, directory, NOON)
    assert all(NOON == recipient.at for recipient in result.recipients)
    return [(recipient.role, recipient.officer_id, recipient.reason) for recipient in result.recipients], result.unfilled_roles


def test_everybody_is_told_in_the_order_of_the_rule_and_a_role_has_several_officers() -> None:
    person = a_person(assigned("idva", "of-3"), assigned("oic", "of-1"), assigned("oic", "of-2"))
    directory = a_directory(on_call("control_room", "of-9"))

    expected = [("control_room", "of-9", "on_call"), ("oic", "of-1", "named"), ("oic", "of-2", "named"), ("idva", "of-3", "named")]
    assert (expected, ()) == told(a_finding(told=("control_room", "oic", "idva")), person, directory)


def test_an_officer_with_two_roles_stands_once_for_each_and_one_assigned_twice_stands_once() -> None:
    person = a_person(assigned("oic", "of-1"), assigned("oic", "of-1"), assigned("supervisor", "of-1"))

    expected = [("oic", "of-1", "named"), ("supervisor", "of-1", "named")]
    assert (expected, ()) == told(a_finding(told=("oic", "supervisor")), person, Directory())


def test_the_absent_officers_deputy_is_told() -> None:
    directory = a_directory(officer("of-1", "of-8"), away("of-1", deputy="of-2"))

    assert ([("oic", "of-2", "deputy")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_without_a_deputy_the_line_manager_is() -> None:
    directory = a_directory(officer("of-1", "of-8"), away("of-1"))

    assert ([("oic", "of-8", "deputy")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_when_the_deputy_is_away_too_her_deputy_is_told() -> None:
    directory = a_directory(officer("of-1", "of-8"), away("of-1", deputy="of-2"), away("of-2", deputy="of-3"))

    assert ([("oic", "of-3", "deputy")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_when_the_deputys_line_ends_with_nobody_the_first_officers_line_manager_is_told() -> None:
    directory = a_directory(officer("of-1", "of-8"), away("of-1", deputy="of-2"), away("of-2"))

    assert ([("oic", "of-8", "deputy")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_a_deputy_whose_own_roles_do_not_allow_it_is_not_told_however_long_the_chain_and_a_role_keeps_its_name() -> None:
    chain = (away("of-1", deputy="of-2"), away("of-2", deputy="of-3"))
    finding, person = a_finding(told=("oic",)), a_person(assigned("oic", "of-1"))
    analyst = officer("of-3").model_copy(update={"roles": ("analyst",)})

    assert ([("oic", "of-3", "deputy")], ()) == told(finding, person, a_directory(*chain, officer("of-3")))
    assert ([("oic", "of-8", "deputy")], ()) == told(finding, person, a_directory(officer("of-1", "of-8"), *chain, analyst))
    on_duty = a_directory(*chain, analyst, on_call("duty_inspector", "of-7"))
    assert ([("duty_inspector", "of-7", "on_call")], ()) == told(finding, person, on_duty)
    assert ([("oic", "of-1", "named")], ()) == told(finding, person, a_directory(*chain, analyst))


def test_nobody_comes_by_a_shift_as_the_deputy_of_a_deputy() -> None:
    chain = (on_call("duty_inspector", "of-1"), away("of-1", deputy="of-2"), away("of-2", deputy="of-3"))
    finding = a_finding(told=("duty_inspector",))

    assert ([("duty_inspector", "of-1", "on_call")], ()) == told(finding, a_person(), a_directory(*chain, officer("of-3")))
    sergeant = officer("of-3").model_copy(update={"roles": ("oic", "supervisor")})
    assert ([("duty_inspector", "of-3", "deputy")], ()) == told(finding, a_person(), a_directory(*chain, sergeant))


def test_two_who_deputise_for_each_other_do_not_go_round_in_a_circle() -> None:
    directory = a_directory(away("of-1", deputy="of-2"), away("of-2", deputy="of-1"), on_call("duty_inspector", "of-7"))

    assert ([("duty_inspector", "of-7", "on_call")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_with_everybody_away_and_nobody_on_duty_the_officer_is_told_all_the_same() -> None:
    directory = a_directory(away("of-1"))

    assert ([("oic", "of-1", "named")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-1")), directory)


def test_who_is_named_stays_named_when_also_somebodys_deputy() -> None:
    directory = a_directory(away("of-1", deputy="of-2"))
    person = a_person(assigned("oic", "of-1"), assigned("oic", "of-2"))

    assert ([("oic", "of-2", "named")], ()) == told(a_finding(told=("oic",)), person, directory)


def test_roles_that_nobody_holds_are_named_and_their_duty_officers_told_instead() -> None:
    directory = a_directory(on_call("duty_inspector", "of-7"), on_call("duty_idva", "of-6"), on_call("duty_probation", "of-5"))
    roles = ("control_room", "oic", "idva", "offender_manager", "prison_offender_manager", "programme_case_manager", "marac_coordinator")

    expected = [("duty_inspector", "of-7", "on_call"), ("duty_idva", "of-6", "on_call"), ("duty_probation", "of-5", "on_call")]
    assert (expected, roles) == told(a_finding(told=roles), a_person(), directory)


def test_with_nobody_on_call_either_nobody_is_told_and_it_says_so() -> None:
    assert ([], ("control_room", "idva")) == told(a_finding(told=("control_room", "idva")), a_person(), Directory())


def test_an_officer_the_directory_has_never_heard_of_is_told() -> None:
    assert ([("oic", "of-404", "named")], ()) == told(a_finding(told=("oic",)), a_person(assigned("oic", "of-404")), Directory())


def test_the_assigned_supervisor_comes_before_any_line_manager() -> None:
    person = a_person(assigned("supervisor", "of-4"), assigned("oic", "of-1"))

    assert ([("supervisor", "of-4", "named")], ()) == told(a_finding(told=("supervisor",)), person, a_directory(officer("of-1", "of-8")))


def test_the_line_manager_of_the_officer_in_the_case_fills_supervisor() -> None:
    person = a_person(assigned("oic", "of-1"), assigned("offender_manager", "of-2"))
    directory = a_directory(officer("of-1", "of-8"), officer("of-2", "of-9"))

    assert ([("supervisor", "of-8", "named")], ()) == told(a_finding(told=("supervisor",)), person, directory)


def test_without_one_the_offender_managers_line_manager_does() -> None:
    person = a_person(assigned("oic", "of-1"), assigned("offender_manager", "of-2"))
    directory = a_directory(officer("of-1"), officer("of-2", "of-9"))

    assert ([("supervisor", "of-9", "named")], ()) == told(a_finding(told=("supervisor",)), person, directory)


def test_without_any_line_manager_supervisor_is_unfilled_and_the_duty_inspector_told() -> None:
    directory = a_directory(on_call("duty_inspector", "of-7"))

    expected = ([("duty_inspector", "of-7", "on_call")], ("supervisor",))
    assert expected == told(a_finding(told=("supervisor",)), a_person(assigned("oic", "of-1")), directory)


def test_only_the_idva_of_her_who_is_at_risk_is_told() -> None:
    person = a_person(
        assigned("idva", "of-3", to="pp-1"), assigned("idva", "of-4", to="pp-2"), protected=[("pp-1", "avon"), ("pp-2", "avon")]
    )

    assert ([("idva", "of-4", "named")], ()) == told(a_finding(told=("idva",), at_risk=["pp-2"]), person, Directory())


def test_an_idva_for_everyone_is_told_of_each_and_where_none_is_at_risk_in_particular_all_are() -> None:
    person = a_person(assigned("idva", "of-3"), assigned("idva", "of-4", to="pp-2"), protected=[("pp-1", "avon"), ("pp-2", "avon")])

    assert ([("idva", "of-3", "named")], ()) == told(a_finding(told=("idva",), at_risk=["pp-1"]), person, Directory())
    everyone = [("idva", "of-3", "named"), ("idva", "of-4", "named")]
    assert (everyone, ()) == told(a_finding(told=("idva",), at_risk=[]), person, Directory())


def test_one_womans_idva_does_not_hide_that_another_has_none() -> None:
    person = a_person(assigned("idva", "of-3", to="pp-1"), protected=[("pp-1", "avon"), ("pp-2", "gwent")])
    directory = a_directory(on_call("duty_idva", "of-6", "gwent"), on_call("duty_idva", "of-5", "avon"))

    expected = ([("idva", "of-3", "named"), ("duty_idva", "of-6", "on_call")], ("idva",))
    assert expected == told(a_finding(told=("idva",), at_risk=["pp-1", "pp-2"]), person, directory)


def test_the_control_room_where_she_is_watches_not_the_one_that_holds_the_case() -> None:
    person = a_person(protected=[("pp-1", "gwent")], areas=["avon"])
    directory = a_directory(on_call("control_room", "of-avon"), on_call("control_room", "of-gwent", "gwent"))

    assert [("control_room", "of-gwent", "on_call")] == told(a_finding(told=("control_room",)), person, directory)[0]
    assert [("control_room", "of-avon", "on_call")] == told(a_finding(told=("control_room",), at_risk=[]), person, directory)[0]


def test_two_women_in_two_areas_two_control_rooms_and_one_that_is_empty_is_said() -> None:
    person = a_person(protected=[("pp-1", "avon"), ("pp-2", "gwent")])
    directory = a_directory(on_call("control_room", "of-avon"), on_call("duty_inspector", "of-7", "gwent"))

    expected = ([("control_room", "of-avon", "on_call"), ("duty_inspector", "of-7", "on_call")], ("control_room",))
    assert expected == told(a_finding(told=("control_room",), at_risk=["pp-1", "pp-2"]), person, directory)


def test_two_areas_unaware_of_each_other_both_hear_of_it() -> None:
    person = a_person(assigned("oic", "of-1", area=None), assigned("idva", "of-3"), areas=["avon", "gwent"])
    directory = a_directory(officer("of-1", area="avon"), on_call("duty_inspector", "of-7", "gwent"), on_call("duty_idva", "of-6", "gwent"))
    finding = a_finding("two-areas-unaware", about="areas", areas=["avon", "gwent"], told=("oic", "idva"))

    expected = [
        ("oic", "of-1", "named"),
        ("duty_inspector", "of-7", "on_call"),
        ("idva", "of-3", "named"),
        ("duty_idva", "of-6", "on_call"),
    ]
    assert (expected, ("oic", "idva")) == told(finding, person, directory)


def test_the_assessor_is_the_one_who_assessed() -> None:
    assert ([("assessor", "of-2", "named")], ()) == told(a_finding(told=("assessor",), assessor_id="of-2"), a_person(), Directory())
    assert ([], ("assessor",)) == told(a_finding(told=("assessor",)), a_person(), Directory())


def test_a_finding_about_the_system_goes_to_its_areas_and_without_one_to_every_control_room() -> None:
    directory = a_directory(on_call("control_room", "of-avon"), on_call("control_room", "of-gwent", "gwent"))

    here = a_finding("quarantine-rising", about="feed", person_id=None, areas=["gwent"], at_risk=[], told=("control_room",))
    assert ([("control_room", "of-gwent", "on_call")], ()) == told(here, None, directory)
    everywhere = a_finding("feed-silent", about="feed", person_id=None, areas=[], at_risk=[], told=("control_room",))
    assert {"of-avon", "of-gwent"} == {officer_id for _, officer_id, _ in told(everywhere, None, directory)[0]}


def test_nobody_watching_goes_to_the_duty_inspector_of_the_area() -> None:
    finding = a_finding("nobody-watching", about="feed", person_id=None, areas=["gwent"], at_risk=[], told=("duty_inspector",))

    assert ([("duty_inspector", "of-7", "on_call")], ()) == told(finding, None, a_directory(on_call("duty_inspector", "of-7", "gwent")))
    assert ([], ("duty_inspector",)) == told(finding, None, Directory())
