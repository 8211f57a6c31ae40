"""Compounding risk: facts of different kinds that stand together, judged for real."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from schemas.event import Event
from schemas.risk import ProgrammeSession
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Verdict
from streams.rules import compounding_risk, no_contact, protection_gap
from tests.unit.rules.duties import NO_CONTACT, Story
from tests.unit.rules.telling import at


class _Of(msgspec.Struct, frozen=True, kw_only=True):
    """Which word opens the stand-in's finding."""

    word: str = ""


def stand_in(slug: str) -> Rule[_Of, _Of]:
    """A rule whose finding opens, ends, is confirmed or is withdrawn as `programme.session` says: `<slug> opens`."""

    def decide(p: _Of, memory: _Of, known: Known, given: Given) -> Verdict[_Of] | None:
        if not isinstance(given, Event) or not isinstance(given.data, ProgrammeSession):
            return None
        name, _, what = str(given.data.programme).partition(" ")
        if name != slug:
            return None
        open_ = known.open(slug)
        if what in {"opens", "unsure"}:
            fresh = Finding(
                subject=f"{known.case}:{known.at}",
                about=About("case", known.case, "the case"),
                began_at=known.at,
                decidable_at=known.at,
                severity="critical",
                provisional=what == "unsure",
                because="Something.",
                evidence=(given.ref,),
            )
            return Verdict(memory=memory, findings=(fresh,))
        one = open_ or next(known.of(slug))
        changed = {"ends": replace(one, ended_at=known.at), "sure": replace(one, provisional=False), "never": replace(one, withdrawn=True)}
        return Verdict(memory=memory, findings=(changed[what],))

    return Rule(
        slug=slug, version=1, status="live", reads=("programme.session",), tells=("oic",), parameters=_Of(), memory=_Of(), decide=decide
    )


OTHERS = (
    "untagged-window",
    "strap-tamper",
    "exclusion-zone-entry",
    "exclusion-zone-approach",
    "no-contact",
    "contact-from-custody",
    "location-known",
    "attempted-contact",
    "third-party-contact",
)


def story(*others: str) -> Story:
    return Story(*(stand_in(slug) for slug in (others or OTHERS)), compounding_risk.RULE)


def said(tale: Story, when: str, what: str) -> None:
    tale.tell(when, "programme.session", programme=what, attended=True)


def trigger(tale: Story, when: str, kind: str = "separation") -> Event:
    return tale.tell(when, "life.trigger", kind=kind)


def incident(tale: Story, when: str, kind: str = "threat", her: str | None = "pp-77", happened: str | None = None) -> None:
    told: dict[str, object] = {"incident_id": f"in-{when}", "kind": kind, "severity": 3, "protected_person_id": her}
    tale.tell(when, "incident.reported", arrives=None, source="crime/avon", happened_at=at(happened) if happened else None, **told)


def two_facts(tale: Story) -> None:
    """A release and a trigger on day 0: two kinds."""
    tale.received("06:00")
    tale.released("08:00")
    trigger(tale, "09:00")


def test_three_kinds_at_once_fire_and_are_told_in_their_order_by_kind_of_evidence() -> None:
    tale = story()
    two_facts(tale)
    assert [] == tale.play("20:00").found()
    said(tale, "21:00", "untagged-window opens")
    found = tale.play("22:00").only()

    assert at("21:00") == found.began_at == found.decidable_at
    assert ("critical", ("oic", "offender_manager", "idva", "supervisor", "control_room")) == (found.severity, found.told)
    assert (("release", "trigger", "untagged"), "case", ("pp-77",)) == (found.grounds, found.about.kind, found.protected_person_ids)
    assert (tale.only("untagged-window").id, 3) == (found.joins, len(found.evidence))
    assert (
        "3 serious facts about Sam Field (A1234AA) stand together since 2 Mar 21:00: "
        "evidence of a trigger, released (2 Mar 08:00) and separation (2 Mar 09:00); "
        "of planning, not monitored (2 Mar 21:00); pp-77 is at risk."
    ) == found.because


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("untagged-window", "untagged"),
        ("strap-tamper", "untagged"),
        ("exclusion-zone-entry", "zone"),
        ("exclusion-zone-approach", "zone"),
        ("no-contact", "contact"),
        ("contact-from-custody", "contact"),
        ("location-known", "location_known"),
    ],
)
def test_which_findings_are_facts(slug: str, kind: str) -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", f"{slug} opens")

    assert ("release", "trigger", kind) == tale.play("12:00").only().grounds


@pytest.mark.parametrize("slug", ["attempted-contact", "third-party-contact"])
def test_an_attempt_is_no_contact(slug: str) -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", f"{slug} opens")

    assert [] == tale.play("12:00").found()


