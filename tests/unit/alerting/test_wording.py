"""What each code is called, what may leave, and what a sentence may never tell."""

from typing import get_args

import pytest

from alerting.console.spoken import ToldRole
from alerting.routing import ON_CALL
from alerting.wording import CHANGED, CHANGES, MARKS, REASONS, ROLES, SEVERITIES, STATUSES, URGENCIES, MayLeave, may_leave, tells_too_much
from schemas.alert import Reason
from schemas.case import TeamRole
from schemas.envelope import MessageStatus
from schemas.finding import Change, MatterStatus, Severity

ORIGIN = "https://vigil.example.org"
REFERENCE = "VG-7K3MQ-2XD9A"


def test_the_message_that_leaves_is_the_one_of_the_console_page() -> None:
    text = may_leave(reference=REFERENCE, severity="critical", status="open", message_status="exercise", origin=ORIGIN)

    assert "EXERCISE Vigil: VG-7K3MQ-2XD9A needs an answer now. https://vigil.example.org/a/VG-7K3MQ-2XD9A" == text.sentence


def test_a_repeated_message_says_so_and_still_fits_one_sms() -> None:
    text = may_leave(reference=REFERENCE, severity="high", status="open", message_status="actual", origin=ORIGIN, repeat=True)

    assert "Vigil: VG-7K3MQ-2XD9A needs an answer within 15 minutes. https://vigil.example.org/a/VG-7K3MQ-2XD9A (repeat)" == text.sentence
    assert len(text.sentence) <= 160


def test_a_withdrawn_alert_says_only_that_it_changed() -> None:
    text = may_leave(reference=REFERENCE, severity="critical", status="withdrawn", message_status="actual", origin=ORIGIN)

    assert CHANGED == text.urgency


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mark", "URGENT: Sam Field"),
        ("reference", "VG-7K3MQ-2XD9A Sam Field"),
        ("urgency", "is at 14 Coronation Road"),
        ("origin", "https://vigil.example.org/people/Sam-Field"),
    ],
)
def test_no_field_takes_a_text_of_our_own_making(field: str, value: str) -> None:
    fields = {"mark": "", "reference": REFERENCE, "urgency": CHANGED, "origin": ORIGIN} | {field: value}

    with pytest.raises(ValueError, match=field):
        MayLeave(mark=fields["mark"], reference=fields["reference"], urgency=fields["urgency"], origin=fields["origin"])


def test_every_code_has_its_words() -> None:
    assert set(get_args(Severity)) == set(SEVERITIES) == set(URGENCIES)
    assert set(get_args(MatterStatus)) == set(STATUSES)
    assert set(get_args(Change)) == set(CHANGES)
    assert set(get_args(Reason)) == set(REASONS)
    assert set(get_args(MessageStatus)) == set(MARKS)
    assert set(get_args(TeamRole)) | ON_CALL | {"assessor"} == set(ROLES)
    assert set(get_args(ToldRole)) == set(ROLES)


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("He rang 07700 900123 twice since 20:13.", "a telephone number"),
        ("He rang +447700900123.", "a telephone number"),
        ("He rang (0117) 496 0123.", "a telephone number"),
        ("He asked for 00 44 7700 900123.", "a telephone number"),
        ("He was seen near BS3 4AA at 20:13.", "a postcode"),
        ("He was seen near bs34aa at 20:13.", "a postcode"),
        ("He was seen at 51.4412, -2.6012.", "coordinates"),
        ("He was seen at 51° north.", "coordinates"),
        ("He was seen at ST 5891 7233.", "coordinates"),
        ("He wrote to sam@example.org.", "an e-mail address"),
        ("He wrote to 14 Coronation Road.", "a street address"),
        ("He wrote to 14b, North Malago Street.", "a street address"),
        ("He was seen at ///filled.count.soap.", "a what3words place"),
    ],
)
def test_a_sentence_that_gives_a_place_or_a_line_away_is_caught(sentence: str, what: str) -> None:
    reason = tells_too_much(sentence)

    assert reason is not None
    assert what in reason


@pytest.mark.parametrize(
    "sentence",
    [
        "Sam Field (A1234AA) has been inside the Bedminster exclusion zone since 20:13; pp-77 is at risk.",
        "Sam Field (A1234AA) has not been monitored since 20:13 on 22 Nov: the battery is flat. 126 minutes so far; pp-77 is at risk.",
        "Condition cn-2 of order or-0012345: 240 m inside the edge, 3.5 points an hour, 12.5 % left, empty by 01:30 GMT.",
        "No report was made for the period that ended 2026-11-22 07:00; 2 periods missed in 28 days.",
        "X123456 made 12 calls in 24 h, 3 times the 28-day median of 4.",
        "PNC 2001/0012345A: alert VG-7K3MQ-2XD9A (al_3f9c0b7e51d2a604_20261122T201317Z) has no decision after 24 h.",
        "Since 20:13 Bedminster Road exclusion zone",
        "",
    ],
)
def test_an_honest_sentence_passes(sentence: str) -> None:
    assert None is tells_too_much(sentence)
