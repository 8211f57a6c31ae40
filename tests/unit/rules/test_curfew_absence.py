"""Curfew absence: what proves it, when it fires, when it ends, at the very instant and one step beside it."""

from __future__ import annotations

import pytest

from streams.rules.curfew_absence import RULE
from tests.unit.rules.movement import GPS, Json, Movements, circle
from tests.unit.rules.telling import at

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
AWAY_M = 1_000.0


def curfew(condition_id: str = "cu-1", *, east: float = 0.0, begins: str = "19:00", ends: str = "07:00", **more: object) -> Json:
    """A curfew every night at a circle of 50 m."""
    timetable = [{"days": WEEK, "from": begins, "to": ends}]
    return {"condition_id": condition_id, "kind": "curfew", "address": circle(east, 50), "timetable": timetable, **more}


def story(*conditions: Json, mode: str = "gps") -> Movements:
    """On bail with a tag and, unless said, a curfew from 19:00 to 07:00."""
    told = Movements(RULE)
    told.order("00:05", GPS, *(conditions or (curfew(),)))
    told.fitted("00:10", mode)
    return told


def unit(told: Movements, when: str, *, present: bool) -> None:
    told.tell(when, "tagging.home_unit", device_id="de-1", present=present)


# Five minutes from the first proof of absence


def test_it_fires_five_minutes_after_the_first_proof_of_absence_and_begins_at_it() -> None:
    told = story()
    told.fixes("19:30", "20:00")
    told.fixes("20:01", "20:20", AWAY_M)
    assert [] == told.play("20:05:59").found()

    absence = told.play("20:06").only()

    assert (at("20:01"), at("20:06"), "high", "open", False) == (
        absence.began_at,
        absence.decidable_at,
        absence.severity,
        absence.status,
        absence.provisional,
    )
    assert ("curfew_night", "or-1:cu-1:2026-03-02") == (absence.about.kind, absence.about.id)
    assert (("offender_manager", "oic"), "or-1", "cu-1") == (absence.told, absence.order_id, absence.condition_id)
    assert "Sam Field (A1234AA) has been away from the curfew address of order or-1 since 2 Mar 20:01; pp-77 is at risk." == absence.because


def test_it_is_never_counted_from_the_last_proof_of_presence() -> None:
    told = story()
    told.fix("20:00")
    told.fix("20:10", AWAY_M)
    told.fix("20:14")

    assert [] == told.play("20:30").found()


@pytest.mark.parametrize(("back", "found"), [("20:06", 1), ("20:05:59", 0)])
def test_it_is_counted_to_the_first_proof_of_presence(back: str, found: int) -> None:
    told = story()
    told.fixes("20:01", "20:05", AWAY_M)
    told.fix(back)

    assert [at(back)] * found == [one.ended_at for one in told.play("21:00").found()]


def test_one_proof_of_absence_is_enough_for_it_holds() -> None:
    told = story()
    told.fix("20:01", AWAY_M)

    assert at("20:01") == told.play("20:06").only().began_at


@pytest.mark.parametrize(("last", "found"), [("18:50", 1), ("18:49:59", 0)])
def test_a_state_proved_before_the_period_carries_into_it_as_long_as_it_holds(last: str, found: int) -> None:
    told = story()
    told.fix(last, AWAY_M)

    assert [at("19:00")] * found == [one.began_at for one in told.play("19:30").found()]


def test_a_state_that_no_longer_held_is_proved_anew() -> None:
    told = story()
    told.fix("18:49", AWAY_M)
    told.fix("19:30", AWAY_M)

    assert at("19:30") == told.play("19:35").only().began_at


def test_unsure_fixes_in_between_do_not_hide_what_was_proved_before_the_period() -> None:
    told = story()
    told.fix("18:55", AWAY_M)
    for when in ("18:56", "18:57", "18:58", "18:59"):
        told.fix(when, AWAY_M, accuracy=None)

    assert at("19:00") == told.play("19:05").only().began_at


def test_before_and_after_the_period_nothing_is_an_absence() -> None:
    told = story()
    told.fixes("07:00", "08:00", AWAY_M)
    told.fixes("17:00", "18:40", AWAY_M)
    told.fix("18:59")

    assert [] == told.play("19:30").found()


# What proves what


@pytest.mark.parametrize(("accuracy", "found"), [(100, 1), (100.5, 0), (None, 0)])
def test_a_fix_coarser_than_a_hundred_metres_proves_nothing(accuracy: float | None, found: int) -> None:
    told = story()
    told.fix("20:00", AWAY_M, accuracy=accuracy)

    assert found == len(told.play("20:30").found())


@pytest.mark.parametrize("accuracy", [60, 10])
def test_only_a_certain_fix_proves_presence(accuracy: float) -> None:
    told = story()
    told.fixes("20:00", "20:10", AWAY_M)
    told.fix("20:11", accuracy=accuracy)

    assert (at("20:11") if accuracy == 10 else None) == told.play("20:12").only().ended_at


def test_the_home_unit_alone_proves_absence_and_presence() -> None:
    told = story(mode="rf_curfew")
    unit(told, "19:30", present=True)
    unit(told, "20:00", present=False)
    unit(told, "20:40", present=True)

    absence = told.play("21:00").only()

    assert (at("20:00"), at("20:40")) == (absence.began_at, absence.ended_at)


