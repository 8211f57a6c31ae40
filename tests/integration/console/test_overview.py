"""Feeds, rules, insights and the audit over HTTP: numbers for everybody, names for those who may, and a proof for the auditor."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alerting.ledger import roots
from alerting.ledger.merkle import proves
from alerting.ledger.read_models import KEEPS
from schemas import topics
from schemas.person import Reliance, ReliedSpan
from schemas.read_models import FeedView, RuleView
from tests.integration.console.office import HOUR, MINUTE, NOON, Office
from tests.integration.console.scene import ANALYST, AUDITOR, OIC, ROOM, SUPERVISOR, Scene


@pytest.fixture
def scene(office: Office) -> Scene:
    return Scene(office)


def keep(office: Office, topic: str, *records: FeedView | RuleView | Reliance) -> None:
    with office.ledger.write(office.now) as writing:
        for record in records:
            KEEPS[topic](writing, record.model_dump_json().encode())


def test_a_silent_feed_says_how_many_it_leaves_unseen(scene: Scene) -> None:
    office = scene.office
    keep(
        office,
        topics.FEEDS,
        FeedView(source="em/allied", as_of_at=NOON, state="silent", silent_since_at=NOON - 10 * MINUTE),
        FeedView(source="custody/hmpps", as_of_at=NOON, state="live"),
    )
    spans = (
        ("pe-1", "high", NOON - HOUR, None),
        ("pe-2", "medium", NOON - HOUR, NOON - 5 * MINUTE),
        ("pe-3", "high", NOON - HOUR, NOON - 20 * MINUTE),
    )
    for person_id, level, from_at, to_at in spans:
        span = ReliedSpan.model_validate({"source": "em/allied", "from_at": from_at, "to_at": to_at, "risk_level": level})
        keep(office, topics.RELIANCE, Reliance(person_id=person_id, spans=(span,)))

    items = office.sign_in(ROOM).get("/api/v1/feeds").json()["items"]

    assert ["custody/hmpps", "em/allied"] == [item["source"] for item in items]
    assert [(0, 0), (2, 1)] == [(item["people_unseen"], item["high_risk_unseen"]) for item in items]


def test_a_rule_says_when_it_last_fired_and_how_often(scene: Scene) -> None:
    office = scene.office
    rule = RuleView(slug="exclusion-zone-entry", place=1, version=1, status="live", title="Inside a zone")
    keep(office, topics.RULES, rule, RuleView(slug="not-fitted", place=2, version=1, status="live", title="Not fitted"))
    scene.alert("zone-1")

    browser = office.sign_in(ANALYST)
    said = {item["slug"]: (item["fired_30_days"], item["last_fired_at"]) for item in browser.get("/api/v1/rules").json()["items"]}

    assert {"exclusion-zone-entry": (1, "2026-03-02T12:00:00Z"), "not-fitted": (0, None)} == said
    assert 1 == browser.get("/api/v1/rules/exclusion-zone-entry").json()["fired_30_days"]
    assert 404 == browser.get("/api/v1/rules/no-such-rule").status_code


def test_delays_of_fewer_than_five_alerts_are_held_back(scene: Scene) -> None:
    office = scene.office
    for number in range(4):
        scene.alert(f"zone-{number}", began=NOON - (number + 1) * MINUTE)
    browser = office.sign_in(ANALYST)

    def figures() -> object:
        scene.later(MINUTE)
        return browser.get("/api/v1/insights/delays?by=rule").json()["items"]

    assert [{"rule": "exclusion-zone-entry", "alerts": None}] == figures()
    scene.alert("zone-5", began=office.now - 5 * MINUTE)
    scene.later(MINUTE)
    (found,) = browser.get("/api/v1/insights/delays?by=rule").json()["items"]
    assert 5 == found["alerts"]
    assert {"median": 180, "p90": 276.0, "of": 5} == found["happened_to_known_s"]
    assert found["known_to_acknowledged_s"] is None


def test_eleven_incidents_in_ten_minutes_are_one_flood(scene: Scene) -> None:
    office = scene.office
    for number in range(11):
        scene.alert(f"zone-{number}", person_id=None, rule="feed-silent", told=("control_room",), because="A feed is silent.")
        scene.later(timedelta(seconds=30))

    (area,) = office.sign_in(SUPERVISOR).get("/api/v1/insights/load").json()["areas"]

    assert ("avon", 11, 1) == (area["area"], area["incidents"], area["floods"])


def test_a_time_that_cannot_be_counted_is_refused_by_name(scene: Scene) -> None:
    answer = scene.office.sign_in(ANALYST).get("/api/v1/insights/load?from_at=2026-03-03T00:00:00Z&to_at=2026-03-02T00:00:00Z")

    assert (422, "/from_at") == (answer.status_code, answer.json()["errors"][0]["pointer"])


def test_an_officer_reads_their_own_acts_a_supervisor_their_teams_an_auditor_everybodys(scene: Scene) -> None:
    office = scene.office
    alert_id = scene.alert()
    scene.acknowledge(office.sign_in(ROOM), alert_id, version=1)

    def acts(officer_id: str, reason: str | None = None) -> list[str]:
        answer = office.sign_in(officer_id).get("/api/v1/audit", x_reason=reason)
        assert 200 == answer.status_code, answer.text
        return [item["by"] for item in answer.json()["items"]]

    assert [ROOM] == acts(ROOM)
    assert [] == acts(OIC)
    assert [ROOM] == acts(SUPERVISOR)
    assert 422 == office.sign_in(AUDITOR).get("/api/v1/audit").status_code, "an auditor says why"
    assert [ROOM] == acts(AUDITOR, "review")
    for other in ("?subject_id=pe-1", "/consultations?alert_id=al-1"):  # a filter of the other list would narrow nothing here
        assert 422 == office.sign_in(AUDITOR).get(f"/api/v1/audit{other}", x_reason="review").status_code


def test_who_read_whom_is_itself_a_reading(scene: Scene) -> None:
    office = scene.office
    alert_id = scene.alert()
    office.sign_in(ROOM).get(f"/api/v1/alerts/{alert_id}")

    answer = office.sign_in(AUDITOR).get("/api/v1/audit/consultations?subject_id=pe-1", x_reason="review")

    assert [ROOM] == [item["officer_id"] for item in answer.json()["items"]]
    assert ("audit", "review") == (office.readings()[-1]["purpose"], office.readings()[-1]["reason"])
    assert 403 == office.sign_in(OIC).get("/api/v1/audit/consultations").status_code


def test_the_proof_of_an_entry_leads_to_the_signed_root(scene: Scene) -> None:
    office = scene.office
    scene.alert()
    browser = office.sign_in(AUDITOR)
    assert 404 == browser.get("/api/v1/audit/proof?seq=1", x_reason="review").status_code, "nothing is signed yet"
    key = roots.Key(Ed25519PrivateKey.generate())
    with office.ledger.write(office.now) as writing:
        roots.seal(writing, key)

    assert 422 == browser.get("/api/v1/audit/proof?seq=1").status_code, "an auditor says why"
    said = browser.get("/api/v1/audit/proof?seq=1", x_reason="review").json()

    root = said["root"]
    path = [bytes.fromhex(step) for step in said["path"]]
    assert proves(bytes.fromhex(said["hash"]), 0, root["size"], path, bytes.fromhex(root["root"]))
    assert not proves(sha256(b"another").digest(), 0, root["size"], path, bytes.fromhex(root["root"]))


def test_the_proof_of_somebody_elses_act_is_for_nobody_but_who_may_see_their_acts(scene: Scene) -> None:
    office = scene.office
    alert_id = scene.alert()
    office.sign_in(OIC).get(f"/api/v1/alerts/{alert_id}")
    office.officer("of-admin", "administrator", name="Mr Alder")
    askers = {who: office.sign_in(who) for who in (OIC, ROOM, SUPERVISOR, "of-admin")}
    with office.ledger.write(office.now) as writing:
        size = 0 if (root := roots.seal(writing, roots.Key(Ed25519PrivateKey.generate()))) is None else root.size

    with office.ledger.read() as connection:
        entries = {number: proof.entry for number in range(1, size + 1) if (proof := roots.proof_of(connection, number)) is not None}
    shown = {
        who: [number for number in entries if 200 == browser.get(f"/api/v1/audit/proof?seq={number}").status_code]
        for who, browser in askers.items()
    }

    signed_in = {entry: number for number, entry in entries.items()}
    assert signed_in[f'{{"officer_id":"{OIC}"}}'] in shown[OIC], "their own"
    assert signed_in[f'{{"officer_id":"{OIC}"}}'] in shown[SUPERVISOR], "their team's"
    assert signed_in[f'{{"officer_id":"{OIC}"}}'] not in shown[ROOM] + shown["of-admin"]
    assert not {number for number in shown[ROOM] if OIC in entries[number] or "reading" in entries[number]}
    assert not {number for number in shown["of-admin"] if "of-" in entries[number] or "reading" in entries[number]}
    assert shown["of-admin"], "what the system did"
