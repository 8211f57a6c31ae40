"""The one way in: numbers in the order of commits, nothing half-written, snapshots, and waiters that wake."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import PULSE
from tests.integration.ledger.ledgers import MINUTE, NOON, SECOND


def written(ledger: Ledger, part: str) -> int:
    with ledger.write(NOON) as writing:
        writing.connection.execute(insert(PULSE).values(part=part, at=NOON, state="pass", detail=""))
        return writing.next_seq()


def parts(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return list(connection.execute(select(PULSE.c.part).order_by(PULSE.c.part)).scalars())


def test_writers_stand_in_line_so_numbers_have_no_gap_and_come_in_the_order_of_commits(ledger: Ledger) -> None:
    heard: list[int] = []
    ledger.hear(heard.append)

    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda number: written(ledger, f"part-{number}"), range(24)))

    assert list(range(1, 25)) == sorted(given)
    assert 24 == ledger.seq()
    assert set(range(1, 25)) == set(heard)


def test_whoever_waits_goes_before_a_writer_that_comes_back_at_once(ledger: Ledger) -> None:
    order: list[str] = []
    waits = threading.Event()

    def one() -> None:
        waits.set()
        with ledger.write(NOON):
            order.append("whoever waits")

    waiter = threading.Thread(target=one)
    with ledger.write(NOON):
        waiter.start()
        waits.wait()
        time.sleep(0.05)  # until it stands in line
    with ledger.write(NOON):
        order.append("again")
    waiter.join()

    assert ["whoever waits", "again"] == order


def test_what_is_put_is_written_in_order_with_the_rest_and_seen_after_a_flush(ledger: Ledger) -> None:
    row = {"part": "one", "at": NOON, "state": "pass", "detail": ""}
    with ledger.write(NOON) as writing:
        writing.put(insert(PULSE), [row, {**row, "part": "two"}])
        writing.put(update(PULSE).values(state=bindparam("now")), [{"now": "fail"}])
        writing.flush()
        seen = writing.connection.execute(select(PULSE.c.part, PULSE.c.state).order_by(PULSE.c.part)).all()
        writing.put(insert(PULSE), [{**row, "part": "three"}])

    assert [("one", "fail"), ("two", "fail")] == [tuple(one) for one in seen]
    assert ["one", "three", "two"] == parts(ledger)


def test_what_the_database_refuses_of_rows_that_were_put_is_the_library_s_own_failure(ledger: Ledger) -> None:
    row = {"part": "twice", "at": NOON, "state": "pass", "detail": ""}

    def twice() -> None:
        with ledger.write(NOON) as writing:
            writing.put(insert(PULSE), [row])
            writing.put(insert(PULSE), [row])

    with pytest.raises(IntegrityError):
        twice()

    assert [] == parts(ledger)
    assert 1 == written(ledger, "once")


def test_two_processes_stand_in_the_same_line(ledger: Ledger) -> None:
    other = Ledger(ledger.url)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(lambda: [written(ledger, f"ours-{number}") for number in range(10)])
        pool.submit(lambda: [written(other, f"theirs-{number}") for number in range(10)])
    other.close()

    assert 20 == ledger.seq()
    assert 20 == len(parts(ledger))


def test_a_transaction_that_breaks_leaves_nothing_and_gives_its_numbers_again(ledger: Ledger) -> None:
    def half() -> None:
        with ledger.write(NOON) as writing:
            writing.connection.execute(insert(PULSE).values(part="half", at=NOON, state="pass", detail=""))
            writing.audit("half", {})
            raise LookupError(writing.next_seq())

    with pytest.raises(LookupError, match="1"):
        half()

    assert [] == parts(ledger)
    assert 1 == written(ledger, "whole")


def test_a_reader_sees_one_instant_while_others_write(ledger: Ledger) -> None:
    written(ledger, "before")
    with ledger.read() as connection:
        first = connection.execute(select(PULSE.c.part)).scalars().all()
        written(ledger, "meanwhile")
        second = connection.execute(select(PULSE.c.part)).scalars().all()

    assert ["before"] == first == second
    assert ["before", "meanwhile"] == parts(ledger)


def test_a_waiter_wakes_at_the_commit_and_hears_another_process_within_a_second(ledger: Ledger) -> None:
    other = Ledger(ledger.url)
    for writer in (ledger, other):
        before = ledger.seq()
        timer = threading.Timer(0.05, written, (writer, f"after-{before}"))
        timer.start()
        assert before + 1 == ledger.changed(before, within=MINUTE)
        timer.join()
    other.close()

    assert 2 == ledger.changed(2, within=SECOND / 100)


def test_who_hears_no_longer_is_not_called(ledger: Ledger) -> None:
    heard: list[int] = []
    stop = ledger.hear(heard.append)
    written(ledger, "one")
    stop()
    written(ledger, "two")

    assert [1] == heard
