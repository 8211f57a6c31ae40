"""The plain page: a board that names nobody for whoever passes by, what is open within reach for whoever is signed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.console.desk import Oidc
from alerting.ledger.alerts import load
from alerting.lifecycle.handling import Handling
from tests.integration.console.office import MINUTE, Office
from tests.integration.ledger.reached import Town
from tests.unit.alerting.invented import NOON

BECAUSE = "He is inside the zone."


@pytest.fixture
def reference(office: Office) -> str:
    """An alert about a man in the case of `of-2`; `of-1` supervises his area, and one officer is of another."""
    office.officer("of-far", "supervisor", name="Sgt Yew", area="kent")
    office.officer("of-counts", "analyst", name="Ms Oak")
    office.officer("of-keys", "administrator", name="Mr Fir")
    town = Town(office.ledger)
    town.person(team=[("oic", "of-2", None)])
    alert_id = town.alert(told=[("oic", "of-2", "named")])
    with office.ledger.read() as connection:
        record = load(connection, alert_id)
    assert record is not None
    return record.alert.reference


def test_signed_out_the_board_names_nobody_and_says_how_to_sign_in(office: Office, reference: str) -> None:
    page = office.browser().get("/").text

    for expected in (reference, "Critical", "exclusion-zone-entry", "2 Mar 12:00", "Unanswered", 'href="/sign-in"'):
        assert expected in page
    for kept in (BECAUSE, "Sam Field", "A1234AA", "pp-1", "pe-1", "PC Rowan", "DC Birch"):
        assert kept not in page
    assert [] == office.readings()


@pytest.mark.parametrize("officer_id", ["of-1", "of-2"])
def test_signed_in_it_lists_what_is_within_reach_and_the_reading_is_logged(office: Office, reference: str, officer_id: str) -> None:
    browser = office.sign_in(officer_id)
    page = browser.get("/").text

    assert BECAUSE in page
    assert 'content="30"' in page  # each time it is drawn is a reading
    (row,) = office.readings()
    assert (officer_id, "GET /", '["pe-1","pp-1"]') == (row["officer_id"], row["route"], row["subject_ids"])
    assert BECAUSE in browser.get(f"/a/{reference}").text


def test_what_is_of_another_area_is_neither_listed_nor_opened_and_the_denial_is_logged(office: Office, reference: str) -> None:
    browser = office.sign_in("of-far")

    assert "No alert needs an answer" in browser.get("/").text
    true, false = browser.get(f"/a/{reference}"), browser.get("/a/VG-00000-00000")
    assert (404, 404) == (true.status_code, false.status_code)
    assert true.text == false.text.replace("VG-00000-00000", reference)
    assert 1 == len(office.readings("denial"))


def test_one_who_may_know_no_names_reads_none(office: Office, reference: str) -> None:
    page = office.sign_in("of-counts").get(f"/a/{reference}").text

    for kept in ("Sam Field", "A1234AA", "DC Birch", "PC Rowan"):
        assert kept not in page


def test_a_link_gives_no_reason_so_one_who_reads_with_a_reason_reads_nothing_by_it(office: Office, reference: str) -> None:
    office.officer("of-auditor", "auditor", name="Ms Pine")
    browser = office.sign_in("of-auditor")

    assert 404 == browser.get(f"/a/{reference}").status_code
    assert 200 == browser.get(f"/api/v1/alerts/{reference}", X_Reason="A complaint about that night").status_code


def test_one_whose_roles_see_no_alerts_is_told_so_and_not_that_all_is_well(office: Office, reference: str) -> None:
    page = office.sign_in("of-keys").get("/").text

    assert "not yours to see" in page
    assert "No alert needs an answer" not in page


def test_signed_out_every_link_leads_to_the_same_page(office: Office, reference: str) -> None:
    browser = office.browser()
    true, false = browser.get(f"/a/{reference}"), browser.get("/a/VG-00000-00000")

    assert (303, 303) == (true.status_code, false.status_code)
    assert true.headers["location"].replace(reference, "VG-00000-00000") == false.headers["location"]
    signing_in = browser.get(true.headers["location"])
    assert 200 == signing_in.status_code
    assert BECAUSE not in signing_in.text


def test_what_people_closed_is_open_no_more(office: Office, reference: str) -> None:
    Town(office.ledger).alert("pp-2", handling=Handling(closed_at=NOON))

    assert 1 == office.browser().get("/").text.count("<td>exclusion-zone-entry</td>")


def test_the_page_that_reloads_by_itself_keeps_nobody_signed_in(office: Office, reference: str) -> None:
    browser = office.sign_in("of-1")
    for _ in range(30):
        office.now += MINUTE
        browser.get("/")

    assert 'href="/sign-in"' in browser.get("/").text


def test_one_signs_out_from_it(office: Office, reference: str) -> None:
    browser = office.sign_in("of-1")
    page = browser.get("/").text
    assert f'name="csrf_token" value="{browser.csrf}"' in page
    assert "Sgt Ash" in page

    assert 303 == browser.submit("/sign-out", {"csrf_token": browser.csrf}).status_code


def test_where_others_can_reach_it_nothing_is_seen_signed_out(tmp_path: Path) -> None:
    with Office(tmp_path, Oidc("https://id.example.org", "vigil", "secret")) as office:
        Town(office.ledger).alert()
        response = office.browser().get("/")

    assert (303, "/sign-in?next=%2F") == (response.status_code, response.headers["location"])
    assert "VG-" not in response.text
