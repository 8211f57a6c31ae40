"""Every command by raw HTTP: what it does, the ways in which it is refused, and that each refused try stands in the history."""

from __future__ import annotations

import uuid
from typing import NamedTuple

import httpx
import pytest

from tests.integration.console.office import HOUR, Browser, problem
from tests.integration.console.scene import IDVA, INSPECTOR, MINUTE, OIC, RATIONALE, ROOM, SUPERVISOR, Scene

ALERTS = "/api/v1/alerts"
Json = dict[str, object]


class Case(NamedTuple):
    """One alert, and who speaks to it."""

    scene: Scene
    alert_id: str

    def say(self, browser: Browser, name: str, body: Json, version: int | None = None) -> httpx.Response:
        return browser.command(f"{ALERTS}/{self.alert_id}/{name}", body, version=version)

    def done(self, browser: Browser, name: str, body: Json, version: int | None = None) -> Json:
        """The alert after a command that was carried out."""
        answer = self.say(browser, name, body, version)
        assert 200 == answer.status_code, answer.text
        said: Json = answer.json()
        assert answer.headers["etag"] == f'"{said["version"]}"'
        return said

    def history(self, browser: Browser) -> list[tuple[str, str | None, str]]:
        items = browser.get(f"{ALERTS}/{self.alert_id}/history?limit=200").json()["items"]
        return [(line["change"], line["by"], line["result"]) for line in items]


@pytest.fixture
def case(scene: Scene) -> Case:
    return Case(scene, scene.alert(severity="high"))


def handling(said: Json) -> Json:
    found = said["handling"]
    assert isinstance(found, dict)
    return found


def test_acknowledging_is_a_promise_with_an_end_and_makes_one_the_owner(case: Case) -> None:
    officer = case.scene.office.sign_in(OIC)

    said = case.done(officer, "acknowledge", dict(case.scene.promise(20)), 1)

    assert (2, "acknowledged") == (said["version"], handling(said)["state"])
    assert {"officer_id": OIC, "name": "DC Birch"}.items() <= handling(said)["owner"].items()  # type: ignore[attr-defined]
    assert {"intent": "send_unit", "until_at": "2026-03-02T12:20:00Z"}.items() <= handling(said)["lease"].items()  # type: ignore[attr-defined]
    assert 0 == said["delays"]["known_to_acknowledged_s"]  # type: ignore[index]


def test_what_is_wrong_with_a_promise_is_said_field_by_field(case: Case) -> None:
    officer = case.scene.office.sign_in(OIC)

    over = problem(case.say(officer, "acknowledge", dict(case.scene.promise(5 * 60)), 1), 422, "over_cap")
    past = problem(case.say(officer, "acknowledge", dict(case.scene.promise(-1)), 1), 422, "invalid")
    mute = problem(case.say(officer, "acknowledge", {**case.scene.promise(), "intent": "other"}, 1), 422, "invalid")
    more = problem(case.say(officer, "acknowledge", {**case.scene.promise(), "until": 1}, 1), 422, "invalid")
    none = problem(case.say(officer, "acknowledge", {}, 1), 422, "invalid")

    pointers = [[wrong["pointer"] for wrong in said["errors"]] for said in (over, past, mute, more, none)]  # type: ignore[attr-defined]
    assert [["/until_at"], ["/until_at"], ["/intent_text"], ["/until"], ["/intent", "/until_at"]] == pointers
    tries = [result for what, _, result in case.history(officer) if what == "people.acknowledge"]
    assert ["refused_over_cap", "refused_invalid", "refused_invalid", "refused_invalid", "refused_invalid"] == tries


def test_acting_keeps_the_promise_and_tells_the_rules(case: Case) -> None:
    officer = case.scene.office.sign_in(OIC)
    case.scene.acknowledge(officer, case.alert_id, 1)
    case.scene.later(5 * MINUTE)

    said = case.done(officer, "act", {"action": "unit_sent", "detail": "Unit 21"}, 2)

    assert "actioned" == handling(said)["state"]
    assert 300 == said["delays"]["acknowledged_to_acted_s"]  # type: ignore[index]
    wrong = problem(case.say(officer, "act", {"action": "told_protected_person"}, 3), 422, "invalid")
    assert [{"pointer": "/about"}.items() <= one.items() for one in wrong["errors"]] == [True]  # type: ignore[attr-defined]


