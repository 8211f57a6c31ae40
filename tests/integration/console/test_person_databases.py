"""Every route about a person says the same on SQLite and on PostgreSQL: to the byte, page by page, and to whom it says nothing."""

from __future__ import annotations

from pathlib import Path

from alerting.console.limits import MOST, InProcess, Kind
from alerting.ledger.store import Ledger
from tests.integration.console.case import HE, NOMS, SHE, Case
from tests.integration.console.office import HOUR, NOON, Browser, Office

UNLIMITED: dict[Kind, int] = dict.fromkeys(MOST, 1_000_000)
PERSON = f"/api/v1/people/{HE}"
PATHS = ("", "/timeline", "/timeline?kinds=alert,delivery", "/coverage", "/places", "/chronology", "/chronology?format=csv")


def test_the_answers_are_the_same_on_both_databases(tmp_path: Path, postgresql_url: str) -> None:
    (tmp_path / "here").mkdir()
    said = []
    for ledger in (Ledger.in_folder(tmp_path / "here"), Ledger(postgresql_url)):
        ledger.upgrade()
        with Office(tmp_path, limits=InProcess(UNLIMITED), ledger=ledger) as office:
            said.append(answers(Case(office)))

    assert said[0] == said[1]
    assert {200, 201, 403, 404} == {status for status, _ in said[0]}


def answers(case: Case) -> list[tuple[int, object]]:
    case.told_whole(team=[("oic", "of-oic"), ("idva", "of-idva")])
    case.told_whole("pe-kent", areas=("kent",))
    for number in range(9):
        case.event(f"n-{number}", "incident.reported", at=NOON - HOUR)
    case.coverage(NOON - HOUR, (NOON - HOUR, "monitored"))
    case.alert(person_id=HE, told=("oic",))
    found: list[tuple[int, object]] = []
    for role in ("oic", "idva", "supervisor", "control_room", "administrator"):
        browser = case.in_role(role)
        replies = [browser.get(PERSON + path) for path in PATHS]
        sent = {"reason": "A call", "name": "Sam Field", "date_of_birth": "1988-03-04"}
        replies.append(browser.command("/api/v1/people/search", sent, key=None))
        replies.append(browser.command("/api/v1/people/search", {"reason": "A call", "identifier": NOMS}, key=None))
        replies.append(browser.command(f"/api/v1/protected-people/{SHE}/reveal", {"reason": "A call", "field": "phone"}, key=None))
        replies.append(browser.command("/api/v1/people/pe-kent/facts", {"type": "risk.level_set"}))
        found += [(reply.status_code, reply.text if reply.status_code == 200 else reply.json()["code"]) for reply in replies]
        found += [(200, name) for name in walked(browser)] if role == "oic" else []
    glass = {"reason": "She called from his phone and it went dead.", "person_id": "pe-kent"}
    found.append((case.in_role("oic").command("/api/v1/access/break-glass", glass).status_code, None))
    found.append((200, case.in_role("oic").get("/api/v1/people/pe-kent").text))
    return found


def walked(browser: Browser) -> list[object]:
    """The ids of a timeline in pages of two."""
    names: list[object] = []
    cursor = ""
    while True:
        said = browser.get(f"{PERSON}/timeline?limit=2{cursor}").json()
        names += [item.get("id") or item.get("change") or item["kind"] for item in said["items"]]
        if said["next_cursor"] is None:
            return names
        cursor = f"&cursor={said['next_cursor']}"
