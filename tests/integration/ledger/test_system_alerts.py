"""Alerts about the system itself, in a real ledger: every area concerned is told, by its control room or whoever is on duty instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from alerting.delivery.providers import Providers
from alerting.ledger import statements
from alerting.ledger.alerts import Record, load, load_all
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import SHIFT
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.taking import Incoming, take
from alerting.ledger.walls import watch
from ops.cli.sending import others
from schemas import topics
from schemas.directory import DirectoryOfficer, DirectoryOnCall, OnCallRole
from schemas.event import Data, Event
from schemas.finding import AboutKind, Finding, FindingChange
from schemas.person import PersonView
from schemas.types import TYPES
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_change, a_finding, a_person, assigned

SECOND = timedelta(seconds=1)
TERMS = Terms("https://vigil.example.org")


def heard(ledger: Ledger, *said: tuple[str, Data]) -> None:
    with ledger.write(NOON) as writing:
        for number, (type_, data) in enumerate(said):
            rank = TYPES[type_].rank
            event = Event(id=f"d-{number}", source="directory/hr", type=type_, rank=rank, occurred_at=NOON - DAY, data=data)
            statements.state(writing, event)


def officer(officer_id: str, area: str) -> tuple[str, Data]:
    said = DirectoryOfficer(officer_id=officer_id, name="PC Rowan", organisation="police", area=area, roles=("control_room",))
    return "directory.officer", said


def on(role: OnCallRole, officer_id: str, area: str) -> tuple[str, Data]:
    return "directory.on_call", DirectoryOnCall(role=role, area=area, officer_id=officer_id, from_=NOON - HOUR, to=NOON + 8 * HOUR)


@pytest.fixture
def towns(ledger: Ledger) -> Ledger:
    """Avon and Kent have a control room, Devon an inspector alone, Wight nobody."""
    heard(
        ledger,
        *(officer(name, area) for name, area in (("of-avon", "avon"), ("of-kent", "kent"), ("of-devon", "devon"))),
        on("control_room", "of-avon", "avon"),
        on("control_room", "of-kent", "kent"),
        on("duty_inspector", "of-devon", "devon"),
        on("duty_inspector", "of-boss", "avon"),
    )
    return ledger


def raised(ledger: Ledger, finding: Finding, person: PersonView | None = None) -> Record:
    """The alert that came of it, taken from the topics as ever."""
    changes: Sequence[tuple[str, PersonView | FindingChange]] = (
        *(() if person is None else ((topics.PEOPLE, person),)),
        (topics.FINDINGS, a_change(finding)),
    )
    records = [
        Incoming("outgoing", 0, number, topic, said.model_dump_json().encode()) for number, (topic, said) in enumerate(changes, start=1)
    ]
    assert len(records) == take(ledger, records, NOON, TERMS)
    with ledger.read() as connection:
        record = load(connection, finding.finding_id)
    assert record is not None
    return record


def told(record: Record) -> set[tuple[str, str, str]]:
    return {(one.officer_id, one.role, one.reason) for one in record.alert.recipients}


def about_the_system(rule: str, about: AboutKind, *areas: str) -> Finding:
    return a_finding(
        rule, subject="em/allied", about=about, person_id=None, areas=areas, at_risk=(), severity="high", told=("control_room",)
    )


@pytest.mark.parametrize(
    ("rule", "about"),
    [("feed-silent", "feed"), ("quarantine-rising", "feed"), ("unmatched-person", "identifier"), ("not-being-judged", "rule")],
)
def test_every_area_that_it_touches_is_told_by_its_room_or_its_inspector(towns: Ledger, rule: str, about: AboutKind) -> None:
    record = raised(towns, about_the_system(rule, about, "avon", "devon", "kent"))

    expected = {
        ("of-avon", "control_room", "on_call"),
        ("of-kent", "control_room", "on_call"),
        ("of-devon", "duty_inspector", "on_call"),
    }
    assert expected == told(record)
    assert ("control_room",) == record.alert.unfilled_roles
    assert ("avon", "devon", "kent") == record.alert.areas


def test_an_area_that_it_does_not_touch_is_left_alone(towns: Ledger) -> None:
    assert {("of-kent", "control_room", "on_call")} == told(raised(towns, about_the_system("feed-silent", "feed", "kent")))


def test_where_it_names_no_area_every_control_room_is_told(towns: Ledger) -> None:
    expected = {("of-avon", "control_room", "on_call"), ("of-kent", "control_room", "on_call")}

    assert expected == told(raised(towns, about_the_system("quarantine-rising", "feed")))


def test_in_an_area_with_nobody_at_all_it_is_owned_all_the_same(towns: Ledger) -> None:
    record = raised(towns, about_the_system("feed-silent", "feed", "wight"))

    assert record.handling.owner is not None
    assert ("control_room",) == record.alert.unfilled_roles


def test_a_rule_that_fails_on_a_person_is_told_to_his_officer_and_his_control_room(towns: Ledger) -> None:
    finding = a_finding("not-being-judged", subject="or-1", about="order", at_risk=(), severity="high", told=("oic", "control_room"))

    record = raised(towns, finding, a_person(assigned("oic", "of-oic")))

    assert {("of-oic", "oic", "named"), ("of-avon", "control_room", "on_call")} == told(record)


# Nobody watches --------------------------------------------------------------


def start(ledger: Ledger, area: str, officer_id: str) -> None:
    row = {"shift_id": f"sh-{area}", "officer_id": officer_id, "area": area, "began_at": NOON, "live_at": NOON}
    with ledger.write(NOON) as writing:
        writing.connection.execute(insert(SHIFT).values(row))


def live(ledger: Ledger, area: str, at: timedelta) -> None:
    with ledger.write(NOON + at) as writing:
        writing.connection.execute(update(SHIFT).where(SHIFT.c.area == area).values(live_at=NOON + at))


def unwatched(ledger: Ledger) -> list[Record]:
    with ledger.read() as connection:
        names = connection.execute(ALERT.select().where(ALERT.c.rule == "nobody-watching").order_by(ALERT.c.raised_at)).scalars().all()
        held = load_all(connection, names)
    return [held[name] for name in names]


def test_a_wall_that_is_live_no_longer_is_the_inspectors_alert_until_one_is_again(towns: Ledger) -> None:
    start(towns, "avon", "of-avon")

    assert 0 == watch(towns, NOON + 59 * SECOND, TERMS, NOON)
    assert 1 == watch(towns, NOON + MINUTE, TERMS, NOON)
    assert 0 == watch(towns, NOON + 2 * MINUTE, TERMS, NOON), "it is said once"
    (record,) = unwatched(towns)
    assert {("of-boss", "duty_inspector", "on_call")} == told(record)
    assert ("critical", "open", ("avon",)) == (record.alert.severity, record.alert.status, record.alert.areas)
    assert record.handling.owner is not None
    assert "of-boss" == record.handling.owner.officer_id

    live(towns, "avon", 5 * MINUTE)

    assert 1 == watch(towns, NOON + 5 * MINUTE + SECOND, TERMS, NOON)
    (record,) = unwatched(towns)
    assert ("closed", NOON + 5 * MINUTE) == (record.alert.status, record.alert.ended_at)
    assert not record.handling.closed, "critical: a person closes it"


def test_the_next_time_is_an_alert_of_its_own(towns: Ledger) -> None:
    start(towns, "avon", "of-avon")
    watch(towns, NOON + MINUTE, TERMS, NOON)
    live(towns, "avon", 5 * MINUTE)
    watch(towns, NOON + 5 * MINUTE, TERMS, NOON)

    assert 1 == watch(towns, NOON + 6 * MINUTE, TERMS, NOON)

    assert ["closed", "open"] == [record.alert.status for record in unwatched(towns)]


def test_an_area_without_a_console_of_ours_is_left_alone(towns: Ledger) -> None:
    assert 0 == watch(towns, NOON + HOUR, TERMS, NOON)
    start(towns, "devon", "of-devon")
    assert 0 == watch(towns, NOON + HOUR, TERMS, NOON), "nor is one that has no control room on call"


def test_while_the_demonstrations_clock_runs_fast_nobody_is_missed_and_then_each_wall_has_its_minute(towns: Ledger) -> None:
    now, fast = NOON, True
    works = others(towns, TERMS, lambda: now, Providers(), {}, lambda: not fast)
    look = next(work.turn for work in works if work.part == "watching")
    start(towns, "avon", "of-avon")

    now += HOUR
    look()
    fast = False
    now += MINUTE - SECOND
    look()
    assert [] == unwatched(towns)

    now += SECOND
    look()
    assert [NOON] == [record.alert.began_at for record in unwatched(towns)]


def test_after_a_clock_that_went_back_nobody_is_missed_a_minute_later_as_ever(towns: Ledger) -> None:
    now = NOON + HOUR
    look = others(towns, TERMS, lambda: now, Providers(), {})[0].turn
    start(towns, "avon", "of-avon")

    now = NOON
    look()
    now += MINUTE
    look()

    assert 1 == len(unwatched(towns))
