"""What was set aside and who somebody is, over HTTP: sent again as it came, retired by two people, answered by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.ledger import people, requests
from alerting.ledger.read_models import KEEPS
from alerting.ledger.store import Ledger
from schemas import topics
from schemas.envelope import PersonIdentifier
from schemas.person import PersonView
from schemas.read_models import QuestionView, SetAsideState, SetAsideView
from schemas.requests import AnswerQuestion, Redrive, Request, Retire
from tests.integration.console.office import MINUTE, NOON, Browser, Office
from tests.integration.console.scene import AUDITOR, INSPECTOR, OIC, SUPERVISOR, Scene

WHY = "The supplier has confirmed that this was a test line."


@pytest.fixture
def office_with_lines(office: Office) -> Office:
    Scene(office)
    aside(office, "qn_1", source="em/allied")
    aside(office, "qn_2", source="em/allied", minutes=1)
    aside(office, "qn_3", source="bail/avon", minutes=2)
    return office


def aside(office: Office, name: str, *, source: str, minutes: int = 0, state: SetAsideState = "waiting") -> None:
    at = NOON + minutes * MINUTE
    view = SetAsideView(
        quarantine_id=name, source=source, client="allied", code="invalid", at=at, size_bytes=40, masked='{"id": "***"}', state=state
    )
    with office.ledger.write(office.now) as writing:
        KEEPS[topics.SET_ASIDE](writing, view.model_dump_json().encode())


def asked_of_streams(office: Office) -> list[Request]:
    with office.ledger.read() as connection:
        return [one.request for one in requests.waiting(connection)]


def names(browser: Browser, query: str = "") -> list[str]:
    return [item["quarantine_id"] for item in browser.get(f"/api/v1/quarantine{query}").json()["items"]]


def test_what_was_set_aside_is_listed_the_latest_first_by_feed_and_reason(office_with_lines: Office) -> None:
    browser = office_with_lines.sign_in(SUPERVISOR)

    assert ["qn_3", "qn_2", "qn_1"] == names(browser)
    assert ["qn_2", "qn_1"] == names(browser, "?source=em/allied")
    assert [] == names(browser, "?reason=too_large")
    assert 403 == office_with_lines.sign_in(OIC).get("/api/v1/quarantine").status_code


def test_pages_of_the_list_meet_each_line_once(office_with_lines: Office) -> None:
    browser = office_with_lines.sign_in(SUPERVISOR)
    first = browser.get("/api/v1/quarantine?limit=2").json()
    second = browser.get(f"/api/v1/quarantine?limit=2&cursor={first['next_cursor']}").json()

    assert ["qn_3", "qn_2", "qn_1"] == [item["quarantine_id"] for item in (*first["items"], *second["items"])]
    assert second["next_cursor"] is None


def test_one_line_is_sent_again(office_with_lines: Office) -> None:
    answer = office_with_lines.sign_in(SUPERVISOR).command("/api/v1/quarantine/qn_1/redrive")

    assert 202 == answer.status_code, answer.text
    assert [Redrive(quarantine_ids=("qn_1",))] == asked_of_streams(office_with_lines)


def test_a_filter_is_sent_again_the_oldest_first_without_what_is_over(office_with_lines: Office) -> None:
    aside(office_with_lines, "qn_0", source="em/allied", state="accepted")
    browser = office_with_lines.sign_in(SUPERVISOR)

    assert 422 == browser.command("/api/v1/quarantine/redrive", {}).status_code, "everything is no filter"
    answer = browser.command("/api/v1/quarantine/redrive", {"source": "em/allied"})

    assert (202, ["qn_1", "qn_2"]) == (answer.status_code, answer.json()["quarantine_ids"])


def test_a_line_is_retired_by_two_people_with_their_reasons(office_with_lines: Office) -> None:
    supervisor, inspector = office_with_lines.sign_in(SUPERVISOR), office_with_lines.sign_in(INSPECTOR)

    assert "rationale_needed" == supervisor.command("/api/v1/quarantine/qn_1/retire", {"rationale": "old"}).json()["code"]
    assert supervisor.command("/api/v1/quarantine/qn_1/retire", {"rationale": WHY}).json()["awaiting_second_key"]
    assert "same_person" == supervisor.command("/api/v1/quarantine/qn_1/retire", {"rationale": WHY}).json()["code"]
    assert [] == asked_of_streams(office_with_lines)
    assert SUPERVISOR == inspector.get("/api/v1/quarantine/qn_1").json()["retiring"]["officer_id"]
    assert "retired" == inspector.command("/api/v1/quarantine/qn_1/retire", {"rationale": WHY}).json()["state"]
    assert [Retire(quarantine_id="qn_1")] == asked_of_streams(office_with_lines)


def test_a_question_is_answered_once_and_can_be_taken_back(office_with_lines: Office) -> None:
    office = office_with_lines
    noms, crn = PersonIdentifier(type="NOMS", value="A1234AA"), PersonIdentifier(type="CRN", value="X123456")
    view = QuestionView(
        question_id="iq_1", as_of_at=NOON, reason="two_people", identifier=noms, against=crn, person_ids=("pe-1",), opened_at=NOON
    )

    def keep(said: QuestionView) -> None:
        with office.ledger.write(office.now) as writing:
            KEEPS[topics.QUESTIONS](writing, said.model_dump_json().encode())

    keep(view)
    browser = office.sign_in(SUPERVISOR)
    assert ["iq_1"] == [item["question_id"] for item in browser.get("/api/v1/identity/questions").json()["items"]]
    assert "identity" == office.readings()[-1]["purpose"]
    answer = browser.command("/api/v1/identity/questions/iq_1/answer", {"answer": "same", "rationale": WHY})
    assert 202 == answer.status_code, answer.text

    (asked,) = asked_of_streams(office)
    assert isinstance(asked, AnswerQuestion)
    assert ("same", noms, crn, SUPERVISOR) == (asked.verdict, asked.identifier, asked.against, asked.answered_by)
    taken_back = {"answer": "taken_back", "rationale": WHY}
    assert 409 == browser.command("/api/v1/identity/questions/iq_1/answer", taken_back).status_code, "nobody has answered it yet"
    keep(view.model_copy(update={"open": False, "verdict": "same"}))
    assert 409 == browser.command("/api/v1/identity/questions/iq_1/answer", {"answer": "different", "rationale": WHY}).status_code
    assert 202 == browser.command("/api/v1/identity/questions/iq_1/answer", taken_back).status_code


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    ledger = Ledger.in_folder(tmp_path) if url is None else Ledger(url)
    ledger.upgrade()
    with Office(tmp_path, ledger=ledger) as office:
        yield Scene(office)


def test_the_desk_shows_nobody_past_a_wall_and_nobody_opens_one_to_themselves(scene: Scene) -> None:
    """Of two men one is restricted: `same` would show him to the team of the other, so nobody of that team says it."""
    office, one, barred, kent = scene.office, "of-own", "of-barred", "of-far"
    for officer_id in (one, barred, kent):
        office.officer(officer_id, "supervisor", area="kent" if officer_id == kent else "avon")
    scene.person(team=[("supervisor", SUPERVISOR)])
    scene.person("pe-r", restricted=True, team=[("supervisor", one)], excluded=[barred])
    noms, crn = PersonIdentifier(type="NOMS", value="A1234AA"), PersonIdentifier(type="CRN", value="X123456")
    view = QuestionView(question_id="iq_r", as_of_at=NOON, reason="two_people", identifier=noms, against=crn, opened_at=NOON)
    of_both, of_one = view.model_copy(update={"person_ids": ("pe-1", "pe-r")}), view.model_copy(update={"question_id": "iq_1"})

    def keep(said: QuestionView) -> None:
        with office.ledger.write(office.now) as writing:
            KEEPS[topics.QUESTIONS](writing, said.model_dump_json().encode())

    keep(of_both)
    keep(of_one.model_copy(update={"person_ids": ("pe-1",)}))
    browsers = {who: office.sign_in(who) for who in (one, kent, INSPECTOR, SUPERVISOR, barred, AUDITOR)}

    def may_read(state: str = "open") -> dict[str, list[str]]:
        lists = {who: browser.get(f"/api/v1/identity/questions?state={state}").json()["items"] for who, browser in browsers.items()}
        return {who: [item["question_id"] for item in items] for who, items in lists.items()}

    whole = ["iq_1", "iq_r"]
    assert {one: whole, kent: whole, INSPECTOR: whole, SUPERVISOR: ["iq_1"], barred: ["iq_1"], AUDITOR: ["iq_1"]} == may_read()

    def answers(who: str, question_id: str = "iq_r") -> tuple[int, str | None]:
        reply = browsers[who].command(f"/api/v1/identity/questions/{question_id}/answer", {"answer": "same", "rationale": WHY})
        return reply.status_code, reply.json().get("detail")

    nothing = answers(barred, "iq_none")
    assert 404 == nothing[0]
    assert [nothing] * 2 == [answers(barred), answers(SUPERVISOR)]
    assert [barred, SUPERVISOR] == [row["officer_id"] for row in office.readings("denial")]
    assert [] == asked_of_streams(office)
    assert [202, 202] == [answers(who)[0] for who in (one, kent)]

    keep(of_both.model_copy(update={"open": False, "verdict": "same"}))
    scene.person(restricted=True, team=[("supervisor", SUPERVISOR), ("supervisor", one)], excluded=[barred])
    with office.ledger.write(office.now) as writing:
        people.take(writing, [PersonView(person_id="pe-r", label="pe-r", risk_level="high", managed=False, gone_to="pe-1")])
    seen = may_read("answered")
    assert {one: ["iq_r"], kent: ["iq_r"], INSPECTOR: ["iq_r"], SUPERVISOR: ["iq_r"], barred: [], AUDITOR: []} == seen


def test_an_owner_is_one_of_the_two(office_with_lines: Office) -> None:
    noms = PersonIdentifier(type="NOMS", value="A1234AA")
    with office_with_lines.ledger.write(NOON) as writing:
        said = QuestionView(question_id="iq_1", as_of_at=NOON, reason="device", identifier=noms, against=noms, opened_at=NOON)
        KEEPS[topics.QUESTIONS](writing, said.model_dump_json().encode())
    body = {"answer": "different", "rationale": WHY, "owner": {"type": "CRN", "value": "X123456"}}

    answer = office_with_lines.sign_in(SUPERVISOR).command("/api/v1/identity/questions/iq_1/answer", body)

    assert (422, "/owner") == (answer.status_code, answer.json()["errors"][0]["pointer"])
