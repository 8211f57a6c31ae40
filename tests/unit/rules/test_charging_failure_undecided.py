"""Charging failure undecided: what is asked about a window whose battery was flat, judged for real."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.engine.verdict import Finding
from streams.rules import charging_failure_undecided, untagged_window
from tests.unit.rules.duties import GPS, Story
from tests.unit.rules.telling import at

ON_BAIL = "08:00"


def story(*, silent_from: str = "20:00", battery_percent: float | None = None) -> Story:
    """Fitted at 09:00; the last fix is at `silent_from`."""
    tale = Story(untagged_window.RULE, charging_failure_undecided.RULE)
    tale.order(ON_BAIL, GPS)
    tale.tell("09:00", "tagging.fitted", device_id="d-1", activation_id="a-1", modes=["gps"])
    fix(tale, "09:10")
    fix(tale, "09:20")
    reached = at("09:30")
    while reached < at(silent_from):
        fix(tale, f"{reached:%H:%M}")
        reached += timedelta(minutes=10)
    fix(tale, silent_from, battery_percent=battery_percent)
    return tale


def fix(tale: Story, when: str, **more: object) -> None:
    place = {"latitude": 51.45, "longitude": -2.58, "accuracy_m": 8.0, "mechanism": "gps"}
    tale.tell(when, "tagging.position", source="em/allied", arrives=None, device_id="d-1", **place, **more)


def flat() -> Story:
    """The battery goes flat at 20:05, 5 min after the last fix; charged again at 20:40."""
    tale = story()
    tale.tell("20:05", "tagging.shutdown", device_id="d-1", reason="battery_flat")
    fix(tale, "20:40")
    return tale


def window(tale: Story) -> Finding:
    return tale.found("untagged-window")[0]


def test_nobody_decides_and_it_fires_4_h_after_the_window_began_however_short_it_was() -> None:
    tale = flat().play("23:59:59")
    assert [] == tale.found()
    found = tale.play("00:00 +1d").only()

    assert at("00:00 +1d") == found.began_at == found.decidable_at
    assert ("high", ("undecided",), ("offender_manager", "oic", "supervisor")) == (found.severity, found.grounds, found.told)
    assert ("finding", window(tale).id) == (found.about.kind, found.about.id)
    assert ("pp-77",) == found.protected_person_ids
    assert (
        "Nobody has decided what the flat battery that left Sam Field (A1234AA) unmonitored from 2 Mar 20:00 was; "
        "a decision was due by 3 Mar 00:00; pp-77 is at risk."
    ) == found.because


def test_a_last_reading_of_5_percent_before_the_silence_is_a_flat_battery() -> None:
    tale = story(battery_percent=5.0)

    assert at("00:00 +1d") == tale.play("12:00 +1d").only().began_at


def test_a_silence_with_a_good_battery_is_not_this_rules_matter() -> None:
    tale = story(battery_percent=6.0)

    assert [] == tale.play("12:00 +1d").found()


@pytest.mark.parametrize("decision", ["enforced", "warned", "no_breach", "equipment_misunderstanding"])
def test_a_decision_that_a_second_officer_confirmed_is_enough(decision: str) -> None:
    tale = flat()
    tale.decided("21:00", decision, order_id="or-1", confirmed_by="of-sup")

    assert [] == tale.play("12:00 +1d").found()


def test_enforced_needs_no_second_officer() -> None:
    tale = flat()
    tale.decided("21:00", "enforced", order_id="or-1")

    assert [] == tale.play("12:00 +1d").found()


@pytest.mark.parametrize("decision", ["warned", "no_breach", "equipment_misunderstanding"])
def test_a_decision_by_one_officer_alone_fires_at_once(decision: str) -> None:
    tale = flat()
    said = tale.decided("21:00", decision, order_id="or-1")
    found = tale.play("22:00").only()

    assert (at("21:00"), "high", ("unconfirmed",)) == (found.began_at, found.severity, found.grounds)
    assert said.ref == found.evidence[-1]
    assert found.because.startswith("One officer alone has decided on the flat battery that left Sam Field (A1234AA)")


def test_confirming_ones_own_decision_confirms_nothing() -> None:
    tale = flat()
    tale.decided("21:00", "no_breach", order_id="or-1", decided_by="of-oic", confirmed_by="of-oic")

    assert at("21:00") == tale.play("22:00").only().began_at


def test_a_sound_decision_clears_it() -> None:
    tale = flat()
    tale.decided("21:00", "no_breach", order_id="or-1")
    tale.decided("09:00 +1d", "no_breach", order_id="or-1", confirmed_by="of-sup")
    found = tale.play("12:00 +1d").only()

    assert (at("21:00"), at("09:00 +1d")) == (found.began_at, found.ended_at)


def test_an_unconfirmed_decision_after_4_h_joins_the_open_alert() -> None:
    tale = flat()
    tale.decided("02:00 +1d", "equipment_misunderstanding", order_id="or-1")
    found = tale.play("12:00 +1d").only()

    assert (at("00:00 +1d"), ("undecided", "unconfirmed"), None) == (found.began_at, found.grounds, found.ended_at)


def test_the_decision_may_name_the_window_or_the_alert_about_it() -> None:
    for slug in ("untagged-window", "charging-failure-undecided"):
        tale = flat().play("01:00 +1d")
        tale.decided("02:00 +1d", alert_id=tale.found(slug)[0].id)

        assert at("02:00 +1d") == tale.play("03:00 +1d").only().ended_at


def test_a_decision_about_another_order_or_before_the_window_decides_nothing() -> None:
    tale = flat()
    tale.order(ON_BAIL, order_id="or-2")
    tale.decided("19:00", order_id="or-1")
    tale.decided("21:00", order_id="or-2")

    assert at("00:00 +1d") == tale.play("12:00 +1d").only().began_at


def test_a_closed_alert_is_no_decision() -> None:
    tale = flat().play("22:00")
    tale.tell("22:30", "alert.closed", alert_id=window(tale).id, outcome="resolved", closed_by="of-oic")

    assert at("00:00 +1d") == tale.play("12:00 +1d").only().began_at


def test_each_window_is_asked_about_by_itself() -> None:
    tale = flat()
    for minute in range(50, 60, 10):
        fix(tale, f"20:{minute}")
    tale.tell("20:55", "tagging.shutdown", device_id="d-1", reason="battery_flat")
    fix(tale, "21:30")

    assert [at("00:00 +1d"), at("00:50 +1d")] == [one.began_at for one in tale.play("12:00 +1d").found()]


def test_a_window_that_late_fixes_fill_is_asked_about_no_more() -> None:
    tale = story(battery_percent=4.0)
    for minute in range(10, 60, 10):
        place = {"latitude": 51.45, "longitude": -2.58, "mechanism": "gps"}
        tale.tell(f"20:{minute}", "tagging.position", arrives="01:00 +1d", source="em/allied", device_id="d-1", **place)
    tale.tell("20:55", "tagging.strap", device_id="d-1", state="tampered")
    tale.play("00:30 +1d")
    before = tale.only()
    tale.play("02:00 +1d")

    assert at("20:00") + timedelta(hours=4) == before.began_at
    assert [] == tale.found()


def test_when_late_evidence_moves_the_window_the_alert_about_it_follows() -> None:
    tale = story(battery_percent=4.0)
    place = {"latitude": 51.45, "longitude": -2.58, "mechanism": "gps"}
    tale.tell("20:10", "tagging.position", arrives="01:00 +1d", source="em/allied", device_id="d-1", **place)
    tale.play("00:30 +1d")
    before = tale.only()
    after = tale.play("02:00 +1d").only()

    assert at("00:10 +1d") == after.began_at
    raised = next(one for one in tale.told if one.change == "raised" and one.finding.finding_id == after.id)
    assert (before.id,) == raised.finding.supersedes


def test_the_silence_of_a_feed_that_carries_decisions_is_not_a_missing_decision() -> None:
    tale = flat()
    tale.decided("10:00", order_id="or-1")
    tale.beats("vigil/console", "08:00", "22:00", timedelta(minutes=30))
    assert [] == tale.play("06:00 +1d").found()


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = flat()
    tale.decided("21:00", "no_breach", order_id="or-1")
    tale.decided("01:00 +1d", "no_breach", order_id="or-1", confirmed_by="of-sup")

    tale.in_any_order("12:00 +1d")
