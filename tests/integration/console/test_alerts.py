"""Alerts by raw HTTP: what an answer holds, who gets one, what a list leaves out, and pages that never skip or repeat."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.integration.console.office import Browser, problem
from tests.integration.console.scene import ANALYST, AUDITOR, ELSEWHERE, HER, IDVA, OIC, ROOM, SUPERVISOR, Scene

ALERTS = "/api/v1/alerts"


def ids(browser: Browser, **asked: str) -> list[str]:
    """The ids of a list."""
    answer = browser.ask("GET", ALERTS, params=asked)
    assert 200 == answer.status_code, answer.text
    return [item["alert_id"] for item in answer.json()["items"]]


def test_an_alert_is_the_matter_the_people_the_clocks_and_what_the_reader_may_do(scene: Scene) -> None:
    alert_id = scene.alert()

    answer = scene.office.sign_in(ROOM).get(f"{ALERTS}/{alert_id}")

    said = answer.json()
    assert '"1"' == answer.headers["etag"]
    assert (alert_id, 1, "open", "unanswered") == (said["alert_id"], said["version"], said["status"], said["handling"]["state"])
    assert {"officer_id": ROOM, "name": "PC Rowan", "role": "control_room", "since_at": "2026-03-02T12:00:00Z"} == said["handling"]["owner"]
    assert said["handling"]["latched"]
    assert "2026-03-02T12:15:00Z" == next(clock["at"] for clock in said["due"] if clock["what"] == "answer")
    assert {"happened_to_known_s": 0, "known_to_acknowledged_s": None, "acknowledged_to_acted_s": None} == said["delays"]
    assert {"told": 4, "reached": 0, "failed": 0} == said["deliveries"]
    assert {"acknowledge", "close", "note", "challenge"} <= set(said["commands"])
    assert {"shelve", "reassign", "confirm"}.isdisjoint(said["commands"])
    assert [] == said["redacted"]


def test_a_reference_names_the_alert_as_its_id_does(scene: Scene) -> None:
    alert_id = scene.alert()
    browser = scene.office.sign_in(ROOM)
    reference = browser.get(f"{ALERTS}/{alert_id}").json()["reference"]

    for said in (reference, reference.lower()):
        assert alert_id == browser.get(f"{ALERTS}/{said}").json()["alert_id"]


def test_what_is_not_yours_to_know_is_as_what_is_not_there_and_the_denial_is_logged(scene: Scene) -> None:
    alert_id = scene.alert()
    elsewhere = scene.office.sign_in(ELSEWHERE)

    hidden = problem(elsewhere.get(f"{ALERTS}/{alert_id}"), 404, "not_found")
    nothing = problem(elsewhere.get(f"{ALERTS}/al_0000000000000000_20260302T120000Z"), 404, "not_found")

    assert hidden["detail"] == nothing["detail"]
    assert [] == ids(elsewhere)
    assert [ELSEWHERE] == [row["officer_id"] for row in scene.office.readings("denial")]
    for part in ("history", "deliveries", "evidence", "places", "cap"):
        problem(elsewhere.get(f"{ALERTS}/{alert_id}/{part}"), 404, "not_found")


def test_ids_that_no_database_takes_are_not_there(scene: Scene) -> None:
    browser = scene.office.sign_in(ROOM)

    for said in ("%00", "%F0%9F%9A%A8", "a" * 2000):
        problem(browser.get(f"{ALERTS}/{said}"), 404, "not_found")
    problem(browser.get(f"{ALERTS}?rule=%00"), 422, "invalid")


def test_every_reading_is_logged_with_whom_it_was_about(scene: Scene) -> None:
    alert_id = scene.alert()
    browser = scene.office.sign_in(OIC)

    for path in ("", f"/{alert_id}", f"/{alert_id}/history", f"/{alert_id}/deliveries", f"/{alert_id}/evidence", f"/{alert_id}/cap"):
        assert 200 == browser.get(ALERTS + path).status_code

    rows = [row for row in scene.office.readings() if row["officer_id"] == OIC]
    assert 6 == len(rows)
    assert {'["pe-1","pp-1"]'} == {row["subject_ids"] for row in rows}


def test_opening_an_alert_is_heard_and_raises_no_version(scene: Scene) -> None:
    alert_id = scene.alert()
    supervisor, officer = scene.office.sign_in(SUPERVISOR), scene.office.sign_in(OIC)

    supervisor.get(f"{ALERTS}/{alert_id}")
    officer.get(f"{ALERTS}/{alert_id}")
    officer.get(f"{ALERTS}/{alert_id}")

    said = supervisor.get(f"{ALERTS}/{alert_id}").json()
    assert 1 == said["version"]
    assert 1 == said["deliveries"]["reached"]
    lines = supervisor.get(f"{ALERTS}/{alert_id}/history").json()["items"]
    assert [("matter.raised", None), ("people.opened", OIC)] == [(line["change"], line["by"]) for line in lines]
    rows = supervisor.get(f"{ALERTS}/{alert_id}/deliveries").json()["items"]
    assert [(OIC, "2026-03-02T12:00:00Z")] == [(row["officer_id"], row["opened"]) for row in rows if row["channel"] == "console"]


def test_an_advocate_gets_words_and_an_analyst_no_names(scene: Scene) -> None:
    alert_id = scene.alert()

    advocate = scene.office.sign_in(IDVA).get(f"{ALERTS}/{alert_id}").json()
    analyst = scene.office.sign_in(ANALYST).get(f"{ALERTS}/{alert_id}")

    assert ["location"] == advocate["redacted"]
    assert "Sam Field" not in analyst.text
    assert "A1234AA" not in analyst.text
    assert "PC Rowan" not in analyst.text
    assert {"identifiers", "protected_people", "location"} <= set(analyst.json()["redacted"])
    assert "identifiers" not in analyst.json()
    assert [] == analyst.json()["commands"]


def test_an_auditor_reads_with_a_reason_that_stands_in_the_log(scene: Scene) -> None:
    alert_id = scene.alert()
    auditor = scene.office.sign_in(AUDITOR)

    problem(auditor.get(f"{ALERTS}/{alert_id}"), 422, "rationale_needed")
    problem(auditor.get(ALERTS), 422, "rationale_needed")
    assert 200 == auditor.get(f"{ALERTS}/{alert_id}", x_reason="Complaint 7 of March").status_code

    assert ["Complaint 7 of March"] == [row["reason"] for row in scene.office.readings() if row["officer_id"] == AUDITOR]


def test_filters_leave_what_was_asked_for(scene: Scene) -> None:
    critical = scene.alert("zone-1", severity="critical")
    scene.person("pe-2", team=(("oic", OIC),))
    strap = scene.alert("act-1", rule="strap-tamper", person_id="pe-2")
    low = scene.alert("zone-3", severity="low", began=scene.office.now - timedelta(hours=3))
    browser = scene.office.sign_in(ROOM)
    scene.acknowledge(browser, strap, 1)

    asked: dict[str, tuple[dict[str, str], set[str]]] = {
        "severity": ({"severity": "critical,low"}, {critical, low}),
        "rule": ({"rule": "strap-tamper"}, {strap}),
        "person": ({"person_id": "pe-2"}, {strap}),
        "her": ({"protected_person_id": HER}, {critical, strap, low}),
        "acknowledged": ({"handling": "acknowledged"}, {strap}),
        "unanswered": ({"handling": "unanswered"}, {critical, low}),
        "mine": ({"owner": "me", "handling": "acknowledged"}, {strap}),
        "nobody's": ({"owner": "none"}, set()),
        "of the oic": ({"owner": OIC}, set()),
        "told me": ({"recipient": "me"}, {critical, strap, low}),
        "late": ({"late": "true"}, {low}),
        "unfilled": ({"unfilled": "true"}, {strap}),
        "open": ({"status": "open"}, {critical, strap, low}),
        "ended": ({"status": "closed"}, set()),
        "area": ({"area": "avon"}, {critical, strap, low}),
        "another area": ({"area": "kent"}, set()),
        "exercises": ({"message_status": "exercise"}, set()),
        "from now": ({"raised_from_at": "2026-03-02T12:00:00Z"}, {critical, strap, low}),
        "before": ({"raised_to_at": "2026-03-02T12:00:00Z"}, set()),
    }
    assert {name: wanted for name, (_, wanted) in asked.items()} == {name: set(ids(browser, **query)) for name, (query, _) in asked.items()}


@pytest.mark.parametrize(
    "query",
    [
        "severty=critical",
        "severity=awful",
        "limit=0",
        "limit=201",
        "limit=x",
        "sort=name",
        "late=perhaps",
        "raised_from_at=yesterday",
        "recipient=of-1",
    ],
)
def test_a_filter_that_is_none_is_refused_and_widens_nothing(scene: Scene, query: str) -> None:
    said = problem(scene.office.sign_in(ROOM).get(f"{ALERTS}?{query}"), 422, "invalid")

    assert said["errors"]


def test_what_is_said_once_is_refused_when_it_is_sent_twice_and_a_list_is_taken(scene: Scene) -> None:
    critical = scene.alert()
    browser = scene.office.sign_in(ROOM)

    said = problem(browser.get(f"{ALERTS}?sort=risk&sort=raised&limit=5&limit=5&severity=low&severity=critical"), 422, "invalid")
    assert [{"pointer": f"/query/{name}", "reason": "sent 2 times", "expected": "once"} for name in ("sort", "limit")] == said["errors"]
    for one in (f"{ALERTS}/{critical}/history?limit=1&limit=2", "/api/v1/audit/proof?seq=1&seq=2", "/api/v1/feeds?cursor=x&cursor=y"):
        problem(browser.get(one), 422, "invalid")
    browser.cookies.clear()
    problem(browser.get(f"{ALERTS}?sort=risk&sort=raised"), 401, "not_signed_in")

    assert [critical] == [
        item["alert_id"]
        for item in scene.office.sign_in(ROOM).get(f"{ALERTS}?severity=low,high&severity=critical&rule=&sort=risk").json()["items"]
    ]


def test_the_risk_order_puts_the_unanswered_worst_first(scene: Scene) -> None:
    low = scene.alert("zone-1", severity="low")
    scene.person("pe-2", team=(("oic", OIC),))
    high = scene.alert("act-1", rule="strap-tamper", person_id="pe-2", severity="high")
    critical = scene.alert("zone-2", severity="critical", began=scene.office.now - timedelta(hours=5))
    browser = scene.office.sign_in(ROOM)

    assert [critical, high, low] == ids(browser)
    scene.acknowledge(browser, high, 1)
    assert [critical, low, high] == ids(browser)


def test_forged_borrowed_and_foreign_cursors_are_refused(scene: Scene) -> None:
    for number in range(3):
        scene.another(number)
    browser = scene.office.sign_in(ROOM)
    cursor = browser.get(f"{ALERTS}?limit=1").json()["next_cursor"]
    turned = ("A" if cursor[0] != "A" else "B") + cursor[1:]

    assert 1 == len(browser.get(f"{ALERTS}?limit=1&cursor={cursor}").json()["items"])
    for forged in (turned, cursor[:-2], "", "x", "%00", "a" * 3000):
        problem(browser.get(f"{ALERTS}?limit=1&cursor={forged}"), 400, "bad_cursor")
    problem(browser.get(f"{ALERTS}?limit=1&severity=low&cursor={cursor}"), 400, "bad_cursor")
    problem(browser.get(f"{ALERTS}?limit=1&sort=raised&cursor={cursor}"), 400, "bad_cursor")
    problem(scene.office.sign_in("of-room-2").get(f"{ALERTS}?limit=1&cursor={cursor}"), 400, "bad_cursor")


def walk(browser: Browser, sort: str) -> tuple[list[str], int]:
    """Every page to the last; the ids as they came, and from where the stream goes on."""
    found: list[str] = []
    cursor, as_of_seq = None, -1
    while True:
        query = f"{ALERTS}?limit=3&sort={sort}" + ("" if cursor is None else f"&cursor={cursor}")
        said = browser.get(query).json()
        found += [item["alert_id"] for item in said["items"]]
        as_of_seq = said["as_of_seq"] if as_of_seq < 0 else as_of_seq
        assert as_of_seq == said["as_of_seq"]
        cursor = said["next_cursor"]
        if cursor is None:
            return found, as_of_seq


@pytest.mark.parametrize("sort", ["risk", "raised", "changed"])
def test_a_walk_meets_what_stood_still_exactly_once_while_others_come_and_change(scene: Scene, sort: str) -> None:
    standing = []
    for number in range(12):
        standing.append(scene.another(number, "medium"))
        scene.later(timedelta(minutes=1))
    moving = scene.alert("moving", severity="high")
    browser, other = scene.office.sign_in(ROOM), scene.office.sign_in(OIC)
    stop = threading.Event()

    def disturb() -> None:
        for number in range(30):
            if stop.is_set():
                return
            scene.another(100 + number, "critical")
            other.command(f"{ALERTS}/{moving}/note", {"text": f"Note {number}"})

    writer = threading.Thread(target=disturb)
    writer.start()
    try:
        walks = [walk(browser, sort) for _ in range(3)]
    finally:
        stop.set()
        writer.join()

    for found, _ in walks:
        assert standing == [alert_id for alert_id in standing if found.count(alert_id) == 1]


def test_who_is_taken_out_of_a_case_sees_it_no_more(scene: Scene) -> None:
    alert_id = scene.alert(told=("control_room",))
    officer = scene.office.sign_in(OIC)
    assert [alert_id] == ids(officer)

    scene.person(team=(("idva", IDVA),))

    assert [] == ids(officer)
    problem(officer.get(f"{ALERTS}/{alert_id}"), 404, "not_found")


def test_a_restricted_person_is_open_to_those_named_alone(scene: Scene) -> None:
    alert_id = scene.alert(told=("oic",))
    room = scene.office.sign_in(ROOM)
    assert [alert_id] == ids(room)

    scene.person(restricted=True)

    assert [] == ids(room)
    assert [alert_id] == ids(scene.office.sign_in(OIC))


def test_without_the_row_of_the_log_no_byte_leaves(scene: Scene) -> None:
    alert_id = scene.alert()
    browser = scene.office.sign_in(ROOM)
    with scene.office.ledger.write(scene.office.now) as writing:
        writing.connection.exec_driver_sql("ALTER TABLE reading RENAME TO reading_away")

    for path in (ALERTS, f"{ALERTS}/{alert_id}", f"{ALERTS}/{alert_id}/history", f"{ALERTS}/{alert_id}/places"):
        answer = browser.get(path)
        problem(answer, 503, "not_durable")
        assert "Sam Field" not in answer.text
