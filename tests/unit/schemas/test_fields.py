"""Values are brought to one form on the way in: instants to UTC, telephone numbers to E.164, numbers of a person to one spelling."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from pydantic import ValidationError

from schemas.comms import CommsCall
from schemas.event import Identifier
from schemas.fields import instant_text, to_instant
from schemas.identifiers import canonical, check_failed
from schemas.order import TimetablePeriod


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-06-01T00:30:00+01:00", datetime(2026, 5, 31, 23, 30, tzinfo=UTC)),
        ("2026-11-22T20:13:17.25Z", datetime(2026, 11, 22, 20, 13, 17, 250_000, tzinfo=UTC)),
        (datetime(2026, 6, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 5, 31, 23, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_utc_whatever_its_offset_was(written: object, expected: datetime) -> None:
    assert expected == to_instant(written)
    assert UTC is to_instant(written).tzinfo


def test_an_instant_is_written_with_a_z() -> None:
    assert "2026-11-22T20:13:17Z" == instant_text(to_instant("2026-11-22T21:13:17+01:00"))
    assert "2026-11-22T20:13:17.120000Z" == instant_text(to_instant("2026-11-22T20:13:17.12Z"))


def test_a_timetable_period_keeps_local_times() -> None:
    period = TimetablePeriod.model_validate({"days": ["mon"], "from": "19:00", "to": "07:00:30"})
    assert (time(19), time(7, 0, 30)) == (period.from_, period.to)
    assert {"days": ["mon"], "from": "19:00", "to": "07:00:30", "on": None} == period.model_dump(mode="json")
    assert period == TimetablePeriod(days=("mon",), from_=time(19), to=time(7, 0, 30))


def called(number: str) -> str:
    return CommsCall(call_id="cl-1", number=number, duration_s=0, outcome="connected", legal=False).number


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("+447700900123", "+447700900123"),
        ("07700 900123", "+447700900123"),
        ("(01632) 960-001", "+441632960001"),
        ("00447700900123", "+447700900123"),
        ("0033 1 99 00 12 34", "+33199001234"),
        ("101", "101"),
    ],
)
def test_one_telephone_has_one_number(dialled: str, expected: str) -> None:
    assert expected == called(dialled)
    assert expected == called(expected)


@pytest.mark.parametrize("dialled", ["", "withheld", "+", "12", "٠٧٧٠٠٩٠٠١٢٣", "1" * 16])
def test_what_is_no_number_is_refused(dialled: str) -> None:
    with pytest.raises(ValidationError):
        called(dialled)


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("PNC", "2008/0545166T", "2008/0545166T"),
        ("PNC", "08/545166T", "2008/0545166T"),
        ("PNC", " 08/545166t ", "2008/0545166T"),
        ("PNC", "080545166T", "2008/0545166T"),
        ("PNC", "20080545166T", "2008/0545166T"),
        ("PNC", "2000/1234567V", "2000/1234567V"),
        ("CRO", "265416/21G", "265416/21G"),
        ("CRO", "SF39/830T", "SF39/830T"),
        ("CRO", "sf39/0830t", "SF39/830T"),
        ("ASN", "9700000000000123456K", "9700000000000123456K"),
        ("ASN", "97/0000/00/123456K", "9700000000000123456K"),
        ("ASN", "0700000000000002536Y", "0700000000000002536Y"),
    ],
)
def test_one_number_of_a_person_has_one_spelling_and_its_letter_fits(kind: str, written: str, expected: str) -> None:
    assert Identifier(kind, expected) == canonical(Identifier(kind, written))
    assert canonical(Identifier(kind, written)) == canonical(canonical(Identifier(kind, written)))
    assert not check_failed(Identifier(kind, written))


@pytest.mark.parametrize(("kind", "written"), [("PNC", "2008/0545166A"), ("CRO", "265416/21A"), ("ASN", "9700000000000123456A")])
def test_a_wrong_letter_is_flagged_and_the_number_stays(kind: str, written: str) -> None:
    assert check_failed(Identifier(kind, written))
    assert Identifier(kind, written) == canonical(Identifier(kind, written))


@pytest.mark.parametrize("kind", ["PNC", "CRO", "ASN"])
def test_what_cannot_be_read_is_flagged_and_stays_as_it_came(kind: str) -> None:
    assert check_failed(Identifier(kind, "not known"))
    assert Identifier(kind, "not known") == canonical(Identifier(kind, "not known"))


def test_numbers_without_a_check_letter_are_never_flagged() -> None:
    assert not check_failed(Identifier("NOMS", "anything"))


def test_a_short_year_says_the_same_for_ever() -> None:
    assert "2049" == canonical(Identifier("PNC", "49/1A")).value[:4]
    assert "1950" == canonical(Identifier("PNC", "50/1A")).value[:4]
