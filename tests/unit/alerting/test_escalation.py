"""Whom a ladder asks next, and who is on duty."""

from __future__ import annotations

from alerting.directory import Directory
from alerting.lifecycle.escalation import TO_ANSWER, TO_CLOSE, TO_CONFIRM, TO_DECIDE, climb, colleagues, go_on_from
from alerting.lifecycle.policy import DEFAULT
from alerting.lifecycle.step import Around
from alerting.on_duty import acting_in, leaves_at, on_duty
from schemas.directory import DirectoryOnCall
from schemas.person import PersonView
from tests.unit.alerting.handled import IDVA, INSPECTOR, OIC, OTHER_OIC, ROWAN, SUPERVISOR, Desk, a_station, described, of_severity
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_directory, a_person, assigned, away, on_call


def round_of(desk: Desk, steps: int = 8) -> list[str]:
    """Who is asked, step after step."""
    asked, found = [], climb(TO_ANSWER, 0, desk.alert, desk.around(), desk.at)
    for _ in range(steps):
        asked.append(f"{found.word}: {found.ask.officer_id}")
        found = go_on_from(TO_ANSWER, found.ask, desk.alert, desk.around(), desk.at, avoid=(), never=())
    return asked


def desk_of(person: PersonView, directory: Directory, *told: str) -> Desk:
    return Desk(of_severity("high", told=told), person=person, directory=directory)


def test_deputy_supervisor_duty_inspector_control_room_and_round_again() -> None:
    person = a_person(assigned("oic", OIC), assigned("oic", OTHER_OIC), assigned("supervisor", SUPERVISOR))
    desk = desk_of(person, a_station(), "oic")

    assert [
        f"those told first: {OIC}",
        f"the deputy: {OTHER_OIC}",
        f"the supervisor: {SUPERVISOR}",
        f"the duty inspector: {INSPECTOR}",
        f"the control room: {ROWAN}",
        f"those told first: {OIC}",
    ] == round_of(desk, 6)


def test_a_line_manager_deputises_for_one_who_is_there_and_the_duty_officer_of_the_role_after_them() -> None:
    directory = a_directory(described(IDVA, "idva", "of-34"), on_call("duty_idva", "of-33"))
    desk = desk_of(a_person(assigned("idva", IDVA)), directory, "idva")
    assert "the deputy: of-34" == round_of(desk)[1]

    directory = a_directory(described(IDVA, "idva"), on_call("duty_idva", "of-33"))
    assert "the deputy: of-33" == round_of(desk_of(a_person(assigned("idva", IDVA)), directory, "idva"))[1]


def test_an_empty_rung_is_passed_over_and_an_absent_officers_stand_in_stands_on_it() -> None:
    person = a_person(assigned("oic", OIC), assigned("supervisor", SUPERVISOR))
    directory = a_directory(away(SUPERVISOR, deputy="of-8"), described("of-8", "supervisor"))

    assert [f"those told first: {OIC}", "the supervisor: of-8", f"those told first: {OIC}"] == round_of(
        desk_of(person, directory, "oic"), 3
    )


def test_with_one_person_in_the_world_they_are_asked_again_and_again() -> None:
    desk = desk_of(a_person(), a_directory(on_call("duty_inspector", INSPECTOR)), "control_room")

    assert {INSPECTOR} == {one.split(": ")[1] for one in round_of(desk, 20)}


def test_with_nobody_in_its_area_the_circle_widens() -> None:
    far = a_directory(on_call("control_room", "of-60", area="kent"))

    assert ["whoever is on duty anywhere: of-60"] == round_of(desk_of(a_person(), far, "oic"), 1)


def test_with_nobody_at_all_nobody_is_asked_and_it_is_said() -> None:
    found = climb(TO_ANSWER, 0, Desk().alert, Around(Desk().around().finding, a_person(), Directory(), DEFAULT), NOON, {ROWAN, OIC, IDVA})

    assert (None, "nobody: nobody is on duty") == (found.ask.officer_id, found.word)


def test_one_who_must_not_see_him_is_on_no_rung() -> None:
    person = a_person(assigned("oic", OIC), assigned("supervisor", SUPERVISOR)).model_copy(
        update={"excluded_officer_ids": (SUPERVISOR, INSPECTOR)}
    )
    desk = desk_of(person, a_station(), "oic")

    assert not {SUPERVISOR, INSPECTOR} & {one.split(": ")[1] for one in round_of(desk, 20)}


def test_the_system_has_its_supervisors_by_area() -> None:
    desk = Desk(of_severity("high", person_id=None, told=("control_room",), protected_person_ids=()))

    assert f"the supervisor: {SUPERVISOR}" in round_of(desk)


