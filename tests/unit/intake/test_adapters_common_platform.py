"""What a court decided, from the message "hearing resulted"."""

import json

import pytest

from schemas.event import Event
from schemas.order import OrderEnded, OrderMade, OrderVaried
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

REMANDED_ON_BAIL = "3a529001-2f43-45ba-a0a8-d3ced7e9e7ad"
BAIL_VARIED = "90d8268d-cc6a-4a09-bdb3-ddf8ea8ef2f9"
DAPO = "db5e6d5a-337f-4a68-b060-35a644c913ef"
NEXT_HEARING = {"label": "Next hearing in magistrates' court", "value": "Date of hearing:27/11/2026\nTime of hearing:10:00"}


def result(label: str, type_id: str = "", prompts: tuple[dict[str, str], ...] = (), **more: object) -> dict[str, object]:
    return {"label": label, "judicialResultTypeId": type_id, "orderedDate": "2026-11-20", "judicialResultPrompts": list(prompts), **more}


def hearing(
    *results: dict[str, object], bail: str = "", police: str = "", conditions: str = "", kind: str = "First hearing"
) -> dict[str, object]:
    person: dict[str, object] = {"arrestSummonsNumber": "2600000000000000001A", "bailConditions": conditions}
    person |= {"bailStatus": {"code": bail}} if bail else {}
    person |= {"policeBailStatus": {"code": police}} if police else {}
    defendant = {"id": "d-1", "masterDefendantId": "m-1", "offences": [{"judicialResults": list(results)}], "personDefendant": person}
    return {
        "sharedTime": "2026-11-20T15:00:00Z",
        "hearing": {
            "type": {"description": kind},
            "courtCentre": {"name": "Wharfside Magistrates' Court"},
            "hearingDays": [{"sittingDay": "2026-11-20T09:30:00Z"}],
            "prosecutionCases": [{"prosecutionCaseIdentifier": {"caseURN": "99XX0000001"}, "defendants": [defendant]}],
        },
    }


def read(record: object) -> list[Imported | Refusal]:
    return list(import_file(json.dumps(record).encode(), "common-platform", Settings()))


def events(record: object) -> list[Event]:
    return [found.event for found in read(record) if isinstance(found, Imported)]


def made(record: object) -> OrderMade:
    (data,) = [event.data for event in events(record) if isinstance(event.data, OrderMade)]
    return data


def test_conditional_bail_lays_down_the_conditions_of_its_one_string() -> None:
    spoken = (
        "Not to contact directly or indirectly Robin Vale;Exclusion: not to enter Quay Street except to attend court;"
        "Residence - live and sleep each night at 2 Mill Lane;Curfew - between 19:00 and 07:00;"
        "Curfew condition is to be electronically monitored;Surrender passport to police;Security - lodge 100 pounds;"
    )
    order = made(hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL, (NEXT_HEARING,)), bail="B", conditions=spoken))
    kinds = ["no_contact", "exclusion_zone", "residence", "curfew", "surrender_passport", "other", "tag"]
    assert kinds == [one.kind for one in order.conditions]
    assert "court_bail" == order.kind
    assert ("rf_curfew",) == order.conditions[-1].modes
    assert order.ends_at is not None
    assert order.ends_at == order.surrender_at
    assert order.ends_at.isoformat() == "2026-11-27T10:00:00+00:00"


def test_a_condition_keeps_its_words_and_no_place_is_guessed_from_them() -> None:
    order = made(hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL), conditions="Exclusion: not to enter Quay Street"))
    (zone,) = order.conditions
    assert ("Exclusion: not to enter Quay Street", None) == (zone.text, zone.zone)


def test_one_sentence_may_forbid_contact_approach_and_a_place() -> None:
    order = made(hearing(result("RC", REMANDED_ON_BAIL), conditions="Not to contact or approach Robin Vale or go to Quay Street"))
    assert {"no_contact", "not_to_approach", "exclusion_zone"} == {one.kind for one in order.conditions}


@pytest.mark.parametrize(
    ("bail", "police", "kind", "released"),
    [
        ("B", "C", "First hearing", True),
        ("U", "C", "First hearing", True),
        ("P", "C", "First hearing", False),
        ("C", "C", "First hearing", False),
        ("B", "U", "First hearing", False),
        ("B", "C", "Trial", False),
    ],
)
def test_bail_opens_the_cell_door_only_where_he_was_behind_it(bail: str, police: str, kind: str, released: bool) -> None:
    record = hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL), bail=bail, police=police, kind=kind)
    releases = [event for event in events(record) if event.type == "custody.released"]
    assert released == bool(releases)
    assert all(("bail", False) == (getattr(one.data, "release_kind", 0), getattr(one.data, "confirmed", 0)) for one in releases)


