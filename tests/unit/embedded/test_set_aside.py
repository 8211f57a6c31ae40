"""What was set aside is shown without a value that could be somebody's."""

from __future__ import annotations

import json

import pytest

from streams.embedded.set_aside import MASK, masked


def test_words_of_the_envelope_stay_and_every_other_value_goes() -> None:
    line = {
        "id": "p-1",
        "source": "em/allied",
        "type": "tagging.position",
        "occurred_at": "2026-03-02T12:00:00Z",
        "person": {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]},
        "data": {"latitude": 151.45, "address": ["1 High Street"], "moving": True},
    }
    shown = json.loads(masked(json.dumps(line).encode()))

    assert ("p-1", "em/allied", "tagging.position") == (shown["id"], shown["source"], shown["type"])
    assert {"identifiers": [{"type": MASK, "value": MASK}]} == shown["person"]
    assert {"latitude": MASK, "address": [MASK], "moving": MASK} == shown["data"]


@pytest.mark.parametrize(
    "raw",
    [b"Sam Field, 1 High Street", b"[1, 2]", b'{"id": "', b"\xff\xfe", b'{"a":' * 5_000, b"{" + b" " * 20_000 + b"}"],
)
def test_of_what_is_no_object_nothing_is_shown(raw: bytes) -> None:
    assert "" == masked(raw)


@pytest.mark.parametrize("said", ["Sam Field of 1 High Street", "07700 900123", {"name": "Sam Field"}, 7700900123, "x" * 101])
def test_a_word_that_holds_something_else_is_blanked(said: object) -> None:
    assert {"id": MASK} == json.loads(masked(json.dumps({"id": said}).encode())) or "name" in masked(json.dumps({"id": said}).encode())
    assert "Field" not in masked(json.dumps({"id": said}).encode())


def test_a_name_for_a_key_is_blanked_too() -> None:
    assert "Field" not in masked(json.dumps({"data": {"Sam Field": "is here"}, "Sam Field": 1}).encode())