def test_closing_needs_an_outcome_and_a_rationale(case: Case) -> None:
    officer = case.scene.office.sign_in(OIC)

    problem(case.say(officer, "close", {"outcome": "enforced"}, 1), 422, "rationale_needed")
    short = problem(case.say(officer, "close", {"outcome": "enforced", "rationale": "Done."}, 1), 422, "rationale_needed")
    assert [{"pointer": "/rationale", "reason": "This rationale has 5 characters", "expected": "20 or more"}] == short["errors"]
    problem(case.say(officer, "close", {"rationale": RATIONALE}, 1), 422, "invalid")
    stray = problem(case.say(officer, "close", {"outcome": "enforced", "rationale": RATIONALE, "duplicate_of": "x"}, 1), 422, "invalid")
    assert ["both or neither"] == [wrong["expected"] for wrong in stray["errors"]]  # type: ignore[attr-defined]
    problem(case.say(officer, "close", {"outcome": "ended_itself", "rationale": RATIONALE}, 1), 422, "invalid")
    problem(case.say(officer, "close", {"outcome": "resolved", "rationale": RATIONALE}, 1), 409, "not_possible_now")

    results = [result for what, _, result in case.history(officer) if what == "people.close"]
    assert 6 == len(results)
    assert all(result.startswith("refused_") for result in results)


def test_the_second_key_is_another_officers(case: Case) -> None:
    officer, supervisor = case.scene.office.sign_in(OIC), case.scene.office.sign_in(SUPERVISOR)

    waits = case.done(officer, "close", {"outcome": "no_breach", "rationale": RATIONALE}, 1)
    assert "awaiting_second_key" == handling(waits)["state"]
    own = case.say(officer, "confirm", {"agree": True, "rationale": RATIONALE}, 2)
    assert (422, "same_person") == (own.status_code, own.json()["code"])

    closed = case.done(supervisor, "confirm", {"agree": True, "rationale": RATIONALE}, 2)
    assert "closed" == handling(closed)["state"]
    assert {"outcome": "no_breach", "officer_id": OIC, "confirmed_by": SUPERVISOR}.items() <= handling(closed)["closure"].items()  # type: ignore[attr-defined]


def test_a_second_officer_who_does_not_agree_opens_it_again(case: Case) -> None:
    officer, supervisor = case.scene.office.sign_in(OIC), case.scene.office.sign_in(SUPERVISOR)
    case.done(officer, "close", {"outcome": "no_breach", "rationale": RATIONALE}, 1)

    said = case.done(supervisor, "confirm", {"agree": False, "rationale": "The fixes show him inside for an hour."}, 2)

    assert not handling(said)["closed"]
    assert not handling(said)["awaiting_second_key"]


def test_a_critical_alert_is_closed_and_confirmed_with_a_fresh_sign_in(scene: Scene) -> None:
    case = Case(scene, scene.alert(severity="critical"))
    officer = scene.office.sign_in(OIC)
    scene.later(11 * MINUTE)

    said = case.say(officer, "close", {"outcome": "enforced", "rationale": RATIONALE}, 1)

    refused = problem(said, 403, "step_up_needed")
    assert "step_up" in str(refused["sign_in_url"])
    fresh = scene.office.sign_in(OIC)
    assert "awaiting_second_key" == handling(case.done(fresh, "close", {"outcome": "enforced", "rationale": RATIONALE}, 1))["state"]
    inspector = scene.office.sign_in(INSPECTOR)
    assert "closed" == handling(case.done(inspector, "confirm", {"agree": True, "rationale": RATIONALE}, 2))["state"]


def test_a_challenge_reopens_and_another_officer_answers_it(case: Case) -> None:
    officer, advocate = case.scene.office.sign_in(OIC), case.scene.office.sign_in(IDVA)
    supervisor, inspector = case.scene.office.sign_in(SUPERVISOR), case.scene.office.sign_in(INSPECTOR)
    case.done(officer, "close", {"outcome": "no_breach", "rationale": RATIONALE}, 1)
    case.done(supervisor, "confirm", {"agree": True, "rationale": RATIONALE}, 2)

    said = case.done(advocate, "challenge", {"against": "decision", "rationale": "She saw him at her door at nine."})

    assert "challenged" == handling(said)["state"]
    challenge = handling(said)["challenge"]
    assert isinstance(challenge, dict)
    answer: Json = {"challenge_id": challenge["challenge_id"], "upheld": True, "rationale": RATIONALE}
    version = int(str(said["version"]))
    by_confirmer = case.say(supervisor, "answer-challenge", answer, version)
    assert by_confirmer.status_code in {409, 422}
    problem(case.say(inspector, "answer-challenge", {**answer, "challenge_id": "ch_0"}, version), 409, "not_possible_now")
    upheld = case.done(inspector, "answer-challenge", answer, version)
    assert not handling(upheld)["closed"]


