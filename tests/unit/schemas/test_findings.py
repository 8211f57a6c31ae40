"""Findings and alerts keep their names and their lines: the same inputs give the same bytes, on every run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Affected, Alert, Recipient, Revision, alert_line
from schemas.event import EvidenceRef, Identifier
from schemas.finding import About, Finding, FindingChange, finding_id, reference
from schemas.published import schema_documents
from schemas.topics import TOPICS

AT = datetime(2026, 11, 22, 20, 13, 17, tzinfo=UTC)
ABOUT = About(kind="protected_person", id="pp-77", label="pp-77")

FIELDS_OF_THE_CONTRACT = [
    "alert_id", "rule", "rule_version", "reference", "areas", "message_status", "incident_id", "person_id", "identifiers", "about",
    "severity", "status", "provisional", "began_at", "ended_at", "supersedes", "decidable_at", "raised_at", "late_by_s", "because",
    "evidence", "protected_person_ids", "recipients", "unfilled_roles", "revisions", "affected",
]  # fmt: skip


def entry_alert(late_by_s: float = 41) -> Alert:
    return Alert(
        alert_id="al_3f9c0b7e51d2a604_20261122T201317Z",
        rule="exclusion-zone-entry",
        rule_version=1,
        reference="VG-7K3MQ-2XD9A",
        areas=("avon-and-somerset",),
        incident_id="in-1",
        person_id="pe-1",
        identifiers=(Identifier("NOMS", "A1234AA"),),
        about=ABOUT,
        severity="critical",
        status="open",
        provisional=False,
        began_at=AT,
        decidable_at=AT,
        raised_at=AT + timedelta(seconds=late_by_s),
        late_by_s=late_by_s,
        because="Sam Field (A1234AA) has been inside the exclusion zone since 20:13; pp-77 is at risk.",
        evidence=(EvidenceRef("em/allied", "p-991"),),
        protected_person_ids=("pp-77",),
        recipients=(Recipient(officer_id="of-40", role="control_room", reason="on_call", at=AT),),
        unfilled_roles=("idva",),
        revisions=(Revision(at=AT, change="raised", because="Inside the zone."),),
    )


def test_the_fields_of_an_alert_are_those_of_the_contract_in_its_order() -> None:
    assert FIELDS_OF_THE_CONTRACT == list(Alert.model_fields)
    assert FIELDS_OF_THE_CONTRACT[:-1] == list(json.loads(alert_line(entry_alert())))


def test_the_line_of_an_alert_comes_back_as_the_alert() -> None:
    line = alert_line(entry_alert())
    assert entry_alert() == Alert.model_validate_json(line)
    assert line == alert_line(Alert.model_validate_json(line))
    assert b"\n" not in line


def test_the_line_says_instants_seconds_and_evidence_as_people_write_them() -> None:
    said = json.loads(alert_line(entry_alert()))
    assert "2026-11-22T20:13:17Z" == said["began_at"]
    assert b'"late_by_s":41,' in alert_line(entry_alert())
    assert b'"late_by_s":0.25,' in alert_line(entry_alert(0.25))
    assert [{"source": "em/allied", "id": "p-991"}] == said["evidence"]
    assert [{"type": "NOMS", "value": "A1234AA"}] == said["identifiers"]


def test_the_line_fits_the_published_schema() -> None:
    jsonschema.Draft202012Validator(schema_documents()["alert"]).validate(json.loads(alert_line(entry_alert())))


def test_only_a_silent_feed_says_who_is_affected() -> None:
    silent = entry_alert().model_copy(update={"affected": Affected(people=214, high_risk_ids=("pe-1",))})
    assert b"affected" not in alert_line(entry_alert())
    assert {"people": 214, "high_risk_ids": ["pe-1"], "unmonitored_ids": []} == json.loads(alert_line(silent))["affected"]


def test_a_change_of_a_finding_comes_back_and_a_newer_field_does_no_harm() -> None:
    finding = Finding(
        finding_id=finding_id("strap-tamper", "ac-1", AT),
        rule="strap-tamper",
        rule_version=1,
        subject="ac-1",
        about=About(kind="activation", id="ac-1", label="his tag"),
        severity="critical",
        began_at=AT,
        decidable_at=AT,
        because="The strap was cut at 20:13.",
        told=("control_room", "oic", "idva"),
    )
    change = FindingChange(at=AT, change="raised", finding=finding)
    newer = json.loads(change.model_dump_json()) | {"added_next_year": 1}
    assert change == FindingChange.model_validate(newer)


def test_an_id_is_a_hash_of_rule_and_subject_and_the_beginning_to_the_second() -> None:
    named = finding_id("strap-tamper", "ac-1", AT + timedelta(milliseconds=900))
    assert "al_16a8507f264bdfb3_20261122T201317Z" == named
    assert finding_id("strap-tamper", "ac-2", AT) != finding_id("strap-tamper", "ac-1", AT)
    assert finding_id("strap-tamper", "ac-1", AT, "exercise") != finding_id("strap-tamper", "ac-1", AT)
    assert named.split("_")[1] == finding_id("strap-tamper", "ac-1", AT + timedelta(days=1)).split("_")[1]


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_rule_and_subject_never_run_into_each_other(rule: str, subject: str, other_rule: str, other_subject: str) -> None:
    if "\0" not in rule + other_rule and (rule, subject) != (other_rule, other_subject):
        assert finding_id(rule, subject, AT) != finding_id(other_rule, other_subject, AT)


@given(st.text())
def test_a_reference_can_be_read_over_a_radio(alert_id: str) -> None:
    assert re.fullmatch(r"VG-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", reference(alert_id))
    assert reference(alert_id) == reference(alert_id)


def test_topics_have_names_of_their_own_and_those_for_others_are_the_contracts() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(names) == len(set(names))
    assert ["vigil.feed", "vigil.findings", "vigil.alerts"] == names[:3]
