"""Exclusion zone entry: each sentence of its line in rules.md, at the very instant and one step beside it."""

from __future__ import annotations

import pytest

from tests.unit.rules.movement import zone
from tests.unit.rules.telling import at
from tests.unit.rules.zones import out, story

# Entering


def test_a_fix_inside_is_an_entry_at_that_instant_and_says_who_where_since_when_and_who_is_at_risk() -> None:
    told = story()
    out(told, "20:58")
    told.fix("21:04")

    entry = told.play("21:04").only()

    assert (at("21:04"), at("21:04"), "critical", False, None) == (
        entry.began_at,
        entry.decidable_at,
        entry.severity,
        entry.provisional,
        entry.ended_at,
    )
    assert ("protected_person", "pp-77") == (entry.about.kind, entry.about.id)
    assert (("pp-77",), "or-1", "ez-1") == (entry.protected_person_ids, entry.order_id, entry.condition_id)
    assert ("control_room", "oic", "idva", "offender_manager") == entry.told
    assert "Sam Field (A1234AA) has been inside exclusion zone ez-1 of order or-1 since 2 Mar 21:04; pp-77 is at risk." == entry.because


@pytest.mark.parametrize("accuracy", [10, 300, None])
def test_a_centre_outside_is_never_an_entry_whatever_its_accuracy(accuracy: float | None) -> None:
    told = story()
    told.fix("21:04", 205, accuracy=accuracy)

    assert [] == told.play("21:30").found()


@pytest.mark.parametrize(("accuracy", "by"), [(300, "gps"), (None, "gps"), (0, "gps"), (10, "lbs")])
def test_an_unsure_fix_inside_is_told_at_once_and_provisional(accuracy: float | None, by: str) -> None:
    told = story()
    told.fix("21:04", 100, accuracy=accuracy, by=by)

    entry = told.play("21:04").only()

    assert entry.provisional
    assert "may have been inside exclusion zone ez-1 of order or-1 since 2 Mar 21:04, not yet certain" in entry.because


def test_an_impossible_jump_into_the_zone_is_unsure() -> None:
    told = story()
    told.fix("21:03", 40_000)
    told.fix("21:04")

    assert told.play("21:04").only().provisional


@pytest.mark.parametrize(("second", "provisional"), [("21:09", False), ("21:09:01", True)])
def test_a_second_unsure_fix_inside_confirms_within_five_minutes(second: str, provisional: bool) -> None:
    told = story()
    told.fix("21:04", accuracy=300)
    told.fix(second, accuracy=300)

    entry = told.play(second).only()

    assert (at("21:04"), provisional) == (entry.began_at, entry.provisional)


def test_a_certain_fix_confirms_whenever_it_comes() -> None:
    told = story()
    told.fix("21:04", accuracy=300)
    told.fix("21:40")

    entry = told.play("21:40").only()

    assert (at("21:04"), False, 2) == (entry.began_at, entry.provisional, len(entry.evidence))


def test_further_fixes_inside_add_no_evidence() -> None:
    told = story()
    for minute in range(20):
        told.fix(f"21:{minute:02d}")

    assert 1 == len(told.play("21:20").only().evidence)


# Paths


@pytest.mark.parametrize(("second", "found"), [("21:05", 1), ("21:05:01", 0)])
def test_a_path_through_the_zone_counts_when_its_ends_are_at_most_five_minutes_apart(second: str, found: int) -> None:
    told = story()
    told.fix("21:00", -400)
    told.fix(second, 400)

    assert found == len(told.play(second).found())


def test_a_path_begins_where_it_crosses_the_edge_by_interpolation_to_the_second() -> None:
    told = story()
    told.fix("21:00", -400)
    told.fix("21:01", 400)

    entry = told.play("21:01").only()

    assert (at("21:00:15"), at("21:01"), False) == (entry.began_at, entry.decidable_at, entry.provisional)
    assert "went through exclusion zone ez-1 of order or-1 between two fixes, 2 Mar 21:00" in entry.because
    assert 2 == len(entry.evidence)


@pytest.mark.parametrize(("north", "provisional"), [(130, False), (175, True)])
def test_a_path_confirms_when_it_goes_deeper_than_both_accuracies(north: float, provisional: bool) -> None:
    told = story()
    told.fix("21:00", -400, north, accuracy=10)
    told.fix("21:01", 400, north, accuracy=60)

    assert provisional is told.play("21:01").only().provisional