def test_kinds_count_once_each_and_a_cut_strap_is_the_same_kind_as_a_window() -> None:
    tale = story()
    said(tale, "09:00", "strap-tamper opens")
    said(tale, "09:00", "untagged-window opens")
    trigger(tale, "10:00")
    trigger(tale, "11:00", "eviction")

    assert [] == tale.play("12:00").found()


def test_an_incident_that_names_her_is_contact_and_one_of_kind_threat_is_a_threat_too() -> None:
    tale = story()
    incident(tale, "09:00", "damage")
    incident(tale, "10:00", "threat", her=None)
    trigger(tale, "11:00")

    assert ("contact", "threat", "trigger") == tale.play("12:00").only().grounds


def test_an_incident_counts_from_when_it_happened() -> None:
    tale = story()
    two_facts(tale)
    incident(tale, "15:00", "damage", happened="14:00")
    found = tale.play("16:00").only()

    assert (at("14:00"), at("15:00"), None) == (found.began_at, found.decidable_at, found.joins)

    old = story()
    trigger(old, "09:00 +20d")
    said(old, "10:00 +20d", "untagged-window opens")
    incident(old, "15:00 +20d", "damage", happened="15:00 +6d")
    assert [] == old.play("16:00 +20d").found()


def test_a_threat_may_be_a_flag_or_intelligence() -> None:
    flag = {"ref": "me-1", "category": "threat"}
    report = {"report_id": "re-1", "source_evaluation": 1, "intelligence_assessment": "B", "handling_code": "P", "summary": "said so"}
    for kind, data in (("comms.flagged", flag), ("intelligence.submitted", {**report, "tags": ["threat_to_life"]})):
        tale = story()
        two_facts(tale)
        tale.tell("10:00", kind, arrives=None, source="comms/bt", **data)
        assert ("release", "trigger", "threat") == tale.play("12:00").only().grounds, kind


def test_other_flags_other_tags_false_intelligence_and_flags_of_legal_calls_are_no_threat() -> None:
    tale = story()
    two_facts(tale)
    report = {"source_evaluation": 1, "handling_code": "P", "summary": "said so"}
    tale.tell("10:00", "comms.flagged", ref="me-1", category="coercion")
    tale.tell(
        "10:01",
        "intelligence.submitted",
        arrives=None,
        source="x/y",
        report_id="re-1",
        intelligence_assessment="A",
        tags=["planning"],
        **report,
    )
    tale.tell(
        "10:02",
        "intelligence.submitted",
        arrives=None,
        source="x/y",
        report_id="re-2",
        intelligence_assessment="E",
        tags=["threat_to_life"],
        **report,
    )
    tale.tell("10:03", "comms.call", call_id="ca-1", number="07700 900001", duration_s=60.0, outcome="connected", legal=True)
    tale.tell("10:04", "comms.flagged", ref="ca-1", category="threat")

    assert [] == tale.play("12:00").found()


def test_intelligence_that_is_found_false_takes_the_picture_back() -> None:
    tale = story()
    two_facts(tale)
    report = {"report_id": "re-1", "source_evaluation": 1, "handling_code": "P", "summary": "said so", "tags": ["threat_to_life"]}
    tale.tell("10:00", "intelligence.submitted", arrives=None, source="x/y", intelligence_assessment="B", **report)
    tale.tell("12:00", "intelligence.reassessed", report_id="re-1", intelligence_assessment="E")
    tale.play("13:00")

    assert [] == tale.found()
    assert [at("10:00")] == [one.began_at for one in tale.found(withdrawn=True)]


def test_a_temporary_release_and_a_planned_one_are_no_release() -> None:
    tale = story()
    tale.received("06:00")
    tale.tell("07:00", "custody.release_planned", release_at=at("08:00 +3d"), release_kind="end_of_custody")
    tale.released("08:00", release_kind="temporary")
    trigger(tale, "09:00")
    said(tale, "10:00", "untagged-window opens")

    assert [] == tale.play("12:00").found()


def test_an_order_ended_is_the_end_of_a_protection_gap_not_its_approach() -> None:
    tale = Story(stand_in("untagged-window"), protection_gap.RULE, compounding_risk.RULE, risk="high")
    tale.order("08:00", NO_CONTACT, ends="12:00 +2d")
    trigger(tale, "09:00")
    said(tale, "10:00", "untagged-window opens")
    assert [] == tale.play("11:59 +2d").found()
    found = tale.play("12:00 +2d").only()

    assert (at("12:00 +2d"), ("trigger", "untagged", "order_ended")) == (found.began_at, found.grounds)
    assert tale.only("protection-gap").id == found.joins


def test_a_fact_without_end_counts_for_14_days_from_its_beginning() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    assert tale.play("07:59:59 +14d").only().open

    assert at("08:00 +14d") == tale.play("08:00 +14d").only().ended_at


