"""An exercise whose person changes: it is judged whenever the case is opened, and taken back when the person is no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from schemas.codec import decode_object
from schemas.event import Event
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NO_CONTACT = {"condition_id": "co-1", "kind": "no_contact", "protected_person_id": "pp-1"}
CASE = {"case_ref": "avon:c-1", "risk_level": "medium", "areas": ["avon"]}
HER = {"protected_person_id": "pp-1", "relationship": "ex_partner", "phones": ["+447700900101"]}
ORDER = {"order_id": "or-1", "kind": "court_bail", "starts_at": DAY.isoformat(), "conditions": [NO_CONTACT]}
CALL = {"call_id": "ca-1", "number": "+447700900101", "duration_s": 60, "outcome": "connected", "legal": False}


def event(minute: int, kind: str, data: Mapping[str, object], *, status: str = "actual", names: str = "NOMS:A1234AA") -> Event:
    said = [dict(zip(("type", "value"), name.split(":"), strict=True)) for name in names.split()]
    return decode_object(
        {
            "id": f"e{minute}",
            "source": "comms/bt",
            "type": kind,
            "occurred_at": DAY + timedelta(minutes=minute),
            "person": {"identifiers": said},
            "message_status": status,
            "data": data,
        }
    )


OPENED = event(0, "case.opened", CASE)
LINKED = event(1, "case.protected_person_linked", HER)
MADE = event(2, "order.made", ORDER)
EXERCISED = event(60, "comms.call", CALL, status="exercise")
OTHER_NAME = event(70, "comms.call", {**CALL, "call_id": "ca-2", "outcome": "no_answer", "legal": True}, names="NOMS:A1234AA CRN:X123456")


def told(*arrivals: list[Event]) -> list[tuple[str, str, str]]:
    """What is told of no-contact when these arrive, an hour apart: status, change, state."""
    judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
    heard = []
    for hour, events in enumerate(arrivals, start=2):
        heard.extend(judge.arrive(DAY + timedelta(hours=hour), events))
    changes = [change for one in heard for change in one.changes if change.finding.rule == "no-contact"]
    return [(one.finding.message_status, one.change, one.finding.status) for one in changes]


def test_an_exercise_is_judged_whether_the_case_is_known_before_with_or_after_it() -> None:
    raised = [("exercise", "raised", "open")]

    assert raised == told([OPENED, LINKED, MADE], [EXERCISED])
    assert raised == told([OPENED, LINKED, MADE, EXERCISED])
    assert raised == told([EXERCISED], [OPENED, LINKED, MADE])


def test_what_arrives_with_the_first_exercise_is_judged_once() -> None:
    judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
    judge.arrive(DAY + timedelta(hours=1), [OPENED, LINKED, MADE])
    actual = event(65, "comms.call", {**CALL, "call_id": "ca-3"})
    heard = judge.arrive(DAY + timedelta(hours=2), [EXERCISED, actual])
    found = [one.finding for told in heard for one in told.changes if one.finding.rule == "no-contact"]

    assert [("actual", ["e65"]), ("exercise", ["e60", "e65"])] == [(one.message_status, [ref.id for ref in one.evidence]) for one in found]


def test_an_exercise_goes_on_when_the_person_gets_another_name() -> None:
    decided = event(
        90, "breach.decided", {"order_id": "or-1", "decision": "warned", "rationale": "seen", "decided_by": "of-1"}, status="exercise"
    )

    assert [("exercise", "raised", "open"), ("exercise", "closed", "closed")] == told(
        [OPENED, LINKED, MADE], [EXERCISED], [OTHER_NAME], [decided]
    )


def test_an_exercise_ends_with_the_person_it_was_about() -> None:
    away = event(100, "identity.split", {"identifiers": [{"type": "CASE", "value": "avon:c-1"}]})
    heard = told([OPENED, LINKED, MADE], [EXERCISED], [away])

    assert ("exercise", "withdrawn", "withdrawn") == heard[-1]


def test_what_follows_from_an_actual_finding_is_told_once_and_not_again_by_the_exercise() -> None:
    judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
    called = event(30, "comms.call", {**CALL, "call_id": "ca-0"})
    judge.arrive(DAY + timedelta(hours=2), [OPENED, LINKED, MADE, called, EXERCISED])
    heard = judge.advance(DAY + timedelta(hours=6))

    assert ["actual"] == [
        change.finding.message_status for one in heard for change in one.changes if change.finding.rule == "breach-unanswered"
    ]
