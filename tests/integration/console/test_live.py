"""What is live between processes: numbers by Redis, and by the ledger itself when Redis is emptied or away; who looks now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis as Client

from alerting.console.live import HERE_FOR, Live, Viewer
from alerting.ledger.store import Ledger
from tests.parts.redis import Redis

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WALL = Viewer(officer_id="of-1", purpose="wall", areas=("avon",))


@pytest.fixture
def ledgers(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    """One ledger as two processes open it."""
    first, second = Ledger.in_folder(tmp_path), Ledger.in_folder(tmp_path)
    first.upgrade()
    yield first, second
    first.close()
    second.close()


def write(ledger: Ledger) -> int:
    with ledger.write(NOON) as writing:
        return writing.next_seq()


def heard(live: Live, number: int) -> None:
    assert number == asyncio.run(live.beyond(number - 1, 5 * SECOND))


def test_a_commit_in_this_process_wakes_at_once_and_one_in_another_within_a_second_or_so(ledgers: tuple[Ledger, Ledger]) -> None:
    here, elsewhere = ledgers
    live = Live(here)
    try:
        heard(live, write(here))
        heard(live, write(elsewhere))
        assert 2 == asyncio.run(live.beyond(2, timedelta(milliseconds=50)))
    finally:
        live.close()


def test_redis_carries_the_number_between_processes(ledgers: tuple[Ledger, Ledger], redis_url: str) -> None:
    here, elsewhere = ledgers
    live, other = Live(here, redis_url), Live(elsewhere, redis_url)
    try:
        heard(live, write(elsewhere))
        assert not live.away
    finally:
        live.close()
        other.close()


def test_what_somebody_else_says_by_redis_is_no_number_and_nobody(ledgers: tuple[Ledger, Ledger], redis_url: str) -> None:
    here, elsewhere = ledgers
    live = Live(here, redis_url)
    try:
        with Client.from_url(redis_url) as anybody:
            anybody.set("vigil:viewer:st-9", b"nobody")
            _until(lambda: anybody.publish("vigil:seq", "9" * 5_000) > 0)
            anybody.publish("vigil:seq", b"\xff")
            anybody.publish("vigil:seq", 10**15)
        heard(live, write(elsewhere))
        assert 1 == asyncio.run(live.beyond(1, timedelta(milliseconds=50)))
        assert () == live.viewers(NOON)
    finally:
        live.close()


def test_redis_emptied_or_stopped_costs_at_most_a_second_and_it_is_taken_up_again(
    ledgers: tuple[Ledger, Ledger], redis: Redis, redis_url: str
) -> None:
    here, elsewhere = ledgers
    live, other = Live(here, redis_url), Live(elsewhere, redis_url)
    try:
        other.here("st-1", WALL, NOON)
        assert (WALL,) == live.viewers(NOON)
        redis.empty()
        assert () == live.viewers(NOON)
        other.here("st-1", WALL, NOON)
        assert (WALL,) == live.viewers(NOON)
        heard(live, write(elsewhere))

        redis.end()
        heard(live, write(elsewhere))
        _until(lambda: live.away)
        heard(live, write(elsewhere))
        assert () == live.viewers(NOON)
        assert (WALL,) == other.viewers(NOON)

        redis.start()
        _until(lambda: not live.away)
        heard(live, write(elsewhere))
    finally:
        live.close()
        other.close()


def test_who_has_not_said_for_three_beats_that_they_look_has_gone(ledgers: tuple[Ledger, Ledger]) -> None:
    live = Live(ledgers[0])
    try:
        live.here("st-1", WALL, NOON)
        live.here("st-2", Viewer(officer_id="of-2", purpose="page"), NOON + 10 * SECOND)
        assert 2 == len(live.viewers(NOON + 10 * SECOND))
        assert ["of-2"] == [viewer.officer_id for viewer in live.viewers(NOON + HERE_FOR)]
        live.gone("st-2")
        assert () == live.viewers(NOON + HERE_FOR)
    finally:
        live.close()


def test_whoever_waits_is_let_go_when_it_closes(ledgers: tuple[Ledger, Ledger]) -> None:
    live = Live(ledgers[0])

    async def wait() -> float:
        waiting = asyncio.create_task(live.beyond(99, 60 * SECOND))
        await asyncio.sleep(0.1)
        began_s = time.monotonic()
        closing = asyncio.create_task(asyncio.to_thread(live.close))
        await waiting
        waited = time.monotonic() - began_s
        await closing
        return waited

    assert asyncio.run(wait()) < 2


def _until(said: Callable[[], bool], within_s: float = 10) -> None:
    deadline_s = time.monotonic() + within_s
    while not said():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
