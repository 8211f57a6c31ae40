"""Tracks and receiver logs: only what a receiver really said about where it was, and when."""

from functools import reduce

import pytest

from schemas.event import Event, Identifier
from schemas.fix import Fix
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

WORN = Settings(source="em/demo", identifiers=(Identifier("NOMS", "A1234AA"),), device_id="dv-1")


def read(raw: str, format_name: str, settings: Settings = WORN) -> list[Imported | Refusal]:
    return list(import_file(raw.encode(), format_name, settings))


def events(raw: str, format_name: str, settings: Settings = WORN) -> list[Event]:
    return [found.event for found in read(raw, format_name, settings) if isinstance(found, Imported)]


def fix(event: Event) -> Fix:
    assert isinstance(event.data, Fix)
    return event.data


def refused(found: list[Imported | Refusal]) -> list[str]:
    return [one.errors[0].pointer for one in found if isinstance(one, Refusal)]


def gpx(*points: str) -> str:
    return f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{"".join(points)}</trkseg></trk></gpx>'


def point(inside: str, latitude: str = "51.45") -> str:
    return f'<trkpt lat="{latitude}" lon="-2.6">{inside}</trkpt>'


TIMED = "<time>2026-11-22T20:13:17Z</time>"


def test_a_track_point_is_a_fix_of_the_device_and_person_named_beside_the_file() -> None:
    (event,) = events(gpx(point(TIMED)), "gpx")
    assert ("em/demo", "tagging.position", (Identifier("NOMS", "A1234AA"),)) == (event.source, event.type, event.identifiers)
    assert Fix(device_id="dv-1", latitude=51.45, longitude=-2.6, mechanism="gps") == event.data


def test_a_gpx_file_for_which_nobody_names_device_and_person_is_refused_once() -> None:
    (found,) = read(gpx(point(TIMED), point(TIMED)), "gpx", Settings())
    assert isinstance(found, Refusal)
    assert ["/source", "/identifiers", "/device_id"] == [error.pointer for error in found.errors]


def test_hdop_is_no_accuracy_but_an_extension_in_metres_is() -> None:
    by_hdop, by_extension = events(
        gpx(point(f"{TIMED}<hdop>2.5</hdop>"), point(f"{TIMED}<extensions><accuracy>12.5</accuracy></extensions>")), "gpx"
    )
    assert (None, 12.5) == (fix(by_hdop).accuracy_m, fix(by_extension).accuracy_m)


def test_speed_is_metres_a_second_and_minus_one_is_unknown() -> None:
    moving, unknown = events(gpx(point(f"{TIMED}<speed>10</speed>"), point(f"{TIMED}<speed>-1</speed>")), "gpx")
    assert (36.0, None) == (fix(moving).speed_kmh, fix(unknown).speed_kmh)


def test_track_points_that_prove_nothing_are_refused_one_by_one() -> None:
    track = gpx(
        point(""),
        point("<time>2026-11-22T20:13:17</time>"),
        point("<time>1901-12-13T20:45:52Z</time>"),
        point(TIMED, "x"),
        point(TIMED, "91"),
        point(TIMED),
    )
    found = read(track, "gpx")
    assert ["/trkpt/time", "/trkpt/time", "/occurred_at", "/trkpt/lat", "/data/latitude"] == refused(found)
    assert isinstance(found[-1], Imported)


def test_a_track_cut_off_keeps_what_came_before_and_is_refused_once() -> None:
    found = read(gpx(point(TIMED))[:-20], "gpx")
    assert [True, False] == [isinstance(one, Imported) for one in found]


def sentence(body: str) -> str:
    return f"${body}*{reduce(lambda sum_, byte: sum_ ^ byte, body.encode(), 0):02X}\r\n"


def rmc(clock: str, date: str, status: str = "A") -> str:
    return sentence(f"GPRMC,{clock},{status},5127.0000,N,00236.0000,W,10.0,120.5,{date},,,A")


