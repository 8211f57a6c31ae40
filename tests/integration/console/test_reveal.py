"""Her address and number, and emergency access, by raw HTTP: who gets which, that each stands in the log, and who is told of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from alerting.console.limits import MOST, InProcess, Kind
from alerting.ledger.tables.messages import OUTBOX
from alerting.rights import ROLES
from schemas.person import Assignment, PersonView, ProtectedPersonView
from tests.integration.console.case import ADDRESS, ANOTHER, HE, PHONE, SAFE, SHE, Case
from tests.integration.console.office import DAY, MINUTE, NOON, SECOND, Browser, Office, problem

REVEAL = f"/api/v1/protected-people/{SHE}/reveal"
GLASS = "/api/v1/access/break-glass"
REASON = "She called from his phone and it went dead."
UNLIMITED: dict[Kind, int] = dict.fromkeys(MOST, 1_000_000)
ASSIGNED = tuple(role for role in ROLES if role not in {"control_room", "duty_inspector"})
ADDRESS_TO = frozenset({"oic", "idva", "supervisor", "duty_inspector", "control_room"})
"""Footnote 4; a control room while an alert on him is critical or high."""


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Office(tmp_path, limits=InProcess(UNLIMITED)) as office:
        case = Case(office)
        case.told_whole(team=[(role, case.of(role)) for role in ASSIGNED])
        yield case


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """A case with everybody in it and a high alert; nobody changes it."""
    with Office(tmp_path_factory.mktemp("reveal"), limits=InProcess(UNLIMITED)) as office:
        case = Case(office)
        case.told_whole(team=[(role, case.of(role)) for role in ASSIGNED])
        case.alert(person_id=HE, severity="high", told=())
        yield case


def reveal(browser: Browser, field: str, path: str = REVEAL, **sent: object) -> httpx.Response:
    return browser.command(path, {"field": field, "reason": "To send a unit", **sent}, key=None)


def told(case: Case, occasion: str) -> list[str]:
    with case.office.ledger.read() as connection:
        rows = connection.execute(select(OUTBOX).where(OUTBOX.c.occasion.startswith(occasion)).order_by(OUTBOX.c.made_at))
        return [row.officer_id for row in rows]


@pytest.mark.parametrize(("role", "field"), list(product(ROLES, ("address", "phone"))))
def test_each_is_shown_to_whom_the_table_lets_and_to_nobody_else(town: Case, role: str, field: str) -> None:
    before = len(town.office.readings())
    answer = reveal(town.in_role(role), field)

    secret = ADDRESS if field == "address" else PHONE
    if role in ADDRESS_TO or (field == "phone" and role == "prison_offender_manager"):
        assert 200 == answer.status_code, answer.text
        assert secret in answer.text
        assert "2026-03-02T12:01:00Z" == answer.json()["until_at"]
        row = town.office.readings()[before]
        assert (f'["{SHE}"]', f'["{field}"]', "To send a unit") == (row["subject_ids"], row["fields"], row["reason"])
    else:
        assert answer.status_code in {403, 404}
        assert secret not in answer.text
        assert before == len(town.office.readings())


def test_with_a_number_goes_when_it_is_safe_to_use_but_not_to_a_prison_that_bars_it(town: Case) -> None:
    assert SAFE in reveal(town.in_role("idva"), "phone").text
    assert SAFE not in reveal(town.in_role("prison_offender_manager"), "phone").text


def test_a_control_room_gets_it_only_for_an_alert_that_is_critical_or_high(case: Case) -> None:
    room = case.in_role("control_room")
    problem(reveal(room, "address"), 403, "not_allowed")
    medium = case.alert("zone-1", person_id=HE, severity="medium", told=())
    problem(reveal(room, "address", alert_id=medium), 403, "not_allowed")

    high = case.alert("zone-2", person_id=HE, severity="high", told=())

    assert ADDRESS in reveal(room, "address", alert_id=high).text
    assert ADDRESS in reveal(room, "address").text
    assert {"denial"} == {row["kind"] for row in case.office.readings("denial")}


def test_an_advocate_gets_nothing_of_another_advocates_client(case: Case) -> None:
    posts = (Assignment(role="idva", officer_id="of-idva", protected_person_id=ANOTHER, since_at=NOON - DAY),)
    hers = tuple(ProtectedPersonView(protected_person_id=her, area="avon") for her in (SHE, ANOTHER))
    named = {"person_id": HE, "label": "Sam Field (A1234AA)", "areas": ["avon"], "risk_level": "high"}
    case.view(PersonView.model_validate({**named, "team": posts, "protected": hers}))
    alert_id = case.alert(person_id=HE, told=())

    answer = reveal(case.in_role("idva"), "address", alert_id=alert_id)

    problem(answer, 404, "not_found")
    assert ADDRESS not in answer.text


def test_who_may_not_know_of_her_is_told_that_there_is_nothing(case: Case) -> None:
    case.office.officer("of-far", "oic", area="kent")
    browser = case.office.sign_in("of-far")

    hidden = problem(reveal(browser, "address"), 404, "not_found")
    nothing = problem(reveal(browser, "address", "/api/v1/protected-people/pp-none/reveal"), 404, "not_found")

    assert hidden["detail"] == nothing["detail"]
    assert [f'["{SHE}"]'] == [row["subject_ids"] for row in case.office.readings("denial")]


def test_from_the_20th_in_an_hour_a_supervisor_is_told_and_nothing_is_blocked(case: Case) -> None:
    browser = case.in_role("oic")
    for _ in range(19):
        assert 200 == reveal(browser, "phone").status_code
    assert [] == told(case, "reveals")

    assert 200 == reveal(browser, "phone").status_code
    assert 200 == reveal(browser, "phone").status_code

    assert {"of-sup", "of-supervisor"} == set(told(case, "reveals"))
    assert 2 == len(told(case, "reveals")), "once an hour is enough"
    assert 21 == len(case.office.readings())


@pytest.mark.parametrize("sent", [{"field": "name"}, {"field": "phone", "reason": ""}, {"field": "phone", "why": "x"}])
def test_a_reveal_says_what_and_why(town: Case, sent: dict[str, object]) -> None:
    problem(town.in_role("oic").command(REVEAL, {"reason": "A call", **sent}, key=None), 422, "invalid")


# Emergency access ------------------------------------------------------------


@pytest.fixture
def elsewhere(case: Case) -> Case:
    """Beside the man of Avon, one of Kent who is known to nobody here."""
    case.told_whole("pe-kent", areas=("kent",))
    return case


def break_glass(browser: Browser, **sent: object) -> httpx.Response:
    return browser.command(GLASS, {"reason": REASON, **sent})


def test_it_opens_a_person_for_an_hour_and_the_supervisor_is_told(elsewhere: Case) -> None:
    elsewhere.office.officer("of-own", "oic", name="DC Lime", manager="of-sup")
    browser = elsewhere.office.sign_in("of-own")
    problem(browser.get("/api/v1/people/pe-kent"), 404, "not_found")

    said = break_glass(browser, person_id="pe-kent")

    assert 201 == said.status_code, said.text
    assert "2026-03-02T13:00:00Z" == said.json()["until_at"]
    assert [{"officer_id": "of-sup", "role": "supervisor", "channel": "email"}] == said.json()["told"]
    assert ["of-sup"] == told(elsewhere, "break_glass")
    assert "Sam Field" in browser.get("/api/v1/people/pe-kent").text
    row = elsewhere.office.readings("break_glass")[0]
    assert ("of-own", '["pe-kent"]', REASON) == (row["officer_id"], row["subject_ids"], row["reason"])
    assert "break_glass" == elsewhere.office.readings()[-1]["purpose"]
    assert 1 == elsewhere.office.audited("told.break_glass")
    elsewhere.later(60 * MINUTE - SECOND)
    browser = elsewhere.office.sign_in("of-own")
    assert 200 == browser.get("/api/v1/people/pe-kent").status_code
    elsewhere.later(SECOND)
    problem(browser.get("/api/v1/people/pe-kent"), 404, "not_found")


@pytest.mark.parametrize("role", ROLES)
def test_it_opens_no_address_to_a_role_that_has_none(elsewhere: Case, role: str) -> None:
    with elsewhere.office.ledger.write(NOON) as writing:
        writing.connection.exec_driver_sql("DELETE FROM assignment")
    elsewhere.alert(person_id="pe-kent", areas=("kent",), severity="critical", told=())
    browser = elsewhere.in_role(role)
    answer = break_glass(browser, person_id="pe-kent")

    if role in {"analyst", "auditor", "feed_client", "administrator"}:
        problem(answer, 403, "not_allowed")
        return
    assert 201 == answer.status_code, answer.text
    shown = reveal(browser, "address")
    assert (ADDRESS in shown.text) == (role in ADDRESS_TO)
    assert (PHONE in reveal(browser, "phone").text) == (role in ADDRESS_TO or role == "prison_offender_manager")
    assert ADDRESS not in browser.get("/api/v1/people/pe-kent").text


def test_it_opens_an_alert_by_its_reference(elsewhere: Case) -> None:
    alert_id = elsewhere.alert(person_id="pe-kent", areas=("kent",), told=())
    browser = elsewhere.in_role("oic")
    problem(browser.get(f"/api/v1/alerts/{alert_id}"), 404, "not_found")
    reference = elsewhere.in_role("auditor").get(f"/api/v1/alerts/{alert_id}", x_reason="Complaint").json()["reference"]

    assert alert_id == break_glass(browser, alert_id=reference).json()["alert_id"]
    assert 200 == browser.get(f"/api/v1/alerts/{alert_id}").status_code


def test_what_nobody_can_read_is_no_reason(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    reveal = f"/api/v1/protected-people/{SHE}/reveal"

    browser = case.in_role("oic")
    for reason in ("  ", "\u200b", "\u3164 \u2800", "..."):
        problem(browser.command(reveal, {"field": "address", "reason": reason}, key=None), 422, "invalid")
    problem(break_glass(browser, person_id=HE, reason="\u2060" * 20), 422, "rationale_needed")


def test_an_excluded_officer_gets_in_by_no_door(elsewhere: Case) -> None:
    elsewhere.told_whole("pe-kent", areas=("kent",), excluded=("of-oic",))
    alert_id = elsewhere.alert(person_id="pe-kent", areas=("kent",), told=())
    browser = elsewhere.in_role("oic")

    for sent in ({"person_id": "pe-kent"}, {"alert_id": alert_id}):
        problem(break_glass(browser, **sent), 404, "not_found")
    problem(browser.get("/api/v1/people/pe-kent"), 404, "not_found")
    assert ['["pe-kent"]', f'["{alert_id}"]'] == [row["subject_ids"] for row in elsewhere.office.readings("denial")[:2]]
    assert [] == told(elsewhere, "break_glass")
    for name in ("pe-kent", "pe-nobody"):  # the second try under a key must not tell that there was something to keep at the first
        key = str(uuid.uuid4())
        tried = [browser.command(GLASS, {"reason": reason, "person_id": name}, key=key) for reason in (REASON, f"{REASON} Now.")]
        assert [404, 422] == [answer.status_code for answer in tried]


def test_it_needs_a_fresh_sign_in_a_reason_and_something_to_open(elsewhere: Case) -> None:
    browser = elsewhere.in_role("oic")

    problem(break_glass(browser, person_id="pe-kent", reason="Too short to say."), 422, "rationale_needed")
    problem(break_glass(browser), 422, "invalid")
    problem(break_glass(browser, person_id="pe-kent", alert_id="al-1"), 422, "invalid")
    problem(break_glass(browser, person_id="pe-none"), 404, "not_found")
    elsewhere.later(timedelta(minutes=11))
    problem(break_glass(browser, person_id="pe-kent"), 403, "step_up_needed")
    assert [] == told(elsewhere, "break_glass")


def test_where_the_supervisor_is_the_officer_a_duty_inspector_is_told(elsewhere: Case) -> None:
    elsewhere.office.officer("of-sup", name="Sgt Ash")  # the others have left
    elsewhere.office.officer("of-1", name="Sgt Ash")

    answer = break_glass(elsewhere.in_role("supervisor"), person_id="pe-kent")

    assert {"duty_inspector"} == {one["role"] for one in answer.json()["told"]}
