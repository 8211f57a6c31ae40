"""`/changes`: what the stream would have said, for whoever polls; and both from a list's number on miss nothing."""

from __future__ import annotations

from tests.integration.console.office import Browser, problem
from tests.integration.console.scene import ELSEWHERE, OIC, ROOM, Scene

CHANGES = "/api/v1/changes"
Json = dict[str, object]


def polled(browser: Browser, after: int, limit: int = 50) -> tuple[list[Json], int]:
    """Everything after a number, page by page."""
    items: list[Json] = []
    while True:
        answer = browser.get(f"{CHANGES}?after={after}&limit={limit}")
        assert 200 == answer.status_code, answer.text
        said = answer.json()
        items += said["items"]
        after = said["as_of_seq"]
        if not said["more"]:
            return items, after


def test_polling_hears_every_change_once_in_order(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)
    raised = [scene.another(number) for number in range(5)]
    scene.acknowledge(scene.office.sign_in(OIC), raised[0], 1)

    in_pages, last = polled(room, 0, limit=2)
    at_once, _ = polled(room, 0)

    assert at_once == in_pages
    assert [*raised, raised[0]] == [one["data"]["alert_id"] for one in at_once]  # type: ignore[index]
    assert "people.acknowledged" == at_once[-1]["data"]["change"]  # type: ignore[index]
    assert sorted({int(str(one["seq"])) for one in at_once}) == [one["seq"] for one in at_once]
    assert ([], last) == polled(room, last)


def test_a_page_of_what_is_not_theirs_moves_on_all_the_same(scene: Scene) -> None:
    kent = scene.office.sign_in(ELSEWHERE)
    for number in range(5):
        scene.another(number)

    items, last = polled(kent, 0, limit=2)

    assert [] == items
    assert 5 <= last


def test_whoever_lost_a_case_hears_that_it_is_gone_and_whoever_never_had_it_hears_nothing(scene: Scene) -> None:
    alert_id = scene.alert(told=("control_room",))
    officer, kent = scene.office.sign_in(OIC), scene.office.sign_in(ELSEWHERE)
    _, theirs = polled(officer, 0)

    scene.person(team=(("idva", "of-idva"),))

    items, last = polled(officer, theirs)
    assert [("alert.gone", {"alert_id": alert_id})] == [(one["event"], one["data"]) for one in items]
    assert ([], last) == polled(officer, last)
    assert [] == polled(kent, 0)[0]


def test_whoever_comes_into_a_case_hears_of_its_alerts(scene: Scene) -> None:
    scene.person(team=(("idva", "of-idva"),))
    alert_id = scene.alert(told=("control_room",))
    officer = scene.office.sign_in(OIC)
    items, last = polled(officer, 0)
    assert [] == items

    scene.person()

    assert [alert_id] == [one["data"]["alert_id"] for one in polled(officer, last)[0]]  # type: ignore[index]


def test_nobody_who_cannot_see_a_restricted_person_hears_that_he_is_there(scene: Scene) -> None:
    scene.person("pe-9", restricted=True)
    scene.alert("zone-9", person_id="pe-9", told=("oic",))

    assert [] == polled(scene.office.sign_in("of-room-2"), 0)[0]
    assert 1 == len(polled(scene.office.sign_in(OIC), 0)[0])


def test_a_person_who_becomes_restricted_is_gone_for_the_room(scene: Scene) -> None:
    alert_id = scene.alert(told=("oic",))
    room = scene.office.sign_in(ROOM)
    _, last = polled(room, 0)

    scene.person(restricted=True)

    assert [("alert.gone", {"alert_id": alert_id})] == [(one["event"], one["data"]) for one in polled(room, last)[0]]


def test_too_far_behind_the_list_is_to_be_fetched_again(scene: Scene) -> None:
    scene.alert()
    with scene.office.ledger.write(scene.office.now) as writing:
        for _ in range(5_001):
            writing.next_seq()
        last = writing.seq

    items, after = polled(scene.office.sign_in(ROOM), 0)

    assert ([{"event": "stream.reset", "seq": last, "data": {"reason": "behind"}}], last) == (items, after)


def test_what_is_asked_wrongly_is_refused(scene: Scene) -> None:
    room = scene.office.sign_in(ROOM)

    for query in (
        "",
        "?after=-1",
        "?after=x",
        "?after=0&limit=500",
        "?after=0&since=1",
        "?after=0&topics=names",
        "?after=0&topics=",
        "?after=0&after=1",
    ):
        problem(room.get(CHANGES + query), 422, "invalid")
    assert 200 == room.get(CHANGES + "?after=0&topics=alerts,feeds&topics=system").status_code
