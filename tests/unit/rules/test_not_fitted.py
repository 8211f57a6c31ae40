"""Not fitted: told as days after an order or a release, judged for real."""

from __future__ import annotations

from datetime import timedelta

from streams.rules import not_fitted
from tests.unit.rules.duties import GPS, Story
from tests.unit.rules.telling import at

NEXT_NIGHT = "23:59 +1d"


def story(risk: str = "medium") -> Story:
    return Story(not_fitted.RULE, risk=risk)


def fitted(tale: Story, when: str, *modes: str, device: str = "d-1", arrives: str | None = None) -> None:
    named = {"device_id": device, "activation_id": f"a-{device}-{when}"}
    tale.tell(when, "tagging.fitted", arrives=arrives, source="em/allied", modes=list(modes or ("gps",)), **named)


def visit_failed(tale: Story, when: str, attempt: int = 1) -> None:
    tale.tell(when, "tagging.fit_failed", reason="not at home", attempt=attempt)


def test_nobody_fits_him_and_it_fires_at_2359_local_on_the_next_day() -> None:
    tale = story()
    made = tale.order("08:00", GPS)
    tale.play("23:58:59 +1d")
    assert [] == tale.found()
    found = tale.play(NEXT_NIGHT).only()

    assert at(NEXT_NIGHT) == found.began_at == found.decidable_at
    assert ("high", ("order", "or-1"), "or-1") == (found.severity, (found.about.kind, found.about.id), found.order_id)
    assert ("offender_manager", "oic") == found.told
    assert (made.ref,) == found.evidence
    assert ("overdue",) == found.grounds
    assert (
        "Sam Field (A1234AA) has not been fitted with the tag (gps) that order or-1 requires since 2 Mar 08:00; "
        "it was due by 3 Mar 23:59; pp-77 is at risk."
    ) == found.because


def test_2359_is_london_time_in_summer() -> None:
    tale = story()
    tale.order("08:00 +30d", GPS)  # 1 April

    assert at("22:59 +31d") == tale.play("12:00 +32d").only().began_at


def test_fitted_at_the_last_instant_is_in_time() -> None:
    tale = story()
    tale.order("08:00", GPS)
    fitted(tale, NEXT_NIGHT)

    assert [] == tale.play("12:00 +9d").found()


def test_a_failed_visit_raises_at_once() -> None:
    tale = story()
    tale.order("08:00", GPS)
    visit_failed(tale, "14:00")
    found = tale.play("15:00").only()

    assert (at("14:00"), "high", ("failed_visit",)) == (found.began_at, found.severity, found.grounds)
    assert "1 visit to fit him failed" in found.because


def test_further_visits_and_the_deadline_join_the_one_alert() -> None:
    tale = story()
    tale.order("08:00", GPS)
    visit_failed(tale, "14:00")
    visit_failed(tale, "10:00 +1d", 2)
    found = tale.play("12:00 +2d").only()

    assert (at("14:00"), ("failed_visit", "overdue"), 3) == (found.began_at, found.grounds, len(found.evidence))
    assert "2 visits to fit him failed" in found.because


def test_a_failed_visit_when_nothing_is_asked_or_all_is_fitted_says_nothing() -> None:
    tale = story()
    visit_failed(tale, "07:00")
    tale.order("08:00", GPS)
    fitted(tale, "09:00")
    visit_failed(tale, "10:00")

    assert [] == tale.play("12:00 +9d").found()


def test_fitting_clears_it() -> None:
    tale = story()
    tale.order("08:00", GPS)
    fitted(tale, "10:00 +2d")
    found = tale.play("12:00 +9d").only()

    assert (at("10:00 +2d"), "high") == (found.ended_at, found.severity)
    assert found.because == "Sam Field (A1234AA) had to wear a tag under order or-1 and had none from 2 Mar 08:00 to 4 Mar 10:00."


def test_it_is_critical_72_h_after_the_clock_started_and_not_before() -> None:
    tale = story()
    tale.order("08:00", GPS)
    assert "high" == tale.play("07:59:59 +3d").only().severity
    assert "critical" == tale.play("08:00 +3d").only().severity


def test_the_end_of_the_condition_clears_it_however_it_ends() -> None:
    for how in ("ended", "expired", "varied"):
        tale = story()
        tale.order("08:00", GPS, ends="09:00 +4d" if how == "expired" else None)
        if how == "ended":
            tale.tell("09:00 +4d", "order.ended", order_id="or-1", reason="discharged")
        if how == "varied":
            tale.tell("09:00 +4d", "order.varied", order_id="or-1", conditions=[])
        found = tale.play("12:00 +9d").only()

        assert (at("09:00 +4d"), "critical") == (found.ended_at, found.severity), how


def test_an_order_that_ends_before_the_deadline_asks_nothing() -> None:
    tale = story()
    tale.order("08:00", GPS, ends=NEXT_NIGHT)

    assert [] == tale.play("12:00 +9d").found()


def test_the_clock_starts_when_the_order_comes_into_force() -> None:
    tale = story()
    tale.order("08:00", GPS, starts="10:00 +3d")

    assert at("23:59 +4d") == tale.play("12:00 +5d").only().began_at


def test_the_clock_starts_when_the_order_is_made_known_if_that_is_later() -> None:
    tale = story()
    tale.order("08:00 +3d", GPS, starts="10:00")

    assert at("23:59 +4d") == tale.play("12:00 +5d").only().began_at


def test_in_custody_nothing_runs_and_the_release_starts_the_clock() -> None:
    tale = story()
    tale.received("06:00")
    tale.order("08:00", GPS)
    visit_failed(tale, "09:00")
    tale.released("10:00 +5d")
    found = tale.play("12:00 +7d").only()

    assert (at("23:59 +6d"), False) == (found.began_at, found.provisional)
    assert "since 7 Mar 10:00" in found.because


