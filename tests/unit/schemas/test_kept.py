"""What cannot be judged is no reason to refuse a line: it is kept as it came, and the engine reports it (rules, word 16)."""

from __future__ import annotations

import pytest

from schemas.codec import decode, decode_object, encode
from schemas.order import Condition, OrderMade
from schemas.place import Address, MultiPolygon, OddZone, Polygon

SQUARE = [[-2.61, 51.44], [-2.58, 51.44], [-2.58, 51.46], [-2.61, 51.44]]


def order_with(condition: dict[str, object]) -> Condition:
    """The condition as it stands in a decoded order, after a round trip."""
    sent: dict[str, object] = {
        "id": "o-1",
        "source": "bail/gwent",
        "type": "order.made",
        "occurred_at": "2026-11-02T11:00:00Z",
        "person": {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]},
        "data": {
            "order_id": "or-1",
            "kind": "police_bail",
            "starts_at": "2026-11-02T11:00:00Z",
            "ends_at": "2026-11-01T11:00:00Z",  # before it starts: kept too
            "conditions": [{"condition_id": "co-1", **condition}],
        },
    }
    event = decode_object(sent)
    assert event == decode(encode(event))
    assert isinstance(event.data, OrderMade)
    return event.data.conditions[0]


@pytest.mark.parametrize(
    ("zone", "form"),
    [
        ({"type": "Polygon", "coordinates": [SQUARE]}, Polygon),
        ({"type": "Polygon", "coordinates": [[[-2.6, 51.45]] * 4]}, Polygon),
        ({"type": "Polygon", "coordinates": [SQUARE[:2]]}, Polygon),
        ({"type": "Polygon", "coordinates": []}, Polygon),
        ({"type": "Polygon", "coordinates": [[[-2.6, 51.45, 12.0]]]}, Polygon),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}, MultiPolygon),
        ({"latitude": 51.45, "longitude": -2.6, "radius_m": 0}, Address),
        ({"latitude": 51.45, "longitude": -2.6}, OddZone),
        ({"type": "Point", "coordinates": [-2.6, 51.45]}, OddZone),
        ({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}, OddZone),
        ({"type": "Polygon"}, OddZone),
        ({}, OddZone),
    ],
)
def test_a_zone_of_any_shape_is_kept(zone: dict[str, object], form: type) -> None:
    assert form is type(order_with({"kind": "exclusion_zone", "zone": zone}).zone)


def test_a_zone_in_words_alone_keeps_its_words() -> None:
    condition = order_with({"kind": "exclusion_zone", "text": "not to go near the school"})
    assert (None, "not to go near the school") == (condition.zone, condition.text)


def test_an_empty_timetable_is_not_the_same_as_none() -> None:
    assert () == order_with({"kind": "curfew", "timetable": []}).timetable
    assert order_with({"kind": "curfew"}).timetable is None


def test_a_window_that_ends_before_it_starts_is_kept() -> None:
    window = {"from": "2026-11-24T13:00:00Z", "to": "2026-11-24T09:00:00Z"}
    (kept,) = order_with({"kind": "exclusion_zone", "permitted": [window]}).permitted
    assert kept.from_ > kept.to


def test_the_fields_of_another_kind_are_kept_on_a_condition() -> None:
    assert ("gps",) == order_with({"kind": "no_contact", "modes": ["gps"]}).modes
