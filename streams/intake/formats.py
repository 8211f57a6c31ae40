"""The visible list of outside formats, and the one way in for all of them.

`import_file` reads a file through its adapter and runs every envelope through the codec, so that what leaves here is what
intake and `vigil replay` take, to the line; everything else is a refusal that names the record and the field. Called by
`vigil import`, and by `POST /messages` with a feed's own messages. Reads no clock and keeps nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from schemas.codec import decode
from schemas.event import Event
from schemas.refusal import FieldError, Refused
from streams.intake.adapters import common_platform, csv_events, em_order, geolife, gpx, hmpps_domain_events, nmea
from streams.intake.adapters.form import NotCarried, Read, Refusal, Settings

GZIP = b"\x1f\x8b"
MAX_FILE_BYTES = 1024 * 1024 * 1024
"""What a gzip file may unpack to. A year of one tag, a fix a minute, is a fifth of it."""

OPTIONS = {"source": "--source SOURCE", "identifiers": "--identifier TYPE:VALUE", "device_id": "--device ID"}


class Adapter(NamedTuple):
    """One outside format. `needs`: the settings without which its files say nothing about anybody."""

    name: str
    description: str
    read: Read
    needs: tuple[str, ...] = ()


class Imported(NamedTuple):
    """One event, as the line that carries it and as everything of ours sees it."""

    line: bytes
    event: Event


_LISTED = (
    Adapter(csv_events.NAME, "one event a row; headings are dotted paths of the envelope (data.latitude, person.NOMS)", csv_events.read),
    Adapter(hmpps_domain_events.NAME, "HMPPS domain events, bare or wrapped by SNS: movements, merges, markers", hmpps_domain_events.read),
    Adapter(common_platform.NAME, "Common Platform hearings resulted: bail, orders, their conditions", common_platform.read),
    Adapter(em_order.NAME, "MoJ electronic monitoring orders with their device wearer", em_order.read),
    Adapter(gpx.NAME, "GPX 1.0 and 1.1 tracks of one device", gpx.read, ("source", "identifiers", "device_id")),
    Adapter(nmea.NAME, "NMEA 0183 logs of one receiver", nmea.read, ("source", "identifiers", "device_id")),
    Adapter(geolife.NAME, "GeoLife tracks (.plt, or a table of many people): research data", geolife.read),
)
FORMATS: Mapping[str, Adapter] = MappingProxyType({adapter.name: adapter for adapter in _LISTED})


def import_file(raw: bytes, format_name: str, settings: Settings, *, max_bytes: int = MAX_FILE_BYTES) -> Iterator[Imported | Refusal]:
    """Every record of the file, in its order: the event it becomes, or why it becomes none. Gzip is unpacked."""
    adapter = FORMATS.get(format_name)
    if adapter is None:
        yield NotCarried("/format", "not a format of ours", ", ".join(FORMATS)).at("settings")
        return
    if missing := [name for name in adapter.needs if not getattr(settings, name)]:
        errors = tuple(FieldError(f"/{name}", f"{adapter.name} does not say it", OPTIONS[name]) for name in missing)
        yield Refusal("settings", "invalid", errors)
        return
    try:
        body = unpacked(raw, max_bytes=max_bytes) if raw.startswith(GZIP) else raw
    except NotCarried as wrong:
        yield wrong.at("file")
        return
    for number, found in enumerate(adapter.read(body, settings), start=1):
        if isinstance(found, Refusal):
            yield found
            continue
        try:
            line = msgspec.json.encode(found)
            yield Imported(line, decode(line))
        except RecursionError:
            yield NotCarried("", "nested too deeply", "a record of ordinary depth", "malformed").at(f"record {number}")
        except Refused as refused:
            yield Refusal(f"record {number}", refused.code, refused.errors)


def unpacked(raw: bytes, *, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The content of a gzip file of one or more members. A bomb is stopped on its way, a file cut off is refused."""
    parts: list[bytes] = []
    left = max_bytes
    while raw:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            part = member.decompress(raw, left + 1)
        except zlib.error:
            raise NotCarried("", "not gzip, or damaged", "a whole gzip file", "malformed") from None
        left -= len(part)
        if left < 0:
            raise NotCarried("", f"over {max_bytes} bytes when unpacked", f"at most {max_bytes} bytes a file", "too_large")
        if not member.eof:
            raise NotCarried("", "a gzip file cut off", "a whole gzip file", "malformed")
        parts.append(part)
        raw = member.unused_data.lstrip(b"\0")
    return b"".join(parts)
