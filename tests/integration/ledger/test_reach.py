"""Who reaches which alert and which person, as a professional standards officer would check it. On SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from msgspec.structs import replace
from sqlalchemy import select, union

from alerting.ledger.queue import STANDING, page
from alerting.ledger.reach import ground, ground_of_protected, may, queue_reach, seen_alerts, seen_person, visible_alerts, visible_people
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import PERSON
from alerting.ledger.wanted import Sort, Wanted
from alerting.lifecycle.handling import Closure, Handling, Owner
from alerting.rights import Right
from schemas.directory import DirectoryAbsence
from tests.integration.ledger.reached import HOUR, Town
from tests.unit.alerting.invented import NOON

DAY = timedelta(days=1)
CLOSING = Closure(outcome="warned", rationale="He was warned at home.", officer_id="of-9", role="oic", at=NOON, needs_second_key=True)
CLOSED = Handling(closed_at=NOON, closure=replace(CLOSING, needs_second_key=False))


@pytest.fixture
def town(ledger: Ledger) -> Town:
    return Town(ledger)


def sees(town: Town, officer_id: str, at: datetime = NOON, right: Right = "alert.read") -> set[str]:
    """What they see in a list, which must be what they are given one by one, and what the queue finds."""
    who = town.actor(officer_id, at)
    with town.asking() as connection:
        listed = set(connection.execute(select(ALERT.c.alert_id).where(visible_alerts(who, at, right))).scalars())
        every_one = connection.execute(select(ALERT.c.alert_id)).scalars().all()
        assert {name for name in every_one if may(connection, who, right, at, alert_id=name)} == listed
        reach = queue_reach(who, at)
        if right == "alert.read":
            ids = select(ALERT.c.alert_id)
            for standing, short in reach.lists.items():
                by_id, by_row = union(*(part.ids for part in short.parts)), union(*(ids.where(part.where) for part in short.parts))
                theirs = {*connection.execute(ids.where(ALERT.c.alert_id.in_(listed), STANDING[standing])).scalars()}
                for those in (by_id, by_row, ids.where(reach.perhaps)):
                    assert {*connection.execute(those, dict(reach.bound)).scalars()} >= theirs
            for led, sort in product((reach, reach._replace(lists={})), get_args(Sort)):  # from the lists, and by the walk
                assert set(page(connection, Wanted(officer_id=officer_id, sort=sort), led, limit=200).alert_ids) == listed
    return listed


def knows(town: Town, officer_id: str, at: datetime = NOON, right: Right = "people.read") -> set[str]:
    who = town.actor(officer_id, at)
    with town.asking() as connection:
        listed = set(connection.execute(select(PERSON.c.person_id).where(visible_people(who, at, right))).scalars())
        every_one = connection.execute(select(PERSON.c.person_id)).scalars().all()
        assert {name for name in every_one if may(connection, who, right, at, person_id=name)} == listed
    return listed


def purpose(town: Town, officer_id: str, alert_id: str, right: Right = "alert.read", at: datetime = NOON) -> str | None:
    with town.asking() as connection:
        why = ground(connection, town.actor(officer_id, at), right, at, alert_id=alert_id)
    return None if why is None else why.purpose


def test_a_control_room_sees_its_own_area_while_its_shift_lasts_and_half_an_hour_either_side(town: Town) -> None:
    town.officer("of-1", "control_room")
    town.shift("of-1", "control_room", hours=(0, 8))
    town.person()
    here, elsewhere = town.alert(), town.alert("pp-9", areas=("kent",))

    assert {here} == sees(town, "of-1", NOON)
    assert {here} == sees(town, "of-1", NOON - timedelta(minutes=30))
    assert set() == sees(town, "of-1", NOON - timedelta(minutes=31))
    assert {here} == sees(town, "of-1", NOON + 8 * HOUR + timedelta(minutes=29))
    assert set() == sees(town, "of-1", NOON + 8 * HOUR + timedelta(minutes=30))
    assert elsewhere not in sees(town, "of-1")
    assert {"pe-1"} == knows(town, "of-1")


def test_an_officer_in_the_case_sees_it_while_assigned_and_nobody_elses(town: Town) -> None:
    town.officer("of-1", "oic")
    town.person(team=[("oic", "of-1", None)])
    town.person("pe-2")
    his, _other = town.alert(), town.alert("pp-9", person_id="pe-2")

    assert {his} == sees(town, "of-1")
    assert "assignment" == purpose(town, "of-1", his)
    assert {"pe-1"} == knows(town, "of-1")

    town.person(team=[])

    assert set() == sees(town, "of-1")
    assert set() == knows(town, "of-1")


def test_a_role_in_one_case_gives_that_roles_rights_there_and_no_others(town: Town) -> None:
    """An officer in one case who is the programme's case manager in another sees no place there."""
    town.officer("of-1", "oic", "programme_case_manager")
    town.person(team=[("oic", "of-1", None)])
    town.person("pe-2", team=[("programme_case_manager", "of-1", None)])
    first, second = town.alert(), town.alert("pp-9", person_id="pe-2")

    assert {first, second} == sees(town, "of-1")
    assert {first} == sees(town, "of-1", right="location.read")
    assert {"pe-1"} == knows(town, "of-1", right="address.read")


