"""The digest tells a repeated event from another one under the same id: what counts is type, instant, person and data."""

from __future__ import annotations

import json

import pytest

from schemas import publish
from schemas.codec import decode_object, digest

SENT = json.loads((publish.HERE / "examples" / "order.made.json").read_text(encoding="utf-8"))


def test_the_same_said_in_another_way_is_the_same() -> None:
    turned = json.loads(json.dumps(SENT))
    turned["data"] = dict(reversed(turned["data"].items())) | {"starts_at": "2026-11-02T12:00:00+01:00"}
    turned["person"]["identifiers"].reverse()
    sent_again = dict(reversed(turned.items())) | {"published_at": "2026-11-03T00:00:00Z", "area": "gwent"}
    assert digest(decode_object(SENT)) == digest(decode_object(sent_again))
    assert 8 == len(digest(decode_object(SENT)))


@pytest.mark.parametrize(
    "other",
    [
        {"occurred_at": "2026-11-02T11:00:01Z"},
        {"person": {"identifiers": [{"type": "NOMS", "value": "A1234AB"}]}},
        {"data": SENT["data"] | {"order_id": "or-2"}},
        {"data": SENT["data"] | {"not_known_yet": 1}},
        {"type": "order.varied"},
    ],
)
def test_anything_else_under_the_same_id_is_another_event(other: dict[str, object]) -> None:
    assert digest(decode_object(SENT)) != digest(decode_object(SENT | other))