def test_closing_is_seen_to_by_supervisor_inspector_and_control_room() -> None:
    desk = Desk()
    words = [rung.word for rung in TO_CLOSE]

    assert ["the supervisor", "the duty inspector", "the control room"] == words
    assert SUPERVISOR == climb(TO_CLOSE, 0, desk.alert, desk.around(), NOON).ask.officer_id


def test_a_second_key_and_a_decision_go_to_nobody_who_may_not_even_when_nobody_else_is_there() -> None:
    desk = Desk(person=a_person(assigned("supervisor", SUPERVISOR)), directory=Directory())

    for ladder in (TO_CONFIRM, TO_DECIDE):
        assert climb(ladder, 0, desk.alert, desk.around(), NOON, {SUPERVISOR}).ask.officer_id is None


def test_an_officer_of_the_case_holds_the_second_key_of_no_critical_one() -> None:
    person = a_person(assigned("oic", OIC))
    for severity, officer_id in (("high", OIC), ("critical", None)):
        desk = Desk(of_severity(severity), person=person, directory=Directory())
        assert officer_id == climb(TO_CONFIRM, 0, desk.alert, desk.around(), NOON).ask.officer_id


class TestOnDuty:
    SHIFT = DirectoryOnCall(role="control_room", area="avon", officer_id=ROWAN, from_=NOON, to=NOON + 8 * HOUR)

    def test_a_shift_from_its_first_instant_and_half_an_hour_either_side_for_who_has_it(self) -> None:
        directory = a_directory(self.SHIFT)
        edges = (-31 * MINUTE, -30 * MINUTE, 0 * MINUTE, 8 * HOUR, 8 * HOUR + 29 * MINUTE, 8 * HOUR + 30 * MINUTE)

        assert [False, False, True, False, False, False] == [on_duty(directory, ROWAN, "control_room", NOON + edge) for edge in edges]
        graced = [on_duty(directory, ROWAN, "control_room", NOON + edge, grace=True) for edge in edges]
        assert [False, True, True, True, True, False] == graced

    def test_it_ends_with_the_last_of_shifts_in_a_row(self) -> None:
        next_one = self.SHIFT.model_copy(update={"from_": NOON + 8 * HOUR, "to": NOON + 12 * HOUR})
        directory = a_directory(self.SHIFT, next_one)

        assert NOON + 12 * HOUR + 30 * MINUTE == leaves_at(directory, ROWAN, "control_room", NOON)

    def test_or_when_an_absence_begins(self) -> None:
        leave = away(ROWAN).model_copy(update={"from_": NOON + HOUR})

        assert NOON + HOUR == leaves_at(a_directory(self.SHIFT, leave), ROWAN, "control_room", NOON)
        assert NOON + HOUR == leaves_at(a_directory(leave), ROWAN, "oic", NOON)
        assert leaves_at(Directory(), ROWAN, "oic", NOON) is None

    def test_half_an_hour_after_the_shift_is_told_from_within_it(self) -> None:
        at = NOON + 8 * HOUR + 10 * MINUTE

        assert at + 20 * MINUTE == leaves_at(a_directory(self.SHIFT), ROWAN, "control_room", at)

    def test_a_deputy_works_the_shift_of_whoever_is_away(self) -> None:
        directory = a_directory(self.SHIFT, away(ROWAN, deputy="of-19"))

        assert not on_duty(directory, ROWAN, "control_room", NOON)
        assert on_duty(directory, "of-19", "control_room", NOON)

    def test_whoever_acts_as_an_idva_by_the_rota_alone_is_the_duty_idva(self) -> None:
        duty = on_call("duty_idva", "of-33")

        assert "duty_idva" == acting_in(a_directory(duty), "of-33", "idva", NOON)
        assert "idva" == acting_in(a_directory(duty, described("of-33", "idva")), "of-33", "idva", NOON)
        assert "oic" == acting_in(a_directory(duty), "of-33", "oic", NOON + DAY)


def test_of_two_womens_advocates_hers_takes_over_and_not_the_others() -> None:
    other = assigned("idva", "of-35", to="pp-2")
    person = a_person(assigned("idva", IDVA, to="pp-1"), other, protected=(("pp-1", "avon"), ("pp-2", "avon")))
    directory = a_directory(away(IDVA, deputy="of-36"), described("of-36", "idva"))

    assert ("of-36",) == tuple(one.officer_id for one in colleagues("idva", desk_of(person, directory, "idva").around(), NOON))
