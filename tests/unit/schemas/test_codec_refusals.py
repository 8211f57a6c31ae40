"""What is wrong is refused once, with where, what and what was expected; everything wrong with a line is said together."""

from __future__ import annotations

import json
from typing import cast

import pytest

from schemas import publish
from schemas.codec import MAX_EVENT_BYTES, MAX_OWN_BYTES, decode, decode_object, encode
from schemas.event import Event
from schemas.refusal import FieldError, Refused


def example(name: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads((publish.HERE / "examples" / f"{name}.json").read_text(encoding="utf-8")))


def with_value(name: str, path: str, value: object) -> bytes:
    """The example of a type with one value set; the path as a JSON Pointer."""
    sent = example(name)
    place: dict[str, object] | list[object] = sent
    *way, last = path.strip("/").split("/")
    for part in way:
        place = cast("dict[str, object] | list[object]", place[int(part)] if isinstance(place, list) else place[part])
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return json.dumps(sent).encode()


def without(name: str, *fields: str) -> bytes:
    return json.dumps({key: value for key, value in example(name).items() if key not in fields}).encode()


def refusal_of(raw: bytes) -> Refused:
    with pytest.raises(Refused) as raised:
        decode(raw)
    return raised.value


WRONG_FIELDS: list[tuple[str, str, object, str, str]] = [
    ("tagging.position", "/data/latitude", 91, "out of range", "-90 to 90"),
    ("tagging.position", "/data/longitude", -180.5, "out of range", "-180 to 180"),
    ("tagging.position", "/data/latitude", "51.45", "not a number", "a number"),
    ("tagging.position", "/data/latitude", True, "not a number", "a number"),
    ("tagging.position", "/data/accuracy_m", -1, "out of range", "0 to 1,000,000"),
    ("tagging.position", "/data/mechanism", "sonar", "not one of the known words", "gps, wifi, rf or lbs"),
    ("tagging.position", "/data/device_id", "", "empty", "at least 1 character"),
    ("tagging.position", "/data/device_id", "d" * 201, "too long", "at most 200 characters"),
    ("tagging.position", "/data/device_id", None, "not text", "text"),
    ("tagging.position", "/data/battery_percent", int("1" * 40), "out of range", "a number of 64 bits"),
    ("tagging.position", "/occurred_at", "1980-01-06T00:00:19Z", "implausible instant", "2000-01-01 or later"),
    ("tagging.position", "/occurred_at", "2026-11-22T20:13:17", "not an instant with an offset", "RFC 3339, as 2026-11-22T20:13:17Z"),
    ("tagging.position", "/occurred_at", "2026-12-31T23:59:60Z", "names second 60", "a second from 00 to 59; for a leap second, 59"),
    ("tagging.position", "/occurred_at", 1795378397, "not an instant with an offset", "RFC 3339, as 2026-11-22T20:13:17Z"),
    (
        "tagging.position",
        "/recorded_at",
        "2500-01-01T00:00:00Z",
        "implausible instant",
        "a year from 1900 to 2100; leave out what has no end",
    ),
    ("tagging.position", "/message_status", "Actual", "not one of the known words", "actual, exercise or test"),
    ("tagging.position", "/id", "a\0b", "holds a NUL character", "text"),
    (
        "tagging.position",
        "/person/identifiers/0/type",
        "PASSPORT",
        "not one of the known words",
        "NOMS, CRN, PNC, CRO, ASN, DEFENDANT_ID, MASTER_DEFENDANT_ID, EM_WEARER, EM_PERSON, CUSTODY_RECORD, CRIME_REF or CASE",
    ),
    ("tagging.position", "/person/identifiers", [], "too few", "at least 1"),
    ("tagging.position", "/person", [], "not an object", "an object"),
    ("tagging.position", "/data", [], "not an object", "an object"),
    ("tagging.home_unit", "/data/present", 1, "not true or false", "true or false"),
    ("tagging.fit_failed", "/data/attempt", 1.5, "not a whole number", "a whole number"),
    ("tagging.fitted", "/data/modes", "gps", "not a list", "a list"),
    ("case.opened", "/data/case_ref", "dv-2026-0417", "without its force", "force:value, as avon-and-somerset:123/26"),
    ("case.opened", "/data/date_of_birth", "17/04/1988", "not a date", "YYYY-MM-DD"),
    ("case.protected_person_linked", "/data/phones/0", "ask her sister", "not a telephone number", "E.164, as +447700900123"),
    ("order.made", "/data/conditions/2/timetable/0/from", "24:00", "not a local time", "HH:MM from 00:00 to 23:59"),
    ("order.made", "/data/conditions/2/timetable/0/days/0", "monday", "not one of the known words", "mon, tue, wed, thu, fri, sat or sun"),
    ("order.made", "/data/conditions/0/permitted/0/from", "09:00", "not an instant with an offset", "RFC 3339, as 2026-11-22T20:13:17Z"),
    ("order.varied", "/data/conditions/2/zone/latitude", -90.5, "out of range", "-90 to 90"),
    ("incident.reported", "/data/severity", 6, "out of range", "1 to 5"),
    ("intelligence.submitted", "/data/summary", "s" * 20_001, "too long", "at most 20000 characters"),
    ("risk.assessed", "/data/answers/7b", ["yes"], "not an answer", "text, a number, true, false or null"),
    ("identity.merged", "/data/kept/value", "", "empty", "at least 1 character"),
    ("feed.heartbeat", "/data/complete_to", "2026-11-22T20:15:01Z", "after occurred_at", "at most 2026-11-22T20:15:00Z"),
]


