"""Lists of alerts in the ledger: pages by place, and by which index each is read, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, false, insert, select, true, update

from alerting.ledger.queue import AT_FIRST, AT_ONCE, Reach, page, unanswered
from alerting.ledger.reach import queue_reach
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.wanted import Sort, Wanted, in_state
from alerting.lifecycle.handling import Handling, Owner, State
from schemas.finding import Severity
from tests.integration.ledger.ledgers import HOUR, NOON
from tests.integration.ledger.reached import Town
from tests.unit.alerting.invented import a_finding

EVERYTHING = Reach(true())
Parameters = Sequence[object] | Mapping[str, object]


@pytest.fixture
def town(ledger: Ledger) -> Town:
    """A man in Avon, and officers to look at his alerts."""
    town = Town(ledger)
    town.officer("of-sup", "supervisor")
    town.officer("of-oic", "oic")
    town.officer("of-kent", "supervisor", area="kent")
    town.person(team=(("oic", "of-oic", None),))
    return town


def walk(connection: Connection, wanted: Wanted, reach: Reach, limit: int = 3) -> list[str]:
    """Every page to the last."""
    found: list[str] = []
    after = None
    while True:
        one = page(connection, wanted, reach, after, limit)
        found += one.alert_ids
        after = one.after
        if after is None:
            return found


@pytest.mark.parametrize("sort", ["risk", "raised", "changed"])
def test_a_walk_in_pages_is_the_whole_list_whichever_way_it_is_read(town: Town, sort: Sort) -> None:
    severities: tuple[Severity, ...] = ("critical", "high", "medium", "low")
    for number in range(20):
        town.alert(f"pp-{number}", severity=severities[number % 4], kept_at=NOON + number * HOUR)
    with town.asking() as connection:
        wanted = Wanted(officer_id="of-sup", sort=sort)
        whole = page(connection, wanted, EVERYTHING, limit=200).alert_ids
        assert 20 == len(set(whole))
        for reach in (EVERYTHING, queue_reach(town.actor("of-sup"), NOON), queue_reach(town.actor("of-oic"), NOON)):
            assert list(whole) == walk(connection, wanted, reach)
        narrow = Wanted(officer_id="of-sup", sort=sort, severity=("low", "critical"))
        chosen = set(page(connection, narrow, EVERYTHING, limit=200).alert_ids)
        assert [name for name in whole if name in chosen] == walk(connection, narrow, EVERYTHING, limit=1)
        assert 10 == len(chosen)


def test_what_is_closed_comes_last_by_severity_and_can_be_leapt_to(town: Town) -> None:
    closed = Handling(closed_at=NOON)
    names = {
        (severity, state): town.alert(f"pp-{severity}-{state}", severity=severity, handling=handling)
        for severity in ("critical", "low")
        for state, handling in (("open", Handling()), ("closed", closed))
    }
    with town.asking() as connection:
        everything = page(connection, Wanted(officer_id="of-sup"), EVERYTHING).alert_ids
        low = walk(connection, Wanted(officer_id="of-sup", severity=("low",)), EVERYTHING, limit=1)
        shut = page(connection, Wanted(officer_id="of-sup", severity=("low",), handling=("closed",)), EVERYTHING).alert_ids

    order = [("critical", "open"), ("low", "open"), ("critical", "closed"), ("low", "closed")]
    assert [names[one] for one in order] == list(everything)
    assert [names["low", "open"], names["low", "closed"]] == low
    assert (names["low", "closed"],) == shut


def test_a_state_as_a_condition_is_the_state_as_a_property(town: Town) -> None:
    axes = {
        "acknowledged": {"acknowledged_at": NOON},
        "actioned": {"acknowledged_at": NOON, "actioned_at": NOON},
        "closed": {"acknowledged_at": NOON, "closed_at": NOON},
        "unanswered": {"owner": Owner(officer_id="of-sup", role="supervisor", since_at=NOON)},
    }
    states: tuple[State, ...] = ("unanswered", "acknowledged", "actioned", "awaiting_second_key", "challenged", "shelved", "closed")
    names = {state: town.alert(f"pp-{state}", handling=Handling(**fields)) for state, fields in axes.items()}  # type: ignore[arg-type]  # its fields
    with town.asking() as connection:
        found = {state: list(connection.execute(select(ALERT.c.alert_id).where(in_state(state))).scalars()) for state in states}

    assert {state: [names[state]] if state in names else [] for state in states} == found


def test_what_is_unanswered_is_counted_in_reach(town: Town) -> None:
    for number in range(3):
        town.alert(f"pp-{number}", severity="high")
    town.alert("pp-9", severity="critical", handling=Handling(acknowledged_at=NOON))
    with town.asking() as connection:
        mine = unanswered(connection, queue_reach(town.actor("of-sup"), NOON))
        elsewhere = unanswered(connection, queue_reach(town.actor("of-kent"), NOON))

    assert {"critical": 0, "high": 3, "medium": 0, "low": 0} == mine
    assert 0 == sum(elsewhere.values())


def test_what_is_theirs_is_found_behind_a_thousand_that_are_not(town: Town) -> None:
    pom, inside = ("prison_offender_manager", "of-pom", None), "pe-inside"
    town.officer("of-pom", "prison_offender_manager")
    town.person(team=(pom,))
    town.person(inside, team=(pom,), in_custody=True)
    copied = town.alert("pp-9", severity="critical")
    theirs = {town.alert(f"pp-{number}", person_id=inside, severity="low") for number in range(5)}
    with town.ledger.write(NOON) as writing:
        row = writing.connection.execute(select(ALERT).where(ALERT.c.alert_id == copied)).one()._asdict()
        writing.connection.execute(insert(ALERT), [row | {"alert_id": f"al_{number:04}"} for number in range(AT_ONCE + AT_FIRST)])
    with town.asking() as connection:
        reach = queue_reach(town.actor("of-pom"), NOON)
        assert theirs == set(walk(connection, Wanted(officer_id="of-pom"), reach))
        assert theirs == set(walk(connection, Wanted(officer_id="of-pom", severity=("low",)), reach))


def test_what_crosses_a_border_is_found_by_whoever_looks_over_it(town: Town) -> None:
    crossing = town.alert("pp-1", areas=("avon", "kent"))
    town.alert("pp-2")
    town.alert("pp-3", areas=("kent",))
    reach = queue_reach(town.actor("of-kent"), NOON)
    with town.asking() as connection:
        for led in (reach, reach._replace(lists={}), reach._replace(lists={}, named={})):
            assert (crossing,) == page(connection, Wanted(officer_id="of-kent", area=("avon",)), led).alert_ids


def test_a_severity_that_is_said_twice_is_said_once(town: Town) -> None:
    names = {town.alert(f"pp-{number}", severity="high", handling=Handling(closed_at=NOON)) for number in range(3)}
    with town.asking() as connection:
        found = page(connection, Wanted(officer_id="of-sup", severity=("high", "high")), EVERYTHING).alert_ids
    assert (names, 3) == (set(found), len(found))


def test_what_becomes_late_is_found_by_its_index(town: Town) -> None:
    name = town.alert("pp-1")
    town.alert("pp-2")
    with town.ledger.write(NOON) as writing:
        writing.connection.execute(update(ALERT).where(ALERT.c.alert_id == name).values(late_by_s=61.0))
    with town.asking() as connection:
        late = page(connection, Wanted(officer_id="of-sup", late=True), EVERYTHING).alert_ids
        in_time = page(connection, Wanted(officer_id="of-sup", late=False), EVERYTHING).alert_ids

    assert ((name,), 1) == (late, len(in_time))


@contextmanager
def _asked(ledger: Ledger) -> Iterator[list[tuple[str, Parameters]]]:
    """Every question that is asked meanwhile."""
    found: list[tuple[str, Parameters]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: Parameters, _context: object, _many: object) -> None:
        found.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(ledger.engine, "before_cursor_execute", hear)


def plan(ledger: Ledger, wanted: Wanted, reach: Reach, word: str = "ORDER BY") -> str:
    """How the database reads a page: the first question with that word. PostgreSQL has to be told that there is much to read."""
    with ledger.read() as connection, _asked(ledger) as asked:
        page(connection, wanted, reach)
    statement, parameters = next(one for one in asked if word in one[0])
    with ledger.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return "\n".join(str(row[3]) for row in rows)
        for off in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{off} = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "alert_queue"),
        ({"handling": ("unanswered",)}, "alert_queue"),
        ({"severity": ("low",), "handling": ("closed",)}, "alert_queue"),
        ({"sort": "raised"}, "alert_raised"),
        ({"sort": "changed"}, "alert_changed"),
    ],
)
def test_the_order_is_read_from_its_index_and_nothing_is_sorted(town: Town, wanted: dict[str, object], index: str) -> None:
    town.alert()

    said = plan(town.ledger, Wanted(officer_id="of-sup", **wanted), EVERYTHING)  # type: ignore[arg-type]  # its fields

    assert index in said, said
    assert "TEMP B-TREE" not in said, said
    assert "Sort" not in said, said


def test_what_a_filter_leaves_is_sorted_and_the_index_of_the_order_is_left_alone(town: Town) -> None:
    town.alert(handling=Handling(owner=Owner(officer_id="of-oic", role="oic", since_at=NOON)))

    rule = a_finding().rule
    for wanted in ({"person_id": "pe-1"}, {"owner": "of-oic"}, {"rule": (rule,)}, {"raised_from_at": NOON - timedelta(days=1)}):
        said = plan(town.ledger, Wanted(officer_id="of-sup", **wanted), EVERYTHING)
        assert "alert_queue" not in said, said


def test_the_rare_are_found_by_an_index_of_their_own(town: Town) -> None:
    """Nothing else finds the few that are withdrawn among all that is closed."""
    name, unfilled = town.alert("pp-1"), town.alert("pp-2")
    town.alert("pp-3", handling=Handling(owner=Owner(officer_id="of-sup", role="supervisor", since_at=NOON)))
    with town.ledger.write(NOON) as writing:
        writing.connection.execute(update(ALERT).values(unfilled=false()))
        writing.connection.execute(update(ALERT).where(ALERT.c.alert_id == name).values(status="withdrawn"))
        writing.connection.execute(update(ALERT).where(ALERT.c.alert_id == unfilled).values(unfilled=true()))
    withdrawn_only, unfilled_only = Wanted(officer_id="of-sup", status=("withdrawn",)), Wanted(officer_id="of-sup", unfilled=True)
    with town.asking() as connection:
        assert (name,) == page(connection, withdrawn_only, EVERYTHING).alert_ids
        assert (unfilled,) == page(connection, unfilled_only, EVERYTHING).alert_ids
    assert "alert_withdrawn" in plan(town.ledger, withdrawn_only, EVERYTHING, "withdrawn")
    assert "alert_unfilled" in plan(town.ledger, unfilled_only, EVERYTHING, "unfilled")
