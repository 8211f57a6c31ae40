"""A decision may name an alert by its reference, which outlives the alert it was made from (rules.md, word 11)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ops.cli.world import World
from schemas.alert import Alert
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}


class Story:
    """Lines told one by one to both sides."""

    def __init__(self) -> None:
        self.world = World(Judge(Rulebook(CATALOGUE), MemoryJournal()))
        self._playback = Playback(self.world.judge)
        self._count = 0

    def tell(self, minutes: float, kind: str, data: Mapping[str, object], *, arrives: float | None = None) -> None:
        self._count += 1
        at, arrival = (START + timedelta(minutes=one) for one in (minutes, minutes if arrives is None else arrives))
        envelope = {
            "id": f"e{self._count}",
            "source": "risk/avon",
            "type": kind,
            "occurred_at": at.isoformat(),
            "person": PERSON,
            "data": data,
        }
        line = json.dumps({**envelope, "received_at": arrival.isoformat()}).encode()
        for heard in self._playback.play([Line("story", self._count, line)]):
            assert isinstance(heard, list)
            list(self.world.tell(heard))

    def standing(self) -> Alert:
        (alert,) = (one for one in self.world.book.alerts() if one.rule == "no-contact" and one.status != "withdrawn")
        return alert


def test_the_reference_of_an_alert_that_late_evidence_has_moved_still_decides_it() -> None:
    story = Story()
    story.tell(0, "case.opened", {"case_ref": "avon:c-1", "risk_level": "medium", "areas": ["avon"]})
    story.tell(1, "case.protected_person_linked", {"protected_person_id": "pp-77", "relationship": "ex_partner", "addresses": []})
    condition = {"condition_id": "nc-1", "kind": "no_contact", "protected_person_id": "pp-77"}
    story.tell(2, "order.made", {"order_id": "or-1", "kind": "court_bail", "starts_at": START.isoformat(), "conditions": [condition]})
    incident = {"kind": "threat", "severity": 3, "protected_person_id": "pp-77"}
    story.tell(60, "incident.reported", {**incident, "incident_id": "i-2"})
    first = story.standing()
    story.tell(30, "incident.reported", {**incident, "incident_id": "i-1"}, arrives=90)
    moved = story.standing()
    said = {"alert_id": first.reference, "decision": "enforced", "rationale": "arrested", "decided_by": "of-1"}
    story.tell(120, "breach.decided", said)

    assert first.alert_id != moved.alert_id
    assert first.reference == moved.reference
    assert "closed" == story.standing().status
