"""`POST /api/v1/messages`: a feed's own format in, events of ours kept, and what its adapter refuses set aside whole (console.md 1.3)."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click import ClickException
from httpx2 import Response

from ops.cli import configuration
from schemas import codec
from streams.embedded.received import FILE, ReceivedReader
from streams.intake.media import MAX_BODY_BYTES, MAX_LINES
from streams.intake.messages import POSTED
from tests.integration.posting import Service, a_strap_event

MESSAGES = "/api/v1/messages"
CUSTODY = "custody/hmpps"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "data", formats={CUSTODY: "hmpps-domain-events"}) as running:
        yield running


def post(service: Service, key: str, body: bytes, query: str = f"source={CUSTODY}", **headers: str) -> Response:
    said = {"authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return service.client.post(f"{MESSAGES}?{query}", content=body, headers=said)


def received(number: int = 1, **other: object) -> dict[str, object]:
    """He comes to prison."""
    said = {"reason": "ADMISSION", "prisonId": "MDI", "nomsNumber": "A1234AA"}
    return {
        "eventType": "prison-offender-events.prisoner.received",
        "occurredAt": f"2026-03-02T11:5{number}:00+00:00",
        "additionalInformation": said | other,
    }


def as_json(said: object) -> bytes:
    return json.dumps(said).encode()


def aside(service: Service) -> list[tuple[object, ...]]:
    with closing(ReceivedReader(service.folder)) as reader:
        return [(one.number, one.source, one.format, one.code, one.raw, len(one.errors)) for one in reader.set_aside_after(0, 100)]


SHEET = b"id,type,occurred_at,person.NOMS,data.device_id,data.state\n"
ROW = b"s-%d,tagging.strap,2026-03-02T11:59:00Z,A1234AA,d-1,%s\n"
CSV = "source=em/allied&format=csv"


def test_a_message_becomes_an_event_of_ours_and_the_same_one_again_is_a_duplicate(service: Service) -> None:
    key = service.key("custody/*")
    first, again = post(service, key, as_json(received())), post(service, key, as_json(received()))
    event = codec.decode(service.kept()[0])

    assert (202, ["accepted"]) == (first.status_code, [one["result"] for one in first.json()["results"]])
    assert (202, ["duplicate"]) == (again.status_code, [one["result"] for one in again.json()["results"]])
    assert (CUSTODY, "custody.received", "A1234AA") == (event.source, event.type, event.identifiers[0].value)
    assert first.json()["receipt"].startswith("rc_")


def test_records_that_the_adapter_refuses_leave_the_message_aside_whole_once_and_the_others_are_taken(service: Service) -> None:
    body = SHEET + ROW % (1, b"tampered") + ROW % (2, b"loose") + ROW % (3, b"restored") + ROW % (4, b"odd")
    answer = post(service, service.key("em/*"), body, CSV)
    results = answer.json()["results"]

    assert (202, {"accepted": 2, "duplicate": 0, "set_aside": 2, "refused": 0}) == (answer.status_code, answer.json()["counts"])
    assert ["accepted", "set_aside", "accepted", "set_aside"] == [one["result"] for one in results]
    assert ("/data/state", "qn_1", "qn_1") == (results[1]["errors"][0]["pointer"], results[1]["quarantine_id"], results[3]["quarantine_id"])
    assert results[3]["errors"][0]["reason"].startswith("record 4: ")
    assert [(1, "em/allied", "csv", "invalid", body, 2)] == aside(service)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (as_json(received(reason="UNHEARD_OF")), 422, "invalid"),
        (as_json({"eventType": "prison-visit.recorded", "occurredAt": "2026-03-02T11:50:00Z"}), 422, "unknown_type"),
        (b"{", 400, "malformed"),
        (b"", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
    ],
)
def test_one_message_alone_is_told_by_its_status_and_kept_to_the_byte(service: Service, body: bytes, status: int, code: str) -> None:
    answer = post(service, service.key("custody/*"), body)

    assert (status, code, "qn_1") == (answer.status_code, answer.json()["code"], answer.json()["quarantine_id"])
    assert [(1, CUSTODY, "hmpps-domain-events", code, body)] == [one[:5] for one in aside(service)]


@pytest.mark.parametrize("encoding", ["gzip", None])
def test_a_packed_body_is_unpacked_said_so_or_not_within_the_same_limits(service: Service, encoding: str | None) -> None:
    headers = {} if encoding is None else {"content_encoding": encoding}
    key = service.key("em/*", "custody/*")

    assert 202 == post(service, key, gzip.compress(as_json(received())), **headers).status_code
    assert 413 == post(service, key, gzip.compress(b" " * (MAX_BODY_BYTES + 1)), **headers).status_code
    assert 413 == post(service, key, gzip.compress(SHEET + b"x\n" * (MAX_LINES + 1)), CSV, **headers).status_code
    bomb = gzip.compress(gzip.compress(gzip.compress(b" " * 2 * MAX_BODY_BYTES)))
    assert post(service, key, bomb, **headers).status_code in {400, 413}
    assert 1 == len(service.kept())


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "names no source"),
        ("source=", "names no source"),
        ("source=court/common-platform", "names no format"),
        ("source=custody/hmpps&format=word", "no format 'word'"),
        ("source=em/allied&format=gpx", "gpx does not say whose it is"),
        ("source=em/allied&format=gpx&device=d-1", "'device'"),
        ("source=em/allied&format=gpx&identifier=NOMS:A1234AA", "'identifier'"),
        ("source=em/allied&source=em/serco&format=csv", "'source'"),
    ],
)
def test_a_query_that_does_not_say_enough_or_says_whose_it_is_is_refused(service: Service, query: str, named: str) -> None:
    answer = post(service, service.key("*"), b"x", query)

    assert (400, "malformed", True) == (answer.status_code, answer.json()["code"], named in answer.json()["detail"])
    assert ([], []) == (service.kept(), aside(service))


def test_only_the_keys_own_sources_and_types_are_taken(service: Service) -> None:
    other = post(service, service.key("custody/*"), SHEET, CSV)
    within = post(service, service.key("em/*"), b"source," + SHEET + b"em/allied," + ROW % (1, b"tampered"), CSV)
    foreign = post(service, service.key("em/allied"), b"source," + SHEET + b"em/serco," + ROW % (1, b"tampered"), CSV)
    types = post(service, service.key("em/*", types=("order.*",)), SHEET + ROW % (2, b"tampered"), CSV)
    nobody = service.client.post(f"{MESSAGES}?{CSV}", content=b"x")

    assert (403, "source_not_yours") == (other.status_code, other.json()["code"])
    assert (202, 403, 403) == (within.status_code, foreign.status_code, types.status_code)
    assert (401, 415) == (nobody.status_code, post(service, service.key("em/*"), b"x", CSV, content_encoding="br").status_code)


def test_a_rate_counts_the_records(service: Service) -> None:
    key = service.key("em/*", rate_events_s=1)
    five = SHEET + b"".join(ROW % (number, b"tampered") for number in range(5))

    assert [202, 429] == [post(service, key, body, CSV).status_code for body in (five, SHEET + ROW % (9, b"tampered"))]


def test_set_aside_messages_count_towards_a_rise_of_their_feed(service: Service) -> None:
    post(service, service.key("em/*"), SHEET + (ROW % (1, b"loose")) * 3, CSV)
    with closing(ReceivedReader(service.folder)) as reader:
        (batch,) = reader.after(0)

    assert (3, 3) == batch.sent["em/allied"][:2]


def test_a_store_from_before_messages_is_read_and_written(tmp_path: Path) -> None:
    with Service(tmp_path / "data") as service:
        post_event = service.client.post(
            "/api/v1/events", content=b"{", headers={"authorization": f"Bearer {service.key('em/*')}", "content-type": "application/json"}
        )
    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as file:
        file.execute("ALTER TABLE set_aside DROP COLUMN format")
    with Service(tmp_path / "data") as service:
        post(service, service.key("em/*"), SHEET + ROW % (1, b"loose"), CSV)

        assert 400 == post_event.status_code
        assert [None, "csv"] == [one[2] for one in aside(service)]


@pytest.mark.parametrize("name", ["word", "gpx"])
def test_a_configured_format_is_one_that_can_be_posted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "vigil.toml"
    path.write_text(f'[feeds."em/allied"]\nformat = "{name}"\n')

    with pytest.raises(
        ClickException, match=rf"em/allied\.format: .*'{name}' is no format that can be posted; expected one of {', '.join(POSTED)}"
    ):
        configuration.load(path)


def test_events_go_on_as_before(service: Service) -> None:
    headers = {"authorization": f"Bearer {service.key('em/*')}", "content-type": "application/json"}
    assert 202 == service.client.post("/api/v1/events", content=as_json(a_strap_event()), headers=headers).status_code
