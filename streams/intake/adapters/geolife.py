"""GeoLife tracks: the research data set of real movements by which we measure, in the three shapes that are about.

Source: the GeoLife 1.3 user guide, and the tables that scikit-mobility and others make. A `.plt` file is one track: six heading lines,
then latitude, longitude, a zero, altitude, a day number, date and time. A table with the headings `user, trajectory, time_utc,
lat, lon, altitude_ft` or `lat, lng, datetime, uid` holds many people. Each row is one `tagging.position`.
* A table names its people: the user is EM_PERSON and has a device of his own. A `.plt` names nobody: the sender must, and
  what the sender names goes before what a table says.
* Times without a zone are GMT, as the guide says. There is no accuracy; altitude is no field of ours.
* Research use only, and real people: never copied into the project. One user's latitudes of 400 degrees are refused.
Gaps: transport labels are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schemas.event import Identifier
from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, envelope
from streams.intake.adapters.outside_time import instant
from streams.intake.adapters.text_lines import Line, decimal, text_lines

NAME = "geolife"
SOURCE = "em/geolife"


class Shape(NamedTuple):
    """Where a row has its fields. `user` None: the file names nobody."""

    latitude: int
    longitude: int
    time: tuple[int, ...]
    user: int | None
    fields: int


PLT = Shape(latitude=0, longitude=1, time=(5, 6), user=None, fields=7)
PLT_HEADING = "Geolife trajectory"
PLT_HEADING_LINES = 6
TABLES = {
    "user,trajectory,time_utc,lat,lon,altitude_ft": Shape(latitude=3, longitude=4, time=(2,), user=0, fields=6),
    "lat,lng,datetime,uid": Shape(latitude=0, longitude=1, time=(2,), user=3, fields=4),
}


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One position a row."""
    lines = text_lines(raw)
    shape: Shape | None = None
    headings = rows = 0
    for line in lines:
        if isinstance(line, Refusal):
            yield line
        elif shape is None:
            shape = PLT if line.text.startswith(PLT_HEADING) else TABLES.get(line.text.replace(" ", "").lower())
            headings = PLT_HEADING_LINES - 1 if shape is PLT else 0
            if shape is None:
                yield NotCarried("", "not a GeoLife heading", f"'{PLT_HEADING}', or {' or '.join(TABLES)}", "malformed").at(line.where)
                return
        elif headings:
            headings -= 1
        else:
            rows += 1
            try:
                yield _position(line, shape, settings)
            except NotCarried as wrong:
                yield wrong.at(line.where)
    if shape is not None and not rows:
        yield NotCarried("", "headings without a row", "at least one row", "malformed").at("file")


def _position(line: Line, shape: Shape, settings: Settings) -> Envelope:
    row = line.text.split(",")
    if len(row) != shape.fields:
        raise NotCarried("", f"{len(row)} fields: cut off, or of another shape", f"{shape.fields} fields", "malformed")
    at = instant(" ".join(row[place].strip() for place in shape.time).removesuffix("Z") + "Z")
    if at is None:
        raise NotCarried("/time", "not an instant", "2008-10-23 02:53:04, in GMT")
    user = row[shape.user].strip() if shape.user is not None else ""
    if shape.user is not None and not user:
        raise NotCarried("/user", "missing", "the number of the user")
    device_id = settings.device_id or (f"geolife-{user}" if user else None)
    identifiers = settings.identifiers or ((Identifier("EM_PERSON", user),) if user else ())
    if device_id is None or not identifiers:
        raise NotCarried("/person", "a .plt file names nobody", "--device and --identifier")
    return envelope(
        prefix=NAME,
        source=settings.source or SOURCE,
        type="tagging.position",
        occurred_at=at,
        identifiers=identifiers,
        data={
            "device_id": device_id,
            "latitude": decimal(row[shape.latitude], "/lat", "degrees"),
            "longitude": decimal(row[shape.longitude], "/lon", "degrees"),
            "mechanism": "gps",
        },
    )
