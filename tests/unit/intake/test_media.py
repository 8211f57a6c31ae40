"""What a feed client posts becomes lines: five content types, one event; and what is no such thing is refused or kept whole."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.codec import MAX_EVENT_BYTES
from schemas.problems import Problem
from streams.intake.media import MAX_BODY_BYTES, MAX_LINES, Unread, form_of, read, unpacked

EVENT = {
    "id": "p-991",
    "source": "em/allied",
    "type": "tagging.strap",
    "occurred_at": "2026-03-02T21:04:00Z",
    "area": "avon-and-somerset",
    "person": {"identifiers": [{"type": "EM_PERSON", "value": "wearer 7"}]},
    "data": {"device_id": "d-1", "state": "tampered"},
}
CLOUD = {
    "specversion": "1.0",
    "id": "p-991",
    "source": "em/allied",
    "type": "tagging.strap",
    "time": "2026-03-02T21:04:00Z",
    "area": "avon-and-somerset",
    "identifiers": "EM_PERSON:wearer%207",
    "data": {"device_id": "d-1", "state": "tampered"},
}
HEADERS = {f"ce-{name}": value.replace("%", "%25") for name, value in CLOUD.items() if isinstance(value, str)}
LINE = json.dumps(EVENT).encode()

FORMS = {
    "one envelope": ({"content-type": "application/json"}, LINE),
    "one envelope a line": ({"content-type": "application/x-ndjson; charset=utf-8"}, LINE + b"\r\n\n"),
    "structured": ({"content-type": "application/cloudevents+json"}, json.dumps(CLOUD).encode()),
    "batched": ({"content-type": "application/cloudevents-batch+json"}, json.dumps([CLOUD]).encode()),
    "binary": ({"content-type": "application/json", **HEADERS}, json.dumps(CLOUD["data"]).encode()),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_five_content_types_give_the_same_event_to_the_byte(form: str, packed: bool) -> None:
    headers, body = FORMS[form]
    posted = read({**headers, "content-encoding": "gzip"} if packed else headers, gzip.compress(body) if packed else body)
    (line,) = posted.lines

    assert isinstance(line, bytes)
    assert codec.encode(codec.decode(LINE)) == codec.encode(codec.decode(line))
    assert posted.alone == (form not in {"one envelope a line", "batched"})


@pytest.mark.parametrize("form", ["structured", "batched", "binary"])
def test_cloudevents_make_the_same_line_to_the_byte(form: str) -> None:
    expected = read(*FORMS["structured"]).lines

    assert expected == read(*FORMS[form]).lines


def test_a_bad_line_spoils_only_itself() -> None:
    body = b'{"id": 1\n' + LINE + b"\n\xff\xfe\n"

    assert (b'{"id": 1', LINE, b"\xff\xfe") == read({"content-type": "application/x-ndjson"}, body).lines


def test_a_bad_cloudevent_in_a_batch_is_kept_as_it_came_and_spoils_only_itself() -> None:
    lacking = b'{ "specversion": "1.0", "id":"x" }'
    posted = read({"content-type": "application/cloudevents-batch+json"}, b"[" + json.dumps(CLOUD).encode() + b"," + lacking + b"]")
    good, bad = posted.lines

    assert isinstance(good, bytes)
    assert isinstance(bad, Unread)
    assert (lacking, "invalid") == (bad.raw, bad.code)
    assert ["/source", "/type", "/time"] == [error.pointer for error in bad.errors]


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b'[{"id": 1}', b"null", b"\xff"])
def test_a_batch_that_is_no_list_is_kept_whole(body: bytes) -> None:
    posted = read({"content-type": "application/cloudevents-batch+json"}, body)
    (kept,) = posted.lines

    assert isinstance(kept, Unread)
    assert (body, "malformed", True) == (kept.raw, kept.code, posted.alone)


def test_an_empty_batch_is_a_batch() -> None:
    assert ((), False) == read({"content-type": "application/cloudevents-batch+json"}, b"[]")
    assert ((), False) == read({"content-type": "application/x-ndjson"}, b"\n")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/xml", "ce-specversion": "1.0"},
        {"content-type": "application/ld+json"},
        {"content-type": "application/json", "content-encoding": "br"},
    ],
)
def test_any_other_type_or_encoding_is_refused_with_what_is_taken(headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        form_of(headers)

    assert "unsupported_media_type" == refused.value.code
    assert refused.value.headers


def test_any_json_type_is_taken_with_cloudevents_headers() -> None:
    assert "application/vnd.supplier.v2+json" == form_of({"content-type": "application/vnd.supplier.v2+json", "ce-specversion": "1.0"})


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("application/x-ndjson", b"1\n" * (MAX_LINES + 1)),
        ("application/cloudevents-batch+json", b"[" + b"1," * MAX_LINES + b"1]"),
        ("application/json", b" " * MAX_EVENT_BYTES + b"{}"),
        ("application/cloudevents+json", b" " * MAX_EVENT_BYTES + b"{}"),
    ],
)
def test_over_the_limits_nothing_is_taken_and_the_limits_are_said(form: str, body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read({"content-type": form}, body)

    assert "too_large" == refused.value.code
    assert {"max_bytes", "max_lines"} == set(refused.value.more)


def test_a_line_that_is_too_large_spoils_only_itself() -> None:
    long = b'"' + b"x" * MAX_EVENT_BYTES + b'"'

    assert (long, LINE) == read({"content-type": "application/x-ndjson"}, long + b"\n" + LINE).lines


def test_a_bomb_is_stopped_on_its_way() -> None:
    with pytest.raises(Problem) as refused:
        unpacked(gzip.compress(bytes(64 * MAX_BODY_BYTES)), "gzip")

    assert "too_large" == refused.value.code


def test_exactly_the_limit_is_taken() -> None:
    assert MAX_BODY_BYTES == len(unpacked(gzip.compress(bytes(MAX_BODY_BYTES)), "gzip"))


def test_gzip_members_one_after_another_are_one_body() -> None:
    assert b"one\ntwo\n" == unpacked(gzip.compress(b"one\n") + gzip.compress(b"") + gzip.compress(b"two\n"), "GZIP")


@given(st.integers(1, 60), st.booleans())
def test_gzip_that_is_cut_off_or_damaged_is_kept_whole(cut: int, damaged: bool) -> None:
    whole = gzip.compress(b"two lines\nof text that is packed\n" * 3)
    body = b"\x00" + whole if damaged else whole[: max(1, len(whole) - cut)]
    kept = unpacked(body, "gzip")

    assert isinstance(kept, Unread)
    assert (body, "malformed") == (kept.raw, kept.code)


@given(st.binary(max_size=200), st.sampled_from(sorted(FORMS)))
def test_no_body_makes_it_fail(body: bytes, form: str) -> None:
    headers, _ = FORMS[form]

    assert all(isinstance(line, bytes | Unread) for line in read(headers, body).lines)
