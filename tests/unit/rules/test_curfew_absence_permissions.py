"""Curfew absence: permissions, orders and custody; when he need not be at home, and when it turns out that he need not have been."""

from __future__ import annotations

import pytest

from streams.rules.curfew_absence import RULE
from tests.unit.rules.movement import GPS, Json, Movements, circle
from tests.unit.rules.telling import at

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
AWAY_M = 1_000.0


def curfew(*, east: float = 0.0, begins: str = "19:00", ends: str = "07:00", **more: object) -> Json:
    """A curfew every night at a circle of 50 m."""
    timetable = [{"days": WEEK, "from": begins, "to": ends}]
    return {"condition_id": "cu-1", "kind": "curfew", "address": circle(east, 50), "timetable": timetable, **more}


def story(condition: Json | None = None) -> Movements:
    """On bail with a GPS tag and, unless said, a curfew from 19:00 to 07:00."""
    told = Movements(RULE)
    told.order("00:05", GPS, condition or curfew())
    told.fitted("00:10")
    return told


def authorised(told: Movements, when: str, first: str, last: str) -> None:
    told.tell(when, "order.absence_authorised", order_id="or-1", condition_id="cu-1", from_=at(first), to=at(last), by="of-om")


def released(told: Movements, when: str, *, confirmed: bool) -> None:
    told.tell(when, "custody.released", release_kind="bail", confirmed=confirmed)


def received(told: Movements, when: str) -> None:
    told.tell(when, "custody.received", prison="Bristol", status="remand")


def spans(told: Movements, until: str) -> list[tuple[object, object]]:
    return [(one.began_at, one.ended_at) for one in told.play(until).found()]


def test_permitted_time_does_not_count_and_what_follows_it_is_counted_from_its_end() -> None:
    told = story(curfew(permitted=[{"from": at("19:00"), "to": at("21:00")}]))
    told.fixes("19:00", "21:30", AWAY_M)
    assert [] == spans(told, "21:04:59")

    assert [(at("21:00"), None)] == spans(told, "21:05")


def test_an_absence_authorised_before_does_not_count() -> None:
    told = story()
    authorised(told, "12:00", "20:00", "22:00")
    told.fixes("20:00", "21:59", AWAY_M)
    told.fix("22:00")

    assert [] == spans(told, "23:00")


def test_an_open_absence_ends_where_authorised_time_begins() -> None:
    told = story()
    authorised(told, "12:00", "20:30", "22:00")
    told.fixes("20:00", "21:40", AWAY_M)
    told.fix("21:59")

    assert [(at("20:00"), at("20:30"))] == spans(told, "23:00")


@pytest.mark.parametrize("back", ["20:50", None])
def test_authorised_afterwards_withdraws_it(back: str | None) -> None:
    told = story()
    told.fixes("20:00", "20:40", AWAY_M)
    if back:
        told.fix(back)
    authorised(told, "21:00", "19:30", "22:00")

    assert [] == spans(told, "21:30")
    assert ["withdrawn"] == [one.status for one in told.found(withdrawn=True)]


def test_authorised_afterwards_in_part_leaves_what_is_not_covered_and_is_long_enough() -> None:
    head, tail, middle = story(), story(), story()
    for told, first, last in ((head, "20:20", "22:00"), (tail, "19:00", "20:20"), (middle, "20:10", "20:36")):
        told.fixes("20:00", "20:39", AWAY_M)
        told.fix("20:40")
        authorised(told, "21:00", first, last)

    assert [(at("20:00"), at("20:20"))] == spans(head, "22:00")
    assert [(at("20:20"), at("20:40"))] == spans(tail, "22:00")
    assert [(at("20:00"), at("20:10"))] == spans(middle, "22:00"), "the four minutes after it are too few"


def test_what_goes_on_after_a_time_authorised_afterwards_goes_on() -> None:
    told = story()
    told.fixes("20:00", "21:30", AWAY_M)
    authorised(told, "20:45", "19:00", "20:30")

    assert [(at("20:30"), None)] == spans(told, "21:30")


def test_the_orders_total_leaves_out_what_was_authorised_afterwards() -> None:
    told = story()
    told.fixes("20:00", "20:29", AWAY_M)
    told.fix("20:30")
    authorised(told, "21:00", "19:00", "20:30")
    told.fixes("22:00", "22:09", AWAY_M)
    told.fix("22:10")

    assert "10 min missed under this order in all" in told.play("23:00").only().because


