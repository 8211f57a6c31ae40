"""Clocks in the ledger: they survive whoever set them, fire once whoever sweeps, and follow people's duty."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from alerting.actor import actor
from alerting.ledger import commanding
from alerting.ledger import sweep as sweeping
from alerting.ledger.news import since
from alerting.ledger.queue import Key, page
from alerting.ledger.reach import queue_reach
from alerting.ledger.statements import directory
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.wanted import Sort, Wanted
from schemas.directory import DirectoryAbsence, DirectoryAbsenceCancelled
from tests.integration.ledger.station import TERMS, Station, away, promise
from tests.unit.alerting.handled import INSPECTOR, OIC, ROLES, ROWAN
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, a_finding


@pytest.fixture
def station(ledger: Ledger) -> Station:
    return Station(ledger)


def owner(station: Station, alert_id: str) -> str | None:
    held = station.alert(alert_id).handling.owner
    return None if held is None else held.officer_id


def test_nobody_answers_a_critical_alert_and_after_two_minutes_the_next_person_has_it_and_is_told(station: Station) -> None:
    alert_id = station.tells(a_finding())
    assert ROWAN == owner(station, alert_id)
    station.sends()

    assert 0 == station.wait(MINUTE).fired
    assert 1 == station.wait(MINUTE).fired
    assert ROWAN != owner(station, alert_id)
    assert [owner(station, alert_id)] == [one.message.officer_id for one in station.sends() if "escalated" in one.message.occasion][:1]
    assert "people.escalated" in station.words(alert_id)
    assert () == station.books().faults


def test_the_policy_never_runs_out(station: Station) -> None:
    alert_id = station.tells(a_finding())
    owners = set()
    for _ in range(60):
        station.wait(2 * MINUTE)
        station.sends()
        owners.add(owner(station, alert_id))
        assert () == station.books().faults

    assert {ROWAN, INSPECTOR} <= owners
    assert 20 < station.words(alert_id).count("people.escalated")


def test_a_promise_that_is_not_kept_brings_the_alarm_back(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(ROWAN, promise(station.now, minutes=20), alert_id)
    station.wait(19 * MINUTE)
    assert "acknowledged" == station.alert(alert_id).handling.state
    station.wait(MINUTE)

    assert "unanswered" == station.alert(alert_id).handling.state
    assert "people.lease_ended" in station.words(alert_id)


def test_after_hours_without_a_sweep_each_clock_fires_once_and_runs_from_now(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.wait(6 * HOUR)

    assert 1 == station.words(alert_id).count("people.escalated")
    assert 0 == sweep(station.ledger, station.now, TERMS).fired
    assert all(due.at > station.now for due in station.clocks(alert_id).values())


def test_two_processes_sweep_at_once_and_each_clock_fires_once(station: Station) -> None:
    alert_ids = [station.tells(a_finding(subject=f"pp-{number}", began=station.now - number * DAY)) for number in range(30)]
    other = Ledger(station.ledger.url)
    station.now += 2 * MINUTE
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(sweep, ledger, station.now, TERMS) for ledger in (station.ledger, other)]
    other.close()

    assert () == tuple(name for one in found for name in one.result().broken)
    assert [1] * 30 == [station.words(alert_id).count("people.escalated") for alert_id in alert_ids]


def test_of_many_that_are_due_the_critical_ones_fire_first(station: Station) -> None:
    low = [station.tells(a_finding(subject=f"pp-{number}", severity="high", began=station.now - number * DAY)) for number in range(5)]
    critical = station.tells(a_finding(subject="pp-99", began=station.now - 30 * DAY))
    station.now += HOUR
    with station.ledger.read() as connection:
        assert [critical] == sweeping.due_now(connection, station.now, 1)
        assert {critical, *low} == set(sweeping.due_now(connection, station.now, 100))
        assert station.now > (sweeping.next_at(connection) or station.now)


def test_whoever_goes_away_early_does_not_keep_the_alert(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(ROWAN, promise(station.now), alert_id)
    station.states(away(ROWAN, station.now + MINUTE))

    assert station.clocks(alert_id)["owner"].at <= station.now + MINUTE
    station.wait(MINUTE)
    assert ROWAN != owner(station, alert_id)
    assert () == station.books().faults


def test_of_absences_that_overlap_the_deputy_of_the_later_one_has_the_alert_from_its_first_instant_on(station: Station) -> None:
    """A force's own directory may state what the console refuses; there is one owner at every instant of it, and they are there."""
    began_at = station.now
    first = DirectoryAbsence(officer_id=ROWAN, from_=began_at - HOUR, to=began_at + 10 * MINUTE, deputy_id="of-x")
    station.states(first, first.model_copy(update={"from_": began_at + 5 * MINUTE, "to": began_at + 20 * MINUTE, "deputy_id": "of-y"}))
    alert_id = station.tells(a_finding(severity="medium", told=("control_room",)))

    owners = [owner(station, alert_id)]
    for _ in range(21):
        station.sends()
        station.wait(MINUTE)
        owners.append(owner(station, alert_id))
        assert () == station.books().faults

    assert ["of-x"] * 5 + ["of-y"] * 15 + [ROWAN] * 2 == owners


