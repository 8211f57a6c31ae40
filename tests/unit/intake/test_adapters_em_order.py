"""The MoJ electronic monitoring order, as the field monitoring service gets it."""

import json

import pytest

from schemas.event import Event
from schemas.order import OrderMade, OrderVaried
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

WEARER = {
    "first_name": "Robin",
    "nomis_id": "A1234AA",
    "delius_id": "X000001",
    "pnc_id": "",
    "address_1": "2 Mill Lane",
    "address_post_code": "ZZ1 1ZZ",
}


def order(**fields: object) -> dict[str, object]:
    said: dict[str, object] = {
        "order_id": "MON10000001",
        "order_request_type": "New Order",
        "order_type": "Pre-Trial",
        "order_start": "2026-06-01 00:00:00",
        "order_end": "2026-12-01 00:00:00",
        "no_name": "Wharfside Magistrates' Court",
    }
    return {"case_id": "0a" * 16, "device_wearer": WEARER, "monitoring_order": said | fields}


def read(record: object) -> Imported | Refusal:
    (found,) = import_file(json.dumps(record).encode(), "em-order", Settings())
    return found


def event(record: object) -> Event:
    found = read(record)
    assert isinstance(found, Imported), found
    return found.event


def made(record: object) -> OrderMade:
    data = event(record).data
    assert isinstance(data, OrderMade)
    return data


def test_an_order_with_its_wearer_is_an_order_made_about_him() -> None:
    found = event(order())
    assert [("NOMS", "A1234AA"), ("CRN", "X000001"), ("EM_WEARER", "0a" * 16)] == list(found.identifiers)
    assert "2026-05-31T23:00:00+00:00" == found.occurred_at.isoformat()
    assert ("court_bail", "Wharfside Magistrates' Court") == (made(order()).kind, made(order()).made_by)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"order_type": "Community"}, "community_order"),
        ({"order_type": "Community", "sentence_type": "Community Suspended Sentence"}, "suspended_sentence_order"),
        ({"order_type": "Post Release"}, "licence"),
        ({"order_type": "Post Release", "hdc": "Yes"}, "hdc"),
        ({"order_type": "Post Release", "order_type_description": "DAPOL HDC"}, "hdc"),
        ({"order_type": "Civil", "order_type_description": "DAPO"}, "dapo"),
        ({"order_type": "Civil", "dapo_order_clause_numbers": [{"dapo_order_clause_number": "1"}]}, "dapo"),
    ],
)
def test_the_kind_of_order_is_read_from_what_the_form_says_of_it(fields: dict[str, object], kind: str) -> None:
    assert kind == made(order(**fields)).kind


def test_an_order_that_no_rule_judges_is_refused_by_name() -> None:
    found = read(order(order_type="Immigration"))
    assert isinstance(found, Refusal)
    assert "/order_type" == found.errors[0].pointer


def test_a_curfew_has_its_timetable_and_its_address_in_words() -> None:
    schedule = [{"day": "Mo", "start": "19:00", "end": "07:00"}, {"day": "Sa", "start": "20:00", "end": "24:00"}]
    duration = [{"location": "primary", "allday": "", "schedule": schedule}]
    enforced = [{"condition": "Curfew with EM", "start_date": "2026-06-01 19:00:00", "end_date": "2026-05-01 07:00:00"}]
    curfew, tag = made(order(curfew_duration=duration, enforceable_condition=enforced)).conditions
    assert "At the primary address. 2 Mill Lane, ZZ1 1ZZ" == curfew.text
    assert [("mon", "19:00", "07:00"), ("sat", "20:00", "00:00")] == [
        (period.days[0], f"{period.from_:%H:%M}", f"{period.to:%H:%M}") for period in curfew.timetable or ()
    ]
    assert ("rf_curfew",) == tag.modes


def test_the_curfew_of_the_day_of_release_is_for_that_one_date() -> None:
    fields = {"curfew_start": "2026-06-06 08:00:00", "conditional_release_date": "2026-06-06"}
    fields |= {"conditional_release_start_time": "15:00", "conditional_release_end_time": "23:59"}
    (period,) = made(order(**fields)).conditions[1].timetable or ()
    assert (("sat",), "2026-06-06") == (period.days, str(period.on))


def test_zones_are_words_and_where_they_say_not_to_leave_it_is_an_inclusion_zone() -> None:
    zones = [{"description": "Quay Street", "start": "2026-06-01"}, {"description": "Exclusion - Not to leave a place. 2 Mill Lane"}]
    found = made(order(exclusion_zones=zones)).conditions
    assert ["exclusion_zone", "inclusion_zone", "tag"] == [one.kind for one in found]
    assert (None, "Quay Street. 2026-06-01") == (found[0].zone, found[0].text)


def test_alcohol_and_trail_monitoring_are_worn_as_one_tag() -> None:
    enforced = [{"condition": "AAMR"}, {"condition": "Location Monitoring (Fitted Device)"}, {"condition": "Attendance Requirement"}]
    found = made(order(enforceable_condition=enforced)).conditions
    assert [("alcohol_abstinence", ()), ("other", ()), ("tag", ("gps", "alcohol"))] == [(one.kind, one.modes) for one in found]


def test_a_variation_replaces_the_conditions_and_a_revocation_ends_the_order() -> None:
    variation = {"order_request_type": "Variation", "order_variation_date": "2026-07-01 00:00:00"}
    varied = event(order(**variation, subcategory="SR08-Amend monitoring requirements"))
    ended = event(order(**variation, subcategory="SR21-Revocation monitoring requirements", revocation_date="2026-08-01 00:00:00"))
    assert isinstance(varied.data, OrderVaried)
    assert ["order.varied", "order.ended"] == [varied.type, ended.type]
    assert "2026-07-31T23:00:00+00:00" == ended.occurred_at.isoformat()


def test_a_date_that_is_none_is_refused_and_named() -> None:
    found = read(order(order_end="2026-13-01 00:00:00"))
    assert isinstance(found, Refusal)
    assert "/order_end" == found.errors[0].pointer


def test_a_wearer_without_an_order_makes_no_event() -> None:
    found = read(WEARER)
    assert isinstance(found, Refusal)
    assert ("/order_id", "missing: a device wearer alone, without the order") == found.errors[0][:2]