def test_an_authorisation_of_another_condition_changes_nothing() -> None:
    told = story()
    told.fixes("20:00", "20:40", AWAY_M)
    told.tell("21:00", "order.absence_authorised", order_id="or-1", condition_id="cu-9", from_=at("19:00"), to=at("23:00"), by="of-om")

    assert [(at("20:00"), None)] == spans(told, "21:30")


def test_a_curfew_imposed_while_he_is_out_counts_from_the_order() -> None:
    told = Movements(RULE)
    told.fixes("19:30", "20:30", AWAY_M)
    told.order("20:00", curfew(), starts="09:00")

    assert [(at("20:00"), None)] == spans(told, "20:10")


def test_the_end_of_the_order_ends_it() -> None:
    ended, expired = story(), Movements(RULE)
    expired.order("00:05", curfew(), ends="20:30")
    for told in (ended, expired):
        told.fixes("20:00", "20:50", AWAY_M)
    ended.tell("20:30", "order.ended", order_id="or-1", reason="discharged")

    assert [[(at("20:00"), at("20:30"))]] * 2 == [spans(told, "22:00") for told in (ended, expired)]


def test_an_address_that_moves_ends_it_and_is_judged_anew() -> None:
    told = story()
    told.fixes("20:00", "20:50", AWAY_M)
    told.tell("20:30", "order.varied", order_id="or-1", conditions=[curfew(east=5_000)])

    assert [(at("20:00"), at("20:30")), (at("20:30"), None)] == spans(told, "21:00")


def test_a_later_start_of_the_curfew_ends_it_and_a_later_end_changes_nothing() -> None:
    earlier, longer = story(), story()
    for told, changed in ((earlier, curfew(begins="21:00")), (longer, curfew(ends="08:00"))):
        told.fixes("20:00", "20:50", AWAY_M)
        told.tell("20:30", "order.varied", order_id="or-1", conditions=[changed])

    assert [(at("20:00"), at("20:30"))] == spans(earlier, "20:55")
    assert [(at("20:00"), None)] == spans(longer, "20:55")


def test_in_custody_nobody_need_be_at_home_and_reception_ends_it() -> None:
    inside, arrested = story(), story()
    received(inside, "12:00")
    inside.fixes("20:00", "20:50", AWAY_M)
    arrested.fixes("20:00", "20:50", AWAY_M)
    received(arrested, "20:30")

    assert [] == spans(inside, "22:00")
    assert [(at("20:00"), at("20:30"))] == spans(arrested, "22:00")


def test_after_a_release_in_curfew_hours_his_absence_is_proved_anew() -> None:
    told = story()
    received(told, "12:00")
    told.fix("19:58", AWAY_M)
    released(told, "20:00", confirmed=True)
    assert [] == spans(told, "20:30")

    told.fix("20:40", AWAY_M)
    assert [(at("20:40"), None)] == spans(told, "20:45")


def test_what_rests_on_an_unconfirmed_release_is_provisional_until_it_is_confirmed() -> None:
    told = story()
    received(told, "12:00")
    released(told, "18:30", confirmed=False)
    told.fixes("18:40", "19:30", AWAY_M)
    assert told.play("19:05").only().provisional

    released(told, "19:10", confirmed=True)
    assert not told.play("19:10").only().provisional


def test_what_rests_on_a_release_that_is_undone_is_withdrawn() -> None:
    told = story()
    received(told, "12:00")
    released(told, "18:30", confirmed=False)
    told.fixes("18:40", "19:12", AWAY_M)
    received(told, "19:13")

    assert [] == spans(told, "20:00")
    assert 1 == len(told.found(withdrawn=True))


def test_a_case_closed_and_opened_again_starts_anew() -> None:
    told = story()
    told.fixes("20:00", "21:30", AWAY_M)
    told.tell("20:30", "case.closed", case_ref="avon-and-somerset:c-1", reason="moved")
    told.tell("21:00", "case.opened", case_ref="avon-and-somerset:c-1", risk_level="medium", areas=["avon-and-somerset"])

    assert [(at("20:00"), at("20:30")), (at("21:00"), None)] == spans(told, "21:30")
