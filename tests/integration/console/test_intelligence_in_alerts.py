"""An alert that rests on a report of code C says the fact and not where it came from, in every answer about it, to every role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.rights import ROLES
from schemas.event import EvidenceRef
from schemas.finding import Finding
from tests.integration.console.listening import Listener
from tests.integration.console.office import NOON, Office
from tests.integration.console.reports import FEED, HE, IN_A_CASE, OPEN, OPEN_FEED, SEALED, SHE, SUMMARY, Reports
from tests.unit.alerting.invented import a_finding

FACT = "Ned Moss (A9876ZZ) is known to know where pp-1 lives."
EVENT, REGRADED = f"ev-{SEALED}", f"re-{SEALED}-B"
SECRETS = (SUMMARY, FEED, SEALED, EVENT, REGRADED)
PLACES = ("", "/history", "/deliveries", "/evidence", "/places", "/cap")
OWN = tuple((role, f"of-{role}") for role in IN_A_CASE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reports]:
    with Office(tmp_path) as opened:
        made = Reports(opened)
        made.man(team=OWN)
        made.sealed(officer_ids=["of-nobody-here"])
        made.regraded(SEALED, "B", NOON, source=FEED)
        yield made


def found(desk: Reports) -> Finding:
    """What a rule made of it."""
    refs = (EvidenceRef(FEED, EVENT), EvidenceRef(FEED, REGRADED), EvidenceRef("crime/niche", "e-open"))
    told = ("control_room", "oic", "idva")
    made = a_finding("location-known", subject=SEALED, about="report", person_id=HE, at_risk=(SHE,), told=told, because=FACT)
    return made.model_copy(update={"evidence": refs})


def test_no_answer_about_it_says_where_it_came_from(desk: Reports) -> None:
    finding = found(desk)
    desk.change(finding, "raised")
    desk.change(finding.model_copy(update={"severity": "high"}), "severity")
    path, reads = f"/api/v1/alerts/{finding.finding_id}", 0

    for role in ROLES:
        browser = desk.in_role(role)
        asked = [f"{path}{place}" for place in PLACES]
        asked += ["/api/v1/alerts?sort=changed", "/api/v1/changes?after=0", f"/api/v1/people/{HE}", f"/api/v1/people/{HE}/timeline"]
        asked += [f"/api/v1/people/{HE}/chronology?format={form}" for form in ("json", "html", "csv")]
        answers = [browser.get(one, x_reason="a check") for one in asked]
        answers.append(browser.command(f"{path}/acknowledge", desk.promise(), version=99))
        answers.append(browser.command(f"{path}/note", {"text": "Seen."}))
        answers.append(browser.command(f"{path}/close", {"outcome": "no"}, version=1))
        answers.append(browser.command(f"{path}/shelve", {"until_at": "2026-03-02T13:00:00Z", "reason": "later"}, version=99))
        for answer in answers:
            assert not any(secret in answer.text + str(answer.headers) for secret in SECRETS), f"{role}: {answer.url}"
        reads += FACT in answers[0].text or "lives" in answers[0].text
        if answers[3].status_code == 200:
            assert [{"source": "crime/niche", "id": "e-open"}] == answers[3].json()["items"], role
    assert reads >= len(IN_A_CASE) + 3, "the fact itself is told"


def test_the_stream_says_nothing_of_it(desk: Reports) -> None:
    browser = desk.in_role("supervisor")
    with Listener(browser) as listener:
        listener.until(bool)
        desk.change(found(desk), "raised")
        heard = listener.until(lambda events: any(event.name == "alert.changed" for event in events))

    assert not any(secret in str(heard) for secret in SECRETS)


def test_whom_it_names_sees_what_it_rests_on(desk: Reports) -> None:
    desk.sealed(officer_ids=["of-oic"])
    finding = found(desk)
    desk.change(finding, "raised")

    answer = desk.in_role("oic").get(f"/api/v1/alerts/{finding.finding_id}").json()

    assert SEALED == answer["about"]["id"]
    assert {EVENT, REGRADED, "e-open"} == {ref["id"] for ref in answer["evidence"]}


def test_a_report_of_code_p_is_named_to_those_alone_who_may_read_it(desk: Reports) -> None:
    desk.graded(OPEN)
    made = a_finding("location-known", subject=OPEN, about="report", person_id=HE, at_risk=(SHE,), told=("oic",), because=FACT)
    finding = made.model_copy(update={"evidence": (EvidenceRef(OPEN_FEED, f"ev-{OPEN}"), EvidenceRef("crime/niche", "e-open"))})
    desk.change(finding, "raised")
    path = f"/api/v1/alerts/{finding.finding_id}"

    def named(role: str) -> list[bool]:
        browser = desk.in_role(role)
        answers = [browser.get(one, x_reason="a check") for one in (path, f"{path}/evidence")]
        return [OPEN in answer.text or OPEN_FEED in answer.text for answer in answers if answer.status_code == 200]

    assert [True, True] == named("oic")
    assert not any(named("auditor"))
    assert not any(named("analyst"))
