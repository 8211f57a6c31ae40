"""The auditor: silent while the books are in order, names each kind of fault, and its heartbeat stops with the first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from alerting.auditor import AHEAD, PART, Rounds, audit, heartbeat, times_back
from alerting.ledger import clock_jumps
from alerting.ledger.pulses import silent
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.taking import Incoming, take
from schemas import topics
from tests.integration.ledger.station import LOG, TERMS, Station
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_change, a_finding


@pytest.fixture
def station(ledger: Ledger) -> Station:
    filled = Station(ledger)
    filled.tells(a_finding(), a_finding("reporting-missed", subject="or-1", severity="high"))
    filled.sends()
    return filled


def broken(station: Station, *statements: str) -> list[str]:
    """What the auditor says after somebody has been at the tables."""
    with station.ledger.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    return [fault.what for fault in station.books().faults]


def test_books_in_order_are_said_so_by_a_heartbeat(station: Station) -> None:
    report = station.books()

    assert () == report.faults
    assert (2, 0) == (report.open_alerts, report.waiting_messages)
    assert heartbeat(station.ledger.url, report)
    with station.ledger.read() as connection:
        assert station.now == connection.execute(select(PULSE.c.at).where(PULSE.c.part == PART)).scalar_one()
    assert () == station.books().faults


def test_after_a_fault_there_is_no_heartbeat(station: Station) -> None:
    assert ["open alerts without a clock"] == broken(station, "DELETE FROM timer")
    assert not heartbeat(station.ledger.url, station.books())
    with station.ledger.read() as connection:
        assert [] == connection.execute(select(PULSE)).all()


def test_an_alert_that_nobody_owns_is_found(station: Station) -> None:
    found = broken(station, "UPDATE alert SET owner_id = NULL, unfilled = false")
    assert ["open alerts that nobody owns", "open alerts whose columns differ from their handling"] == found


def test_an_alert_that_lists_would_leave_out_is_found(station: Station) -> None:
    assert ["open alerts that are left out of lists of those who were told"] == broken(station, "UPDATE told SET over_at = 1")
    found = broken(station, "UPDATE told SET over_at = NULL", "UPDATE alert SET only_area = 'elsewhere'")
    assert ["open alerts that are listed under another area than they are in"] == found


def test_a_clock_that_ran_out_and_a_message_that_waits_are_found_after_the_grace(station: Station) -> None:
    station.now += 2 * MINUTE + MINUTE
    assert "alerts whose clock has run out and was not fired" not in broken(station)
    station.now += MINUTE
    assert ["alerts whose clock has run out and was not fired"] == broken(station)
    station.wait(MINUTE)
    station.now += 2 * MINUTE

    assert ["messages that were due and were not sent"] == broken(station, "UPDATE timer SET due_at = due_at + 3600000000000")[-1:]


def test_messages_that_are_late_are_in_flight_while_the_sender_works_through_them(station: Station) -> None:
    station.wait(MINUTE)
    station.now += 2 * MINUTE
    at = int((station.now - MINUTE / 6).timestamp() * 1_000_000)
    sent = f"INSERT INTO delivery (message_id, at, state, repeat, detail) VALUES ('me-1', {at}, 'handed_over', false, '')"  # noqa: S608

    assert "messages that were due and were not sent" not in broken(station, sent)


def test_a_message_that_nobody_will_send_is_found(station: Station) -> None:
    assert ["messages that nobody will send"] == broken(station, "UPDATE outbox SET state = 'queued', next_at = NULL")


def test_a_change_that_is_not_in_the_history_is_found(station: Station) -> None:
    assert "alerts whose last change is not in the history" in broken(station, "DELETE FROM history")


def test_a_fact_that_intake_does_not_take_is_found(station: Station) -> None:
    at = int((station.now - DAY).timestamp() * 1_000_000)
    hexed = "X'00'" if station.ledger.engine.dialect.name == "sqlite" else "'\\x00'"
    assert ["facts that intake has not taken"] == broken(station, f"INSERT INTO fact (id, event, at) VALUES ('f-1', {hexed}, {at})")  # noqa: S608


def test_a_chain_that_was_touched_since_the_last_pass_is_found_and_only_what_is_new_is_read(station: Station) -> None:
    assert heartbeat(station.ledger.url, station.books())
    station.tells(a_finding("residence", subject="or-2", severity="medium"))

    assert ["entries of the audit chain that do not follow the one before"] == broken(
        station, "UPDATE audit SET entry = '{}' WHERE number = (SELECT max(number) FROM audit)"
    )
    assert ["the audit chain is not the one of the last pass"] == broken(station, "DELETE FROM audit")


def test_a_part_that_is_silent_is_found(station: Station) -> None:
    at = int((station.now - DAY).timestamp() * 1_000_000)
    assert ["parts that are silent"] == broken(
        station,
        f"INSERT INTO pulse (part, at, state, detail) VALUES ('sweep', {at}, 'pass', '')",  # noqa: S608
    )


def test_after_a_clock_that_went_back_the_service_has_one_pass_to_put_right_what_waits(station: Station) -> None:
    """The first pass is clean and says so at an instant that has come; a service that did nothing by the second is no service."""
    clock_jumps.mark(station.ledger, station.now)
    assert heartbeat(station.ledger.url, station.books())
    station.now -= DAY
    assert heartbeat(station.ledger.url, station.books())
    station.now += MINUTE / 2
    assert [AHEAD] == [fault.what for fault in station.books().faults]
    with station.ledger.read() as connection:
        assert {clock_jumps.PART} == silent(connection, station.now).keys()

    assert DAY - MINUTE / 2 == clock_jumps.put_right(station.ledger, station.now, TERMS)
    assert () == station.books().faults


LEAPS = {"half a minute": (MINUTE / 2, False), "a busy machine": (2 * MINUTE, False), "on": (HOUR, True), "back": (-MINUTE / 60, True)}


@pytest.mark.parametrize(("then", "leaps"), LEAPS.values(), ids=LEAPS)
def test_after_a_leap_of_the_clock_what_is_due_has_one_round_to_be_done(then: timedelta, *, leaps: bool) -> None:
    rounds = Rounds()

    assert [False, leaps, False] == [rounds.left_out(at, 0) for at in (NOON, NOON + then, NOON + 2 * then)]  # never two


def test_jumps_that_make_up_for_one_another_within_a_round_are_a_leap_all_the_same(station: Station) -> None:
    rounds, url = Rounds(), station.ledger.url
    clock_jumps.mark(station.ledger, station.now)
    assert not rounds.left_out(station.now, times_back(url))

    clock_jumps.put_right(station.ledger, station.now - HOUR, TERMS)  # and forward again, before the next round

    clock_jumps.mark(station.ledger, station.now)
    assert [True, False] == [rounds.left_out(station.now + MINUTE / 6, times_back(url)) for _ in range(2)]


def test_it_can_write_nothing(station: Station) -> None:
    before = station.ledger.seq()
    audit(station.ledger.url, station.now)

    assert before == station.ledger.seq()


def test_an_alert_for_which_nobody_is_known_anywhere_says_so_and_is_no_fault(ledger: Ledger) -> None:
    finding = a_finding(person_id=None, about="feed", told=("control_room",))
    record = Incoming(LOG, 0, 1, topics.FINDINGS, a_change(finding).model_dump_json().encode())
    assert 1 == take(ledger, [record], NOON, TERMS)

    with ledger.read() as connection:
        row = connection.execute(select(ALERT.c.owner_id, ALERT.c.unfilled)).one()
    assert (None, True) == tuple(row)
    assert () == audit(ledger.url, NOON).faults