def test_an_advocate_sees_what_is_about_her_client_or_about_nobody_in_particular(town: Town) -> None:
    town.officer("of-1", "idva")
    town.person(team=[("idva", "of-1", "pp-1")])
    hers, others, all_of_them = town.alert(), town.alert("pp-2", at_risk=("pp-2",)), town.alert("tag", at_risk=())

    assert {hers, all_of_them} == sees(town, "of-1")
    assert others not in sees(town, "of-1")
    assert "client" == purpose(town, "of-1", hers)
    with town.asking() as connection:
        who = town.actor("of-1")
        seen = seen_person(connection, who, NOON, "pe-1")
        assert seen is not None
        assert {"pp-1"} == seen.named
        assert "words" == seen.location
        assert ground_of_protected(connection, who, "address.reveal", "pp-1", NOON) is not None
        assert ground_of_protected(connection, who, "address.reveal", "pp-2", NOON) is None


def test_a_duty_advocate_acts_as_one_for_the_women_of_her_area_meanwhile(town: Town) -> None:
    town.officer("of-1")
    town.shift("of-1", "duty_idva")
    town.person(protected=[("pp-1", "avon"), ("pp-2", "kent")])
    here, there = town.alert(areas=("avon",)), town.alert("pp-2", areas=("avon", "kent"), at_risk=("pp-2",))

    assert {here} == sees(town, "of-1")
    assert there not in sees(town, "of-1")
    assert "area" == purpose(town, "of-1", here, "alert.answer")


def test_whoever_is_told_of_an_alert_reaches_it_in_that_role_and_it_alone(town: Town) -> None:
    town.officer("of-1", "supervisor", area="kent")
    town.person()
    told, other = town.alert(told=[("supervisor", "of-1", "named")]), town.alert("pp-2")

    assert {told} == sees(town, "of-1")
    assert {told} == sees(town, "of-1", right="alert.confirm")
    assert other not in sees(town, "of-1")
    assert {"pe-1"} == knows(town, "of-1")


def test_told_in_a_duty_role_an_officer_reaches_it_while_on_duty_or_as_somebodys_deputy(town: Town) -> None:
    town.officer("of-1", "control_room", area="kent")
    town.officer("of-2", "oic", area="kent")
    town.shift("of-1", "control_room", "kent", hours=(0, 8))
    town.person()
    alert = town.alert(told=[("control_room", "of-1", "on_call"), ("control_room", "of-2", "deputy")])

    assert {alert} == sees(town, "of-1")
    assert set() == sees(town, "of-1", NOON + 9 * HOUR)
    assert {alert} == sees(town, "of-2")


def test_the_deputy_of_an_officer_who_is_away_stands_their_shift(town: Town) -> None:
    town.officer("of-1", "control_room")
    town.officer("of-2", "oic", area="kent")
    town.shift("of-1", "control_room")
    town.said(DirectoryAbsence(officer_id="of-1", from_=NOON - HOUR, to=NOON + HOUR, deputy_id="of-2"))
    town.person()
    alert = town.alert()

    assert {alert} == sees(town, "of-2")
    assert set() == sees(town, "of-2", NOON + HOUR)


def test_a_closed_alert_stays_readable_to_who_was_told_for_thirty_days(town: Town) -> None:
    town.officer("of-1", "oic")
    town.person()
    alert = town.alert(told=[("oic", "of-1", "named")], handling=CLOSED)

    assert {alert} == sees(town, "of-1", NOON + 30 * DAY)
    assert set() == sees(town, "of-1", NOON + 30 * DAY + HOUR)
    assert set() == knows(town, "of-1"), "of the person they were told only while it was open"


def test_what_one_acted_on_stays_readable_for_thirty_days_and_nothing_more(town: Town) -> None:
    town.officer("of-1", "oic")
    town.officer("of-2", "oic")
    town.person()
    alert = town.alert()
    town.acted("of-1", alert, NOON)
    town.acted("of-2", alert, NOON, result="refused_not_allowed")

    assert {alert} == sees(town, "of-1", NOON + 30 * DAY)
    assert set() == sees(town, "of-1", NOON + 30 * DAY + HOUR)
    assert set() == sees(town, "of-1", right="alert.answer")
    assert set() == sees(town, "of-2"), "a refused try is no act"


