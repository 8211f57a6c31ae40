"""Attempted contact: what counts as an attempt, when it is many, and when the quiet is complete, judged for real."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.rules import attempted_contact, contact_from_custody
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at

HERS = "07700 900077"


def inside() -> Story:
    tale = Story(contact_from_custody.RULE, attempted_contact.RULE)
    tale.link("pp-77", "00:00", phones=[HERS], contact_ids=["co-77"])
    tale.received("08:00")
    return tale


def call(tale: Story, when: str, outcome: str = "barred", *, number: str = HERS, legal: bool = False) -> None:
    tale.tell(when, "comms.call", call_id=f"ca-{when}", number=number, duration_s=0, outcome=outcome, legal=legal)


def visit(tale: Story, when: str, status: str, visit_id: str = "vi-1") -> None:
    tale.tell(when, "comms.visit", visit_id=visit_id, status=status, mode="in_person", contact_ids=["co-77"])


def test_the_first_attempt_is_medium_and_tells_the_prison_and_her_idva() -> None:
    tale = inside()
    call(tale, "10:15")
    found = tale.play("11:00").only()

    assert at("10:15") == found.began_at == found.decidable_at
    assert ("medium", ("prison_offender_manager", "idva")) == (found.severity, found.told)
    assert ("protected_person", "pp-77", ("pp-77",)) == (found.about.kind, found.about.id, found.protected_person_ids)
    assert "Sam Field (A1234AA) tried to reach pp-77 from custody on 2 Mar 10:15, by a barred call; pp-77 is at risk." == found.because


@pytest.mark.parametrize("outcome", ["barred", "refused", "no_answer"])
def test_a_call_that_comes_to_nothing_is_an_attempt(outcome: str) -> None:
    tale = inside()
    call(tale, "10:15", outcome)

    assert "medium" == tale.play("11:00").only().severity


@pytest.mark.parametrize("status", ["booked", "refused", "cancelled"])
def test_a_visit_booked_refused_or_cancelled_is_an_attempt(status: str) -> None:
    tale = inside()
    visit(tale, "10:15", status)

    assert "medium" == tale.play("11:00").only().severity


def test_an_intercepted_message_is_an_attempt() -> None:
    tale = inside()
    tale.tell("10:15", "comms.message", message_id="me-1", channel="letter", contact_id="co-77", outcome="intercepted")

    assert "an intercepted message" in tale.play("11:00").only().because


def test_near_misses_are_silent() -> None:
    tale = inside()
    call(tale, "10:00", legal=True)
    call(tale, "10:01", number="07700 900001")
    tale.tell("10:02", "comms.message", message_id="me-1", channel="letter", contact_id="co-77", outcome="intercepted", direction="in")

    assert [] == tale.play("11:00").found()


def test_the_third_within_seven_days_makes_it_high_one_exactly_seven_days_old_counted() -> None:
    tale = inside()
    call(tale, "10:00")
    call(tale, "10:00 +3d")
    assert "medium" == tale.play("12:00 +3d").only().severity
    call(tale, "10:00 +7d")
    found = tale.play("12:00 +7d").only()

    assert ("high", at("10:00")) == (found.severity, found.began_at)
    assert 3 == len(found.evidence)
    assert "has tried 3 times to reach pp-77 from custody since 2 Mar 10:00, the last time on 9 Mar 10:00" in found.because


def test_a_third_a_second_later_than_seven_days_leaves_it_medium() -> None:
    tale = inside()
    call(tale, "10:00")
    call(tale, "10:00 +3d")
    call(tale, "10:00:01 +7d")

    assert "medium" == tale.play("12:00 +7d").only().severity


def test_it_stays_high_and_ends_when_seven_days_without_one_are_complete() -> None:
    tale = inside()
    for when in ("10:00", "11:00", "12:00", "12:00 +6d"):
        call(tale, when)
    assert tale.play("11:59:59 +13d").only().open
    found = tale.play("12:00 +13d").only()

    assert ("high", at("12:00 +13d")) == (found.severity, found.ended_at)
    assert "tried 4 times to reach pp-77 from custody, last on 8 Mar 12:00; there was no attempt in the 7 d after it" in found.because


def test_an_attempt_after_the_quiet_is_a_new_episode_that_counts_from_one() -> None:
    tale = inside()
    for when in ("10:00", "11:00", "12:00", "12:01 +7d"):
        call(tale, when)
    first, second = tale.play("13:00 +7d").found()

    assert (at("12:00 +7d"), "high") == (first.ended_at, first.severity)
    assert (at("12:01 +7d"), "medium") == (second.began_at, second.severity)


def test_what_is_said_again_of_one_visit_is_one_attempt_but_begins_the_quiet_anew() -> None:
    tale = inside()
    visit(tale, "10:00", "booked")
    visit(tale, "10:00 +1d", "refused")
    visit(tale, "10:00 +2d", "cancelled")
    assert "medium" == tale.play("11:00 +2d").only().severity
    assert tale.play("09:00 +9d").only().open

    assert at("10:00 +9d") == tale.play("11:00 +9d").only().ended_at


def test_three_visits_are_three_attempts() -> None:
    tale = inside()
    for number, when in enumerate(("10:00", "11:00", "12:00")):
        visit(tale, when, "booked", f"vi-{number}")

    assert "high" == tale.play("13:00").only().severity


def test_while_contact_from_custody_is_open_attempts_join_that() -> None:
    tale = inside()
    call(tale, "10:00", "connected")
    call(tale, "11:00")
    assert [] == tale.play("12:00").found()

    tale.decided("13:00", alert_id=tale.only("contact-from-custody").id)
    call(tale, "14:00")
    assert at("14:00") == tale.play("15:00").only().began_at


def test_contact_with_somebody_else_takes_no_attempt() -> None:
    tale = inside()
    tale.link("pp-78", "00:00", phones=["07700 900078"])
    call(tale, "10:00", "connected", number="07700 900078")
    call(tale, "11:00")

    assert "pp-77" == tale.play("12:00").only().about.id


def test_an_outage_of_the_feed_is_no_quiet_and_a_silent_feed_ends_nothing() -> None:
    tale = inside()
    tale.beats("comms/avon", "09:00", "12:00 +1d", timedelta(minutes=30))
    call(tale, "10:00")
    assert tale.play("23:00 +8d").only().open
    tale.beats("comms/avon", "00:00 +9d", "12:00 +9d", timedelta(minutes=30))
    assert tale.play("12:00 +9d").only().open  # seven days and twelve hours were an outage

    tale.beats("comms/avon", "12:30 +9d", "23:30 +14d", timedelta(minutes=30))
    assert at("22:00 +14d") == tale.play("23:30 +14d").only().ended_at


def test_late_evidence_gives_the_same_matters() -> None:
    tale = inside()
    for when in ("10:00", "11:00", "12:00 +3d", "12:01 +12d"):
        call(tale, when)
    call(tale, "09:00 +11d", "connected")
    visit(tale, "09:00 +2d", "booked")
    tale.in_any_order("13:00 +20d")