def test_shelving_has_a_cap_and_never_hides_a_critical(case: Case) -> None:
    supervisor = case.scene.office.sign_in(SUPERVISOR)
    until_at = (case.scene.office.now + 30 * MINUTE).isoformat()
    critical = Case(case.scene, case.scene.alert("zone-2", severity="critical", began=case.scene.office.now - 5 * HOUR))

    problem(critical.say(supervisor, "shelve", {"until_at": until_at, "reason": "Known fault"}, 1), 422, "not_shelvable")
    late = (case.scene.office.now + 2 * HOUR).isoformat()
    over = problem(case.say(supervisor, "shelve", {"until_at": late, "reason": "Known fault"}, 1), 422, "over_cap")
    assert ["an earlier until_at"] == [wrong["expected"] for wrong in over["errors"]]  # type: ignore[attr-defined]
    shelved = case.done(supervisor, "shelve", {"until_at": until_at, "reason": "Known fault"}, 1)
    assert "shelved" == handling(shelved)["state"]
    back = case.done(supervisor, "unshelve", {}, 2)
    assert handling(back)["shelf"] is None


def test_reassigning_is_a_supervisors_and_at_once(case: Case) -> None:
    officer, supervisor = case.scene.office.sign_in(OIC), case.scene.office.sign_in(SUPERVISOR)

    problem(case.say(officer, "reassign", {"to_officer_id": "of-room-2", "reason": "He is at court"}, 1), 403, "not_allowed")
    problem(case.say(supervisor, "reassign", {"to_officer_id": "of-nobody", "reason": "He is at court"}, 1), 422, "invalid")
    said = case.done(supervisor, "reassign", {"to_officer_id": "of-room-2", "reason": "He is at court"}, 1)

    assert "of-room-2" == handling(said)["owner"]["officer_id"]  # type: ignore[index]
    assert ("people.reassign", OIC, "refused_not_allowed") in case.history(supervisor)


def test_releasing_makes_it_unanswered_and_escalating_takes_the_next_step(case: Case) -> None:
    room = case.scene.office.sign_in(ROOM)
    case.scene.acknowledge(room, case.alert_id, 1)

    released = case.done(room, "release", {"reason": "I am called to another job"}, 2)
    assert "unanswered" == handling(released)["state"]
    escalated = case.done(room, "escalate", {"reason": "Nobody here can go"})
    assert int(str(escalated["version"])) > int(str(released["version"]))


def test_notes_challenges_and_escalations_never_lose_a_race(case: Case) -> None:
    room, advocate = case.scene.office.sign_in(ROOM), case.scene.office.sign_in(IDVA)
    case.scene.acknowledge(room, case.alert_id, 1)

    case.done(advocate, "note", {"text": "She is at her sister's."})
    case.done(advocate, "note", {"text": "She has her own phone."}, 1)
    case.done(advocate, "escalate", {"reason": "Nobody has phoned her"})
    case.done(advocate, "challenge", {"against": "inaction", "rationale": "Nobody has phoned her for an hour."})


def test_a_narrowed_note_is_for_its_audience_alone(case: Case) -> None:
    advocate = case.scene.office.sign_in(IDVA)
    case.done(advocate, "note", {"text": "For the officer in the case.", "audience": ["oic"]})
    wrong = problem(case.say(advocate, "note", {"text": "For nobody.", "audience": ["idva", "supervisors"]}), 422, "invalid")

    texts = {
        who: "For the officer in the case." in case.scene.office.sign_in(who).get(f"{ALERTS}/{case.alert_id}/history").text
        for who in (IDVA, OIC, ROOM)
    }
    assert {IDVA: True, OIC: True, ROOM: False} == texts
    assert ["/audience/1"] == [one["pointer"] for one in wrong["errors"]]  # type: ignore[attr-defined]


def test_a_stale_version_is_told_who_changed_what_and_nothing_is_done(case: Case) -> None:
    room, officer = case.scene.office.sign_in(ROOM), case.scene.office.sign_in(OIC)
    case.scene.acknowledge(room, case.alert_id, 1)
    assert 200 == officer.get(f"{ALERTS}/{case.alert_id}").status_code  # a look stands in the history, and has changed nothing

    said = problem(case.say(officer, "act", {"action": "unit_sent"}, 1), 412, "stale_version")

    assert "PC Rowan acknowledged it at 12:00:00. You saw version 1, it is now 2." == said["detail"]
    assert 2 == said["current"]["version"]  # type: ignore[index]
    assert [("people.acknowledged", ROOM, 2)] == [
        (one["change"], one["by"], one["version"])
        for one in said["changes"]  # type: ignore[attr-defined]
    ]
    assert ("people.act", OIC, "refused_stale") in case.history(officer)
    assert 2 == officer.get(f"{ALERTS}/{case.alert_id}").json()["version"]


