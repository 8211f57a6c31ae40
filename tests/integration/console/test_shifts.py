"""A shift is started by who is on the rota, before a live wall that was heard, and not ended while alerts would be left behind."""

from __future__ import annotations

from alerting.console.live import Viewer
from alerting.ledger.walls import walls
from alerting.lifecycle.handling import NOBODY_YET, Handling, Owner
from alerting.nobody_watching import Wall
from tests.integration.console.office import DAY, HOUR, NOON, SECOND, Browser, Office, problem
from tests.integration.ledger.reached import Town

START, END = "/api/v1/shifts/start", "/api/v1/shifts/end"
HEARD = {"heard": True}


def room(office: Office, area: str = "avon") -> Browser:
    """An officer on duty in a control room, with a live wall."""
    office.officer("of-3", "control_room", name="PC Elm", area=area)
    office.on_call("control_room", "of-3", area)
    office.desk.live.here("st-1", Viewer(officer_id="of-3", purpose="wall", areas=(area,)), office.now)
    return office.sign_in("of-3")


def test_a_shift_is_started_before_a_live_wall_that_was_heard(office: Office) -> None:
    started = room(office).command(START, HEARD)

    assert 200 == started.status_code
    assert ("avon", "2026-03-02T12:00:00Z") == (started.json()["area"], started.json()["started_at"])
    with office.ledger.read() as connection:
        assert (Wall("avon", NOON),) == walls(connection)
    assert 1 == office.audited("shift.started")


def test_without_having_heard_the_sounds_nothing_is_started(office: Office) -> None:
    browser = room(office)

    problem(browser.command(START, {"heard": False}), 422, "invalid")
    problem(browser.command(START, {}), 422, "invalid")
    with office.ledger.read() as connection:
        assert () == walls(connection)


def test_without_a_live_wall_of_ones_own_nothing_is_started(office: Office) -> None:
    office.officer("of-3", "control_room")
    office.on_call("control_room", "of-3")
    office.desk.live.here("st-1", Viewer(officer_id="of-3", purpose="page"), office.now)
    office.desk.live.here("st-2", Viewer(officer_id="of-9", purpose="wall"), office.now)

    problem(office.sign_in("of-3").command(START, HEARD), 409, "not_possible_now")


def test_who_is_not_on_the_rota_starts_nothing(office: Office) -> None:
    office.officer("of-3", "control_room")
    office.desk.live.here("st-1", Viewer(officer_id="of-1", purpose="wall"), office.now)

    problem(office.sign_in("of-3").command(START, HEARD), 403, "not_allowed")
    problem(office.sign_in("of-2").command(START, HEARD), 403, "not_allowed")
    problem(office.sign_in("of-1").command(START, HEARD), 409, "not_possible_now")
    problem(room(office).command(START, {**HEARD, "area": "kent"}), 409, "not_possible_now")


def test_starting_twice_is_one_shift_and_after_its_end_there_is_another(office: Office) -> None:
    browser = room(office)
    first = browser.command(START, HEARD).json()["shift_id"]
    office.now += SECOND

    assert first == browser.command(START, HEARD).json()["shift_id"]
    assert ["avon"] == browser.command(END).json()["areas"]
    problem(browser.command(END), 409, "not_possible_now")
    assert first != browser.command(START, HEARD).json()["shift_id"]


def test_a_shift_is_not_ended_while_the_officer_owns_alerts_that_nobody_has_accepted(office: Office) -> None:
    browser = room(office)
    browser.command(START, HEARD)
    town = Town(office.ledger)
    mine = Handling(owner=Owner(officer_id="of-3", role="control_room", since_at=NOON))
    town.alert("pp-1", person_id=None, handling=mine)
    town.alert("pp-2", person_id=None, handling=NOBODY_YET)
    town.alert("pp-3", person_id=None, handling=Handling(owner=mine.owner, closed_at=NOON))

    refused = problem(browser.command(END), 409, "not_possible_now")

    assert 1 == len(refused["references"])  # type: ignore[arg-type]  # a list of references, as the page has it
    assert "You own 1 alert that nobody has accepted" in str(refused["detail"])
    with office.ledger.read() as connection:
        assert (Wall("avon", NOON),) == walls(connection)


def test_a_shift_that_was_forgotten_can_be_ended_when_the_rota_is_long_over(office: Office) -> None:
    room(office).command(START, HEARD)
    office.now = NOON + DAY + HOUR

    assert ["avon"] == office.sign_in("of-3").command(END).json()["areas"]