def test_a_path_beside_the_zone_is_none() -> None:
    told = story()
    told.fix("21:00", -400, 205)
    told.fix("21:01", 400, 205)

    assert [] == told.play("21:30").found()


def test_a_path_that_nobody_could_travel_is_none() -> None:
    told = story()
    told.fix("21:00", -20_000)
    told.fix("21:01", 20_000)

    assert [] == told.play("21:30").found()


def test_a_wild_fix_between_does_not_hide_the_path() -> None:
    told = story()
    told.fix("21:00", -400)
    told.fix("21:01", 0, 60_000)
    told.fix("21:02", 400)

    assert at("21:00:30") == told.play("21:02").only().began_at


def test_an_entry_seen_by_a_fix_begins_at_that_fix_and_not_on_the_path_to_it() -> None:
    told = story()
    told.fix("21:00", -400)
    told.fix("21:01", 0)

    assert at("21:01") == told.play("21:01").only().began_at


# Leaving


def test_it_closes_on_the_third_certain_fix_outside_and_ends_at_the_first() -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", "21:11")

    assert told.play("21:11").only().status == "open"
    out(told, "21:12")
    entry = told.play("21:12").only()
    assert at("21:10") == entry.ended_at
    assert "was inside exclusion zone ez-1 of order or-1, 2 Mar 21:04 to 2 Mar 21:10." in entry.because


@pytest.mark.parametrize(("last", "closed"), [("21:20", True), ("21:19:59", False)])
def test_it_closes_when_ten_minutes_lie_between_the_first_and_the_latest_certain_fix_outside(last: str, closed: bool) -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", last)

    entry = told.play("21:30").only()

    assert (at("21:10") if closed else None) == entry.ended_at


def test_silence_closes_nothing() -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", "21:11")

    assert told.play("09:00 +3d").only().status == "open"


def test_unsure_fixes_outside_do_not_count() -> None:
    told = story()
    told.fix("21:04")
    for when in ("21:10", "21:15", "21:21", "21:22"):
        told.fix(when, 1_000, accuracy=None)

    assert told.play("21:30").only().status == "open"


def test_a_fix_inside_between_begins_the_count_again() -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", "21:11")
    told.fix("21:12", accuracy=300)
    out(told, "21:13", "21:14", "21:15")

    assert at("21:13") == told.play("21:30").only().ended_at


def test_a_path_back_through_it_begins_the_count_again() -> None:
    told = story()
    told.fix("21:04")
    told.fix("21:10", -400)
    told.fix("21:11", 400)
    out(told, "21:12", "21:13")

    assert at("21:11") == told.play("21:30").only().ended_at


def test_unconfirmed_and_then_three_outside_closes_and_stays_provisional() -> None:
    told = story()
    told.fix("21:04", accuracy=300)
    out(told, "21:05", "21:06", "21:07")

    entry = told.play("21:30").only()

    assert (True, at("21:05")) == (entry.provisional, entry.ended_at)
    assert "may have been inside" in entry.because


@pytest.mark.parametrize(("back", "alerts"), [("21:40", 1), ("21:40:01", 2)])
def test_back_inside_within_thirty_minutes_is_the_same_alert_reopened(back: str, alerts: int) -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", "21:11", "21:12")
    told.fix(back)

    found = told.play("21:50").found()

    assert alerts == len(found)
    assert (at("21:04") if alerts == 1 else at(back), None) == (found[-1].began_at, found[-1].ended_at)


def test_a_reopened_alert_says_so_and_closes_again() -> None:
    told = story()
    told.fix("21:04")
    out(told, "21:10", "21:11", "21:12")
    told.fix("21:30")
    assert "is back inside exclusion zone ez-1 of order or-1 since 2 Mar 21:30, first 2 Mar 21:04" in told.play("21:30").only().because

    out(told, "21:35", "21:36", "21:37")
    assert at("21:35") == told.play("22:00").only().ended_at


def test_it_comes_out_the_same_in_any_order_of_arrival() -> None:
    told = story(zone(permitted=[{"from": at("21:20"), "to": at("21:40")}]), zone("ez-2", "pp-78", east=300))
    for minute in range(60):
        told.fix(f"21:{minute:02d}", (minute * 137) % 900 - 450, (minute * 31) % 300 - 150, accuracy=[5, 30, 120, None][minute % 4])

    told.in_any_order("22:30", times=6)
