"""Breach unanswered: reports and findings about which nobody decides, judged for real."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Severity, Verdict
from streams.rules import breach_unanswered, no_contact, reporting_missed, untagged_window
from tests.unit.rules.duties import GPS, NO_CONTACT, REPORTING, Story
from tests.unit.rules.telling import at


def story(*conditions: object, risk: str = "medium") -> Story:
    rules = (untagged_window.RULE, no_contact.RULE, reporting_missed.RULE, breach_unanswered.RULE)
    tale = Story(*rules, risk=risk)
    tale.order("08:00", *conditions)
    return tale


def reported(tale: Story, when: str, breach_id: str = "br-1", **more: object) -> None:
    said = {"breach_id": breach_id, "order_id": "or-1", "reported_by": "the supplier", **more}
    tale.tell(when, "breach.reported", arrives=None, source="bail/avon", **said)


def incident(tale: Story, when: str) -> None:
    tale.tell(when, "incident.reported", source="crime/avon", incident_id="in-1", kind="threat", severity=3, protected_person_id="pp-77")


def on_a_tag(tale: Story, last_fix: str, battery_percent: float = 80.0) -> None:
    """Fitted at 09:00, fixes every 10 min to the last."""
    tale.tell("09:00", "tagging.fitted", device_id="d-1", activation_id="a-1", modes=["gps"])
    reached = at("09:10")
    while reached <= at(last_fix):
        place = {"latitude": 51.45, "longitude": -2.58, "accuracy_m": 8.0, "mechanism": "gps", "battery_percent": battery_percent}
        tale.tell(f"{reached:%H:%M}", "tagging.position", arrives=None, source="em/allied", device_id="d-1", **place)
        reached += timedelta(minutes=10)


def test_a_reported_breach_has_24_h_from_its_report() -> None:
    tale = story(NO_CONTACT)
    reported(tale, "10:00", condition_id="co-1", happened_at=at("07:00"))
    assert [] == tale.play("09:59:59 +1d").found()
    found = tale.play("10:00 +1d").only()

    assert at("10:00 +1d") == found.began_at == found.decidable_at
    assert ("high", ("oic", "supervisor"), ("report", "br-1")) == (found.severity, found.told, (found.about.kind, found.about.id))
    assert ("or-1", "co-1", None) == (found.order_id, found.condition_id, found.joins)
    assert (
        "No authority has decided on the breach of order or-1 by Sam Field (A1234AA) that was reported on 2 Mar 10:00; "
        "a decision was due by 3 Mar 10:00; pp-77 is at risk."
    ) == found.because


def test_it_is_critical_at_twice_the_limit() -> None:
    tale = story(NO_CONTACT)
    reported(tale, "10:00")
    assert "high" == tale.play("09:59:59 +2d").only().severity
    assert "critical" == tale.play("10:00 +2d").only().severity


def test_a_critical_finding_has_4_h_and_then_4_more() -> None:
    tale = story(NO_CONTACT)
    incident(tale, "10:00")
    assert [] == tale.play("13:59:59").found()
    found = tale.play("14:00").only()
    contact = tale.only("no-contact")

    assert (at("14:00"), "high", contact.id) == (found.began_at, found.severity, found.joins)
    assert (("finding", contact.id), ("pp-77",)) == ((found.about.kind, found.about.id), found.protected_person_ids)
    assert "No authority has decided on the contact from 2 Mar 10:00 of Sam Field (A1234AA)" in found.because
    assert "high" == tale.play("17:59:59").only().severity
    assert "critical" == tale.play("18:00").only().severity


def test_a_high_finding_has_24_h_from_when_it_could_be_known() -> None:
    found = story(REPORTING).play("17:00 +1d").only()

    assert (at("17:00 +1d"), "high") == (found.began_at, found.severity)
    assert "missed report at the police station from 2 Mar 17:00" in found.because


def test_the_clock_of_a_silence_starts_when_it_could_be_known_and_tightens_as_it_turns_critical() -> None:
    tale = story(GPS)
    on_a_tag(tale, "10:00")  # known at 10:15, critical at 12:00, so four hours are over at 14:15
    assert [] == tale.play("14:14:59").found()

    assert at("14:15") == tale.play("14:15").only().began_at


def test_a_window_with_a_flat_battery_is_another_rules_matter() -> None:
    tale = story(GPS)
    on_a_tag(tale, "10:00", battery_percent=3.0)

    assert [] == tale.play("12:00 +3d").found()


def test_a_matter_that_is_over_is_still_to_be_decided() -> None:
    tale = story(REPORTING)
    tale.tell("09:30 +1d", "bail.reported", order_id="or-1", station="Bridewell")

    assert at("17:00 +1d") == tale.play("18:00 +1d").only().began_at


@pytest.mark.parametrize("decision", ["enforced", "warned", "no_breach", "equipment_misunderstanding"])
def test_any_decision_answers_also_without_a_second_officer(decision: str) -> None:
    tale = story(NO_CONTACT)
    incident(tale, "10:00")
    tale.decided("13:59", decision, order_id="or-1")

    assert [] == tale.play("12:00 +3d").found()


def test_a_decision_clears_it_whatever_it_names() -> None:
    for name in ("order", "report", "alert"):
        tale = story(NO_CONTACT)
        reported(tale, "10:00")
        alert_id = tale.play("11:00 +1d").only().id
        named = {"order": {"order_id": "or-1"}, "report": {"breach_id": "br-1"}, "alert": {"alert_id": alert_id}}[name]
        tale.decided("12:00 +1d", "warned", **named)
        assert at("12:00 +1d") == tale.play("12:00 +5d").only().ended_at, name


def test_a_decision_may_name_the_finding_or_the_alert_that_asks() -> None:
    for slug in ("no-contact", "breach-unanswered"):
        tale = story(NO_CONTACT)
        incident(tale, "10:00")
        tale.play("15:00")
        tale.decided("16:00", alert_id=tale.only(slug).id)
        assert at("16:00") == tale.play("12:00 +2d").only().ended_at, slug


def test_a_decision_on_the_order_answers_for_the_tag_that_it_requires() -> None:
    tale = story(GPS)
    on_a_tag(tale, "10:00")
    tale.decided("13:00", "warned", order_id="or-1")

    assert [] == tale.play("12:00 +3d").found()


def test_a_decision_about_something_else_or_made_before_answers_nothing() -> None:
    tale = story(NO_CONTACT)
    tale.order("08:30", order_id="or-2")
    tale.decided("09:00", order_id="or-1")
    reported(tale, "10:00")
    tale.decided("11:00", order_id="or-2")
    tale.decided("12:00", breach_id="br-9")

    assert at("10:00 +1d") == tale.play("12:00 +1d").only().began_at


def test_a_closed_alert_is_no_decision() -> None:
    tale = story(NO_CONTACT)
    incident(tale, "10:00")
    tale.play("11:00")
    tale.tell("12:00", "alert.closed", alert_id=tale.only("no-contact").id, outcome="resolved", closed_by="of-oic")

    assert at("14:00") == tale.play("15:00").only().began_at


def test_a_report_about_the_same_order_and_condition_within_24_h_joins_the_finding() -> None:
    tale = story(NO_CONTACT)
    incident(tale, "10:00")
    reported(tale, "09:00 +1d", condition_id="co-1")
    found = tale.play("12:00 +3d").only()

    assert ("finding", "critical", 2) == (found.about.kind, found.severity, len(found.evidence))
    assert "reported on 3 Mar 09:00 as well" in found.because


def test_a_report_that_came_first_joins_too_and_the_earlier_limit_holds() -> None:
    tale = story(REPORTING)
    reported(tale, "16:00", condition_id="co-3")
    found = tale.play("12:00 +2d").only()

    assert (at("16:00 +1d"), "finding") == (found.began_at, found.about.kind)


def test_a_report_about_another_condition_or_more_than_24_h_away_is_a_matter_of_its_own() -> None:
    for more in ({"condition_id": "co-9"}, {}, {"condition_id": "co-3", "happened_at": at("16:59:59 -1d")}):
        tale = story(REPORTING)
        reported(tale, "18:00", **more)
        assert ["finding", "report"] == [one.about.kind for one in tale.play("19:00 +1d").found()], more


def test_a_decision_that_names_the_report_answers_for_the_finding_it_joined() -> None:
    tale = story(NO_CONTACT)
    incident(tale, "10:00")
    reported(tale, "11:00", condition_id="co-1")
    tale.decided("12:00", breach_id="br-1")

    assert [] == tale.play("12:00 +3d").found()


def test_a_report_of_what_was_decided_already_asks_nothing_again_but_a_later_one_does() -> None:
    tale = story(REPORTING)
    tale.decided("18:00", "warned", order_id="or-1")
    reported(tale, "19:00", condition_id="co-3", happened_at=at("17:00"))
    reported(tale, "20:00", "br-2", condition_id="co-3")

    assert ["br-2"] == [one.about.id for one in tale.play("21:00 +1d").found()]


def test_the_same_report_told_twice_is_one() -> None:
    tale = story(NO_CONTACT)
    reported(tale, "10:00")
    reported(tale, "11:00")

    assert at("10:00 +1d") == tale.play("12:00 +2d").only().began_at


class _Level(msgspec.Struct, frozen=True, kw_only=True):
    """Of what the stand-in finds: how grave it is, and why."""

    severity: Severity = "high"
    grounds: tuple[str, ...] = ()


def stand_in(slug: str, severity: Severity, *grounds: str) -> Rule[_Level, _Level]:
    """A rule that finds something at each `life.trigger`."""

    def decide(p: _Level, memory: _Level, known: Known, given: Given) -> Verdict[_Level]:
        fresh = Finding(
            subject=f"{known.at}",
            about=About("case", known.case, "the case"),
            began_at=known.at,
            decidable_at=known.at,
            severity=p.severity,
            because="Something.",
            evidence=(),
            grounds=p.grounds,
        )
        return Verdict(memory=memory, findings=(fresh,))

    level = _Level(severity=severity, grounds=grounds)
    return Rule(slug=slug, version=1, status="live", reads=("life.trigger",), tells=("oic",), parameters=level, memory=level, decide=decide)


@pytest.mark.parametrize(
    ("slug", "severity", "grounds", "fires_after_h"),
    [
        ("untagged-window", "high", ("silence",), 24),
        ("strap-tamper", "critical", (), 4),
        ("exclusion-zone-entry", "critical", (), 4),
        ("inclusion-zone-exit", "high", (), 24),
        ("curfew-absence", "high", (), 24),
        ("no-contact", "critical", (), 4),
        ("reporting-missed", "high", (), 24),
        ("failed-to-surrender", "critical", (), 4),
        ("residence", "high", (), 24),
        ("contact-from-custody", "critical", ("no_contact_condition",), 4),
        ("contact-from-custody", "critical", (), None),
        ("untagged-window", "critical", ("battery_flat", "silence"), None),
        ("alcohol-positive", "high", (), None),
        ("not-fitted", "critical", (), None),
        ("protection-gap", "critical", (), None),
        ("no-named-owner", "critical", (), None),
        ("curfew-absence", "medium", (), None),
    ],
)
def test_which_findings_ask_for_a_decision(slug: str, severity: Severity, grounds: tuple[str, ...], fires_after_h: int | None) -> None:
    tale = Story(stand_in(slug, severity, *grounds), breach_unanswered.RULE)
    tale.tell("10:00", "life.trigger", kind="separation")
    found = tale.play("12:00 +2d").found()

    assert ([] if fires_after_h is None else [at("10:00") + timedelta(hours=fires_after_h)]) == [one.began_at for one in found]


def test_when_late_evidence_takes_the_finding_back_the_question_goes_with_it_and_the_report_stays() -> None:
    tale = story(REPORTING)
    reported(tale, "18:00", condition_id="co-3")
    tale.tell("12:00", "bail.reported", arrives="19:00 +1d", order_id="or-1", station="Bridewell")
    assert "finding" == tale.play("18:59 +1d").only().about.kind

    found = tale.play("20:00 +1d").only()
    assert ("report", at("18:00 +1d")) == (found.about.kind, found.began_at)


def test_a_release_that_is_undone_leaves_the_report_to_stand_alone() -> None:
    tale = story(NO_CONTACT)
    tale.received("09:00")
    tale.released("12:00", confirmed=False)
    tale.tell("12:10", "comms.call", call_id="ca-1", number="07700 900077", duration_s=60.0, outcome="connected", legal=False)
    reported(tale, "12:20", condition_id="co-1")
    tale.received("12:40")
    found = tale.play("13:00 +1d").only()

    assert (("report", "br-1"), at("12:20 +1d")) == ((found.about.kind, found.about.id), found.began_at)


def test_minutes_without_the_feed_of_decisions_do_not_count() -> None:
    tale = story(NO_CONTACT)
    tale.decided("08:30", order_id="or-1")  # the console has delivered decisions for him
    tale.beats("vigil/console", "08:00", "12:00", timedelta(minutes=30))
    reported(tale, "10:00")
    assert [] == tale.play("06:00 +2d").found()

    tale.beats("vigil/console", "06:30 +2d", "12:00 +4d", timedelta(minutes=30))
    assert at("04:30 +3d") == tale.play("12:00 +4d").only().began_at


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story(NO_CONTACT, REPORTING, GPS)
    on_a_tag(tale, "10:00")
    incident(tale, "10:00")
    reported(tale, "11:00", condition_id="co-1")
    reported(tale, "16:00", "br-2", condition_id="co-3")
    tale.decided("19:00", "warned", breach_id="br-1")
    tale.decided("19:00 +1d", "warned", order_id="or-1")
    reported(tale, "20:00 +1d", "br-3", condition_id="co-3")

    tale.in_any_order("12:00 +3d")
