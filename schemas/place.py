"""Places on the wire: a circle around a point, and GeoJSON zones.

Shape and ranges are checked, sense is not: a polygon of three equal corners, a ring that is not closed or a GeoJSON type
that we do not judge is kept, and the engine says `not-being-judged` about its order (rules, word 16).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, GetJsonSchemaHandler, Strict, Tag
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from schemas.fields import Latitude, Longitude, Metres, Value, refusal


class Address(Value):
    """A circle: WGS84 degrees, and metres. Also the circle form of a zone."""

    latitude: Latitude
    longitude: Longitude
    radius_m: Metres


def _on_earth(position: tuple[float, ...]) -> tuple[float, ...]:
    longitude, latitude = position[:2]
    if abs(longitude) <= 180 and abs(latitude) <= 90:  # noqa: PLR2004 -- half and a quarter of a turn, in degrees
        return position
    raise refusal("out of range", "longitude -180 to 180, then latitude -90 to 90")


Position = Annotated[tuple[Annotated[float, Strict()], ...], Field(min_length=2, max_length=4), AfterValidator(_on_earth)]
"""GeoJSON order: longitude first. Altitude and a measure after them are let through, unread."""
Ring = tuple[Position, ...]


class Polygon(Value):
    """GeoJSON Polygon: the outer ring, then holes."""

    type: Literal["Polygon"]
    coordinates: tuple[Ring, ...]


class MultiPolygon(Value):
    """GeoJSON MultiPolygon."""

    type: Literal["MultiPolygon"]
    coordinates: tuple[tuple[Ring, ...], ...]


class OddZone(Value):
    """A zone in a form that nobody here can judge, kept as it came (a Point, a Feature, a circle without radius)."""


class _AnyOf:
    """In JSON Schema a zone is any of the forms: every Polygon is an odd zone too, so `oneOf` would refuse it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        found["anyOf"] = found.pop("oneOf")
        return found


def _form(zone: object) -> str:
    if isinstance(zone, Value):
        return type(zone).__name__
    if not isinstance(zone, dict):
        return "OddZone"
    if zone.get("type") in ("Polygon", "MultiPolygon") and isinstance(zone.get("coordinates"), list | tuple):
        return str(zone["type"])
    return "Address" if {"latitude", "longitude", "radius_m"} <= zone.keys() else "OddZone"


Zone = Annotated[
    Annotated[Polygon, Tag("Polygon")]
    | Annotated[MultiPolygon, Tag("MultiPolygon")]
    | Annotated[Address, Tag("Address")]
    | Annotated[OddZone, Tag("OddZone")],
    Discriminator(_form),
    _AnyOf(),
]
