"""What streams tells is taken once, whole and in order; what cannot be taken is kept, and holds up nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from alerting.grouping import incident_id
from alerting.ledger import people, taking
from alerting.ledger.alerts import living, named
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import ASSIGNMENT, TIMELINE, UNTAKEN
from alerting.ledger.taking import Incoming, position, take
from schemas import topics
from schemas.finding import Finding
from schemas.read_models import TimelineEntry
from tests.integration.ledger.station import LOG, TERMS, Station, promise
from tests.unit.alerting.handled import IDVA, INSPECTOR, ROWAN, a_team
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_change, a_finding


@pytest.fixture
def station(ledger: Ledger) -> Station:
    return Station(ledger)


def count(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return connection.execute(select(func.count()).select_from(ALERT)).scalar_one()


def moved(finding: Finding, began: object) -> Finding:
    """The same matter, which late evidence has shown to have begun at another instant."""
    return a_finding(began=began, supersedes=(finding.finding_id,))  # type: ignore[arg-type]


def test_a_record_is_taken_once_however_often_and_in_whatever_company_it_comes(station: Station) -> None:
    record = station.record(topics.FINDINGS, a_change(a_finding()).model_dump_json().encode())
    assert 1 == take(station.ledger, [record], NOON, TERMS)
    other = station.record(topics.FINDINGS, a_change(a_finding(subject="pp-2")).model_dump_json().encode())
    assert 1 == take(station.ledger, [record, other, other], NOON, TERMS)
    before = station.ledger.seq()
    assert 0 == take(station.ledger, [record, other], NOON, TERMS)

    assert (2, before) == (count(station.ledger), station.ledger.seq())
    with station.ledger.read() as connection:
        assert other.number == position(connection, LOG)
        assert None is position(connection, "another log")


def test_a_record_that_cannot_be_taken_is_kept_whole_and_the_others_are_not_held_up(station: Station) -> None:
    bad = station.record(topics.FINDINGS, b'{"at": "yesterday"}')
    good = station.record(topics.FINDINGS, a_change(a_finding()).model_dump_json().encode())
    assert 2 == take(station.ledger, [bad, good], NOON, TERMS)

    assert 1 == count(station.ledger)
    with station.ledger.read() as connection:
        kept = connection.execute(select(UNTAKEN)).one()
        assert (1, bad.value, topics.FINDINGS) == (taking.untaken(connection), kept.value, kept.holds)
    assert 0 == take(station.ledger, [bad, good], NOON, TERMS)
    assert ["records that could not be taken"] == [fault.what for fault in station.books().faults]


def test_a_finding_about_somebody_who_was_not_told_of_yet_reaches_the_duty_roles_at_once(station: Station) -> None:
    alert_id = station.tells(a_finding(person_id="pe-99"))

    assert {ROWAN, INSPECTOR} <= {one.officer_id for one in station.alert(alert_id).alert.recipients}
    assert () == station.books().faults


def test_a_successor_takes_over_reference_acknowledgement_owner_and_clocks(station: Station) -> None:
    first = a_finding()
    old = station.tells(first)
    station.says(ROWAN, promise(station.now), old)
    before = station.alert(old)
    station.sends()
    station.now += MINUTE
    second = moved(first, NOON - HOUR)
    station.tells(first.model_copy(update={"status": "withdrawn"}), change="withdrawn", at=station.now)
    new = station.tells(second)

    record = station.alert(new)
    assert (before.alert.reference, before.alert.raised_at) == (record.alert.reference, record.alert.raised_at)
    assert before.handling.owner == record.handling.owner
    assert record.version > before.version
    assert station.alert(old).handling.closed
    with station.ledger.read() as connection:
        assert new == named(connection, before.alert.reference)
        assert old == named(connection, old)
    assert () == station.books().faults


def test_a_successor_told_in_one_go_keeps_the_promise(station: Station) -> None:
    first = a_finding()
    old = station.tells(first)
    station.says(ROWAN, promise(station.now), old)
    station.now += MINUTE
    new = station.tells(moved(first, NOON - HOUR))

    record = station.alert(new)
    assert "acknowledged" == record.handling.state
    assert station.alert(old).handling.closed
    assert {"lease_ends", "close"} <= set(station.clocks(new))
    assert {} == station.clocks(old)
    assert () == station.books().faults


def test_what_is_settled_comes_back_with_its_whole_incident_when_evidence_comes(station: Station) -> None:
    ended = a_finding(began=NOON - 40 * DAY, ended=NOON - 40 * DAY + HOUR, severity="medium")
    night = a_finding(
        "curfew-absence", subject="n", began=NOON - 40 * DAY, ended=NOON - 40 * DAY + HOUR, severity="medium", about="curfew_night"
    )
    station.tells(ended, night)
    station.tells(a_finding(subject="pp-7"))
    with station.ledger.read() as connection:
        assert 1 == len(living(connection, {"pe-1"}))

    later = ended.model_copy(update={"because": "He was there for longer."})
    station.tells(later, change="amended")
    assert "He was there for longer." == station.alert(ended.finding_id).alert.because
    assert incident_id([ended, night]) == station.alert(ended.finding_id).alert.incident_id
    assert incident_id([ended, night]) == station.alert(night.finding_id).alert.incident_id


def test_an_alert_that_a_merge_gives_to_another_person_stands_under_him(station: Station) -> None:
    finding = a_finding()
    alert_id = station.tells(finding)
    station.knows(a_team().model_copy(update={"person_id": "pe-2"}))
    station.tells(finding.model_copy(update={"person_id": "pe-2"}), change="amended")

    assert "pe-2" == station.alert(alert_id).alert.person_id
    assert 1 == count(station.ledger)


def test_who_left_the_team_is_said_to_have_lost_the_alert(station: Station) -> None:
    alert_id = station.tells(a_finding())
    team = a_team()
    station.knows(team.model_copy(update={"team": tuple(post for post in team.team if post.officer_id != IDVA)}))

    last = station.history(alert_id)[-1]
    assert "people.reach" == last.what
    assert IDVA in str(last.body)
    with station.ledger.read() as connection:
        assert 0 == connection.execute(select(func.count()).select_from(ASSIGNMENT).where(ASSIGNMENT.c.officer_id == IDVA)).scalar_one()
        assert None is not people.view(connection, "pe-1")


def test_read_models_take_the_place_of_those_before_and_an_event_told_of_another_person_has_moved(station: Station) -> None:
    entry = TimelineEntry(person_id="pe-1", source="case/avon", id="e-1", type="case.opened", occurred_at=NOON, received_at=NOON)
    for one in (entry, entry, entry.model_copy(update={"person_id": "pe-2"})):
        take(station.ledger, [station.record(topics.TIMELINE, one.model_dump_json().encode())], NOON, TERMS)
    with station.ledger.read() as connection:
        assert ["pe-2"] == list(connection.execute(select(TIMELINE.c.person_id)).scalars())


def test_each_partition_of_each_log_has_its_own_position(station: Station) -> None:
    records = [
        Incoming("vigil.findings", partition, 5, topics.FINDINGS, a_change(a_finding(subject=f"pp-{partition}")).model_dump_json().encode())
        for partition in range(3)
    ]
    assert 3 == take(station.ledger, records, NOON, TERMS)
    with station.ledger.read() as connection:
        assert [5, 5, 5] == [position(connection, "vigil.findings", partition) for partition in range(3)]