def test_a_variation_finds_the_order_that_it_varies() -> None:
    first = made(hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL), conditions="Curfew - between 7pm and 7am"))
    record = hearing(result("Variation of bail conditions", BAIL_VARIED), bail="B", police="C", conditions="Not to approach Robin Vale")
    (varied,) = events(record)
    assert isinstance(varied.data, OrderVaried)
    assert first.order_id == varied.data.order_id
    assert ["not_to_approach"] == [one.kind for one in varied.data.conditions]


def test_a_variation_of_another_order_says_that_it_lists_only_what_is_new() -> None:
    (varied,) = events(hearing(result("Domestic abuse protection order varied", DAPO, cjsCode="1030")))
    assert isinstance(varied.data, OrderVaried)
    assert "Only new and amended conditions" in (varied.data.conditions[-1].text or "")


def test_a_revoked_order_ends() -> None:
    (ended,) = events(hearing(result("Restraining order revoked", cjsCode="1029")))
    assert isinstance(ended.data, OrderEnded)
    assert "restraining_order:99XX0000001:m-1" == ended.data.order_id


def test_a_curfew_that_ends_before_it_begins_is_kept_as_it_came() -> None:
    value = "Start date of tagging:21/11/2026\nEnd date of tagging:20/11/2026\nDetails and timings:Mon -fri 7 AM -7 PM"
    prompts = ({"label": "Requirement: Curfew with electronic monitoring", "value": value},)
    order = made(hearing(result("Domestic Abuse Protection Order", DAPO, prompts)))
    assert "dapo" == order.kind
    assert ["curfew", "tag"] == [one.kind for one in order.conditions]
    assert "End date of tagging:20/11/2026" in (order.conditions[0].text or "")
    (period,) = order.conditions[0].timetable or ()
    assert (("mon", "tue", "wed", "thu", "fri"), "07:00:00") == (period.days, period.from_.isoformat())


def test_requirements_are_conditions_of_the_community_order_they_stand_under() -> None:
    record = hearing(
        result("Community order England / Wales", cjsCode="1116"),
        result("Alcohol abstinence and monitoring", cjsCode="3146", resultText="Abstain from alcohol, with monitoring"),
        result("Electronic monitoring whereabouts", cjsCode="3148", resultText="Electronic monitoring of whereabouts"),
    )
    assert [("alcohol_abstinence", ()), ("tag", ("gps", "alcohol"))] == [(one.kind, one.modes) for one in made(record).conditions]


def test_a_restraining_order_of_two_years_ends_with_its_last_day() -> None:
    prompts = ({"label": "Duration", "promptReference": "durationOfOrder", "type": "INT", "value": "2 Years"},)
    text = "Restraining order made. The defendant must not contact Robin Vale."
    order = made(hearing(result("Restraining order", "", prompts, cjsCode="3047", resultText=text)))
    assert ["no_contact"] == [one.kind for one in order.conditions]
    assert order.ends_at is not None
    assert "2028-11-20T00:00:00+00:00" == order.ends_at.isoformat()


def test_a_result_struck_out_counts_for_nothing_and_the_defendant_is_named() -> None:
    (found,) = read(hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL, isDeleted=True)))
    assert isinstance(found, Refusal)
    assert "/hearing/prosecutionCases/0/defendants/0/offences" == found.errors[0].pointer


def test_wrapped_for_a_queue_it_is_the_same_and_a_hearing_left_in_s3_is_refused() -> None:
    bare = hearing(result("Remanded on conditional bail", REMANDED_ON_BAIL), conditions="Not to approach Robin Vale")
    assert read(bare) == read({"Type": "Notification", "Message": json.dumps(bare)})
    (found,) = read({"Type": "Notification", "Message": '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3Key":"k"}]'})
    assert isinstance(found, Refusal)
    assert "/Message" == found.errors[0].pointer


def test_an_order_made_on_a_breach_application_is_its_subjects() -> None:
    application = {
        "applicationReference": "99XX0000001",
        "subject": {"masterDefendant": {"masterDefendantId": "m-1"}},
        "judicialResults": [result("Criminal behaviour order", cjsCode="1177")],
    }
    record = hearing() | {"hearing": {"courtApplications": [application], "hearingDays": [{"sittingDay": "2026-11-20T09:30:00Z"}]}}
    assert "cbo:99XX0000001:m-1" == made(record).order_id