def gga(clock: str, quality: str = "1") -> str:
    return sentence(f"GPGGA,{clock},5127.0000,N,00236.0000,W,{quality},08,1.2,10.0,M,47.0,M,,")


def test_the_sentences_of_one_instant_are_one_fix_and_rmc_speaks() -> None:
    (event,) = events(gga("201317.00") + rmc("201317.000", "221126") + "$GPGSV,1,1,00*79\r\n", "nmea")
    assert "2026-11-22T20:13:17+00:00" == event.occurred_at.isoformat()
    assert (51.45, -2.6, 18.52, 120.5, None) == (
        fix(event).latitude,
        fix(event).longitude,
        fix(event).speed_kmh,
        fix(event).direction_deg,
        fix(event).accuracy_m,
    )


def test_a_sentence_without_date_takes_the_last_one_named_and_passes_midnight() -> None:
    found = events(rmc("235959", "221126") + gga("000001"), "nmea")
    assert ["2026-11-22T23:59:59+00:00", "2026-11-23T00:00:01+00:00"] == [event.occurred_at.isoformat() for event in found]


@pytest.mark.parametrize(
    ("log", "pointers"),
    [
        (gga("201317"), ["/date"]),
        (rmc("201317", "221126", "V"), ["/fix"]),
        (rmc("201317", "221126") + gga("201318", "0"), ["/fix"]),
        (rmc("201317", "221126") + gga("201318", "6"), ["/fix"]),
        (rmc("201317", "221126").replace("5127", "5128"), ["/checksum"]),
        (rmc("201317", "221126")[:-5], ["/checksum"]),
        (rmc("201317", "320026"), ["/date"]),
        (rmc("251317", "221126"), ["/time"]),
        (rmc("", "221126"), ["/time"]),
        (rmc("201317", "221126") + rmc("201318", "080407"), ["/date"]),
        (rmc("201317", "060180"), ["/occurred_at"]),
    ],
    ids="no date|void|no fix|dead reckoning|checksum|cut off|no such date|no such time|no time|rollover|1980".split("|"),
)
def test_a_sentence_that_proves_nothing_is_refused_and_the_field_named(log: str, pointers: list[str]) -> None:
    assert pointers == refused(read(log, "nmea"))


def test_binary_noise_between_the_sentences_is_passed_over() -> None:
    raw = b"\xb5\x62\x01\x00\xff" + rmc("201317", "221126").encode() + b"\x00$\xff\n"
    assert [True] == [isinstance(one, Imported) for one in import_file(raw, "nmea", WORN)]


PLT = "Geolife trajectory\nWGS 84\nAltitude is in Feet\nReserved 3\n0,2,255,My Track,0,0,2,8421376\n0\n"


def test_a_plt_track_belongs_to_whom_the_sender_names_and_to_nobody_else() -> None:
    row = "51.45,-2.6,0,492,39744.12,2008-10-23,02:53:04\r\n"
    (event,) = events(PLT + row, "geolife")
    assert ("dv-1", "2008-10-23T02:53:04+00:00") == (fix(event).device_id, event.occurred_at.isoformat())
    assert ["/person"] == refused(read(PLT + row, "geolife", Settings()))


def test_a_table_names_its_people() -> None:
    table = "lat,lng,datetime,uid\n51.45,-2.6,2008-10-23 05:53:05,001\n400.1,-2.6,2008-10-23 05:53:06,001\n51.45\n"
    found = read(table, "geolife", Settings())
    assert isinstance(found[0], Imported)
    assert ((Identifier("EM_PERSON", "001"),), "geolife-001") == (found[0].event.identifiers, fix(found[0].event).device_id)
    assert ["/data/latitude", ""] == refused(found)


def test_the_other_table_is_read_too() -> None:
    table = "user,trajectory,time_utc,lat,lon,altitude_ft\n000,20081023025304,2008-10-23T02:53:04Z,51.45,-2.6,492\n"
    (event,) = events(table, "geolife", Settings())
    assert "2008-10-23T02:53:04+00:00" == event.occurred_at.isoformat()
