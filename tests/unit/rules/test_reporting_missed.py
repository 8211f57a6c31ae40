"""Reporting missed: days on which he had to come to the police station, judged for real. Day 0 is a Monday."""

from __future__ import annotations

from datetime import timedelta

from streams.rules import reporting_missed
from tests.unit.rules.duties import REPORTING, Story
from tests.unit.rules.telling import at


def story(*conditions: object, starts: str = "08:00", ends: str | None = None) -> Story:
    tale = Story(reporting_missed.RULE)
    tale.order(starts, *(conditions or (REPORTING,)), ends=ends)
    return tale


def reports(tale: Story, when: str, order_id: str = "or-1", *, arrives: str | None = None, station: str = "Bridewell") -> None:
    tale.tell(when, "bail.reported", arrives=arrives, order_id=order_id, station=station)


def every_day(first: str, last: str) -> dict[str, object]:
    return {**REPORTING, "timetable": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": first, "to": last}]}


def test_he_does_not_come_and_it_fires_when_the_period_ends() -> None:
    tale = story()
    assert [] == tale.play("16:59:59").found()
    found = tale.play("17:00").only()

    assert at("17:00") == found.began_at == found.decidable_at
    assert ("high", ("oic",), ("order", "or-1")) == (found.severity, found.told, (found.about.kind, found.about.id))
    assert ("or-1", "co-3") == (found.order_id, found.condition_id)
    assert (
        "Sam Field (A1234AA) did not report to the police under order or-1: he had to report by 2 Mar 17:00; pp-77 is at risk."
    ) == found.because


def test_any_report_for_the_order_within_the_period_counts() -> None:
    for when, station in (("09:00", "Bridewell"), ("12:00", "Keynsham"), ("17:00", "Bridewell")):
        tale = story()
        reports(tale, when, station=station)
        assert [] == tale.play("12:00 +1d").found(), when


def test_a_report_before_the_period_or_for_another_order_does_not_count() -> None:
    early, other = story(), story()
    reports(early, "08:59:59")
    reports(other, "12:00", "or-2")
    for tale in (early, other):
        assert at("17:00") == tale.play("18:00").only().began_at


def test_the_next_report_clears_it_and_says_how_late_he_came() -> None:
    tale = story()
    reports(tale, "10:30 +1d")
    found = tale.play("12:00 +1d").only()

    assert at("10:30 +1d") == found.ended_at
    assert (
        "Sam Field (A1234AA) did not report to the police under order or-1, due by 2 Mar 17:00; "
        "he reported on 3 Mar 10:30, 17 h 30 min late."
    ) == found.because


def test_each_further_missed_period_joins() -> None:
    tale = story()
    found = tale.play("18:00 +4d").only()
    assert at("17:00") == found.began_at
    assert "missed 3 reporting periods" in found.because
    assert "by 2 Mar 17:00, the last by 6 Mar 17:00" in found.because

    reports(tale, "10:00 +7d")  # Monday again, within the next period
    tale.play("18:00 +7d")
    assert at("10:00 +7d") == tale.only().ended_at


def test_after_a_report_the_next_missed_period_is_a_new_matter() -> None:
    tale = story()
    reports(tale, "10:00 +1d")

    assert [at("17:00"), at("17:00 +2d")] == [one.began_at for one in tale.play("18:00 +2d").found()]


def test_in_custody_at_the_end_of_the_period_he_is_not_missed() -> None:
    tale = story()
    tale.received("16:00")
    tale.released("18:00 +2d")  # inside at Wednesday's end too

    assert [at("17:00 +4d")] == [one.began_at for one in tale.play("12:00 +5d").found()]


def test_released_during_the_period_he_has_the_rest_of_it() -> None:
    tale = story(starts="00:00")
    tale.received("01:00")
    tale.released("10:00")

    assert at("17:00") == tale.play("18:00").only().began_at


def test_custody_and_the_end_of_the_order_do_not_clear_it() -> None:
    tale = story(ends="10:00 +1d")
    tale.received("20:00")

    assert tale.play("12:00 +9d").only().open


def test_a_period_that_ends_with_the_order_counts_and_one_that_ends_after_it_does_not() -> None:
    assert at("17:00") == story(ends="17:00").play("18:00").only().began_at
    assert [] == story(ends="16:59:59").play("18:00").found()

    ended = story()
    ended.tell("17:00", "order.ended", order_id="or-1", reason="discharged")
    assert at("17:00") == ended.play("18:00").only().began_at


def test_a_period_that_is_over_when_the_order_begins_asks_nothing() -> None:
    assert [at("17:00 +2d")] == [one.began_at for one in story(starts="17:00").play("12:00 +3d").found()]


def test_an_order_that_starts_later_asks_from_then_on() -> None:
    tale = Story(reporting_missed.RULE)
    tale.order("08:00", REPORTING, starts="08:00 +2d")

    assert [at("17:00 +2d")] == [one.began_at for one in tale.play("18:00 +2d").found()]


def test_a_variation_changes_the_timetable() -> None:
    tale = story()
    tale.tell("12:00", "order.varied", order_id="or-1", conditions=[every_day("18:00", "20:00")])
    assert at("20:00") == tale.play("12:00 +1d").only().began_at

    dropped = story()
    dropped.tell("12:00", "order.varied", order_id="or-1", conditions=[])
    assert [] == dropped.play("12:00 +9d").found()


def test_a_period_may_cross_midnight_and_follows_the_london_clock() -> None:
    night = story(every_day("22:00", "02:00"))
    reports(night, "01:59 +1d")
    assert at("02:00 +2d") == night.play("03:00 +2d").only().began_at

    summer = story(starts="08:00 +30d")  # Wednesday 1 April
    assert at("16:00 +30d") == summer.play("12:00 +31d").only().began_at


def test_two_reporting_conditions_of_one_order_are_one_matter() -> None:
    evening = {**every_day("18:00", "20:00"), "condition_id": "co-9", "station": "Keynsham"}
    found = story(REPORTING, evening).play("21:00").only()

    assert at("17:00") == found.began_at
    assert "missed 2 reporting periods" in found.because


def test_an_empty_timetable_asks_nothing() -> None:
    assert [] == story({**REPORTING, "timetable": []}).play("12:00 +9d").found()


def test_a_late_report_takes_the_alert_back() -> None:
    tale = story()
    reports(tale, "12:00", arrives="09:00 +1d")
    tale.play("08:00 +1d")
    assert 1 == len(tale.found())

    assert [] == tale.play("10:00 +1d").found()
    assert "withdrawn" == tale.told[-1].change


def test_a_silent_feed_does_not_make_it_fire() -> None:
    tale = story()
    tale.beats("bail/avon", "08:00", "16:30", timedelta(minutes=30))
    assert [] == tale.play("23:00").found()

    reports(tale, "16:40", arrives="23:10")
    tale.beats("bail/avon", "23:30", "23:30", timedelta(minutes=30))
    assert [] == tale.play("23:40").found()


def test_a_silent_feed_that_comes_back_without_a_report_makes_it_fire() -> None:
    tale = story()
    tale.beats("bail/avon", "08:00", "16:30", timedelta(minutes=30))
    tale.beats("bail/avon", "23:30", "23:30", timedelta(minutes=30))

    assert at("17:00") == tale.play("23:40").only().began_at


def test_what_rests_on_an_unconfirmed_release_is_provisional_and_goes_with_it() -> None:
    for confirmed in (True, False):
        tale = story(starts="00:00")
        tale.received("01:00")
        tale.released("16:50", confirmed=False)
        (tale.released if confirmed else tale.received)("17:20")
        assert tale.play("17:10").only().provisional
        tale.play("18:00")
        assert [False] * confirmed == [one.provisional for one in tale.found()]


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story()
    reports(tale, "10:00 +1d")
    tale.received("11:00 +2d")
    tale.released("16:30 +2d", confirmed=False)
    tale.released("17:10 +2d")
    tale.tell("12:00 +4d", "order.varied", order_id="or-1", conditions=[every_day("18:00", "20:00")])
    reports(tale, "19:00 +5d")

    tale.in_any_order("12:00 +7d")
