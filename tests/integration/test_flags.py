"""An identifier that fails its check is flagged wherever its event is taken, and drops nothing (contract, section 1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ops.cli.main import main
from tests.integration.posting import Service, a_strap_event, as_lines

WRONG = [{"type": "NOMS", "value": "A1234AA"}, {"type": "PNC", "value": "2008/0545166A"}, {"type": "ASN", "value": "no such form"}]
RIGHT = [{"type": "PNC", "value": "08/545166T"}, {"type": "EM_WEARER", "value": "2008/0545166A"}]
HOW = "not of its form, or its check letter does not fit"
FLAGGED = [{"pointer": "/person/identifiers/1", "reason": f"PNC: {HOW}"}, {"pointer": "/person/identifiers/2", "reason": f"ASN: {HOW}"}]
ONE_LINE = "1 event has an identifier (PNC, CRO or ASN) that fails its check; taken all the same"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "data") as running:
        yield running


def batch() -> bytes:
    return as_lines([a_strap_event(1, person={"identifiers": WRONG}), a_strap_event(2, person={"identifiers": RIGHT})])


@pytest.mark.parametrize(("path", "status"), [("/api/v1/events", 202), ("/api/v1/events/check", 200)])
def test_the_receipt_says_which_identifier_and_the_event_is_taken(service: Service, path: str, status: int) -> None:
    headers = {"authorization": f"Bearer {service.key('em/*')}", "content-type": "application/x-ndjson"}
    answer = service.client.post(path, content=batch(), headers=headers)
    first, second = answer.json()["results"]

    assert (status, "accepted", "accepted") == (answer.status_code, first["result"], second["result"])
    assert (FLAGGED, False) == (first["flagged"], "flagged" in second)


def test_events_taken_so_are_counted_by_feed_and_a_check_is_not(service: Service) -> None:
    headers = {"authorization": f"Bearer {service.key('em/*')}", "content-type": "application/x-ndjson"}
    for path in ("/api/v1/events/check", "/api/v1/events", "/api/v1/events"):  # the second time they are duplicates
        service.client.post(path, content=batch(), headers=headers)

    assert 'vigil_flagged_total{feed="em/allied"} 1.0' in service.client.get("/metrics").text.splitlines()


def test_a_replay_and_an_import_say_how_many_in_one_line(tmp_path: Path) -> None:
    played, sheet, sound = tmp_path / "played.jsonl", tmp_path / "sheet.csv", tmp_path / "sound.jsonl"
    played.write_bytes(batch() + batch())
    sheet.write_text(
        "id,source,type,occurred_at,person.PNC,data.device_id,data.state\n"
        "s-1,em/allied,tagging.strap,2026-03-02T11:59:00Z,2008/0545166A,d-1,tampered\n"
    )
    sound.write_bytes(as_lines([a_strap_event(2, person={"identifiers": RIGHT})]))
    replay = CliRunner().invoke(main, ["replay", str(played)])
    imported = CliRunner().invoke(main, ["import", "--format", "csv", str(sheet)])
    nothing = CliRunner().invoke(main, ["replay", str(sound)])

    assert (0, 0) == (replay.exit_code, imported.exit_code)
    assert [ONE_LINE, "4 lines: 2 judged, 2 duplicate, 0 set aside"] == replay.stderr.splitlines()
    assert [ONE_LINE, "1 file: 1 events, 0 records refused"] == imported.stderr.splitlines()
    assert "2008/0545166A" == json.loads(imported.stdout)["person"]["identifiers"][0]["value"]
    assert ["1 lines: 1 judged, 0 duplicate, 0 set aside"] == nothing.stderr.splitlines()