@pytest.mark.parametrize(("name", "path", "value", "reason", "expected"), WRONG_FIELDS)
def test_one_wrong_field_gives_one_error(name: str, path: str, value: object, reason: str, expected: str) -> None:
    refused = refusal_of(with_value(name, path, value))
    assert "invalid" == refused.code
    assert (FieldError(path, reason, expected),) == refused.errors


def test_a_corner_off_the_earth_is_pointed_at_without_the_name_of_our_model() -> None:
    refused = refusal_of(with_value("order.made", "/data/conditions/0/zone/coordinates/0/1/1", 151.4))
    wanted = FieldError("/data/conditions/0/zone/coordinates/0/1", "out of range", "longitude -180 to 180, then latitude -90 to 90")
    assert (wanted,) == refused.errors


def test_everything_wrong_is_said_at_once_with_pointers_into_the_line() -> None:
    sent = example("order.made") | {"id": "", "area": 7}
    sent["data"]["conditions"][2]["address"] = {"latitude": 91, "longitude": "x"}  # type: ignore[index]
    refused = refusal_of(json.dumps(sent).encode())
    assert {
        "/id",
        "/area",
        "/data/conditions/2/address/latitude",
        "/data/conditions/2/address/longitude",
        "/data/conditions/2/address/radius_m",
    } == {error.pointer for error in refused.errors}


def test_a_pointer_escapes_what_json_pointer_reserves() -> None:
    assert (
        "/data/a~1b~0c"
        == refusal_of(with_value("tagging.strap", "/data/a~b", "x").replace(b"a~b", b"a/b~c").replace(b'"x"', b'"\\u0000"'))
        .errors[0]
        .pointer
    )


MALFORMED: list[tuple[bytes, str]] = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"hello", "not JSON"),
    (b"[]", "not an object"),
    (b"17", "not an object"),
    (b'{"id": NaN}', "not JSON"),
    (b'{"id": 1e999}', "a number out of range"),
    (b'{"id": "\xff"}', "not UTF-8"),
    ('{"id": "x"}'.encode("utf-16"), "not JSON"),
    (b'{"id": "\\ud800"}', "not JSON"),
    (b"[" * 200_000, "nested too deeply"),
    (b'{"a":' * 40_000, "nested too deeply"),
]


@pytest.mark.parametrize(("raw", "reason"), MALFORMED)
def test_what_is_not_one_json_object_is_malformed(raw: bytes, reason: str) -> None:
    refused = refusal_of(raw)
    assert "malformed" == refused.code
    assert refused.errors[0].reason.startswith(reason)


def test_nesting_is_bounded_at_64() -> None:
    def nested(levels: int) -> bytes:
        return with_value("tagging.strap", "/data/more", "?").replace(b'"?"', b"[" * levels + b"]" * levels)

    assert isinstance(decode(nested(62)), Event)  # the line and its data are two levels
    refused = refusal_of(nested(63))
    assert ("malformed", "nested too deeply", "at most 64 levels") == (refused.code, refused.errors[0].reason, refused.errors[0].expected)


def test_a_type_that_nobody_knows_is_said_so_whatever_else_is_wrong() -> None:
    refused = refusal_of(json.dumps({"type": "tagging.teleported"}).encode())
    assert "unknown_type" == refused.code
    assert "/type" == refused.errors[0].pointer


