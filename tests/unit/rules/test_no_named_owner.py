"""No named owner: cases in which a post stands empty or nobody owns them, judged for real."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.rules import no_named_owner
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at

DAY = "+1d"


def story(*, risk: str = "medium", oic: bool = True, idva: bool = True) -> Story:
    tale = Story(no_named_owner.RULE, risk=risk, team=False)
    if oic:
        tale.assign("oic", "of-oic")
    if idva:
        tale.assign("idva", "of-idva")
    return tale


def leaves(tale: Story, role: str, when: str, officer_id: str | None = None) -> None:
    tale.tell(when, "case.unassigned", role=role, officer_id=officer_id or f"of-{role}", reason="moved")


def test_a_case_without_an_officer_in_the_case_fires_after_24_h() -> None:
    tale = story(oic=False)
    assert [] == tale.play("23:59:59").found()
    found = tale.play("00:00 +1d").only()

    assert at("00:00 +1d") == found.began_at == found.decidable_at
    assert ("high", ("supervisor", "control_room"), "case") == (found.severity, found.told, found.about.kind)
    assert ("oic",) == found.grounds
    assert "The case of Sam Field (A1234AA) has no officer in the case (since 2 Mar 00:00); pp-77 is at risk." == found.because


def test_24_h_count_from_when_the_post_fell_empty() -> None:
    tale = story()
    leaves(tale, "oic", "10:00 +2d")

    assert at("10:00 +3d") == tale.play("12:00 +3d").only().began_at


def test_somebody_named_in_time_is_enough() -> None:
    tale = story()
    leaves(tale, "oic", "10:00")
    tale.assign("oic", "of-new", "10:00 +1d")  # at the very instant

    assert [] == tale.play("12:00 +9d").found()


def test_a_second_officer_in_the_case_keeps_the_post_filled() -> None:
    tale = story()
    tale.assign("oic", "of-new")
    leaves(tale, "oic", "10:00")

    assert [] == tale.play("12:00 +9d").found()


def test_naming_somebody_clears_it() -> None:
    tale = story(oic=False)
    tale.assign("oic", "of-new", "09:00 +2d")
    found = tale.play("12:00 +9d").only()

    assert (at("09:00 +2d"), "high") == (found.ended_at, found.severity)


def test_it_is_critical_72_h_after_the_post_fell_empty() -> None:
    tale = story(oic=False)
    assert "high" == tale.play("23:59:59 +2d").only().severity
    assert "critical" == tale.play("00:00 +3d").only().severity


@pytest.mark.parametrize("kind", ["licence", "hdc", "community_order", "suspended_sentence_order"])
def test_an_offender_manager_is_owed_under_some_orders(kind: str) -> None:
    tale = story()
    tale.order("08:00", kind=kind)
    found = tale.play("12:00 +2d").only()

    assert (at("08:00 +1d"), ("offender_manager",)) == (found.began_at, found.grounds)
    assert "no offender manager (since 2 Mar 08:00)" in found.because


@pytest.mark.parametrize("kind", ["court_bail", "police_bail", "restraining_order", "dapo"])
def test_no_offender_manager_is_owed_under_others(kind: str) -> None:
    tale = story()
    tale.order("08:00", kind=kind)

    assert [] == tale.play("12:00 +9d").found()


def test_the_offender_manager_is_owed_while_the_order_is_in_force() -> None:
    tale = story()
    tale.order("08:00", kind="licence", starts="10:00 +2d", ends="10:00 +4d")
    found = tale.play("12:00 +9d").only()

    assert (at("10:00 +3d"), at("10:00 +4d")) == (found.began_at, found.ended_at)


def test_at_high_risk_each_protected_person_is_owed_an_idva() -> None:
    tale = story(risk="high", idva=False)
    tale.link("pp-78")
    tale.assign("idva", "of-idva", protected_person_id="pp-77")
    found = tale.play("12:00 +1d").only()

    assert (("idva:pp-78",), ("pp-77", "pp-78")) == (found.grounds, found.protected_person_ids)
    assert "no IDVA for pp-78 (since 2 Mar 00:00)" in found.because


def test_an_idva_named_for_nobody_in_particular_stands_for_all() -> None:
    tale = story(risk="high")
    tale.link("pp-78")

    assert [] == tale.play("12:00 +9d").found()


def test_below_high_risk_no_idva_is_owed_and_a_rise_starts_the_clock() -> None:
    tale = story(idva=False)
    tale.tell("10:00 +1d", "risk.level_set", level="high", set_by="of-oic")
    tale.tell("15:00 +2d", "risk.level_set", level="medium", set_by="of-oic")
    found = tale.play("12:00 +9d").only()

    assert (at("10:00 +2d"), at("15:00 +2d")) == (found.began_at, found.ended_at)


def test_a_disputed_owner_fires_after_24_h_although_the_post_is_filled() -> None:
    tale = story()
    tale.tell("10:00", "case.ownership_disputed", between=["north", "south"])
    tale.tell("15:00", "case.ownership_disputed", between=["north", "south"])
    tale.tell("17:00 +1d", "case.ownership_resolved", owner="north")
    found = tale.play("12:00 +9d").only()

    assert (at("10:00 +1d"), at("17:00 +1d"), ("dispute",)) == (found.began_at, found.ended_at, found.grounds)
    assert "an owner in dispute (since 2 Mar 10:00)" in found.because


def test_it_lists_everything_that_is_missing_the_longest_first() -> None:
    tale = story(risk="high", oic=False, idva=False)
    tale.order("08:00 +1d", kind="licence")
    found = tale.play("09:00 +1d").only()

    assert ("idva:pp-77", "oic", "offender_manager") == found.grounds
    lacks = "no IDVA for pp-77 (since 2 Mar 00:00), no officer in the case (since 2 Mar 00:00) and no offender manager (since 3 Mar 08:00)"
    assert lacks in found.because


def test_it_goes_on_while_anything_missing_for_24_h_remains_and_ends_when_nothing_does() -> None:
    tale = story(oic=False)
    tale.order("08:00", kind="licence")
    tale.assign("oic", "of-new", "09:00 +1d")
    found = tale.play("10:00 +1d").only()
    assert (at("00:00 +1d"), None, ("offender_manager",)) == (found.began_at, found.ended_at, found.grounds)

    tale.assign("offender_manager", "of-om", "11:00 +1d")
    assert at("11:00 +1d") == tale.play("12:00 +1d").only().ended_at


def test_a_post_empty_for_less_than_24_h_does_not_keep_it_open() -> None:
    tale = story(oic=False)
    tale.order("08:00 +1d", kind="licence")
    tale.assign("oic", "of-new", "09:00 +1d")
    first, second = tale.play("12:00 +2d").found()

    assert (at("09:00 +1d"), at("08:00 +2d")) == (first.ended_at, second.began_at)


def test_a_closed_case_needs_nobody() -> None:
    tale = story(oic=False)
    tale.tell("20:00", "case.closed", case_ref="avon-and-somerset:c-1", reason="moved away")

    assert [] == tale.play("12:00 +9d").found()


def test_a_late_assignment_takes_the_alert_back() -> None:
    tale = story(oic=False)
    tale.tell("15:00", "case.assigned", arrives="12:00 +1d", role="oic", officer_id="of-new")
    tale.play("11:00 +1d")
    assert 1 == len(tale.found())

    assert [] == tale.play("13:00 +1d").found()


def test_a_silent_feed_does_not_make_it_fire_nor_do_minutes_of_its_outage_count() -> None:
    tale = story(oic=False)
    tale.beats("case/avon", "00:00", "12:00", timedelta(minutes=30))
    assert [] == tale.play("12:00 +1d").found()

    tale.beats("case/avon", "14:00 +1d", "20:00 +2d", timedelta(minutes=30))
    assert at("02:00 +2d") == tale.play("20:00 +2d").only().began_at


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story(risk="high", idva=False)
    leaves(tale, "oic", "10:00")
    tale.order("08:00 +1d", kind="licence", ends="10:00 +4d")
    tale.tell("10:00 +1d", "case.ownership_disputed", between=["north", "south"])
    tale.assign("idva", "of-idva", "09:00 +2d")
    tale.assign("oic", "of-new", "12:00 +3d")
    tale.tell("17:00 +4d", "case.ownership_resolved", owner="north")

    tale.in_any_order("12:00 +6d")
