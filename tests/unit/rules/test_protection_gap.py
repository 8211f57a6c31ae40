"""Protection gap: how orders that protect her run out, judged for real."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Verdict
from streams.rules import protection_gap
from tests.unit.rules.duties import CURFEW, NO_CONTACT, Story
from tests.unit.rules.telling import at

ZONE = {"condition_id": "co-8", "kind": "exclusion_zone", "zone": {"latitude": 51.46, "longitude": -2.59, "radius_m": 200}}
END = "10:00 +30d"


def story(*conditions: object, ends: str | None = END, risk: str = "high", kind: str = "court_bail") -> Story:
    tale = Story(protection_gap.RULE, risk=risk)
    tale.order("08:00", *(conditions or (NO_CONTACT,)), ends=ends, kind=kind)
    return tale


def incident(tale: Story, when: str, happened: str | None = None, **more: object) -> None:
    said: dict[str, object] = {"incident_id": f"in-{when}", "kind": "harassment", "severity": 2, **more}
    tale.tell(when, "incident.reported", arrives=None, source="crime/avon", happened_at=at(happened) if happened else None, **said)


def risk(tale: Story, when: str, level: str) -> None:
    tale.tell(when, "risk.level_set", level=level, set_by="of-oic")


def test_14_days_before_the_end_it_is_medium() -> None:
    tale = story()
    assert [] == tale.play("09:59:59 +16d").found()
    found = tale.play("10:00 +16d").only()

    assert at("10:00 +16d") == found.began_at == found.decidable_at
    assert ("medium", ("oic", "idva", "offender_manager")) == (found.severity, found.told)
    assert ("protected_person", "pp-77", ("pp-77",), "or-1") == (
        found.about.kind,
        found.about.id,
        found.protected_person_ids,
        found.order_id,
    )
    assert (
        "The last order that protects pp-77 from Sam Field (A1234AA), or-1, ends on 1 Apr 11:00 and nothing follows it; pp-77 is at risk."
    ) == found.because


def test_it_is_high_3_days_before_and_critical_24_h_before_and_after() -> None:
    tale = story()
    for when, severity in (
        ("09:59:59 +27d", "medium"),
        ("10:00 +27d", "high"),
        ("09:59:59 +29d", "high"),
        ("10:00 +29d", "critical"),
        (END, "critical"),
        ("10:00 +60d", "critical"),
    ):
        assert severity == tale.play(when).only().severity, when
    found = tale.only()
    assert "No order protects pp-77 from Sam Field (A1234AA): the last one, or-1, ended on 1 Apr 11:00" in found.because
    assert (at("10:00 +16d"), ("high_risk", "ended")) == (found.began_at, found.grounds)


@pytest.mark.parametrize(("ends", "severity"), [("08:00 +10d", "medium"), ("08:00 +3d", "high"), ("08:00 +1d", "critical")])
def test_known_late_it_fires_at_once_at_the_severity_of_the_time_left(ends: str, severity: str) -> None:
    found = story(ends=ends).play("08:00").only()

    assert (at("08:00"), severity) == (found.began_at, found.severity)


def test_below_high_risk_and_without_a_recent_incident_it_is_silent() -> None:
    assert [] == story(risk="medium").play("10:00 +60d").found()


def test_a_rise_of_the_risk_fires_at_once_and_its_fall_clears() -> None:
    tale = story(risk="medium")
    risk(tale, "12:00 +28d", "high")
    risk(tale, "12:00 +32d", "medium")
    tale.play("12:00 +28d")
    assert (at("12:00 +28d"), "high") == (tale.only().began_at, tale.only().severity)

    assert at("12:00 +32d") == tale.play("12:00 +40d").only().ended_at


def test_an_incident_counts_for_less_than_90_days_from_when_it_happened() -> None:
    recent, old = story(risk="medium", ends="10:00 +60d"), story(risk="medium", ends="10:00 +60d")
    incident(recent, "09:00", "10:00:01 -44d", protected_person_id="pp-78")
    incident(old, "09:00", "10:00 -44d", protected_person_id="pp-77")
    found = recent.play("12:00 +61d").only()

    assert (at("10:00 +46d"), at("10:00:01 +46d"), "medium") == (found.began_at, found.ended_at, found.severity)
    assert [] == old.play("12:00 +61d").found()


def test_when_the_last_incident_is_90_days_old_it_ends() -> None:
    tale = story(risk="medium")
    incident(tale, "09:00", "10:00 -62d")  # 90 days later is day 28
    found = tale.play("12:00 +60d").only()

    assert (at("10:00 +16d"), at("10:00 +28d"), ("recent_incident",)) == (found.began_at, found.ended_at, found.grounds)


def test_a_successor_in_force_no_later_than_the_end_clears_and_keeps_silent() -> None:
    made_early, made_in_time = story(), story()
    made_early.order("08:00 +1d", NO_CONTACT, order_id="or-2", starts=END)
    made_in_time.order("08:00 +20d", NO_CONTACT, order_id="or-2", starts=END)

    assert [] == made_early.play("10:00 +60d").found()
    assert at("08:00 +20d") == made_in_time.play("10:00 +60d").only().ended_at


def test_an_order_that_begins_a_second_too_late_is_no_successor_until_it_is_in_force() -> None:
    tale = story()
    tale.order("08:00 +20d", NO_CONTACT, order_id="or-2", starts="10:00:01 +30d")
    assert tale.play("10:00 +30d").only().open

    assert at("10:00:01 +30d") == tale.play("12:00 +30d").only().ended_at


def test_the_chain_of_successors_counts_as_a_whole() -> None:
    tale = story()
    tale.order("08:00 +1d", NO_CONTACT, order_id="or-2", starts="10:00 +29d", ends="10:00 +50d")
    found = tale.play("12:00 +49d").only()

    assert (at("10:00 +36d"), "or-2") == (found.began_at, found.order_id)


def test_a_successor_that_ends_soon_closes_the_gap_and_opens_the_next() -> None:
    tale = story()
    tale.order("08:00 +29d", NO_CONTACT, order_id="or-2", starts="08:00 +29d", ends="10:00 +35d")
    first, second = tale.play("09:00 +29d").found()

    assert (at("08:00 +29d"), "high") == (first.ended_at, first.severity)
    assert (at("08:00 +29d"), "medium", None) == (second.began_at, second.severity, second.ended_at)


def test_extending_the_order_clears() -> None:
    tale = story()
    tale.tell("08:00 +20d", "order.extended", order_id="or-1", ends_at=at("10:00 +90d"))

    assert at("08:00 +20d") == tale.play("10:00 +60d").only().ended_at


def test_ending_the_order_fires_at_once_and_worsens_an_open_gap() -> None:
    for ends in (None, END):
        tale = story(ends=ends)
        tale.tell("08:00 +20d", "order.ended", order_id="or-1", reason="discharged")
        found = tale.play("09:00 +20d").only()
        assert ("critical", None) == (found.severity, found.ended_at)
        assert "ended on 22 Mar 08:00" in found.because


def test_a_variation_that_drops_the_last_protecting_condition_is_an_end() -> None:
    tale = story(ends=None)
    tale.tell("08:00 +5d", "order.varied", order_id="or-1", conditions=[CURFEW])
    found = tale.play("09:00 +5d").only()

    assert (at("08:00 +5d"), "critical") == (found.began_at, found.severity)
    assert "or-1, ended on 7 Mar 08:00" in found.because


def test_a_variation_that_keeps_one_is_no_end() -> None:
    tale = story(NO_CONTACT, ZONE, ends=None)
    tale.tell("08:00 +5d", "order.varied", order_id="or-1", conditions=[{**ZONE, "protected_person_id": "pp-77"}])

    assert [] == tale.play("09:00 +60d").found()


@pytest.mark.parametrize(
    "condition",
    [
        NO_CONTACT,
        {**NO_CONTACT, "kind": "not_to_approach"},
        {**ZONE, "protected_person_id": "pp-77"},
        {"condition_id": "co-1", "kind": "no_contact"},
        ZONE,
    ],
)
def test_what_protects_her(condition: dict[str, object]) -> None:
    assert 1 == len(story(condition).play(END).found())


@pytest.mark.parametrize("condition", [{**NO_CONTACT, "protected_person_id": "pp-78"}, CURFEW])
def test_what_does_not_protect_her(condition: dict[str, object]) -> None:
    assert [] == story(condition).play("10:00 +60d").found()


def test_an_occupation_order_protects_her() -> None:
    assert 1 == len(story({"condition_id": "co-9", "kind": "other"}, kind="occupation_order").play(END).found())


def test_another_order_that_protects_her_without_end_keeps_it_silent() -> None:
    tale = story()
    tale.order("09:00", NO_CONTACT, order_id="or-2", kind="restraining_order")

    assert [] == tale.play("10:00 +60d").found()


def test_each_protected_person_is_judged_by_herself() -> None:
    tale = story()
    tale.link("pp-78")

    assert ["pp-77"] == [one.about.id for one in tale.play(END).found()]


def test_she_who_is_no_longer_linked_is_no_longer_asked_about() -> None:
    tale = story()
    tale.tell("08:00 +20d", "case.protected_person_unlinked", protected_person_id="pp-77")

    assert at("08:00 +20d") == tale.play(END).only().ended_at


def test_when_one_order_expires_as_another_begins_there_is_no_gap() -> None:
    tale = story(ends="10:00 +1d")
    tale.order("09:00", NO_CONTACT, order_id="or-2", starts="10:00 +1d")
    found = tale.play("10:00 +60d").only()  # an hour of it was known before the successor was

    assert (at("08:00"), at("09:00")) == (found.began_at, found.ended_at)


def test_pre_charge_bail_nears_its_limit_of_3_months_whatever_date_stands_in_it() -> None:
    for ends in (None, "10:00 +200d"):
        tale = story(ends=ends, kind="police_bail")
        assert [] == tale.play("06:59:59 +78d").found()
        found = tale.play("07:00 +78d").only()  # 2 June 08:00 BST less 14 days
        assert (at("07:00 +78d"), "medium") == (found.began_at, found.severity)
        assert "pre-charge bail or-1 reaches its time limit on 2 Jun 08:00 and no extension is recorded" in found.because
        assert "critical" == tale.play("07:00 +92d").only().severity
        assert "reached its time limit" in tale.play("07:00 +99d").only().because


def test_each_extension_reaches_to_the_next_limit() -> None:
    tale = story(ends="07:00 +92d", kind="police_bail")
    tale.tell("08:00 +85d", "order.extended", order_id="or-1", ends_at=at("07:00 +250d"))
    tale.tell("08:00 +175d", "order.extended", order_id="or-1", ends_at=at("07:00 +300d"))

    first = tale.play("12:00 +90d").only()
    assert (at("07:00 +78d"), at("08:00 +85d")) == (first.began_at, first.ended_at)
    second = tale.play("12:00 +180d").only()  # 2 September
    assert (at("07:00 +170d"), at("08:00 +175d")) == (second.began_at, second.ended_at)
    assert at("08:00 +261d") == tale.play("12:00 +265d").only().began_at  # 2 December 08:00 GMT less 14 days


def test_court_bail_knows_no_such_limit() -> None:
    assert [] == story(ends=None).play("08:00 +300d").found()


class _Open(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing."""


