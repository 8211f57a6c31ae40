"""Disclosures by raw HTTP: only the named fields leave, to whom and under which law; authority for code C; receipts; the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from alerting.intelligence import agreements
from alerting.ledger import roots
from alerting.ledger.tables.messages import OUTBOX
from alerting.wording import MayLeave
from schemas.finding import reference
from tests.integration.console.office import DAY, HOUR, MINUTE, NOON, Office, problem
from tests.integration.console.reports import (
    FEED,
    GIVES,
    HE,
    MANAGER,
    OPEN,
    OPEN_FEED,
    OPEN_SUMMARY,
    PROGRAMME,
    SEALED,
    SUMMARY,
    WHY,
    Reports,
    about,
    items,
)
from tests.integration.console.scene import INSPECTOR

YES = {"agree": True, "rationale": "He is to be in her street on Friday."}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reports]:
    with Office(tmp_path) as opened:
        made = Reports(opened)
        made.man(team=[("oic", "of-oic"), ("idva", "of-idva")])
        made.graded()
        made.agreement()
        yield made


def test_only_the_fields_that_were_named_leave_and_the_log_says_to_whom(desk: Reports) -> None:
    answer = desk.give(desk.in_role("oic"), fields=["summary", "intelligence_assessment"], conditions="Not to be told to him.")
    assert 201 == answer.status_code, answer.text
    assert ("sent", True) == (answer.json()["state"], answer.json()["part_3_to_uk_gdpr"])

    manager = desk.office.sign_in(MANAGER)
    (got,) = items(manager)
    assert ({"summary": OPEN_SUMMARY, "intelligence_assessment": "B"}, "Not to be told to him.") == (got["disclosed"], got["conditions"])
    for secret in (OPEN_FEED, OPEN, "surveillance"):
        assert secret not in manager.get("/api/v1/intelligence").text
    (row,) = desk.office.readings("disclosure")
    assert ("of-oic", f"to {MANAGER} of {PROGRAMME}: {WHY}") == (row["officer_id"], row["reason"])
    assert (f'["{HE}"]', '["intelligence_assessment","summary"]') == (row["subject_ids"], row["fields"])
    assert 1 == desk.office.audited("disclosure") == desk.office.audited("intelligence.disclosed")
    assert ["sent"] == [one["state"] for one in about(items(desk.in_role("supervisor")), OPEN)["disclosures"]]  # type: ignore[attr-defined]


def test_what_was_not_disclosed_is_found_by_no_filter(desk: Reports) -> None:
    desk.give(desk.in_role("oic"))
    manager = desk.office.sign_in(MANAGER)

    assert 1 == len(items(manager))
    assert [] == items(manager, "?tag=surveillance")
    assert [] == items(manager, "?handling_code=P")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"to_officer_id": "of-nobody"}, "/to_officer_id"),
        ({"to_organisation": "Another Way"}, "/to_officer_id"),
        ({"to_officer_id": "of-analyst", "to_organisation": "police", "agreement_id": None}, "/to_officer_id"),
        ({"to_officer_id": "of-oic", "to_organisation": "police", "agreement_id": None}, "/to_officer_id"),
        ({"fields": []}, "/fields"),
        ({"fields": ["source"]}, "/fields/0"),
        ({"fields": ["handling_conditions"]}, "/fields/0"),
        ({"lawful_basis": "curiosity"}, "/lawful_basis"),
        ({"lawful_basis": "law_enforcement"}, "/lawful_basis"),
        ({"lawful_basis": "public_task"}, "/agreement_id"),
        ({"agreement_id": None}, "/agreement_id"),
        ({"agreement_id": "ag-none"}, "/agreement_id"),
        ({"expires_at": "2026-03-02T11:00:00Z"}, "/expires_at"),
        ({"rationale": YES["rationale"]}, "/rationale"),
    ],
)
def test_what_may_not_leave_so_is_refused_at_its_place(desk: Reports, said: dict[str, object], pointer: str) -> None:
    answer = desk.give(desk.in_role("oic"), OPEN, **said)

    assert 422 == answer.status_code, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert [] == desk.office.readings("disclosure")
    assert [] == items(desk.office.sign_in(MANAGER))


def test_an_agreement_must_be_in_force(desk: Reports) -> None:
    with desk.office.ledger.write(NOON) as writing:
        agreements.end(writing, "ag-1")

    problem(desk.give(desk.in_role("oic")), 409, "not_possible_now")


def test_nobody_gets_what_is_about_whose_case_they_may_not_see(desk: Reports) -> None:
    desk.give(desk.in_role("oic"))
    desk.man(team=[("oic", "of-oic")], excluded=[MANAGER])

    assert [] == items(desk.office.sign_in(MANAGER))
    assert ["/to_officer_id"] == [error["pointer"] for error in desk.give(desk.in_role("oic")).json()["errors"]]


def test_what_is_suspected_to_be_false_or_was_judged_long_ago_goes_no_further(desk: Reports) -> None:
    oic = desk.in_role("oic")
    desk.give(oic, fields=["intelligence_assessment"])
    desk.regraded(OPEN, "E", NOON)
    desk.graded("rp-old", at=NOON - 366 * DAY)

    problem(desk.give(oic), 409, "not_possible_now")
    problem(desk.give(oic, "rp-old"), 409, "not_possible_now")
    (got,) = items(desk.office.sign_in(MANAGER))
    assert {"intelligence_assessment": "E"} == got["disclosed"], "who trusts it must hear that it was lowered"


def test_only_who_holds_the_case_discloses_and_only_freshly_signed_in(desk: Reports) -> None:
    oic = desk.in_role("oic")
    for role in ("control_room", "idva"):
        problem(desk.give(desk.in_role(role)), 403, "not_allowed")
    problem(desk.give(desk.in_role("offender_manager")), 404, "not_found")
    desk.later(11 * MINUTE)
    problem(desk.give(oic), 403, "step_up_needed")


def test_it_is_gone_when_it_expires_or_is_refused(desk: Reports) -> None:
    oic, manager = desk.in_role("oic"), desk.office.sign_in(MANAGER)
    name = desk.give(oic, expires_at="2026-03-02T12:10:00Z").json()["disclosure_id"]
    refused = desk.give(oic).json()["disclosure_id"]
    assert 2 == len(items(manager))
    problem(manager.command(f"/api/v1/disclosures/{refused}/receipt", {"answer": "refused"}), 422, "invalid")
    assert 200 == manager.command(f"/api/v1/disclosures/{refused}/receipt", {"answer": "refused", "note": "Not ours."}).status_code
    assert [name] == [item["disclosure_id"] for item in items(manager)]

    desk.later(10 * MINUTE)

    assert [] == items(manager)
    problem(manager.command(f"/api/v1/disclosures/{name}/receipt", {"answer": "accepted"}), 404, "not_found")
    given = about(items(oic), OPEN)["disclosures"]
    assert {"refused", "expired"} == {one["state"] for one in given}  # type: ignore[attr-defined]


def test_a_receipt_is_the_receivers_alone_and_given_once_and_seen_when_it_is_overdue(desk: Reports) -> None:
    oic, manager = desk.in_role("oic"), desk.office.sign_in(MANAGER)
    made = desk.give(oic).json()["disclosure_id"]
    path, taken = f"/api/v1/disclosures/{made}/receipt", {"answer": "accepted"}

    problem(oic.command(path, taken), 403, "not_allowed")
    problem(desk.in_role("supervisor").command(path, taken), 404, "not_found")
    problem(manager.command("/api/v1/disclosures/di_none/receipt", taken), 404, "not_found")
    desk.later(25 * HOUR)
    oic, manager = desk.in_role("oic"), desk.office.sign_in(MANAGER)
    assert [True] == [one["overdue"] for one in about(items(oic), OPEN)["disclosures"]]  # type: ignore[attr-defined]
    assert 200 == manager.command(path, taken).status_code
    problem(manager.command(path, taken), 409, "not_possible_now")
    assert [("accepted", False)] == [(one["state"], one["overdue"]) for one in about(items(oic), OPEN)["disclosures"]]  # type: ignore[attr-defined]


def test_of_code_c_nothing_leaves_before_a_duty_inspector_has_said_so(desk: Reports) -> None:
    desk.sealed(officer_ids=["of-oic"])
    asked = desk.give(desk.in_role("oic"), SEALED).json()
    manager, inspector = desk.office.sign_in(MANAGER), desk.in_role("duty_inspector")
    assert ("awaiting_authority", "2026-03-02T13:00:00Z") == (asked["state"], asked["decide_by_at"])
    assert [] == items(manager)
    path = f"/api/v1/disclosures/{asked['disclosure_id']}/authority"
    problem(manager.command(f"/api/v1/disclosures/{asked['disclosure_id']}/receipt", {"answer": "accepted"}), 404, "not_found")
    waits = about(items(inspector), SEALED)
    assert ("exists", ["summary"]) == (waits["kind"], waits["disclosures"][0]["fields"])  # type: ignore[index]

    problem(desk.in_role("oic").command(path, YES), 403, "not_allowed")
    problem(desk.in_role("supervisor").command(path, YES), 404, "not_found")
    problem(inspector.command(path, {"agree": True, "rationale": "ok"}), 422, "rationale_needed")
    decided = inspector.command(path, YES)

    assert 200 == decided.status_code, decided.text
    for secret in (SUMMARY, FEED):
        assert secret not in decided.text + inspector.get("/api/v1/intelligence").text
    (got,) = items(manager)
    assert {"summary": SUMMARY} == got["disclosed"]
    problem(inspector.command(path, YES), 409, "not_possible_now")


def test_no_proof_tells_those_for_whom_the_report_does_not_exist_what_others_did_with_it(desk: Reports) -> None:
    office = desk.office
    desk.sealed(officer_ids=["of-oic"])
    office.officer("of-oic", "oic", manager="of-supervisor")
    oic = desk.in_role("oic")
    of_c, of_p = (desk.give(oic, report_id).json()["disclosure_id"] for report_id in (SEALED, OPEN))
    for code, named in (("P", None), ("C", {"officer_ids": ["of-nobody"]})):
        report = {"person_id": HE, "source_evaluation": 1, "intelligence_assessment": "A", "handling_code": code, "summary": "He said so."}
        assert 201 == oic.command("/api/v1/intelligence", report | ({"handling_conditions": named} if named else {})).status_code
    with office.ledger.write(office.now) as writing:
        root = roots.seal(writing, roots.Key(Ed25519PrivateKey.generate()))
    assert root is not None

    def proved(role: str, reason: str | None = None) -> list[str]:
        browser = desk.in_role(role)
        answers = [browser.get(f"/api/v1/audit/proof?seq={number}", x_reason=reason) for number in range(1, root.size + 1)]
        entries = [answer.json()["entry"] for answer in answers if answer.status_code == 200]
        return [entry for entry in entries if "disclosure_id" in entry or ("fact" in entry and "by" in entry)]

    everything = proved("auditor", "review")
    assert everything == proved("oic"), "their own acts"
    assert [of_c in everything[0], of_p in everything[1], 4] == [True, True, len(everything)]
    assert everything[1:3] == proved("supervisor"), "what they did with reports that their supervisor may read"


def test_no_log_of_readings_tells_those_for_whom_the_report_does_not_exist_that_somebody_dealt_with_it(desk: Reports) -> None:
    office = desk.office
    desk.sealed(officer_ids=["of-oic"])
    for role in ("oic", "duty_inspector"):
        office.officer(desk.of(role), role, manager=desk.of("supervisor"))
    oic, inspector = desk.in_role("oic"), desk.in_role("duty_inspector")
    asked = desk.give(oic, SEALED).json()["disclosure_id"]
    problem(oic.command(f"/api/v1/disclosures/{asked}/authority", YES), 403, "not_allowed")
    assert 200 == inspector.command(f"/api/v1/disclosures/{asked}/authority", YES).status_code
    report = {"source_evaluation": 1, "intelligence_assessment": "A", "handling_code": "C", "summary": "He said so."}
    report["handling_conditions"] = {"officer_ids": ["of-nobody"]}
    assert 201 == oic.command("/api/v1/intelligence", {"person_id": HE, **report}).status_code
    stated = {"intelligence.submitted": {"report_id": "rep-c", **report}}
    stated["intelligence.reassessed"] = {"report_id": SEALED, "intelligence_assessment": "C"}
    for name, data in stated.items():
        said = {"type": name, "occurred_at": "2026-03-02T12:00:00Z", "data": data}
        assert 201 == oic.command(f"/api/v1/people/{HE}/facts", said).status_code

    def shown_to(role: str, reason: str | None = None) -> dict[int, tuple[str, str]]:
        """Of the readings of the two: the number, and what kind on which route."""
        rows = desk.in_role(role).get("/api/v1/audit/consultations?limit=200", x_reason=reason).json()["items"]
        theirs = {desk.of("oic"), desk.of("duty_inspector")}
        return {row["number"]: (row["kind"], row["route"].rpartition("/")[2]) for row in rows if row["officer_id"] in theirs}

    sealed = shown_to("auditor", "review")
    assert {"disclosure", "reading", "denial", "collection"} == {kind for kind, _ in sealed.values()}
    assert {} == shown_to("supervisor")
    own = {name for name, row in shown_to("duty_inspector").items() if row in {("disclosure", "authority"), ("denial", "authority")}}
    assert 2 == len(own), "for whom the report exists"
    page = desk.in_role("supervisor").get(f"/api/v1/people/{HE}").json()
    assert {"audit"} == {one["purpose"] for one in page["readings"]}

    assert 2 == len(items(oic))
    assert 201 == desk.give(oic).status_code
    open_ones = {("reading", "intelligence"), ("disclosure", "disclosures"), ("reading", "disclosures")}
    assert open_ones == {*shown_to("supervisor").values()} - {("reading", "consultations")}, "a list is a row for P and one for each of C"


def test_a_later_report_of_the_same_name_does_not_stand_in_the_way_of_a_decision(desk: Reports) -> None:
    """Whoever submits a report may call it what they like."""
    desk.sealed(officer_ids=["of-oic"])
    asked = desk.give(desk.in_role("oic"), SEALED).json()
    desk.graded(SEALED, at=NOON)
    inspector = desk.in_role("duty_inspector")

    assert "A disclosure waits for your decision" in inspector.get(f"/a/{reference(asked['disclosure_id'])}").text
    decided = inspector.command(f"/api/v1/disclosures/{asked['disclosure_id']}/authority", YES)
    assert 200 == decided.status_code, decided.text
    (got,) = items(desk.office.sign_in(MANAGER))
    assert {"summary": SUMMARY} == got["disclosed"]


def test_the_duty_inspector_is_told_that_a_decision_waits_and_of_nothing_else(desk: Reports) -> None:
    """The text that may leave, with a reference of its own; its link says to them that a decision waits, and to nobody else anything."""
    desk.sealed(officer_ids=["of-oic"])
    asked = desk.give(desk.in_role("oic"), SEALED).json()
    name = reference(asked["disclosure_id"])
    with desk.office.ledger.read() as connection:
        rows = connection.execute(select(OUTBOX).where(OUTBOX.c.occasion == "authority asked").order_by(OUTBOX.c.officer_id)).all()

    both = [desk.of("duty_inspector"), INSPECTOR]
    assert [(name, "duty_inspector", "queued") for name in both] == [(row.officer_id, row.role, row.state) for row in rows]
    row = rows[0]
    said = msgspec.json.decode(row.text, type=MayLeave)
    assert f"Vigil: {name} needs an answer now. {desk.office.origin}/a/{name}" == said.sentence

    page = desk.in_role("duty_inspector").get(f"/a/{name}")
    assert "A disclosure waits for your decision" in page.text
    assert "13:00" in page.text
    for secret in (SUMMARY, FEED, SEALED, HE, PROGRAMME):
        assert secret not in page.text
    for role in ("oic", "supervisor", "idva", "control_room"):
        other = desk.in_role(role).get(f"/a/{name}")
        assert (404, True) == (other.status_code, "There is no such alert" in other.text)

    path = f"/api/v1/disclosures/{asked['disclosure_id']}/authority"
    assert 200 == desk.in_role("duty_inspector").command(path, YES).status_code
    assert 404 == desk.in_role("duty_inspector").get(f"/a/{name}").status_code


def test_a_report_of_an_exercise_is_seen_as_such_wherever_it_goes(desk: Reports) -> None:
    desk.graded(message_status="exercise")
    desk.graded(SEALED, "C", named={"officer_ids": ["of-oic"]}, message_status="exercise")
    oic, inspector, manager = desk.in_role("oic"), desk.in_role("duty_inspector"), desk.office.sign_in(MANAGER)

    assert ["exercise", "exercise"] == [item["message_status"] for item in items(oic)]
    assert ("exists", "exercise") == (about(items(inspector), SEALED)["kind"], about(items(inspector), SEALED)["message_status"])
    desk.give(oic)
    desk.give(oic, SEALED)
    (got,) = items(manager)
    assert {"message_status": "exercise", "summary": OPEN_SUMMARY} == got["disclosed"]
    with desk.office.ledger.read() as connection:
        said = connection.execute(select(OUTBOX.c.text).where(OUTBOX.c.occasion == "authority asked")).scalars().all()
    assert {"EXERCISE"} == {msgspec.json.decode(one, type=MayLeave).mark for one in said}


def test_every_duty_inspector_on_duty_is_asked_but_none_who_must_not_know_of_him(desk: Reports) -> None:
    desk.man(team=[("oic", "of-oic")], excluded=["of-second"])
    for name in ("of-second", "of-third"):
        desk.office.officer(name, "duty_inspector")
        desk.office.on_call("duty_inspector", name)
    desk.sealed(officer_ids=["of-oic"])
    desk.give(desk.in_role("oic"), SEALED)

    with desk.office.ledger.read() as connection:
        told = connection.execute(select(OUTBOX.c.officer_id).where(OUTBOX.c.occasion == "authority asked")).scalars().all()
    assert {desk.of("duty_inspector"), "of-third"} == {*told} - {INSPECTOR}


def test_silence_is_no_yes_and_no_is_no(desk: Reports) -> None:
    desk.sealed(officer_ids=["of-oic"])
    oic, inspector = desk.in_role("oic"), desk.in_role("duty_inspector")
    refused, lapses = (desk.give(oic, SEALED).json()["disclosure_id"] for _ in range(2))
    no = {"agree": False, "rationale": "Nothing in it needs to be known there."}
    assert 200 == inspector.command(f"/api/v1/disclosures/{refused}/authority", no).status_code

    desk.later(61 * MINUTE)

    problem(desk.in_role("duty_inspector").command(f"/api/v1/disclosures/{lapses}/authority", YES), 409, "not_possible_now")
    given = about(items(desk.in_role("oic"), "?handling_code=C"), SEALED)["disclosures"]
    assert {"not_authorised", "lapsed"} == {one["state"] for one in given}  # type: ignore[attr-defined]
    assert [] == items(desk.office.sign_in(MANAGER))
    assert [] == desk.office.readings("disclosure")


def test_a_duty_inspector_discloses_what_they_may_not_read_with_a_rationale(desk: Reports) -> None:
    desk.sealed(officer_ids=["of-nobody-here"])
    inspector = desk.in_role("duty_inspector")

    problem(desk.give(inspector, SEALED), 422, "rationale_needed")
    answer = desk.give(inspector, SEALED, rationale=YES["rationale"])

    assert (201, "sent") == (answer.status_code, answer.json()["state"])
    assert SUMMARY not in answer.text + inspector.get("/api/v1/intelligence").text
    assert [{"summary": SUMMARY}] == [item["disclosed"] for item in items(desk.office.sign_in(MANAGER))]


def test_the_same_key_discloses_once(desk: Reports) -> None:
    oic, key = desk.in_role("oic"), "5e0f6b52-6d3e-4c0d-9d3b-0f6f1f0a7b11"
    path = f"/api/v1/intelligence/{OPEN}/disclosures"

    first, again = (oic.command(path, GIVES, key=key) for _ in range(2))

    assert first.content == again.content
    assert 1 == len(items(desk.office.sign_in(MANAGER)))
    assert 1 == len(desk.office.readings("disclosure"))


def test_a_key_that_comes_again_when_it_is_forgotten_takes_nothing_from_the_log(desk: Reports) -> None:
    """Nor a report, a grant or a fact, whose names come of the key too."""
    key, path = "5e0f6b52-6d3e-4c0d-9d3b-0f6f1f0a7b11", f"/api/v1/intelligence/{OPEN}/disclosures"
    report = {"person_id": HE, "source_evaluation": 1, "intelligence_assessment": "A", "handling_code": "P", "summary": "Of the first."}
    submit, glass = "/api/v1/intelligence", {"person_id": HE, "reason": "She has rung: he is at the door."}
    said = [(path, GIVES), (submit, report), ("/api/v1/access/break-glass", glass)]
    for day, purpose, summary in ((0, WHY, "Of the first."), (1, "Something else altogether.", "Of the second.")):
        desk.later(day * DAY)
        for number, (where, body) in enumerate(said):
            changed = {**body, **({"purpose": purpose} if where == path else {"summary": summary} if where == submit else {})}
            assert 201 == desk.in_role("oic").command(where, changed, key=f"{key[:-1]}{number}").status_code

    assert {WHY, "Something else altogether."} == {one["purpose"] for one in about(items(desk.in_role("oic")), OPEN)["disclosures"]}  # type: ignore[attr-defined]
    assert {OPEN_SUMMARY, "Of the first.", "Of the second."} == {one["summary"] for one in items(desk.in_role("oic"))}


def test_an_auditor_reads_the_log_with_a_reason_and_never_what_was_said(desk: Reports) -> None:
    desk.sealed(officer_ids=["of-oic"])
    desk.give(desk.in_role("oic"))
    desk.give(desk.in_role("duty_inspector"), SEALED, rationale=YES["rationale"])
    auditor = desk.in_role("auditor")

    problem(auditor.get("/api/v1/intelligence"), 422, "rationale_needed")
    answer = auditor.get("/api/v1/intelligence?limit=1", x_reason="The yearly check")
    rest = auditor.get(f"/api/v1/intelligence?limit=1&cursor={answer.json()['next_cursor']}", x_reason="The yearly check")

    found = [*answer.json()["items"], *rest.json()["items"]]
    assert [("disclosure", MANAGER, True)] * 2 == [(one["kind"], one["to_officer_id"], one["part_3_to_uk_gdpr"]) for one in found]
    for secret in (SUMMARY, OPEN_SUMMARY, SEALED, FEED, OPEN_FEED):
        assert secret not in answer.text + rest.text