def test_a_deputy_has_the_alert_no_longer_than_whoever_is_away(station: Station) -> None:
    absence = DirectoryAbsence(
        absence_id="ab-1", officer_id=ROWAN, from_=station.now - HOUR, to=station.now + 10 * MINUTE, deputy_id="of-x"
    )
    station.states(absence)
    alert_id = station.tells(a_finding(severity="medium", told=("control_room",)))
    assert ("of-x", station.now + 10 * MINUTE) == (owner(station, alert_id), station.clocks(alert_id)["owner"].at)

    station.states(DirectoryAbsenceCancelled(absence_id="ab-1"))
    station.sends()
    station.wait(MINUTE)

    assert ROWAN == owner(station, alert_id)
    assert () == station.books().faults


def test_a_line_manager_has_the_alert_until_the_roles_of_the_deputy_allow_it(station: Station) -> None:
    absent, deputy = station.officer("of-y", "oic"), station.officer("of-x", "analyst")
    station.states(absent.model_copy(update={"line_manager_id": "of-m"}), deputy)
    station.states(away(ROWAN, station.now, "of-y"), away("of-y", station.now, "of-x"))
    alert_id = station.tells(a_finding(severity="medium", told=("control_room",)))
    assert "of-m" == owner(station, alert_id)

    station.states(deputy.model_copy(update={"roles": ("oic",)}))
    station.sends()
    station.wait(MINUTE)

    assert "of-x" == owner(station, alert_id)
    assert () == station.books().faults


def test_a_clock_that_is_due_although_nothing_has_run_out_is_put_right(station: Station) -> None:
    alert_id = station.tells(a_finding())
    with station.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE timer SET due_at = 0")

    assert 0 == sweep(station.ledger, station.now, TERMS).fired
    assert station.now + 2 * MINUTE == station.clocks(alert_id)["answer"].at


def test_one_alert_that_is_broken_holds_up_nobody_and_is_named(station: Station) -> None:
    broken = station.tells(a_finding())
    whole = station.tells(a_finding("reporting-missed", subject="or-1"))
    with station.ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alert SET finding = '{{}}' WHERE alert_id = '{broken}'")  # noqa: S608  our own id
    swept = station.wait(2 * MINUTE)

    assert (broken,) == swept.broken
    assert "people.escalated" in station.words(whole)
    station.now += 5 * MINUTE
    assert "alerts whose clock has run out and was not fired" in [fault.what for fault in station.books().faults]


