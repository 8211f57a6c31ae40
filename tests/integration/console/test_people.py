"""One person by raw HTTP: search, page and timeline; and no secret in any byte that is sent to a role without the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from alerting.console.limits import MOST, InProcess, Kind
from alerting.rights import ROLES, TABLE, Where, cell
from tests.integration.console.case import ADDRESS, C_REPORT, HE, HER_NAME, NOMS, P_REPORT, PHONE, SAFE, SHE, Case
from tests.integration.console.office import HOUR, NOON, Browser, Office, problem

PEOPLE = "/api/v1/people"
OWN, SAME_AREA, OTHER_AREA, RESTRICTED, EXCLUDED = "pe-own", "pe-same", "pe-kent", "pe-restricted", "pe-excluded"
CASES = (OWN, SAME_AREA, OTHER_AREA, RESTRICTED, EXCLUDED)
PATHS = ("", "/timeline", "/coverage", "/places", "/chronology", "/chronology?format=html", "/chronology?format=csv")
UNLIMITED: dict[Kind, int] = dict.fromkeys(MOST, 1_000_000)
BY_NAME = frozenset({Where.AREAS, Where.CASES, Where.CLIENTS})


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Office(tmp_path) as office:
        yield Case(office)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Five men: one whose team all roles are in, one beside him, one in Kent, one restricted, and one whom all are excluded from."""
    with Office(tmp_path_factory.mktemp("town"), limits=InProcess(UNLIMITED)) as office:
        told = Case(office)
        everybody = [(role, told.of(role)) for role in ROLES]
        told.told_whole(OWN, team=everybody)
        told.told_whole(SAME_AREA)
        told.told_whole(OTHER_AREA, areas=("kent",))
        told.told_whole(RESTRICTED, restricted=True)
        told.told_whole(EXCLUDED, team=everybody, excluded=[who for _, who in everybody])
        yield told


def sees(role: str, person_id: str) -> bool:
    """Worked out from the letter of the cell alone."""
    found = cell("people.read", role)
    if person_id == OWN:
        return found.where in BY_NAME or found.where is Where.EVERYWHERE
    if person_id == SAME_AREA:
        return found.where in {Where.AREAS, Where.EVERYWHERE}
    return person_id == OTHER_AREA and found.where is Where.EVERYWHERE


def reason(role: str) -> dict[str, str]:
    return {"x_reason": "Complaint 7"} if role == "auditor" else {}


@pytest.mark.parametrize(("role", "person_id"), list(product(ROLES, CASES)))
def test_a_person_answers_to_whom_the_table_lets_and_no_secret_leaves(town: Case, role: str, person_id: str) -> None:
    browser = town.in_role(role)
    for path in PATHS:
        answer = browser.get(f"{PEOPLE}/{person_id}{path}", **reason(role))

        may = sees(role, person_id)
        if may and "/chronology" in path:
            may = not TABLE["people.chronology"][role].never
            assert (200 if may else 403) == answer.status_code, f"{path} {answer.text}"
        elif may and path == "/places":
            may = not TABLE["location.read"][role].never and role != "control_room"  # no alert on him is open
            assert (200 if may else 403) == answer.status_code, f"{path} {answer.text}"
        else:
            assert (200 if may else 404) == answer.status_code, f"{path} {answer.text}"
        for secret in (ADDRESS, PHONE, PHONE.removeprefix("+44"), C_REPORT, SAFE):
            assert secret not in answer.text, f"{role} {path}: {secret}"
        if not may:
            assert "Field" not in answer.text
            assert HER_NAME not in answer.text


@pytest.mark.parametrize("role", ["control_room", "oic", "idva", "supervisor"])
def test_a_report_of_code_p_is_told_to_whom_the_table_lets(town: Case, role: str) -> None:
    assert P_REPORT in town.in_role(role).get(f"{PEOPLE}/{OWN}/timeline").text


def test_a_report_of_code_c_is_there_for_whom_its_conditions_name(case: Case) -> None:
    case.office.officer("of-cleared", "oic", name="DC Larch")
    case.office.officer("of-not", "oic", name="DC Thorn")
    case.told_whole(team=[("oic", "of-cleared"), ("oic", "of-not")])
    case.event("again", "intelligence.reassessed", said={"report_id": C_REPORT, "intelligence_assessment": "B"})

    named = case.office.sign_in("of-cleared").get(f"{PEOPLE}/{HE}/timeline").json()
    other = case.office.sign_in("of-not").get(f"{PEOPLE}/{HE}/timeline")

    assert ["intelligence.submitted"] * 2 + ["intelligence.reassessed"] == sorted(
        (item["type"] for item in named["items"] if item["type"].startswith("intelligence")), reverse=True
    )
    assert C_REPORT not in other.text


