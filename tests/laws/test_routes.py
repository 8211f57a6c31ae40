"""Laws of the API: what answers is what console.md lists, every route names its right, and the document in the tree is the routes' own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from alerting.rights import RIGHTS
from ops.web.publish import DOCUMENT, document

PAGE = """
POST /events
POST /events/check
POST /messages

GET /alerts
GET /alerts/{alert_id}
GET /alerts/{alert_id}/history
GET /alerts/{alert_id}/deliveries
GET /alerts/{alert_id}/evidence
GET /alerts/{alert_id}/places
GET /alerts/{alert_id}/cap
GET /changes
GET /stream
POST /alerts/{alert_id}/acknowledge
POST /alerts/{alert_id}/act
POST /alerts/{alert_id}/close
POST /alerts/{alert_id}/confirm
POST /alerts/{alert_id}/challenge
POST /alerts/{alert_id}/answer-challenge
POST /alerts/{alert_id}/shelve
POST /alerts/{alert_id}/unshelve
POST /alerts/{alert_id}/reassign
POST /alerts/{alert_id}/handover
POST /alerts/{alert_id}/release
POST /alerts/{alert_id}/escalate
POST /alerts/{alert_id}/note
POST /handovers
POST /handovers/{handover_id}/accept
POST /handovers/{handover_id}/refuse

POST /people/search
GET /people/{person_id}
GET /people/{person_id}/timeline
GET /people/{person_id}/chronology
GET /people/{person_id}/places
GET /people/{person_id}/coverage
POST /people/{person_id}/facts
POST /protected-people/{protected_person_id}/reveal
POST /access/break-glass
POST /intelligence
GET /intelligence
POST /intelligence/{report_id}/disclosures
POST /disclosures/{disclosure_id}/receipt

GET /officers
PUT /officers/me/channels
POST /absences
DELETE /absences/{absence_id}
GET /rota
PUT /rota/shifts/{shift_id}
DELETE /rota/shifts/{shift_id}
GET /rota/gaps
POST /shifts/start
POST /shifts/end

GET /quarantine
GET /quarantine/{quarantine_id}
POST /quarantine/{quarantine_id}/redrive
POST /quarantine/{quarantine_id}/retire
POST /quarantine/redrive
GET /identity/questions
POST /identity/questions/{question_id}/answer
GET /feeds
GET /rules
GET /rules/{slug}
GET /insights/delays
GET /insights/load
POST /exercises
GET /exercises/{exercise_id}
GET /audit
GET /audit/consultations
GET /audit/proof

POST /push-subscriptions
DELETE /push-subscriptions/{subscription_id}
GET /push-subscriptions/key
POST /delivery-receipts
POST /webhooks
GET /webhooks
DELETE /webhooks/{webhook_id}
POST /webhooks/{webhook_id}/test
"""
"""Every method and path under `/api/v1` that console.md 1.3 to 1.7 names."""
OURS = """
GET /session
DELETE /session
GET /openapi.json
POST /delivery-receipts/notify
GET /exercises
POST /disclosures/{disclosure_id}/authority
"""
"""What that page describes without a path: who one is and signing out, this document, where GOV.UK Notify reports, the list
that the page Exercises shows, and what a duty inspector decides about the disclosure of code C (2.3)."""
PREFIX = "/api/v1"


@pytest.fixture(scope="module")
def made() -> bytes:
    return document()


def routes(made: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    for path, operations in json.loads(made)["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path.removeprefix(PREFIX)}", operation


def listed(page: str) -> set[str]:
    return {line for line in page.splitlines() if line}


def test_what_answers_is_what_the_page_lists(made: bytes) -> None:
    answers = {name for name, _ in routes(made)}

    assert [] == sorted(answers - listed(PAGE) - listed(OURS)), "in the code, and not on the page"
    assert [] == sorted((listed(PAGE) | listed(OURS)) - answers), "on the page, and nothing answers"


def test_every_route_names_its_line_of_the_permission_table(made: bytes) -> None:
    lines = {*RIGHTS, "public", "signed_in"}

    assert [] == [name for name, operation in routes(made) if operation.get("x-right") not in lines]


def test_only_what_holds_no_data_is_public(made: bytes) -> None:
    public = {name for name, operation in routes(made) if operation["x-right"] == "public"}

    assert {"GET /openapi.json", "POST /delivery-receipts", "POST /delivery-receipts/notify"} == public


KEYLESS = {
    "POST /events",
    "POST /events/check",
    "POST /messages",
    "POST /people/search",
    "POST /protected-people/{protected_person_id}/reveal",
}
KEYLESS |= {"POST /delivery-receipts", "POST /delivery-receipts/notify"}
"""Intake, searches and reveals; and receipts, whose token is good once."""
VERSIONLESS = {"note", "challenge", "escalate"}
"""Advocacy never loses a race."""


def test_every_command_needs_a_key_and_every_command_on_an_alert_the_version_seen(made: bytes) -> None:
    for name, operation in routes(made):
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        needed = {part["name"] for part in parameters if part["in"] == "header" and part["required"]}
        unsafe = not name.startswith("GET ")
        on_alert = name.startswith("POST /alerts/") and name.rpartition("/")[2] not in VERSIONLESS

        assert (unsafe and name not in KEYLESS) == ("Idempotency-Key" in needed), name
        assert on_alert == ("If-Match" in needed), name


def test_every_reference_in_the_document_leads_somewhere(made: bytes) -> None:
    said = json.loads(made)
    references = {part.split('"')[0] for part in made.decode().split('"$ref": "')[1:]}

    assert references
    assert set() == {one for one in references if one.removeprefix("#/components/schemas/") not in said["components"]["schemas"]}


def test_every_place_in_a_path_is_a_parameter(made: bytes) -> None:
    for name, operation in routes(made):
        places = {part.split("}")[0] for part in name.split("{")[1:]}
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        assert places == {part["name"] for part in parameters if part["in"] == "path"}, name


def test_the_document_in_the_repository_is_what_the_routes_say(made: bytes) -> None:
    assert made == DOCUMENT.read_bytes(), "python -m ops.web.publish"
