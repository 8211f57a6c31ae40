"""Two officers say something to one version at once, 200 rounds on both databases: one wins, the other reads who, nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from alerting.ledger.store import Ledger
from tests.integration.console.office import Browser, Office, problem
from tests.integration.console.scene import OIC, RATIONALE, ROOM, Scene
from tests.integration.ledger.ledgers import empty_database, ledger, url

__all__ = ["empty_database", "ledger", "url"]

ALERTS = "/api/v1/alerts"
ROUNDS = 200
A_ROUND = timedelta(seconds=2)
"""Of the moved clock: no officer gives more than 60 commands a minute."""


@pytest.fixture
def scene(ledger: Ledger, tmp_path: Path) -> Iterator[Scene]:
    """The evening in Avon, on both databases."""
    with Office(tmp_path, ledger=ledger) as opened:
        yield Scene(opened)


def test_of_two_at_once_one_wins_and_the_other_reads_who_and_what(scene: Scene) -> None:
    room, officer = scene.office.sign_in(ROOM), scene.office.sign_in(OIC)
    alert_id = scene.alert()
    path = f"{ALERTS}/{alert_id}"
    version, owners = 1, set[str]()
    with ThreadPoolExecutor(2) as both:
        for _ in range(ROUNDS // 2):
            scene.later(A_ROUND)
            version = _race(both, scene, (room, officer), path, version, owners)
            released = _winner(room, officer, path).command(f"{path}/release", {"reason": "Called away"}, version=version)
            assert 200 == released.status_code, released.text
            scene.later(A_ROUND)
            version = int(released.json()["version"])

    assert owners <= {ROOM, OIC}
    history: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = officer.get(f"{path}/history?limit=200{cursor and f'&cursor={cursor}'}").json()
        history += page["items"]
        cursor = page["next_cursor"]
    done = [line for line in history if line["change"] == "people.acknowledged"]
    lost = [line for line in history if line["change"] == "people.acknowledge"]
    assert ROUNDS // 2 == len(done) == len(lost)
    assert {"refused_stale"} == {line["result"] for line in lost}


def test_a_closing_and_a_late_acknowledgement_never_leave_a_closed_alert_open(scene: Scene) -> None:
    room, officer = scene.office.sign_in(ROOM), scene.office.sign_in(OIC)
    with ThreadPoolExecutor(2) as both:
        for number in range(ROUNDS // 2):
            alert_id = scene.another(number, "medium")
            path = f"{ALERTS}/{alert_id}"
            closing = both.submit(_close, officer, path)
            acknowledging = both.submit(room.command, f"{path}/acknowledge", scene.promise(), version=1)
            closed, acknowledged = closing.result(), acknowledging.result()
            said = officer.get(path).json()
            assert {200, 412} == {closed.status_code, acknowledged.status_code}
            assert (closed.status_code == 200) == (said["handling"]["awaiting_second_key"] or said["handling"]["closed"])
            assert (acknowledged.status_code == 200) == (said["handling"]["lease"] is not None)
            scene.later(A_ROUND)


def _close(officer: Browser, path: str) -> httpx.Response:
    return officer.command(f"{path}/close", {"outcome": "no_breach", "rationale": RATIONALE}, version=1)


def _race(both: ThreadPoolExecutor, scene: Scene, browsers: tuple[Browser, Browser], path: str, version: int, owners: set[str]) -> int:
    """Both acknowledge the same version; the new one."""
    answers = [both.submit(browser.command, f"{path}/acknowledge", scene.promise(), version=version) for browser in browsers]
    results = sorted((answer.result() for answer in answers), key=lambda answer: answer.status_code)
    assert [200, 412] == [answer.status_code for answer in results], [answer.text for answer in results]
    won, lost = results
    said = problem(lost, 412, "stale_version")
    owner = won.json()["handling"]["owner"]
    assert owner["officer_id"] == said["current"]["handling"]["owner"]["officer_id"]  # type: ignore[index]
    assert f"{owner['name']} acknowledged it" in str(said["detail"])
    owners.add(owner["officer_id"])
    return int(won.json()["version"])


def _winner(room: Browser, officer: Browser, path: str) -> Browser:
    return room if ROOM == room.get(path).json()["handling"]["owner"]["officer_id"] else officer