def test_custody_clears_it_and_the_next_release_is_a_new_matter() -> None:
    tale = story()
    tale.order("08:00", GPS)
    tale.received("09:00 +2d")
    tale.released("10:00 +5d")
    first, second = tale.play("12:00 +7d").found()

    assert (at("09:00 +2d"), at("23:59 +6d")) == (first.ended_at, second.began_at)


def test_a_device_still_fitted_in_the_same_mode_counts() -> None:
    tale = story()
    fitted(tale, "06:00")
    tale.received("07:00")
    tale.order("08:00", GPS)
    tale.released("10:00 +5d")

    assert [] == tale.play("12:00 +9d").found()


def test_a_device_in_another_mode_does_not_count() -> None:
    tale = story()
    fitted(tale, "06:00", "alcohol")
    tale.order("08:00", GPS)

    assert "(gps)" in tale.play("12:00 +2d").only().because


def test_every_mode_must_be_fitted_and_what_is_missing_is_said() -> None:
    tale = story()
    tale.order("08:00", {"condition_id": "co-2", "kind": "tag", "modes": ["gps", "alcohol"]})
    fitted(tale, "12:00")
    found = tale.play("12:00 +2d").only()
    assert "tag (alcohol)" in found.because

    fitted(tale, "13:00 +2d", "alcohol", device="d-2")
    assert at("13:00 +2d") == tale.play("12:00 +3d").only().ended_at


def test_once_fitted_a_removal_is_no_matter_of_this_rule() -> None:
    tale = story()
    tale.order("08:00", GPS)
    fitted(tale, "12:00")
    tale.tell("18:00", "tagging.removed", device_id="d-1", activation_id="a-d-1-12:00", reason="other")

    assert [] == tale.play("12:00 +9d").found()


def test_a_mode_added_by_a_variation_has_a_clock_of_its_own() -> None:
    tale = story()
    tale.order("08:00", GPS)
    fitted(tale, "12:00")
    both = {"condition_id": "co-2", "kind": "tag", "modes": ["gps", "alcohol"]}
    tale.tell("10:00 +3d", "order.varied", order_id="or-1", conditions=[both])
    found = tale.play("12:00 +5d").only()

    assert at("23:59 +4d") == found.began_at
    assert "tag (alcohol)" in found.because


def test_a_variation_that_keeps_the_tag_keeps_the_clock() -> None:
    tale = story()
    tale.order("08:00", GPS)
    tale.tell("10:00 +1d", "order.varied", order_id="or-1", conditions=[{**GPS, "condition_id": "co-9"}])

    assert at(NEXT_NIGHT) == tale.play("12:00 +5d").only().began_at


def test_each_order_is_a_matter_of_its_own() -> None:
    tale = story()
    tale.order("08:00", GPS)
    tale.order("09:00 +1d", GPS, order_id="or-2")

    assert ["or-1", "or-2"] == [one.about.id for one in tale.play("12:00 +3d").found()]


def test_what_rests_on_an_unconfirmed_release_is_provisional_until_it_is_confirmed() -> None:
    tale = story()
    tale.received("06:00")
    tale.order("08:00", GPS)
    tale.released("10:00", confirmed=False)
    visit_failed(tale, "10:20")
    tale.released("10:40")
    assert tale.play("10:30").only().provisional
    assert not tale.play("11:00").only().provisional


def test_a_release_that_is_undone_takes_it_all_back() -> None:
    tale = story()
    tale.received("06:00")
    tale.order("08:00", GPS)
    tale.released("10:00", confirmed=False)
    visit_failed(tale, "10:20")
    tale.received("10:45")
    tale.play("12:00 +9d")

    assert [] == tale.found()
    assert [at("10:20")] == [one.began_at for one in tale.found(withdrawn=True)]


def test_received_after_a_release_that_nobody_had_seen_him_for_he_is_inside_and_what_was_true_before_stays() -> None:
    tale = story()
    tale.order("08:00", GPS)
    tale.released("10:00", confirmed=False)
    visit_failed(tale, "10:20")
    tale.received("10:45")
    found = tale.play("12:00 +9d").only()

    assert (at("10:20"), at("10:45"), False) == (found.began_at, found.ended_at, found.provisional)


def test_a_late_fitting_takes_the_alert_back() -> None:
    tale = story()
    tale.order("08:00", GPS)
    fitted(tale, "12:00", arrives="09:00 +2d")
    tale.play("08:00 +2d")
    assert 1 == len(tale.found())
    tale.play("10:00 +2d")

    assert [] == tale.found()
    assert "withdrawn" == tale.told[-1].change


def test_a_silent_feed_does_not_make_it_fire() -> None:
    tale = story()
    tale.order("08:00", GPS)
    tale.beats("em/allied", "08:00", "22:00 +1d", timedelta(minutes=1))
    tale.play("06:00 +2d")
    assert [] == tale.found()

    tale.beats("em/allied", "06:01 +2d", "06:02 +2d", timedelta(minutes=1))
    assert at(NEXT_NIGHT) == tale.play("07:00 +2d").only().began_at


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story()
    tale.received("06:00")
    tale.order("08:00", GPS)
    tale.released("10:00", confirmed=False)
    tale.released("10:30")
    visit_failed(tale, "12:00")
    visit_failed(tale, "09:00 +1d", 2)
    fitted(tale, "15:00 +3d")
    tale.received("15:00 +4d")

    tale.in_any_order("12:00 +5d")