def test_the_owner_reaches_what_is_theirs_after_their_shift_so_that_they_can_hand_it_over(town: Town) -> None:
    town.officer("of-1", "control_room")
    town.person()
    town.shift("of-1", "control_room", hours=(-10, -2))
    alert = town.alert(handling=Handling(owner=Owner(officer_id="of-1", role="control_room", since_at=NOON)))

    assert {alert} == sees(town, "of-1") == sees(town, "of-1", right="alert.answer")
    assert set() == sees(town, "of-1", right="alert.close")


def test_a_restricted_person_is_open_to_named_officers_only_whatever_the_area(town: Town) -> None:
    for role in ("supervisor", "analyst", "auditor", "oic"):
        town.officer(f"of-{role}", role)
    town.officer("of-room", "control_room")
    town.officer("of-told", "control_room")
    town.shift("of-room", "control_room")
    town.shift("of-told", "control_room")
    town.person(restricted=True, team=[("oic", "of-oic", None)])
    alert = town.alert(told=[("control_room", "of-told", "on_call")])

    for somebody in ("of-supervisor", "of-analyst", "of-auditor", "of-room"):
        assert set() == sees(town, somebody), somebody
        assert set() == knows(town, somebody), somebody
    assert {alert} == sees(town, "of-oic")
    assert {"pe-1"} == knows(town, "of-oic")
    assert {alert} == sees(town, "of-told"), "she was told of this alert by name, and must be able to answer it"
    assert set() == knows(town, "of-told"), "and of nothing else about him"


def test_an_excluded_officer_has_no_way_in_whatever_else_holds(town: Town) -> None:
    town.officer("of-1", "supervisor", "oic")
    town.person(team=[("oic", "of-1", None)], excluded=["of-1"])
    alert = town.alert(told=[("oic", "of-1", "named")], handling=Handling(owner=Owner(officer_id="of-1", role="oic", since_at=NOON)))
    town.acted("of-1", alert, NOON)
    town.break_glass("of-1", alert)
    town.break_glass("of-1", "pe-1")

    assert set() == sees(town, "of-1")
    assert set() == knows(town, "of-1")


def test_emergency_access_opens_for_an_hour_what_the_role_has_for_somebody(town: Town) -> None:
    town.officer("of-1", "offender_manager", area="kent")
    town.person(restricted=True)
    alert = town.alert()
    town.break_glass("of-1", "pe-1")

    assert {alert} == sees(town, "of-1") == sees(town, "of-1", right="location.read")
    assert "break_glass" == purpose(town, "of-1", alert)
    assert {"pe-1"} == knows(town, "of-1")
    assert set() == knows(town, "of-1", right="address.reveal"), "never to a role that has it for nobody"
    assert set() == sees(town, "of-1", right="alert.answer"), "it is for reading"
    assert set() == sees(town, "of-1", NOON + HOUR)


def test_a_prison_sees_its_case_in_custody_and_an_alert_that_it_was_told_of_also_after(town: Town) -> None:
    town.officer("of-1", "prison_offender_manager")
    town.person(team=[("prison_offender_manager", "of-1", None)], in_custody=True)
    alert, other = town.alert(told=[("prison_offender_manager", "of-1", "named")]), town.alert("pp-2")

    assert {alert, other} == sees(town, "of-1")
    assert {"pe-1"} == knows(town, "of-1")
    assert set() == sees(town, "of-1", right="location.read")

    town.person(team=[("prison_offender_manager", "of-1", None)], in_custody=False)

    assert {alert} == sees(town, "of-1")


def test_a_control_room_knows_where_he_is_while_an_alert_on_him_is_not_closed_and_her_address_for_a_grave_one(town: Town) -> None:
    town.officer("of-1", "control_room")
    town.shift("of-1", "control_room")
    town.person()
    town.person("pe-2")
    closed = town.alert(handling=CLOSED)
    medium = town.alert("pp-2", person_id="pe-2", severity="medium")

    assert {closed, medium} == sees(town, "of-1")
    assert {medium} == sees(town, "of-1", right="location.read")
    assert {"pe-2"} == knows(town, "of-1", right="location.read")
    assert set() == knows(town, "of-1", right="address.reveal")

    grave = town.alert("pp-3", person_id="pe-2", severity="high")

    assert {closed, grave} == sees(town, "of-1", right="address.reveal")
    assert {"pe-2"} == knows(town, "of-1", right="address.reveal")


def test_an_officer_may_be_the_second_key_in_their_area_never_of_a_critical_one(town: Town) -> None:
    """And reads what they are to agree to, while it waits for the key."""
    town.officer("of-1", "oic")
    town.person()
    waits = Handling(closure=CLOSING)
    _critical = town.alert(handling=waits)
    high = town.alert("pp-2", severity="high", handling=waits)
    _elsewhere = town.alert("pp-3", severity="high", areas=("kent",), handling=waits)
    nobody_closed_it = town.alert("pp-4", severity="high")

    assert {high, nobody_closed_it} == sees(town, "of-1", right="alert.confirm")
    assert {high} == sees(town, "of-1")
    assert set() == sees(town, "of-1", right="alert.answer")


