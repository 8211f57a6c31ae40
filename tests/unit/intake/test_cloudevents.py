"""The same event comes in five ways, and is the same event."""

import base64
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, decode_object, encode
from schemas.refusal import Refused
from streams.intake import cloudevents

ENVELOPE: dict[str, object] = {
    "id": "p-991",
    "source": "em/demo",
    "type": "tagging.position",
    "occurred_at": "2026-11-22T20:13:17Z",
    "recorded_at": "2026-11-22T20:13:18Z",
    "published_at": "2026-11-22T20:14:00Z",
    "area": "north",
    "message_status": "exercise",
    "person": {"identifiers": [{"type": "NOMS", "value": "A1234AA"}, {"type": "CUSTODY_RECORD", "value": "north:12 b/26"}]},
    "data": {"device_id": "dv-1", "latitude": 51.45, "longitude": -2.6, "mechanism": "gps"},
}
EVENT: dict[str, object] = {
    "specversion": "1.0",
    "id": "p-991",
    "source": "em/demo",
    "type": "tagging.position",
    "time": "2026-11-22T20:13:17Z",
    "datacontenttype": "application/json",
    "identifiers": "NOMS:A1234AA CUSTODY_RECORD:north%3A12%20b%2F26",
    "recordedat": "2026-11-22T20:13:18Z",
    "publishedat": "2026-11-22T20:14:00Z",
    "area": "north",
    "messagestatus": "exercise",
    "data": ENVELOPE["data"],
}


def as_headers(event: Mapping[str, object]) -> dict[str, str]:
    """As the HTTP binding writes attributes: what is no plain character is percent-encoded, the per cent sign too."""
    headers = {"Content-Type": "application/json"}
    for name, value in event.items():
        if name not in {"data", "datacontenttype"}:
            headers[f"CE-{name}"] = str(value).replace("%", "%25").replace(" ", "%20")
    return headers


def lines(events: dict[str, dict[str, object]]) -> dict[str, bytes]:
    return {way: json.dumps(envelope).encode() for way, envelope in events.items()}


def refusal(event: Mapping[str, object]) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        cloudevents.structured(json.dumps(event).encode())
    return refused.value.code, refused.value.errors[0].pointer


def test_one_event_in_five_content_types_is_one_envelope_to_the_byte() -> None:
    (batched,) = cloudevents.batch(json.dumps([EVENT]).encode())
    assert isinstance(batched, dict)
    ndjson = json.dumps(ENVELOPE) + "\n"
    ways = lines(
        {
            "application/json": ENVELOPE,
            "application/x-ndjson": json.loads(ndjson.splitlines()[0]),
            "application/cloudevents+json": cloudevents.structured(json.dumps(EVENT).encode()),
            "application/cloudevents-batch+json": batched,
            "application/json with ce- headers": cloudevents.binary(as_headers(EVENT), json.dumps(EVENT["data"]).encode()),
        }
    )
    assert dict.fromkeys(ways, ways["application/json"]) == ways
    assert 1 == len({encode(decode(line)) for line in ways.values()})
    assert decode(ways["application/json"]) == decode_object(ENVELOPE)


def test_data_in_base64_is_the_same_data() -> None:
    event = {name: value for name, value in EVENT.items() if name != "data"}
    event["data_base64"] = base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()
    assert ENVELOPE == cloudevents.structured(json.dumps(event).encode())


@given(value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_every_value_of_an_identifier_survives_its_encoding(value: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in value.encode())
    found = cloudevents.structured(json.dumps(EVENT | {"identifiers": f"CASE:{encoded}"}).encode())
    assert {"identifiers": [{"type": "CASE", "value": value}]} == found["person"]


def test_a_bad_event_spoils_only_itself_in_a_batch() -> None:
    first, second, third = cloudevents.batch(json.dumps([EVENT, {"id": "x"}, EVENT]).encode())
    assert ENVELOPE == first == third
    assert isinstance(second, Refused)
    assert ["/source", "/type", "/specversion", "/time"] == [error.pointer for error in second.errors]


def test_attributes_that_are_nobodys_are_kept_and_null_is_absent() -> None:
    found = cloudevents.structured(json.dumps(EVENT | {"traceparent": "00-1", "subject": None}).encode())
    assert ENVELOPE | {"traceparent": "00-1"} == found


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"specversion": "0.3"}, "invalid", "/specversion"),
        ({"datacontenttype": "application/xml"}, "invalid", "/datacontenttype"),
        ({"person": {"identifiers": []}}, "invalid", "/person"),
        ({"occurred_at": "2026-11-22T20:13:17Z"}, "invalid", "/occurred_at"),
        ({"area": ["north"]}, "invalid", "/area"),
        ({"identifiers": "A1234AA"}, "invalid", "/identifiers"),
        ({"identifiers": ["NOMS:A1234AA"]}, "invalid", "/identifiers"),
        ({"identifiers": "NOMS:%ZZ"}, "malformed", "/identifiers"),
        ({"identifiers": "NOMS:%FF"}, "malformed", "/identifiers"),
        ({"data_base64": "e30="}, "invalid", "/data_base64"),
    ],
)
def test_what_is_no_cloudevent_is_refused_and_the_attribute_named(change: dict[str, object], code: str, pointer: str) -> None:
    assert (code, pointer) == refusal(EVENT | change)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"id": "1", "id": "2"}'],
    ids=["empty", "cut", "list", "no UTF-8", "deep", "a name twice"],
)
def test_bytes_that_hold_no_event_are_malformed(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        cloudevents.structured(raw)
    assert "malformed" == refused.value.code


def test_a_batch_that_is_none_and_binary_headers_that_break_off_are_refused() -> None:
    with pytest.raises(Refused):
        cloudevents.batch(b"{}")
    with pytest.raises(Refused) as refused:
        cloudevents.binary(as_headers(EVENT) | {"ce-area": "north%2"}, b"{}")
    assert "/ce-area" == refused.value.errors[0].pointer


def test_headers_say_whether_a_request_is_binary() -> None:
    assert cloudevents.is_binary(as_headers(EVENT))
    assert not cloudevents.is_binary({"Content-Type": cloudevents.STRUCTURED})
