"""Intelligence by raw HTTP: what officers submit, who may know of which report, grades, filters, pages, counts and the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.ledger import facts
from alerting.ledger.read_models import KEEPS
from alerting.rights import ROLES
from schemas import topics
from schemas.read_models import ReportView
from tests.integration.console.office import DAY, HOUR, MINUTE, NOON, Browser, Office, problem
from tests.integration.console.reports import (
    ANOTHER,
    FEED,
    HE,
    IN_A_CASE,
    OPEN,
    OPEN_FEED,
    OPEN_SUMMARY,
    SEALED,
    SHE,
    SUMMARY,
    Reports,
    about,
    items,
)

WHOLE, BARE, NOTHING = "whole", "bare", "nothing"
OWN = tuple((role, f"of-{role}") for role in IN_A_CASE)
SUBMITTED = {
    "person_id": HE,
    "source_evaluation": 1,
    "intelligence_assessment": "A",
    "handling_code": "P",
    "tags": ["planning"],
    "summary": "He bought a second telephone.",
}
SITUATIONS: dict[str, dict[str, object]] = {
    "own": {"team": OWN},
    "same area": {},
    "other area": {"area": "kent"},
    "restricted": {"restricted": True},
    "excluded": {"team": OWN, "excluded": tuple(f"of-{role}" for role in ROLES)},
}
BY_AREA = frozenset({"control_room", "supervisor", "duty_inspector"})
READS_C = frozenset({*IN_A_CASE, "supervisor", "duty_inspector"})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reports]:
    with Office(tmp_path) as opened:
        yield Reports(opened)


def expected(situation: str, role: str, report: str) -> str:
    """What the page says (console 2.2, 2.3)."""
    reaches = (situation in {"own", "same area"} and role in BY_AREA) or (situation == "own" and role in IN_A_CASE)
    if not reaches:
        return NOTHING
    if report == "P":
        return WHOLE
    if report == "C named":
        return WHOLE if role in READS_C else NOTHING
    return BARE if role == "duty_inspector" else NOTHING


@pytest.mark.parametrize("situation", SITUATIONS)
def test_whose_report_it_is_to_know_in_every_role_and_the_rest_is_in_no_byte(desk: Reports, situation: str) -> None:
    desk.man(**SITUATIONS[situation])  # type: ignore[arg-type]  # its own keywords
    desk.graded("rp-1", summary="first secret", source="intel/one")
    desk.graded("rp-2", "C", "second secret", "intel/two", named={"roles": ROLES})
    desk.graded("rp-3", "C", "third secret", "intel/three", named={"officer_ids": ["of-nobody-here"]})
    texts = {"P": ("rp-1", "first secret", "intel/one"), "C named": ("rp-2", "second secret", "intel/two")}
    texts["C not named"] = ("rp-3", "third secret", "intel/three")

    for role in ROLES:
        browser = desk.in_role(role)
        answers = [
            browser.get(f"/api/v1/intelligence{query}", x_reason="a check") for query in ("", f"?person_id={HE}", "?handling_code=C")
        ]
        sent = "".join(answer.text + str(answer.headers) for answer in answers)
        for report, (report_id, *secrets) in texts.items():
            may = expected(situation, role, report)
            where = f"{situation}, {role}, {report}"
            assert all((text in sent) == (may == WHOLE) for text in secrets), where
            assert (report_id in sent) == (may != NOTHING), where
            if may == BARE:
                bare = about(items(browser), report_id)
                named = {"report_id": report_id, "person_id": HE, "handling_code": "C", "message_status": "actual"}
                assert {"kind": "exists", **named, "disclosures": []} == bare
            if may == NOTHING:
                real, invented = (
                    browser.command(f"/api/v1/intelligence/{name}/disclosures", {"fields": ["summary"]}) for name in (report_id, "rp-none")
                )
                unlike = {"instance": "", "request_id": ""}
                assert 404 == real.status_code, where
                assert real.json() | unlike == invented.json() | unlike, where


def test_a_report_of_code_c_is_read_by_officer_role_or_organisation_and_only_within_reach(desk: Reports) -> None:
    desk.man(team=[("oic", "of-oic")])
    desk.sealed(officer_ids=["of-oic", "of-idva"])
    assert SUMMARY == about(items(desk.in_role("oic")), SEALED)["summary"]
    assert [] == items(desk.in_role("idva")), "named, and not in the case"
    desk.sealed(organisations=["police"])
    assert SUMMARY == about(items(desk.in_role("oic")), SEALED)["summary"]
    desk.sealed(roles=["offender_manager"])
    assert [] == items(desk.in_role("oic"))


def test_an_advocate_reads_of_her_client_and_of_nobody_in_particular(desk: Reports) -> None:
    desk.man(team=[("idva", "of-idva")], client=SHE)
    desk.graded("rp-hers", her=SHE)
    desk.graded("rp-anothers", her=ANOTHER, summary="About somebody else")
    desk.graded("rp-his")

    found = desk.in_role("idva").get("/api/v1/intelligence")

    assert {"rp-hers", "rp-his"} == {item["report_id"] for item in found.json()["items"]}
    assert "About somebody else" not in found.text


def test_a_report_is_stated_to_the_rules_and_seen_at_once_and_is_the_same_when_it_comes_back(desk: Reports) -> None:
    desk.man(team=[("oic", "of-oic")])
    browser = desk.in_role("oic")
    answer = browser.command("/api/v1/intelligence", SUBMITTED, key="0b8ee6f0-53c8-4c0e-8a44-3a2d0f0f6c11")
    assert 201 == answer.status_code, answer.text

    shown = about(items(browser), answer.json()["report_id"])
    with desk.office.ledger.read() as connection:
        (waiting,) = facts.waiting(connection)
    event = json.loads(waiting.event)
    assert ("vigil/console", shown["id"]) == (event["source"], event["id"])
    assert [{"type": "NOMS", "value": "A9876ZZ"}] == event["person"]["identifiers"]
    assert ("A", "Known directly to the source", "Reliable") == (
        shown["intelligence_assessment"],
        shown["assessment_words"],
        shown["source_words"],
    )
    comes_back = ReportView.model_validate(
        {"person_id": HE, "source": event["source"], "id": event["id"], "occurred_at": NOON, "received_at": NOON + MINUTE}
        | {"report": event["data"]}
    )
    with desk.office.ledger.write(NOON + MINUTE) as writing:
        KEEPS[topics.REPORTS](writing, comes_back.model_dump_json().encode())

    assert [answer.json()["report_id"]] == [item["report_id"] for item in items(browser)]
    assert answer.content == browser.command("/api/v1/intelligence", SUBMITTED, key="0b8ee6f0-53c8-4c0e-8a44-3a2d0f0f6c11").content
    assert "collection" in {row["kind"] for row in desk.office.readings("collection")}


def test_who_may_not_reach_him_submits_nothing_and_learns_nothing(desk: Reports) -> None:
    desk.man(area="kent")
    browser = desk.in_role("supervisor")

    real, invented = (browser.command("/api/v1/intelligence", SUBMITTED | {"person_id": name}) for name in (HE, "pe-none"))

    problem(real, 404, "not_found")
    unlike = {"request_id": ""}
    assert real.json() | unlike == invented.json() | unlike
    assert 2 == len(desk.office.readings("denial"))
    for role in ("analyst", "auditor", "administrator", "feed_client"):
        problem(desk.in_role(role).command("/api/v1/intelligence", SUBMITTED), 403, "not_allowed")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"source_evaluation": 4}, "/source_evaluation"),
        ({"intelligence_assessment": "F"}, "/intelligence_assessment"),
        ({"handling_code": "C"}, ""),
        ({"handling_conditions": {"officer_ids": ["of-1"]}}, ""),
        ({"handling_code": "C", "handling_conditions": {"text": "nobody"}}, ""),
        ({"occurred_at": "2026-03-03T12:00:00Z"}, "/occurred_at"),
        ({"tags": ["gossip"]}, "/tags/0"),
        ({"summary": ""}, "/summary"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_no_graded_report_is_refused_at_its_place(desk: Reports, said: dict[str, object], pointer: str) -> None:
    refused = problem(desk.in_role("supervisor").command("/api/v1/intelligence", SUBMITTED | said), 422, "invalid")

    assert [pointer.lstrip("/")] == [error["pointer"].lstrip("/") for error in refused["errors"]]  # type: ignore[attr-defined]


def test_nobody_hides_a_report_of_code_c_by_submitting_another_of_its_name(desk: Reports) -> None:
    desk.man(team=[("oic", "of-oic"), ("offender_manager", "of-offender_manager")])
    desk.sealed(officer_ids=["of-oic"])
    attacker = desk.in_role("offender_manager")

    answer = attacker.command("/api/v1/intelligence", SUBMITTED | {"report_id": SEALED})

    assert 201 == answer.status_code, "a refusal would say that there is one"
    assert SUMMARY not in attacker.get("/api/v1/intelligence").text
    assert FEED not in attacker.get(f"/api/v1/people/{HE}/timeline").text
    assert {SUMMARY, "He bought a second telephone."} == {str(item["summary"]) for item in items(desk.in_role("oic"))}


def test_whoever_may_not_read_a_report_grades_it_no_other_way_and_hears_that_there_is_none(desk: Reports) -> None:
    """Graded false, it would take the threat in it back, and with it the alert."""
    desk.man(team=[("oic", "of-oic"), ("programme_case_manager", "of-programme_case_manager")])
    desk.sealed(officer_ids=["of-oic"])
    oic, manager, inspector = (desk.in_role(role) for role in ("oic", "programme_case_manager", "duty_inspector"))

    def grades(browser: Browser, report_id: str) -> tuple[int, object]:
        data = {"report_id": report_id, "intelligence_assessment": "E"}
        sent = {"type": "intelligence.reassessed", "occurred_at": "2026-03-02T11:58:00Z", "data": data}
        answer = browser.command(f"/api/v1/people/{HE}/facts", sent)
        return answer.status_code, answer.json().get("errors")

    refused = grades(manager, "rep-nobody")
    assert 422 == refused[0]
    assert [refused] * 2 == [grades(browser, SEALED) for browser in (manager, inspector)]
    assert ["denial"] * 3 == [row["kind"] for row in desk.office.readings("denial")]
    desk.graded(SEALED)  # another that bears its name, as anybody may submit
    assert refused == grades(manager, SEALED), "the grade would be that of both"
    assert 201 == grades(oic, SEALED)[0]


def test_a_report_that_was_assessed_again_stands_as_it_was_assessed_last(desk: Reports) -> None:
    desk.graded(at=NOON - 2 * HOUR)
    desk.regraded(OPEN, "E", NOON - HOUR)

    shown = about(items(desk.in_role("supervisor")), OPEN)

    assert ("E", "Suspected to be false", "B") == (shown["intelligence_assessment"], shown["assessment_words"], shown["submitted_as"])
    assert [{"at": "2026-03-02T11:00:00Z", "intelligence_assessment": "E"}] == shown["reassessed"]


def test_a_grade_is_due_for_review_after_a_year_unless_it_was_given_again(desk: Reports) -> None:
    desk.graded("rp-old", at=NOON - 366 * DAY)
    desk.graded("rp-renewed", at=NOON - 366 * DAY)
    desk.regraded("rp-renewed", "C", NOON - 10 * DAY)

    found = items(desk.in_role("supervisor"), f"?person_id={HE}")

    assert (True, False) == (about(found, "rp-old")["review_due"], about(found, "rp-renewed")["review_due"])


def test_filters_ask_what_may_be_read_and_pages_meet_each_once(desk: Reports) -> None:
    for number in range(5):
        desk.graded(f"rp-{number}", tags=["planning"] if number % 2 else ["surveillance"], at=NOON - HOUR)
    desk.graded("rp-late", at=NOON - MINUTE)
    desk.sealed(officer_ids=["of-nobody"])
    browser = desk.in_role("duty_inspector")
    mine = f"?person_id={HE}"

    assert ["rp-1", "rp-3"] == sorted(str(item["report_id"]) for item in items(browser, f"{mine}&tag=planning"))
    assert [] == items(browser, f"{mine}&tag=knows_location"), "what may not be read is found by nothing that it says"
    assert ["exists"] == [item["kind"] for item in items(browser, f"{mine}&handling_code=C")]
    assert ["rp-late"] == [item["report_id"] for item in items(browser, f"{mine}&from_at=2026-03-02T11:30:00Z")]
    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = browser.get(f"/api/v1/intelligence{mine}&limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        walked += [item["report_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert ["rp-late", *(f"rp-{number}" for number in range(5)), SEALED] == walked
    assert 422 == browser.get("/api/v1/intelligence?colour=red").status_code


def test_a_page_is_as_long_for_whom_a_report_of_code_c_does_not_exist(desk: Reports) -> None:
    """No gap, no shorter page, no cursor where nothing more is to come."""
    desk.man(team=[("oic", "of-oic")])
    desk.graded("rp-1", at=NOON - 3 * HOUR)
    desk.graded("rp-2", at=NOON - HOUR)
    for number in range(4):
        desk.graded(f"rp-c{number}", "C", source=FEED, named={"officer_ids": ["of-nobody"]}, at=NOON - 2 * HOUR)

    first = desk.in_role("oic").get(f"/api/v1/intelligence?person_id={HE}&limit=2").json()

    assert (["rp-2", "rp-1"], None) == ([item["report_id"] for item in first["items"]], first["next_cursor"])


def test_an_analyst_gets_counts_of_code_p_and_no_small_one(desk: Reports) -> None:
    for number in range(6):
        desk.graded(f"rp-{number}", tags=["planning"] if number else ["self_harm"])
    desk.sealed(officer_ids=["of-nobody"])
    browser = desk.in_role("analyst")

    answer = browser.get("/api/v1/intelligence?from_at=2026-03-02T00:00:00Z").json()
    counts = {row["tag"]: row["reports"] for row in answer["counts"]}

    assert [] == answer["items"]
    assert (5, None, None) == (counts["planning"], counts["self_harm"], counts["knows_location"])
    problem(browser.get(f"/api/v1/intelligence?person_id={HE}"), 403, "not_allowed")


def test_every_look_is_a_reading_with_its_purpose(desk: Reports) -> None:
    desk.man(team=[("oic", "of-oic")])
    desk.graded()
    desk.in_role("oic").get(f"/api/v1/intelligence?person_id={HE}")

    row = desk.office.readings()[-1]

    assert ("of-oic", "assignment", "oic", f'["{HE}"]', '["intelligence"]') == tuple(
        row[name] for name in ("officer_id", "purpose", "role", "subject_ids", "fields")
    )
    assert OPEN_SUMMARY not in str(desk.office.readings())
    assert OPEN_FEED not in str(desk.office.readings())
