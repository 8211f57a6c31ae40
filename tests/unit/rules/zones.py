"""How the tests of exclusion-zone-entry begin: on bail, tagged, with zones. Not a test."""

from __future__ import annotations

from streams.rules.exclusion_zone_entry import RULE
from tests.unit.rules.movement import GPS, Json, Movements, zone


def story(*conditions: Json) -> Movements:
    """On bail with a GPS tag and, unless said, one zone of 200 m for pp-77."""
    told = Movements(RULE)
    told.order("00:05", GPS, *(conditions or (zone(),)))
    told.fitted("00:10")
    return told


def out(told: Movements, *whens: str) -> None:
    """Fixes certainly outside."""
    for when in whens:
        told.fix(when, 1_000)