def _under_investigation(p: _Open, memory: _Open, known: Known, given: Given) -> Verdict[_Open]:
    """Stands in for the rule of that name: open from the event until the next order is made."""
    open_ = known.open("released-under-investigation")
    if open_ is not None:
        return Verdict(memory=memory, findings=(msgspec.structs.replace(open_, ended_at=known.at),))
    fresh = Finding(
        subject=known.case,
        about=About("case", known.case, "the case"),
        began_at=known.at,
        decidable_at=known.at,
        severity="high",
        because="Released under investigation.",
        evidence=(),
    )
    return Verdict(memory=memory, findings=(fresh,))


RUI = Rule(
    slug="released-under-investigation",
    version=1,
    status="live",
    reads=("bail.released_under_investigation", "bail.surrendered"),
    tells=("oic",),
    parameters=_Open(),
    memory=_Open(),
    decide=_under_investigation,
)


def test_it_is_silent_while_released_under_investigation_is_open() -> None:
    tale = Story(RUI, protection_gap.RULE, risk="high")
    tale.order("08:00", NO_CONTACT)
    tale.tell("08:00 +5d", "order.ended", order_id="or-1", reason="no further bail")
    tale.tell("09:00 +5d", "bail.released_under_investigation", arrest_ref="ar-1")
    tale.tell("09:00 +9d", "bail.surrendered", order_id="or-1")
    first, second = tale.play("09:00 +20d").found()

    assert (at("08:00 +5d"), at("09:00 +5d")) == (first.began_at, first.ended_at)
    assert (at("09:00 +9d"), None) == (second.began_at, second.ended_at)