def test_an_alert_of_medium_severity_ends_by_itself_when_its_matter_is_over_and_its_promise_kept(station: Station) -> None:
    finding = a_finding(severity="medium")
    alert_id = station.tells(finding)
    until_at: datetime = station.now + 30 * MINUTE
    station.says(OIC, promise(station.now, minutes=30), alert_id)
    station.wait(10 * MINUTE)
    station.tells(finding.model_copy(update={"status": "closed", "ended_at": station.now}), change="closed")
    station.wait(until_at - station.now)

    assert station.alert(alert_id).handling.closed
    assert "people.ended_itself" in station.words(alert_id)
    assert {} == station.clocks(alert_id)


def test_a_role_that_has_opened_another_alert_of_the_incident_holds_up_no_other_clock(station: Station) -> None:
    told = ("control_room", "oic")
    alert_id = station.tells(a_finding(subject="zone-1", told=told))
    beside = station.tells(a_finding(subject="zone-2", told=told))
    assert station.alert(alert_id).alert.incident_id == station.alert(beside).alert.incident_id
    with station.ledger.write(station.now) as writing:
        commanding.opened(writing, beside, OIC, TERMS)
    assert "role_unheard" in station.clocks(alert_id)
    for _ in range(4):
        station.wait(2 * MINUTE)
        station.sends()
        assert () == station.books().faults

    assert 4 == station.words(alert_id).count("people.escalated")
    assert "oic" not in [one.role for one in station.alert(alert_id).handling.roles_unheard]


def missed(station: Station, officer_id: str, sort: Sort, between: Callable[[], object]) -> set[str]:
    """What somebody who turns two alerts a page, and asks for what changed since, hears nothing of."""
    pages: list[str] = []
    after: Key | None = None
    first: int | None = None
    while first is None or after is not None:
        with station.ledger.read() as connection:
            who = actor(directory(connection), officer_id, station.now)
            assert who is not None
            found = page(connection, Wanted(officer_id=officer_id, sort=sort), queue_reach(who, station.now), after, 2)
        pages += found.alert_ids
        after = found.after
        if first is None:
            first = found.as_of_seq
            between()
    with station.ledger.read() as connection:
        who = actor(directory(connection), officer_id, station.now)
        assert who is not None
        said = {str(line.data.get("alert_id")) for line in since(connection, who, station.now, first).lines}
        every_one = page(connection, Wanted(officer_id=officer_id), queue_reach(who, station.now), limit=200).alert_ids
    twice = {name for name in pages if pages.count(name) > 1}
    return (set(every_one) - set(pages) - said) | (twice - said)


@pytest.mark.parametrize("sort", ["risk", "changed"])
def test_a_clock_that_moves_because_its_owner_will_be_away_is_heard_of_between_two_pages(station: Station, sort: Sort) -> None:
    for number in range(6):
        station.tells(a_finding(subject=f"ed-{number}", began=station.now - number * DAY, severity="medium", told=("control_room", "oic")))
        station.wait(MINUTE)
    held = station.alert(station.tells(a_finding(subject="ed-9", severity="medium", told=("control_room",)))).handling.owner
    assert held is not None

    def goes_away() -> None:
        station.states(away(held.officer_id, station.now + HOUR))
        for _ in range(3):
            station.wait(MINUTE / 60)

    assert set() == missed(station, INSPECTOR, sort, goes_away)
    station.sends()
    assert () == station.books().faults


@pytest.mark.parametrize("sort", ["risk", "changed"])
def test_one_more_look_for_somebody_on_duty_moves_nothing_in_a_list(station: Station, sort: Sort) -> None:
    station.states(*(away(one, station.now - HOUR) for one in ROLES if one != "of-6"))
    for number in range(6):
        station.tells(a_finding(subject=f"ed-{number}", began=station.now - number * DAY, severity="medium", told=("control_room",)))
        station.wait(13 * MINUTE / 60)

    for _ in range(12):
        assert set() == missed(station, "of-6", sort, lambda: station.wait(25 * MINUTE / 60))
    station.sends()
    assert () == station.books().faults