def test_without_a_type_the_line_is_invalid() -> None:
    assert ("invalid", FieldError("/type", "missing", "a value")) == (
        (refused := refusal_of(without("tagging.strap", "type"))).code,
        refused.errors[0],
    )


def test_256_kib_are_taken_and_not_a_byte_more() -> None:
    line = with_value("tagging.strap", "/data/more", "")
    fits = line.replace(b'"more": ""', b'"more": "' + b"x" * (256 * 1024 - len(line)) + b'"')
    assert isinstance(decode(fits), Event)
    refused = refusal_of(fits.replace(b"xx", b"xxx", 1))
    assert ("too_large", "at most 262144 bytes") == (refused.code, refused.errors[0].expected)
    assert "too_large" == refusal_of(b"x" * 10_000_000).code
    assert isinstance(decode(fits + b" ", max_bytes=300_000), Event)


def test_a_line_of_our_own_that_grew_past_the_limit_can_be_read_back() -> None:
    numbers = b"1e15," * 50_000
    event = decode(with_value("tagging.strap", "/data/more", "?").replace(b'"?"', b"[" + numbers + b"0]"))
    assert len(encode(event)) > MAX_EVENT_BYTES
    assert event == decode(encode(event), max_bytes=MAX_OWN_BYTES)


def test_an_event_about_a_person_names_the_person_but_a_tag_may_leave_it_to_its_activation() -> None:
    assert (FieldError("/person", "missing", "identifiers of the person"),) == refusal_of(without("bail.reported", "person")).errors
    assert () == decode(without("tagging.strap", "person")).identifiers
    assert () == decode(without("identity.merged", "person")).identifiers


def test_a_byte_order_mark_is_let_through() -> None:
    line = without("tagging.position")
    assert decode(line) == decode(b"\xef\xbb\xbf" + line)


def test_an_instant_after_2038_is_decoded_and_left_to_the_clock() -> None:
    assert 2038 == decode(with_value("tagging.position", "/occurred_at", "2038-01-19T03:14:08Z")).occurred_at.year


@pytest.mark.parametrize(
    ("type_", "old", "new", "at"),
    [
        ("tagging.position", b'"latitude": ', b'"latitude": 50.0, "latitude": ', "/data/latitude"),
        ("tagging.position", b'"latitude": ', b'"\\u006catitude": 50.0, "latitude": ', "/data/latitude"),
        ("tagging.position", b'"data": ', b'"data": {}, "data": ', "/data"),
        ("tagging.strap", b'"state": ', b'"state": "restored", "state": ', "/data/state"),
        ("tagging.strap", b'"type": "', b'"type": "NOMS", "type": "', "/type"),
    ],
)
def test_a_name_said_twice_in_one_object_is_refused_with_its_place_on_both_paths(type_: str, old: bytes, new: bytes, at: str) -> None:
    """Readers differ on which of the two counts; a position with two latitudes is no evidence of either."""
    line = without(type_)
    assert old in line

    with pytest.raises(Refused) as raised:
        decode(line.replace(old, new, 1))

    assert ("malformed", [at]) == (raised.value.code, [error.pointer for error in raised.value.errors])
    assert ("said twice", "each name once in an object") == (raised.value.errors[0].reason, raised.value.errors[0].expected)


@pytest.mark.parametrize("more", ["area", "message_status", "published_at", "unknown"])
def test_a_fix_with_every_name_once_is_taken_whatever_it_leaves_open(more: str) -> None:
    line = json.loads(without("tagging.position"))
    said = {"area": "avon", "message_status": "actual", "published_at": line["occurred_at"], "unknown": 'a "quoted" word'}

    assert decode(json.dumps(line).encode()).data == decode(json.dumps(line | {more: said[more]}).encode()).data


def test_an_adapter_may_hand_over_instants_and_is_told_of_what_is_no_json() -> None:
    line = decode(without("feed.heartbeat"))
    sent = example("feed.heartbeat") | {"occurred_at": line.occurred_at}
    assert line == decode_object(sent)
    with pytest.raises(Refused) as raised:
        decode_object(sent | {"data": {"complete_to": object()}})
    assert "malformed" == raised.value.code
    with pytest.raises(Refused) as raised:
        decode_object(sent | {"data": {"complete_to": line.occurred_at.replace(tzinfo=None)}})
    assert "/data/complete_to" == raised.value.errors[0].pointer