@pytest.mark.parametrize(("last", "found"), [("15:05", 1), ("15:04:59", 0)])
def test_not_present_before_the_period_carries_for_four_hours(last: str, found: int) -> None:
    told = story(mode="rf_curfew")
    unit(told, last, present=False)

    assert [at("19:00")] * found == [one.began_at for one in told.play("19:30").found()]


@pytest.mark.parametrize(("fix", "found"), [("23:30", 0), ("23:30:01", 1)])
def test_present_outweighs_fixes_for_four_hours(fix: str, found: int) -> None:
    told = story()
    unit(told, "19:30", present=True)
    told.fix("20:00", AWAY_M)
    told.fix(fix, AWAY_M)

    assert found == len(told.play("23:50").found())


@pytest.mark.parametrize(("word", "found"), [("20:15", 0), ("20:15:01", 1)])
def test_a_certain_fix_inside_outweighs_not_present_while_it_holds(word: str, found: int) -> None:
    told = story()
    told.fix("20:00")
    unit(told, word, present=False)

    assert found == len(told.play("20:40").found())


def test_a_certain_fix_inside_ends_an_absence_that_the_unit_told() -> None:
    told = story()
    unit(told, "20:00", present=False)
    told.fix("20:30")

    assert at("20:30") == told.play("21:00").only().ended_at


def test_a_unit_that_was_unplugged_proves_presence_no_more() -> None:
    told = story()
    unit(told, "19:30", present=True)
    told.tell("19:40", "tagging.home_unit_fault", device_id="de-1", kind="power_lost")
    told.fix("20:00", AWAY_M)

    assert at("20:00") == told.play("20:05").only().began_at


# Ending


def test_it_ends_with_the_first_proof_of_presence_and_gives_the_minutes_missed_and_the_orders_total() -> None:
    told = story()
    for first, last, back in (("20:00", "20:41", "20:42"), ("22:00", "22:19", "22:20")):
        told.fixes(first, last, AWAY_M)
        told.fix(back)

    first_absence, second = told.play("23:00").found()

    assert (at("20:42"), at("22:20")) == (first_absence.ended_at, second.ended_at)
    assert first_absence.about == second.about
    assert "for 42 min, 2 Mar 20:00 to 2 Mar 20:42: 42 min missed under this order in all." in first_absence.because
    assert "for 20 min, 2 Mar 22:00 to 2 Mar 22:20: 1 h 2 min missed under this order in all." in second.because


def test_it_ends_with_the_period_and_the_next_night_is_another() -> None:
    told = story()
    told.fix("23:00", AWAY_M)
    told.fix("19:10 +1d", AWAY_M)

    found = told.play("20:00 +1d").found()

    assert [(at("23:00"), at("07:00 +1d")), (at("19:10 +1d"), None)] == [(one.began_at, one.ended_at) for one in found]
    assert ["or-1:cu-1:2026-03-02", "or-1:cu-1:2026-03-03"] == [one.about.id for one in found]


@pytest.mark.parametrize(("last", "found"), [("06:55 +1d", 1), ("06:55:01 +1d", 0)])
def test_the_last_minutes_of_a_period_count_when_they_are_five(last: str, found: int) -> None:
    told = story()
    told.fix(last, AWAY_M)

    assert [at("07:00 +1d")] * found == [one.ended_at for one in told.play("08:00 +1d").found()]


def test_silence_ends_nothing() -> None:
    told = story()
    told.fix("20:00", AWAY_M)

    assert "open" == told.play("06:59 +1d").only().status


def test_further_fixes_add_no_evidence() -> None:
    told = story()
    told.fixes("20:00", "20:50", AWAY_M)

    assert 1 == len(told.play("21:00").only().evidence)


def test_the_night_the_clocks_go_forward_is_eleven_hours_long() -> None:
    told = story()
    told.fix("19:30 +26d", AWAY_M)

    absence = told.play("12:00 +27d").only()

    assert (at("19:30 +26d"), at("06:00 +27d")) == (absence.began_at, absence.ended_at)
    assert "for 10 h 30 min, 28 Mar 19:30 to 29 Mar 07:00" in absence.because


def test_it_comes_out_the_same_in_any_order_of_arrival() -> None:
    told = story(curfew(permitted=[{"from": at("20:30"), "to": at("21:00")}]))
    told.tell("21:50", "order.absence_authorised", order_id="or-1", condition_id="cu-1", from_=at("21:10"), to=at("21:40"), by="of-om")
    for minute in range(0, 240, 2):
        told.fix(f"18:40:{minute * 60}", AWAY_M if minute // 26 % 2 else 0.0, accuracy=[5, 30, 120, None][minute % 4])
    for minute in range(0, 240, 37):
        unit(told, f"18:41:{minute * 60}", present=minute % 2 == 0)

    assert told.in_any_order("23:30", times=4)


def test_a_feed_that_falls_silent_tells_nobody_of_an_absence() -> None:
    told = story()
    told.tag_beats("19:00", "20:03")
    told.fix("20:02", AWAY_M)
    assert [] == told.play("21:00").found()

    told.tag_beats("21:01", "21:06")
    told.fix("20:04", arrives="21:01")
    assert [] == told.play("21:30").found()


def test_minutes_in_which_the_feed_was_out_do_not_count() -> None:
    told = story()
    told.tag_beats("19:00", "20:03")
    told.tag_beats("21:00", "22:00")
    told.fix("20:02", AWAY_M)
    assert [] == told.play("21:03").found()

    assert at("20:02") == told.play("21:04").only().began_at
