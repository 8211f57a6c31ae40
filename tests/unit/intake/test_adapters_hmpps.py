"""What HMPPS announces about prisoners, told as the messages that arrive."""

import json

import pytest

from schemas.event import Event, Identifier
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import Imported, import_file

NO_SETTINGS = Settings()


def domain_event(event_type: str, **information: object) -> dict[str, object]:
    return {
        "eventType": event_type,
        "version": 1,
        "occurredAt": "2026-11-20T10:15:00+00:00",
        "personReference": {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]},
        "additionalInformation": {"nomsNumber": "A1234AA", "prisonId": "BSI", **information},
    }


def wrapped(event: dict[str, object]) -> dict[str, object]:
    return {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(event), "Timestamp": "2026-11-20T11:00:00Z"}


def read(*records: object) -> list[Imported | Refusal]:
    return list(import_file("\n".join(json.dumps(one) for one in records).encode(), "hmpps-domain-events", NO_SETTINGS))


def event(record: object) -> Event:
    (found,) = read(record)
    assert isinstance(found, Imported), found
    return found.event


def refusal(record: object) -> Refusal:
    (found,) = read(record)
    assert isinstance(found, Refusal), found
    return found


@pytest.mark.parametrize(
    ("way", "reason", "code", "type_", "said"),
    [
        ("released", "RELEASED", "CR", "custody.released", {"release_kind": "end_of_custody", "movement_code": "CR"}),
        ("released", "RELEASED", "HD", "custody.released", {"release_kind": "hdc", "movement_code": "HD"}),
        ("released", "RELEASED", "ECSL", "custody.released", {"release_kind": "early_scheme", "movement_code": "ECSL"}),
        ("released", "RELEASED", "UAL", "custody.unlawfully_at_large", {"prison": "BSI"}),
        ("released", "TEMPORARY_ABSENCE_RELEASE", "C6", "custody.released", {"release_kind": "temporary"}),
        ("released", "SENT_TO_COURT", "CRT", "custody.transferred", {"prison": "BSI"}),
        ("released", "TRANSFERRED", "NOTR", "custody.transferred", {"prison": "BSI"}),
        ("released", "RELEASED_TO_HOSPITAL", "HP", "custody.transferred", {"prison": "BSI"}),
        ("received", "ADMISSION", "N", "custody.received", {"prison": "BSI", "status": "unknown"}),
        ("received", "ADMISSION", "L", "custody.received", {"prison": "BSI", "status": "recall"}),
        ("received", "TEMPORARY_ABSENCE_RETURN", "C6", "custody.returned", {"prison": "BSI"}),
        ("received", "RETURN_FROM_COURT", "CRT", "custody.transferred", {"prison": "BSI"}),
        ("received", "TRANSFERRED", "INT", "custody.transferred", {"prison": "BSI"}),
    ],
)
def test_a_movement_means_what_the_contract_says(way: str, reason: str, code: str, type_: str, said: dict[str, str]) -> None:
    found = event(domain_event(f"prison-offender-events.prisoner.{way}", reason=reason, nomisMovementReasonCode=code))
    assert type_ == found.type
    assert said == {name: getattr(found.data, name) for name in said}
    assert (Identifier("NOMS", "A1234AA"),) == found.identifiers


@pytest.mark.parametrize("reason", ["NEW_ADMISSION", "READMISSION", "READMISSION_SWITCH_BOOKING", "POST_MERGE_ADMISSION"])
def test_every_admission_of_the_search_index_is_a_reception(reason: str) -> None:
    assert event(domain_event("prisoner-offender-search.prisoner.received", reason=reason)).type == "custody.received"


def test_the_early_signal_is_unconfirmed_and_the_delayed_one_confirms_it() -> None:
    early = event(domain_event("prisoner-offender-search.prisoner.released", reason="RELEASED"))
    late = event(domain_event("prison-offender-events.prisoner.released", reason="RELEASED"))
    assert (False, True) == (getattr(early.data, "confirmed", None), getattr(late.data, "confirmed", None))


def test_a_recall_is_one_when_the_cause_says_so_and_code_24_alone_does_not() -> None:
    received = "prison-offender-events.prisoner.received"
    by_cause = domain_event(received, reason="ADMISSION", nomisMovementReasonCode="24", probableCause="RECALL")
    by_code = domain_event(received, reason="ADMISSION", nomisMovementReasonCode="24")
    assert ["recall", "unknown"] == [getattr(event(one).data, "status", None) for one in (by_cause, by_code)]


def test_a_movement_of_unknown_reason_is_refused_for_a_person_to_look_at() -> None:
    found = refusal(domain_event("prison-offender-events.prisoner.released", reason="UNKNOWN"))
    assert "/additionalInformation/reason" == found.errors[0].pointer
    assert "RELEASED" in found.errors[0].expected


