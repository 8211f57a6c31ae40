"""The rota over HTTP: who is on, who is away, where nobody would be; and that no change may leave a role without a name."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from alerting.ledger import facts, statements
from alerting.ledger.tables.asked import FACT
from alerting.ledger.tables.told import STATEMENT
from schemas import codec
from tests.integration.console.office import DAY, HOUR, NOON, SECOND, Browser, Office, problem

SHIFTS = "/api/v1/rota/shifts"
ABSENCES = "/api/v1/absences"


def at(hours: float) -> str:
    return (NOON + hours * HOUR).isoformat()


def shift(officer_id: str, from_h: float, to_h: float, *, area: str = "avon", role: str = "control_room") -> dict[str, object]:
    return {"role": role, "area": area, "officer_id": officer_id, "from": at(from_h), "to": at(to_h)}


def absence(from_h: float, to_h: float, **more: object) -> dict[str, object]:
    return {"from": at(from_h), "to": at(to_h), **more}


def put(browser: Browser, office: Office, shift_id: str, body: object, status: int = 200) -> dict[str, object]:
    office.now += SECOND
    answered = browser.command(f"{SHIFTS}/{shift_id}", body, method="PUT")
    assert status == answered.status_code, answered.text
    said: dict[str, object] = answered.json()
    return said


def away(browser: Browser, office: Office, body: object) -> dict[str, object]:
    office.now += SECOND
    answered = browser.command(ABSENCES, body)
    assert 201 == answered.status_code, answered.text
    said: dict[str, object] = answered.json()
    return said


def gaps(browser: Browser, role: str = "control_room", query: str = "weeks=1") -> list[tuple[str, str, object]]:
    said = browser.get(f"/api/v1/rota/gaps?{query}").json()
    return [(gap["from_at"], gap["to_at"], gap["away_ids"]) for gap in said["gaps"] if (gap["area"], gap["role"]) == ("avon", role)]


def zulu(hours: float) -> str:
    return at(hours).replace("+00:00", "Z")


def test_a_shift_that_is_put_is_on_the_rota_at_once_and_a_fact_for_intake(office: Office) -> None:
    sergeant = office.sign_in("of-1")

    put(sergeant, office, "sh-1", shift("of-2", 0, 8))

    rota = sergeant.get("/api/v1/rota").json()
    now = next(place for place in rota["now"] if place["role"] == "control_room")
    assert [("of-2", "DC Birch", zulu(8))] == [(one["officer_id"], one["name"], one["until_at"]) for one in now["officers"]]
    assert [("sh-1", 8.0, False)] == [(one["shift_id"], one["hours"], one["clock_change"]) for one in rota["shifts"]]
    with office.ledger.read() as connection:
        (waiting,) = facts.waiting(connection)
    event = codec.decode(waiting.event)
    assert ("vigil/console", "directory.on_call", NOON + SECOND) == (event.source, event.type, event.occurred_at)
    assert 1 == office.audited("directory.stated")


def test_when_the_fact_comes_back_by_the_topic_it_has_no_effect_twice(office: Office) -> None:
    put(office.sign_in("of-1"), office, "sh-1", shift("of-2", 0, 8))
    with office.ledger.write(office.now) as writing:
        (line,) = writing.connection.execute(select(FACT.c.event)).scalars()
        before = writing.connection.execute(select(STATEMENT.c.number)).all()

        assert not statements.state(writing, codec.decode(line))
        assert before == writing.connection.execute(select(STATEMENT.c.number)).all()


def test_gaps_are_said_to_the_minute_for_eight_weeks_unless_asked_otherwise(office: Office) -> None:
    sergeant = office.sign_in("of-1")
    put(sergeant, office, "sh-1", shift("of-1", -1, 8))
    put(sergeant, office, "sh-2", shift("of-2", 8.5, 24 * 8))

    assert [(zulu(8), zulu(8.5), [])] == gaps(sergeant)
    said = sergeant.get("/api/v1/rota/gaps").json()
    assert (office.now + 56 * DAY).isoformat().replace("+00:00", "Z") == said["to_at"]
    assert 4 == len(said["places"])
    assert 30 == said["gaps"][0]["minutes"]
    problem(sergeant.get("/api/v1/rota/gaps?weeks=0"), 422, "invalid")
    problem(sergeant.get("/api/v1/rota/gaps?weeks=53"), 422, "invalid")


def test_the_nights_of_clock_change_are_marked_with_the_true_hours_of_their_shifts(office: Office) -> None:
    office.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    sergeant = office.sign_in("of-1")
    night = {"role": "control_room", "area": "avon", "officer_id": "of-2"}
    put(sergeant, office, "sh-1", {**night, "from": "2026-10-24T22:00:00+01:00", "to": "2026-10-25T06:00:00+00:00"})

    (change,) = sergeant.get("/api/v1/rota/gaps?weeks=1").json()["clock_changes"]

    assert ("2026-10-25T01:00:00Z", "2026-10-25", "back", 25) == tuple(change[name] for name in ("at", "day", "clocks", "hours"))
    assert [(9.0, 8.0, True)] == [(one["hours"], one["hours_by_the_clock"], one["clock_change"]) for one in change["shifts"]]


def test_a_shift_cannot_be_taken_away_or_cut_short_while_nobody_else_has_the_role(office: Office) -> None:
    sergeant = office.sign_in("of-1")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))

    office.now += SECOND
    refused = problem(sergeant.command(f"{SHIFTS}/sh-1", method="DELETE"), 409, "not_possible_now")
    assert "Nobody would be control_room in avon" in str(refused["detail"])
    assert [zulu(8)] == [gap["to_at"] for gap in refused["gaps"]]  # type: ignore[attr-defined]  # a list of gaps, as the page has it
    cut = put(sergeant, office, "sh-1", shift("of-2", 0, 4), status=409)
    assert [(zulu(4), zulu(8))] == [(gap["from_at"], gap["to_at"]) for gap in cut["gaps"]]  # type: ignore[attr-defined]  # as above
    assert [("sh-1", zulu(8))] == [(one["shift_id"], one["to"]) for one in sergeant.get("/api/v1/rota").json()["shifts"]]
    with office.ledger.read() as connection:
        assert 1 == len(facts.waiting(connection)), "what was refused is stated to nobody"

    put(sergeant, office, "sh-2", shift("of-1", 0, 8))
    office.now += SECOND

    assert 200 == sergeant.command(f"{SHIFTS}/sh-1", method="DELETE").status_code
    assert ["sh-2"] == [one["shift_id"] for one in sergeant.get("/api/v1/rota").json()["shifts"]]
    problem(sergeant.command(f"{SHIFTS}/sh-1", method="DELETE"), 404, "not_found")


def test_what_is_over_stays_on_the_rota(office: Office) -> None:
    sergeant, officer = office.sign_in("of-1"), office.sign_in("of-2")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))
    leave = str(away(officer, office, absence(9, 10))["absence_id"])
    office.now = NOON + 11 * HOUR

    again = office.sign_in("of-1")
    for path in (f"{SHIFTS}/sh-1", f"{ABSENCES}/{leave}"):
        refused = problem(again.command(path, method="DELETE"), 409, "not_possible_now")
        assert "what was stays on the rota" in str(refused["detail"])
    assert "not_possible_now" == put(again, office, "sh-1", shift("of-2", 12, 20), status=409)["code"]
    shown = again.get(f"/api/v1/rota?from_at={zulu(0)}").json()
    assert ([zulu(8)], [leave]) == ([one["to"] for one in shown["shifts"]], [one["absence_id"] for one in shown["absences"]])


def test_nobody_goes_on_leave_from_a_shift_without_a_deputy(office: Office) -> None:
    sergeant, officer = office.sign_in("of-1"), office.sign_in("of-2")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))

    office.now += SECOND
    problem(officer.command(ABSENCES, absence(2, 6)), 409, "not_possible_now")
    said = away(officer, office, absence(2, 6, deputy_id="of-1"))

    assert ("of-2", "of-1", zulu(6)) == (said["officer_id"], said["deputy_id"], said["to"])
    assert [] == [gap for gap in gaps(sergeant) if gap[0] < zulu(8)]
    office.now = NOON + 3 * HOUR
    now = next(place for place in office.sign_in("of-1").get("/api/v1/rota").json()["now"] if place["role"] == "control_room")
    assert [("of-2", True, "of-1")] == [(one["officer_id"], one["absent"], one["stand_in_id"]) for one in now["officers"]]


def test_the_deputy_of_somebody_on_shift_does_not_go_on_leave_either(office: Office) -> None:
    sergeant, officer = office.sign_in("of-1"), office.sign_in("of-2")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))
    away(officer, office, absence(2, 6, deputy_id="of-1"))

    office.now += SECOND
    refused = problem(sergeant.command(ABSENCES, absence(1, 5)), 409, "not_possible_now")

    assert [(zulu(2), zulu(5), ["of-2"])] == [(gap["from_at"], gap["to_at"], gap["away_ids"]) for gap in refused["gaps"]]  # type: ignore[attr-defined]  # a list of gaps


def test_an_absence_can_be_taken_back_by_whose_it_is_and_by_the_supervisor_of_the_area(office: Office) -> None:
    office.officer("of-3", "oic", name="PC Elm")
    office.officer("of-4", "supervisor", name="Sgt Oak", area="kent")
    other, elsewhere = office.sign_in("of-3"), office.sign_in("of-4")
    officer, sergeant = office.sign_in("of-2"), office.sign_in("of-1")
    first, second = (str(away(officer, office, absence(hour, hour + 1))["absence_id"]) for hour in (30, 40))
    office.now += SECOND

    problem(other.command(f"{ABSENCES}/{first}", method="DELETE"), 403, "not_allowed")
    problem(elsewhere.command(f"{ABSENCES}/{first}", method="DELETE"), 403, "not_allowed")
    assert 200 == officer.command(f"{ABSENCES}/{first}", method="DELETE").status_code
    assert 200 == sergeant.command(f"{ABSENCES}/{second}", method="DELETE").status_code
    assert [] == officer.get("/api/v1/rota").json()["absences"]
    problem(officer.command(f"{ABSENCES}/{first}", method="DELETE"), 404, "not_found")


def test_an_officer_states_their_own_absence_and_a_supervisor_anybodys_of_the_area(office: Office) -> None:
    office.officer("of-4", "oic", name="PC Fir", area="kent")
    officer, sergeant = office.sign_in("of-2"), office.sign_in("of-1")

    problem(officer.command(ABSENCES, absence(1, 2, officer_id="of-1")), 403, "not_allowed")
    problem(sergeant.command(ABSENCES, absence(1, 2, officer_id="of-4")), 403, "not_allowed")
    assert "of-2" == away(sergeant, office, absence(1, 2, officer_id="of-2"))["officer_id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (absence(2, 2), "/to"),
        (absence(3, 2), "/to"),
        (absence(-3, -2), "/to"),
        (absence(1, 2, deputy_id="of-9"), "/deputy_id"),
        (absence(1, 2, deputy_id="of-2"), "/deputy_id"),
        ({"from": "2026-03-02T12:00:00", "to": at(2)}, "/from"),
        ({"from": at(1)}, "/to"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused_with_the_field(office: Office, body: dict[str, object], pointer: str) -> None:
    said = problem(office.sign_in("of-2").command(ABSENCES, body), 422, "invalid")

    assert [pointer] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]  # as the page has it


def test_the_rota_is_changed_by_who_keeps_it_in_their_own_area_alone(office: Office) -> None:
    office.officer("of-3", "control_room", name="PC Elm")
    office.on_call("control_room", "of-3")
    officer, room, sergeant = office.sign_in("of-2"), office.sign_in("of-3"), office.sign_in("of-1")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))

    for somebody in (officer, room):
        problem(somebody.command(f"{SHIFTS}/sh-1", shift("of-2", 0, 8), method="PUT"), 403, "not_allowed")
        problem(somebody.command(f"{SHIFTS}/sh-1", method="DELETE"), 403, "not_allowed")
    problem(room.command(ABSENCES, absence(1, 2)), 403, "not_allowed")
    problem(sergeant.command(f"{SHIFTS}/sh-9", shift("of-2", 0, 8, area="kent"), method="PUT"), 403, "not_allowed")
    office.officer("of-4", "supervisor", name="Sgt Oak", area="kent")
    problem(office.sign_in("of-4").command(f"{SHIFTS}/sh-1", shift("of-2", 0, 8, area="kent"), method="PUT"), 403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [(shift("of-9", 0, 8), "/officer_id"), (shift("of-2", 0, 8, role="oic"), "/role"), (shift("of-2", 8, 0), "/to")],
)
def test_a_shift_that_makes_no_sense_is_refused_with_the_field(office: Office, body: dict[str, object], pointer: str) -> None:
    said = problem(office.sign_in("of-1").command(f"{SHIFTS}/sh-1", body, method="PUT"), 422, "invalid")

    assert [pointer] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]  # as the page has it


def test_for_one_time_somebody_who_is_away_names_one_deputy(office: Office) -> None:
    office.officer("of-3", "oic", name="PC Elm")
    officer = office.sign_in("of-2")
    first = away(officer, office, absence(2, 6, deputy_id="of-1"))
    office.now += SECOND

    said = problem(officer.command(ABSENCES, absence(5, 8, deputy_id="of-3")), 409, "not_possible_now")

    assert ("of-1", first["absence_id"]) == (said["absence"]["deputy_id"], said["absence"]["absence_id"])  # type: ignore[index]  # as the page has it
    assert "of-1 stands in. Nothing was done: take that back first." in str(said["detail"])
    away(officer, office, absence(5, 8, deputy_id="of-1"))
    away(officer, office, absence(3, 4))
    away(officer, office, absence(8, 9, deputy_id="of-3"))


@pytest.mark.parametrize(
    ("held", "role", "allowed"),
    [
        ("idva", "duty_inspector", False),
        ("oic", "duty_inspector", False),
        ("control_room", "duty_inspector", False),
        ("supervisor", "duty_inspector", True),
        ("duty_inspector", "duty_inspector", True),
        ("idva", "control_room", False),
        ("offender_manager", "control_room", False),
        ("oic", "control_room", True),
        ("supervisor", "duty_idva", False),
        ("idva", "duty_idva", True),
        ("duty_idva", "duty_idva", True),
        ("prison_offender_manager", "duty_probation", False),
        ("offender_manager", "duty_probation", True),
        ("analyst", "control_room", False),
    ],
)
def test_a_shift_is_for_somebody_whose_own_role_allows_it(office: Office, held: str, role: str, allowed: bool) -> None:
    office.officer("of-3", held, name="An Officer")

    said = put(office.sign_in("of-1"), office, "sh-1", shift("of-3", 0, 8, role=role), status=200 if allowed else 422)

    if not allowed:
        wrong = said["errors"][0]  # type: ignore[index]  # as the page has it
        assert ("/officer_id", f"somebody whose role is {held}") == (wrong["pointer"], wrong["reason"])
        assert f"for {role} somebody whose role is {role} or" in wrong["expected"]
        assert [] == office.sign_in("of-1").get("/api/v1/rota").json()["shifts"]


def test_nobody_comes_by_a_duty_as_the_deputy_of_whoever_has_the_shift(office: Office) -> None:
    office.officer("of-3", "idva", name="Jo Larch")
    office.officer("of-4", "idva", "duty_inspector", name="Sgt Oak")
    sergeant, officer = office.sign_in("of-1"), office.sign_in("of-4")
    put(sergeant, office, "sh-1", shift("of-4", 0, 8, role="duty_inspector"))
    office.now += SECOND

    said = problem(officer.command(ABSENCES, absence(2, 6, deputy_id="of-3")), 422, "invalid")
    assert ["/deputy_id"] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]  # as the page has it

    away(officer, office, absence(20, 30, deputy_id="of-3"))
    said = put(sergeant, office, "sh-2", shift("of-4", 24, 32, role="duty_inspector"), status=422)
    assert ["/officer_id"] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]  # as above


def test_nobody_comes_by_a_case_as_the_deputy_of_whoever_is_in_it(office: Office) -> None:
    """The deputy is told in the role of who is away, and would have her address by it."""
    officer = office.sign_in("of-2")
    for role in ("analyst", "administrator", "auditor", "programme_case_manager", "idva"):
        office.officer("of-3", role, name="An Officer")
        said = problem(officer.command(ABSENCES, absence(2, 6, deputy_id="of-3")), 422, "invalid")
        wrong = said["errors"][0]  # type: ignore[index]  # as the page has it
        assert ("/deputy_id", f"somebody whose role is {role}") == (wrong["pointer"], wrong["reason"])
        assert "for oic somebody whose role is oic or supervisor" == wrong["expected"]
    office.officer("of-3", "oic", "analyst", name="An Officer")
    away(officer, office, absence(2, 6, deputy_id="of-3"))


def test_nobody_comes_by_a_duty_as_the_deputy_of_a_deputy_in_whatever_order_it_is_said(office: Office) -> None:
    office.officer("of-3", "control_room", name="Jo Larch")
    office.officer("of-4", "analyst", name="Sam Oak")
    office.officer("of-5", "control_room", name="Kit Ash")
    sergeant = office.sign_in("of-1")
    put(sergeant, office, "sh-1", shift("of-5", 0, 8))
    office.now += SECOND

    far = away(sergeant, office, absence(2, 6, officer_id="of-3", deputy_id="of-4"))
    office.now += SECOND
    said = problem(sergeant.command(ABSENCES, absence(2, 6, officer_id="of-5", deputy_id="of-3")), 409, "not_possible_now")
    assert "Nobody would be control_room in avon" in str(said["detail"])

    assert 200 == sergeant.command(f"{ABSENCES}/{far['absence_id']}", {}, method="DELETE").status_code
    away(sergeant, office, absence(2, 6, officer_id="of-5", deputy_id="of-3"))
    office.now += SECOND
    problem(sergeant.command(ABSENCES, absence(2, 6, officer_id="of-3", deputy_id="of-4")), 409, "not_possible_now")


def test_an_officer_who_has_left_is_no_name_for_a_shift(office: Office) -> None:
    office.officer("of-3", "oic", name="PC Elm")
    office.officer("of-3", name="PC Elm")

    problem(office.sign_in("of-1").command(f"{SHIFTS}/sh-1", shift("of-3", 0, 8), method="PUT"), 422, "invalid")


@pytest.mark.parametrize("name", ["x" * 201, "%0d%0aX-A:1", "sh%e2%80%ae1", "%7f"])
def test_a_name_of_a_shift_that_could_be_none_is_not_found(office: Office, name: str) -> None:
    problem(office.sign_in("of-1").command(f"{SHIFTS}/{name}", shift("of-2", 0, 8), method="PUT"), 404, "not_found")


def test_the_same_command_twice_is_done_once(office: Office) -> None:
    officer = office.sign_in("of-2")
    key = "0b51d2a6-04c7-4f6e-9d9a-5b1d6a1f7c21"

    answers = [officer.command(ABSENCES, absence(1, 2), key=key).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert 1 == len(officer.get("/api/v1/rota").json()["absences"])


def test_of_two_statements_of_one_instant_the_one_that_does_not_stand_is_refused(office: Office) -> None:
    """Nothing may say that it was done and have no effect: at one instant names decide which stands."""
    sergeant = office.sign_in("of-1")
    first, second = "f" * 32, "0" * 32

    assert 200 == sergeant.command(f"{SHIFTS}/sh-1", shift("of-2", 0, 8), method="PUT", key=first).status_code
    problem(sergeant.command(f"{SHIFTS}/sh-1", shift("of-1", 0, 8), method="PUT", key=second), 409, "not_possible_now")

    assert ["of-2"] == [one["officer_id"] for one in sergeant.get("/api/v1/rota").json()["shifts"]]


def test_the_rota_says_who_is_on_for_a_week_of_the_areas_asked_for(office: Office) -> None:
    sergeant = office.sign_in("of-1")
    office.on_call("duty_inspector", "of-1", "kent")
    put(sergeant, office, "sh-1", shift("of-2", 0, 8))
    put(sergeant, office, "sh-2", shift("of-2", 24 * 8, 24 * 9))

    both = sergeant.get("/api/v1/rota").json()
    kent = sergeant.get("/api/v1/rota?area=kent").json()
    later = sergeant.get(f"/api/v1/rota?from_at={zulu(24 * 8)}&days=2").json()

    assert {"avon", "kent"} == {place["area"] for place in both["now"]}
    assert ["duty_inspector"] == [one["role"] for one in kent["shifts"]]
    assert {"kent"} == {place["area"] for place in kent["now"]}
    assert ["sh-2"] == [one["shift_id"] for one in later["shifts"]]
    assert "phone" not in json.dumps(both)