def test_a_successor_that_arrives_late_takes_the_alert_back() -> None:
    tale = story()
    tale.order("08:00 +10d", NO_CONTACT, order_id="or-2", starts=END, arrives="10:00 +17d")
    assert 1 == len(tale.play("09:00 +17d").found())

    assert [] == tale.play("12:00 +17d").found()


def test_a_silent_feed_of_orders_does_not_make_it_fire() -> None:
    tale = story()
    tale.beats("order/avon", "08:00", "08:00 +15d", timedelta(hours=6))
    assert [] == tale.play("12:00 +40d").found()

    tale.beats("order/avon", "14:00 +40d", "14:00 +40d", timedelta(hours=6))
    assert (at("10:00 +16d"), "critical") == (tale.play("15:00 +40d").only().began_at, tale.only().severity)


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = story(risk="medium", ends="10:00 +20d")
    incident(tale, "09:00 +1d", "08:30 +1d", protected_person_id="pp-77")
    tale.order("08:00 +12d", NO_CONTACT, order_id="or-2", starts="10:00 +20d", ends="10:00 +25d")
    risk(tale, "12:00 +13d", "high")
    tale.tell("12:00 +22d", "order.varied", order_id="or-2", conditions=[CURFEW])
    tale.order("08:00 +23d", NO_CONTACT, order_id="or-3")

    tale.in_any_order("12:00 +30d")
