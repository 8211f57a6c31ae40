"""`/changes`: what the stream would have said, for whoever polls; and both from a list's number on miss nothing."""

from __future__ import annotations

from sqlalchemy import select

from alerting.ledger.tables.alerts import ALERT
from schemas.finding import Finding
from tests.integration.console.office import Browser, problem
from tests.integration.console.scene import ANALYST, AUDITOR, ELSEWHERE, IDVA, MINUTE, OIC, RATIONALE, ROOM, SUPERVISOR, Scene

ALERTS = "/api/v1/alerts"
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


def gone(alert_id: str) -> list[tuple[object, object]]:
    """What whoever lost an alert hears, and nothing else."""
    return [("alert.gone", {"alert_id": alert_id})]


def heard(browser: Browser, after: int) -> list[tuple[object, object]]:
    """Everything after a number, without its numbers."""
    return [(one["event"], one["data"]) for one in polled(browser, after)[0]]


def test_a_person_who_becomes_restricted_is_gone_where_the_alert_is_and_for_whoever_sees_all(scene: Scene) -> None:
    alert_id = scene.alert(told=("oic",))
    lose = [scene.office.sign_in(who) for who in (ROOM, SUPERVISOR, ANALYST, AUDITOR)]
    kent = scene.office.sign_in(ELSEWHERE)
    scene.person(areas=("kent",))
    _, last = polled(lose[0], 0)

    scene.person(areas=("kent",), restricted=True)

    assert [gone(alert_id)] * 4 == [heard(browser, last) for browser in lose]
    assert [] == heard(kent, 0)
    scene.person(restricted=True)
    scene.person(team=(("idva", IDVA),), restricted=True)
    assert [gone(alert_id), []] == [heard(browser, last) for browser in (lose[0], kent)]


def test_whoever_could_have_turned_the_second_key_hears_that_another_has(scene: Scene) -> None:
    for area in ("avon", "kent"):
        scene.office.officer(f"of-oic-{area}", "oic", area=area)
    alert_id = scene.alert()
    closer, decider, beside, kent = (scene.office.sign_in(who) for who in (OIC, SUPERVISOR, "of-oic-avon", "of-oic-kent"))
    command = f"{ALERTS}/{alert_id}"
    assert 200 == closer.command(f"{command}/close", {"outcome": "no_breach", "rationale": RATIONALE}, version=1).status_code
    assert ["alert.changed"] == [one["event"] for one in polled(beside, 1)[0]]
    _, last = polled(beside, 0)

    assert 200 == decider.command(f"{command}/confirm", {"agree": True, "rationale": RATIONALE}, version=2).status_code

    assert [gone(alert_id), []] == [heard(browser, last) for browser in (beside, kent)]
    assert ([], gone(alert_id)) == (heard(kent, 0), heard(beside, 0))


def test_a_second_key_that_a_challenge_has_hidden_is_said_to_be_gone_when_it_is(scene: Scene) -> None:
    scene.office.officer("of-oic-avon", "oic")
    alert_id = scene.alert()
    closer, challenger, decider, beside = (scene.office.sign_in(who) for who in (OIC, ROOM, SUPERVISOR, "of-oic-avon"))
    command = f"{ALERTS}/{alert_id}"
    assert 200 == closer.command(f"{command}/close", {"outcome": "no_breach", "rationale": RATIONALE}, version=1).status_code
    said = challenger.command(f"{command}/challenge", {"against": "closure", "rationale": RATIONALE}, version=2)
    assert "challenged" == said.json()["handling"]["state"], said.text
    items, last = polled(beside, 0)
    assert {"alert.changed"} == {one["event"] for one in items}
    answer = {"challenge_id": said.json()["handling"]["challenge"]["challenge_id"], "upheld": True, "rationale": RATIONALE}

    said = decider.command(f"{command}/answer-challenge", answer, version=3)

    assert 200 == said.status_code, said.text
    assert gone(alert_id) == heard(beside, last)


def test_custody_opens_an_alert_to_the_prison_s_officer_and_its_end_takes_it(scene: Scene) -> None:
    team = (("prison_offender_manager", "of-pom"), ("oic", OIC))
    scene.office.officer("of-pom", "prison_offender_manager")
    scene.person(team=team)
    alert_id = scene.alert(told=("control_room",))
    prison = scene.office.sign_in("of-pom")

    scene.person(team=(("oic", OIC),))
    assert [] == heard(prison, 0)
    scene.person(team=team, in_custody=True)
    items, last = polled(prison, 0)
    assert {"alert.changed"} == {one["event"] for one in items}
    scene.person(team=team)

    assert gone(alert_id) == heard(prison, last)


def test_whoever_is_excluded_hears_it_once_and_only_of_what_was_theirs(scene: Scene) -> None:
    alert_id = scene.alert(told=("control_room",))
    sergeant, kent, officer = (scene.office.sign_in(who) for who in (SUPERVISOR, ELSEWHERE, OIC))
    _, last = polled(sergeant, 0)

    scene.person(excluded=(SUPERVISOR, ELSEWHERE, OIC))
    scene.acknowledge(scene.office.sign_in(ROOM), alert_id, 1)
    scene.person(team=(("idva", IDVA),), excluded=(SUPERVISOR, ELSEWHERE, OIC), restricted=True)

    assert [gone(alert_id), gone(alert_id), []] == [heard(browser, last) for browser in (sergeant, officer, kent)]


def test_an_advocate_on_duty_hears_nothing_of_whoever_is_looked_after_elsewhere(scene: Scene) -> None:
    for area in ("avon", "kent"):
        scene.office.officer(f"of-advocate-{area}", "idva", area=area)
        scene.office.on_call("duty_idva", f"of-advocate-{area}", area)
    scene.person(areas=("kent",))
    alert_id = scene.alert(areas=("avon", "kent"), told=("control_room",))
    avon, kent = (scene.office.sign_in(f"of-advocate-{area}") for area in ("avon", "kent"))
    scene.acknowledge(scene.office.sign_in(ROOM), alert_id, 1)
    assert [] == heard(avon, 0)
    _, last = polled(kent, 0)

    scene.person(areas=("kent",), restricted=True)

    assert [[], gone(alert_id)] == [heard(browser, last) for browser in (avon, kent)]


def test_an_alert_that_leaves_an_area_is_said_to_whoever_asks_for_that_area(scene: Scene) -> None:
    alert_id = scene.alert(told=("control_room",))
    room, analyst, kent = (scene.office.sign_in(who) for who in (ROOM, ANALYST, ELSEWHERE))
    with scene.office.ledger.read() as connection:
        text = connection.execute(select(ALERT.c.finding).where(ALERT.c.alert_id == alert_id)).scalar_one()
    finding = Finding.model_validate_json(text)
    _, last = polled(analyst, 0)

    scene.later(MINUTE)
    scene.change(finding.model_copy(update={"areas": ("kent",)}), "amended")
    scene.acknowledge(room, alert_id, 2)

    changed = analyst.get(f"{CHANGES}?after={last}&area=avon").json()["items"]
    assert [("alert.changed", ["kent"])] == [(one["event"], one["data"]["areas"]) for one in changed]
    assert changed == kent.get(f"{CHANGES}?after={last}&area=avon").json()["items"]
    assert 2 == len(analyst.get(f"{CHANGES}?after={last}&area=kent").json()["items"])
    assert gone(alert_id) == heard(scene.office.sign_in(SUPERVISOR), last)
    assert {"alert.changed"} == {event for event, _ in heard(room, last)}


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