def test_an_alert_about_the_system_is_its_areas_and_everybodys_where_it_names_none(town: Town) -> None:
    town.officer("of-1", "supervisor")
    town.officer("of-2", "supervisor", area="kent")
    here = town.alert("em/allied", person_id=None, at_risk=())
    all_over = town.alert("em/serco", person_id=None, areas=(), at_risk=())

    assert {here, all_over} == sees(town, "of-1")
    assert {all_over} == sees(town, "of-2")


def test_names_are_for_those_in_the_case(town: Town) -> None:
    town.officer("of-1", "supervisor")
    town.officer("of-2", "analyst")
    town.officer("of-3", "oic", area="kent")
    town.person()
    alert = town.alert(at_risk=("pp-1", "pp-2"))

    with town.asking() as connection:
        supervisor, analyst, nobody = (
            seen_alerts(connection, town.actor(name), NOON, (alert,)).get(alert) for name in ("of-1", "of-2", "of-3")
        )

    assert supervisor is not None
    assert {"pp-1", "pp-2"} == supervisor.named
    assert (True, "fixes") == (supervisor.names, supervisor.location)
    assert analyst is not None
    assert frozenset() == analyst.named
    assert (False, "grid") == (analyst.names, analyst.location)
    assert nobody is None


def test_who_was_told_in_a_case_that_is_no_longer_theirs_reads_the_alert_and_no_address_number_or_place(town: Town) -> None:
    town.officer("of-1", "oic")
    town.person(team=[("oic", "of-1", None)])
    alert = town.alert(told=[("oic", "of-1", "named")])
    gravest: tuple[Right, ...] = ("address.reveal", "phone.reveal", "intelligence.read")
    assert all({"pe-1"} == knows(town, "of-1", right=right) for right in gravest)
    assert {alert} == sees(town, "of-1", right="location.read")

    town.person(team=[("oic", "of-2", None)])

    assert {alert} == sees(town, "of-1")
    assert not [right for right in gravest if knows(town, "of-1", right=right)]
    for right in ("location.read", "address.reveal", "phone.reveal"):
        assert set() == sees(town, "of-1", right=right), right


def test_who_was_told_in_a_case_role_that_they_have_left_has_nothing_more_of_it(town: Town) -> None:
    town.officer("of-1", "administrator")
    town.person(team=[("oic", "of-2", None)])
    town.alert(told=[("oic", "of-1", "named")], handling=Handling(owner=Owner(officer_id="of-9", role="oic", since_at=NOON)))

    assert set() == sees(town, "of-1")
    assert set() == knows(town, "of-1")
    assert set() == knows(town, "of-1", right="address.reveal")


def test_who_was_given_an_alert_in_nobodys_case_of_theirs_sees_where_he_is_while_they_own_it(town: Town) -> None:
    town.officer("of-1", "oic")
    town.person(team=[("oic", "of-2", None)])
    alert = town.alert(told=[("oic", "of-1", "named")], handling=Handling(owner=Owner(officer_id="of-1", role="oic", since_at=NOON)))

    assert {alert} == sees(town, "of-1", right="location.read")
    assert {"pe-1"} == knows(town, "of-1", right="address.reveal")


def test_an_advocate_told_of_an_alert_about_two_women_has_nothing_of_the_other_ones(town: Town) -> None:
    town.officer("of-1", "idva")
    town.person(team=[("idva", "of-1", "pp-2")])
    town.alert("zone-1", at_risk=("pp-1", "pp-2"), told=[("idva", "of-1", "named")])
    who = town.actor("of-1")

    with town.asking() as connection:
        for right in ("address.reveal", "phone.reveal"):
            assert ground_of_protected(connection, who, right, "pp-2", NOON) is not None, right
            assert None is ground_of_protected(connection, who, right, "pp-1", NOON), right


def test_an_alert_handed_over_to_another_areas_control_room_takes_no_address_number_or_place_with_it(town: Town) -> None:
    town.officer("of-1", "control_room", area="kent")
    town.shift("of-1", "control_room", "kent")
    town.officer("of-2", "control_room")
    town.shift("of-2", "control_room")
    town.person(team=[("oic", "of-9", None)])
    alert = town.alert(told=[("control_room", "of-1", "named"), ("control_room", "of-2", "on_call")])

    assert {alert} == sees(town, "of-1")
    for right in ("location.read", "address.reveal", "phone.reveal"):
        assert set() == sees(town, "of-1", right=right), right
        assert set() == knows(town, "of-1", right=right), right
        assert {alert} == sees(town, "of-2", right=right), right
