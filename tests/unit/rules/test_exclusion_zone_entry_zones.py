"""Exclusion zone entry: zones that begin and end, several zones, and what is one alert."""

from __future__ import annotations

import pytest

from streams.rules.exclusion_zone_entry import RULE
from tests.unit.rules.movement import Json, Movements, zone
from tests.unit.rules.telling import at
from tests.unit.rules.zones import out, story

# Zones in time


@pytest.mark.parametrize(("last", "found"), [("20:45", 1), ("20:44:59", 0)])
def test_already_inside_when_the_zone_starts_is_an_entry_then_while_the_last_fix_still_speaks(last: str, found: int) -> None:
    told = story(zone(timetable=[{"days": ["mon"], "from": "21:00", "to": "23:00"}]))
    told.fix(last)

    entries = told.play("21:05").found()

    assert [(at("21:00"), at("21:00"), False)] * found == [(one.began_at, one.decidable_at, one.provisional) for one in entries]


def test_already_inside_when_the_order_begins_is_an_entry_then() -> None:
    told = Movements(RULE)
    told.order("10:00", zone(), starts="21:00")
    told.fix("20:55", accuracy=300)

    entry = told.play("21:00").only()

    assert (at("21:00"), True) == (entry.began_at, entry.provisional)


def test_already_inside_when_the_order_is_made_known_is_an_entry_then() -> None:
    told = Movements(RULE)
    told.fix("20:55")
    told.order("21:00", zone(), starts="09:00")

    assert at("21:00") == told.play("21:00").only().began_at


def test_already_inside_when_a_permitted_window_ends_is_an_entry_then() -> None:
    told = story(zone(permitted=[{"from": at("20:00"), "to": at("21:00")}]))
    for when in ("20:10", "20:30", "20:58"):
        told.fix(when)
    assert [] == told.play("20:59").found()

    assert at("21:00") == told.play("21:00").only().began_at


@pytest.mark.parametrize(
    "more",
    [
        {"timetable": [{"days": ["mon"], "from": "08:00", "to": "16:00"}]},
        {"permitted": [{"from": at("20:00"), "to": at("22:00")}]},
    ],
)
def test_a_fix_inside_when_the_zone_does_not_hold_is_none(more: Json) -> None:
    told = story({**zone(), **more})
    told.fix("21:04")

    assert [] == told.play("21:30").found()


def test_the_zone_of_an_order_that_is_over_or_cannot_be_judged_is_none() -> None:
    told = Movements(RULE)
    told.order("00:05", zone(), ends="20:00")
    told.order("00:05", {"condition_id": "ez-2", "kind": "exclusion_zone", "text": "not to go to the High Street"}, order_id="or-2")
    told.fix("21:04")

    assert [] == told.play("21:30").found()


def test_it_ends_when_the_order_ends_or_expires_while_he_is_inside() -> None:
    ended = story()
    ended.fix("21:04")
    ended.tell("21:20", "order.ended", order_id="or-1", reason="discharged")
    expired = Movements(RULE)
    expired.order("00:05", zone(), ends="21:20")
    expired.fix("21:04")

    assert [at("21:20")] * 2 == [told.play("22:00").only().ended_at for told in (ended, expired)]


def test_it_ends_when_the_zones_time_ends_and_is_reopened_when_it_comes_back_soon() -> None:
    told = story(zone(permitted=[{"from": at("21:10"), "to": at("21:30")}]))
    for minute in range(4, 40, 2):
        told.fix(f"21:{minute:02d}")
    assert at("21:10") == told.play("21:20").only().ended_at

    entry = told.play("22:00").only()
    assert (at("21:04"), None) == (entry.began_at, entry.ended_at)


def test_a_variation_moves_the_zone_away_from_him_or_over_him() -> None:
    away, over = story(), story(zone(east=5_000))
    for told, east in ((away, 5_000), (over, 0)):
        told.fix("21:04")
        told.tell("21:10", "order.varied", order_id="or-1", conditions=[zone(east=east)])

    assert at("21:10") == away.play("22:00").only().ended_at
    assert (at("21:10"), None) == (over.play("22:00").only().began_at, over.only().ended_at)


def test_an_authorised_time_lifts_the_zone() -> None:
    told = story()
    told.tell("20:00", "order.absence_authorised", order_id="or-1", condition_id="ez-1", from_=at("21:00"), to=at("22:00"), by="of-om")
    told.fix("21:04")

    assert [] == told.play("21:30").found()


# One alert


def test_two_zones_for_one_protected_person_are_one_alert() -> None:
    told = story(zone(), zone("ez-2", east=3_000))
    told.fix("21:00")
    told.fix("21:04", 3_000)

    entry = told.play("21:10").only()

    assert at("21:00") == entry.began_at
    assert "exclusion zones ez-1 of order or-1 and ez-2 of order or-1" in entry.because


def test_overlapping_zones_entered_together_are_one_alert_for_both_protected_people() -> None:
    told = story(zone(), zone("ez-2", "pp-78", east=100))
    told.link("pp-78")
    told.fix("21:04", 50)

    entry = told.play("21:10").only()

    assert ("pp-77", ("pp-77", "pp-78")) == (entry.about.id, entry.protected_person_ids)


def test_overlapping_zones_entered_one_after_the_other_are_two_alerts() -> None:
    told = story(zone(), zone("ez-2", "pp-78", east=300))
    told.fix("21:04", -100)
    told.fix("21:05", 150)

    assert ["pp-77", "pp-78"] == [one.about.id for one in told.play("21:10").found()]


def test_he_is_out_only_when_he_is_out_of_all_of_them() -> None:
    told = story(zone(), zone("ez-2", "pp-78", east=100))
    told.fix("21:04", 50)
    for when in ("21:05", "21:06", "21:07", "21:20"):
        told.fix(when, 270)
    assert told.play("21:20").only().status == "open"

    out(told, "21:21", "21:22", "21:23")
    assert at("21:21") == told.play("22:00").only().ended_at


def test_a_zone_that_names_nobody_is_the_matter_itself() -> None:
    told = story(zone(hers=None))
    told.fix("21:04")

    entry = told.play("21:10").only()

    assert ("zone", "or-1:ez-1", ()) == (entry.about.kind, entry.about.id, entry.protected_person_ids)


def test_zones_are_judged_on_any_fix_without_a_tag_condition_and_in_custody() -> None:
    told = Movements(RULE)
    told.order("00:05", zone())
    told.tell("08:00", "custody.received", prison="Bristol", status="remand")
    told.fix("21:04")

    assert 1 == len(told.play("21:10").found())
