"""Contact from custody: what reaches her from prison, and what a decision silences, judged for real."""

from __future__ import annotations

import pytest

from streams.rules import contact_from_custody
from tests.unit.rules.duties import NO_CONTACT, Story
from tests.unit.rules.telling import at

HERS = "07700 900077"


def inside(*conditions: object, risk: str = "medium", since: str = "08:00") -> Story:
    """In custody; her number, a contact id and an address are known."""
    tale = Story(contact_from_custody.RULE, risk=risk)
    place = {"address_id": "ad-1", "latitude": 51.46, "longitude": -2.59, "radius_m": 50}
    tale.link("pp-77", "00:00", phones=[HERS], contact_ids=["co-77"], addresses=[place])
    if conditions:
        tale.order("00:05", *conditions)
    tale.received(since)
    return tale


def call(
    tale: Story, when: str, outcome: str = "connected", *, number: str = HERS, legal: bool = False, arrives: str | None = None
) -> None:
    said = {"call_id": f"ca-{when}", "number": number, "duration_s": 60, "outcome": outcome, "legal": legal}
    tale.tell(when, "comms.call", arrives=arrives, source=None, **said)


def message(tale: Story, when: str, outcome: str = "sent", **more: object) -> None:
    tale.tell(
        when, "comms.message", arrives=None, source=None, **{"message_id": f"me-{when}", "channel": "letter", "outcome": outcome, **more}
    )


def visit(tale: Story, when: str, status: str = "attended") -> None:
    tale.tell(when, "comms.visit", visit_id="vi-1", status=status, mode="video", contact_ids=["co-1", "co-77"])


def test_a_connected_call_with_her_number_is_high_and_tells_prison_oic_and_idva() -> None:
    tale = inside()
    call(tale, "10:15")
    found = tale.play("11:00").only()

    assert at("10:15") == found.began_at == found.decidable_at
    assert ("high", False, ()) == (found.severity, found.provisional, found.grounds)
    assert ("prison_offender_manager", "oic", "idva") == found.told
    assert ("protected_person", "pp-77", ("pp-77",)) == (found.about.kind, found.about.id, found.protected_person_ids)
    assert "Sam Field (A1234AA) reached pp-77 from custody by 1 call on 2 Mar 10:15; pp-77 is at risk." == found.because


@pytest.mark.parametrize("named", [{"contact_id": "co-77"}, {"address_id": "ad-1"}, {"number": HERS}])
def test_a_sent_message_reaches_her_by_contact_address_or_number(named: dict[str, str]) -> None:
    tale = inside()
    message(tale, "10:15", **named)

    assert "high" == tale.play("11:00").only().severity


def test_an_attended_visit_reaches_her() -> None:
    tale = inside()
    visit(tale, "14:00")

    assert at("14:00") == tale.play("15:00").only().began_at


def test_under_a_no_contact_condition_it_is_critical_and_names_it() -> None:
    tale = inside(NO_CONTACT)
    call(tale, "10:15")
    found = tale.play("11:00").only()

    assert ("critical", ("no_contact_condition",)) == (found.severity, found.grounds)
    assert ("or-1", "co-1") == (found.order_id, found.condition_id)
    assert "under the no-contact condition of order or-1" in found.because


def test_a_condition_that_names_nobody_covers_her_and_one_about_somebody_else_does_not() -> None:
    anybody, other = {"condition_id": "co-1", "kind": "no_contact"}, {**NO_CONTACT, "protected_person_id": "pp-78"}
    severities = []
    for condition in (anybody, other):
        tale = inside(condition)
        call(tale, "10:15")
        severities.append(tale.play("11:00").only().severity)

    assert ["critical", "high"] == severities


def test_not_to_approach_forbids_no_call() -> None:
    tale = inside({**NO_CONTACT, "kind": "not_to_approach"})
    call(tale, "10:15")

    assert ("high", ()) == (tale.play("11:00").only().severity, tale.only().grounds)


def test_a_high_risk_level_makes_it_critical_also_when_it_is_set_afterwards() -> None:
    tale = inside(risk="high")
    call(tale, "10:15")
    assert "critical" == tale.play("11:00").only().severity

    tale = inside()
    call(tale, "10:15")
    tale.tell("12:00", "risk.level_set", level="high", set_by="of-1")
    assert "high" == tale.play("11:59").only().severity
    assert "critical" == tale.play("12:00").only().severity


def test_repeats_join_and_so_do_attempts_while_it_is_open() -> None:
    tale = inside()
    call(tale, "09:00", "barred")
    call(tale, "10:15")
    message(tale, "11:00", contact_id="co-77")
    call(tale, "12:00", "barred")
    found = tale.play("13:00").only()

    assert at("10:15") == found.began_at
    assert 3 == len(found.evidence)
    assert (
        "Sam Field (A1234AA) has reached pp-77 from custody by 1 call and 1 message since 2 Mar 10:15, the last on 2 Mar 11:00, "
        "and tried 1 more time; pp-77 is at risk."
    ) == found.because


def test_each_protected_person_is_a_matter_of_her_own() -> None:
    tale = inside()
    tale.link("pp-78", "00:00", phones=[HERS])
    call(tale, "10:15")

    assert {"pp-77", "pp-78"} == {one.about.id for one in tale.play("11:00").found()}


@pytest.mark.parametrize("outcome", ["no_answer", "refused", "barred"])
def test_an_attempt_alone_is_no_contact(outcome: str) -> None:
    tale = inside()
    call(tale, "10:15", outcome)

    assert [] == tale.play("11:00").found()