def test_the_same_key_does_it_once_and_another_body_is_refused(case: Case) -> None:
    officer, key = case.scene.office.sign_in(OIC), str(uuid.uuid4())
    path = f"{ALERTS}/{case.alert_id}/note"

    first = officer.command(path, {"text": "Phoned"}, key=key)
    again = officer.command(path, {"text": "Phoned"}, key=key)

    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    problem(officer.command(path, {"text": "Phoned her"}, key=key), 422, "idempotency_key_reused")
    assert 1 == sum(what == "people.noted" for what, _, _ in case.history(officer))


def test_the_checks_come_in_their_order(case: Case) -> None:
    office = case.scene.office
    officer, elsewhere, analyst = office.sign_in(OIC), office.sign_in("of-kent"), office.sign_in("of-analyst")
    path = f"{ALERTS}/{case.alert_id}/acknowledge"

    problem(office.browser().command(path, {}), 401, "not_signed_in")
    problem(elsewhere.command(path, {"x": 1}), 404, "not_found")
    problem(analyst.command(path, {"x": 1}), 403, "not_allowed")
    problem(
        officer.ask("POST", path, headers={"origin": office.origin, "x-csrf-token": officer.csrf}, content=b"x"),
        415,
        "unsupported_media_type",
    )
    problem(officer.command(path, {"intent_text": "x" * 70_000}), 413, "too_large")
    problem(officer.command(path, {}, key=None), 400, "idempotency_key_needed")
    problem(officer.command(path, {"x": 1}), 428, "version_needed")
    problem(officer.command(path, {"x": 1}, version=7), 422, "invalid")
    problem(officer.command(path, case.scene.promise(), version=7), 412, "stale_version")
    problem(officer.command(path, case.scene.promise(), headers={"if-match": "*"}), 400, "malformed")
    problem(officer.command(path, case.scene.promise(), version=1, headers={"origin": "https://elsewhere.example"}), 403, "csrf")
    unshelved = problem(officer.command(f"{ALERTS}/{case.alert_id}/unshelve", {}, version=1), 409, "not_possible_now")
    assert "unshelve is not possible now: it is not shelved." == unshelved["detail"]


def test_a_late_acknowledgement_never_reopens_what_was_closed(case: Case) -> None:
    officer, room = case.scene.office.sign_in(OIC), case.scene.office.sign_in(ROOM)
    case.done(officer, "close", {"outcome": "no_breach", "rationale": RATIONALE}, 1)
    case.done(case.scene.office.sign_in(SUPERVISOR), "confirm", {"agree": True, "rationale": RATIONALE}, 2)

    problem(case.say(room, "acknowledge", dict(case.scene.promise()), 1), 412, "stale_version")
    problem(case.say(room, "acknowledge", dict(case.scene.promise()), 3), 409, "not_possible_now")

    assert room.get(f"{ALERTS}/{case.alert_id}").json()["handling"]["closed"]


def test_an_incident_is_acknowledged_as_one_and_closed_one_by_one(scene: Scene) -> None:
    first = Case(scene, scene.alert("zone-1", severity="high"))
    second = scene.alert("zone-2", severity="medium")
    officer = scene.office.sign_in(OIC)

    first.done(officer, "acknowledge", dict(scene.promise()), officer.get(f"{ALERTS}/{first.alert_id}").json()["version"])

    other = officer.get(f"{ALERTS}/{second}").json()
    assert first.alert_id != second
    assert "acknowledged" == other["handling"]["state"]
    closed = first.done(officer, "close", {"outcome": "enforced", "rationale": RATIONALE}, 2)
    assert handling(closed)["state"] in {"closed", "awaiting_second_key"}
    assert "acknowledged" == officer.get(f"{ALERTS}/{second}").json()["handling"]["state"]


def test_a_duplicate_names_an_open_alert_of_the_same_person_by_id_or_reference(scene: Scene) -> None:
    first = scene.alert("zone-1", severity="high")
    second = Case(scene, scene.alert("zone-2", severity="high", began=scene.office.now - 5 * HOUR))
    officer = scene.office.sign_in(OIC)
    reference = officer.get(f"{ALERTS}/{first}").json()["reference"]
    body: Json = {"outcome": "duplicate", "rationale": RATIONALE}

    problem(second.say(officer, "close", {**body, "duplicate_of": "VG-00000-00000"}, 1), 422, "invalid")
    problem(second.say(officer, "close", body, 1), 422, "invalid")
    said = second.done(officer, "close", {**body, "duplicate_of": reference}, 1)

    assert first == handling(said)["closure"]["duplicate_of"]  # type: ignore[index]
