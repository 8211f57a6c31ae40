"""What an alert rests on and where that was: each role gets the form that it may have, and an address leaves in none of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from alerting.console.places import MEDIA_TYPE
from alerting.ledger.read_models import KEEPS
from schemas import topics
from schemas.event import EvidenceRef
from schemas.order import OrderKind
from schemas.place import Address, Polygon
from schemas.read_models import (
    AddressShown,
    ConditionShown,
    FixBeside,
    OrderShown,
    PersonPage,
    ProtectedPersonShown,
    ReportView,
    TimelineEntry,
)
from schemas.risk import HandlingConditions, IntelligenceSubmitted
from tests.integration.console.office import DAY, NOON, SECOND
from tests.integration.console.scene import ANALYST, HER, IDVA, OIC, ROOM, SUPERVISOR, Scene
from tests.unit.alerting.invented import a_finding

ALERTS = "/api/v1/alerts"
LATITUDE, LONGITUDE = 51.442317, -2.601493
HERS = (51.447771, -2.588884)
ORDER: OrderKind = "restraining_order"


@pytest.fixture
def alert_id(scene: Scene) -> str:
    """He was in a zone at two minutes to noon; an event, a position and a report of code C say so."""
    zone = Polygon(type="Polygon", coordinates=(((-2.605, 51.44), (-2.598, 51.44), (-2.598, 51.445), (-2.605, 51.445), (-2.605, 51.44)),))
    home = Address(latitude=51.46, longitude=-2.61, radius_m=50)
    conditions = (
        ConditionShown(condition_id="c-1", kind="exclusion_zone", protected_person_id=HER, zone=zone),
        ConditionShown(condition_id="c-2", kind="residence", zone=home),
    )
    her = ProtectedPersonShown(
        protected_person_id=HER,
        linked_at=NOON - DAY,
        relationship="ex_partner",
        addresses=(AddressShown(address_id="a-1", latitude=HERS[0], longitude=HERS[1], radius_m=30),),
    )
    keep(
        scene,
        topics.PAGES,
        PersonPage(
            person_id="pe-1",
            as_of_at=NOON,
            label="Sam Field (A1234AA)",
            areas=("avon",),
            risk_level="high",
            orders=(OrderShown(order_id="or-1", kind=ORDER, starts_at=NOON - DAY, conditions=conditions),),
            protected=(her,),
        ),
    )
    keep(
        scene,
        topics.FIXES,
        FixBeside(
            person_id="pe-1",
            source="em/allied",
            id="p-1",
            at=NOON - 120 * SECOND,
            received_at=NOON - 79 * SECOND,
            latitude=LATITUDE,
            longitude=LONGITUDE,
            accuracy_m=8,
            mechanism="gps",
        ),
    )
    keep(
        scene,
        topics.TIMELINE,
        TimelineEntry(
            person_id="pe-1",
            source="comms/bt",
            id="f-1",
            type="comms.flagged",
            occurred_at=NOON - 60 * SECOND,
            received_at=NOON - 30 * SECOND,
            said={"category": "threat"},
        ),
    )
    report = IntelligenceSubmitted(
        report_id="ir-1",
        source_evaluation=1,
        intelligence_assessment="B",
        handling_code="C",
        handling_conditions=HandlingConditions(officer_ids=(OIC,)),
        summary="He has said where he will be.",
    )
    keep(
        scene,
        topics.REPORTS,
        ReportView(person_id="pe-1", source="intel/avon", id="i-1", occurred_at=NOON, received_at=NOON, report=report),
    )
    finding = a_finding(severity="high", told=("control_room", "oic", "idva"), began=NOON - 120 * SECOND)
    refs = (
        EvidenceRef("em/allied", "p-1"),
        EvidenceRef("comms/bt", "f-1"),
        EvidenceRef("intel/avon", "i-1"),
        EvidenceRef("em/allied", "p-9"),
    )
    scene.change(finding.model_copy(update={"evidence": refs, "order_id": "or-1"}), "raised")
    return finding.finding_id


def keep(scene: Scene, topic: str, record: PersonPage | FixBeside | TimelineEntry | ReportView) -> None:
    """A read model as streams publishes it."""
    with scene.office.ledger.write(scene.office.now) as writing:
        KEEPS[topic](writing, record.model_dump_json().encode())


def test_the_evidence_is_named_with_how_late_each_event_was_heard(scene: Scene, alert_id: str) -> None:
    items = scene.office.sign_in(OIC).get(f"{ALERTS}/{alert_id}/evidence").json()["items"]

    position, flag, report, unknown = items
    assert ("tagging.position", 41) == (position["type"], position["late_by_s"])
    assert [LONGITUDE, LATITUDE] == position["place"]["geometry"]["coordinates"]
    assert ("comms.flagged", 30, {"category": "threat"}) == (flag["type"], flag["late_by_s"], flag["data"])
    assert {"source": "intel/avon", "id": "i-1"} == {name: report[name] for name in ("source", "id")}
    assert {"source": "em/allied", "id": "p-9"} == unknown


def test_a_report_of_code_c_is_not_there_for_whom_it_does_not_name(scene: Scene, alert_id: str) -> None:
    for who in (ROOM, SUPERVISOR, IDVA):
        browser = scene.office.sign_in(who)
        for path in (f"{ALERTS}/{alert_id}/evidence", f"{ALERTS}/{alert_id}", ALERTS):
            said = browser.get(path).text
            assert "p-1" in said
            assert '"i-1"' not in said
            assert "intel/avon" not in said


@pytest.mark.parametrize(
    ("who", "geometries", "words"),
    [(ROOM, 3, 0), (OIC, 3, 0), (SUPERVISOR, 3, 0), (IDVA, 2, 1), (ANALYST, 1, 0)],
)
def test_places_leave_in_the_form_that_the_role_may_have(scene: Scene, alert_id: str, who: str, geometries: int, words: int) -> None:
    answer = scene.office.sign_in(who).get(f"{ALERTS}/{alert_id}/places")

    said = answer.json()
    assert MEDIA_TYPE == answer.headers["content-type"]
    assert geometries == sum(feature["geometry"] is not None for feature in said["features"])
    assert words == sum("words" in feature["properties"] for feature in said["features"])
    exact = str(LATITUDE) in answer.text
    assert (who in {ROOM, OIC, SUPERVISOR}) == exact
    assert "location" in str(scene.office.readings()[-1]["fields"])


def test_an_advocate_reads_how_far_inside_the_edge_he_was(scene: Scene, alert_id: str) -> None:
    features = scene.office.sign_in(IDVA).get(f"{ALERTS}/{alert_id}/places").json()["features"]

    assert ["240 m inside the edge, 11:58"] == [feature["properties"]["words"] for feature in features if feature["geometry"] is None]


def test_her_address_leaves_in_no_answer_about_the_alert(scene: Scene, alert_id: str) -> None:
    for who in (ROOM, OIC, SUPERVISOR, IDVA, ANALYST):
        browser = scene.office.sign_in(who)
        for part in ("", "/history", "/deliveries", "/evidence", "/places", "/cap"):
            said = browser.get(f"{ALERTS}/{alert_id}{part}").text
            assert not [number for number in HERS if str(number) in said], (who, part)


def test_the_control_room_sees_where_he_was_until_his_alerts_are_closed(scene: Scene, alert_id: str) -> None:
    office = scene.office
    body = {"outcome": "enforced", "rationale": "He was arrested at the gate of the school."}
    room = office.sign_in(ROOM)
    assert 200 == office.sign_in(OIC).command(f"{ALERTS}/{alert_id}/close", body, version=1).status_code
    office.sign_in(SUPERVISOR).command(f"{ALERTS}/{alert_id}/confirm", {"agree": True, "rationale": body["rationale"]}, version=2)
    scene.later(timedelta(minutes=1))

    assert room.get(f"{ALERTS}/{alert_id}").json()["handling"]["closed"]
    assert str(LATITUDE) not in json.dumps(room.get(f"{ALERTS}/{alert_id}/places").json())
    assert str(LATITUDE) not in json.dumps(room.get(f"{ALERTS}/{alert_id}/evidence").json())


def test_cap_says_what_may_leave_and_no_more(scene: Scene, alert_id: str) -> None:
    answer = scene.office.sign_in(OIC).get(f"{ALERTS}/{alert_id}/cap")

    assert "application/cap+xml" == answer.headers["content-type"]
    assert "Sam Field" not in answer.text
    assert "VG-" in answer.text