def test_wrapped_by_sns_or_bare_it_is_the_same_event_to_the_byte() -> None:
    bare = domain_event("prison-offender-events.prisoner.released", reason="RELEASED")
    lines = [found.line for found in read(bare, wrapped(bare), wrapped(bare) | {"MessageId": "m-2"}) if isinstance(found, Imported)]
    assert [lines[0]] * 3 == lines


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-06-19T18:35:59.442+01:00[Europe/London]", "2026-06-19T17:35:59.442000+00:00"),
        ("2026-10-14T15:10:54.742536797+01:00", "2026-10-14T14:10:54.742536+00:00"),
        ("2026-06-19T18:35:59", "2026-06-19T17:35:59+00:00"),
        ("2026-11-19T18:35:59", "2026-11-19T18:35:59+00:00"),
        ("Fri Jun 19 00:00:00 BST 2026", "2026-06-18T23:00:00+00:00"),
        ("2026-03-29T01:30:00", "2026-03-29T01:00:00+00:00"),
        ("2026-10-25T01:30:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_every_way_in_which_publishers_write_an_instant_is_read(written: str, instant: str) -> None:
    movement = domain_event("prison-offender-events.prisoner.released", reason="RELEASED") | {"occurredAt": written}
    assert instant == event(movement).occurred_at.isoformat()


def test_an_instant_in_a_foreign_zones_letters_is_refused_and_not_guessed() -> None:
    movement = domain_event("prison-offender-events.prisoner.released", reason="RELEASED") | {"occurredAt": "Mon Jun 19 00:00:00 CST 2023"}
    assert "/occurredAt" == refusal(movement).errors[0].pointer


def test_published_at_is_carried_over_where_the_publisher_says_it() -> None:
    movement = domain_event("prison-offender-events.prisoner.released", reason="RELEASED") | {"publishedAt": "2026-11-20T11:00:00Z"}
    published_at = event(movement).published_at
    assert published_at is not None
    assert published_at.isoformat() == "2026-11-20T11:00:00+00:00"


def test_merges_and_unmerges_move_identifiers() -> None:
    merged = event(domain_event("prison-offender-events.prisoner.merged", removedNomsNumber="B4321BB", reason="MERGE"))
    case_merge = event(domain_event("probation-case.merge.completed", sourceCRN="X000001", targetCRN="X000002"))
    split = event(domain_event("probation-case.unmerge.completed", reactivatedCRN="X000001", unmergedCRN="X000002"))
    assert (("NOMS", "A1234AA"), ("NOMS", "B4321BB")) == (getattr(merged.data, "kept", 0), getattr(merged.data, "removed", 0))
    assert (("CRN", "X000002"), ("CRN", "X000001")) == (getattr(case_merge.data, "kept", 0), getattr(case_merge.data, "removed", 0))
    assert (("CRN", "X000001"), ("CRN", "X000002")) == getattr(split.data, "identifiers", 0)


def test_the_domestic_abuse_alert_sets_and_clears_the_marker() -> None:
    set_ = event(domain_event("person.alert.created", alertCode="RDV"))
    cleared = event(domain_event("prisoner-offender-search.prisoner.alerts-updated", alertsAdded=[], alertsRemoved=["RDV"]))
    assert (True, False) == (getattr(set_.data, "set", None), getattr(cleared.data, "set", None))
    assert "/additionalInformation/alertCode" == refusal(domain_event("person.alert.created", alertCode="PEEP")).errors[0].pointer


def test_a_thin_event_is_refused_with_the_reason_why_it_carries_nothing() -> None:
    found = refusal(domain_event("person.community.manager.allocated", allocationId="1"))
    assert "unknown_type" == found.code
    assert "/eventType" == found.errors[0].pointer
    assert "behind detailUrl" in found.errors[0].reason


def test_without_a_person_reference_the_prison_number_is_found_where_the_publisher_puts_it() -> None:
    movement = domain_event("prison-offender-events.prisoner.released", reason="RELEASED", nomsNumber=None, offenderNo="C1111CC")
    del movement["personReference"]
    assert (Identifier("NOMS", "C1111CC"),) == event(movement).identifiers


def test_a_bad_line_spoils_only_itself() -> None:
    good = json.dumps(domain_event("prison-offender-events.prisoner.released", reason="RELEASED"))
    first, second, third = import_file(f"{good}\n{good[:-9]}\n{good}\n".encode(), "hmpps-domain-events", NO_SETTINGS)
    assert isinstance(second, Refusal)
    assert ("line 2", "malformed") == (second.where, second.code)
    assert isinstance(first, Imported)
    assert first == third
