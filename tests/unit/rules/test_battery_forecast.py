"""Battery forecast: each sentence of its line in rules.md, at the very instant and one step beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.rules import untagged_window
from streams.rules.battery_forecast import RULE
from tests.unit.rules.movement import GPS, MINUTE, Movements
from tests.unit.rules.telling import DAY_0, at

FALL = (("20:00", 60), ("20:30", 50), ("21:00", 40))
"""Twenty points in an hour, forty left: two hours to the minute."""


def story(*readings: tuple[str, float]) -> Movements:
    """On bail with a GPS tag whose fixes, or status, say what the battery holds."""
    told = Movements(untagged_window.RULE, RULE)
    told.order("00:05", GPS)
    told.fitted("19:00")
    for when, percent in readings:
        told.fix(when, battery=percent)
    return told


def status(told: Movements, when: str, *, percent: float | None = None, charging: bool | None = None, device_id: str = "de-1") -> None:
    told.tell(when, "tagging.status", device_id=device_id, battery_percent=percent, charging=charging)


def quiet(*readings: tuple[str, float]) -> Movements:
    """The same without the rule of untagged windows, for readings far apart."""
    told = Movements(RULE)
    told.fitted("00:10")
    for when, percent in readings:
        told.fix(when, battery=percent)
    return told


def test_it_fires_when_what_is_left_lasts_two_hours_at_the_rate_of_the_last_hour() -> None:
    forecast = quiet(*FALL).play("21:00").only()

    assert (at("21:00"), at("21:00"), "medium", "open") == (forecast.began_at, forecast.decidable_at, forecast.severity, forecast.status)
    assert ("activation", "ac-1", ("offender_manager",)) == (forecast.about.kind, forecast.about.id, forecast.told)
    assert (
        "Sam Field (A1234AA): the battery of tag ac-1 stood at 40 % at 2 Mar 21:00 and falls so fast that it is empty by 2 Mar 23:00; "
        "pp-77 is at risk." == forecast.because
    )


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ((("20:00", 60), ("20:30", 50), ("21:00", 40.1)), "a little more than two hours"),
        ((("19:59:59", 60), ("20:30", 50), ("21:00", 40)), "the first is older than 60 min, the rest too few"),
        ((("20:00", 60), ("21:00", 30)), "two readings"),
        ((("20:00", 5), ("20:30", 4), ("21:00", 2.1)), "less than three points"),
        ((("20:00", 40), ("20:30", 40), ("21:00", 40)), "steady"),
        ((("20:00", 20), ("20:30", 30), ("21:00", 33)), "rising"),
        ((("20:00", 40), ("20:20", 10), ("21:00", 12)), "risen at last"),
    ],
)
def test_it_is_silent(readings: tuple[tuple[str, float], ...], why: str) -> None:
    assert [] == quiet(*readings).play("21:00").found(), why


def test_exactly_three_points_over_three_readings_are_enough() -> None:
    assert 1 == len(quiet(("20:00", 6), ("20:30", 5), ("21:00", 3)).play("21:00").found())


def test_a_reading_by_status_counts_like_one_by_a_fix() -> None:
    told = quiet(FALL[0])
    status(told, "20:30", percent=50)
    status(told, "21:00", percent=40)

    assert at("21:00") == told.play("21:00").only().began_at


def test_fixes_that_say_nothing_of_the_battery_are_no_readings() -> None:
    told = quiet()
    told.fixes("19:50", "21:30")
    for when, percent in (("20:00", 60), ("20:30", 30), ("21:05", 20)):
        status(told, when, percent=percent)

    assert [] == told.play("21:30").found(), "two readings in the hour before 21:05"


def test_fixes_that_say_nothing_of_the_battery_make_no_run_of_readings() -> None:
    told = quiet(("19:59:59", 20))
    for minute in range(5, 60, 5):
        told.fix(f"20:{minute:02d}")
    told.fix("20:59", battery=14)
    told.fix("21:00", battery=13)

    assert [] == told.play("21:00").found(), "two readings in the hour before 21:00"


def test_it_is_silent_while_charging_and_fires_once_it_no_longer_is() -> None:
    told = quiet(FALL[0])
    status(told, "20:20", charging=True)
    for when, percent in FALL[1:]:
        told.fix(when, battery=percent)
    assert [] == told.play("21:00").found()

    status(told, "21:05", charging=False)
    told.fix("21:06", battery=38)
    assert at("21:06") == told.play("21:10").only().began_at


def test_charging_ends_it() -> None:
    told = quiet(*FALL)
    status(told, "21:20", charging=True)

    assert at("21:20") == told.play("21:30").only().ended_at


@pytest.mark.parametrize(("percent", "ended"), [(42.9, False), (43, True)])
def test_a_rise_of_three_points_shows_that_it_charges(percent: float, ended: bool) -> None:
    told = quiet(*FALL)
    told.fix("21:20", battery=percent)

    assert (at("21:20") if ended else None) == told.play("21:30").only().ended_at


def test_the_window_that_opens_ends_it_where_the_window_begins() -> None:
    told = story()
    for minute in range(61):
        told.fix(f"20:00:{minute * 60}", battery=62 - minute)
    told.tell("21:01", "tagging.shutdown", device_id="de-1", reason="battery_flat")

    forecast = told.play("22:00").only()

    assert at("21:00") == forecast.ended_at
    assert at("20:03") == forecast.began_at, "three points in three minutes, and 59 left"


def test_it_is_silent_while_in_a_window() -> None:
    told = story(("20:00", 90))
    told.tell("20:01", "tagging.strap", device_id="de-1", state="tampered")
    for minute in range(2, 60):
        told.fix(f"20:{minute:02d}", battery=90 - minute)
    assert [] == told.play("21:00").found()

    told.tell("21:00", "tagging.strap", device_id="de-1", state="restored")
    told.fix("21:01", battery=30)
    assert at("21:01") == told.play("21:01").only().began_at


def test_a_removal_of_the_device_and_custody_end_it() -> None:
    gone, inside = quiet(*FALL), quiet(*FALL)
    gone.tell("21:20", "tagging.removed", device_id="de-1", activation_id="ac-1", reason="replaced")
    inside.tell("21:20", "custody.received", prison="Bristol", status="remand")

    assert [at("21:20")] * 2 == [told.play("22:00").only().ended_at for told in (gone, inside)]


def test_in_custody_no_window_can_open_and_nothing_is_forecast() -> None:
    told = Movements(RULE)
    told.fitted("00:10")
    told.tell("19:00", "custody.received", prison="Bristol", status="remand")
    for when, percent in FALL:
        told.fix(when, battery=percent)

    assert [] == told.play("21:00").found()


def test_each_device_has_its_own_battery() -> None:
    told = quiet(*FALL)
    told.fitted("00:20", device_id="de-2", activation_id="ac-2")
    for when in ("20:01", "20:31", "20:59"):
        told.fix(when, battery=97, device=("de-2", "ac-2"))

    assert "ac-1" == told.play("21:00").only().about.id


def test_it_goes_on_while_the_battery_falls_and_says_so_once() -> None:
    told = quiet(*FALL, *((f"21:{minute:02d}", 40 - minute / 3) for minute in range(1, 60)))
    told.play("22:00")

    assert (at("21:00"), 1) == (told.only().began_at, len(told.only().evidence))


@pytest.mark.parametrize("percent_per_hour", [4.0, 4.3, 5.1, 7.9, 12.0, 31.0])
def test_whole_percents_a_minute_apart_give_the_instant_that_every_single_reading_gives(percent_per_hour: float) -> None:
    """The rule keeps runs, not readings; here is the sum over all of them, done plainly."""
    percents = [int(60 - percent_per_hour * minute / 60) for minute in range(int(55 / percent_per_hour * 60))]
    first = next(
        minute
        for minute in range(2, len(percents))
        if (lost := percents[max(minute - 60, 0)] - percents[minute]) >= 3 and percents[minute] * min(minute, 60) <= 120 * lost
    )
    told = quiet()
    for minute in range(first + 1):
        told.fix(f"00:30:{minute * 60}", battery=percents[minute])

    assert DAY_0 + timedelta(minutes=30) + first * MINUTE == told.play("23:00").only().began_at


def test_it_comes_out_the_same_in_any_order_of_arrival() -> None:
    told = story(*((f"20:00:{minute * 60}", 60 - minute / 2 if minute < 90 else minute - 75.0) for minute in range(130)))
    status(told, "21:31", charging=True)
    status(told, "21:50", charging=False)

    assert 1 == len(told.in_any_order("22:30", times=4))
