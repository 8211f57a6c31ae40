"""No contact: what counts as contact under a condition that forbids it, judged for real."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.rules import no_contact
from tests.unit.rules.duties import NO_CONTACT, Story
from tests.unit.rules.telling import at

NOT_TO_APPROACH = {**NO_CONTACT, "kind": "not_to_approach"}
ANYBODY = {"condition_id": "co-1", "kind": "no_contact"}
HERS = {"phones": ["07700 900077"], "contact_ids": ["ct-77"]}


def story(*conditions: object, **order: str) -> Story:
    tale = Story(no_contact.RULE)
    tale.link("pp-77", "00:00", addresses=[{"address_id": "ad-1", "latitude": 51.46, "longitude": -2.59, "radius_m": 50}], **HERS)
    tale.order("08:00", *(conditions or (NO_CONTACT,)), ends=order.get("ends"))
    return tale


def incident(tale: Story, when: str, happened: str | None = None, *, arrives: str | None = None, **more: object) -> None:
    said: dict[str, object] = {"incident_id": f"in-{when}", "kind": "harassment", "severity": 2, "protected_person_id": "pp-77", **more}
    tale.tell(when, "incident.reported", arrives=arrives, source="crime/avon", happened_at=at(happened) if happened else None, **said)


def call(tale: Story, when: str, outcome: str = "connected", *, legal: bool = False) -> None:
    tale.tell(when, "comms.call", call_id=f"ca-{when}", number="07700 900077", duration_s=60.0, outcome=outcome, legal=legal)


def test_an_incident_begins_when_it_happened_and_is_known_when_it_was_reported() -> None:
    tale = story()
    incident(tale, "13:00", "12:30")
    found = tale.play("14:00").only()

    assert (at("12:30"), at("13:00"), None) == (found.began_at, found.decidable_at, found.ended_at)
    assert ("critical", ("oic", "idva", "offender_manager")) == (found.severity, found.told)
    assert ("protected_person", "pp-77", ("pp-77",)) == (found.about.kind, found.about.id, found.protected_person_ids)
    assert ("or-1", "co-1", ("incident",), False) == (found.order_id, found.condition_id, found.grounds, found.provisional)
    assert (
        "Sam Field (A1234AA) had an incident with pp-77 on 2 Mar 12:30 while order or-1 forbids contact with her; pp-77 is at risk."
    ) == found.because


def test_any_kind_of_incident_counts_but_one_that_names_nobody_does_not() -> None:
    for kind in ("violence", "damage", "other"):
        tale = story()
        incident(tale, "13:00", kind=kind)
        assert 1 == len(tale.play("14:00").found()), kind
    tale = story()
    incident(tale, "13:00", protected_person_id=None)
    assert [] == tale.play("14:00").found()


def test_not_to_approach_forbids_it_too() -> None:
    tale = story(NOT_TO_APPROACH)
    incident(tale, "13:00")

    assert "order or-1 forbids to approach her" in tale.play("14:00").only().because


def test_a_condition_that_names_nobody_counts_for_everybody_linked() -> None:
    tale = story(ANYBODY)
    incident(tale, "13:00")
    incident(tale, "13:10", protected_person_id="pp-99")
    assert ["pp-77"] == [one.about.id for one in tale.play("14:00").found()]


def test_a_condition_that_names_somebody_else_says_nothing_about_her() -> None:
    tale = story({**NO_CONTACT, "protected_person_id": "pp-78"})
    incident(tale, "13:00")

    assert [] == tale.play("14:00").found()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("comms.call", {"call_id": "ca-1", "number": "07700 900077", "duration_s": 60.0, "outcome": "connected", "legal": False}),
        ("comms.message", {"message_id": "me-1", "channel": "letter", "address_id": "ad-1", "outcome": "sent"}),
        ("comms.visit", {"visit_id": "vi-1", "status": "attended", "mode": "in_person", "contact_ids": ["ct-77"]}),
    ],
)
def test_out_of_custody_a_call_a_message_and_a_visit_count(kind: str, data: dict[str, object]) -> None:
    tale = story()
    tale.tell("13:00", kind, arrives=None, source="comms/bt", **data)
    assert at("13:00") == tale.play("14:00").only().began_at

    inside = story()
    inside.received("09:00")
    inside.tell("13:00", kind, arrives=None, source="comms/bt", **data)
    assert [] == inside.play("14:00").found()


def test_an_incident_counts_also_in_custody() -> None:
    tale = story()
    tale.received("09:00")
    incident(tale, "13:00")

    assert at("13:00") == tale.play("14:00").only().began_at


def test_attempts_legal_calls_and_what_comes_in_say_nothing() -> None:
    tale = story()
    for number, outcome in enumerate(("no_answer", "refused", "barred")):
        call(tale, f"13:0{number}", outcome)
    call(tale, "13:10", legal=True)
    letter = {"message_id": "me-1", "channel": "letter", "address_id": "ad-1"}
    tale.tell("13:11", "comms.message", outcome="sent", direction="in", **letter)
    tale.tell("13:12", "comms.message", outcome="intercepted", **letter)
    tale.tell("13:13", "comms.visit", visit_id="vi-1", status="booked", mode="video", contact_ids=["ct-77"])

    assert [] == tale.play("14:00").found()


def test_a_reported_breach_alone_says_nothing() -> None:
    tale = story()
    tale.tell("13:00", "breach.reported", breach_id="br-1", order_id="or-1", condition_id="co-1", reported_by="her neighbour")

    assert [] == tale.play("14:00").found()


def test_the_condition_must_have_been_in_force_when_it_happened_not_when_it_was_reported() -> None:
    early, late, last = story(), story(ends="12:00"), story(ends="12:00")
    incident(early, "13:00", "07:59")
    incident(late, "13:00", "11:59")
    incident(last, "13:00", "12:00")

    assert [] == early.play("14:00").found()
    assert at("11:59") == late.play("14:00").only().began_at
    assert [] == last.play("14:00").found()


def test_it_is_judged_by_the_conditions_as_they_stood_when_it_happened() -> None:
    dropped, added = story(), story({"condition_id": "co-9", "kind": "other", "text": "to keep the peace"})
    dropped.tell("12:00", "order.varied", order_id="or-1", conditions=[])
    added.tell("12:00", "order.varied", order_id="or-1", conditions=[NO_CONTACT])
    for tale in (dropped, added):
        incident(tale, "13:00", "11:30")
        incident(tale, "15:00", "14:30")

    assert at("11:30") == dropped.play("16:00").only().began_at
    assert at("14:30") == added.play("16:00").only().began_at


def test_further_contact_joins_while_it_is_open() -> None:
    tale = story()
    incident(tale, "13:00", "12:30")
    call(tale, "14:00")
    incident(tale, "15:00", "12:00")
    found = tale.play("16:00").only()

    assert (at("12:30"), 3, ("incident", "call")) == (found.began_at, len(found.evidence), found.grounds)
    assert "an incident with pp-77 on 2 Mar 12:00, one of 3 contacts, while" in found.because  # reported last, but not the last


def test_it_stays_open_until_it_is_decided_and_then_a_new_contact_is_a_new_matter() -> None:
    tale = story()
    incident(tale, "13:00")
    tale.decided("15:00", "warned", order_id="or-1")
    incident(tale, "17:00")
    first, second = tale.play("12:00 +9d").found()

    assert (at("15:00"), at("17:00"), None) == (first.ended_at, second.began_at, second.ended_at)


def test_the_end_of_the_order_does_not_end_it() -> None:
    tale = story(ends="18:00")
    incident(tale, "13:00")

    assert tale.play("12:00 +9d").only().open


def test_each_protected_person_has_an_alert_of_her_own() -> None:
    tale = story(ANYBODY)
    tale.link("pp-78", phones=["07700 900077"])
    call(tale, "13:00")

    assert ["pp-77", "pp-78"] == sorted(one.about.id for one in tale.play("14:00").found())


def test_a_call_on_an_unconfirmed_release_is_provisional_and_is_taken_back_when_he_never_left() -> None:
    for confirmed in (True, False):
        tale = story()
        tale.received("09:00")
        tale.released("12:00", confirmed=False)
        call(tale, "12:20")
        (tale.released if confirmed else tale.received)("12:40")
        assert tale.play("12:30").only().provisional
        tale.play("14:00")
        assert [False] * confirmed == [one.provisional for one in tale.found()]
        assert (not confirmed) == bool(tale.found(withdrawn=True))


def test_an_incident_does_not_rest_on_the_release() -> None:
    tale = story()
    tale.received("09:00")
    tale.released("12:00", confirmed=False)
    incident(tale, "12:20")
    tale.received("12:40")

    assert not tale.play("14:00").only().provisional


def test_an_order_that_arrives_late_counts_from_its_own_dates() -> None:
    tale = Story(no_contact.RULE)
    tale.order("08:00", NO_CONTACT, arrives="18:00")
    incident(tale, "13:00")
    tale.play("17:00")
    assert [] == tale.found()

    assert at("13:00") == tale.play("19:00").only().began_at


def test_it_needs_no_silence_so_a_silent_feed_changes_nothing() -> None:
    tale = story()
    tale.beats("crime/avon", "08:00", "09:00", timedelta(minutes=30))
    incident(tale, "13:00", "12:30")

    assert at("12:30") == tale.play("14:00").only().began_at


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story()
    incident(tale, "13:00", "12:30")
    tale.received("13:30")
    tale.released("14:00", confirmed=False)
    call(tale, "14:10")
    tale.decided("15:00", "warned", order_id="or-1")
    tale.tell("16:00", "order.varied", order_id="or-1", conditions=[])
    incident(tale, "18:00", "15:30")

    tale.in_any_order("12:00 +1d")
