"""What an answer leaves out: a group is absent and named, never blank; a sentence calls people only what the reader may know."""

from __future__ import annotations

from typing import get_args

import pytest

from alerting.matter import fold
from alerting.redaction import Called, Group, Seen, alert_fields, person_groups_held, sentence
from alerting.rights import A, C, K, N, Reach, Right
from alerting.routing import Told
from schemas.alert import Alert
from schemas.envelope import PersonIdentifier
from tests.unit.alerting.invented import a_change, a_finding

BECAUSE = "Sam Field (A1234AA) has been inside the Bedminster exclusion zone since 20:13; pp-7 and pp-77 are at risk."
CALLED = Called("Sam Field (A1234AA)", {"pp-7": "Jo Reed", "pp-77": "Ann Lock"})


def alert(because: str = BECAUSE) -> Alert:
    finding = a_finding(at_risk=("pp-7", "pp-77"), because=because)
    named = finding.model_copy(update={"identifiers": (PersonIdentifier(type="NOMS", value="A1234AA"),)})
    return fold(None, a_change(named), Told((), ()))


def seen(*named: str, **reaches: Reach) -> Seen:
    rights: dict[Right, Reach] = {}
    for name in get_args(Right):
        if name.replace(".", "_") in reaches:
            rights[name] = reaches[name.replace(".", "_")]
    return Seen("assignment", "oic", rights, frozenset(named))


OFFICER = seen("pp-7", "pp-77", alert_read=C, location_read=C)
ADVOCATE = seen("pp-77", alert_read=K, location_read=K.but("in_words"))
PROGRAMME = seen("pp-7", "pp-77", alert_read=C)
ANALYST = seen(alert_read=N.but("no_names"), location_read=N.but("grid_1_km"))


def test_an_officer_in_the_case_reads_everything_with_names() -> None:
    fields, held = alert_fields(alert(), OFFICER, CALLED)

    assert () == held
    assert (
        "Sam Field (A1234AA) has been inside the Bedminster exclusion zone since 20:13; Jo Reed and Ann Lock are at risk."
        == (fields["because"])
    )


def test_an_advocate_reads_her_clients_name_and_of_another_that_she_is_protected() -> None:
    fields, held = alert_fields(alert(), ADVOCATE, CALLED)

    assert ("protected_people", "location") == held
    assert str(fields["because"]).endswith("; a protected person and Ann Lock are at risk.")
    assert "Jo Reed" not in str(fields)


def test_a_programme_knows_names_and_no_place() -> None:
    assert ("location",) == alert_fields(alert(), PROGRAMME, CALLED)[1]


def test_an_analyst_reads_no_name_anywhere() -> None:
    fields, held = alert_fields(alert(), ANALYST, CALLED)

    assert ("identifiers", "about", "protected_people", "location") == held
    assert "A managed person has been inside" in str(fields["because"])
    for known in ("Sam Field", "A1234AA", "Jo Reed", "Ann Lock"):
        assert known not in str(fields)
    assert "identifiers" not in fields


def test_a_sentence_that_may_call_him_something_else_is_held_back_whole_from_who_may_know_no_name() -> None:
    fields, held = alert_fields(alert("Samuel Field is inside the zone."), ANALYST, CALLED)

    assert ("identifiers", "about", "because", "protected_people", "location") == held
    assert "because" not in fields
    assert "Samuel" not in str(fields)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("pp-7 is at risk.", "A protected person is at risk."),
        ("He wrote to pp-77.", "He wrote to Ann Lock."),
        ("Order pp-771 stands.", "Order pp-771 stands."),
        ("Order x-pp-7 stands.", "Order x-pp-7 stands."),
    ],
)
def test_an_id_is_replaced_where_it_stands_as_a_word_alone(said: str, told: str) -> None:
    assert told == sentence(said, ADVOCATE, CALLED)


def test_a_protected_person_without_a_name_here_keeps_her_id() -> None:
    assert "He wrote to pp-77." == sentence("He wrote to pp-77.", ADVOCATE, Called(None, {"pp-77": None}))


def test_an_alert_about_the_system_has_nobody_to_hold_back() -> None:
    finding = a_finding("feed-silent", person_id=None, at_risk=(), because="em/allied has been silent since 19:50.")

    assert ((), "em/allied has been silent since 19:50.") == _held_and_said(fold(None, a_change(finding), Told((), ())))


def _held_and_said(of: Alert) -> tuple[tuple[Group, ...], object]:
    fields, held = alert_fields(of, ANALYST, Called(None, {}))
    return held, fields["because"]


def test_a_person_page_names_every_group_that_it_holds_back() -> None:
    everything = seen(
        "pp-7", people_read=A, location_read=A, address_read=A.but("masked"), phone_reveal=A.but("masked"), intelligence_read=A
    )
    prison = seen("pp-7", people_read=C, phone_reveal=C.but("to_bar"), intelligence_read=C)

    assert () == person_groups_held(everything, ["pp-7"])
    assert ("location", "address") == person_groups_held(prison, ["pp-7"])
    assert ("protected_people", "location", "address", "phone", "intelligence") == person_groups_held(seen(people_read=N), ["pp-7"])
