"""GPX tracks: the positions of one receiver, as phones, watches and mapping programs keep them. Versions 1.0 and 1.1.

Source: the GPX 1.0 and 1.1 schemas; the samples of gpxpy 1.6.2. Each track point is one `tagging.position` of the device and
person that the sender names beside the file, since GPX names neither. XML from outside is read with defusedxml: a document
type, an entity or a bomb of them is refused at once.
* `hdop` is a factor, not metres: there is no accuracy unless an extension states one in metres.
* Times must name their zone; GPX means UTC, and a time without one may be anybody's.
* Speed is metres a second, in 1.0 itself and in extensions; a negative speed or course is how phones say "unknown".
Gaps: routes and waypoints are plans and notes, not where somebody was; they are passed over.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, envelope
from streams.intake.adapters.outside_time import instant
from streams.intake.adapters.text_lines import decimal

NAME = "gpx"
SOURCE = "em/gpx"

ACCURACY_ELEMENTS = frozenset({"accuracy", "hacc", "horizontalaccuracy", "horizontal_accuracy"})
"""Extensions that state a radius in metres."""
ZONED = re.compile(r".*(Z|[+-]\d\d:?\d\d)\s*", re.ASCII)
KMH_PER_MPS = 3.6


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One position a track point."""
    number = 0
    try:
        for _, element in iterparse(io.BytesIO(raw), forbid_dtd=True):
            name = _name(element)
            if name == "trkpt":
                number += 1
                try:
                    yield _position(element, settings)
                except NotCarried as wrong:
                    yield wrong.at(f"track point {number}")
            if name in {"trkpt", "trkseg", "trk", "wpt", "rte"}:
                element.clear()
    except DefusedXmlException:
        yield NotCarried("", "holds a document type or entities", "plain GPX without a DTD", "malformed").at("file")
    except ParseError as wrong:
        line, column = wrong.position
        yield NotCarried("", f"not XML, or cut off, at line {line}, column {column}", "a whole GPX file", "malformed").at("file")
    except (ValueError, LookupError):
        yield NotCarried("", "an encoding that cannot be read", "XML in UTF-8", "malformed").at("file")
    else:
        if not number:
            yield NotCarried("/gpx/trk", "no track point", "at least one trkpt", "malformed").at("file")


def _position(point: Element, settings: Settings) -> Envelope:
    said: dict[str, str] = {}
    for one in (*point, *point.iter()):  # its own elements go before those of extensions of the same name
        said.setdefault(_name(one).lower(), (one.text or "").strip())
    written = said.get("time", "")
    at = instant(written) if ZONED.fullmatch(written) else None
    if at is None:
        reason = "not an instant with a zone" if written else "missing: where he was without when proves nothing"
        raise NotCarried("/trkpt/time", reason, "an instant such as 2026-11-22T20:13:17Z")
    data: dict[str, object] = {
        "device_id": settings.device_id,
        "latitude": decimal(point.get("lat", ""), "/trkpt/lat", "degrees"),
        "longitude": decimal(point.get("lon", ""), "/trkpt/lon", "degrees"),
        "mechanism": "gps",
    }
    accuracy = next((said[name] for name in said if name in ACCURACY_ELEMENTS), "")
    if accuracy:
        data["accuracy_m"] = decimal(accuracy, "/trkpt/extensions/accuracy", "metres")
    if (speed_mps := _known(said.get("speed", ""), "/trkpt/speed")) is not None:
        data["speed_kmh"] = round(speed_mps * KMH_PER_MPS, 3)
    if (course_deg := _known(said.get("course", ""), "/trkpt/course")) is not None:
        data["direction_deg"] = course_deg
    return envelope(
        prefix=NAME,
        source=settings.source or SOURCE,
        type="tagging.position",
        occurred_at=at,
        identifiers=settings.identifiers,
        data=data,
    )


def _known(text: str, pointer: str) -> float | None:
    value = decimal(text, pointer, "a number") if text else -1
    return value if value >= 0 else None


def _name(element: Element) -> str:
    """The local name: every version and program has its own namespace."""
    return str(element.tag).rpartition("}")[2]
