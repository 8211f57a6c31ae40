"""What people state of a person by raw HTTP: which role may state what, and that it becomes an event of the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import delete

from alerting.console.limits import MOST, InProcess, Kind
from alerting.ledger import facts
from alerting.ledger.tables.asked import FACT
from alerting.rights import ROLES
from schemas import topics
from schemas.person import Assignment, PersonView, ProtectedPersonView
from schemas.read_models import ReportView
from tests.integration.console.case import ANOTHER, HE, NOMS, SHE, Case
from tests.integration.console.office import DAY, NOON, Browser, Office, problem
from tests.unit.alerting.invented import a_finding

PATH = f"/api/v1/people/{HE}/facts"
UNLIMITED: dict[Kind, int] = dict.fromkeys(MOST, 1_000_000)


class Said(NamedTuple):
    """A fact, and the roles of console.md 1.7 and 2.2 that may state it."""

    data: dict[str, object]
    roles: frozenset[str]


ASSIGNED = frozenset({"oic", "offender_manager", "prison_offender_manager", "idva", "marac_coordinator", "programme_case_manager"})
IN_CASE = (ASSIGNED | {"control_room", "supervisor", "duty_inspector"}) - {"programme_case_manager"}
FACTS = {
    "case.assigned": Said({"officer_id": "of-oic", "role": "oic"}, frozenset({"supervisor"})),
    "risk.level_set": Said({"level": "high", "set_by": "of-oic"}, frozenset({"oic", "offender_manager", "prison_offender_manager"})),
    "marac.referred": Said({"referral_id": "re-1", "protected_person_id": SHE}, frozenset({"marac_coordinator"})),
    "case.protected_person_updated": Said({"protected_person_id": SHE}, frozenset({"oic", "idva"})),
    "case.phone_seized": Said({"protected_person_id": SHE}, IN_CASE),
    "intelligence.reassessed": Said({"report_id": "rep-1", "intelligence_assessment": "B"}, IN_CASE | {"programme_case_manager"}),
    "tagging.shutdown": Said({"device_id": "de-1"}, frozenset()),
    "custody.arrived": Said({"at": "approved premises"}, frozenset()),
    "breach.decided": Said({"outcome": "enforced"}, frozenset()),
    "identity.merged": Said({"kept": NOMS, "removed": NOMS}, frozenset()),
    "directory.on_call_removed": Said({"shift_id": "sh-1"}, frozenset()),
}


def state(browser: Browser, type_: str, data: dict[str, object], at: str = "2026-03-02T11:58:00Z", **sent: object) -> httpx.Response:
    return browser.command(PATH, {"type": type_, "occurred_at": at, "data": data, **sent})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with Office(tmp_path_factory.mktemp("facts"), limits=InProcess(UNLIMITED)) as office:
        case = Case(office)
        case.told_whole(team=[(role, case.of(role)) for role in ASSIGNED])
        case.keep(topics.REPORTS, _report("rep-1"))
        yield case


@pytest.fixture
def case(town: Case) -> Case:
    """The same, with nothing stated yet."""
    with town.office.ledger.write(NOON) as writing:
        writing.connection.execute(delete(FACT))
    return town


def _report(name: str) -> ReportView:
    """Of code P: whoever is in the case may read it, and grade it anew."""
    times = {"occurred_at": NOON - DAY, "received_at": NOON - DAY}
    report = {"report_id": name, "source_evaluation": 2, "intelligence_assessment": "C", "handling_code": "P", "summary": "He was seen."}
    return ReportView.model_validate({"person_id": HE, "source": "intel/desk", "id": f"ev-{name}", **times, "report": report})


def stated(case: Case) -> list[dict[str, object]]:
    with case.office.ledger.read() as connection:
        return [json.loads(one.event) for one in facts.waiting(connection)]


@pytest.mark.parametrize(("type_", "role"), list(product(FACTS, ROLES)))
def test_each_role_states_what_is_its_own_and_nobody_what_a_feed_says(case: Case, type_: str, role: str) -> None:
    data = FACTS[type_].data
    by = {"set_by": case.of(role)} if "set_by" in data else {}
    answer = state(case.in_role(role), type_, data | by)

    if role in FACTS[type_].roles:
        assert 201 == answer.status_code, answer.text
        assert [type_] == [one["type"] for one in stated(case)]
        return
    assert answer.status_code in {403, 404}, answer.text
    assert [] == stated(case)


def test_it_is_an_event_of_the_contract_with_his_identifiers(case: Case) -> None:
    browser = case.in_role("oic")

    said = state(browser, "risk.level_set", {"level": "medium", "set_by": "of-oic", "rationale": "He moved away"}).json()

    assert ("vigil/console", "risk.level_set", "2026-03-02T11:58:00Z") == (said["source"], said["type"], said["occurred_at"])
    event = stated(case)[0]
    assert said["id"] == event["id"]
    assert ({"identifiers": [NOMS]}, "avon") == (event["person"], event["area"])
    assert {"level": "medium", "set_by": "of-oic", "rationale": "He moved away"} == event["data"]
    assert "of-oic" in [row["officer_id"] for row in case.office.readings("collection")]


def test_said_twice_with_one_key_it_is_stated_once(case: Case) -> None:
    browser = case.in_role("oic")
    sent = {"type": "case.phone_seized", "occurred_at": "2026-03-02T11:58:00Z", "data": {"protected_person_id": SHE}}
    key = "0c9ad7a8-8b4a-4a39-9df7-1c9f4a6f1b11"

    answers = [browser.command(PATH, sent, key=key) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert 1 == len(stated(case))


@pytest.mark.parametrize(
    ("type_", "data", "at", "code", "pointer"),
    [
        ("risk.level_set", {"level": "awful", "set_by": "of-oic"}, "2026-03-02T11:58:00Z", "invalid", "/data/level"),
        ("risk.level_set", {"level": "high"}, "2026-03-02T11:58:00Z", "invalid", "/data/set_by"),
        ("risk.level_set", {"level": "high", "set_by": "of-oic"}, "2026-03-02T12:00:01Z", "invalid", "/occurred_at"),
        ("risk.level_set", {"level": "high", "set_by": "of-sup"}, "2026-03-02T11:58:00Z", "invalid", "/data/set_by"),
        ("risk.level_set", {"level": "high", "set_by": "x"}, "yesterday", "invalid", "/occurred_at"),
        ("risk.level_guessed", {}, "2026-03-02T11:58:00Z", "unknown_type", "/type"),
    ],
)
def test_what_is_no_event_of_the_contract_is_refused_field_by_field(
    case: Case, type_: str, data: dict[str, object], at: str, code: str, pointer: str
) -> None:
    said = problem(state(case.in_role("oic"), type_, data, at), 422, code)

    assert [pointer] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]
    assert [] == stated(case)


def test_a_role_in_a_case_is_given_to_nobody_whose_own_roles_do_not_allow_it(case: Case) -> None:
    """It would bring her address with it."""
    case.office.officer("of-3", "analyst")
    for officer_id, theirs in (("of-3", "analyst"), ("of-nobody", "nothing"), (case.of("idva"), "idva")):
        said = problem(state(case.in_role("supervisor"), "case.assigned", {"officer_id": officer_id, "role": "oic"}), 422, "invalid")
        wrong = said["errors"][0]  # type: ignore[index]  # as the page has it
        assert ("/data/officer_id", f"somebody whose role is {theirs}") == (wrong["pointer"], wrong["reason"])
        assert "for oic somebody whose role is oic or supervisor" == wrong["expected"]
    assert [] == stated(case)

    gone = state(case.in_role("supervisor"), "case.unassigned", {"officer_id": "of-3", "role": "oic", "reason": "never hers"})
    assert 201 == gone.status_code


def test_an_envelope_of_their_own_is_not_taken(case: Case) -> None:
    for name in ("source", "id", "person", "recorded_at"):
        problem(state(case.in_role("oic"), "case.phone_seized", {"protected_person_id": SHE}, **{name: "x"}), 422, "invalid")


def test_an_advocate_states_nothing_of_another_advocates_client(case: Case) -> None:
    idva = case.of("idva")
    posts = (Assignment(role="idva", officer_id=idva, protected_person_id=SHE, since_at=NOON - DAY),)
    hers = tuple(ProtectedPersonView(protected_person_id=her, area="avon") for her in (SHE, ANOTHER))
    named = {"person_id": "pe-9", "label": "Lee Marsh", "areas": ["avon"], "risk_level": "high", "identifiers": [NOMS]}
    case.view(PersonView.model_validate({**named, "team": posts, "protected": hers}))
    path, browser = "/api/v1/people/pe-9/facts", case.in_role("idva")
    case.told_whole(team=[(role, case.of(role)) for role in ASSIGNED if role != "idva"])

    def says(her: str) -> httpx.Response:
        sent = {"type": "case.protected_person_updated", "occurred_at": "2026-03-02T11:58:00Z", "data": {"protected_person_id": her}}
        return browser.command(path, sent)

    assert 201 == says(SHE).status_code
    problem(says(ANOTHER), 403, "not_allowed")
    about_both = a_finding(person_id="pe-9", areas=("avon",), at_risk=(SHE, ANOTHER), told=("idva",), began=NOON)
    case.change(about_both, "raised")
    assert 200 == browser.get(f"/api/v1/alerts/{about_both.finding_id}").status_code
    problem(says(ANOTHER), 403, "not_allowed")
    assert 201 == says("pp-new").status_code
    case.told_whole(team=[(role, case.of(role)) for role in ASSIGNED])


def test_of_whom_no_feed_knows_a_name_nothing_can_be_stated(case: Case) -> None:
    case.person("pe-nameless", team=(("oic", "of-oic"),))
    sent = {"type": "risk.level_set", "occurred_at": "2026-03-02T11:58:00Z", "data": {"level": "high", "set_by": "of-oic"}}

    problem(case.in_role("oic").command("/api/v1/people/pe-nameless/facts", sent), 409, "not_possible_now")
