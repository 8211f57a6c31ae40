"""The fast path of a position fix and the slow one are one decoder: the same lines, the same events, the same refusals."""

from __future__ import annotations

import json
import random

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import codec, publish
from schemas.codec import decode
from schemas.event import Event, Identifier
from schemas.fix import Fix
from schemas.json_text import parse
from schemas.refusal import FieldError, Refused
from schemas.tagging import TaggingPosition

LINE = json.dumps(json.loads((publish.HERE / "examples" / "tagging.position.json").read_text(encoding="utf-8"))).encode()
Outcome = Event | tuple[str, tuple[FieldError, ...]]


def outcome(raw: bytes) -> Outcome:
    try:
        return decode(raw)
    except Refused as refused:
        return refused.code, refused.errors


def slow_outcome(raw: bytes) -> Outcome:
    try:
        return codec._judge(parse(raw))
    except Refused as refused:
        return refused.code, refused.errors


def taken_fast(raw: bytes) -> bool:
    try:
        codec._fix_event(codec._read_fix_line(raw))
    except (msgspec.MsgspecError, codec._NotPlain, UnicodeDecodeError, OverflowError):
        return False
    return True


INSTANTS = st.sampled_from(
    [
        "2026-11-22T20:13:17Z",
        "2026-11-22T20:13:17.123456789+01:00",
        "2026-11-22t20:13:17z",
        "2026-11-22 20:13:17-23:59",
        "2026-11-22T20:13:17",
        "2026-11-22T20:13:60Z",
        "2026-02-30T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:00:00+00:01",
        "1899-12-31T23:59:59Z",
        "2100-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "2101-01-01T00:00:00+01:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "",
        "2026-11-22",
    ]
)
ODD: st.SearchStrategy[object] = st.sampled_from([None, True, "", "5", [], {}, 1e308, -0.0, 10**20, 10**39, "x" * 201, "é", "\0", "a\tb"])
NUMBERS = st.one_of(st.floats(-200, 1_000_001, allow_nan=False), st.integers(-200, 1_000_001), ODD)
WORDS = st.one_of(st.text(max_size=8), ODD)
IDENTIFIERS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["NOMS", "PNC", "CASE", "CRN", "PASSPORT"]),
        "value": st.sampled_from(["A1234AA", "08/545166t", "force:1", ":", ""]) | WORDS,
    }
)
DATA = {
    "device_id": st.just("dv-1") | WORDS,
    "activation_id": st.just("ac-1") | WORDS,
    "latitude": st.just(51.45) | NUMBERS,
    "longitude": st.just(-2.6) | NUMBERS,
    "accuracy_m": NUMBERS,
    "mechanism": st.sampled_from(["gps", "wifi", "rf", "lbs", "GPS"]) | ODD,
    "speed_kmh": NUMBERS,
    "direction_deg": NUMBERS,
    "battery_percent": NUMBERS,
    "other": WORDS,
}
FIELDS = {
    "id": st.just("p-1") | WORDS,
    "source": st.just("em/allied") | WORDS,
    "occurred_at": INSTANTS | ODD,
    "recorded_at": INSTANTS | ODD,
    "published_at": INSTANTS | ODD,
    "received_at": INSTANTS | ODD,
    "area": WORDS,
    "person": st.fixed_dictionaries({"identifiers": st.lists(IDENTIFIERS, max_size=3)}) | ODD,
    "message_status": st.sampled_from(["actual", "exercise", "test", "Test"]) | ODD,
    "other": WORDS,
}


@st.composite
def one_or_two_oddities(draw: st.DrawFn) -> bytes:
    """A good line with up to three fields set to something else, or taken away, written in any order and spacing."""
    sent = json.loads(LINE)
    for _ in range(draw(st.integers(0, 3))):
        place, fields = (sent, FIELDS) if draw(st.booleans()) else (sent["data"], DATA)
        name = draw(st.sampled_from(sorted(fields)))
        if draw(st.integers(0, 9)):
            place[name] = draw(fields[name])
        else:
            place.pop(name, None)
    shuffled = dict(draw(st.permutations(list(sent.items()))))
    raw = json.dumps(
        shuffled, separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")])), ensure_ascii=draw(st.booleans())
    )
    return raw.encode("utf-8", "surrogatepass")


@given(one_or_two_oddities())
def test_both_paths_give_the_same_answer_to_odd_fields(raw: bytes) -> None:
    assert slow_outcome(raw) == outcome(raw)


@given(st.integers(0, len(LINE) - 1), st.binary(max_size=3), st.integers(0, 4))
@example(LINE.index(b"51.4497"), b'"', 0)
def test_both_paths_give_the_same_answer_to_damaged_bytes(place: int, inserted: bytes, removed: int) -> None:
    raw = LINE[:place] + inserted + LINE[place + removed :]
    assert slow_outcome(raw) == outcome(raw)


@given(st.integers(0, 2**32))
def test_the_fast_path_takes_what_feeds_send(seed: int) -> None:
    chance = random.Random(seed)
    sent = json.loads(LINE)
    for name in ("activation_id", "accuracy_m", "speed_kmh", "direction_deg", "battery_percent"):
        if chance.random() < 0.3:
            del sent["data"][name]
    sent["data"]["latitude"] = chance.uniform(-90, 90)
    raw = json.dumps(sent).encode()
    assert taken_fast(raw)
    assert slow_outcome(raw) == outcome(raw)


def test_a_fix_says_the_same_as_the_model_of_its_type() -> None:
    assert set(Fix.__struct_fields__) == set(TaggingPosition.model_fields)
    required = {field.name for field in msgspec.structs.fields(Fix) if field.required}
    assert {name for name, field in TaggingPosition.model_fields.items() if field.is_required()} == required


def test_a_police_number_is_brought_to_its_one_form_on_either_path() -> None:
    sent = json.loads(LINE) | {"person": {"identifiers": [{"type": "PNC", "value": "08/545166t"}]}}
    assert (Identifier("PNC", "2008/0545166T"),) == decode(json.dumps(sent).encode()).identifiers


def test_an_escape_cannot_smuggle_a_nul_past_the_fast_path() -> None:
    assert ("invalid", (FieldError("/data/device_id", "holds a NUL character", "text"),)) == outcome(LINE.replace(b"dv-501", b"dv\\u0000"))
