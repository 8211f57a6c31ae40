"""What a line of the timeline says of an event: whoever may read it need not have the right to where she is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.codec import decode_object
from streams.embedded.entries import entry

HOME = {"address_id": "ad-1", "latitude": 51.46, "longitude": -2.6, "radius_m": 30}
SHE = {"protected_person_id": "pp-1", "household_id": "hh-9", "phones": ["+447700900101"], "addresses": [HOME]}


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (
            "case.protected_person_linked",
            {**SHE, "relationship": "ex_partner"},
            {"protected_person_id": "pp-1", "relationship": "ex_partner"},
        ),
        ("case.protected_person_updated", SHE, {"protected_person_id": "pp-1"}),
        (
            "comms.message",
            {"message_id": "me-1", "channel": "letter", "address_id": "ad-1", "outcome": "sent"},
            {"message_id": "me-1", "channel": "letter", "outcome": "sent", "direction": "out"},
        ),
    ],
)
def test_who_lives_where_and_with_whom_stands_in_no_timeline(kind: str, data: dict[str, object], said: dict[str, object]) -> None:
    sent: dict[str, object] = {
        "id": "e-1",
        "source": "case/avon",
        "type": kind,
        "occurred_at": datetime(2026, 3, 2, tzinfo=UTC),
        "data": data,
    }
    sent["person"] = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}

    assert said == entry(decode_object(sent), "pe-1").said
