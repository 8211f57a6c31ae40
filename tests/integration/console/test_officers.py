"""Who there is, how one is reached oneself, and that a channel is tried the moment it is set."""

from __future__ import annotations

from sqlalchemy import select

from alerting.ledger import outbox, statements
from alerting.ledger.tables.messages import OUTBOX
from schemas.directory import Channels, DirectoryAbsence, DirectoryOfficer
from tests.integration.console.office import HOUR, NOON, SECOND, Office, problem

OFFICERS = "/api/v1/officers"
MINE = "/api/v1/officers/me/channels"


def test_everybody_who_works_here_is_listed_by_id_with_duty_and_absence(office: Office) -> None:
    office.officer("of-3", "control_room", name="PC Elm")
    office.officer("of-4", name="PC Fir")
    office.on_call("control_room", "of-3")
    office.state("directory.absence", DirectoryAbsence(officer_id="of-2", from_=NOON - HOUR, to=NOON + HOUR, deputy_id="of-3"))

    said = office.sign_in("of-1").get(OFFICERS).json()

    assert ["of-1", "of-2", "of-3"] == [one["officer_id"] for one in said["items"]]
    _, away, on_duty = said["items"]
    assert {"until_at": "2026-03-02T13:00:00Z", "deputy_id": "of-3"} == away["absence"]
    assert [{"role": "control_room", "area": "avon", "until_at": "2026-03-03T00:00:00Z"}] == on_duty["on_duty"]
    assert said["next_cursor"] is None


def test_pages_of_officers_meet_each_once_and_filters_hold(office: Office) -> None:
    for number in range(3, 10):
        office.officer(f"of-{number}", "oic", area="kent" if number % 2 else "avon")
    browser = office.sign_in("of-1")
    met: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        said = browser.get(f"{OFFICERS}?limit=4{f'&cursor={cursor}' if cursor else ''}").json()
        met += [one["officer_id"] for one in said["items"]]
        cursor = said["next_cursor"]

    assert [f"of-{number}" for number in range(1, 10)] == met
    assert ["of-3", "of-5", "of-7", "of-9"] == [one["officer_id"] for one in browser.get(f"{OFFICERS}?area=kent").json()["items"]]
    assert ["of-1"] == [one["officer_id"] for one in browser.get(f"{OFFICERS}?role=supervisor").json()["items"]]


def test_how_others_are_reached_stands_in_no_answer(office: Office) -> None:
    said = DirectoryOfficer(
        officer_id="of-2",
        name="DC Birch",
        organisation="police",
        area="avon",
        roles=("oic",),
        channels=Channels(email="birch@example.org", phone="+447700900123"),
    )
    office.state("directory.officer", said)

    seen, own = office.sign_in("of-1").get(OFFICERS), office.sign_in("of-2").get(OFFICERS)

    assert "birch@example.org" not in seen.text
    assert "900123" not in seen.text
    assert {"email": "birch@example.org", "phone": "+447700900123"} == own.json()["items"][1]["channels"]


def test_each_channel_that_is_new_is_tried_by_a_test_message_and_what_did_not_change_is_left_alone(office: Office) -> None:
    browser = office.sign_in("of-2")

    first = browser.command(MINE, {"email": "birch@example.org", "phone": "07700 900123"}, method="PUT").json()
    office.now += SECOND
    second = browser.command(MINE, {"email": "birch@example.org", "phone": "+447700900456"}, method="PUT").json()

    assert ["email", "sms"] == first["tried"]
    assert ["sms"] == second["tried"]
    with office.ledger.read() as connection:
        names = connection.execute(select(OUTBOX.c.message_id).order_by(OUTBOX.c.made_at, OUTBOX.c.channel)).scalars().all()
        messages = [stored.message for name in names if (stored := outbox.load(connection, name)) is not None]
        now = statements.directory(connection).officer("of-2", office.now)
    assert [("email", "of-2"), ("sms", "of-2"), ("sms", "of-2")] == [(one.channel, one.officer_id) for one in messages]
    assert {"TEST"} == {one.text.mark for one in messages}
    assert now is not None
    assert (Channels(email="birch@example.org", phone="+447700900456"), ("oic",)) == (now.channels, now.roles)


def test_a_channel_that_is_left_out_is_taken_away_and_nothing_is_tried(office: Office) -> None:
    browser = office.sign_in("of-2")
    browser.command(MINE, {"email": "birch@example.org"}, method="PUT")
    office.now += SECOND

    assert {"channels": {"email": None, "phone": None}, "tried": []} == browser.command(MINE, {}, method="PUT").json()


def test_a_number_that_is_none_is_refused_with_its_field(office: Office) -> None:
    said = problem(office.sign_in("of-2").command(MINE, {"phone": "ring me"}, method="PUT"), 422, "invalid")

    assert ["/phone"] == [error["pointer"] for error in said["errors"]]  # type: ignore[attr-defined]  # as the page has it
