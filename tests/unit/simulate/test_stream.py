"""The stream: the same bytes each time, in order of arrival, every line decodable, and no heartbeat that lies."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from tracemalloc import get_traced_memory, start, stop

import pytest
from pydantic import BaseModel

from ops.simulate.world import plan, simulate
from schemas.event import Event
from schemas.feed import FeedHeartbeat
from schemas.fix import Fix
from schemas.identifiers import check_failed
from schemas.order import OrderMade

STARTS_AT = datetime(2026, 3, 23, 6, tzinfo=UTC)


def test_same_arguments_give_the_same_bytes_and_another_seed_gives_others() -> None:
    def digest(seed: int) -> str:
        return hashlib.sha256(b"\n".join(simulate(25, 1, seed, STARTS_AT))).hexdigest()

    assert digest(3) == digest(3)
    assert digest(3) != digest(4)


def test_lines_come_in_order_of_arrival_within_the_run(events: list[Event]) -> None:
    received = [event.received_at for event in events if event.received_at is not None]
    assert len(events) == len(received)
    assert sorted(received) == received
    assert STARTS_AT <= received[0]
    assert received[-1] < STARTS_AT + timedelta(days=3)


def test_ids_are_unique_but_for_repeated_fixes_which_repeat_everything(events: list[Event]) -> None:
    first: dict[tuple[str, str], Event] = {}
    repeated = 0
    for event in events:
        known = first.setdefault(event.ref, event)
        if known is not event:
            repeated += 1
            assert (known.type, known.occurred_at, known.data, known.identifiers) == (
                event.type, event.occurred_at, event.data, event.identifiers,
            )  # fmt: skip
    assert 0 < repeated < len(events) / 500


def test_every_field_is_one_that_the_contract_names(events: list[Event]) -> None:
    """Unknown fields are kept, not refused: a misspelt one would pass in silence."""
    strange = {(event.type, name) for event in events for name in _unknown(event.data)}
    assert set() == strange


def test_an_exclusion_zone_has_a_name_that_reads_well_after_those_words(events: list[Event]) -> None:
    orders = [event.data for event in events if isinstance(event.data, OrderMade)]
    zones = {one.condition_id for order in orders for one in order.conditions if one.kind == "exclusion_zone"}
    assert {"ez-1"} == zones


def _unknown(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _unknown(one)


def test_a_heartbeat_never_passes_what_its_source_had_and_had_not_delivered(events: list[Event]) -> None:
    """What a device or a notebook still holds says so by `published_at`; the source did not have it yet."""
    claimed: dict[str, tuple[datetime, datetime]] = {}
    broken = []
    counted = Counter(event.ref for event in events)
    for event in events:
        if isinstance(event.data, FeedHeartbeat):
            claimed[event.source] = (event.data.complete_to, event.occurred_at)
            continue
        complete_to, said_at = claimed.get(event.source, (STARTS_AT - timedelta(days=1),) * 2)
        had_at = event.published_at or event.occurred_at
        if event.occurred_at <= complete_to and had_at <= said_at and counted[event.ref] == 1:
            broken.append(event.ref)
    assert [] == broken


def test_fixes_come_late_out_of_order_twice_and_in_held_batches(events: list[Event]) -> None:
    late = [event.received_at - event.occurred_at for event in events if isinstance(event.data, Fix) and event.received_at]
    share = sum(delay > timedelta(seconds=10) for delay in late) / len(late)
    assert 0.03 < share < 0.12
    assert max(late) > timedelta(minutes=30)


def test_police_numbers_carry_the_right_check_letter(events: list[Event]) -> None:
    numbers = {identifier for event in events for identifier in event.identifiers if identifier.type == "PNC"}
    assert numbers
    assert {identifier for identifier in numbers if check_failed(identifier)} == set()


def test_memory_does_not_grow_with_the_days() -> None:
    def peak_bytes(lines: int) -> int:
        start()
        for _ in islice(plan(5, 30, 1, STARTS_AT).lines(), lines):
            pass
        peak = get_traced_memory()[1]
        stop()
        return peak

    assert peak_bytes(16_000) < 1.3 * peak_bytes(4_000)


@pytest.mark.parametrize(("people", "days"), [(0, 1), (1, 0)])
def test_a_run_of_nothing_is_refused_with_a_reason(people: int, days: int) -> None:
    with pytest.raises(ValueError, match="at least one of each"):
        plan(people, days, 1, STARTS_AT)


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware datetime"):
        plan(1, 1, 1, datetime(2026, 3, 23))  # noqa: DTZ001 -- the point
