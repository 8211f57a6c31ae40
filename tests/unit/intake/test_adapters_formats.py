"""The list of formats, and what holds for every adapter on it."""

import inspect
from types import ModuleType

import pytest

from schemas.codec import decode
from schemas.event import Identifier
from streams.intake.adapters import common_platform, csv_events, em_order, geolife, gpx, hmpps_domain_events, nmea
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import FORMATS, OPTIONS, Imported, import_file

MODULES = [csv_events, hmpps_domain_events, common_platform, em_order, gpx, nmea, geolife]
NAMED = Settings(source="em/demo", identifiers=(Identifier("NOMS", "A1234AA"),), device_id="dv-1")

ONE_OF_EACH = {
    "csv": b"type,occurred_at,data.device_id\ntagging.status,2026-11-22T20:13:17Z,dv-1\n",
    "hmpps-domain-events": b'{"eventType": "prison-offender-events.prisoner.released", "occurredAt": "2026-11-22T20:13:17Z",'
    b' "additionalInformation": {"nomsNumber": "A1234AA", "reason": "RELEASED"}}',
    "common-platform": b'{"sharedTime": "2026-11-22T20:13:17Z", "hearing": {"prosecutionCases": [{"defendants": [{"id": "d-1",'
    b' "offences": [{"judicialResults": [{"cjsCode": "3047", "resultText": "Must not contact Robin Vale"}]}]}]}]}}',
    "em-order": b'{"order_id": "MON10000001", "order_request_type": "New Order", "order_type": "Community",'
    b' "order_start": "2026-06-01 00:00:00", "case_id": "0a"}',
    "gpx": b'<gpx><trk><trkseg><trkpt lat="51" lon="-2"><time>2026-11-22T20:13:17Z</time></trkpt></trkseg></trk></gpx>',
    "nmea": b"$GPRMC,201317,A,5127.0,N,00236.0,W,0.0,0.0,221126,,,A*66\n",
    "geolife": b"lat,lng,datetime,uid\n51.45,-2.6,2008-10-23 05:53:05,001\n",
}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_siblings_have_the_same_form(module: ModuleType) -> None:
    assert module.read is FORMATS[module.NAME].read
    assert ["raw", "settings"] == list(inspect.signature(module.read).parameters)
    assert "Source:" in (module.__doc__ or "") or "The form is ours" in (module.__doc__ or "")
    assert "Gaps:" in (module.__doc__ or "")


def test_every_format_is_listed_once_with_what_it_needs() -> None:
    assert {module.NAME for module in MODULES} == set(FORMATS) == set(ONE_OF_EACH)
    assert all(adapter.description and set(adapter.needs) <= set(OPTIONS) for adapter in FORMATS.values())


@pytest.mark.parametrize("name", sorted(ONE_OF_EACH))
def test_what_leaves_here_is_a_line_that_a_replay_takes_and_twice_is_the_same(name: str) -> None:
    (first,) = import_file(ONE_OF_EACH[name], name, NAMED)
    (second,) = import_file(ONE_OF_EACH[name], name, NAMED)
    assert isinstance(first, Imported), first
    assert first == second
    assert first.event == decode(first.line)
    assert "em/demo" == first.event.source


def test_an_unknown_format_is_refused_with_the_list_of_those_there_are() -> None:
    (found,) = import_file(b"", "kml", NAMED)
    assert isinstance(found, Refusal)
    assert ("settings", "/format") == (found.where, found.errors[0].pointer)
    assert "gpx" in found.errors[0].expected


def test_what_the_codec_would_set_aside_is_refused_here() -> None:
    (found,) = import_file(ONE_OF_EACH["gpx"].replace(b'lat="51"', b'lat="151"'), "gpx", NAMED)
    assert isinstance(found, Refusal)
    assert ("record 1", "/data/latitude") == (found.where, found.errors[0].pointer)