def test_near_misses_are_silent() -> None:
    tale = inside()
    call(tale, "10:00", legal=True)
    call(tale, "10:01", number="07700 900001")
    message(tale, "10:02", direction="in", contact_id="co-77")
    message(tale, "10:03", "intercepted", contact_id="co-77")
    visit(tale, "10:04", "booked")
    tale.tell("10:05", "incident.reported", incident_id="in-1", kind="threat", severity=3, protected_person_id="pp-77")

    assert [] == tale.play("11:00").found()


def test_out_of_custody_it_is_not_this_rule() -> None:
    tale = Story(contact_from_custody.RULE)
    call(tale, "07:00")
    tale.received("08:00")
    tale.released("10:00")
    call(tale, "10:15")

    assert [] == tale.play("11:00").found()


def test_a_court_trip_is_in_custody_and_a_temporary_absence_is_not() -> None:
    tale = inside()
    tale.tell("09:00", "custody.transferred", prison="court")
    call(tale, "10:00")
    tale.decided("10:30", alert_id=tale.play("10:10").only().id)
    tale.released("11:00", release_kind="temporary")
    call(tale, "12:00")

    assert 1 == len(tale.play("13:00").found())


def test_a_decision_that_names_it_ends_it_and_the_next_contact_is_a_new_episode() -> None:
    tale = inside()
    call(tale, "10:15")
    tale.decided("12:00", alert_id=tale.play("11:00").only().id)
    call(tale, "13:00")
    first, second = tale.play("14:00").found()

    assert (at("12:00"), None) == (first.ended_at, second.ended_at)
    assert at("13:00") == second.began_at
    assert "by 1 call on" in second.because


def test_a_decision_about_the_order_ends_it_only_under_a_condition() -> None:
    tale = inside(NO_CONTACT)
    call(tale, "10:15")
    tale.decided("12:00", order_id="or-1")
    assert at("12:00") == tale.play("13:00").only().ended_at

    tale = inside()
    call(tale, "10:15")
    tale.decided("12:00", order_id="or-1")
    assert tale.play("13:00").only().open


def no_breach(*conditions: object, risk: str = "medium") -> Story:
    """A contact at 10:15, decided no breach at 12:00."""
    tale = inside(*conditions, risk=risk)
    call(tale, "10:15")
    tale.decided("12:00", "no_breach", alert_id=tale.play("11:00").only().id)
    return tale


def test_no_breach_silences_it_for_28_days_to_the_instant() -> None:
    tale = no_breach()
    call(tale, "11:59:59 +28d")
    assert 1 == len(tale.play("11:59:59 +28d").found())
    call(tale, "12:00 +28d")

    assert at("12:00 +28d") == tale.play("13:00 +28d").found()[-1].began_at


def test_another_decision_silences_nothing() -> None:
    tale = inside()
    call(tale, "10:15")
    tale.decided("12:00", "warned", alert_id=tale.play("11:00").only().id)
    call(tale, "13:00")

    assert 2 == len(tale.play("14:00").found())


def test_no_breach_silences_nothing_for_a_high_risk_level_or_under_a_condition() -> None:
    for tale in (no_breach(risk="high"), no_breach(NO_CONTACT)):
        call(tale, "13:00")
        assert 2 == len(tale.play("14:00").found())


def test_a_condition_made_ends_the_silence_for_good() -> None:
    tale = no_breach()
    tale.order("13:00", NO_CONTACT, ends="14:00")
    call(tale, "15:00")
    found = tale.play("16:00").found()

    assert 2 == len(found)
    assert "high" == found[-1].severity


def test_a_condition_about_somebody_else_does_not_end_the_silence() -> None:
    tale = no_breach()
    tale.order("13:00", {**NO_CONTACT, "protected_person_id": "pp-78"})
    call(tale, "15:00")

    assert 1 == len(tale.play("16:00").found())


@pytest.mark.parametrize(
    ("flag", "episodes"), [({"ref": "ca-13:00"}, 2), ({"ref": "x", "protected_person_id": "pp-77"}, 2), ({"ref": "x"}, 1)]
)
def test_a_flagged_contact_with_her_ends_the_silence_for_what_comes_after(flag: dict[str, str], episodes: int) -> None:
    tale = no_breach()
    call(tale, "13:00")
    tale.tell("14:00", "comms.flagged", category="other", **flag)
    assert 1 == len(tale.play("14:30").found())
    call(tale, "15:00")

    assert episodes == len(tale.play("16:00").found())


def test_a_flag_that_points_to_a_legal_call_ends_nothing() -> None:
    tale = no_breach()
    call(tale, "13:00", legal=True)
    tale.tell("14:00", "comms.flagged", category="threat", ref="ca-13:00", protected_person_id="pp-77")
    call(tale, "15:00")

    assert 1 == len(tale.play("16:00").found())


def test_what_he_did_while_a_release_that_never_was_stood_was_from_custody() -> None:
    tale = inside()
    tale.released("10:00", confirmed=False)
    call(tale, "10:20")
    assert [] == tale.play("10:29").found()
    tale.received("10:30")
    found = tale.play("11:00").only()

    assert (at("10:20"), at("10:30")) == (found.began_at, found.decidable_at)


def test_late_evidence_gives_the_same_matters() -> None:
    tale = inside(NO_CONTACT)
    call(tale, "10:15")
    call(tale, "11:15", "barred")
    tale.released("12:00", confirmed=False)
    call(tale, "12:10")
    tale.received("12:30")
    tale.decided("13:00", "no_breach", order_id="or-1")
    tale.tell("14:00", "order.ended", order_id="or-1", reason="r")
    call(tale, "15:00")
    tale.in_any_order("18:00")
