"""Coverage and places of one person by raw HTTP: minutes that add up, and positions in the form that a role may know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.fields import instant_text
from tests.integration.console.case import HE, Case
from tests.integration.console.office import DAY, HOUR, NOON, Browser, Office, problem

PEOPLE = f"/api/v1/people/{HE}"
FIX = "51.43911"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Office(tmp_path) as office:
        case = Case(office)
        case.told_whole(team=[("oic", "of-oic"), ("idva", "of-idva"), ("marac_coordinator", "of-marac_coordinator")])
        yield case


def coverage(browser: Browser, from_at: datetime, to_at: datetime) -> dict[str, object]:
    answer = browser.get(f"{PEOPLE}/coverage?from_at={instant_text(from_at)}&to_at={instant_text(to_at)}")
    assert 200 == answer.status_code, answer.text
    said: dict[str, object] = answer.json()
    return said


def test_the_last_day_adds_up_to_every_minute(case: Case) -> None:
    case.coverage(NOON - 3 * DAY, (NOON - 3 * DAY, "monitored"), (NOON - 3 * HOUR, "in_custody"), (NOON - HOUR, "untagged"))

    said = case.in_role("oic").get(f"{PEOPLE}/coverage").json()

    assert {"monitored": 1_260, "untagged": 60, "blind": 0, "not_required": 0, "in_custody": 120} == said["totals"]
    assert 1_440 == said["minutes"] == sum(span["minutes"] for span in said["spans"])
    assert ["monitored", "in_custody", "untagged"] == [span["state"] for span in said["spans"]]
    assert (said["from_at"], said["to_at"]) == (said["spans"][0]["from_at"], said["spans"][-1]["to_at"])


def test_the_day_of_25_hours_has_1500_minutes(case: Case) -> None:
    from_at, to_at = datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 26, 0, tzinfo=UTC)
    case.office.now = to_at + HOUR
    case.coverage(from_at - DAY, (from_at - DAY, "monitored"), (from_at + 100 * HOUR / 60, "untagged"))

    said = coverage(case.in_role("oic"), from_at, to_at)

    assert {"monitored": 100, "untagged": 1_400, "blind": 0, "not_required": 0, "in_custody": 0} == said["totals"]
    assert 1_500 == said["minutes"]


def test_a_feed_that_is_silent_now_makes_its_time_blind_at_once(case: Case) -> None:
    case.coverage(NOON - 3 * DAY, (NOON - 3 * DAY, "monitored"))
    case.feed_silent(NOON - 2 * HOUR)
    browser = case.in_role("oic")

    silent = coverage(browser, NOON - DAY, NOON)
    case.feed_silent(None)
    speaks = coverage(browser, NOON - DAY, NOON)

    assert [("monitored", 1_320), ("blind", 120)] == [(span["state"], span["minutes"]) for span in silent["spans"]]  # type: ignore[attr-defined]
    assert [("monitored", 1_440)] == [(span["state"], span["minutes"]) for span in speaks["spans"]]  # type: ignore[attr-defined]


def test_what_streams_judges_again_takes_the_place_of_what_stood(case: Case) -> None:
    case.coverage(NOON - 3 * DAY, (NOON - 3 * DAY, "monitored"))
    case.coverage(NOON - HOUR, (NOON - HOUR, "untagged"))

    said = coverage(case.in_role("oic"), NOON - 2 * HOUR, NOON)

    assert {"monitored": 60, "untagged": 60, "blind": 0, "not_required": 0, "in_custody": 0} == said["totals"]


@pytest.mark.parametrize(
    "query",
    [
        "to_at=2026-03-02T12:00:01Z",
        "from_at=2026-03-02T12:00:00Z",
        "from_at=2025-03-02T12:00:00Z",
        "from_at=2026-03-02T12:00:00",
        "days=7",
    ],
)
def test_a_time_that_is_none_is_refused(case: Case, query: str) -> None:
    problem(case.in_role("oic").get(f"{PEOPLE}/coverage?{query}"), 422, "invalid")


def test_who_is_in_the_case_gets_positions_an_advocate_words_and_others_nothing(case: Case) -> None:
    case.alert(person_id=HE)
    query = f"{PEOPLE}/places?from_at=2026-03-01T12:00:00Z"

    positions = case.in_role("oic").get(query)
    words = case.in_role("idva").get(query)
    none = case.in_role("marac_coordinator").get(query)

    assert "application/geo+json" == positions.headers["content-type"]
    assert FIX in positions.text
    assert ["zone", "fix"] == [feature["properties"]["what"] for feature in positions.json()["features"]]
    assert FIX not in words.text
    said = [feature["properties"].get("words") for feature in words.json()["features"]]
    assert said[1].endswith("outside the edge, 11:00")
    problem(none, 403, "not_allowed")
    assert ["of-marac_coordinator"] == [row["officer_id"] for row in case.office.readings("denial")]


def test_a_control_room_knows_where_he_is_while_an_alert_on_him_is_not_closed(case: Case) -> None:
    room = case.in_role("control_room")
    problem(room.get(f"{PEOPLE}/places"), 403, "not_allowed")

    case.alert(person_id=HE)

    assert FIX in room.get(f"{PEOPLE}/places").text


def test_places_are_of_seven_days_at_most(case: Case) -> None:
    browser = case.in_role("oic")

    assert 200 == browser.get(f"{PEOPLE}/places?from_at=2026-02-23T12:00:00Z").status_code
    problem(browser.get(f"{PEOPLE}/places?from_at=2026-02-23T11:59:59Z"), 422, "invalid")
    earlier = NOON - DAY - timedelta(hours=2)
    old = browser.get(f"{PEOPLE}/places?from_at={instant_text(earlier - DAY)}&to_at={instant_text(earlier)}")
    assert ["zone"] == [feature["properties"]["what"] for feature in old.json()["features"]]
