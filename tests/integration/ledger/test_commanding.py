"""What people say to alerts: done once, whole, and against the version they saw; and every refused try is in the history."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from alerting.ledger import alerts, commanding, facts
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import IDEMPOTENCY
from alerting.ledger.tables.alerts import ALERT, TOLD
from alerting.ledger.tables.books import AUDIT
from alerting.lifecycle.commands import Act, Close, Confirm, Note, RaiseChallenge, Speaker
from schemas import codec
from tests.integration.ledger.station import TERMS, Station, promise
from tests.unit.alerting.handled import IDVA, INSPECTOR, OIC, ROWAN, SUPERVISOR, WHY
from tests.unit.alerting.invented import MINUTE, a_finding


@pytest.fixture
def station(ledger: Ledger) -> Station:
    return Station(ledger)


def test_an_acknowledgement_is_a_lease_and_its_clock_stands_in_the_ledger(station: Station) -> None:
    alert_id = station.tells(a_finding())
    spoken = station.says(ROWAN, promise(station.now), alert_id)

    assert None is spoken.refusal
    record = station.alert(alert_id)
    assert ("acknowledged", 2) == (record.handling.state, record.version)
    assert station.now + 20 * MINUTE == station.clocks(alert_id)["lease_ends"].at
    assert "people.acknowledged" in station.words(alert_id)
    assert () == station.books().faults


def test_a_stale_version_does_nothing_and_stands_in_the_history(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(ROWAN, promise(station.now), alert_id)
    spoken = station.says(INSPECTOR, promise(station.now), alert_id, version=1)

    assert spoken.stale
    assert ROWAN == station.alert(alert_id).handling.owner.officer_id  # type: ignore[union-attr]
    last = station.history(alert_id)[-1]
    assert ("people.acknowledge", "refused_stale", INSPECTOR, 1, 2) == (last.what, last.result, last.by_id, last.version_seen, last.version)


def test_advocacy_never_loses_a_race(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(ROWAN, promise(station.now), alert_id)

    assert not station.says(IDVA, Note(text="She is with her sister."), alert_id, version=1).stale
    said = RaiseChallenge(challenge_id="ch-1", against="inaction", rationale="Nobody has rung her for an hour now.")
    assert not station.says(IDVA, said, alert_id, version=1).stale
    assert station.alert(alert_id).handling.challenged


def test_what_the_table_refuses_changes_nothing_and_stands_in_the_history(station: Station) -> None:
    alert_id = station.tells(a_finding())
    refused = station.says(ROWAN, promise(station.now, minutes=45), alert_id).refusal

    assert refused is not None
    assert "over_cap" == refused.code
    assert 1 == station.alert(alert_id).version
    assert "refused_over_cap" == station.history(alert_id)[-1].result
    sergeant = Speaker(officer_id=SUPERVISOR, roles=frozenset({"control_room", "idva", "oic", "supervisor"}))  # she stands in for others
    with station.ledger.write(station.now) as writing:
        commanding.refused(writing, alert_id, "close", sergeant, "csrf", None)
    assert ("people.close", "supervisor") == (station.history(alert_id)[-1].what, station.history(alert_id)[-1].role)


def test_an_incident_is_answered_as_one_and_closed_one_by_one(station: Station) -> None:
    first = station.tells(a_finding(), a_finding("curfew-absence", subject="night", severity="high", about="curfew_night"))
    with station.ledger.read() as connection:
        members = [one.alert.alert_id for one in alerts.of_incident(connection, station.alert(first).alert.incident_id)]
    assert 2 == len(members)
    spoken = station.says(ROWAN, promise(station.now), first)

    assert {"acknowledged"} == {station.alert(name).handling.state for name in members}
    assert [name for name in members if name != first] == [one.alert.alert_id for one in spoken.beside]
    station.says(OIC, Close(outcome="enforced", rationale=WHY), first)
    assert 1 == sum(station.alert(name).handling.awaiting_second_key for name in members)


def test_what_was_done_becomes_an_event_of_the_contract_in_the_same_transaction(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(ROWAN, promise(station.now), alert_id)
    station.says(ROWAN, Act(action="phoned_protected_person", protected_person_id="pp-1", done_at=station.now), alert_id)
    with station.ledger.read() as connection:
        waiting = facts.waiting(connection)

    assert ["case.contact_made"] == [codec.decode(one.event).type for one in waiting]
    with station.ledger.write(station.now) as writing:
        facts.taken(writing, [one.number for one in waiting])
    with station.ledger.read() as connection:
        assert () == facts.waiting(connection)


def test_two_keys_close_a_critical_alert_and_nothing_is_owed_any_more(station: Station) -> None:
    alert_id = station.tells(a_finding())
    station.says(OIC, Close(outcome="enforced", rationale=WHY), alert_id)
    assert "awaiting_second_key" == station.alert(alert_id).handling.state
    assert None is not station.says(OIC, Confirm(agree=True, rationale=WHY), alert_id).refusal
    station.says(SUPERVISOR, Confirm(agree=True, rationale=WHY), alert_id)

    assert station.alert(alert_id).handling.closed
    assert {} == {what: due for what, due in station.clocks(alert_id).items() if what != "reminder"}
    assert () == station.books().faults


def test_what_is_closed_and_opened_again_is_where_lists_look_for_it(station: Station) -> None:
    alert_id = station.tells(a_finding())

    def over() -> tuple[object, set[object]]:
        with station.ledger.read() as connection:
            told = connection.execute(select(TOLD.c.over_at).where(TOLD.c.alert_id == alert_id)).scalars().all()
            changed_at = connection.execute(select(ALERT.c.changed_at).where(ALERT.c.alert_id == alert_id)).scalar_one()
        return changed_at, set(told)

    assert {None} == over()[1]
    station.says(OIC, Close(outcome="enforced", rationale=WHY), alert_id)
    station.wait(MINUTE)
    station.says(SUPERVISOR, Confirm(agree=True, rationale=WHY), alert_id)
    assert station.alert(alert_id).handling.closed
    assert (station.now, {station.now}) == over()
    station.wait(MINUTE)
    station.says(IDVA, RaiseChallenge(challenge_id="ch-1", against="closure", rationale=WHY), alert_id)
    assert not station.alert(alert_id).handling.closed
    assert {None} == over()[1]
    assert () == station.books().faults


def test_a_transaction_that_breaks_after_the_command_leaves_nothing_of_it(station: Station) -> None:
    alert_id = station.tells(a_finding())

    def breaks() -> None:
        speaker = Speaker(officer_id=ROWAN, name=None, roles=frozenset({"control_room"}))
        with station.ledger.write(station.now) as writing:
            commanding.say(writing, alert_id, promise(station.now), speaker, 1, TERMS)
            raise LookupError

    before = station.history(alert_id)
    with pytest.raises(LookupError):
        breaks()
    assert ("unanswered", 1) == (station.alert(alert_id).handling.state, station.alert(alert_id).version)
    assert before == station.history(alert_id)
    with station.ledger.read() as connection:
        assert 0 == connection.execute(select(func.count()).select_from(IDEMPOTENCY)).scalar_one()
        assert connection.execute(select(func.count()).select_from(AUDIT)).scalar_one() == len(before)


def test_when_somebody_first_opened_it_stays_written(station: Station) -> None:
    alert_id = station.tells(a_finding())
    first_at = station.now
    with station.ledger.write(station.now) as writing:
        commanding.opened(writing, alert_id, OIC, TERMS)
    station.wait(MINUTE)
    with station.ledger.write(station.now) as writing:
        commanding.opened(writing, alert_id, OIC, TERMS)

    assert 1 == station.words(alert_id).count("people.opened")
    with station.ledger.read() as connection:
        opened = connection.execute(select(TOLD.c.opened_at).where(TOLD.c.alert_id == alert_id, TOLD.c.officer_id == OIC)).scalars().all()
    assert [first_at] == opened
