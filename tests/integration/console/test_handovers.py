"""Handing over: an offer leaves an alert with its owner until it is accepted; a shift's alerts are offered together or not at all."""

from __future__ import annotations

import pytest

from tests.integration.console.office import Browser, problem
from tests.integration.console.scene import ELSEWHERE, OIC, ROOM, SUPERVISOR, Scene

ALERTS, HANDOVERS = "/api/v1/alerts", "/api/v1/handovers"
NEXT = "of-room-2"


def owner(browser: Browser, alert_id: str) -> str:
    found: str = browser.get(f"{ALERTS}/{alert_id}").json()["handling"]["owner"]["officer_id"]
    return found


def results(browser: Browser, alert_id: str) -> list[tuple[str, str]]:
    return [(line["change"], line["result"]) for line in browser.get(f"{ALERTS}/{alert_id}/history").json()["items"]]


def test_one_alert_is_offered_kept_meanwhile_and_accepted(scene: Scene) -> None:
    alert_id = scene.alert()
    room, after = scene.office.sign_in(ROOM), scene.office.sign_in(NEXT)
    scene.acknowledge(room, alert_id, 1)

    offered = room.command(f"{ALERTS}/{alert_id}/handover", {"to_officer_id": NEXT, "note": "I go off at one."}, version=2)

    assert 200 == offered.status_code, offered.text
    handover = offered.json()["handling"]["handover"]
    assert (ROOM, NEXT, "I go off at one.") == (handover["from_officer_id"], handover["to_officer_id"], handover["note"])
    assert ROOM == owner(after, alert_id)
    assert handover == after.get(f"{ALERTS}/{alert_id}").json()["handling"]["handover"]

    accepted = after.command(f"{HANDOVERS}/{handover['handover_id']}/accept", {})
    assert (200, "accepted", [alert_id]) == (accepted.status_code, accepted.json()["state"], accepted.json()["alert_ids"])
    said = room.get(f"{ALERTS}/{alert_id}").json()["handling"]
    assert (NEXT, NEXT, None) == (said["owner"]["officer_id"], said["lease"]["officer_id"], said["handover"])


def test_a_refusal_needs_a_reason_and_leaves_it_with_the_sender(scene: Scene) -> None:
    alert_id = scene.alert()
    room, after = scene.office.sign_in(ROOM), scene.office.sign_in(NEXT)
    offered = room.command(f"{ALERTS}/{alert_id}/handover", {"to_officer_id": NEXT, "note": "Yours?"}, version=1)
    path = f"{HANDOVERS}/{offered.json()['handling']['handover']['handover_id']}"

    problem(after.command(f"{path}/refuse", {}), 422, "invalid")
    refused = after.command(f"{path}/refuse", {"reason": "I am at the front desk."})

    assert (200, "refused") == (refused.status_code, refused.json()["state"])
    assert ROOM == owner(room, alert_id)
    problem(after.command(f"{path}/accept", {}), 409, "not_possible_now")
    assert ("people.accept_handover", "refused_not_possible_now") in results(room, alert_id)


def test_a_shift_is_handed_over_together(scene: Scene) -> None:
    alerts = [scene.another(number) for number in range(3)]
    room, after = scene.office.sign_in(ROOM), scene.office.sign_in(NEXT)

    offered = room.command(HANDOVERS, {"alert_ids": alerts, "to_officer_id": NEXT, "note": "All quiet"})

    assert (201, "offered", alerts) == (offered.status_code, offered.json()["state"], offered.json()["alert_ids"])
    assert [ROOM] * 3 == [owner(room, alert_id) for alert_id in alerts]
    accepted = after.command(f"{HANDOVERS}/{offered.json()['handover_id']}/accept", {})
    assert (alerts, []) == (accepted.json()["alert_ids"], accepted.json()["overtaken"])
    assert [NEXT] * 3 == [owner(room, alert_id) for alert_id in alerts]


def test_an_incident_is_offered_as_one(scene: Scene) -> None:
    first, second = scene.alert("zone-1"), scene.alert("zone-2")
    room = scene.office.sign_in(ROOM)

    offered = room.command(HANDOVERS, {"alert_ids": [first, second], "to_officer_id": NEXT, "note": "All quiet"})

    assert {first, second} == set(offered.json()["alert_ids"])
    assert 1 == sum(what == "people.handover_offered" for what, _ in results(room, second))


def test_all_are_offered_or_none(scene: Scene) -> None:
    mine, taken = scene.another(1), scene.another(2)
    room, officer = scene.office.sign_in(ROOM), scene.office.sign_in(OIC)
    scene.acknowledge(officer, taken, 1)

    problem(room.command(HANDOVERS, {"alert_ids": [mine, taken], "to_officer_id": NEXT, "note": "All"}), 409, "not_possible_now")
    wrong = problem(room.command(HANDOVERS, {"alert_ids": [mine, "al_0"], "to_officer_id": NEXT, "note": "All"}), 422, "invalid")

    assert ["/alert_ids/1"] == [one["pointer"] for one in wrong["errors"]]  # type: ignore[attr-defined]
    assert ("people.handover_offered", "done") not in results(room, mine)
    assert ("people.handover", "refused_not_possible_now") in results(room, taken)


def test_what_was_answered_by_another_meanwhile_is_overtaken(scene: Scene) -> None:
    first, second = scene.another(1), scene.another(2)
    room, after, officer = (scene.office.sign_in(who) for who in (ROOM, NEXT, OIC))
    offered = room.command(HANDOVERS, {"alert_ids": [first, second], "to_officer_id": NEXT, "note": "All"}).json()
    scene.acknowledge(officer, second, officer.get(f"{ALERTS}/{second}").json()["version"])

    accepted = after.command(f"{HANDOVERS}/{offered['handover_id']}/accept", {}).json()

    assert ([first], [second]) == (accepted["alert_ids"], accepted["overtaken"])
    assert (NEXT, OIC) == (owner(room, first), owner(room, second))


def test_a_second_offer_takes_the_place_of_the_first(scene: Scene) -> None:
    alert_id = scene.alert()
    room, after = scene.office.sign_in(ROOM), scene.office.sign_in(NEXT)
    body = {"to_officer_id": NEXT, "note": "Yours?"}
    first = room.command(f"{ALERTS}/{alert_id}/handover", body, version=1).json()
    second = room.command(f"{ALERTS}/{alert_id}/handover", {**body, "to_officer_id": OIC}, version=first["version"]).json()

    assert OIC == second["handling"]["handover"]["to_officer_id"]
    problem(after.command(f"{HANDOVERS}/{first['handling']['handover']['handover_id']}/accept", {}), 409, "not_possible_now")


@pytest.mark.parametrize(
    ("who", "status", "code"), [(ROOM, 403, "not_allowed"), (SUPERVISOR, 404, "not_found"), (ELSEWHERE, 404, "not_found")]
)
def test_an_offer_is_answered_by_whom_it_was_made_to(scene: Scene, who: str, status: int, code: str) -> None:
    alert_id = scene.alert()
    offered = scene.office.sign_in(ROOM).command(f"{ALERTS}/{alert_id}/handover", {"to_officer_id": NEXT, "note": "Yours?"}, version=1)
    path = f"{HANDOVERS}/{offered.json()['handling']['handover']['handover_id']}/accept"

    problem(scene.office.sign_in(who).command(path, {}), status, code)
    problem(scene.office.sign_in(who).command(f"{HANDOVERS}/ho_0/accept", {}), 404, "not_found")
    assert ROOM == owner(scene.office.sign_in(SUPERVISOR), alert_id)
