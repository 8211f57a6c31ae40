"""Whatever comes in the name of whatever format: named refusals, never an exception, never a hang."""

import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Identifier
from streams.intake.adapters.form import NotCarried, Refusal, Settings
from streams.intake.formats import FORMATS, Imported, import_file, unpacked

EVERYTHING_NAMED = Settings(source="em/demo", identifiers=(Identifier("NOMS", "A1234AA"),), device_id="dv-1")
ALL = sorted(FORMATS)

ENTITIES = '<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)).replace("&a0;", "&a;")
HOSTILE = {
    "nothing": b"",
    "only blanks": b" \n\r\n\t",
    "UTF-16": '{"eventType": "x"}'.encode("utf-16"),
    "Latin-1": '{"eventType": "caf\xe9"}'.encode("latin-1"),
    "cut off": b'{"eventType": "prison-offender-events.prisoner.rel',
    "no object": b"[1, null, []]",
    "nested without end": b"[" * 200_000,
    "deep objects": b'{"hearing":' * 50_000,
    "deep elements": b"<gpx>" * 50_000,
    "one long line": b"a" * 400_000,
    "one long sentence": b"$GPRMC," + b"1," * 200_000,
    "every byte": bytes(range(256)) * 20,
    "an XML bomb": f"<!DOCTYPE gpx [{ENTITIES}]><gpx><trk>&a8;</trk></gpx>".encode(),
    "an outside entity": b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/hostname">]><gpx>&x;</gpx>',
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><gpx/>',
    "half a gzip": gzip.compress(b"type,occurred_at\n" * 1000)[:-9],
    "no gzip": b"\x1f\x8b\x08 not at all",
    "a quote without end": b'type,occurred_at,data.x\na,"' + b"b\n" * 100_000,
    "a number too large": b'{"eventType": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_refused_by_name(name: str, raw: bytes) -> None:
    found = list(import_file(raw, name, EVERYTHING_NAMED))
    assert 1 <= len(found) <= 3
    assert all(isinstance(one, Refusal) and one.where and one.errors[0].reason and one.errors[0].expected for one in found)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_bytes_at_all_raise_anything(name: str, raw: bytes) -> None:
    for found in import_file(raw, name, EVERYTHING_NAMED):
        assert isinstance(found, Imported | Refusal)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=12,
)
WORDS = {
    "hmpps-domain-events": ["eventType", "Message", "occurredAt", "personReference", "additionalInformation", "publishedAt"],
    "common-platform": ["hearing", "sharedTime", "Message"],
    "em-order": ["order_id", "order_request_type", "order_type", "order_start", "monitoring_order", "device_wearer", "curfew_duration"],
}


@pytest.mark.parametrize("name", sorted(WORDS))
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_right_names_with_the_wrong_things_under_them_raise_nothing(name: str, data: st.DataObject) -> None:
    record = data.draw(st.dictionaries(st.sampled_from(WORDS[name]), ANY_JSON))
    for found in import_file(json.dumps(record).encode(), name, EVERYTHING_NAMED):
        assert isinstance(found, Imported | Refusal)


def test_a_hearing_of_wrong_things_deep_inside_raises_nothing() -> None:
    result = {"label": 7, "judicialResultPrompts": [7], "orderedDate": []}
    wrongs: tuple[object, ...] = (None, 7, "x", [], [[]], {}, {"judicialResults": "x"}, [{"judicialResults": [result]}])
    for wrong in wrongs:
        defendant = {"id": "d", "offences": wrong, "personDefendant": wrong}
        hearing = {"hearingDays": wrong, "prosecutionCases": [{"defendants": [defendant]}]}
        body = {"hearing": hearing, "sharedTime": "2026-11-20T15:00:00Z"}
        found = list(import_file(json.dumps(body).encode(), "common-platform", EVERYTHING_NAMED))
        assert [True] == [isinstance(one, Refusal) for one in found]


def test_a_gzip_bomb_is_stopped_on_its_way() -> None:
    with pytest.raises(NotCarried) as stopped:
        unpacked(gzip.compress(b"\0" * 10_000_000), max_bytes=1_000_000)
    assert "too_large" == stopped.value.code


def test_gzip_in_several_members_is_one_file() -> None:
    assert b"one two" == unpacked(gzip.compress(b"one ") + gzip.compress(b"two"))
    assert zlib.decompress(gzip.compress(b"one"), wbits=31) == unpacked(gzip.compress(b"one"))