def test_a_fact_that_ended_early_still_counts_for_14_days() -> None:
    tale = story()
    said(tale, "06:00", "untagged-window opens")
    said(tale, "07:00", "untagged-window ends")
    trigger(tale, "06:00 +13d")
    said(tale, "05:59 +14d", "location-known opens")
    found = tale.play("12:00 +14d").only()

    assert (at("05:59 +14d"), at("06:00 +14d")) == (found.began_at, found.ended_at)


def test_a_fact_that_goes_on_counts_until_it_ends() -> None:
    tale = story()
    said(tale, "06:00", "untagged-window opens")
    said(tale, "06:00", "location-known opens")
    said(tale, "06:00", "no-contact opens")
    said(tale, "09:00 +20d", "untagged-window ends")
    assert tale.play("08:00 +20d").only().open

    assert at("09:00 +20d") == tale.play("10:00 +20d").only().ended_at


def test_further_kinds_join_and_the_fourth_keeps_it_open() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    said(tale, "10:00 +3d", "exclusion-zone-entry opens")
    found = tale.play("12:00 +3d").only()
    assert (at("10:00"), ("release", "trigger", "untagged", "zone")) == (found.began_at, found.grounds)
    assert "4 serious facts" in found.because
    assert tale.only("exclusion-zone-entry").id == found.joins

    found = tale.play("08:30 +14d").only()  # the release counts no more, the trigger does
    assert (("trigger", "untagged", "zone"), True) == (found.grounds, found.open)
    assert at("09:00 +14d") == tale.play("12:00 +14d").only().ended_at


def test_more_of_the_same_kind_changes_nothing_that_is_told() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    before = tale.play("10:30").only()
    trigger(tale, "11:00", "eviction")

    assert before == tale.play("12:00").only()


def test_after_it_ended_three_kinds_again_are_a_new_matter() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    trigger(tale, "12:00 +14d", "eviction")
    said(tale, "12:00 +15d", "location-known opens")
    first, second = tale.play("13:00 +15d").found()

    assert (at("08:00 +14d"), at("12:00 +15d")) == (first.ended_at, second.began_at)


def test_a_fact_that_is_withdrawn_never_counted() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    said(tale, "11:00", "untagged-window never")
    tale.play("12:00")

    assert ([], 1) == (tale.found(), len(tale.found(withdrawn=True)))


def test_when_one_of_the_first_three_never_was_the_fourth_takes_its_place_from_its_own_beginning() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    said(tale, "11:00", "location-known opens")
    said(tale, "12:00", "untagged-window never")
    found = tale.play("13:00").only()

    assert (at("11:00"), ("release", "trigger", "location_known")) == (found.began_at, found.grounds)


def test_it_is_provisional_while_fewer_than_three_kinds_are_sure() -> None:
    tale = story()
    two_facts(tale)
    said(tale, "10:00", "exclusion-zone-entry unsure")
    said(tale, "11:00", "exclusion-zone-entry sure")
    assert tale.play("10:30").only().provisional

    assert not tale.play("12:00").only().provisional


def test_an_unconfirmed_release_that_is_undone_takes_the_picture_back() -> None:
    tale = story()
    tale.received("06:00")
    trigger(tale, "07:00")
    said(tale, "07:30", "location-known opens")
    tale.released("08:00", confirmed=False)
    tale.received("08:30")
    assert tale.play("08:10").only().provisional
    tale.play("09:00")

    assert ([], 1) == (tale.found(), len(tale.found(withdrawn=True)))


def test_a_confirmed_release_is_one_release() -> None:
    tale = story()
    tale.received("06:00")
    trigger(tale, "07:00")
    said(tale, "07:30", "location-known opens")
    tale.released("08:00", confirmed=False)
    tale.released("08:30")
    found = tale.play("09:00").only()

    assert (at("08:00"), False) == (found.began_at, found.provisional)


def test_contact_by_a_real_finding_counts_once_with_its_incident() -> None:
    tale = Story(no_contact.RULE, compounding_risk.RULE)
    tale.order("08:00", NO_CONTACT)
    trigger(tale, "09:00")
    incident(tale, "10:00", "threat")
    found = tale.play("12:00").only()

    assert {"trigger", "contact", "threat"} == {*found.grounds}
    assert tale.only("no-contact").id == found.joins


def test_the_order_of_arrival_does_not_matter() -> None:
    tale = Story(*(stand_in(slug) for slug in OTHERS[:4]), no_contact.RULE, compounding_risk.RULE)
    tale.order("05:00", NO_CONTACT)
    two_facts(tale)
    said(tale, "10:00", "untagged-window opens")
    incident(tale, "13:00", "damage", happened="09:30")
    said(tale, "15:00", "untagged-window never")
    said(tale, "09:00 +1d", "exclusion-zone-entry unsure")
    tale.decided("10:00 +1d", order_id="or-1")

    tale.in_any_order("12:00 +2d")