def test_a_report_whose_grade_has_not_arrived_is_nobodys(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    case.report("rep-early", "P", told=False)

    assert "rep-early" not in case.in_role("oic").get(f"{PEOPLE}/{HE}/timeline").text


def test_his_page_holds_all_that_binds_him_and_her_masked(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic"), ("idva", "of-idva")])
    alert_id = case.alert(person_id=HE)

    said = case.in_role("oic").get(f"{PEOPLE}/{HE}").json()

    assert (HE, "Sam Field", "1988-03-04", "high") == (said["person_id"], said["name"], said["date_of_birth"], said["risk_level"])
    assert [NOMS] == said["identifiers"]
    assert [("or-1", True)] == [(order["order_id"], order["in_force"]) for order in said["orders"]]
    assert {"DC Birch", "Officer oic", "Officer idva"} >= {member["name"] for member in said["team"]}
    her = said["protected_people"][0]
    assert (HER_NAME, 1, ["address", "phone"]) == (her["display_name"], her["phones_known"], her["may_reveal"])
    assert [{"address_id": "ad-1", "from_at": None, "to_at": None, "known": False}] == her["addresses"]
    assert [alert_id] == [alert["alert_id"] for alert in said["alerts"]]
    assert [] == said["redacted"]
    assert "readings" not in said


def test_an_offender_manager_knows_her_name_and_not_that_there_is_an_address(case: Case) -> None:
    case.told_whole(team=[("offender_manager", "of-offender_manager")])

    said = case.in_role("offender_manager").get(f"{PEOPLE}/{HE}").json()

    assert {"address", "phone"} <= set(said["redacted"])
    her = said["protected_people"][0]
    assert HER_NAME == her["display_name"]
    assert {"addresses", "phones_known", "household_id"}.isdisjoint(her)
    assert [] == her["may_reveal"]


def test_an_auditor_reads_no_name_of_hers_and_says_why(case: Case) -> None:
    auditor = case.in_role("auditor")

    problem(auditor.get(f"{PEOPLE}/{HE}"), 422, "rationale_needed")
    answer = auditor.get(f"{PEOPLE}/{HE}", x_reason="Complaint 7")

    assert HER_NAME not in answer.text
    assert "protected_people" in answer.json()["redacted"]
    assert ["Complaint 7"] == [row["reason"] for row in case.office.readings() if row["officer_id"] == "of-auditor"]


def test_a_circle_around_her_address_is_warned_of_to_whom_the_address_may_be_told(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic"), ("offender_manager", "of-offender_manager")])
    page = case.in_role("oic").get(f"{PEOPLE}/{HE}").json()
    assert [] == page["warnings"]

    case.circle_her_home()

    warned = case.in_role("oic").get(f"{PEOPLE}/{HE}").json()["warnings"]
    assert [{"what": "order_tells_her_address", "order_id": "or-2", "condition_id": "co-2", "protected_person_id": SHE}] == warned
    assert [] == case.in_role("offender_manager").get(f"{PEOPLE}/{HE}").json()["warnings"]


def test_a_supervisor_is_told_who_has_read_it(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    case.in_role("oic").get(f"{PEOPLE}/{HE}")

    said = case.in_role("supervisor").get(f"{PEOPLE}/{HE}").json()

    assert [("of-oic", "Officer oic", "assignment")] == [(one["officer_id"], one["name"], one["purpose"]) for one in said["readings"]]


def test_of_whom_only_the_outline_was_told_nothing_is_blank(case: Case) -> None:
    case.person("pe-new", team=(("oic", "of-oic"),))

    said = case.in_role("oic").get(f"{PEOPLE}/pe-new").json()

    assert {"orders", "custody", "name"}.isdisjoint(said)
    assert [SHE] == [her["protected_person_id"] for her in said["protected_people"]]


def test_who_was_merged_is_found_under_the_name_that_stands(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    case.merged("pe-old", HE)

    assert HE == case.in_role("oic").get(f"{PEOPLE}/pe-old").json()["person_id"]


def test_a_merge_opens_nothing_that_still_stands_under_the_old_name(case: Case) -> None:
    """An old alert does: it is kept from whoever was kept from him, and from whoever is kept from the person that he is, now or later."""
    for old in ("pe-hidden", "pe-open"):
        case.told_whole(old, restricted=old == "pe-hidden", excluded=("of-supervisor",) if old == "pe-open" else ())
    hidden, opened = (case.alert(f"zone-{old}", person_id=old, told=("oic",)) for old in ("pe-hidden", "pe-open"))
    room, supervisor, analyst = (case.in_role(role) for role in ("control_room", "supervisor", "analyst"))

    def seen(browser: Browser) -> list[int]:
        return [browser.get(f"/api/v1/alerts/{name}").status_code for name in (hidden, opened)]

    assert [[404, 200], [404, 404], [404, 200]] == [seen(browser) for browser in (room, supervisor, analyst)]
    for old in ("pe-hidden", "pe-open"):
        case.merged(old, "pe-new")
    case.told_whole("pe-new")
    case.merged("pe-new", HE)
    assert [[404, 200], [404, 404], [404, 200]] == [seen(browser) for browser in (room, supervisor, analyst)]

    last = room.get("/api/v1/changes?after=0").json()["as_of_seq"]
    case.told_whole(excluded=("of-control_room",))
    assert [[404, 404], [404, 404], [404, 200]] == [seen(browser) for browser in (room, supervisor, analyst)]
    assert [("alert.gone", opened)] == [
        (one["event"], one["data"]["alert_id"]) for one in room.get(f"/api/v1/changes?after={last}").json()["items"]
    ]
    case.told_whole(restricted=True)
    assert [404, 404] == seen(analyst)


def test_what_is_not_yours_is_as_what_is_not_there_and_the_denial_is_logged(town: Case) -> None:
    browser = town.in_role("oic")
    before = len(town.office.readings("denial"))

    hidden = problem(browser.get(f"{PEOPLE}/{OTHER_AREA}"), 404, "not_found")
    nothing = problem(browser.get(f"{PEOPLE}/pe-nobody"), 404, "not_found")

    assert hidden["detail"] == nothing["detail"]
    assert [f'["{OTHER_AREA}"]'] == [row["subject_ids"] for row in town.office.readings("denial")[before:]]
    for said in ("%00", "%F0%9F%9A%A8", "a" * 2000):
        problem(browser.get(f"{PEOPLE}/{said}"), 404, "not_found")


def test_without_the_row_of_the_log_no_byte_leaves(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic"), ("supervisor", "of-supervisor")])
    browser = case.in_role("supervisor")
    with case.office.ledger.write(NOON) as writing:
        writing.connection.exec_driver_sql("ALTER TABLE reading_subject RENAME TO away")

    for path in PATHS[1:]:
        answer = browser.get(f"{PEOPLE}/{HE}{path}")
        problem(answer, 503, "not_durable")
        assert "Field" not in answer.text
    sent = {"identifier": NOMS, "reason": "A call"}
    problem(browser.command(f"{PEOPLE}/search", sent, key=None), 503, "not_durable")
    problem(browser.command(f"/api/v1/protected-people/{SHE}/reveal", {"field": "phone", "reason": "A call"}, key=None), 503, "not_durable")


# The timeline ----------------------------------------------------------------


def test_a_timeline_merges_what_happened_what_was_raised_what_was_decided_and_what_was_sent(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    case.event("late", "order.made", at=NOON - 2 * HOUR, late=timedelta(minutes=41))
    alert_id = case.alert(person_id=HE, told=("oic",), began=NOON - HOUR / 2)
    browser = case.in_role("oic")
    case.later(timedelta(minutes=1))
    case.acknowledge(browser, alert_id, 1)

    items = browser.get(f"{PEOPLE}/{HE}/timeline").json()["items"]

    assert items == sorted(items, key=lambda item: item["occurred_at"])
    late = next(item for item in items if item.get("type") == "order.made")
    assert ("2026-03-02T10:00:00Z", "2026-03-02T10:41:00Z", 41 * 60) == (late["occurred_at"], late["received_at"], late["late_by_s"])
    alert = next(item for item in items if item["kind"] == "alert")
    assert (alert_id, "2026-03-02T11:30:00Z", "2026-03-02T12:00:00Z") == (alert["alert_id"], alert["occurred_at"], alert["received_at"])
    assert 30 * 60 == alert["delays"]["happened_to_known_s"]
    assert ["people.acknowledged"] == [item["change"] for item in items if item["kind"] == "decision"]
    assert {"delivery"} == {item["kind"] for item in items} - {"event", "alert", "decision"}


def test_a_timeline_goes_page_by_page_and_by_kind_and_by_time(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    for number in range(7):
        case.event(f"n-{number}", "incident.reported", at=NOON - HOUR)  # all at one instant
    case.alert(person_id=HE, told=("oic",))
    browser = case.in_role("oic")
    whole = browser.get(f"{PEOPLE}/{HE}/timeline").json()["items"]

    assert whole == walked(browser, "limit=2")
    assert [item for item in whole if item["kind"] == "event"] == walked(browser, "limit=3&kinds=event")
    assert [item for item in whole if item["kind"] != "event"] == walked(browser, "limit=1&kinds=alert,decision&kinds=delivery")
    assert [item for item in whole if item["occurred_at"] >= "2026-03-02T12:00:00Z"] == walked(browser, "from_at=2026-03-02T12:00:00Z")
    problem(browser.get(f"{PEOPLE}/{HE}/timeline?kinds=secret"), 422, "invalid")


def walked(browser: Browser, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        said = browser.get(f"{PEOPLE}/{HE}/timeline?{query}{cursor}").json()
        found += said["items"]
        if said["next_cursor"] is None:
            return found
        cursor = f"&cursor={said['next_cursor']}"


def test_a_chronology_is_a_disclosure_in_each_of_its_forms(case: Case) -> None:
    case.told_whole(team=[("oic", "of-oic")])
    case.alert(person_id=HE, told=("oic",))
    case.told_whole(team=[("oic", "of-oic"), ("idva", "of-idva")], excluded=("of-kent",))  # a line of ours, of who may see it
    browser = case.in_role("oic")

    answers = {form: browser.get(f"{PEOPLE}/{HE}/chronology?format={form}") for form in ("json", "html", "csv")}

    assert ["application/json", "text/html; charset=utf-8", "text/csv; charset=utf-8"] == [
        answer.headers["content-type"] for answer in answers.values()
    ]
    assert 'attachment; filename="chronology.html"' == answers["html"].headers["content-disposition"]
    assert 1 == len(answers["json"].json()["alerts"])
    assert answers["csv"].text.startswith("at,known_at,late_by_s")
    assert "Bedminster" in answers["html"].text
    assert not [form for form, answer in answers.items() if "excluded ids" in answer.text or "of-kent" in answer.text]
    assert ["GET /people/{person_id}/chronology"] * 3 == [row["route"] for row in case.office.readings("disclosure")]
    problem(browser.get(f"{PEOPLE}/{HE}/chronology?format=pdf"), 422, "invalid")


# Searching -------------------------------------------------------------------


def search(browser: Browser, **sent: object) -> list[dict[str, object]]:
    answer = browser.command(f"{PEOPLE}/search", {"reason": "He is at the door", **sent}, key=None)
    assert 200 == answer.status_code, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def test_an_exact_identifier_or_name_with_date_of_birth_finds_whose_case_he_is(case: Case) -> None:
    browser = case.in_role("oic")
    person = {"person_id": HE, "area": "avon", "areas": ["avon"], "managed": True, "yours": False}

    assert [person] == search(browser, identifier=NOMS)
    assert [person] == search(browser, identifier={"type": "NOMS", "value": "A1234AA"})
    assert [person] == search(browser, name="  sam   FIELD", date_of_birth="1988-03-04")
    assert [] == search(browser, name="Sam", date_of_birth="1988-03-04")
    assert [] == search(browser, name="Sam Field", date_of_birth="1988-03-05")
    rows = [row for row in case.office.readings() if row["officer_id"] == "of-oic"]
    assert [f'["{HE}"]'] * 3 + ["[]"] * 2 == [row["subject_ids"] for row in rows]
    assert {("search", "He is at the door")} == {(row["purpose"], row["reason"]) for row in rows}


@pytest.mark.parametrize(
    "sent",
    [
        {"identifier": NOMS},
        {"reason": "A call"},
        {"reason": "A call", "name": "Sam Field"},
        {"reason": "A call", "date_of_birth": "1988-03-04"},
        {"reason": "A call", "identifier": NOMS, "name": "Sam Field", "date_of_birth": "1988-03-04"},
        {"reason": "", "identifier": NOMS},
        {"reason": "A call", "identifier": NOMS, "fuzzy": True},
    ],
)
def test_a_search_that_is_not_exact_or_says_no_reason_is_refused(case: Case, sent: dict[str, object]) -> None:
    problem(case.in_role("oic").command(f"{PEOPLE}/search", sent, key=None), 422, "invalid")


@pytest.mark.parametrize("role", ROLES)
def test_who_may_search_and_whom_they_find(town: Case, role: str) -> None:
    found_by = TABLE["people.search"][role].where
    browser = town.in_role(role)
    sent = {"name": "Sam Field", "date_of_birth": "1988-03-04", "reason": "A call"}
    answer = browser.command(f"{PEOPLE}/search", sent, key=None)

    if found_by is Where.NEVER:
        problem(answer, 403, "not_allowed")
        return
    expected = {OWN} if found_by in BY_NAME else {OWN, SAME_AREA, OTHER_AREA, HE}
    found = {item["person_id"]: item for item in answer.json()["items"]}
    assert expected == set(found)
    assert {name for name in found if name != HE and sees(role, name)} == {name for name in found if name != HE and found[name]["yours"]}
    assert {True} >= {"label" in item for item in found.values() if item["yours"]}
    assert {False} >= {"label" in item for item in found.values() if not item["yours"]}


def test_the_31st_search_in_a_minute_waits(case: Case) -> None:
    browser = case.in_role("oic")
    for _ in range(30):
        search(browser, identifier=NOMS)

    problem(browser.command(f"{PEOPLE}/search", {"identifier": NOMS, "reason": "A call"}, key=None), 429, "too_many")
