"""While evidence about a person comes out of order, people are not told each turn of it; what is new or more urgent never waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.ledger.holding import AT_MOST, SETTLES_AFTER
from alerting.ledger.store import Ledger
from schemas.finding import FindingChange
from tests.integration.ledger.station import Station
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_finding

SECOND = timedelta(seconds=1)
EPISODE = a_finding(severity="high")
ENDED = EPISODE.model_copy(update={"status": "closed", "ended_at": NOON + 5 * SECOND})
WITHDRAWN = EPISODE.model_copy(update={"status": "withdrawn", "because": "It was a reflection."})


@pytest.fixture
def station(ledger: Ledger) -> Station:
    return Station(ledger)


def test_of_an_upload_that_drips_in_people_hear_how_it_ended(station: Station) -> None:
    alert = station.tells(EPISODE, out_of_order=True)
    assert "open" == station.alert(alert).alert.status
    raised_at, words = station.alert(alert).alert.raised_at, station.words(alert)

    for finding, word in ((ENDED, "closed"), (EPISODE, "reopened"), (ENDED, "closed")):
        station.wait(20 * SECOND)
        station.tells(finding, change=word, out_of_order=True)  # type: ignore[arg-type]
        station.sends()
    assert (words, "open") == (station.words(alert), station.alert(alert).alert.status)
    station.sends()
    assert () == station.books().faults

    station.wait(SETTLES_AFTER)
    held = station.alert(alert).alert
    assert ("closed", raised_at) == (held.status, held.raised_at)
    assert ["raised", "closed"] == [one.change for one in held.revisions]
    assert [*words, "matter.closed"] == station.words(alert)


def test_it_waits_five_minutes_at_most(station: Station) -> None:
    alert = station.tells(EPISODE, out_of_order=True)
    for _ in range(9):
        station.wait(30 * SECOND)
        station.tells(ENDED, change="amended", out_of_order=True)
        assert "open" == station.alert(alert).alert.status
    station.wait(30 * SECOND)

    assert NOON + AT_MOST == station.now
    assert "closed" == station.alert(alert).alert.status


def test_a_first_raising_another_severity_and_whatever_is_critical_never_wait(station: Station) -> None:
    alert = station.tells(EPISODE, out_of_order=True)
    station.tells(ENDED, change="closed", out_of_order=True)
    other = station.tells(a_finding(subject="pp-2", severity="medium"), out_of_order=True)
    assert ("open", "open") == (station.alert(alert).alert.status, station.alert(other).alert.status)

    station.wait(SECOND)
    critical = station.tells(a_finding(rule="strap-tamper", subject="de-1", severity="critical"), out_of_order=True)
    assert "critical" == station.alert(critical).alert.severity
    assert "closed" == station.alert(alert).alert.status, "what waited goes before it"

    station.tells(a_finding(subject="pp-2", severity="high"), change="severity", out_of_order=True)
    assert "high" == station.alert(other).alert.severity
    station.sends()
    assert () == station.books().faults


def test_what_is_raised_and_ended_in_one_breath_is_told_in_one_breath(station: Station) -> None:
    station.tells(a_finding(subject="pp-2"), out_of_order=True)
    alert = station.tells(EPISODE, out_of_order=True)
    station.wait(2 * SETTLES_AFTER)
    late = a_finding(began=NOON - HOUR, ended=NOON - HOUR + MINUTE)
    station.takes(*(FindingChange(at=station.now, change=word, finding=late, out_of_order=True) for word in ("raised", "closed")))

    assert "closed" == station.alert(late.finding_id).alert.status
    assert "open" == station.alert(alert).alert.status


def test_a_beginning_that_late_evidence_moves_waits_and_keeps_what_people_made_of_it(station: Station) -> None:
    alert = station.tells(EPISODE)
    earlier = a_finding(severity="high", began=NOON - MINUTE, supersedes=(alert,))
    reference = station.alert(alert).alert.reference
    station.wait(SECOND)
    station.tells(WITHDRAWN, change="withdrawn", out_of_order=True)
    station.tells(earlier, out_of_order=True)
    assert "open" == station.alert(alert).alert.status

    station.wait(SETTLES_AFTER)
    heir = station.alert(earlier.finding_id).alert
    assert ("withdrawn", "open") == (station.alert(alert).alert.status, heir.status)
    assert (reference, NOON) == (heir.reference, heir.raised_at)
    station.sends()
    assert () == station.books().faults


def test_what_waited_follows_its_finding_to_another_person(station: Station) -> None:
    alert = station.tells(EPISODE, out_of_order=True)
    station.tells(ENDED, change="closed", out_of_order=True)
    station.wait(SECOND)
    station.tells(EPISODE.model_copy(update={"person_id": "pe-2"}), change="reopened")

    held = station.alert(alert).alert
    assert ("pe-2", "open", ["raised", "closed", "reopened"]) == (held.person_id, held.status, [one.change for one in held.revisions])


def test_evidence_in_order_is_told_as_it_comes_and_a_hold_ends_with_its_time_though_no_sweep_came(station: Station) -> None:
    alert = station.tells(EPISODE)
    station.tells(ENDED, change="closed")
    assert "closed" == station.alert(alert).alert.status

    station.tells(EPISODE, change="reopened", out_of_order=True)
    assert "closed" == station.alert(alert).alert.status
    station.now += AT_MOST
    station.sends()
    assert ("people about whom changes wait too long",) == tuple(fault.what for fault in station.books().faults)
    station.tells(ENDED, change="closed")
    assert ["raised", "closed", "reopened", "closed"] == [one.change for one in station.alert(alert).alert.revisions]
    station.sends()
    assert () == station.books().faults
