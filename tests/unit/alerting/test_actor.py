"""Who asks: the roles that an officer acts by at one instant, by the directory and by the rota."""

from __future__ import annotations

from datetime import datetime

from alerting.actor import Acting, Actor, Duty, actor
from alerting.rights import NEVER, A, C, Where, areas, by_place, reach
from schemas.directory import DirectoryAbsence, DirectoryOfficer, DirectoryOnCall, OnCallRole
from schemas.event import Data
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_directory


def officer(officer_id: str, *roles: str, area: str = "avon") -> Data:
    return DirectoryOfficer(officer_id=officer_id, name="PC Rowan", organisation="police", area=area, roles=roles)


def shift(role: OnCallRole, officer_id: str, area: str = "avon") -> Data:
    return DirectoryOnCall(role=role, area=area, officer_id=officer_id, from_=NOON, to=NOON + 8 * HOUR)


def away(officer_id: str, deputy_id: str | None) -> Data:
    return DirectoryAbsence(officer_id=officer_id, from_=NOON - DAY, to=NOON + DAY, deputy_id=deputy_id)


def who(*said: Data, at: datetime = NOON) -> Actor:
    found = actor(a_directory(*said), "of-1", at)
    assert found is not None
    return found


def test_somebody_whom_nobody_has_described_or_who_has_left_is_nobody() -> None:
    assert actor(a_directory(), "of-1", NOON) is None
    assert actor(a_directory(officer("of-1")), "of-1", NOON) is None
    assert actor(a_directory(shift("control_room", "of-1")), "of-1", NOON) is None


def test_a_duty_role_in_the_directory_is_what_one_is_trained_for_and_gives_nothing() -> None:
    found = who(officer("of-1", "oic", "control_room", "duty_inspector"))

    assert (Acting("oic", ("avon",), on_duty=False),) == found.acting
    assert NEVER == reach(found, "alert.reassign")


def test_a_duty_role_holds_on_its_shift_and_half_an_hour_either_side() -> None:
    said = (officer("of-1", "oic"), shift("duty_inspector", "of-1", "kent"))

    for at in (NOON - 30 * MINUTE, NOON, NOON + 8 * HOUR + 29 * MINUTE):
        found = who(*said, at=at)
        assert (Duty("duty_inspector", "kent", NOON + 8 * HOUR + 30 * MINUTE),) == found.duty
        assert (A, frozenset({"kent"})) == (reach(found, "alert.reassign"), areas(found, "alert.reassign"))
        assert ("avon", "kent") == found.areas
    for at in (NOON - 31 * MINUTE, NOON + 8 * HOUR + 30 * MINUTE):
        assert NEVER == reach(who(*said, at=at), "alert.reassign")


def test_duty_advocate_and_duty_probation_act_by_the_rows_of_those_whose_duty_they_do() -> None:
    found = who(officer("of-1", "oic"), shift("duty_idva", "of-1"), shift("duty_probation", "of-1", "kent"))

    assert {
        Acting("oic", ("avon",), on_duty=False),
        Acting("idva", ("avon",), on_duty=True),
        Acting("offender_manager", ("kent",), on_duty=True),
    } == set(found.acting)


def test_what_is_theirs_case_by_case_is_theirs_by_place_on_duty_alone() -> None:
    never, here, clients, everywhere = Where.NEVER, Where.AREAS, Where.CLIENTS, Where.EVERYWHERE
    off, on = ([Acting(role, ("avon",), on_duty=on) for role in ("oic", "idva", "supervisor", "analyst")] for on in (False, True))

    assert [never, never, here, everywhere] == [by_place("alert.read", acting) for acting in off]
    assert [here, clients, here, everywhere] == [by_place("alert.read", acting) for acting in on]
    assert never is by_place("alert.read", Acting("administrator", ("avon",), on_duty=True))


def test_a_deputy_stands_the_shift_of_whoever_is_away_and_of_their_deputy() -> None:
    said = (officer("of-1", "oic"), shift("control_room", "of-3"), away("of-3", "of-2"), away("of-2", "of-1"))

    assert ["control_room"] == [duty.role for duty in who(*said).duty]


def test_a_deputy_whose_own_roles_do_not_allow_it_stands_no_shift_however_long_the_chain() -> None:
    chain = (officer("of-2", "control_room"), shift("control_room", "of-3"), away("of-3", "of-2"), away("of-2", "of-1"))

    assert () == who(officer("of-1", "analyst"), *chain).duty
    assert ["control_room"] == [duty.role for duty in who(officer("of-1", "analyst", "oic"), *chain).duty]
    assert () == who(officer("of-1", "control_room"), shift("duty_inspector", "of-3"), away("of-3", "of-1")).duty


def test_an_officer_stands_for_whoever_is_away_and_has_them_as_deputy_or_line_manager() -> None:
    managed = DirectoryOfficer(officer_id="of-4", name="PC Elm", organisation="police", area="avon", roles=("oic",), line_manager_id="of-1")
    said = (officer("of-1", "supervisor"), managed, managed.model_copy(update={"officer_id": "of-5"}))

    assert ("of-2", "of-3", "of-4") == who(*said, away("of-3", "of-2"), away("of-2", "of-1"), away("of-4", None)).stands_for
    assert () == who(*said, away("of-3", "of-2"), away("of-1", "of-3")).stands_for


def test_deputies_of_each_other_end() -> None:
    said = (officer("of-1", "oic"), shift("control_room", "of-2"), away("of-2", "of-1"), away("of-1", "of-2"))

    assert 1 == len(who(*said).duty)


def test_of_several_roles_the_widest_reach_counts() -> None:
    assert A == reach(who(officer("of-1", "oic", "supervisor")), "alert.read")
    assert C == reach(who(officer("of-1", "oic", "a role of another system")), "alert.read")
