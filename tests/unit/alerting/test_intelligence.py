"""Grades, handling and disclosures as pure values: what stands when, what crosses from one law to the other, and what leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerting.intelligence.disclosing import Decision, Disclosure, answered, decided, sent
from alerting.intelligence.grading import ASSESSMENTS, REVIEW_AFTER, Grade, Regraded, grade
from alerting.intelligence.handling import FIELDS, content, crosses, decide_within, is_programme, may_receive
from alerting.lifecycle.policy import DEFAULT
from schemas.risk import IntelligenceSubmitted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def a_report(*tags: str) -> IntelligenceSubmitted:
    said = {"report_id": "rp-1", "source_evaluation": 2, "intelligence_assessment": "B", "handling_code": "C", "tags": tags}
    return IntelligenceSubmitted.model_validate({**said, "summary": "He asked for her street.", "protected_person_id": "pp-1"})


def stands(*later: tuple[datetime, str], now: datetime = NOON) -> Grade:
    made = [Regraded(at, "E" if word == "E" else "A") for at, word in later]
    return grade(2, Regraded(NOON - 10 * DAY, "B"), "P", made, now)


def a_disclosure(**other: object) -> Disclosure:
    said: dict[str, object] = {
        "disclosure_id": "di-1",
        "source": "intel/desk",
        "id": "ev-1",
        "report_id": "rp-1",
        "person_id": "pe-1",
        "handling_code": "C",
        "by_id": "of-1",
        "from_organisation": "police",
        "to_organisation": "A Programme",
        "to_officer_id": "of-2",
        "purpose": "Her safety.",
        "lawful_basis": "vital_interests",
        "agreement_id": None,
        "part_3_to_uk_gdpr": True,
        "fields": ("summary",),
        "conditions": None,
        "asked_at": NOON,
        "expires_at": None,
        "state": "awaiting_authority",
        "decide_by_at": NOON + HOUR,
    }
    return Disclosure(**{**said, **other})  # type: ignore[arg-type]  # its own fields


def test_the_last_assessment_stands_and_one_from_before_the_report_or_from_the_future_does_not() -> None:
    assert "B" == stands().assessment
    assert "E" == stands((NOON - DAY, "E")).assessment
    assert "A" == stands((NOON - DAY, "A"), (NOON - 2 * DAY, "E")).assessment
    assert "B" == stands((NOON - 11 * DAY, "E"), (NOON + DAY, "E")).assessment


def test_what_is_suspected_to_be_false_is_said_so() -> None:
    assert stands((NOON - DAY, "E")).suspected_false
    assert ("Untested", "Suspected to be false", "Lawful sharing permitted") == stands((NOON - DAY, "E")).words
    assert set("ABCDE") == set(ASSESSMENTS)


def test_a_grade_is_due_for_review_at_the_instant_and_not_before() -> None:
    due = NOON - 10 * DAY + REVIEW_AFTER

    assert not stands(now=due - timedelta(microseconds=1)).review_due
    assert stands(now=due).review_due
    assert not stands((NOON, "A"), now=due).review_due


@pytest.mark.parametrize(
    ("gives", "gets", "crossing"),
    [
        (("oic",), ("programme_case_manager",), True),
        (("offender_manager",), ("idva",), True),
        (("duty_probation",), ("duty_idva",), True),
        (("oic",), ("offender_manager",), False),
        (("oic",), ("idva", "oic"), False),
        (("marac_coordinator",), ("idva",), False),
        ((), ("idva",), False),
    ],
)
def test_what_goes_from_law_enforcement_to_who_enforces_none_crosses(gives: tuple[str, ...], gets: tuple[str, ...], crossing: bool) -> None:
    assert crossing == crosses(gives, gets)


def test_a_programme_is_known_by_its_case_managers_and_reports_go_to_roles_that_read_them() -> None:
    assert is_programme({"programme_case_manager", "idva"})
    assert not is_programme({"idva"})
    assert all(may_receive((role,)) for role in ("oic", "idva", "duty_idva", "programme_case_manager", "control_room"))
    assert not any(may_receive((role,)) for role in ("analyst", "auditor", "administrator", "feed_client", "unheard_of"))


def test_a_life_or_a_home_is_decided_within_the_hour() -> None:
    assert HOUR == decide_within(a_report("threat_to_life"), DEFAULT)
    assert HOUR == decide_within(a_report("planning", "knows_location"), DEFAULT)
    assert 4 * HOUR == decide_within(a_report("planning"), DEFAULT)


@pytest.mark.parametrize("field", FIELDS)
def test_what_leaves_is_what_was_named_and_nothing_beside(field: str) -> None:
    left = content(a_report("planning"), NOON, stands((NOON - DAY, "E")), (field,))

    assert set(left) == ({field} if field != "associate_id" else set()), "what the report does not have cannot leave"
    assert left.get("intelligence_assessment", "E") == "E", "as it stands now"


def test_silence_lapses_and_what_lapsed_or_expired_is_never_overdue() -> None:
    waiting = a_disclosure()
    assert "awaiting_authority" == waiting.state_at(NOON + HOUR - timedelta(microseconds=1))
    assert "lapsed" == waiting.state_at(NOON + HOUR)
    gone = sent(a_disclosure(expires_at=NOON + 2 * DAY), {"summary": "x"}, NOON)
    assert (False, True, False) == tuple(gone.overdue(NOON + hours * HOUR) for hours in (23, 24, 48))
    assert "expired" == gone.state_at(NOON + 2 * DAY)


def test_a_disclosure_goes_its_way_and_keeps_who_decided_and_what_was_answered() -> None:
    yes = Decision(by_id="of-3", at=NOON, agree=True, rationale="She must be warned tonight.")
    done = answered(sent(decided(a_disclosure(), yes), {"summary": "x"}, NOON), "accepted", "Thank you.", NOON + HOUR)

    assert ("accepted", yes, "Thank you.", NOON + HOUR) == (done.state_at(NOON + 3 * DAY), done.decision, done.note, done.answered_at)
    no = Decision(by_id="of-3", at=NOON, agree=False, rationale="It would name the source.")
    assert "not_authorised" == decided(a_disclosure(), no).state_at(NOON + DAY)
